//! What becomes of a claimed delivery, and of its destination.

use anyhow::Context;
use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use crate::store::{
    Store,
    records::{Attempt, Next},
    rows::{ms, placeholders},
};

const IDS: usize = 500;

impl Store {
    /// Keeps the rendered payload of a claimed delivery.
    pub async fn keep_payload(&self, id: &str, payload: &str) -> anyhow::Result<()> {
        sqlx::query("UPDATE deliveries SET payload = $1 WHERE id = $2")
            .bind(payload)
            .bind(id)
            .execute(&self.pool)
            .await
            .context("keep a rendered message")?;
        Ok(())
    }

    /// Ends the lease: records the attempt and how the delivery goes on. `ambiguous` marks it as
    /// possibly repeated from now on. A yes always counts; anything else not once another process,
    /// after our lease, has brought the delivery to its end.
    pub async fn settle(&self, id: &str, attempt: &Attempt, next: &Next, ambiguous: bool) -> anyhow::Result<()> {
        let clean = |text: &str| text.replace('\0', "\u{fffd}");
        let ended = ms(attempt.at).saturating_add(i64::try_from(attempt.took_ms).unwrap_or(0));
        let (state, due, settled, reason, remote_id) = match next {
            Next::Delivered { remote_id } => ("delivered", None, Some(ended), None, remote_id.as_deref().map(clean)),
            Next::Again { due } => ("pending", Some(ms(*due)), None, None, None),
            Next::Dead { reason } => ("dead", None, Some(ended), Some(clean(reason)), None),
        };
        let mut tx = self.pool.begin().await.context("begin a transaction")?;
        sqlx::query(
            "UPDATE deliveries SET state = $1, due_ms = COALESCE($2, due_ms), lease_until_ms = NULL, attempts = attempts + 1, \
             ambiguous = CASE WHEN $3 = 1 THEN 1 ELSE ambiguous END, settled_ms = $4, reason = $5, remote_id = $6 \
             WHERE id = $7 AND (state = 'pending' OR $1 = 'delivered')",
        )
        .bind(state)
        .bind(due)
        .bind(i64::from(ambiguous))
        .bind(settled)
        .bind(reason)
        .bind(remote_id)
        .bind(id)
        .execute(&mut *tx)
        .await
        .context("settle a delivery")?;
        sqlx::query(
            "INSERT INTO attempts (delivery_id, seq, at_ms, took_ms, verdict, note) \
             SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4, $5 FROM attempts WHERE delivery_id = $1",
        )
        .bind(id)
        .bind(ms(attempt.at))
        .bind(i64::try_from(attempt.took_ms).unwrap_or(i64::MAX))
        .bind(&attempt.verdict)
        .bind(clean(&attempt.note))
        .execute(&mut *tx)
        .await
        .context("write down an attempt")?;
        tx.commit().await.context("commit")
    }

    /// Nothing is claimed for the destination before `until`; a longer pause stays.
    pub async fn pause(&self, destination: &str, until: Timestamp) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO destinations (name, paused_until_ms) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET paused_until_ms = \
             CASE WHEN destinations.paused_until_ms > excluded.paused_until_ms THEN destinations.paused_until_ms \
             ELSE excluded.paused_until_ms END",
        )
        .bind(destination)
        .bind(ms(until))
        .execute(&self.pool)
        .await
        .context("pause a destination")?;
        Ok(())
    }

    /// Nothing is sent to the destination any more: its pending deliveries become dead letters
    /// with `reason`, as do later ones when they come due, until one of them is replayed.
    pub async fn stop(&self, destination: &str, reason: &str, now: Timestamp) -> anyhow::Result<u64> {
        let mut tx = self.pool.begin().await.context("begin a transaction")?;
        sqlx::query(
            "INSERT INTO destinations (name, stopped_reason) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET stopped_reason = excluded.stopped_reason",
        )
        .bind(destination)
        .bind(reason)
        .execute(&mut *tx)
        .await
        .context("stop a destination")?;
        let dead = sqlx::query(
            "UPDATE deliveries SET state = 'dead', reason = $1, settled_ms = $2 \
             WHERE state = 'pending' AND destination = $3 AND (lease_until_ms IS NULL OR lease_until_ms <= $2)",
        )
        .bind(reason)
        .bind(ms(now))
        .bind(destination)
        .execute(&mut *tx)
        .await
        .context("bury its deliveries")?;
        tx.commit().await.context("commit")?;
        Ok(dead.rows_affected())
    }

    /// The destinations that nothing is sent to any more, and why.
    pub async fn stopped(&self) -> anyhow::Result<Vec<(String, String)>> {
        let stopped = sqlx::query_as(
            "SELECT name, stopped_reason FROM destinations WHERE stopped_reason IS NOT NULL ORDER BY name",
        );
        stopped.fetch_all(&self.pool).await.context("read stopped destinations")
    }

    /// Deliveries of notifiers that are no longer configured become dead letters.
    pub async fn abandon_all_but(&self, notifiers: &[String], now: Timestamp) -> anyhow::Result<u64> {
        let among = if notifiers.is_empty() { "''".to_owned() } else { placeholders(2, notifiers.len()) };
        let sql = format!(
            "UPDATE deliveries SET state = 'dead', settled_ms = $1, lease_until_ms = NULL, \
             reason = 'no notifier of this name is configured any more' \
             WHERE state = 'pending' AND notifier NOT IN ({among})"
        );
        let query =
            notifiers.iter().fold(sqlx::query(AssertSqlSafe(sql)).bind(ms(now)), |query, name| query.bind(name));
        Ok(query.execute(&self.pool).await.context("abandon deliveries")?.rows_affected())
    }

    /// Makes dead or delivered deliveries pending again, due now, and un-stops their destinations.
    /// With `render_again` the stored payload is dropped. Says how many.
    pub async fn replay(&self, ids: &[&str], now: Timestamp, render_again: bool) -> anyhow::Result<u64> {
        let mut replayed = 0;
        let mut tx = self.pool.begin().await.context("begin a transaction")?;
        for some in ids.chunks(IDS) {
            let among = placeholders(3, some.len());
            let sql = format!(
                "UPDATE deliveries SET state = 'pending', due_ms = $1, begun_ms = $1, attempts = 0, ambiguous = 0, \
                 settled_ms = NULL, reason = NULL, lease_until_ms = NULL, \
                 payload = CASE WHEN $2 = 1 THEN NULL ELSE payload END WHERE state <> 'pending' AND id IN ({among})"
            );
            let query = sqlx::query(AssertSqlSafe(sql)).bind(ms(now)).bind(i64::from(render_again));
            let query = some.iter().fold(query, |query, id| query.bind(*id));
            replayed += query.execute(&mut *tx).await.context("replay deliveries")?.rows_affected();
            let among = placeholders(1, some.len());
            let sql = format!(
                "UPDATE destinations SET stopped_reason = NULL WHERE stopped_reason IS NOT NULL \
                 AND name IN (SELECT destination FROM deliveries WHERE id IN ({among}))"
            );
            let query = some.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(*id));
            query.execute(&mut *tx).await.context("use destinations again")?;
        }
        tx.commit().await.context("commit")?;
        Ok(replayed)
    }
}
