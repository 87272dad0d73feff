//! The numbers that take part in what is told, and how they are found in texts however they are written or said.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    event::{Data, Event},
    render::{
        phone::{digits, masked},
        privacy::{
            edit::{Edit, HIDDEN, segments},
            read::{Reading, Sign, Style},
        },
    },
};

/// National forms drop the country code and may put a zero in its place, local ones drop more; so the end decides.
pub(super) const ENDING: usize = 7;
const ENDINGS: u32 = 10_000_000;
/// Shorter numbers than these are service numbers, and everywhere by chance.
const SHORTEST: usize = 5;
/// The most words between two digits, the other side's included where one side's are put together.
const MAX_WORDS: usize = 16;
const MAX_WORDS_OF_ONE: usize = 36;
/// In a longer run of figures, part of a number is chance.
const SOLID: usize = 15;

/// The numbers of an event, a bundle's thousands included.
#[derive(Default)]
pub(super) struct Numbers {
    own: Vec<Own>,
    by_ending: HashMap<u32, Vec<usize>>,
    short: HashMap<String, usize>,
}

/// A number that takes part in a call.
struct Own {
    digits: Vec<u8>,
    shown: String,
}

/// How sure a find must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The call's own text: seven digits, whatever words stand between them.
    Own,
    /// Others' texts, and thousands of numbers: nothing but the number itself.
    Others,
    /// Ids and links: the whole number in one piece.
    Id,
}

/// Digits of a stream, from and to, and whose they are.
struct Hit {
    from: usize,
    to: usize,
    own: usize,
}

impl Numbers {
    pub(super) fn of(event: &Event) -> Self {
        let mut numbers = Vec::new();
        gather(event, &mut numbers);
        Self::new(numbers.into_iter())
    }

    pub(super) fn new<'a>(numbers: impl Iterator<Item = &'a str>) -> Self {
        let mut all = Self::default();
        let mut known = HashSet::new();
        for number in numbers {
            let said = digits(number);
            if said.len() < SHORTEST || !known.insert(said.clone()) {
                continue;
            }
            let own = Own { digits: said.bytes().map(|byte| byte - b'0').collect(), shown: masked(number) };
            match own.ending() {
                Some(ending) => all.by_ending.entry(ending).or_default().push(all.own.len()),
                None => _ = all.short.insert(said, all.own.len()),
            }
            // Names such as a SIP address are no number to show.
            let shown = if own.shown == number { masked(&digits(number)) } else { own.shown };
            all.own.push(Own { shown, ..own });
        }
        all
    }

    pub(super) fn is_empty(&self) -> bool {
        self.own.is_empty()
    }

    /// How the text must be changed so that none of the numbers is in it. `speakers` says whose each turn is.
    pub(super) fn edits(&self, reading: &Reading<'_>, speakers: &[usize], reach: Reach) -> Vec<Edit> {
        let mut edits = Vec::new();
        if self.is_empty() || reading.digits.is_empty() {
            return edits;
        }
        if reach != Reach::Id {
            self.add_short(reading, &mut edits);
        }
        for (stream, most) in streams(reading, speakers) {
            for hit in self.hits(reading, &stream, most, reach) {
                let Some(own) = self.own.get(hit.own) else { continue };
                let found = stream.get(hit.from..=hit.to).unwrap_or_default();
                segments(reading, found, &own.shown, &mut edits);
                if reach == Reach::Own {
                    add_echoes(reading, found, own, &mut edits);
                }
            }
        }
        edits
    }

    /// Five or six digits that are the whole of a number, and stand alone.
    fn add_short(&self, reading: &Reading<'_>, edits: &mut Vec<Edit>) {
        if self.short.is_empty() {
            return;
        }
        for (from, to) in runs(reading) {
            let all: Vec<usize> = (from..=to).collect();
            let said: String = all.iter().map(|at| char::from(b'0' + value(reading, *at))).collect();
            if let Some(own) = self.short.get(&said).and_then(|own| self.own.get(*own)) {
                segments(reading, &all, &own.shown, edits);
            }
        }
    }

    fn hits(&self, reading: &Reading<'_>, stream: &[usize], most: usize, reach: Reach) -> Vec<Hit> {
        let mut hits: Vec<Hit> = Vec::new();
        let (mut run, mut ending) = (0, 0);
        for (at, digit) in stream.iter().enumerate() {
            if at > 0 && !linked(reading, stream, at, most, reach) {
                (run, ending) = (0, 0);
            }
            run += 1;
            ending = (ending * 10 + u32::from(value(reading, *digit))) % ENDINGS;
            let candidates =
                self.by_ending.get(&ending).filter(|_| run >= ENDING).map(Vec::as_slice).unwrap_or_default();
            let begins = |own: &usize| Some((self.own.get(*own)?.begins(reading, stream, at, run, reach)?, *own));
            let Some((from, own)) = candidates.iter().filter_map(begins).min() else { continue };
            match hits.last_mut().filter(|last| from <= last.to) {
                Some(last) => (last.from, last.to, last.own) = (from.min(last.from), at, own),
                None => hits.push(Hit { from, to: at, own }),
            }
        }
        hits
    }
}

impl Own {
    fn ending(&self) -> Option<u32> {
        let start = self.digits.len().checked_sub(ENDING)?;
        Some(self.digits.iter().skip(start).fold(0, |ending, digit| ending * 10 + u32::from(*digit)))
    }

    /// Where in the stream the number begins whose last digit is at `last`; nothing if it is chance.
    fn begins(&self, reading: &Reading<'_>, stream: &[usize], last: usize, run: usize, reach: Reach) -> Option<usize> {
        let floor = last + 1 - run;
        let Part { from, left, trunk } = self.part(reading, stream, last, floor);
        let same = self.digits.len() - left;
        if solid(reading, *stream.get(from)?) > SOLID && same < self.digits.len().min(10) {
            return None;
        }
        let alone = (from == 0 || !adjoins(reading, stream, from)) && !adjoins(reading, stream, last + 1);
        let least = match reach {
            Reach::Own => ENDING,
            Reach::Others if alone => ENDING,
            Reach::Others => self.digits.len().min(9),
            Reach::Id => self.digits.len().min(10),
        };
        if same < least || (left > 3 && cuts_figures(reading, stream, from, last)) {
            return None;
        }
        let prefixes: &[&[u8]] = match (left, trunk) {
            (0, false) => &[&[0, 1, 1], &[0, 0]],
            (1..=3, false) => &[&[0]],
            _ => &[],
        };
        let before = prefixes.iter().find(|prefix| stands_before(reading, stream, from, floor, prefix));
        Some(from - before.map_or(0, |prefix| prefix.len()))
    }

    /// As much of the number as stands there, from its last digits backwards.
    fn part(&self, reading: &Reading<'_>, stream: &[usize], last: usize, floor: usize) -> Part {
        let mut part = Part { from: last + 1 - ENDING, left: self.digits.len() - ENDING, trunk: false };
        while part.left > 0 && part.from > floor {
            let before = stream.get(part.from - 1).map(|digit| value(reading, *digit));
            if before == self.digits.get(part.left - 1).copied() {
                part.left -= 1;
            } else if before == Some(0) && part.left <= 3 && !part.trunk {
                // As in +49 (0) 30, and in 030 without the country code.
                part.trunk = true;
            } else {
                break;
            }
            part.from -= 1;
        }
        part
    }
}

/// How much of a number stands in a stream.
struct Part {
    from: usize,
    /// How many of its first digits do not.
    left: usize,
    /// A zero in place of the country code, or after it.
    trunk: bool,
}

/// Whether what is dialled before a number stands there, as a group of its own.
fn stands_before(reading: &Reading<'_>, stream: &[usize], from: usize, floor: usize, prefix: &[u8]) -> bool {
    let Some(start) = from.checked_sub(prefix.len()).filter(|start| *start >= floor) else { return false };
    let said = stream.get(start..from).unwrap_or_default().iter().map(|digit| value(reading, *digit));
    said.eq(prefix.iter().copied())
        && (start + 1..=from).all(|at| adjoins(reading, stream, at))
        && !inside(reading, stream, start)
}

fn gather<'a>(event: &'a Event, numbers: &mut Vec<&'a str>) {
    match &event.data {
        Data::Call { call, .. } => {
            numbers.extend([&call.to, &call.from, &call.transferred_to].into_iter().flatten().map(String::as_str));
            let phones = call.detail_items.iter().filter(|item| item.kind == "phone");
            numbers.extend(phones.map(|item| item.text.as_str()));
        }
        Data::Batch { batch } => numbers.extend(batch.failed_calls.iter().filter_map(|call| call.to.as_deref())),
        Data::Problem { .. } => {}
        Data::Digest { digest } => {
            digest.events.iter().for_each(|event| gather(event, numbers));
            let listed = digest.failed_calls.iter().chain(digest.batches.iter().flat_map(|batch| &batch.failed_calls));
            numbers.extend(listed.filter_map(|call| call.to.as_deref()));
            let notable = digest.notable.iter().flat_map(|call| [&call.to, &call.from, &call.transferred_to]);
            numbers.extend(notable.flatten().map(String::as_str));
        }
    }
}

/// The digits as they come, and where several speak also each side's alone and all without what is said again;
/// with and without what may be no digit.
fn streams(reading: &Reading<'_>, speakers: &[usize]) -> Vec<(Vec<usize>, usize)> {
    let all = || 0..reading.digits.len();
    let mut streams = vec![(all().collect(), MAX_WORDS)];
    let mut sides: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in all() {
        let speaker = sign(reading, at).and_then(|sign| speakers.get(sign.turn)).copied().unwrap_or_default();
        sides.entry(speaker).or_default().push(at);
    }
    if sides.len() > 1 {
        streams.push((unrepeated(reading), MAX_WORDS_OF_ONE));
        streams.extend(sides.into_values().map(|side| (side, MAX_WORDS_OF_ONE)));
    }
    let sure = |digit: &usize| sign(reading, *digit).is_some_and(|sign| sign.style != Style::Doubtful);
    if reading.signs.iter().any(|sign| sign.style == Style::Doubtful) {
        let without: Vec<_> =
            streams.iter().map(|(stream, most)| (stream.iter().copied().filter(sure).collect(), *most)).collect();
        streams.extend(without);
    }
    streams
}

/// Without the turns that only repeat the digits of the turn before.
fn unrepeated(reading: &Reading<'_>) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();
    let mut last: Vec<u8> = Vec::new();
    let mut turns: Vec<Vec<usize>> = Vec::new();
    let mut turn = usize::MAX;
    for at in 0..reading.digits.len() {
        let its = sign(reading, at).map_or(0, |sign| sign.turn);
        if its != turn {
            turns.push(Vec::new());
            turn = its;
        }
        if let Some(turn) = turns.last_mut() {
            turn.push(at);
        }
    }
    for turn in turns {
        let said: Vec<u8> = turn.iter().map(|at| value(reading, *at)).collect();
        if said != last {
            kept.extend(turn);
            last = said;
        }
    }
    kept
}

fn value(reading: &Reading<'_>, digit: usize) -> u8 {
    reading.digits.get(digit).map_or(0, |digit| digit.value)
}

fn sign<'r>(reading: &'r Reading<'_>, digit: usize) -> Option<&'r Sign> {
    reading.signs.get(reading.digits.get(digit)?.sign)
}

/// The places of the signs of a stream's digit and of the one before it.
fn places(reading: &Reading<'_>, stream: &[usize], at: usize) -> Option<(usize, usize)> {
    let place = |at: usize| Some(reading.digits.get(*stream.get(at)?)?.sign);
    Some((place(at.checked_sub(1)?)?, place(at)?))
}

/// Whether the digit can belong to the same number as the one before it.
fn linked(reading: &Reading<'_>, stream: &[usize], at: usize, most: usize, reach: Reach) -> bool {
    let Some((left, right)) = places(reading, stream, at) else { return false };
    let (Some(before), Some(after)) = (reading.signs.get(left), reading.signs.get(right)) else { return false };
    if left == right {
        return true;
    }
    if reach == Reach::Id {
        return false;
    }
    // Letters that touch figures are part of an id.
    if before.glued.1 || after.glued.0 {
        return false;
    }
    if reach == Reach::Others {
        return left + 1 == right && after.gap.is_silent();
    }
    after.token - before.last_token - 1 <= most && after.start - before.end <= 30 * most
}

/// Whether the digit stands beside the one before it, with nothing said between them.
fn adjoins(reading: &Reading<'_>, stream: &[usize], at: usize) -> bool {
    places(reading, stream, at).is_some_and(|(left, right)| {
        let gap = reading.signs.get(right).map(|sign| sign.gap);
        left == right || (left + 1 == right && gap.is_some_and(|gap| gap.is_silent() && gap.links + gap.ands == 0))
    })
}

fn inside(reading: &Reading<'_>, stream: &[usize], at: usize) -> bool {
    places(reading, stream, at).is_some_and(|(left, right)| left == right)
}

/// Whether only a part of figures that stand together lies between two digits of the stream.
fn cuts_figures(reading: &Reading<'_>, stream: &[usize], from: usize, last: usize) -> bool {
    let cut = |at: usize| inside(reading, stream, at) && written(reading, stream, at);
    cut(from) || cut(last + 1)
}

fn written(reading: &Reading<'_>, stream: &[usize], at: usize) -> bool {
    stream.get(at).and_then(|digit| sign(reading, *digit)).is_some_and(|sign| sign.style == Style::Figures)
}

/// How many digits stand together there without gaps.
fn solid(reading: &Reading<'_>, digit: usize) -> usize {
    sign(reading, digit).map_or(0, |sign| sign.count)
}

/// Digits that follow each other with nothing said between them, from and to.
fn runs(reading: &Reading<'_>) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (place, sign) in reading.signs.iter().enumerate() {
        let last = sign.first + sign.count - 1;
        let goes_on = place > 0 && sign.gap.is_silent();
        match runs.last_mut().filter(|_| goes_on) {
            Some(run) => run.1 = last,
            None => runs.push((sign.first, last)),
        }
    }
    runs
}

/// How many signs before and after a number may repeat parts of it.
const ECHO: usize = 16;

/// Parts of the number that are said around it, which with its last digits would give it away.
fn add_echoes(reading: &Reading<'_>, found: &[usize], own: &Own, edits: &mut Vec<Edit>) {
    let place =
        |digit: Option<&usize>| digit.and_then(|digit| reading.digits.get(*digit)).map_or(0, |digit| digit.sign);
    let (first, last) = (place(found.first()), place(found.last()));
    let signs = first.saturating_sub(ECHO)..(last + ECHO + 1).min(reading.signs.len());
    let mut run: Vec<usize> = Vec::new();
    for at in signs {
        let Some(sign) = reading.signs.get(at) else { continue };
        let goes_on = sign.gap.is_silent();
        if !goes_on {
            add_echo(reading, std::mem::take(&mut run), own, edits);
        }
        // Longer ones are numbers of their own.
        let left = own.digits.len().saturating_sub(run.len());
        let digits = (sign.first..sign.first + sign.count).filter(|digit| found.binary_search(digit).is_err());
        run.extend(digits.take(left));
    }
    add_echo(reading, run, own, edits);
}

fn add_echo(reading: &Reading<'_>, run: Vec<usize>, own: &Own, edits: &mut Vec<Edit>) {
    let said: Vec<u8> = run.iter().map(|digit| value(reading, *digit)).collect();
    // The last four are shown anyway.
    let telling = said.len() >= 3 && said.len() < own.digits.len() && !(said.len() <= 4 && own.digits.ends_with(&said));
    if telling && own.digits.windows(said.len()).any(|part| part == said) {
        segments(reading, &run, HIDDEN, edits);
    }
}
