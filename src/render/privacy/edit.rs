//! Changes to a text: what is replaced by what, put together at the end.

use crate::render::privacy::read::Reading;

/// Stands for what is hidden.
pub(super) const HIDDEN: &str = "•••";

/// What stands from byte to byte is replaced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edit {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) with: String,
}

/// Replaces digits that may be spread over words and turns: the last piece says what was there.
pub(super) fn segments(reading: &Reading<'_>, digits: &[usize], with: &str, edits: &mut Vec<Edit>) {
    let begun = edits.len();
    let mut last_sign = None;
    for digit in digits.iter().filter_map(|digit| reading.digits.get(*digit)) {
        let Some(sign) = reading.signs.get(digit.sign) else { continue };
        let goes_on = last_sign.is_some_and(|last| {
            last == digit.sign || (last + 1 == digit.sign && sign.gap.words == 0 && sign.gap.turns == 0)
        });
        last_sign = Some(digit.sign);
        let from = if digit.start == sign.start { sign.lead } else { digit.start };
        match edits.last_mut().filter(|_| goes_on) {
            Some(edit) => edit.to = digit.end,
            None => edits.push(Edit { from, to: digit.end, with: HIDDEN.to_owned() }),
        }
    }
    if let Some(last) = edits.get_mut(begun..).and_then(<[Edit]>::last_mut) {
        last.with = with.to_owned();
    }
}

/// The text with the changes; what overlaps becomes one change.
pub(super) fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort();
    let mut out = String::with_capacity(text.len());
    let mut merged: Vec<Edit> = Vec::new();
    for edit in edits {
        match merged.last_mut().filter(|last| edit.from < last.to) {
            Some(last) => {
                // A number says more than that something is hidden.
                if last.with == HIDDEN {
                    last.with = edit.with;
                }
                last.to = last.to.max(edit.to);
            }
            None => merged.push(edit),
        }
    }
    let mut at = 0;
    for edit in merged {
        out.push_str(text.get(at..edit.from).unwrap_or_default());
        out.push_str(&edit.with);
        at = edit.to;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
