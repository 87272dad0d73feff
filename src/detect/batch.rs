//! One batch from first sight to its end: when all its calls are accounted for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    detect::{call::Rules, pace},
    model::batch::Batch,
};

/// What is remembered of a batch between two looks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    pub watches: Vec<String>,
    /// Known before the watch began: neither it nor its calls are told.
    pub silent: bool,
    pub by_id: bool,
    pub first_seen: Option<Timestamp>,
    pub started: bool,
    pub completed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    pub stuck: bool,
    /// Calls seen and calls done at the last look.
    pub seen: u64,
    pub done: u64,
    /// When either number last changed.
    pub changed_at: Option<Timestamp>,
    /// How many were done at some moments of the last minutes, oldest first: what the pace is measured by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<(Timestamp, u64)>,
    pub missing_since: Option<Timestamp>,
    pub missing_reads: u32,
}

/// A change of one batch that is worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Started,
    Progress { done: u64 },
    Completed,
    Stuck,
}

/// How many calls the batch has, as far as anyone has said.
pub fn total(batch: &Batch, seen: u64) -> u64 {
    seen.max(batch.total.or(batch.expected).unwrap_or(0))
}

/// Takes in what is now known of the batch and how many of its calls are seen and done.
///
/// It is complete when Bland says that it is over, or has been silent about it for the settle
/// time, and every call it must have has been seen and is done.
pub fn step(memory: &mut Memory, batch: &Batch, seen: u64, done: u64, rules: &Rules, now: Timestamp) -> Vec<Change> {
    memory.first_seen.get_or_insert(now);
    memory.missing_since = None;
    memory.missing_reads = 0;
    let progressed = done > memory.done;
    let changed = (seen, done) != (memory.seen, memory.done) || memory.changed_at.is_none();
    if changed {
        memory.changed_at = Some(now);
    }
    (memory.seen, memory.done) = (seen, done);
    pace::mark(&mut memory.marks, done, now);
    if memory.completed || memory.silent {
        return vec![];
    }
    let still_for = now.duration_since(memory.changed_at.unwrap_or(now));
    let accounted = seen > 0 && done >= seen && seen >= batch.total.or(batch.expected).unwrap_or(0);
    let empty = batch.over && total(batch, seen) == 0;
    if (accounted && (batch.over || still_for >= rules.settle.signed())) || empty {
        memory.completed = true;
        memory.completed_at = Some(now);
        return vec![Change::Completed];
    }
    let mut changes = Vec::new();
    if !memory.started {
        memory.started = true;
        changes.push(Change::Started);
    }
    if progressed {
        changes.push(Change::Progress { done });
    }
    changes.extend(stand_still(memory, rules, now));
    changes
}

/// Takes in that Bland does not know the batch; told as stuck, once it has lasted.
pub fn step_not_found(memory: &mut Memory, rules: &Rules, now: Timestamp) -> Vec<Change> {
    memory.first_seen.get_or_insert(now);
    memory.missing_reads = memory.missing_reads.saturating_add(1);
    let since = *memory.missing_since.get_or_insert(now);
    let lasting = memory.missing_reads >= 3 && now.duration_since(since) >= rules.settle.signed();
    if memory.stuck || memory.completed || memory.silent || !lasting {
        return vec![];
    }
    memory.stuck = true;
    vec![Change::Stuck]
}

fn stand_still(memory: &mut Memory, rules: &Rules, now: Timestamp) -> Option<Change> {
    let still_for = now.duration_since(memory.changed_at?);
    if memory.stuck || still_for < rules.stuck_after.signed() {
        return None;
    }
    memory.stuck = true;
    Some(Change::Stuck)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{batch::BatchApi, period::Period};

    const RULES: Rules =
        Rules { settle: Period::from_secs(75), stuck_after: Period::from_secs(900), await_answer: true };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn batch(expected: Option<u64>, over: bool, total: Option<u64>) -> Batch {
        Batch { id: "b".to_owned(), api: BatchApi::V2, description: None, created_at: None, expected, over, total }
    }

    /// Steps through (second, batch, seen, done) and writes down what was told.
    fn check(looks: &[(i64, Batch, u64, u64)], expected: &[(i64, Change)]) {
        let mut memory = Memory::default();
        let mut told = Vec::new();
        for (second, batch, seen, done) in looks {
            let changes = step(&mut memory, batch, *seen, *done, &RULES, at(*second));
            told.extend(changes.into_iter().map(|change| (*second, change)));
        }
        assert_eq!(told, expected);
    }

    #[test]
    fn a_batch_is_complete_when_it_is_over_and_all_calls_are_done() {
        check(
            &[
                (0, batch(Some(2), false, None), 0, 0),
                (10, batch(Some(2), false, None), 2, 1),
                (20, batch(Some(2), true, Some(3)), 2, 2),
                (30, batch(Some(2), true, Some(3)), 3, 3),
                (40, batch(Some(2), true, Some(3)), 3, 3),
            ],
            &[
                (0, Change::Started),
                (10, Change::Progress { done: 1 }),
                (20, Change::Progress { done: 2 }),
                (30, Change::Completed),
            ],
        );
    }

    #[test]
    fn without_word_from_bland_a_stable_number_of_done_calls_is_enough() {
        let open = || batch(Some(1), false, None);
        check(
            &[(0, open(), 2, 2), (74, open(), 2, 2), (75, open(), 2, 2)],
            &[(0, Change::Started), (0, Change::Progress { done: 2 }), (75, Change::Completed)],
        );
        let preview = || batch(Some(5), false, None);
        check(
            &[(0, preview(), 2, 2), (500, preview(), 2, 2)],
            &[(0, Change::Started), (0, Change::Progress { done: 2 })],
        );
    }

    #[test]
    fn a_batch_that_was_over_when_first_seen_is_only_completed() {
        check(&[(0, batch(None, true, Some(2)), 2, 2)], &[(0, Change::Completed)]);
        check(&[(0, batch(Some(0), true, Some(0)), 0, 0)], &[(0, Change::Completed)]);
    }

    #[test]
    fn unaccounted_calls_make_it_stuck_once() {
        let over = || batch(None, true, Some(3));
        check(
            &[(0, over(), 2, 2), (899, over(), 2, 2), (900, over(), 2, 2), (2000, over(), 2, 2), (2001, over(), 3, 3)],
            &[(0, Change::Started), (0, Change::Progress { done: 2 }), (900, Change::Stuck), (2001, Change::Completed)],
        );
    }
}
