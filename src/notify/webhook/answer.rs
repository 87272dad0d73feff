//! What a webhook receiver's answer means for a delivery.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    backoff,
    notify::{Verdict, http::Answer, scrub::Scrub},
    render::preset::Success,
};

pub(super) fn judge(answer: &Answer, wanted: Option<&Success>, scrub: &Scrub) -> Verdict {
    let note = |text: String| scrub.note(&text);
    match answer.status {
        200..=299 => accepted(answer, wanted, scrub),
        300..=399 => Verdict::Permanent {
            note: note(format!(
                "answered {}: redirects are not followed, write the final address into `url`",
                answer.status
            )),
            stop: false,
        },
        408 | 425 | 429 | 500.. => answer.retry(note(said(answer)), told(answer)),
        410 => {
            Verdict::Permanent { note: note(format!("{}; the receiver wants nothing more", said(answer))), stop: true }
        }
        _ => Verdict::Permanent { note: note(said(answer)), stop: false },
    }
}

/// A preset may know better than the status: Slack says `ok`, and a proxy's page is not that.
fn accepted(answer: &Answer, wanted: Option<&Success>, scrub: &Scrub) -> Verdict {
    let delivered = Verdict::Delivered { note: format!("answered {}", answer.status), remote_id: None, pause: None };
    match wanted {
        Some(wanted) if wanted.accepts(answer.status, &answer.body) => delivered,
        Some(_) if !answer.complete => Verdict::Ambiguous { note: format!("answered {} and broke off", answer.status) },
        Some(_) => {
            Verdict::Permanent { note: scrub.note(&format!("{}, which does not mean yes", said(answer))), stop: false }
        }
        None => delivered,
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
    if body.is_empty() || body.starts_with('<') {
        return format!("answered {}", answer.status);
    }
    format!("answered {}: {body}", answer.status)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

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
            assert_eq!(matches!(verdict, Verdict::Permanent { stop: true, .. }), status == 410, "{status}");
        }
    }

    #[test]
    fn a_wait_asked_for_is_kept_and_silences_the_destination() {
        let at = |seconds| Some(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds));
        for (status, header, wait, silent) in [
            (429, Some("7"), at(7), true),
            (429, None, at(30), true),
            (503, Some("Thu, 01 Jan 1970 00:02:00 GMT"), at(120), true),
            (503, None, None, false),
            (500, Some("99999999"), at(86_400), true),
            (500, Some("soon"), None, false),
        ] {
            let verdict = judge(&answer(status, "", header), None, &Scrub::new());
            let Verdict::Retry { after, pause, .. } = verdict else { panic!("{verdict:?}") };
            assert_eq!((after, pause), (wait, silent), "{status} {header:?}");
        }
        let telegram = answer(429, r#"{"ok":false,"parameters":{"retry_after":35}}"#, None);
        assert!(
            matches!(judge(&telegram, None, &Scrub::new()), Verdict::Retry { after, pause: true, .. } if after == at(35))
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
        assert_eq!(verdict(200, "<html>please sign in</html>", true).word(), "permanent");
        assert_eq!(verdict(200, "o", false).word(), "ambiguous");
        assert_eq!(verdict(202, "ok", true).word(), "permanent");
        assert_eq!(verdict(404, "channel_not_found", true).note(), "answered 404: channel_not_found");
    }
}
