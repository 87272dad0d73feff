//! Pruning: facts that were settled long ago go, a few rows at a time.
//!
//! Each step looks at the next rows in the order of their time, whether they may go or not, so that
//! it takes the same few milliseconds however much there is, and however much of it must stay.

mod subjects;

use std::collections::{BTreeMap, HashSet};

use anyhow::Context;
use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe, Row, any::AnyRow};

use crate::store::{
    Store,
    rows::{ms, placeholders},
};

/// What may go.
#[derive(Debug, Clone)]
pub struct Rules {
    /// What was settled, and created, before.
    pub before: Timestamp,
    /// Account and id of calls and batches that stay, as they are asked for by id.
    pub named: HashSet<(String, String)>,
    /// Of these accounts only what was created before: a list may show what is younger for the
    /// first time yet.
    pub horizons: BTreeMap<String, Timestamp>,
    /// Destinations that are in use.
    pub destinations: HashSet<String>,
}

/// How far pruning has come; it begins anew when it is through.
#[derive(Debug, Clone, Default)]
pub struct Round {
    stage: Stage,
    after: Cursor,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Deliveries,
    Events,
    Calls,
    Batches,
    Destinations,
}

#[derive(Debug, Clone)]
struct Cursor {
    ms: i64,
    account: String,
    id: String,
}

/// What one step deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    pub deliveries: u64,
    pub events: u64,
    pub calls: u64,
    pub batches: u64,
    pub destinations: u64,
    /// The round is not through yet.
    pub more: bool,
}

/// What a step of one stage did, and where the next one goes on.
struct Step {
    gone: u64,
    next: Option<Cursor>,
}

impl Store {
    /// Takes one step of a round, which looks at `limit` rows.
    pub async fn prune_once(&self, rules: &Rules, round: &mut Round, limit: u32) -> anyhow::Result<Pruned> {
        let mut pruned = Pruned::default();
        let (step, count, then) = match round.stage {
            Stage::Deliveries => {
                (self.prune_deliveries(rules, &round.after, limit).await?, &mut pruned.deliveries, Stage::Events)
            }
            Stage::Events => (self.prune_events(rules, &round.after, limit).await?, &mut pruned.events, Stage::Calls),
            Stage::Calls => (self.prune_calls(rules, &round.after, limit).await?, &mut pruned.calls, Stage::Batches),
            Stage::Batches => {
                (self.prune_batches(rules, &round.after, limit).await?, &mut pruned.batches, Stage::Destinations)
            }
            Stage::Destinations => (self.prune_destinations(rules).await?, &mut pruned.destinations, Stage::Deliveries),
        };
        *count = step.gone;
        pruned.more = step.next.is_some() || then != Stage::Deliveries;
        *round = match step.next {
            Some(after) => Round { stage: round.stage, after },
            None => Round { stage: then, after: Cursor::default() },
        };
        Ok(pruned)
    }

    /// A delivery goes when all others of its events can go too: whoever compares events with what
    /// was told of them finds all or nothing.
    async fn prune_deliveries(&self, rules: &Rules, after: &Cursor, limit: u32) -> anyhow::Result<Step> {
        let page: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT id, settled_ms, members FROM deliveries WHERE settled_ms < $1 AND (settled_ms, id) > ($2, $3) \
             ORDER BY settled_ms, id LIMIT $4",
        )
        .bind(ms(rules.before))
        .bind(after.ms)
        .bind(&after.id)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await
        .context("read old deliveries")?;
        let some = within(&page, i64::from(limit));
        let next = some.last().filter(|_| some.len() < page.len() || is_full(&page, limit));
        let next = next.map(|(id, ms, _)| Cursor { ms: *ms, account: String::new(), id: id.clone() });
        let ids: Vec<&str> = some.iter().map(|(id, ..)| id.as_str()).collect();
        let free = self.free(&ids, rules).await?;
        Ok(Step { gone: self.delete_deliveries(&free, rules).await.context("prune deliveries")?, next })
    }

    /// Those deliveries whose events are told to nobody else who is still to be told, or was lately.
    async fn free(&self, ids: &[&str], rules: &Rules) -> anyhow::Result<Vec<String>> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let sql = format!(
            "SELECT d.id FROM deliveries d WHERE d.id IN ({}) AND NOT EXISTS (SELECT 1 FROM delivery_events m \
             JOIN delivery_events o ON o.event_id = m.event_id JOIN deliveries x ON x.id = o.delivery_id \
             WHERE m.delivery_id = d.id AND (x.settled_ms IS NULL OR x.settled_ms >= $1))",
            placeholders(2, ids.len())
        );
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(ms(rules.before));
        let query = ids.iter().fold(query, |query, id| query.bind(*id));
        query.fetch_all(&self.pool).await.context("read what else is told")
    }

    async fn delete_deliveries(&self, ids: &[String], rules: &Rules) -> anyhow::Result<u64> {
        if ids.is_empty() {
            return Ok(0);
        }
        let mut tx = self.pool.begin().await?;
        // Changes nothing, but from here on no other process can replay them.
        let sql = format!(
            "UPDATE deliveries SET sealed = sealed WHERE settled_ms < $1 AND id IN ({}) RETURNING id",
            placeholders(2, ids.len())
        );
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(ms(rules.before));
        let held: Vec<String> = ids.iter().fold(query, |query, id| query.bind(id)).fetch_all(&mut *tx).await?;
        for (table, key) in [("attempts", "delivery_id"), ("delivery_events", "delivery_id"), ("deliveries", "id")] {
            delete(&mut tx, table, key, &held).await?;
        }
        tx.commit().await?;
        Ok(held.len() as u64)
    }

    /// Events that no delivery holds.
    async fn prune_events(&self, rules: &Rules, after: &Cursor, limit: u32) -> anyhow::Result<Step> {
        let page: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT e.id, e.observed_ms, CAST(CASE WHEN EXISTS (SELECT 1 FROM delivery_events m WHERE m.event_id = e.id) \
             THEN 1 ELSE 0 END AS BIGINT) FROM events e WHERE e.observed_ms < $1 AND (e.observed_ms, e.id) > ($2, $3) \
             ORDER BY e.observed_ms, e.id LIMIT $4",
        )
        .bind(ms(rules.before))
        .bind(after.ms)
        .bind(&after.id)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await
        .context("read old events")?;
        let next = page.last().filter(|_| is_full(&page, limit));
        let next = next.map(|(id, ms, _)| Cursor { ms: *ms, account: String::new(), id: id.clone() });
        let free: Vec<String> = page.into_iter().filter(|(_, _, held)| *held == 0).map(|(id, ..)| id).collect();
        let mut connection = self.pool.acquire().await.context("connect")?;
        let gone = delete(&mut connection, "events", "id", &free).await.context("prune events")?;
        Ok(Step { gone, next })
    }

    /// Destinations of which nothing is known but an old pause, and those that no notifier has any
    /// more and no delivery waits for.
    async fn prune_destinations(&self, rules: &Rules) -> anyhow::Result<Step> {
        let blank = sqlx::query(
            "DELETE FROM destinations WHERE (paused_until_ms IS NULL OR paused_until_ms < $1) AND stopped_reason IS NULL \
             AND failures = 0 AND failing_since_ms IS NULL AND opened_ms IS NULL",
        );
        let mut gone =
            blank.bind(ms(rules.before)).execute(&self.pool).await.context("prune destinations")?.rows_affected();
        let names: Vec<String> =
            sqlx::query_scalar("SELECT name FROM destinations WHERE paused_until_ms IS NULL OR paused_until_ms < $1")
                .bind(ms(rules.before))
                .fetch_all(&self.pool)
                .await
                .context("read destinations")?;
        for name in names.iter().filter(|name| !rules.destinations.contains(*name)) {
            // `notifier#hash`; what has no hash is no notifier's alone.
            let Some((notifier, _)) = name.rsplit_once('#') else { continue };
            let deleted = sqlx::query(
                "DELETE FROM destinations WHERE name = $1 AND NOT EXISTS \
                 (SELECT 1 FROM deliveries WHERE state = 'pending' AND notifier = $2)",
            );
            let deleted = deleted.bind(name).bind(notifier).execute(&self.pool).await.context("prune destinations")?;
            gone += deleted.rows_affected();
        }
        Ok(Step { gone, next: None })
    }
}

impl Cursor {
    fn at(row: &AnyRow, ms: &str, id: &str) -> anyhow::Result<Self> {
        Ok(Self { ms: row.try_get(ms)?, account: row.try_get("account")?, id: row.try_get(id)? })
    }
}

impl Default for Cursor {
    fn default() -> Self {
        Self { ms: i64::MIN, account: String::new(), id: String::new() }
    }
}

/// The first of the deliveries that hold about `limit` events together: a bundle holds thousands.
fn within(page: &[(String, i64, i64)], limit: i64) -> &[(String, i64, i64)] {
    let mut members = 0;
    let fit = page.iter().take_while(|(_, _, more)| {
        members += more.max(&1);
        members <= limit
    });
    let count = fit.count().max(1);
    &page[..count.min(page.len())]
}

fn is_full<T>(page: &[T], limit: u32) -> bool {
    u32::try_from(page.len()).is_ok_and(|rows| rows >= limit)
}

async fn delete(connection: &mut AnyConnection, table: &str, key: &str, ids: &[String]) -> sqlx::Result<u64> {
    if ids.is_empty() {
        return Ok(0);
    }
    let sql = format!("DELETE FROM {table} WHERE {key} IN ({})", placeholders(1, ids.len()));
    let query = ids.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(id));
    Ok(query.execute(connection).await?.rows_affected())
}
