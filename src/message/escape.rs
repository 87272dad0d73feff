//! Escapes plain text for each channel's markup, so that what a caller says is only ever read.

const ZERO_WIDTH_SPACE: char = '\u{200B}';

/// Discord Markdown. Mentions, custom emoji, times and bare links are broken by a zero-width space.
pub fn discord(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    // Digits since the start of the line: `1.` there would become a numbered list.
    let mut number = true;
    let mut digits = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | '*' | '_' | '~' | '|' | '>' | '#' | '-' | '[' | ']' | '(' | ')' | '`' => out.extend(['\\', c]),
            '.' if number && digits => out.push_str("\\."),
            '<' | '@' => out.extend([c, ZERO_WIDTH_SPACE]),
            ':' if chars.peek() == Some(&'/') => out.extend([c, ZERO_WIDTH_SPACE]),
            _ => out.push(c),
        }
        (number, digits) = match c {
            '\n' => (true, false),
            ' ' => (number && !digits, digits),
            _ => (number && c.is_ascii_digit(), c.is_ascii_digit()),
        };
    }
    out
}

/// Slack mrkdwn: exactly three characters, as Slack shows any other entity literally.
pub fn slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text in which a chat finds nothing to make a link, a mention, a hashtag or a command of by itself.
pub fn unlinked(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        out.push(c);
        let acts = match c {
            '@' | '#' | '$' => next.is_alphanumeric(),
            '/' => next.is_alphanumeric() && !before.is_alphanumeric(),
            ':' => next == '/' || (before.is_alphanumeric() && next.is_alphabetic()),
            '.' => before.is_alphanumeric() && next.is_alphabetic(),
            _ => false,
        };
        if acts {
            out.push(ZERO_WIDTH_SPACE);
        }
        before = c;
    }
    out
}

/// Zulip's Markdown, which has no escapes: what could act is broken by a zero-width space or looks like itself.
///
/// On backslashes: <https://github.com/zulip/zulip/issues/18202>.
pub fn zulip(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut at_start = true;
    let mut before = '\n';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or('\n');
        // A list, a quote, a heading or code by indentation would begin here.
        if at_start && (matches!(c, '-' | '+' | '>' | ' ') || c.is_ascii_digit()) {
            out.push(ZERO_WIDTH_SPACE);
        }
        match c {
            '*' => out.push('∗'),
            '`' => out.push('ˋ'),
            '|' => out.push('¦'),
            '@' | '#' | '<' | '&' | '~' | '$' | '[' | ']' => out.extend([c, ZERO_WIDTH_SPACE]),
            // Emoji and addresses, but not a time of day.
            ':' if !next.is_whitespace() && !before.is_ascii_digit() => out.extend([c, ZERO_WIDTH_SPACE]),
            '.' if before.is_alphanumeric() && next.is_alphabetic() => out.extend([c, ZERO_WIDTH_SPACE]),
            _ => out.push(c),
        }
        at_start = c == '\n';
        before = c;
    }
    out
}

/// HTML text and quoted attribute values.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            '=' => out.push_str("&#61;"),
            _ => out.push(c),
        }
    }
    out
}

/// Generic Markdown (CommonMark): every ASCII punctuation mark that can act is escaped.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '-' | '.' | '!')
            || matches!(c, '<' | '>' | '|' | '~' | '&' | '@' | ':' | '=')
        {
            out.push('\\');
        }
        // A newline could start a block of its own.
        out.push(if c == '\n' { ' ' } else { c });
    }
    out
}

/// The inside of a JSON string, without its quotes.
pub fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inside.expect("a JSON string is quoted").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discord_text_neither_styles_nor_mentions_nor_links() {
        for (text, escaped) in [
            ("plain, text: 5 + 5!", "plain, text: 5 + 5!"),
            ("**bold** _it_ ~~no~~ ||spoiler||", r"\*\*bold\*\* \_it\_ \~\~no\~\~ \|\|spoiler\|\|"),
            ("[bank](https://evil.example)", "\\[bank\\]\\(https:\u{200B}//evil.example\\)"),
            ("@everyone <@123> <t:0:R>", "@\u{200B}everyone <\u{200B}@\u{200B}123\\> <\u{200B}t:0:R\\>"),
            ("> quote\n# head\n- item\n1. one", "\\> quote\n\\# head\n\\- item\n1\\. one"),
            ("at 3.30, room 12. Then", "at 3.30, room 12. Then"),
            (r"\*", r"\\\*"),
        ] {
            assert_eq!(discord(text), escaped, "{text}");
        }
    }

    #[test]
    fn slack_escapes_three_characters_and_no_more() {
        assert_eq!(slack("<!channel> & 'x' \"y\" *z*"), "&lt;!channel&gt; &amp; 'x' \"y\" *z*");
    }

    #[test]
    fn unlinked_text_is_found_by_no_chat() {
        for (text, escaped) in [
            ("plain, 5/5 at 3.30 or 12:00, room #5?", "plain, 5/5 at 3.30 or 12:00, room #⟂5?"),
            ("@ada #tag $USD /start me@x.example", "@⟂ada #⟂tag $⟂USD /⟂start me@⟂x.⟂example"),
            ("https://evil.example/a mailto:x", "https:⟂//⟂evil.⟂example/a mailto:⟂x"),
        ] {
            assert_eq!(unlinked(text).replace(ZERO_WIDTH_SPACE, "⟂"), escaped, "{text}");
        }
    }

    #[test]
    fn zulip_text_neither_styles_nor_mentions_nor_links() {
        for (text, escaped) in [
            ("plain, text: 5 + 5 at 3.30 or 12:00!", "plain, text: 5 + 5 at 3.30 or 12:00!"),
            ("**b** ~~s~~ `c` $$x$$", "∗∗b∗∗ ~⟂~⟂s~⟂~⟂ ˋcˋ $⟂$⟂x$⟂$⟂"),
            ("@**all** @_**Ada** #**general>x**", "@⟂∗∗all∗∗ @⟂_∗∗Ada∗∗ #⟂∗∗general>x∗∗"),
            ("[bank](https://evil.example) <time:1>", "[⟂bank]⟂(https:⟂//evil.⟂example) <⟂time:⟂1>"),
            ("- item\n1. one\n> quote\n# head", "⟂- item\n⟂1. one\n⟂> quote\n#⟂ head"),
            (":smile: &#64; |a|", ":⟂smile: &⟂#⟂64; ¦a¦"),
        ] {
            assert_eq!(zulip(text).replace(ZERO_WIDTH_SPACE, "⟂"), escaped, "{text}");
        }
    }

    #[test]
    fn html_and_json_and_markdown_text_stays_text() {
        assert_eq!(html("<b onclick='x'>&"), "&lt;b onclick&#61;&#39;x&#39;&gt;&amp;");
        assert_eq!(json("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
        assert_eq!(markdown("[x](y)\n# z"), "\\[x\\]\\(y\\) \\# z");
    }
}
