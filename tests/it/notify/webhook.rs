//! Webhooks, against a scripted receiver.

use jiff::SignedDuration;
use ringback::notify::{Notifier, Payload, config::Kind};
use serde_json::{Value, json};

use super::{closed_port, event, hostile_event, job, renderer, section, wait, word};
use crate::world::receiver::{Answer, Gate, Receiver};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn build(toml: &str) -> Notifier {
    Notifier::build(&section(Kind::Webhook(toml::from_str(toml).unwrap())), &mut renderer()).unwrap()
}

fn payload() -> Payload {
    Payload { content_type: "application/json".to_owned(), body: json!({ "type": "é" }).to_string(), trouble: None }
}

#[tokio::test]
async fn the_plain_envelope_is_signed_and_carries_the_events_id() {
    let receiver = Receiver::webhook().await;
    let url = receiver.url("/hooks/calls?key=1");
    let hook =
        build(&format!("url = \"{url}\"\nsecret = \"{SECRET}\"\nheaders = {{ X-Team = \"a\" }}\nmethod = \"PUT\""));
    let event = hostile_event();
    let prepared = hook.prepare(&renderer(), &job(&event));
    assert_eq!((prepared.trouble.clone(), prepared.content_type.as_str()), (None, "application/json"));
    assert_eq!(word(&hook.send(&prepared, &job(&event)).await), "delivered");
    let request = receiver.only();
    assert_eq!(
        (request.method.as_str(), request.path.as_str(), request.query.as_str()),
        ("PUT", "/hooks/calls", "key=1")
    );
    assert_eq!(request.header("webhook-id"), Some("evt_1"));
    assert_eq!(request.header("webhook-timestamp"), Some("1795262400"));
    assert_eq!(request.header("x-team"), Some("a"));
    assert!(request.header("user-agent").unwrap().starts_with("Ringback/"));
    let signed = standardwebhooks::Webhook::new(SECRET).unwrap().sign("evt_1", 1_795_262_400, &request.body).unwrap();
    assert_eq!(request.header("webhook-signature"), Some(signed.as_str()));
    let body = request.json();
    assert_eq!((&body["id"], &body["type"]), (&json!("evt_1"), &json!("call.completed")));
    assert_eq!(body["data"]["call"]["to"], "+15551234567");
}

#[tokio::test]
async fn each_answer_has_its_verdict_and_no_redirect_is_followed() {
    let receiver = Receiver::webhook().await;
    let hook = build(&format!("url = \"{}\"", receiver.url("/hooks/a-path-that-is-the-secret")));
    let event = event();
    let echo = format!("no {} for +1 555 123 4567", receiver.url("/hooks/a-path-that-is-the-secret"));
    let table = [
        (Answer::status(200), "delivered"),
        (Answer::status(204), "delivered"),
        (Answer::status(200).text("half an answer").truncated(), "delivered"),
        (Answer::status(302).header("location", "/elsewhere"), "counts"),
        (Answer::status(400).text(&echo), "permanent"),
        (Answer::status(401), "counts"),
        (Answer::status(404), "counts"),
        (Answer::status(408), "retry"),
        (Answer::status(410), "gone"),
        (Answer::status(413), "permanent"),
        (Answer::status(422), "permanent"),
        (Answer::status(425), "retry"),
        (Answer::status(500).text(&echo), "retry"),
        (Answer::status(503), "retry"),
        (Answer::closed(), "ambiguous"),
        (Answer::reset(), "ambiguous"),
    ];
    let count = table.len();
    for (answer, expected) in table {
        receiver.script([answer.clone()]);
        let verdict = hook.send(&payload(), &job(&event)).await;
        assert_eq!(word(&verdict), expected, "{answer:?} {verdict:?}");
        assert!(!verdict.note().contains("that-is-the-secret") && !verdict.note().contains("4567"), "{verdict:?}");
    }
    assert_eq!(receiver.requests().len(), count);
    assert!(!format!("{hook:?}").contains("that-is-the-secret"));
}

#[tokio::test]
async fn a_wait_asked_for_counts_from_the_answer() {
    let receiver = Receiver::webhook().await;
    let hook = build(&format!("url = \"{}\"", receiver.url("/")));
    let event = event();
    receiver.script([
        Answer::status(429).header("Retry-After", "7"),
        Answer::status(503).header("Retry-After", "Sat, 21 Nov 2026 12:01:00 GMT"),
    ]);
    let first = wait(&hook.send(&payload(), &job(&event)).await).unwrap();
    assert!(first >= SignedDuration::from_secs(7) && first < SignedDuration::from_secs(17), "{first}");
    assert_eq!(wait(&hook.send(&payload(), &job(&event)).await), Some(SignedDuration::from_secs(60)));
}

#[tokio::test]
async fn an_answer_that_comes_too_late_leaves_it_open_and_a_closed_port_does_not() {
    let receiver = Receiver::webhook().await;
    let gate = Gate::closed();
    receiver.script([Answer::status(200).behind(&gate)]);
    let event = event();
    let slow = build(&format!("url = \"{}\"\ntimeout = \"1s\"", receiver.url("/")));
    let verdict = slow.send(&payload(), &job(&event)).await;
    assert_eq!((word(&verdict), verdict.note()), ("ambiguous", "no answer in time"));
    let nobody = build(&format!("url = \"http://127.0.0.1:{}/\"", closed_port()));
    assert_eq!(word(&nobody.send(&payload(), &job(&event)).await), "retry");
    // No TLS is spoken there, so that nothing of the request is sent.
    let no_tls = build(&format!("url = \"{}\"", receiver.url("/").replace("http:", "https:")));
    assert_eq!(word(&no_tls.send(&payload(), &job(&event)).await), "retry");
}

#[tokio::test]
async fn slack_gets_blocks_within_its_limits_and_must_say_ok() {
    let receiver = Receiver::slack().await;
    let slack = build(&format!("url = \"{}\"\npreset = \"slack\"", receiver.url("/services/T/B/x")));
    assert_eq!(slack.rates().len(), 1);
    let event = hostile_event();
    let prepared = slack.prepare(&renderer(), &job(&event));
    assert_eq!(prepared.trouble, None);
    let body: Value = serde_json::from_str(&prepared.body).unwrap();
    assert!(
        body["text"].is_string() && !prepared.body.contains("<!channel>") && !prepared.body.contains("<@123>"),
        "{body}"
    );
    let blocks = body["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50 && prepared.body.chars().count() < 20_000);
    for block in blocks {
        let max = if block["type"] == "header" { 150 } else { 3_000 };
        assert!(
            block.pointer("/text/text").and_then(Value::as_str).is_none_or(|text| text.chars().count() <= max),
            "{block}"
        );
    }
    assert_eq!(word(&slack.send(&prepared, &job(&event)).await), "delivered");
    receiver.script([
        Answer::status(200).text("invalid_payload"),
        Answer::status(410).text("channel_is_archived"),
        Answer::status(200).text("ok").truncated(),
    ]);
    let verdict = slack.send(&prepared, &job(&event)).await;
    assert_eq!(
        (word(&verdict), verdict.note()),
        ("permanent", "answered 200: invalid_payload, which does not mean yes")
    );
    assert_eq!(word(&slack.send(&prepared, &job(&event)).await), "gone");
    assert_eq!(word(&slack.send(&prepared, &job(&event)).await), "ambiguous");
}

#[test]
fn mistakes_in_the_section_are_all_named() {
    let flaws = |toml: &str| -> String {
        let found = Notifier::build(&section(Kind::Webhook(toml::from_str(toml).unwrap())), &mut renderer())
            .err()
            .unwrap_or_default();
        found.into_iter().map(|flaw| format!("{}: {}", flaw.path, flaw.says)).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(flaws("url = \"x.example/hook\"\nsecret = \"abc\"\nmethod = \"GET\"\ntimeout = \"5m\"\nparams = { a = \"b\" }\nheaders = { Webhook-Id = \"1\", \"b d\" = \"2\" }"), @r"
    url: this is not a URL: relative URL without a base
    secret: a signing secret begins with `whsec_`
    headers.Webhook-Id: Ringback writes this header itself
    headers.b d: this is not a header's name
    method: `GET` is not a way to send a message
    timeout: 5m is out of range
    params: parameters belong to a preset, and there is none
    ");
    insta::assert_snapshot!(flaws("url = \"https://x.example\"\npreset = \"carrier-pigeon\""), @"preset: there is no preset `carrier-pigeon`");
}
