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
        discord::{Discord, Route, embed, mentions},
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
        let who = self.mentions.on(job.event.kind);
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
