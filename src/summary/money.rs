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
    let sign = currency(word(len)).filter(|_| is_joined(source, tokens, at + len));
    match sign {
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
        "quid" => Some("£"),
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
    // "one thirty-five" is 135, and "twenty-four fifty" 24.50.
    (alone && whole.value >= 10).then_some((whole.value, cents.value, whole.len + cents.len))
}

/// Words of a sentence that is about money.
const MONEY: &[&str] = &[
    "cost",
    "costs",
    "price",
    "total",
    "charge",
    "charged",
    "charges",
    "pay",
    "paying",
    "paid",
    "payment",
    "payments",
    "fee",
    "owe",
    "balance",
    "bill",
    "deposit",
    "refund",
    "credit",
    "rate",
    "quote",
    "rent",
    "rental",
    "month",
    "cash",
    "apiece",
    "each",
    "budget",
    "discount",
    "copay",
    "minimum",
    "spend",
    "premium",
    "tuition",
    "tax",
    "cheap",
    "expensive",
    "flat",
    "bucks",
    "settle",
    "worth",
    "salary",
    "wage",
    "listed",
    "marked",
    "afford",
    "swing",
    "save",
    "coverage",
    "estimate",
    "runs",
];

/// What may follow an amount that is only a number.
const AFTER: &[&str] = &[
    "a",
    "an",
    "per",
    "each",
    "apiece",
    "for",
    "plus",
    "and",
    "or",
    "if",
    "but",
    "with",
    "cash",
    "in",
    "then",
    "flat",
    "total",
    "more",
    "extra",
    "off",
    "to",
    "by",
    "on",
    "today",
    "now",
    "right",
    "is",
    "works",
    "would",
    "minimum",
    "was",
    "last",
    "first",
    "that",
    "what",
    "should",
    "even",
    "from",
    "including",
    "because",
    "so",
    "ready",
    "yes",
    "ok",
    "okay",
    "including",
    "all",
    "paid",
    "at",
];

/// Words before a number that is no amount.
const NO_AMOUNT: &[&str] = &[
    "number",
    "row",
    "unit",
    "apartment",
    "apt",
    "suite",
    "room",
    "page",
    "chapter",
    "route",
    "line",
    "dock",
    "gate",
    "class",
    "grade",
    "section",
    "age",
    "seat",
    "version",
    "channel",
    "highway",
    "interstate",
    "exit",
    "floor",
    "score",
    "ending",
    "about",
    "around",
];

pub(super) fn is_about_money(tokens: &[Token<'_>]) -> bool {
    tokens.iter().any(|token| token.is(MONEY) || token.text.starts_with('$'))
}

/// A number that is an amount only by what the sentence is about: "it's one twenty-nine", "make it eighty-five".
pub(super) fn loose(
    source: &str,
    tokens: &[Token<'_>],
    at: usize,
    known: impl Fn(u64) -> bool,
) -> Option<(String, usize)> {
    let first = numbers::cardinal(tokens, at)?;
    let next = numbers::cardinal(tokens, at + first.len)
        .filter(|next| !first.figures && !next.figures && beside(source, tokens, at, &first) && next.value < 100);
    let (value, cents, len) = match next {
        Some(next) if first.value < 10 && next.value >= 10 => {
            (first.value * 100 + next.value, None, first.len + next.len)
        }
        // "twenty-nine ninety-nine"
        Some(next) if next.value >= 10 && first.value < 1_000 => (first.value, Some(next.value), first.len + next.len),
        Some(_) => return None,
        None => (first.value, None, first.len),
    };
    let before = at.checked_sub(1).and_then(|last| tokens.get(last));
    let inside = at > 0 && numbers::cardinal(tokens, at - 1).is_some() && is_joined(source, tokens, at);
    let round = before.is_some_and(|last| last.is(&["about", "around"])) && value >= 100;
    let odd = before.is_some_and(|last| {
        last.is(NO_AMOUNT) || last.text.chars().all(|c| c.is_ascii_uppercase()) && last.text != "I"
    });
    let after = tokens.get(at + len);
    let alone = after.is_none_or(|after| !is_joined(source, tokens, at + len) || after.is(AFTER));
    let year = first.figures && (1900..2100).contains(&value);
    let numbered =
        after.is_some_and(|after| numbers::cardinal(tokens, at + len).is_some() || after.is(&["point", "percent"]));
    let sane = (10..1_000_000).contains(&value) && (!odd || round) && alone && !year && !numbered && !inside;
    (sane && known(value)).then(|| (cents.map_or_else(|| grouped(value), |cents| format!("{value}.{cents:02}")), len))
}

/// `1,350`.
fn grouped(value: u64) -> String {
    if value < 1_000 { value.to_string() } else { format!("{},{:03}", value / 1_000, value % 1_000) }
}

/// "a month", "an hour", "each" after an amount, and how many tokens that takes.
pub(super) fn per(source: &str, tokens: &[Token<'_>], at: usize) -> Option<(String, usize)> {
    const UNITS: &[&str] = &[
        "month", "week", "day", "year", "hour", "night", "seat", "person", "head", "piece", "mile", "gallon", "ticket",
        "visit", "unit", "square", "pound", "session",
    ];
    let (token, next) = (tokens.get(at)?, tokens.get(at + 1));
    if !is_joined(source, tokens, at) {
        return None;
    }
    if token.is(&["each", "apiece"]) {
        return Some((token.lower.to_string(), 1));
    }
    let unit = next.filter(|next| token.is(&["a", "an", "per"]) && next.is(UNITS))?;
    Some((format!("{} {}", token.lower, unit.lower), 2))
}

/// Whether only a space or a hyphen stands before the token.
fn is_joined(source: &str, tokens: &[Token<'_>], at: usize) -> bool {
    let gap = at.checked_sub(1).and_then(|last| Some(source.get(tokens.get(last)?.end..tokens.get(at)?.start)));
    gap.flatten().is_some_and(|gap| matches!(gap, " " | "-"))
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
