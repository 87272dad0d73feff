//! Writes a body in each channel's markup.

use crate::message::{
    escape,
    markup::{Block, Markup, Span},
};

/// The markups that a body can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Discord,
    Slack,
    Markdown,
    Html,
    Text,
}

/// The body in the given markup, without a line end at its end.
pub fn write(markup: &Markup, style: Style) -> String {
    let blocks: Vec<String> = markup.blocks.iter().map(|block| write_block(block, style)).collect();
    blocks.join(if style == Style::Html { "\n" } else { "\n\n" })
}

fn write_block(block: &Block, style: Style) -> String {
    let html = style == Style::Html;
    match block {
        // Each block goes in the direction of its own first letters, which may be a caller's.
        Block::Paragraph(spans) if html => format!("<p dir=\"auto\">{}</p>", write_spans(spans, style, "<br>\n")),
        Block::Quote(spans) if html => {
            format!("<blockquote dir=\"auto\">{}</blockquote>", write_spans(spans, style, "<br>\n"))
        }
        Block::List(items) if html => {
            let items =
                items.iter().map(|spans| format!("<li dir=\"auto\">{}</li>", write_spans(spans, style, "<br>\n")));
            format!("<ul>\n{}\n</ul>", items.collect::<Vec<_>>().join("\n"))
        }
        Block::Table(rows) if html => {
            let rows = rows.iter().map(|row| html_row(row));
            format!(
                "<table cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 12px 0;\">\n{}\n</table>",
                rows.collect::<Vec<_>>().join("\n")
            )
        }
        // Columns would not stand under each other in most fonts, and few chats know tables: a row is a line.
        Block::Table(rows) => {
            let line = |row: &Vec<_>| cells(row, style).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" ");
            rows.iter().map(line).collect::<Vec<_>>().join(if style == Style::Markdown { "\\\n" } else { "\n" })
        }
        // CommonMark needs the backslash, or the two lines become one.
        Block::Paragraph(spans) => write_spans(spans, style, if style == Style::Markdown { "\\\n" } else { "\n" }),
        Block::Quote(spans) => {
            let separator = if style == Style::Markdown { "\\\n> " } else { "\n> " };
            format!("> {}", write_spans(spans, style, separator))
        }
        Block::List(items) => {
            let bullet = match style {
                Style::Slack | Style::Text => "•",
                _ => "-",
            };
            let separator = if style == Style::Markdown { "\\\n  " } else { "\n  " };
            let items = items.iter().map(|spans| format!("{bullet} {}", write_spans(spans, style, separator)));
            items.collect::<Vec<_>>().join("\n")
        }
    }
}

fn cells(row: &[Vec<Span>], style: Style) -> impl Iterator<Item = String> {
    row.iter().map(move |spans| write_spans(spans, style, " "))
}

/// Mail programs drop style sheets, so that each cell brings its own.
fn html_row(row: &[Vec<Span>]) -> String {
    let cell = |text: String| {
        let inner = html_bar(&text).unwrap_or(text);
        format!("<td valign=\"middle\" style=\"padding:2px 10px 2px 0;\">{inner}</td>")
    };
    format!("<tr>{}</tr>", cells(row, Style::Html).map(cell).collect::<String>())
}

/// A cell that is nothing but a bar is drawn: its characters have gaps in most fonts of mail programs.
fn html_bar(text: &str) -> Option<String> {
    let full = text.chars().filter(|c| *c == '█').count();
    let empty = text.chars().filter(|c| *c == '░').count();
    if !(1..=50).contains(&(full + empty)) || full + empty != text.chars().count() {
        return None;
    }
    let part = |count: usize, class: &str, color: &str| match count {
        0 => String::new(),
        _ => format!(
            "<td class=\"{class}\" width=\"{}\" height=\"10\" bgcolor=\"{color}\" style=\"width:{}px;height:10px;line-height:10px;font-size:10px;\">&nbsp;</td>",
            count * 10,
            count * 10
        ),
    };
    let (full, empty) = (part(full, "bar", "#3e8fb0"), part(empty, "track", "#c9ced6"));
    Some(format!(
        "<table cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"border-collapse:collapse;\"><tr>{full}{empty}</tr></table>"
    ))
}

fn write_spans(spans: &[Span], style: Style, line_break: &str) -> String {
    let mut out = String::new();
    for span in spans {
        match span {
            Span::Text(text) => out.push_str(&escaped(text, style)),
            Span::Bold(text) => marked(&mut out, text, style, bold(style)),
            Span::Italic(text) => marked(&mut out, text, style, italic(style)),
            Span::Code(text) => out.push_str(&code(text, style)),
            Span::Link { text, url } => out.push_str(&link(text, url, style)),
            Span::Break => out.push_str(line_break),
        }
    }
    out
}

fn escaped(text: &str, style: Style) -> String {
    match style {
        Style::Discord => escape::discord(text),
        Style::Slack => escape::slack(text),
        Style::Markdown => escape::markdown(text),
        Style::Html => escape::html(text),
        Style::Text => text.to_owned(),
    }
}

fn bold(style: Style) -> (&'static str, &'static str) {
    match style {
        Style::Discord | Style::Markdown => ("**", "**"),
        Style::Slack => ("*", "*"),
        Style::Html => ("<strong>", "</strong>"),
        Style::Text => ("", ""),
    }
}

fn italic(style: Style) -> (&'static str, &'static str) {
    match style {
        Style::Discord | Style::Markdown => ("*", "*"),
        Style::Slack => ("_", "_"),
        Style::Html => ("<em>", "</em>"),
        Style::Text => ("", ""),
    }
}

/// Marks must touch the words: white space at the ends is put outside.
fn marked(out: &mut String, text: &str, style: Style, (open, close): (&str, &str)) {
    let inner = text.trim();
    if inner.is_empty() {
        out.push_str(text);
        return;
    }
    out.extend(text.chars().take_while(|c| c.is_whitespace()));
    out.push_str(open);
    out.push_str(&escaped(inner, style));
    out.push_str(close);
    let after = text.chars().rev().take_while(|c| c.is_whitespace()).count();
    out.extend(std::iter::repeat_n(' ', after));
}

fn code(text: &str, style: Style) -> String {
    // Nothing can be escaped inside code, so a backtick becomes a character that looks like one.
    let plain = text.replace('`', "ˋ").replace('\n', " ");
    match style {
        Style::Discord | Style::Markdown => format!("`{plain}`"),
        Style::Slack => format!("`{}`", escape::slack(&plain)),
        Style::Html => format!("<code>{}</code>", escape::html(text)),
        Style::Text => text.to_owned(),
    }
}

fn link(text: &str, url: &str, style: Style) -> String {
    match style {
        Style::Discord | Style::Markdown => format!("[{}]({url})", escaped(text, style)),
        Style::Slack => {
            let url = escape::slack(&url.replace('|', "%7C"));
            format!("<{url}|{}>", escape::slack(text).replace('|', "¦"))
        }
        Style::Html => format!("<a href=\"{}\">{}</a>", escape::html(url), escape::html(text)),
        Style::Text if text == url => url.to_owned(),
        Style::Text => format!("{text} ({url})"),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::message::parse::{parse, shield};

    fn sample() -> Markup {
        let value = shield("Said <b>*hi*</b> @here\n- [x](http://evil.example)");
        parse(&format!(
            "**3 of 4** done, see [the _batch_](https://x.example/b?a=1&b=(2))\n\n> {value}\n\n- ✅ one\n- `two` & *three*\n\n| | |\n|-|-|\n| ✅ **3** | {value} |\n| left | ██░ |\n"
        ))
    }

    #[test]
    fn discord_gets_its_markdown() {
        let written = write(&sample(), Style::Discord).replace('\u{200B}', "⟂");
        assert_snapshot!(written, @r"
        **3 of 4** done, see [the batch](https://x.example/b?a=1&b=%282%29)

        > Said <⟂b\>\*hi\*<⟂/b\> @⟂here
        > \- \[x\]\(http:⟂//evil.example\)

        - ✅ one
        - `two` & *three*

        ✅ **3** Said <⟂b\>\*hi\*<⟂/b\> @⟂here \- \[x\]\(http:⟂//evil.example\)
        left ██░
        ");
    }

    #[test]
    fn slack_gets_mrkdwn() {
        assert_snapshot!(write(&sample(), Style::Slack), @"
        *3 of 4* done, see <https://x.example/b?a=1&amp;b=%282%29|the batch>

        > Said &lt;b&gt;*hi*&lt;/b&gt; @here
        > - [x](http://evil.example)

        • ✅ one
        • `two` &amp; _three_

        ✅ *3* Said &lt;b&gt;*hi*&lt;/b&gt; @here - [x](http://evil.example)
        left ██░
        ");
    }

    #[test]
    fn markdown_comes_back_as_the_same_tree() {
        let mut tree = sample();
        assert_eq!(write(&tree, Style::Markdown).lines().last(), Some("left ██░"));
        tree.blocks.retain(|block| !matches!(block, Block::Table(_)));
        assert_eq!(parse(&write(&tree, Style::Markdown)), tree);
    }

    #[test]
    fn html_is_escaped() {
        assert_snapshot!(write(&sample(), Style::Html), @r##"
        <p dir="auto"><strong>3 of 4</strong> done, see <a href="https://x.example/b?a&#61;1&amp;b&#61;%282%29">the batch</a></p>
        <blockquote dir="auto">Said &lt;b&gt;*hi*&lt;/b&gt; @here<br>
        - [x](http://evil.example)</blockquote>
        <ul>
        <li dir="auto">✅ one</li>
        <li dir="auto"><code>two</code> &amp; <em>three</em></li>
        </ul>
        <table cellpadding="0" cellspacing="0" border="0" style="margin:0 0 12px 0;">
        <tr><td valign="middle" style="padding:2px 10px 2px 0;">✅ <strong>3</strong></td><td valign="middle" style="padding:2px 10px 2px 0;">Said &lt;b&gt;*hi*&lt;/b&gt; @here - [x](http://evil.example)</td></tr>
        <tr><td valign="middle" style="padding:2px 10px 2px 0;">left</td><td valign="middle" style="padding:2px 10px 2px 0;"><table cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse;"><tr><td class="bar" width="20" height="10" bgcolor="#3e8fb0" style="width:20px;height:10px;line-height:10px;font-size:10px;">&nbsp;</td><td class="track" width="10" height="10" bgcolor="#c9ced6" style="width:10px;height:10px;line-height:10px;font-size:10px;">&nbsp;</td></tr></table></td></tr>
        </table>
        "##);
    }

    #[test]
    fn text_is_plain() {
        assert_snapshot!(write(&sample(), Style::Text), @"
        3 of 4 done, see the batch (https://x.example/b?a=1&b=%282%29)

        > Said <b>*hi*</b> @here
        > - [x](http://evil.example)

        • ✅ one
        • two & three

        ✅ 3 Said <b>*hi*</b> @here - [x](http://evil.example)
        left ██░
        ");
    }
}
