//! Cutting text and JSON to a destination's limits, counted as the destination counts.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

use crate::{notify::markup, render::preset::Limit};

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

/// Cuts rendered JSON to a preset's limits, in their order.
pub(super) fn apply(json: &mut Value, limits: &[Limit]) {
    for limit in limits {
        let path: Vec<&str> = limit.at.split('/').skip(1).collect();
        visit(json, &path, &mut |found| fit(found, limit));
    }
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

fn visit(json: &mut Value, path: &[&str], apply: &mut dyn FnMut(&mut Value)) {
    let Some((step, rest)) = path.split_first() else { return apply(json) };
    let wanted = step.strip_prefix('[').and_then(|step| step.strip_suffix(']')).and_then(|step| step.split_once('='));
    match json {
        Value::Array(items) => {
            for (place, item) in items.iter_mut().enumerate() {
                let matches = match wanted {
                    Some((key, value)) => item.get(key).and_then(Value::as_str) == Some(value),
                    None => *step == "*" || *step == place.to_string(),
                };
                if matches {
                    visit(item, rest, apply);
                }
            }
        }
        Value::Object(members) if *step == "*" => members.values_mut().for_each(|member| visit(member, rest, apply)),
        Value::Object(members) => {
            if let Some(member) = members.get_mut(*step) {
                visit(member, rest, apply);
            }
        }
        _ => {}
    }
}

fn fit(found: &mut Value, limit: &Limit) {
    if let (Value::Array(items), Some(max)) = (&mut *found, limit.items) {
        items.truncate(max);
    }
    let sizes = [(limit.chars, Unit::Chars), (limit.units, Unit::Utf16), (limit.bytes, Unit::Bytes)];
    for (max, unit) in sizes {
        match (&mut *found, max) {
            (_, None) => {}
            (Value::String(text), Some(max)) if limit.html => *text = markup::cut(text, max, unit),
            (Value::String(text), Some(max)) => *text = cut(text, max, unit),
            (container, Some(max)) => fit_container(container, max, unit),
        }
    }
}

/// Cuts the longest of the strings inside until the sum of characters, or the whole JSON, fits.
fn fit_container(container: &mut Value, max: usize, unit: Unit) {
    let unit = if unit == Unit::Bytes { Unit::Json } else { unit };
    let mut texts = Vec::new();
    strings(container, &mut texts);
    let lengths: Vec<usize> = texts.iter().map(|text| unit.count(text)).collect();
    let sum: usize = lengths.iter().sum();
    let frame = if unit == Unit::Json { container.to_string().len() - sum } else { 0 };
    let level = level(&lengths, max.saturating_sub(frame));
    let mut texts = Vec::new();
    strings_mut(container, &mut texts);
    texts.into_iter().for_each(|text| *text = cut(text, level, unit));
}

/// The texts that may be cut: a link would no longer be one.
fn strings<'a>(json: &'a Value, found: &mut Vec<&'a String>) {
    match json {
        Value::String(text) if !is_link(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(members) => members.values().for_each(|member| strings(member, found)),
        _ => {}
    }
}

fn strings_mut<'a>(json: &'a mut Value, found: &mut Vec<&'a mut String>) {
    match json {
        Value::String(text) if !is_link(text) => found.push(text),
        Value::Array(items) => items.iter_mut().for_each(|item| strings_mut(item, found)),
        Value::Object(members) => members.values_mut().for_each(|member| strings_mut(member, found)),
        _ => {}
    }
}

fn is_link(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};
    use serde_json::json;

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

    #[test]
    fn limits_find_their_place_in_the_json() {
        let mut json = json!({
            "text": "x".repeat(100),
            "blocks": [
                { "type": "header", "text": { "text": "h".repeat(100) } },
                { "type": "section", "text": { "text": "s".repeat(100) }, "fields": [1, 2, 3] },
                { "type": "image", "image_url": format!("https://x.example/{}", "i".repeat(100)) },
            ],
        });
        let limit = |at: &str| Limit { at: at.to_owned(), ..Limit::default() };
        apply(
            &mut json,
            &[
                Limit { chars: Some(50), ..limit("/text") },
                Limit { chars: Some(60), ..limit("/blocks/[type=header]/text/text") },
                Limit { items: Some(2), ..limit("/blocks/*/fields") },
                Limit { items: Some(1), ..limit("/nowhere/*/at/all") },
                Limit { chars: Some(100), ..limit("/blocks") },
            ],
        );
        let length = |pointer: &str| json.pointer(pointer).unwrap().as_str().unwrap().chars().count();
        assert_eq!((length("/text"), json["blocks"][1]["fields"].as_array().unwrap().len()), (50, 2));
        assert!(length("/blocks/0/text/text") <= 60 && length("/blocks/1/text/text") <= 60);
        assert_eq!(length("/blocks/2/image_url"), 118);
        assert_eq!(json["blocks"][1]["type"], "section");
    }

    #[test]
    fn a_whole_body_is_cut_to_bytes_whatever_its_escapes() {
        let mut json = json!({ "text": "\"\n\u{1}é".repeat(2_000), "more": "y".repeat(3_000) });
        apply(&mut json, &[Limit { bytes: Some(2_000), ..Limit::default() }]);
        assert!((1_900..=2_000).contains(&json.to_string().len()), "{}", json.to_string().len());
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
