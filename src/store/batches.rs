//! Reading what is remembered of batches.

use anyhow::Context;
use sqlx::AssertSqlSafe;

use crate::store::{
    Store,
    records::BatchRecord,
    rows::{self, placeholders},
};

const COLUMNS: &str = "account, phase, snapshot, memory, updated_ms";
const IDS: usize = 500;

impl Store {
    /// The account's batches that are not done.
    pub async fn batches_open(&self, account: &str) -> anyhow::Result<Vec<BatchRecord>> {
        let sql = format!("SELECT {COLUMNS} FROM batches WHERE account = $1 AND phase <> 'done' ORDER BY batch_id");
        let found = sqlx::query(AssertSqlSafe(sql)).bind(account).fetch_all(&self.pool).await;
        found.context("read open batches")?.iter().map(rows::batch).collect()
    }

    /// The records of those of `ids` that are known.
    pub async fn batches(&self, account: &str, ids: &[&str]) -> anyhow::Result<Vec<BatchRecord>> {
        let mut found = Vec::new();
        for some in ids.chunks(IDS) {
            let sql = format!(
                "SELECT {COLUMNS} FROM batches WHERE account = $1 AND batch_id IN ({})",
                placeholders(2, some.len())
            );
            let query = some.iter().fold(sqlx::query(AssertSqlSafe(sql)).bind(account), |query, id| query.bind(*id));
            for row in &query.fetch_all(&self.pool).await.context("read batches")? {
                found.push(rows::batch(row)?);
            }
        }
        Ok(found)
    }

    /// Newest first.
    pub async fn list_batches(&self, limit: u32) -> anyhow::Result<Vec<BatchRecord>> {
        let sql = format!("SELECT {COLUMNS} FROM batches ORDER BY updated_ms DESC, batch_id LIMIT $1");
        let found = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(limit)).fetch_all(&self.pool).await;
        found.context("list batches")?.iter().map(rows::batch).collect()
    }
}
