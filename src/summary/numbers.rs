//! Numbers as people say them: "two hundred and fifty", "twenty-first", "A as in apple, three, oh".

use super::words::Token;

/// A number read from one or more tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) value: u64,
    /// How many tokens it takes.
    pub(super) len: usize,
    /// It was written in figures.
    pub(super) figures: bool,
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const ORDINALS: [&str; 20] = [
    "",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];
const ALPHABET: [&str; 26] = [
    "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "kilo", "lima",
    "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey", "xray",
    "yankee", "zulu",
];

fn place(list: &[&str], word: &str) -> Option<u64> {
    list.iter().position(|known| !known.is_empty() && *known == word).and_then(|at| u64::try_from(at).ok())
}

pub(super) fn small(word: &str) -> Option<u64> {
    place(&SMALL, word)
}

fn tens(word: &str) -> Option<u64> {
    place(&TENS, word).map(|ten| ten * 10)
}

/// A whole number at the token `at`: figures or words.
pub(super) fn cardinal(tokens: &[Token<'_>], at: usize) -> Option<Number> {
    let first = tokens.get(at)?;
    if first.text.starts_with(|c: char| c.is_ascii_digit()) {
        let figures = first.text.replace(',', "");
        let value = figures.parse().ok().filter(|_| figures.len() <= 12)?;
        return Some(Number { value, len: 1, figures: true });
    }
    let word = |at: usize| tokens.get(at).map_or("", |token| &*token.lower);
    let (mut total, mut group, mut taken) = (0_u64, 0_u64, 0_usize);
    let mut pos = at;
    if word(pos) == "a" && matches!(word(pos + 1), "hundred" | "thousand") {
        group = 1;
        pos += 1;
    }
    loop {
        let next = word(pos);
        if let Some(ten) = tens(next).filter(|_| group % 100 == 0) {
            group += ten;
        } else if let Some(one) = small(next).filter(|one| fits(group, *one, taken)) {
            group += one;
        } else if next == "hundred" && (1..100).contains(&group) {
            group *= 100;
        } else if next == "thousand" && (1..1_000).contains(&group) && total == 0 {
            total = group * 1_000;
            group = 0;
        } else if next == "and" && group.is_multiple_of(100) && (group > 0 || total > 0) && starts_number(word(pos + 1))
        {
            pos += 1;
            continue;
        } else {
            break;
        }
        pos += 1;
        taken = pos - at;
    }
    (taken > 0).then_some(Number { value: total + group, len: taken, figures: false })
}

/// Whether a word for 0 to 19 can follow what was said of a group of three figures.
fn fits(group: u64, one: u64, taken: usize) -> bool {
    match group % 100 {
        0 => group > 0 || taken == 0 || one > 0,
        20.. => group.is_multiple_of(10) && (1..10).contains(&one),
        _ => false,
    }
}

fn starts_number(word: &str) -> bool {
    tens(word).is_some() || small(word).is_some()
}

/// The day that "fifth", "twenty-first", "5th" or "21st" names, and how many tokens it takes.
pub(super) fn ordinal(tokens: &[Token<'_>], at: usize) -> Option<(u64, usize)> {
    let word = &*tokens.get(at)?.lower;
    for ending in ["st", "nd", "rd", "th"] {
        if let Some(day) = word.strip_suffix(ending).and_then(|figures| figures.parse().ok()) {
            return Some((day, 1)).filter(|_| (1..=31).contains(&day));
        }
    }
    let next = || tokens.get(at + 1).and_then(|next| place(&ORDINALS, &next.lower)).filter(|day| *day < 10);
    match word {
        "twentieth" => Some((20, 1)),
        "thirtieth" => Some((30, 1)),
        "twenty" => next().map(|day| (20 + day, 2)),
        "thirty" => next().filter(|day| *day == 1).map(|day| (30 + day, 2)),
        _ => place(&ORDINALS, word).map(|day| (day, 1)),
    }
}

/// A run of letters and figures said one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelled {
    pub(super) text: String,
    pub(super) len: usize,
}

/// Reads "B as in boy, four, double two, dash, nine" as `B422-9`; at least three signs, or a whole phone number.
pub(super) fn spelled(source: &str, tokens: &[Token<'_>], at: usize) -> Option<Spelled> {
    let mut text = String::new();
    let (mut pos, mut signs, mut said) = (at, 0, 0);
    while let Some(token) = tokens.get(pos) {
        if pos > at && !close(source, tokens, pos) {
            break;
        }
        let (piece, len) = sign(tokens, pos, signs > 0).unwrap_or_default();
        // "K, L, nine, P. P like Peter": what was spelled is explained, not gone on with.
        let explains = len > 2 && signs >= 4 && text.contains(piece.as_str()) && after_stop(source, tokens, pos);
        if len == 0 || explains {
            break;
        }
        let figure_word = !token.text.starts_with(|c: char| c.is_ascii_digit());
        // A number of several figures belongs to a run, but does not make one.
        if signs == 0 && piece.len() > 2 && figure_word && !token.is_capitalised() {
            break;
        }
        text.push_str(&piece);
        signs += 1;
        said += usize::from(piece.chars().count() == 1 || !figure_word);
        pos += len;
    }
    let text = text.trim_end_matches('-').to_owned();
    let figures = text.chars().filter(char::is_ascii_digit).count();
    let enough = (said >= 3 && signs >= 3) || (figures >= 7 && said == signs);
    (enough && text.len() <= 40).then_some(Spelled { text, len: pos - at })
}

fn after_stop(source: &str, tokens: &[Token<'_>], at: usize) -> bool {
    let last = at.checked_sub(1).and_then(|last| tokens.get(last));
    let gap = last.zip(tokens.get(at)).and_then(|(last, next)| source.get(last.end..next.start));
    gap.is_some_and(|gap| gap.starts_with('.'))
}

/// Whether nothing but spaces and light punctuation stands before the token.
fn close(source: &str, tokens: &[Token<'_>], at: usize) -> bool {
    let Some((last, token)) = at.checked_sub(1).and_then(|last| tokens.get(last).zip(tokens.get(at))) else {
        return false;
    };
    let gap = source.get(last.end..token.start).unwrap_or("?");
    gap.len() <= 5 && gap.chars().all(|c| matches!(c, ' ' | ',' | '-' | '.' | '–' | '—' | '…' | '(' | ')'))
}

fn sign(tokens: &[Token<'_>], at: usize, inside: bool) -> Option<(String, usize)> {
    let token = tokens.get(at)?;
    let word = &*token.lower;
    let next = |step: usize| tokens.get(at + step).map_or("", |token| &*token.lower);
    let single = token.text.chars().nth(1).is_none();
    if single && token.text.chars().all(|c| c.is_ascii_alphabetic()) {
        // "A as in apple", "b for boy", "C like Charlie".
        let explained = match (next(1), next(2)) {
            ("as", "in") => 4,
            ("for" | "like", word) if word.starts_with(&*token.lower) && word.len() > 2 => 3,
            _ => 1,
        };
        let letter = token.text.to_ascii_uppercase();
        let plain_word = matches!(token.text, "a" | "i" | "I" | "A");
        // "A, seven, three, K" and not "a two bedroom".
        let figure = |word: &str| {
            small(word).is_some_and(|figure| figure < 10)
                || (word.len() == 1 && word.chars().all(|c| c.is_ascii_digit()))
        };
        let leads = letter == "A" && figure(next(1)) && figure(next(2));
        return (explained > 1 || !plain_word || inside || leads).then_some((letter, explained.min(tokens.len() - at)));
    }
    // "GV four one seven two": letters said as one word.
    let initials = matches!(token.text.len(), 2..=4) && token.text.chars().all(|c| c.is_ascii_uppercase());
    if initials && !matches!(token.text, "OK" | "AM" | "PM" | "US" | "TV" | "ID" | "PO" | "USA") {
        let figure = |word: &str| {
            small(word).is_some_and(|figure| figure < 10)
                || (!word.is_empty() && word.chars().all(|c| c.is_ascii_digit()))
        };
        return (figure(next(1)) && !inside).then(|| (token.text.to_owned(), 1));
    }
    if token.text.trim_start_matches('+').chars().all(|c| c.is_ascii_digit() || c == '-') && token.text.len() <= 20 {
        return Some((token.text.to_owned(), 1));
    }
    if let Some(times) = match word {
        "double" => Some(2),
        "triple" => Some(3),
        _ => None,
    } {
        let (piece, len) = sign(tokens, at + 1, true).filter(|(piece, _)| piece.len() == 1)?;
        return Some((piece.repeat(times), len + 1));
    }
    if matches!(word, "oh" | "o") {
        return (inside || small(next(1)).is_some_and(|figure| figure < 10)).then(|| ("0".to_owned(), 1));
    }
    if matches!(word, "dash" | "hyphen") && inside {
        return Some(("-".to_owned(), 1));
    }
    if let Some(letter) = place(&ALPHABET, word).filter(|_| inside || place(&ALPHABET, next(1)).is_some()) {
        let letter = char::from(b'A' + u8::try_from(letter).ok()?);
        return Some((letter.to_string(), 1));
    }
    if let Some(figure) = small(word).filter(|figure| *figure < 10) {
        // "two hundred" is a number, not a two.
        return (!matches!(next(1), "hundred" | "thousand")).then(|| (figure.to_string(), 1));
    }
    let number = cardinal(tokens, at).filter(|number| inside && number.value < 100)?;
    Some((number.value.to_string(), number.len))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::words::tokens;

    #[test]
    fn spoken_numbers_have_their_value() {
        for (text, value, len) in [
            ("twenty-four", 24, 2),
            ("two hundred and fifty dollars", 250, 4),
            ("a hundred", 100, 2),
            ("twelve hundred", 1_200, 2),
            ("three thousand five hundred and two", 3_502, 6),
            ("1,200 of them", 1_200, 1),
            ("nineteen fifty", 19, 1),
            ("twenty twenty", 20, 1),
        ] {
            let number = cardinal(&tokens(text), 0).unwrap();
            assert_eq!((number.value, number.len), (value, len), "{text}");
        }
        assert_eq!(cardinal(&tokens("and five"), 0), None);
        assert_eq!(ordinal(&tokens("twenty-first of May"), 0), Some((21, 2)));
        assert_eq!(ordinal(&tokens("3rd"), 0), Some((3, 1)));
    }

    #[test]
    fn spelled_codes_are_joined() {
        for (text, code) in [
            ("A as in apple, three, nine", "A39"),
            ("five five five, oh one double two", "5550122"),
            ("bravo kilo seven two", "BK72"),
            ("X dash 4 4 1", "X-441"),
            ("S M I T H", "SMITH"),
            ("four one two, thirty-four, fifty", "4123450"),
        ] {
            assert_eq!(spelled(text, &tokens(text), 0).map(|found| found.text).as_deref(), Some(code), "{text}");
        }
        for text in ["two people", "I am a", "one or two", "three nights at two hundred"] {
            assert_eq!(spelled(text, &tokens(text), 0), None, "{text}");
        }
    }
}
