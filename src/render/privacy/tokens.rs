//! Cuts a text into words and figures, and says what kind of marks stand between them.

use crate::render::{
    phone::digit,
    privacy::words::{Role, Word, meaning},
};

/// Stands between two turns of a conversation that are read as one text. Cleaned texts do not have it.
pub(super) const TURN: char = '\u{E001}';

/// A word, or figures that stand together. Places are in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) turn: usize,
    pub(super) figures: bool,
    pub(super) word: Option<&'static Word>,
}

/// The words and figures of a text, and which of the words could be the "at" of an address.
pub(super) fn tokens(text: &str) -> (Vec<Token>, Vec<usize>) {
    let mut tokens: Vec<Token> = Vec::new();
    let mut ats = Vec::new();
    let mut turn = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let figures = digit(c).is_some();
        if !figures && !is_letter(c) {
            turn += usize::from(c == TURN);
            continue;
        }
        let mut end = start + c.len_utf8();
        while let Some((place, next)) = chars.peek().copied() {
            let goes_on = if figures { digit(next).is_some() } else { in_word(text, place, next) };
            if !goes_on {
                break;
            }
            end = place + next.len_utf8();
            chars.next();
        }
        let word = if figures { None } else { text.get(start..end).and_then(meaning) };
        if word.is_some_and(|word| word.plays(Role::At)) {
            ats.push(tokens.len());
        }
        tokens.push(Token { start, end, turn, figures, word });
    }
    (tokens, ats)
}

/// Letters, and marks that belong to the letter before them.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\u{300}'..='\u{36F}')
}

/// What may stand between the digits of one number that is said.
pub(super) fn is_light(c: char) -> bool {
    is_tight(c) || c == TURN || matches!(c, ',' | ':' | ';' | '?' | '!' | '"' | '\'' | '’' | '“' | '”' | '…' | '+')
}

/// What may stand between the groups of one number that is written.
pub(super) fn is_tight(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '.' | '-' | '–' | '—' | '‐' | '‑' | '−' | '(' | ')' | '/' | '·' | '．' | '－' | '\u{FE0F}' | '\u{20E3}'
        )
}

fn in_word(text: &str, place: usize, c: char) -> bool {
    let next = || text.get(place + c.len_utf8()..).and_then(|rest| rest.chars().next());
    is_letter(c) || (matches!(c, '\'' | '’') && next().is_some_and(is_letter))
}
