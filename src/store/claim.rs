//! Claiming due deliveries, so that each is sent by one process at a time and in order per subject.

use std::collections::HashMap;

use anyhow::Context;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use crate::{
    event::{
        Event,
        digest::{Heading, Previous, Reason, Totals, compose},
        id::derived,
        kind::Kind,
    },
    model::period::Period,
    route::form::Form,
    store::{
        Store,
        outbox::{Address, Claimed},
        rows::{at, json, ms, placeholders},
    },
};

/// No earlier delivery about the same subject still waits for the same recipient.
const IS_NEXT: &str = "NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.state = 'pending' AND e.notifier = d.notifier \
     AND e.recipient = d.recipient AND e.subject = d.subject AND e.seq < d.seq)";

impl Store {
    /// Claims up to `limit` due deliveries of a notifier for `lease`: not paused, not leased, and
    /// next in order about their subject. Fresh ones come before retries. A bundle that is claimed
    /// is closed: no more events join it.
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
        // The condition stands twice on purpose: on PostgreSQL, a row that another worker claimed
        // between the inner and the outer look would otherwise be claimed again.
        let sql = format!(
            "UPDATE deliveries SET lease_until_ms = $1, ambiguous = CASE WHEN lease_until_ms IS NULL THEN ambiguous ELSE 1 END, \
             sealed = 1, to_ms = CASE WHEN bundle IS NULL OR to_ms IS NOT NULL THEN to_ms \
             WHEN bundle_reason IN ('digest', 'quiet') THEN planned_ms ELSE $3 END \
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
        let among = placeholders(1, ids.len());
        let sql = format!(
            "SELECT m.delivery_id, e.body FROM delivery_events m JOIN events e ON e.id = m.event_id WHERE m.delivery_id IN ({among})"
        );
        let query =
            ids.iter().fold(sqlx::query_as::<_, (String, String)>(AssertSqlSafe(sql)), |query, id| query.bind(id));
        let mut members: HashMap<String, Vec<String>> = HashMap::new();
        for (delivery, body) in query.fetch_all(&self.pool).await.context("read what is told")? {
            members.entry(delivery).or_default().push(body);
        }
        let sql = format!(
            "SELECT id, about, notifier, recipient, destination, attempts, begun_ms, payload, ambiguous, stream, bundle, \
             bundle_reason, bundle_value, form, from_ms, to_ms FROM deliveries WHERE id IN ({among}) ORDER BY CASE WHEN attempts = 0 THEN 0 ELSE 1 END, due_ms, seq"
        );
        let query = ids.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(id));
        let mut readable = Vec::with_capacity(ids.len());
        for row in &query.fetch_all(&self.pool).await.context("read claimed deliveries")? {
            let id: &str = row.try_get("id")?;
            let previous = self.previous(row).await?;
            match claimed(row, members.remove(id).unwrap_or_default(), previous) {
                Ok(mut one) => {
                    one.posted = self.posted(one.form, &one.event, &one.address()).await?;
                    self.keep_totals(&one).await?;
                    readable.push(one);
                }
                Err(error) => self.bury_unreadable(id, &error).await?,
            }
        }
        Ok(readable)
    }

    /// What the digest before counted. None for the parts of a period that one digest did not hold:
    /// they cannot be compared.
    async fn previous(&self, row: &AnyRow) -> anyhow::Result<Option<Previous>> {
        if row.try_get::<Option<&str>, _>("bundle_reason")? != Some(Reason::Digest.as_str()) {
            return Ok(None);
        }
        let parts: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM deliveries WHERE bundle = $1")
            .bind(row.try_get::<Option<&str>, _>("bundle")?)
            .fetch_one(&self.pool)
            .await
            .context("count the parts of a digest")?;
        if parts > 1 {
            return Ok(None);
        }
        let alike = "stream = $1 AND bundle_reason = 'digest' AND bundle_value = $2";
        let sql = format!(
            "SELECT from_ms, planned_ms, totals FROM deliveries WHERE {alike} AND planned_ms = \
             (SELECT MAX(planned_ms) FROM deliveries WHERE {alike} AND planned_ms <= $3)"
        );
        let rows: Vec<(i64, i64, Option<String>)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(row.try_get::<Option<&str>, _>("stream")?)
            .bind(row.try_get::<Option<&str>, _>("bundle_value")?)
            .bind(row.try_get::<Option<i64>, _>("from_ms")?)
            .fetch_all(&self.pool)
            .await
            .context("read the digest before")?;
        let mut previous: Option<Previous> = None;
        for (from, to, totals) in rows {
            // From before such counts were kept.
            let Some(totals) = totals else { return Ok(None) };
            let empty = Previous { from: at(from), to: at(to), totals: Totals::default() };
            previous.get_or_insert(empty).totals.add(json(&totals)?);
        }
        Ok(previous)
    }

    /// Writes down what a digest counts, for the one after it.
    async fn keep_totals(&self, claimed: &Claimed) -> anyhow::Result<()> {
        let digest = claimed.event.digest().filter(|digest| digest.reason == Reason::Digest);
        let Some(digest) = digest else { return Ok(()) };
        sqlx::query("UPDATE deliveries SET totals = $1 WHERE id = $2")
            .bind(serde_json::to_string(&digest.totals())?)
            .bind(&claimed.id)
            .execute(&self.pool)
            .await
            .context("keep what a digest counts")?;
        Ok(())
    }

    /// A delivery whose event cannot be read must not keep the others waiting.
    async fn bury_unreadable(&self, id: &str, error: &anyhow::Error) -> anyhow::Result<()> {
        tracing::error!(delivery.id = id, "Gave up a delivery whose event cannot be read: {error:#}");
        sqlx::query(
            "UPDATE deliveries SET state = 'dead', lease_until_ms = NULL, settled_ms = begun_ms, reason = 'its event cannot be read' WHERE id = $1",
        )
        .bind(id)
        .execute(&self.pool)
        .await
        .context("bury a delivery")?;
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

impl Claimed {
    pub fn address(&self) -> Address {
        let (notifier, recipient) = (self.notifier.clone(), self.recipient.clone());
        Address { notifier, recipient, destination: self.destination.clone() }
    }
}

fn claimed(row: &AnyRow, members: Vec<String>, previous: Option<Previous>) -> anyhow::Result<Claimed> {
    Ok(Claimed {
        id: row.try_get("id")?,
        event: told(row, members, previous)?,
        notifier: row.try_get("notifier")?,
        recipient: row.try_get("recipient")?,
        destination: row.try_get("destination")?,
        attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
        created_at: at(row.try_get("begun_ms")?),
        payload: row.try_get("payload")?,
        ambiguous: row.try_get::<i64, _>("ambiguous")? != 0,
        form: row.try_get::<&str, _>("form")?.parse::<Form>().map_err(anyhow::Error::msg)?,
        posted: None,
    })
}

/// The one event, or the digest of all. A bundle that only one event came to is told as that event.
pub(super) fn told(row: &AnyRow, members: Vec<String>, previous: Option<Previous>) -> anyhow::Result<Event> {
    let events: Vec<Event> = members.iter().map(|body| json(body)).collect::<anyhow::Result<_>>()?;
    let reason: Option<&str> = row.try_get("bundle_reason")?;
    let reason = reason.map(|word| word.parse::<Reason>().map_err(anyhow::Error::msg)).transpose()?;
    match reason {
        Some(reason) if reason == Reason::Digest || events.len() != 1 => {
            let from = at(row.try_get::<Option<i64>, _>("from_ms")?.unwrap_or_default());
            let to = at(row.try_get::<Option<i64>, _>("to_ms")?.unwrap_or_default()).max(from);
            let id = derived("evt", &["digest", row.try_get("id")?]);
            Ok(compose(&Heading { id: &id, route: row.try_get("about")?, reason, from, to, previous }, events))
        }
        // A card shows the latest of what it was told; a batch's end is the last, whatever the clock says.
        _ => events
            .into_iter()
            .max_by_key(|event| (event.kind == Kind::BatchCompleted, event.observed_at))
            .context("find the event of a delivery"),
    }
}
