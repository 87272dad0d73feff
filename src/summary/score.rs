//! How much a line says of its call: a linear score whose weights were fitted on dialogues with
//! human summaries (positions, centrality, length, words likely to return in a summary).

use std::collections::HashMap;

use super::{
    lexicon,
    marks::Mark,
    speech::Role,
    talk::{Line, Talk},
    words,
};

/// A line's place in the call's space of words.
#[derive(Debug, Default)]
pub(super) struct Rated {
    pub(super) score: f32,
    /// The number of different content words.
    pub(super) content: usize,
    /// Normalised weights by word, sorted by word.
    vector: Vec<(usize, f32)>,
}

impl Rated {
    /// The cosine of two lines.
    pub(super) fn similarity(&self, other: &Rated) -> f32 {
        let mut sum = 0.0;
        let mut theirs = other.vector.iter().peekable();
        for (word, weight) in &self.vector {
            while theirs.next_if(|(other, _)| other < word).is_some() {}
            if let Some((_, other)) = theirs.next_if(|(other, _)| other == word) {
                sum += weight * other;
            }
        }
        sum
    }
}

pub(super) fn rate(talk: &Talk<'_>) -> Vec<Rated> {
    let stems = Stems::of(talk);
    let mut rated: Vec<Rated> = stems.lines.iter().map(|line| stems.vector(line)).collect();
    let centre = stems.centre();
    let centrality: Vec<f32> = rated.iter().map(|line| line.similarity(&centre)).collect();
    let ranks = ranks(&centrality);
    let call = Context::of(talk, &rated);
    let english = talk.english;
    for (at, (line, rated)) in talk.lines.iter().zip(&mut rated).enumerate() {
        let central = centrality.get(at).copied().unwrap_or_default();
        let rank = ranks.get(at).copied().unwrap_or_default();
        rated.score = if english {
            call.score(line, rated, central) + 0.1229 * rank + 0.0648 / 4.0 * stems.worth(at)
                - 0.0212 * stems.reuse(at, line)
        } else {
            call.lead_score(line, rated, central)
        };
    }
    rated
}

/// 1 for the most central line down to nearly 0.
fn ranks(centrality: &[f32]) -> Vec<f32> {
    let mut order: Vec<usize> = (0..centrality.len()).collect();
    let of = |at: usize| centrality.get(at).copied().unwrap_or_default();
    order.sort_by(|a, b| of(*b).total_cmp(&of(*a)).then(a.cmp(b)));
    let mut ranks = vec![0.0; order.len()];
    for (rank, at) in order.iter().enumerate() {
        if let Some(slot) = ranks.get_mut(*at) {
            *slot = 1.0 - ratio(rank, order.len());
        }
    }
    ranks
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^23")]
fn float(count: usize) -> f32 {
    count as f32
}

fn ratio(part: usize, whole: usize) -> f32 {
    float(part) / float(whole.max(1))
}

/// The content words of all lines, numbered in the order they were first said.
struct Stems<'t> {
    lines: Vec<Vec<usize>>,
    words: Vec<&'t str>,
    /// In how many lines each word stands, and the last turn that says it.
    frequency: Vec<usize>,
    last_turn: Vec<usize>,
}

impl<'t> Stems<'t> {
    fn of(talk: &'t Talk<'_>) -> Self {
        let mut stems = Self { lines: Vec::new(), words: Vec::new(), frequency: Vec::new(), last_turn: Vec::new() };
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        for line in &talk.lines {
            let mut ids: Vec<usize> = Vec::new();
            for stem in line.tokens.iter().filter_map(words::stem) {
                let id = *numbers.entry(stem).or_insert_with(|| {
                    stems.words.push(stem);
                    stems.frequency.push(0);
                    stems.last_turn.push(0);
                    stems.words.len() - 1
                });
                ids.push(id);
            }
            ids.sort_unstable();
            let mut last = None;
            for &id in &ids {
                if last.replace(id) != Some(id) {
                    stems.count(id, line.turn);
                }
            }
            stems.lines.push(ids);
        }
        stems
    }

    fn count(&mut self, id: usize, turn: usize) {
        if let Some((frequency, last)) = self.frequency.get_mut(id).zip(self.last_turn.get_mut(id)) {
            *frequency += 1;
            *last = turn;
        }
    }

    fn idf(&self, id: usize) -> f32 {
        let frequency = self.frequency.get(id).copied().unwrap_or(1);
        (1.0 + ratio(self.lines.len(), frequency)).ln()
    }

    fn vector(&self, ids: &[usize]) -> Rated {
        let mut vector: Vec<(usize, f32)> = Vec::new();
        for &id in ids {
            match vector.last_mut() {
                Some((last, weight)) if *last == id => *weight += self.idf(id),
                _ => vector.push((id, self.idf(id))),
            }
        }
        normalise(&mut vector);
        Rated { score: 0.0, content: vector.len(), vector }
    }

    fn centre(&self) -> Rated {
        let mut vector: Vec<(usize, f32)> =
            self.frequency.iter().enumerate().map(|(id, frequency)| (id, float(*frequency) * self.idf(id))).collect();
        normalise(&mut vector);
        Rated { score: 0.0, content: vector.len(), vector }
    }

    /// The sum of the lexicon's weights of a line's different words.
    fn worth(&self, line: usize) -> f32 {
        self.distinct(line).filter_map(|id| self.words.get(id)).map(|stem| lexicon::weight(stem)).sum()
    }

    /// The share of a line's words that return in a later turn.
    fn reuse(&self, at: usize, line: &Line<'_>) -> f32 {
        let again =
            self.distinct(at).filter(|id| self.last_turn.get(*id).is_some_and(|last| *last > line.turn)).count();
        ratio(again, self.distinct(at).count())
    }

    fn distinct(&self, line: usize) -> impl Iterator<Item = usize> + '_ {
        let ids = self.lines.get(line).map(Vec::as_slice).unwrap_or_default();
        ids.iter().enumerate().filter(|(at, id)| *at == 0 || ids.get(at - 1) != Some(id)).map(|(_, id)| *id)
    }
}

fn normalise(vector: &mut [(usize, f32)]) {
    let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt().max(1e-9);
    for (_, weight) in vector {
        *weight /= length;
    }
}

/// What the score of a line needs to know of its call.
struct Context<'t, 'a> {
    talk: &'t Talk<'a>,
    first_substance: usize,
    questions: Vec<bool>,
}

impl<'t, 'a> Context<'t, 'a> {
    fn of(talk: &'t Talk<'a>, rated: &[Rated]) -> Self {
        let substance = |role: Option<Role>| {
            let lines = talk.lines.iter().zip(rated);
            lines
                .filter(|(line, _)| role.is_none_or(|role| line.role == role))
                .find(|(_, rated)| rated.content >= 3)
                .map(|(line, _)| line.turn)
        };
        let mut questions = vec![false; talk.turn_count()];
        for line in talk.lines.iter().filter(|line| line.is_question()) {
            if let Some(asks) = questions.get_mut(line.turn) {
                *asks = true;
            }
        }
        let first_substance = substance(Some(Role::Person)).or_else(|| substance(None)).unwrap_or_default();
        Self { talk, first_substance, questions }
    }

    fn score(&self, line: &Line<'_>, rated: &Rated, central: f32) -> f32 {
        let turns = self.talk.turn_count();
        let place = ratio(line.turn, turns.saturating_sub(1));
        let length = line.tokens.len();
        let question = line.is_question();
        let agent = line.role == Role::Agent;
        let asked = line.turn.checked_sub(1).and_then(|turn| self.questions.get(turn)).is_some_and(|asks| *asks);
        let figures = line.values.len().min(3);
        let names = line
            .tokens
            .iter()
            .skip(1)
            .filter(|token| token.is_capitalised() && !words::is_stop(&token.lower))
            .count()
            .min(3);
        let mark = |mark, weight: f32| if line.marks.has(mark) { weight } else { 0.0 };
        let when = |condition, weight: f32| if condition { weight } else { 0.0 };
        -0.3023 + 0.3852 * (1.0 + float(length)).ln() / 3.0 + 0.2007 * central - 0.1799 * place
            + 0.1631 * place * place
            + 0.02 * ratio(figures, 3)
            + 0.0406 * ratio(names, 3)
            + when(line.turn == self.first_substance, 0.0526)
            + when(agent && place > 0.5, 0.0278)
            + when(asked && length <= 5, 0.0170)
            + when(question, 0.0164)
            + when(agent && question, -0.0360)
            + when(line.turn == 1, -0.0317)
            + when(line.turn + 2 >= turns, -0.0251)
            + when(agent, -0.0300)
            + when(line.role == Role::Person, -0.0293)
            + mark(Mark::When, 0.02)
            + mark(Mark::Intent, 0.0094)
            + mark(Mark::SecondPerson, -0.0365)
            + mark(Mark::FirstPerson, -0.0187)
            + mark(Mark::Greeting, -0.0183)
            + mark(Mark::Negation, -0.0156)
            // By judgement, as no measured set has phone calls of this kind.
            + when(line.marks.has(Mark::SideTalk) && !line.marks.any(&[Mark::Purpose, Mark::Done]), -0.06)
            + when(agent && question && line.marks.has(Mark::SecondPerson), -0.04)
            + mark(Mark::Working, -0.05)
            + when(rated.content == 0, -0.1)
    }

    /// For other languages: long and central lines, early ones first.
    fn lead_score(&self, line: &Line<'_>, rated: &Rated, central: f32) -> f32 {
        let place = ratio(line.turn, self.talk.turn_count().saturating_sub(1));
        let length = words::cost(line.text).max(rated.content);
        0.3852 * (1.0 + float(length)).ln() / 3.0 + 0.2 * central - 0.3 * place
    }
}
