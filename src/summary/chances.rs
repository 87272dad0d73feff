//! How likely each line is to be what a person looks for first, by the weights of its features.

use super::{
    features::Scene,
    weights::{self, NONE, OfLine, SOUGHT},
};

/// How likely each line of a call is to be its purpose, its outcome or its next step.
#[derive(Debug, Default)]
pub(super) struct Chances {
    /// For each line and part; the chances of all lines make 1 with that of there being none.
    pub(super) lines: Vec<OfLine>,
    pub(super) none: OfLine,
}

impl Chances {
    pub(super) fn of(scene: &Scene<'_, '_>) -> Self {
        let none = weights::of_line(NONE).copied().unwrap_or_default();
        let mut lines: Vec<OfLine> = (0..scene.talk.lines.len()).map(|at| score(scene, at)).collect();
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

fn score(scene: &Scene<'_, '_>, at: usize) -> OfLine {
    let mut sum = OfLine::default();
    scene.features(at, &mut |name, size| {
        let Some(weights) = weights::of_line(name) else { return };
        sum.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight * size);
    });
    sum
}
