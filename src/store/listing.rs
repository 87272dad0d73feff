//! What operators ask for: calls and events, by filters.

use anyhow::Context;
use sqlx::AssertSqlSafe;

use crate::{
    event::Event,
    store::{
        Store,
        records::{CallFilter, CallRecord, EventFilter, Routed},
        rows::{self, CALL_COLUMNS, count, ms, phase_word},
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

    /// Events about a call or batch, oldest first: those `limit` that matter most, which leaves out
    /// progress first. Unreadable ones are left out.
    pub async fn events_about(&self, about: &str, limit: u32) -> anyhow::Result<Vec<Routed>> {
        let found = sqlx::query_as(
            "SELECT body, routed_by FROM events WHERE about = $1 \
             ORDER BY CASE WHEN kind = 'batch.progress' THEN 1 ELSE 0 END, observed_ms DESC, id LIMIT $2",
        );
        let found = found.bind(about).bind(i64::from(limit)).fetch_all(&self.pool).await.context("read events")?;
        let mut events: Vec<Routed> = found.into_iter().filter_map(routed).collect();
        events.sort_by_key(|routed| routed.event.observed_at);
        Ok(events)
    }

    /// How many events there are about a call or batch.
    pub async fn count_events(&self, about: &str) -> anyhow::Result<u64> {
        let number = sqlx::query_scalar("SELECT COUNT(*) FROM events WHERE about = $1").bind(about);
        number.fetch_one(&self.pool).await.map(count).context("count events")
    }

    /// One event by its id.
    pub async fn event(&self, id: &str) -> anyhow::Result<Option<Routed>> {
        let found = sqlx::query_as("SELECT body, routed_by FROM events WHERE id = $1").bind(id);
        Ok(found.fetch_optional(&self.pool).await.context("read an event")?.and_then(routed))
    }
}

fn routed((body, routed_by): (String, Option<String>)) -> Option<Routed> {
    Some(Routed { event: rows::json(&body).ok()?, routed_by })
}
