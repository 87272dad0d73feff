//! A written text as one paragraph without markup.

use std::sync::LazyLock;

use regex::Regex;

use super::Unfit;

/// They stand within a word or a sentence.
static INLINE: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)</?(?:a|b|i|u|em|strong|span|code|mark)(?:\s[^<>]*)?>"));
static TAG: LazyLock<Regex> = LazyLock::new(|| regex(r"</?[A-Za-z!][^<>]*>"));
static LINK: LazyLock<Regex> = LazyLock::new(|| regex(r"!?\[([^\[\]]*)\]\([^()]*\)"));
/// What begins a line of a list, a heading or a quotation.
static MARK: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s*(?:(?:[#>]+|[-*+•–]|\d{1,2}[.)])\s+)+"));
static TITLE: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)^\W*(?:(?:call |final )?summary|zusammenfassung|resumen|résumé|riassunto|resumo)\W*:\W*")
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}

/// What comes after the thoughts that some models write down first.
pub(super) fn without_thoughts(text: &str) -> Result<&str, Unfit> {
    let text = text.trim_start();
    if !text.starts_with("<think") {
        return Ok(text);
    }
    // Cut short among its thoughts, a model has said nothing yet.
    text.split_once("</think>").or_else(|| text.split_once("</thinking>")).map(|(_, rest)| rest).ok_or(Unfit::Empty)
}

/// One line of plain text. What still looks like code, a form to fill in or the marks of a chat was not meant
/// as a summary, even where it was said.
pub(super) fn paragraph(text: &str) -> Result<String, Unfit> {
    let text = LINK.replace_all(text, "$1");
    let text = INLINE.replace_all(&text, "");
    let text = TAG.replace_all(&text, " ");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_rule(line)).collect();
    let mut kept = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        // "1. " begins a line of a list only where there are more of them.
        let bare = if lines.len() > 1 || !line.starts_with(|c: char| c.is_ascii_digit()) {
            MARK.replace(line, "")
        } else {
            (*line).into()
        };
        // "Here is the summary:" announces what follows.
        if !(at == 0 && lines.len() > 1 && bare.ends_with(':')) {
            kept.push(bare.into_owned());
        }
    }
    let line = one_line(&kept.join(" "));
    let line = TITLE.replace(&line, "");
    let line = unquoted(line.trim());
    let odd = |c: char| matches!(c, '<' | '>' | '{' | '}' | '[' | ']' | '|' | '\\');
    if line.starts_with(['{', '[']) || line.contains(odd) { Err(Unfit::Form) } else { Ok(line.to_owned()) }
}

/// `---`, and the fences of code.
fn is_rule(line: &str) -> bool {
    line.starts_with("```") || line.chars().all(|c| matches!(c, '-' | '*' | '_' | '='))
}

/// Without marks of emphasis, control characters, and what turns the direction of text or hides in it.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        let inside = before.is_alphanumeric() && letters.peek().is_some_and(|next| next.is_alphanumeric());
        before = c;
        match c {
            '*' | '`' | '~' => {}
            '_' if !inside => {}
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {}
            c if c.is_whitespace() || c.is_control() => {
                if !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            c => line.push(c),
        }
    }
    line.trim().to_owned()
}

/// Without the quotation marks around it all.
fn unquoted(line: &str) -> &str {
    [("\"", "\""), ("“", "”"), ("„", "“"), ("«", "»")]
        .into_iter()
        .find_map(|(open, close)| line.strip_prefix(open)?.strip_suffix(close))
        .filter(|inner| !inner.contains(['"', '“', '”', '«', '»']))
        .unwrap_or(line)
}
