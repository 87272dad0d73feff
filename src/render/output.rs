//! The kinds of output that templates have, told by the end of their file names, and each one's escaping.

use crate::message::{escape, parse};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Output {
    Json,
    Html,
    Text,
    Markdown,
    /// Markdown that is parsed into the tree of a message's body, and goes nowhere else.
    Body,
}

impl Output {
    pub(super) const ALL: [Self; 5] = [Self::Json, Self::Html, Self::Text, Self::Markdown, Self::Body];

    /// The kind that a file's name tells, if it tells one.
    pub(super) fn of(name: &str) -> Option<Self> {
        let ends = [(".json.hbs", Self::Json), (".html.hbs", Self::Html), (".md.hbs", Self::Markdown)];
        let text = [(".txt.hbs", Self::Text), (".subject.hbs", Self::Text)];
        ends.into_iter().chain(text).find(|(end, _)| name.ends_with(end)).map(|(_, output)| output)
    }

    pub(super) fn escape(self) -> fn(&str) -> String {
        match self {
            Self::Json => escape::json,
            Self::Html => escape::html,
            Self::Text => str::to_owned,
            Self::Markdown => escape::markdown,
            Self::Body => parse::shield,
        }
    }
}
