//! `params`: what a notifier tells its preset, checked against what the preset asks for.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};
use serde_json::Value;

use crate::{
    model::{flaw::Flaw, near::closest, secret::Secret},
    notify::{Job, scrub::Scrub},
    render::preset::{PER_DELIVERY, Param, Params, Preset},
};

/// A text, a whole number, or true or false; Debug does not show it, as it may be a secret.
#[derive(Debug, Clone)]
pub struct Given(Secret);

/// Stands for the parameters that a preset needs, to see what its messages look like.
pub fn made_up(preset: &Preset) -> BTreeMap<String, Given> {
    let needed = preset.params.iter().filter(|(_, param)| param.otherwise().is_none());
    needed.map(|(name, param)| (name.clone(), Given(Secret::new(Param::text(&param.sample()))))).collect()
}

/// The parameters of one notifier.
#[derive(Default)]
pub(super) struct Values {
    /// What templates see.
    pub(super) shown: Params,
    /// All of them as texts.
    texts: BTreeMap<String, String>,
    secrets: Vec<String>,
}

impl Values {
    /// What is given and what is not, or every mistake in it.
    pub(super) fn check(name: &str, preset: &Preset, given: &BTreeMap<String, Given>) -> Result<Self, Vec<Flaw>> {
        let mut values = Self::default();
        let mut flaws: Vec<Flaw> = given.keys().filter_map(|param| unknown(name, preset, param)).collect();
        for (param, what) in &preset.params {
            let path = format!("params.{param}");
            let value = match given.get(param) {
                Some(given) => what.value(given.0.expose().trim()).map_err(|says| format!("`{param}` {says}")),
                None => what.otherwise().ok_or_else(|| format!("the preset `{name}` needs `{param}`")),
            };
            match value {
                Ok(value) => values.take(param, value, what.secret),
                Err(says) => flaws.push(Flaw::new(path, says).hint(&what.about)),
            }
        }
        if flaws.is_empty() { Ok(values) } else { Err(flaws) }
    }

    fn take(&mut self, param: &str, value: Value, secret: bool) {
        let text = Param::text(&value);
        if secret {
            self.secrets.push(text.clone());
        } else {
            self.shown.insert(param.to_owned(), value);
        }
        self.texts.insert(param.to_owned(), text);
    }

    /// What a blank is filled with.
    pub(super) fn of<'v>(&'v self, name: &str, job: &Ids<'v>) -> Option<&'v str> {
        match name {
            "delivery_id" => Some(job.delivery),
            "event_id" => Some(job.event),
            _ => self.texts.get(name).map(String::as_str),
        }
    }

    pub(super) fn scrub(&self, scrub: Scrub) -> Scrub {
        self.secrets.iter().fold(scrub, |scrub, secret| scrub.secret(secret))
    }

    /// All that tells two destinations of one preset apart.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.texts.values().map(String::as_str)
    }
}

/// What fills the blanks that each delivery has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids<'a> {
    delivery: &'a str,
    event: &'a str,
}

impl<'a> Ids<'a> {
    /// Stands for any delivery while the settings are checked.
    pub(super) const ANY: Ids<'static> = Ids { delivery: PER_DELIVERY[0], event: PER_DELIVERY[1] };

    pub(super) fn of(job: &Job<'a>) -> Self {
        Self { delivery: job.delivery_id, event: &job.event.id }
    }
}

fn unknown(name: &str, preset: &Preset, param: &str) -> Option<Flaw> {
    if preset.params.contains_key(param) {
        return None;
    }
    let known: Vec<&str> = preset.params.keys().map(String::as_str).collect();
    let hint = match closest(param, known.iter().copied()) {
        Some(close) => format!("did you mean `{close}`? (it takes {})", known.join(", ")),
        None if known.is_empty() => "it takes none".to_owned(),
        None => format!("it takes {}", known.join(", ")),
    };
    Some(Flaw::new(format!("params.{param}"), format!("the preset `{name}` has no `{param}`")).hint(hint))
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Scalar)
    }
}

struct Scalar;

impl Visitor<'_> for Scalar {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a whole number, or true or false")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Given, E> {
        Ok(Given(Secret::new(text)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Given, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Given, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Given, E> {
        self.visit_str(&truth.to_string())
    }
}

impl JsonSchema for Given {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Param".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer", "boolean"] })
    }
}
