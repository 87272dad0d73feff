//! Errors in plain words: which of the known errors a text is. What they are and mean is in `words.toml`.

use std::collections::BTreeMap;

/// What is known of an error, in the language of the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Why<'a> {
    /// A few words, as for a title: `number not found`.
    pub reason: &'a str,
    /// The next step, one or two sentences; empty where there is none.
    pub advice: &'a str,
}

/// Texts of errors are long only where somebody put something else there.
const LONGEST: usize = 1_000;

/// The known errors of one table of the words, those first of which most is named.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(Vec<Pattern>);

#[derive(Debug, Clone)]
struct Pattern {
    /// The error's key, such as `error.busy`.
    error: String,
    /// What a text must have in this order, or be.
    parts: Vec<String>,
    exact: bool,
}

impl Known {
    /// `[error.busy] patterns = ["is * busy"]`: these words in this order, in any case. `exact` is the whole text.
    pub(super) fn of(words: &BTreeMap<String, String>, table: &str) -> Self {
        let within = format!("{table}.");
        let mut all: Vec<Pattern> = words
            .iter()
            .filter(|(key, _)| key.starts_with(&within))
            .filter_map(|(key, text)| Pattern::read(key.rsplit_once('.')?.0, text))
            .collect();
        all.sort_by_key(|pattern| std::cmp::Reverse((pattern.exact, pattern.named())));
        Self(all)
    }

    /// The key of the error that the text is.
    pub(super) fn find(&self, text: &str) -> Option<&str> {
        let text: String = text.trim().trim_end_matches('.').chars().take(LONGEST).collect();
        let text = text.to_lowercase();
        self.0.iter().find(|pattern| pattern.is_in(&text)).map(|pattern| pattern.error.as_str())
    }
}

impl Pattern {
    /// `list` is the key of its list, such as `error.busy.patterns`.
    fn read(list: &str, text: &str) -> Option<Self> {
        let exact = list.strip_suffix(".exact");
        let error = exact.or_else(|| list.strip_suffix(".patterns"))?.to_owned();
        let parts: Vec<String> = text.to_lowercase().split('*').map(|part| part.trim().to_owned()).collect();
        (!text.trim().is_empty()).then_some(Self { error, parts, exact: exact.is_some() })
    }

    fn is_in(&self, text: &str) -> bool {
        let after = |rest, part: &String| str::split_once(rest, part.as_str()).map(|(_, rest)| rest);
        match self.exact {
            true => self.parts.concat() == text,
            false => self.parts.iter().try_fold(text, after).is_some(),
        }
    }

    fn named(&self) -> usize {
        self.parts.iter().map(|part| part.chars().count()).sum()
    }
}

/// An unknown error's own words, without Bland's usual prefix.
pub(super) fn own_words(error: &str) -> &str {
    let error = error.trim();
    error.strip_prefix("Call failed.").map_or(error, str::trim_start).trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::words::Words;

    fn check(words: &Words, table: &[(&str, &str)]) {
        for (error, reason) in table {
            assert_eq!(words.why(error).map(|why| why.reason), Some(*reason), "{error}");
        }
    }

    /// Bland's own texts, as its documentation and its answers have them.
    #[test]
    fn bland_s_errors_are_said_in_plain_words() {
        check(
            &Words::built_in("en"),
            &[
                ("Call failed. The number you dialed is not found.", "number not found"),
                ("The number you dialed is temporarily unavailable.", "temporarily unavailable"),
                ("Call failed. The number you dialed is busy. Please try again later.", "line busy"),
                (
                    "Service Provider Blocked Call due to Spam or Number Reputation. Try a different number.",
                    "blocked as spam",
                ),
                ("A database error occurred. Please contact support.", "error at Bland"),
                (
                    "Unable to start call. Check the call details error_message for more details.",
                    "call could not be started",
                ),
                ("Account not allowed to call +15550100006", "destination not allowed"),
                ("Cannot transfer to +15550100006 - Call is no longer active", "transfer failed"),
                ("Call failed.", "no reason given"),
                ("unknown", "no reason given"),
                ("Insufficient balance.", "account out of credit"),
                ("No billing record found.", "no billing set up"),
                ("The Bland Team has flagged your account ...", "account blocked by Bland"),
                ("ENTERPRISE_REQUIRED", "needs an Enterprise plan"),
                ("Invalid phone number format", "not a valid number"),
                ("DNC Error", "on a do-not-call list"),
                ("Missing required parameter: phone_number.", "no number given"),
                ("Invalid parameters...", "call request invalid"),
                ("OBJECTIVE_VALIDATION_ERROR", "agent's task refused"),
                ("Calls can only be sent every 10 seconds to the same number. ...", "called again too soon"),
                ("Rate limit exceeded", "too many calls at once"),
                ("This number is blacklisted.", "number is blocked"),
                (
                    "Rate limit exceeded for newly created accounts. Please try again soon.",
                    "limit for new accounts reached",
                ),
                ("International rate limit exceeded for your account type.", "too many calls abroad"),
                ("CALL_UNPAID_INTL_BLOCK", "calls abroad not allowed"),
                ("CALL_PLAN_DESTINATION_BLOCKED", "destination not allowed"),
                ("CALL_PLAN_TRANSFER_BLOCKED", "transfers not allowed"),
                ("CALL_RL_PLAN_CONCURRENCY", "too many calls in parallel"),
                ("CALL_RL_PLAN_DAILY_MINUTES", "daily limit reached"),
                ("CALL_NOT_FOUND", "call not found"),
                ("401 Unauthorized: AUTH_FAILURE", "API key refused"),
                ("Internal server error.", "error at Bland"),
                ("The recipient's voicemail box is full", "voicemail is full"),
                ("Pathway error: node 12 has no edge", "error in the pathway"),
            ],
        );
    }

    #[test]
    fn what_keeps_ringback_from_reading_is_said_in_plain_words() {
        check(
            &Words::built_in("de"),
            &[
                ("Bland refused the API key: AUTH_FAILURE: Unauthorized", "API-Schlüssel abgelehnt"),
                (
                    "Bland asks for fewer requests; next one after 2025-11-03T12:00:00Z",
                    "Bland verlangt weniger Anfragen",
                ),
                ("Bland answered 503: upstream connect error", "Fehler bei Bland"),
                ("Bland answered 402: Insufficient balance.", "Guthaben aufgebraucht"),
                ("Bland's answer cannot be read: expected value", "Antwort von Bland unverständlich"),
                ("cannot reach Bland: connection refused", "Bland nicht erreichbar"),
                (
                    "the limit of 60 requests a minute does not suffice to read all calls; raise `max_requests_per_minute`",
                    "zu wenige Anfragen erlaubt, um alle Anrufe zu lesen",
                ),
                ("the store cannot be written: disk I/O error", "Speichern nicht möglich"),
            ],
        );
    }

    #[test]
    fn what_a_notifier_is_refused_for_is_said_in_plain_words() {
        let words = Words::built_in("en");
        for (reason, said) in [
            ("Discord answered 404 code 10015: Unknown Webhook", "destination no longer exists"),
            ("Discord answered 401: 401: Unauthorized", "key refused"),
            ("Discord answered 403 code 50013: Missing Permissions", "not allowed to write there"),
            ("answered 410; the receiver wants nothing more", "destination no longer exists"),
            ("answered 301: redirects are not followed, write the final address into `url`", "destination has moved"),
            ("answered 502", "destination is out of order"),
            ("cannot connect: connection refused", "destination cannot be reached"),
            ("cannot connect: invalid peer certificate: UnknownIssuer", "certificate not trusted"),
            ("the server refused the login: 535 5.7.8 authentication failed", "login refused"),
        ] {
            assert_eq!(words.why_refused(reason).map(|why| why.reason), Some(said), "{reason}");
        }
        assert_eq!(words.why_refused("answered 400: bad form"), None);
    }

    #[test]
    fn an_unknown_error_keeps_its_own_words() {
        for language in ["en", "de"] {
            assert_eq!(Words::built_in(language).why("The carrier pigeon got lost."), None);
        }
        assert_eq!(own_words("Call failed. The carrier pigeon got lost."), "The carrier pigeon got lost");
    }

    #[test]
    fn every_known_error_says_what_to_do() {
        for language in ["en", "de"] {
            let words = Words::built_in(language);
            for error in words.calls.0.iter().chain(&words.notifiers.0).map(|pattern| &pattern.error) {
                let why = words.known(error).unwrap();
                assert!(!why.reason.ends_with('.') && why.reason.chars().count() <= 60, "{}", why.reason);
                assert!(why.advice.ends_with('.') && why.advice.chars().count() <= 110, "{}", why.advice);
            }
        }
    }
}
