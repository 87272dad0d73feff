//! Discord's addresses: of a webhook or a bot's channel, of messages and of threads.

use url::Url;

use crate::{
    model::{flaw::Flaw, secret::Secret},
    notify::{Threads, discord::config::Config, http, scrub::Scrub},
};

/// Where messages go, and with which right.
#[derive(Clone)]
pub(super) enum Route {
    /// The URL as configured, with `wait=true`: without it, a message that was not saved seems sent.
    Webhook {
        send: Url,
        ask: Url,
        /// The query of the configured URL, less `wait`.
        kept: Vec<(String, String)>,
    },
    Bot {
        send: Url,
        ask: Url,
        base: Url,
        channel: String,
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

impl Route {
    pub(super) fn build(config: &Config) -> Result<(Self, Scrub), Flaw> {
        if let Some(url) = &config.webhook_url {
            let given = http::target("webhook_url", url)?;
            let scrub = Scrub::new().url(&given);
            let (mut send, mut ask) = (given.clone(), given.clone());
            let kept: Vec<(String, String)> = given
                .query_pairs()
                .filter(|(key, _)| key != "wait")
                .map(|(k, v)| (k.into_owned(), v.into_owned()))
                .collect();
            send.query_pairs_mut().clear().extend_pairs(&kept).append_pair("wait", "true");
            ask.set_query(None);
            return Ok((Self::Webhook { send, ask, kept }, scrub));
        }
        let (Some(token), Some(channel)) = (&config.bot_token, &config.channel_id) else {
            return Err(Flaw::new("", "nothing says where to send"));
        };
        let base = config.api_base.clone();
        let ask = at(&base, &["channels", channel]);
        let send = at(&base, &["channels", channel, "messages"]);
        let scrub = Scrub::new().secret(token.expose());
        Ok((Self::Bot { send, ask, base, channel: channel.clone(), token: token.clone() }, scrub))
    }

    pub(super) fn send(&self) -> &Url {
        match self {
            Self::Webhook { send, .. } | Self::Bot { send, .. } => send,
        }
    }

    /// Where a message is posted into a thread, or another channel of the bot's.
    pub(super) fn send_in(&self, thread: &str) -> Url {
        match self {
            Self::Webhook { send, .. } => in_thread(send, thread),
            Self::Bot { base, .. } => at(base, &["channels", thread, "messages"]),
        }
    }

    /// One message that was posted: in the channel, or in a thread.
    pub(super) fn message(&self, thread: Option<&str>, id: &str) -> Url {
        match self {
            Self::Webhook { ask, kept, .. } => {
                let mut url = at(ask, &["messages", id]);
                // The thread that the configured URL names holds where the message is in no other.
                url.query_pairs_mut().extend_pairs(kept);
                if kept.is_empty() {
                    url.set_query(None);
                }
                thread.map_or(url.clone(), |thread| in_thread(&url, thread))
            }
            Self::Bot { base, channel, .. } => at(base, &["channels", thread.unwrap_or(channel), "messages", id]),
        }
    }

    /// Where a bot opens a thread: on a message, or beside them. A webhook opens one by what it posts.
    pub(super) fn threads(&self, message: Option<&str>) -> Option<Url> {
        match (self, message) {
            (Self::Webhook { .. }, _) => None,
            (Self::Bot { base, channel, .. }, None) => Some(at(base, &["channels", channel, "threads"])),
            (Self::Bot { base, channel, .. }, Some(id)) => {
                Some(at(base, &["channels", channel, "messages", id, "threads"]))
            }
        }
    }

    pub(super) fn opens_threads(&self) -> Threads {
        match self {
            Self::Webhook { .. } => Threads::WithTheFirst,
            Self::Bot { .. } => Threads::Before,
        }
    }

    /// What can be read to see whether the credentials work: the webhook itself, or the channel.
    pub(super) fn ask(&self) -> &Url {
        match self {
            Self::Webhook { ask, .. } | Self::Bot { ask, .. } => ask,
        }
    }

    pub(super) fn place(&self) -> Vec<&str> {
        match self {
            Self::Webhook { send, .. } => vec![send.as_str()],
            Self::Bot { send, token, .. } => vec![send.as_str(), token.expose()],
        }
    }
}

fn in_thread(url: &Url, thread: &str) -> Url {
    let mut url = url.clone();
    let others: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| key != "thread_id")
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair("thread_id", thread);
    url
}

/// A path below a base that may end in a slash or not.
fn at(base: &Url, parts: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(parts);
    }
    url
}
