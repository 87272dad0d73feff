//! Reads the Markdown subset of message bodies into the tree.
//!
//! Values are shielded before they are put into Markdown: each character that could act is replaced
//! by one of a private range that the parser takes for a letter, and comes back here as itself.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use url::Url;

use crate::message::markup::{Block, Markup, Span};

/// Where ASCII is moved to; `clean` removes this range from values.
const SHIELD: u32 = 0xE000;

/// Makes a value literal, wherever in a Markdown text it is put (code and links included).
pub fn shield(value: &str) -> String {
    let hide = |c: char| match c {
        _ if c.is_ascii_alphanumeric() || !c.is_ascii() => c,
        _ => char::from_u32(SHIELD + u32::from(c)).expect("a private character"),
    };
    value.chars().map(hide).collect()
}

fn unshield(text: &str) -> String {
    let show = |c: char| match u32::from(c).checked_sub(SHIELD) {
        Some(ascii @ 0..=0x7F) => char::from_u32(ascii).expect("ASCII"),
        _ => c,
    };
    text.chars().map(show).collect()
}

/// Parses Markdown, in which values must have been shielded. What the subset does not have becomes the nearest thing that it has.
pub fn parse(markdown: &str) -> Markup {
    let mut reader = Reader::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        reader.take(event);
    }
    reader.flush();
    Markup { blocks: reader.blocks }
}

/// A link's target as it may be written: http and https only.
pub fn web_link(target: &str) -> Option<String> {
    let url = Url::parse(target.trim()).ok()?;
    // Parentheses would end a Markdown link's target early.
    matches!(url.scheme(), "http" | "https").then(|| url.as_str().replace('(', "%28").replace(')', "%29"))
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    spans: Vec<Span>,
    quotes: usize,
    lists: usize,
    bold: usize,
    italic: usize,
    link: Option<(String, String)>,
    /// The next item starts a list of its own.
    fresh_list: bool,
    table: Option<Vec<Vec<Vec<Span>>>>,
    row: Vec<Vec<Span>>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&unshield(&text)),
            Event::Code(text) => match &mut self.link {
                Some((said, _)) => said.push_str(&unshield(&text)),
                None => self.spans.push(Span::Code(unshield(&text))),
            },
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.spans.push(Span::Break),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::BlockQuote(_) => {
                self.flush();
                self.quotes += 1;
            }
            Tag::List(_) => {
                self.flush();
                self.fresh_list = self.lists == 0;
                self.lists += 1;
            }
            Tag::Table(_) => {
                self.flush();
                self.table = Some(Vec::new());
            }
            Tag::TableHead | Tag::TableRow => self.row = Vec::new(),
            Tag::Strong => self.bold += 1,
            Tag::Heading { .. } => {
                self.flush();
                self.bold += 1;
            }
            Tag::Emphasis => self.italic += 1,
            Tag::Link { dest_url, .. } => self.link = Some((String::new(), unshield(&dest_url))),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::List(_) => {
                self.flush();
                self.lists = self.lists.saturating_sub(1);
            }
            TagEnd::Strong => self.bold = self.bold.saturating_sub(1),
            TagEnd::Heading(_) => {
                self.flush();
                self.bold = self.bold.saturating_sub(1);
            }
            TagEnd::Emphasis => self.italic = self.italic.saturating_sub(1),
            TagEnd::Link => self.end_link(),
            TagEnd::TableCell => self.row.push(trimmed(std::mem::take(&mut self.spans))),
            TagEnd::TableHead | TagEnd::TableRow => self.end_row(),
            TagEnd::Table => self.blocks.extend(self.table.take().filter(|rows| !rows.is_empty()).map(Block::Table)),
            TagEnd::Paragraph | TagEnd::Item | TagEnd::CodeBlock | TagEnd::HtmlBlock => self.flush(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((said, _)) = &mut self.link {
            said.push_str(text);
            return;
        }
        // A newline within one text comes from a value.
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.spans.push(Span::Break);
            }
            let span = match (self.bold > 0, self.italic > 0) {
                (true, _) => Span::Bold,
                (_, true) => Span::Italic,
                _ => Span::Text,
            };
            self.push(span(line.to_owned()));
        }
    }

    /// Joins what the parser cut into pieces.
    fn push(&mut self, span: Span) {
        match (self.spans.last_mut(), span) {
            (Some(Span::Text(last)), Span::Text(more))
            | (Some(Span::Bold(last)), Span::Bold(more))
            | (Some(Span::Italic(last)), Span::Italic(more)) => last.push_str(&more),
            (_, span) => self.spans.push(span),
        }
    }

    fn end_link(&mut self) {
        let Some((said, target)) = self.link.take() else { return };
        match web_link(&target) {
            Some(url) => {
                let text = if said.trim().is_empty() { url.clone() } else { said.replace('\n', " ") };
                self.spans.push(Span::Link { text, url });
            }
            None => self.text(&said),
        }
    }

    /// A row of nothing is left out: Markdown has no table without a heading, and an empty one is none.
    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        if let Some(rows) = &mut self.table
            && row.iter().any(|cell| !cell.is_empty())
        {
            rows.push(row);
        }
    }

    fn flush(&mut self) {
        let spans = trimmed(std::mem::take(&mut self.spans));
        if spans.is_empty() {
            return;
        }
        if self.lists > 0 {
            match self.blocks.last_mut() {
                Some(Block::List(items)) if !self.fresh_list => items.push(spans),
                _ => self.blocks.push(Block::List(vec![spans])),
            }
            self.fresh_list = false;
        } else if self.quotes > 0 {
            self.blocks.push(Block::Quote(spans));
        } else {
            self.blocks.push(Block::Paragraph(spans));
        }
    }
}

/// Without empty text, and without white space and breaks at either end.
fn trimmed(spans: Vec<Span>) -> Vec<Span> {
    let blank = |span: &Span| match span {
        Span::Break => true,
        Span::Text(text) | Span::Bold(text) | Span::Italic(text) | Span::Code(text) => text.trim().is_empty(),
        Span::Link { .. } => false,
    };
    let Some(first) = spans.iter().position(|span| !blank(span)) else { return Vec::new() };
    let last = spans.iter().rposition(|span| !blank(span)).unwrap_or(first);
    let mut kept: Vec<Span> = spans.into_iter().skip(first).take(last - first + 1).collect();
    kept.retain(|span| !matches!(span, Span::Text(text) | Span::Bold(text) | Span::Italic(text) if text.is_empty()));
    if let Some(Span::Text(text)) = kept.first_mut() {
        *text = text.trim_start().to_owned();
    }
    if let Some(Span::Text(text)) = kept.last_mut() {
        *text = text.trim_end().to_owned();
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Span {
        Span::Text(text.to_owned())
    }

    #[test]
    fn the_subset_is_read_into_the_tree() {
        let tree = parse("One **bold** _it_ `c`\\\nnext [site](https://x.example/a)\n\n> said\n\n- a\n- b\n");
        let spans = vec![
            text("One "),
            Span::Bold("bold".to_owned()),
            text(" "),
            Span::Italic("it".to_owned()),
            text(" "),
            Span::Code("c".to_owned()),
            Span::Break,
            text("next "),
            Span::Link { text: "site".to_owned(), url: "https://x.example/a".to_owned() },
        ];
        assert_eq!(
            tree.blocks,
            [
                Block::Paragraph(spans),
                Block::Quote(vec![text("said")]),
                Block::List(vec![vec![text("a")], vec![text("b")]]),
            ]
        );
    }

    #[test]
    fn a_table_needs_no_heading() {
        let tree = parse("| | |\n|-|-|\n| one | **2** |\n| three | |\n\nafter");
        let rows = vec![vec![vec![text("one")], vec![Span::Bold("2".to_owned())]], vec![vec![text("three")], vec![]]];
        assert_eq!(tree.blocks, [Block::Table(rows), Block::Paragraph(vec![text("after")])]);
        assert_eq!(parse("| |\n|-|\n").blocks, []);
    }

    #[test]
    fn only_web_links_are_links() {
        for target in ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "nonsense"] {
            assert_eq!(parse(&format!("[text]({target})")).blocks, [Block::Paragraph(vec![text("text")])], "{target}");
        }
    }

    #[test]
    fn a_quote_of_nothing_is_nothing() {
        assert_eq!(parse("> \n\n**Left**").blocks, [Block::Paragraph(vec![Span::Bold("Left".to_owned())])]);
    }

    #[test]
    fn a_shielded_value_keeps_its_lines_inside_its_block() {
        let tree = parse(&format!("> {}", shield("# one\n\n- two\n    three")));
        let spans = vec![text("# one"), Span::Break, Span::Break, text("- two"), Span::Break, text("    three")];
        assert_eq!(tree.blocks, [Block::Quote(spans)]);
    }

    proptest! {
        #[test]
        fn whatever_a_value_is_it_stays_one_text(value in "[ -~\u{e9}\u{1F600}]{1,40}") {
            prop_assume!(!value.trim().is_empty());
            let value = value.trim();
            for place in ["{}", "> {}", "- {}", "**{}**", "`{}`", "| |\n|-|\n| {} |"] {
                let tree = parse(&place.replace("{}", &shield(value)));
                prop_assert_eq!(tree.blocks.len(), 1);
                let spans = match &tree.blocks[0] {
                    Block::Paragraph(spans) | Block::Quote(spans) => spans.clone(),
                    Block::List(items) => items.concat(),
                    Block::Table(rows) => rows.concat().concat(),
                };
                prop_assert_eq!(spans.len(), 1, "{:?}", spans);
                let (Span::Text(said) | Span::Bold(said) | Span::Code(said)) = &spans[0] else {
                    panic!("{spans:?}");
                };
                prop_assert_eq!(said, value);
            }
        }
    }
}
