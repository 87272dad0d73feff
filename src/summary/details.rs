//! The settled facts of a call as a short list for people and programs.

use super::{
    settle::{Ledger, Settled},
    talk::Talk,
    values,
};

/// One settled fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    pub kind: Kind,
    pub text: String,
}

/// What sort of fact it is; a day together with its hour is a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Date,
    Time,
    Amount,
    Code,
    Name,
    Phone,
    Email,
    Address,
    Quantity,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Time => "time",
            Self::Amount => "amount",
            Self::Code => "code",
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Address => "address",
            Self::Quantity => "quantity",
        }
    }
}

impl From<values::Kind> for Kind {
    fn from(kind: values::Kind) -> Self {
        match kind {
            values::Kind::Date => Self::Date,
            values::Kind::Time => Self::Time,
            values::Kind::Amount => Self::Amount,
            values::Kind::Code => Self::Code,
            values::Kind::Name => Self::Name,
            values::Kind::Phone => Self::Phone,
            values::Kind::Email => Self::Email,
            values::Kind::Address => Self::Address,
            values::Kind::Count => Self::Quantity,
        }
    }
}

const MAX_DETAILS: usize = 10;

/// Dates, times, amounts, codes and names that hold at the end, in the order they were said.
pub(super) fn details(talk: &Talk<'_>, ledger: &Ledger) -> Vec<Detail> {
    let mut settled: Vec<&Settled> = ledger.settled.iter().collect();
    settled.sort_by_key(|held| (held.line, held.value.start));
    let mut details: Vec<Detail> = Vec::new();
    let mut rest = settled.as_slice();
    while let [first, after @ ..] = rest {
        let joined = after.first().and_then(|second| join(talk, first, second));
        rest = if joined.is_some() { after.get(1..).unwrap_or_default() } else { after };
        let kind = if joined.is_some() { Kind::Date } else { first.value.kind.into() };
        let text = joined.unwrap_or_else(|| first.value.shown.clone());
        if !details.iter().any(|known| known.text.eq_ignore_ascii_case(&text)) {
            details.push(Detail { kind, text });
        }
    }
    // "Holm", spelled, and then "Patricia Holm".
    let whole = details.clone();
    details.retain(|detail| {
        let inside = |other: &Detail| {
            other.text.len() > detail.text.len() && other.text.split(' ').any(|word| word == detail.text)
        };
        !whole.iter().any(inside)
    });
    details.truncate(MAX_DETAILS);
    details
}

/// "tomorrow at 3pm": a day and an hour that were said side by side are one detail.
fn join(talk: &Talk<'_>, first: &Settled, second: &Settled) -> Option<String> {
    let kinds = (first.value.kind, second.value.kind);
    if first.line != second.line
        || !matches!(kinds, (values::Kind::Date, values::Kind::Time) | (values::Kind::Time, values::Kind::Date))
    {
        return None;
    }
    let text = talk.lines.get(first.line)?.text;
    let between = text.get(first.value.end..second.value.start)?;
    let near = between.split(|c: char| !c.is_alphanumeric()).all(|word| {
        matches!(word, "" | "at" | "on" | "from" | "by" | "around" | "after" | "before" | "until" | "between" | "m")
    });
    let whole = text.get(first.value.start..second.value.end).filter(|_| near)?;
    Some(whole.to_owned())
}
