//! What a destination's answers mean, as data.

use serde::Deserialize;
use serde_json::Value;

/// What an answer must be to count as delivered.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Success {
    /// Empty: any of 200 to 299.
    pub status: Vec<u16>,
    /// The whole text, without white space at its ends.
    pub body: Option<String>,
    /// Places in a JSON answer, such as `ok` or `/result/message_id`, and what must be there: a value, a type
    /// (`string`, `number`, `boolean`, `object`, `array`), or anything that is not null (`exists`).
    pub json: serde_json::Map<String, Value>,
}

/// An answer that means something else than its status says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Empty: any.
    #[serde(default)]
    pub status: Vec<u16>,
    /// A piece of the body, in any case of letters.
    pub contains: Option<String>,
    /// A place in the JSON that must not be null.
    pub at: Option<String>,
    pub means: Meaning,
    /// What to do about it; `{/place}` is filled in from the answer.
    #[serde(default)]
    pub says: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Meaning {
    /// It arrived, although the status says no.
    Delivered,
    /// It did not arrive and may later; the destination is left alone for a while.
    Retry,
    /// It will never arrive as it is.
    Refused,
    /// The destination refuses us and would refuse any message.
    Blocked,
    /// The destination is gone for good: nothing more is sent there.
    Gone,
    /// The form is refused: it is sent once more as `plain` says.
    Plain,
}

/// Where an answer says how long to wait.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    pub at: String,
    #[serde(default)]
    pub unit: WaitUnit,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WaitUnit {
    #[default]
    S,
    Ms,
}

/// How the body is made plain when the destination refuses its form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Plain {
    /// Places that are left out.
    pub remove: Vec<String>,
    /// Texts in HTML that become plain.
    pub html: Vec<String>,
}

/// One place or several.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMany")]
pub struct Places(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Places {
    fn from(read: OneOrMany) -> Self {
        match read {
            OneOrMany::One(place) => Self(vec![place]),
            OneOrMany::Many(places) => Self(places),
        }
    }
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
            self.json.iter().all(|(place, wanted)| is_there(at(&answer, place), wanted))
        };
        by_status && by_body && by_json
    }
}

impl Rule {
    pub fn fits(&self, status: u16, body: &str) -> bool {
        let by_status = self.status.is_empty() || self.status.contains(&status);
        let contains = |piece: &String| body.to_lowercase().contains(&piece.to_lowercase());
        let has = |place: &String| {
            let answer: Value = serde_json::from_str(body).unwrap_or_default();
            at(&answer, place).is_some_and(|found| !found.is_null())
        };
        by_status && self.contains.as_ref().is_none_or(contains) && self.at.as_ref().is_none_or(has)
    }
}

impl Wait {
    pub fn seconds(&self, body: &str) -> Option<f64> {
        let answer: Value = serde_json::from_str(body).ok()?;
        let number = at(&answer, &self.at)?.as_f64()?;
        Some(if self.unit == WaitUnit::Ms { number / 1_000.0 } else { number })
    }
}

/// A place in JSON: a key, or a path of keys after slashes.
pub fn at<'j>(json: &'j Value, place: &str) -> Option<&'j Value> {
    if place.starts_with('/') { json.pointer(place) } else { json.get(place) }
}

fn is_there(found: Option<&Value>, wanted: &Value) -> bool {
    let Some(found) = found else { return false };
    match wanted.as_str() {
        Some("exists") => !found.is_null(),
        Some("string") => found.is_string(),
        Some("number") => found.is_number(),
        Some("boolean") => found.is_boolean(),
        Some("object") => found.is_object(),
        Some("array") => found.is_array(),
        _ => found == wanted,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_counts_only_when_all_of_it_is_right() {
        let plain = Success::default();
        assert!(plain.accepts(204, "") && !plain.accepts(302, "") && !plain.accepts(500, ""));
        let slack = Success { status: vec![200], body: Some("ok".to_owned()), ..Success::default() };
        assert!(slack.accepts(200, "ok\n") && !slack.accepts(200, "no_service") && !slack.accepts(201, "ok"));
        let wanted = json!({ "ok": true, "/result/message_id": "number", "/result/chat": "exists" });
        let telegram = Success { json: wanted.as_object().unwrap().clone(), ..Success::default() };
        assert!(telegram.accepts(200, r#"{"ok":true,"result":{"message_id":5,"chat":{}}}"#));
        for body in [
            r#"{"ok":false,"result":{"message_id":5,"chat":{}}}"#,
            r#"{"ok":true,"result":{"message_id":"5","chat":{}}}"#,
            r#"{"ok":true,"result":{"message_id":5,"chat":null}}"#,
            "<html>",
        ] {
            assert!(!telegram.accepts(200, body), "{body}");
        }
    }

    #[test]
    fn a_rule_fits_by_status_text_and_place() {
        let rule: Rule = toml::from_str("status = [200]\ncontains = \"http error 429\"\nmeans = \"retry\"").unwrap();
        assert!(
            rule.fits(200, "endpoint returned HTTP error 429 with …")
                && !rule.fits(200, "1")
                && !rule.fits(202, "HTTP error 429")
        );
        let rule: Rule = toml::from_str("at = \"/parameters/migrate_to_chat_id\"\nmeans = \"gone\"").unwrap();
        assert!(rule.fits(400, r#"{"parameters":{"migrate_to_chat_id":-5}}"#) && !rule.fits(400, "{}"));
    }

    #[test]
    fn a_wait_is_read_in_its_unit() {
        let wait: Wait = toml::from_str("at = \"/parameters/retry_after\"").unwrap();
        assert_eq!(wait.seconds(r#"{"parameters":{"retry_after":35}}"#), Some(35.0));
        let wait: Wait = toml::from_str("at = \"retry_after_ms\"\nunit = \"ms\"").unwrap();
        assert_eq!(wait.seconds(r#"{"retry_after_ms":1500}"#), Some(1.5));
    }
}
