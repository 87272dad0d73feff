//! What every notifier's section may say, whatever its kind.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    model::{flaw::Flaw, period::Period},
    render::privacy::Privacy,
};

/// `[notifiers.<name>.<kind>]`: the keys of the kind, and those that all kinds share.
#[derive(Debug, Clone)]
pub struct Config {
    pub name: String,
    pub common: Common,
    pub kind: Kind,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Discord(super::discord::config::Config),
    Email(super::email::Config),
    Webhook(super::webhook::config::Config),
    Console(super::console::Config),
}

impl Config {
    /// Every mistake that can be seen without templates and presets; paths begin below the kind.
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = match &self.kind {
            Kind::Discord(kind) => kind.flaws(),
            Kind::Email(kind) => kind.flaws(),
            Kind::Webhook(kind) => kind.flaws(),
            Kind::Console(_) => Vec::new(),
        };
        flaws.extend(self.common.flaws());
        flaws.extend(self.template_flaw());
        flaws
    }

    /// The suffix decides how values are escaped, so a wrong one would break the payload.
    fn template_flaw(&self) -> Option<Flaw> {
        let name = self.common.template.as_deref()?;
        let suffixes: &[&str] = match self.kind {
            Kind::Discord(_) => &[".json.hbs"],
            Kind::Email(_) => &[".html.hbs", ".txt.hbs"],
            Kind::Console(_) => &[".txt.hbs"],
            Kind::Webhook(_) => &[".hbs"],
        };
        if suffixes.iter().any(|suffix| name.ends_with(suffix)) {
            return None;
        }
        Some(
            Flaw::new("template", format!("`{name}` does not end in {}", suffixes.join(" or ")))
                .hint("the ending decides how values are escaped"),
        )
    }
}

impl Common {
    fn flaws(&self) -> Option<Flaw> {
        let is_short = self.give_up_after < Period::from_secs(1);
        is_short.then(|| {
            Flaw::new("give_up_after", format!("{} is too short for any attempt", self.give_up_after))
                .hint("write 1s or more; the default is 24h")
        })
    }
}

impl Kind {
    /// The word in the section's name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Discord(_) => "discord",
            Self::Email(_) => "email",
            Self::Webhook(_) => "webhook",
            Self::Console(_) => "console",
        }
    }
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
