//! Webhooks, through reqwest: the plain signed envelope, a preset, or a team's own template.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{period::Period, secret::Secret};

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub url: Option<Secret>,
    /// `whsec_…`: signs each request after the Standard Webhooks specification.
    pub secret: Option<Secret>,
    /// A destination whose form is known: `slack`.
    pub preset: Option<String>,
    /// What the preset asks for.
    pub params: BTreeMap<String, String>,
    /// Headers added to each request.
    pub headers: BTreeMap<String, Secret>,
    /// `POST`, `PUT` or `PATCH`.
    pub method: String,
    /// How long to wait for the answer. 1s to 2m.
    pub timeout: Period,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: None,
            secret: None,
            preset: None,
            params: BTreeMap::new(),
            headers: BTreeMap::new(),
            method: "POST".to_owned(),
            timeout: Period::from_secs(10),
        }
    }
}
