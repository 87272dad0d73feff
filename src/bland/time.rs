//! Bland's times in all the forms in which they come, and `Retry-After`.

use jiff::{Timestamp, civil::DateTime, fmt::rfc2822, tz::TimeZone};

use crate::backoff;

/// RFC 3339 with any fraction, with or without a zone (then UTC), epoch seconds or milliseconds,
/// or the date of a mail or HTTP header. Zero, as some databases write "never", is none.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let time =
        epoch(text).or_else(|| written(text)).or_else(|| rfc2822::parse(text).ok().map(|time| time.timestamp()))?;
    (time > Timestamp::UNIX_EPOCH).then_some(time)
}

/// When a server that answered at `now` may be asked again; none if it did not say, or said nonsense.
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<Timestamp> {
    backoff::retry_after(header, now).filter(|until| *until > now)
}

fn epoch(text: &str) -> Option<Timestamp> {
    let number: f64 = text.parse().ok()?;
    // Seconds reach eleven digits in the year 5138, milliseconds did in 1973.
    let millis = if number.abs() < 1e11 { number * 1e3 } else { number };
    // A number out of range ends at the ends of i64, which are out of range for a time too.
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    Timestamp::from_millisecond(millis.round() as i64).ok()
}

fn written(text: &str) -> Option<Timestamp> {
    // `start_time` is sent as "2021-01-01 12:00:00 -05:00".
    let joined = text.replace(" +", "+").replace(" -", "-");
    if let Ok(time) = joined.parse() {
        return Some(time);
    }
    let zoneless = joined.chars().skip("2021-01-01".len()).all(|c| c.is_ascii_digit() || " Tt:.".contains(c));
    let time: DateTime = joined.parse().ok().filter(|_| zoneless)?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_was_seen_is_read() {
        for (text, expected) in [
            ("2024-04-27T23:51:18.025251+00:00", "2024-04-27T23:51:18.025251Z"),
            ("2023-12-16T00:15:26.59585+00:00", "2023-12-16T00:15:26.59585Z"),
            ("2025-09-12T20:39:03.168+00:00", "2025-09-12T20:39:03.168Z"),
            ("2025-09-12T20:39:20.53+00:00", "2025-09-12T20:39:20.53Z"),
            ("2025-09-12T20:39:03.168Z", "2025-09-12T20:39:03.168Z"),
            ("2024-04-27T23:52:10.000Z", "2024-04-27T23:52:10Z"),
            ("2024-04-27T23:51:25+00:00", "2024-04-27T23:51:25Z"),
            ("2025-09-12T13:39:11-07:00", "2025-09-12T20:39:11Z"),
            ("2024-04-27 23:51:18.025251+00", "2024-04-27T23:51:18.025251Z"),
            ("2021-01-01 12:00:00 -05:00", "2021-01-01T17:00:00Z"),
            ("2024-04-27T23:51:18.025251", "2024-04-27T23:51:18.025251Z"),
            ("2024-04-27 23:51:18", "2024-04-27T23:51:18Z"),
            ("2024-04-27", "2024-04-27T00:00:00Z"),
            ("1758656817432", "2025-09-23T19:46:57.432Z"),
            ("1758656817", "2025-09-23T19:46:57Z"),
            ("Sat, 27 Apr 2024 23:51:25 GMT", "2024-04-27T23:51:25Z"),
        ] {
            assert_eq!(read(text).map(|time| time.to_string()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "0",
            "-5",
            "NaN",
            "1e300",
            "tomorrow at 3pm",
            "2024-13-40",
            "2024-04-27T23:51:18+99:00",
            "0001-01-01T00:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_never_longer_than_thirty_days() {
        let now: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        for (header, expected) in [
            ("30", Some("2026-01-01T12:00:30Z")),
            (" 1.5 ", Some("2026-01-01T12:00:01.5Z")),
            ("Thu, 01 Jan 2026 12:05:00 GMT", Some("2026-01-01T12:05:00Z")),
            ("108000", Some("2026-01-02T18:00:00Z")),
            ("99999999999999999999999", Some("2026-01-31T12:00:00Z")),
            ("Fri, 01 Jan 2100 12:00:00 GMT", Some("2026-01-31T12:00:00Z")),
            ("inf", None),
            ("0", None),
            ("-5", None),
            ("NaN", None),
            ("Thu, 01 Jan 2026 11:59:59 GMT", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(header, now).map(|time| time.to_string()).as_deref(), expected, "{header}");
        }
    }
}
