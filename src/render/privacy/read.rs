//! Reads a text as a listener would: which digits are in it, written or said, and what stands between them.

use crate::render::{
    phone::digit,
    privacy::{
        about::About,
        tokens::{Token, is_letter, is_light, is_tight, tokens},
        words::{Role, Word},
    },
};

/// A text with its words and digits.
pub(super) struct Reading<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
    pub(super) digits: Vec<Digit>,
    pub(super) signs: Vec<Sign>,
    /// Words that could be the "at" of an address.
    pub(super) ats: Vec<usize>,
}

/// One digit; those of a said number all have the place of its words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Digit {
    pub(super) value: u8,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) sign: usize,
}

/// What gives digits: figures that stand together, or a number that is said.
#[derive(Debug, Clone)]
pub(super) struct Sign {
    /// The first of its digits, and how many there are.
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where it begins with the plus or the parenthesis before it.
    pub(super) lead: usize,
    pub(super) plus: bool,
    pub(super) token: usize,
    pub(super) last_token: usize,
    pub(super) turn: usize,
    pub(super) style: Style,
    /// A letter touches it, as in some system's id.
    pub(super) glued: (bool, bool),
    /// What is between it and the sign before it.
    pub(super) gap: Gap,
    about: About,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Figures,
    /// Digit by digit.
    Single,
    /// A word that may be a digit, such as "oh", or just a word.
    Doubtful,
    /// A number below a hundred.
    Pair,
    Big,
}

/// What stands between two signs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gap {
    /// Words that say something.
    pub(super) words: usize,
    /// Words like "okay", which say nothing between two digits.
    pub(super) links: usize,
    pub(super) ands: usize,
    pub(super) pauses: usize,
    pub(super) turns: usize,
    /// Besides words there is only light punctuation.
    pub(super) light: bool,
    /// As between the groups of one written number.
    pub(super) tight: bool,
    /// A space or a hyphen.
    pub(super) joined: bool,
}

impl Gap {
    /// Within a turn, with nothing that says something.
    pub(super) fn is_silent(&self) -> bool {
        self.words == 0 && self.light && self.turns == 0
    }
}

impl Sign {
    /// Whether a word of that role was among so many words before it.
    pub(super) fn is_about(&self, role: Role, within: usize) -> bool {
        self.distance(role).is_some_and(|distance| distance <= within)
    }

    /// How many words before it the last word of that role was.
    pub(super) fn distance(&self, role: Role) -> Option<usize> {
        self.about.distance(role, self.token)
    }

    /// Digit by digit, in words or figures.
    pub(super) fn is_single(&self) -> bool {
        matches!(self.style, Style::Single | Style::Doubtful) || (self.style == Style::Figures && self.count == 1)
    }
}

impl<'a> Reading<'a> {
    /// Reads a text; `about` says what it is, such as the key of a variable.
    pub(super) fn of(text: &'a str, about: &str) -> Self {
        let (tokens, ats) = tokens(text);
        let mut reading = Self { text, tokens, digits: Vec::new(), signs: Vec::new(), ats };
        reading.find_signs(About::of_key(about));
        reading
    }

    fn find_signs(&mut self, mut about: About) {
        let mut at = 0;
        let mut said = Vec::new();
        while at < self.tokens.len() {
            said.clear();
            match self.sign(at, &mut said) {
                Some((taken, style)) => {
                    self.add_sign(at, at + taken - 1, style, &said, about);
                    at += taken;
                }
                None => {
                    if let Some(word) = self.word(at) {
                        let before = at.checked_sub(1).map_or("", |before| self.said(before));
                        about.note(word, at, self.said(at), before);
                    }
                    at += 1;
                }
            }
        }
    }

    fn add_sign(&mut self, token: usize, last_token: usize, style: Style, said: &[u8], about: About) {
        let (Some(first_token), Some(last)) = (self.tokens.get(token).copied(), self.tokens.get(last_token).copied())
        else {
            return;
        };
        let sign = self.signs.len();
        let first = self.digits.len();
        if style == Style::Figures {
            for (place, c) in self.slice(&first_token).char_indices() {
                let start = first_token.start + place;
                let value = digit(c).unwrap_or_default();
                self.digits.push(Digit { value, start, end: start + c.len_utf8(), sign });
            }
        } else {
            let digit = |value: &u8| Digit { value: *value, start: first_token.start, end: last.end, sign };
            self.digits.extend(said.iter().map(digit));
        }
        let (lead, plus) = self.lead(token, &first_token, &last);
        let glued =
            (style == Style::Figures && self.is_glued(token, 0), style == Style::Figures && self.is_glued(token, 1));
        let gap = self.signs.last().map_or_else(Gap::default, |before| self.gap(before, token));
        self.signs.push(Sign {
            first,
            count: self.digits.len() - first,
            start: first_token.start,
            end: last.end,
            lead,
            plus,
            token,
            last_token,
            turn: first_token.turn,
            style,
            glued,
            gap,
            about,
        });
    }

    /// Where the sign begins with its plus or parenthesis, and whether there is a plus.
    fn lead(&self, token: usize, first: &Token, last: &Token) -> (usize, bool) {
        let floor = token.checked_sub(1).and_then(|before| self.tokens.get(before)).map_or(0, |before| before.end);
        let closed = self.text.get(last.end..).is_some_and(|rest| rest.chars().take(16).any(|c| c == ')'));
        let mut lead = first.start;
        let mut plus = false;
        for (place, c) in self.text.get(floor..first.start).unwrap_or_default().char_indices().rev().take(3) {
            match c {
                '+' | '＋' => plus = true,
                '(' if closed => {}
                _ => break,
            }
            lead = floor + place;
        }
        let before = token.checked_sub(1).filter(|_| lead == first.start && self.joins(token));
        if let Some(before) = before.filter(|before| self.plays(*before, Role::Plus)) {
            return (self.tokens.get(before).map_or(lead, |word| word.start), true);
        }
        (lead, plus)
    }

    /// Whether an ASCII letter touches the token's beginning (0) or end (1).
    fn is_glued(&self, token: usize, side: usize) -> bool {
        let pair = (token + side).checked_sub(1).and_then(|left| self.tokens.get(left..left + 2));
        let Some([left, right]) = pair else { return false };
        let other = if side == 0 { left } else { right };
        let letter = self.slice(other).chars().any(|c| c.is_ascii_alphabetic());
        left.end == right.start && !other.figures && letter
    }

    fn gap(&self, before: &Sign, token: usize) -> Gap {
        let between = self.tokens.get(before.last_token + 1..token).unwrap_or_default();
        let (start, end) = (before.end, self.tokens.get(token).map_or(before.end, |token| token.start));
        let mut gap =
            Gap { turns: self.tokens.get(token).map_or(0, |token| token.turn) - before.turn, ..Gap::default() };
        // Far more than between the digits of one number.
        if end - start > MAX_GAP || between.len() > MAX_BETWEEN {
            return Gap { words: between.len().max(MAX_BETWEEN), ..gap };
        }
        for word in between {
            let plays = |role| word.word.is_some_and(|word| word.plays(role));
            match () {
                () if plays(Role::Pause) => gap.pauses += 1,
                () if plays(Role::And) => gap.ands += 1,
                () if plays(Role::Link) => gap.links += 1,
                () => gap.words += 1,
            }
        }
        let text = self.text.get(start..end).unwrap_or_default();
        let mark = |c: &char| !is_letter(*c) && *c != '\'' && *c != '’';
        gap.light = text.chars().filter(mark).all(is_light);
        gap.tight = text.chars().count() <= 4 && text.chars().all(|c| is_tight(c) || c == '+');
        gap.joined = matches!(text, " " | "-" | "\u{A0}");
        gap
    }

    pub(super) fn plays(&self, at: usize, role: Role) -> bool {
        self.word(at).is_some_and(|word| word.plays(role))
    }

    pub(super) fn word(&self, at: usize) -> Option<&'static Word> {
        self.tokens.get(at)?.word
    }

    fn said(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| self.slice(token))
    }

    pub(super) fn slice(&self, token: &Token) -> &'a str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }
}

/// Beyond this, in bytes or words, nothing is a gap within a number.
const MAX_GAP: usize = 600;
const MAX_BETWEEN: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> String {
        Reading::of(text, "").digits.iter().map(|digit| char::from(b'0' + digit.value)).collect()
    }

    #[test]
    fn digits_are_read_however_they_are_said() {
        for (text, read) in [
            ("five five five, one-two-three; 45 SIX seven", "5551234567"),
            ("triple five double oh seven", "555007"),
            ("double-oh 7, five o five", "007505"),
            ("fifty five, twenty-three, eleven, forty", "55231140"),
            ("one eight hundred five five five", "1800555"),
            ("five hundred fifty-five, four thousand five hundred sixty seven", "5554567"),
            ("fünf zwo null, dreiundzwanzig, doppel vier", "5202344"),
            ("cinco dos treinta y cinco cero", "52350"),
            ("５５５ ٠١٢ १२३", "555012123"),
            ("oh, I was there once; null and void, o sole mio", ""),
            ("double trouble, a hundred thousand thanks", ""),
        ] {
            assert_eq!(digits(text), read, "{text}");
        }
    }

    #[test]
    fn what_stands_between_is_told_apart() {
        let reading = Reading::of("555 uh, 123 okay then 4567 on 12/05 (6", "");
        let gaps: Vec<_> = reading.signs.iter().map(|sign| sign.gap).collect();
        assert_eq!(
            gaps.iter().map(|gap| (gap.words, gap.links, gap.pauses)).collect::<Vec<_>>(),
            [(0, 0, 0), (0, 0, 1), (0, 2, 0), (1, 0, 0), (0, 0, 0), (0, 0, 0)]
        );
        assert_eq!(gaps.iter().map(|gap| gap.tight).collect::<Vec<_>>(), [false, false, false, false, true, true]);
    }

    #[test]
    fn a_key_says_what_its_value_is() {
        for (key, role) in [("order_number", Role::Code), ("customerPhone", Role::Phone), ("SSN", Role::Social)] {
            let reading = Reading::of("123", key);
            assert!(reading.signs[0].is_about(role, 3), "{key}");
        }
    }
}
