//! Names of people and places where the words around them make it plain.

use std::{collections::HashSet, sync::LazyLock};

use super::{
    numbers,
    value::{Asked, Key, Kind, Value},
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
    "run",
    "trail",
    "hill",
    "ridge",
    "square",
    "crescent",
    "close",
    "parkway",
    "pkwy",
    "loop",
    "alley",
    "bend",
    "crossing",
    "point",
];

/// Capitalised words that are no names, after "it's" or "this is".
static NO_NAMES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    "he he's she she's they they're we we're it that's there's here's invoice account order policy claim number \
     monday tuesday wednesday thursday friday saturday sunday january february march april may june july august \
     september october november december english spanish okay ok great good perfect sorry calling"
        .split_whitespace()
        .collect()
});

/// "12 Oak Street": how many tokens an address takes at `at`; where one was asked for, any words after the number do.
pub(super) fn address(source: &str, tokens: &[Token<'_>], at: usize, asked: bool) -> Option<usize> {
    let number = numbers::cardinal(tokens, at).filter(|number| number.value > 0)?;
    let named = |token: &Token<'_>, place: usize| token.is_capitalised() || numbers::ordinal(tokens, place).is_some();
    let joined = |place: usize| {
        let gap = place.checked_sub(1).and_then(|last| tokens.get(last)).zip(tokens.get(place));
        gap.and_then(|(last, next)| source.get(last.end..next.start)) == Some(" ")
    };
    let mut len = number.len;
    while let Some(token) = tokens.get(at + len).filter(|_| len < number.len + 4 && joined(at + len)) {
        if token.is(STREETS) && len > number.len {
            return Some(len + 1);
        }
        let plain = asked && !words::is_stop(&token.lower) && numbers::cardinal(tokens, at + len).is_none();
        if !(named(token, at + len) || plain) {
            break;
        }
        len += 1;
    }
    let enough = asked && number.figures && len > number.len;
    enough.then_some(len)
}

/// "row F", "dock seven", "apartment 21": how many tokens a numbered place takes.
pub(super) fn place(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    const PLACES: &[&str] = &[
        "row",
        "dock",
        "gate",
        "apartment",
        "apt",
        "suite",
        "room",
        "unit",
        "seat",
        "bay",
        "platform",
        "terminal",
        "extension",
        "building",
        "lane",
        "aisle",
        "booth",
        "week",
        "number",
    ];
    tokens.get(at).filter(|token| token.is(PLACES))?;
    let next = tokens.get(at + 1)?;
    let letter = next.text.len() == 1 && next.text.starts_with(|c: char| c.is_ascii_uppercase()) && next.text != "I";
    let code = next.text.starts_with(|c: char| c.is_ascii_digit()) && next.text.len() <= 4;
    let number = numbers::cardinal(tokens, at + 1).filter(|number| number.value < 1_000);
    let last = number.map_or(0, |number| number.len).max(usize::from(letter || code));
    let more = numbers::cardinal(tokens, at + 1 + last).is_some();
    (last > 0 && !more).then_some(1 + last)
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
            // "Dr. Lee's office" names Dr. Lee.
            let said = source.get(start..end).unwrap_or_default();
            let shown = said.strip_suffix("'s").unwrap_or(said).to_owned();
            let end = start + shown.len();
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
        ("is", "this" | "that", _) if agent => Some(2),
        ("to", "reach", _) if agent => Some(2),
        ("under", "the", "name") => Some(3),
        ("under" | "ask", _, _) if tokens.get(at + 1).is_some_and(Token::is_capitalised) => Some(1),
        ("with", ..) if is_met(tokens, at) => Some(1),
        (title, ..) if ROLES.contains(&title) && tokens.get(at + 1).is_some_and(Token::is_capitalised) => Some(1),
        (title, "is", _) if ROLES.contains(&title) && tokens.get(at + 2).is_some_and(Token::is_capitalised) => Some(2),
        ("speaking" | "speak" | "talking", "with" | "to", _)
            if at > 0 && tokens.get(at - 1).is_some_and(|last| last.is(&["you're", "are"])) =>
        {
            None
        }
        ("ask", "for", _) | ("speaking", "with" | "to", _) | ("speak", "with" | "to", _) => Some(2),
        _ => None,
    }
}

/// What the people do whom a caller is told of.
const ROLES: &[&str] = &[
    "technician",
    "tech",
    "driver",
    "agent",
    "manager",
    "supervisor",
    "specialist",
    "adjuster",
    "attorney",
    "advisor",
    "instructor",
    "therapist",
    "stylist",
    "nurse",
    "installer",
    "mechanic",
    "locksmith",
    "contractor",
    "tutor",
];

/// "Saturday at three, with Paulette", but not "I'm with Blue Harbor" or "Tess with Ledgerly".
fn is_met(tokens: &[Token<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|last| tokens.get(last));
    let named = tokens.get(at + 1).is_some_and(Token::is_capitalised);
    named
        && before.is_some_and(|last| {
            let who = last.is_capitalised() && !words::is_stop(&last.lower) && !NO_NAMES.contains(&*last.lower);
            !who && !last.is(&["i'm", "am", "we're", "here", "speaking", "talking", "speak", "talk"])
        })
}

/// "Holm" of "Ms. Holm".
pub(super) fn untitled(name: &str) -> &str {
    let (first, rest) = name.split_once(' ').unwrap_or(("", name));
    let title = first.trim_end_matches('.').to_lowercase();
    if TITLES.contains(&title.as_str()) && !rest.contains(' ') { rest } else { name }
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
