//! Reads a text as a listener would: which digits are in it, written or said, and what stands between them.

use crate::render::{
    phone::digit,
    privacy::words::{Is, Role, Word, meaning},
};

/// Stands between two turns of a conversation that are read as one text. Cleaned texts do not have it.
pub(super) const TURN: char = '\u{E001}';

/// A text with its words and digits.
pub(super) struct Reading<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
    pub(super) digits: Vec<Digit>,
    pub(super) signs: Vec<Sign>,
    /// Words that could be the "at" of an address.
    pub(super) ats: Vec<usize>,
}

/// A word, or figures that stand together. Places are in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) turn: usize,
    pub(super) figures: bool,
    pub(super) word: Option<&'static Word>,
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

const ABOUT: [Role; 7] = [Role::Call, Role::Phone, Role::Code, Role::Social, Role::Card, Role::Check, Role::Expiry];

/// How far back words were that say what is being talked of: the token after each, zero for none.
#[derive(Debug, Clone, Copy, Default)]
struct About([usize; ABOUT.len()]);

impl Sign {
    /// Whether a word of that role was among so many words before it.
    pub(super) fn is_about(&self, role: Role, within: usize) -> bool {
        self.distance(role).is_some_and(|distance| distance <= within)
    }

    /// How many words before it the last word of that role was.
    pub(super) fn distance(&self, role: Role) -> Option<usize> {
        let place = ABOUT.iter().position(|known| *known == role)?;
        let after = self.about.0.get(place).copied().filter(|after| *after > 0)?;
        Some(self.token + 1 - after.min(self.token + 1))
    }

    /// Digit by digit, in words or figures.
    pub(super) fn is_single(&self) -> bool {
        self.style == Style::Single || (self.style == Style::Figures && self.count == 1)
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
                    self.note(at, &mut about);
                    at += 1;
                }
            }
        }
    }

    fn note(&self, at: usize, about: &mut About) {
        let Some(word) = self.word(at) else { return };
        let text = |at: Option<usize>| at.and_then(|at| self.tokens.get(at)).map_or("", |token| self.slice(token));
        for (place, role) in about.0.iter_mut().zip(ABOUT) {
            if word.plays(role) {
                *place = at + 1;
            }
        }
        if word.plays(Role::Code) && text(Some(at)).eq_ignore_ascii_case("code") {
            let before = text(at.checked_sub(1));
            let is = |words: &[&str]| words.iter().any(|word| before.eq_ignore_ascii_case(word));
            let instead = match () {
                () if is(&["security", "verification"]) => Role::Check,
                () if is(&["area", "country"]) => Role::Phone,
                () => return,
            };
            about.set(instead, at + 1);
            about.set(Role::Code, 0);
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
        let glued = (style == Style::Figures && self.is_glued(token, 0), style == Style::Figures && self.is_glued(token, 1));
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
        let mut gap = Gap { turns: self.tokens.get(token).map_or(0, |token| token.turn) - before.turn, ..Gap::default() };
        // Far more than between the digits of one number.
        if end - start > MAX_GAP || between.len() > MAX_BETWEEN {
            return Gap { words: between.len().max(MAX_BETWEEN), ..gap };
        }
        for word in between {
            let plays = |role| word.word.is_some_and(|word| word.plays(role));
            match () {
                () if plays(Role::Pause) => gap.pauses += 1,
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

    /// The number that begins at the token: how many tokens it takes. Said digits are added to `said`.
    fn sign(&self, at: usize, said: &mut Vec<u8>) -> Option<(usize, Style)> {
        let token = self.tokens.get(at)?;
        if token.figures {
            return Some((1, Style::Figures));
        }
        let number = token.word?.number?;
        match number.is {
            Is::Times(times) => {
                let next = at + 1;
                let value = self.one_digit(next).filter(|_| self.joins(next))?;
                said.extend(std::iter::repeat_n(value, times));
                Some((2, Style::Single))
            }
            Is::Value(_) if number.weak && !self.beside_digits(at) => None,
            Is::Value(_) => {
                let (value, taken) = self.whole(at)?;
                said.extend(value.to_string().bytes().map(|byte| byte - b'0'));
                let style = match value {
                    0..10 => Style::Single,
                    10..100 => Style::Pair,
                    _ => Style::Big,
                };
                Some((taken, style))
            }
            _ => None,
        }
    }

    /// "five", "fifty-five", "eight hundred", "four thousand five hundred sixty seven".
    fn whole(&self, at: usize) -> Option<(u32, usize)> {
        let (mut value, mut taken) = self.hundreds(at)?;
        if value > 0 && self.is(at + taken, Is::Thousand) && self.joins(at + taken) {
            value *= 1_000;
            taken += 1;
            if let Some((rest, more)) = self.rest(at + taken) {
                value += rest;
                taken += more;
            }
        }
        Some((value, taken))
    }

    fn hundreds(&self, at: usize) -> Option<(u32, usize)> {
        let (mut value, mut taken) = self.tens(at)?;
        if value > 0 && self.is(at + taken, Is::Hundred) && self.joins(at + taken) {
            value *= 100;
            taken += 1;
            if let Some((rest, more)) = self.rest(at + taken) {
                value += rest;
                taken += more;
            }
        }
        Some((value, taken))
    }

    /// What is said after "hundred" or "thousand", unless it is the first of several digits.
    fn rest(&self, at: usize) -> Option<(u32, usize)> {
        let (value, taken) = if self.is_hundreds(at) { self.hundreds(at)? } else { self.tens(at)? };
        let next = at + taken;
        let goes_on = self.joins(next) && (self.one_digit(next).is_some() || self.tens(next).is_some());
        (value > 0 && self.joins(at) && !goes_on).then_some((value, taken))
    }

    fn is_hundreds(&self, at: usize) -> bool {
        self.tens(at).is_some_and(|(_, taken)| self.is(at + taken, Is::Hundred))
    }

    fn tens(&self, at: usize) -> Option<(u32, usize)> {
        let value = self.word(at)?.value()?;
        if value < 20 || !value.is_multiple_of(10) {
            return Some((value, 1));
        }
        let step = if self.is(at + 1, Is::Join) && self.joins(at + 1) { 2 } else { 1 };
        let ones = self.word(at + step).and_then(|word| word.value()).filter(|ones| (1..10).contains(ones));
        match ones.filter(|_| self.joins(at + step)) {
            Some(ones) => Some((value + ones, step + 1)),
            None => Some((value, 1)),
        }
    }

    fn one_digit(&self, at: usize) -> Option<u8> {
        let token = self.tokens.get(at)?;
        if token.figures {
            let mut chars = self.slice(token).chars();
            return chars.next().and_then(digit).filter(|_| chars.next().is_none());
        }
        token.word?.value().filter(|value| *value < 10).and_then(|value| u8::try_from(value).ok())
    }

    /// Whether a weak word has a digit beside it that makes it one.
    fn beside_digits(&self, at: usize) -> bool {
        let own = |number: super::words::Number| number.language;
        let language = self.word(at).and_then(|word| word.number).map(own);
        let strong = |at: usize| {
            let Some(token) = self.tokens.get(at) else { return false };
            if token.figures {
                return language == Some("en") && self.one_digit(at).is_some();
            }
            let number = token.word.and_then(|word| word.number);
            number.is_some_and(|number| {
                !number.weak && Some(number.language) == language && matches!(number.is, Is::Value(_) | Is::Times(_))
            })
        };
        let weak = |at: usize| self.word(at).and_then(|word| word.number).is_some_and(|number| number.weak);
        // "Double oh", "five oh", "oh oh seven".
        let before = at.checked_sub(1).is_some_and(|before| self.near(at) && strong(before));
        let after = (at..at + 4).take_while(|at| weak(*at)).last().unwrap_or(at) + 1;
        let digits_before = self.signs.last().is_some_and(|sign| sign.last_token + 1 == at && sign.style != Style::Figures);
        before || (self.near(after) && strong(after)) || (digits_before && self.near(at))
    }

    /// Whether little stands between the token and the one before it.
    fn near(&self, at: usize) -> bool {
        self.between(at).is_some_and(|gap| gap.len() <= 4 && gap.chars().all(is_light))
    }

    /// Whether the token and the one before it can be words of one number.
    fn joins(&self, at: usize) -> bool {
        self.between(at).is_some_and(|gap| matches!(gap, " " | "-" | " - " | "\u{A0}" | "  "))
    }

    fn between(&self, at: usize) -> Option<&str> {
        let [left, right] = at.checked_sub(1).and_then(|before| self.tokens.get(before..=at))? else { return None };
        self.text.get(left.end..right.start)
    }

    fn is(&self, at: usize, is: Is) -> bool {
        self.word(at).and_then(|word| word.number).is_some_and(|number| number.is == is)
    }

    pub(super) fn plays(&self, at: usize, role: Role) -> bool {
        self.word(at).is_some_and(|word| word.plays(role))
    }

    fn word(&self, at: usize) -> Option<&'static Word> {
        self.tokens.get(at)?.word
    }

    pub(super) fn slice(&self, token: &Token) -> &'a str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }
}

/// Beyond this, in bytes or words, nothing is a gap within a number.
const MAX_GAP: usize = 600;
const MAX_BETWEEN: usize = 40;

impl About {
    fn of_key(key: &str) -> Self {
        let mut about = Self::default();
        // `orderNumber`, `order_number`, `Order number`.
        let mut words = String::with_capacity(key.len());
        for c in key.chars().take(80) {
            if c.is_uppercase() {
                words.push(' ');
            }
            words.extend(c.to_lowercase());
        }
        let parts = |text: &str| -> Vec<String> {
            text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        for word in parts(&words).into_iter().chain(parts(&key.to_lowercase())) {
            for (place, role) in about.0.iter_mut().zip(ABOUT) {
                if meaning(&word).is_some_and(|word| word.plays(role)) {
                    *place = 1;
                }
            }
        }
        about
    }

    fn set(&mut self, role: Role, after: usize) {
        if let Some(place) = ABOUT.iter().position(|known| *known == role).and_then(|place| self.0.get_mut(place)) {
            *place = after;
        }
    }
}

/// Letters, and marks that belong to the letter before them.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\u{300}'..='\u{36F}')
}

/// What may stand between the digits of one number that is said.
fn is_light(c: char) -> bool {
    is_tight(c) || c == TURN || matches!(c, ',' | ':' | ';' | '?' | '!' | '"' | '\'' | '’' | '“' | '”' | '…' | '+')
}

/// What may stand between the groups of one number that is written.
fn is_tight(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '.' | '-' | '–' | '—' | '‐' | '‑' | '−' | '(' | ')' | '/' | '·' | '．' | '－' | '\u{FE0F}' | '\u{20E3}')
}

fn tokens(text: &str) -> (Vec<Token>, Vec<usize>) {
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

fn in_word(text: &str, place: usize, c: char) -> bool {
    let next = || text.get(place + c.len_utf8()..).and_then(|rest| rest.chars().next());
    is_letter(c) || (matches!(c, '\'' | '’') && next().is_some_and(is_letter))
}

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
        assert_eq!(gaps.iter().map(|gap| (gap.words, gap.links, gap.pauses)).collect::<Vec<_>>(), [
            (0, 0, 0),
            (0, 0, 1),
            (0, 2, 0),
            (1, 0, 0),
            (0, 0, 0),
            (0, 0, 0)
        ]);
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
