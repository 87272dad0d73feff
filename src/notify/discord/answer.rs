//! What Discord's answers mean for a delivery.
//!
//! | answer | meaning |
//! |---|---|
//! | 2xx | delivered; with an error's code inside, what that code means; with a web page, left open |
//! | 408, 425, 429, 5xx; write limits and overload by code | tried again, not before the longer of the waits in header and body |
//! | 429 that is `global`, or not in Discord's words | the same, and nothing goes to this API meanwhile |
//! | 400, 413, 422 about the form | sent once more as plain text, then dead |
//! | 401, 410; unknown channel or webhook, bad token | dead, and nothing more is sent there: going on is punished |
//! | 3xx, 403, other 404 and the like | it refuses us, not the message: dead, and a failure of the destination |
//! | other 4xx | it refuses this message: dead |

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    backoff,
    notify::{Pause, Stop, Verdict, http::Answer, scrub::Scrub},
};

/// Ids are numbers of 17 to 20 digits; others may use longer ones, within reason.
const LONGEST_ID: usize = 64;

/// What an answer comes to.
#[derive(Debug, PartialEq)]
pub(super) enum Judged {
    Final(Verdict),
    /// Discord does not take this form of message; says what is wrong with it, and the status.
    FormRefused(String, Option<u16>),
}

/// What an answer says of the place: nothing is wrong with the message or with us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peculiar {
    /// Deleted, or posted by somebody else.
    MessageGone,
    /// Deleted, or put away and locked; of a channel it means the channel.
    ThreadGone,
    /// Of a message older than an hour.
    TooManyChanges,
    ThreadExists,
    /// A webhook can open threads in forum channels only.
    NoForum,
    /// The channel is a forum.
    NeedsName,
}

pub(super) fn peculiar(answer: &Answer) -> Option<Peculiar> {
    let json: Value = serde_json::from_str(&answer.body).ok()?;
    Some(match json.get("code")?.as_u64()? {
        10008 | 50005 => Peculiar::MessageGone,
        10003 | 50083 | 160_005 => Peculiar::ThreadGone,
        30046 => Peculiar::TooManyChanges,
        160_004 => Peculiar::ThreadExists,
        220_003 => Peculiar::NoForum,
        220_001 => Peculiar::NeedsName,
        _ => return None,
    })
}

/// The channel or thread that a message was posted in.
pub(super) fn channel(answer: &Answer) -> Option<String> {
    let json: Value = serde_json::from_str(&answer.body).ok()?;
    json.get("channel_id")?.as_str().filter(|id| id.len() <= LONGEST_ID).map(str::to_owned)
}

/// Codes of 2026-08: <https://discord.com/developers/docs/topics/opcodes-and-status-codes>
pub(super) fn judge(answer: &Answer, scrub: &Scrub) -> Judged {
    let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let code = json.get("code").and_then(Value::as_u64).unwrap_or_default();
    if answer.is_success() && (code == 0 || json.get("id").is_some()) {
        return Judged::Final(accepted(answer, &json));
    }
    let note = scrub.note(&refusal(answer));
    let status = Some(answer.status);
    let permanent = |stop: Stop| Judged::Final(Verdict::Permanent { note: note.clone(), status, stop });
    match (code, answer.status) {
        // Unknown channel, webhook, webhook token; bad token. Going on is punished with a ban.
        (10003 | 10015 | 50027 | 40001 | 50014, _) | (_, 410) => permanent(Stop::Gone),
        // Write limits and overload, whatever the status.
        (20028 | 20029 | 30046 | 40062 | 40004 | 130_000, _) | (_, 408 | 425 | 429 | 500..) => {
            again(answer, &json, note)
        }
        // Empty message, invalid form, too many attachments: other words for our mistake.
        (0 | 50006 | 50035 | 30015, 200..=299 | 400 | 413 | 422) => Judged::FormRefused(note, status),
        // Only Discord itself can say that a token is no good, not a page of something in between.
        (_, 401) if json.is_object() => permanent(Stop::Gone),
        // No access, no permission, a channel that takes no messages: so will the next one be refused.
        (50001 | 50007 | 50009 | 50013 | 50278 | 50008 | 50024, _) => permanent(Stop::Counts),
        _ if answer.blames_destination() => permanent(Stop::Counts),
        (_, 100..=199) => Judged::Final(Verdict::Ambiguous { note, status }),
        _ => permanent(Stop::No),
    }
}

/// The refusal in words: status, code, message, and the first place in the form that is wrong.
pub(super) fn refusal(answer: &Answer) -> String {
    let status = answer.status;
    let Ok(Value::Object(json)) = serde_json::from_str(&answer.body) else {
        let remedy = match status {
            300..=399 => ": redirects are not followed, write the final address into the config",
            403 | 429 => ", not in Discord's words: perhaps its gateway blocks this address",
            _ => "",
        };
        return format!("Discord answered {status}{remedy}");
    };
    let message = json.get("message").and_then(Value::as_str).unwrap_or("no reason given");
    let code = json
        .get("code")
        .and_then(Value::as_u64)
        .filter(|code| *code > 0)
        .map(|code| format!(" code {code}"))
        .unwrap_or_default();
    let place = json
        .get("errors")
        .and_then(|errors| first_error(errors, ""))
        .map(|place| format!(" ({place})"))
        .unwrap_or_default();
    format!("Discord answered {status}{code}: {message}{place}")
}

/// What a successful look at a webhook or channel says of it.
pub(super) fn introduction(answer: &Answer) -> String {
    let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    match json.get("name").and_then(Value::as_str) {
        Some(name) => format!("Discord knows it as `{name}`"),
        None => format!("answered {}", answer.status),
    }
}

/// With `wait=true` Discord answers with the message; other servers that speak like it may not.
fn accepted(answer: &Answer, json: &Value) -> Verdict {
    let status = Some(answer.status);
    let open = |what: &str| {
        let note = format!("answered {} with {what}, which means neither yes nor no", answer.status);
        Verdict::Ambiguous { note, status }
    };
    if answer.is_page() {
        return open("a web page");
    }
    if json.get("id").is_none() && json.get("code").is_some() && json.get("message").is_some() {
        return open("an error inside");
    }
    let id = json.get("id").and_then(Value::as_str).filter(|id| id.len() <= LONGEST_ID);
    let note = match id {
        Some(id) => format!("message {id}"),
        None if answer.complete => format!("answered {}", answer.status),
        None => format!("answered {} and broke off", answer.status),
    };
    Verdict::Delivered { note, status, remote_id: id.map(str::to_owned), pause: bucket_empty_until(answer) }
}

/// Discord says in advance when its patience is used up, which spares us the 429.
fn bucket_empty_until(answer: &Answer) -> Option<Timestamp> {
    let left: f64 = answer.header("x-ratelimit-remaining")?.parse().ok()?;
    let seconds: f64 = answer.header("x-ratelimit-reset-after")?.parse().ok()?;
    if left > 0.0 { None } else { backoff::after_seconds(seconds, answer.at) }
}

fn again(answer: &Answer, json: &Value, note: String) -> Judged {
    let told =
        json.get("retry_after").and_then(Value::as_f64).and_then(|seconds| backoff::after_seconds(seconds, answer.at));
    let mut verdict = answer.retry(note, told);
    if let Verdict::Retry { pause, .. } = &mut verdict
        && answer.status == 429
        && is_global(answer, json)
    {
        *pause = Pause::Kind;
    }
    Judged::Final(verdict)
}

/// Whether a 429 is for all that comes from this address or token. Discord says so in the body and
/// in two headers; its gateway, which blocks whole addresses, does not speak JSON.
fn is_global(answer: &Answer, json: &Value) -> bool {
    let says =
        |name: &str, word: &str| answer.header(name).is_some_and(|value| value.trim().eq_ignore_ascii_case(word));
    json.get("global").and_then(Value::as_bool).unwrap_or(false)
        || says("x-ratelimit-global", "true")
        || says("x-ratelimit-scope", "global")
        || answer.is_page()
}

/// Whether the answer counts towards the number of refusals after which Discord bans an address.
pub(super) fn counts_as_refusal(answer: &Answer) -> bool {
    let is_shared = answer.header("x-ratelimit-scope").is_some_and(|scope| scope.eq_ignore_ascii_case("shared"));
    matches!(answer.status, 401 | 403) || (answer.status == 429 && !is_shared)
}

/// `errors` is a tree of the form's keys down to lists called `_errors`.
fn first_error(errors: &Value, path: &str) -> Option<String> {
    let members = errors.as_object()?;
    if let Some(says) = members.get("_errors").and_then(|list| list.get(0)?.get("message")?.as_str()) {
        return Some(if path.is_empty() { says.to_owned() } else { format!("{path}: {says}") });
    }
    members.iter().find_map(|(key, inner)| {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        first_error(inner, &path)
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: Value, headers: &[(&str, &str)]) -> Answer {
        Answer {
            status,
            headers: headers.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            body: if body.is_null() { "<html>blocked</html>".to_owned() } else { body.to_string() },
            complete: true,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    fn word(status: u16, code: u64) -> String {
        match judge(&answer(status, json!({ "code": code, "message": "m" }), &[]), &Scrub::new()) {
            Judged::FormRefused(..) => "form".to_owned(),
            Judged::Final(Verdict::Permanent { stop: Stop::Gone, .. }) => "gone".to_owned(),
            Judged::Final(Verdict::Permanent { stop: Stop::Counts, .. }) => "counts".to_owned(),
            Judged::Final(verdict) => verdict.word().to_owned(),
        }
    }

    #[test]
    fn each_status_and_code_has_its_consequence() {
        for (status, code, expected) in [
            (200, 0, "ambiguous"),
            (200, 50035, "form"),
            (200, 10015, "gone"),
            (200, 20028, "retry"),
            (200, 50013, "counts"),
            (200, 200_000, "permanent"),
            (301, 0, "counts"),
            (400, 50035, "form"),
            (400, 50006, "form"),
            (400, 0, "form"),
            (400, 220_001, "permanent"),
            (400, 200_000, "permanent"),
            (400, 50008, "counts"),
            (400, 20028, "retry"),
            (401, 0, "gone"),
            (401, 50014, "gone"),
            (403, 50013, "counts"),
            (403, 50001, "counts"),
            (403, 40001, "gone"),
            (404, 10015, "gone"),
            (404, 10003, "gone"),
            (404, 0, "counts"),
            (405, 0, "counts"),
            (400, 50027, "gone"),
            (410, 0, "gone"),
            (408, 0, "retry"),
            (425, 0, "retry"),
            (429, 0, "retry"),
            (500, 0, "retry"),
            (502, 0, "retry"),
            (503, 130_000, "retry"),
        ] {
            assert_eq!(word(status, code), expected, "{status} {code}");
        }
    }

    #[test]
    fn the_longer_of_the_two_waits_counts_and_silences_the_destination() {
        let at = |millis| Some(Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis));
        for (body, header, scope, wait, silenced) in [
            (json!({ "retry_after": 0.65 }), "1", "user", at(1_000), Pause::Destination),
            (json!({ "retry_after": 64.57, "global": false }), "1", "shared", at(64_570), Pause::Destination),
            (json!({ "retry_after": -3 }), "soon", "", at(30_000), Pause::Destination),
            (json!({ "retry_after": "2", "global": "yes" }), "", "", at(30_000), Pause::Destination),
            (json!({ "retry_after": 1e30 }), "1", "", at(30 * 86_400_000), Pause::Destination),
            (json!({ "retry_after": 2, "global": true }), "1", "user", at(2_000), Pause::Kind),
            (json!({ "retry_after": 2 }), "3", "global", at(3_000), Pause::Kind),
            (Value::Null, "40", "", at(40_000), Pause::Kind),
            (Value::Null, "", "", at(30_000), Pause::Kind),
        ] {
            let headers = [("retry-after", header), ("x-ratelimit-scope", scope)];
            let Judged::Final(Verdict::Retry { after, pause, .. }) = judge(&answer(429, body, &headers), &Scrub::new())
            else {
                panic!("not a retry")
            };
            assert_eq!((after, pause), (wait, silenced), "{headers:?}");
        }
        let emptied = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset-after", "1.5")];
        let Judged::Final(Verdict::Delivered { pause, .. }) =
            judge(&answer(200, json!({ "id": "1" }), &emptied), &Scrub::new())
        else {
            panic!("not delivered")
        };
        assert_eq!(pause, at(1_500));
    }

    #[test]
    fn what_is_not_in_discords_words_is_judged_with_care() {
        let judged = |status| judge(&answer(status, Value::Null, &[]), &Scrub::new());
        assert!(matches!(judged(200), Judged::Final(Verdict::Ambiguous { .. })), "a page is no message");
        for body in [json!({ "id": "1" }), json!({ "id": "1", "code": 7, "message": "" }), json!({}), json!("ok")] {
            let verdict = judge(&answer(200, body, &[]), &Scrub::new());
            assert!(matches!(verdict, Judged::Final(Verdict::Delivered { .. })), "{verdict:?}");
        }
        for status in [401, 403, 404] {
            let verdict = judged(status);
            assert!(matches!(verdict, Judged::Final(Verdict::Permanent { stop: Stop::Counts, .. })), "{verdict:?}");
        }
        let long = answer(200, json!({ "id": "9".repeat(5_000) }), &[]);
        assert!(matches!(judge(&long, &Scrub::new()), Judged::Final(Verdict::Delivered { remote_id: None, .. })));
    }

    #[test]
    fn only_what_discord_counts_towards_a_ban_is_counted() {
        for (status, scope, counts) in [
            (401, "", true),
            (403, "", true),
            (429, "user", true),
            (429, "global", true),
            (429, "", true),
            (429, "shared", false),
            (400, "", false),
            (404, "", false),
            (500, "", false),
            (200, "", false),
        ] {
            let answer = answer(status, json!({}), &[("x-ratelimit-scope", scope)]);
            assert_eq!(counts_as_refusal(&answer), counts, "{status} {scope}");
        }
    }

    #[test]
    fn refusals_name_the_place_in_the_form() {
        let body = json!({
            "code": 50035, "message": "Invalid Form Body",
            "errors": { "embeds": { "0": { "title": { "_errors": [{ "code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length." }] } } } },
        });
        insta::assert_snapshot!(refusal(&answer(400, body, &[])),
            @"Discord answered 400 code 50035: Invalid Form Body (embeds.0.title: Must be 256 or fewer in length.)");
        insta::assert_snapshot!(refusal(&answer(403, Value::Null, &[])),
            @"Discord answered 403, not in Discord's words: perhaps its gateway blocks this address");
        insta::assert_snapshot!(refusal(&answer(308, Value::Null, &[])),
            @"Discord answered 308: redirects are not followed, write the final address into the config");
    }
}
