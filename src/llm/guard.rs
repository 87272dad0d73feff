//! How often the model is asked: a limit in any hour, and a rest while it does not work.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// After so many failures in a row it is left alone.
const FAILURES: u32 = 3;
const REST: SignedDuration = SignedDuration::from_mins(5);
/// However long an answer asks for, so long at the most.
const LONGEST_REST: SignedDuration = SignedDuration::from_hours(1);

#[derive(Debug)]
pub(super) struct Guard {
    max_per_hour: u32,
    /// Minutes since 1970, and how often it was asked in each; of the last hour.
    asked: VecDeque<(i64, u32)>,
    /// What an earlier process wrote down has not been taken in.
    fresh: bool,
    /// The limit has been told, and is still reached.
    spent: bool,
    failures: u32,
    rest_until: Option<Timestamp>,
    /// That it does not work has been told.
    broken: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admitted {
    All,
    Some {
        number: usize,
        /// What to warn of, once.
        news: Option<String>,
    },
}

impl Guard {
    pub(super) fn new(max_per_hour: u32) -> Self {
        Self {
            max_per_hour,
            asked: VecDeque::new(),
            fresh: true,
            spent: false,
            failures: 0,
            rest_until: None,
            broken: false,
        }
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Takes in a [`Self::note`]; one that cannot be read says nothing.
    pub(super) fn recall(&mut self, note: &str) {
        if std::mem::take(&mut self.fresh) {
            self.asked = serde_json::from_str(note).unwrap_or_default();
        }
    }

    pub(super) fn note(&self) -> String {
        serde_json::to_string(&self.asked).expect("pairs of numbers")
    }

    /// How many of so many questions may be asked; they count as asked.
    pub(super) fn admit(&mut self, wanted: usize, now: Timestamp) -> Admitted {
        if self.rest_until.is_some_and(|until| now < until) {
            return Admitted::Some { number: 0, news: None };
        }
        // After a rest, one question shows whether it works.
        let worth = if self.failures >= FAILURES { wanted.min(1) } else { wanted };
        let minute = now.as_second().div_euclid(60);
        // What was asked within a minute counts until all of that minute is an hour ago, and what is
        // dated ahead, by a clock that was put back, not at all.
        self.asked.retain(|(then, _)| (minute - 60..=minute).contains(then));
        let so_far: u32 = self.asked.iter().map(|(_, times)| times).sum();
        let room = usize::try_from(self.max_per_hour.saturating_sub(so_far)).unwrap_or(usize::MAX);
        let number = worth.min(room);
        let times = u32::try_from(number).unwrap_or(u32::MAX);
        match self.asked.back_mut() {
            Some((last, asked)) if *last == minute => *asked += times,
            _ if times > 0 => self.asked.push_back((minute, times)),
            _ => {}
        }
        let spent = worth > room;
        let news = (spent && !self.spent).then(|| {
            let limit = self.max_per_hour;
            format!("The language model has been asked for {limit} summaries within an hour (`max_per_hour`); others are made without it")
        });
        self.spent = spent;
        if number == wanted { Admitted::All } else { Admitted::Some { number, news } }
    }

    /// Takes note of an answer, and says whether that is news.
    pub(super) fn answered(&mut self) -> bool {
        self.failures = 0;
        self.rest_until = None;
        std::mem::take(&mut self.broken)
    }

    /// Takes note of a failure after which it wants to be left alone until `asked`. Says until when it is,
    /// where that is news.
    pub(super) fn failed(&mut self, asked: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        self.failures = self.failures.saturating_add(1);
        let after = |rest| now.checked_add(rest).unwrap_or(now);
        let own = (self.failures >= FAILURES).then(|| after(REST));
        let until = own.max(asked.map(|asked| asked.min(after(LONGEST_REST))))?;
        self.rest_until = self.rest_until.max(Some(until));
        (!std::mem::replace(&mut self.broken, true)).then_some(until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_772_463_600 + second).unwrap()
    }

    fn number(guard: &mut Guard, wanted: usize, second: i64) -> usize {
        match guard.admit(wanted, at(second)) {
            Admitted::All => wanted,
            Admitted::Some { number, .. } => number,
        }
    }

    #[test]
    fn no_hour_holds_more_than_the_limit_and_reaching_it_is_said_once() {
        let mut guard = Guard::new(10);
        assert_eq!(guard.admit(7, at(59)), Admitted::All);
        let Admitted::Some { number: 3, news: Some(news) } = guard.admit(8, at(60)) else { panic!("three are left") };
        assert!(news.contains("10 summaries"), "{news}");
        assert_eq!(guard.admit(2, at(3_599)), Admitted::Some { number: 0, news: None });
        assert_eq!(number(&mut guard, 9, 3_659), 0, "the first seven are an hour old only now");
        assert_eq!(number(&mut guard, 9, 3_660), 7);
        assert!(matches!(guard.admit(1, at(3_661)), Admitted::Some { number: 0, news: None }));
        assert_eq!(guard.admit(1, at(3_720)), Admitted::All);
        assert!(
            matches!(guard.admit(9, at(3_720)), Admitted::Some { number: 2, news: Some(_) }),
            "there was room between"
        );
    }

    #[test]
    fn what_was_asked_is_known_after_a_restart() {
        let mut before = Guard::new(10);
        assert_eq!(number(&mut before, 8, 0), 8);
        let mut after = Guard::new(10);
        assert!(after.is_fresh());
        after.recall(&before.note());
        after.recall("[]");
        assert!(!after.is_fresh());
        assert_eq!((number(&mut after, 8, 30), number(&mut after, 8, 4_000)), (2, 8));
        let mut garbled = Guard::new(10);
        garbled.recall("{");
        assert_eq!(number(&mut garbled, 99, 0), 10);
        // A clock that was put back by a day leaves nothing that counts for ever.
        assert_eq!(number(&mut garbled, 99, -86_400), 10);
    }

    #[test]
    fn three_failures_in_a_row_are_a_rest_and_both_ends_are_told_once() {
        let mut guard = Guard::new(100);
        assert_eq!(guard.failed(None, at(0)), None);
        assert!(!guard.answered());
        assert_eq!([guard.failed(None, at(1)), guard.failed(None, at(2))], [None; 2]);
        assert_eq!(guard.failed(None, at(3)), Some(at(303)));
        assert_eq!(guard.failed(None, at(4)), None, "the others of the same moment");
        assert_eq!(number(&mut guard, 4, 303), 0);
        assert_eq!(number(&mut guard, 4, 304), 1, "one question shows whether it works");
        assert_eq!(guard.failed(None, at(310)), None, "it was told");
        assert_eq!((number(&mut guard, 4, 609), number(&mut guard, 4, 610)), (0, 1));
        assert!(guard.answered());
        assert!(!guard.answered());
        assert_eq!(number(&mut guard, 4, 611), 4);
    }

    #[test]
    fn a_wait_that_is_asked_for_is_kept_up_to_an_hour() {
        let mut guard = Guard::new(100);
        assert_eq!(guard.failed(Some(at(90)), at(0)), Some(at(90)));
        assert_eq!((number(&mut guard, 2, 89), number(&mut guard, 2, 90)), (0, 2));
        guard.answered();
        assert_eq!(guard.failed(Some(at(900_000)), at(0)), Some(at(3_600)));
    }
}
