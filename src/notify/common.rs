//! What all kinds of notifiers share: keys of their sections, and what a built one has of them.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    event::id,
    model::{flaw::Flaw, period::Period},
    render::privacy::Privacy,
};

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
    /// The notifier that speaks for this one while it fails.
    pub fallback: Option<String>,
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
            fallback: None,
            ambiguous: Ambiguous::Retry,
            template: None,
        }
    }
}

/// What every built notifier has.
#[derive(Debug, Clone)]
pub(super) struct Base {
    pub(super) name: String,
    pub(super) common: Common,
    pub(super) privacy: Privacy,
    pub(super) destination: String,
}

impl Common {
    pub(super) fn flaws(&self) -> Option<Flaw> {
        let is_short = self.give_up_after < Period::from_secs(1);
        is_short.then(|| {
            Flaw::new("give_up_after", format!("{} is too short for any attempt", self.give_up_after))
                .hint("write 1s or more; the default is 24h")
        })
    }
}

impl Base {
    /// `place` is where it sends, with whatever must change for a stopped destination to be a new one.
    pub(super) fn new(name: &str, common: &Common, default_privacy: Privacy, place: &[&str]) -> Self {
        // Four characters tell two places apart and are too few to prove a guessed password.
        let hash: String = id::derived("at", place).chars().skip(3).take(4).collect();
        Self {
            name: name.to_owned(),
            privacy: common.privacy.unwrap_or(default_privacy),
            common: common.clone(),
            destination: format!("{name}#{hash}"),
        }
    }
}
