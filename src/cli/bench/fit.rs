//! `bench fit`: finds the weights by which the built-in summaries tell the purpose, the outcome and the next step of a
//! call, what is worth telling besides, and which values hold, from calls that are labelled with all of this.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt::Write,
    fs,
    path::PathBuf,
};

use anyhow::Context;
use clap::Args;

use super::{
    calls::{self, Labelled},
    choices::{Choice, Model},
    facts,
};
use crate::{
    simulate::scenario::KnownFacts,
    summary::fitting::{self, Features},
};

#[derive(Debug, Args)]
pub(in crate::cli) struct Fit {
    /// A file of labelled calls to fit on; may be given several times. The simulator's scenarios are added.
    #[arg(long, value_name = "FILE", required = true)]
    calls: Vec<PathBuf>,
    /// The folder for the weights, `lines.tsv` and `values.tsv`.
    #[arg(long, value_name = "DIR", default_value = "src/summary/weights")]
    out: PathBuf,
}

/// Features of fewer calls than this are chance; every call is there twice, with and without punctuation.
const LEAST_CALLS: usize = 2 * 3;
/// Weights that round to nothing are left out.
const LEAST_WEIGHT: f32 = 0.025;

pub(super) fn run(fit: &Fit) -> anyhow::Result<String> {
    let mut labelled = calls::scenarios();
    for file in &fit.calls {
        labelled.extend(calls::read_file(file)?);
    }
    let plain = labelled.iter().map(calls::without_punctuation).collect::<Vec<_>>();
    labelled.extend(plain);
    let mut said = format!("{} calls\n", labelled.len());
    for (name, columns) in [("lines.tsv", lines(&labelled)), ("values.tsv", values(&labelled))] {
        let text = table(&columns)?;
        let file = fit.out.join(name);
        fs::write(&file, &text).with_context(|| format!("write {}", file.display()))?;
        writeln!(said, "{} weights: {}", text.lines().count() - 1, file.display())?;
    }
    Ok(said)
}

type Column = BTreeMap<String, f32>;

fn table(columns: &[Column]) -> anyhow::Result<String> {
    let mut text = "# The worth of each feature; written by `ringback bench fit`.\n".to_owned();
    let names: HashSet<&String> = columns.iter().flat_map(BTreeMap::keys).collect();
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_unstable();
    for name in names {
        let row: Vec<f32> = columns.iter().map(|column| column.get(name).copied().unwrap_or_default()).collect();
        if row.iter().any(|weight| weight.abs() >= LEAST_WEIGHT) {
            let row: Vec<String> = row.iter().map(|weight| format!("{weight:.2}")).collect();
            writeln!(text, "{name}\t{}", row.join("\t"))?;
        }
    }
    Ok(text)
}

/// The worth of a line's features for being the purpose, the outcome and the next step, and for being told at all.
fn lines(labelled: &[Labelled]) -> Vec<Column> {
    let calls: Vec<Vec<Features>> = labelled.iter().map(|call| fitting::lines(&call.call)).collect();
    let known = common(&calls);
    let label = |facts: &KnownFacts, part: usize| match part {
        0 => facts.purpose.clone(),
        1 => facts.outcome.clone(),
        _ => facts.next_step.clone(),
    };
    let mut columns = Vec::new();
    for part in 0..3 {
        let mut model = Model::new(&known);
        for (call, lines) in labelled.iter().zip(&calls) {
            let right: BTreeSet<usize> = match label(&call.facts, part) {
                // There is none to be found.
                None => BTreeSet::from([lines.len()]),
                Some(label) => {
                    let fits = |line: &Features| facts::is_told(&facts::said(&line.of), &label);
                    lines.iter().enumerate().filter(|(_, line)| fits(line)).map(|(at, _)| at).collect()
                }
            };
            model.learn(Choice { options: lines, else_none: true, right, weight: 1.0 });
        }
        columns.push(model.weights());
    }
    let mut model = Model::new(&known);
    for (call, lines) in labelled.iter().zip(&calls) {
        for line in lines {
            let tells = |facts: &[String]| facts.iter().any(|fact| facts::tells(&line.of, fact));
            let matters = tells(&call.facts.last);
            let misleads = tells(&call.facts.stale) || tells(&call.facts.passing);
            let (right, weight) = match (matters, misleads) {
                (true, false) => (0, 1.0),
                (false, true) => (1, 1.0),
                (true, true) => continue,
                (false, false) => (1, 0.2),
            };
            model.learn(Choice {
                options: std::slice::from_ref(line),
                else_none: true,
                right: BTreeSet::from([right]),
                weight,
            });
        }
    }
    columns.push(model.weights());
    columns
}

/// The worth of a value's features for its holding, for its being stale, and for neither.
fn values(labelled: &[Labelled]) -> Vec<Column> {
    const CLASSES: [&str; 3] = ["holds ", "stale ", "other "];
    let calls: Vec<Vec<Features>> = labelled.iter().map(|call| fitting::values(&call.call)).collect();
    let known = common(&calls);
    let known: Vec<String> =
        CLASSES.iter().flat_map(|class| known.iter().map(move |name| format!("{class}{name}"))).collect();
    let mut model = Model::new(&known);
    for (call, values) in labelled.iter().zip(&calls) {
        for value in values {
            let is = |facts: &[String]| facts.iter().any(|fact| facts::is_fact(&value.of, fact));
            let (right, weight) = match (is(&call.facts.last), is(&call.facts.stale), is(&call.facts.passing)) {
                (true, ..) => (0, 1.0),
                (_, true, _) => (1, 1.0),
                (.., true) => (2, 1.0),
                _ => (2, 0.5),
            };
            let options = CLASSES.map(|class| Features {
                of: String::new(),
                names: value.names.iter().map(|(name, size)| (format!("{class}{name}"), *size)).collect(),
            });
            model.learn(Choice { options: &options, else_none: false, right: BTreeSet::from([right]), weight });
        }
    }
    let all = model.weights();
    let column = |class: &str| {
        all.iter().filter_map(|(name, weight)| Some((name.strip_prefix(class)?.to_owned(), *weight))).collect()
    };
    CLASSES.map(column).into()
}

/// The features that stand in enough calls, in the order of their names.
fn common(calls: &[Vec<Features>]) -> Vec<String> {
    let mut calls_with: HashMap<&str, usize> = HashMap::new();
    for call in calls {
        let all: HashSet<&str> = call.iter().flat_map(|item| &item.names).map(|(name, _)| name.as_str()).collect();
        all.into_iter().for_each(|name| *calls_with.entry(name).or_default() += 1);
    }
    let enough = calls_with.into_iter().filter(|(_, calls)| *calls >= LEAST_CALLS);
    let mut names: Vec<String> = enough.map(|(name, _)| name.to_owned()).collect();
    names.sort_unstable();
    names
}
