//! Figures that are no numbers to hide by how they are written: times, dates, prices, ids, links, and masks.

use std::sync::LazyLock;

use regex::Regex;

/// Where such figures are, in bytes, in the order of the text.
pub(super) struct Kept {
    places: Vec<(usize, usize)>,
}

static KEPT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
          (?P<mask> (?:\+\d{1,3}\ )? •••(?:\ •••)* (?:\ \d{2,4}\b)? | \[[a-z]+\ removed\] )
        | (?P<link> \b(?:https?|wss?)://[^\s\x{E001}]+ )
        | (?P<id> \b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b )
        | (?P<time> \b\d{4}-\d{2}-\d{2}\b (?: [T\ ]\d{2}:\d{2}(?: :\d{2}(?:\.\d+)? )?(?: Z | [+-]\d{2}:?\d{2} )? )? )
        | (?P<clock> \b\d{1,2}:\d{2}(?: :\d{2} )?\b )
        | (?P<price> [$€£¥]\ ?\d[\d,.]* (?:\ ?[-–]\ ?[$€£¥]?\d[\d,.]*)? | \b\d[\d,.]*\ ?(?: [€£¥] | (?:usd|eur|gbp)\b ) )
        | (?P<date> \b\d{1,2}[\ ./-]\d{1,2}[\ ./-](?:19|20)\d{2}\b )
        | (?P<address> \b\d{1,3}(?:\.\d{1,3}){3}\b )
        | (?P<thousands> \b\d{1,3}(?:(?:,\d{3})+|(?:\.\d{3}){2,})(?:[.,]\d{1,2})?\b )
        | (?P<fraction> \b\d{1,3}\.\d{4,}\b )
        ",
    )
    .expect("a valid pattern")
});

impl Kept {
    pub(super) fn of(text: &str) -> Self {
        let mut kept = Self { places: Vec::new() };
        for found in KEPT.captures_iter(text) {
            let Some(all) = found.get(0) else { continue };
            let before = text.get(..all.start()).and_then(|text| text.chars().next_back());
            let after = text.get(all.end()..).unwrap_or_default();
            let group = |name: &str| found.name(name).is_some();
            // Part of something longer that is written alike.
            let part = group("thousands") || group("fraction") || group("address") || group("date");
            let goes_on = after.starts_with(['.', ',', '-', '/'])
                && after.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
            let begun = before.is_some_and(|c| matches!(c, '.' | ',' | '-' | '/' | '+' | ')') || c.is_ascii_digit());
            let negative = before == Some('-') && group("fraction");
            if part && (goes_on || (begun && !negative)) {
                continue;
            }
            if group("link") && ["tel:", "phone", "wa.me", "call"].iter().any(|word| all.as_str().contains(word)) {
                continue;
            }
            kept.places.push((all.start(), all.end()));
        }
        kept
    }

    /// Whether what begins there is kept.
    pub(super) fn holds(&self, at: usize) -> bool {
        let next = self.places.partition_point(|(_, end)| *end <= at);
        self.places.get(next).is_some_and(|(start, _)| *start <= at)
    }
}
