//! Whatever a server writes into `Retry-After`, the wait is from now on and 30 days at most.

#![no_main]

use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use ringback::backoff;

fuzz_target!(|input: (i64, f64, &str)| {
    let (second, seconds, header) = input;
    let Ok(now) = Timestamp::from_second(second) else { return };
    let latest = now.saturating_add(SignedDuration::from_hours(30 * 24)).unwrap_or(Timestamp::MAX);
    let asked = [backoff::retry_after(header, now), backoff::after_seconds(seconds, now)];
    for moment in asked.into_iter().flatten() {
        assert!((now..=latest).contains(&moment), "{moment} at {now}");
    }
});
