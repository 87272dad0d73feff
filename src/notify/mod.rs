//! Notifiers: each knows how to put a message into its destination's form and how to send it once.
//!
//! Nothing here retries, waits for a time, or touches the store: a send ends in a [`Verdict`] and
//! `deliver` decides how the delivery goes on. Notes are short and free of secrets and numbers.
//! What each answer means stands in the `answer` modules of the kinds, and in `email/session.rs`.

pub mod common;
pub mod config;
pub mod console;
pub mod discord;
pub mod email;
mod fit;
mod markup;
pub(crate) mod http;
mod plain;
pub(crate) mod scrub;
pub mod transcript;
pub mod webhook;
mod writer;

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    event::{self, Event},
    model::{flaw::Flaw, period::Period},
    notify::{
        common::{Base, Common},
        config::{Config, Kind},
        console::{Console, Sink},
        discord::Discord,
        email::Email,
        webhook::Webhook,
    },
    render::{Renderer, preset::Rate, privacy::Privacy},
    route::form::Form,
};

/// One configured way to tell someone, checked and ready to send.
#[derive(Debug)]
pub enum Notifier {
    Discord(Box<Discord>),
    Email(Box<Email>),
    Webhook(Box<Webhook>),
    Console(Box<Console>),
}

/// One attempt at one delivery.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    pub delivery_id: &'a str,
    /// One address of an email notifier; empty for others.
    pub recipient: &'a str,
    pub event: &'a Event,
    /// 1 for the first.
    pub attempt: u32,
    pub now: Timestamp,
}

/// What is sent: kept with the delivery, and sent again byte for byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    pub content_type: String,
    pub body: String,
    /// A template failed; says which, and what was sent instead.
    pub trouble: Option<String>,
}

/// What a send does at the destination, besides what it says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Post<'a> {
    pub form: Form,
    /// The destination's id of the message that a card or an edit changes.
    pub posted: Option<&'a str>,
    pub thread: Thread<'a>,
}

/// The thread that a message goes into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Thread<'a> {
    /// None: the channel itself.
    #[default]
    None,
    /// The one with this id.
    In(&'a str),
    /// A new one of this name.
    Open(&'a str),
}

/// When a destination opens a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// By itself, before anything is posted in it.
    Before,
    /// By the first message that is posted in it.
    WithTheFirst,
}

/// What was learnt of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThreadNews {
    /// It is there, with this id.
    Opened(String),
    /// There can be none, and why.
    Impossible(String),
    /// The one with this id is gone or locked.
    Lost(String),
}

/// How a send ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    pub verdict: Verdict,
    pub thread: Option<ThreadNews>,
}

/// How one attempt ended. `status` is what the destination answered with: an HTTP status or an
/// SMTP code; none where no answer came.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Delivered {
        note: String,
        status: Option<u16>,
        /// The destination's id of the message, where it gives one.
        remote_id: Option<String>,
        /// The destination takes nothing more before this moment.
        pause: Option<Timestamp>,
    },
    /// It did not arrive, and may if tried again.
    Retry {
        note: String,
        status: Option<u16>,
        /// Never earlier than this.
        after: Option<Timestamp>,
        /// What else may not be sent before `after`.
        pause: Pause,
    },
    /// It will never arrive as it is.
    Permanent { note: String, status: Option<u16>, stop: Stop },
    /// It was sent and no answer came, or none that can be understood: it may have arrived.
    Ambiguous { note: String, status: Option<u16> },
}

/// How far a wait that was asked for reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// To this one message.
    No,
    /// To all that goes to the destination.
    Destination,
    /// To all that shares the notifier's [`shared_limit`](Notifier::shared_limit).
    Kind,
}

/// What a refusal says of the other messages for the destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Nothing: this message is to blame.
    No,
    /// The destination refuses us, for now: it counts as a failure of the destination.
    Counts,
    /// The destination is gone for good; going on would be punished.
    Gone,
}

impl Notifier {
    /// Checks the section and compiles its template. Installs ring as the process's TLS provider
    /// where there is none yet.
    pub fn build(config: &Config, renderer: &mut Renderer) -> Result<Self, Vec<Flaw>> {
        let mut flaws = config.flaws();
        if let Some(template) = &config.common.template
            && let Err(wrong) = renderer.add_native(template)
        {
            flaws.extend(wrong.into_iter().map(|flaw| flaw.under("template")));
        }
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let Config { name, common, kind } = config;
        match kind {
            Kind::Discord(kind) => Discord::build(name, common, kind).map(|built| Self::Discord(Box::new(built))),
            Kind::Email(kind) => Email::build(name, common, kind).map(|built| Self::Email(Box::new(built))),
            Kind::Webhook(kind) => {
                Webhook::build(name, common, kind, renderer).map(|built| Self::Webhook(Box::new(built)))
            }
            Kind::Console(kind) => Ok(Self::Console(Box::new(Console::build(name, common, kind)))),
        }
    }

    /// Sends what a console prints through `sink` instead, so that a progress bar can step aside.
    #[must_use]
    pub fn with_console_sink(self, sink: Sink) -> Self {
        match self {
            Self::Console(console) => Self::Console(Box::new(console.with_sink(sink))),
            other => other,
        }
    }

    pub fn name(&self) -> &str {
        &self.base().name
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Discord(_) => "discord",
            Self::Email(_) => "email",
            Self::Webhook(_) => "webhook",
            Self::Console(_) => "console",
        }
    }

    pub fn privacy(&self) -> Privacy {
        self.base().privacy
    }

    pub fn common(&self) -> &Common {
        &self.base().common
    }

    /// The most sends in any of these times: the section's own limit for 60 seconds, or the preset's.
    pub fn rates(&self) -> Vec<Rate> {
        match (self.base().common.max_per_minute, self) {
            (Some(max), _) => vec![Rate { max, per: Period::from_secs(60) }],
            (None, Self::Webhook(webhook)) => webhook.rates().to_vec(),
            (None, _) => Vec::new(),
        }
    }

    /// What is odd about the settings and may be right all the same.
    pub fn doubts(&self) -> Vec<String> {
        match self {
            Self::Webhook(webhook) => webhook.doubts(),
            _ => Vec::new(),
        }
    }

    /// No send takes longer; a lease must.
    pub fn time_limit(&self) -> Duration {
        match self {
            Self::Discord(_) => discord::REQUESTS * discord::TIMEOUT,
            Self::Email(email) => email.time_limit(),
            Self::Webhook(webhook) => webhook.time_limit(),
            Self::Console(_) => Duration::from_secs(1),
        }
    }

    /// One delivery is made for each: the addresses of an email notifier, one empty word for others.
    pub fn recipients(&self) -> Vec<String> {
        match self {
            Self::Email(email) => email.recipients(),
            _ => vec![String::new()],
        }
    }

    /// What is paused, limited and stopped together: the name, and a hash of where it sends.
    pub fn destination(&self) -> String {
        self.base().destination.clone()
    }

    /// The limit that this destination shares with others, such as `discord:discord.com`: a wait of
    /// [`Pause::Kind`] is for all of them.
    pub fn shared_limit(&self) -> Option<String> {
        match self {
            Self::Discord(discord) => Some(discord.shared_limit()),
            _ => None,
        }
    }

    /// Writes the message in the destination's form and within its limits. Never fails: where a
    /// native template does the built-in layout is used, and where that does plain text is.
    pub fn prepare(&self, renderer: &Renderer, job: &Job<'_>) -> Payload {
        match self {
            Self::Discord(discord) => discord.prepare(renderer, job),
            Self::Email(email) => email.prepare(renderer, job),
            Self::Webhook(webhook) => webhook.prepare(renderer, job),
            Self::Console(console) => console.prepare(renderer, job),
        }
    }

    /// With live cards: the batch events of which a message is posted all the same.
    pub fn live_cards(&self) -> Option<BTreeSet<event::kind::Kind>> {
        match self {
            Self::Discord(discord) => discord.live_cards(),
            _ => None,
        }
    }

    /// Whether a message can be changed after it was posted.
    pub fn edits(&self) -> bool {
        matches!(self, Self::Discord(_))
    }

    /// Whether a batch's calls go into a thread, and how it is opened.
    pub fn threads(&self) -> Option<Threads> {
        match self {
            Self::Discord(discord) => discord.threads(),
            _ => None,
        }
    }

    /// Opens the thread of a batch, on its card where there is one. Errors are verdicts on what was
    /// to be posted in it.
    pub async fn open_thread(&self, name: &str, card: Option<&str>, now: Timestamp) -> Result<ThreadNews, Verdict> {
        match self {
            Self::Discord(discord) => discord.open_thread(name, card, now).await,
            _ => Ok(ThreadNews::Impossible("there are no threads".to_owned())),
        }
    }

    /// As [`Notifier::send`], into a thread, or by changing what was posted.
    pub async fn post(&self, payload: &Payload, job: &Job<'_>, post: &Post<'_>) -> Sent {
        match self {
            Self::Discord(discord) => discord.post(payload, job, post).await,
            _ => Sent::of(self.send(payload, job).await),
        }
    }

    /// Tries once, within a bounded time.
    pub async fn send(&self, payload: &Payload, job: &Job<'_>) -> Verdict {
        match self {
            Self::Discord(discord) => discord.post(payload, job, &Post::default()).await.verdict,
            Self::Email(email) => email.send(payload, job).await,
            Self::Webhook(webhook) => webhook.send(payload, job).await,
            Self::Console(console) => console.send(payload, job),
        }
    }

    /// Whether the credentials work, without sending a message where that can be asked.
    pub async fn check_online(&self) -> Result<String, String> {
        match self {
            Self::Discord(discord) => discord.check_online().await,
            Self::Email(email) => email.check_online().await,
            Self::Webhook(_) => Ok("not asked: a webhook cannot be checked without sending to it".to_owned()),
            Self::Console(_) => Ok("nothing to ask".to_owned()),
        }
    }

    fn base(&self) -> &Base {
        match self {
            Self::Discord(discord) => &discord.base,
            Self::Email(email) => &email.base,
            Self::Webhook(webhook) => &webhook.base,
            Self::Console(console) => &console.base,
        }
    }
}

impl Sent {
    fn of(verdict: Verdict) -> Self {
        Self { verdict, thread: None }
    }
}

impl Verdict {
    pub fn note(&self) -> &str {
        match self {
            Self::Delivered { note, .. }
            | Self::Retry { note, .. }
            | Self::Permanent { note, .. }
            | Self::Ambiguous { note, .. } => note,
        }
    }

    /// The HTTP status or SMTP code of the answer, where one came.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Delivered { status, .. }
            | Self::Retry { status, .. }
            | Self::Permanent { status, .. }
            | Self::Ambiguous { status, .. } => *status,
        }
    }

    /// The word that the log of attempts uses.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Delivered { .. } => "delivered",
            Self::Retry { .. } => "retry",
            Self::Permanent { .. } => "permanent",
            Self::Ambiguous { .. } => "ambiguous",
        }
    }
}

/// Lets notifiers that share a limit count together what uses it up.
pub fn share_limits(notifiers: &mut [Notifier]) {
    let mut counts = HashMap::new();
    for notifier in notifiers {
        let shared = notifier.shared_limit();
        if let (Notifier::Discord(discord), Some(shared)) = (notifier, shared) {
            discord.count_with(counts.entry(shared).or_default());
        }
    }
}
