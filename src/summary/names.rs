//! Names of people and places where the words around them make it plain.

use std::{collections::HashSet, sync::LazyLock};

use super::{
    numbers,
    values::{Asked, Key, Kind, Value},
    words::{self, Token},
};

const TITLES: &[&str] = &["dr", "doctor", "mr", "mrs", "ms", "miss", "professor"];
const STREETS: &[&str] = &[
    "street",
    "st",
    "avenue",
    "ave",
    "road",
    "rd",
    "lane",
    "ln",
    "drive",
    "dr",
    "boulevard",
    "blvd",
    "court",
    "way",
    "place",
    "terrace",
    "circle",
    "highway",
];

/// Capitalised words that are no names, after "it's" or "this is".
static NO_NAMES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august \
     september october november december english spanish okay ok great good perfect sorry calling"
        .split_whitespace()
        .collect()
});

/// "12 Oak Street": how many tokens an address takes at `at`.
pub(super) fn address(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let number = numbers::cardinal(tokens, at).filter(|number| number.value > 0)?;
    let street = (1..=4).find(|step| tokens.get(at + number.len + step).is_some_and(|token| token.is(STREETS)))?;
    let between = tokens.get(at + number.len..at + number.len + street).unwrap_or_default();
    let named =
        between.iter().all(|token| token.is_capitalised() || numbers::ordinal(tokens, at + number.len).is_some());
    named.then_some(number.len + street + 1)
}

/// Names introduced by a title, by "my name is", by "under", or as the answer to a question for one.
pub(super) fn names(source: &str, tokens: &[Token<'_>], said: Asked, taken: &[Value]) -> Vec<Value> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let lead = lead(tokens, at, said.agent).or((said.name && found.is_empty()).then_some(0));
        let Some(lead) = lead else {
            at += 1;
            continue;
        };
        // "speaking with Mr. Lee": the title announces the name.
        if lead > 0 && tokens.get(at + lead).is_some_and(|token| token.is(TITLES)) {
            at += lead;
            continue;
        }
        let titled = tokens.get(at).is_some_and(|token| token.is(TITLES));
        let from = at + lead;
        let len = run(source, tokens, from);
        let first = if titled { at } else { from };
        if len > 0
            && let Some((start, end)) =
                tokens.get(first).zip(tokens.get(from + len - 1)).map(|(first, last)| (first.start, last.end))
            && !taken.iter().any(|value| value.start < end && start < value.end)
        {
            let shown = source.get(start..end).unwrap_or_default().to_owned();
            found.push(Value {
                kind: Kind::Name,
                key: Key::Text(shown.to_lowercase(), String::new()),
                shown,
                start,
                end,
            });
            at = from + len;
        } else {
            at += lead.max(1);
        }
    }
    found
}

/// The number of tokens that announce a name at `at`; the agent's own name is of no interest.
fn lead(tokens: &[Token<'_>], at: usize, agent: bool) -> Option<usize> {
    let word = |step: usize| tokens.get(at + step).map_or("", |token| &*token.lower);
    match (word(0), word(1), word(2)) {
        (title, ..) if TITLES.contains(&title) => Some(1),
        ("name" | "this", "is", _) if agent => None,
        ("name" | "this", "is", _) => Some(2),
        ("name's", ..) if !agent => Some(1),
        ("under", "the", "name") => Some(3),
        ("under" | "ask", _, _) if tokens.get(at + 1).is_some_and(Token::is_capitalised) => Some(1),
        ("ask", "for", _) | ("speaking", "with" | "to", _) | ("speak", "with" | "to", _) => Some(2),
        _ => None,
    }
}

/// How many capitalised words follow each other at `at`, at most three.
fn run(source: &str, tokens: &[Token<'_>], at: usize) -> usize {
    let mut len = 0;
    while let Some(token) = tokens.get(at + len).filter(|_| len < 3) {
        let gap = (at + len)
            .checked_sub(1)
            .and_then(|last| tokens.get(last))
            .and_then(|last| source.get(last.end..token.start));
        let joined = len == 0 || gap == Some(" ");
        let plain = !words::is_stop(&token.lower)
            && !NO_NAMES.contains(&*token.lower)
            && !token.text.contains(|c: char| c.is_ascii_digit());
        if !(joined && plain && token.is_capitalised() && token.text.len() > 1) {
            break;
        }
        len += 1;
    }
    len
}

/// "SMYTH", spelled letter by letter, as a name.
pub(super) fn title(letters: &str) -> String {
    let mut chars = letters.chars();
    let first: String = chars.next().into_iter().collect();
    first + &chars.as_str().to_ascii_lowercase()
}
