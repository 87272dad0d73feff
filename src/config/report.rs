//! Collects mistakes while a file is read, and turns them into what people see.

use std::{borrow::Cow, collections::HashSet};

use crate::{
    config::{
        mistakes::{Kind, Mistake, Mistakes},
        source::{Source, Span},
    },
    model::{
        flaw::Excerpt,
        place::{Place, visible},
    },
};

/// Shorter texts occur in ordinary sentences, which would be torn.
const SHORTEST_PRIVATE: usize = 3;
/// A file with more has one cause that hides in all of them.
const MOST_FOUND: usize = 200;
/// No sentence is longer; what is quoted from the file may be.
const LONGEST: usize = 600;

pub(super) struct Report<'i> {
    file: String,
    pub(super) source: Source<'i>,
    found: Vec<Found>,
    /// How many there would be without the limit.
    count: usize,
    /// Values of secret keys, of variables and of files: they are cut out of every sentence.
    private: HashSet<String>,
}

struct Found {
    at: Option<Span>,
    /// Where it is, if that is not in the config file.
    elsewhere: Option<Box<Excerpt>>,
    kind: Kind,
    says: String,
    hint: String,
}

impl<'i> Report<'i> {
    pub(super) fn new(file: &str, source: Source<'i>) -> Self {
        Self { file: file.to_owned(), source, found: Vec::new(), count: 0, private: HashSet::new() }
    }

    /// A mistake at a place, or in the whole file. An empty hint is none.
    pub(super) fn wrong(&mut self, at: impl Into<Option<Span>>, says: impl Into<String>, hint: impl Into<String>) {
        self.add(Found { at: at.into(), elsewhere: None, kind: Kind::Wrong, says: says.into(), hint: hint.into() });
    }

    /// A mistake in another file that the config names.
    pub(super) fn wrong_elsewhere(&mut self, excerpt: Box<Excerpt>, says: &str, hint: &str) {
        let (says, hint) = (says.to_owned(), hint.to_owned());
        self.add(Found { at: None, elsewhere: Some(excerpt), kind: Kind::Wrong, says, hint });
    }

    pub(super) fn not_yet(&mut self, at: Span, says: impl Into<String>, hint: impl Into<String>) {
        self.add(Found { at: Some(at), elsewhere: None, kind: Kind::NotYet, says: says.into(), hint: hint.into() });
    }

    fn add(&mut self, found: Found) {
        self.count += 1;
        if !self.is_full() {
            self.found.push(found);
        }
    }

    /// Whether it is of no use to look for more.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= MOST_FOUND
    }

    /// Text that must not be shown, wherever it comes from.
    pub(super) fn keep_private(&mut self, text: &str) {
        for text in [text, text.trim()] {
            if text.len() >= SHORTEST_PRIVATE {
                self.private.insert(text.to_owned());
                self.private.insert(text.escape_debug().to_string());
            }
        }
    }

    /// Whether something is wrong already with the value that stands at `at`.
    pub(super) fn told_value(&self, at: &Span) -> bool {
        self.source.is_value(at) && self.found.iter().any(|found| found.at.as_ref() == Some(at))
    }

    /// Keeps what was found on lines that parse; a broken line is told once, by the parser.
    pub(super) fn drop_from_broken_lines(&mut self, since: usize) {
        let source = &self.source;
        let tail = self.found.split_off(since.min(self.found.len()));
        let at = |found: &Found| found.at.as_ref().map(|span| span.start);
        self.found.extend(tail.into_iter().filter(|found| at(found).is_some_and(|at| !source.is_broken_at(at))));
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn finish(mut self) -> Result<(), Mistakes> {
        if self.found.is_empty() {
            return Ok(());
        }
        let mut private: Vec<&String> = self.private.iter().collect();
        // The longest first, so that no part of it is left over.
        private.sort_by_key(|text| (std::cmp::Reverse(text.len()), text.as_str()));
        self.found.sort_by_key(|found| found.at.as_ref().map_or((usize::MAX, 0), |span| (span.start, span.end)));
        let mut seen = HashSet::new();
        self.found.retain(|found| seen.insert((found.at.clone(), found.elsewhere.clone(), found.says.clone())));
        let mistakes = self.found.iter().map(|found| Mistake {
            kind: found.kind,
            says: clean(&found.says, &private),
            hint: (!found.hint.is_empty()).then(|| clean(&found.hint, &private)),
            place: match &found.elsewhere {
                Some(excerpt) => Some(Place { text: clean(&excerpt.place.text, &private), ..excerpt.place.clone() }),
                None => found.at.as_ref().map(|span| self.source.place(span)),
            },
            other_file: found.elsewhere.as_ref().map(|excerpt| clean(&excerpt.file, &private)),
        });
        Err(Mistakes { file: clean(&self.file, &[]), mistakes: mistakes.collect(), more: self.count > MOST_FOUND })
    }
}

/// Without private texts, without characters that act on a terminal, and not endless.
fn clean(text: &str, private: &[&String]) -> String {
    let mut text = Cow::Borrowed(text);
    for secret in private {
        if text.contains(secret.as_str()) {
            text = Cow::Owned(text.replace(secret.as_str(), "…"));
        }
    }
    let mut clean: String = text.chars().take(LONGEST).map(|c| if c == '\n' { c } else { visible(c) }).collect();
    if text.chars().nth(LONGEST).is_some() {
        clean.push('…');
    }
    clean
}

/// A key or value from the file, quoted within a sentence: one line, not endless.
pub(super) fn quote(text: &str) -> String {
    let mut short: String = text.chars().take(60).map(|c| if c == '\n' { ' ' } else { visible(c) }).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    format!("`{short}`")
}
