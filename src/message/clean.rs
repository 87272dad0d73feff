//! Removes from untrusted text what cannot be seen but can act: controls, bidi overrides, hidden characters.

use serde_json::Value;

/// Longer values are cut: no message needs more, and templates copy values several times.
const MAX_CHARS: usize = 100_000;
/// Marks stacked on one letter beyond this number only serve to deface the lines around it.
const MAX_MARKS: usize = 4;

/// Clean text that may have several lines; tabs become spaces, all kinds of line ends `\n`.
pub fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len().min(MAX_CHARS));
    let mut chars = raw.chars().take(MAX_CHARS).peekable();
    let mut marks = 0;
    while let Some(c) = chars.next() {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => out.push('\n'),
            '\t' => out.push(' '),
            // Joiners build emoji and words of some scripts; next to ASCII they only hide.
            '\u{200C}' | '\u{200D}' => {
                let joins = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !is_hidden(c));
                if joins(out.chars().next_back()) && joins(chars.peek().copied()) {
                    out.push(c);
                }
            }
            _ if c != '\n' && (c.is_control() || is_hidden(c)) || marks > MAX_MARKS => {}
            _ => out.push(c),
        }
    }
    out
}

/// Clean text for a place of one line: every run of white space becomes one space.
pub fn line(raw: &str) -> String {
    let text = text(raw);
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Cleans every text in a JSON value, keys included.
pub fn value(raw: &mut Value) {
    match raw {
        Value::String(said) => *said = text(said),
        Value::Array(items) => items.iter_mut().for_each(value),
        Value::Object(map) => {
            let old = std::mem::take(map);
            map.extend(old.into_iter().map(|(key, mut inner)| {
                value(&mut inner);
                (line(&key), inner)
            }));
        }
        _ => {}
    }
}

fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{180E}' | '\u{200B}'..='\u{200D}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
        // The private range that `parse` shields values with.
        | '\u{E000}'..='\u{E07F}')
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{1AB0}'..='\u{1AFF}' | '\u{20D0}'..='\u{20FF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_removed_and_what_can_is_kept() {
        for (raw, clean) in [
            ("plain text", "plain text"),
            ("a\u{0}b\u{1b}[31mc\u{7}", "ab[31mc"),
            ("invoice\u{202E}gpj.exe\u{2066}!", "invoicegpj.exe!"),
            ("pay\u{200B}pal\u{FEFF} a\u{200D}b", "paypal ab"),
            ("👩\u{200D}👩\u{200D}👧 می\u{200C}خواهم", "👩\u{200D}👩\u{200D}👧 می\u{200C}خواهم"),
            ("two\r\nlines\rthree\u{2028}four", "two\nlines\nthree\nfour"),
            ("Z\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}algo", "Z\u{301}\u{302}\u{303}\u{304}algo"),
        ] {
            assert_eq!(text(raw), clean, "{raw:?}");
        }
        assert_eq!(line("  one\n\n two\t three \u{202E}"), "one two three");
    }

    #[test]
    fn a_value_without_end_is_cut() {
        assert_eq!(text(&"x".repeat(MAX_CHARS * 2)).len(), MAX_CHARS);
    }
}
