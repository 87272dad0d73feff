//! Discord, through serenity's types: a webhook URL, or a bot token and a channel.
//!
//! serenity builds the JSON; it is sent with our own client, so that rate limits and lost answers
//! are ours to see.

mod answer;
mod ban;
mod embed;
mod mentions;
mod payload;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Method, RequestBuilder, header};
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::{
    model::{flaw::Flaw, secret::Secret},
    notify::{
        Base, Job, Pause, Payload, Stop, Verdict,
        config::Config as Section,
        discord::{answer::Judged, ban::Refusals, mentions::Mentions},
        http, plain,
        scrub::Scrub,
        writer::{NO_PARAMS, Writer},
    },
    render::{Renderer, privacy::Privacy},
};

/// The layout: the JSON of one embed.
const LAYOUT: &str = "discord.json.hbs";

/// Of one request; a refused form makes a second one.
pub(super) const TIMEOUT: Duration = Duration::from_secs(15);

/// Discord asks for this form; Cloudflare may block others.
const USER_AGENT: &str = concat!("DiscordBot (https://ringback.example.com, ", env!("CARGO_PKG_VERSION"), ")");

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

/// A built notifier.
#[derive(Debug)]
pub struct Discord {
    pub(super) base: Base,
    route: Route,
    look: Look,
    mentions: Mentions,
    client: Client,
    scrub: Scrub,
    refusals: Refusals,
}

/// Where messages go, and with which right.
#[derive(Clone)]
enum Route {
    /// The URL as configured, with `wait=true`: without it, a message that was not saved seems sent.
    Webhook {
        send: Url,
        ask: Url,
    },
    Bot {
        send: Url,
        ask: Url,
        token: Secret,
    },
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Webhook { .. } => "Webhook",
            Self::Bot { .. } => "Bot",
        })
    }
}

/// How a webhook's messages are signed.
#[derive(Debug, Clone, Default)]
struct Look {
    username: Option<String>,
    avatar_url: Option<String>,
}

impl Discord {
    pub(super) fn build(section: &Section, config: &Config) -> Result<Self, Vec<Flaw>> {
        let one = |flaw: Flaw| vec![flaw];
        let (route, scrub) = Route::build(config).map_err(one)?;
        Ok(Self {
            base: Base::new(section, Privacy::Masked, &route.place()),
            route,
            look: Look {
                username: config.username.as_deref().map(|name| name.trim().to_owned()),
                avatar_url: config.avatar_url.as_ref().map(|url| url.as_str().to_owned()),
            },
            mentions: Mentions::parse(&config.mentions)?,
            client: http::client(TIMEOUT).map_err(one)?,
            scrub,
            refusals: Refusals::default(),
        })
    }

    /// Discord counts per API and address, whatever the webhook or bot.
    pub(super) fn shared_limit(&self) -> String {
        let url = self.route.send();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("discord:{}{port}", url.host_str().unwrap_or_default())
    }

    pub(super) fn count_with(&mut self, refusals: &Refusals) {
        self.refusals = refusals.clone();
    }

    pub(super) fn prepare(&self, renderer: &Renderer, job: &Job<'_>) -> Payload {
        let mut writer = Writer::new(&self.base, renderer, job, &NO_PARAMS);
        let body = writer.native("", |_, text| self.native(&text, job)).unwrap_or_else(|| {
            let message = writer.message();
            let laid_out = writer.layout(LAYOUT, &message, |text| self.laid_out(&text, job));
            laid_out.unwrap_or_else(|| self.plain(&plain::text(&message), job))
        });
        writer.payload("application/json", body.to_string())
    }

    /// Sends once; a form that Discord refuses is sent a second time as plain text, as the fact
    /// matters more than its looks.
    pub(super) async fn send(&self, payload: &Payload, job: &Job<'_>) -> Verdict {
        let (refused, status) = match self.post(payload.body.clone(), job).await {
            Judged::Final(verdict) => return verdict,
            Judged::FormRefused(note, status) => (note, status),
        };
        let Some(simple) = payload::as_plain_text(&payload.body) else {
            return Verdict::Permanent { note: refused, status, stop: Stop::No };
        };
        match self.post(simple, job).await {
            Judged::FormRefused(_, status) => Verdict::Permanent { note: refused, status, stop: Stop::No },
            Judged::Final(Verdict::Delivered { status, remote_id, pause, .. }) => {
                let note = self.scrub.note(&format!("sent as plain text, as {refused}"));
                Verdict::Delivered { note, status, remote_id, pause }
            }
            Judged::Final(verdict) => verdict,
        }
    }

    pub(super) async fn check_online(&self) -> Result<String, String> {
        let request = self.authorized(Method::GET, self.route.ask());
        // The clock only dates a Retry-After, which is not looked at here.
        match http::exchange(request, jiff::Timestamp::UNIX_EPOCH).await {
            Ok(answer) if answer.is_success() => Ok(self.scrub.note(&answer::introduction(&answer))),
            Ok(answer) => Err(self.scrub.note(&answer::refusal(&answer))),
            Err(http::Unanswered::NotSent(why) | http::Unanswered::Lost(why)) => Err(self.scrub.note(&why)),
        }
    }

    async fn post(&self, body: String, job: &Job<'_>) -> Judged {
        if let Some(wait) = self.refusals.wait(Instant::now()) {
            return Judged::Final(held_back(wait, job.now));
        }
        let request = self
            .authorized(Method::POST, self.route.send())
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.clone());
        match http::exchange(request, job.now).await {
            Ok(answer) => {
                if answer::counts_as_refusal(&answer) {
                    self.refusals.add(Instant::now());
                }
                answer::judge(&answer, &self.scrub.sent(&body))
            }
            Err(http::Unanswered::NotSent(why)) => {
                Judged::Final(http::Unanswered::NotSent(self.scrub.note(&why)).verdict())
            }
            Err(http::Unanswered::Lost(why)) => Judged::Final(http::Unanswered::Lost(self.scrub.note(&why)).verdict()),
        }
    }

    fn authorized(&self, method: Method, url: &Url) -> RequestBuilder {
        let request = self.client.request(method, url.clone()).header(header::USER_AGENT, USER_AGENT);
        match &self.route {
            Route::Webhook { .. } => request,
            Route::Bot { token, .. } => request.header(header::AUTHORIZATION, format!("Bot {}", token.expose())),
        }
    }
}

/// What is not even tried, as too much was refused of late.
fn held_back(wait: Duration, now: Timestamp) -> Verdict {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    Verdict::Retry {
        note: "not sent: Discord refused so many requests of late that more might get this address banned".to_owned(),
        status: None,
        after: now.checked_add(wait).ok(),
        pause: Pause::Kind,
    }
}

impl Route {
    fn build(config: &Config) -> Result<(Self, Scrub), Flaw> {
        if let Some(url) = &config.webhook_url {
            let given = http::target("webhook_url", url)?;
            let scrub = Scrub::new().url(&given);
            let (mut send, mut ask) = (given.clone(), given.clone());
            let kept: Vec<(String, String)> = given
                .query_pairs()
                .filter(|(key, _)| key != "wait")
                .map(|(k, v)| (k.into_owned(), v.into_owned()))
                .collect();
            send.query_pairs_mut().clear().extend_pairs(kept).append_pair("wait", "true");
            ask.set_query(None);
            return Ok((Self::Webhook { send, ask }, scrub));
        }
        let (Some(token), Some(channel)) = (&config.bot_token, &config.channel_id) else {
            return Err(Flaw::new("", "nothing says where to send"));
        };
        let base = config.api_base.as_str().trim_end_matches('/');
        let ask = Url::parse(&format!("{base}/channels/{channel}"))
            .map_err(|error| Flaw::new("api_base", error.to_string()))?;
        let send = Url::parse(&format!("{ask}/messages")).map_err(|error| Flaw::new("api_base", error.to_string()))?;
        let scrub = Scrub::new().secret(token.expose());
        Ok((Self::Bot { send, ask, token: token.clone() }, scrub))
    }

    fn send(&self) -> &Url {
        match self {
            Self::Webhook { send, .. } | Self::Bot { send, .. } => send,
        }
    }

    /// What can be read to see whether the credentials work: the webhook itself, or the channel.
    fn ask(&self) -> &Url {
        match self {
            Self::Webhook { ask, .. } | Self::Bot { ask, .. } => ask,
        }
    }

    fn place(&self) -> Vec<&str> {
        match self {
            Self::Webhook { send, .. } => vec![send.as_str()],
            Self::Bot { send, token, .. } => vec![send.as_str(), token.expose()],
        }
    }
}
