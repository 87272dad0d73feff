//! A message as plain text: what is sent when no layout can be rendered.

use crate::message::{Message, style::Style, write::write};

/// Title, body, facts and link, each on lines of its own.
pub(super) fn text(message: &Message) -> String {
    let mut parts = vec![message.title.clone(), write(&message.body, Style::Text)];
    let facts: Vec<String> = message.facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value)).collect();
    parts.push(facts.join("\n"));
    parts.extend(message.link.clone());
    parts.retain(|part| !part.trim().is_empty());
    parts.join("\n\n")
}

/// Without control characters, which could move a terminal's cursor or hide text; line breaks and
/// tabs stay, and so do all letters of all scripts.
pub(super) fn without_controls(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !is_hidden_control(*c)).collect()
}

/// C0 and C1 controls, and the marks that reverse the direction of what follows them.
fn is_hidden_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        event::Severity,
        message::{
            Fact,
            markup::{Block, Markup, Span},
        },
    };

    #[test]
    fn a_message_reads_well_without_any_layout() {
        let text_span = |text: &str| Span::Text(text.to_owned());
        let message = Message {
            title: "Call completed".to_owned(),
            body: Markup {
                blocks: vec![
                    Block::Paragraph(vec![
                        Span::Bold("Human".to_owned()),
                        text_span(" answered, see "),
                        Span::Link { text: "here".to_owned(), url: "https://x.example/1".to_owned() },
                    ]),
                    Block::Quote(vec![text_span("Hello?"), Span::Break, text_span("Bye.")]),
                    Block::List(vec![vec![text_span("tomorrow at 3pm")]]),
                ],
            },
            facts: vec![Fact { label: "Duration".to_owned(), value: "1m 11s".to_owned() }],
            color: 0,
            severity: Severity::Info,
            link: None,
            footer: String::new(),
            at: Timestamp::UNIX_EPOCH,
        };
        insta::assert_snapshot!(text(&message), @r"
        Call completed

        Human answered, see here (https://x.example/1)

        > Hello?
        > Bye.

        • tomorrow at 3pm

        Duration: 1m 11s
        ");
    }

    #[test]
    fn controls_go_and_letters_stay() {
        assert_eq!(without_controls("a\u{1b}[2J\r\n\tb\u{202e}c\u{9b}é👩‍👩‍👧"), "a[2J\n\tbcé👩‍👩‍👧");
    }
}
