//! A batch, and its documents that hold no call, in both of Bland's batch APIs.

use serde_json::{Value, json};

use crate::{model::batch::BatchApi, simulate::moment};

#[derive(Debug, Clone)]
pub(super) struct Batch {
    pub(super) id: String,
    pub(super) api: BatchApi,
    pub(super) created: i64,
    pub(super) size: usize,
    /// v2 `description`, v1 `label`.
    pub(super) description: String,
    /// What all its calls have in common.
    pub(super) global: Value,
    pub(super) preview: Vec<Value>,
    pub(super) campaign_id: Option<String>,
    /// Calls sent out per second.
    pub(super) cps: f64,
    /// Milestones of its life.
    pub(super) dispatching: i64,
    pub(super) in_progress: i64,
    pub(super) closing: i64,
}

impl Batch {
    /// v2's document: neither a status nor counts.
    pub(super) fn v2(&self, user_id: &str) -> Value {
        json!({
            "id": self.id,
            "user_id": user_id,
            "base_prompt": self.global.to_string(),
            "created_at": moment::javascript(self.created),
            "call_objects": self.preview,
            "description": self.description,
        })
    }

    /// v1's `batch_params`, with `id` where the list has `batch_id`.
    pub(super) fn params(&self) -> Value {
        let mut params = self.v1_row();
        if let Some(params) = params.as_object_mut() {
            params.remove("batch_id");
            params.insert("id".to_owned(), json!(self.id));
        }
        params
    }

    /// An entry of v1's list.
    pub(super) fn v1_row(&self) -> Value {
        json!({
            "batch_id": self.id,
            "campaign_id": self.campaign_id,
            "created_at": moment::postgres(self.created),
            "label": self.description,
            "base_prompt": self.global["base_prompt"].as_str().or_else(|| self.global["task"].as_str()),
            "endpoint_code": "api",
            "call_params": { "reduce_latency": true, "voice_id": 0, "language": "eng", "max_duration": 30 },
        })
    }

    pub(super) fn is_of_campaign(&self, campaign: &str) -> bool {
        self.campaign_id.as_deref() == Some(campaign)
    }
}
