//! What Ringback knows and still has to say, in SQLite or PostgreSQL: the only module with SQL.
//!
//! One SQL text serves both engines (columns are TEXT and BIGINT, placeholders are `$1`); the
//! conformance suite runs on both. No network call is made while a transaction is open.

pub mod config;
pub mod forget;
pub mod outbox;
pub mod prune;
pub mod records;

mod audit;
mod batches;
mod bundle;
mod calls;
mod claim;
mod commit;
mod deliveries;
mod destinations;
mod follows;
mod listing;
mod open;
mod posts;
mod replay;
mod rows;
mod settle;
mod told;

use std::{
    fs::File,
    sync::{Arc, Mutex, atomic::AtomicI64},
};

use anyhow::Context;
use jiff::Timestamp;
use sqlx::AnyPool;
use tokio::sync::watch;

use crate::{
    model::secret::Secret,
    store::records::{Change, Open},
};

/// A connection pool to one database whose schema is up to date.
#[derive(Debug, Clone)]
pub struct Store {
    pool: AnyPool,
    /// The last order number given to a delivery by this process.
    seq: Arc<AtomicI64>,
    url: Secret,
    /// Counted up when this process has made deliveries.
    made: Arc<watch::Sender<u64>>,
    /// Held while this process is the service on a SQLite database.
    lock: Arc<Mutex<Option<File>>>,
}

impl Store {
    /// Opens or creates the database and brings its schema up to date.
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        let pool = open::pool(url).await?;
        let made = Arc::new(watch::Sender::new(0));
        Ok(Self { pool, seq: Arc::new(AtomicI64::new(0)), url: Secret::new(url), made, lock: Arc::default() })
    }

    /// Changes when this process has made deliveries, so that whoever sends them need not look all the time.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.made.subscribe()
    }

    fn has_made(&self, deliveries: u64) {
        if deliveries > 0 {
            self.made.send_modify(|count| *count += 1);
        }
    }

    /// Makes this process the service on its database. On SQLite there can be only one, so what an
    /// earlier one had claimed can be claimed again at once.
    pub async fn take_over(&self, now: Timestamp) -> anyhow::Result<()> {
        let Some(lock) = open::lock(self.url.expose())? else { return Ok(()) };
        if let Ok(mut held) = self.lock.lock() {
            *held = Some(lock);
        }
        sqlx::query("UPDATE deliveries SET lease_until_ms = $1 WHERE state = 'pending' AND lease_until_ms > $1")
            .bind(rows::ms(now))
            .execute(&self.pool)
            .await
            .context("take over what was claimed")?;
        Ok(())
    }

    /// What is written down under a key.
    pub async fn note(&self, key: &str) -> anyhow::Result<Option<String>> {
        let value = sqlx::query_scalar("SELECT note_value FROM notes WHERE note_key = $1").bind(key);
        value.fetch_optional(&self.pool).await.context("read a note")
    }

    /// How much is still open; dead letters are counted too, digests that hold nothing are not.
    pub async fn open_work(&self) -> anyhow::Result<Open> {
        let counts: (i64, i64, i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM calls WHERE phase <> 'done'), \
                    (SELECT COUNT(*) FROM batches WHERE phase <> 'done'), \
                    (SELECT COUNT(*) FROM follows WHERE taken_up = 0), \
                    (SELECT COUNT(*) FROM deliveries WHERE state = 'pending' AND members > 0), \
                    (SELECT COUNT(*) FROM deliveries WHERE state = 'dead')",
        )
        .fetch_one(&self.pool)
        .await
        .context("count what is open")?;
        let (calls, batches, follows, pending, dead) = counts;
        Ok(Open {
            calls: rows::count(calls),
            batches: rows::count(batches),
            follows: rows::count(follows),
            pending: rows::count(pending),
            dead: rows::count(dead),
        })
    }

    /// Closes all connections; on SQLite this also folds the write-ahead log into the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Whether the database can be written: a full disk and a read-only file still answer questions.
    pub async fn healthy(&self, now: Timestamp) -> anyhow::Result<()> {
        let change = Change { notes: vec![("healthy".to_owned(), now.to_string())], ..Change::default() };
        self.commit(&change, now).await.context("try to write to the database")?;
        Ok(())
    }
}
