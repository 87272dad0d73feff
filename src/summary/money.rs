//! Amounts as people say them: "$45.99", "forty-five dollars and ten cents", "twenty-four fifty".

use super::{
    numbers::{self, Number},
    words::Token,
};

/// Words that make "twenty-four fifty" a price.
const PRICE_WORDS: &[&str] = &[
    "cost",
    "costs",
    "price",
    "total",
    "charge",
    "charged",
    "pay",
    "fee",
    "owe",
    "balance",
    "bill",
    "comes",
    "come",
    "deposit",
    "refund",
    "copay",
    "remaining",
    "rest",
    "each",
    "premium",
    "due",
    "amount",
    "quote",
    "rate",
    "only",
    "just",
    "tax",
    "plus",
    "is",
    "was",
    "for",
];

/// The amount at the token `at` as a person would write it, and how many tokens it takes.
pub(super) fn amount(source: &str, tokens: &[Token<'_>], at: usize) -> Option<(String, usize)> {
    let token = tokens.get(at)?;
    let word = |step: usize| tokens.get(at + step).map_or("", |token| &*token.lower);
    if token.text.starts_with(['$', '£', '€']) {
        let scale = matches!(word(1), "million" | "thousand" | "billion");
        let text = if scale { format!("{} {}", token.text, word(1)) } else { token.text.to_owned() };
        return Some((text, 1 + usize::from(scale)));
    }
    if token.text.ends_with('%') {
        return Some((token.text.to_owned(), 1));
    }
    let (whole, len) = figure(tokens, at)?;
    match currency(word(len)) {
        Some("%") => Some((format!("{whole}%"), len + 1)),
        Some("¢") => Some((format!("{whole} cents"), len + 1)),
        Some(sign) => {
            let and = usize::from(word(len + 1) == "and");
            let cents = numbers::cardinal(tokens, at + len + 1 + and).filter(|cents| cents.value < 100);
            match cents.filter(|cents| word(len + 1 + and + cents.len).starts_with("cent")) {
                Some(cents) => Some((format!("{sign}{whole}.{:02}", cents.value), len + 2 + and + cents.len)),
                None => Some((format!("{sign}{whole}"), len + 1)),
            }
        }
        None => priced(source, tokens, at).map(|(whole, cents, len)| {
            let sign = currency(word(len)).filter(|sign| !matches!(*sign, "%" | "¢"));
            (format!("{}{whole}.{cents:02}", sign.unwrap_or_default()), len + usize::from(sign.is_some()))
        }),
    }
}

/// A number with or without decimals, in figures.
fn figure(tokens: &[Token<'_>], at: usize) -> Option<(String, usize)> {
    if let Some(number) = numbers::cardinal(tokens, at) {
        let written = tokens.get(at).filter(|_| number.figures).map(|token| token.text.to_owned());
        return Some((written.unwrap_or_else(|| number.value.to_string()), number.len));
    }
    let text = tokens.get(at)?.text;
    let decimal = text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',');
    decimal.then(|| (text.to_owned(), 1))
}

fn currency(word: &str) -> Option<&'static str> {
    match word {
        "dollar" | "dollars" | "bucks" => Some("$"),
        "euro" | "euros" => Some("€"),
        "pounds" | "quid" => Some("£"),
        "cent" | "cents" => Some("¢"),
        "percent" => Some("%"),
        _ => None,
    }
}

/// "twenty-four fifty" and "one nineteen ninety-nine" after words of price.
fn priced(source: &str, tokens: &[Token<'_>], at: usize) -> Option<(u64, u64, usize)> {
    let near = tokens.get(at.saturating_sub(5)..at).unwrap_or_default();
    if !near.iter().any(|token| token.is(PRICE_WORDS)) {
        return None;
    }
    let spoken = |at: usize| {
        numbers::cardinal(tokens, at).filter(|number| !number.figures && beside(source, tokens, at, number))
    };
    let whole =
        spoken(at).and_then(|whole| hundreds(tokens, at, whole)).filter(|whole| (1..10_000).contains(&whole.value))?;
    let cents =
        numbers::cardinal(tokens, at + whole.len).filter(|cents| !cents.figures && (10..100).contains(&cents.value))?;
    let alone = numbers::cardinal(tokens, at + whole.len + cents.len).is_none();
    alone.then_some((whole.value, cents.value, whole.len + cents.len))
}

/// "one sixty-eight" before cents is 168: a hundred is often left unsaid.
fn hundreds(tokens: &[Token<'_>], at: usize, first: Number) -> Option<Number> {
    let next =
        numbers::cardinal(tokens, at + first.len).filter(|next| !next.figures && (20..100).contains(&next.value));
    let cents = next.and_then(|next| numbers::cardinal(tokens, at + first.len + next.len));
    match (next, cents) {
        (Some(next), Some(cents)) if first.value < 10 && (10..100).contains(&cents.value) => {
            Some(Number { value: first.value * 100 + next.value, len: first.len + next.len, figures: false })
        }
        _ => Some(first),
    }
}

/// "one eighty-five a night".
pub(super) fn rate(tokens: &[Token<'_>], at: usize) -> Option<(String, usize)> {
    let first = numbers::cardinal(tokens, at).filter(|first| !first.figures && (1..10).contains(&first.value))?;
    let next =
        numbers::cardinal(tokens, at + first.len).filter(|next| !next.figures && (10..100).contains(&next.value))?;
    let len = first.len + next.len;
    let per = tokens.get(at + len)?.is(&["a", "per", "each"]);
    let unit = tokens
        .get(at + len + 1)
        .is_some_and(|unit| unit.is(&["night", "month", "week", "day", "year", "person", "head", "hour"]));
    (per && unit).then(|| ((first.value * 100 + next.value).to_string(), len))
}

/// Whether the next token follows the number without punctuation between them.
fn beside(source: &str, tokens: &[Token<'_>], at: usize, number: &Number) -> bool {
    let next = at + number.len;
    let gap = tokens.get(next - 1).zip(tokens.get(next)).and_then(|(last, next)| source.get(last.end..next.start));
    gap.is_some_and(|gap| matches!(gap, " " | "-"))
}
