//! How many requests an account may get: a strict sliding window, and pauses that Bland asked for.
//!
//! Nothing here sleeps or knows the time; a caller that is refused is told when to come back.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::bland::error::Error;

/// Two seconds more than the minute that is promised: times are counted in whole seconds, and
/// requests do not arrive in the instant in which they are counted.
const WINDOW: SignedDuration = SignedDuration::from_secs(62);

/// What a request is for; the list always finds room in the budget, slow look-ups give way first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    List,
    Detail,
    Slow,
}

/// The requests of the last minute.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    max: usize,
    sent: VecDeque<(Timestamp, Priority)>,
    /// How many of `sent` there are of each priority.
    made: [usize; 3],
    /// The latest time seen.
    latest: Timestamp,
    /// The pause under way, from and until: by each of the times that the clock was set to during it.
    pause: Vec<(Timestamp, Timestamp)>,
}

impl Budget {
    pub(super) fn new(max: u32) -> Self {
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        Self { max, sent: VecDeque::new(), made: [0; 3], latest: Timestamp::MIN, pause: Vec::new() }
    }

    /// The same requests and pauses under another limit.
    pub(super) fn limited_to(mut self, limit: usize) -> Self {
        self.max = limit;
        self
    }

    pub(super) fn limit(&self) -> usize {
        self.max
    }

    /// Counts a request that is about to be sent, or says until when it must wait.
    pub(super) fn take(&mut self, priority: Priority, now: Timestamp) -> Result<(), Error> {
        let now = self.advance(now);
        if let Some(until) = self.paused_until() {
            return Err(Error::RateLimited { until: Some(until) });
        }
        if let Some(until) = self.full_until(priority) {
            return Err(Error::Budget { until });
        }
        self.sent.push_back((now, priority));
        self.made[priority as usize] += 1;
        Ok(())
    }

    /// Nothing may be sent before `until`.
    pub(super) fn pause(&mut self, until: Timestamp) {
        let until = self.paused_until().map_or(until, |known| known.max(until));
        self.pause = vec![(self.latest, until)];
    }

    /// Forgets what is over, and says the time to count with.
    ///
    /// Callers may be a little out of order, so time does not run backwards here. If the clock was
    /// set back, everything moves with it, as though no time had passed since; and should it be set
    /// right again, a pause is not over before its first end.
    fn advance(&mut self, now: Timestamp) -> Timestamp {
        let back = self.latest.duration_since(now);
        if back > WINDOW && !(self.sent.is_empty() && self.pause.is_empty()) {
            let moved = |time: Timestamp| time.saturating_sub(back).unwrap_or(now);
            self.sent.iter_mut().for_each(|(time, _)| *time = moved(*time));
            self.pause.extend(self.paused_until().map(|until| (now, moved(until))));
            self.latest = now;
        }
        self.latest = self.latest.max(now);
        while let Some((_, priority)) = self.sent.pop_front_if(|(time, _)| over(*time) <= self.latest) {
            self.made[priority as usize] -= 1;
        }
        if self.paused_until().is_none() {
            self.pause.clear();
        }
        self.latest
    }

    fn paused_until(&self) -> Option<Timestamp> {
        let within = |(from, until): &&(Timestamp, Timestamp)| *from <= self.latest && self.latest < *until;
        self.pause.iter().filter(within).map(|(_, until)| *until).max()
    }

    /// When there is room for this priority; none if there is now.
    ///
    /// A fifth is kept for the list and a fifth for everything else, so that neither starves the
    /// other; slow look-ups leave two fifths free, but one a minute may always be made.
    fn full_until(&self, priority: Priority) -> Option<Timestamp> {
        let all_but = |part: usize| (self.max - part).max(1);
        let share = all_but(self.max.div_ceil(5));
        let whole = self.freed(self.max, &[Priority::List, Priority::Detail, Priority::Slow]);
        let own = match priority {
            Priority::List => self.freed(share, &[Priority::List]),
            Priority::Detail | Priority::Slow => self.freed(share, &[Priority::Detail, Priority::Slow]),
        };
        let rest = match priority {
            Priority::Slow if self.made[Priority::Slow as usize] > 0 => {
                let calm = all_but((self.max * 2).div_ceil(5));
                self.freed(calm, &[Priority::List, Priority::Detail, Priority::Slow])
            }
            _ => None,
        };
        whole.max(own).max(rest)
    }

    /// When fewer than `limit` requests of these priorities will be left; none if so already.
    fn freed(&self, limit: usize, of: &[Priority]) -> Option<Timestamp> {
        let made: usize = of.iter().map(|priority| self.made[*priority as usize]).sum();
        let last = made.checked_sub(limit)?;
        self.sent.iter().filter(|(_, priority)| of.contains(priority)).nth(last).map(|(time, _)| over(*time))
    }
}

/// When a request made at `time` counts no more.
fn over(time: Timestamp) -> Timestamp {
    time.saturating_add(WINDOW).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_oneof, proptest};

    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    /// How many requests in a row are let through.
    fn burst(budget: &mut Budget, priority: Priority, now: Timestamp) -> usize {
        std::iter::from_fn(|| budget.take(priority, now).ok()).count()
    }

    #[test]
    fn each_priority_leaves_room_for_the_others() {
        for (max, details, lists, slow) in [(60, 48, 12, 0), (10, 8, 2, 0), (2, 1, 1, 0), (1, 1, 0, 0)] {
            let mut budget = Budget::new(max);
            assert_eq!(burst(&mut budget, Priority::Detail, second(0)), details, "details of {max}");
            assert_eq!(burst(&mut budget, Priority::List, second(0)), lists, "lists of {max}");
            assert_eq!(burst(&mut budget, Priority::Slow, second(0)), slow, "slow ones of {max}");
        }
        let mut budget = Budget::new(60);
        assert_eq!(burst(&mut budget, Priority::Slow, second(0)), 36);
        assert_eq!(burst(&mut budget, Priority::Detail, second(0)), 12);
        assert_eq!(burst(&mut budget, Priority::List, second(0)), 12);
        let mut budget = Budget::new(60);
        assert_eq!(burst(&mut budget, Priority::List, second(0)), 48);
        assert_eq!(burst(&mut budget, Priority::Slow, second(0)), 1, "one a minute, however busy it is");
        assert_eq!(burst(&mut budget, Priority::Detail, second(0)), 11);
    }

    #[test]
    fn says_when_there_is_room_again_and_keeps_its_word() {
        for priority in [Priority::List, Priority::Detail, Priority::Slow] {
            let mut budget = Budget::new(10);
            for step in 0.. {
                if let Err(error) = budget.take(priority, second(step)) {
                    let Error::Budget { until } = error else { panic!("{error}") };
                    let before = until - SignedDuration::from_millis(1);
                    assert_eq!(budget.take(priority, before), Err(Error::Budget { until }));
                    assert_eq!(budget.take(priority, until), Ok(()));
                    break;
                }
            }
        }
    }

    #[test]
    fn nothing_is_sent_while_bland_asked_for_a_pause() {
        let mut budget = Budget::new(10);
        budget.pause(second(30));
        budget.pause(second(20));
        assert_eq!(budget.take(Priority::List, second(29)), Err(Error::RateLimited { until: Some(second(30)) }));
        assert_eq!(budget.take(Priority::List, second(30)), Ok(()));
    }

    #[test]
    fn a_clock_set_back_delays_by_a_window_at_most() {
        let mut budget = Budget::new(10);
        burst(&mut budget, Priority::Detail, second(7_200));
        budget.pause(second(7_230));
        assert_eq!(budget.take(Priority::Detail, second(0)), Err(Error::RateLimited { until: Some(second(30)) }));
        let Err(Error::Budget { until }) = budget.take(Priority::Detail, second(31)) else { panic!("room too early") };
        assert_eq!(until, second(62));
        assert_eq!(burst(&mut budget, Priority::Detail, second(62)), 8);
    }

    #[test]
    fn a_pause_outlasts_a_clock_that_is_set_back_and_right_again_and_is_over_once() {
        let mut budget = Budget::new(10);
        let until = |budget: &mut Budget, now| match budget.take(Priority::List, second(now)) {
            Err(Error::RateLimited { until }) => until,
            Ok(()) => None,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(until(&mut budget, 10_000), None);
        budget.pause(second(10_300));
        assert_eq!(until(&mut budget, 10_100), Some(second(10_300)));
        assert_eq!(until(&mut budget, 6_000), Some(second(6_200)), "set back");
        assert_eq!(until(&mut budget, 10_120), Some(second(10_300)), "and right again");
        assert_eq!(until(&mut budget, 6_020), Some(second(6_200)), "and back for good");
        assert_eq!(until(&mut budget, 6_200), None);
        assert_eq!(until(&mut budget, 10_120), None, "it is over, and does not come again");
    }

    proptest! {
        /// Whatever comes when, and whatever the clock is set to: time that really passed decides.
        #[test]
        fn no_minute_ever_holds_more_than_the_limit(
            max in 1_u32..20,
            steps in prop::collection::vec((any::<bool>(), prop_oneof![0_i64..500, 0_i64..40_000], 0_usize..3, clock()), 1..400),
        ) {
            let mut budget = Budget::new(max);
            let (mut passed, mut offset) = (0, 0);
            let mut sent: Vec<i64> = Vec::new();
            for (waits, millis, priority, set) in steps {
                passed += if waits { millis } else { 0 };
                offset += set;
                let now = second(0) + SignedDuration::from_millis(passed + offset);
                let priority = [Priority::List, Priority::Detail, Priority::Slow][priority];
                if budget.take(priority, now).is_ok() {
                    sent.push(passed);
                }
            }
            for (at, time) in sent.iter().enumerate() {
                let within = sent[at..].iter().filter(|later| **later - time <= 60_000).count();
                prop_assert!(within <= max as usize, "{} in a minute, limit {}", within, max);
            }
        }
    }

    /// By how many milliseconds the clock is set back before a step: mostly not at all.
    fn clock() -> impl Strategy<Value = i64> {
        prop_oneof![20 => Just(0_i64), 1 => -4_000_000_i64..0]
    }
}
