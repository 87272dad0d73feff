//! The numbers that take part in what is told, and how they are found in texts however they are written.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    event::{Data, Event},
    render::phone::{digit, digits, masked},
};

/// The numbers of an event, a bundle's thousands included, found by their ends.
pub(super) struct Numbers {
    own: Vec<Own>,
    by_ending: BTreeMap<String, Vec<usize>>,
    /// How long the ends are.
    lengths: BTreeSet<usize>,
}

/// A number that takes part in a call.
struct Own {
    digits: String,
    shown: String,
}

impl Own {
    /// National forms drop the country code and may put a zero in its place, so the end decides.
    fn ending(&self) -> String {
        let number = &self.digits;
        number.chars().skip(number.len() - number.len().saturating_sub(3).max(7)).collect()
    }
}

impl Numbers {
    pub(super) fn of(event: &Event) -> Self {
        let mut numbers = Vec::new();
        gather(event, &mut numbers);
        Self::new(numbers.into_iter())
    }

    pub(super) fn new<'a>(numbers: impl Iterator<Item = &'a str>) -> Self {
        let mut all = Self { own: Vec::new(), by_ending: BTreeMap::new(), lengths: BTreeSet::new() };
        let mut known = BTreeSet::new();
        for number in numbers {
            let own = Own { digits: digits(number), shown: masked(number) };
            // Shorter ones are service numbers, and everywhere by chance.
            if own.digits.len() >= 7 && known.insert(own.digits.clone()) {
                all.lengths.insert(own.ending().len());
                all.by_ending.entry(own.ending()).or_default().push(all.own.len());
                all.own.push(own);
            }
        }
        all
    }

    /// Hides each number however it is written: spaced, dashed, with or without its country code.
    pub(super) fn hide(&self, text: &str) -> String {
        let there: Vec<u8> = text.chars().filter_map(digit).map(|digit| b'0' + digit).collect();
        let windows = self.lengths.iter().flat_map(|length| there.windows(*length));
        let ends = windows.filter_map(|window| self.by_ending.get(std::str::from_utf8(window).ok()?));
        let found: BTreeSet<usize> = ends.flatten().copied().collect();
        let found = found.into_iter().filter_map(|place| self.own.get(place));
        found.fold(text.to_owned(), |text, own| hide_one(&text, own))
    }
}

fn gather<'a>(event: &'a Event, numbers: &mut Vec<&'a str>) {
    match &event.data {
        Data::Call { call, .. } => {
            numbers.extend([&call.to, &call.from, &call.transferred_to].into_iter().flatten().map(String::as_str));
        }
        Data::Batch { batch } => numbers.extend(batch.failed_calls.iter().filter_map(|call| call.to.as_deref())),
        Data::Problem { .. } => {}
        Data::Digest { digest } => digest.events.iter().for_each(|event| gather(event, numbers)),
    }
}

fn hide_one(text: &str, own: &Own) -> String {
    let (Own { digits: number, shown }, ending) = (own, own.ending());
    let chars: Vec<char> = text.chars().collect();
    let found: Vec<(usize, u8)> =
        chars.iter().enumerate().filter_map(|(index, c)| digit(*c).map(|d| (index, b'0' + d))).collect();
    let mut out = String::with_capacity(text.len());
    let (mut written, mut at) = (0, 0);
    while at + ending.len() <= found.len() {
        let window = found.get(at..at + ending.len()).unwrap_or_default();
        if !window.iter().map(|(_, d)| *d).eq(ending.bytes()) || !runs_on(&chars, window) {
            at += 1;
            continue;
        }
        let start = start_of(&chars, &found, at, number, ending.len());
        // Part of a number within some system's long id is chance.
        if at + ending.len() - start < number.len().min(10) && solid_run(&chars, window) > 15 {
            at += 1;
            continue;
        }
        let mut first = found.get(start).map_or(0, |(index, _)| *index);
        while first > written && chars.get(first - 1).is_some_and(|c| matches!(c, '+' | '(')) {
            first -= 1;
        }
        out.extend(chars.get(written..first).unwrap_or_default());
        out.push_str(shown);
        written = window.last().map_or(first, |(index, _)| index + 1);
        at += ending.len();
    }
    out.extend(chars.get(written..).unwrap_or_default());
    out
}

/// The most characters that may stand between two digits of one number.
const MAX_GAP: usize = 20;

/// Whether neither a letter nor a long gap stands between the digits.
fn runs_on(chars: &[char], window: &[(usize, u8)]) -> bool {
    window.windows(2).all(|pair| match pair {
        [(before, _), (after, _)] => {
            let gap = chars.get(before + 1..*after).unwrap_or_default();
            gap.len() <= MAX_GAP && !gap.iter().any(|c| c.is_alphanumeric())
        }
        _ => true,
    })
}

/// The length of the run of digits without gaps that the first digit is in.
fn solid_run(chars: &[char], window: &[(usize, u8)]) -> usize {
    let first = window.first().map_or(0, |(index, _)| *index);
    let (before, after) = chars.split_at(first);
    let is_digit = |c: &&char| digit(**c).is_some();
    before.iter().rev().take_while(is_digit).count() + after.iter().take_while(is_digit).count()
}

/// The first digit of the number, when more of it stands before its ending.
fn start_of(chars: &[char], found: &[(usize, u8)], at: usize, number: &str, ending: usize) -> usize {
    let before = number.bytes().rev().skip(ending);
    let mut start = at;
    for wanted in before {
        let joined = start > 0 && runs_on(chars, found.get(start - 1..=start).unwrap_or_default());
        if !joined || found.get(start - 1).is_none_or(|(_, d)| *d != wanted) {
            break;
        }
        start -= 1;
    }
    start
}
