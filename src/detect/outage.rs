//! Being blind: when an account that cannot be read is told, and when its recovery is.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Polls in a row, whatever the trouble, before it is told.
const POLLS: u64 = 3;
/// The least time for which nothing could be read.
const BLIND: SignedDuration = SignedDuration::from_mins(1);
/// The least time for which reading went on, but fell behind. A campaign's start may take so long.
const BEHIND: SignedDuration = SignedDuration::from_mins(10);
/// A pause as long as this, from the first failure on, is told when it is asked for.
const LONG_PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// A run of polls in trouble.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outage {
    pub since: Timestamp,
    pub failures: u64,
    pub told: bool,
    pub reason: String,
}

/// What kept a poll from reading the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Waiting will not help, as with a refused key.
    Hopeless,
    /// Nothing could be read.
    Blind,
    /// Bland wants no request before then.
    Paused { until: Timestamp },
    /// What could be read is not all that matters.
    Behind,
}

/// Takes in a poll in trouble; true when the outage is to be told now, which it is once.
pub fn failed(outage: &mut Option<Outage>, trouble: Trouble, reason: &str, now: Timestamp) -> bool {
    let outage = outage.get_or_insert(Outage { since: now, failures: 0, told: false, reason: String::new() });
    outage.failures += 1;
    reason.clone_into(&mut outage.reason);
    if !outage.told {
        // A clock that was set back must not put off telling until it has caught up.
        outage.since = outage.since.min(now);
    }
    let lasting = |time| outage.failures >= POLLS && now.duration_since(outage.since) >= time;
    let due = match trouble {
        Trouble::Hopeless => true,
        Trouble::Blind => lasting(BLIND),
        Trouble::Paused { until } => lasting(BLIND) || until.duration_since(outage.since) >= LONG_PAUSE,
        Trouble::Behind => lasting(BEHIND),
    };
    let tell = due && !outage.told;
    outage.told |= tell;
    tell
}

/// Takes in a good poll; gives the outage that ended, if it had been told.
pub fn recovered(outage: &mut Option<Outage>) -> Option<Outage> {
    outage.take().filter(|outage| outage.told)
}

#[cfg(test)]
mod tests {
    use super::{Trouble::*, *};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    /// Polls in trouble at these seconds, and at which of them the outage is told.
    fn check(polls: &[(i64, Trouble)], told: Option<usize>) {
        let mut outage = None;
        let tells: Vec<bool> =
            polls.iter().map(|(second, trouble)| failed(&mut outage, *trouble, "why", at(*second))).collect();
        assert_eq!(tells.iter().position(|tell| *tell), told, "{polls:?}");
        assert!(tells.iter().filter(|tell| **tell).count() <= 1, "{polls:?}");
        assert_eq!(recovered(&mut outage).is_some(), told.is_some(), "{polls:?}: its end is told as its start");
        assert_eq!(outage, None);
    }

    #[test]
    fn each_trouble_is_told_once_when_it_has_lasted() {
        check(&[0, 10, 20, 59, 60, 70].map(|second| (second, Blind)), Some(4));
        check(&[0, 600, 1200].map(|second| (second, Blind)), Some(2));
        check(&[(0, Blind)], None);
        check(&[(0, Hopeless), (10, Hopeless)], Some(0));
        check(&[(0, Blind), (10, Hopeless)], Some(1));
        check(&[0, 60, 120, 599, 600].map(|second| (second, Behind)), Some(4));
        check(&[0, 700].map(|second| (second, Behind)), None);
    }

    #[test]
    fn a_long_pause_is_told_when_it_is_asked_for_and_a_short_one_when_it_comes_again() {
        let paused = |second, until| (second, Paused { until: at(until) });
        check(&[paused(0, 600)], Some(0));
        check(&[paused(0, 30), paused(30, 60)], None);
        check(&[paused(0, 30), paused(30, 60), paused(60, 90)], Some(2));
        check(&[paused(0, 300), paused(300, 600)], Some(1));
    }

    #[test]
    fn an_outage_has_the_time_of_its_first_failure_and_the_latest_reason() {
        let mut outage = None;
        failed(&mut outage, Blind, "reset", at(0));
        failed(&mut outage, Hopeless, "refused", at(10));
        let expected = Outage { since: at(0), failures: 2, told: true, reason: "refused".to_owned() };
        assert_eq!(recovered(&mut outage), Some(expected));
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_put_off_telling() {
        check(&[0, 10, -86_400, -86_350, -86_340].map(|second| (second, Blind)), Some(4));
    }
}
