//! What a helper was called with.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use crate::render::words::Words;

pub(super) struct Args<'a> {
    pub(super) values: Vec<&'a Value>,
    pub(super) named: BTreeMap<&'a str, &'a Value>,
    pub(super) zone: &'a TimeZone,
    pub(super) words: &'a Words,
    /// The moment of rendering, which is part of the context.
    pub(super) now: Option<Timestamp>,
}

impl<'a> Args<'a> {
    /// The value to work on; an error that says so if there is none.
    pub(super) fn first(&self) -> Result<&'a Value, String> {
        self.values.first().copied().ok_or_else(|| "needs a value, as in `{{helper value}}`".to_owned())
    }

    pub(super) fn get(&self, index: usize) -> Option<&'a Value> {
        self.values.get(index).copied()
    }

    pub(super) fn text(&self, index: usize) -> Option<&'a str> {
        self.get(index).and_then(Value::as_str)
    }

    pub(super) fn named_text(&self, name: &str) -> Option<&'a str> {
        self.named.get(name).and_then(|value| value.as_str())
    }

    pub(super) fn named_count(&self, name: &str) -> Option<usize> {
        self.named.get(name).and_then(|value| count(value))
    }

    pub(super) fn count(&self, index: usize) -> Option<usize> {
        self.get(index).and_then(count)
    }

    /// A whole number that must be there; null counts as 0.
    pub(super) fn number(&self, index: usize) -> Result<u64, String> {
        match self.get(index) {
            Some(Value::Null) => Ok(0),
            Some(Value::Number(number)) => number.as_u64().ok_or_else(|| format!("{number} is not a count")),
            Some(other) => Err(format!("needs a number, not {}", kind(other))),
            None => Err(format!("needs a number as argument {}", index + 1)),
        }
    }
}

fn count(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|number| usize::try_from(number).ok())
}

/// A value as text; lists and objects as JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
