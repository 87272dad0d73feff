//! A body as elements of an Adaptive Card, in whose text runs a caller's text is never read as markup.
//!
//! The Markdown of text blocks differs from client to client, escapes included
//! (<https://adaptivecards.io/explorer/TextRun.html>).

use serde_json::{Value, json};

use crate::message::{
    escape,
    markup::{Block, Markup, Span},
    rich,
};

/// The elements of a card's body, a line each; empty for an empty body.
pub fn elements(markup: &Markup) -> Vec<Value> {
    markup.blocks.iter().flat_map(block).collect()
}

fn block(block: &Block) -> Vec<Value> {
    match block {
        Block::Paragraph(spans) => lines(spans, ""),
        Block::Table(rows) => lines(&rich::lines(rows), ""),
        Block::List(items) => items.iter().flat_map(|spans| tight(lines(spans, "• "))).collect(),
        Block::Quote(spans) => match lines(spans, "") {
            said if said.is_empty() => said,
            said => vec![json!({ "type": "Container", "style": "emphasis", "items": said })],
        },
    }
}

/// Cards have no line breaks inside of text: each line is an element, close to the one above it.
fn lines(spans: &[Span], prefix: &str) -> Vec<Value> {
    let lines = spans.split(|span| *span == Span::Break).filter_map(|line| {
        let runs: Vec<Value> = line.iter().filter_map(run).collect();
        (!runs.is_empty()).then_some(runs)
    });
    let mut elements: Vec<Value> = Vec::new();
    for (place, mut runs) in lines.enumerate() {
        if place == 0 && !prefix.is_empty() {
            runs.insert(0, json!({ "type": "TextRun", "text": prefix }));
        }
        let element = json!({ "type": "RichTextBlock", "inlines": runs });
        elements.extend(if place == 0 { vec![element] } else { tight(vec![element]) });
    }
    elements
}

fn tight(mut elements: Vec<Value>) -> Vec<Value> {
    for element in &mut elements {
        element["spacing"] = "None".into();
    }
    elements
}

/// Teams refuses a run without text.
fn run(span: &Span) -> Option<Value> {
    let (text, more) = match span {
        Span::Text(text) => (text, json!({})),
        Span::Bold(text) => (text, json!({ "weight": "Bolder" })),
        Span::Italic(text) => (text, json!({ "italic": true })),
        Span::Code(text) => (text, json!({ "fontType": "Monospace" })),
        Span::Link { text, url } => (text, json!({ "selectAction": { "type": "Action.OpenUrl", "url": url } })),
        Span::Break => return None,
    };
    let mut run = json!({ "type": "TextRun", "text": escape::adaptive(text) });
    if let (Value::Object(run), Value::Object(more)) = (&mut run, more) {
        run.extend(more);
    }
    (!text.is_empty()).then_some(run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::parse::{parse, shield};

    #[test]
    fn each_line_is_an_element_of_literal_runs() {
        let value = shield("**not bold** {{DATE(1)}}\nnext");
        let body = parse(&format!(
            "> {value}\n\n**3** of `4`, see [it](https://x.example/)\n\n- one\n\n| | |\n|-|-|\n| a | b |\n"
        ));
        let run = |text: &str| json!({ "type": "TextRun", "text": text });
        let line = |runs: Value| json!({ "type": "RichTextBlock", "inlines": runs });
        let close = |runs: Value| json!({ "type": "RichTextBlock", "inlines": runs, "spacing": "None" });
        let link = json!({ "type": "Action.OpenUrl", "url": "https://x.example/" });
        let expected = json!([
            { "type": "Container", "style": "emphasis", "items": [
                line(json!([run("**not bold** {\u{200B}{DATE(1)}}")])),
                close(json!([run("next")])),
            ]},
            line(json!([
                { "type": "TextRun", "text": "3", "weight": "Bolder" },
                run(" of "),
                { "type": "TextRun", "text": "4", "fontType": "Monospace" },
                run(", see "),
                { "type": "TextRun", "text": "it", "selectAction": link },
            ])),
            close(json!([run("• "), run("one")])),
            line(json!([run("a"), run(" "), run("b")])),
        ]);
        assert_eq!(Value::from(elements(&body)), expected);
        assert_eq!(elements(&Markup::default()), Vec::<Value>::new());
    }
}
