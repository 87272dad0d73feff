//! The Markdown subset of message bodies, as a tree.

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
