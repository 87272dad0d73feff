//! Writes a body in each channel's markup.

use crate::message::{
    escape,
    markup::{Block, Markup, Span},
    style::Style,
};

/// The body in the given markup, without a line end at its end.
pub fn write(markup: &Markup, style: Style) -> String {
    let mut out = String::new();
    let mut before: Option<&Block> = None;
    for block in &markup.blocks {
        // Small places have no room for an empty line between a heading and its list.
        let close = matches!((before, block), (Some(Block::Paragraph(_)), Block::List(_) | Block::Table(_)));
        out.push_str(match (before, style) {
            (None, _) => "",
            (_, Style::Html | Style::HtmlBasic) => "\n",
            (_, Style::GoogleChat) if close => "<br>",
            (_, Style::GoogleChat) => "<br><br>",
            (_, Style::Push) if close => "\n",
            _ => "\n\n",
        });
        out.push_str(&write_block(block, style));
        before = Some(block);
    }
    out
}

fn write_block(block: &Block, style: Style) -> String {
    let html = style.has_blocks();
    let next = style.line_break();
    let dir = if style == Style::Html { " dir=\"auto\"" } else { "" };
    match block {
        // Each block of a mail goes in the direction of its own first letters, which may be a caller's.
        Block::Paragraph(spans) if html => format!("<p{dir}>{}</p>", write_spans(spans, style, next)),
        Block::Quote(spans) if style.is_html() => {
            format!("<blockquote{dir}>{}</blockquote>", write_spans(spans, style, next))
        }
        Block::List(items) if html => {
            let items = items.iter().map(|spans| format!("<li{dir}>{}</li>", write_spans(spans, style, next)));
            format!("<ul>\n{}\n</ul>", items.collect::<Vec<_>>().join("\n"))
        }
        Block::Table(rows) if style == Style::HtmlBasic => format!("<p>{}</p>", lines(rows, style).join(next)),
        Block::Table(rows) if html => {
            let rows = rows.iter().map(|row| html_row(row));
            format!(
                "<table cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 12px 0;\">\n{}\n</table>",
                rows.collect::<Vec<_>>().join("\n")
            )
        }
        // Columns would not stand under each other in most fonts, and few chats know tables: a row is a line.
        Block::Table(rows) => lines(rows, style).join(next),
        Block::Paragraph(spans) => write_spans(spans, style, next),
        Block::Quote(spans) if matches!(style, Style::GoogleChat | Style::Push) => write_spans(spans, style, next),
        Block::Quote(spans) => format!("> {}", write_spans(spans, style, &format!("{next}> "))),
        Block::List(items) => {
            let (bullet, end) = match style {
                Style::Slack | Style::HtmlLines | Style::Text | Style::Push => ("•", "\n"),
                Style::GoogleChat => ("•", next),
                _ => ("-", "\n"),
            };
            let within = if style == Style::GoogleChat { next.to_owned() } else { format!("{next}  ") };
            let items = items.iter().map(|spans| format!("{bullet} {}", write_spans(spans, style, &within)));
            items.collect::<Vec<_>>().join(end)
        }
    }
}

/// A line for each row.
fn lines(rows: &[Vec<Vec<Span>>], style: Style) -> Vec<String> {
    let line = |row: &Vec<_>| cells(row, style).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" ");
    rows.iter().map(line).collect()
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
        Style::Chat => escape::chat(text),
        Style::GoogleChat => escape::google_chat(text),
        Style::Markdown => escape::markdown(text),
        Style::Zulip => escape::zulip(text),
        Style::Html => escape::html(text),
        Style::HtmlBasic | Style::HtmlLines => escape::html(&escape::unlinked(text)),
        Style::Text | Style::Push => text.to_owned(),
    }
}

fn bold(style: Style) -> (&'static str, &'static str) {
    match style {
        Style::Discord | Style::Chat | Style::Markdown | Style::Zulip => ("**", "**"),
        Style::GoogleChat | Style::HtmlLines => ("<b>", "</b>"),
        Style::Slack => ("*", "*"),
        Style::Html | Style::HtmlBasic => ("<strong>", "</strong>"),
        Style::Text | Style::Push => ("", ""),
    }
}

fn italic(style: Style) -> (&'static str, &'static str) {
    match style {
        Style::Discord | Style::Markdown | Style::Zulip => ("*", "*"),
        // A single star is bold in Slack and Rocket.Chat.
        Style::Slack | Style::Chat => ("_", "_"),
        Style::GoogleChat | Style::HtmlLines => ("<i>", "</i>"),
        Style::Html | Style::HtmlBasic => ("<em>", "</em>"),
        Style::Text | Style::Push => ("", ""),
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
        Style::Discord | Style::Chat | Style::Markdown | Style::Zulip => format!("`{plain}`"),
        Style::GoogleChat => escape::google_chat(text),
        Style::Slack => format!("`{}`", escape::slack(&plain)),
        Style::Html | Style::HtmlBasic | Style::HtmlLines => format!("<code>{}</code>", escaped(text, style)),
        Style::Text | Style::Push => text.to_owned(),
    }
}

fn link(text: &str, url: &str, style: Style) -> String {
    match style {
        Style::Discord | Style::Chat | Style::Markdown | Style::Zulip => format!("[{}]({url})", escaped(text, style)),
        Style::Slack => {
            let url = escape::slack(&url.replace('|', "%7C"));
            format!("<{url}|{}>", escape::slack(text).replace('|', "¦"))
        }
        Style::GoogleChat => {
            format!("<a href=\"{}\">{}</a>", escape::slack(url).replace('"', "%22"), escape::slack(text))
        }
        Style::Html | Style::HtmlBasic | Style::HtmlLines => {
            format!("<a href=\"{}\">{}</a>", escape::html(url), escaped(text, style))
        }
        Style::Text | Style::Push if text == url => url.to_owned(),
        Style::Text | Style::Push => format!("{text} ({url})"),
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
    fn chats_get_markdown_without_escapes() {
        let written = write(&sample(), Style::Chat).replace('\u{200B}', "⟂").replace("  \n", "⏎\n");
        assert_snapshot!(written, @"
        **3 of 4** done, see [the batch](https://x.example/b?a=1&b=%282%29)

        > Said ‹b›∗hi∗‹/b› @⟂here⏎
        > ⟂- ［x］(http:⟂//evil.⟂example)

        - ✅ one
        - `two` & _three_

        ✅ **3** Said ‹b›∗hi∗‹/b› @⟂here ⟂- ［x］(http:⟂//evil.⟂example)⏎
        left ██░
        ");
    }

    #[test]
    fn google_chat_gets_the_html_of_its_cards() {
        assert_snapshot!(write(&sample(), Style::GoogleChat).replace('\u{200B}', "⟂").replace("<br>", "<br>\n"), @r#"
        <b>3 of 4</b> done, see <a href="https://x.example/b?a=1&amp;b=%282%29">the batch</a><br>
        <br>
        Said &lt;b&gt;*hi*&lt;/b&gt; @here<br>
        - [x](http:⟂//evil.example)<br>
        <br>
        • ✅ one<br>
        • two &amp; <i>three</i><br>
        <br>
        ✅ <b>3</b> Said &lt;b&gt;*hi*&lt;/b&gt; @here - [x](http:⟂//evil.example)<br>
        left ██░
        "#);
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
    fn chats_get_no_tag_that_they_do_not_know() {
        assert_snapshot!(write(&sample(), Style::HtmlBasic).replace('\u{200B}', "⟂"), @r#"
        <p><strong>3 of 4</strong> done, see <a href="https://x.example/b?a&#61;1&amp;b&#61;%282%29">the batch</a></p>
        <blockquote>Said &lt;b&gt;*hi*&lt;/⟂b&gt; @⟂here<br>
        - [x](http:⟂//⟂evil.⟂example)</blockquote>
        <ul>
        <li>✅ one</li>
        <li><code>two</code> &amp; <em>three</em></li>
        </ul>
        <p>✅ <strong>3</strong> Said &lt;b&gt;*hi*&lt;/⟂b&gt; @⟂here - [x](http:⟂//⟂evil.⟂example)<br>
        left ██░</p>
        "#);
        assert_snapshot!(write(&sample(), Style::HtmlLines).replace('\u{200B}', "⟂"), @r#"
        <b>3 of 4</b> done, see <a href="https://x.example/b?a&#61;1&amp;b&#61;%282%29">the batch</a>

        <blockquote>Said &lt;b&gt;*hi*&lt;/⟂b&gt; @⟂here
        - [x](http:⟂//⟂evil.⟂example)</blockquote>

        • ✅ one
        • <code>two</code> &amp; <i>three</i>

        ✅ <b>3</b> Said &lt;b&gt;*hi*&lt;/⟂b&gt; @⟂here - [x](http:⟂//⟂evil.⟂example)
        left ██░
        "#);
    }

    #[test]
    fn zulip_gets_its_markdown() {
        assert_snapshot!(write(&sample(), Style::Zulip).replace('\u{200B}', "⟂"), @"
        **⟂3 of 4**⟂ done, see [the batch](https://x.example/b?a=1&b=%282%29)

        > Said <⟂b>∗hi∗<⟂/b> @⟂here
        > ⟂- [⟂x]⟂(http:⟂//evil.⟂example)

        - ✅ one
        - `two`⟂ &⟂ *three*

        ✅ **⟂3** Said <⟂b>∗hi∗<⟂/b> @⟂here ⟂- [⟂x]⟂(http:⟂//evil.⟂example)
        left ██░
        ");
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
