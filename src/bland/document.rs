//! Call records that people bring in files: whatever Bland answered, exported or posted.

use anyhow::{Context, bail};
use serde_json::value::RawValue;

use crate::{
    bland::{
        call, envelope,
        lenient::{self, Fields},
    },
    model::call::Call,
};

/// The one call in a document: a record by itself or in any of Bland's envelopes.
pub fn read_call(json: &[u8]) -> anyhow::Result<Call> {
    let mut calls = read_calls(json);
    match calls.len() {
        0 => bail!("no call record in it"),
        1 => calls.remove(0),
        several => bail!("{several} call records in it instead of one"),
    }
}

/// The calls in a document, in its order: one record, an array, an answer that holds either, or
/// one of these after the other, such as JSON lines. What cannot be read keeps its place as an error.
pub fn read_calls(text: &[u8]) -> Vec<anyhow::Result<Call>> {
    let text = String::from_utf8_lossy(text);
    let text = lenient::mended(text.trim_start_matches('\u{feff}'));
    let whole: Result<Vec<&RawValue>, _> = serde_json::Deserializer::from_str(&text).into_iter().collect();
    match whole {
        Ok(values) => values.into_iter().flat_map(calls_in).collect(),
        // One bad line must not cost the others.
        Err(_) if text.trim().contains('\n') && !text.trim_start().starts_with("[") => text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .flat_map(|(index, line)| line_calls(index + 1, line))
            .collect(),
        Err(error) => vec![Err(error).context("read as JSON")],
    }
}

fn line_calls(number: usize, line: &str) -> Vec<anyhow::Result<Call>> {
    let calls = match serde_json::from_str::<&RawValue>(line) {
        Ok(raw) => calls_in(raw),
        Err(error) => vec![Err(anyhow::anyhow!("this is not JSON from column {} on", error.column()))],
    };
    calls.into_iter().map(|call| call.with_context(|| format!("read line {number}"))).collect()
}

fn calls_in(raw: &RawValue) -> Vec<anyhow::Result<Call>> {
    let rows = match record_in(raw) {
        Some(record) => vec![record],
        None => envelope::rows(raw, &["calls", "call_data"]).unwrap_or_else(|| vec![raw]),
    };
    let number = rows.len();
    let read = |(index, row)| {
        let call = call::read(row).map_err(|why| anyhow::anyhow!("this is not a call record: {why}"));
        if number > 1 { call.with_context(|| format!("read record {}", index + 1)) } else { call }
    };
    rows.into_iter().enumerate().map(read).collect()
}

/// A single record, bare or wrapped; webhook look-ups hold it as `data.payload`.
fn record_in(raw: &RawValue) -> Option<&RawValue> {
    let fields = Fields::of(raw)?;
    let payload = ["payload", "call", "data"].into_iter().find_map(|key| record_in(fields.raw(key)?));
    // A look-up repeats the call's id beside the payload, so that what is inside is asked first.
    payload.or_else(|| call::id(&fields).map(|_| raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        read_calls(text.as_bytes())
            .into_iter()
            .map(|call| call.map_or_else(|error| format!("{error:#}"), |call| call.id))
            .collect()
    }

    #[test]
    fn calls_are_found_in_whatever_surrounds_them() {
        for (text, expected) in [
            (r#"{"call_id":"a"}"#, vec!["a"]),
            (r#"{"data":{"c_id":"a"},"errors":null}"#, vec!["a"]),
            (r#"{"data":{"payload":{"call_id":"a"},"call_id":"a","url":"x"}}"#, vec!["a"]),
            (r#"[{"call_id":"a"},{"call_id":"b"}]"#, vec!["a", "b"]),
            (r#"{"count":1,"calls":[{"call_id":"a"}]}"#, vec!["a"]),
            (r#"{"status":"completed","call_data":[{"call_id":"a"}]}"#, vec!["a"]),
            ("{\"call_id\":\"a\"}\n\n{\"call_id\":\"b\"}\n", vec!["a", "b"]),
            ("{\n \"call_id\": \"a\"\n}\n{\n \"call_id\": \"b\"\n}", vec!["a", "b"]),
            ("[{\"call_id\":\"a\"}]\n[{\"call_id\":\"b\"}]", vec!["a", "b"]),
            ("\u{feff}{\"call_id\":\"a\",\"summary\":\"\\ud83d\"}", vec!["a"]),
            ("", vec![]),
            (" \n", vec![]),
            ("[]", vec![]),
        ] {
            assert_eq!(ids(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_keeps_its_place() {
        insta::assert_snapshot!(ids("{\"call_id\":\"a\"}\noops\n{\"to\":\"b\"}\n{\"call_id\":\"c\"}").join("\n"), @"
        a
        read line 2: this is not JSON from column 1 on
        read line 3: this is not a call record: no `call_id`
        c
        ");
        insta::assert_snapshot!(ids(r#"[{"call_id":"a"},{"to":"b"},7]"#).join("\n"), @"
        a
        read record 2: this is not a call record: no `call_id`
        read record 3: this is not a call record: not an object
        ");
        insta::assert_snapshot!(ids("[{\"call_id\":\"a\"},\n oops").join("\n"), @"read as JSON: expected value at line 2 column 2");
    }

    #[test]
    fn one_call_is_one_call() {
        assert_eq!(read_call(br#"{"calls":[{"call_id":"a"}]}"#).unwrap().id, "a");
        assert_eq!(read_call(b"").unwrap_err().to_string(), "no call record in it");
        assert_eq!(
            read_call(br#"[{"call_id":"a"},{}]"#).unwrap_err().to_string(),
            "2 call records in it instead of one"
        );
        assert_eq!(read_call(b"{}").unwrap_err().to_string(), "this is not a call record: no `call_id`");
    }
}
