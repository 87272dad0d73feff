//! Every preset's message is valid for its destination, whatever an event has in it.
//!
//! `tests/schemas/NAME.json` is a closed schema of what the preset may send; its comments name the vendor's pages.
//! `x-bytes` and `x-chars` limit what JSON Schema cannot: bytes, and all strings of a part together, by place.

use std::{path::Path, thread};

use jsonschema::Validator;
use ringback::{
    event::{Event, digest::Reason, kind::Kind as EventKind, sample},
    notify::{Notifier, config::Kind},
    render::{
        Renderer,
        preset::{Param, Preset},
    },
};
use serde_json::Value;

use super::{job, now, renderer, section};

/// A preset, and the notifier of its example.
struct Subject {
    name: String,
    preset: Preset,
    params: toml::Table,
    notifier: Notifier,
    schema: Value,
    validator: Validator,
}

/// The section of a preset's example, with something for each variable in it.
fn example(name: &str, preset: &Preset) -> toml::Table {
    let example: toml::Table = preset.example.parse().unwrap_or_else(|error| panic!("the example of {name}: {error}"));
    let webhook = example["notifiers"].as_table().unwrap().values().next().unwrap()["webhook"].clone();
    let mut webhook = webhook.as_table().unwrap().clone();
    if webhook.get("url").is_some_and(|url| url.as_str().unwrap().contains("${")) {
        let prefix = preset.url_prefixes.first().map_or("https://chat.example.com/hooks/", String::as_str);
        webhook.insert("url".to_owned(), format!("{prefix}T0/B0/x").into());
    }
    let params = webhook.get_mut("params").and_then(toml::Value::as_table_mut);
    for (param, value) in params.into_iter().flatten() {
        if value.as_str().is_some_and(|text| text.contains("${")) {
            *value = Param::text(&preset.params[param].sample()).into();
        }
    }
    webhook
}

impl Subject {
    fn new(name: String, renderer: &mut Renderer) -> Self {
        let preset = renderer.preset(&name).unwrap().clone();
        let webhook = example(&name, &preset);
        let params = webhook.get("params").and_then(toml::Value::as_table).cloned().unwrap_or_default();
        let notifier = Notifier::build(&section(Kind::Webhook(webhook.try_into().unwrap())), renderer).unwrap();
        let (schema, validator) = schema(&name);
        Self { name, preset, params, notifier, schema, validator }
    }

    /// The JSON that is sent, or that the form is made of.
    fn body(&self, renderer: &Renderer, event: &Event, what: &str) -> Value {
        let payload = self.notifier.prepare(renderer, &job(event));
        assert_eq!(payload.trouble, None, "{}: {what}", self.name);
        let mut body: Value = serde_json::from_str(&payload.body).unwrap();
        for (place, blanks) in &self.preset.inserts {
            let (parent, key) = place.rsplit_once('/').unwrap();
            let text = blanks.filled(|name| self.params.get(name).and_then(toml::Value::as_str));
            body.pointer_mut(parent).unwrap()[key] = text.into();
        }
        body
    }
}

fn schema(name: &str) -> (Value, Validator) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let schema: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    (schema, validator)
}

/// Every string in it, without the keys.
fn strings(json: &Value) -> Vec<&str> {
    match json {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(members) => members.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

/// What is wrong with a body, in words.
fn flaws(body: &Value, schema: &Value, validator: &Validator) -> Vec<String> {
    let mut flaws: Vec<String> =
        validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    let limits = |key: &str| schema.get(key).and_then(Value::as_object).into_iter().flatten();
    for (place, most) in limits("x-bytes") {
        let size = match body.pointer(place).unwrap() {
            Value::String(text) => text.len(),
            other => other.to_string().len(),
        };
        flaws.extend(
            (size > usize::try_from(most.as_u64().unwrap()).unwrap()).then(|| format!("{place}: {size} bytes")),
        );
    }
    for (place, most) in limits("x-chars") {
        let size: usize = strings(body.pointer(place).unwrap()).iter().map(|text| text.chars().count()).sum();
        flaws.extend(
            (size > usize::try_from(most.as_u64().unwrap()).unwrap()).then(|| format!("{place}: {size} chars")),
        );
    }
    let hidden = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{E000}'..='\u{E07F}');
    let act = |text: &&str| text.contains(|c: char| hidden(c) || (c.is_control() && c != '\n'));
    flaws.extend(strings(body).into_iter().find(act).map(|text| format!("hidden characters in {text:?}")));
    flaws
}

fn events() -> Vec<(String, Event)> {
    let kinds = EventKind::SAID.into_iter();
    let samples =
        kinds.flat_map(|kind| [("full", sample::sample(kind, now())), ("sparse", sample::sparse(kind, now()))]);
    let reasons = [Reason::Digest, Reason::Group, Reason::Quiet, Reason::Throttle];
    let bundles = reasons.map(|reason| ("bundle", sample::bundle(reason, now())));
    let hostile = sample::hostile(now()).into_iter().chain(sample::hostile_others(now()));
    let all = samples.chain(bundles).chain(hostile).chain([("2,000 calls", sample::huge(2_000, now()))]);
    all.map(|(name, event)| (format!("{} {name}", event.kind), event)).collect()
}

#[test]
fn every_message_is_valid_for_its_destination() {
    let mut renderer = renderer();
    let names: Vec<String> = renderer.preset_names().map(str::to_owned).collect();
    let subjects: Vec<_> = names.into_iter().map(|name| Subject::new(name, &mut renderer)).collect();
    let (renderer, events) = (&renderer, &events());
    thread::scope(|scope| {
        for subject in &subjects {
            scope.spawn(move || {
                for (what, event) in events {
                    let body = subject.body(renderer, event, what);
                    let flaws = flaws(&body, &subject.schema, &subject.validator);
                    assert!(flaws.is_empty(), "{}: {what}: {flaws:#?}\n{body}", subject.name);
                }
            });
        }
    });
}
