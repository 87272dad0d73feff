//! Numbers of a text in figures, however they were said, so that `$24.50` is found in "twenty-four fifty".

use std::{collections::HashSet, ops::Range};

use crate::summary::{
    numbers, sentences,
    words::{self, Token},
};

/// Numbers as figures, in runs of those that were said one right after the other.
#[derive(Debug)]
pub(super) struct Values {
    runs: Vec<Vec<String>>,
    /// Other signs for numbers: `½`, `三`.
    signs: String,
    /// "KL9", and "K, L, nine" as `kl9`.
    codes: HashSet<String>,
}

/// Numbers that follow each other.
struct Run {
    parts: Vec<String>,
    /// The tokens that hold them.
    tokens: Range<usize>,
}

/// No word is spelled in more pieces.
const SPELLED: usize = 48;
/// Between the parts of one number.
const JOINTS: &[&str] = &["point", "dot", "dash", "hyphen", "minus"];
const CURRENCIES: &[&str] = &["dollar", "dollars", "bucks", "euro", "euros", "pound", "pounds"];
/// Signs of Chinese and Japanese; the one for one has many other uses.
const HAN: &str = "二三四五六七八九十百千万两兩";

impl Values {
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut values = Self { runs: Vec::new(), signs: String::new(), codes: HashSet::new() };
        for text in texts {
            let tokens = words::tokens(text);
            // A number may be dictated over several sentences, and one may end where the next begins.
            values.hear(text);
            sentences::split(text).into_iter().for_each(|sentence| values.hear(sentence));
            let mixed = |text: &str| text.contains(|c: char| c.is_ascii_digit()) && text.contains(char::is_alphabetic);
            values.codes.extend(tokens.iter().map(|token| token.lower.to_string()).filter(|word| mixed(word)));
            values.codes.extend(spelled(text, &tokens).filter(|code| code.contains(|c: char| c.is_ascii_digit())));
            values
                .runs
                .extend((0..tokens.len()).filter_map(|at| on_the_clock(&tokens, at)).map(|(time, _)| vec![time]));
            values.runs.extend(tokens.iter().filter_map(|token| by_name(&token.lower)).map(|named| vec![named]));
            values.signs.extend(text.chars().filter(|c| is_sign(*c)));
        }
        values
    }

    fn hear(&mut self, text: &str) {
        let tokens = words::tokens(text);
        self.runs.extend(runs(text, &tokens, 0..tokens.len(), true).into_iter().map(|run| run.parts));
    }

    /// Whether every number of the text is among these.
    pub(super) fn hold_all_of(&self, text: &str) -> bool {
        sentences::split(text).into_iter().all(|sentence| self.hold_sentence(sentence))
            && text.chars().filter(|c| is_sign(*c)).all(|c| self.signs.contains(c))
    }

    fn hold_sentence(&self, text: &str) -> bool {
        let text = &self.without_hours(text);
        let tokens: Vec<Token<'_>> =
            words::tokens(text).into_iter().filter(|token| !self.codes.contains(&*token.lower)).collect();
        // "Three, eight, two" is one number, "at 3, 8 people" are two.
        let apart = |run: &Run| runs(text, &tokens, run.tokens.clone(), false).iter().all(|run| self.hold(&run.parts));
        runs(text, &tokens, 0..tokens.len(), true).iter().all(|run| self.hold(&run.parts) || apart(run))
    }

    /// Without "a quarter to three" where that is among these.
    fn without_hours(&self, text: &str) -> String {
        let tokens = words::tokens(text);
        let (mut rest, mut end, mut at) = (String::with_capacity(text.len()), 0, 0);
        while at < tokens.len() {
            let known = on_the_clock(&tokens, at).filter(|(time, _)| self.find(time));
            let (from, to) = (tokens.get(at), known.as_ref().and_then(|(_, len)| tokens.get(at + len - 1)));
            if let (Some(from), Some(to)) = (from, to) {
                rest.push_str(text.get(end..from.start).unwrap_or_default());
                rest.push_str("then");
                end = to.end;
            }
            at += known.map_or(1, |(_, len)| len);
        }
        rest.push_str(text.get(end..).unwrap_or_default());
        rest
    }

    fn hold(&self, run: &[String]) -> bool {
        let whole = run.concat();
        // "3:00" was said as "three", "$24.00" as "twenty-four", "09:30" as "nine thirty".
        let round = match run {
            [head @ .., last] if last == "00" && !head.is_empty() => head.concat(),
            _ => whole.clone(),
        };
        [&whole, &round].into_iter().any(|digits| self.find(digits) || self.find(digits.trim_start_matches('0')))
    }

    fn find(&self, digits: &str) -> bool {
        let within = |run: &Vec<String>| (0..run.len()).any(|from| begins(run, from, digits));
        // A digit of a telephone number is no number of its own.
        let fits = |run: &Vec<String>| digits.len() > 2 || !is_dictated(run);
        !digits.is_empty() && self.runs.iter().any(|run| fits(run) && within(run))
    }
}

/// Whether most of it was said figure by figure.
fn is_dictated(run: &[String]) -> bool {
    let single = run.iter().filter(|part| part.len() == 1).count();
    single > 2 && single * 2 > run.len()
}

/// Whether some parts of the run from `from` on make up these digits.
fn begins(run: &[String], from: usize, digits: &str) -> bool {
    let mut rest = digits;
    for part in run.iter().skip(from) {
        match rest.strip_prefix(part.as_str()) {
            Some("") => return true,
            Some(more) => rest = more,
            None => return false,
        }
    }
    false
}

/// The numbers in runs; where `loose`, as people dictate, commas and full stops part none.
fn runs(text: &str, tokens: &[Token<'_>], within: Range<usize>, loose: bool) -> Vec<Run> {
    let (mut found, mut run, mut from, mut end) = (Vec::new(), Vec::<String>::new(), 0, 0);
    let mut at = within.start;
    let mut close = |run: &mut Vec<String>, tokens: Range<usize>| {
        if !run.is_empty() {
            found.push(Run { parts: std::mem::take(run), tokens });
        }
    };
    while let Some(token) = tokens.get(at).filter(|_| at < within.end) {
        let gap = text.get(end..token.start).unwrap_or_default();
        let light = |c: char| matches!(c, ' ' | '-' | '–' | '(' | ')') || (loose && matches!(c, ',' | '.' | '…' | '—'));
        if !gap.chars().all(light) {
            close(&mut run, from..at);
        }
        let (parts, len) = number(tokens, at, !run.is_empty());
        let word = &*token.lower;
        let money = tokens.get(at.wrapping_sub(1)).is_some_and(|before| before.is(CURRENCIES));
        let joins = !run.is_empty() && (token.is(JOINTS) || token.is(CURRENCIES) || (word == "and" && money));
        if parts.is_empty() && !joins {
            close(&mut run, from..at);
        }
        // Alone, "one" and "first" count nothing.
        let idle = parts.first().is_some_and(|first| first == "1")
            && word.chars().all(char::is_alphabetic)
            && !is_by_a_month(tokens, at);
        if !(idle && !loose && run.is_empty() && number(tokens, at + len.max(1), true).0.is_empty()) {
            from = if run.is_empty() { at } else { from };
            run.extend(parts);
        }
        at += len.max(1);
        end = tokens.get(at - 1).map_or(end, |last| last.end);
    }
    close(&mut run, from..at);
    found
}

/// What is spelled in a text, put together and in lower case; "S M I T H" is how a name is said.
pub(super) fn spelled<'t>(text: &'t str, tokens: &'t [Token<'_>]) -> impl Iterator<Item = String> + 't {
    (0..tokens.len()).filter_map(move |at| {
        let ahead = tokens.get(at..tokens.len().min(at + SPELLED))?;
        numbers::spelled(text, ahead, 0).map(|spelled| spelled.text.to_lowercase())
    })
}

/// The figures of the number at `at`, and how many tokens it takes; none where there is none.
fn number(tokens: &[Token<'_>], at: usize, inside: bool) -> (Vec<String>, usize) {
    let Some(token) = tokens.get(at) else { return (vec![], 0) };
    let word = &*token.lower;
    if word.contains(|c: char| c.is_ascii_digit()) {
        let figures = word.replace(',', "");
        let groups = figures.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty());
        return (groups.map(str::to_owned).collect(), 1);
    }
    let times = [("double", 2), ("triple", 3)].into_iter().find(|(name, _)| *name == word);
    let repeated = times.and_then(|(_, times)| {
        let digit = numbers::small(&tokens.get(at + 1)?.lower).filter(|digit| *digit < 10)?;
        Some(digit.to_string().repeat(times))
    });
    if let Some(digits) = repeated {
        return (vec![digits], 2);
    }
    // Of "zero, one" only the first is meant.
    if word == "zero" || (inside && matches!(word, "oh" | "o")) {
        return (vec!["0".to_owned()], 1);
    }
    if let Some(number) = numbers::cardinal(tokens, at) {
        return (vec![number.value.to_string()], number.len);
    }
    // "A second" is mostly no day, unless a month stands by it.
    let loose = matches!(word, "first" | "second" | "third") && !is_by_a_month(tokens, at);
    match numbers::ordinal(tokens, at).filter(|_| !loose) {
        Some((day, len)) => (vec![day.to_string()], len),
        None => (vec![], 0),
    }
}

/// "June third", "June the third", "the third of June".
fn is_by_a_month(tokens: &[Token<'_>], at: usize) -> bool {
    const MONTHS: &[&str] = &[
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let is = |at: Option<usize>, words: &[&str]| at.and_then(|at| tokens.get(at)).is_some_and(|token| token.is(words));
    let before = at.checked_sub(1);
    let led = if is(before, &["the"]) { at.checked_sub(2) } else { before };
    is(led, MONTHS) || (is(Some(at + 1), &["of"]) && is(Some(at + 2), MONTHS))
}

/// "Half past three" as `330`, "a quarter to four" as `345`, and how many tokens it takes.
fn on_the_clock(tokens: &[Token<'_>], at: usize) -> Option<(String, usize)> {
    let minutes = match &*tokens.get(at)?.lower {
        "half" => (30, 1),
        "quarter" => (15, 1),
        _ => numbers::cardinal(tokens, at).map(|number| (number.value, number.len))?,
    };
    let after = match &*tokens.get(at + minutes.1)?.lower {
        "past" | "after" => true,
        "to" | "till" | "before" => false,
        _ => return None,
    };
    let said = numbers::cardinal(tokens, at + minutes.1 + 1)?;
    let hour = said.value;
    if !(1..=12).contains(&hour) || !(1..60).contains(&minutes.0) {
        return None;
    }
    let (hour, minute) = match (after, hour) {
        (true, hour) => (hour, minutes.0),
        (false, 1) => (12, 60 - minutes.0),
        (false, hour) => (hour - 1, 60 - minutes.0),
    };
    Some((format!("{hour}{minute:02}"), minutes.1 + 1 + said.len))
}

/// Words that stand for a number.
fn by_name(word: &str) -> Option<String> {
    let number = match word {
        "noon" | "midday" | "midnight" | "dozen" => "12",
        "couple" | "pair" | "both" | "twice" | "second" => "2",
        "once" | "first" | "single" | "a" | "an" => "1",
        "third" => "3",
        "half" => "30",
        "quarter" => "15",
        _ => return None,
    };
    Some(number.to_owned())
}

fn is_sign(c: char) -> bool {
    (c.is_numeric() && !c.is_ascii_digit()) || HAN.contains(c)
}
