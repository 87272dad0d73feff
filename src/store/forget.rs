//! Forgetting a person: everything that is known of their calls is erased, and what is left is the
//! calls' ids, so that nothing of them is read, kept or told again.

mod erase;
mod find;

use std::collections::BTreeSet;

use anyhow::Context;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::AssertSqlSafe;

use crate::{
    model::number::Number,
    store::{Store, rows::placeholders},
};

/// Calls that are erased in one transaction.
const CALLS: usize = 100;

/// Whom or what to forget.
#[derive(Debug, Clone, Default)]
pub struct Whom {
    /// Of people: the called side of outbound calls, the calling side of inbound ones.
    pub numbers: Vec<Number>,
    /// Of calls.
    pub ids: Vec<String>,
}

/// What was erased.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Forgotten {
    pub calls: BTreeSet<String>,
    /// Of the calls, those that were still followed.
    pub calls_followed: u64,
    pub events: u64,
    /// Events about a batch, from which the calls were taken out.
    pub batch_events: u64,
    pub deliveries: u64,
    /// Deliveries that tell of others too, from which the calls were taken out.
    pub rewritten: BTreeSet<String>,
    /// Messages that were still to be sent and never will be.
    pub cancelled: Vec<Message>,
    /// Messages that are with their receivers, or may be.
    pub sent: Vec<Message>,
    /// Calls and events of others in whose texts the number or id occurs; they are left as they are.
    pub mentioned_in: BTreeSet<String>,
    /// Rewritten while they were being sent.
    #[serde(skip)]
    pub in_hand: Vec<String>,
}

/// A message as far as it helps to find it where it went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    pub delivery: String,
    pub notifier: String,
    pub recipient: String,
    /// The event's kind, or `digest`.
    pub kind: String,
    pub at: Option<Timestamp>,
    /// The destination's own id of it.
    pub remote_id: Option<String>,
    /// Not known to have arrived.
    pub uncertain: bool,
}

/// Whether the bytes of what was deleted are gone from the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytes {
    Gone,
    /// SQLite's log beside the file could not be folded away, as somebody is reading.
    InLog,
    /// PostgreSQL overwrites what was deleted when it pleases.
    UntilVacuum,
}

impl Forgotten {
    pub fn is_nothing(&self) -> bool {
        self.calls.is_empty() && self.batch_events == 0
    }

    /// Adds what a second look found.
    pub fn and(mut self, more: Self) -> Self {
        self.calls.extend(more.calls);
        self.calls_followed += more.calls_followed;
        self.events += more.events;
        self.batch_events += more.batch_events;
        self.deliveries += more.deliveries;
        self.rewritten.extend(more.rewritten);
        more.cancelled.into_iter().for_each(|message| add(&mut self.cancelled, message));
        more.sent.into_iter().for_each(|message| add(&mut self.sent, message));
        self.mentioned_in = more.mentioned_in;
        self.in_hand.extend(more.in_hand);
        self
    }
}

/// A bundle may hold several of the calls.
fn add(messages: &mut Vec<Message>, message: Message) {
    if !messages.iter().any(|known| known.delivery == message.delivery) {
        messages.push(message);
    }
}

impl Store {
    /// Erases what is known of these people and calls, or with `dry_run` only says what it would.
    /// Digests of the routes `standing` are sent even if they hold nothing.
    ///
    /// What another process has in hand at that moment it may still write down; a second run finds it.
    pub async fn forget(
        &self,
        whom: &Whom,
        standing: &[String],
        dry_run: bool,
        now: Timestamp,
    ) -> anyhow::Result<Forgotten> {
        let found = self.find(whom).await?;
        let mut forgotten = Forgotten { mentioned_in: found.mentioned_in.clone(), ..Forgotten::default() };
        let mut batch_events = found.batch_events.as_slice();
        let subjects: Vec<_> = found.calls.iter().collect();
        for some in subjects.chunks(CALLS).chain(subjects.is_empty().then_some(&[][..])) {
            let mut tx = self.pool.begin().await.context("begin a transaction")?;
            for ((account, id), live) in some {
                erase::call(&mut tx, account, id, standing, now, &mut forgotten).await.context("forget a call")?;
                forgotten.calls.insert(id.clone());
                forgotten.calls_followed += u64::from(**live);
            }
            for event in batch_events {
                erase::from_batch_event(&mut tx, event, &found, whom, now, &mut forgotten)
                    .await
                    .context("take a call out of a batch's event")?;
            }
            batch_events = &[];
            match dry_run {
                true => tx.rollback().await.context("roll back")?,
                false => tx.commit().await.context("commit")?,
            }
        }
        Ok(forgotten)
    }

    /// Drops the rendered bytes of deliveries, which are rendered anew where they are still needed.
    pub async fn drop_payloads(&self, ids: &[String]) -> anyhow::Result<()> {
        for some in ids.chunks(CALLS) {
            let sql = format!("UPDATE deliveries SET payload = NULL WHERE id IN ({})", placeholders(1, some.len()));
            let query = some.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(id));
            query.execute(&self.pool).await.context("drop rendered messages")?;
        }
        Ok(())
    }

    /// Makes sure, as far as the engine allows it, that deleted bytes are not on the disk any more.
    pub async fn wipe(&self) -> anyhow::Result<Bytes> {
        if !self.url.expose().starts_with("sqlite:") {
            return Ok(Bytes::UntilVacuum);
        }
        // The file itself is overwritten with zeros on deletion (`secure_delete`); its log is not.
        let (busy, ..): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&self.pool)
            .await
            .context("fold the database's log away")?;
        Ok(if busy == 0 { Bytes::Gone } else { Bytes::InLog })
    }
}
