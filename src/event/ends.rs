//! The calls of a bundle that ended, with corrections taken in.

use std::collections::HashMap;

use crate::{
    event::{
        Event,
        facts::{CallFacts, FailedCall, OutcomeCounts},
        kind::Kind,
    },
    model::outcome::Outcome,
};

/// A call that ended, with the outcome that was known last.
pub(super) struct End<'a> {
    pub(super) account: &'a str,
    pub(super) call: &'a CallFacts,
    pub(super) outcome: Outcome,
}

impl End<'_> {
    pub(super) fn failure(&self) -> FailedCall {
        FailedCall { id: self.call.id.clone(), to: self.call.to.clone(), error: self.call.error.clone() }
    }
}

/// Each call that ended, once. A correction of an end told elsewhere is no end.
pub(super) fn of(members: &[Event]) -> Vec<End<'_>> {
    let mut ends: Vec<End<'_>> = Vec::new();
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    for event in members {
        let Some((call, outcome)) = event.call().and_then(|call| Some((call, call.outcome?))) else { continue };
        let key = (event.account.as_str(), call.id.as_str());
        match places.get(&key) {
            None if event.kind.is_call_end() => {
                places.insert(key, ends.len());
                ends.push(End { account: &event.account, call, outcome });
            }
            Some(place) if event.kind.is_call_end() || event.kind == Kind::CallCorrected => {
                if let Some(end) = ends.get_mut(*place) {
                    (end.call, end.outcome) = (call, outcome);
                }
            }
            _ => {}
        }
    }
    ends
}

/// How they ended.
pub(super) fn counts(ends: &[End<'_>]) -> OutcomeCounts {
    let mut counts = OutcomeCounts::default();
    ends.iter().for_each(|end| *counts.count_mut(end.outcome) += 1);
    counts
}
