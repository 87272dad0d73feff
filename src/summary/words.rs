//! Words of a text: tokens with their place, and the stems of the words that carry content.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

/// One word or figure and where it stands in its text, in bytes.
#[derive(Debug, Clone)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) lower: Cow<'a, str>,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Token<'_> {
    pub(super) fn is_capitalised(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    pub(super) fn is(&self, words: &[&str]) -> bool {
        words.contains(&&*self.lower)
    }
}

/// Words too common to say what a sentence is about.
static STOP: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    "a about actually ah all also alright am an and any are as at be because been being but by can can't could \
     couldn't did didn't do does doesn't doing don't done for from get give go going good got great had has have \
     haven't having he hello her here hers hey hi him his hmm how i i'd i'll i'm i've if in into is isn't it it'll \
     it's its just kind know let let's like lot may maybe me might mine more must my no nope not now of off oh ok \
     okay on one only or our out over perfect please probably really right see shall she should so some sorry sort \
     stuff sure than thank thanks that that's the their them then there there's these they they're thing think this \
     those to too uh um up us very was wasn't we we'd we'll we're we've well were what what's when where which who \
     why will with won't would wouldn't yeah yep yes you you'd you'll you're you've your"
        .split_whitespace()
        .collect()
});

/// Splits at everything that is neither part of a word nor part of a figure such as `3:30`,
/// `$45.99`, `A-39`, `p.m` or an e-mail address; `twenty-four` is two tokens.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::with_capacity(text.len() / 5 + 1);
    let mut start = None;
    let mut last = ' ';
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map_or(' ', |&(_, next)| next);
        let inside = match start {
            Some(_) => c.is_alphanumeric() || joins(last, c, next) || is_mark(c),
            None => c.is_alphanumeric() || (matches!(c, '$' | '£' | '€' | '+') && next.is_ascii_digit()),
        };
        match (start, inside) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                found.extend(token(text, from, at));
                start = None;
            }
            _ => {}
        }
        last = c;
    }
    if let Some(from) = start {
        found.extend(token(text, from, text.len()));
    }
    found
}

/// Combining marks belong to the letter before them; without this, words of Indic scripts fall apart.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '\u{e31}'..='\u{e4e}' | '\u{200d}')
}

fn joins(last: char, c: char, next: char) -> bool {
    match c {
        '\'' | '_' | '@' => last.is_alphanumeric() && next.is_alphanumeric(),
        '.' => {
            (last.is_ascii_digit() && next.is_ascii_digit())
                || (last.is_ascii_alphabetic() && next.is_ascii_alphabetic())
        }
        ',' | ':' | '/' => last.is_ascii_digit() && next.is_ascii_digit(),
        '-' => last.is_alphanumeric() && next.is_alphanumeric() && (last.is_ascii_digit() || next.is_ascii_digit()),
        '%' => last.is_ascii_digit(),
        _ => false,
    }
}

fn token(text: &str, start: usize, end: usize) -> Option<Token<'_>> {
    let word = text.get(start..end)?;
    // "Four thirty's tight", "Saturday's better": the value is a word of its own.
    let (word, end) = match word.strip_suffix("'s").filter(|head| is_value(head)) {
        Some(head) => (head, start + head.len()),
        None => (word, end),
    };
    let lower =
        if word.chars().any(char::is_uppercase) { Cow::Owned(word.to_lowercase()) } else { Cow::Borrowed(word) };
    Some(Token { text: word, lower, start, end })
}

fn is_value(word: &str) -> bool {
    const VALUES: &[&str] = &[
        "day", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "teen", "ty", "th", "noon", "third", "first", "second", "tomorrow",
    ];
    let word = word.to_ascii_lowercase();
    word.ends_with(|c: char| c.is_ascii_digit())
        || VALUES.iter().any(|ending| word.ends_with(ending) && (ending.len() > 2 || word.len() > 4))
}

/// The stem of a word that carries content, or nothing.
pub(super) fn stem<'a>(token: &'a Token<'_>) -> Option<&'a str> {
    let word: &str = &token.lower;
    let short = word.chars().nth(1).is_none();
    if STOP.contains(word) || (short && word.is_ascii() && !word.starts_with(|c: char| c.is_ascii_digit())) {
        return None;
    }
    let strip = |ending: &str| word.strip_suffix(ending).filter(|rest| rest.len() >= 3);
    Some(["'s", "ing", "ed", "es", "ly", "s"].iter().find_map(|ending| strip(ending)).unwrap_or(word))
}

pub(super) fn is_stop(word: &str) -> bool {
    STOP.contains(word)
}

/// What a text costs against `max_words`: its words, or more where words are not set apart by spaces.
pub(super) fn cost(text: &str) -> usize {
    const CHARS_PER_WORD: usize = 12;
    let words = text.split_whitespace().count();
    words.max(text.chars().count() / CHARS_PER_WORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stay_whole_and_hyphenated_words_do_not() {
        let text = "It's $1,240.50 at 3:30 p.m., code A-39, twenty-four, bo@x.org, 10% off.";
        let words: Vec<&str> = tokens(text).iter().map(|token| token.text).collect();
        assert_eq!(
            words,
            ["It's", "$1,240.50", "at", "3:30", "p.m", "code", "A-39", "twenty", "four", "bo@x.org", "10%", "off"]
        );
    }

    #[test]
    fn text_without_spaces_costs_more_than_one_word() {
        assert_eq!(cost("three short words"), 3);
        assert_eq!(cost(&"字".repeat(120)), 10);
    }
}
