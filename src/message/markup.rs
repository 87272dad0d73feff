//! The Markdown subset of message bodies, as a tree.

use crate::message::{clean, parse, style::Style, write::write};

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

    pub fn chat(&self) -> String {
        write(self, Style::Chat)
    }

    pub fn google_chat(&self) -> String {
        write(self, Style::GoogleChat)
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

    pub fn push(&self) -> String {
        write(self, Style::Push)
    }

    /// The gist in one line, for a locked screen: without asides in italics, and without bars.
    pub fn brief(&self) -> String {
        let aside = |block: &Block| match block {
            Block::Paragraph(spans) => spans.iter().all(|span| matches!(span, Span::Italic(_) | Span::Break)),
            _ => false,
        };
        let blocks = self.blocks.iter().filter(|block| !aside(block)).cloned().collect();
        let text = Self { blocks }.push().replace(['█', '░'], " ");
        let lines: Vec<String> = text.lines().map(|line| clean::line(line.trim_start_matches("• "))).collect();
        lines.iter().filter(|line| !line.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gist_is_one_line_without_marks() {
        let body = "> Ada agreed.\n\n_Taken from the transcript._\n\n**48 calls**\n\n- ✅ ███░░ **29** human\n- 📭 █░░░░ **10** voicemail\n";
        assert_eq!(Markup::parse(body).brief(), "Ada agreed. · 48 calls · ✅ 29 human · 📭 10 voicemail");
        assert_eq!(Markup::default().brief(), "");
    }
}
