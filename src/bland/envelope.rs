//! What surrounds Bland's answers: three envelopes, and errors that may come with any status.

use serde_json::value::RawValue;

use crate::bland::{
    error::Error,
    lenient::{self, Fields},
};

/// What an error says is cut here, in characters.
const MESSAGE_LENGTH: usize = 300;

/// The JSON of a good answer. A 200 may hold an error as well, so both are looked at.
pub(super) fn open(status: u16, text: &str) -> Result<&RawValue, Error> {
    let json = serde_json::from_str::<&RawValue>(text);
    let refusal = json.as_ref().ok().and_then(|raw| Refusal::of(raw));
    if !(200..300).contains(&status) {
        let message = if text.trim().is_empty() { String::new() } else { describe(text) };
        let refusal = refusal.unwrap_or(Refusal { code: String::new(), message });
        return Err(refusal.with_status(status));
    }
    match (json, refusal) {
        (_, Some(refusal)) => Err(refusal.with_status(status)),
        (Ok(raw), None) => Ok(raw),
        _ if text.trim().is_empty() => Err(Error::Unreadable("it is empty".to_owned())),
        (Err(error), None) if error.is_eof() => {
            Err(Error::Unreadable(format!("the JSON breaks off after {} bytes", text.len())))
        }
        (Err(_), None) => Err(Error::Unreadable(format!("it is {}", describe(text)))),
    }
}

/// The keys that only records have.
const IDS: [&str; 4] = ["call_id", "c_id", "id", "batch_id"];

/// What is inside `data`, or the value itself where there is no such envelope; none for `data: null`.
pub(super) fn inner(raw: &RawValue) -> Option<&RawValue> {
    match Fields::of(raw) {
        Some(fields) if fields.has("data") && !IDS.iter().any(|key| fields.has(key)) => fields.raw("data"),
        _ => Some(raw),
    }
}

/// The rows of a list: a bare array, or an array under `data` or one of `names`, at any of two depths.
pub(super) fn rows<'a>(raw: &'a RawValue, names: &[&str]) -> Option<Vec<&'a RawValue>> {
    if let Some(rows) = lenient::list(raw) {
        return Some(rows);
    }
    let fields = Fields::of(raw)?;
    if let Some(rows) = names.iter().find_map(|name| fields.list(name)) {
        return Some(rows);
    }
    match fields.raw("data") {
        Some(data) => rows(data, names),
        // An empty list may be written as null, but only under its own name.
        None => names.iter().any(|name| fields.has(name) && fields.raw(name).is_none()).then(Vec::new),
    }
}

/// An error as Bland words it.
#[derive(Debug, PartialEq)]
struct Refusal {
    /// Such as `AUTH_FAILURE`; may be empty.
    code: String,
    message: String,
}

impl Refusal {
    /// Finds the error in an answer, whatever its status.
    ///
    /// A call's record has a `status` of its own, which may be `error`, and some have an `error`
    /// too: whatever has an id is no refusal, unless it lists `errors`.
    fn of(raw: &RawValue) -> Option<Self> {
        let fields = Fields::of(raw)?;
        if let Some(refusal) = fields.raw("errors").and_then(Self::listed) {
            return Some(refusal);
        }
        if IDS.iter().chain(&["batch_params"]).any(|key| fields.raw(key).is_some()) {
            return None;
        }
        let message = fields.text("message").or_else(|| fields.text("details"));
        if let Some(error) = fields.raw("error").and_then(Self::single) {
            return Some(match message {
                Some(message) => Self { code: error.message, message },
                None => error,
            });
        }
        let status = fields.text("status").filter(|status| status.to_ascii_lowercase().ends_with("error"))?;
        let code = if status.eq_ignore_ascii_case("error") { String::new() } else { status };
        Some(Self { code, message: message.unwrap_or_default() })
    }

    /// `errors`: a list of texts or objects, or one of them by itself. Empty is none.
    fn listed(raw: &RawValue) -> Option<Self> {
        match lenient::list(raw) {
            Some(list) => list.into_iter().find_map(Self::single),
            None => Self::single(raw),
        }
    }

    fn single(raw: &RawValue) -> Option<Self> {
        if let Some(message) = lenient::text(raw) {
            return (!["false", "0"].contains(&raw.get())).then_some(Self { code: String::new(), message });
        }
        let fields = Fields::of(raw)?;
        let first = |keys: &[&str]| keys.iter().find_map(|key| fields.text(key)).unwrap_or_default();
        let found = Self { code: first(&["error", "code", "type"]), message: first(&["message", "details", "detail"]) };
        (found.code.len() + found.message.len() > 0).then_some(found)
    }

    fn with_status(self, status: u16) -> Error {
        let said = format!("{} {}", self.code, self.message).to_ascii_uppercase();
        let is = |words: &[&str]| words.iter().any(|word| said.contains(word));
        match status {
            401 | 403 => Error::Unauthorized(self.words(status)),
            404 => Error::NotFound,
            429 => Error::RateLimited { until: None },
            _ if is(&["AUTH_FAILURE"]) => Error::Unauthorized(self.words(status)),
            _ if status < 500 && is(&["NOT_FOUND", "CALL NOT FOUND", "BATCH NOT FOUND"]) => Error::NotFound,
            _ if status < 500 && is(&["RATE LIMIT EXCEEDED"]) => Error::RateLimited { until: None },
            _ => Error::Refused { status, message: self.words(status) },
        }
    }

    fn words(&self, status: u16) -> String {
        let code = match (self.code.is_empty(), self.message.is_empty()) {
            (true, _) => String::new(),
            (false, true) => self.code.clone(),
            (false, false) => format!(" ({})", self.code),
        };
        match bounded(&format!("{}{code}", self.message)) {
            empty if empty.is_empty() => reason(status).to_owned(),
            words => words,
        }
    }
}

/// One line of at most 300 characters.
pub(super) fn bounded(message: &str) -> String {
    let line = message.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = line.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MESSAGE_LENGTH) {
        Some(_) => line.chars().take(MESSAGE_LENGTH - 1).chain(['…']).collect(),
        None => line,
    }
}

/// An answer that is not JSON, for people: the title of a page, or how a text begins.
fn describe(text: &str) -> String {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if text.starts_with('<') {
        let title = lower.find("<title>").zip(lower.find("</title>"));
        let title = title.and_then(|(from, to)| text.get(from + "<title>".len()..to)).map(bounded);
        return title.map_or_else(|| "a web page".to_owned(), |title| format!("a web page titled “{title}”"));
    }
    if text.starts_with(['{', '[']) {
        // Its beginning may hold a number or what somebody said, and ends up in logs.
        return "broken JSON".to_owned();
    }
    let start: String = text.chars().take(80).collect();
    format!("a text that begins “{}”", bounded(&start))
}

fn reason(status: u16) -> &'static str {
    reqwest::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("no reason given")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, message: &str) -> Error {
        Error::Refused { status, message: message.to_owned() }
    }

    fn unauthorized(words: &str) -> Error {
        Error::Unauthorized(words.to_owned())
    }

    fn unreadable(words: &str) -> Error {
        Error::Unreadable(words.to_owned())
    }

    #[test]
    fn every_error_body_becomes_the_right_error() {
        let auth = r#"{"data":null,"errors":[{"error":"AUTH_FAILURE","message":"Unauthorized"}]}"#;
        let invalid = r#"{"status":"error","message":"Invalid parameters.","errors":["Missing required parameter: phone_number."]}"#;
        let not_found = r#"{"data":null,"errors":[{"error":"NOT_FOUND","message":"No postcall webhook data"}]}"#;
        let html = "<html><head><TITLE>502 Bad\n Gateway</TITLE></head></html>";
        let limit = Error::RateLimited { until: None };
        for (status, text, expected) in [
            (401, auth, unauthorized("Unauthorized (AUTH_FAILURE)")),
            (200, auth, unauthorized("Unauthorized (AUTH_FAILURE)")),
            (401, "", unauthorized("Unauthorized")),
            (403, r#"{"status":"error","message":"flagged"}"#, unauthorized("flagged")),
            (403, r#"{"error":"ENTERPRISE_REQUIRED"}"#, unauthorized("ENTERPRISE_REQUIRED")),
            (400, invalid, refused(400, "Missing required parameter: phone_number.")),
            (400, r#"{"error":"Invalid phone number format"}"#, refused(400, "Invalid phone number format")),
            (400, r#"{"status":"DNC Error","message":"On a list"}"#, refused(400, "On a list (DNC Error)")),
            (402, r#"{"status":"error","message":"Insufficient balance."}"#, refused(402, "Insufficient balance.")),
            (200, r#"{"status":"error","message":"Insufficient balance"}"#, refused(200, "Insufficient balance")),
            (200, r#"{"status":"error","message":"x","call_id":null}"#, refused(200, "x")),
            (418, r#"{"error":"OBJECTIVE","details":"no goal"}"#, refused(418, "no goal (OBJECTIVE)")),
            (404, "", Error::NotFound),
            (404, r#"{"data":null,"errors":[{"error":"CALL_NOT_FOUND","message":"?"}]}"#, Error::NotFound),
            (404, "<html><title>404</title></html>", Error::NotFound),
            (200, not_found, Error::NotFound),
            (200, r#"{"status":"error","message":"Call not found"}"#, Error::NotFound),
            (400, r#"{"errors":["CALL_NOT_FOUND"]}"#, Error::NotFound),
            (429, r#"{"status":"error","message":"Rate limit exceeded"}"#, limit.clone()),
            (200, r#"{"status":"error","message":"Rate limit exceeded"}"#, limit),
            (500, r#"{"errors":"database"}"#, refused(500, "database")),
            (500, r#"{"errors":{"code":"E1","detail":"disk"}}"#, refused(500, "disk (E1)")),
            (500, r#"{"status":"error"}"#, refused(500, "Internal Server Error")),
            (502, html, refused(502, "a web page titled “502 Bad Gateway”")),
            (503, "upstream connect error", refused(503, "a text that begins “upstream connect error”")),
            (503, "", refused(503, "Service Unavailable")),
            (200, html, unreadable("it is a web page titled “502 Bad Gateway”")),
            (200, "<!doctype html>", unreadable("it is a web page")),
            (200, "", unreadable("it is empty")),
            (200, r#"{"calls":[{"to":"+1555"#, unreadable("the JSON breaks off after 22 bytes")),
            (200, r#"{"to":"+1555", NaN}"#, unreadable("it is broken JSON")),
        ] {
            assert_eq!(open(status, text).err(), Some(expected), "{status} {text}");
        }
    }

    #[test]
    fn records_and_empty_errors_are_no_errors() {
        for text in [
            r#"{"call_id":"c1","status":"error","error_message":"Call failed."}"#,
            r#"{"c_id":"c1","error":"Call failed."}"#,
            r#"{"data":[],"errors":null}"#,
            r#"{"data":[],"errors":[]}"#,
            r#"{"data":[],"errors":[null,""]}"#,
            r#"{"data":[],"errors":{}}"#,
            r#"{"calls":[],"error":null}"#,
            r#"{"calls":[],"error":false}"#,
            r#"{"status":"success","batches":[]}"#,
            r#"{"status":"completed","batch_params":{}}"#,
            "[]",
            "null",
        ] {
            assert_eq!(open(200, text).unwrap().get(), text);
        }
    }

    #[test]
    fn lists_are_found_in_every_envelope() {
        for (text, expected) in [
            ("[1,2]", Some(2)),
            (r#"{"calls":[1,2]}"#, Some(2)),
            (r#"{"data":[1,2],"errors":null}"#, Some(2)),
            (r#"{"data":{"calls":[1,2],"total_count":2}}"#, Some(2)),
            (r#"{"data":null,"errors":null,"calls":[1,2]}"#, Some(2)),
            (r#"{"calls":null}"#, Some(0)),
            (r#"{"data":null,"errors":null}"#, None),
            (r#"{"message":"success"}"#, None),
            (r#"{"calls":"none"}"#, None),
            (r#"{"calls":{}}"#, None),
            ("7", None),
        ] {
            let raw: &RawValue = serde_json::from_str(text).unwrap();
            assert_eq!(rows(raw, &["calls"]).map(|rows| rows.len()), expected, "{text}");
        }
    }

    #[test]
    fn messages_are_one_line_of_bounded_length() {
        assert_eq!(bounded(" a\n\tb\u{7}c "), "a b c");
        let long = bounded(&"é".repeat(1000));
        assert_eq!((long.chars().count(), long.ends_with('…')), (300, true));
        assert_eq!(bounded(&"é".repeat(300)), "é".repeat(300));
    }
}
