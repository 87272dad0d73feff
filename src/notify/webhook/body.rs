//! The body: within the destination's limits when it is written, in the destination's form when it is sent.

use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    message::escape,
    notify::{
        fit::{self, Unit},
        markup,
        webhook::{
            limits,
            params::{Ids, Values},
        },
    },
    render::preset::{Limit, Preset, answers::Plain},
};

const FORM: &str = "application/x-www-form-urlencoded";

/// The rendered body within the preset's limits; JSON must be JSON.
pub(super) fn fitted(template: &str, text: String, preset: &Preset) -> Result<String, String> {
    if !template.ends_with(".json.hbs") {
        if preset.form || !preset.inserts.is_empty() {
            return Err("the preset needs JSON, from a template whose name ends in .json.hbs".to_owned());
        }
        return Ok(preset.max_bytes.map_or(text.clone(), |max| fit::cut(&text, max, Unit::Bytes)));
    }
    let json = serde_json::from_str(&text).map_err(|error| format!("it is not JSON: {error}"))?;
    Ok(within(json, preset))
}

/// Nearly every chat takes a `text`; entities keep it from being markup where angle brackets are.
pub(super) fn fallback(text: &str, preset: &Preset) -> String {
    within(json!({ "text": escape::slack(text) }), preset)
}

fn within(mut json: Value, preset: &Preset) -> String {
    limits::apply(&mut json, &preset.limits);
    limits::apply(&mut json, &[Limit { bytes: preset.max_bytes, ..Limit::default() }]);
    json.to_string()
}

/// What goes over the wire: with the secrets that are not stored, as a form where one is wanted.
pub(super) fn sent(content_type: &str, body: &str, preset: Option<&Preset>, values: &Values) -> (String, String) {
    let kept = || (content_type.to_owned(), body.to_owned());
    let Some(preset) = preset.filter(|preset| preset.form || !preset.inserts.is_empty()) else { return kept() };
    let Ok(mut json) = serde_json::from_str::<Value>(body) else { return kept() };
    for (place, blanks) in &preset.inserts {
        insert(&mut json, place, blanks.filled(|name| values.of(name, &Ids::ANY)));
    }
    if preset.form { (FORM.to_owned(), form(&json)) } else { (content_type.to_owned(), json.to_string()) }
}

/// Puts a text into an object that is there.
fn insert(json: &mut Value, place: &str, text: String) {
    let (parent, key) = place.rsplit_once('/').unwrap_or(("", place));
    if let Some(Value::Object(parent)) = json.pointer_mut(parent) {
        parent.insert(key.to_owned(), text.into());
    }
}

fn form(json: &Value) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (key, value) in json.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::String(text) => drop(form.append_pair(key, text)),
            other => drop(form.append_pair(key, &other.to_string())),
        }
    }
    form.finish()
}

/// The same message without its form.
pub(super) fn plain(body: &str, plain: &Plain) -> Option<String> {
    let mut json: Value = serde_json::from_str(body).ok()?;
    for place in &plain.html {
        if let Some(Value::String(text)) = json.pointer_mut(place) {
            *text = markup::text(text);
        }
    }
    for place in &plain.remove {
        let (parent, key) = place.rsplit_once('/')?;
        if let Some(Value::Object(parent)) = json.pointer_mut(parent) {
            parent.remove(key);
        }
    }
    Some(json.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_made_of_the_json() {
        let json = json!({ "to": "a b", "text": "é & =\n", "priority": -1, "none": null });
        assert_eq!(form(&json), "priority=-1&text=%C3%A9+%26+%3D%0A&to=a+b");
    }

    #[test]
    fn what_is_inserted_stands_where_it_was_wanted_or_nowhere() {
        let mut json = json!({ "a": { "b": 1 } });
        insert(&mut json, "/token", "t".to_owned());
        insert(&mut json, "/a/key", "k".to_owned());
        insert(&mut json, "/x/key", "k".to_owned());
        assert_eq!(json, json!({ "a": { "b": 1, "key": "k" }, "token": "t" }));
    }

    #[test]
    fn the_plain_form_has_the_same_words() {
        let how = Plain { remove: vec!["/parse_mode".to_owned()], html: vec!["/text".to_owned()] };
        let body = json!({ "text": "<b>1 &lt; 2</b> &amp; so on", "parse_mode": "HTML", "chat_id": 5 }).to_string();
        assert_eq!(plain(&body, &how).unwrap(), json!({ "text": "1 < 2 & so on", "chat_id": 5 }).to_string());
    }
}
