//! `[store]`: where facts, events and deliveries are kept.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::secret::Secret;

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `sqlite:FILE` (relative to the config file) or `postgres://…`.
    pub url: Secret,
    /// Whether transcripts are written to the store. Without them, messages still carry the summary.
    pub transcripts: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { url: Secret::new("sqlite:ringback.db"), transcripts: true }
    }
}
