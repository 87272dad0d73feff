//! The text of a config file: where a span is, and what of its line may be shown.
//!
//! A value is shown only when something said that it may be, so a secret under a mistyped key stays hidden.

use std::{collections::HashSet, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    config::shape::{Holds, holds_anywhere},
    model::place::{Place, visible},
};

pub(super) type Span = Range<usize>;
pub(super) type Node<'i> = Spanned<DeValue<'i>>;

/// More of a line than this on each side of the place that matters is of no use.
const NEAR: usize = 960;

pub(super) struct Source<'i> {
    text: &'i str,
    /// Where each line starts.
    starts: Vec<usize>,
    /// All values that hold no others, in order.
    values: Vec<Span>,
    /// The starts of those that may be shown.
    shown: HashSet<usize>,
    /// Lines with syntax errors. With any, what is a value and whose is anybody's guess.
    broken: HashSet<usize>,
}

impl<'i> Source<'i> {
    pub(super) fn new(text: &'i str, tree: &DeTable<'i>) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut values = Vec::new();
        for value in tree.values() {
            leaves(value, &mut values);
        }
        values.sort_by_key(|span| span.start);
        Self { text, starts, values, shown: HashSet::new(), broken: HashSet::new() }
    }

    /// Notes a syntax error; `false` if the line has one already.
    pub(super) fn breaks_at(&mut self, at: usize) -> bool {
        self.broken.insert(self.line_of(at))
    }

    pub(super) fn is_broken_at(&self, at: usize) -> bool {
        self.broken.contains(&self.line_of(at))
    }

    pub(super) fn is_broken(&self) -> bool {
        !self.broken.is_empty()
    }

    /// Allows the values in `node` to be shown.
    pub(super) fn show(&mut self, node: &Node<'_>) {
        let mut spans = Vec::new();
        leaves(node, &mut spans);
        self.shown.extend(spans.into_iter().map(|span| span.start));
    }

    /// Whether a span is that of a value that holds no others.
    pub(super) fn is_value(&self, span: &Span) -> bool {
        self.values
            .binary_search_by_key(&span.start, |value| value.start)
            .is_ok_and(|at| self.values.get(at) == Some(span))
    }

    /// Counted from 1.
    pub(super) fn line_of(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    pub(super) fn text(&self, span: &Span) -> &'i str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    pub(super) fn place(&self, span: &Span) -> Place {
        let line = self.line_of(span.start);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let next = self.starts.get(line).copied().unwrap_or(self.text.len());
        let whole = self.text(&(start..next)).trim_end_matches(['\n', '\r']);
        let line_span = start..start + whole.len();
        let column = self.text(&(start..span.start.max(start))).chars().count() + 1;

        let mut shown = Vec::new();
        let mut caret = 0..0;
        for (atom, text) in self.atoms(&self.near(&line_span, span.start)) {
            let wide = text.chars().count();
            if atom.end <= span.start {
                caret.start += wide;
            }
            if atom.start < span.end {
                caret.end += wide;
            }
            shown.extend(text.chars());
        }
        Place::new(line, column, &shown, caret)
    }

    /// The part of a line that can be of use, for a line may be a megabyte.
    fn near(&self, line: &Span, at: usize) -> Span {
        let from = self.text.floor_char_boundary(at.saturating_sub(NEAR)).max(line.start);
        let to = self.text.ceil_char_boundary(at.saturating_add(NEAR)).min(line.end);
        from..to.max(from)
    }

    /// The line in pieces, each with what is shown for it: characters, and `…` for a value that is not.
    fn atoms(&self, line: &Span) -> Vec<(Span, String)> {
        let masks = if self.is_broken() { self.guessed_mask(line).into_iter().collect() } else { self.masks(line) };
        let mut atoms = Vec::new();
        let mut at = line.start;
        for mask in masks.into_iter().chain(std::iter::once(line.end..line.end)) {
            for (offset, c) in self.text(&(at..mask.start)).char_indices() {
                let start = at + offset;
                atoms.push((start..start + c.len_utf8(), visible(c).to_string()));
            }
            if !mask.is_empty() {
                atoms.push((mask.clone(), "…".to_owned()));
            }
            at = mask.end;
        }
        atoms
    }

    /// The values on a line that may not be shown, and the comment behind them, which may quote an older one.
    fn masks(&self, line: &Span) -> Vec<Span> {
        let first = self.values.partition_point(|value| value.end <= line.start);
        let here = || self.values.iter().skip(first).take_while(|value| value.start < line.end);
        let marks = self.text(line).match_indices('#').map(|(at, _)| line.start + at);
        let comment = marks.filter(|at| !here().any(|value| value.contains(at))).min().unwrap_or(line.end);
        let hidden = here().filter(|value| !self.shown.contains(&value.start));
        let hidden = hidden.map(|value| value.start.max(line.start)..value.end.min(comment));
        hidden.chain(std::iter::once(comment..line.end)).filter(|mask| !mask.is_empty()).collect()
    }

    /// What to hide of a line when the file could not be parsed: all but headers, and keys that are well known.
    fn guessed_mask(&self, line: &Span) -> Option<Span> {
        let text = self.text(line);
        let body = text.trim_start();
        let start = line.end - body.len();
        if self.starts.binary_search(&line.start).is_err() {
            return Some(line.clone());
        }
        if body.starts_with('[') && !body.contains(['"', '\'', '=', '#']) {
            return None;
        }
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let word = body.split(|c| !is_word(c)).next().unwrap_or_default();
        let holds = holds_anywhere(word.rsplit('.').next().unwrap_or_default());
        if holds == Some(Holds::Plain) && body.matches('=').count() <= 1 && !body.contains('#') {
            return None;
        }
        // A secret that was pasted by itself may look like `word=`, and is no key.
        let value = body.strip_prefix(word)?.trim_start().strip_prefix('=').map(str::trim_start);
        let value = value.filter(|_| holds.is_some() || !self.is_broken_at(line.start));
        let mask = value.map_or(start, |value| line.end - value.len())..line.end;
        (!mask.is_empty()).then_some(mask)
    }
}

fn leaves(node: &Node<'_>, into: &mut Vec<Span>) {
    match node.get_ref() {
        DeValue::Table(table) => table.values().for_each(|value| leaves(value, into)),
        DeValue::Array(array) => array.iter().for_each(|value| leaves(value, into)),
        _ => into.push(node.span()),
    }
}
