//! Finds the lines that a person looks for first: why the call, what came of it, what is next.

use super::{
    marks::Mark,
    score::Rated,
    select::Piece,
    settle::Ledger,
    speech::Role,
    talk::{Line, Talk},
    values::Kind,
};

/// The lines that a person looks for first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Slots {
    pub(super) purpose: Option<usize>,
    pub(super) outcome: Option<usize>,
    pub(super) next_step: Option<usize>,
}

impl Slots {
    pub(super) fn has(self, at: usize) -> bool {
        [self.purpose, self.outcome, self.next_step].contains(&Some(at))
    }
}

/// Finds the purpose, the outcome and the next step among lines that take no more than most of the budget.
pub(super) struct Finder<'f, 't> {
    pub(super) talk: &'f Talk<'t>,
    pub(super) pieces: &'f [Piece],
    pub(super) rated: &'f [Rated],
    pub(super) ledger: &'f Ledger,
    pub(super) inbound: Option<bool>,
    pub(super) budget: usize,
}

impl Finder<'_, '_> {
    pub(super) fn slots(&self) -> Slots {
        let outcome = self.best(|at, line| self.outcome(at, line));
        let purpose = self.best(|at, line| self.purpose(at, line).filter(|_| Some(at) != outcome));
        let next_step = self
            .best(|at, line| self.next_step(at, line, outcome).filter(|_| Some(at) != outcome && Some(at) != purpose));
        Slots { purpose, outcome, next_step }
    }

    /// The line with the highest score, the earlier one of two.
    fn best(&self, score: impl Fn(usize, &Line<'_>) -> Option<f32>) -> Option<usize> {
        let mut best: Option<(usize, f32)> = None;
        for (at, (piece, line)) in self.pieces.iter().zip(&self.talk.lines).enumerate() {
            if !piece.usable || piece.cost * 10 > self.budget * 7 {
                continue;
            }
            if let Some(score) = score(at, line).filter(|score| best.is_none_or(|(_, most)| *score > most)) {
                best = Some((at, score));
            }
        }
        best.map(|(at, _)| at)
    }

    fn last(&self) -> usize {
        self.talk.turn_count().saturating_sub(1)
    }

    fn is_late(&self, line: &Line<'_>) -> bool {
        line.turn * 10 >= self.last() * 4
    }

    /// 0 for the first turn to 1 for the last.
    fn progress(&self, line: &Line<'_>) -> f32 {
        ratio(line.turn, self.last().max(1))
    }

    fn held(&self, line: &Line<'_>) -> usize {
        line.values.iter().filter(|value| self.ledger.holds(value)).count()
    }

    fn purpose(&self, at: usize, line: &Line<'_>) -> Option<f32> {
        let content = self.rated.get(at)?.content;
        if line.turn > 5.max(self.last() * 3 / 10) || content < 2 {
            return None;
        }
        let marks = line.marks;
        let asker = match self.inbound {
            Some(false) => Role::Agent,
            _ => Role::Person,
        };
        let when = |condition, weight: f32| if condition { weight } else { 0.0 };
        let score = when(marks.has(Mark::Purpose), 3.0)
            + when(line.role == asker, 1.5)
            + when(marks.has(Mark::Intent), 0.5)
            + 0.12 * float(content.min(8))
            - 0.35 * float(line.turn.min(12))
            - when(
                line.role == Role::Agent && line.is_question() && !marks.has(Mark::Purpose),
                if line.turn < 3 { 0.8 } else { 1.5 },
            )
            - when(marks.has(Mark::SideTalk), 2.0)
            - when(marks.has(Mark::Opener), 1.0)
            - when(marks.any(&[Mark::Greeting, Mark::Closing, Mark::Working]), 1.0);
        (score > 0.5).then_some(score)
    }

    fn outcome(&self, at: usize, line: &Line<'_>) -> Option<f32> {
        let marks = line.marks;
        let asks = line.text.ends_with('?') && !marks.has(Mark::Confirm);
        if line.turn * 10 < self.last() * 3 || asks || marks.has(Mark::Working) {
            return None;
        }
        let held = self.held(line).min(4);
        let code = line.values.iter().any(|value| value.kind == Kind::Code);
        let when = |condition, weight: f32| if condition { weight } else { 0.0 };
        let ends = marks.has(Mark::Done) || (marks.has(Mark::Confirm) && held > 0);
        if !(ends || held > 0) {
            return None;
        }
        let score = when(marks.has(Mark::Done), 3.0)
            + when(marks.has(Mark::Confirm), if held > 0 { 2.0 } else { 0.5 })
            + 0.7 * float(held)
            + 2.5 * self.progress(line)
            + 0.05 * float(self.rated.get(at)?.content.min(8))
            - when(marks.has(Mark::Promise) && !marks.any(&[Mark::Done, Mark::Confirm]), 1.0)
            - when(code && !marks.has(Mark::Confirm), 1.0)
            - when(marks.has(Mark::SideTalk), 1.0)
            - when(self.rated.get(at)?.content == 0, 2.5)
            - when(marks.any(&[Mark::Closing, Mark::Greeting]) && !ends, 1.5);
        (score > 1.5).then_some(score)
    }

    fn next_step(&self, at: usize, line: &Line<'_>, outcome: Option<usize>) -> Option<f32> {
        let marks = line.marks;
        if !self.is_late(line) || line.text.ends_with('?') || marks.has(Mark::Working) || !marks.has(Mark::Promise) {
            return None;
        }
        let after = outcome.is_none_or(|outcome| at > outcome);
        let when = |condition, weight: f32| if condition { weight } else { 0.0 };
        Some(
            3.0 * self.progress(line) + when(after, 0.5) + 0.3 * float(self.held(line).min(2))
                - when(marks.has(Mark::SideTalk), 1.0),
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words and lines are small")]
pub(super) fn float(count: usize) -> f32 {
    count as f32
}

pub(super) fn ratio(part: usize, whole: usize) -> f32 {
    float(part) / float(whole)
}
