//! Digits that are nobody's known number: which of them are a phone, card or social-security number.
//!
//! What must stay is told by how it is written (times, prices, ids) and by the words before it.

use crate::render::{
    phone::masked,
    privacy::{
        card,
        edit::{Edit, segments},
        keep::Kept,
        read::{Reading, Sign, Style},
        words::Role,
    },
};

pub(super) const CARD_REMOVED: &str = "[card removed]";
pub(super) const NUMBER_REMOVED: &str = "[number removed]";
const CODE_REMOVED: &str = "[code removed]";
const DATE_REMOVED: &str = "[date removed]";

/// How many words before the digits what they are may have been said.
const NEAR: usize = 10;
const NEAR_CODE: usize = 5;
const NEAR_SOCIAL: usize = 24;
const NEAR_CARD: usize = 30;
const NEAR_CHECK: usize = 7;
/// Nobody says longer numbers.
const MAX_DIGITS: usize = 80;

/// How the text must be changed so that no such number is in it.
/// `talk`: a number may go on in the next turn.
pub(super) fn edits(reading: &Reading<'_>, kept: &Kept, talk: bool) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut first = 0;
    for at in 0..reading.signs.len() {
        let stays = |sign: &Sign| kept.holds(sign.start);
        let alone = reading.signs.get(at).is_some_and(stays);
        let ends = reading.signs.get(at + 1).is_none_or(|next| {
            let apart = !next.gap.tight || next.style != Style::Figures;
            alone || stays(next) || !belongs(reading, at + 1, talk) || (apart && is_whole(reading, first, at))
        });
        if ends {
            if let Some(signs) = reading.signs.get(first..=at).filter(|_| !alone) {
                Run { reading, signs: sure(signs) }.judge(&mut edits);
            }
            first = at + 1;
        }
    }
    edits
}

/// Whether the written digits so far are a number that nothing is missing of: "24/7" after it is another.
fn is_whole(reading: &Reading<'_>, first: usize, last: usize) -> bool {
    let run = Run { reading, signs: reading.signs.get(first..=last).unwrap_or_default() };
    let written = run.signs.len() <= 4 && run.signs.iter().all(|sign| sign.style == Style::Figures) && run.is_tight();
    written
        && match run.form().groups[..] {
            [3, 3, 4] | [1, 3, 3, 4] | [3, 7] | [1, 10] | [10] => true,
            [3, 4] => run.is_dashed(),
            _ => false,
        }
}

/// Without words at the ends that may be no digits.
fn sure(mut signs: &[Sign]) -> &[Sign] {
    while let [first, rest @ ..] = signs
        && first.style == Style::Doubtful
    {
        signs = rest;
    }
    while let [rest @ .., last] = signs
        && last.style == Style::Doubtful
    {
        signs = rest;
    }
    signs
}

/// Whether the sign can go on the number of the sign before it.
fn belongs(reading: &Reading<'_>, at: usize, talk: bool) -> bool {
    let Some([before, sign]) = at.checked_sub(1).and_then(|before| reading.signs.get(before..=at)) else {
        return false;
    };
    let gap = sign.gap;
    if !gap.light
        || gap.words > 0
        || gap.turns > if talk { 6 } else { 0 }
        || sign.plus
        || before.glued.1
        || sign.glued.0
    {
        return false;
    }
    let written = before.style == Style::Figures && sign.style == Style::Figures;
    // "Between 100 and 200" are two numbers; "555", "and", "123" in three turns are one.
    let told = || {
        let near = |role, within| sign.is_about(role, within);
        near(Role::Phone, NEAR) || near(Role::Social, NEAR_SOCIAL) || near(Role::Card, NEAR_CARD)
    };
    gap.links <= 16 && (!written || gap.ands == 0 || gap.turns > 0 || told())
}

/// Signs that may be one number.
struct Run<'r> {
    reading: &'r Reading<'r>,
    signs: &'r [Sign],
}

/// How the digits of a run are put together.
struct Form {
    digits: Vec<u8>,
    groups: Vec<usize>,
    /// Digits that are given one by one.
    singles: usize,
}

impl Form {
    fn len(&self) -> usize {
        self.digits.len()
    }

    fn starts_with(&self, digits: &[u8]) -> bool {
        self.digits.starts_with(digits)
    }
}

impl<'r> Run<'r> {
    fn part(&self, from: usize, to: usize) -> Self {
        Self { signs: self.signs.get(from..to).unwrap_or_default(), ..*self }
    }

    fn first(&self) -> Option<&'r Sign> {
        self.signs.first()
    }

    fn is_about(&self, role: Role, within: usize) -> bool {
        self.first().is_some_and(|sign| sign.is_about(role, within))
    }

    fn all_digits(&self) -> Vec<usize> {
        self.signs.iter().flat_map(|sign| sign.first..sign.first + sign.count).collect()
    }

    fn form(&self) -> Form {
        let values = self.all_digits().into_iter().filter_map(|digit| self.reading.digits.get(digit));
        let mut form = Form { digits: values.map(|digit| digit.value).collect(), groups: Vec::new(), singles: 0 };
        for (place, sign) in self.signs.iter().enumerate() {
            let before = place.checked_sub(1).and_then(|before| self.signs.get(before));
            let small = |sign: &Sign| sign.is_single() || sign.style == Style::Pair;
            let joined = before.is_some_and(|before| small(before) && small(sign) && sign.gap.joined);
            match form.groups.last_mut().filter(|_| joined) {
                Some(group) => *group += sign.count,
                None => form.groups.push(sign.count),
            }
            form.singles += if sign.is_single() { sign.count } else { 0 };
        }
        form
    }

    fn judge(&self, edits: &mut Vec<Edit>) {
        let (Some(first), Some(last)) = (self.signs.first(), self.signs.last()) else { return };
        let form = self.form();
        if form.len() < 3 || first.glued.0 || last.glued.1 {
            return;
        }
        let hide = |with: &str, edits: &mut Vec<Edit>| segments(self.reading, &self.all_digits(), with, edits);
        if let Some(removed) = self.small_secret(&form) {
            return hide(removed, edits);
        }
        if form.len() >= 13 && self.signs.len() > 1 || (13..=19).contains(&form.len()) {
            if form.len() > MAX_DIGITS {
                return hide(NUMBER_REMOVED, edits);
            }
            if let Some((from, to)) = self.card(&form) {
                return self.hide_card(from, to, edits);
            }
        }
        if self.is_social(&form) {
            return hide(NUMBER_REMOVED, edits);
        }
        if self.is_phone(&form) {
            return hide(&masked(&format!("{}{}", if first.plus { "+" } else { "" }, text(&form))), edits);
        }
        if form.len() >= 10 && !self.is_something_else(&form) {
            self.within(&form, edits);
        }
    }

    /// What the words before a few digits say that they are.
    fn small_secret(&self, form: &Form) -> Option<&'static str> {
        let after = |role, within| self.is_about(role, within);
        match form.len() {
            3 | 4 if after(Role::Check, NEAR_CHECK) => Some(CODE_REMOVED),
            3..=6 if after(Role::Expiry, NEAR_CHECK) && after(Role::Card, NEAR_CARD) => Some(DATE_REMOVED),
            _ => None,
        }
    }

    /// The signs that are a card's number, from and to.
    fn card(&self, form: &Form) -> Option<(usize, usize)> {
        let about = self.is_about(Role::Card, NEAR_CARD);
        let count = self.signs.len();
        let whole = (13..=19).contains(&form.len()) && card::luhn(&form.digits);
        let plausible = about || form.digits.first().is_some_and(|digit| (2..=6).contains(digit));
        if whole && plausible {
            return Some((0, count));
        }
        let spelled = form.singles * 2 >= form.len();
        for from in 0..count {
            let (mut digits, mut found) = (Vec::new(), None);
            for (to, sign) in self.signs.iter().enumerate().skip(from) {
                digits.extend(self.part(to, to + 1).form().digits);
                let fours = || self.part(from, to + 1).form().groups.iter().all(|group| *group >= 4);
                if digits.len() > 19 || sign.count > 19 {
                    break;
                }
                if digits.len() >= 13
                    && card::is_card(&digits)
                    && (about || spelled || from == 0 || to + 1 == count || fours())
                {
                    found = found.or(Some((from, to + 1)));
                }
            }
            if found.is_some() {
                return found;
            }
        }
        // Misheard, but a card's all the same.
        ((14..=16).contains(&form.len()) && about).then_some((0, count))
    }

    /// With what directly follows it, such as the date and the code that were said along.
    fn hide_card(&self, from: usize, to: usize, edits: &mut Vec<Edit>) {
        self.part(0, from).judge(edits);
        let rest = self.part(to, self.signs.len());
        let taken = if rest.form().len() <= 8 { self.part(from, self.signs.len()) } else { self.part(from, to) };
        segments(self.reading, &taken.all_digits(), CARD_REMOVED, edits);
        if rest.form().len() > 8 {
            rest.judge(edits);
        }
    }

    fn is_social(&self, form: &Form) -> bool {
        let about = self.is_about(Role::Social, NEAR_SOCIAL);
        let code = self.is_about(Role::Code, NEAR_CODE) && !about;
        match form.len() {
            9 => (form.groups == [3, 2, 4] && !code) || about,
            // Each piece may have been read back.
            10.. => about,
            _ => false,
        }
    }

    fn is_phone(&self, form: &Form) -> bool {
        let Some(first) = self.first() else { return false };
        let n = form.len();
        if first.plus && (7..=15).contains(&n) {
            return true;
        }
        if self.is_something_else(form) {
            return false;
        }
        let phone = first.is_about(Role::Phone, NEAR);
        let call = phone || first.is_about(Role::Call, NEAR);
        let nearer = first.distance(Role::Phone) < first.distance(Role::Code) || !first.is_about(Role::Code, NEAR);
        let solid = self.signs.len() == 1;
        let spelled = form.singles * 2 >= n && !solid;
        let zero = form.starts_with(&[0]);
        match n {
            7 if form.groups == [3, 4] && !spelled && self.is_dashed() => true,
            7..=9 if phone && nearer && (spelled || !solid) => true,
            9 => zero && !spelled && !solid && form.groups.first().is_some_and(|group| *group >= 3),
            10..=15 if solid => call || (n == 10 && !form.starts_with(&[1])) || n == 11 || form.starts_with(&[0, 0]),
            10..=15 if spelled => true,
            10..=15 if form.groups.iter().any(|group| *group >= 12) => call,
            10..=15 if self.signs.iter().any(|sign| sign.style != Style::Figures) => call || american(&form.groups),
            10..=15 if form.groups.iter().all(|group| *group <= 2) => zero || call,
            10..=15 if !self.is_tight() => zero || call || american(&form.groups),
            10..=15 => true,
            _ => false,
        }
    }

    /// Years, counting, amounts, and what was called an order or the like.
    fn is_something_else(&self, form: &Form) -> bool {
        let called = self.is_about(Role::Phone, NEAR) || self.is_about(Role::Call, NEAR);
        let counted = self.signs.last().is_some_and(|last| self.reading.plays(last.last_token + 1, Role::Unit));
        // A large shop's orders are all grouped so.
        let ordered = form.groups == [3, 7, 7];
        counted || ordered || self.counts_up() || years(form) || (self.is_about(Role::Code, NEAR_CODE) && !called)
    }

    /// Numbers among other digits: several in a row, or one after "at 3".
    fn within(&self, form: &Form, edits: &mut Vec<Edit>) {
        let found = self.american();
        if found.is_empty() && form.len() > 15 && self.signs.len() > 1 {
            return segments(self.reading, &self.all_digits(), NUMBER_REMOVED, edits);
        }
        for (from, to) in found {
            let part = self.part(from, to);
            segments(self.reading, &part.all_digits(), &masked(&text(&part.form())), edits);
        }
    }

    /// The places of numbers that are grouped as in North America.
    fn american(&self) -> Vec<(usize, usize)> {
        let (mut at, mut found) = (0, Vec::new());
        while at < self.signs.len() {
            let mut digits = 0;
            let same = |sign: &&Sign| {
                digits += sign.count;
                digits <= 10
            };
            let to = at + self.signs.iter().skip(at).take_while(same).count();
            let form = self.part(at, to).form();
            let whole = matches!(form.groups[..], [3, 3, 4] | [3, 7] | [6, 4] | [10]) && !form.starts_with(&[1]);
            if !whole {
                at += 1;
                continue;
            }
            let after_one = at.checked_sub(1).and_then(|one| Some((self.signs.get(one)?, self.signs.get(at)?)));
            let one =
                after_one.is_some_and(|(one, sign)| value(self.reading, one) == 1 && one.count == 1 && sign.gap.tight);
            let free = found.last().is_none_or(|(_, last)| *last < at);
            found.push((if one && free { at - 1 } else { at }, to));
            at = to;
        }
        found
    }

    fn is_dashed(&self) -> bool {
        let gap = |sign: &Sign| {
            let end = self.signs.first().map_or(0, |first| first.end);
            self.reading.text.get(end..sign.start).is_some_and(|gap| matches!(gap, "-" | "–" | "‑" | " - "))
        };
        self.signs.get(1).is_some_and(gap)
    }

    fn is_tight(&self) -> bool {
        self.signs.iter().skip(1).all(|sign| sign.gap.tight)
    }

    /// One, two, three …
    fn counts_up(&self) -> bool {
        let values: Vec<u64> = self.signs.iter().map(|sign| value(self.reading, sign)).collect();
        values.len() > 4 && values.windows(2).all(|pair| matches!(pair, [a, b] if a + 1 == *b || *a == b + 1))
    }
}

fn text(form: &Form) -> String {
    form.digits.iter().map(|digit| char::from(b'0' + digit)).collect()
}

fn value(reading: &Reading<'_>, sign: &Sign) -> u64 {
    let digits = reading.digits.get(sign.first..sign.first + sign.count.min(18)).unwrap_or_default();
    digits.iter().fold(0, |value, digit| value * 10 + u64::from(digit.value))
}

/// Whether the last groups are as numbers are grouped where +1 is dialled.
fn american(groups: &[usize]) -> bool {
    let forms: [&[usize]; 5] = [&[3, 3, 4], &[3, 7], &[6, 4], &[3, 3, 2, 2], &[1, 10]];
    forms.into_iter().any(|form| groups.ends_with(form))
}

/// Years, and nothing else.
fn years(form: &Form) -> bool {
    let year = |digits: &[u8]| matches!(digits, [1, 9, ..] | [2, 0, ..]);
    form.len().is_multiple_of(4) && form.singles == 0 && form.digits.chunks(4).all(year)
}
