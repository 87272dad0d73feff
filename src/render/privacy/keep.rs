//! Figures that are no numbers to hide by how they are written: times, dates, prices, ids, links, and masks.

use std::sync::LazyLock;

use regex::Regex;

/// Where such figures are, in bytes, in the order of the text.
pub(super) struct Kept {
    places: Vec<(usize, usize)>,
}

/// Whatever stands beside them. Repetitions are bounded, so that no text takes long.
static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
          (?:\+[0-9]{1,3}\ )? •••(?:\ •••)* (?:\ [0-9]{2,4}(?-u:\b))?
        | \[[a-z]+\ removed\]
        | (?-u:\b)(?:https?|wss?)://[^\s\x{E001}]{1,2000}
        | (?-u:\b)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?-u:\b)
        | (?-u:\b)[0-9]{4}-[0-9]{2}-[0-9]{2}(?-u:\b)
          (?: [T\ ][0-9]{2}:[0-9]{2}(?: :[0-9]{2}(?:\.[0-9]{1,9})? )?(?: Z | [+-][0-9]{2}:?[0-9]{2} )? )?
        | (?-u:\b)[0-9]{1,2}:[0-9]{2}(?: :[0-9]{2} )?(?-u:\b)
        | [$€£¥]\ ?[0-9][0-9,.]{0,20} (?: \ ?[-–]\ ?[$€£¥]?[0-9][0-9,.]{0,20} )?
        | (?-u:\b)[0-9][0-9,.]{0,20}\ ?(?: [€£¥] | (?:usd|eur|gbp)(?-u:\b) )
        ",
    )
    .expect("a valid pattern")
});

/// Dates, addresses of machines, amounts and fractions, unless they are part of something longer.
static PART: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x-u:
          \b[0-9]{1,2}[\ ./-][0-9]{1,2}[\ ./-](?:19|20)[0-9]{2}\b
        | \b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b
        | \b[0-9]{1,3}(?:(?:,[0-9]{3}){1,6}|(?:\.[0-9]{3}){2,6})(?:[.,][0-9]{1,2})?\b
        | \b(?:[0-9]{1,2}\.[0-9]{4,20}|1[0-7][0-9]\.[0-9]{5,20})\b
        )",
    )
    .expect("a valid pattern")
});

impl Kept {
    pub(super) fn of(text: &str) -> Self {
        let whole = WHOLE.find_iter(text).filter(|found| !is_dialled(found.as_str()));
        let part = PART.find_iter(text).filter(|found| !is_cut(text, found.start(), found.end()));
        let mut places: Vec<(usize, usize)> = Vec::new();
        let mut found: Vec<(usize, usize)> = whole.chain(part).map(|found| (found.start(), found.end())).collect();
        found.sort_unstable();
        for (start, end) in found {
            match places.last_mut().filter(|last| start < last.1) {
                Some(last) => last.1 = last.1.max(end),
                None => places.push((start, end)),
            }
        }
        Self { places }
    }

    /// Whether what begins there is kept.
    pub(super) fn holds(&self, at: usize) -> bool {
        let next = self.places.partition_point(|(_, end)| *end <= at);
        self.places.get(next).is_some_and(|(start, _)| *start <= at)
    }
}

/// A link that calls somebody.
fn is_dialled(link: &str) -> bool {
    link.contains("://") && ["tel:", "phone", "wa.me", "call"].iter().any(|word| link.contains(word))
}

/// Whether more of the same kind touches it.
fn is_cut(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|text| text.chars().next_back());
    let found = text.get(start..end).unwrap_or_default();
    let mut after = text.get(end..).unwrap_or_default().chars();
    let goes_on =
        matches!(after.next(), Some('.' | ',' | '-' | '/')) && after.next().is_some_and(|c| c.is_ascii_digit());
    let negative = before == Some('-') && found.matches('.').count() == 1;
    goes_on || (before.is_some_and(|c| matches!(c, '.' | ',' | '-' | '/' | '+' | ')')) && !negative)
}
