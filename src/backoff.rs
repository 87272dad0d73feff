//! When a failed delivery is tried again, and when it is given up. Pure: the clock is an argument.

use jiff::{SignedDuration, Timestamp, civil::DateTime, fmt::rfc2822, tz::TimeZone};
use xxhash_rust::xxh3::xxh3_64;

use crate::model::period::Period;

/// Seconds to wait after each failed attempt; the last one repeats. The first attempt is made at once.
const WAITS: [i64; 8] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400];

/// Waits that a server asks for are believed up to here: longer than any that was ever meant, and
/// not for ever, as a broken gateway may say anything.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(30 * 24);

const SHORTEST_PROBE: SignedDuration = SignedDuration::from_secs(5);
const LONGEST_PROBE: SignedDuration = SignedDuration::from_secs(60);

/// When a delivery with `attempts_made` failed attempts is due again, never before `not_before`.
///
/// Up to a tenth of the wait is added, decided by `seed` and the attempt, so that deliveries which
/// failed together do not come back together.
pub fn due_after(attempts_made: u32, failed_at: Timestamp, not_before: Option<Timestamp>, seed: &str) -> Timestamp {
    let wait = wait(attempts_made);
    let share = xxh3_64(format!("{seed}#{attempts_made}").as_bytes()) % 1_000;
    let jitter = SignedDuration::from_millis(wait.as_secs() * i64::try_from(share).unwrap_or(0) / 10);
    let due = later(failed_at, wait + jitter);
    not_before.map_or(due, |earliest| due.max(earliest))
}

/// When a destination whose breaker opened at `opened` is probed again after a failure at `failed`:
/// after as long as it has been open, at least 5 s and at most a minute.
pub fn probe_after(opened: Timestamp, failed: Timestamp) -> Timestamp {
    let wait = failed.duration_since(opened).clamp(SHORTEST_PROBE, LONGEST_PROBE);
    later(failed, wait)
}

/// Whether a delivery made at `created` has been tried for long enough.
pub fn gives_up(created: Timestamp, now: Timestamp, give_up_after: Period) -> bool {
    now >= later(created, give_up_after.signed())
}

/// The moment that a `Retry-After` header names.
///
/// It is written in seconds, in decimals as Discord sends, or as a date in one of HTTP's three
/// forms. A moment past is now; what cannot be read is nothing; more than 30 days is 30 days.
pub fn retry_after(header: &str, now: Timestamp) -> Option<Timestamp> {
    let header = header.trim();
    let asked = match header.parse::<f64>() {
        Ok(seconds) => after_seconds(seconds, now)?,
        Err(_) => date(header)?,
    };
    Some(asked.clamp(now, later(now, LONGEST_WAIT)))
}

/// The moment `seconds` from now, at most 30 days; nothing for a number that is no length of time.
pub fn after_seconds(seconds: f64, now: Timestamp) -> Option<Timestamp> {
    if !seconds.is_finite() || seconds < 0.0 {
        return None;
    }
    let wait = SignedDuration::try_from_secs_f64(seconds).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
    Some(later(now, wait))
}

fn wait(attempts_made: u32) -> SignedDuration {
    let Some(place) = attempts_made.checked_sub(1) else { return SignedDuration::ZERO };
    let place = usize::try_from(place).unwrap_or(usize::MAX).min(WAITS.len() - 1);
    SignedDuration::from_secs(WAITS[place])
}

fn later(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// RFC 9110's date, then the two old forms that it still asks recipients to read.
fn date(text: &str) -> Option<Timestamp> {
    if let Ok(zoned) = rfc2822::parse(text) {
        return Some(zoned.timestamp());
    }
    let civil = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .into_iter()
        .find_map(|form| DateTime::strptime(form, text).ok())?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(784_111_777 + seconds).unwrap()
    }

    #[test]
    fn waits_grow_along_the_schedule_and_stay_at_four_hours() {
        for (attempts, wait) in [
            (0, 0),
            (1, 5),
            (2, 30),
            (3, 120),
            (4, 600),
            (5, 1_800),
            (6, 3_600),
            (7, 7_200),
            (8, 14_400),
            (9, 14_400),
            (900, 14_400),
        ] {
            let due = due_after(attempts, at(0), None, "dlv_1");
            assert!((at(wait)..=at(wait + wait / 10 + 1)).contains(&due), "after {attempts}: {due}");
        }
    }

    #[test]
    fn probes_come_after_five_seconds_and_then_at_growing_distances_up_to_a_minute() {
        let waits: Vec<i64> = [0, 5, 10, 20, 40, 100, 160, -50]
            .into_iter()
            .map(|since| probe_after(at(0), at(since)).duration_since(at(since)).as_secs())
            .collect();
        assert_eq!(waits, [5, 5, 10, 20, 40, 60, 60, 5]);
    }

    #[test]
    fn a_wait_asked_for_is_kept_even_when_the_schedule_is_shorter() {
        assert_eq!(due_after(1, at(0), Some(at(400)), "x"), at(400));
        assert!(due_after(4, at(0), Some(at(1)), "x") >= at(600));
    }

    #[test]
    fn a_delivery_is_given_up_at_the_end_of_its_time_and_not_before() {
        let day = Period::from_secs(86_400);
        for (age, given_up) in [(0, false), (86_399, false), (86_400, true), (90_000, true)] {
            assert_eq!(gives_up(at(0), at(age), day), given_up, "{age}");
        }
    }

    #[test]
    fn retry_after_is_read_in_all_its_forms() {
        let now = at(0); // Sun, 06 Nov 1994 08:49:37 GMT
        for (header, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("108000", Some(108_000)),
            ("999999999", Some(2_592_000)),
            ("1e300", Some(2_592_000)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("Sun Nov  6 08:50:37 1994", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Wed, 21 Oct 2099 07:28:00 GMT", Some(2_592_000)),
            ("-5", None),
            ("NaN", None),
            ("inf", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(header, now), seconds.map(at), "{header}");
        }
        assert_eq!(retry_after("0.65", now), Some(now + SignedDuration::from_millis(650)));
    }

    proptest! {
        #[test]
        fn due_times_are_never_early_never_wild_and_always_the_same(
            attempts in any::<u32>(), seed in ".{0,12}", asked in -100_000i64..100_000,
        ) {
            let due = due_after(attempts, at(0), Some(at(asked)), &seed);
            let plain = wait(attempts);
            prop_assert!(due >= at(asked) && due >= at(0) + plain);
            prop_assert!(due <= (at(0) + plain + plain / 10).max(at(asked)));
            prop_assert_eq!(due, due_after(attempts, at(0), Some(at(asked)), &seed));
        }

        #[test]
        fn any_header_is_read_without_harm(header in ".{0,40}", number in any::<f64>()) {
            for text in [header, number.to_string()] {
                if let Some(moment) = retry_after(&text, at(0)) {
                    prop_assert!((at(0)..=at(2_592_000)).contains(&moment));
                }
            }
        }
    }
}
