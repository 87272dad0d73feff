//! Discord, against a scripted receiver.

use std::time::Duration;

use jiff::SignedDuration;
use ringback::notify::{Notifier, Pause, Payload, Verdict, config::Kind};
use serde_json::{Value, json};

use super::{closed_port, event, hostile_event, job, renderer, section, wait, word};
use crate::world::receiver::{Answer, Receiver};

const TOKEN: &str = "aVerySecretWebhookTokenThatNobodyMaySee";

fn build(toml: &str) -> Notifier {
    Notifier::build(&section(Kind::Discord(toml::from_str(toml).unwrap())), &mut renderer()).unwrap()
}

fn webhook(receiver: &Receiver, query: &str) -> Notifier {
    build(&format!("webhook_url = \"{}{query}\"", receiver.url(&format!("/api/webhooks/42/{TOKEN}"))))
}

fn bot(receiver: &Receiver) -> Notifier {
    build(&format!("bot_token = \"{TOKEN}\"\nchannel_id = \"77\"\napi_base = \"{}\"", receiver.url("/api/v10/")))
}

fn embed() -> Payload {
    let body = json!({ "embeds": [{ "title": "Call completed", "description": "Maria", "fields": [{ "name": "To", "value": "…67" }] }],
        "allowed_mentions": { "parse": [] }, "username": "Ringback" });
    Payload { content_type: "application/json".to_owned(), body: body.to_string(), trouble: None }
}

#[tokio::test]
async fn a_webhook_message_waits_for_its_id_and_can_mention_nobody() {
    let receiver = Receiver::discord().await;
    let discord = webhook(&receiver, "?thread_id=99&wait=false");
    let event = event();
    let payload = discord.prepare(&renderer(), &job(&event));
    assert_eq!(payload.trouble, None);
    let verdict = discord.send(&payload, &job(&event)).await;
    assert!(
        matches!(&verdict, Verdict::Delivered { remote_id: Some(id), .. } if id == "1100000000000000001"),
        "{verdict:?}"
    );
    let request = receiver.only();
    assert_eq!(
        (request.path, request.query),
        (format!("/api/webhooks/42/{TOKEN}"), "thread_id=99&wait=true".to_owned())
    );
    let header = |name: &str| request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert!(header("user-agent").unwrap().starts_with("DiscordBot (https://"));
    assert_eq!((header("authorization"), header("content-type")), (None, Some("application/json")));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["allowed_mentions"], json!({ "parse": [], "users": [], "roles": [] }));
    assert!(body["embeds"][0]["title"].is_string() && body.get("nonce").is_none(), "{body}");
}

#[tokio::test]
async fn a_bots_message_has_the_same_nonce_at_every_attempt() {
    let receiver = Receiver::discord().await;
    let discord = bot(&receiver);
    let event = event();
    for _ in 0..2 {
        let payload = discord.prepare(&renderer(), &job(&event));
        assert_eq!(word(&discord.send(&payload, &job(&event)).await), "delivered");
    }
    let requests = receiver.requests();
    assert_eq!(requests[0].path, "/api/v10/channels/77/messages");
    assert_eq!(requests[0].header("authorization").unwrap(), format!("Bot {TOKEN}"));
    assert_eq!(requests[0].body, requests[1].body);
    let body = requests[0].json();
    assert_eq!((body["nonce"].as_str().unwrap().len(), &body["enforce_nonce"]), (25, &json!(true)));
}

#[tokio::test]
async fn configured_mentions_ping_and_a_callers_words_do_not() {
    let receiver = Receiver::discord().await;
    let url = receiver.url("/api/webhooks/1/t");
    let discord = build(&format!(
        "webhook_url = \"{url}\"\nusername = \" Calls \"\nmentions = {{ \"call.*\" = \"<@&12> @here\" }}"
    ));
    let event = hostile_event();
    let payload = discord.prepare(&renderer(), &job(&event));
    assert_eq!(payload.trouble, None);
    let body: Value = serde_json::from_str(&payload.body).unwrap();
    assert_eq!((&body["content"], &body["username"]), (&json!("<@&12> @here"), &json!("Calls")));
    assert_eq!(body["allowed_mentions"], json!({ "parse": ["everyone"], "users": [], "roles": ["12"] }));
    let embed = &body["embeds"][0];
    assert!(embed["description"].as_str().unwrap().encode_utf16().count() <= 4_096);
    assert!(!payload.body.contains("\\u001b") && !payload.body.contains("null"), "{}", payload.body);
}

#[tokio::test]
async fn a_form_that_discord_refuses_is_sent_once_more_as_plain_text() {
    let receiver = Receiver::discord().await;
    let discord = webhook(&receiver, "");
    let refusal = json!({ "code": 50035, "message": "Invalid Form Body", "errors": { "embeds": { "_errors": [{ "code": "X", "message": "Bad." }] } } });
    receiver.script([Answer::status(400).json(&refusal)]);
    let event = event();
    let verdict = discord.send(&embed(), &job(&event)).await;
    insta::assert_snapshot!(verdict.note(), @"sent as plain text, as Discord answered 400 code 50035: Invalid Form Body (embeds: Bad.)");
    assert_eq!(word(&verdict), "delivered");
    let second = receiver.requests()[1].json();
    assert_eq!(
        second,
        json!({ "content": "Call completed\nMaria\nTo: …67", "username": "Ringback", "allowed_mentions": { "parse": [] } })
    );

    receiver.script([Answer::status(400).json(&refusal), Answer::status(400).json(&refusal)]);
    assert_eq!(word(&discord.send(&embed(), &job(&event)).await), "permanent");
    assert_eq!(receiver.requests().len(), 4);
}

#[tokio::test]
async fn rate_limits_are_obeyed_to_the_end_and_seen_in_advance() {
    let receiver = Receiver::discord().await;
    let discord = webhook(&receiver, "");
    let event = event();
    receiver.script([
        Answer::status(429)
            .header("Retry-After", "1")
            .json(&json!({ "message": "slow down", "retry_after": 64.5, "global": false })),
        Answer::status(200)
            .header("X-RateLimit-Remaining", "0")
            .header("X-RateLimit-Reset-After", "2")
            .json(&json!({ "id": "5" })),
    ]);
    let verdict = discord.send(&embed(), &job(&event)).await;
    assert!(matches!(verdict, Verdict::Retry { pause: Pause::Destination, .. }), "{verdict:?}");
    assert!(wait(&verdict).unwrap() >= SignedDuration::from_millis(64_500));
    let Verdict::Delivered { pause: Some(pause), .. } = discord.send(&embed(), &job(&event)).await else {
        panic!("no pause")
    };
    assert!(pause.duration_since(super::now()) >= SignedDuration::from_secs(2));
}

#[tokio::test]
async fn answers_that_never_come_are_told_apart_and_keep_the_token_secret() {
    let receiver = Receiver::discord().await;
    let discord = webhook(&receiver, "");
    let event = event();
    let echo = json!({ "code": 50013, "message": format!("no permission for {} and {TOKEN}", receiver.url(&format!("/api/webhooks/42/{TOKEN}?wait=true"))) });
    for (answer, expected) in [
        (Answer::closed(), "ambiguous"),
        (Answer::reset(), "ambiguous"),
        (Answer::status(502).text("<html>bad gateway</html>"), "retry"),
        (Answer::status(301).header("location", "/elsewhere"), "counts"),
        (Answer::status(404).json(&json!({ "code": 10015, "message": "Unknown Webhook" })), "gone"),
        (Answer::status(401).json(&json!({ "code": 0, "message": "401: Unauthorized" })), "gone"),
        (Answer::status(403).json(&echo), "counts"),
    ] {
        receiver.script([answer]);
        let verdict = discord.send(&embed(), &job(&event)).await;
        assert_eq!(word(&verdict), expected, "{verdict:?}");
        assert!(!verdict.note().contains(TOKEN) && !verdict.note().contains("api/webhooks"), "{verdict:?}");
    }
    assert_eq!(receiver.requests().len(), 7);
    let gone = build(&format!("webhook_url = \"http://127.0.0.1:{}/api/webhooks/1/{TOKEN}\"", closed_port()));
    let verdict = gone.send(&embed(), &job(&event)).await;
    insta::assert_snapshot!(format!("{verdict:?}"), @r#"Retry { note: "cannot connect: Connection refused (os error 111)", status: None, after: None, pause: No }"#);
    for notifier in [&discord, &gone, &bot(&receiver)] {
        assert!(!format!("{notifier:?}").contains(TOKEN) && !notifier.destination().contains(TOKEN));
    }
    assert_ne!(discord.destination(), gone.destination());
}

#[tokio::test]
async fn credentials_are_checked_without_a_message() {
    let receiver = Receiver::discord().await;
    assert_eq!(webhook(&receiver, "?thread_id=9").check_online().await.unwrap(), "Discord knows it as `ops`");
    assert_eq!(bot(&receiver).check_online().await.unwrap(), "Discord knows it as `ops`");
    receiver.script([Answer::status(401).json(&json!({ "message": "401: Unauthorized", "code": 0 }))]);
    assert_eq!(bot(&receiver).check_online().await.unwrap_err(), "Discord answered 401: 401: Unauthorized");
    let asked: Vec<_> =
        receiver.requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    let ask = format!("GET /api/webhooks/42/{TOKEN}");
    assert_eq!(asked, [ask.as_str(), "GET /api/v10/channels/77", "GET /api/v10/channels/77"]);
}

#[test]
fn mistakes_in_the_section_are_all_named() {
    let flaws = |toml: &str| -> Vec<String> {
        let found = Notifier::build(&section(Kind::Discord(toml::from_str(toml).unwrap())), &mut renderer())
            .err()
            .unwrap_or_default();
        found.into_iter().map(|flaw| format!("{}: {}", flaw.path, flaw.says)).collect()
    };
    insta::assert_snapshot!(flaws("").join("\n"), @": nothing says where to send");
    insta::assert_snapshot!(
        flaws("bot_token = \"t\"\nchannel_id = \"#ops\"\nusername = \"My Discord\"\nmentions = { \"call.gone\" = \"ops\" }").join("\n"),
        @r"
    channel_id: `#ops` is not a channel's ID
    username: Discord refuses names that contain `discord`
    username: only webhooks can be shown under another name or picture
    mentions.call.gone: no kind of event has this name
    mentions.call.gone: `ops` mentions nobody
    ");
    insta::assert_snapshot!(flaws("webhook_url = \"http://169.254.169.254/x\"").join("\n"),
        @"webhook_url: the URL leads to a link-local address, where clouds keep their machines' credentials");
}

#[tokio::test]
async fn an_answer_held_back_is_waited_for() {
    let receiver = Receiver::discord().await;
    let gate = crate::world::receiver::Gate::closed();
    receiver.script([Answer::status(200).json(&json!({ "id": "7" })).behind(&gate)]);
    let discord = webhook(&receiver, "");
    let event = event();
    let (payload, job) = (embed(), job(&event));
    let open = async {
        receiver.arrived(1).await;
        gate.open();
    };
    let (verdict, ()) =
        tokio::time::timeout(Duration::from_secs(10), async { tokio::join!(discord.send(&payload, &job), open) })
            .await
            .unwrap();
    assert!(matches!(verdict, Verdict::Delivered { remote_id: Some(id), .. } if id == "7"));
}
