//! Events: changes worth telling, their ids, and the envelope that everyone sees.
//!
//! An event's id is derived from the fact, so that whoever sees the fact again makes the same id.

pub mod facts;
pub mod id;
pub mod kind;
pub mod sample;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    event::{
        facts::{BatchFacts, CallFacts, Problem},
        kind::Kind,
    },
    model::outcome::Outcome,
};

/// One change worth telling; serialised, it is the envelope of DESIGN section 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// `evt_…`, see [`id`].
    pub id: String,
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When it happened, in whole seconds where the source gives no better.
    pub timestamp: Timestamp,
    /// When Ringback saw it.
    pub observed_at: Timestamp,
    /// The most specific watch that follows the subject.
    pub watch: String,
    /// Every watch that follows it; routes match any of them.
    pub watches: Vec<String>,
    pub account: String,
    pub severity: Severity,
    pub data: Data,
}

/// What the event is about. Exactly one of the three is not null in the envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Data {
    Call { call: Box<CallFacts>, previous_outcome: Option<Outcome> },
    Batch { batch: Box<BatchFacts> },
    Problem { problem: Problem },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    Warning,
    Error,
}

impl Event {
    pub fn call(&self) -> Option<&CallFacts> {
        match &self.data {
            Data::Call { call, .. } => Some(call),
            _ => None,
        }
    }

    pub fn batch(&self) -> Option<&BatchFacts> {
        match &self.data {
            Data::Batch { batch } => Some(batch),
            _ => None,
        }
    }

    /// What deliveries are put in order by: events about the same subject keep their order.
    pub fn subject(&self) -> String {
        match &self.data {
            Data::Call { call, .. } => format!("call:{}:{}", self.account, call.id),
            Data::Batch { batch } => format!("batch:{}:{}", self.account, batch.id),
            Data::Problem { problem } => format!("problem:{}:{}", self.account, problem.what),
        }
    }
}
