//! What operators ask for: calls, events, deliveries and their attempts, by filters.

use anyhow::Context;
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use crate::{
    event::Event,
    store::{
        Store,
        records::{Attempt, CallFilter, CallRecord, DeliveryFilter, DeliveryRow, EventFilter},
        rows::{self, CALL_COLUMNS, at, count, ms, phase_word, placeholders, state_word},
    },
};

/// Rows where no limit is given.
const ALL: i64 = i64::MAX;

impl Store {
    /// Newest first.
    pub async fn list_calls(&self, filter: &CallFilter) -> anyhow::Result<Vec<CallRecord>> {
        let sql = format!(
            "SELECT {CALL_COLUMNS} FROM calls WHERE ($1 = '' OR account = $1) AND ($2 = '' OR batch_id = $2) \
             AND ($3 = '' OR phase = $3) AND ($4 = '' OR outcome = $4) AND ($5 = '' OR call_id = $5) \
             ORDER BY updated_ms DESC, call_id LIMIT $6"
        );
        let found = sqlx::query(AssertSqlSafe(sql))
            .bind(filter.account.as_deref().unwrap_or(""))
            .bind(filter.batch_id.as_deref().unwrap_or(""))
            .bind(filter.phase.map_or("", phase_word))
            .bind(filter.outcome.map_or("", |outcome| outcome.as_str()))
            .bind(filter.id.as_deref().unwrap_or(""))
            .bind(filter.limit.map_or(ALL, i64::from))
            .fetch_all(&self.pool)
            .await
            .context("list calls")?;
        found.iter().map(rows::call).collect()
    }

    /// Newest first.
    pub async fn list_events(&self, filter: &EventFilter) -> anyhow::Result<Vec<Event>> {
        let bodies: Vec<String> = sqlx::query_scalar(
            "SELECT body FROM events WHERE ($1 = '' OR kind = $1) AND ($2 = '' OR about = $2) AND observed_ms >= $3 \
             ORDER BY observed_ms DESC, id LIMIT $4",
        )
        .bind(filter.kind.as_deref().unwrap_or(""))
        .bind(filter.about.as_deref().unwrap_or(""))
        .bind(filter.since.map_or(i64::MIN, ms))
        .bind(filter.limit.map_or(ALL, i64::from))
        .fetch_all(&self.pool)
        .await
        .context("list events")?;
        bodies.iter().map(|body| rows::json(body)).collect()
    }

    /// Newest first; with ids, only those.
    pub async fn deliveries(&self, filter: &DeliveryFilter) -> anyhow::Result<Vec<DeliveryRow>> {
        let among = if filter.ids.is_empty() {
            String::new()
        } else {
            format!("AND d.id IN ({})", placeholders(6, filter.ids.len()))
        };
        let sql = format!(
            "SELECT d.id, d.event_id, e.kind, e.about, d.notifier, d.recipient, d.destination, d.state, d.due_ms, d.created_ms, \
             d.settled_ms, d.attempts, d.ambiguous, d.reason, d.remote_id, d.payload \
             FROM deliveries d JOIN events e ON e.id = d.event_id WHERE ($1 = '' OR d.state = $1) AND ($2 = '' OR d.notifier = $2) \
             AND d.created_ms >= $3 AND ($4 = '' OR e.about = $4) {among} ORDER BY d.seq DESC LIMIT $5"
        );
        let query = sqlx::query(AssertSqlSafe(sql))
            .bind(filter.state.map_or("", state_word))
            .bind(filter.notifier.as_deref().unwrap_or(""))
            .bind(filter.since.map_or(i64::MIN, ms))
            .bind(filter.about.as_deref().unwrap_or(""))
            .bind(filter.limit.map_or(ALL, i64::from));
        let query = filter.ids.iter().fold(query, |query, id| query.bind(id));
        query.fetch_all(&self.pool).await.context("list deliveries")?.iter().map(delivery).collect()
    }

    /// The attempts at a delivery, first to last.
    pub async fn attempts(&self, delivery: &str) -> anyhow::Result<Vec<Attempt>> {
        let found: Vec<(i64, i64, String, String)> =
            sqlx::query_as("SELECT at_ms, took_ms, verdict, note FROM attempts WHERE delivery_id = $1 ORDER BY seq")
                .bind(delivery)
                .fetch_all(&self.pool)
                .await
                .context("list attempts")?;
        let attempt =
            |(at_ms, took, verdict, note)| Attempt { at: at(at_ms), took_ms: count(took), verdict, status: None, note };
        Ok(found.into_iter().map(attempt).collect())
    }
}

fn delivery(row: &AnyRow) -> anyhow::Result<DeliveryRow> {
    Ok(DeliveryRow {
        id: row.try_get("id")?,
        event_id: row.try_get("event_id")?,
        event_kind: row.try_get("kind")?,
        about: row.try_get("about")?,
        notifier: row.try_get("notifier")?,
        recipient: row.try_get("recipient")?,
        destination: row.try_get("destination")?,
        state: rows::state(row.try_get("state")?)?,
        due: at(row.try_get("due_ms")?),
        created_at: at(row.try_get("created_ms")?),
        settled_at: row.try_get::<Option<i64>, _>("settled_ms")?.map(at),
        attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
        ambiguous: row.try_get::<i64, _>("ambiguous")? != 0,
        reason: row.try_get("reason")?,
        remote_id: row.try_get("remote_id")?,
        payload: row.try_get("payload")?,
    })
}
