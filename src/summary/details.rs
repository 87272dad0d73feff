//! The settled facts of a call as a short list for people and programs.

use super::{
    settle::{Ledger, Settled},
    talk::Talk,
    values::Kind,
};

const MAX_DETAILS: usize = 8;

/// Dates, times, amounts, codes and names that hold at the end, in the order they were said.
pub(super) fn details(talk: &Talk<'_>, ledger: &Ledger) -> Vec<String> {
    let mut settled: Vec<&Settled> = ledger.settled.iter().collect();
    settled.sort_by_key(|held| (held.line, held.value.start));
    let mut details: Vec<String> = Vec::new();
    let mut rest = settled.as_slice();
    while let [first, after @ ..] = rest {
        let joined = after.first().and_then(|second| join(talk, first, second));
        rest = if joined.is_some() { after.get(1..).unwrap_or_default() } else { after };
        let detail = joined.unwrap_or_else(|| first.value.shown.clone());
        if !details.iter().any(|known| known.eq_ignore_ascii_case(&detail)) {
            details.push(detail);
        }
    }
    // "Holm", spelled, and then "Patricia Holm".
    let whole = details.clone();
    details.retain(|detail| {
        !whole.iter().any(|other| other.len() > detail.len() && other.split(' ').any(|word| word == detail))
    });
    details.truncate(MAX_DETAILS);
    details
}

/// "tomorrow at 3pm": a day and an hour that were said side by side are one detail.
fn join(talk: &Talk<'_>, first: &Settled, second: &Settled) -> Option<String> {
    let kinds = (first.value.kind, second.value.kind);
    if first.line != second.line || !matches!(kinds, (Kind::Date, Kind::Time) | (Kind::Time, Kind::Date)) {
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
