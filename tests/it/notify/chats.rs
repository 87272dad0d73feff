//! Chats and phones over real HTTP: what the request looks like, and what each answer means.

use ringback::{
    event::{Event, kind::Kind as EventKind, sample},
    notify::{Notifier, config::Kind},
};
use serde_json::{Value, json};

use super::{job, now, renderer, section, wait, word};
use crate::world::receiver::{Answer, Receiver, Request};

const TOKEN: &str = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2";

fn flaws(toml: &str) -> String {
    let built = Notifier::build(&section(Kind::Webhook(toml::from_str(toml).unwrap())), &mut renderer());
    let flaws = built.err().unwrap_or_default();
    flaws.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A notifier of the preset that sends to the receiver.
fn build(preset: &str, receiver: &Receiver) -> Notifier {
    let at = match preset {
        "ntfy" => format!("params = {{ server = \"{}\", topic = \"calls\", token = \"{TOKEN}\" }}", receiver.url("")),
        "gotify" => format!("params = {{ server = \"{}\", token = \"{TOKEN}\" }}", receiver.url("/push/")),
        "google_chat" => {
            let url = receiver.url("/v1/spaces/AAA/messages?key=k&token=t");
            format!("url = \"{url}\"\nparams = {{ thread = \"batch\" }}")
        }
        _ => format!("url = \"{}\"", receiver.url("/hooks/x")),
    };
    let toml = format!("preset = \"{preset}\"\n{at}");
    Notifier::build(&section(Kind::Webhook(toml::from_str(&toml).unwrap())), &mut renderer()).unwrap()
}

fn event() -> Event {
    sample::sample(EventKind::CallCompleted, now())
}

async fn sent(preset: &str) -> Request {
    let receiver = Receiver::webhook().await;
    let notifier = build(preset, &receiver);
    let event = event();
    let payload = notifier.prepare(&renderer(), &job(&event));
    notifier.send(&payload, &job(&event)).await;
    receiver.only()
}

#[tokio::test]
async fn a_phone_is_told_by_the_server_itself_with_the_token_in_a_header() {
    let ntfy = sent("ntfy").await;
    assert_eq!((ntfy.path.as_str(), ntfy.query.as_str()), ("/", ""));
    assert_eq!(ntfy.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(ntfy.json()["topic"], "calls");
    let gotify = sent("gotify").await;
    assert_eq!((gotify.path.as_str(), gotify.query.as_str()), ("/push/message", ""));
    assert_eq!(gotify.header("x-gotify-key"), Some(TOKEN));

    let receiver = Receiver::webhook().await;
    let toml = format!("preset = \"ntfy\"\nparams = {{ server = \"{}\", topic = \"calls\" }}", receiver.url(""));
    let open = Notifier::build(&section(Kind::Webhook(toml::from_str(&toml).unwrap())), &mut renderer()).unwrap();
    let event = event();
    open.send(&open.prepare(&renderer(), &job(&event)), &job(&event)).await;
    assert_eq!(receiver.only().header("authorization"), None);
}

#[tokio::test]
async fn a_batch_has_a_thread_in_google_chat() {
    let request = sent("google_chat").await;
    assert_eq!(request.query, "key=k&token=t&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD");
    assert_eq!(request.json()["thread"]["threadKey"], json!(event().call().unwrap().batch_id));
}

#[tokio::test]
async fn a_program_gets_a_cloud_event_with_the_data_of_the_envelope() {
    let request = sent("cloudevents").await;
    assert_eq!(request.header("content-type"), Some("application/cloudevents+json"));
    let (body, event) = (request.json(), event());
    assert_eq!(body["id"], event.id.as_str());
    assert_eq!(request.header("webhook-id"), Some(event.id.as_str()));
    assert_eq!((&body["type"], &body["subject"]), (&json!("ringback.call.completed"), &json!(event.about())));
    // Whole numbers, as in a plain webhook.
    assert_eq!(body["data"], serde_json::to_value(&event).unwrap()["data"]);
}

#[tokio::test]
async fn each_answer_means_what_its_destination_means_by_it() {
    let text = |status, body: &str| Answer::status(status).text(body);
    let json = |status, body: Value| Answer::status(status).json(&body);
    let mattermost = |id: &str, says: &str, status: u16| {
        json(status, json!({ "id": id, "message": says, "detailed_error": "", "status_code": status }))
    };
    let google = |status: u16, word: &str, says: &str| {
        json(status, json!({ "error": { "code": status, "message": says, "status": word } }))
    };
    let teams = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error";
    let table = [
        ("slack", text(200, "ok")),
        ("slack", text(200, "no_text")),
        ("slack", text(404, "channel_not_found")),
        ("slack", text(410, "channel_is_archived")),
        ("slack", text(429, "rate_limited").header("retry-after", "12")),
        ("slack", text(500, "rollup_error")),
        ("mattermost", text(200, "ok")),
        ("mattermost", mattermost("web.incoming_webhook.invalid.app_error", "Invalid webhook.", 400)),
        ("mattermost", mattermost("web.incoming_webhook.channel.app_error", "Couldn't find the channel.", 404)),
        ("mattermost", mattermost("web.incoming_webhook.parse.app_error", "Unable to parse incoming data.", 400)),
        ("mattermost", text(200, "<html>Please update your browser</html>")),
        ("rocketchat", json(200, json!({ "success": true }))),
        ("rocketchat", json(200, json!({ "success": false, "error": "error-invalid-user" }))),
        ("rocketchat", json(404, json!({ "success": false, "error": "Invalid integration id or token provided." }))),
        ("rocketchat", json(400, json!({ "success": false, "error": "invalid-channel" }))),
        ("rocketchat", json(400, json!({ "success": false, "error": "error-message-size-exceeded" }))),
        ("teams", text(202, "")),
        ("teams", text(200, "1")),
        ("teams", text(200, &format!("{teams} 429 with ContextId tcid=0"))),
        ("teams", text(200, &format!("{teams} 413 with ContextId tcid=0"))),
        ("teams", json(400, json!({ "error": { "code": "WorkflowTriggerIsNotEnabled", "message": "Not enabled." } }))),
        ("teams", json(401, json!({ "error": { "code": "Unauthorized", "message": "The signature is not valid." } }))),
        (
            "teams",
            json(404, json!({ "error": { "code": "WorkflowNotFound", "message": "The workflow was not found." } })),
        ),
        ("google_chat", json(200, json!({ "name": "spaces/AAA/messages/BBB.BBB", "text": "…" }))),
        ("google_chat", google(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).")),
        ("google_chat", google(400, "INVALID_ARGUMENT", "Message cannot be empty.")),
        ("google_chat", google(404, "NOT_FOUND", "Space does not exist.")),
        ("ntfy", json(200, json!({ "id": "xE73Iyuabi", "time": 1673542291, "event": "message" }))),
        ("ntfy", text(200, "pong")),
        ("ntfy", json(429, json!({ "code": 42901, "http": 429, "error": "limit reached: too many requests" }))),
        ("ntfy", json(403, json!({ "code": 40301, "http": 403, "error": "forbidden" }))),
        ("ntfy", json(413, json!({ "code": 41301, "http": 413, "error": "attachment too large" }))),
        ("gotify", json(200, json!({ "id": 25, "appid": 5, "message": "…" }))),
        ("gotify", json(200, json!({ "id": "25" }))),
        (
            "gotify",
            json(
                401,
                json!({ "error": "Unauthorized", "errorCode": 401, "errorDescription": "you need to provide a valid access token" }),
            ),
        ),
        ("cloudevents", text(202, "")),
        ("cloudevents", text(415, "unsupported media type")),
    ];
    let mut told = String::new();
    let event = event();
    for (preset, answer) in table {
        let receiver = Receiver::webhook().await;
        receiver.script([answer]);
        let notifier = build(preset, &receiver);
        let verdict = notifier.send(&notifier.prepare(&renderer(), &job(&event)), &job(&event)).await;
        let wait = wait(&verdict).map(|wait| format!(" in {}s", wait.as_secs())).unwrap_or_default();
        told.push_str(&format!("{preset:12} {:16} {}\n", format!("{}{wait}", word(&verdict)), verdict.note()));
    }
    insta::assert_snapshot!(told, @r#"
    slack        delivered        answered 200
    slack        permanent        answered 200: no_text, which does not mean yes
    slack        counts           answered 404: channel_not_found
    slack        gone             answered 410: channel_is_archived; the receiver wants nothing more
    slack        retry in 12s     answered 429: rate_limited
    slack        retry            answered 500: rollup_error
    mattermost   delivered        answered 200
    mattermost   counts           answered 400: Invalid webhook; the server does not know this webhook: create it again, and write its address into `url`
    mattermost   counts           answered 404: Couldn't find the channel; the channel is gone or closed to this webhook
    mattermost   permanent        answered 400: Unable to parse incoming data.
    mattermost   ambiguous        answered 200 with a web page, which means neither yes nor no
    rocketchat   delivered        answered 200
    rocketchat   permanent        answered 200: error-invalid-user, which does not mean yes
    rocketchat   counts           answered 404: Invalid integration id or token provided; the server does not know this webhook: create it again, and write its address into `url`
    rocketchat   counts           answered 400: invalid-channel; the webhook's channel is gone: choose another in its settings
    rocketchat   permanent        answered 400: error-message-size-exceeded
    teams        delivered        answered 202
    teams        delivered        answered 200
    teams        retry in 30s     answered 200: Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId tcid=0
    teams        permanent        answered 200: Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413 with ContextId tcid=0, which does not mean yes
    teams        counts           answered 400: Not enabled; the workflow is turned off: turn it on in Power Automate
    teams        counts           answered 401: The signature is not valid.
    teams        counts           answered 404: The workflow was not found.
    google_chat  delivered        answered 200
    google_chat  retry in 30s     answered 429: Resource has been exhausted (e.g. check quota).
    google_chat  permanent        answered 400: Message cannot be empty.
    google_chat  counts           answered 404: Space does not exist.
    ntfy         delivered        answered 200
    ntfy         permanent        answered 200: pong, which does not mean yes
    ntfy         retry in 30s     answered 429: limit reached: too many requests
    ntfy         counts           answered 403: forbidden
    ntfy         permanent        answered 413: attachment too large
    gotify       delivered        answered 200
    gotify       permanent        answered 200: {"id":"25"}, which does not mean yes
    gotify       counts           answered 401: you need to provide a valid access token
    cloudevents  delivered        answered 202
    cloudevents  permanent        answered 415: unsupported media type
    "#);
}

#[test]
fn addresses_and_params_that_cannot_work_are_refused_with_what_to_do() {
    let refused = [
        "preset = \"slack\"\nurl = \"https://hooks.slack.com/triggers/T0/1/x\"",
        "preset = \"teams\"\nurl = \"https://contoso.webhook.office.com/webhookb2/a@b/IncomingWebhook/c/d\"",
        "preset = \"teams\"\nurl = \"https://outlook.office365.com/webhook/a@b/IncomingWebhook/c/d\"",
        "preset = \"ntfy\"\nparams = { topic = \"my topic\" }",
        "preset = \"gotify\"\nparams = { server = \"https://gotify.example.com\" }",
        "preset = \"google_chat\"\nurl = \"https://chat.googleapis.com/v1/spaces/A/messages\"\nparams = { thread = \"call\" }",
        "preset = \"cloudevents\"\nurl = \"https://x.example\"\nparams = { source = \"a b\" }",
        "preset = \"mattermost\"",
    ];
    insta::assert_snapshot!(refused.map(flaws).join("\n"), @r#"
    error: url: https://hooks.slack.com/triggers/ does not take these messages
      hint: this address starts a Slack workflow, which takes another body; create an incoming webhook instead
    error: url: https://*.webhook.office.com/ does not take these messages
      hint: Microsoft has retired these connectors: make a workflow "Post to a channel when a webhook request is received" and use its address
    error: url: https://outlook.office*.com/webhook/ does not take these messages
      hint: Microsoft has retired these connectors: make a workflow "Post to a channel when a webhook request is received" and use its address
    error: params.topic: `topic` does not look like one
      hint: the topic: letters, digits, `-` and `_`, hard to guess on a server that lets anyone read
    error: params.token: the preset `gotify` needs `token`
      hint: the token of an application of the server
    error: params.thread: `thread` must be one of none, batch
      hint: `batch` puts all that is said of a batch and its calls into one thread
    error: params.source: `source` does not look like one
      hint: who tells it, as a URI reference: with the id it makes the event unique
    error: url: the preset `mattermost` needs the `url` that the service gave you
      hint: see https://developers.mattermost.com/integrate/webhooks/incoming/
    "#);
    let fine = "preset = \"teams\"\nurl = \"https://prod-1.westeurope.logic.azure.com/workflows/a/triggers/manual/paths/invoke?sig=b\"";
    assert_eq!(flaws(fine), "");
}
