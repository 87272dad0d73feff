//! Numbers as people say them: "double five", "fifty-five", "eight hundred", "oh".

use crate::render::{
    phone::digit,
    privacy::{
        read::{Reading, Style},
        tokens::{Token, is_light},
        words::{Is, Number, Role},
    },
};

/// Beyond so many words that say nothing, a weak word is no digit.
const MAX_SILENT: usize = 12;

impl Reading<'_> {
    /// The number that begins at the token: how many tokens it takes. Said digits are added to `said`.
    pub(super) fn sign(&self, at: usize, said: &mut Vec<u8>) -> Option<(usize, Style)> {
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
            Is::Value(value) if number.weak && !self.beside_digits(at) => {
                let doubtful = self.is_among_digits(at).then_some((1, Style::Doubtful));
                doubtful.inspect(|_| push(value, said))
            }
            Is::Value(_) => {
                let (value, taken) = self.whole(at)?;
                push(value, said);
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
        let own = |number: Number| number.language;
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
        let digits_before = self.signs.last().is_some_and(|sign| {
            sign.last_token + 1 == at && matches!(sign.style, Style::Single | Style::Pair | Style::Big)
        });
        before || (self.near(after) && strong(after)) || (digits_before && self.near(at))
    }

    /// Whether a weak word may be a digit all the same: "five, uh, oh, then six", or "oh" as all that is said.
    fn is_among_digits(&self, at: usize) -> bool {
        let silent = |token: &&Token| {
            token.word.is_some_and(|word| {
                [Role::Pause, Role::Link, Role::And].into_iter().any(|role| word.plays(role)) || word.number.is_some()
            })
        };
        let number = |token: Option<&Token>| {
            token.is_some_and(|token| {
                token.figures || token.word.and_then(|word| word.number).is_some_and(|number| !number.weak)
            })
        };
        let (before, after) = self.tokens.split_at_checked(at).unwrap_or_default();
        let after = after.get(1..).unwrap_or_default();
        let Some(turn) = self.tokens.get(at).map(|token| token.turn) else { return false };
        let speechless = |token: &&Token| silent(token) && !number(Some(token));
        let beside = number(before.iter().rev().take(MAX_SILENT).find(|token| !speechless(token)))
            || number(after.iter().take(MAX_SILENT).find(|token| !speechless(token)));
        let rest_of_turn = || {
            let same = |token: &&Token| token.turn == turn;
            before.iter().rev().take_while(same).chain(after.iter().take_while(same)).take(MAX_SILENT)
        };
        beside || (self.is_talk() && rest_of_turn().all(|token| silent(&token)))
    }

    fn is_talk(&self) -> bool {
        self.tokens.last().is_some_and(|token| token.turn > 0)
    }

    /// Whether little stands between the token and the one before it.
    fn near(&self, at: usize) -> bool {
        self.between(at).is_some_and(|gap| gap.len() <= 4 && gap.chars().all(is_light))
    }

    /// Whether the token and the one before it can be words of one number.
    pub(super) fn joins(&self, at: usize) -> bool {
        self.between(at).is_some_and(|gap| matches!(gap, " " | "-" | " - " | "\u{A0}" | "  "))
    }

    fn between(&self, at: usize) -> Option<&str> {
        let [left, right] = at.checked_sub(1).and_then(|before| self.tokens.get(before..=at))? else { return None };
        self.text.get(left.end..right.start)
    }

    fn is(&self, at: usize, is: Is) -> bool {
        self.word(at).and_then(|word| word.number).is_some_and(|number| number.is == is)
    }
}

fn push(value: u32, said: &mut Vec<u8>) {
    said.extend(value.to_string().bytes().map(|byte| byte - b'0'));
}
