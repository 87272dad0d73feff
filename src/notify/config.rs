//! What every notifier's section may say, whatever its kind.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{model::period::Period, render::privacy::Privacy};

/// `[notifiers.<name>.<kind>]`: the keys of the kind, and those that all kinds share.
#[derive(Debug, Clone)]
pub struct Config {
    pub name: String,
    pub common: Common,
    pub kind: Kind,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Discord(super::discord::Config),
    Email(super::email::Config),
    Webhook(super::webhook::Config),
    Console(super::console::Config),
}

/// Keys that every kind of notifier understands.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Common {
    /// Default `masked`; a webhook with neither preset nor template: `full`.
    pub privacy: Option<Privacy>,
    /// The most sends in any 60 seconds. Default none; presets bring their own.
    pub max_per_minute: Option<NonZeroU32>,
    /// How long a delivery is tried before it becomes a dead letter.
    pub give_up_after: Period,
    /// What becomes of a send whose answer was lost.
    pub ambiguous: Ambiguous,
    /// A native template that replaces the built-in layout: a file beside the config file, or in
    /// `[templates] dir`.
    pub template: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ambiguous {
    /// Sent again with the same id, and shown as possibly repeated.
    Retry,
    /// Kept as a dead letter.
    Hold,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            privacy: None,
            max_per_minute: None,
            give_up_after: Period::from_secs(24 * 3600),
            ambiguous: Ambiguous::Retry,
            template: None,
        }
    }
}

impl Config {
    pub fn flaws(&self) -> Vec<crate::model::flaw::Flaw> {
        Vec::new()
    }
}
