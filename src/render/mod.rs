//! Templates: from an event to the words and layouts of a message.

pub mod config;
pub mod preset;
pub mod privacy;

use std::{collections::BTreeMap, path::Path};

use jiff::{Timestamp, tz::TimeZone};

use crate::{event::Event, message::Message, model::flaw::Flaw, render::{config::Config, preset::Preset, privacy::Privacy}};

/// All templates, compiled once.
#[derive(Debug)]
pub struct Renderer {}

/// How an event is shown: to whom, and when.
#[derive(Debug, Clone, Copy)]
pub struct View {
    pub privacy: Privacy,
    pub now: Timestamp,
}

/// A message, and what went wrong with a team's template while it was written.
#[derive(Debug, Clone)]
pub struct Said {
    pub message: Message,
    pub trouble: Option<String>,
}

/// A rendered layout, and what went wrong with a team's file of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Laid {
    pub text: String,
    pub trouble: Option<String>,
}

/// Why a template could not be rendered; names template, line and column.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RenderError(pub String);

impl Renderer {
    /// Compiles the built-in templates and those in `[templates] dir`; `beside` is the folder of the config file.
    pub fn load(_config: &Config, _beside: &Path, _timezone: TimeZone) -> Result<Self, Vec<Flaw>> {
        unimplemented!()
    }

    /// Says an event in words. Never fails: if a team's template does, the built-in wording is used.
    pub fn message(&self, _event: &Event, _view: View) -> Said {
        unimplemented!()
    }

    /// Renders a channel's layout, such as `discord.json.hbs` or `presets/slack.json.hbs`, with the message in it.
    pub fn layout(&self, _name: &str, _event: &Event, _message: &Message, _view: View, _params: &BTreeMap<String, String>) -> Result<String, RenderError> {
        unimplemented!()
    }

    /// Compiles a notifier's native template, looked up beside the config file and then in `dir`.
    pub fn add_native(&mut self, _name: &str) -> Result<(), Flaw> {
        unimplemented!()
    }

    /// Renders a native template, which sees the envelope and `message` as the layouts do.
    pub fn native(&self, _name: &str, _event: &Event, _view: View, _params: &BTreeMap<String, String>) -> Result<String, RenderError> {
        unimplemented!()
    }

    /// A preset by its name.
    pub fn preset(&self, _name: &str) -> Option<&Preset> {
        unimplemented!()
    }

    /// The presets' names, for errors and lists.
    pub fn preset_names(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    /// As [`Self::layout`], with what went wrong for the caller to show.
    pub fn layout_said(&self, _name: &str, _event: &Event, _message: &Message, _view: View, _params: &BTreeMap<String, String>) -> Result<Laid, RenderError> {
        unimplemented!()
    }
}
