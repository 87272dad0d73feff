//! Bundles through every notifier: within each destination's limits, whatever is in them and however much.

use std::sync::LazyLock;

use mail_parser::MessageParser;
use ringback::{
    event::{
        Event,
        digest::Reason,
        kind::Kind as EventKind,
        sample::{self, bundle, sample},
    },
    notify::{Job, Notifier, config::Kind},
    render::{Renderer, privacy::Privacy},
};
use serde_json::Value;

use super::{job, now, renderer, section, word};
use crate::world::receiver::Receiver;

static RENDERER: LazyLock<Renderer> = LazyLock::new(renderer);

fn build(kind: Kind) -> Notifier {
    Notifier::build(&section(kind), &mut renderer()).unwrap()
}

fn discord() -> Notifier {
    let toml = "webhook_url = \"https://x.example/h\"\nmentions = { \"call.*\" = \"<@7>\", \"watch.*\" = \"<@7>\" }";
    build(Kind::Discord(toml::from_str(toml).unwrap()))
}

fn webhook(toml: &str) -> Notifier {
    build(Kind::Webhook(toml::from_str(toml).unwrap()))
}

fn email() -> Notifier {
    let toml = "smtp = \"smtp://127.0.0.1:1?tls=none\"\nfrom = \"ringback@calls.example\"\nto = [\"ops@example.com\"]";
    build(Kind::Email(toml::from_str(toml).unwrap()))
}

/// The body that a notifier would send; nothing may have failed on the way.
pub(super) fn body(notifier: &Notifier, event: &Event) -> String {
    let payload = notifier.prepare(&RENDERER, &Job { recipient: "ops@example.com", ..job(event) });
    assert_eq!(payload.trouble, None, "{}", notifier.kind());
    payload.body
}

/// Of each reason, with nothing in it, with 2,000 calls, and with hostile words in every place.
fn bundles() -> Vec<(String, Event)> {
    let reasons = Reason::ALL.map(|reason| (reason.to_string(), bundle(reason, now())));
    let sizes = [("empty", sample::sparse(EventKind::Digest, now())), ("huge", sample::huge(2_000, now()))];
    let sizes = sizes.map(|(name, event)| (name.to_owned(), event));
    let hostile = sample::hostile_others(now()).into_iter().map(|(name, event)| (name.to_owned(), event));
    reasons.into_iter().chain(sizes).chain(hostile).collect()
}

fn units(json: &Value) -> usize {
    json.as_str().map_or(0, |text| text.encode_utf16().count())
}

#[test]
fn discord_gets_one_embed_within_its_limits_that_pings_only_the_configured() {
    let discord = discord();
    for (name, event) in bundles() {
        let message: Value = serde_json::from_str(&body(&discord, &event)).unwrap();
        let [embed] = message["embeds"].as_array().unwrap().as_slice() else { panic!("{name}: {message}") };
        assert!((1..=256).contains(&units(&embed["title"])) && units(&embed["description"]) <= 4_096, "{name}");
        let fields = embed["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
        let in_fields: usize = fields.iter().map(|field| units(&field["name"]) + units(&field["value"])).sum();
        let total = units(&embed["title"]) + units(&embed["description"]) + units(&embed["footer"]["text"]) + in_fields;
        assert!(total <= 6_000 && fields.len() <= 25, "{name}: {total}");
        let parse = message["allowed_mentions"]["parse"].as_array().unwrap();
        assert!(parse.is_empty(), "{name}: {message}");
        let content = message["content"].as_str().unwrap_or_default();
        assert!(content.is_empty() || content == "<@7>", "{name}: {content}");
    }
    let pings = |event: &Event| body(&discord, event).contains("<@7>");
    assert!(pings(&bundle(Reason::Digest, now())), "two calls failed");
    assert!(!pings(&sample(EventKind::BatchCompleted, now())) && !pings(&sample::sparse(EventKind::Digest, now())));
}

#[test]
fn slack_gets_blocks_within_its_limits() {
    let slack = webhook("url = \"https://hooks.slack.com/services/T/B/x\"\npreset = \"slack\"");
    for (name, event) in bundles() {
        let message: Value = serde_json::from_str(&body(&slack, &event)).unwrap();
        let blocks = message["blocks"].as_array().unwrap();
        assert!(blocks.len() <= 50, "{name}");
        assert!(blocks[0]["text"]["text"].as_str().unwrap().chars().count() <= 150, "{name}");
        let sum: usize = texts(&message["blocks"]).iter().map(|text| text.chars().count()).sum();
        assert!(sum <= 13_000 && message["text"].as_str().unwrap().chars().count() <= 4_000, "{name}: {sum}");
        assert!(message.to_string().len() <= 40_000, "{name}");
    }
}

fn texts(json: &Value) -> Vec<&str> {
    match json {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => vec![],
    }
}

#[test]
fn a_mail_says_the_counts_in_its_subject_and_stays_small() {
    let email = email();
    for (name, event) in bundles() {
        let raw = body(&email, &event);
        assert!(raw.is_ascii() && raw.lines().all(|line| line.len() <= 998), "{name}");
        assert!(raw.len() < 102_000, "{name}: mail programs cut what is longer: {}", raw.len());
        let mail = MessageParser::default().parse(raw.as_bytes()).unwrap();
        assert_eq!(mail.message_id(), Some("dlv_1@calls.example"));
        assert!(mail.subject().unwrap().chars().count() <= 200, "{name}");
        assert!(!mail.body_html(0).unwrap().contains("<script"), "{name}");
    }
    let parsed = |event: &Event| {
        let raw = body(&email, event);
        let mail = MessageParser::default().parse(raw.as_bytes()).unwrap();
        (mail.subject().unwrap().to_owned(), mail.header_raw("References").map(|text| text.trim().to_owned()))
    };
    let (subject, thread) = parsed(&bundle(Reason::Group, now()));
    insta::assert_snapshot!(subject, @"📦 38 calls of one batch within 30 s: 20 human, 12 voicemail, 3 no answer, 1 busy, 2 failed");
    assert_eq!(thread, parsed(&sample(EventKind::BatchCompleted, now())).1, "a batch's calls are in its thread");
    assert!(thread.is_some() && parsed(&sample::huge(10, now())).1.is_none());
}

#[test]
fn a_terminal_shows_two_dozen_lines() {
    let console = build(Kind::Console(Default::default()));
    for (name, event) in bundles() {
        let text = body(&console, &event);
        assert!((2..=24).contains(&text.lines().count()), "{name}: {text}");
        assert!(!text.contains('\u{1b}'), "{name}");
    }
}

#[tokio::test]
async fn a_program_gets_the_envelope_with_every_event_under_one_id() {
    let receiver = Receiver::webhook().await;
    let hook = webhook(&format!("url = \"{}\"", receiver.url("/hooks")));
    let event = sample::huge(2_000, now());
    let payload = hook.prepare(&RENDERER, &job(&event));
    assert_eq!(word(&hook.send(&payload, &job(&event)).await), "delivered");
    let request = receiver.only();
    assert_eq!(request.header("webhook-id"), Some(event.id.as_str()));
    let envelope = request.json();
    assert_eq!((&envelope["type"], &envelope["watch"]), (&"digest".into(), &"everything".into()));
    let digest = &envelope["data"]["digest"];
    assert_eq!((&digest["total"], digest["events"].as_array().unwrap().len()), (&2_000.into(), 2_000));
    assert_eq!(digest["events"][0]["data"]["call"]["to"], "+15552000000", "numbers are whole for programs");
    assert_eq!(serde_json::from_value::<Event>(envelope).unwrap(), event);
}

#[test]
fn masked_no_number_of_any_member_leaves_by_any_notifier() {
    let event = sample::huge(200, now());
    let mut config = section(Kind::Webhook(toml::from_str("url = \"https://x.example/h\"").unwrap()));
    config.common.privacy = Some(Privacy::Masked);
    let plain = Notifier::build(&config, &mut renderer()).unwrap();
    let slack = webhook("url = \"https://hooks.slack.com/services/T/B/x\"\npreset = \"slack\"");
    let console = build(Kind::Console(Default::default()));
    let raw = body(&email(), &event);
    let mail = MessageParser::default().parse(raw.as_bytes()).unwrap();
    let mail = format!("{} {} {}", mail.subject().unwrap(), mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
    for said in [body(&plain, &event), body(&discord(), &event), body(&slack, &event), body(&console, &event), mail] {
        let digits: String = said.chars().filter(|c| c.is_ascii_digit() || matches!(c, '•' | '"' | '\n')).collect();
        for member in &event.digest().unwrap().events {
            let number = member.call().unwrap().to.as_deref().unwrap().trim_start_matches("+1");
            assert!(!digits.contains(number), "{number}");
        }
    }
}
