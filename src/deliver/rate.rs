//! Rates: how many sends a destination has had in each of the times that its limits are counted in.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::render::preset::Rate;

/// When sends went to each destination, as far as it still matters.
#[derive(Debug, Default)]
pub(super) struct Rates {
    sent: HashMap<String, VecDeque<Timestamp>>,
}

/// How far back sends count.
pub(super) fn window(rates: &[Rate]) -> SignedDuration {
    rates.iter().map(|rate| rate.per.signed()).max().unwrap_or_default()
}

impl Rates {
    /// How many sends are left, and, when none are, when there will be one.
    pub(super) fn room(&mut self, destination: &str, rates: &[Rate], now: Timestamp) -> (u32, Option<Timestamp>) {
        let least = rates.iter().map(|rate| rate.max.get()).min().unwrap_or(u32::MAX);
        let Some(sent) = self.sent.get_mut(destination) else { return (least, None) };
        while sent.front().is_some_and(|first| now.duration_since(*first) >= window(rates)) {
            sent.pop_front();
        }
        let (mut room, mut free) = (least, None);
        for rate in rates {
            let max = usize::try_from(rate.max.get()).unwrap_or(usize::MAX);
            let count = sent.iter().rev().take_while(|at| now.duration_since(**at) < rate.per.signed()).count();
            room = room.min(u32::try_from(max.saturating_sub(count)).unwrap_or(u32::MAX));
            // Room comes when the last but `max` of those in the window leaves it.
            let leaves = count.checked_sub(max).and_then(|over| sent.get(sent.len() - count + over));
            free = free.max(leaves.and_then(|at| at.checked_add(rate.per.signed()).ok()));
        }
        (room, free)
    }

    /// Whether the sends before this process began are known.
    pub(super) fn knows(&self, destination: &str) -> bool {
        self.sent.contains_key(destination)
    }

    /// Takes in the sends before this process began.
    pub(super) fn remember(&mut self, destination: &str, sent: Vec<Timestamp>) {
        self.sent.insert(destination.to_owned(), sent.into());
    }

    pub(super) fn sent(&mut self, destination: &str, now: Timestamp) {
        self.sent.entry(destination.to_owned()).or_default().push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::period::Period;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn rate(max: u32, seconds: u64) -> Rate {
        Rate { max: max.try_into().unwrap(), per: Period::from_secs(seconds) }
    }

    #[test]
    fn no_window_holds_more_than_its_limit() {
        let mut rates = Rates::default();
        let minute = [rate(2, 60)];
        assert_eq!(rates.room("d", &minute, at(0)), (2, None));
        rates.sent("d", at(0));
        rates.sent("d", at(10));
        assert_eq!(rates.room("d", &minute, at(59)), (0, Some(at(60))));
        assert_eq!(rates.room("d", &minute, at(60)), (1, None));
        assert_eq!(rates.room("other", &minute, at(59)), (2, None));
    }

    #[test]
    fn of_several_windows_the_fullest_counts_and_the_last_to_have_room() {
        let mut rates = Rates::default();
        let both = [rate(2, 1), rate(3, 30)];
        for second in [0, 1, 1] {
            rates.sent("d", at(second));
        }
        assert_eq!(rates.room("d", &both, at(1)), (0, Some(at(30))));
        assert_eq!(rates.room("d", &both, at(30)), (1, None));
        rates.sent("d", at(30));
        assert_eq!(rates.room("d", &[rate(1, 1), rate(9, 30)], at(30)), (0, Some(at(31))));
        // A limit that was lowered is owed what was sent before.
        assert_eq!(rates.room("d", &[rate(1, 60)], at(32)), (0, Some(at(90))));
    }
}
