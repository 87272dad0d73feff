//! The section of a Discord notifier, and what can be wrong with it.

use std::collections::BTreeMap;

use reqwest::header;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::{
    model::{flaw::Flaw, secret::Secret},
    notify::{
        discord::{embed, mentions::Mentions},
        http,
        transcript::Transcript,
    },
};

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// A Discord webhook URL; any host is used as given (a proxy, a compatible server).
    pub webhook_url: Option<Secret>,
    /// A bot's token, with `channel_id`.
    pub bot_token: Option<Secret>,
    /// The channel that the bot writes to.
    pub channel_id: Option<String>,
    /// The API that the bot uses.
    pub api_base: Url,
    /// The name shown, 1 to 80 characters, without `discord` or `clyde`; webhooks only.
    pub username: Option<String>,
    /// The picture shown; webhooks only.
    pub avatar_url: Option<Url>,
    /// Whom to mention on which events: globs of event kinds to `<@id>`, `<@&id>`, `@here` or `@everyone`.
    /// A bundle mentions whom a warning or an error in it would, and those of `digest`.
    pub mentions: BTreeMap<String, String>,
    /// One message per batch that is edited in place while its calls end: progress, outcomes, pace,
    /// failures. It stands for the messages of the batch's start and end, unless `mentions` has somebody for them.
    pub live_batches: bool,
    /// `batch`: the calls of a batch go into a thread of the batch's own.
    pub thread: Threads,
    /// `attach`: a call's transcript goes with its message as a text file.
    pub transcript: Transcript,
}

/// Where the messages of a batch's calls go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Threads {
    /// Into the channel, as all others.
    #[default]
    None,
    /// Into a thread for each batch. A webhook can open threads in forum channels only.
    Batch,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            webhook_url: None,
            bot_token: None,
            channel_id: None,
            api_base: Url::parse("https://discord.com/api/v10").expect("a valid URL"),
            username: None,
            avatar_url: None,
            mentions: BTreeMap::new(),
            live_batches: false,
            thread: Threads::None,
            transcript: Transcript::None,
        }
    }
}

impl Config {
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = self.route_flaws();
        if let Some(name) = &self.username {
            flaws.extend(username_flaw(name));
        }
        if let Some(url) = &self.avatar_url
            && !embed::is_web_url(url.as_str())
        {
            flaws.push(Flaw::new("avatar_url", "a picture's URL begins with https:// and has at most 2048 characters"));
        }
        if self.webhook_url.is_none() && (self.username.is_some() || self.avatar_url.is_some()) {
            let key = if self.username.is_some() { "username" } else { "avatar_url" };
            flaws.push(
                Flaw::new(key, "only webhooks can be shown under another name or picture")
                    .hint("change the bot's own name and picture at Discord"),
            );
        }
        flaws.extend(Mentions::parse(&self.mentions).err().unwrap_or_default());
        flaws
    }

    fn route_flaws(&self) -> Vec<Flaw> {
        match (&self.webhook_url, &self.bot_token) {
            (None, None) => vec![
                Flaw::new("", "nothing says where to send").hint("give `webhook_url`, or `bot_token` and `channel_id`"),
            ],
            (Some(_), Some(_)) => {
                vec![Flaw::new("bot_token", "`webhook_url` is given as well").hint("keep the one that is to be used")]
            }
            (Some(url), None) => http::target("webhook_url", url).err().into_iter().collect(),
            (None, Some(token)) => self.bot_flaws(token),
        }
    }

    fn bot_flaws(&self, token: &Secret) -> Vec<Flaw> {
        let mut flaws: Vec<Flaw> =
            http::target("api_base", &Secret::new(self.api_base.as_str())).err().into_iter().collect();
        if header::HeaderValue::from_str(&format!("Bot {}", token.expose())).is_err()
            || token.expose().trim().is_empty()
        {
            flaws.push(
                Flaw::new("bot_token", "this cannot be a bot's token")
                    .hint("copy it from the Bot page of the application"),
            );
        }
        match self.channel_id.as_deref() {
            None => flaws.push(
                Flaw::new("channel_id", "a bot needs a channel to write to")
                    .hint("copy the channel's ID with developer mode switched on in Discord"),
            ),
            Some(id) if id.parse::<u64>().is_ok_and(|id| id > 0) => {}
            Some(id) => flaws.push(
                Flaw::new("channel_id", format!("`{id}` is not a channel's ID"))
                    .hint("an ID is a number of 17 to 20 digits"),
            ),
        }
        flaws
    }
}

fn username_flaw(name: &str) -> Option<Flaw> {
    let trimmed = name.trim();
    if !(1..=80).contains(&trimmed.encode_utf16().count()) {
        return Some(Flaw::new("username", "a name has 1 to 80 characters"));
    }
    let lower = trimmed.to_lowercase();
    ["discord", "clyde"].into_iter().find(|word| lower.contains(word)).map(|word| {
        Flaw::new("username", format!("Discord refuses names that contain `{word}`")).hint("choose another name")
    })
}
