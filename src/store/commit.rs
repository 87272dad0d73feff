//! Writing what one step of watching changed, in one transaction.

use std::sync::atomic::Ordering;

use anyhow::Context;
use jiff::Timestamp;
use sqlx::AnyConnection;

use crate::{
    event::Event,
    store::{
        Store,
        records::{BatchRecord, CallRecord, Change, Committed, Follow, FollowKind, Told},
        rows::{ms, phase_word},
    },
};

impl Store {
    /// Writes everything in one transaction. Events and deliveries that exist already are left as they are.
    pub async fn commit(&self, change: &Change, now: Timestamp) -> anyhow::Result<Committed> {
        let mut committed = Committed::default();
        if change.is_empty() {
            return Ok(committed);
        }
        let mut tx = self.pool.begin().await.context("begin a transaction")?;
        for call in &change.calls {
            put_call(&mut tx, call).await.context("write a call")?;
        }
        for batch in &change.batches {
            put_batch(&mut tx, batch).await.context("write a batch")?;
        }
        for (key, value) in &change.notes {
            put_note(&mut tx, key, value).await.context("write a note")?;
        }
        for follow in &change.follows {
            put_follow(&mut tx, follow).await.context("write a follow")?;
        }
        for told in &change.events {
            let added = self.put_told(&mut tx, told, now).await?;
            committed.events += added.events;
            committed.deliveries += added.deliveries;
        }
        tx.commit().await.context("commit")?;
        self.has_made(committed.deliveries);
        Ok(committed)
    }

    /// An event that exists already was written with all that it causes. Of a forgotten call there are none.
    pub(super) async fn put_told(
        &self,
        tx: &mut AnyConnection,
        told: &Told,
        now: Timestamp,
    ) -> anyhow::Result<Committed> {
        if is_forgotten(tx, &told.event).await.context("read a call")? {
            return Ok(Committed::default());
        }
        if put_event(tx, told).await.context("write an event")? == 0 {
            return Ok(Committed::default());
        }
        let mut deliveries = 0;
        for new in &told.deliveries {
            deliveries += self.put_delivery(tx, &told.event, new, now).await.context("write a delivery")?;
        }
        Ok(Committed { events: 1, deliveries })
    }

    /// Order numbers grow within a process and, as they begin with the time, from one to the next.
    pub(super) fn next_seq(&self, now: Timestamp) -> i64 {
        let base = ms(now).saturating_mul(4096);
        let last = self.seq.fetch_max(base, Ordering::Relaxed).max(base);
        self.seq.fetch_max(last, Ordering::Relaxed);
        self.seq.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Change {
    fn is_empty(&self) -> bool {
        self.calls.is_empty()
            && self.batches.is_empty()
            && self.notes.is_empty()
            && self.follows.is_empty()
            && self.events.is_empty()
    }
}

async fn put_call(tx: &mut AnyConnection, record: &CallRecord) -> anyhow::Result<()> {
    let call = &record.call;
    let snapshot = if call.transcript.is_empty() {
        serde_json::to_string(call)?
    } else {
        serde_json::to_string(&crate::model::call::Call { transcript: vec![], ..call.clone() })?
    };
    sqlx::query(
        "INSERT INTO calls (account, call_id, phase, next_look_ms, row_hash, outcome, batch_id, created_ms, snapshot, memory, history, updated_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         ON CONFLICT (account, call_id) DO UPDATE SET phase = excluded.phase, next_look_ms = excluded.next_look_ms, \
         row_hash = excluded.row_hash, outcome = excluded.outcome, batch_id = excluded.batch_id, \
         created_ms = excluded.created_ms, snapshot = excluded.snapshot, memory = excluded.memory, \
         history = excluded.history, updated_ms = excluded.updated_ms WHERE calls.forgotten_ms IS NULL",
    )
    .bind(&record.account)
    .bind(&call.id)
    .bind(phase_word(record.phase))
    .bind(record.next_look.map(ms))
    .bind(record.row_hash)
    .bind(record.outcome.map(|outcome| outcome.as_str()))
    .bind(&call.batch_id)
    .bind(call.created_at.map(ms))
    .bind(snapshot)
    .bind(&record.memory)
    .bind(serde_json::to_string(&record.history)?)
    .bind(ms(record.updated_at))
    .execute(tx)
    .await?;
    Ok(())
}

async fn put_batch(tx: &mut AnyConnection, record: &BatchRecord) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO batches (account, batch_id, phase, snapshot, memory, updated_ms) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (account, batch_id) DO UPDATE SET phase = excluded.phase, snapshot = excluded.snapshot, \
         memory = excluded.memory, updated_ms = excluded.updated_ms",
    )
    .bind(&record.account)
    .bind(&record.batch.id)
    .bind(phase_word(record.phase))
    .bind(serde_json::to_string(&record.batch)?)
    .bind(&record.memory)
    .bind(ms(record.updated_at))
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn put_note(tx: &mut AnyConnection, key: &str, value: &str) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO notes (note_key, note_value) VALUES ($1, $2) \
         ON CONFLICT (note_key) DO UPDATE SET note_value = excluded.note_value",
    )
    .bind(key)
    .bind(value)
    .execute(tx)
    .await?;
    Ok(())
}

async fn put_follow(tx: &mut AnyConnection, follow: &Follow) -> anyhow::Result<()> {
    let kind = match follow.kind {
        FollowKind::Call => "call",
        FollowKind::Batch => "batch",
        FollowKind::Either => "either",
    };
    sqlx::query(
        "INSERT INTO follows (account, id, kind, watch, wanted, taken_up) VALUES ($1, $2, $3, $4, $5, 0) \
         ON CONFLICT (account, id) DO UPDATE SET kind = excluded.kind, watch = excluded.watch, \
         wanted = excluded.wanted, taken_up = 0",
    )
    .bind(&follow.account)
    .bind(&follow.id)
    .bind(kind)
    .bind(&follow.watch)
    .bind(i64::from(follow.wanted))
    .execute(tx)
    .await?;
    Ok(())
}

async fn is_forgotten(tx: &mut AnyConnection, event: &Event) -> anyhow::Result<bool> {
    let Some(call) = event.call() else { return Ok(false) };
    let tombs: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM calls WHERE account = $1 AND call_id = $2 AND forgotten_ms IS NOT NULL",
    )
    .bind(&event.account)
    .bind(&call.id)
    .fetch_one(tx)
    .await?;
    Ok(tombs > 0)
}

async fn put_event(tx: &mut AnyConnection, told: &Told) -> anyhow::Result<u64> {
    let event = &told.event;
    let added = sqlx::query(
        "INSERT INTO events (id, kind, about, subject, account, at_ms, observed_ms, body, routed_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
    )
    .bind(&event.id)
    .bind(event.kind.as_str())
    .bind(event.about())
    .bind(event.subject())
    .bind(&event.account)
    .bind(ms(event.timestamp))
    .bind(ms(event.observed_at))
    .bind(serde_json::to_string(event)?)
    .bind(&told.routed_by)
    .execute(tx)
    .await?;
    Ok(added.rows_affected())
}
