//! Discord, through serenity's types: a webhook URL, or a bot token and a channel.
//!
//! serenity builds the JSON; it is sent with our own client, so that rate limits and lost answers
//! are ours to see.

pub mod config;

mod answer;
mod ban;
mod body;
mod embed;
mod mentions;
mod payload;
mod post;
mod route;
mod thread;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Method, RequestBuilder, header};
use url::Url;

use crate::{
    event::kind::Kind,
    model::flaw::Flaw,
    notify::{
        Job, Pause, Payload, Threads, Verdict,
        common::{Base, Common},
        discord::{
            ban::Refusals,
            body::Body,
            config::{Config, Threads as Wanted},
            mentions::Mentions,
            route::Route,
        },
        http, plain,
        scrub::Scrub,
        transcript::{self, Transcript},
        writer::{NO_PARAMS, Writer},
    },
    render::{Renderer, privacy::Privacy},
};

/// The layout: the JSON of one embed.
const LAYOUT: &str = "discord.json.hbs";

/// Of one request. A send makes at most [`REQUESTS`]: a change of a message that turns out to be gone,
/// its removal, a new one, and that again in another form.
pub(super) const TIMEOUT: Duration = Duration::from_secs(15);

pub(super) const REQUESTS: u32 = 4;

/// Discord asks for this form; Cloudflare may block others.
const USER_AGENT: &str = concat!("DiscordBot (https://ringback.example.com, ", env!("CARGO_PKG_VERSION"), ")");

/// A built notifier.
#[derive(Debug)]
pub struct Discord {
    pub(super) base: Base,
    route: Route,
    look: Look,
    mentions: Mentions,
    live_batches: bool,
    threads: Option<Threads>,
    transcript: Transcript,
    client: Client,
    scrub: Scrub,
    refusals: Refusals,
}

/// How a webhook's messages are signed.
#[derive(Debug, Clone, Default)]
struct Look {
    username: Option<String>,
    avatar_url: Option<String>,
}

impl Discord {
    pub(super) fn build(name: &str, common: &Common, config: &Config) -> Result<Self, Vec<Flaw>> {
        let one = |flaw: Flaw| vec![flaw];
        let (route, scrub) = Route::build(config).map_err(one)?;
        let threads = (config.thread == Wanted::Batch).then(|| route.opens_threads());
        Ok(Self {
            base: Base::new(name, common, Privacy::Masked, &route.place()),
            route,
            look: Look {
                username: config.username.as_deref().map(|name| name.trim().to_owned()),
                avatar_url: config.avatar_url.as_ref().map(|url| url.as_str().to_owned()),
            },
            mentions: Mentions::parse(&config.mentions)?,
            live_batches: config.live_batches,
            threads,
            transcript: config.transcript,
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

    /// With live cards: the kinds of batch events that mention somebody, which only a new message can.
    pub(super) fn live_cards(&self) -> Option<BTreeSet<Kind>> {
        let loud = Kind::ALL.into_iter().filter(|kind| self.mentions.hear(*kind));
        self.live_batches.then(|| loud.collect())
    }

    pub(super) fn threads(&self) -> Option<Threads> {
        self.threads
    }

    pub(super) fn count_with(&mut self, refusals: &Refusals) {
        self.refusals = refusals.clone();
    }

    pub(super) fn prepare(&self, renderer: &Renderer, job: &Job<'_>) -> Payload {
        let mut writer = Writer::new(&self.base, renderer, job, &NO_PARAMS);
        let native = writer.native("", |_, text| self.native(&text, job));
        let attaches = self.transcript == Transcript::Attach;
        if let (Some(body), false) = (&native, attaches) {
            return writer.payload("application/json", body.to_string());
        }
        let message = writer.message();
        let body = native.unwrap_or_else(|| {
            let laid_out = writer.layout(LAYOUT, &message, |text| self.laid_out(&text, job));
            laid_out.unwrap_or_else(|| self.plain(&plain::text(&message), job))
        });
        let file = attaches.then(|| transcript::file(&mut writer, &message)).flatten();
        let body = Body::new(body, file, job.delivery_id);
        writer.payload(&body.content_type(), body.text())
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

    /// One request, unless too many have been refused of late.
    async fn ask(
        &self,
        method: Method,
        url: &Url,
        body: Option<&Body>,
        now: Timestamp,
    ) -> Result<http::Answer, Verdict> {
        if let Some(wait) = self.refusals.wait(Instant::now()) {
            return Err(held_back(wait, now));
        }
        let mut request = self.authorized(method, url);
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, body.content_type()).body(body.text());
        }
        match http::exchange(request, now).await {
            Ok(answer) => {
                if answer::counts_as_refusal(&answer) {
                    self.refusals.add(Instant::now());
                }
                Ok(answer)
            }
            Err(http::Unanswered::NotSent(why)) => Err(http::Unanswered::NotSent(self.scrub.note(&why)).verdict()),
            Err(http::Unanswered::Lost(why)) => Err(http::Unanswered::Lost(self.scrub.note(&why)).verdict()),
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
