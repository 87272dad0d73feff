//! What people may see of a call: the policy, and where in the envelope the masking is done.
//!
//! Masking works on the envelope before any template sees it, so no template can undo it.

mod about;
mod card;
mod edit;
mod keep;
mod mail;
mod mask;
mod own;
mod read;
mod runs;
mod said;
mod tokens;
mod words;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    event::Event,
    message::clean,
    render::{
        phone::{is_number, masked},
        privacy::{
            mask::{Masker, Together, Turn},
            own::Numbers,
        },
    },
};

/// How much of a call's private data a message shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Privacy {
    /// Phone numbers keep their last digits, mail addresses their first letter and domain; card, bank and
    /// social-security numbers are removed, written or said.
    Masked,
    Full,
}

/// The event as JSON for people: cleaned, and as much of it as the policy lets them see.
pub fn envelope(event: &Event, privacy: Privacy) -> Value {
    let mut envelope = serde_json::to_value(event).unwrap_or_default();
    // First, as hidden characters between digits would hide the number from the masking.
    clean::value(&mut envelope);
    if privacy == Privacy::Masked {
        let (all, none) = (Numbers::of(event), Numbers::default());
        mask_event(&mut envelope, Masker { own: &none, others: &all });
    }
    envelope
}

/// One line of text that belongs to no event, as far as the policy lets people see it.
pub fn line(text: &str, privacy: Privacy) -> String {
    let text = clean::line(text);
    let none = Numbers::default();
    match privacy {
        Privacy::Masked => Masker { own: &none, others: &none }.text(&text, ""),
        Privacy::Full => text,
    }
}

fn mask_event(envelope: &mut Value, masker: Masker<'_>) {
    if let Some(Value::Object(data)) = envelope.get_mut("data") {
        for (subject, facts) in data.iter_mut() {
            match (subject.as_str(), facts) {
                ("digest", Value::Object(digest)) => mask_digest(digest, masker),
                (_, Value::Object(facts)) => mask_facts(facts, masker),
                _ => {}
            }
        }
    }
    // Names of the config: no number that takes part belongs there, however it is written.
    let any = Masker { own: masker.others, others: masker.others };
    for key in ["watch", "watches", "account"] {
        if let Some(names) = envelope.get_mut(key) {
            mask_value(names, "", any);
        }
    }
}

/// Every event of a bundle, and what is gathered from them, without any number of any of them.
fn mask_digest(digest: &mut Map<String, Value>, masker: Masker<'_>) {
    for (key, value) in digest.iter_mut() {
        match (key.as_str(), value) {
            ("events", Value::Array(events)) => events.iter_mut().for_each(|event| mask_event(event, masker)),
            ("failed_calls" | "batches" | "notable" | "problems", Value::Array(items)) => {
                items.iter_mut().filter_map(Value::as_object_mut).for_each(|facts| mask_facts(facts, masker));
            }
            ("batch_id", Value::String(id)) => *id = masker.id(id),
            // Times, counts and fixed words.
            ("reason" | "from" | "to" | "kinds" | "outcomes" | "previous", _) | (_, Value::Number(_)) => {}
            (key, value) => mask_value(value, key, masker),
        }
    }
}

/// What is known of a call, a batch or a problem; its own numbers are found in its texts wherever they are.
fn mask_facts(facts: &mut Map<String, Value>, masker: Masker<'_>) {
    let own = Numbers::new(numbers(facts).iter().map(String::as_str));
    let masker = Masker { own: if own.is_empty() { masker.own } else { &own }, ..masker };
    let phones: Vec<(String, String)> = phones(facts).map(|text| (text.to_owned(), masker.phone(text))).collect();
    for (key, value) in facts.iter_mut() {
        match (key.as_str(), value) {
            ("to" | "from" | "transferred_to", Value::String(number)) => {
                *number = if is_number(number) { masked(number) } else { masker.text(number, key) };
            }
            // The link alone opens the recording to whoever has it.
            ("recording_url", url) => *url = Value::Null,
            ("failed_calls", Value::Array(calls)) => {
                calls.iter_mut().filter_map(Value::as_object_mut).for_each(|call| mask_facts(call, masker));
            }
            ("transcript", Value::Array(turns)) => mask_transcript(turns, masker),
            ("details", Value::Array(texts)) => mask_details(texts, &phones, masker),
            ("detail_items", Value::Array(items)) => {
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    if let Some(text) = item.get_mut("text") {
                        mask_details(std::slice::from_mut(text), &phones, masker);
                    }
                }
            }
            ("id" | "batch_id" | "pathway_id" | "url", Value::String(id)) => *id = masker.id(id),
            ("outcomes" | "all_outcomes", _) => {}
            (key, value) if (key == "since" || key.ends_with("_at")) && value.as_str().is_some_and(is_time) => {}
            (_, Value::Number(_)) => {}
            (key, value) => mask_value(value, key, masker),
        }
    }
}

/// The numbers that the facts name, as they stand before anything is masked.
fn numbers(facts: &Map<String, Value>) -> Vec<String> {
    let failed = facts.get("failed_calls").and_then(Value::as_array).into_iter().flatten();
    let of_failed = failed.filter_map(|call| call.get("to"));
    let own = ["to", "from", "transferred_to"].into_iter().filter_map(|key| facts.get(key));
    own.chain(of_failed).filter_map(Value::as_str).chain(phones(facts)).map(str::to_owned).collect()
}

/// The details that are phone numbers by their kind, whatever they look like.
fn phones(facts: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let items = facts.get("detail_items").and_then(Value::as_array).into_iter().flatten();
    items.filter(|item| item["kind"] == "phone").filter_map(|item| item["text"].as_str())
}

/// Details without what is private; what is known to be a phone number is hidden as one.
fn mask_details(texts: &mut [Value], phones: &[(String, String)], masker: Masker<'_>) {
    let known = |text: &Value| phones.iter().find(|(phone, _)| text == phone).map(|(_, hidden)| hidden.clone());
    let hidden: Vec<Option<String>> = texts.iter().map(known).collect();
    mask_list(texts, "", masker);
    for (text, hidden) in texts.iter_mut().zip(hidden) {
        if let Some(hidden) = hidden {
            *text = Value::String(hidden);
        }
    }
}

/// A number may be said over several turns, and read back in pieces.
fn mask_transcript(turns: &mut [Value], masker: Masker<'_>) {
    let field = |turn: &Value, name: &str| turn.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut speakers: BTreeMap<String, usize> = BTreeMap::new();
    let said: Vec<(String, usize)> = turns
        .iter()
        .map(|turn| {
            let next = speakers.len();
            (field(turn, "text"), *speakers.entry(field(turn, "speaker")).or_insert(next))
        })
        .collect();
    let said: Vec<Turn<'_>> = said.iter().map(|(text, speaker)| Turn { text, speaker: *speaker }).collect();
    let masked = masker.turns(&said, "", Together::Talk);
    for (turn, text) in turns.iter_mut().zip(masked) {
        let Value::Object(turn) = turn else { continue };
        turn.insert("text".to_owned(), Value::String(text));
        if let Some(Value::String(speaker)) = turn.get_mut("speaker") {
            *speaker = masker.text(speaker, "");
        }
    }
}

/// Masks texts, keys and whole numbers at any depth; the key says what a value is.
fn mask_value(value: &mut Value, key: &str, masker: Masker<'_>) {
    match value {
        Value::String(text) => *text = masker.text(text, key),
        Value::Array(items) if items.iter().all(is_plain) => mask_list(items, key, masker),
        Value::Array(items) => items.iter_mut().for_each(|item| mask_value(item, key, masker)),
        Value::Object(map) => {
            for (key, mut value) in std::mem::take(map) {
                mask_value(&mut value, &key, masker);
                map.insert(free_key(masker.text(&key, ""), map), value);
            }
        }
        Value::Number(number) => {
            let text = number.to_string();
            let hidden = masker.text(&text, key);
            if hidden != text {
                *value = Value::String(hidden);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn is_plain(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_))
}

/// A list may hold a number in pieces.
fn mask_list(items: &mut [Value], key: &str, masker: Masker<'_>) {
    let texts: Vec<String> =
        items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect();
    let turns: Vec<Turn<'_>> = texts.iter().map(|text| Turn { text, speaker: 0 }).collect();
    let masked = masker.turns(&turns, key, Together::List);
    for ((item, text), hidden) in items.iter_mut().zip(&texts).zip(masked) {
        if *text != hidden {
            *item = Value::String(hidden);
        }
    }
}

/// Two keys may look the same when they are masked; neither value may be lost.
fn free_key(key: String, map: &Map<String, Value>) -> String {
    if !map.contains_key(&key) {
        return key;
    }
    let numbered = (2..).map(|count| format!("{key} ({count})"));
    numbered.into_iter().find(|key| !map.contains_key(key)).unwrap_or(key)
}

fn is_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok()
}

#[cfg(test)]
mod tests;
