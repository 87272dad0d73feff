//! Which calls of a bundle are worth a line of their own, and why.
//!
//! Failed calls are not among them: they are named as failures.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    event::{Data, Event, ends::End, facts::CallFacts, kind::Kind},
    model::outcome::{Likely, Outcome},
};

/// A conversation is long if it takes this many times as long as is usual in the bundle, and at
/// least so many seconds; below so many conversations nothing is usual.
const LONG_TIMES: u64 = 3;
const LONG_SECONDS: u64 = 300;
const LONG_AMONG: usize = 5;

/// Why a call is worth a look; the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notable {
    /// Bland does not know it.
    Missing,
    /// It should have ended long ago, and its end is not told here.
    Stuck,
    /// It ended, and something went wrong all the same, such as a transfer.
    Warning,
    /// Its outcome was told differently before.
    Corrected,
    Transferred,
    /// With a person, and dates, amounts or the like were settled.
    Agreed,
    /// It took far longer than the other conversations.
    Long,
}

/// What one line about such a call needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotableCall {
    pub reason: Notable,
    pub id: String,
    pub batch_id: Option<String>,
    pub direction: Option<String>,
    pub to: Option<String>,
    pub from: Option<String>,
    pub outcome: Option<Outcome>,
    pub likely: Option<Likely>,
    pub previous_outcome: Option<Outcome>,
    pub error: Option<String>,
    pub started_at: Option<Timestamp>,
    pub duration_seconds: Option<u64>,
    pub transferred_to: Option<String>,
    pub summary: Option<String>,
    pub details: Vec<String>,
    pub url: Option<String>,
}

/// Each notable call once, the most pressing first, then in the order of the events.
pub(super) fn calls(members: &[Event], ends: &[End<'_>]) -> Vec<NotableCall> {
    let ended: HashSet<(&str, &str)> = ends.iter().map(|end| (end.account, end.call.id.as_str())).collect();
    let mut found: Vec<NotableCall> = Vec::new();
    let mut named: HashSet<(&str, &str)> = HashSet::new();
    // The latest event about a call says how it stands.
    for event in members.iter().rev() {
        let Data::Call { call, previous_outcome } = &event.data else { continue };
        let key = (event.account.as_str(), call.id.as_str());
        let reason = match event.kind {
            Kind::CallMissing if !ended.contains(&key) => Notable::Missing,
            Kind::CallStuck if !ended.contains(&key) => Notable::Stuck,
            Kind::CallCorrected => Notable::Corrected,
            _ => continue,
        };
        if named.insert(key) {
            found.push(notable(reason, call, *previous_outcome));
        }
    }
    found.reverse();
    let long = long(ends);
    for end in ends.iter().filter(|end| end.outcome != Outcome::Failed) {
        if let Some(reason) = reason(end, long)
            && named.insert((end.account, &end.call.id))
        {
            found.push(notable(reason, end.call, None));
        }
    }
    found.sort_by_key(|call| call.reason);
    found
}

fn reason(end: &End<'_>, long: Option<u64>) -> Option<Notable> {
    let call = end.call;
    if call.error_stage.is_some() || call.error.is_some() {
        Some(Notable::Warning)
    } else if call.transferred_to.is_some() {
        Some(Notable::Transferred)
    } else if end.outcome == Outcome::Human && !call.details.is_empty() {
        Some(Notable::Agreed)
    } else if is_conversation(end) && call.duration_seconds.zip(long).is_some_and(|(seconds, long)| seconds >= long) {
        Some(Notable::Long)
    } else {
        None
    }
}

/// From how many seconds on a conversation is unusually long.
fn long(ends: &[End<'_>]) -> Option<u64> {
    let spoken = ends.iter().filter(|end| is_conversation(end));
    let mut seconds: Vec<u64> = spoken.filter_map(|end| end.call.duration_seconds).collect();
    if seconds.len() < LONG_AMONG {
        return None;
    }
    seconds.sort_unstable();
    let median = *seconds.get(seconds.len() / 2)?;
    Some(median.saturating_mul(LONG_TIMES).max(LONG_SECONDS))
}

fn is_conversation(end: &End<'_>) -> bool {
    matches!(end.outcome, Outcome::Human | Outcome::Unknown | Outcome::Unclassified)
}

fn notable(reason: Notable, call: &CallFacts, previous_outcome: Option<Outcome>) -> NotableCall {
    NotableCall {
        reason,
        id: call.id.clone(),
        batch_id: call.batch_id.clone(),
        direction: call.direction.clone(),
        to: call.to.clone(),
        from: call.from.clone(),
        outcome: call.outcome,
        likely: call.likely,
        previous_outcome,
        error: call.error.clone(),
        started_at: call.started_at,
        duration_seconds: call.duration_seconds,
        transferred_to: call.transferred_to.clone(),
        summary: call.summary.clone(),
        details: call.details.clone(),
        url: call.url.clone(),
    }
}
