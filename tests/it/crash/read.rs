//! What a message tells, as a receiver of its kind can read it.

use std::collections::HashMap;

use mail_parser::MessageParser;
use serde_json::Value;

use super::ledger::Copy;

/// One end of a call or batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The id of the call or batch.
    pub(crate) about: String,
    pub(crate) outcome: Option<String>,
}

/// Event ids to what they tell, learned from the plain envelopes; digests may only name ids.
#[derive(Debug, Default)]
pub(crate) struct Events(HashMap<String, Told>);

impl Events {
    pub(crate) fn of(copies: &[Copy]) -> Self {
        let envelopes = copies.iter().filter(|copy| is_envelope(copy)).filter_map(|copy| {
            let body: Value = serde_json::from_slice(&copy.body).ok()?;
            Some((body["id"].as_str()?.to_owned(), event(&body)?))
        });
        Self(envelopes.collect())
    }
}

/// Everything that a message tells: one end, or those of a digest.
pub(crate) fn contents(copy: &Copy, events: &Events) -> Vec<Told> {
    if !is_envelope(copy) {
        return words(&copy_text(copy)).into_iter().collect();
    }
    let Ok(body) = serde_json::from_slice::<Value>(&copy.body) else { return vec![] };
    if body["type"] != "digest" {
        return event(&body).into_iter().collect();
    }
    let bundled = body["data"]["digest"]["events"].as_array().cloned().unwrap_or_default();
    let told = |one: &Value| {
        let id = one["id"].as_str()?;
        // An event that nobody else was told of has no other name.
        Some(events.0.get(id).cloned().unwrap_or_else(|| Told { about: id.to_owned(), outcome: None }))
    };
    bundled.iter().filter_map(told).collect()
}

/// Plain webhooks carry the event itself; the others are written for people.
fn is_envelope(copy: &Copy) -> bool {
    matches!(copy.to.as_str(), "crm" | "bundle")
}

fn event(body: &Value) -> Option<Told> {
    let data = &body["data"];
    match body["type"].as_str()? {
        "call.completed" | "call.failed" => {
            let about = data["call"]["id"].as_str()?.to_owned();
            Some(Told { about, outcome: data["call"]["outcome"].as_str().map(str::to_owned) })
        }
        "batch.completed" => Some(Told { about: data["batch"]["id"].as_str()?.to_owned(), outcome: None }),
        _ => None,
    }
}

/// The text of a message for people, whatever stands around it.
fn copy_text(copy: &Copy) -> String {
    if let Ok(body) = serde_json::from_slice::<Value>(&copy.body) {
        let mut texts = Vec::new();
        gather(&body, &mut texts);
        return texts.join("\n");
    }
    let mail = MessageParser::default().parse(&copy.body).unwrap_or_default();
    let body = mail.body_text(0).unwrap_or_default();
    format!("{}\n{body}", mail.subject().unwrap_or_default())
}

fn gather<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| gather(item, texts)),
        Value::Object(members) => members.values().for_each(|member| gather(member, texts)),
        _ => {}
    }
}

/// The call's id stands in every footer, and a title says how it ended.
fn words(text: &str) -> Option<Told> {
    let id: String = text.split("crash-").nth(1)?.chars().take_while(char::is_ascii_digit).collect();
    let titles = [
        ("Human answered", "human"),
        ("Voicemail", "voicemail"),
        ("No answer", "no_answer"),
        ("Busy", "busy"),
        ("Canceled", "canceled"),
        ("Answered, unclear by whom", "unknown"),
        ("Call finished", "unclassified"),
        ("Call failed", "failed"),
    ];
    // What was said on the phone may hold any of these words, but not at the beginning of a title.
    let is_title = |line: &str, title| line.trim_start_matches(|c: char| !c.is_alphabetic()).starts_with(title);
    let outcome = titles.iter().find(|(title, _)| text.lines().any(|line| is_title(line, title)));
    Some(Told { about: format!("crash-{id}"), outcome: outcome.map(|(_, outcome)| (*outcome).to_owned()) })
}
