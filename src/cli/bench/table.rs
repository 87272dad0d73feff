//! The figures of the bench as tables.

use std::fmt::Write;

use serde::Serialize;

use super::{dialogues::Row, facts::Told};

/// How the summaries of one set of calls did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Tally {
    pub(super) set: String,
    pub(super) calls: usize,
    pub(super) facts: usize,
    pub(super) found: usize,
    /// Values told that do not hold, or do not matter.
    pub(super) wrong: usize,
    /// Calls that tell such a value.
    pub(super) stale: usize,
    pub(super) passing: usize,
    pub(super) purpose: (usize, usize),
    pub(super) outcome: (usize, usize),
    pub(super) next_step: (usize, usize),
    pub(super) greetings: usize,
    pub(super) unsaid: usize,
    pub(super) words: usize,
    /// Of agreed facts, in per cent.
    pub(super) recall: f64,
    pub(super) precision: f64,
    pub(super) f1: f64,
}

impl Tally {
    /// One for each set in the order of their names, and one for all; empty calls count, as they must be told too.
    pub(super) fn by_set(calls: &[Told]) -> Vec<Self> {
        let mut sets: Vec<&str> = calls.iter().map(|told| told.set.as_str()).collect();
        sets.sort_unstable();
        sets.dedup();
        let mut tallies: Vec<Self> =
            sets.into_iter().map(|set| Self::of(set, calls.iter().filter(|told| told.set == set))).collect();
        tallies.push(Self::of("all", calls.iter()));
        tallies
    }

    fn of<'t>(set: &str, calls: impl Iterator<Item = &'t Told>) -> Self {
        let mut tally = Self { set: set.to_owned(), ..Self::default() };
        for told in calls {
            tally.add(told);
        }
        let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { percent(part, whole) };
        tally.recall = share(tally.found, tally.facts);
        tally.precision = share(tally.found, tally.found + tally.wrong);
        tally.f1 = share(2 * tally.found, tally.found + tally.wrong + tally.facts);
        tally
    }

    fn add(&mut self, told: &Told) {
        let flag = |count: &mut (usize, usize), flag: Option<bool>| {
            count.0 += usize::from(flag == Some(true));
            count.1 += usize::from(flag.is_some());
        };
        self.calls += 1;
        self.facts += told.found.len() + told.missed.len();
        self.found += told.found.len();
        self.wrong += told.stale.len() + told.passing.len();
        self.stale += usize::from(!told.stale.is_empty());
        self.passing += usize::from(!told.passing.is_empty());
        flag(&mut self.purpose, told.purpose);
        flag(&mut self.outcome, told.outcome);
        flag(&mut self.next_step, told.next_step);
        self.greetings += usize::from(told.greeting);
        self.unsaid += usize::from(!told.unsaid.is_empty());
        self.words += told.words;
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls and facts are small")]
fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

/// A line per set: shares in per cent of the calls, or of those that have such a part.
pub(super) fn calls(tallies: &[Tally]) -> String {
    let mut text = format!(
        "{:22}{:>6}{:>7}{:>7}{:>6}{:>7}{:>8}{:>9}{:>9}{:>6}{:>7}{:>8}{:>7}\n",
        "calls",
        "",
        "recall",
        "prec.",
        "F1",
        "stale",
        "passing",
        "purpose",
        "outcome",
        "next",
        "greet",
        "unsaid",
        "words"
    );
    for tally in tallies {
        let calls = tally.calls.max(1);
        let part = |(told, all): (usize, usize)| if all == 0 { 0.0 } else { percent(told, all) };
        let _infallible = writeln!(
            text,
            "{:22}{:>6}{:>7.1}{:>7.1}{:>6.1}{:>7.1}{:>8.1}{:>9.1}{:>9.1}{:>6.1}{:>7.1}{:>8}{:>7.1}",
            tally.set,
            tally.calls,
            tally.recall,
            tally.precision,
            tally.f1,
            percent(tally.stale, calls),
            percent(tally.passing, calls),
            part(tally.purpose),
            part(tally.outcome),
            part(tally.next_step),
            percent(tally.greetings, calls),
            tally.unsaid,
            percent(tally.words, calls) / 100.0,
        );
    }
    text
}

pub(super) fn dialogues(rows: &[Row]) -> String {
    let mut text = String::new();
    if !rows.is_empty() && rows.iter().any(|row| row.dialogues > 0) {
        let _infallible = writeln!(
            text,
            "\n{:22}{:>6}  {:10}{:>8}{:>8}{:>8}{:>8}",
            "dialogues", "", "", "R-1", "R-2", "R-L", "words"
        );
        for row in rows {
            let [one, two, longest] = row.rouge;
            let _infallible = writeln!(
                text,
                "{:22}{:>6}  {:10}{one:>8.2}{two:>8.2}{longest:>8.2}{:>8.1}",
                row.set, row.dialogues, row.system, row.words
            );
        }
    }
    text
}

/// One call's summary, what it lacks and what it should not tell.
pub(super) fn told(told: &Told) -> String {
    let list = |what: &str, facts: &[String]| {
        if facts.is_empty() { String::new() } else { format!("\n  {what}: {}", facts.join("; ")) }
    };
    let flag = |what: &str, flag: Option<bool>| {
        if flag == Some(false) { format!("\n  no {what}") } else { String::new() }
    };
    format!(
        "{} ({})\n  {} [{}]{}{}{}{}{}{}{}{}\n\n",
        told.name,
        told.set,
        told.text,
        told.details.join(", "),
        list("missed", &told.missed),
        list("stale", &told.stale),
        list("passing", &told.passing),
        list("unsaid", &told.unsaid),
        flag("purpose", told.purpose),
        flag("outcome", told.outcome),
        flag("next step", told.next_step),
        if told.greeting { "\n  a greeting" } else { "" },
    )
}
