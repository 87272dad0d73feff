//! The two documents that this project began with, on exactly their bytes, from HTTP to each channel.

use insta::assert_snapshot;
use serde_json::Value;

use crate::world::{
    receiver::{Answer, Receiver},
    smtp::{Encryption, Smtp},
    story::World,
};

const LOGS: &str = include_str!("../../fixtures/logs-legacy-2023-09-seed.json");
const RECORD: &str = include_str!("../../fixtures/call-get-2023-12-seed.json");

/// What arrived in each channel about one document.
struct Arrived {
    request: String,
    envelope: Value,
    discord: Value,
    slack: Value,
    subject: String,
    text: String,
}

/// Serves `document` to whoever asks for the call, and lets it be told to everyone.
async fn tell(document: &str, account: &str, id: &str) -> Arrived {
    let bland = Receiver::webhook().await;
    bland.script((0..9).map(|_| Answer::status(200).text(document)));
    let (discord, slack, smtp) =
        (Receiver::discord().await, Receiver::slack().await, Smtp::start(Encryption::None).await);
    let config = format!(
        "[bland]\napi_key = \"k\"\nbase_url = \"{}\"\n{account}\n\
         [[watches]]\nname = \"one\"\ncalls = [\"{id}\"]\n\
         [notifiers.hook.webhook]\nurl = \"HOOK\"\n\
         [notifiers.ops.discord]\nwebhook_url = \"{}\"\n\
         [notifiers.chat.webhook]\nurl = \"{}\"\npreset = \"slack\"\n\
         [notifiers.team.email]\nsmtp = \"{}\"\nfrom = \"Ringback <ringback@example.com>\"\nto = [\"ops@example.com\"]\n",
        bland.url(""),
        discord.url("/api/webhooks/1/token"),
        slack.url("/services/T/B/x"),
        smtp.url(),
    );
    let mut world = World::new(&config).await;
    world.tick().await;
    world.live(120).await;
    assert_eq!(world.open().await, (0, 0));
    let asked = bland.requests();
    assert_eq!(asked.len(), 1, "a call whose facts are all there is read once");
    let json = |receiver: &Receiver| serde_json::from_slice(&receiver.only().body).unwrap();
    let mails = smtp.mails();
    assert_eq!(mails.len(), 1);
    let mail = mail_parser::MessageParser::default().parse(mails[0].data.as_bytes()).unwrap();
    Arrived {
        request: format!("{} {} {}", asked[0].method, asked[0].path, String::from_utf8_lossy(&asked[0].body)),
        envelope: json(&world.hook),
        discord: json(&discord),
        slack: json(&slack),
        subject: mail.subject().unwrap().to_owned(),
        text: mail.body_text(0).unwrap().replace("\r\n", "\n"),
    }
}

#[tokio::test]
async fn the_record_of_december_2023_reaches_every_channel() {
    let arrived = tell(RECORD, "", "c1234567-89ab-cdef-0123-456789abcdef").await;
    assert_eq!(arrived.request, "GET /v1/calls/c1234567-89ab-cdef-0123-456789abcdef ");
    let (event, call) = (&arrived.envelope, &arrived.envelope["data"]["call"]);
    assert_eq!(event["type"], "call.completed");
    assert_eq!((&event["timestamp"], &event["severity"]), (&"2023-12-16T00:15:41Z".into(), &"info".into()));
    assert_eq!((&call["outcome"], &call["answered_by"]), (&"human".into(), &"human".into()));
    assert_eq!((&call["duration_seconds"], &call["direction"]), (&71.into(), &"outbound".into()));
    assert_eq!((&call["to"], &call["from"]), (&"5551234567".into(), &"+15551234567".into()));
    assert_eq!(call["details"], serde_json::json!(["tomorrow at 3pm"]));
    assert_eq!(call["variables"]["appointment_time"], "tomorrow at 3pm");
    assert_eq!(call["transcript"].as_array().unwrap().len(), 6);
    let embed = &arrived.discord["embeds"][0];
    assert_eq!(embed["title"], "✅ Human answered · ••• ••• 4567");
    assert_eq!(arrived.discord["allowed_mentions"]["parse"], serde_json::json!([]));
    assert!(
        arrived.slack["text"]
            .as_str()
            .unwrap()
            .starts_with("✅ Human answered · ••• ••• 4567\nAgent: Calling to reschedule")
    );
    assert_eq!(arrived.subject, "✅ Human answered · ••• ••• 4567");
    assert!(!format!("{} {} {}", arrived.discord, arrived.slack, arrived.text).contains("5551234567"));
    assert_snapshot!(arrived.text, @"
    ✅ Human answered · ••• ••• 4567

    > Agent: Calling to reschedule your appointment tomorrow. Person: Can we still fit it in this week though? How about tomorrow at 3pm? Agent: Be on the lookout for a confirmation email with your new appointment time!

    Taken from the transcript.

    Duration: 1 min 11 s
    Details: tomorrow at 3pm
    Ended: Sat 16 Dec 2023, 00:15 UTC

    -- 
    Ringback · one · c1234567-89ab-cdef-0123-456789abcdef · Sat 16 Dec 2023, 00:15 UTC
    ");
}

#[tokio::test]
async fn the_log_of_september_2023_reaches_every_channel() {
    let arrived = tell(LOGS, "api = \"logs\"", "0e75bfda-8c5c-424a-8d08-b497078e39b3").await;
    assert_eq!(arrived.request, "POST /logs {\"call_id\":\"0e75bfda-8c5c-424a-8d08-b497078e39b3\"}");
    let (event, call) = (&arrived.envelope, &arrived.envelope["data"]["call"]);
    assert_eq!(event["type"], "call.completed");
    assert_eq!(event["timestamp"], "2023-09-22T19:16:04.564979Z", "of the last words, as the record has no end");
    assert_eq!((&call["outcome"], &call["likely"]), (&"unclassified".into(), &"human".into()));
    assert_eq!((&call["duration_seconds"], &call["queue_status"]), (&97.into(), &"complete".into()));
    assert_eq!(call["transcript"].as_array().unwrap().len(), 5);
    assert_eq!(arrived.discord["embeds"][0]["title"], "☑️ Call finished, probably a human · ••• ••• 3344");
    assert!(arrived.slack["text"].as_str().unwrap().starts_with("☑️ Call finished, probably a human · ••• ••• 3344\n"));
    assert_eq!(arrived.subject, "☑️ Call finished, probably a human · ••• ••• 3344");
    assert_snapshot!(arrived.text, @"
    ☑️ Call finished, probably a human · ••• ••• 3344

    > Agent: Im calling to say hi. Just here to assist you with any questions or concerns you may have. Person: End phone call.

    Taken from the transcript.

    Duration: 1 min 37 s
    Placed: Fri 22 Sep 2023, 19:14 UTC

    -- 
    Ringback · one · 0e75bfda-8c5c-424a-8d08-b497078e39b3 · Fri 22 Sep 2023, 19:16 UTC
    ");
}
