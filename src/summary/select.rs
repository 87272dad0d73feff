//! Chooses the lines of a summary: why the call, what came of it, what is next, then the best of the rest.

use super::{
    intro,
    marks::{Mark, Marks},
    numbers,
    score::{self, Rated},
    settle::Ledger,
    slots::{Finder, Slots, float, ratio},
    speech::Role,
    talk::{Line, Talk},
    trim,
    values::{Kind, Value},
    words::{self, Token},
};

/// A line as it would be shown.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// The index of the line.
    pub(super) line: usize,
    pub(super) role: Role,
    pub(super) text: String,
    pub(super) cost: usize,
    score: f32,
    pub(super) usable: bool,
    /// The question that a short answer needs beside it.
    question: Option<usize>,
}

/// How much of a new line may repeat one that is there.
const REPETITION: f32 = 0.1;
/// What a settled value adds to the score of a line that tells it, and what an open one takes from it.
const FRESH: f32 = 0.05;
const OPEN: f32 = 0.08;
/// What the outcome, the purpose and the next step gain. They are not simply taken first: where a line says
/// more of the call, people who sum it up would rather have that one.
const SOUGHT: f32 = 0.1;
/// The same for what is known to be a phone call, whose reader asks for just these.
const SOUGHT_ON_CALLS: f32 = 0.16;
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
    let rated = score::rate(talk);
    let pieces = pieces(talk, &rated, ledger, only, inbound);
    let slots = Finder { talk, pieces: &pieces, rated: &rated, ledger, inbound, budget }.slots();
    let mut choice = Choice::new(talk, ledger, &pieces, &rated, budget);
    choice.slots = slots;
    choice.sought = if inbound.is_some() { SOUGHT_ON_CALLS } else { SOUGHT };
    // So few words hold one line; it had better be the one that matters most.
    if budget < 25 {
        slots.outcome.or(slots.purpose).or(slots.next_step).map(|at| choice.add(at));
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

fn pieces(talk: &Talk<'_>, rated: &[Rated], ledger: &Ledger, only: Option<Role>, inbound: Option<bool>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::with_capacity(talk.lines.len());
    let mut begun = false;
    for (at, (line, rated)) in talk.lines.iter().zip(rated).enumerate() {
        let fresh = refresh(line, ledger);
        let question = short_answer(talk, at, line);
        let told = fresh.as_deref().unwrap_or(line.text);
        let opening = line.is_opening(talk);
        let told = if opening { intro::without(told, line.turn < 2) } else { told.to_owned() };
        let text = if talk.english { trim::trim(&told, &talk.names) } else { trim::capitalise(told.trim()) };
        // What is left of an introduction may be "How can I help?".
        let polite = opening && told.len() < line.text.len() && is_courtesy(&told);
        let wanted = only.is_none_or(|role| line.role == role) && !is_welcome(line, inbound);
        pieces.push(Piece {
            line: at,
            role: line.role,
            cost: words::cost(&text),
            score: rated.score,
            usable: wanted
                && !text.is_empty()
                && !polite
                && fresh.is_some()
                && says_something(line, rated, question.is_some(), begun),
            question,
            text,
        });
        begun |= line.marks.has(Mark::Purpose);
    }
    if pieces.iter().all(|piece| !piece.usable) {
        // A call of a few plain words is still told, but not one of greetings alone.
        for (piece, (line, rated)) in pieces.iter_mut().zip(talk.lines.iter().zip(rated)) {
            let empty = line.marks.any(&[Mark::BackChannel, Mark::Greeting]) || line.tokens.len() < 2;
            piece.usable = only.is_none_or(|role| line.role == role) && !empty && rated.content >= 1;
        }
    }
    pieces
}

/// The line without values that no longer hold; nothing where it says little else, as an old offer does.
fn refresh(line: &Line<'_>, ledger: &Ledger) -> Option<String> {
    let mut text = line.text.to_owned();
    let early = line.turn < 4 && !line.marks.has(Mark::Offer);
    let wish = early
        || line.marks.any(&[Mark::Purpose, Mark::Intent]) && line.role != Role::Agent
        || line.marks.has(Mark::Purpose);
    if !wish && line.values.iter().any(|value| ledger.is_stale(value)) {
        return None;
    }
    for value in line.values.iter().rev().filter(|value| ledger.is_stale(value)) {
        text = trim::without(&text, value.start, value.end)?;
    }
    Some(text)
}

/// How the side that was called picks up.
fn is_welcome(line: &Line<'_>, inbound: Option<bool>) -> bool {
    let called = match inbound {
        Some(true) => Role::Agent,
        Some(false) => Role::Person,
        None => return false,
    };
    let carries = line.marks.has(Mark::Purpose) || line.values.iter().any(|value| value.kind != Kind::Name);
    line.turn == 0 && line.role == called && !carries
}

fn is_courtesy(text: &str) -> bool {
    let marks = Marks::of(text);
    let content = words::tokens(text).iter().filter_map(words::stem).count();
    let polite = marks.any(&[Mark::Opener, Mark::Greeting, Mark::AnythingElse]) && !marks.has(Mark::Purpose);
    content < 2 || (polite && content < 4)
}

/// The question that a line of a few words answers.
fn short_answer(talk: &Talk<'_>, at: usize, line: &Line<'_>) -> Option<usize> {
    let asked = at.checked_sub(1)?;
    let before = talk.lines.get(asked)?;
    let answers = before.role != line.role && before.turn + 1 == line.turn && before.is_question();
    let short = line.tokens.len() <= 6
        && !line.is_question()
        && !line.marks.any(&[Mark::BackChannel, Mark::Done, Mark::Purpose]);
    // Yes and no say little even with their question.
    let plain = line
        .tokens
        .first()
        .is_some_and(|word| word.is(&["yes", "yeah", "no", "nope", "okay", "sure", "i", "it", "they"]));
    let worth = !before.marks.any(&[Mark::AnythingElse, Mark::Opener, Mark::SideTalk])
        && (3..=16).contains(&before.tokens.len())
        && !plain;
    (answers && short && worth).then_some(asked)
}

fn says_something(line: &Line<'_>, rated: &Rated, answer: bool, begun: bool) -> bool {
    let marks = line.marks;
    let carries = marks.any(&[Mark::Purpose, Mark::Done, Mark::Promise])
        || line.values.iter().any(|value| value.kind != Kind::Name);
    let brief = rated.content <= 2 || (rated.content <= 3 && line.tokens.len() <= 5);
    let courtesy = marks.any(&[Mark::Greeting, Mark::Closing, Mark::AnythingElse]) && brief && !carries;
    let query = line.is_question() && rated.content <= 2 && !carries;
    let opener = marks.any(&[Mark::Opener, Mark::Working]) && rated.content <= 5 && !carries;
    let thanks = marks.any(&[Mark::Closing]) && !carries && rated.content <= 3;
    // Nor does "Let's fix that." say anything.
    let slight = line.tokens.len() < 3 || (rated.content < 2 && !marks.has(Mark::Confirm));
    let scrap = slight && line.text.is_ascii() && !carries && !answer;
    let told = marks.any(&[Mark::Done, Mark::Promise]) || line.values.iter().any(|value| value.kind != Kind::Name);
    let chat = marks.has(Mark::SideTalk) && !told && begun;
    // "Twenty-five is a bit steep" speaks of what was not agreed.
    let refuses =
        marks.has(Mark::Unavailable) && !marks.any(&[Mark::Done, Mark::Purpose]) && rated.content <= 4 && line.turn > 3;
    !(marks.has(Mark::BackChannel) || courtesy || opener || thanks || scrap || chat || query || refuses)
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
    /// What one of those gains.
    sought: f32,
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
            sought: SOUGHT,
        };
        choice.open = talk.lines.iter().map(|line| choice.count_open(line)).collect();
        choice
    }

    /// Takes the best line for its length again and again, until none fits.
    fn fill(&mut self) {
        let usable = |at: &usize| self.pieces.get(*at).is_some_and(|piece| piece.usable) && !self.is_undecided(*at);
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

    /// Whether a line of a call tells only of what was not settled, when there is better.
    fn is_undecided(&self, at: usize) -> bool {
        let Some(line) = self.talk.lines.get(at).filter(|_| self.sought > SOUGHT) else { return false };
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
        let sought = if self.slots.has(at) { self.sought } else { 0.0 };
        sought + FRESH * float(fresh) - OPEN * float(open) - chatter
    }

    /// Takes a line if it fits with all the labels that it brings.
    fn add(&mut self, at: usize) -> bool {
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
            return false;
        }
        for new in [Some(at), question].into_iter().flatten() {
            self.chosen.push(new);
            self.told.extend(self.talk.lines.get(new).into_iter().flat_map(|line| &line.values));
            let Some(new) = self.rated.get(new) else { continue };
            for (rated, repeats) in self.rated.iter().zip(&mut self.repeats) {
                *repeats = repeats.max(rated.similarity(new));
            }
        }
        true
    }
}
