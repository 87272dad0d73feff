//! From what a content template says of an event to its message, and what is said where none can say anything.

use handlebars::Context;
use serde_json::Value;

use crate::{
    event::Event,
    message::{Message, clean, markup::Markup},
    render::content::{Wording, severity_color},
};

/// The wording with what is the same whatever a template says.
pub(super) fn message(event: &Event, context: &Context, wording: Wording) -> Message {
    Message {
        title: wording.title,
        body: wording.body,
        facts: wording.facts,
        color: wording.color,
        severity: event.severity,
        link: wording.link,
        footer: clean::line(&footer(context)),
        at: event.timestamp,
    }
}

/// The last resort, which needs no template.
pub(super) fn bare(event: &Event, context: &Context) -> Wording {
    Wording {
        title: clean::line(&format!("{} {}", event.kind, looked_up_by(context))),
        color: severity_color(event.severity),
        link: None,
        body: Markup::default(),
        facts: Vec::new(),
    }
}

/// Where it comes from, and which call or batch it is: the id is what people look it up by.
fn footer(context: &Context) -> String {
    let seen = |pointer: &str| context.data().pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    [seen("/watch"), seen("/digest/route"), looked_up_by(context)]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

/// As the reader may see it, like all that is taken from the context.
fn looked_up_by(context: &Context) -> &str {
    let id = |subject: &str| context.data().pointer(subject).and_then(Value::as_str);
    id("/call/id").or_else(|| id("/batch/id")).unwrap_or_default()
}
