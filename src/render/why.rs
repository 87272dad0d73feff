//! Errors in plain words: what Bland's error texts mean, and what to do about them.

/// What is known of an error: a few words, a sentence, and the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Why {
    /// For a title: `number not found`.
    pub short: &'static str,
    pub advice: &'static str,
}

/// Words that an error's text has (all of them, in lower case), and what it means. The first match counts.
///
/// The texts are Bland's, of records and of answers to requests; the last ones are those of reading the API.
const KNOWN: &[(&[&str], Why)] = &[
    (
        &["number", "not found"],
        Why {
            short: "number not found",
            advice: "Check the number, or take it off the list: calling again will not help.",
        },
    ),
    (
        &["invalid phone number"],
        Why { short: "not a valid number", advice: "Correct the number: it needs its country code, such as +1." },
    ),
    (&["temporarily unavailable"], Why { short: "temporarily unavailable", advice: "Call again later." }),
    (&["is busy"], Why { short: "line busy", advice: "Call again later." }),
    (
        &["blocked", "spam"],
        Why {
            short: "blocked as spam",
            advice: "Call from another number, and have the reputation of this one repaired.",
        },
    ),
    (
        &["blacklisted"],
        Why { short: "number is blocked", advice: "Take the number off the list: Bland does not call it." },
    ),
    (&["dnc"], Why { short: "on a do-not-call list", advice: "Take the number off the list." }),
    (
        &["not allowed to call"],
        Why { short: "destination not allowed", advice: "Ask Bland to open this destination for the account." },
    ),
    (
        &["destination_blocked"],
        Why { short: "destination not allowed", advice: "Ask Bland to open this destination for the account." },
    ),
    (
        &["intl_block"],
        Why { short: "destination not allowed", advice: "Ask Bland to open calls abroad for the account." },
    ),
    (
        &["cannot transfer"],
        Why { short: "transfer failed", advice: "Call the person back: they were not put through." },
    ),
    (
        &["transfer_block"],
        Why { short: "transfers not allowed", advice: "Ask Bland to open transfers for the account." },
    ),
    (
        &["insufficient balance"],
        Why { short: "account out of credit", advice: "Top up the Bland account: until then every call fails." },
    ),
    (
        &["no billing record"],
        Why { short: "no billing set up", advice: "Set up billing in the Bland account: until then every call fails." },
    ),
    (
        &["flagged your account"],
        Why { short: "account flagged by Bland", advice: "Contact Bland's support: until then every call fails." },
    ),
    (
        &["rate limit"],
        Why { short: "too many calls at once", advice: "Send calls more slowly, or raise the account's limits." },
    ),
    (
        &["every 10 seconds"],
        Why { short: "called again too soon", advice: "Leave more time between calls to the same number." },
    ),
    (
        &["call_rl_plan"],
        Why { short: "plan's limit reached", advice: "Send calls more slowly, or raise the account's plan." },
    ),
    (&["database error"], Why { short: "error at Bland", advice: "Call again; if it stays, contact Bland's support." }),
    (
        &["unable to start call"],
        Why { short: "call could not be started", advice: "Look at the call in Bland's dashboard." },
    ),
    (&["unauthorized"], Why { short: "API key refused", advice: "Check the account's api_key in Ringback's config." }),
    (&["auth_failure"], Why { short: "API key refused", advice: "Check the account's api_key in Ringback's config." }),
    (
        &["request limit", "not suffice"],
        Why {
            short: "the request limit is too low to read all calls",
            advice: "Raise max_requests_per_minute, or watch less.",
        },
    ),
    (
        &["store cannot be written"],
        Why {
            short: "the store cannot be written",
            advice: "See whether its disk is full or read-only, or its database is down.",
        },
    ),
    (&["forbidden"], Why { short: "access refused", advice: "Check what this account's API key may read." }),
];

pub(super) const NO_REASON: Why = Why { short: "no reason given", advice: "Look at the call in Bland's dashboard." };

/// What an error text means, if it is one that is known.
pub fn why(error: &str) -> Option<Why> {
    let text = error.trim().to_lowercase();
    let plain = text.trim_end_matches('.');
    if matches!(plain, "call failed" | "unknown" | "error" | "failed") {
        return Some(NO_REASON);
    }
    let (_, known) = KNOWN.iter().find(|(words, _)| words.iter().all(|word| text.contains(word)))?;
    Some(*known)
}

/// An unknown error's own words, without Bland's usual prefix.
pub fn own_words(error: &str) -> &str {
    let error = error.trim();
    error.strip_prefix("Call failed.").map_or(error, str::trim_start).trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bland_s_errors_are_said_in_plain_words() {
        for (error, short) in [
            ("Call failed. The number you dialed is not found.", "number not found"),
            ("The number you dialed is temporarily unavailable.", "temporarily unavailable"),
            ("Call failed. The number you dialed is busy. Please try again later.", "line busy"),
            (
                "Service Provider Blocked Call due to Spam or Number Reputation. Try a different number.",
                "blocked as spam",
            ),
            ("A database error occurred. Please contact support.", "error at Bland"),
            ("Account not allowed to call +15550100006", "destination not allowed"),
            ("Cannot transfer to +15550100006 - Call is no longer active", "transfer failed"),
            ("Insufficient balance.", "account out of credit"),
            ("Call failed.", "no reason given"),
            ("unknown", "no reason given"),
            ("401 Unauthorized: AUTH_FAILURE", "API key refused"),
            (
                "the request limit of 60 a minute does not suffice to read all calls",
                "the request limit is too low to read all calls",
            ),
        ] {
            assert_eq!(why(error).map(|why| why.short), Some(short), "{error}");
        }
        assert_eq!(why("The carrier pigeon got lost."), None);
        assert_eq!(own_words("Call failed. The carrier pigeon got lost."), "The carrier pigeon got lost");
    }
}
