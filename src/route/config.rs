//! `[[routes]]`: which events go to which notifiers.

use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Shown in logs and explanations.
    pub name: Option<String>,
    /// Event kinds, as globs: `call.failed`, `batch.*`. Empty: every event.
    pub events: Vec<String>,
    /// Outcomes, as globs: `voicemail`, `no_*`. Empty: any; otherwise only events with an outcome match.
    pub outcomes: Vec<String>,
    /// Names of watches, as globs. Empty: any.
    pub watches: Vec<String>,
    /// A condition in CEL over `event`, `call`, `batch` and `problem`.
    pub when: Option<String>,
    /// Names of notifiers.
    pub notify: Vec<String>,
    /// Later routes do not see the events that match this one.
    pub stop: bool,
}

impl Config {
    pub fn flaws(&self) -> Vec<crate::model::flaw::Flaw> {
        Vec::new()
    }
}
