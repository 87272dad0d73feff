//! Sending again what has been delivered or given up, by filters, in small steps.

use std::collections::BTreeSet;

use anyhow::Context;
use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe, Row, any::AnyRow};

use crate::store::{
    Store,
    deliveries::Clause,
    outbox::{DeliveryFilter, Replayed, State},
    rows::{self, count, ms, placeholders},
};

/// Deliveries that one transaction makes due again.
const STEP: i64 = 500;

impl Store {
    /// Makes the dead and delivered ones of these deliveries pending again, due now, and un-stops
    /// their destinations. With `render_again` the stored payload is dropped. Says how many.
    pub async fn replay(&self, ids: &[&str], now: Timestamp, render_again: bool) -> anyhow::Result<u64> {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        if ids.is_empty() {
            return Ok(0);
        }
        let filter = DeliveryFilter { ids, ..DeliveryFilter::default() };
        Ok(self.replay_all(&filter, now, render_again).await?.total())
    }

    /// The same for all that the filter names, however many, but for what is made meanwhile.
    pub async fn replay_all(
        &self,
        filter: &DeliveryFilter,
        now: Timestamp,
        render_again: bool,
    ) -> anyhow::Result<Replayed> {
        let last: Option<i64> = sqlx::query_scalar("SELECT MAX(seq) FROM deliveries")
            .fetch_one(&self.pool)
            .await
            .context("begin a replay")?;
        let Some(last) = last else { return Ok(Replayed::default()) };
        let mut replayed = Replayed::default();
        let mut cursor = (i64::MIN, String::new());
        loop {
            let mut tx = self.pool.begin().await.context("begin a transaction")?;
            let step = some(&mut tx, filter, &cursor, last).await.context("find deliveries")?;
            let Some(end) = step.last() else { return Ok(replayed) };
            cursor = (end.seq, end.id.clone());
            make_due(&mut tx, &step, now, render_again).await.context("replay deliveries")?;
            let resumed = resume(&mut tx, &step).await.context("use destinations again")?;
            tx.commit().await.context("commit")?;
            replayed.take_in(&step, &resumed);
        }
    }

    /// What [`Store::replay_all`] would do now.
    pub async fn replayable(&self, filter: &DeliveryFilter) -> anyhow::Result<Replayed> {
        let clause = Clause::of(filter);
        let sql = format!(
            "SELECT d.notifier, d.state, COUNT(*) AS number, COUNT(s.name) AS stopped FROM deliveries d \
             LEFT JOIN destinations s ON s.name = d.destination AND s.stopped_reason IS NOT NULL \
             WHERE d.state <> 'pending' AND {} GROUP BY d.notifier, d.state",
            clause.sql
        );
        let mut replayed = Replayed::default();
        for row in
            &clause.bind(sqlx::query(AssertSqlSafe(sql))).fetch_all(&self.pool).await.context("count deliveries")?
        {
            let notifier: String = row.try_get("notifier")?;
            if row.try_get::<i64, _>("stopped")? > 0 {
                replayed.resumed.insert(notifier.clone());
            }
            let number = count(row.try_get("number")?);
            replayed.counts.insert((notifier, rows::state(row.try_get("state")?)?), number);
        }
        Ok(replayed)
    }
}

impl Replayed {
    fn take_in(&mut self, step: &[Letter], resumed: &[String]) {
        for letter in step {
            *self.counts.entry((letter.notifier.clone(), letter.state)).or_default() += 1;
        }
        let resumed = step.iter().filter(|letter| resumed.contains(&letter.destination));
        self.resumed.extend(resumed.map(|letter| letter.notifier.clone()));
    }
}

/// What a replay must know of a delivery.
struct Letter {
    id: String,
    seq: i64,
    notifier: String,
    destination: String,
    state: State,
}

async fn some(
    tx: &mut AnyConnection,
    filter: &DeliveryFilter,
    after: &(i64, String),
    last: i64,
) -> anyhow::Result<Vec<Letter>> {
    let mut clause = Clause::of(filter);
    let (seq, id) = (clause.number(after.0), clause.text(&after.1));
    clause.and(&format!("(d.seq, d.id) > ({seq}, {id})"));
    let (last, limit) = (clause.number(last), clause.number(STEP));
    clause.and(&format!("d.seq <= {last}"));
    let sql = format!(
        "SELECT d.id, d.seq, d.notifier, d.destination, d.state FROM deliveries d WHERE d.state <> 'pending' AND {} \
         ORDER BY d.seq, d.id LIMIT {limit}",
        clause.sql
    );
    let letter = |row: &AnyRow| {
        Ok(Letter {
            id: row.try_get("id")?,
            seq: row.try_get("seq")?,
            notifier: row.try_get("notifier")?,
            destination: row.try_get("destination")?,
            state: rows::state(row.try_get("state")?)?,
        })
    };
    clause.bind(sqlx::query(AssertSqlSafe(sql))).fetch_all(tx).await?.iter().map(letter).collect()
}

/// A bundle that was never sent is closed: it is told with the events that it holds.
async fn make_due(tx: &mut AnyConnection, step: &[Letter], now: Timestamp, render_again: bool) -> anyhow::Result<()> {
    let sql = format!(
        "UPDATE deliveries SET state = 'pending', due_ms = $1, begun_ms = $1, attempts = 0, ambiguous = 0, \
         reason = NULL, lease_until_ms = NULL, not_before_ms = NULL, handed_on = 0, sealed = 1, \
         to_ms = CASE WHEN bundle IS NULL OR to_ms IS NOT NULL THEN to_ms WHEN bundle_reason = 'digest' THEN planned_ms \
         ELSE COALESCE(settled_ms, $1) END, settled_ms = NULL, \
         payload = CASE WHEN $2 = 1 THEN NULL ELSE payload END WHERE state <> 'pending' AND id IN ({})",
        placeholders(3, step.len())
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(ms(now)).bind(i64::from(render_again));
    step.iter().fold(query, |query, letter| query.bind(&letter.id)).execute(tx).await?;
    Ok(())
}

/// The names of the destinations that were stopped.
async fn resume(tx: &mut AnyConnection, step: &[Letter]) -> anyhow::Result<Vec<String>> {
    let names: BTreeSet<&str> = step.iter().map(|letter| letter.destination.as_str()).collect();
    let sql = format!(
        "UPDATE destinations SET stopped_reason = NULL WHERE stopped_reason IS NOT NULL AND name IN ({}) RETURNING name",
        placeholders(1, names.len())
    );
    let query = sqlx::query_scalar(AssertSqlSafe(sql));
    Ok(names.iter().fold(query, |query, name| query.bind(*name)).fetch_all(tx).await?)
}
