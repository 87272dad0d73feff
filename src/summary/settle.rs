//! Which of the values said in a call hold in the end, and which were declined or replaced.
//!
//! A value counts when it was confirmed, promised, accepted by the other side or given as an
//! answer; the last one of its sort wins. A stale value told as if it held is worse than none.

use super::{
    bearing,
    speech::Role,
    stance,
    talk::Talk,
    threads::{self, Rule, Thread},
    value::Value,
};

/// How likely a value must be to hold or to be stale, to count as that.
const HOLDS: f32 = 0.6;
const STALE: f32 = 0.4;
/// What the rules' verdict is worth beside that.
const LEANING: f32 = 0.1;

/// A value that holds, and the line that says so.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    pub(super) value: Value,
    pub(super) line: usize,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) settled: Vec<Settled>,
    stale: Vec<Value>,
    /// How likely it is of each value that it is stale.
    doubts: Vec<(Value, f32)>,
}

impl Ledger {
    pub(super) fn of(talk: &Talk<'_>) -> Self {
        let threads = threads::threads(talk);
        let mut ledger = Self::default();
        for (thread, rule) in threads.iter().zip(threads::rules(talk, &threads)) {
            let [holds, stale] = if talk.english {
                bearing::likely(talk, &threads, thread, rule)
            } else {
                // The weights know English only.
                [Rule::Held, Rule::Stale].map(|is| if rule == is { 1.0 } else { 0.0 })
            };
            ledger.doubts.push((thread.value.clone(), stale));
            let agreed = holds > HOLDS || (rule == Rule::Held && holds > HOLDS - LEANING);
            if agreed && !is_vague(talk, thread) {
                ledger.settled.push(Settled { value: thread.value.clone(), line: thread.line });
            } else if stale > STALE || (rule == Rule::Stale && stale > STALE - LEANING) {
                ledger.stale.push(thread.value.clone());
            }
        }
        let settled = &ledger.settled;
        ledger.stale.retain(|stale| !settled.iter().any(|held| held.value.agrees(stale)));
        ledger
    }

    /// Everything that the agent says in a message on a machine holds.
    pub(super) fn of_message(talk: &Talk<'_>) -> Self {
        let mut ledger = Self::default();
        let lines = talk.lines.iter().enumerate().filter(|(_, line)| line.role == Role::Agent);
        for (at, line) in lines {
            for value in line.values.iter().filter(|_| !line.is_question()) {
                let conditional = line.tokens.first().is_some_and(|word| word.is(&["if"]));
                if stance::is_refused(talk, line, value) && !conditional {
                    ledger.stale.push(value.clone());
                } else if !ledger.settled.iter().any(|held| held.value.agrees(value)) {
                    ledger.settled.push(Settled { value: value.clone(), line: at });
                }
            }
        }
        ledger
    }

    /// Whether the value was said but does not hold.
    pub(super) fn is_stale(&self, value: &Value) -> bool {
        self.stale.iter().any(|stale| stale.agrees(value))
    }

    /// How likely it is that a value was declined or replaced.
    pub(super) fn doubt(&self, value: &Value) -> f32 {
        self.doubts.iter().find(|(known, _)| known.agrees(value)).map_or(0.0, |(_, doubt)| *doubt)
    }

    pub(super) fn holds(&self, value: &Value) -> bool {
        self.settled.iter().any(|held| held.value.agrees(value))
    }
}

/// "today" without an hour says nothing to somebody who reads it tomorrow.
fn is_vague(talk: &Talk<'_>, thread: &Thread) -> bool {
    talk.lines.get(thread.line).is_some_and(|line| stance::is_vague(line, &thread.value))
}
