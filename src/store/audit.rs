//! Walks over what was written lately, in small steps, and mending what is missing.

use std::collections::HashSet;

use anyhow::Context;
use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use crate::{
    event::Event,
    store::{
        Store,
        bundle::is_told,
        outbox::{Link, Mended, NewDelivery},
        records::{BatchRecord, CallRecord, Committed, Mark, Told},
        rows::{self, CALL_COLUMNS, at, ms, placeholders},
    },
};

impl Store {
    /// The next events after `mark`, up to `until`, that were matched with these routes; and where
    /// that leaves off, none at the end. Unreadable ones are left out.
    pub async fn walk_events(
        &self,
        routed_by: &str,
        mark: &Mark,
        until: Timestamp,
        limit: u32,
    ) -> anyhow::Result<(Vec<Event>, Option<Mark>)> {
        let found: Vec<(i64, String, String)> = sqlx::query_as(
            "SELECT observed_ms, id, body FROM events WHERE (observed_ms, id) > ($1, $2) AND observed_ms <= $3 \
             AND routed_by = $4 ORDER BY observed_ms, id LIMIT $5",
        )
        .bind(ms(mark.at))
        .bind(&mark.id)
        .bind(ms(until))
        .bind(routed_by)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await
        .context("walk over events")?;
        let next = found.last().map(|(observed, id, _)| Mark { at: at(*observed), id: id.clone(), ..Mark::default() });
        Ok((found.iter().filter_map(|(_, _, body)| rows::json(body).ok()).collect(), next))
    }

    /// Whom these events have been given to.
    pub async fn links(&self, events: &[&str]) -> anyhow::Result<HashSet<Link>> {
        if events.is_empty() {
            return Ok(HashSet::new());
        }
        let sql = format!(
            "SELECT event_id, notifier, recipient, purpose FROM delivery_events WHERE event_id IN ({})",
            placeholders(1, events.len())
        );
        let query = events.iter().fold(sqlx::query_as(AssertSqlSafe(sql)), |query, id| query.bind(*id));
        let found = query.fetch_all(&self.pool).await.context("read whom events were given to")?;
        let link = |(event_id, notifier, recipient, purpose)| Link { event_id, notifier, recipient, purpose };
        Ok(found.into_iter().map(link).collect())
    }

    /// Gives events to those who lack them, and commits what `tell` says of the ones where something
    /// was lacking indeed: another process may have been faster.
    pub async fn mend(
        &self,
        holes: &[(Event, Vec<NewDelivery>)],
        tell: &(dyn Fn(&[Mended<'_>]) -> Option<Told> + Send + Sync),
        now: Timestamp,
    ) -> anyhow::Result<Committed> {
        let mut tx = self.pool.begin().await.context("begin a transaction")?;
        let mut committed = Committed::default();
        let mut mended = Vec::new();
        for (event, lacking) in holes {
            // Holds the row, so that nobody else mends it at the same time or removes it.
            let held = sqlx::query("UPDATE events SET routed_by = routed_by WHERE id = $1").bind(&event.id);
            if held.execute(&mut *tx).await.context("hold an event")?.rows_affected() == 0 {
                continue;
            }
            let mut given = Vec::new();
            for new in lacking {
                if !is_told(&mut tx, event, new).await.context("look for a delivery")? {
                    committed.deliveries +=
                        self.put_delivery(&mut tx, event, new, now).await.context("write a delivery")?;
                    given.push(new);
                }
            }
            if !given.is_empty() {
                mended.push(Mended { event, given });
            }
        }
        if let Some(told) = tell(&mended) {
            let added = self.put_told(&mut tx, &told, now).await?;
            committed.events += added.events;
            committed.deliveries += added.deliveries;
        }
        tx.commit().await.context("commit")?;
        self.has_made(committed.deliveries);
        Ok(committed)
    }

    /// The next calls after `mark`, up to `until`, by when they were last written, and where that
    /// leaves off.
    pub async fn walk_calls(
        &self,
        mark: &Mark,
        until: Timestamp,
        limit: u32,
    ) -> anyhow::Result<(Vec<CallRecord>, Option<Mark>)> {
        let sql = format!(
            "SELECT {CALL_COLUMNS} FROM calls WHERE (updated_ms, call_id, account) > ($1, $3, $2) AND updated_ms <= $4 \
             ORDER BY updated_ms, call_id, account LIMIT $5"
        );
        let found = sqlx::query(AssertSqlSafe(sql))
            .bind(ms(mark.at))
            .bind(&mark.account)
            .bind(&mark.id)
            .bind(ms(until))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .context("walk over calls")?;
        let records: Vec<CallRecord> = found.iter().map(rows::call).collect::<anyhow::Result<_>>()?;
        let next = records.last().map(|record| Mark {
            at: record.updated_at,
            account: record.account.clone(),
            id: record.call.id.clone(),
        });
        Ok((records, next))
    }

    /// Batches that were done with, by when they were last written.
    pub async fn batches_done(&self, since: Timestamp, until: Timestamp) -> anyhow::Result<Vec<BatchRecord>> {
        let found = sqlx::query(
            "SELECT account, phase, snapshot, memory, updated_ms FROM batches \
             WHERE phase = 'done' AND updated_ms >= $1 AND updated_ms <= $2 ORDER BY updated_ms",
        )
        .bind(ms(since))
        .bind(ms(until))
        .fetch_all(&self.pool)
        .await
        .context("walk over batches")?;
        found.iter().map(rows::batch).collect()
    }

    /// Of which of these calls or batches an event of one of these kinds has been written.
    pub async fn told_about(&self, account: &str, ids: &[&str], kinds: &[&str]) -> anyhow::Result<HashSet<String>> {
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        let sql = format!(
            "SELECT about FROM events WHERE account = $1 AND about IN ({}) AND kind IN ({})",
            placeholders(2, ids.len()),
            placeholders(2 + ids.len(), kinds.len())
        );
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(account);
        let query = ids.iter().chain(kinds).fold(query, |query, value| query.bind(*value));
        Ok(query.fetch_all(&self.pool).await.context("read what has been told")?.into_iter().collect())
    }
}
