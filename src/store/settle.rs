//! What becomes of a claimed delivery, and of its destination.

use anyhow::Context;
use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe};

use crate::{
    route::form::Form,
    store::{
        Store,
        destinations::{put_pause, strike},
        outbox::{Next, Settlement, Turn},
        posts::{card_shown, card_waits},
        records::Told,
        rows::{ms, placeholders},
    },
};

impl Store {
    /// Keeps the rendered payloads of claimed deliveries: ids and bytes.
    pub async fn keep_payloads(&self, payloads: &[(String, String)]) -> anyhow::Result<()> {
        if payloads.is_empty() {
            return Ok(());
        }
        let mut tx = self.pool.begin().await.context("begin a transaction")?;
        for (id, payload) in payloads {
            sqlx::query("UPDATE deliveries SET payload = $1 WHERE id = $2")
                .bind(payload)
                .bind(id)
                .execute(&mut *tx)
                .await
                .context("keep a rendered message")?;
        }
        tx.commit().await.context("commit")
    }

    /// Ends leases: records each attempt, how the delivery goes on, and what it means for the
    /// destination, all at once. `ambiguous` marks it as possibly repeated from now on. A yes always
    /// counts; anything else not once another process, after our lease, has brought the delivery to
    /// its end. `tell` makes the event where a destination's breaker opens or closes; those turns are
    /// given back.
    pub async fn settle(
        &self,
        settlements: &[Settlement<'_>],
        tell: &(dyn Fn(&Turn, Timestamp) -> Told + Send + Sync),
    ) -> anyhow::Result<Vec<Turn>> {
        let (mut turns, mut made) = (Vec::new(), 0);
        let mut tx = self.pool.begin().await.context("begin a transaction")?;
        for settlement in settlements {
            let ended = settlement.ended();
            put_next(&mut tx, settlement, ended).await.context("settle a delivery")?;
            put_attempt(&mut tx, settlement).await.context("write down an attempt")?;
            if settlement.form == Form::Card && matches!(settlement.next, Next::Delivered { .. }) {
                card_shown(&mut tx, settlement.id, ended).await.context("settle a card")?;
            }
            for (destination, until) in &settlement.effect.pauses {
                put_pause(&mut tx, destination, *until).await.context("pause a destination")?;
            }
            if let Some(turn) = strike(&mut tx, settlement, ended).await.context("judge a destination")? {
                made += self.put_told(&mut tx, &tell(&turn, ended), ended).await?.deliveries;
                turns.push(turn);
            }
        }
        tx.commit().await.context("commit")?;
        self.has_made(made);
        Ok(turns)
    }

    /// Nothing is claimed for the destination before `until`; a longer pause stays.
    pub async fn pause(&self, destination: &str, until: Timestamp) -> anyhow::Result<()> {
        let mut connection = self.pool.acquire().await.context("connect")?;
        put_pause(&mut connection, destination, until).await.context("pause a destination")
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
}

async fn put_next(tx: &mut AnyConnection, settlement: &Settlement<'_>, ended: Timestamp) -> anyhow::Result<()> {
    let (state, due, not_before, settled, reason, remote_id) = match settlement.next {
        Next::Delivered { remote_id } => ("delivered", None, None, Some(ended), None, remote_id.as_deref().map(clean)),
        Next::Again { due, not_before } => ("pending", Some(*due), *not_before, None, None, None),
        Next::Dead { reason } => ("dead", None, None, Some(ended), Some(clean(reason)), None),
    };
    sqlx::query(
        "UPDATE deliveries SET state = $1, due_ms = COALESCE($2, due_ms), not_before_ms = $3, lease_until_ms = NULL, \
         attempts = attempts + 1, ambiguous = CASE WHEN $4 = 1 THEN 1 ELSE ambiguous END, settled_ms = $5, reason = $6, \
         remote_id = $7 WHERE id = $8 AND (state = 'pending' OR $1 = 'delivered')",
    )
    .bind(state)
    .bind(due.map(ms))
    .bind(not_before.map(ms))
    .bind(i64::from(settlement.ambiguous))
    .bind(settled.map(ms))
    .bind(reason)
    .bind(remote_id)
    .bind(settlement.id)
    .execute(&mut *tx)
    .await?;
    if settlement.form == Form::Card && matches!(settlement.next, Next::Again { .. }) {
        card_waits(tx, settlement.id).await?;
    }
    Ok(())
}

/// A delivery that was forgotten while it was being sent has no log.
async fn put_attempt(tx: &mut AnyConnection, settlement: &Settlement<'_>) -> anyhow::Result<()> {
    let attempt = settlement.attempt;
    sqlx::query(
        "INSERT INTO attempts (delivery_id, seq, at_ms, took_ms, verdict, status, note) \
         SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4, $5, $6 FROM attempts WHERE delivery_id = $1 \
         HAVING EXISTS (SELECT 1 FROM deliveries WHERE id = $1)",
    )
    .bind(settlement.id)
    .bind(ms(attempt.at))
    .bind(i64::try_from(attempt.took_ms).unwrap_or(i64::MAX))
    .bind(&attempt.verdict)
    .bind(attempt.status.map(i64::from))
    .bind(clean(&attempt.note))
    .execute(tx)
    .await?;
    Ok(())
}

/// PostgreSQL takes no zero characters in texts.
fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
