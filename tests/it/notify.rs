//! Tests of `notify` from outside: real HTTP and SMTP on loopback.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod bundles;
mod chats;
mod destinations;
mod discord;
mod email;
mod mail_parts;
mod mails;
mod presets;
mod webhook;

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use ringback::{
    event::{Data, Event, Severity, facts::CallFacts, kind::Kind as EventKind},
    model::outcome::Outcome,
    notify::{
        Job, Notifier, Stop, Verdict,
        common::Common,
        config::{Config, Kind},
    },
    render::{Renderer, privacy::Privacy},
};
use serde_json::json;

/// Words that try to be markup, mentions, links, headers, JSON keys and terminal commands.
const HOSTILE: &str = "<@123> @everyone <!channel> **b** [x](https://evil.example) \"}],\"k\":1 \u{1b}[2J\r\nBcc: all@evil.example <b>&amp;";

pub(crate) fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub(crate) fn renderer() -> Renderer {
    Renderer::load(&ringback::render::config::Config::default(), Path::new("."), TimeZone::UTC).unwrap()
}

pub(crate) fn event() -> Event {
    Event {
        id: "evt_1".to_owned(),
        kind: EventKind::CallCompleted,
        timestamp: now(),
        observed_at: now(),
        watch: "everything".to_owned(),
        watches: vec!["everything".to_owned()],
        account: "bland".to_owned(),
        severity: Severity::Info,
        data: Data::Call {
            call: Box::new(CallFacts {
                id: "c1234567".to_owned(),
                to: Some("+15551234567".to_owned()),
                outcome: Some(Outcome::Human),
                duration_seconds: Some(71),
                summary: Some("Maria moved the appointment to Friday.".to_owned()),
                ..CallFacts::default()
            }),
            previous_outcome: None,
        },
    }
}

/// The same call, with hostile words in every place that a caller can reach.
pub(crate) fn hostile_event() -> Event {
    let mut event = event();
    if let Data::Call { call, .. } = &mut event.data {
        call.summary = Some(HOSTILE.repeat(200));
        call.error = Some(HOSTILE.to_owned());
        call.details = vec![HOSTILE.to_owned(); 40];
        call.variables = json!({ "name": HOSTILE, HOSTILE: "key" }).as_object().unwrap().clone();
    }
    event
}

pub(crate) fn job(event: &Event) -> Job<'_> {
    Job { delivery_id: "dlv_1", recipient: "", event, attempt: 1, now: now() }
}

pub(crate) fn section(kind: Kind) -> Config {
    Config { name: "ops".to_owned(), common: Common::default(), kind }
}

/// A verdict in one word: `gone` and `counts` for refusals that say more than that of one message.
pub(crate) fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Permanent { stop: Stop::Gone, .. } => "gone",
        Verdict::Permanent { stop: Stop::Counts, .. } => "counts",
        other => other.word(),
    }
}

/// How long a retry has to wait, counted from the job's time.
pub(crate) fn wait(verdict: &Verdict) -> Option<SignedDuration> {
    match verdict {
        Verdict::Retry { after, .. } => after.map(|after| after.duration_since(now())),
        _ => None,
    }
}

/// A port on which nobody listens.
pub(crate) fn closed_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_console_shows_the_message_through_its_sink_and_obeys_nobody() {
    let shown = Arc::new(Mutex::new(String::new()));
    let sink = {
        let shown = Arc::clone(&shown);
        Arc::new(move |text: &str| shown.lock().unwrap().push_str(text))
    };
    let mut renderer = renderer();
    let console =
        Notifier::build(&section(Kind::Console(Default::default())), &mut renderer).unwrap().with_console_sink(sink);
    let event = hostile_event();
    let payload = console.prepare(&renderer, &job(&event));
    assert_eq!(payload.trouble, None);
    assert_eq!(word(&console.send(&payload, &job(&event)).await), "delivered");
    let shown = shown.lock().unwrap();
    assert!(shown.ends_with('\n') && shown.contains("@everyone"), "{shown}");
    assert!(!shown.contains('\u{1b}') && !shown.contains('\r'), "{shown:?}");
}

#[tokio::test]
async fn a_native_template_takes_control_until_it_fails() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("own.json.hbs"), r#"{"content": "{{call.id}}: {{call.summary}}"}"#).unwrap();
    std::fs::write(folder.path().join("broken.json.hbs"), r#"{"content": {{#if call.summary}}bare words{{/if}} }"#)
        .unwrap();
    let mut renderer = Renderer::load(&Default::default(), folder.path(), TimeZone::UTC).unwrap();
    let event = event();
    for (kind, address) in [
        (Kind::Discord(toml::from_str("webhook_url = \"https://x.example/h\"").unwrap()), "embeds"),
        (Kind::Webhook(toml::from_str("url = \"https://x.example/h\"").unwrap()), "data"),
    ] {
        let mut config = section(kind);
        config.common.template = Some("own.json.hbs".to_owned());
        let own = Notifier::build(&config, &mut renderer).unwrap().prepare(&renderer, &job(&event));
        assert_eq!(own.trouble, None);
        let body: serde_json::Value = serde_json::from_str(&own.body).unwrap();
        assert_eq!(body["content"], "c1234567: Maria moved the appointment to Friday.");

        config.common.template = Some("broken.json.hbs".to_owned());
        let built_in = Notifier::build(&config, &mut renderer).unwrap().prepare(&renderer, &job(&event));
        assert!(built_in.trouble.as_deref().unwrap().contains("`broken.json.hbs` failed"), "{:?}", built_in.trouble);
        assert!(built_in.body.contains(address) && built_in.body.contains("Maria"), "{}", built_in.body);
    }
    let mut config = section(Kind::Console(Default::default()));
    config.common.template = Some("own.json.hbs".to_owned());
    let flaw = Notifier::build(&config, &mut renderer).unwrap_err().remove(0);
    insta::assert_snapshot!(format!("{}: {}", flaw.path, flaw.says), @"template: `own.json.hbs` does not end in .txt.hbs");
}

#[test]
fn numbers_are_masked_for_people_and_whole_for_programs() {
    let mut renderer = renderer();
    let event = event();
    let mut shows = |kind: Kind, privacy| {
        let mut config = section(kind);
        config.common.privacy = privacy;
        let notifier = Notifier::build(&config, &mut renderer).unwrap();
        notifier.prepare(&renderer, &job(&event)).body.contains("5551234567")
    };
    let hook = |more: &str| Kind::Webhook(toml::from_str(&format!("url = \"https://x.example/h\"\n{more}")).unwrap());
    assert!(shows(hook(""), None));
    assert!(!shows(hook(""), Some(Privacy::Masked)));
    assert!(!shows(hook("preset = \"slack\""), None));
    assert!(!shows(Kind::Discord(toml::from_str("webhook_url = \"https://x.example/h\"").unwrap()), None));
    assert!(!shows(Kind::Console(Default::default()), None));
}
