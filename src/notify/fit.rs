//! Cutting text to a destination's limits, counted as the destination counts.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

/// Stands for what was cut out.
const MARK: &str = " … ";

/// Below this there is no room to keep both a beginning and an end.
const SHORT: usize = 40;

/// What must be kept or cut as a whole in every markup that we send: an escaped character, an
/// entity, a link or mention or time in angle brackets, a Markdown link.
static WHOLES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\\[^\w\s]|&#?\w{1,10};|<[^<>\n]{1,3000}>|\[[^\[\]\n]*\]\([^()\s]*\)").expect("a valid pattern")
});

/// What a destination means by a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Chars,
    /// As JavaScript counts; Discord does not say, and this never counts too few.
    Utf16,
    Bytes,
    /// Bytes as they are in JSON, escapes included.
    Json,
}

impl Unit {
    pub(super) fn count(self, text: &str) -> usize {
        match self {
            Self::Chars => text.chars().count(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Bytes => text.len(),
            Self::Json => Value::from(text).to_string().len() - 2,
        }
    }
}

/// Which of a text's atoms are kept: those before `head` and those from `tail` on, with the mark between them.
pub(super) struct Kept {
    pub(super) head: usize,
    pub(super) tail: usize,
    pub(super) mark: &'static str,
}

/// What is kept of atoms that are more than `max` together: the beginning and the end, at words.
pub(super) fn kept(atoms: &[&str], max: usize, unit: Unit) -> Kept {
    let mark = if max < SHORT { "…" } else { MARK };
    let Some(room) = max.checked_sub(unit.count(mark)) else { return Kept { head: 0, tail: atoms.len(), mark: "" } };
    let head_room = if max < SHORT { room } else { room * 2 / 3 };
    let blank = |atom: &&&str| atom.chars().all(char::is_whitespace);
    let head = words_within(atoms.iter(), head_room, unit);
    let used: usize = atoms.iter().take(head).map(|atom| unit.count(atom)).sum();
    let tail_room = if max < SHORT { 0 } else { room - used };
    let tail = atoms.len() - words_within(atoms.iter().rev(), tail_room, unit);
    // The mark brings its own spaces.
    let head = head - atoms.iter().take(head).rev().take_while(blank).count();
    let tail = tail + atoms.iter().skip(tail).take_while(blank).count();
    Kept { head, tail, mark }
}

/// The text, or its beginning and end at words with a mark between them, within `max`.
pub(super) fn cut(text: &str, max: usize, unit: Unit) -> String {
    if unit.count(text) <= max {
        return text.to_owned();
    }
    let atoms = atoms(text);
    let kept = kept(&atoms, max, unit);
    let part = |atoms: Option<&[&str]>| atoms.unwrap_or_default().concat();
    let (head, tail) = (part(atoms.get(..kept.head)), part(atoms.get(kept.tail..)));
    format!("{head}{}{tail}", kept.mark).trim_end().to_owned()
}

/// The greatest length to which all `lengths` can be cut so that their sum is within `budget`:
/// short texts stay whole and the longest give way first.
pub(super) fn level(lengths: &[usize], budget: usize) -> usize {
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    let mut left = budget;
    for (place, length) in sorted.iter().enumerate() {
        let share = left / (sorted.len() - place);
        if *length > share {
            return share;
        }
        left -= length;
    }
    usize::MAX
}

/// Counts atoms from the front while they fit, back to the last border of words if that does not
/// cost half of the room.
fn words_within<'a>(atoms: impl Iterator<Item = &'a &'a str>, room: usize, unit: Unit) -> usize {
    let (mut used, mut kept) = (0, 0);
    let (mut used_by_words, mut words) = (0, 0);
    for atom in atoms {
        if atom.chars().all(char::is_whitespace) {
            (used_by_words, words) = (used, kept);
        }
        used += unit.count(atom);
        if used > room {
            return if used_by_words * 2 >= room { words } else { kept };
        }
        kept += 1;
    }
    kept
}

/// Graphemes, and the wholes of markup.
fn atoms(text: &str) -> Vec<&str> {
    let mut atoms = Vec::new();
    let mut rest = text;
    while let Some(found) = WHOLES.find(rest) {
        let (before, from) = rest.split_at(found.start());
        let (whole, after) = from.split_at(found.len());
        atoms.extend(before.graphemes(true));
        atoms.push(whole);
        rest = after;
    }
    atoms.extend(rest.graphemes(true));
    atoms
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};

    use super::*;

    #[test]
    fn long_text_loses_its_middle_at_words() {
        let text = "The caller asked for an appointment on Tuesday and was told that only Friday at three is free.";
        assert_eq!(cut(text, 60, Unit::Chars), "The caller asked for an appointment on … at three is free.");
        assert_eq!(cut(text, 20, Unit::Chars), "The caller asked…");
        assert_eq!(cut(text, 94, Unit::Chars), text);
        assert_eq!(cut(&"x".repeat(100), 50, Unit::Chars).chars().count(), 50);
        assert_eq!(cut("abc", 0, Unit::Chars), "");
    }

    #[test]
    fn wholes_are_never_cut_apart() {
        for whole in [r"\*", "&amp;", "<https://x.example/a|b>", "[a](https://x.example)", "👩‍👩‍👧", "e\u{301}"]
        {
            let text = whole.repeat(200);
            for max in 1..150 {
                let rest = cut(&text, max, Unit::Utf16).replace(whole, "");
                assert!(rest.is_empty() || rest.trim() == "…", "{whole} to {max} leaves {rest}");
            }
        }
    }

    #[test]
    fn the_longest_give_way_first() {
        assert_eq!(level(&[10, 20, 30], 60), usize::MAX);
        assert_eq!(level(&[10, 500, 600], 210), 100);
        assert_eq!(level(&[10, 10], 0), 0);
        assert_eq!(level(&[], 5), usize::MAX);
    }

    proptest! {
        #[test]
        fn nothing_is_ever_longer_than_its_limit(text in r"[\PC\\&;<>\[\]()*a-z \n]{0,120}", max in 0usize..90) {
            for unit in [Unit::Chars, Unit::Utf16, Unit::Bytes, Unit::Json] {
                let cut = cut(&text, max, unit);
                prop_assert!(unit.count(&cut) <= max, "{cut:?}");
            }
        }
    }
}
