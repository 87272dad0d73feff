//! `bench summaries`: how good the built-in summaries are, on calls whose facts are known and on
//! dialogues with human summaries, and what a change of a rule won and lost.

mod calls;
mod choices;
mod dialogues;
mod facts;
mod fit;
mod porter;
mod rouge;
mod stored;
mod table;

use std::{collections::BTreeMap, num::NonZeroUsize, path::PathBuf, process::ExitCode, time::Instant};

use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    cli::{
        bench::{stored::Stored, table::Tally},
        say::{self, Failure},
    },
    summary::{
        self,
        config::{Config, Source},
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum Bench {
    /// Measure the built-in summaries.
    Summaries(Summaries),
    /// Fit the weights by which the built-in summaries tell purpose, outcome and next step.
    Fit(fit::Fit),
}

#[derive(Debug, Args)]
pub(super) struct Summaries {
    /// A folder of dialogues with human summaries, `*.dev.jsonl`.
    #[arg(long, value_name = "DIR")]
    dialogues: Option<PathBuf>,
    /// A folder of calls whose facts are labelled, `*.txt`, besides those of the simulator.
    #[arg(long, value_name = "DIR")]
    calls: Option<PathBuf>,
    /// The most words of a summary [default: 45].
    #[arg(long)]
    max_words: Option<NonZeroUsize>,
    /// Keep the results in a file.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Say what changed since the results in a file.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Print each call's summary and how it did.
    #[arg(long)]
    each: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(bench: Bench) -> Result<ExitCode, Failure> {
    match bench {
        Bench::Summaries(arguments) => summaries(arguments),
        Bench::Fit(arguments) => say::print(&fit::run(&arguments)?),
    }
}

fn summaries(arguments: Summaries) -> Result<ExitCode, Failure> {
    let max_words = arguments.max_words.unwrap_or(Config::default().max_words);
    let config = Config { order: vec![Source::Extract], max_words, llm: None };
    if let Some(flaw) = config.flaws().first() {
        return Err(Failure::usage(format!("--max-words: {}", flaw.says)));
    }
    let mut labelled = calls::simulated();
    if let Some(folder) = &arguments.calls {
        labelled.extend(calls::read_folder(folder)?);
    }
    let sets = arguments.dialogues.as_deref().map_or_else(|| Ok(BTreeMap::new()), dialogues::read_folder)?;
    let (rows, scored) = dialogues::measure(&sets, max_words);
    let started = Instant::now();
    let summaries: Vec<_> = labelled.iter().map(|labelled| summary::summarize(&labelled.call, &config)).collect();
    // The figures on stdout are the same each time; the time that it took is not.
    eprintln!("{} calls summarized in {:.0} ms", labelled.len(), started.elapsed().as_secs_f64() * 1_000.0);
    let told = labelled.iter().zip(&summaries).map(|(labelled, summary)| facts::judge(labelled, summary.as_ref()));
    let stored = Stored { max_words: max_words.get(), calls: told.collect(), dialogues: scored };
    let tallies = Tally::by_set(&stored.calls);
    if let Some(file) = &arguments.save {
        stored.write(file)?;
    }
    let compared = match &arguments.against {
        Some(file) => Some(stored::compare(&stored, &Stored::read(file)?)),
        None => None,
    };
    if arguments.json {
        let changed = compared.as_deref().map(|text| text.lines().collect::<Vec<_>>());
        let each = arguments.each.then_some(&stored.calls);
        let value =
            json!({ "max_words": max_words, "calls": tallies, "dialogues": rows, "changed": changed, "each": each });
        return say::print(&say::pretty(&value));
    }
    let mut text = String::new();
    if arguments.each {
        stored.calls.iter().for_each(|told| text.push_str(&table::told(told)));
    }
    text.push_str(&table::calls(&tallies));
    text.push_str(&table::dialogues(&rows));
    text.extend(compared);
    say::print(&text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{cli::bench::calls::Labelled, model::call::Call, summary::vet::Heard};

    fn tallies(max_words: usize) -> Vec<Tally> {
        let mut labelled = calls::simulated();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calls");
        labelled.extend(calls::read_folder(&folder).unwrap());
        let max_words = NonZeroUsize::new(max_words).unwrap();
        let config = Config { order: vec![Source::Extract], max_words, llm: None };
        let judge = |labelled: &Labelled| facts::judge(labelled, summary::summarize(&labelled.call, &config).as_ref());
        Tally::by_set(&labelled.iter().map(judge).collect::<Vec<_>>())
    }

    /// The floors are a little below what was measured; `report.txt` was written apart and is not fitted on.
    #[test]
    fn the_built_in_summaries_stay_as_good_as_they_were() {
        for (max_words, most_stale, most_passing) in [(45, 32, 27), (60, 38, 32)] {
            let tallies = tallies(max_words);
            assert!(tallies.iter().any(|tally| tally.set == "report") && tallies.len() == 6, "{tallies:?}");
            for tally in tallies.iter().filter(|tally| ["report", "fit", "all"].contains(&tally.set.as_str())) {
                let said = table::calls(std::slice::from_ref(tally));
                let share = |(told, all): (usize, usize)| 100 * told / all;
                assert!(tally.f1 > 75.0 && tally.unsaid == 0, "{said}");
                assert!(tally.stale * 100 < tally.calls * most_stale, "{said}");
                assert!(tally.passing * 100 < tally.calls * most_passing, "{said}");
                assert!(
                    share(tally.purpose) >= 62 && share(tally.outcome) >= 60 && share(tally.next_step) >= 77,
                    "{said}"
                );
                assert!(tally.greetings * 100 < tally.calls * 8, "{said}");
            }
        }
    }

    #[test]
    fn every_number_day_and_name_that_is_told_was_said() {
        let mut labelled = calls::simulated();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calls");
        labelled.extend(calls::read_folder(&folder).unwrap());
        let mut wrong = Vec::new();
        for max_words in [12, 45, 200] {
            let max_words = NonZeroUsize::new(max_words).unwrap();
            let config = Config { order: vec![Source::Extract], max_words, llm: None };
            for Labelled { call, .. } in &labelled {
                // The number that a call was put through to is Bland's knowledge.
                let call = &Call { transferred_to: None, ..call.clone() };
                let Some(summary) = summary::summarize(call, &config) else { continue };
                let heard = Heard::of(&call.transcript);
                let details = summary.details.into_iter().map(|detail| detail.text);
                let parts = [Some(summary.text), summary.purpose, summary.outcome, summary.next_step];
                for text in parts.into_iter().flatten().chain(details) {
                    wrong.extend(heard.hold_all_of(&text).err().map(|unfit| format!("{}: {unfit}: {text}", call.id)));
                }
            }
        }
        assert!(labelled.len() > 1_000 && wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }
}
