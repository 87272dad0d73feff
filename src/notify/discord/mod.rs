//! Discord, through serenity's types: a webhook URL, or a bot token and a channel.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::model::secret::Secret;

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
    pub mentions: BTreeMap<String, String>,
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
        }
    }
}
