//! The section of one notifier, of any kind.

use crate::{
    model::flaw::Flaw,
    notify::{common::Common, console, discord, email, webhook},
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
    Discord(discord::config::Config),
    Email(email::Config),
    Webhook(webhook::config::Config),
    Console(console::Config),
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
