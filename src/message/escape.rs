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

/// Text of chats' Markdown dialects, which agree on no escapes, and of Google Chat, which has none: what could act
/// becomes a character that looks like it, or is broken by a zero-width space.
pub fn chat(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    // Since the start of the line: nothing but spaces, nothing but digits.
    let (mut blank, mut number) = (true, false);
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        match c {
            // Four of them would begin a block of code; one may be all that parts two words.
            ' ' if blank && next == Some(' ') => continue,
            // A keycap emoji is one character for its reader.
            '#' | '*' if matches!(next, Some('\u{FE0F}' | '\u{20E3}')) => out.push(c),
            // Within a word it styles nowhere, and names of keys and files have it there.
            '_' if is_in_word(before) && is_in_word(next) => out.push(c),
            _ if let Some(twin) = twin(c) => out.push(twin),
            // Lists, headings and underlines of headings; and what a number at the start of a line would begin.
            '-' | '+' | '=' if blank && next.is_none_or(|next| next == c || next.is_whitespace()) => {
                out.extend([ZERO_WIDTH_SPACE, c]);
            }
            '.' | ')' if number => out.extend([ZERO_WIDTH_SPACE, c]),
            '#' if blank => out.extend([ZERO_WIDTH_SPACE, c, ZERO_WIDTH_SPACE]),
            _ if acts_on(c, before, next) => out.extend([c, ZERO_WIDTH_SPACE]),
            _ => out.push(c),
        }
        number = (blank || number) && c.is_ascii_digit();
        blank = c == '\n' || (blank && c == ' ');
        before = Some(c);
    }
    out
}

fn is_in_word(beside: Option<char>) -> bool {
    beside.is_some_and(|c| c.is_ascii_alphanumeric())
}

/// A character that looks the same and is none of any Markdown.
fn twin(c: char) -> Option<char> {
    Some(match c {
        '\\' => '∖',
        '`' => 'ˋ',
        '*' => '∗',
        '_' => 'ˍ',
        '~' => '∼',
        '|' => '¦',
        '<' => '‹',
        '>' => '›',
        '[' => '［',
        ']' => '］',
        _ => return None,
    })
}

/// Whether a character acts together with the next: mentions, channels, emoji, links, domains, entities, dates.
fn acts_on(c: char, before: Option<char>, next: Option<char>) -> bool {
    let Some(next) = next else { return false };
    match c {
        '@' | '#' => !next.is_whitespace(),
        ':' => !next.is_whitespace() && !next.is_ascii_digit(),
        '.' => next.is_alphabetic() && before.is_some_and(char::is_alphanumeric),
        '&' => next == '#' || next.is_ascii_alphanumeric(),
        '{' => next == '{',
        _ => false,
    }
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

/// The HTML of Google Chat's cards: three entities, and nothing that would become a link by itself.
pub fn google_chat(text: &str) -> String {
    unlinked_schemes(&slack(text))
}

/// A text run of an Adaptive Card: it knows no markup, but `{{DATE(…)}}`.
pub fn adaptive(text: &str) -> String {
    // Twice, as the first round leaves every second pair of a long run.
    let broken = |text: &str| text.replace("{{", "{\u{200B}{");
    unlinked_schemes(&broken(&broken(text)))
}

fn unlinked_schemes(text: &str) -> String {
    text.replace("://", ":\u{200B}//")
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
    fn chat_text_neither_styles_nor_mentions_nor_links() {
        for (text, escaped) in [
            ("+1 555, 3:15 at -$5 (1.5 km): AT & T!", "+1 555, 3:15 at -$5 (1.5 km): AT & T!"),
            ("**b** _i_ api_key ~s~ `c` ||x||", "∗∗b∗∗ ˍiˍ api_key ∼s∼ ˋcˋ ¦¦x¦¦"),
            ("@channel @all #town :tada: <!channel>", "@|channel @|all #|town :|tada: ‹!channel›"),
            ("[a](https://evil.example) www.evil.example", "［a］(https:|//evil.|example) www.|evil.|example"),
            ("# h\n- i\n1. one\n2) two\n===\n    code", "|#| h\n|- i\n1|. one\n2|) two\n|===\n code"),
            ("me@mail.example &lt; {{DATE(1)}} \\*", "me@|mail.|example &|lt; {|{DATE(1)}} ∖∗"),
            ("1️⃣ #️⃣ 👩‍👩‍👧", "1️⃣ #️⃣ 👩‍👩‍👧"),
        ] {
            assert_eq!(chat(text).replace(ZERO_WIDTH_SPACE, "|"), escaped, "{text}");
        }
    }

    #[test]
    fn cards_show_text_as_it_is() {
        assert_eq!(google_chat("<users/all> https://x"), "&lt;users/all&gt; https:\u{200B}//x");
        assert_eq!(
            adaptive("{{DATE(1)}} **b** {{{{{ x://"),
            "{|{DATE(1)}} **b** {|{|{|{|{ x:|//".replace('|', "\u{200B}")
        );
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
