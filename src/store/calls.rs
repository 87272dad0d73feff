//! Reading and scheduling what is remembered of calls.

use anyhow::Context;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, any::AnyRow};

use crate::{
    model::outcome::Outcome,
    store::{
        Store,
        records::{BatchTally, CallRecord},
        rows::{self, CALL_COLUMNS, at, count, ms, placeholders},
    },
};

/// Ids per query; both engines take far more placeholders than that.
const IDS: usize = 500;

impl Store {
    /// The records of those of `ids` that are known (any number of ids).
    pub async fn calls(&self, account: &str, ids: &[&str]) -> anyhow::Result<Vec<CallRecord>> {
        let mut found = Vec::new();
        for some in ids.chunks(IDS) {
            let sql = format!(
                "SELECT {CALL_COLUMNS} FROM calls WHERE account = $1 AND call_id IN ({})",
                placeholders(2, some.len())
            );
            let query = some.iter().fold(sqlx::query(AssertSqlSafe(sql)).bind(account), |query, id| query.bind(*id));
            found.extend(records(query.fetch_all(&self.pool).await.context("read calls")?)?);
        }
        Ok(found)
    }

    /// Calls whose `next_look` has come, earliest first.
    pub async fn calls_due(&self, account: &str, now: Timestamp, limit: u32) -> anyhow::Result<Vec<CallRecord>> {
        let sql = format!(
            "SELECT {CALL_COLUMNS} FROM calls WHERE account = $1 AND next_look_ms IS NOT NULL AND next_look_ms <= $2 \
             ORDER BY next_look_ms, call_id LIMIT $3"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(account).bind(ms(now)).bind(i64::from(limit));
        records(query.fetch_all(&self.pool).await.context("read the calls that are due")?)
    }

    /// The least `next_look` of any call.
    pub async fn next_look(&self, account: &str) -> anyhow::Result<Option<Timestamp>> {
        let least: Option<i64> =
            sqlx::query_scalar("SELECT MIN(next_look_ms) FROM calls WHERE account = $1 AND next_look_ms IS NOT NULL")
                .bind(account)
                .fetch_one(&self.pool)
                .await
                .context("read the next look")?;
        Ok(least.map(at))
    }

    /// The least `created_at` at or after `since` of calls that are not done.
    pub async fn oldest_open(&self, account: &str, since: Timestamp) -> anyhow::Result<Option<Timestamp>> {
        let least: Option<i64> = sqlx::query_scalar(
            "SELECT MIN(created_ms) FROM calls WHERE account = $1 AND phase <> 'done' AND created_ms >= $2",
        )
        .bind(account)
        .bind(ms(since))
        .fetch_one(&self.pool)
        .await
        .context("read the oldest open call")?;
        Ok(least.map(at))
    }

    /// Gives every open call created in `from..before` whose `next_look` is none or later the look
    /// time `look`.
    pub async fn follow_singly(
        &self,
        account: &str,
        from: Timestamp,
        before: Timestamp,
        look: Timestamp,
    ) -> anyhow::Result<u64> {
        let changed = sqlx::query(
            "UPDATE calls SET next_look_ms = $1 WHERE account = $2 AND phase <> 'done' AND created_ms >= $3 \
             AND created_ms < $4 AND (next_look_ms IS NULL OR next_look_ms > $1)",
        )
        .bind(ms(look))
        .bind(account)
        .bind(ms(from))
        .bind(ms(before))
        .execute(&self.pool)
        .await
        .context("follow calls singly")?;
        Ok(changed.rows_affected())
    }

    /// The state of a batch's calls, counted.
    pub async fn tally(&self, account: &str, batch: &str) -> anyhow::Result<BatchTally> {
        let counts: Vec<(String, Option<String>, i64)> = sqlx::query_as(
            "SELECT phase, outcome, COUNT(*) FROM calls WHERE account = $1 AND batch_id = $2 GROUP BY phase, outcome ORDER BY outcome",
        )
        .bind(account)
        .bind(batch)
        .fetch_all(&self.pool)
        .await
        .context("count a batch's calls")?;
        let mut tally = BatchTally::default();
        for (phase, outcome, number) in counts {
            tally.seen += count(number);
            if phase == "done" {
                tally.done += count(number);
                tally.outcomes.extend(rows::outcome(outcome).map(|outcome| (outcome, count(number))));
            }
        }
        Ok(tally)
    }

    /// Up to `limit` done calls of a batch, with this outcome where one is given, oldest first.
    pub async fn batch_calls(
        &self,
        account: &str,
        batch: &str,
        outcome: Option<Outcome>,
        limit: u32,
    ) -> anyhow::Result<Vec<CallRecord>> {
        let sql = format!(
            "SELECT {CALL_COLUMNS} FROM calls WHERE account = $1 AND batch_id = $2 AND phase = 'done' \
             AND forgotten_ms IS NULL AND ($3 = '' OR outcome = $3) ORDER BY created_ms, call_id LIMIT $4"
        );
        let query = sqlx::query(AssertSqlSafe(sql))
            .bind(account)
            .bind(batch)
            .bind(outcome.map_or("", |outcome| outcome.as_str()))
            .bind(i64::from(limit));
        records(query.fetch_all(&self.pool).await.context("read a batch's calls")?)
    }
}

fn records(found: Vec<AnyRow>) -> anyhow::Result<Vec<CallRecord>> {
    found.iter().map(rows::call).collect()
}
