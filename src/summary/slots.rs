//! Finds the lines that a person looks for first: why the call, what came of it, what is next.

use super::{chances::Chances, pieces::Piece, trim, weights::SOUGHT, words};

/// The lines that a person looks for first.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Slots {
    pub(super) purpose: Option<usize>,
    pub(super) outcome: Option<usize>,
    pub(super) next_step: Option<usize>,
}

/// A part that is less likely than this is left open.
const LEAST: f32 = 0.12;

impl Slots {
    /// The likeliest lines for the three parts, none for two of them, and none that takes most of the budget.
    pub(super) fn find(chances: &Chances, pieces: &[Piece], budget: usize) -> Self {
        let Chances { lines: chances, none } = chances;
        let fits = |at: &usize| pieces.get(*at).is_some_and(|piece| piece.usable && piece.cost * 10 <= budget * 7);
        let mut parts = [None; SOUGHT];
        for _ in 0..SOUGHT {
            let open = (0..SOUGHT).filter(|part| parts[*part].is_none());
            let pairs = open.flat_map(|part| (0..pieces.len()).filter(fits).map(move |at| (part, at)));
            let free = pairs.filter(|(part, at)| !parts.contains(&Some(*at)) && chances[*at][*part] > LEAST);
            let certain = |(part, at): &(usize, usize)| chances[*at][*part] / (1.0 - none[*part]).max(0.01);
            let best = free.max_by(|a, b| certain(a).total_cmp(&certain(b)).then(b.cmp(a)));
            let Some((part, at)) = best else { break };
            parts[part] = Some(at);
        }
        let [purpose, outcome, next_step] = parts;
        Self { purpose, outcome, next_step }
    }

    /// Makes the lines of the parts short enough for all of them to be told: the longest loses its last clause
    /// first, and where nothing can be cut the purpose or the next step is left to chance.
    pub(super) fn squeeze(&mut self, pieces: &mut [Piece], budget: usize) {
        loop {
            let mut chosen: Vec<usize> = self.all().collect();
            chosen.sort_unstable();
            let mut cost = 0;
            let mut role = None;
            for piece in chosen.iter().filter_map(|at| pieces.get(*at)) {
                cost += piece.cost + usize::from(role != Some(piece.role));
                role = Some(piece.role);
            }
            if cost <= budget {
                return;
            }
            let over = cost - budget;
            let shorter =
                |at: usize| pieces.get(at).and_then(|piece| trim::shorter(&piece.text, over)).map(|text| (at, text));
            let longest = chosen
                .iter()
                .filter_map(|at| shorter(*at))
                .max_by_key(|(at, _)| pieces.get(*at).map(|piece| piece.cost));
            let Some((at, text)) = longest else { break };
            let Some(piece) = pieces.get_mut(at) else { break };
            piece.cost = words::cost(&text);
            piece.text = text;
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = usize> {
        [self.purpose, self.outcome, self.next_step].into_iter().flatten()
    }

    pub(super) fn has(&self, at: usize) -> bool {
        [self.purpose, self.outcome, self.next_step].contains(&Some(at))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words and lines are small")]
pub(super) fn float(count: usize) -> f32 {
    count as f32
}

pub(super) fn ratio(part: usize, whole: usize) -> f32 {
    float(part) / float(whole)
}
