//! Being blind: when a failing account is told, and when its recovery is.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Failures in a row, and the least time, before an outage is told.
const FAILURES: u64 = 3;
const PATIENCE: SignedDuration = SignedDuration::from_mins(1);

/// A run of failed polls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outage {
    pub since: Timestamp,
    pub failures: u64,
    pub told: bool,
    pub reason: String,
}

/// Takes in a failed poll; true when the outage is to be told now. `hopeless` errors, such as a
/// refused key, are told at once.
pub fn failed(outage: &mut Option<Outage>, reason: &str, hopeless: bool, now: Timestamp) -> bool {
    let outage = outage.get_or_insert(Outage { since: now, failures: 0, told: false, reason: String::new() });
    outage.failures += 1;
    reason.clone_into(&mut outage.reason);
    let lasting = outage.failures >= FAILURES && now.duration_since(outage.since) >= PATIENCE;
    let tell = !outage.told && (hopeless || lasting);
    outage.told |= tell;
    tell
}

/// Takes in a good poll; gives the outage that ended, if it had been told.
pub fn recovered(outage: &mut Option<Outage>) -> Option<Outage> {
    outage.take().filter(|outage| outage.told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn an_outage_is_told_once_after_three_polls_and_a_minute() {
        let mut outage = None;
        let told: Vec<bool> =
            [0, 10, 20, 59, 60, 70].into_iter().map(|second| failed(&mut outage, "reset", false, at(second))).collect();
        assert_eq!(told, [false, false, false, false, true, false]);
        assert_eq!(recovered(&mut outage).unwrap().since, at(0));
        assert_eq!(recovered(&mut outage), None);
    }

    #[test]
    fn slow_polls_need_three_failures_too() {
        let mut outage = None;
        assert!(!failed(&mut outage, "x", false, at(0)));
        assert!(!failed(&mut outage, "x", false, at(600)));
        assert!(failed(&mut outage, "x", false, at(1200)));
    }

    #[test]
    fn a_refused_key_is_told_at_once_and_once() {
        let mut outage = None;
        assert!(failed(&mut outage, "401", true, at(0)));
        assert!(!failed(&mut outage, "401", true, at(10)));
    }

    #[test]
    fn a_short_outage_is_never_told_and_neither_is_its_end() {
        let mut outage = None;
        assert!(!failed(&mut outage, "x", false, at(0)));
        assert_eq!(recovered(&mut outage), None);
    }
}
