//! `max_per_minute`: how many sends a destination has had in the last 60 seconds.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

pub(super) const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// When sends went to each destination, as far as it still matters.
#[derive(Debug, Default)]
pub(super) struct Rates {
    sent: HashMap<String, VecDeque<Timestamp>>,
}

impl Rates {
    /// How many sends are left, and, when none are, when there will be one.
    pub(super) fn room(&mut self, destination: &str, limit: u32, now: Timestamp) -> (u32, Option<Timestamp>) {
        let Some(sent) = self.sent.get_mut(destination) else { return (limit, None) };
        while sent.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            sent.pop_front();
        }
        let room = limit.saturating_sub(u32::try_from(sent.len()).unwrap_or(u32::MAX));
        let free = sent.front().filter(|_| room == 0).and_then(|first| first.checked_add(WINDOW).ok());
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

    #[test]
    fn no_window_of_sixty_seconds_holds_more_than_the_limit() {
        let at = |second: i64| Timestamp::from_second(1_700_000_000 + second).unwrap();
        let mut rates = Rates::default();
        assert_eq!(rates.room("d", 2, at(0)), (2, None));
        rates.sent("d", at(0));
        rates.sent("d", at(10));
        assert_eq!(rates.room("d", 2, at(59)), (0, Some(at(60))));
        assert_eq!(rates.room("d", 2, at(60)), (1, None));
        assert_eq!(rates.room("other", 2, at(59)), (2, None));
    }
}
