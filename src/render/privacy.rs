//! What people may see of numbers: the policy, and the masking that carries it out.
//!
//! Masking works on the envelope before any template sees it, so no template can undo it.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    event::Event,
    message::clean,
    render::phone::{digit, digits, is_number, masked},
};

/// How much of a call's private data a message shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Privacy {
    /// Phone numbers keep their last four digits; card and social-security numbers are removed.
    Masked,
    Full,
}

const CARD_REMOVED: &str = "[card removed]";
const NUMBER_REMOVED: &str = "[number removed]";

/// The event as JSON for people: cleaned, and as much of it as the policy lets them see.
pub fn envelope(event: &Event, privacy: Privacy) -> Value {
    let mut envelope = serde_json::to_value(event).unwrap_or_default();
    // First, as hidden characters between digits would hide the number from the masking.
    clean::value(&mut envelope);
    if privacy == Privacy::Masked {
        let own = own_numbers(event);
        if let Some(Value::Object(data)) = envelope.get_mut("data") {
            data.values_mut().filter_map(Value::as_object_mut).for_each(|facts| mask_facts(facts, &own));
        }
        for key in ["watch", "watches"] {
            if let Some(names) = envelope.get_mut(key) {
                each_text(names, &|text| hide_own(text, &own));
            }
        }
    }
    envelope
}

/// A number that takes part in the call.
struct Own {
    digits: String,
    shown: String,
}

fn own_numbers(event: &Event) -> Vec<Own> {
    let of_call = event.call().into_iter().flat_map(|call| [&call.to, &call.from, &call.transferred_to]);
    let of_batch = event.batch().into_iter().flat_map(|batch| batch.failed_calls.iter().map(|call| &call.to));
    let all = of_call.chain(of_batch).flatten().map(|number| Own { digits: digits(number), shown: masked(number) });
    // Shorter ones are service numbers, and everywhere by chance.
    all.filter(|own| own.digits.len() >= 7).collect()
}

fn mask_facts(facts: &mut Map<String, Value>, own: &[Own]) {
    for (key, value) in facts.iter_mut() {
        match (key.as_str(), value) {
            ("to" | "from" | "transferred_to", Value::String(number)) => {
                *number = if is_number(number) { masked(number) } else { mask_text(number, own) };
            }
            // The link alone opens the recording to whoever has it.
            ("recording_url", url) => *url = Value::Null,
            ("failed_calls", Value::Array(calls)) => {
                calls.iter_mut().filter_map(Value::as_object_mut).for_each(|call| mask_facts(call, own));
            }
            ("id" | "batch_id" | "pathway_id" | "url" | "since" | "outcomes", _) => {}
            (key, _) if key.ends_with("_at") => {}
            (_, value) => mask_value(value, own),
        }
    }
}

/// Masks texts, keys and whole numbers at any depth.
fn mask_value(value: &mut Value, own: &[Own]) {
    match value {
        Value::String(text) => *text = mask_text(text, own),
        Value::Array(items) => items.iter_mut().for_each(|item| mask_value(item, own)),
        Value::Object(map) => {
            let old = std::mem::take(map);
            for (key, mut value) in old {
                // A turn's time is a time, and stays.
                if key != "at" || !value.as_str().is_some_and(is_time) {
                    mask_value(&mut value, own);
                }
                map.insert(mask_text(&key, own), value);
            }
        }
        Value::Number(number) if !number.is_f64() => {
            let text = number.to_string();
            let hidden = mask_text(&text, own);
            if hidden != text {
                *value = Value::String(hidden);
            }
        }
        _ => {}
    }
}

fn each_text(value: &mut Value, change: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        _ => {}
    }
}

fn is_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok()
}

/// A text without the call's own numbers, and without what looks like a phone, card or social-security number.
fn mask_text(text: &str, own: &[Own]) -> String {
    // Cheap way out: most texts have few digits.
    if text.chars().filter(|c| digit(*c).is_some()).take(7).count() < 7 {
        return text.to_owned();
    }
    hide_foreign(&hide_own(text, own))
}

/// Hides each own number however it is written: spaced, dashed, with or without its country code.
fn hide_own(text: &str, own: &[Own]) -> String {
    own.iter().fold(text.to_owned(), |text, number| hide_one(&text, number))
}

fn hide_one(text: &str, Own { digits: number, shown }: &Own) -> String {
    // National forms drop the country code and may put a zero in its place, so the end decides.
    let ending: String = number.chars().skip(number.len() - number.len().saturating_sub(3).max(7)).collect();
    let chars: Vec<char> = text.chars().collect();
    let found: Vec<(usize, u8)> =
        chars.iter().enumerate().filter_map(|(index, c)| digit(*c).map(|d| (index, b'0' + d))).collect();
    let mut out = String::with_capacity(text.len());
    let (mut written, mut at) = (0, 0);
    while at + ending.len() <= found.len() {
        let window = found.get(at..at + ending.len()).unwrap_or_default();
        if !window.iter().map(|(_, d)| *d).eq(ending.bytes()) || !runs_on(&chars, window) {
            at += 1;
            continue;
        }
        let start = start_of(&chars, &found, at, number, ending.len());
        // Part of a number within some system's long id is chance.
        if at + ending.len() - start < number.len().min(10) && solid_run(&chars, window) > 15 {
            at += 1;
            continue;
        }
        let mut first = found.get(start).map_or(0, |(index, _)| *index);
        while first > written && chars.get(first - 1).is_some_and(|c| matches!(c, '+' | '(')) {
            first -= 1;
        }
        out.extend(chars.get(written..first).unwrap_or_default());
        out.push_str(shown);
        written = window.last().map_or(first, |(index, _)| index + 1);
        at += ending.len();
    }
    out.extend(chars.get(written..).unwrap_or_default());
    out
}

/// The most characters that may stand between two digits of one number.
const MAX_GAP: usize = 20;

/// Whether neither a letter nor a long gap stands between the digits.
fn runs_on(chars: &[char], window: &[(usize, u8)]) -> bool {
    window.windows(2).all(|pair| match pair {
        [(before, _), (after, _)] => {
            let gap = chars.get(before + 1..*after).unwrap_or_default();
            gap.len() <= MAX_GAP && !gap.iter().any(|c| c.is_alphanumeric())
        }
        _ => true,
    })
}

/// The length of the run of digits without gaps that the first digit is in.
fn solid_run(chars: &[char], window: &[(usize, u8)]) -> usize {
    let first = window.first().map_or(0, |(index, _)| *index);
    let (before, after) = chars.split_at(first);
    let is_digit = |c: &&char| digit(**c).is_some();
    before.iter().rev().take_while(is_digit).count() + after.iter().take_while(is_digit).count()
}

/// The first digit of the number, when more of it stands before its ending.
fn start_of(chars: &[char], found: &[(usize, u8)], at: usize, number: &str, ending: usize) -> usize {
    let before = number.bytes().rev().skip(ending);
    let mut start = at;
    for wanted in before {
        let joined = start > 0 && runs_on(chars, found.get(start - 1..=start).unwrap_or_default());
        if !joined || found.get(start - 1).is_none_or(|(_, d)| *d != wanted) {
            break;
        }
        start -= 1;
    }
    start
}

/// Times, dates and ids, which stay, or a run of digits that may be written in groups.
static CANDIDATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?P<keep>
            \b\d{4}-\d{2}-\d{2}\b (?: [T\ ]\d{2}:\d{2}(?: :\d{2}(?:\.\d+)? )?(?: Z | [+-]\d{2}:?\d{2} )? )?
          | \b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b
          | \b\d{1,2}:\d{2}(?: :\d{2} )?\b
          | [$€£]\ ?\d[\d,]*(?: \.\d+ )?
          | \b\d\.\d{4,}\b
        )
        | (?P<run> (?: \+ | \b | \( ) \d (?: [\s().\-–/·]{0,3} \d ){8,} \b )",
    )
    .expect("a valid pattern")
});

fn hide_foreign(text: &str) -> String {
    let judge = |found: &Captures<'_>| match found.name("run") {
        Some(run) => judge_run(run.as_str()),
        None => found[0].to_owned(),
    };
    CANDIDATE.replace_all(text, judge).into_owned()
}

fn judge_run(run: &str) -> String {
    let digits = digits(run);
    let grouped = run.chars().any(|c| digit(c).is_none() && c != '+');
    match digits.len() {
        13..=19 if luhn(&digits) => CARD_REMOVED.to_owned(),
        9 if is_social_security(run) => NUMBER_REMOVED.to_owned(),
        9 => run.to_owned(),
        10..=15 => NUMBER_REMOVED.to_owned(),
        // A long run without gaps is some system's id; with gaps it is several numbers in a row.
        _ if grouped => NUMBER_REMOVED.to_owned(),
        _ => run.to_owned(),
    }
}

fn is_social_security(run: &str) -> bool {
    let groups: Vec<usize> =
        run.split(|c: char| digit(c).is_none()).filter(|group| !group.is_empty()).map(|g| g.chars().count()).collect();
    groups == [3, 2, 4]
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(|byte| u32::from(byte - b'0'))
        .enumerate()
        .map(|(index, digit)| match index % 2 {
            0 => digit,
            _ if digit > 4 => digit * 2 - 9,
            _ => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn own() -> Vec<Own> {
        ["+15551234567", "+4930123456"].map(|number| Own { digits: digits(number), shown: masked(number) }).into()
    }

    #[test]
    fn numbers_in_texts_are_hidden() {
        for (text, hidden) in [
            ("call +15551234567 back", "call +1 ••• ••• 4567 back"),
            ("my number is 555-123-4567.", "my number is +1 ••• ••• 4567."),
            ("(555) 123 4567 or 5 5 5. 1 2 3. 4 5 6 7", "+1 ••• ••• 4567 or +1 ••• ••• 4567"),
            ("x15551234567y", "x+1 ••• ••• 4567y"),
            ("Berlin 030 123456", "Berlin 0+49 ••• 3456"),
            ("Account not allowed to call +15550100006", "Account not allowed to call [number removed]"),
            ("try 555.010.0006 or 555 010 0007", "try [number removed] or [number removed]"),
            ("card 4111 1111 1111 1111, ssn 123-45-6789", "card [card removed], ssn [number removed]"),
            ("4111111111111111", "[card removed]"),
            ("1234 5678 1234 5678", "[number removed]"),
        ] {
            assert_eq!(mask_text(text, &own()), hidden, "{text}");
        }
    }

    #[test]
    fn times_ids_prices_and_durations_survive() {
        for text in [
            "2023-12-16T00:15:41Z",
            "2024-04-27T23:51:18.025251+00:00",
            "2023-12-16 00:15:41 and 2023-12-17",
            "c1234567-89ab-4def-8123-456789abcdef",
            "12345678-1234-1234-1234-123456789012",
            "AAcQq8zX1234567890xy-gen-batch",
            "it costs $1,250.00 or 0.933333333333333",
            "from 10:30 to 11:45:12, room 12, zip 12345-6789",
            "71 seconds, 1 min 11 s, order 12345678",
            "snowflake 1234567890123456789",
        ] {
            assert_eq!(mask_text(text, &own()), text);
        }
    }

    #[test]
    fn two_numbers_in_a_row_do_not_shield_each_other() {
        assert_eq!(mask_text("555-987-6543 555-222-3333 555-444-5555", &own()), "[number removed]");
    }

    proptest! {
        #[test]
        fn no_way_of_writing_an_own_number_gets_through(
            before in "[a-z ]{0,8}", after in "[a-z ]{0,8}",
            gaps in proptest::collection::vec("[ .()/-]{0,2}", 10), country in prop_oneof![Just(""), Just("1"), Just("+1 ")],
        ) {
            let mut written = format!("{before}{country}");
            for (digit, gap) in "5551234567".chars().zip(&gaps) {
                written.push_str(gap);
                written.push(digit);
            }
            written.push_str(&after);
            let hidden = mask_text(&written, &own());
            prop_assert!(!digits(&hidden).contains("551234567"), "{} -> {}", written, hidden);
        }

        #[test]
        fn masking_never_panics(text in "\\PC{0,60}") {
            mask_text(&text, &own());
        }
    }
}
