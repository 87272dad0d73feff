//! What is sent to Discord: the message's JSON, alone or as a form with a file beside it.
//!
//! The bytes are kept with the delivery, so that a form is taken apart again where the message in it
//! must be said in another way.

use serde_json::{Value, json};

use crate::notify::{Payload, fit, transcript::File};

const JSON: &str = "application/json";
const FORM: &str = "multipart/form-data; boundary=";

/// Discord takes 10 MiB of each file.
const LONGEST_FILE: usize = 9_000_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) json: String,
    file: Option<Attached>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Attached {
    boundary: String,
    /// The form's part with the file, headers included.
    part: String,
}

impl Body {
    /// `about` is what the boundary is made of: it must not stand in the text, and nobody who speaks
    /// in a call can know it.
    pub(super) fn new(mut message: Value, file: Option<File>, about: &str) -> Self {
        let file = file.map(|file| {
            message["attachments"] = json!([{ "id": "0", "filename": file.name }]);
            attached(&file, about)
        });
        Self { json: message.to_string(), file }
    }

    pub(super) fn of(payload: &Payload) -> Self {
        let boundary = payload.content_type.strip_prefix(FORM);
        boundary
            .and_then(|boundary| Self::apart(boundary, &payload.body))
            .unwrap_or_else(|| Self { json: payload.body.clone(), file: None })
    }

    fn apart(boundary: &str, form: &str) -> Option<Self> {
        let (json, rest) = form.strip_prefix(&head(boundary))?.split_once(&format!("\r\n--{boundary}\r\n"))?;
        let part = rest.strip_suffix(&format!("\r\n--{boundary}--\r\n"))?;
        let file = Attached { boundary: boundary.to_owned(), part: part.to_owned() };
        Some(Self { json: json.to_owned(), file: Some(file) })
    }

    pub(super) fn content_type(&self) -> String {
        self.file.as_ref().map_or(JSON.to_owned(), |file| format!("{FORM}{}", file.boundary))
    }

    pub(super) fn text(&self) -> String {
        match &self.file {
            None => self.json.clone(),
            Some(Attached { boundary, part }) => {
                format!("{}{}\r\n--{boundary}\r\n{part}\r\n--{boundary}--\r\n", head(boundary), self.json)
            }
        }
    }

    /// The same file with another message.
    pub(super) fn saying(&self, json: String) -> Self {
        Self { json, file: self.file.clone() }
    }

    /// A message without the file.
    pub(super) fn alone(json: String) -> Self {
        Self { json, file: None }
    }
}

fn attached(file: &File, about: &str) -> Attached {
    let text = fit::cut(&file.text, LONGEST_FILE, fit::Unit::Bytes);
    let mut boundary = format!("ringback-{about}");
    while text.contains(&boundary) {
        boundary.push('-');
    }
    let (name, kind) = (&file.name, file.content_type);
    let part = format!(
        "Content-Disposition: form-data; name=\"files[0]\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n{text}"
    );
    Attached { boundary, part }
}

fn head(boundary: &str) -> String {
    format!("--{boundary}\r\nContent-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: {JSON}\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_taken_apart_as_it_was_put_together_whatever_was_said() {
        for said in ["Agent: hi\r\n--ringback-dlv_1--\r\n", "", "--ringback-dlv_1", "😀\n\"quoted\""] {
            let file = File { name: "t.txt".to_owned(), content_type: "text/plain", text: said.to_owned() };
            let body = Body::new(json!({ "content": "a\r\nb" }), Some(file), "dlv_1");
            let payload = Payload { content_type: body.content_type(), body: body.text(), trouble: None };
            assert_eq!(Body::of(&payload), body, "{said}");
            assert_eq!(payload.body.matches(said).count().min(1), 1);
            let json: Value = serde_json::from_str(&body.json).unwrap();
            assert_eq!(json["attachments"], json!([{ "id": "0", "filename": "t.txt" }]));
        }
        let plain = Body::new(json!({ "content": "a" }), None, "dlv_1");
        assert_eq!((plain.content_type().as_str(), plain.text().as_str()), (JSON, r#"{"content":"a"}"#));
    }
}
