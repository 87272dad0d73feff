//! Dialogues with human summaries: ROUGE of ours, of the first sentences, and of the longest ones.

use std::{collections::BTreeMap, fs, num::NonZeroUsize, path::Path};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::rouge::{self, Rouge};
use crate::{
    model::call::{Call, Speaker, Turn},
    summary::{
        self,
        config::{Config, Source},
        sentences,
    },
};

#[derive(Debug, Deserialize)]
pub(super) struct Dialogue {
    id: String,
    turns: Vec<Said>,
    references: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Said {
    speaker: String,
    text: String,
}

/// The mean scores of one system on one set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Row {
    pub(super) set: String,
    pub(super) system: &'static str,
    pub(super) dialogues: usize,
    pub(super) rouge: Rouge,
    pub(super) words: f64,
}

/// One dialogue's summary and scores, kept to be compared with later versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Scored {
    pub(super) set: String,
    pub(super) name: String,
    pub(super) text: String,
    pub(super) rouge: Rouge,
}

type System = fn(&Dialogue, NonZeroUsize) -> String;

/// Ours comes first.
const SYSTEMS: [(&str, System); 3] = [("ours", ours), ("lead", lead), ("longest", longest)];

/// The sets `*.dev.jsonl` of a folder, by name.
pub(super) fn read_folder(folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<Dialogue>>> {
    let mut sets = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let file = entry.context("read a folder's entry")?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(set) = name.strip_suffix(".dev.jsonl") else { continue };
        let text = fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let dialogues = lines.map(serde_json::from_str).collect::<Result<_, _>>();
        sets.insert(set.to_owned(), dialogues.with_context(|| format!("read {}", file.display()))?);
    }
    Ok(sets)
}

/// A row per set and system, then the mean over the sets, and each of our own summaries.
pub(super) fn measure(sets: &BTreeMap<String, Vec<Dialogue>>, budget: NonZeroUsize) -> (Vec<Row>, Vec<Scored>) {
    let (mut rows, mut scored) = (Vec::new(), Vec::new());
    for (set, dialogues) in sets {
        for (place, (system, summarize)) in SYSTEMS.into_iter().enumerate() {
            let (mut sum, mut words) = ([0.0; 3], 0);
            for dialogue in dialogues {
                let text = summarize(dialogue, budget);
                let rouge = rouge::score(&text, &dialogue.references);
                sum.iter_mut().zip(rouge).for_each(|(sum, score)| *sum += score);
                words += text.split_whitespace().count();
                if place == 0 {
                    scored.push(Scored { set: set.clone(), name: dialogue.id.clone(), text, rouge });
                }
            }
            let count = float(dialogues.len().max(1));
            let (rouge, words) = (sum.map(|sum| 100.0 * sum / count), float(words) / count);
            rows.push(Row { set: set.clone(), system, dialogues: dialogues.len(), rouge, words });
        }
    }
    for (system, _) in SYSTEMS {
        let of: Vec<Row> = rows.iter().filter(|row| row.system == system).cloned().collect();
        let mean = |value: &dyn Fn(&Row) -> f64| of.iter().map(value).sum::<f64>() / float(of.len().max(1));
        let rouge = [mean(&|row| row.rouge[0]), mean(&|row| row.rouge[1]), mean(&|row| row.rouge[2])];
        let dialogues = of.iter().map(|row| row.dialogues).sum();
        rows.push(Row { set: "mean".to_owned(), system, dialogues, rouge, words: mean(&|row| row.words) });
    }
    (rows, scored)
}

#[expect(clippy::cast_precision_loss, reason = "counts of words and dialogues are small")]
fn float(count: usize) -> f64 {
    count as f64
}

fn role(speaker: &str) -> Speaker {
    match speaker.to_lowercase().as_str() {
        "customer" | "user" | "patient" | "caller" => Speaker::User,
        "agent" | "assistant" | "system" | "doctor" => Speaker::Assistant,
        _ => Speaker::Other(speaker.to_owned()),
    }
}

fn ours(dialogue: &Dialogue, budget: NonZeroUsize) -> String {
    let turn = |said: &Said| Turn { speaker: role(&said.speaker), text: said.text.clone(), at: None };
    let call = Call { transcript: dialogue.turns.iter().map(turn).collect(), ..Call::default() };
    let config = Config { order: vec![Source::Extract], max_words: budget, llm: None };
    let mut text = summary::summarize(&call, &config).map(|summary| summary.text).unwrap_or_default();
    // All systems are rendered alike, with the set's own names of the speakers.
    for (label, side) in [("Person: ", Speaker::User), ("Agent: ", Speaker::Assistant)] {
        if let Some(said) = dialogue.turns.iter().find(|said| role(&said.speaker) == side) {
            text = text.replace(label, &format!("{}: ", said.speaker));
        }
    }
    text
}

fn sentences_of(dialogue: &Dialogue) -> Vec<(&str, &str)> {
    dialogue
        .turns
        .iter()
        .flat_map(|said| sentences::split(&said.text).into_iter().map(|text| (said.speaker.as_str(), text)))
        .collect()
}

fn lead(dialogue: &Dialogue, budget: NonZeroUsize) -> String {
    let sentences = sentences_of(dialogue);
    take(&sentences, (0..sentences.len()).collect(), budget)
}

fn longest(dialogue: &Dialogue, budget: NonZeroUsize) -> String {
    let sentences = sentences_of(dialogue);
    let mut order: Vec<usize> = (0..sentences.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(sentences[*at].1.split_whitespace().count()));
    take(&sentences, order, budget)
}

/// The sentences that fit, in the order wished for, told in the order of the dialogue with labels.
fn take(sentences: &[(&str, &str)], order: Vec<usize>, budget: NonZeroUsize) -> String {
    let mut chosen: Vec<usize> = Vec::new();
    for at in order {
        let mut with = chosen.clone();
        with.push(at);
        with.sort_unstable();
        if render(sentences, &with).split_whitespace().count() <= budget.get() {
            chosen = with;
        }
    }
    render(sentences, &chosen)
}

fn render(sentences: &[(&str, &str)], chosen: &[usize]) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut last = None;
    for (speaker, text) in chosen.iter().filter_map(|at| sentences.get(*at)) {
        if last.replace(speaker) != Some(speaker) {
            words.push(format!("{speaker}:"));
        }
        words.push((*text).to_owned());
    }
    words.join(" ")
}
