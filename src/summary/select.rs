//! Chooses the lines of a summary: why the call, what came of it, what is next, then the best of the rest.

use super::{
    marks::Mark,
    score::{self, Rated},
    settle::Ledger,
    speech::Role,
    talk::{Line, Talk},
    trim,
    values::Kind,
    words,
};

/// A line as it would be shown.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// The index of the line.
    pub(super) line: usize,
    pub(super) role: Role,
    pub(super) text: String,
    cost: usize,
    score: f32,
    usable: bool,
    /// The question that a short answer needs beside it.
    question: Option<usize>,
}

/// How much of a new line may repeat one that is there.
const REPETITION: f32 = 0.1;
/// A line this like a chosen one says the same.
const SAME: f32 = 0.75;

/// The chosen lines in the order of the call, within `budget` words including a label per change of speaker.
pub(super) fn select(talk: &Talk<'_>, ledger: &Ledger, budget: usize, only: Option<Role>) -> Vec<Piece> {
    let rated = score::rate(talk);
    let pieces = pieces(talk, &rated, ledger, only);
    let mut choice =
        Choice { pieces: &pieces, rated: &rated, chosen: Vec::new(), repeats: vec![0.0; pieces.len()], budget };
    for slot in slots(talk, &pieces, budget) {
        choice.add(slot);
    }
    choice.fill();
    let mut chosen = choice.chosen;
    chosen.sort_unstable();
    let mut chosen: Vec<Piece> = chosen.into_iter().filter_map(|at| pieces.get(at).cloned()).collect();
    if chosen.is_empty()
        && let Some(best) = pieces
            .iter()
            .filter(|piece| piece.usable)
            .max_by(|a, b| a.score.total_cmp(&b.score).then(b.line.cmp(&a.line)))
    {
        chosen.push(best.clone());
    }
    chosen
}

fn pieces(talk: &Talk<'_>, rated: &[Rated], ledger: &Ledger, only: Option<Role>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::with_capacity(talk.lines.len());
    let mut begun = false;
    for (at, (line, rated)) in talk.lines.iter().zip(rated).enumerate() {
        let fresh = refresh(line, ledger);
        let question = short_answer(talk, at, line);
        let text = trim::trim(fresh.as_deref().unwrap_or(line.text), line.role == Role::Agent);
        let wanted = only.is_none_or(|role| line.role == role);
        pieces.push(Piece {
            line: at,
            role: line.role,
            cost: words::cost(&text),
            text,
            score: rated.score,
            usable: wanted && fresh.is_some() && says_something(line, rated, question.is_some(), begun),
            question,
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
    let wish =
        line.marks.any(&[Mark::Purpose, Mark::Intent]) && line.role != Role::Agent || line.marks.has(Mark::Purpose);
    if !wish && line.values.iter().any(|value| ledger.is_stale(value)) {
        return None;
    }
    for value in line.values.iter().rev().filter(|value| ledger.is_stale(value)) {
        text = trim::without(&text, value.start, value.end)?;
    }
    Some(text)
}

/// The question that a line of a few words answers.
fn short_answer(talk: &Talk<'_>, at: usize, line: &Line<'_>) -> Option<usize> {
    let asked = at.checked_sub(1)?;
    let before = talk.lines.get(asked)?;
    let answers = before.role != line.role && before.turn + 1 == line.turn && before.is_question();
    let short = line.tokens.len() <= 6
        && !line.is_question()
        && !line.marks.any(&[Mark::BackChannel, Mark::Done, Mark::Purpose]);
    let worth = !before.marks.any(&[Mark::AnythingElse, Mark::Opener, Mark::SideTalk]) && before.tokens.len() >= 3;
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
    let scrap = line.tokens.len() < 3 && line.text.is_ascii() && !carries && !answer;
    let chat = marks.has(Mark::SideTalk) && !carries && begun;
    !(marks.has(Mark::BackChannel) || courtesy || opener || thanks || scrap || chat || query)
}

/// The lines that a person looks for first, most important first: outcome, purpose, next step.
fn slots(talk: &Talk<'_>, pieces: &[Piece], budget: usize) -> Vec<usize> {
    let last = talk.turn_count().saturating_sub(1);
    let lines = || {
        pieces
            .iter()
            .zip(&talk.lines)
            .enumerate()
            .filter(|(_, (piece, _))| piece.usable && piece.cost * 10 <= budget * 6)
    };
    let late = |line: &Line<'_>| !line.text.ends_with('?') && line.turn * 10 >= last * 4;
    let ends = |line: &Line<'_>| line.marks.has(Mark::Done) || (line.marks.has(Mark::Confirm) && line.values.len() > 1);
    let done = |line: &Line<'_>| late(line) && ends(line) && !line.marks.has(Mark::Working);
    let last_done = lines().rfind(|(_, (_, line))| done(line));
    // "Your reference number is …" follows the outcome and is not it.
    let bare_code =
        |line: &Line<'_>| line.values.iter().any(|value| value.kind == Kind::Code) && !line.marks.has(Mark::Confirm);
    let before =
        |last: &Line<'_>| lines().rfind(|(_, (_, line))| done(line) && !bare_code(line) && line.turn + 3 >= last.turn);
    let reference = last_done.filter(|(_, (_, line))| bare_code(line));
    let outcome = reference.and_then(|(_, (_, line))| before(line)).or(last_done).map(|(at, _)| at);
    let reference = reference.map(|(at, _)| at).filter(|at| Some(*at) != outcome);
    let next = lines()
        .rfind(|(at, (_, line))| {
            late(line) && Some(*at) != outcome && line.marks.has(Mark::Promise) && !line.marks.has(Mark::Working)
        })
        .map(|(at, _)| at);
    let early = 3.max(last * 3 / 10);
    let purpose = lines()
        .filter(|(at, (_, line))| {
            Some(*at) != outcome
                && line.turn <= early
                && line.marks.has(Mark::Purpose)
                && !line.marks.has(Mark::SideTalk)
        })
        .max_by(|(a, (left, _)), (b, (right, _))| left.score.total_cmp(&right.score).then(b.cmp(a)))
        .map(|(at, _)| at);
    if budget < 25 {
        outcome.or(purpose).or(next).into_iter().collect()
    } else {
        [outcome, purpose, next, reference].into_iter().flatten().collect()
    }
}

struct Choice<'p> {
    pieces: &'p [Piece],
    rated: &'p [Rated],
    chosen: Vec<usize>,
    /// The greatest likeness of each line to a chosen one.
    repeats: Vec<f32>,
    budget: usize,
}

impl Choice<'_> {
    /// Takes the best line for its length again and again, until none fits.
    fn fill(&mut self) {
        let mut open: Vec<usize> =
            (0..self.pieces.len()).filter(|at| self.pieces.get(*at).is_some_and(|piece| piece.usable)).collect();
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
        piece.score / length.sqrt() - REPETITION * self.repeats.get(at).copied().unwrap_or_default()
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
            let Some(new) = self.rated.get(new) else { continue };
            for (rated, repeats) in self.rated.iter().zip(&mut self.repeats) {
                *repeats = repeats.max(rated.similarity(new));
            }
        }
        true
    }
}
