//! A bot opens the thread of a batch before anything is said in it; a webhook does by its first message.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::json;
use serenity::{
    builder::CreateThread,
    model::channel::{AutoArchiveDuration, ChannelType},
};

use crate::notify::{
    ThreadNews, Verdict,
    discord::{
        Discord,
        answer::{self, Judged, Peculiar},
        body::Body,
        embed,
    },
};

/// Of a thread's name, in UTF-16 units.
pub(super) const NAME: usize = 100;

/// After so long without a message a thread is put away; the next message brings it back.
const PUT_AWAY: AutoArchiveDuration = AutoArchiveDuration::OneDay;

impl Discord {
    /// Opens a thread on the batch's card, or without one beside the messages. Errors are verdicts
    /// on whatever was to be posted in it.
    pub(in crate::notify) async fn open_thread(
        &self,
        name: &str,
        card: Option<&str>,
        now: Timestamp,
    ) -> Result<ThreadNews, Verdict> {
        let Some(url) = self.route.threads(card) else {
            return Ok(ThreadNews::Impossible("a webhook opens threads by what it posts".to_owned()));
        };
        let thread = CreateThread::new(thread_name(name)).auto_archive_duration(PUT_AWAY);
        // Discord decides what a thread on a message is; any other would be private.
        let thread = if card.is_none() { thread.kind(ChannelType::PublicThread) } else { thread };
        let answer = self.ask(Method::POST, &url, Some(&Body::alone(json!(thread).to_string())), now).await?;
        // The thread of a message has the message's id.
        if let (Some(Peculiar::ThreadExists), Some(card)) = (answer::peculiar(&answer), card) {
            return Ok(ThreadNews::Opened(card.to_owned()));
        }
        match answer::judge(&answer, &self.scrub) {
            Judged::Final(Verdict::Delivered { remote_id: Some(id), .. }) => Ok(ThreadNews::Opened(id)),
            // The card has been deleted: a thread can be had without it.
            Judged::Final(Verdict::Permanent { .. })
                if card.is_some() && answer::peculiar(&answer) == Some(Peculiar::MessageGone) =>
            {
                Box::pin(self.open_thread(name, None, now)).await
            }
            Judged::Final(verdict @ (Verdict::Retry { .. } | Verdict::Ambiguous { .. })) => Err(verdict),
            _ => Ok(ThreadNews::Impossible(self.scrub.note(&answer::refusal(&answer)))),
        }
    }
}

/// A thread must have a name that is not empty.
pub(super) fn thread_name(name: &str) -> String {
    embed::text(name, NAME).unwrap_or_else(|| "–".to_owned())
}
