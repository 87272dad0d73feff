//! A call as lines: one sentence each, with its words, marks and values.

use super::{
    foreign,
    marks::{self, Mark, Marks},
    money, sentences,
    speech::{Role, Speech},
    value::{Asked, Kind, Value},
    values,
    words::{self, Token},
};

/// The first and the last so many sentences are looked at; what lies between is left out.
const MAX_LINES: usize = 1_200;
/// No call names more amounts that matter.
const MAX_AMOUNTS: usize = 50;

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
    /// Whole amounts that were said, in the order of the call.
    amounts: Vec<u64>,
    /// Whether the words are mostly English, for which the marks and weights were made.
    pub(super) english: bool,
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
        let mut talk = Self {
            lines: Vec::new(),
            names: Vec::new(),
            amounts: Vec::new(),
            english: is_english(speech),
            turns: vec![(0, 0); speech.turns.len()],
        };
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
        let values = values::find(text, &tokens, asked, &self.amounts);
        let amounts = values.iter().filter(|value| value.kind == Kind::Amount);
        let amounts = amounts.filter_map(|value| {
            let figures = value.shown.split(' ').next().unwrap_or_default();
            figures.trim_start_matches('$').replace(',', "").parse::<u64>().ok()
        });
        self.amounts.extend(amounts.filter(|amount| *amount >= 10));
        self.amounts.truncate(MAX_AMOUNTS);
        let at = self.lines.len();
        let mut marks = if self.english { Marks::of(text) } else { Marks::default() };
        if !self.english {
            foreign::marks(text).for_each(|mark| marks.add(mark));
        }
        if role == Role::Agent && marks::tells_of_a_deed(text) {
            marks.add(Mark::Done);
        }
        // Who somebody is was verified; that is nobody's business.
        if asked.birth || marks::verifies(text) {
            marks.add(Mark::BackChannel);
        }
        if self.reads_back(role, &tokens, &values) && !text.ends_with('?') {
            marks.add(Mark::Confirm);
        }
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

    /// "Sixty minutes on Saturday at three.": little but values, of which the other side has named some.
    fn reads_back(&self, role: Role, tokens: &[Token<'_>], values: &[Value]) -> bool {
        let inside =
            |token: &&Token<'_>| values.iter().any(|value| value.start <= token.start && token.end <= value.end);
        let content = |token: &&Token<'_>| !words::is_stop(&token.lower);
        let (told, all) = (
            tokens.iter().filter(inside).count(),
            tokens.iter().filter(|token| inside(token) || content(token)).count(),
        );
        let recent = self.lines.iter().rev().take(12).filter(|line| line.role != role);
        let mut theirs = recent.flat_map(|line| &line.values);
        let known = theirs.any(|value| values.iter().any(|said| said.agrees(value)));
        // "Okay, Saturday at ten, vanilla, Happy birthday Ruthie."
        let listed = role == Role::Agent && values.len() >= 2 && {
            let first = values.first().map_or(0, |value| value.start);
            tokens.iter().filter(|token| token.start < first && !words::is_stop(&token.lower)).count() == 0
                && tokens.iter().filter(|token| token.start < first).count() <= 3
        };
        known && ((told * 10 >= all * 5 && told > 0) || listed)
    }

    /// What the other side has just asked for.
    fn asked(&self, role: Role, turn: usize) -> Asked {
        let last_turn = turn.checked_sub(1).map(|turn| self.turn(turn)).unwrap_or_default();
        let theirs = || last_turn.iter().rev().take(3).filter(|line| line.role != role);
        let offers_time = theirs().any(|line| line.values.iter().any(|value| value.kind == Kind::Time));
        let speaks_of_price = theirs().any(|line| {
            line.values.iter().any(|value| value.kind == Kind::Amount)
                || (line.is_question() && money::is_about_money(&line.tokens))
        });
        let says =
            |words: &[&str]| theirs().any(|line| line.is_question() && line.tokens.iter().any(|token| token.is(words)));
        let loose = Asked {
            agent: role == Role::Agent,
            time: offers_time || says(&["time", "when", "times", "o'clock", "hour"]),
            price: speaks_of_price || theirs().any(|line| line.text.to_ascii_lowercase().contains("how much")),
            address: says(&["address", "where"]),
            ..Asked::default()
        };
        let before = last_turn.last();
        let Some(question) = before.filter(|last| last.role != role && last.is_question()) else { return loose };
        let asks = |words: &[&str]| question.tokens.iter().any(|token| token.is(words));
        Asked {
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
            name: asks(&["name", "names"])
                || (asks(&["who"]) && asks(&["coming", "calling", "speaking", "with", "under"])),
            birth: asks(&["birth", "birthday", "born"]),
            ..loose
        }
    }

    /// Whether the agent was called, by how it begins, where nothing else tells.
    pub(super) fn is_inbound(&self) -> Option<bool> {
        let opening = self.lines.iter().filter(|line| line.turn < 4 && line.role == Role::Agent);
        opening.filter(|_| self.english).find_map(|line| marks::is_called(line.text))
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
}

fn is_english(speech: &Speech) -> bool {
    let (mut known, mut all) = (0_usize, 0_usize);
    for said in speech.turns.iter().take(40) {
        let head = said.text.char_indices().nth(2_000).and_then(|(end, _)| said.text.get(..end)).unwrap_or(&said.text);
        for token in words::tokens(head).iter().take(400) {
            all += 1;
            known += usize::from(words::is_stop(&token.lower));
        }
    }
    known * 6 >= all
}
