//! The message's JSON for either route: from the layout, from a team's own template, or plain.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use serenity::{
    builder::{CreateEmbed, CreateMessage, ExecuteWebhook},
    model::channel::{Embed, Nonce},
};
use sha2::{Digest, Sha256};

use crate::{
    message::escape,
    notify::{
        Job,
        discord::{Discord, embed, mentions, route::Route, thread},
    },
};

impl Discord {
    /// From the layout's text, which is the JSON of one embed.
    pub(super) fn laid_out(&self, text: &str, job: &Job<'_>) -> Result<Value, String> {
        let parsed: Embed = serde_json::from_str(text).map_err(|error| format!("it is not an embed: {error}"))?;
        let embeds = embed::fit(vec![parsed]);
        if embeds.is_empty() {
            return Err("the embed is empty".to_owned());
        }
        Ok(self.message(embeds, None, job))
    }

    /// Without any layout: the text as it is, none of it markup.
    pub(super) fn plain(&self, text: &str, job: &Job<'_>) -> Value {
        self.message(Vec::new(), Some(escape::discord(text)), job)
    }

    /// From a native template's text, which is the whole payload. Mentions stay forbidden and the
    /// message signed as configured, where the template does not say otherwise.
    pub(super) fn native(&self, text: &str, job: &Job<'_>) -> Result<Value, String> {
        let parsed: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        let Value::Object(mut own) = parsed else { return Err("it is not a JSON object".to_owned()) };
        let embeds = match own.remove("embeds") {
            None | Some(Value::Null) => Vec::new(),
            Some(embeds) => {
                serde_json::from_value::<Vec<Embed>>(embeds).map_err(|error| format!("`embeds`: {error}"))?
            }
        };
        let content = match own.remove("content") {
            None | Some(Value::Null) => None,
            Some(Value::String(content)) => Some(content),
            Some(_) => return Err("`content` is not text".to_owned()),
        };
        let embeds = embed::fit(embeds);
        let has_text = content.as_deref().and_then(|content| embed::text(content, embed::CONTENT)).is_some();
        if embeds.is_empty()
            && !has_text
            && !["components", "poll", "sticker_ids"].iter().any(|key| own.contains_key(*key))
        {
            return Err("the message is empty".to_owned());
        }
        let Value::Object(mut message) = self.message(embeds, content, job) else {
            return Err("it is not a JSON object".to_owned());
        };
        // What makes a repeat harmless is not the template's to change.
        own.retain(|key, _| !matches!(key.as_str(), "nonce" | "enforce_nonce"));
        message.extend(own);
        Ok(without_nulls(Value::Object(message)))
    }

    fn message(&self, embeds: Vec<Embed>, content: Option<String>, job: &Job<'_>) -> Value {
        let who = self.mentions.on(job.event);
        let content = content_with(&mentions::content(&who), content);
        let embeds: Vec<CreateEmbed> = embeds.into_iter().map(CreateEmbed::from).collect();
        let allowed = mentions::allowed(&who);
        let json = match &self.route {
            Route::Webhook { .. } => {
                let mut message = ExecuteWebhook::new().embeds(embeds).allowed_mentions(allowed);
                if let Some(content) = content {
                    message = message.content(content);
                }
                if let Some(name) = &self.look.username {
                    message = message.username(name);
                }
                if let Some(url) = &self.look.avatar_url {
                    message = message.avatar_url(url);
                }
                serde_json::to_value(message)
            }
            Route::Bot { .. } => {
                let mut message = CreateMessage::new().embeds(embeds).allowed_mentions(allowed);
                message = message.nonce(Nonce::String(nonce(job.delivery_id))).enforce_nonce(true);
                if let Some(content) = content {
                    message = message.content(content);
                }
                serde_json::to_value(message)
            }
        };
        without_nulls(json.expect("serenity's builders serialise"))
    }
}

/// The same message with its embeds written out as text; nothing if it has no text at all.
pub(super) fn as_plain_text(body: &str) -> Option<String> {
    let Ok(Value::Object(mut message)) = serde_json::from_str(body) else { return None };
    let mut lines: Vec<String> =
        message.get("content").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
    for embed in message.get("embeds").and_then(Value::as_array).into_iter().flatten() {
        let texts = ["title", "description", "url"].iter().filter_map(|key| embed.get(key)?.as_str());
        lines.extend(texts.map(str::to_owned));
        for field in embed.get("fields").and_then(Value::as_array).into_iter().flatten() {
            let part = |key: &str| field.get(key).and_then(Value::as_str).unwrap_or_default();
            lines.push(format!("{}: {}", part("name"), part("value")));
        }
    }
    let content = embed::text(&lines.join("\n"), embed::CONTENT)?;
    let keep = ["username", "avatar_url", "allowed_mentions", "nonce", "enforce_nonce", "thread_name"];
    let mut simple: Map<String, Value> = keep.iter().filter_map(|key| message.remove_entry(*key)).collect();
    simple.insert("content".to_owned(), json!(content));
    Some(Value::Object(simple).to_string())
}

/// What a message says, for changing one that was posted: without what only a new one can have.
pub(super) fn as_change(body: &str) -> Option<String> {
    let Ok(Value::Object(mut message)) = serde_json::from_str(body) else { return None };
    message.retain(|key, _| matches!(key.as_str(), "content" | "embeds" | "allowed_mentions" | "components"));
    // A text of an earlier state would stay where the new one has none.
    message.entry("content").or_insert(Value::Null);
    Some(Value::Object(message).to_string())
}

/// A message that makes no sound on anybody's phone, unless it mentions somebody.
pub(super) fn quietly(body: &str) -> String {
    /// Discord's `SUPPRESS_NOTIFICATIONS`.
    const QUIET: u64 = 1 << 12;
    let Ok(Value::Object(mut message)) = serde_json::from_str(body) else { return body.to_owned() };
    if message.get("content").is_none_or(Value::is_null) {
        let flags = message.get("flags").and_then(Value::as_u64).unwrap_or_default();
        message.insert("flags".to_owned(), json!(flags | QUIET));
    }
    Value::Object(message).to_string()
}

/// A message that begins a thread.
pub(super) fn with_thread_name(body: &str, name: &str) -> String {
    let Ok(Value::Object(mut message)) = serde_json::from_str(body) else { return body.to_owned() };
    message.insert("thread_name".to_owned(), json!(thread::thread_name(name)));
    Value::Object(message).to_string()
}

/// The message's title, or what else says it in short.
pub(super) fn title(body: &str) -> String {
    let message: Value = serde_json::from_str(body).unwrap_or_default();
    let title = message.pointer("/embeds/0/title").or(message.get("content"));
    title.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Mentions first, so that cutting a long text never cuts them.
fn content_with(mentions: &str, content: Option<String>) -> Option<String> {
    let rest = content.unwrap_or_default();
    let joined = if mentions.is_empty() || rest.contains(mentions) { rest } else { format!("{mentions}\n{rest}") };
    embed::text(&joined, embed::CONTENT)
}

/// The same for every attempt: within some minutes Discord shows such a message once.
fn nonce(delivery_id: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(delivery_id.as_bytes())).chars().take(25).collect()
}

/// Discord's schema refuses null in places where serenity writes it.
fn without_nulls(json: Value) -> Value {
    match json {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        event::{Data, Event, Severity, facts::CallFacts, kind::Kind},
        notify::{common::Common, discord::Config},
    };

    fn discord(toml: &str) -> Discord {
        let config: Config = toml::from_str(toml).unwrap();
        Discord::build("ops", &Common::default(), &config).unwrap()
    }

    fn with_job<T>(run: impl FnOnce(&Job<'_>) -> T) -> T {
        let event = Event {
            id: "evt_1".to_owned(),
            kind: Kind::CallFailed,
            timestamp: Timestamp::UNIX_EPOCH,
            observed_at: Timestamp::UNIX_EPOCH,
            watch: String::new(),
            watches: Vec::new(),
            account: String::new(),
            severity: Severity::Error,
            data: Data::Call { call: Box::new(CallFacts::default()), previous_outcome: None },
        };
        run(&Job { delivery_id: "dlv_1", recipient: "", event: &event, attempt: 1, now: Timestamp::UNIX_EPOCH })
    }

    const WEBHOOK: &str =
        "webhook_url = \"https://x.example/h\"\nusername = \"Calls\"\nmentions = { \"call.failed\" = \"<@7>\" }";
    const BOT: &str = "bot_token = \"token\"\nchannel_id = \"5\"";

    #[test]
    fn a_teams_payload_stays_safe_and_fits() {
        let own = json!({ "content": "word ".repeat(1_000), "embeds": [{ "title": "t".repeat(300) }], "flags": 4_096, "avatar_url": null });
        let message = with_job(|job| discord(WEBHOOK).native(&own.to_string(), job)).unwrap();
        assert_eq!(message["allowed_mentions"], json!({ "parse": [], "users": ["7"], "roles": [] }));
        assert_eq!(
            (&message["username"], &message["flags"], message.get("avatar_url")),
            (&json!("Calls"), &json!(4_096), None)
        );
        let content = message["content"].as_str().unwrap();
        assert!(content.starts_with("<@7>\nword") && content.chars().count() <= 2_000);
        assert_eq!(message["embeds"][0]["title"].as_str().unwrap().chars().count(), 256);

        let pings = json!({ "content": "<@7> hi", "allowed_mentions": { "parse": ["users"] }, "username": "Mine" });
        let message = with_job(|job| discord(WEBHOOK).native(&pings.to_string(), job)).unwrap();
        assert_eq!(message["allowed_mentions"], json!({ "parse": ["users"] }));
        assert_eq!((&message["content"], &message["username"]), (&json!("<@7> hi"), &json!("Mine")));
    }

    #[test]
    fn a_template_cannot_make_a_bot_repeat_itself() {
        let own = json!({ "content": "hi", "nonce": "1", "enforce_nonce": false });
        let message = with_job(|job| discord(BOT).native(&own.to_string(), job)).unwrap();
        assert_eq!((&message["nonce"], &message["enforce_nonce"]), (&json!(nonce("dlv_1")), &json!(true)));
        assert_ne!(nonce("dlv_1"), nonce("dlv_2"));
    }

    #[test]
    fn payloads_that_discord_would_refuse_are_errors() {
        for (text, says) in [
            ("{", "not JSON"),
            ("[]", "not a JSON object"),
            ("{}", "empty"),
            (r#"{"content": " \u200b ", "embeds": [{}]}"#, "empty"),
            (r#"{"content": 5}"#, "not text"),
            (r#"{"embeds": [{"fields": "none"}]}"#, "`embeds`"),
        ] {
            let error = with_job(|job| discord(BOT).native(text, job)).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(with_job(|job| discord(BOT).laid_out(r#"{"title": " "}"#, job)).unwrap_err().contains("empty"));
    }
}
