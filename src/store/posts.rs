//! Messages that are changed after they were posted: live cards of batches, corrected calls, and
//! the threads that hold a batch's messages.

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use sqlx::AnyConnection;

use crate::{
    event::{Event, id::derived},
    route::form::Form,
    store::{
        Store,
        bundle::{Opening, link},
        outbox::{Address, NewDelivery},
        rows::{at, ms},
    },
};

/// Between two changes of one card, so that a batch's hundred calls are not a hundred requests.
const REST: SignedDuration = SignedDuration::from_secs(5);

/// Discord limits edits of messages that are older than this.
const FRESH: SignedDuration = SignedDuration::from_mins(50);
const LONG_REST: SignedDuration = SignedDuration::from_secs(60);

/// What a card said before is no longer of interest once so much time has passed.
const SUPERSEDED: SignedDuration = SignedDuration::from_mins(2);

impl Store {
    /// Puts an event on the batch's card: joins the change that waits, or makes the next one.
    pub(super) async fn put_on_card(
        &self,
        tx: &mut AnyConnection,
        event: &Event,
        new: &NewDelivery,
        now: Timestamp,
    ) -> anyhow::Result<u64> {
        let subject = format!("card:{}", event.subject());
        let key = card_key(&new.to, &event.account, event.about());
        let waiting: Option<String> = sqlx::query_scalar(
            "UPDATE deliveries SET members = members + 1, kind = $1 WHERE id = (SELECT MAX(d.id) FROM deliveries d \
             WHERE d.bundle = $2 AND d.sealed = 0 AND d.state = 'pending') AND sealed = 0 AND state = 'pending' RETURNING id",
        )
        .bind(event.kind.as_str())
        .bind(&key)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(id) = waiting {
            link(tx, event, new, &id).await?;
            return Ok(0);
        }
        let seen: (Option<i64>, Option<i64>) =
            sqlx::query_as("SELECT MIN(created_ms), MAX(to_ms) FROM deliveries WHERE bundle = $1")
                .bind(&key)
                .fetch_one(&mut *tx)
                .await?;
        let due = match seen {
            (Some(first), Some(last)) => now.max(later(at(last), rest(at(first), now))),
            _ => now,
        };
        let opening = Opening {
            id: derived("dlv", &["card", &event.id, &new.to.notifier, &new.to.recipient]),
            kind: event.kind.as_str(),
            about: event.about(),
            subject,
            due,
            stream: None,
            key: Some(&key),
            slot: None,
            members: 1,
            form: Form::Card,
        };
        let id = self.put_row(tx, opening, &new.to, now).await?;
        link(tx, event, new, &id).await?;
        Ok(1)
    }

    /// Has the message changed in which the call's end was told, where there is one.
    pub(super) async fn put_edit(
        &self,
        tx: &mut AnyConnection,
        event: &Event,
        new: &NewDelivery,
        now: Timestamp,
    ) -> anyhow::Result<u64> {
        // What is still to be rendered tells the old outcome too, so it is changed as well.
        let told: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM events e JOIN delivery_events m ON m.event_id = e.id JOIN deliveries d ON d.id = m.delivery_id \
             WHERE e.about = $1 AND e.account = $2 AND e.kind IN ('call.completed', 'call.failed') AND m.notifier = $3 \
             AND m.recipient = $4 AND m.purpose = '' AND d.members = 1 AND d.state <> 'dead'",
        )
        .bind(event.about())
        .bind(&event.account)
        .bind(&new.to.notifier)
        .bind(&new.to.recipient)
        .fetch_one(&mut *tx)
        .await?;
        if told == 0 {
            return Ok(0);
        }
        let opening = Opening {
            id: derived("dlv", &["edit", &event.id, &new.to.notifier, &new.to.recipient]),
            kind: event.kind.as_str(),
            about: event.about(),
            subject: event.subject(),
            due: new.due,
            stream: None,
            key: None,
            slot: None,
            members: 1,
            form: Form::Edit,
        };
        let id = self.put_row(tx, opening, &new.to, now).await?;
        link(tx, event, new, &id).await?;
        Ok(1)
    }

    /// The destination's id of the message that this card or edit is to change.
    pub(super) async fn posted(&self, form: Form, event: &Event, to: &Address) -> anyhow::Result<Option<String>> {
        match form {
            Form::Message => Ok(None),
            Form::Card => self.card(to, &event.account, event.about()).await,
            Form::Edit => self.told_in(event, to).await,
        }
    }

    /// The message at an address in which a call's end was told by itself.
    async fn told_in(&self, event: &Event, to: &Address) -> anyhow::Result<Option<String>> {
        sqlx::query_scalar(
            "SELECT d.remote_id FROM events e JOIN delivery_events m ON m.event_id = e.id JOIN deliveries d ON d.id = m.delivery_id \
             WHERE e.about = $1 AND e.account = $2 AND e.kind IN ('call.completed', 'call.failed') AND d.notifier = $3 \
             AND d.recipient = $4 AND d.destination = $5 AND m.purpose = '' AND d.members = 1 AND d.remote_id IS NOT NULL \
             ORDER BY d.seq DESC LIMIT 1",
        )
        .bind(event.about())
        .bind(&event.account)
        .bind(&to.notifier)
        .bind(&to.recipient)
        .bind(&to.destination)
        .fetch_optional(&self.pool)
        .await
        .context("read which message is to be changed")
    }

    /// The live card of a batch at an address, where one was posted.
    pub async fn card(&self, to: &Address, account: &str, batch: &str) -> anyhow::Result<Option<String>> {
        sqlx::query_scalar(
            "SELECT remote_id FROM deliveries WHERE bundle = $1 AND destination = $2 AND remote_id IS NOT NULL \
             ORDER BY seq DESC LIMIT 1",
        )
        .bind(card_key(to, account, batch))
        .bind(&to.destination)
        .fetch_optional(&self.pool)
        .await
        .context("read which card was posted")
    }

    /// The thread that holds a batch's messages; empty where it is known that there can be none.
    pub async fn thread(&self, destination: &str, batch: &str) -> anyhow::Result<Option<String>> {
        sqlx::query_scalar("SELECT thread_id FROM threads WHERE destination = $1 AND batch = $2")
            .bind(destination)
            .bind(batch)
            .fetch_optional(&self.pool)
            .await
            .context("read a thread")
    }

    /// Keeps a thread, or that there can be none. Of two, the first stays.
    pub async fn keep_thread(
        &self,
        destination: &str,
        batch: &str,
        thread: &str,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO threads (destination, batch, thread_id, opened_ms) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (destination, batch) DO NOTHING",
        )
        .bind(destination)
        .bind(batch)
        .bind(thread)
        .bind(ms(now))
        .execute(&self.pool)
        .await
        .context("keep a thread")?;
        Ok(())
    }

    /// A thread that is gone or locked; the next message opens another.
    pub async fn drop_thread(&self, destination: &str, batch: &str, thread: &str) -> anyhow::Result<()> {
        sqlx::query("DELETE FROM threads WHERE destination = $1 AND batch = $2 AND thread_id = $3")
            .bind(destination)
            .bind(batch)
            .bind(thread)
            .execute(&self.pool)
            .await
            .context("drop a thread")?;
        Ok(())
    }
}

/// After a card has been posted or changed: the next change keeps its distance, whenever this one
/// got through, and what the card said long before leaves nothing but what it told.
pub(super) async fn card_shown(tx: &mut AnyConnection, id: &str, ended: Timestamp) -> anyhow::Result<()> {
    let found: Option<(String, i64)> =
        sqlx::query_as("SELECT bundle, seq FROM deliveries WHERE id = $1 AND form = 'card'")
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?;
    let Some((key, seq)) = found else { return Ok(()) };
    sqlx::query(
        "UPDATE deliveries SET due_ms = $1 WHERE bundle = $2 AND state = 'pending' AND id <> $3 AND due_ms < $1",
    )
    .bind(ms(later(ended, REST)))
    .bind(&key)
    .bind(id)
    .execute(&mut *tx)
    .await?;
    let old: Vec<(String, i64)> = sqlx::query_as(
        "SELECT id, members FROM deliveries WHERE bundle = $1 AND state = 'delivered' AND seq < $2 AND settled_ms < $3",
    )
    .bind(&key)
    .bind(seq)
    .bind(ms(later(ended, -SUPERSEDED)))
    .fetch_all(&mut *tx)
    .await?;
    for (old, members) in old {
        for sql in [
            "UPDATE delivery_events SET delivery_id = $2 WHERE delivery_id = $1",
            "DELETE FROM attempts WHERE delivery_id = $1 AND $2 <> ''",
            // The first of them says since when the card is there.
            "UPDATE deliveries SET created_ms = (SELECT o.created_ms FROM deliveries o WHERE o.id = $1) \
             WHERE id = $2 AND created_ms > (SELECT o.created_ms FROM deliveries o WHERE o.id = $1)",
            "DELETE FROM deliveries WHERE id = $1 AND $2 <> ''",
        ] {
            sqlx::query(sql).bind(&old).bind(id).execute(&mut *tx).await?;
        }
        sqlx::query("UPDATE deliveries SET members = members + $1 WHERE id = $2")
            .bind(members)
            .bind(id)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// A card that could not be shown shows the latest state at its next try, not the one it failed with.
pub(super) async fn card_waits(tx: &mut AnyConnection, id: &str) -> anyhow::Result<()> {
    sqlx::query("UPDATE deliveries SET sealed = 0, payload = NULL WHERE id = $1 AND state = 'pending'")
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

fn rest(first: Timestamp, now: Timestamp) -> SignedDuration {
    if now.duration_since(first) < FRESH { REST } else { LONG_REST }
}

fn card_key(to: &Address, account: &str, batch: &str) -> String {
    derived("crd", &[&to.notifier, &to.recipient, account, batch])
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
