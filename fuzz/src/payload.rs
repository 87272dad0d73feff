//! What must hold of every payload: its form, its limits, and that nothing in it acts.

use mail_parser::{HeaderValue, MessageParser};
use ringback::notify::Payload;
use serde_json::Value;

/// Headers that a mail may have. Any other would be a caller's.
const HEADERS: [&str; 15] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "References",
    "In-Reply-To",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Reply-To",
    "Thread-Topic",
    "Importance",
];

/// Checks a payload by the name of its notifier.
pub fn check(notifier: &str, payload: &Payload) {
    let json = || -> Value { serde_json::from_str(&payload.body).expect("JSON") };
    match notifier {
        "discord" | "bot" => discord(&json()),
        "slack" => slack(&json(), payload.body.len()),
        "crm" | "masked" => envelope(&json()),
        "mail" => mail(&payload.body),
        "console" => console(&payload.body),
        other => unreachable!("no rules for {other}"),
    }
}

/// As JavaScript counts, which Discord is taken to do.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn text<'a>(json: &'a Value, path: &str) -> &'a str {
    json.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn discord(json: &Value) {
    assert!(length(text(json, "/content")) <= 2_000);
    let allowed = &json["allowed_mentions"];
    for (who, none) in [("parse", true), ("users", true), ("roles", true)] {
        let list = allowed[who].as_array();
        assert!(list.is_none_or(Vec::is_empty) == none, "{allowed}");
    }
    assert!(allowed["parse"].is_array(), "without the list, Discord would let any text ping");
    let embeds = json["embeds"].as_array().expect("embeds");
    assert_eq!(embeds.len(), 1);
    let mut total = 0;
    for embed in embeds {
        let fields = embed["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert!(fields.len() <= 25);
        let mut texts = vec![
            (text(embed, "/title"), 256, true),
            (text(embed, "/description"), 4_096, true),
            // Discord shows no Markdown in footers.
            (text(embed, "/footer/text"), 2_048, false),
        ];
        for field in fields {
            texts.extend([(text(field, "/name"), 256, true), (text(field, "/value"), 1_024, true)]);
            assert!(!text(field, "/name").is_empty() && !text(field, "/value").is_empty());
        }
        for (said, max, is_markdown) in texts {
            assert!(length(said) <= max, "{} characters of {max}", length(said));
            total += length(said);
            if is_markdown {
                for active in ["@everyone", "@here", "<@", "<#", "<t:", "<:", "<a:", "</", "http://", "https://"] {
                    assert!(!said.contains(active), "{active} in {said:?}");
                }
            }
        }
        assert!(length(text(embed, "/title")) > 0);
    }
    assert!(total <= 6_000, "{total} characters in all");
}

fn slack(json: &Value, bytes: usize) {
    assert!(bytes <= 40_000, "{bytes} bytes");
    let blocks = json["blocks"].as_array().expect("blocks");
    assert!(blocks.len() <= 50);
    assert!(text(json, "/text").chars().count() <= 4_000);
    assert!(text(json, "/blocks/0/text/text").chars().count() <= 150);
    mrkdwn(text(json, "/text"));
    each_object(json, &mut |object| {
        let said = object.get("text").and_then(Value::as_str);
        if let (Some("mrkdwn"), Some(said)) = (object.get("type").and_then(Value::as_str), said) {
            mrkdwn(said);
        }
        for kind in ["user", "usergroup", "channel", "broadcast", "link"] {
            let is_kind = object.get("type").and_then(Value::as_str) == Some(kind);
            assert!(!is_kind || kind == "link", "a {kind} in the text");
        }
    });
}

fn mrkdwn(said: &str) {
    for active in ["<!", "<@", "<#"] {
        assert!(!said.contains(active), "{active} in {said:?}");
    }
}

fn envelope(json: &Value) {
    for key in ["id", "type", "timestamp", "observed_at", "watch", "account", "severity", "data"] {
        assert!(json.get(key).is_some(), "no {key}");
    }
}

fn console(text: &str) {
    assert!(text.ends_with('\n'));
    assert!(!text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')), "{text:?}");
}

fn mail(mail: &str) {
    assert!(mail.is_ascii(), "eight-bit text");
    assert!(!mail.replace("\r\n", "").contains(['\r', '\n']), "a line break by itself");
    assert!(mail.split("\r\n").all(|line| line.len() <= 998), "a line is too long");
    let parsed = MessageParser::default().parse(mail.as_bytes()).expect("a mail");
    for header in parsed.headers() {
        let name = header.name();
        assert!(HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name)), "{name} is not our header");
        if let HeaderValue::Text(value) = header.value() {
            assert!(!value.contains(['\r', '\n']), "{name}: {value:?}");
        }
    }
    let one = |name: &str| parsed.headers().iter().filter(|header| header.name().eq_ignore_ascii_case(name)).count();
    assert_eq!((one("Subject"), one("To"), one("From")), (1, 1, 1));
    assert_eq!((parsed.text_body_count(), parsed.html_body_count()), (1, 1));
    let html = parsed.body_html(0).expect("HTML").to_ascii_lowercase();
    // The only image is a digest's chart, which comes with the mail.
    assert_eq!(html.matches("<img").count(), html.matches("src=\"cid:chart.").count());
    for active in ["<script", "<iframe", "<form", "javascript:"] {
        assert!(!html.contains(active) || active == "javascript:" && !html.contains("href=\"javascript:"), "{active}");
    }
}

fn each_object(json: &Value, look: &mut dyn FnMut(&serde_json::Map<String, Value>)) {
    match json {
        Value::Object(object) => {
            look(object);
            object.values().for_each(|value| each_object(value, look));
        }
        Value::Array(items) => items.iter().for_each(|item| each_object(item, look)),
        _ => {}
    }
}

/// Every text in a payload as people read it: JSON's values one by one, and the parts of a mail.
pub fn texts(notifier: &str, payload: &Payload) -> Vec<String> {
    if notifier == "console" {
        return vec![payload.body.clone()];
    }
    if notifier == "mail" {
        let mail = MessageParser::default().parse(payload.body.as_bytes()).expect("a mail");
        let parts =
            [mail.subject().map(str::to_owned), mail.body_text(0).map(Into::into), mail.body_html(0).map(Into::into)];
        return parts.into_iter().flatten().collect();
    }
    let mut texts = Vec::new();
    leaves(&serde_json::from_str(&payload.body).expect("JSON"), &mut texts);
    texts
}

fn leaves(json: &Value, texts: &mut Vec<String>) {
    match json {
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            texts.push(key.clone());
            leaves(value, texts);
        }),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, texts)),
        Value::String(text) => texts.push(text.clone()),
        other => texts.push(other.to_string()),
    }
}
