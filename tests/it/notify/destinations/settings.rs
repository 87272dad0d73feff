//! What a notifier tells its preset: checked, doubted, and sent as the preset's data say.

use insta::assert_snapshot;
use jiff::{SignedDuration, tz::TimeZone};
use ringback::{
    notify::{Notifier, config::Kind},
    render::{Renderer, config::Config},
};
use serde_json::json;

use super::{RENDERER, fields};
use crate::{
    notify::{event, job, section, wait, word},
    world::receiver::{Answer, Receiver},
};

#[test]
fn what_a_preset_is_told_is_checked() {
    let flaws = |toml: &str| -> String {
        let built = Notifier::build(&section(Kind::Webhook(toml::from_str(toml).unwrap())), &mut RENDERER.clone());
        built.err().unwrap_or_default().iter().map(|flaw| format!("{flaw}\n")).collect()
    };
    assert_snapshot!(flaws("preset = \"telegram\"\nparams = { bot_token = \"x\", silent = \"often\", thread_id = true, chatid = 5 }"), @"
    error: params.chatid: the preset `telegram` has no `chatid`
      hint: did you mean `chat_id`? (it takes api_base, bot_token, chat_id, silent, thread_id)
    error: params.bot_token: `bot_token` does not look like one
      hint: the bot's token from @BotFather, such as 123456789:AAF0…
    error: params.chat_id: the preset `telegram` needs `chat_id`
      hint: the number of a chat, such as -1001234567890, or @ and the name of a public channel or group
    error: params.silent: `silent` must be one of info, all, none
      hint: which messages make no sound
    error: params.thread_id: `thread_id` must be a whole number
      hint: the number of a topic in a forum group
    ");
    assert_snapshot!(flaws("preset = \"matrix\"\nparams = { homeserver = \"http://169.254.169.254\", room_id = \"!a\", access_token = \"b\" }"), @"
    error: params.homeserver: the URL leads to a link-local address, where clouds keep their machines' credentials
      hint: use the address of the receiver itself; private and loopback addresses are allowed
    ");
    assert_snapshot!(flaws("preset = \"matrix\"\nurl = \"https://x.example/rooms\"\nparams = { homeserver = \"https://x\", room_id = \"!a\", access_token = \"b\" }"), @"
    error: url: each delivery needs an address of its own here
      hint: write {delivery_id} where the preset's own address has it, or leave `url` out
    ");
    assert_snapshot!(flaws("preset = \"slack\""), @"
    error: url: the preset `slack` needs the `url` that the service gave you, which begins with https://hooks.slack.com/services/
      hint: see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/
    ");
    assert_eq!(
        flaws(
            "preset = \"matrix\"\nurl = \"https://x.example/{delivery_id}\"\nparams = { homeserver = \"https://x\", room_id = \"!a\", access_token = \"b\" }"
        ),
        ""
    );
}

#[test]
fn an_address_that_is_not_the_usual_one_is_doubted_and_taken() {
    let doubts = |url: &str| {
        let toml = format!("preset = \"slack\"\nurl = \"{url}\"");
        let kind = Kind::Webhook(toml::from_str(&toml).unwrap());
        Notifier::build(&section(kind), &mut RENDERER.clone()).unwrap().doubts()
    };
    assert_eq!(doubts("https://hooks.slack.com/services/T/B/x"), [""; 0]);
    assert_snapshot!(doubts("https://proxy.example/services/T/B/x").join("\n"), @"the `url` does not begin with https://hooks.slack.com/services/ or https://hooks.slack-gov.com/services/, as those of the preset `slack` do");
}

#[tokio::test]
async fn a_preset_of_a_teams_own_is_sent_as_its_data_say() {
    let folder = tempfile::tempdir().unwrap();
    let presets = folder.path().join("own/presets");
    std::fs::create_dir_all(&presets).unwrap();
    let receiver = Receiver::webhook().await;
    std::fs::write(
        presets.join("pager.toml"),
        "about = \"Pager\"\nurl = \"{base}/send/{team}\"\nmethod = \"PUT\"\nform = true\nidempotent = true\n\
         error = \"/why\"\nretry_after = { at = \"/wait\", unit = \"ms\" }\nrates = [{ max = 3, per = \"10s\" }]\n\
         headers = { X-Key = \"{key}\", X-Id = \"{event_id}\" }\n\
         [success]\njson = { \"/state/ok\" = true }\n[inserts]\n\"/key\" = \"{key}\"\n\
         [[limits]]\nat = \"/text\"\nchars = 20\n\
         [params.base]\nabout = \"where\"\n[params.team]\nabout = \"who\"\n[params.key]\nabout = \"key\"\nsecret = true\n",
    )
    .unwrap();
    std::fs::write(presets.join("pager.json.hbs"), r#"{"text": "{{call.summary}}", "to": "{{params.team}}"}"#).unwrap();
    let config = Config { dir: Some("own".into()), ..Config::default() };
    let mut renderer = Renderer::load(&config, folder.path(), TimeZone::UTC).unwrap();
    let toml = format!(
        "preset = \"pager\"\nparams = {{ base = \"{}\", team = \"a b/c\", key = \"opensesame\" }}",
        receiver.url("")
    );
    let pager = Notifier::build(&section(Kind::Webhook(toml::from_str(&toml).unwrap())), &mut renderer).unwrap();
    let event = event();
    let payload = pager.prepare(&renderer, &job(&event));
    receiver.script([
        Answer::status(201).json(&json!({ "state": { "ok": true } })),
        Answer::status(503).json(&json!({ "why": "opensesame is busy", "wait": 90_000 })),
    ]);
    assert_eq!(word(&pager.send(&payload, &job(&event)).await), "delivered");
    let request = receiver.only();
    assert_eq!((request.method.as_str(), request.path.as_str()), ("PUT", "/send/a%20b%2Fc"));
    assert_eq!((request.header("x-key"), request.header("x-id")), (Some("opensesame"), Some("evt_1")));
    assert_eq!(fields(&request), json!({ "key": "opensesame", "text": "Maria moved the…", "to": "a b/c" }));
    let verdict = pager.send(&payload, &job(&event)).await;
    assert_eq!((word(&verdict), verdict.note()), ("retry", "answered 503: [secret] is busy"));
    assert!(wait(&verdict).unwrap() >= SignedDuration::from_secs(90));
    assert_eq!(pager.rates().len(), 1);
}
