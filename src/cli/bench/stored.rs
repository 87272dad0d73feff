//! Results kept in a file, and what a later version won and lost against them.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::{dialogues::Scored, facts::Told};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) max_words: usize,
    pub(super) calls: Vec<Told>,
    pub(super) dialogues: Vec<Scored>,
}

impl Stored {
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = fs::read(file).with_context(|| format!("read {}", file.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("read {}", file.display()))
    }

    pub(super) fn write(&self, file: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_vec(self).context("write the results as JSON")?;
        fs::write(file, text).with_context(|| format!("write {}", file.display()))
    }
}

/// Every call whose facts are told otherwise than before, then how many dialogues changed and by how much.
pub(super) fn compare(new: &Stored, old: &Stored) -> String {
    let before: BTreeMap<(&str, &str), &Told> =
        old.calls.iter().map(|told| ((told.set.as_str(), told.name.as_str()), told)).collect();
    let mut lines = Vec::new();
    let (mut changed, mut won, mut lost) = (0, 0, 0);
    for told in &new.calls {
        let Some(last) = before.get(&(told.set.as_str(), told.name.as_str())) else { continue };
        if (&told.text, &told.details) == (&last.text, &last.details) {
            continue;
        }
        changed += 1;
        let changes = changes(told, last);
        won += changes.iter().filter(|change| change.starts_with('+')).count();
        lost += changes.iter().filter(|change| change.starts_with('-')).count();
        if !changes.is_empty() {
            lines.push(format!("{} ({}): {}", told.name, told.set, changes.join(", ")));
            lines.push(format!("  was {} [{}]", last.text, last.details.join(", ")));
            lines.push(format!("  now {} [{}]", told.text, told.details.join(", ")));
        }
    }
    lines.push(format!("{changed} calls are told otherwise: {won} points won, {lost} lost"));
    lines.extend(compare_dialogues(new, old));
    lines.join("\n")
}

/// What was won (`+`) and lost (`-`), in words.
fn changes(new: &Told, old: &Told) -> Vec<String> {
    let mut changes = Vec::new();
    let mut list = |what: &str, new: &[String], old: &[String], good: bool| {
        let sign = |won: bool| if won == good { '+' } else { '-' };
        changes
            .extend(new.iter().filter(|fact| !old.contains(fact)).map(|fact| format!("{}{what} {fact}", sign(true))));
        changes
            .extend(old.iter().filter(|fact| !new.contains(fact)).map(|fact| format!("{}{what} {fact}", sign(false))));
    };
    list("fact", &new.found, &old.found, true);
    list("stale", &new.stale, &old.stale, false);
    list("passing", &new.passing, &old.passing, false);
    list("unsaid", &new.unsaid, &old.unsaid, false);
    let flags = [
        ("purpose", new.purpose, old.purpose),
        ("outcome", new.outcome, old.outcome),
        ("next step", new.next_step, old.next_step),
        ("no greeting", Some(!new.greeting), Some(!old.greeting)),
    ];
    for (what, new, old) in flags {
        if new != old {
            changes.push(format!("{}{what}", if new == Some(true) { '+' } else { '-' }));
        }
    }
    changes
}

fn compare_dialogues(new: &Stored, old: &Stored) -> Option<String> {
    let before: BTreeMap<&str, &Scored> = old.dialogues.iter().map(|scored| (scored.name.as_str(), scored)).collect();
    let pairs: Vec<_> =
        new.dialogues.iter().filter_map(|scored| Some((scored, *before.get(scored.name.as_str())?))).collect();
    let differing = pairs.iter().filter(|(new, old)| new.text != old.text).count();
    let gain = |(new, old): &&(&Scored, &Scored)| new.rouge[0] - old.rouge[0];
    let better = pairs.iter().filter(|pair| gain(pair) > 1e-9).count();
    let worse = pairs.iter().filter(|pair| gain(pair) < -1e-9).count();
    let sum: f64 = pairs.iter().map(|pair| gain(&pair)).sum();
    (differing > 0).then(|| {
        format!(
            "{differing} dialogues are told otherwise: ROUGE-1 of {better} rose, of {worse} fell, {:+.2} over all",
            100.0 * sum
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_won_and_lost_is_named() {
        let told = |text: &str, found: &[&str], stale: &[&str], purpose| Told {
            name: "visit".to_owned(),
            set: "fit".to_owned(),
            text: text.to_owned(),
            found: found.iter().map(|fact| (*fact).to_owned()).collect(),
            stale: stale.iter().map(|fact| (*fact).to_owned()).collect(),
            purpose: Some(purpose),
            ..Told::default()
        };
        let stored = |told| Stored { max_words: 45, calls: vec![told], dialogues: vec![] };
        let old = stored(told("Monday.", &[], &["Monday"], true));
        let new = stored(told("Tuesday.", &["Tuesday"], &[], false));
        let text = compare(&new, &old);
        assert!(text.starts_with("visit (fit): +fact Tuesday, +stale Monday, -purpose\n"), "{text}");
        assert!(text.ends_with("1 calls are told otherwise: 2 points won, 1 lost"), "{text}");
        assert_eq!(compare(&old, &old), "0 calls are told otherwise: 0 points won, 0 lost");
    }
}
