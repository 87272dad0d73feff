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

/// How long account numbers are, by country (ISO 13616 registry).
const LENGTHS: [(usize, &str); 18] = [
    (15, "NO"),
    (16, "BE"),
    (18, "DK FI FO GL NL SD"),
    (19, "MK SI"),
    (20, "AT BA EE KZ LT LU XK MN"),
    (21, "CH HR LI LV"),
    (22, "BG BH CR DE GB GE IE ME RS VA"),
    (23, "AE GI IL IQ TL OM SO"),
    (24, "AD CZ ES MD PK RO SA SE SK TN VG"),
    (25, "LY PT ST"),
    (26, "IS TR"),
    (27, "FR GR IT MC MR SM DJ BI"),
    (28, "AL AZ BY CY DO GT HU LB NI PL SV"),
    (29, "BR EG PS QA UA"),
    (30, "JO KW MU YE"),
    (31, "MT SC"),
    (32, "LC"),
    (33, "RU"),
];

/// Hides international account numbers, in fours or in one piece.
pub(super) fn account_edits(text: &str) -> Vec<Edit> {
    static IBAN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?-u:\b)[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3}(?-u:\b))?")
            .expect("a valid pattern")
    });
    let edit = |found: regex::Match<'_>| {
        let end = found.start() + iban_end(found.as_str())?;
        Some(Edit { from: found.start(), to: end, with: ACCOUNT_REMOVED.to_owned() })
    };
    IBAN.find_iter(text).filter_map(edit).collect()
}

/// Where the account number at the beginning of the text ends.
fn iban_end(text: &str) -> Option<usize> {
    let country: String = text.chars().take(2).map(|c| c.to_ascii_uppercase()).collect();
    let (length, _) = LENGTHS.into_iter().find(|(_, countries)| countries.split(' ').any(|known| known == country))?;
    let mut signs = text.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric());
    let account: Vec<(usize, char)> = signs.by_ref().take(length).collect();
    let end = account.last().map(|(place, _)| place + 1)?;
    let goes_on = text.get(end..).and_then(|rest| rest.chars().next()).is_some_and(char::is_alphanumeric);
    let signs: String = account.iter().map(|(_, c)| c.to_ascii_uppercase()).collect();
    (signs.len() == length && !goes_on && remainder(&signs) == 1).then_some(end)
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
