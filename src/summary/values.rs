//! Values said in a sentence: dates, times, amounts, counts, codes, phone numbers, addresses.

use super::{
    clock, counts, days, foreign, money, names, numbers,
    value::{Asked, Hit, Key, Kind, Value, plain, span, verbatim},
    words::Token,
};

/// All values of a sentence, in order and without overlap.
///
/// `amounts` are those said before, by which a bare number is known as one.
pub(super) fn find(source: &str, tokens: &[Token<'_>], asked: Asked, amounts: &[u64]) -> Vec<Value> {
    let priced = asked.price || money::is_about_money(tokens);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let hit = foreign::hour(tokens, at)
            .map(|len| {
                let hit = verbatim(Kind::Time, source, tokens, at, len, "");
                (Kind::Time, hit.1, None, len)
            })
            .or_else(|| money::rate(tokens, at).map(|(amount, len)| plain(Kind::Amount, &amount, "", len)))
            .or_else(|| days::day(source, tokens, at).map(|(day, len)| (Kind::Date, Key::Date(day), None, len)))
            .or_else(|| {
                clock::hour(source, tokens, at, asked.time).map(|(hour, len)| (Kind::Time, Key::Time(hour), None, len))
            })
            .or_else(|| money::amount(source, tokens, at).map(|(shown, len)| plain(Kind::Amount, &shown, "", len)))
            .or_else(|| email(tokens, at))
            .or_else(|| code(source, tokens, at, asked))
            .or_else(|| {
                names::address(source, tokens, at, asked.address)
                    .map(|len| verbatim(Kind::Address, source, tokens, at, len, ""))
            })
            .or_else(|| names::place(tokens, at).map(|len| verbatim(Kind::Address, source, tokens, at, len, "place")))
            .or_else(|| counts::count(source, tokens, at))
            .or_else(|| {
                let known = |value| priced || amounts.contains(&value);
                money::loose(source, tokens, at, known).map(|(shown, len)| plain(Kind::Amount, &shown, "", len))
            });
        let Some((kind, key, shown, len)) = hit else {
            at += 1;
            continue;
        };
        let (shown, len) = match (kind, shown, money::per(source, tokens, at + len)) {
            (Kind::Amount, Some(shown), Some((unit, more))) if !shown.is_empty() => {
                (Some(format!("{shown} {unit}")), len + more)
            }
            (_, shown, _) => (shown, len),
        };
        // A kind without a shown form is one to skip: a card number, say.
        let len = len.max(1);
        if shown.as_deref() != Some("") {
            let (start, end) = span(tokens, at, len);
            let shown = shown.unwrap_or_else(|| source.get(start..end).unwrap_or_default().to_owned());
            found.push(Value { kind, key, shown, start, end });
        }
        at += len;
    }
    found.extend(names::names(source, tokens, asked, &found));
    if asked.birth {
        found.clear();
    }
    found.sort_by_key(|value| value.start);
    found
}

/// `bo@example.org`, or "bo dot lee at example dot org".
fn email(tokens: &[Token<'_>], at: usize) -> Option<Hit> {
    let first = tokens.get(at)?;
    if first.text.split_once('@').is_some_and(|(_, host)| host.contains('.')) {
        return Some(plain(Kind::Email, first.text, "", 1));
    }
    const ENDINGS: &[&str] = &["com", "org", "net", "edu", "gov", "io", "co", "uk", "de", "us", "ca"];
    let mut text = first.lower.to_string();
    let mut pos = at + 1;
    let mut host = false;
    loop {
        let (link, next) = tokens.get(pos).zip(tokens.get(pos + 1))?;
        match &*link.lower {
            "at" if !host => {
                host = true;
                text.push('@');
            }
            "dot" => text.push('.'),
            "underscore" if !host => text.push('_'),
            "dash" | "hyphen" => text.push('-'),
            _ => return None,
        }
        text.push_str(&next.lower);
        pos += 2;
        let ended = host && link.is(&["dot"]) && next.is(ENDINGS);
        if ended && !tokens.get(pos).is_some_and(|token| token.is(&["dot"])) {
            return Some(plain(Kind::Email, &text, "", pos - at));
        }
    }
}

const CODE_WORDS: &[&str] = &[
    "number",
    "code",
    "reference",
    "confirmation",
    "order",
    "account",
    "zip",
    "zipcode",
    "postcode",
    "ticket",
    "case",
    "id",
    "policy",
    "claim",
    "booking",
    "tracking",
    "invoice",
    "serial",
    "member",
    "membership",
    "extension",
    "plate",
    "flight",
    "unit",
];
const SECRET_WORDS: &[&str] = &["social", "ssn", "pin", "password", "passcode", "cvv", "cvc", "card", "security"];

fn code(source: &str, tokens: &[Token<'_>], at: usize, asked: Asked) -> Option<Hit> {
    let near = tokens.get(at.saturating_sub(7)..at).unwrap_or_default();
    let named = asked.code || near.iter().any(|token| token.is(CODE_WORDS));
    let secret = near.iter().any(|token| token.is(SECRET_WORDS));
    let (text, len) = match numbers::spelled(source, tokens, at) {
        Some(found) => (found.text, found.len),
        None => (tokens.get(at)?.text.to_owned(), 1),
    };
    // "One, two, three, four, five. It beeped."
    if len > 1 && "123456789".starts_with(&text) {
        return Some((Kind::Code, Key::Text(String::new(), String::new()), Some(String::new()), len));
    }
    let figures = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_ascii_alphabetic()).count();
    if text.contains([':', '$', '£', '€', '.', '%', '/', '@']) || (figures == 0 && (len == 1 || !named && letters < 4))
    {
        return None;
    }
    // Card and social security numbers must not travel with a message, however they were said.
    if letters == 0 && (figures >= 13 || (secret && figures >= 3)) {
        return Some((Kind::Code, Key::Text(String::new(), String::new()), Some(String::new()), len));
    }
    let mixed = figures > 0 && letters > 0 && !text.chars().any(|c| c.is_lowercase());
    let kind = match (figures, letters) {
        (0, _) => return Some(plain(Kind::Name, &names::title(&text), "", len)),
        (7..=12, 0)
            if !named
                || near.iter().any(|token| token.is(&["phone", "cell", "mobile", "callback", "call", "reach"])) =>
        {
            Kind::Phone
        }
        (5.., 0) if !text.contains(',') => Kind::Code,
        (3.., 0) if named && !text.contains(',') => Kind::Code,
        _ if mixed && (named || (len > 1 && text.len() >= 4) || text.len() >= 5) => Kind::Code,
        _ => return None,
    };
    Some(plain(kind, &text, "", len))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::words::tokens;

    fn shown(text: &str) -> Vec<String> {
        find(text, &tokens(text), Asked::default(), &[]).into_iter().map(|value| value.shown).collect()
    }

    #[test]
    fn values_are_found_however_they_are_said() {
        for (text, expected) in [
            ("Next Thursday the 14th at 3:30 p.m. then", &["Next Thursday the 14th", "3:30 p.m"][..]),
            ("can you do the fifth of March at half past two", &["the fifth of March", "half past two"]),
            ("It comes to twenty-four fifty.", &["24.50"]),
            ("That is two hundred and five dollars and ten cents", &["$205.10"]),
            ("a 10% discount on $1,240.50", &["10%", "$1,240.50"]),
            ("a table for six, three nights", &["table for six", "three nights"]),
            ("your confirmation code is A as in apple, three, nine", &["A39"]),
            ("call me on five five five, oh one double two", &["5550122"]),
            ("my number is (555) 010-0199", &["555010-0199"]),
            ("it's kim dot lee at example dot com", &["kim.lee@example.com"]),
            ("Booking 2V8LWI7J is yours", &["2V8LWI7J"]),
            ("We're at 12 Oak Street", &["12 Oak Street"]),
            ("Dr. Patel will see you", &["Dr. Patel"]),
            ("May I march in second place?", &[]),
            ("one of the two things", &[]),
            ("in 2019 we had four", &[]),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn card_and_social_security_numbers_are_passed_over() {
        assert!(shown("it's 4111 1111 1111 1111").is_empty());
        assert!(shown("my social is one two three, four five, six seven eight nine").is_empty());
    }
}
