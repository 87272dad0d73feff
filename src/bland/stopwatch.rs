//! How late it is by the time of a request, when its caller last looked at the clock some requests ago.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// A step back by more than this means that the clock was set, not that a caller's time is old.
const STALE: SignedDuration = SignedDuration::from_secs(60);

/// One poll makes many requests with one `now`; counted at that instant, they would free the budget
/// too early. So the time that has passed since `now` was first named is added to it.
#[derive(Debug, Clone, Default)]
pub(super) struct Stopwatch(Option<(Timestamp, Instant)>);

impl Stopwatch {
    /// `now`, or later where that much time has passed: in whole seconds, never too late.
    pub(super) fn time(&mut self, now: Timestamp) -> Timestamp {
        self.read(now, Instant::now())
    }

    fn read(&mut self, now: Timestamp, at: Instant) -> Timestamp {
        if let Some((named, since)) = self.0 {
            let passed = Duration::from_secs(at.saturating_duration_since(since).as_secs());
            let late = named.saturating_add(passed).unwrap_or(named);
            let set_back = named.duration_since(now) > STALE;
            if now <= late && !set_back {
                return late;
            }
        }
        self.0 = Some((now, at));
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_what_has_passed_since_the_time_was_named() {
        let at = Instant::now();
        let after = |seconds: f64| at + Duration::from_secs_f64(seconds);
        let second = |second| Timestamp::from_second(second).unwrap();
        let mut watch = Stopwatch::default();
        for (now, passed, expected) in [
            (1_000, 0.0, 1_000),
            (1_000, 0.9, 1_000),
            (1_000, 42.5, 1_042),
            (1_010, 43.0, 1_043),
            (1_100, 44.0, 1_100),
            // A caller whose time is a little old, and then a clock that was set back by an hour.
            (1_090, 45.0, 1_101),
            (-2_500, 46.0, -2_500),
            (-2_500, 50.0, -2_496),
        ] {
            assert_eq!(watch.read(second(now), after(passed)), second(expected), "{now} after {passed}");
        }
    }
}
