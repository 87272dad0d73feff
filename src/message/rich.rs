//! A body as Slack's rich text elements, in which a caller's text is never read as markup.
//!
//! In mrkdwn the signs `*`, `_`, `~` and the backtick cannot be escaped
//! (<https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>).

use serde_json::{Value, json};

use crate::message::{
    Fact,
    markup::{Block, Markup, Span},
};

/// The elements of one `rich_text` block; empty for an empty body.
pub fn text(markup: &Markup) -> Vec<Value> {
    let blocks = markup.blocks.iter().enumerate();
    blocks.filter_map(|(index, block)| element(block, index + 1 == markup.blocks.len())).collect()
}

/// The elements of one `rich_text` block that lists facts, a line each; empty without any.
pub fn facts(facts: &[Fact], most: usize) -> Vec<Value> {
    let mut elements: Vec<Value> = Vec::new();
    for fact in facts.iter().take(most) {
        if !elements.is_empty() {
            push_plain(&mut elements, "\n");
        }
        elements.push(json!({"type": "text", "text": format!("{}: ", fact.label), "style": {"bold": true}}));
        push_plain(&mut elements, &fact.value);
    }
    if elements.is_empty() { vec![] } else { vec![json!({"type": "rich_text_section", "elements": elements})] }
}

fn element(block: &Block, last: bool) -> Option<Value> {
    match block {
        Block::Paragraph(spans) => section("rich_text_section", spans, !last),
        Block::Quote(spans) => section("rich_text_quote", spans, false),
        Block::Table(rows) => section("rich_text_section", &lines(rows), !last),
        Block::List(items) => {
            let items: Vec<Value> =
                items.iter().filter_map(|spans| section("rich_text_section", spans, false)).collect();
            (!items.is_empty()).then(|| json!({"type": "rich_text_list", "style": "bullet", "elements": items}))
        }
    }
}

/// A line for each row.
pub(super) fn lines(rows: &[Vec<Vec<Span>>]) -> Vec<Span> {
    let mut spans = Vec::new();
    for row in rows {
        if !spans.is_empty() {
            spans.push(Span::Break);
        }
        for (place, cell) in row.iter().filter(|cell| !cell.is_empty()).enumerate() {
            if place > 0 {
                spans.push(Span::Text(" ".to_owned()));
            }
            spans.extend(cell.iter().cloned());
        }
    }
    spans
}

/// A section; `open` ends its line, as sections follow each other without a break.
fn section(kind: &str, spans: &[Span], open: bool) -> Option<Value> {
    let mut elements: Vec<Value> = Vec::new();
    for span in spans {
        let plain = match span {
            Span::Text(text) => text,
            Span::Break => "\n",
            styled => {
                elements.extend(element_of(styled));
                continue;
            }
        };
        push_plain(&mut elements, plain);
    }
    if elements.is_empty() {
        return None;
    }
    if open {
        push_plain(&mut elements, "\n");
    }
    Some(json!({"type": kind, "elements": elements}))
}

/// Plain text is one element, however many spans it came in. Slack refuses one without text.
fn push_plain(elements: &mut Vec<Value>, text: &str) {
    let text = &plain(text);
    let last = elements.last_mut().filter(|last| last["type"] == "text" && last["style"].is_null());
    if let Some(Value::String(before)) = last.map(|last| &mut last["text"]) {
        before.push_str(text);
    } else if !text.is_empty() {
        elements.push(json!({"type": "text", "text": text}));
    }
}

/// Rich and plain text are not parsed for mentions or links; should any client do it all the same, it finds none.
pub fn plain(text: &str) -> String {
    let text = text.replace("<!", "<\u{200b}!").replace("<@", "<\u{200b}@").replace("<#", "<\u{200b}#");
    text.replace("://", ":\u{200b}//")
}

fn element_of(span: &Span) -> Option<Value> {
    let styled = |text: &str, style: &str| json!({"type": "text", "text": plain(text), "style": {style: true}});
    let (text, element) = match span {
        Span::Bold(text) => (text, styled(text, "bold")),
        Span::Italic(text) => (text, styled(text, "italic")),
        Span::Code(text) => (text, styled(text, "code")),
        Span::Link { text, url } => (url, json!({"type": "link", "url": url, "text": plain(text)})),
        Span::Text(_) | Span::Break => return None,
    };
    (!text.is_empty()).then_some(element)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_plain_and_our_own_styles_are_kept() {
        let body = Markup {
            blocks: vec![
                Block::Quote(vec![Span::Text("*not bold* <!channel> `x`".to_owned())]),
                Block::Paragraph(vec![
                    Span::Bold("3 <!here>".to_owned()),
                    Span::Text(" calls".to_owned()),
                    Span::Text(String::new()),
                ]),
                Block::List(vec![vec![Span::Text("one".to_owned())], vec![]]),
                Block::Table(vec![
                    vec![vec![Span::Text("two".to_owned())], vec![], vec![Span::Bold("2".to_owned())]],
                    vec![vec![Span::Text("three".to_owned())]],
                ]),
            ],
        };
        let expected = json!([
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "*not bold* <\u{200b}!channel> `x`"}]},
            {"type": "rich_text_section", "elements": [
                {"type": "text", "text": "3 <\u{200b}!here>", "style": {"bold": true}},
                {"type": "text", "text": " calls\n"},
            ]},
            {"type": "rich_text_list", "style": "bullet", "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]},
            ]},
            {"type": "rich_text_section", "elements": [
                {"type": "text", "text": "two "},
                {"type": "text", "text": "2", "style": {"bold": true}},
                {"type": "text", "text": "\nthree"},
            ]},
        ]);
        assert_eq!(Value::from(text(&body)), expected);
        assert_eq!(text(&Markup::default()), Vec::<Value>::new());
    }
}
