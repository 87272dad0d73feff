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
    render::preset::Success,
};

pub(super) fn judge(answer: &Answer, wanted: Option<&Success>, scrub: &Scrub) -> Verdict {
    let status = Some(answer.status);
    let permanent = |stop: Stop, more: &str| Verdict::Permanent {
        note: scrub.note(&format!("{}{more}", said(answer))),
        status,
        stop,
    };
    match answer.status {
        200..=299 => accepted(answer, wanted, scrub),
        300..=399 => Verdict::Permanent {
            note: format!("answered {}: redirects are not followed, write the final address into `url`", answer.status),
            status,
            stop: Stop::Counts,
        },
        408 | 425 | 429 | 500.. => answer.retry(scrub.note(&said(answer)), told(answer)),
        410 => permanent(Stop::Gone, "; the receiver wants nothing more"),
        100..=199 => Verdict::Ambiguous { note: format!("answered {}, which ends nothing", answer.status), status },
        _ if answer.blames_destination() => permanent(Stop::Counts, ""),
        _ => permanent(Stop::No, ""),
    }
}

/// A preset may know better than the status: Slack says `ok`, and a proxy's page is not that.
fn accepted(answer: &Answer, wanted: Option<&Success>, scrub: &Scrub) -> Verdict {
    let status = Some(answer.status);
    let open = |how: &str| Verdict::Ambiguous { note: format!("answered {}{how}", answer.status), status };
    match wanted {
        Some(wanted) if !wanted.accepts(answer.status, &answer.body) => match answer.body.trim() {
            _ if !answer.complete => open(" and broke off"),
            "" => open(" without a word, which means neither yes nor no"),
            _ if answer.is_page() => open(" with a web page, which means neither yes nor no"),
            _ => Verdict::Permanent {
                note: scrub.note(&format!("{}, which does not mean yes", said(answer))),
                status,
                stop: Stop::No,
            },
        },
        _ => Verdict::Delivered { note: format!("answered {}", answer.status), status, remote_id: None, pause: None },
    }
}

/// Telegram and Matrix say in the body how long to wait, more exactly than in the header.
fn told(answer: &Answer) -> Option<Timestamp> {
    let json: Value = serde_json::from_str(&answer.body).ok()?;
    let number = |pointer: &str| json.pointer(pointer).and_then(Value::as_f64);
    let millis = number("/retry_after_ms").map(|millis| millis / 1_000.0);
    let seconds = number("/parameters/retry_after").or(number("/retry_after")).or(millis)?;
    backoff::after_seconds(seconds, answer.at)
}

/// The status, and the beginning of what the receiver said; a page of HTML says nothing.
fn said(answer: &Answer) -> String {
    let body = answer.body.trim();
    if body.is_empty() || answer.is_page() {
        return format!("answered {}", answer.status);
    }
    format!("answered {}: {body}", answer.status)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::notify::Pause;

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
        let telegram = answer(429, r#"{"ok":false,"parameters":{"retry_after":35}}"#, None);
        assert!(
            matches!(judge(&telegram, None, &Scrub::new()), Verdict::Retry { after, pause: Pause::Destination, .. } if after == at(35))
        );
    }

    #[test]
    fn a_preset_decides_what_yes_is() {
        let slack = Success { status: vec![200], body: Some("ok".to_owned()), ..Success::default() };
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
}
