//! Claiming due deliveries, so that each is sent by one process at a time and in order per subject.

use anyhow::Context;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use crate::{
    model::period::Period,
    store::{
        Store,
        records::Claimed,
        rows::{at, json, ms, placeholders},
    },
};

/// No earlier delivery about the same subject still waits for the same recipient.
const IS_NEXT: &str = "NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.state = 'pending' AND e.notifier = d.notifier \
     AND e.recipient = d.recipient AND e.subject = d.subject AND e.seq < d.seq)";

impl Store {
    /// Claims up to `limit` due deliveries of a notifier for `lease`: not paused, not leased, and
    /// next in order about their subject. Fresh ones come before retries.
    ///
    /// A claim whose lease ran out unsettled was being sent when its process ended: it is given
    /// out again, marked as ambiguous.
    pub async fn claim(
        &self,
        notifier: &str,
        now: Timestamp,
        lease: Period,
        limit: u32,
    ) -> anyhow::Result<Vec<Claimed>> {
        self.bury_stopped(notifier, now).await?;
        // The condition stands twice on purpose: on PostgreSQL, a row that another worker claimed
        // between the inner and the outer look would otherwise be claimed again.
        let sql = format!(
            "UPDATE deliveries SET lease_until_ms = $1, ambiguous = CASE WHEN lease_until_ms IS NULL THEN ambiguous ELSE 1 END \
             WHERE id IN (SELECT d.id FROM deliveries d WHERE d.state = 'pending' AND d.notifier = $2 AND d.due_ms <= $3 \
             AND (d.lease_until_ms IS NULL OR d.lease_until_ms <= $3) AND {IS_NEXT} \
             AND NOT EXISTS (SELECT 1 FROM destinations p WHERE p.name = d.destination AND p.paused_until_ms > $3) \
             ORDER BY CASE WHEN d.attempts = 0 THEN 0 ELSE 1 END, d.due_ms, d.seq LIMIT $4) \
             AND state = 'pending' AND (lease_until_ms IS NULL OR lease_until_ms <= $3) RETURNING id"
        );
        let until = now.saturating_add(lease.signed()).unwrap_or(Timestamp::MAX);
        let ids: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(ms(until))
            .bind(notifier)
            .bind(ms(now))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .context("claim deliveries")?;
        self.claimed(&ids).await
    }

    async fn claimed(&self, ids: &[String]) -> anyhow::Result<Vec<Claimed>> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let sql = format!(
            "SELECT d.id, d.notifier, d.recipient, d.destination, d.attempts, d.begun_ms, d.payload, d.ambiguous, e.body \
             FROM deliveries d JOIN events e ON e.id = d.event_id WHERE d.id IN ({}) \
             ORDER BY CASE WHEN d.attempts = 0 THEN 0 ELSE 1 END, d.due_ms, d.seq",
            placeholders(1, ids.len())
        );
        let query = ids.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(id));
        let mut readable = Vec::with_capacity(ids.len());
        for row in &query.fetch_all(&self.pool).await.context("read claimed deliveries")? {
            match claimed(row) {
                Ok(one) => readable.push(one),
                Err(error) => self.bury_unreadable(row.try_get("id")?, &error).await?,
            }
        }
        Ok(readable)
    }

    /// A delivery whose event cannot be read must not keep the others waiting.
    async fn bury_unreadable(&self, id: &str, error: &anyhow::Error) -> anyhow::Result<()> {
        tracing::error!(delivery.id = id, "Gave up a delivery whose event cannot be read: {error:#}");
        sqlx::query(
            "UPDATE deliveries SET state = 'dead', lease_until_ms = NULL, reason = 'its event cannot be read' WHERE id = $1",
        )
        .bind(id)
        .execute(&self.pool)
        .await
        .context("bury a delivery")?;
        Ok(())
    }

    /// What is due at a stopped destination becomes a dead letter.
    async fn bury_stopped(&self, notifier: &str, now: Timestamp) -> anyhow::Result<()> {
        let stopped: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM destinations WHERE stopped_reason IS NOT NULL")
            .fetch_one(&self.pool)
            .await
            .context("read stopped destinations")?;
        if stopped == 0 {
            return Ok(());
        }
        let buried = sqlx::query(
            "UPDATE deliveries SET state = 'dead', settled_ms = $1, lease_until_ms = NULL, \
             reason = (SELECT s.stopped_reason FROM destinations s WHERE s.name = deliveries.destination) \
             WHERE state = 'pending' AND notifier = $2 AND due_ms <= $1 AND (lease_until_ms IS NULL OR lease_until_ms <= $1) \
             AND destination IN (SELECT s.name FROM destinations s WHERE s.stopped_reason IS NOT NULL)",
        )
        .bind(ms(now))
        .bind(notifier)
        .execute(&self.pool)
        .await
        .context("bury deliveries of stopped destinations")?
        .rows_affected();
        if buried > 0 {
            tracing::error!("{buried} more deliveries to `{notifier}` are dead letters: it takes no more messages");
        }
        Ok(())
    }

    /// When the next delivery of a notifier can be claimed; leases, pauses and order are counted in.
    pub async fn next_due(&self, notifier: &str, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
        let sql = format!(
            "SELECT d.due_ms, d.lease_until_ms, p.paused_until_ms FROM deliveries d \
             LEFT JOIN destinations p ON p.name = d.destination AND p.paused_until_ms > $2 \
             WHERE d.state = 'pending' AND d.notifier = $1 AND {IS_NEXT} \
             ORDER BY CASE WHEN d.lease_until_ms IS NULL THEN 0 ELSE 1 END, d.due_ms LIMIT 1"
        );
        let next: Option<(i64, Option<i64>, Option<i64>)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(notifier)
            .bind(ms(now))
            .fetch_optional(&self.pool)
            .await
            .context("read what is due next")?;
        Ok(next.map(|(due, lease, pause)| at(due.max(lease.unwrap_or(0)).max(pause.unwrap_or(0)))))
    }
}

fn claimed(row: &AnyRow) -> anyhow::Result<Claimed> {
    Ok(Claimed {
        id: row.try_get("id")?,
        event: json(row.try_get("body")?)?,
        notifier: row.try_get("notifier")?,
        recipient: row.try_get("recipient")?,
        destination: row.try_get("destination")?,
        attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
        created_at: at(row.try_get("begun_ms")?),
        payload: row.try_get("payload")?,
        ambiguous: row.try_get::<i64, _>("ambiguous")? != 0,
    })
}
