//! What each feature of a line is worth for being the purpose, the outcome or the next step of its call.
//!
//! The numbers in `weights.tsv` are fitted on labelled calls by `ringback bench fit`.

use std::{collections::HashMap, sync::LazyLock};

use super::{bearing, features::Scene, settle::Thread, talk::Talk};

/// Purpose, outcome and next step.
pub(super) const SOUGHT: usize = 3;

/// Those three, and whether the line is worth telling at all.
const COLUMNS: usize = SOUGHT + 1;

/// The feature of no line at all, which wins where a call has no such part.
pub(super) const NONE: &str = "none";

static FITTED: LazyLock<HashMap<&'static str, [f32; COLUMNS]>> =
    LazyLock::new(|| include_str!("weights/lines.tsv").lines().filter_map(read).collect());

static BEARINGS: LazyLock<HashMap<&'static str, [f32; SOUGHT]>> =
    LazyLock::new(|| include_str!("weights/values.tsv").lines().filter_map(read).collect());

/// "feature", a tab, and a number per column.
fn read<const N: usize>(line: &'static str) -> Option<(&'static str, [f32; N])> {
    let (feature, numbers) = line.split_once('\t').filter(|_| !line.starts_with('#'))?;
    let numbers: Option<Vec<f32>> = numbers.split('\t').map(|number| number.parse().ok()).collect();
    Some((feature, numbers?.try_into().ok()?))
}

/// How likely each line of a call is to be its purpose, its outcome or its next step.
#[derive(Debug, Default)]
pub(super) struct Chances {
    /// For each line and part; the chances of all lines make 1 with that of there being none.
    pub(super) lines: Vec<[f32; COLUMNS]>,
    pub(super) none: [f32; COLUMNS],
}

impl Chances {
    pub(super) fn of(scene: &Scene<'_, '_>) -> Self {
        let none = FITTED.get(NONE).copied().unwrap_or_default();
        let mut lines: Vec<[f32; COLUMNS]> = (0..scene.talk.lines.len()).map(|at| score(scene, at)).collect();
        lines.push(none);
        for part in 0..SOUGHT {
            let most = lines.iter().map(|line| line[part]).fold(f32::MIN, f32::max);
            let all: f32 = lines.iter().map(|line| (line[part] - most).exp()).sum();
            lines.iter_mut().for_each(|line| line[part] = (line[part] - most).exp() / all);
        }
        lines.iter_mut().for_each(|line| line[SOUGHT] = 1.0 / (1.0 + (none[SOUGHT] - line[SOUGHT]).exp()));
        // Where a value was hardly agreed on, the line is hardly what came of the call.
        for (line, chances) in scene.talk.lines.iter().zip(&mut lines) {
            let doubt = line.values.iter().map(|value| scene.ledger.doubt(value)).fold(0.0, f32::max);
            chances.iter_mut().skip(1).for_each(|chance| *chance *= 1.0 - doubt);
        }
        let none = lines.pop().unwrap_or_default();
        Self { lines, none }
    }

    /// The chance that a line is one of the parts.
    pub(super) fn any(&self, at: usize) -> f32 {
        self.lines.get(at).map_or(0.0, |line| line.iter().take(SOUGHT).copied().fold(0.0, f32::max))
    }

    pub(super) fn purpose(&self, at: usize) -> f32 {
        self.lines.get(at).map_or(0.0, |line| line[0])
    }

    /// The chance that a line tells something that holds and matters.
    pub(super) fn tells(&self, at: usize) -> f32 {
        self.lines.get(at).map_or(0.5, |line| line[SOUGHT])
    }
}

/// How likely a value is to hold in the end, and to have been declined or replaced.
pub(super) fn bearing(talk: &Talk<'_>, all: &[Thread], thread: &Thread, rule: &str) -> [f32; 2] {
    let mut sum = [0.0_f32; SOUGHT];
    bearing::features(talk, all, thread, rule, &mut |name| {
        let Some(weights) = BEARINGS.get(name) else { return };
        sum.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
    });
    let [holds, stale, other] = sum.map(f32::exp);
    [holds, stale].map(|odds| odds / (holds + stale + other))
}

fn score(scene: &Scene<'_, '_>, at: usize) -> [f32; COLUMNS] {
    let mut sum = [0.0; COLUMNS];
    scene.features(at, &mut |name, size| {
        let Some(weights) = FITTED.get(name) else { return };
        sum.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight * size);
    });
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_read() {
        let lines = include_str!("weights/lines.tsv").lines().filter(|line| !line.starts_with('#')).count();
        assert!(FITTED.len() == lines && lines > 500, "{lines}");
        assert!(FITTED.contains_key(NONE));
    }
}
