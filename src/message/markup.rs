//! The Markdown subset of message bodies, as a tree, and its writing in each channel's markup.

/// A body: paragraphs and lists of styled text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Markup {
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    Paragraph(Vec<Span>),
    List(Vec<Vec<Span>>),
    Quote(Vec<Span>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Span {
    Text(String),
    Bold(String),
    Italic(String),
    Code(String),
    Link { text: String, url: String },
    Break,
}

impl Markup {
    pub fn text(&self) -> String {
        unimplemented!()
    }
}
