//! A batch of calls as Ringback knows it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Which of Bland's two batch APIs knows the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchApi {
    V1,
    V2,
}

/// What Bland says of a batch; the calls themselves are read from the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub id: String,
    pub api: BatchApi,
    /// v2 `description`, v1 `label`.
    pub description: Option<String>,
    pub created_at: Option<Timestamp>,
    /// The least number of calls it must have: v2's preview of call objects, v1's `total_calls`.
    pub expected: Option<u64>,
    /// Bland said that it is over: v1 status `completed`, or v2 log entry `complete`.
    pub over: bool,
    /// The number of calls that Bland gave when it was over (v2 `calls_total`).
    pub total: Option<u64>,
}
