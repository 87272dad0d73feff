//! Presets: what is to know of a webhook destination, as data. `presets/NAME.toml` says how to send and what an
//! answer means; `presets/NAME.json.hbs` (or .txt.hbs, …) is the body.

use std::{collections::BTreeMap, num::NonZeroU32};

use serde::Deserialize;
use serde_json::Value;

/// A destination whose form is known.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// What it is, in a few words.
    pub about: String,
    /// The file of the body, as [`Renderer::layout`](crate::render::Renderer::layout) knows it.
    pub template: String,
    pub content_type: String,
    #[serde(default = "post")]
    pub method: String,
    /// Headers added to each request; `{name}` stands for the parameter of that name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub success: Success,
    pub max_per_minute: Option<NonZeroU32>,
    /// The most bytes of a body.
    pub max_bytes: Option<usize>,
    /// What the destination takes at most, place by place in its JSON.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// Beginnings of usual addresses; any other is warned about, not refused.
    #[serde(default)]
    pub url_prefixes: Vec<String>,
    /// Beginnings of addresses that look right and cannot work.
    #[serde(default)]
    pub refused_prefixes: Vec<Refused>,
    /// What `params` may say.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
}

/// One limit on the rendered JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limit {
    /// Where: keys after slashes; `*` is any member; `[type=header]` is any member with that value.
    pub at: String,
    /// The most Unicode characters of a string, or of all strings below a container together.
    pub chars: Option<usize>,
    /// The most bytes of a string, or of a container's JSON.
    pub bytes: Option<usize>,
    /// The most items of an array; the last ones go.
    pub items: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    pub prefix: String,
    /// Why, and what to use instead.
    pub says: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    pub about: String,
    /// Without a default it must be given.
    pub default: Option<String>,
}

/// What an answer must be to count as delivered.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Success {
    /// Empty: any of 200 to 299.
    pub status: Vec<u16>,
    /// The whole text, without white space at its ends.
    pub body: Option<String>,
    /// Keys of a JSON answer and what they must be.
    pub json: BTreeMap<String, Value>,
}

impl Success {
    pub fn accepts(&self, status: u16, body: &str) -> bool {
        let by_status = match self.status.as_slice() {
            [] => (200..300).contains(&status),
            listed => listed.contains(&status),
        };
        let by_body = self.body.as_deref().is_none_or(|wanted| body.trim() == wanted);
        let by_json = self.json.is_empty() || {
            let answer: Value = serde_json::from_str(body).unwrap_or_default();
            self.json.iter().all(|(key, wanted)| answer.get(key) == Some(wanted))
        };
        by_status && by_body && by_json
    }
}

fn post() -> String {
    "POST".to_owned()
}

/// Reads a preset's file; the error knows its place.
pub(super) fn read(text: &str) -> Result<Preset, toml::de::Error> {
    toml::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_only_when_all_of_it_is_right() {
        let plain = Success::default();
        assert!(plain.accepts(204, "") && !plain.accepts(302, "") && !plain.accepts(500, ""));
        let slack = Success { status: vec![200], body: Some("ok".to_owned()), ..Success::default() };
        assert!(slack.accepts(200, "ok\n") && !slack.accepts(200, "no_service") && !slack.accepts(201, "ok"));
        let telegram = Success { json: [("ok".to_owned(), Value::from(true))].into(), ..Success::default() };
        assert!(telegram.accepts(200, r#"{"ok":true}"#) && !telegram.accepts(200, r#"{"ok":false}"#));
        assert!(!telegram.accepts(200, "<html>"));
    }
}
