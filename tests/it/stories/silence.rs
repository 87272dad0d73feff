//! `transcripts = false`: what was said never reaches the disk, whoever is told of it.

use ringback::simulate::{
    ending::Ending,
    plan::{CallSpec, Late},
};
use serde_json::{Value, json};

use crate::world::{
    receiver::{Answer, Receiver},
    smtp::{Encryption, Smtp},
    story::World,
};

async fn world(chat: &Receiver, slack: &Receiver, mail: &Smtp) -> World {
    let config = format!(
        r#"
[bland]
api_key = "sk-very-secret"
base_url = "BLAND"
[[watches]]
name = "everything"
all_calls = true
[notifiers.hook.webhook]
url = "HOOK"
[notifiers.chat.discord]
webhook_url = "{}"
[notifiers.slack.webhook]
url = "{}"
preset = "slack"
privacy = "full"
[notifiers.mail.email]
smtp = "{}"
from = "Ringback <ringback@example.com>"
to = ["ops@example.com"]
[notifiers.screen.console]
[[routes]]
when = 'event.type != "call.started" || call.transcript.size() == 0'
notify = ["hook", "chat", "mail", "screen"]
[[routes]]
notify = ["slack"]
group = {{ wait = "1m" }}
[[routes]]
events = ["call.*"]
notify = ["mail"]
digest = {{ every = "10m" }}
[store]
transcripts = false
"#,
        chat.url("/api/webhooks/1/t"),
        slack.url("/x"),
        mail.url()
    );
    World::new(&config).await
}

/// What was said in a call, less what its summary repeats.
fn said(world: &World, id: &str, summary: &str) -> Vec<String> {
    let record = world.bland.record(id).unwrap();
    let turns = record["transcripts"].as_array().unwrap().iter();
    let texts = turns.filter_map(|turn| turn["text"].as_str()).filter(|text| text.chars().count() > 12);
    texts.filter(|text| !summary.contains(*text)).map(str::to_owned).collect()
}

#[tokio::test]
async fn what_was_said_is_in_no_byte_of_the_database_whoever_is_told() {
    let (chat, slack, mail) = (Receiver::discord().await, Receiver::slack().await, Smtp::start(Encryption::None).await);
    let mut world = world(&chat, &slack, &mail).await;
    world.tick().await;
    let call = |ending, late| CallSpec {
        ending: Some(ending),
        queue: Some(1.0),
        ring: Some(2.0),
        talk: Some(30.0),
        late,
        ..CallSpec::default()
    };
    let never = f64::INFINITY;
    let extracted = Late { summary: Some(never), ..Late::default() };
    let corrected = Late { answered_by: Some(150.0), summary: Some(never), ..Late::default() };
    let ids = [
        world.bland.add_call(call(Ending::Human, Late::default())),
        world.bland.add_call(call(Ending::Human, extracted)),
        world.bland.add_call(call(Ending::Voicemail, corrected)),
        world.bland.add_call(call(Ending::FailedInCall, Late::default())),
    ];
    world.hook.script([Answer::status(500), Answer::reset()]);
    chat.script([Answer::status(429).header("retry-after", "30")]);
    for seconds in [60, 60, 400] {
        world.live(seconds).await;
        world.start().await;
    }
    world.live(1200).await;
    assert_eq!(world.open().await, (0, 0));

    let ends: Vec<Value> = world.events().into_iter().filter(|event| event["type"] != "call.started").collect();
    let kinds: Vec<&str> = ends.iter().filter_map(|event| event["type"].as_str()).collect();
    assert!(kinds.contains(&"call.completed") && kinds.contains(&"call.corrected") && kinds.contains(&"call.failed"));
    let mut summaries = String::new();
    for event in &ends {
        let call = &event["data"]["call"];
        assert_eq!(call["transcript"], json!([]));
        summaries.push_str(call["summary"].as_str().unwrap_or_default());
    }
    assert!(ends.iter().any(|event| event["data"]["call"]["summary_source"] == "extract"));
    assert!(!chat.requests().is_empty() && !slack.requests().is_empty() && !mail.mails().is_empty());
    let database = world.database();
    let all: Vec<String> = ids.iter().flat_map(|id| said(&world, id, &summaries)).collect();
    assert!(all.len() > 15, "{}", all.len());
    for text in all {
        let as_json = serde_json::to_string(&text).unwrap();
        let held = database.contains(&text) || database.contains(as_json.trim_matches('"'));
        assert!(!held, "the store holds `{text}`");
    }
}
