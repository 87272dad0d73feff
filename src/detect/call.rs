//! One call from first sight to the last correction: what to tell, and when to look again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    detect::words,
    model::{call::Call, outcome::Outcome, period::Period},
};

/// Bland's own default for a call without `max_duration`.
const DEFAULT_MAX_DURATION: Period = Period::from_secs(30 * 60);
/// So many 404s in a row, over at least the settle time, and a call counts as missing.
const MISSING_READS: u32 = 3;

/// What is remembered of a call between two looks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// The watches that follow it, the most specific first.
    pub watches: Vec<String>,
    /// Its end is remembered without being told: it was over before the watch began, or is no
    /// call of its own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// Asked for by its id.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub by_id: bool,
    /// Somebody asked to forget it: nothing about it is read, kept or told any more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub forgotten: bool,
    pub first_seen: Option<Timestamp>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub started: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stuck: bool,
    /// When it was first seen to be over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over_since: Option<Timestamp>,
    /// Told, or remembered silently, with this outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "is_zero")]
    pub corrections: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "is_zero")]
    pub missing_reads: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub missing: bool,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    pub settle: Period,
    pub stuck_after: Period,
    /// Whether a missing `answered_by` is worth waiting for.
    pub await_answer: bool,
}

/// A change of one call that is worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Started,
    /// The one end of the call: told as `call.failed` or `call.completed`.
    Ended(Outcome),
    /// The n-th correction, counted from 1.
    Corrected {
        from: Outcome,
        to: Outcome,
        nth: u32,
    },
    Stuck,
    Missing,
}

/// Takes in what is now known of the call and says what is to be told.
///
/// `call` must be everything that is known, not only the latest page: a snapshot that is older
/// than the memory then changes nothing.
pub fn step(memory: &mut Memory, call: &Call, rules: &Rules, now: Timestamp) -> Vec<Change> {
    memory.first_seen.get_or_insert(now);
    memory.missing_since = None;
    memory.missing_reads = 0;
    memory.missing = false;
    let Some(outcome) = words::outcome(call) else {
        return step_live(memory, call, rules, now);
    };
    let over_since = *memory.over_since.get_or_insert(now);
    match memory.told {
        Some(told) if told == outcome => vec![],
        Some(told) => {
            memory.told = Some(outcome);
            memory.corrections += 1;
            let nth = memory.corrections;
            if memory.silent { vec![] } else { vec![Change::Corrected { from: told, to: outcome, nth }] }
        }
        None if memory.silent || is_settled(call, outcome, rules) || now >= deadline(over_since, rules) => {
            memory.told = Some(outcome);
            memory.told_at = Some(now);
            if memory.silent { vec![] } else { vec![Change::Ended(outcome)] }
        }
        None => vec![],
    }
}

fn step_live(memory: &mut Memory, call: &Call, rules: &Rules, now: Timestamp) -> Vec<Change> {
    let mut changes = Vec::new();
    if words::is_active(call) && !memory.started && memory.told.is_none() {
        memory.started = true;
        changes.push(Change::Started);
    }
    if !memory.stuck && memory.told.is_none() && now >= stuck_at(memory, call, rules) {
        memory.stuck = true;
        changes.push(Change::Stuck);
    }
    if memory.silent { vec![] } else { changes }
}

/// Takes in that Bland does not know the call.
pub fn step_not_found(memory: &mut Memory, rules: &Rules, now: Timestamp) -> Vec<Change> {
    memory.first_seen.get_or_insert(now);
    memory.missing_reads = memory.missing_reads.saturating_add(1);
    let since = *memory.missing_since.get_or_insert(now);
    if memory.missing || memory.told.is_some() || memory.silent {
        return vec![];
    }
    if memory.missing_reads < MISSING_READS || now < deadline(since, rules) {
        return vec![];
    }
    memory.missing = true;
    vec![Change::Missing]
}

/// Whether nothing more needs to be waited for before the end is told.
fn is_settled(call: &Call, outcome: Outcome, rules: &Rules) -> bool {
    // "status completed, completed false" is a call whose transcript is still being written.
    let has_text = (call.summary.is_some() || !call.transcript.is_empty()) && call.completed != Some(false);
    match outcome {
        Outcome::Failed | Outcome::Busy | Outcome::Canceled | Outcome::NoAnswer => true,
        Outcome::Human | Outcome::Voicemail | Outcome::Unknown => has_text,
        Outcome::Unclassified => has_text && !rules.await_answer,
    }
}

fn deadline(since: Timestamp, rules: &Rules) -> Timestamp {
    since.saturating_add(rules.settle.signed()).unwrap_or(Timestamp::MAX)
}

/// When a call that is still not over becomes stuck.
pub fn stuck_at(memory: &Memory, call: &Call, rules: &Rules) -> Timestamp {
    let add = |at: Timestamp, period: Period| at.saturating_add(period.signed()).unwrap_or(Timestamp::MAX);
    let waiting_to_start = !words::is_active(call);
    if let (Some(start), true) = (call.scheduled_at, waiting_to_start) {
        return add(start, rules.stuck_after);
    }
    let begun = call.started_at.max(call.created_at).max(call.scheduled_at).or(memory.first_seen);
    let longest = call.max_duration_seconds.map_or(DEFAULT_MAX_DURATION, Period::from_secs);
    add(add(begun.unwrap_or(Timestamp::MAX), longest), rules.stuck_after)
}

/// When the call must be looked at again by itself, if the list does not show it.
///
/// Settling calls are read at twice the elapsed time each, up to the deadline; live calls at the
/// poll interval while they are young and ever more slowly when they are old; calls told without
/// a known answer once more after the settle time and ten minutes later.
pub fn next_look(memory: &Memory, rules: &Rules, every: Period, now: Timestamp) -> Option<Timestamp> {
    let add = |at: Timestamp, by: jiff::SignedDuration| at.saturating_add(by).unwrap_or(Timestamp::MAX);
    let every = every.signed();
    if let Some(told) = memory.told {
        let told_at =
            memory.told_at.filter(|_| told == Outcome::Unclassified && !memory.silent && rules.await_answer)?;
        let looks = [add(told_at, rules.settle.signed() * 2), add(told_at, rules.settle.signed() * 10)];
        return looks.into_iter().find(|look| *look > now);
    }
    if let Some(over) = memory.over_since {
        let elapsed = now.duration_since(over).max(every);
        return Some(add(now, elapsed).min(deadline(over, rules)).max(now));
    }
    let since = memory.missing_since.or(memory.first_seen).unwrap_or(now);
    let slowest = if memory.missing || memory.stuck { every * 60 } else { every * 6 };
    let age = now.duration_since(since);
    let pause = (age / 10).clamp(every, slowest);
    Some(add(now, pause))
}

/// When a live call that a list shows without `status` must be read all the same: rarely, and ever
/// more rarely.
pub fn check_up(memory: &Memory, every: Period, now: Timestamp) -> Timestamp {
    let age = now.duration_since(memory.first_seen.unwrap_or(now));
    let pause = (age / 2).clamp(every.signed() * 6, every.signed() * 60);
    now.saturating_add(pause).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
