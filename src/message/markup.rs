//! The Markdown subset of message bodies, as a tree.

use crate::message::{
    parse,
    write::{Style, write},
};

/// A body: paragraphs, lists and small tables of styled text. Texts in it are literal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Markup {
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    Paragraph(Vec<Span>),
    List(Vec<Vec<Span>>),
    Quote(Vec<Span>),
    /// Rows of cells, without a heading.
    Table(Vec<Vec<Vec<Span>>>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Span {
    Text(String),
    Bold(String),
    Italic(String),
    Code(String),
    /// http and https only.
    Link {
        text: String,
        url: String,
    },
    Break,
}

impl Markup {
    /// Reads Markdown; values in it must have been shielded, see [`parse`].
    pub fn parse(markdown: &str) -> Self {
        parse::parse(markdown)
    }

    pub fn discord(&self) -> String {
        write(self, Style::Discord)
    }

    pub fn slack(&self) -> String {
        write(self, Style::Slack)
    }

    pub fn markdown(&self) -> String {
        write(self, Style::Markdown)
    }

    pub fn html(&self) -> String {
        write(self, Style::Html)
    }

    pub fn html_basic(&self) -> String {
        write(self, Style::HtmlBasic)
    }

    pub fn html_lines(&self) -> String {
        write(self, Style::HtmlLines)
    }

    pub fn zulip(&self) -> String {
        write(self, Style::Zulip)
    }

    pub fn text(&self) -> String {
        write(self, Style::Text)
    }
}
