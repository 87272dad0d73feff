//! What the services answer: yes, no, later, and without a form.

use serde_json::{Value, json};

use super::{KEY, KEY_30, Peer, RENDERER, TOKEN, fields, services};
use crate::{
    notify::{event, job, wait, word},
    world::receiver::Answer,
};

#[tokio::test]
async fn each_answer_means_what_the_vendor_means_by_it() {
    let telegram = |status: u16, description: &str| {
        Answer::status(status).json(&json!({ "ok": false, "error_code": status, "description": description }))
    };
    let table = [
        ("telegram", Answer::status(429).json(&json!({ "ok": false, "error_code": 429, "description": "Too Many Requests: retry after 35", "parameters": { "retry_after": 35 } })), "retry"),
        ("telegram", telegram(403, "Forbidden: bot was blocked by the user"), "counts"),
        ("telegram", telegram(401, "Unauthorized"), "counts"),
        ("telegram", telegram(400, "Bad Request: chat not found"), "counts"),
        ("telegram", telegram(400, "Bad Request: message is too long"), "permanent"),
        ("telegram", Answer::status(400).json(&json!({ "ok": false, "description": "Bad Request: group chat was upgraded to a supergroup chat", "parameters": { "migrate_to_chat_id": -1009876543210_i64 } })), "counts"),
        ("telegram", telegram(200, "odd"), "permanent"),
        ("matrix", Answer::status(429).header("retry-after", "1").json(&json!({ "errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 2_500 })), "retry"),
        ("matrix", Answer::status(401).json(&json!({ "errcode": "M_UNKNOWN_TOKEN", "error": "Invalid access token passed." })), "counts"),
        ("matrix", Answer::status(403).json(&json!({ "errcode": "M_FORBIDDEN", "error": "User @bot:localhost not in room" })), "counts"),
        ("matrix", Answer::status(413).json(&json!({ "errcode": "M_TOO_LARGE", "error": "event too large" })), "permanent"),
        ("matrix", Answer::closed(), "retry"),
        ("zulip", Answer::status(429).json(&json!({ "code": "RATE_LIMIT_HIT", "msg": "API usage exceeded rate limit", "result": "error", "retry-after": 28.5 })), "retry"),
        ("zulip", Answer::status(400).json(&json!({ "code": "STREAM_DOES_NOT_EXIST", "msg": "Channel 'calls' does not exist", "result": "error", "stream": "calls" })), "counts"),
        ("zulip", Answer::status(401).json(&json!({ "code": "UNAUTHORIZED", "msg": "Invalid API key", "result": "error" })), "counts"),
        ("zulip", Answer::closed(), "ambiguous"),
        ("pushover", Answer::status(400).json(&json!({ "user": "invalid", "errors": ["user identifier is not a valid user, group, or subscribed user key"], "status": 0, "request": "5042853c" })), "counts"),
        ("pushover", Answer::status(400).json(&json!({ "message": "cannot be blank", "errors": ["message cannot be blank"], "status": 0, "request": "5042853c" })), "permanent"),
        ("pushover", Answer::status(200).json(&json!({ "status": 0, "errors": ["odd"] })), "permanent"),
        ("pushover", Answer::status(429).json(&json!({ "status": 0, "errors": ["application has exceeded its message limit"] })), "retry"),
        ("pagerduty", Answer::status(400).json(&json!({ "status": "invalid event", "message": "Event object is invalid", "errors": ["Length of 'routing_key' is incorrect (should be 32 characters)"] })), "counts"),
        ("pagerduty", Answer::status(400).json(&json!({ "status": "invalid event", "message": "Event object is invalid", "errors": ["'payload.severity' is invalid"] })), "permanent"),
        ("pagerduty", Answer::status(429).text(""), "retry"),
        ("pagerduty", Answer::status(500).text(""), "retry"),
        ("pagerduty", Answer::closed(), "retry"),
    ];
    let event = event();
    let mut told = String::new();
    for (name, answer, expected) in table {
        let verdict = Peer::of(name).await.answered(&event, answer).await;
        assert_eq!(word(&verdict), expected, "{name}: {verdict:?}");
        told.push_str(&format!("{name}: {expected}: {}\n", verdict.note()));
    }
    insta::assert_snapshot!(told, @r#"
    telegram: retry: answered 429: Too Many Requests: retry after 35
    telegram: counts: answered 403: Forbidden: bot was blocked by the user; unblock the bot, or add it to the chat again
    telegram: counts: answered 401: Unauthorized; check `bot_token`: @BotFather may have given it anew
    telegram: counts: answered 400: Bad Request: chat not found; check `chat_id`, and add the bot to the chat or write to it first
    telegram: permanent: answered 400: Bad Request: message is too long
    telegram: counts: answered 400: Bad Request: group chat was upgraded to a supergroup chat; the group has become a supergroup: write `chat_id = "-1009876543210"`
    telegram: permanent: answered 200: odd, which does not mean yes
    matrix: retry: answered 429: M_LIMIT_EXCEEDED: Too Many Requests
    matrix: counts: answered 401: M_UNKNOWN_TOKEN: Invalid access token passed; log in anew and write the new `access_token`
    matrix: counts: answered 403: M_FORBIDDEN: User @bot:localhost not in room; let the user join the room and post there
    matrix: permanent: answered 413: M_TOO_LARGE: event too large
    matrix: retry: no proper answer came: connection closed before message completed
    zulip: retry: answered 429: API usage exceeded rate limit
    zulip: counts: answered 400: Channel 'calls' does not exist; check `channel`, and let the bot post there
    zulip: counts: answered 401: Invalid API key; check `bot_email` and `api_key`
    zulip: ambiguous: no proper answer came: connection closed before message completed
    pushover: counts: answered 400: user identifier is not a valid user, group, or subscribed user key; check `user`
    pushover: permanent: answered 400: message cannot be blank
    pushover: permanent: answered 200: odd, which does not mean yes
    pushover: retry: answered 429: application has exceeded its message limit; the application has used up its messages of this month
    pagerduty: counts: answered 400: Event object is invalid: Length of 'routing_key' is incorrect (should be 32 characters); check `routing_key`
    pagerduty: permanent: answered 400: Event object is invalid: 'payload.severity' is invalid
    pagerduty: retry: answered 429
    pagerduty: retry: answered 500
    pagerduty: retry: no proper answer came: connection closed before message completed
    "#);
}

#[tokio::test]
async fn a_wait_in_the_answer_is_kept() {
    let event = event();
    for (name, answer, seconds) in [
        ("telegram", json!({ "ok": false, "parameters": { "retry_after": 350 } }), 350),
        ("matrix", json!({ "errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 250_000 }), 250),
        ("zulip", json!({ "code": "RATE_LIMIT_HIT", "result": "error", "retry-after": 280.5 }), 280),
    ] {
        let verdict = Peer::of(name).await.answered(&event, Answer::status(429).json(&answer)).await;
        // The time until the answer came counts too.
        assert!((seconds..seconds + 60).contains(&wait(&verdict).unwrap().as_secs()), "{name}: {verdict:?}");
    }
}

#[tokio::test]
async fn what_telegram_cannot_parse_is_sent_once_more_as_plain_text() {
    let peer = Peer::of("telegram").await;
    let event = event();
    let payload = peer.notifier.prepare(&RENDERER, &job(&event));
    let why = "Bad Request: can't parse entities: Unsupported start tag";
    let refusal = Answer::status(400).json(&json!({ "ok": false, "error_code": 400, "description": why }));
    peer.receiver.script([refusal.clone(), peer.service.yes(), refusal.clone(), refusal]);
    let verdict = peer.notifier.send(&payload, &job(&event)).await;
    insta::assert_snapshot!(format!("{}: {}", word(&verdict), verdict.note()), @"delivered: answered 200 to plain text; the formatted text was refused (answered 400: Bad Request: can't parse entities: Unsupported start tag)");
    let [first, second] = peer.receiver.requests().try_into().unwrap();
    let (first, second) = (fields(&first), fields(&second));
    assert_eq!((&first["parse_mode"], &second["parse_mode"]), (&json!("HTML"), &Value::Null));
    assert!(!second["text"].as_str().unwrap().contains('<'), "{second}");
    assert_eq!(first["chat_id"], second["chat_id"]);
    // Refused again, it is not tried a third time.
    assert_eq!(word(&peer.notifier.send(&payload, &job(&event)).await), "permanent");
    assert_eq!(peer.receiver.requests().len(), 4);
}

#[tokio::test]
async fn no_note_and_no_debug_shows_a_secret() {
    let event = event();
    for service in services() {
        let name = service.name;
        let peer = Peer::new(service).await;
        let echo = format!("no {TOKEN} or {KEY} or {KEY_30} or {}", TOKEN.replace(':', "%3A"));
        let answer = json!({ "description": echo, "error": echo, "msg": echo, "errors": [echo], "message": echo });
        let verdict = peer.answered(&event, Answer::status(500).json(&answer)).await;
        let shown = format!("{verdict:?} {:?}", peer.notifier);
        let own: &[&str] = match name {
            "telegram" => &[TOKEN, "AAF0123456789"],
            "pushover" => &[KEY_30],
            _ => &[KEY],
        };
        for secret in own {
            assert!(!shown.contains(secret), "{name}: {shown}");
        }
    }
}
