//! Counted things: "three nights", "a table for four", "seven to ten business days".

use super::{
    numbers,
    value::{Hit, Key, Kind, verbatim},
    words::Token,
};

const UNITS: &[&str] = &[
    "night",
    "people",
    "person",
    "guest",
    "ticket",
    "room",
    "day",
    "week",
    "month",
    "year",
    "hour",
    "bag",
    "box",
    "unit",
    "item",
    "adult",
    "kid",
    "child",
    "children",
    "seat",
    "bed",
    "bedroom",
    "piece",
    "pill",
    "tablet",
    "dose",
    "copy",
    "passenger",
    "table",
    "mile",
    "pound",
    "case",
    "bottle",
    "order",
    "pizza",
    "pallet",
    "license",
    "user",
    "employee",
    "hour",
    "milligram",
    "milliliter",
    "gallon",
    "minute",
];

/// Whether a word looks like several of something.
fn is_plural(word: &str) -> bool {
    const NOT: &[&str] = &[
        "this",
        "thanks",
        "works",
        "yes",
        "plus",
        "does",
        "always",
        "unless",
        "cents",
        "dollars",
        "bucks",
        "sounds",
        "less",
        "minus",
        "was",
        "is",
        "has",
        "as",
        "us",
        "its",
        "his",
        "hers",
        "yours",
        "times",
        "perhaps",
        "euros",
        "pounds",
        "minutes",
        "seconds",
        "mondays",
        "tuesdays",
        "wednesdays",
        "thursdays",
        "fridays",
        "saturdays",
        "sundays",
        "days",
        "things",
        "ones",
        "others",
        "makes",
        "comes",
        "needs",
        "looks",
        "starts",
    ];
    word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("'s") && !NOT.contains(&word)
}

/// "three nights", "two business days", "a table for four", "a party of six", "four of us".
pub(super) fn count(source: &str, tokens: &[Token<'_>], at: usize) -> Option<Hit> {
    let word = |step: usize| tokens.get(at + step).map_or("", |token| &*token.lower);
    if matches!((word(0), word(1)), ("table", "for") | ("party", "of")) {
        let number = numbers::cardinal(tokens, at + 2).filter(|number| number.value < 1_000)?;
        if tokens.get(at + 2 + number.len).is_some_and(|next| next.is(&["minutes", "hours", "days"])) {
            return None;
        }
        let mut hit = verbatim(Kind::Count, source, tokens, at, 2 + number.len, "people");
        hit.1 = Key::Text(number.value.to_string(), "people".to_owned());
        return Some(hit);
    }
    let mut number = numbers::cardinal(tokens, at).filter(|number| (1..1_000).contains(&number.value))?;
    // "seven to ten business days".
    if matches!(word(number.len), "to" | "or")
        && let Some(most) = numbers::cardinal(tokens, at + number.len + 1)
    {
        number.len += 1 + most.len;
    }
    let after = number.len
        + usize::from(matches!(word(number.len), "business" | "working" | "more" | "large" | "small" | "full"));
    let unit = word(after).trim_end_matches('s');
    let unit = if unit == "boxe" { "box" } else { unit };
    let of_us = word(number.len) == "of" && word(number.len + 1) == "us";
    let joined = tokens
        .get(at + after - 1)
        .zip(tokens.get(at + after))
        .and_then(|(last, next)| source.get(last.end..next.start));
    if !of_us
        && !((UNITS.contains(&unit)
            || is_plural(word(after)) && !tokens.get(at + after).is_some_and(Token::is_capitalised))
            && joined == Some(" "))
    {
        return None;
    }
    let people = of_us || matches!(unit, "people" | "person" | "guest" | "adult" | "passenger");
    let len = if of_us { number.len + 2 } else { after + 1 };
    let mut hit = verbatim(Kind::Count, source, tokens, at, len, "");
    hit.1 = Key::Text(number.value.to_string(), if people { "people".to_owned() } else { unit.to_owned() });
    Some(hit)
}
