//! What templates see: the envelope's keys, the shortcuts, and the message in every channel's markup.

use serde_json::{Map, Value, json};

use crate::{
    event::Event,
    message::{Message, adaptive, brief::brief, rich, style::Style, write::write},
    render::{View, preset::Params, privacy},
};

/// The envelope as far as the policy shows it, cleaned, with `event`, `call`, `batch`, `problem`, `digest` and `now`.
pub(super) fn of_event(event: &Event, view: View) -> Value {
    let envelope = privacy::envelope(event, view.privacy);
    let mut map = match &envelope {
        Value::Object(map) => map.clone(),
        _ => Map::new(),
    };
    for subject in ["call", "batch", "problem", "digest"] {
        let value = envelope.get("data").and_then(|data| data.get(subject)).cloned().unwrap_or_default();
        map.insert(subject.to_owned(), value);
    }
    map.insert("event".to_owned(), envelope);
    map.insert("now".to_owned(), json!(view.now));
    Value::Object(map)
}

/// Adds what layouts and native templates see besides.
pub(super) fn add_message(data: &mut Value, message: &Message, params: &Params) {
    let body = &message.body;
    let written = |style| write(body, style);
    let message = json!({
        "title": message.title,
        "title_plain": rich::plain(&message.title),
        "facts": message.facts,
        "facts_rich": rich::facts(&message.facts, 12),
        "color": message.color,
        "color_hex": format!("#{:06X}", message.color & 0xFF_FF_FF),
        "tone": message.tone(),
        "brief": brief(body),
        "severity": message.severity,
        "link": message.link,
        "footer": message.footer,
        "at": message.at,
        "body": {
            "discord": written(Style::Discord),
            "slack": written(Style::Slack),
            "slack_rich": rich::text(body),
            "adaptive": adaptive::elements(body),
            "chat": written(Style::Chat),
            "google_chat": written(Style::GoogleChat),
            "markdown": written(Style::Markdown),
            "zulip": written(Style::Zulip),
            "html": written(Style::Html),
            "html_basic": written(Style::HtmlBasic),
            "html_lines": written(Style::HtmlLines),
            "text": written(Style::Text),
            "push": written(Style::Push),
        },
    });
    if let Value::Object(map) = data {
        map.insert("message".to_owned(), message);
        map.insert("params".to_owned(), json!(params));
    }
}
