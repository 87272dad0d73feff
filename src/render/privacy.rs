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
    render::{
        numbers::Numbers,
        phone::{digit, digits, is_number, masked},
    },
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
        mask_event(&mut envelope, &Numbers::of(event));
    }
    envelope
}

fn mask_event(envelope: &mut Value, own: &Numbers) {
    if let Some(Value::Object(data)) = envelope.get_mut("data") {
        for (subject, facts) in data.iter_mut() {
            match (subject.as_str(), facts) {
                ("digest", Value::Object(digest)) => mask_digest(digest, own),
                (_, Value::Object(facts)) => mask_facts(facts, own),
                _ => {}
            }
        }
    }
    for key in ["watch", "watches"] {
        if let Some(names) = envelope.get_mut(key) {
            each_text(names, &|text| own.hide(text));
        }
    }
}

/// Every event of a bundle, and what is gathered from them, without any number of any of them.
fn mask_digest(digest: &mut Map<String, Value>, own: &Numbers) {
    for (key, value) in digest.iter_mut() {
        match (key.as_str(), value) {
            ("events", Value::Array(events)) => events.iter_mut().for_each(|event| mask_event(event, own)),
            ("failed_calls" | "batches" | "notable" | "problems", Value::Array(items)) => {
                items.iter_mut().filter_map(Value::as_object_mut).for_each(|facts| mask_facts(facts, own));
            }
            ("route", Value::String(name)) => *name = own.hide(name),
            // Times, counts and ids.
            ("reason" | "from" | "to" | "batch_id" | "kinds" | "outcomes" | "previous", _) | (_, Value::Number(_)) => {}
            (_, value) => mask_value(value, own),
        }
    }
}

fn mask_facts(facts: &mut Map<String, Value>, own: &Numbers) {
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
            ("id" | "batch_id" | "pathway_id" | "url" | "since" | "outcomes" | "all_outcomes", _) => {}
            (key, _) if key.ends_with("_at") => {}
            (_, value) => mask_value(value, own),
        }
    }
}

/// Masks texts, keys and whole numbers at any depth.
fn mask_value(value: &mut Value, own: &Numbers) {
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
fn mask_text(text: &str, own: &Numbers) -> String {
    // Cheap way out: most texts have few digits.
    if text.chars().filter(|c| digit(*c).is_some()).take(7).count() < 7 {
        return text.to_owned();
    }
    hide_foreign(&own.hide(text))
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

    fn own() -> Numbers {
        Numbers::new(["+15551234567", "+4930123456"].into_iter())
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
