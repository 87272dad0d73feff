//! Email, through lettre: one mail per recipient, text and HTML.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::secret::Secret;

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `smtps://user:password@host[:465]`, or `smtp://…?tls=required|opportunistic|none`.
    pub smtp: Option<Secret>,
    /// The sender: `Ringback <ringback@example.com>`.
    pub from: String,
    /// Recipients; each is a delivery of its own.
    pub to: Vec<String>,
    pub reply_to: Option<String>,
    /// Put before each subject.
    pub subject_prefix: Option<String>,
    /// A PEM file with the certificate authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}
