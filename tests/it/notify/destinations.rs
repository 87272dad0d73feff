//! Presets of services that need more than a webhook's address, against faithful fakes on loopback: what is sent is
//! what the vendor takes, whatever callers say, and each answer means what the vendor means by it.

mod answers;
mod settings;

use std::{collections::BTreeMap, sync::LazyLock};

use jsonschema::Validator;
use regex::Regex;
use ringback::{
    event::{
        Data, Event,
        digest::Reason,
        kind::Kind as EventKind,
        sample::{bundle, hostile, hostile_others, huge, sample, sparse},
    },
    model::call::{Speaker, Turn},
    notify::{Notifier, Verdict, config::Kind},
    render::Renderer,
};
use serde_json::{Value, json};

use super::{event, job, now, renderer, section, word};
use crate::world::receiver::{Answer, Receiver, Request};

const TOKEN: &str = "123456789:AAF0123456789_abcdefghijklmnopqrst";
const KEY: &str = "q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6";
const KEY_30: &str = "q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5";

/// A service: its preset, what it is told, and what it answers when all is well.
struct Service {
    name: &'static str,
    params: String,
    yes: (u16, Value),
}

fn services() -> Vec<Service> {
    let service = |name, params: String, status, yes| Service { name, params, yes: (status, yes) };
    vec![
        service(
            "telegram",
            format!("bot_token = \"{TOKEN}\", chat_id = -1001234567890, thread_id = 7, api_base = \"BASE\""),
            200,
            json!({ "ok": true, "result": { "message_id": 5, "chat": { "id": -1001234567890_i64 } } }),
        ),
        service(
            "matrix",
            format!("homeserver = \"BASE/\", room_id = \"!room/1:example.com\", access_token = \"syt_{KEY}\""),
            200,
            json!({ "event_id": "$abc" }),
        ),
        service(
            "zulip",
            format!(
                "site = \"BASE\", bot_email = \"bot@example.com\", api_key = \"{KEY}\", channel = \"calls & more\""
            ),
            200,
            json!({ "result": "success", "msg": "", "id": 42 }),
        ),
        service(
            "pushover",
            format!("token = \"{KEY_30}\", user = \"{}\", api_base = \"BASE\"", KEY_30.replace('q', "u")),
            200,
            json!({ "status": 1, "request": "647d2300-702c-4b38-8b2f-d56326ae460b" }),
        ),
        service(
            "pagerduty",
            format!("routing_key = \"{KEY}\", api_base = \"BASE\""),
            202,
            json!({ "status": "success", "message": "Event processed", "dedup_key": "evt_1" }),
        ),
    ]
}

impl Service {
    fn build(&self, receiver: &Receiver) -> Notifier {
        let params = self.params.replace("BASE", receiver.url("").as_str());
        let toml = format!("preset = \"{}\"\nparams = {{ {params} }}", self.name);
        Notifier::build(&section(Kind::Webhook(toml::from_str(&toml).unwrap())), &mut RENDERER.clone()).unwrap()
    }

    fn yes(&self) -> Answer {
        Answer::status(self.yes.0).json(&self.yes.1)
    }

    fn schema(&self) -> Validator {
        let path = format!("{}/tests/schemas/{}.json", env!("CARGO_MANIFEST_DIR"), self.name);
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    }
}

/// The JSON that arrived, or the fields of the form.
fn fields(request: &Request) -> Value {
    match request.header("content-type") {
        Some("application/x-www-form-urlencoded") => {
            let pairs = url::form_urlencoded::parse(&request.body).into_owned();
            json!(pairs.collect::<BTreeMap<String, String>>())
        }
        Some("application/json") => request.json(),
        other => panic!("{other:?}"),
    }
}

/// The built-in templates, compiled once.
static RENDERER: LazyLock<Renderer> = LazyLock::new(renderer);

/// A notifier and what it sends to.
struct Peer {
    service: Service,
    receiver: Receiver,
    notifier: Notifier,
}

impl Peer {
    async fn new(service: Service) -> Self {
        let receiver = Receiver::webhook().await;
        let notifier = service.build(&receiver);
        Self { service, receiver, notifier }
    }

    async fn of(name: &str) -> Self {
        Self::new(services().into_iter().find(|service| service.name == name).unwrap()).await
    }

    /// What happens when this is the answer.
    async fn answered(&self, event: &Event, answer: Answer) -> Verdict {
        self.receiver.script([answer]);
        let payload = self.notifier.prepare(&RENDERER, &job(event));
        assert_eq!(payload.trouble, None, "{}", self.service.name);
        for secret in [TOKEN, KEY, KEY_30] {
            assert!(!payload.body.contains(secret), "{}: secrets are not stored with messages", self.service.name);
        }
        self.notifier.send(&payload, &job(event)).await
    }

    /// What arrives when all is well.
    async fn sent(&self, event: &Event) -> Request {
        let verdict = self.answered(event, self.service.yes()).await;
        assert_eq!(word(&verdict), "delivered", "{}: {verdict:?}", self.service.name);
        self.receiver.requests().pop().unwrap()
    }
}

/// Every kind, full and sparse; bundles; words that try to be more; and a very long call.
fn events() -> Vec<(String, Event)> {
    let mut events: Vec<(String, Event)> = Vec::new();
    for kind in EventKind::SAID {
        events.push((format!("{kind}"), sample(kind, now())));
        events.push((format!("sparse {kind}"), sparse(kind, now())));
    }
    for reason in [Reason::Digest, Reason::Group, Reason::Quiet, Reason::Throttle] {
        events.push((format!("{reason:?}"), bundle(reason, now())));
    }
    events.push(("huge".to_owned(), huge(1_000, now())));
    let others = hostile(now()).into_iter().chain(hostile_others(now()));
    events.extend(others.map(|(name, event)| (name.to_owned(), event)));
    let mut long = sample(EventKind::CallCompleted, now());
    if let Data::Call { call, .. } = &mut long.data {
        let turn = |_| Turn { speaker: Speaker::User, text: "five more <b>words</b> & @everyone".to_owned(), at: None };
        call.transcript = (0..1_000).map(turn).collect();
        call.summary = Some("many <words> & more ".repeat(1_000));
        call.error = call.summary.clone();
    }
    events.push(("5,000 words".to_owned(), long));
    events
}

/// What Telegram shows of its HTML; panics where it would refuse it
/// (<https://core.telegram.org/bots/api#html-style>).
fn telegram_reads(html: &str) -> String {
    static TOKENS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"<(/?)(\w+)( href="[^"<>]*")?>|&(lt|gt|amp|quot|#[0-9]+);|[<>&]"#).unwrap());
    let mut open: Vec<&str> = Vec::new();
    for token in TOKENS.captures_iter(html) {
        match (token.get(1), token.get(2).map(|tag| tag.as_str())) {
            (Some(slash), Some(tag)) => {
                assert!(["b", "i", "code", "a", "blockquote"].contains(&tag), "<{tag}> in {html}");
                assert_eq!(token.get(3).is_some(), tag == "a" && slash.is_empty(), "{html}");
                match slash.as_str() {
                    "" => open.push(tag),
                    _ => assert_eq!(open.pop(), Some(tag), "{html}"),
                }
            }
            _ => assert!(token.get(4).is_some(), "a bare {} in {html}", &token[0]),
        }
    }
    assert_eq!(open, [""; 0], "{html}");
    let read = TOKENS.replace_all(html, |token: &regex::Captures<'_>| if token.get(4).is_some() { "?" } else { "" });
    read.into_owned()
}

#[tokio::test]
async fn whatever_is_said_the_payload_is_one_that_the_service_takes() {
    let events = events();
    for service in services() {
        let schema = service.schema();
        let peer = Peer::new(service).await;
        let service = &peer.service;
        for (name, event) in &events {
            let request = peer.sent(event).await;
            let fields = fields(&request);
            let wrong: Vec<String> =
                schema.iter_errors(&fields).map(|error| format!("{error} at {}", error.instance_path())).collect();
            assert!(wrong.is_empty(), "{} with {name}: {wrong:?}", service.name);
            let max = match service.name {
                "matrix" => 65_536,
                "pagerduty" => 524_288,
                _ => usize::MAX,
            };
            assert!(request.body.len() <= max, "{} with {name}", service.name);
            if service.name == "telegram" {
                let read = telegram_reads(fields["text"].as_str().unwrap());
                assert!((1..=4_096).contains(&read.encode_utf16().count()), "{name}");
            }
            // Links and mentions that clients find by themselves; our own link has an address of its own.
            let all = fields.to_string();
            for active in ["https://evil", "evil.example", "@everyone", "@here"] {
                assert!(!all.contains(active), "{} with {name}: {active} in {all}", service.name);
            }
            if service.name == "zulip" {
                let content = fields["content"].as_str().unwrap();
                for active in ["@**", "@_**", "#**", "<time:", "```"] {
                    assert!(!content.contains(active), "{name}: {active} in {content}");
                }
            }
        }
    }
}

#[tokio::test]
async fn each_request_is_the_one_that_the_vendor_describes() {
    let event = event();
    let mut told = String::new();
    for service in services() {
        let request = Peer::new(service).await.sent(&event).await;
        let authorization = request.header("authorization").unwrap_or("no authorization");
        told.push_str(&format!("{} {} ({authorization})\n", request.method, request.path));
        told.push_str(&format!("{:#}\n\n", fields(&request)));
    }
    insta::assert_snapshot!(told.replace('\u{200B}', "⟂"), @r#"
    POST /bot123456789:AAF0123456789_abcdefghijklmnopqrst/sendMessage (no authorization)
    {
      "chat_id": "-1001234567890",
      "disable_notification": true,
      "link_preview_options": {
        "is_disabled": true
      },
      "message_thread_id": 7,
      "parse_mode": "HTML",
      "text": "<b>✅ Human answered · +1 ••• ••• 4567</b>\n\n<blockquote>Maria moved the appointment to Friday.</blockquote>\n\n<b>Duration:</b> 1 min 11 s\n\n<i>everything · c1234567</i>"
    }

    PUT /_matrix/client/v3/rooms/!room%2F1:example.com/send/m.room.message/dlv_1 (Bearer syt_q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6)
    {
      "body": "✅ Human answered · +1 ••• ••• 4567\n\n> Maria moved the appointment to Friday.\n\nDuration: 1 min 11 s\n\neverything · c1234567",
      "format": "org.matrix.custom.html",
      "formatted_body": "<p><strong>✅ Human answered · +1 ••• ••• 4567</strong></p>\n<blockquote>Maria moved the appointment to Friday.</blockquote>\n<p><strong>Duration:</strong> 1 min 11 s</p>\n<p><em>everything · c1234567</em></p>",
      "m.mentions": {},
      "msgtype": "m.notice"
    }

    POST /api/v1/messages (Basic Ym90QGV4YW1wbGUuY29tOnExdzJlM3I0dDV5NnU3aThvOXAwYTFzMmQzZjRnNWg2)
    {
      "content": "**✅ Human answered · +1 ••• ••• 4567**\n\n> Maria moved the appointment to Friday.\n\n**Duration:** ⟂1 min 11 s\n\neverything · c1234567",
      "to": "calls & more",
      "topic": "everything",
      "type": "stream"
    }

    POST /1/messages.json (no authorization)
    {
      "message": "> Maria moved the appointment to Friday.\n\nDuration: 1 min 11 s\neverything · c1234567",
      "priority": "-1",
      "timestamp": "1795262400",
      "title": "✅ Human answered · +1 ••• ••• 4567",
      "token": "q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5",
      "user": "u1w2e3r4t5y6u7i8o9p0a1s2d3f4g5"
    }

    POST /v2/enqueue (no authorization)
    {
      "client": "Ringback",
      "dedup_key": "evt_1",
      "event_action": "trigger",
      "payload": {
        "class": "call.completed",
        "component": "bland",
        "custom_details": {
          "Duration": "1 min 11 s",
          "Message": "> Maria moved the appointment to Friday."
        },
        "severity": "info",
        "source": "everything",
        "summary": "✅ Human answered · +1 ••• ••• 4567",
        "timestamp": "2026-11-21T12:00:00Z"
      },
      "routing_key": "q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6"
    }
    "#);
}

#[tokio::test]
async fn the_end_of_an_outage_resolves_its_alert_and_only_that() {
    let peer = Peer::of("pagerduty").await;
    let key = async |kind| {
        let body = fields(&peer.sent(&sample(kind, now())).await);
        let text = |pointer: &str| body.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        (text("/event_action"), text("/dedup_key"), text("/payload/severity"))
    };
    for (failing, recovered) in [
        (EventKind::WatchFailing, EventKind::WatchRecovered),
        (EventKind::NotifierFailing, EventKind::NotifierRecovered),
    ] {
        let (failing, recovered) = (key(failing).await, key(recovered).await);
        assert_eq!((failing.0.as_str(), recovered.0.as_str()), ("trigger", "resolve"));
        assert_eq!(failing.1, recovered.1);
        assert_eq!(failing.2, "error");
    }
    let (action, failed, severity) = key(EventKind::CallFailed).await;
    assert_eq!((action.as_str(), severity.as_str()), ("trigger", "error"));
    assert_ne!(failed, key(EventKind::CallStuck).await.1);
    assert_eq!(key(EventKind::CallCompleted).await.2, "info");
    assert_eq!(key(EventKind::DeliveryMissing).await.0, "trigger");
    assert_ne!(key(EventKind::DeliveryMissing).await.1, key(EventKind::NotifierFailing).await.1);
}

#[tokio::test]
async fn a_batch_and_its_calls_have_one_topic() {
    let peer = Peer::of("zulip").await;
    let call = fields(&peer.sent(&sample(EventKind::CallCompleted, now())).await);
    let batch = fields(&peer.sent(&sample(EventKind::BatchCompleted, now())).await);
    assert_eq!(call["topic"], "Batch 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10");
    assert_eq!(call["topic"], batch["topic"]);
    assert_eq!(fields(&peer.sent(&event()).await)["topic"], "everything");
}

#[tokio::test]
async fn matrix_knows_a_message_again_by_its_address() {
    let peer = Peer::of("matrix").await;
    let event = event();
    let (first, again) = (peer.sent(&event).await, peer.sent(&event).await);
    assert_eq!(first.path, again.path);
    assert!(first.path.ends_with("/rooms/!room%2F1:example.com/send/m.room.message/dlv_1"), "{}", first.path);
}
