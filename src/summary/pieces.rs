//! The lines of a call as they would be shown: trimmed, without values that no longer hold, and which of them say something.

use super::{
    chances::Chances,
    features::Scene,
    intro,
    marks::{self, Mark, Marks},
    score::Rated,
    settle::Ledger,
    speech::Role,
    talk::{Line, Talk},
    trim,
    value::Kind,
    words,
};

/// A line as it would be shown.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// The index of the line.
    pub(super) line: usize,
    pub(super) role: Role,
    pub(super) text: String,
    pub(super) cost: usize,
    pub(super) score: f32,
    pub(super) usable: bool,
    /// The question that a short answer needs beside it.
    pub(super) question: Option<usize>,
}

/// A line of a call that is at least so likely its purpose, outcome or next step can be told.
const LIKELY: f32 = 0.3;

/// Every line as it would be shown; `only` one side's where one is named.
pub(super) fn pieces(scene: &Scene<'_, '_>, chances: &Chances, only: Option<Role>) -> Vec<Piece> {
    let Scene { talk, rated, ledger, inbound } = *scene;
    let mut pieces: Vec<Piece> = Vec::with_capacity(talk.lines.len());
    let mut begun = false;
    for (at, (line, rated)) in talk.lines.iter().zip(rated).enumerate() {
        // What a person looks for first is told, however it is put.
        let likely = inbound.is_some() && chances.any(at) > LIKELY;
        let purpose = inbound.is_some() && chances.purpose(at) > LIKELY;
        let fresh = refresh(line, ledger, purpose).or_else(|| purpose.then(|| line.text.to_owned()));
        let question = short_answer(talk, at, line);
        let told = fresh.as_deref().unwrap_or(line.text);
        let opening = line.is_opening(talk);
        let told = if opening { intro::without(told, line.turn < 2) } else { told.to_owned() };
        let text = if talk.english { trim::trim(&told, &talk.names) } else { trim::capitalise(told.trim()) };
        // What is left of an introduction may be "How can I help?".
        let polite = opening && told.len() < line.text.len() && is_courtesy(&told);
        // A transcriber may take the machine's greeting for the agent's first words.
        let machine = only.is_some() && line.turn == 0 && marks::is_machine(line.text);
        let wanted = only.is_none_or(|role| line.role == role) && !is_welcome(line, inbound) && !machine;
        pieces.push(Piece {
            line: at,
            role: line.role,
            cost: words::cost(&text),
            score: rated.score,
            usable: wanted
                && !text.is_empty()
                && (likely || !polite)
                && fresh.is_some()
                && (likely || says_something(line, rated, question.is_some(), begun)),
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
fn refresh(line: &Line<'_>, ledger: &Ledger, purpose: bool) -> Option<String> {
    let mut text = line.text.to_owned();
    let early = line.turn < 4 && !line.marks.has(Mark::Offer);
    let wish = purpose
        || early
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
