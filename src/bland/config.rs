//! `[bland]` and `[accounts.<name>]`: one Bland API key and how its account is read.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::model::{period::Period, secret::Secret};

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Bland's API key; sent as it is in `Authorization`.
    pub api_key: Option<Secret>,
    /// Where the API is; any scheme, host, port and path prefix.
    pub base_url: Url,
    /// `v1`, or `logs` for the legacy `POST /logs`, which knows only calls given by id.
    pub api: Api,
    /// How often the account is read while calls are live. 100ms to 1h.
    pub poll_interval: Period,
    /// How long to wait for a late `answered_by` or summary.
    pub settle: Period,
    /// How long past `max_duration` (or past the planned start) before `call.stuck`.
    pub stuck_after: Period,
    /// The most requests in any 60 seconds.
    pub max_requests_per_minute: NonZeroU32,
    /// Sent as `encrypted_key`, for accounts that bring their own Twilio.
    pub encrypted_key: Option<Secret>,
    /// Sent as `x-bland-org-id`.
    pub organization_id: Option<String>,
}

/// Which of Bland's APIs answers for single calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    V1,
    Logs,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            api_key: None,
            base_url: Url::parse("https://api.bland.ai").expect("a valid URL"),
            api: Api::V1,
            poll_interval: Period::from_secs(10),
            settle: Period::from_secs(75),
            stuck_after: Period::from_secs(15 * 60),
            max_requests_per_minute: NonZeroU32::new(60).expect("not zero"),
            encrypted_key: None,
            organization_id: None,
        }
    }
}

impl Config {
    pub fn flaws(&self) -> Vec<crate::model::flaw::Flaw> {
        Vec::new()
    }
}
