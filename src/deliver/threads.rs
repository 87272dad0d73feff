//! Threads: where the messages of a batch's calls go, and who opens a thread that is not there yet.

use jiff::Timestamp;

use crate::{
    deliver::Deliverer,
    notify::{Notifier, Thread, ThreadNews, Threads, Verdict},
    render::privacy::{self, Privacy},
    route::form::Form,
    store::outbox::Claimed,
};

/// Where a delivery is sent.
#[derive(Debug)]
pub(super) enum Place {
    /// Into the channel itself.
    Channel,
    /// Into the thread with this id.
    Thread(String),
    /// Into the batch's thread, which this delivery opens: its key and name.
    Opens { batch: String, name: String },
    /// Nowhere: the thread could not be opened, for now.
    Unreachable(Verdict),
}

impl Place {
    pub(super) fn thread(&self) -> Thread<'_> {
        match self {
            Self::Channel | Self::Unreachable(_) => Thread::None,
            Self::Thread(id) => Thread::In(id),
            Self::Opens { name, .. } => Thread::Open(name),
        }
    }
}

impl Deliverer {
    /// The place of a delivery; where a notifier opens threads by themselves, opens one that is missing.
    pub(super) async fn place(
        &self,
        notifier: &Notifier,
        threads: Threads,
        delivery: &Claimed,
        now: Timestamp,
    ) -> anyhow::Result<Place> {
        let Some((account, batch)) = thread_of(delivery, threads) else { return Ok(Place::Channel) };
        let key = key(account, batch);
        match self.store.thread(&delivery.destination, &key).await? {
            Some(none) if none.is_empty() => return Ok(Place::Channel),
            Some(id) => return Ok(Place::Thread(id)),
            None => {}
        }
        let name = self.thread_name(account, batch, notifier.privacy()).await?;
        if threads == Threads::WithTheFirst {
            return Ok(Place::Opens { batch: key, name });
        }
        let card = self.store.card(&delivery.address(), account, batch).await?;
        Ok(self.open_thread(notifier, delivery, &key, &name, card.as_deref(), now).await)
    }

    async fn open_thread(
        &self,
        notifier: &Notifier,
        delivery: &Claimed,
        key: &str,
        name: &str,
        card: Option<&str>,
        now: Timestamp,
    ) -> Place {
        match notifier.open_thread(name, card, now).await {
            Err(verdict) => Place::Unreachable(verdict),
            Ok(news) => {
                let place = match &news {
                    ThreadNews::Opened(id) => Place::Thread(id.clone()),
                    ThreadNews::Impossible(_) | ThreadNews::Lost(_) => Place::Channel,
                };
                self.keep_news(delivery, key, news, now).await;
                place
            }
        }
    }

    /// Keeps what a send told of the batch's thread.
    pub(super) async fn learn_of_thread(&self, delivery: &Claimed, news: Option<ThreadNews>, now: Timestamp) {
        let subject = thread_of(delivery, Threads::WithTheFirst);
        if let (Some(news), Some((account, batch))) = (news, subject) {
            self.keep_news(delivery, &key(account, batch), news, now).await;
        }
    }

    /// A thread that could not be kept is opened a second time, which harms nobody.
    async fn keep_news(&self, delivery: &Claimed, key: &str, news: ThreadNews, now: Timestamp) {
        let destination = &delivery.destination;
        let kept = match news {
            ThreadNews::Opened(id) => self.store.keep_thread(destination, key, &id, now).await,
            ThreadNews::Impossible(why) => {
                tracing::warn!(
                    "No thread for the batch's calls at `{}`, they go into the channel: {why}",
                    delivery.notifier
                );
                self.store.keep_thread(destination, key, "", now).await
            }
            ThreadNews::Lost(id) => self.store.drop_thread(destination, key, &id).await,
        };
        if let Err(error) = kept {
            tracing::warn!("Could not keep what is known of a thread: {error:#}");
        }
    }

    /// What the batch is called, else its id.
    async fn thread_name(&self, account: &str, batch: &str, privacy: Privacy) -> anyhow::Result<String> {
        let known = self.store.batches(account, &[batch]).await?.into_iter().next();
        let described = known.and_then(|record| record.batch.description).filter(|text| !text.trim().is_empty());
        Ok(described.map_or_else(|| batch.to_owned(), |text| privacy::line(&text, privacy)))
    }
}

/// The account and batch whose thread a delivery goes into: messages about one call do, and a card
/// where it is what opens the thread.
fn thread_of(delivery: &Claimed, threads: Threads) -> Option<(&str, &str)> {
    let event = &delivery.event;
    let batch = match delivery.form {
        Form::Message => event.call()?.batch_id.as_deref()?,
        Form::Card if threads == Threads::WithTheFirst && delivery.posted.is_none() => &event.batch()?.id,
        Form::Card | Form::Edit => return None,
    };
    Some((&event.account, batch))
}

fn key(account: &str, batch: &str) -> String {
    format!("{account}:{batch}")
}
