//! Chooses the lines of a summary: why the call, what came of it, what is next, then the best of the rest.

use super::{
    chances::Chances,
    features::Scene,
    marks::Mark,
    numbers,
    pieces::{self, Piece},
    score::{self, Rated},
    settle::Ledger,
    slots::{Slots, float, ratio},
    speech::Role,
    talk::{Line, Talk},
    value::{Kind, Value},
    words::Token,
};

/// How much of a new line may repeat one that is there.
const REPETITION: f32 = 0.1;
/// What a settled value adds to the score of a line that tells it, and what an open one takes from it.
const FRESH: f32 = 0.05;
const OPEN: f32 = 0.08;
/// What the purpose, the outcome and the next step of a phone call gain, and what any line gains by its chance of
/// being one of them.
const SOUGHT: f32 = 0.16;
const MAYBE_SOUGHT: f32 = 0.2;
/// A part that is likelier than this is told before anything else.
const SURE: f32 = 0.4;
/// What a line of a phone call gains that surely tells what holds, or loses that surely tells what does not.
const TELLING: f32 = 0.1;
/// Lines that tell less likely than this what holds and matters are left out, unless they may be sought.
const LEAST_TELLING: f32 = 0.5;
const LEAST_SOUGHT: f32 = 0.1;
/// What a line loses in a long call that has nothing to do with the business of it.
const CHATTER: f32 = 0.3;
/// A line this like a chosen one says the same.
const SAME: f32 = 0.75;

/// The chosen lines in the order of the call, and which are the ones that a person looks for first.
#[derive(Debug, Default)]
pub(super) struct Selection {
    pub(super) pieces: Vec<Piece>,
    parts: [Option<Piece>; 3],
}

impl Selection {
    pub(super) fn purpose(&self) -> Option<&Piece> {
        self.parts[0].as_ref()
    }

    pub(super) fn outcome(&self) -> Option<&Piece> {
        self.parts[1].as_ref()
    }

    pub(super) fn next_step(&self) -> Option<&Piece> {
        self.parts[2].as_ref()
    }
}

/// Chooses lines of at most `budget` words, including a label per change of speaker.
pub(super) fn select(
    talk: &Talk<'_>,
    ledger: &Ledger,
    budget: usize,
    only: Option<Role>,
    inbound: Option<bool>,
) -> Selection {
    let inbound = inbound.or_else(|| talk.is_inbound());
    let rated = score::rate(talk);
    let scene = Scene { talk, rated: &rated, ledger, inbound };
    let chances = Chances::of(&scene);
    let mut pieces = pieces::pieces(&scene, &chances, only);
    let mut slots = Slots::find(&chances, &pieces, budget);
    // So few words hold one line; it had better be the one that matters most.
    let brief = budget < 25;
    if inbound.is_some() && !brief {
        slots.squeeze(&mut pieces, budget);
    }
    let mut choice = Choice::new(talk, ledger, &pieces, &rated, budget);
    choice.slots = slots;
    choice.chances = Some(&chances).filter(|_| inbound.is_some());
    if brief {
        slots.outcome.or(slots.purpose).or(slots.next_step).into_iter().for_each(|at| choice.add(at));
    } else if inbound.is_some() {
        slots.all().filter(|at| chances.any(*at) > SURE).for_each(|at| choice.add(at));
    }
    choice.fill();
    let mut chosen = choice.chosen;
    chosen.sort_unstable();
    if chosen.is_empty() {
        let usable = pieces.iter().enumerate().filter(|(_, piece)| piece.usable);
        let best = usable.max_by(|(_, a), (_, b)| a.score.total_cmp(&b.score).then(b.line.cmp(&a.line)));
        chosen.extend(best.map(|(at, _)| at));
    }
    let piece = |at: usize| pieces.get(at).cloned();
    let parts = [slots.purpose, slots.outcome, slots.next_step].map(|slot| slot.and_then(piece));
    Selection { pieces: chosen.into_iter().filter_map(piece).collect(), parts }
}

struct Choice<'p> {
    pieces: &'p [Piece],
    rated: &'p [Rated],
    chosen: Vec<usize>,
    /// The greatest likeness of each line to a chosen one.
    repeats: Vec<f32>,
    budget: usize,
    talk: &'p Talk<'p>,
    ledger: &'p Ledger,
    /// Which of the settled values the chosen lines tell.
    told: Vec<&'p Value>,
    /// How much each line tells that is not settled.
    open: Vec<usize>,
    slots: Slots,
    /// For what is known to be a phone call, whose reader asks for just these.
    chances: Option<&'p Chances>,
}

impl<'p> Choice<'p> {
    fn new(talk: &'p Talk<'p>, ledger: &'p Ledger, pieces: &'p [Piece], rated: &'p [Rated], budget: usize) -> Self {
        let repeats = vec![0.0; pieces.len()];
        let mut choice = Self {
            pieces,
            rated,
            chosen: Vec::new(),
            repeats,
            budget,
            talk,
            ledger,
            told: Vec::new(),
            open: Vec::new(),
            slots: Slots::default(),
            chances: None,
        };
        choice.open = talk.lines.iter().map(|line| choice.count_open(line)).collect();
        choice
    }

    /// Takes the best line for its length again and again, until none fits.
    fn fill(&mut self) {
        let worth = |chances: &Chances, at| chances.tells(at) > LEAST_TELLING || chances.any(at) > LEAST_SOUGHT;
        let tells = |at| self.chances.is_none_or(|chances| worth(chances, at) || self.answers(at));
        let usable = |at: &usize| {
            self.pieces.get(*at).is_some_and(|piece| piece.usable) && !self.is_undecided(*at) && tells(*at)
        };
        let mut open: Vec<usize> = (0..self.pieces.len()).filter(usable).collect();
        loop {
            let used: usize = self.chosen.iter().filter_map(|at| self.pieces.get(*at)).map(|piece| piece.cost).sum();
            let new =
                |at: &usize| !self.chosen.contains(at) && self.repeats.get(*at).is_some_and(|repeats| *repeats < SAME);
            open.retain(|at| new(at) && self.pieces.get(*at).is_some_and(|piece| used + piece.cost <= self.budget));
            let best = open.iter().copied().max_by(|a, b| self.value(*a).total_cmp(&self.value(*b)).then(b.cmp(a)));
            let Some(best) = best else { return };
            self.add(best);
            open.retain(|at| *at != best);
        }
    }

    fn value(&self, at: usize) -> f32 {
        let Some(piece) = self.pieces.get(at) else { return f32::MIN };
        #[expect(clippy::cast_precision_loss, reason = "counts of words are small")]
        let length = piece.cost.max(1) as f32;
        let repeats = self.repeats.get(at).copied().unwrap_or_default();
        (piece.score + self.worth(at)) / length.sqrt() - REPETITION * repeats
    }

    /// Whether a line is a short answer that is told with its question.
    fn answers(&self, at: usize) -> bool {
        self.pieces.get(at).is_some_and(|piece| piece.question.is_some())
    }

    /// Whether a line of a call tells only of what was not settled, when there is better.
    fn is_undecided(&self, at: usize) -> bool {
        let Some(line) = self.talk.lines.get(at).filter(|_| self.chances.is_some() && !self.answers(at)) else {
            return false;
        };
        let better = self.slots.outcome.is_some() && !self.slots.has(at) && !line.marks.has(Mark::Purpose);
        let held = line.values.iter().any(|value| self.ledger.holds(value));
        // What the agent simply states may well be so.
        let asks = line.is_question() || line.role != Role::Agent || line.marks.any(&[Mark::Offer, Mark::Unavailable]);
        asks && better && !held && self.open.get(at).is_some_and(|open| *open > 0)
    }

    /// How many values and bare numbers of a line are not settled.
    fn count_open(&self, line: &Line<'_>) -> usize {
        let values = line.values.iter().filter(|value| !self.ledger.holds(value) && value.kind != Kind::Name).count();
        let inside =
            |token: &Token<'_>| line.values.iter().any(|value| value.start <= token.start && token.end <= value.end);
        let loose = line.tokens.iter().enumerate().filter(|(at, token)| {
            !inside(token)
                && !token.is(&["one", "a", "second", "first"])
                && numbers::cardinal(&line.tokens, *at).is_some()
        });
        values + loose.count()
    }

    /// What a line adds to what is told: settled values are worth more, open ones and chatter less.
    fn worth(&self, at: usize) -> f32 {
        let Some(line) = self.talk.lines.get(at) else { return 0.0 };
        let new = |value: &&Value| self.ledger.holds(value) && !self.told.iter().any(|told| told.agrees(value));
        let fresh = line.values.iter().filter(new).count().min(3);
        let open = self.open.get(at).copied().unwrap_or_default().min(2);
        let business =
            fresh > 0 || line.marks.any(&[Mark::Purpose, Mark::Done, Mark::Promise, Mark::Confirm, Mark::Fact]);
        let near = self.repeats.get(at).copied().unwrap_or_default();
        let turns = ratio(self.talk.turn_count().saturating_sub(16).min(32), 32);
        let chatter = if business { 0.0 } else { CHATTER * turns * (1.0 - near) };
        let call = self.chances.map_or(0.0, |chances| {
            let sought = if self.slots.has(at) { SOUGHT } else { MAYBE_SOUGHT * chances.any(at) };
            sought + TELLING * (chances.tells(at) - 0.5)
        });
        call + FRESH * float(fresh) - OPEN * float(open) - chatter
    }

    /// Takes a line if it fits with all the labels that it brings.
    fn add(&mut self, at: usize) {
        let mut with = self.chosen.clone();
        with.push(at);
        let question =
            self.pieces.get(at).and_then(|piece| piece.question).filter(|asked| !self.chosen.contains(asked));
        with.extend(question);
        with.sort_unstable();
        let mut cost = 0;
        let mut role = None;
        for piece in with.iter().filter_map(|at| self.pieces.get(*at)) {
            cost += piece.cost + usize::from(role != Some(piece.role));
            role = Some(piece.role);
        }
        if cost > self.budget || self.chosen.contains(&at) {
            return;
        }
        for new in [Some(at), question].into_iter().flatten() {
            self.chosen.push(new);
            self.told.extend(self.talk.lines.get(new).into_iter().flat_map(|line| &line.values));
            let Some(new) = self.rated.get(new) else { continue };
            for (rated, repeats) in self.rated.iter().zip(&mut self.repeats) {
                *repeats = repeats.max(rated.similarity(new));
            }
        }
    }
}
