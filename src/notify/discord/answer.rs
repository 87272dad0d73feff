//! What Discord's answers mean for a delivery.
//!
//! Codes of 2026-08: <https://discord.com/developers/docs/topics/opcodes-and-status-codes>

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    backoff,
    notify::{Verdict, http::Answer, scrub::Scrub},
};

/// What an answer comes to.
#[derive(Debug, PartialEq)]
pub(super) enum Judged {
    Final(Verdict),
    /// Discord does not take this form of message; says what is wrong with it.
    FormRefused(String),
}

pub(super) fn judge(answer: &Answer, scrub: &Scrub) -> Judged {
    let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    if answer.is_success() {
        return Judged::Final(delivered(answer, &json));
    }
    let note = scrub.note(&refusal(answer));
    let permanent = |stop: bool| Judged::Final(Verdict::Permanent { note: note.clone(), stop });
    match json.get("code").and_then(Value::as_u64).unwrap_or_default() {
        // Unknown channel, webhook, webhook token; bad token. Going on is punished with a ban.
        10003 | 10015 | 50027 | 40001 | 50014 => permanent(true),
        // Write limits and overload, whatever the status.
        20028 | 20029 | 40062 | 40004 | 130_000 => again(answer, &json, note),
        _ => match answer.status {
            400 | 413 | 422 => match json.get("code").and_then(Value::as_u64) {
                // Empty message, invalid form, too many attachments: other words for our mistake.
                None | Some(0 | 50006 | 50035 | 30015) => Judged::FormRefused(note),
                Some(_) => permanent(false),
            },
            401 => permanent(true),
            408 | 425 | 429 | 500.. => again(answer, &json, note),
            _ => permanent(false),
        },
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

fn delivered(answer: &Answer, json: &Value) -> Verdict {
    let remote_id = json.get("id").and_then(Value::as_str).map(str::to_owned);
    let note = match &remote_id {
        Some(id) => format!("message {id}"),
        None => format!("answered {}", answer.status),
    };
    Verdict::Delivered { note, remote_id, pause: bucket_empty_until(answer) }
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
    Judged::Final(answer.retry(note, told))
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
            Judged::FormRefused(_) => "form".to_owned(),
            Judged::Final(Verdict::Permanent { stop: true, .. }) => "stop".to_owned(),
            Judged::Final(verdict) => verdict.word().to_owned(),
        }
    }

    #[test]
    fn each_status_and_code_has_its_consequence() {
        for (status, code, expected) in [
            (200, 0, "delivered"),
            (204, 0, "delivered"),
            (301, 0, "permanent"),
            (400, 50035, "form"),
            (400, 50006, "form"),
            (400, 0, "form"),
            (400, 220_001, "permanent"),
            (400, 200_000, "permanent"),
            (400, 20028, "retry"),
            (401, 0, "stop"),
            (401, 50014, "stop"),
            (403, 50013, "permanent"),
            (403, 50001, "permanent"),
            (404, 10015, "stop"),
            (404, 10003, "stop"),
            (404, 0, "permanent"),
            (400, 50027, "stop"),
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
        for (body, header, wait) in [
            (json!({ "retry_after": 0.65 }), "1", at(1_000)),
            (json!({ "retry_after": 64.57 }), "1", at(64_570)),
            (Value::Null, "40", at(40_000)),
            (Value::Null, "", at(30_000)),
        ] {
            let Judged::Final(Verdict::Retry { after, pause, .. }) =
                judge(&answer(429, body, &[("retry-after", header)]), &Scrub::new())
            else {
                panic!("not a retry")
            };
            assert_eq!((after, pause), (wait, true), "{header}");
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
