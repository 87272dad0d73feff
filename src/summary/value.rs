//! What a value said in a call is: its kind, what it means, how it is shown and where it stands.

use super::{clock, days, words::Token};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Name,
    Date,
    Time,
    Count,
    Amount,
    Code,
    Phone,
    Email,
    Address,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Date => "Date",
            Self::Time => "Time",
            Self::Count => "Count",
            Self::Amount => "Amount",
            Self::Code => "Code",
            Self::Phone => "Phone",
            Self::Email => "Email",
            Self::Address => "Address",
        }
    }
}

/// What a value means, so that "3 p.m." and "three o'clock" are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Date(days::Day),
    Time(clock::Hour),
    /// Anything else; the second part is what is counted, empty where nothing is.
    Text(String, String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) kind: Kind,
    pub(super) key: Key,
    /// As a person would write it.
    pub(super) shown: String,
    /// Its place in the sentence, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Who speaks, and what the question before an answer asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked {
    pub(super) agent: bool,
    pub(super) code: bool,
    pub(super) name: bool,
    /// A date of birth is no appointment.
    pub(super) birth: bool,
    /// A time was asked for or offered, a price, an address.
    pub(super) time: bool,
    pub(super) price: bool,
    pub(super) address: bool,
}

impl Key {
    /// Whether two values may be the same one, said with more or less precision.
    pub(super) fn agrees(&self, other: &Key) -> bool {
        match (self, other) {
            (Self::Date(a), Self::Date(b)) => a.agrees(b),
            (Self::Time(a), Self::Time(b)) => a.agrees(b),
            (a, b) => a == b,
        }
    }
}

impl Value {
    pub(super) fn agrees(&self, other: &Value) -> bool {
        self.kind == other.kind && self.key.agrees(&other.key)
    }

    /// Whether a call usually has one value of this sort, so that a later one replaces an earlier.
    pub(super) fn rivals(&self, other: &Value) -> bool {
        let counted = |key: &Key| if let Key::Text(_, of) = key { of.clone() } else { String::new() };
        self.kind == other.kind && counted(&self.key) == counted(&other.key)
    }
}

pub(super) type Hit = (Kind, Key, Option<String>, usize);

pub(super) fn plain(kind: Kind, shown: &str, of: &str, len: usize) -> Hit {
    let key = shown.to_lowercase().replace(['-', ',', ' ', '$'], "");
    let key = key.strip_suffix(".00").unwrap_or(&key).to_owned();
    (kind, Key::Text(key, of.to_owned()), Some(shown.to_owned()), len)
}

pub(super) fn verbatim(kind: Kind, source: &str, tokens: &[Token<'_>], at: usize, len: usize, of: &str) -> Hit {
    let (start, end) = span(tokens, at, len);
    plain(kind, source.get(start..end).unwrap_or_default(), of, len)
}

pub(super) fn span(tokens: &[Token<'_>], at: usize, len: usize) -> (usize, usize) {
    let start = tokens.get(at).map_or(0, |token| token.start);
    let end = tokens.get((at + len).min(tokens.len()) - 1).map_or(start, |token| token.end);
    (start, end)
}
