//! What a webhook receiver's answer means for a delivery.
//!
//! | status | meaning |
//! |---|---|
//! | 2xx | delivered, whatever the body; a preset wants its own yes, and what is neither yes nor no leaves it open |
//! | 408, 425, 429, 5xx | tried again, not before the longer of the waits in `Retry-After` and in the body |
//! | 410 | the receiver is gone: dead, and nothing more is sent there |
//! | 3xx, 401 to 405, 407, 421, 426 | it refuses us, not the message: dead, and a failure of the destination |
//! | other 4xx | it refuses this message: dead |
//! | none | written and unanswered: it may have arrived; not written: tried again |

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    backoff,
    notify::{Stop, Verdict, http::Answer, scrub::Scrub},
    render::preset::{
        Preset,
        answers::{self, Meaning, Rule},
    },
};

pub(super) fn judge(answer: &Answer, preset: Option<&Preset>, scrub: &Scrub) -> Verdict {
    let status = Some(answer.status);
    let said = said(answer, preset);
    let permanent =
        |stop: Stop, more: &str| Verdict::Permanent { note: scrub.note(&format!("{said}{more}")), status, stop };
    if let Some(rule) = preset.and_then(|preset| rule(answer, preset)) {
        return ruled(answer, preset, rule, scrub.note(&said));
    }
    match answer.status {
        200..=299 => accepted(answer, preset, scrub),
        300..=399 => Verdict::Permanent {
            note: format!("answered {}: redirects are not followed, write the final address into `url`", answer.status),
            status,
            stop: Stop::Counts,
        },
        408 | 425 | 429 | 500.. => answer.retry(scrub.note(&said), told(answer, preset)),
        410 => permanent(Stop::Gone, "; the receiver wants nothing more"),
        100..=199 => Verdict::Ambiguous { note: format!("answered {}, which ends nothing", answer.status), status },
        _ if answer.blames_destination() => permanent(Stop::Counts, ""),
        _ => permanent(Stop::No, ""),
    }
}

/// Whether the message may be taken without its form.
pub(super) fn refuses_form(answer: &Answer, preset: &Preset) -> bool {
    rule(answer, preset).is_some_and(|rule| rule.means == Meaning::Plain)
}

/// The verdict on the second try, which had no form as the first one was refused.
pub(super) fn without_form(second: Verdict, first: &str) -> Verdict {
    match second {
        Verdict::Delivered { note, status, remote_id, pause } => {
            let note = format!("{note} to plain text; the formatted text was refused ({first})");
            Verdict::Delivered { note, status, remote_id, pause }
        }
        other => other,
    }
}

fn rule<'p>(answer: &Answer, preset: &'p Preset) -> Option<&'p Rule> {
    preset.answers.iter().find(|rule| rule.fits(answer.status, &answer.body))
}

/// What the preset's data says of such an answer.
fn ruled(answer: &Answer, preset: Option<&Preset>, rule: &Rule, note: String) -> Verdict {
    let status = Some(answer.status);
    let remedy = remedy(&rule.says, &answer.body);
    let note = if remedy.is_empty() { note } else { format!("{}; {remedy}", note.trim_end_matches('.')) };
    let stop = match rule.means {
        Meaning::Delivered => return Verdict::Delivered { note, status, remote_id: None, pause: None },
        Meaning::Retry => return answer.later(note, told(answer, preset)),
        Meaning::Refused | Meaning::Plain => Stop::No,
        Meaning::Blocked => Stop::Counts,
        Meaning::Gone => Stop::Gone,
    };
    Verdict::Permanent { note, status, stop }
}

/// `{/place}` becomes the number that is there. A text is not filled in, as it could be anything.
fn remedy(says: &str, body: &str) -> String {
    let answer: Value = serde_json::from_str(body).unwrap_or_default();
    let mut filled = String::new();
    let mut rest = says;
    while let Some((before, from)) = rest.split_once("{/") {
        let Some((place, after)) = from.split_once('}') else { break };
        let number = answer.pointer(&format!("/{place}")).and_then(Value::as_i64);
        filled.push_str(before);
        filled.push_str(&number.map_or_else(|| "…".to_owned(), |number| number.to_string()));
        rest = after;
    }
    filled + rest
}

/// A preset may know better than the status: Slack says `ok`, and a proxy's page is not that.
fn accepted(answer: &Answer, preset: Option<&Preset>, scrub: &Scrub) -> Verdict {
    let status = Some(answer.status);
    let open = |how: &str| Verdict::Ambiguous { note: format!("answered {}{how}", answer.status), status };
    let is_yes = |preset: &Preset| {
        let no = |text: &String| answer.body.to_lowercase().contains(&text.to_lowercase());
        preset.success.accepts(answer.status, &answer.body) && !preset.refused_bodies.iter().any(no)
    };
    match preset {
        Some(preset) if !is_yes(preset) => match answer.body.trim() {
            _ if !answer.complete => open(" and broke off"),
            "" => open(" without a word, which means neither yes nor no"),
            _ if answer.is_page() => open(" with a web page, which means neither yes nor no"),
            _ => Verdict::Permanent {
                note: scrub.note(&format!("{}, which does not mean yes", said(answer, Some(preset)))),
                status,
                stop: Stop::No,
            },
        },
        _ => Verdict::Delivered { note: format!("answered {}", answer.status), status, remote_id: None, pause: None },
    }
}

/// Some say in the body how long to wait, and more exactly than in the header.
fn told(answer: &Answer, preset: Option<&Preset>) -> Option<Timestamp> {
    let seconds = match preset {
        Some(preset) => preset.retry_after.as_ref()?.seconds(&answer.body)?,
        None => serde_json::from_str::<Value>(&answer.body).ok()?.get("retry_after")?.as_f64()?,
    };
    backoff::after_seconds(seconds, answer.at)
}

/// The status, and what the receiver said of it; a page of HTML says nothing.
fn said(answer: &Answer, preset: Option<&Preset>) -> String {
    let why = preset.map(|preset| why(answer, preset)).unwrap_or_default();
    let body = if why.is_empty() { answer.body.trim() } else { &why };
    if body.is_empty() || answer.is_page() {
        return format!("answered {}", answer.status);
    }
    format!("answered {}: {body}", answer.status)
}

/// The reason, where the preset says it is.
fn why(answer: &Answer, preset: &Preset) -> String {
    let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let found = preset.error.0.iter().filter_map(|place| answers::at(&json, place));
    found.map(text).collect::<Vec<_>>().join(": ")
}

/// A text, or several in a list.
fn text(found: &Value) -> String {
    match found {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::notify::Pause;

    fn preset(toml: &str) -> Preset {
        toml::from_str(&format!("about = \"x\"\n{toml}")).unwrap()
    }

    fn answer(status: u16, body: &str, retry_after: Option<&str>) -> Answer {
        let headers = retry_after.map(|value| ("retry-after".to_owned(), value.to_owned()));
        Answer {
            status,
            headers: headers.into_iter().collect(),
            body: body.to_owned(),
            complete: true,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn every_status_has_its_verdict() {
        for status in 200..600 {
            let verdict = judge(&answer(status, "", None), None, &Scrub::new());
            let expected = match status {
                200..=299 => "delivered",
                408 | 425 | 429 | 500.. => "retry",
                _ => "permanent",
            };
            assert_eq!(verdict.word(), expected, "{status}");
            let stops = match status {
                300..=399 | 401..=405 | 407 | 421 | 426 => Some(Stop::Counts),
                410 => Some(Stop::Gone),
                _ if expected == "permanent" => Some(Stop::No),
                _ => None,
            };
            let stop = if let Verdict::Permanent { stop, .. } = verdict { Some(stop) } else { None };
            assert_eq!((stop, verdict.status()), (stops, Some(status)));
        }
    }

    #[test]
    fn a_wait_asked_for_is_kept_and_silences_the_destination() {
        let at = |seconds| Some(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds));
        for (status, header, wait, silent) in [
            (429, Some("7"), at(7), Pause::Destination),
            (429, None, at(30), Pause::Destination),
            (429, Some("soon"), at(30), Pause::Destination),
            (429, Some("Thu, 01 Jan 1970 00:00:00 GMT"), at(0), Pause::Destination),
            (503, Some("Thu, 01 Jan 1970 00:02:00 GMT"), at(120), Pause::Destination),
            (503, None, None, Pause::No),
            (500, Some("99999999"), at(30 * 86_400), Pause::Destination),
            (500, Some("soon"), None, Pause::No),
        ] {
            let verdict = judge(&answer(status, "", header), None, &Scrub::new());
            let Verdict::Retry { after, pause, .. } = verdict else { panic!("{verdict:?}") };
            assert_eq!((after, pause), (wait, silent), "{status} {header:?}");
        }
        let body = r#"{"ok":false,"retry_after":5,"parameters":{"retry_after":35}}"#;
        let telegram = preset("retry_after = { at = \"/parameters/retry_after\" }");
        for (preset, wait) in [(None, at(5)), (Some(&telegram), at(35)), (Some(&preset("")), at(30))] {
            let verdict = judge(&answer(429, body, None), preset, &Scrub::new());
            assert!(matches!(verdict, Verdict::Retry { after, pause: Pause::Destination, .. } if after == wait));
        }
    }

    #[test]
    fn a_preset_decides_what_yes_is() {
        let slack = preset("success = { status = [200], body = \"ok\" }");
        let verdict = |status, body: &str, complete| {
            judge(&Answer { complete, ..answer(status, body, None) }, Some(&slack), &Scrub::new())
        };
        assert_eq!(verdict(200, "ok\n", true).word(), "delivered");
        assert_eq!(verdict(200, "no_text", true).note(), "answered 200: no_text, which does not mean yes");
        assert_eq!(verdict(200, "<html>please sign in</html>", true).word(), "ambiguous");
        assert_eq!(verdict(200, "", true).word(), "ambiguous");
        assert_eq!(verdict(200, "o", false).word(), "ambiguous");
        assert_eq!(verdict(202, "ok", true).word(), "permanent");
        assert_eq!(verdict(404, "channel_not_found", true).note(), "answered 404: channel_not_found");
    }
    #[test]
    fn a_presets_data_says_what_other_answers_mean() {
        let telegram = preset(
            r#"
            success = { json = { ok = true } }
            error = ["/description", "/more"]
            refused_bodies = ["HTTP error 413"]
            answers = [
                { at = "/parameters/migrate_to_chat_id", means = "gone", says = "write `chat_id = {/parameters/migrate_to_chat_id}`" },
                { status = [403], means = "blocked" },
                { status = [200], contains = "http error 429", means = "retry" },
                { status = [400], contains = "can't parse entities", means = "plain" },
                { status = [409], means = "delivered" },
            ]
            plain = { remove = ["/parse_mode"] }
            "#,
        );
        let verdict = |status, body: &str| judge(&answer(status, body, None), Some(&telegram), &Scrub::new());
        let moved = r#"{"ok":false,"description":"Bad Request: group upgraded","parameters":{"migrate_to_chat_id":-1001234567890}}"#;
        assert_eq!(
            verdict(400, moved).note(),
            "answered 400: Bad Request: group upgraded; write `chat_id = -1001234567890`"
        );
        assert!(matches!(verdict(400, moved), Verdict::Permanent { stop: Stop::Gone, .. }));
        assert!(matches!(verdict(403, "{}"), Verdict::Permanent { stop: Stop::Counts, .. }));
        assert!(matches!(verdict(200, "x HTTP error 429 x"), Verdict::Retry { pause: Pause::Destination, .. }));
        assert!(matches!(verdict(200, "{\"ok\":true,\"x\":\"HTTP error 413\"}"), Verdict::Permanent { .. }));
        assert_eq!(verdict(409, "").word(), "delivered");
        let unparsed = answer(400, r#"{"ok":false,"description":"Bad Request: can't parse entities","more":5}"#, None);
        assert!(refuses_form(&unparsed, &telegram) && !refuses_form(&answer(400, "{}", None), &telegram));
        assert_eq!(
            judge(&unparsed, Some(&telegram), &Scrub::new()).note(),
            "answered 400: Bad Request: can't parse entities: 5"
        );
    }
}
