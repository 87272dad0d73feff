//! A call as lines: one sentence each, with its words, marks and values.

use super::{
    marks::{Mark, Marks},
    sentences,
    speech::{Role, Speech},
    values::{self, Asked, Value},
    words::{self, Token},
};

/// The first and the last so many sentences are looked at; what lies between is left out.
const MAX_LINES: usize = 1_200;

#[derive(Debug)]
pub(super) struct Line<'a> {
    /// The index of the turn.
    pub(super) turn: usize,
    pub(super) role: Role,
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) marks: Marks,
    pub(super) values: Vec<Value>,
}

impl Line<'_> {
    /// Whether somebody who has just picked up or called may still introduce itself here.
    pub(super) fn is_opening(&self, talk: &Talk<'_>) -> bool {
        let answers = self.role == Role::Person && self.turn == 0 && talk.turn_count() > 1;
        answers || (self.role == Role::Agent && self.turn < 8)
    }

    pub(super) fn is_question(&self) -> bool {
        self.text.ends_with('?') || (!self.text.ends_with(['.', '!']) && self.marks.has(Mark::Question))
    }
}

#[derive(Debug)]
pub(super) struct Talk<'a> {
    pub(super) lines: Vec<Line<'a>>,
    /// The names by which people are called or introduce themselves, in lower case.
    pub(super) names: Vec<String>,
    /// Where each turn's lines begin and end.
    turns: Vec<(usize, usize)>,
}

impl<'a> Talk<'a> {
    pub(super) fn of(speech: &'a Speech) -> Self {
        let cut: Vec<(usize, &str)> = speech
            .turns
            .iter()
            .enumerate()
            .flat_map(|(turn, said)| sentences::split(&said.text).into_iter().map(move |text| (turn, text)))
            .collect();
        let tail = cut.len().saturating_sub(MAX_LINES / 2);
        let mut talk = Self { lines: Vec::new(), names: Vec::new(), turns: vec![(0, 0); speech.turns.len()] };
        for (at, (turn, text)) in cut.into_iter().enumerate() {
            if let Some(said) = speech.turns.get(turn).filter(|_| at < MAX_LINES / 2 || at >= tail) {
                talk.push(turn, said.role, text);
            }
        }
        talk.names = talk.introduced();
        talk
    }

    /// The capitalised words of greetings and introductions.
    fn introduced(&self) -> Vec<String> {
        let opening = self.lines.iter().filter(|line| line.turn < 8);
        let greetings = opening.filter(|line| line.marks.any(&[Mark::Greeting, Mark::Opener]));
        let words = greetings.flat_map(|line| &line.tokens).filter(|token| token.is_capitalised());
        let names = words.filter(|token| !words::is_stop(&token.lower) && token.text.len() > 2);
        names.map(|token| token.lower.to_string()).collect()
    }

    fn push(&mut self, turn: usize, role: Role, text: &'a str) {
        let tokens = words::tokens(text);
        if tokens.is_empty() {
            return;
        }
        let asked = self.asked(role, turn);
        let values = values::find(text, &tokens, asked);
        let at = self.lines.len();
        let marks = Marks::of(text);
        // "…, on the fifth. Is that right?" reads back what stands before it.
        if marks.has(Mark::Confirm)
            && tokens.len() <= 5
            && text.ends_with('?')
            && let Some(read) = self.lines.last_mut().filter(|last| last.turn == turn)
        {
            read.marks.add(Mark::Confirm);
        }
        self.lines.push(Line { turn, role, text, tokens, marks, values });
        if let Some(span) = self.turns.get_mut(turn) {
            *span = (if span.1 == 0 { at } else { span.0 }, at + 1);
        }
    }

    /// What the other side has just asked for.
    fn asked(&self, role: Role, turn: usize) -> Asked {
        let before = turn.checked_sub(1).and_then(|turn| self.turn(turn).last());
        let Some(question) = before.filter(|last| last.role != role && last.is_question()) else {
            return Asked { agent: role == Role::Agent, ..Asked::default() };
        };
        let asks = |words: &[&str]| question.tokens.iter().any(|token| token.is(words));
        Asked {
            agent: role == Role::Agent,
            code: asks(&[
                "code",
                "reference",
                "confirmation",
                "zip",
                "account",
                "order",
                "policy",
                "claim",
                "id",
                "tracking",
            ]),
            name: asks(&["name"]),
            birth: asks(&["birth", "birthday", "born"]),
        }
    }

    pub(super) fn turn_count(&self) -> usize {
        self.turns.len()
    }

    /// The lines of a turn.
    pub(super) fn turn(&self, turn: usize) -> &[Line<'a>] {
        self.turns.get(turn).and_then(|&(from, to)| self.lines.get(from..to)).unwrap_or_default()
    }

    /// The lines that the other side said next, if it was not the same side that went on.
    pub(super) fn reply(&self, turn: usize) -> &[Line<'a>] {
        let reply = self.turn(turn + 1);
        match (self.turn(turn).first(), reply.first()) {
            (Some(said), Some(replied)) if said.role != replied.role => reply,
            _ => &[],
        }
    }

    /// Whether the words are mostly English, for which the marks and weights were made.
    pub(super) fn is_english(&self) -> bool {
        let (mut known, mut all) = (0_usize, 0_usize);
        for token in self.lines.iter().flat_map(|line| &line.tokens).take(400) {
            all += 1;
            known += usize::from(words::is_stop(&token.lower));
        }
        known * 6 >= all
    }
}
