//! JSON objects read as Bland writes them: numbers as strings and the reverse, empty texts for nulls.
//!
//! A field that cannot be understood counts as absent, so that it never costs the rest of a record.
//! Values that nobody asks for (a record may carry megabytes of pathway logs) are skipped, not built.

use std::{borrow::Cow, fmt};

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};

use crate::bland::time;

/// Parsers of JSON, ours among them, refuse 128 levels, and objects are put into others before they are sent on.
const DEEPEST: usize = 64;

/// The fields of one JSON object, none of them parsed yet.
#[derive(Debug, Default)]
pub(super) struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// None where the value is not an object.
    pub(super) fn of(raw: &'a RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }

    /// The value as written; null is no value, and of a repeated key the last counts.
    pub(super) fn raw(&self, key: &str) -> Option<&'a RawValue> {
        let (_, raw) = self.0.iter().rev().find(|(name, _)| name == key)?;
        (raw.get() != "null").then_some(*raw)
    }

    /// Whether the key is there at all, if only with a null.
    pub(super) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name == key)
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        text(self.raw(key)?)
    }

    /// A finite number.
    pub(super) fn number(&self, key: &str) -> Option<f64> {
        let text = self.text(key)?;
        text.trim_start_matches('$').parse().ok().filter(|number: &f64| number.is_finite())
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.text(key)?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        }
    }

    pub(super) fn time(&self, key: &str) -> Option<Timestamp> {
        time::read(&self.text(key)?)
    }

    /// An object, or a text that holds one; what is nested too deeply to be stored and sent is null.
    pub(super) fn object(&self, key: &str) -> Option<Map<String, Value>> {
        let raw = self.raw(key)?;
        let inner = unquoted(raw);
        let mut object: Map<String, Value> = serde_json::from_str(inner.as_deref().unwrap_or(raw.get())).ok()?;
        object.values_mut().for_each(|value| cut_below(value, DEEPEST));
        Some(object)
    }

    pub(super) fn fields(&self, key: &str) -> Option<Fields<'a>> {
        Self::of(self.raw(key)?)
    }

    pub(super) fn list(&self, key: &str) -> Option<Vec<&'a RawValue>> {
        list(self.raw(key)?)
    }
}

/// A text, trimmed, or the digits of a number; empty texts and the words of absent values are none.
pub(super) fn text(raw: &RawValue) -> Option<String> {
    let text = match raw.get().as_bytes().first()? {
        b'"' => unquoted(raw)?,
        b'{' | b'[' => return None,
        _ => raw.get().to_owned(),
    };
    // PostgreSQL takes no NUL in a text, and nobody means one.
    let text = if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text };
    let trimmed = text.trim();
    let absent = trimmed.is_empty() || ["null", "undefined"].iter().any(|word| trimmed.eq_ignore_ascii_case(word));
    match absent {
        true => None,
        false if trimmed.len() == text.len() => Some(text),
        false => Some(trimmed.to_owned()),
    }
}

/// None where the value is not an array.
pub(super) fn list(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// JSON text with the halves of cut emojis replaced: JavaScript writes them, and no parser takes them.
pub(super) fn mended(json: &str) -> Cow<'_, str> {
    if !json.contains(r"\ud") && !json.contains(r"\uD") {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((before, from)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        // An escape is two bytes long, or six when it is a code unit; a whole pair is two of those.
        let (kept, taken) = match (code_unit(from), from.get(6..).and_then(code_unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (from.get(..12), 12),
            (Some(0xD800..=0xDFFF), _) => (Some(r"\ufffd"), 6),
            _ => (from.get(..2), 2),
        };
        let (Some(kept), Some(after)) = (kept, from.get(taken..)) else {
            // Not an escape at all: left for the parser to refuse.
            rest = from;
            break;
        };
        out.push_str(kept);
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn code_unit(escape: &str) -> Option<u16> {
    u16::from_str_radix(escape.strip_prefix(r"\u")?.get(..4)?, 16).ok()
}

fn cut_below(value: &mut Value, levels: usize) {
    match value {
        Value::Array(_) | Value::Object(_) if levels == 0 => *value = Value::Null,
        Value::Array(items) => items.iter_mut().for_each(|item| cut_below(item, levels - 1)),
        Value::Object(members) => members.values_mut().for_each(|member| cut_below(member, levels - 1)),
        _ => {}
    }
}

fn unquoted(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some((Key(key), raw)) = map.next_entry()? {
                    fields.push((key, raw));
                }
                Ok(Fields(fields))
            }
        }

        from.deserialize_map(Object)
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(json: &str, ask: impl FnOnce(Fields<'_>) -> T) -> T {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        ask(Fields::of(raw).unwrap())
    }

    #[test]
    fn texts_are_trimmed_and_absent_when_they_say_nothing() {
        for (json, expected) in [
            (r#"{"a":" human "}"#, Some("human")),
            (r#"{"a":12}"#, Some("12")),
            (r#"{"a":true}"#, Some("true")),
            (r#"{"a":""}"#, None),
            (r#"{"a":"  "}"#, None),
            (r#"{"a":null}"#, None),
            (r#"{"a":"null"}"#, None),
            (r#"{"a":"undefined"}"#, None),
            (r#"{}"#, None),
            (r#"{"a":{"b":1}}"#, None),
            (r#"{"a":["b"]}"#, None),
            (r#"{"a":"old","a":"new"}"#, Some("new")),
            (r#"{"\u0061":"escaped key"}"#, Some("escaped key")),
        ] {
            assert_eq!(with(json, |fields| fields.text("a")).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn numbers_and_flags_may_be_texts() {
        for (json, expected) in [
            (r#"{"a":0.111}"#, Some(0.111)),
            (r#"{"a":"71"}"#, Some(71.0)),
            (r#"{"a":" 71 "}"#, Some(71.0)),
            (r#"{"a":"$0.068"}"#, Some(0.068)),
            (r#"{"a":"NaN"}"#, None),
            (r#"{"a":"inf"}"#, None),
            (r#"{"a":1e999}"#, None),
            (r#"{"a":"soon"}"#, None),
            (r#"{"a":{}}"#, None),
        ] {
            assert_eq!(with(json, |fields| fields.number("a")), expected, "{json}");
        }
        for (json, expected) in [
            (r#"{"a":true}"#, Some(true)),
            (r#"{"a":"False"}"#, Some(false)),
            (r#"{"a":1}"#, Some(true)),
            (r#"{"a":"0"}"#, Some(false)),
            (r#"{"a":"perhaps"}"#, None),
            (r#"{"a":null}"#, None),
        ] {
            assert_eq!(with(json, |fields| fields.flag("a")), expected, "{json}");
        }
    }

    #[test]
    fn an_object_may_be_a_text_that_holds_one() {
        let expected = serde_json::json!({"team": "a"});
        for json in [r#"{"a":{"team":"a"}}"#, r#"{"a":"{\"team\":\"a\"}"}"#] {
            assert_eq!(with(json, |fields| fields.object("a")).as_ref(), expected.as_object(), "{json}");
        }
        for json in [r#"{"a":null}"#, r#"{"a":[]}"#, r#"{"a":"text"}"#, r#"{"a":7}"#, r"{}"] {
            assert_eq!(with(json, |fields| fields.object("a")), None, "{json}");
        }
    }

    #[test]
    fn what_is_nested_too_deeply_to_be_read_back_is_null() {
        let nested = |levels: usize| format!("{}1{}", r#"{"b":"#.repeat(levels), "}".repeat(levels));
        for levels in [1, 60, 64] {
            let object = with(&format!(r#"{{"a":{}}}"#, nested(levels)), |fields| fields.object("a")).unwrap();
            assert_eq!(serde_json::to_string(&object).unwrap(), nested(levels));
        }
        for levels in [66, 100, 126] {
            let text = serde_json::to_string(&nested(levels)).unwrap();
            let object = with(&format!(r#"{{"a":{text},"z":1}}"#), |fields| fields.object("a")).unwrap();
            let cut = serde_json::to_string(&object).unwrap();
            assert_eq!(cut, nested(65).replace('1', "null"), "{levels}");
        }
    }

    #[test]
    fn halves_of_emojis_are_replaced_and_whole_ones_kept() {
        for (json, expected) in [
            (r#""plain""#, "plain"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""cut \ud83d""#, "cut \u{fffd}"),
            (r#""\ude00\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\uD83Dé""#, "\u{fffd}é"),
            (r#""\\ud83d""#, r"\ud83d"),
            (r#""\u00e9 \n \ud83d\n""#, "é \n \u{fffd}\n"),
        ] {
            assert_eq!(serde_json::from_str::<String>(&mended(json)).unwrap(), expected, "{json}");
        }
        for broken in [r#""\ud83"#, r#""\ud83d\"#, r#""\é\ud800"#] {
            assert!(serde_json::from_str::<String>(&mended(broken)).is_err(), "{broken}");
        }
    }
}
