//! The report of a run: a line for each kill point, and what was wrong, for people.

use std::{fmt::Write, time::Duration};

use super::{
    load::Truth,
    reconcile::{Line, Verdict},
    trap::Point,
};

/// So many wrongs are shown; the others are counted.
const SHOWN: usize = 40;

pub(crate) struct Run {
    pub(crate) seed: u64,
    pub(crate) replicas: usize,
    pub(crate) on_postgres: bool,
    pub(crate) truth: Truth,
    pub(crate) unreached: Vec<Point>,
    pub(crate) took: Duration,
}

impl Run {
    fn title(&self) -> String {
        let engine = if self.on_postgres { "PostgreSQL" } else { "SQLite" };
        let replicas = if self.replicas > 1 { format!(", {} replicas", self.replicas) } else { String::new() };
        format!("Crash suite on {engine}{replicas}, seed {}", self.seed)
    }
}

pub(crate) fn table(run: &Run, verdict: &Verdict) -> String {
    let mut text = format!("\n{}\n", run.title());
    let mut row = |name: &str, cells: [String; 4]| {
        let [kills, lost, repeated, unexplained] = cells;
        writeln!(text, "{name:<60}{kills:>6}{lost:>6}{repeated:>10}{unexplained:>13}").unwrap();
    };
    row("killed at", ["kills", "lost", "repeated", "unexplained"].map(str::to_owned));
    let lines = verdict.lines.iter().map(|(end, line)| (end.to_string(), line.clone()));
    for (point, line) in lines.chain([("total".to_owned(), verdict.total())]) {
        let Line { kills, lost, repeated, unexplained } = line;
        row(&point, [kills, lost, repeated, unexplained].map(|count| count.to_string()));
    }
    let Verdict { expected, messages, oldest_yes, .. } = verdict;
    let (calls, batches) = (run.truth.calls.len(), run.truth.batches.len());
    let took = run.took.as_secs();
    writeln!(
        text,
        "{calls} calls and {batches} batches: {expected} ends to tell, told by {messages} messages, in {took} s"
    )
    .unwrap();
    writeln!(text, "The oldest answer that a kill swallowed had been given {} ms before.", oldest_yes.as_millis())
        .unwrap();
    if !run.unreached.is_empty() {
        let names: Vec<String> = run.unreached.iter().map(ToString::to_string).collect();
        writeln!(text, "Nothing came in time to: {}", names.join("; ")).unwrap();
    }
    text
}

pub(crate) fn wrongs(run: &Run, verdict: &Verdict) -> String {
    let more = verdict.wrong.len().saturating_sub(SHOWN);
    let shown = verdict.wrong.iter().take(SHOWN).map(|wrong| format!("- {wrong}\n"));
    let more = if more > 0 { format!("… and {more} more\n") } else { String::new() };
    format!("{}: {} wrong\n{}{more}", run.title(), verdict.wrong.len(), shown.collect::<String>())
}
