//! What is said, before any channel's layout: title, body, facts, colour, link.
//!
//! The body is a small Markdown subset as a tree; each channel writes it in its own markup.

pub mod clean;
pub mod escape;
pub mod markup;
pub mod parse;
pub mod rich;
pub mod write;

use jiff::Timestamp;
use serde::Serialize;

use crate::{event::Severity, message::markup::Markup};

/// One message, ready for any channel. Title, labels and values are plain text.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub title: String,
    pub body: Markup,
    pub facts: Vec<Fact>,
    /// 0xRRGGBB.
    pub color: u32,
    pub severity: Severity,
    pub link: Option<String>,
    /// Where it comes from: the watch's name and the id of the call or batch.
    pub footer: String,
    pub at: Timestamp,
}

/// A labelled value under the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    pub label: String,
    pub value: String,
}
