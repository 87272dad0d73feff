//! Rendering for one job: every failure is remembered, none stops the message.

use crate::{
    event::Event,
    message::Message,
    notify::{Job, Payload, common::Base},
    render::{Renderer, View, preset::Params},
};

/// Renders templates for a job and gathers what went wrong with them.
pub(super) struct Writer<'a> {
    renderer: &'a Renderer,
    job: &'a Job<'a>,
    view: View,
    params: &'a Params,
    native: Option<&'a str>,
    troubles: Vec<String>,
}

/// For channels without parameters.
pub(super) static NO_PARAMS: Params = Params::new();

impl<'a> Writer<'a> {
    pub(super) fn new(base: &'a Base, renderer: &'a Renderer, job: &'a Job<'a>, params: &'a Params) -> Self {
        let view = View { privacy: base.privacy, now: job.now };
        Self { renderer, job, view, params, native: base.common.template.as_deref(), troubles: Vec::new() }
    }

    /// The event in words.
    pub(super) fn message(&mut self) -> Message {
        let said = self.renderer.message(self.job.event, self.view);
        self.troubles.extend(said.trouble);
        said.message
    }

    /// What `read` makes of the native template, if there is one whose name ends in `suffix`.
    pub(super) fn native<T>(
        &mut self,
        suffix: &str,
        read: impl FnOnce(&str, String) -> Result<T, String>,
    ) -> Option<T> {
        let name = self.native.filter(|name| name.ends_with(suffix))?;
        let rendered =
            self.renderer.native(name, self.job.event, self.view, self.params).map_err(|error| error.to_string());
        let read = rendered.and_then(|text| read(name, text));
        self.or_trouble(read, |error| format!("`{name}` failed ({error}), the built-in form was used"))
    }

    /// What `read` makes of a channel's layout.
    pub(super) fn layout<T>(
        &mut self,
        name: &str,
        message: &Message,
        read: impl FnOnce(String) -> Result<T, String>,
    ) -> Option<T> {
        let laid = self.renderer.layout_said(name, self.job.event, message, self.view, self.params);
        let read = laid.map_err(|error| error.to_string()).and_then(|laid| {
            self.troubles.extend(laid.trouble);
            read(laid.text)
        });
        self.or_trouble(read, |error| format!("`{name}` failed ({error}), plain text was used"))
    }

    /// As [`Self::layout`], for what the message can do without.
    pub(super) fn extra(&mut self, name: &str, message: &Message, without: &str) -> Option<String> {
        let laid = self.renderer.layout_said(name, self.job.event, message, self.view, self.params);
        let read = laid.map_err(|error| error.to_string()).map(|laid| {
            self.troubles.extend(laid.trouble);
            laid.text
        });
        self.or_trouble(read, |error| format!("`{name}` failed ({error}), {without}"))
    }

    pub(super) fn event(&self) -> &'a Event {
        self.job.event
    }

    /// What went wrong after rendering.
    pub(super) fn add_troubles(&mut self, troubles: Vec<String>) {
        self.troubles.extend(troubles);
    }

    pub(super) fn payload(self, content_type: &str, body: String) -> Payload {
        let trouble = (!self.troubles.is_empty()).then(|| self.troubles.join("; "));
        Payload { content_type: content_type.to_owned(), body, trouble }
    }

    fn or_trouble<T>(&mut self, read: Result<T, String>, says: impl FnOnce(String) -> String) -> Option<T> {
        read.map_err(|error| self.troubles.push(says(error))).ok()
    }
}
