//! Destinations: pauses, breakers, stops, and what becomes of the deliveries that wait there.

use anyhow::Context;
use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe};

use crate::{
    backoff,
    event::id::derived,
    model::period::Period,
    store::{
        Store,
        outbox::{Address, BY_EDIT, Destination, ON_CARD, Settlement, Strike, Turn},
        rows::{at, count, ms},
    },
};

/// So many failures in a row open the breaker of a destination.
const FAILURES: i64 = 5;

/// Deliveries that are handed to a fallback in one transaction.
const HANDED: usize = 200;

type Row = (Option<i64>, Option<String>, i64, Option<i64>, Option<i64>, Option<String>);

impl Store {
    /// What is known of a destination; nothing is as good as well.
    pub async fn destination(&self, name: &str) -> anyhow::Result<Destination> {
        let found: Option<Row> = sqlx::query_as(
            "SELECT paused_until_ms, stopped_reason, failures, failing_since_ms, opened_ms, last_failure \
             FROM destinations WHERE name = $1",
        )
        .bind(name)
        .fetch_optional(&self.pool)
        .await
        .context("read a destination")?;
        let Some((paused, stopped, failures, since, opened, last_failure)) = found else {
            return Ok(Destination::default());
        };
        Ok(Destination {
            paused_until: paused.map(at),
            stopped,
            failures: count(failures),
            failing_since: since.map(at),
            opened: opened.map(at),
            last_failure,
        })
    }

    /// The destinations that nothing is sent to any more, and why.
    pub async fn stopped(&self) -> anyhow::Result<Vec<(String, String)>> {
        let stopped = sqlx::query_as(
            "SELECT name, stopped_reason FROM destinations WHERE stopped_reason IS NOT NULL ORDER BY name",
        );
        stopped.fetch_all(&self.pool).await.context("read stopped destinations")
    }

    /// The destinations whose breaker is open, and since when they fail.
    pub async fn failing(&self) -> anyhow::Result<Vec<(String, Timestamp)>> {
        let failing: Vec<(String, i64)> = sqlx::query_as(
            "SELECT name, COALESCE(failing_since_ms, opened_ms) FROM destinations WHERE opened_ms IS NOT NULL ORDER BY name",
        )
        .fetch_all(&self.pool)
        .await
        .context("read failing destinations")?;
        Ok(failing.into_iter().map(|(name, since)| (name, at(since))).collect())
    }

    /// When attempts were made at a destination since `since`, as far as a limit per minute counts them.
    pub async fn recent_attempts(&self, destination: &str, since: Timestamp) -> anyhow::Result<Vec<Timestamp>> {
        let mut recent: Vec<i64> = sqlx::query_scalar(
            "SELECT a.at_ms FROM deliveries d JOIN attempts a ON a.delivery_id = d.id \
             WHERE d.settled_ms > $1 AND d.destination = $2 AND a.at_ms > $1",
        )
        .bind(ms(since))
        .bind(destination)
        .fetch_all(&self.pool)
        .await
        .context("read recent attempts")?;
        let open: Vec<i64> = sqlx::query_scalar(
            "SELECT a.at_ms FROM deliveries d JOIN attempts a ON a.delivery_id = d.id \
             WHERE d.state = 'pending' AND d.attempts > 0 AND d.destination = $2 AND a.at_ms > $1",
        )
        .bind(ms(since))
        .bind(destination)
        .fetch_all(&self.pool)
        .await
        .context("read recent attempts")?;
        recent.extend(open);
        recent.sort_unstable();
        Ok(recent.into_iter().map(at).collect())
    }

    /// What is due at a stopped destination becomes a dead letter.
    pub async fn bury_stopped(&self, destination: &str, reason: &str, now: Timestamp) -> anyhow::Result<u64> {
        let buried = sqlx::query(
            "UPDATE deliveries SET state = 'dead', settled_ms = $1, lease_until_ms = NULL, reason = $2 \
             WHERE state = 'pending' AND destination = $3 AND due_ms <= $1 AND (lease_until_ms IS NULL OR lease_until_ms <= $1)",
        )
        .bind(ms(now))
        .bind(reason)
        .bind(destination)
        .execute(&self.pool)
        .await
        .context("bury deliveries of a stopped destination")?;
        Ok(buried.rows_affected())
    }

    /// What has been tried for, or has waited behind an open breaker for, longer than `longest`
    /// becomes a dead letter.
    pub async fn give_up(
        &self,
        destination: &str,
        longest: Period,
        reason: &str,
        now: Timestamp,
    ) -> anyhow::Result<u64> {
        let begun = now.saturating_sub(longest.signed()).unwrap_or(Timestamp::MIN);
        let buried = sqlx::query(
            "UPDATE deliveries SET state = 'dead', settled_ms = $1, lease_until_ms = NULL, reason = $2 \
             WHERE state = 'pending' AND destination = $3 AND begun_ms <= $4 AND planned_ms <= $4 \
             AND (lease_until_ms IS NULL OR lease_until_ms <= $1)",
        )
        .bind(ms(now))
        .bind(reason)
        .bind(destination)
        .bind(ms(begun))
        .execute(&self.pool)
        .await
        .context("give up old deliveries")?;
        Ok(buried.rows_affected())
    }

    /// Gives what is due at a destination to other addresses besides, each event once. What has been
    /// told there already is not told again. Says how many deliveries were made.
    pub async fn hand_on(&self, destination: &str, to: &[Address], now: Timestamp) -> anyhow::Result<u64> {
        let mut made = 0;
        loop {
            let (handed, some) = self.hand_some_on(destination, to, now).await?;
            made += some;
            if handed < HANDED {
                return Ok(made);
            }
        }
    }

    async fn hand_some_on(&self, destination: &str, to: &[Address], now: Timestamp) -> anyhow::Result<(usize, u64)> {
        let mut tx = self.pool.begin().await.context("begin a transaction")?;
        let due: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM deliveries WHERE state = 'pending' AND destination = $1 AND handed_on = 0 \
             AND (planned_ms <= $2 OR due_ms <= $2) AND (lease_until_ms IS NULL OR lease_until_ms <= $2) ORDER BY seq LIMIT $3",
        )
        .bind(destination)
        .bind(ms(now))
        .bind(i64::try_from(HANDED).unwrap_or(i64::MAX))
        .fetch_all(&mut *tx)
        .await
        .context("read what is due")?;
        let mut made = 0;
        for id in &due {
            for address in to {
                made += self.copy(&mut tx, id, address, now).await.context("hand a delivery on")?;
            }
            sqlx::query(
                "UPDATE deliveries SET handed_on = 1, sealed = 1, to_ms = CASE WHEN bundle IS NULL OR to_ms IS NOT NULL THEN to_ms \
                 WHEN bundle_reason IN ('digest', 'quiet') THEN planned_ms ELSE $2 END WHERE id = $1",
            )
            .bind(id)
            .bind(ms(now))
            .execute(&mut *tx)
            .await
            .context("mark a delivery")?;
        }
        tx.commit().await.context("commit")?;
        self.has_made(made);
        Ok((due.len(), made))
    }

    /// A delivery of the same events to another address, less those that it has been given.
    async fn copy(&self, tx: &mut AnyConnection, id: &str, to: &Address, now: Timestamp) -> anyhow::Result<u64> {
        let new = derived("dlv", &["fallback", id, &to.notifier, &to.recipient]);
        // A notifier is never told through itself that it fails.
        // Of a card only the batch's end is worth a message elsewhere; a change of one is worth none.
        let untold = format!(
            "SELECT t.event_id, t.purpose FROM (SELECT m.event_id, \
             CASE WHEN m.purpose = '{ON_CARD}' THEN '' ELSE m.purpose END AS purpose \
             FROM delivery_events m JOIN events e ON e.id = m.event_id \
             WHERE m.delivery_id = $1 AND NOT (e.kind IN ('notifier.failing', 'notifier.recovered') AND e.about = $4) \
             AND m.purpose <> '{BY_EDIT}' AND NOT (m.purpose = '{ON_CARD}' AND e.kind <> 'batch.completed')) t \
             WHERE NOT EXISTS (SELECT 1 FROM delivery_events o WHERE o.event_id = t.event_id AND o.notifier = $2 \
             AND o.recipient = $3 AND o.purpose = t.purpose)"
        );
        let itself = format!("notifier {}", to.notifier);
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT COUNT(*) FROM ({untold}) u")))
            .bind(id)
            .bind(&to.notifier)
            .bind(&to.recipient)
            .bind(&itself)
            .fetch_one(&mut *tx)
            .await?;
        if count == 0 {
            return Ok(0);
        }
        sqlx::query(
            "INSERT INTO deliveries (id, seq, kind, about, notifier, recipient, destination, subject, state, due_ms, planned_ms, \
             attempts, ambiguous, created_ms, begun_ms, bundle_reason, members, sealed, from_ms, to_ms) \
             SELECT $1, $2, CASE WHEN form = 'card' THEN 'batch.completed' ELSE kind END, about, $3, $4, $5, subject, 'pending', $6, $6, 0, 0, $6, $6, bundle_reason, $7, 1, from_ms, \
             CASE WHEN bundle_reason IS NULL OR to_ms IS NOT NULL THEN to_ms WHEN bundle_reason IN ('digest', 'quiet') THEN planned_ms ELSE $6 END \
             FROM deliveries WHERE id = $8 ON CONFLICT (id) DO NOTHING",
        )
        .bind(&new)
        .bind(self.next_seq(now))
        .bind(&to.notifier)
        .bind(&to.recipient)
        .bind(&to.destination)
        .bind(ms(now))
        .bind(count)
        .bind(id)
        .execute(&mut *tx)
        .await?;
        sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO delivery_events (event_id, notifier, recipient, purpose, delivery_id) \
             SELECT u.event_id, $2, $3, u.purpose, $5 FROM ({untold}) u"
        )))
        .bind(id)
        .bind(&to.notifier)
        .bind(&to.recipient)
        .bind(&itself)
        .bind(&new)
        .execute(tx)
        .await?;
        Ok(1)
    }
}

pub(super) async fn put_pause(tx: &mut AnyConnection, destination: &str, until: Timestamp) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO destinations (name, paused_until_ms) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET paused_until_ms = \
         CASE WHEN destinations.paused_until_ms > excluded.paused_until_ms THEN destinations.paused_until_ms \
         ELSE excluded.paused_until_ms END",
    )
    .bind(destination)
    .bind(ms(until))
    .execute(tx)
    .await?;
    Ok(())
}

/// Counts failures in a row, opens and closes the breaker, and stops what is gone.
pub(super) async fn strike(
    tx: &mut AnyConnection,
    settlement: &Settlement<'_>,
    ended: Timestamp,
) -> anyhow::Result<Option<Turn>> {
    let turn = match (settlement.effect.strike, &settlement.effect.stop) {
        (_, Some(reason)) => stop(tx, settlement.destination, reason, ended).await?,
        (Strike::Failed | Strike::Refused, None) => failed(tx, settlement, ended).await?,
        (Strike::Alive, None) => alive(tx, settlement.destination, ended).await?,
        (Strike::Unasked, None) => None,
    };
    Ok(turn)
}

async fn failed(tx: &mut AnyConnection, settlement: &Settlement<'_>, ended: Timestamp) -> anyhow::Result<Option<Turn>> {
    let (failures, since, opened): (i64, i64, Option<i64>) = sqlx::query_as(
        "INSERT INTO destinations (name, failures, failing_since_ms, last_failure) VALUES ($1, 1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET failures = destinations.failures + 1, \
         failing_since_ms = COALESCE(destinations.failing_since_ms, excluded.failing_since_ms), last_failure = excluded.last_failure \
         RETURNING failures, failing_since_ms, opened_ms",
    )
    .bind(settlement.destination)
    .bind(ms(ended))
    .bind(settlement.attempt.note.replace('\0', "\u{fffd}"))
    .fetch_one(&mut *tx)
    .await?;
    if failures < FAILURES {
        return Ok(None);
    }
    // From now on only probes go out: one after each pause where nothing gets through.
    if settlement.effect.strike == Strike::Failed {
        let probe = backoff::probe_after(opened.map_or(ended, at), ended);
        put_pause(tx, settlement.destination, probe).await?;
    }
    if opened.is_some() {
        return Ok(None);
    }
    open(tx, settlement.destination, ended).await?;
    let reason = settlement.attempt.note.clone();
    Ok(Some(Turn { opened: true, since: at(since), failures: count(failures), reason }))
}

async fn stop(
    tx: &mut AnyConnection,
    destination: &str,
    reason: &str,
    ended: Timestamp,
) -> anyhow::Result<Option<Turn>> {
    let (failures, since, opened): (i64, i64, Option<i64>) = sqlx::query_as(
        "INSERT INTO destinations (name, failures, failing_since_ms, last_failure, stopped_reason) VALUES ($1, 1, $2, $3, $3) \
         ON CONFLICT (name) DO UPDATE SET failures = destinations.failures + 1, stopped_reason = excluded.stopped_reason, \
         failing_since_ms = COALESCE(destinations.failing_since_ms, excluded.failing_since_ms), last_failure = excluded.last_failure \
         RETURNING failures, failing_since_ms, opened_ms",
    )
    .bind(destination)
    .bind(ms(ended))
    .bind(reason)
    .fetch_one(&mut *tx)
    .await?;
    if opened.is_some() {
        return Ok(None);
    }
    open(tx, destination, ended).await?;
    Ok(Some(Turn { opened: true, since: at(since), failures: count(failures), reason: reason.to_owned() }))
}

async fn open(tx: &mut AnyConnection, destination: &str, at: Timestamp) -> anyhow::Result<()> {
    sqlx::query("UPDATE destinations SET opened_ms = $1 WHERE name = $2")
        .bind(ms(at))
        .bind(destination)
        .execute(tx)
        .await?;
    Ok(())
}

/// Closes the breaker. What waits for its next try is due at once, as far as the destination allows.
async fn alive(tx: &mut AnyConnection, destination: &str, now: Timestamp) -> anyhow::Result<Option<Turn>> {
    let closed: Option<(i64, i64, Option<String>)> = sqlx::query_as(
        "UPDATE destinations SET opened_ms = NULL WHERE name = $1 AND opened_ms IS NOT NULL \
         RETURNING failures, failing_since_ms, last_failure",
    )
    .bind(destination)
    .fetch_optional(&mut *tx)
    .await?;
    sqlx::query(
        "UPDATE destinations SET failures = 0, failing_since_ms = NULL, last_failure = NULL WHERE name = $1 AND failures > 0",
    )
    .bind(destination)
    .execute(&mut *tx)
    .await?;
    let Some((failures, since, reason)) = closed else { return Ok(None) };
    sqlx::query(
        "UPDATE deliveries SET due_ms = CASE WHEN not_before_ms > $1 THEN not_before_ms ELSE $1 END \
         WHERE state = 'pending' AND destination = $2 AND attempts > 0 AND due_ms > $1 AND lease_until_ms IS NULL",
    )
    .bind(ms(now))
    .bind(destination)
    .execute(tx)
    .await?;
    Ok(Some(Turn { opened: false, since: at(since), failures: count(failures), reason: reason.unwrap_or_default() }))
}
