//! Events: changes worth telling, their ids, and the envelope that everyone sees.
//!
//! An event's id is derived from the fact, so that whoever sees the fact again makes the same id.

pub mod digest;
pub mod facts;
pub mod id;
pub mod kind;
pub mod notable;
pub mod sample;

mod blank;
mod ends;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    event::{
        digest::DigestFacts,
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
    /// The most specific watch that follows the subject; empty, and null in the envelope, for a
    /// bundle of several watches' events.
    #[serde(with = "blank")]
    pub watch: String,
    /// Every watch that follows it; routes match any of them.
    pub watches: Vec<String>,
    /// Empty, and null in the envelope, for a bundle of several accounts' events.
    #[serde(with = "blank")]
    pub account: String,
    pub severity: Severity,
    pub data: Data,
}

/// What the event is about: exactly one of these is under `data` in the envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Data {
    Call { call: Box<CallFacts>, previous_outcome: Option<Outcome> },
    Batch { batch: Box<BatchFacts> },
    Problem { problem: Problem },
    Digest { digest: Box<DigestFacts> },
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

    pub fn digest(&self) -> Option<&DigestFacts> {
        match &self.data {
            Data::Digest { digest } => Some(digest),
            _ => None,
        }
    }

    /// What the event is about, as people look it up: the call's or batch's id, what is failing, or
    /// the route that bundled.
    pub fn about(&self) -> &str {
        match &self.data {
            Data::Call { call, .. } => &call.id,
            Data::Batch { batch } => &batch.id,
            Data::Problem { problem } => &problem.what,
            Data::Digest { digest } => &digest.route,
        }
    }

    /// What deliveries are put in order by: events about the same subject keep their order.
    pub fn subject(&self) -> String {
        match &self.data {
            Data::Call { call, .. } => format!("call:{}:{}", self.account, call.id),
            Data::Batch { batch } => format!("batch:{}:{}", self.account, batch.id),
            Data::Problem { problem } => format!("problem:{}:{}", self.account, problem.what),
            Data::Digest { digest } => format!("digest:{}", digest.route),
        }
    }
}
