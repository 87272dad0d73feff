//! What can be told of a line before it is known what it is: the features that the fitted weights speak of.

use std::borrow::Cow;

use super::{
    marks::Mark,
    numbers,
    score::Rated,
    settle::Ledger,
    slots::ratio,
    speech::Role,
    stance,
    talk::{Line, Talk},
    value::Kind,
    words::Token,
};

/// A call and what is known of its lines.
pub(super) struct Scene<'s, 't> {
    pub(super) talk: &'s Talk<'t>,
    pub(super) rated: &'s [Rated],
    pub(super) ledger: &'s Ledger,
    pub(super) inbound: Option<bool>,
}

impl Scene<'_, '_> {
    /// Names every feature of a line to `sink`, with its size.
    pub(super) fn features(&self, at: usize, sink: &mut impl FnMut(&str, f32)) {
        let Some(line) = self.talk.lines.get(at) else { return };
        sink("bias", 1.0);
        self.place(at, line, sink);
        self.kind(line, sink);
        self.values(at, line, sink);
        words(line, sink);
    }

    /// `c`: who called; `p`: who picked up.
    fn side(&self, role: Role) -> &'static str {
        match (role, self.inbound) {
            (Role::Agent, Some(true)) => "ap",
            (Role::Agent, _) => "ac",
            (_, Some(true)) => "pc",
            _ => "pp",
        }
    }

    fn place(&self, at: usize, line: &Line<'_>, sink: &mut impl FnMut(&str, f32)) {
        let turns = self.talk.turn_count();
        let progress = ratio(line.turn, turns.saturating_sub(1).max(1));
        let left = turns.saturating_sub(1) - line.turn.min(turns.saturating_sub(1));
        let side = self.side(line.role);
        sink(&format!("turn:{}", line.turn.min(8)), 1.0);
        sink(&format!("turn:{}:{side}", line.turn.min(8)), 1.0);
        sink(&format!("left:{}", left.min(7)), 1.0);
        sink(&format!("tenth:{}", (progress * 9.99).floor()), 1.0);
        sink("progress", progress);
        sink(&format!("side:{side}"), 1.0);
        let turn = self.talk.turn(line.turn);
        let inner = turn.iter().position(|other| std::ptr::eq(other, line)).unwrap_or(0);
        sink(&format!("inner:{}", inner.min(3)), 1.0);
        sink(&format!("after:{}", (turn.len() - 1 - inner).min(3)), 1.0);
        let content = self.rated.get(at).map_or(0, |rated| rated.content);
        sink(&format!("content:{}", content.min(8)), 1.0);
        sink(&format!("length:{}", (line.tokens.len() / 3).min(9)), 1.0);
        sink("score", self.rated.get(at).map_or(0.0, |rated| rated.score) * 4.0);
    }

    fn kind(&self, line: &Line<'_>, sink: &mut impl FnMut(&str, f32)) {
        let side = self.side(line.role);
        for mark in Mark::ALL.into_iter().filter(|mark| line.marks.has(*mark)) {
            sink(&format!("mark:{mark:?}"), 1.0);
            sink(&format!("mark:{mark:?}:{side}"), 1.0);
        }
        if line.is_question() {
            sink("question", 1.0);
            sink(&format!("question:{side}"), 1.0);
        }
        let before = line.turn.checked_sub(1).map(|turn| self.talk.turn(turn)).unwrap_or_default();
        if before.last().is_some_and(|last| last.is_question()) {
            sink("asked", 1.0);
        }
        match stance::answer(self.talk.reply(line.turn)) {
            Some(true) => sink("reply:yes", 1.0),
            Some(false) => sink("reply:no", 1.0),
            None => {}
        }
    }

    fn values(&self, at: usize, line: &Line<'_>, sink: &mut impl FnMut(&str, f32)) {
        let held = line.values.iter().filter(|value| self.ledger.holds(value)).count();
        let stale = line.values.iter().filter(|value| self.ledger.is_stale(value)).count();
        sink(&format!("held:{}", held.min(4)), 1.0);
        sink(&format!("stale:{}", stale.min(2)), 1.0);
        for value in &line.values {
            sink(&format!("value:{:?}", value.kind), 1.0);
        }
        // The last word on a value.
        let later = self.talk.lines.get(at + 1..).unwrap_or_default();
        let last = line.values.iter().filter(|value| value.kind != Kind::Name).filter(|value| {
            self.ledger.holds(value) && !later.iter().any(|line| line.values.iter().any(|other| other.agrees(value)))
        });
        sink(&format!("last:{}", last.count().min(3)), 1.0);
    }
}

/// The words of the line and the pairs of them, with figures, days and names left out.
fn words(line: &Line<'_>, sink: &mut impl FnMut(&str, f32)) {
    // One buffer for all names: there are many, and most stand in no list.
    let mut name = String::new();
    let mut say = |parts: [&str; 4]| {
        name.clear();
        parts.iter().for_each(|part| name.push_str(part));
        sink(&name, 1.0);
    };
    let mut last = Cow::Borrowed("^");
    for (at, token) in line.tokens.iter().enumerate().take(60) {
        let word = class(line, at, token);
        say(["w:", &word, "", ""]);
        say(["b:", &last, " ", &word]);
        last = word;
    }
    say(["b:", &last, " ", "$"]);
}

fn class<'l>(line: &'l Line<'_>, at: usize, token: &'l Token<'_>) -> Cow<'l, str> {
    let value = line.values.iter().find(|value| value.start <= token.start && token.end <= value.end);
    if let Some(value) = value {
        return Cow::Borrowed(value.kind.name());
    }
    if numbers::cardinal(&line.tokens, at).is_some() || token.text.contains(|c: char| c.is_ascii_digit()) {
        return Cow::Borrowed("#");
    }
    if at > 0 && token.is_capitalised() && !super::words::is_stop(&token.lower) {
        return Cow::Borrowed("N");
    }
    Cow::Borrowed(&token.lower)
}
