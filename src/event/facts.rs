//! What an event says of a call, a batch or a problem: the objects under `data` in the envelope.
//!
//! Keys are a contract with templates, rules and receivers; absent values are null.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{
    call::{Call, Turn},
    outcome::{ErrorStage, Likely, Outcome},
};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CallFacts {
    pub id: String,
    pub batch_id: Option<String>,
    /// `inbound` or `outbound`.
    pub direction: Option<String>,
    pub to: Option<String>,
    pub from: Option<String>,
    /// Null until the call has ended.
    pub outcome: Option<Outcome>,
    pub likely: Option<Likely>,
    pub answered_by: Option<String>,
    pub status: Option<String>,
    pub queue_status: Option<String>,
    pub error: Option<String>,
    pub error_stage: Option<ErrorStage>,
    pub created_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub duration_seconds: Option<u64>,
    pub ended_by: Option<String>,
    pub disposition: Option<String>,
    pub transferred_to: Option<String>,
    pub price_usd: Option<f64>,
    pub recording_url: Option<String>,
    pub pathway_id: Option<String>,
    pub variables: Map<String, Value>,
    pub metadata: Map<String, Value>,
    pub summary: Option<String>,
    /// `bland`, `llm` or `extract`.
    pub summary_source: Option<String>,
    /// Dates, times, amounts, codes and names that were settled in the call.
    pub details: Vec<String>,
    /// The same with their kinds.
    #[serde(default)]
    pub detail_items: Vec<DetailItem>,
    #[serde(default)]
    pub summary_parts: SummaryParts,
    pub transcript: Vec<Turn>,
    pub url: Option<String>,
}

/// A settled fact and what it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailItem {
    /// `date`, `time`, `amount`, `code`, `name`, `phone`, `email`, `address` or `quantity`.
    pub kind: String,
    pub text: String,
}

/// The parts of a summary that a person looks for first; null where the call has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SummaryParts {
    /// Why the call was made.
    pub purpose: Option<String>,
    /// What came of it.
    pub outcome: Option<String>,
    pub next_step: Option<String>,
}

impl CallFacts {
    /// The facts that Bland gave; outcome, summary and link are for the caller to add.
    pub fn of(call: Call) -> Self {
        Self {
            direction: call.inbound.map(|inbound| if inbound { "inbound" } else { "outbound" }.to_owned()),
            id: call.id,
            batch_id: call.batch_id,
            to: call.to,
            from: call.from,
            answered_by: call.answered_by,
            status: call.status,
            queue_status: call.queue_status,
            error: call.error,
            created_at: call.created_at,
            started_at: call.started_at,
            ended_at: call.ended_at,
            duration_seconds: call.duration_seconds,
            ended_by: call.ended_by,
            disposition: call.disposition,
            transferred_to: call.transferred_to,
            price_usd: call.price_usd,
            recording_url: call.recording_url,
            pathway_id: call.pathway_id,
            variables: call.variables,
            metadata: call.metadata,
            transcript: call.transcript,
            ..Self::default()
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BatchFacts {
    pub id: String,
    pub description: Option<String>,
    pub total: u64,
    pub finished: u64,
    /// Whole percent, rounded down, so that 100 means all.
    pub percent: u64,
    pub outcomes: OutcomeCounts,
    /// The first 20.
    pub failed_calls: Vec<FailedCall>,
    /// Why the batch cannot be followed, such as that Bland does not know it; there only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Calls that ended per minute of late, while the batch runs.
    #[serde(default)]
    pub pace_per_minute: Option<f64>,
    /// When the last call will have ended, if it goes on like that.
    #[serde(default)]
    pub expected_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub duration_seconds: Option<u64>,
    pub price_usd: Option<f64>,
    pub url: Option<String>,
}

/// How many calls ended in each way; every outcome is a key, so that templates may name any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutcomeCounts {
    pub human: u64,
    pub voicemail: u64,
    pub no_answer: u64,
    pub busy: u64,
    pub canceled: u64,
    pub unknown: u64,
    pub unclassified: u64,
    pub failed: u64,
}

impl OutcomeCounts {
    pub fn count_mut(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Human => &mut self.human,
            Outcome::Voicemail => &mut self.voicemail,
            Outcome::NoAnswer => &mut self.no_answer,
            Outcome::Busy => &mut self.busy,
            Outcome::Canceled => &mut self.canceled,
            Outcome::Unknown => &mut self.unknown,
            Outcome::Unclassified => &mut self.unclassified,
            Outcome::Failed => &mut self.failed,
        }
    }

    pub fn total(&self) -> u64 {
        self.human
            + self.voicemail
            + self.no_answer
            + self.busy
            + self.canceled
            + self.unknown
            + self.unclassified
            + self.failed
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailedCall {
    pub id: String,
    pub to: Option<String>,
    pub error: Option<String>,
}

/// Something is wrong with Ringback's own sight or voice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// What is failing, such as `account bland`.
    pub what: String,
    pub since: Timestamp,
    pub reason: String,
    pub attempts: u64,
}
