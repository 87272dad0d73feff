//! Check digits: what is a card's number, and what is a bank account's.

use std::sync::LazyLock;

use regex::Regex;

use crate::render::privacy::edit::Edit;

const ACCOUNT_REMOVED: &str = "[account removed]";

/// Whether the last digit fits the others, as on all cards.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let doubled = |(place, digit): (usize, &u8)| {
        let digit = u32::from(*digit);
        match (place % 2, digit) {
            (0, _) => digit,
            (_, 5..) => digit * 2 - 9,
            _ => digit * 2,
        }
    };
    digits.iter().rev().enumerate().map(doubled).sum::<u32>().is_multiple_of(10)
}

/// Whether it is as long as the cards are that begin so, and checks.
pub(super) fn is_card(digits: &[u8]) -> bool {
    let fits = match digits {
        [3, 4 | 7, ..] => digits.len() == 15,
        [3, 0 | 6 | 8 | 9, ..] => digits.len() == 14,
        [4, ..] => matches!(digits.len(), 13 | 16 | 19),
        [6, ..] => (16..=19).contains(&digits.len()),
        [2 | 3 | 5, ..] => digits.len() == 16,
        _ => false,
    };
    fits && luhn(digits)
}

/// Hides international account numbers, in groups or not.
pub(super) fn account_edits(text: &str) -> Vec<Edit> {
    static IBAN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?-u:\b)[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]{1,4}){3,10}").expect("a valid pattern")
    });
    let edit = |found: regex::Match<'_>| {
        let end = found.start() + iban_end(found.as_str())?;
        Some(Edit { from: found.start(), to: end, with: ACCOUNT_REMOVED.to_owned() })
    };
    IBAN.find_iter(text).filter_map(edit).collect()
}

/// Where the longest account number at the beginning of the text ends.
fn iban_end(text: &str) -> Option<usize> {
    let mut signs = String::new();
    let mut end = None;
    for (place, c) in text.char_indices() {
        if c.is_ascii_alphanumeric() {
            signs.push(c.to_ascii_uppercase());
            if (15..=34).contains(&signs.len()) && remainder(&signs) == 1 {
                end = Some(place + 1);
            }
        }
    }
    let goes_on =
        |end: &usize| text.get(*end..).and_then(|rest| rest.chars().next()).is_some_and(char::is_alphanumeric);
    end.filter(|end| !goes_on(end))
}

/// ISO 7064 over the text with its first four signs moved to the end.
fn remainder(signs: &str) -> u32 {
    let moved = signs.chars().skip(4).chain(signs.chars().take(4));
    moved.filter_map(|c| c.to_digit(36)).fold(0, |rest, value| match value {
        0..10 => (rest * 10 + value) % 97,
        _ => (rest * 100 + value) % 97,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_checked() {
        let of = |text: &str| text.bytes().map(|byte| byte - b'0').collect::<Vec<_>>();
        for (card, is) in [
            ("4111111111111111", true),
            ("378282246310005", true),
            ("30569309025904", true),
            ("6011111111111117", true),
            ("4111111111111112", false),
            ("1234567812345670", false),
        ] {
            assert_eq!(is_card(&of(card)), is, "{card}");
        }
        for (text, account) in [
            ("to DE89 3704 0044 0532 0130 00 please", "DE89 3704 0044 0532 0130 00"),
            ("GB82WEST12345698765432.", "GB82WEST12345698765432"),
            ("DE88370400440532013000", ""),
        ] {
            let found = account_edits(text).first().map_or("", |edit| text.get(edit.from..edit.to).unwrap());
            assert_eq!(found, account);
        }
    }
}
