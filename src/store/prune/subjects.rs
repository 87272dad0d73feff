//! Pruning calls and batches. Lists may show them again, so it is written down up to when they were
//! created: what is older and unknown has been told.

use std::collections::BTreeMap;

use anyhow::Context;
use jiff::Timestamp;
use serde::Deserialize;
use sqlx::{AnyConnection, AssertSqlSafe, Row, any::AnyRow};

use crate::store::{
    Store,
    commit::put_note,
    prune::{Cursor, Rules, Step, is_full},
    rows::{at, json, ms, placeholders},
};

impl Store {
    /// The greatest time of creation of the account's calls that have been pruned. A call from before
    /// that nothing is known of has been told.
    pub async fn pruned_calls(&self, account: &str) -> anyhow::Result<Option<Timestamp>> {
        Ok(moment(self.note(&floor_of("calls", account)).await?))
    }

    /// The same for batches.
    pub async fn pruned_batches(&self, account: &str) -> anyhow::Result<Option<Timestamp>> {
        Ok(moment(self.note(&floor_of("batches", account)).await?))
    }

    pub(super) async fn prune_calls(&self, rules: &Rules, after: &Cursor, limit: u32) -> anyhow::Result<Step> {
        let page = sqlx::query(
            "SELECT account, call_id, updated_ms, phase, next_look_ms, created_ms, row_hash, forgotten_ms, \
             CAST(CASE WHEN batch_id IS NOT NULL AND EXISTS (SELECT 1 FROM batches b WHERE b.account = calls.account \
             AND b.batch_id = calls.batch_id AND b.phase <> 'done') THEN 1 ELSE 0 END AS BIGINT) AS held \
             FROM calls WHERE updated_ms < $1 AND (updated_ms, call_id) > ($2, $3) ORDER BY updated_ms, call_id LIMIT $4",
        )
        .bind(ms(rules.before))
        .bind(after.ms)
        .bind(&after.id)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await
        .context("read old calls")?;
        let mut free: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in &page {
            if rules.let_call_go(row)? {
                free.entry(row.try_get("account")?).or_default().push(row.try_get("call_id")?);
            }
        }
        let next = page.last().filter(|_| is_full(&page, limit));
        let next = next.map(|row| Cursor::at(row, "updated_ms", "call_id")).transpose()?;
        Ok(Step { gone: self.delete_subjects("calls", "call_id", &free, rules).await.context("prune calls")?, next })
    }

    pub(super) async fn prune_batches(&self, rules: &Rules, after: &Cursor, limit: u32) -> anyhow::Result<Step> {
        let page = sqlx::query(
            "SELECT account, batch_id, phase, updated_ms, snapshot FROM batches WHERE (account, batch_id) > ($1, $2) \
             ORDER BY account, batch_id LIMIT $3",
        )
        .bind(&after.account)
        .bind(&after.id)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await
        .context("read batches")?;
        let mut free: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in &page {
            if rules.let_batch_go(row)? {
                free.entry(row.try_get("account")?).or_default().push(row.try_get("batch_id")?);
            }
        }
        let next = page.last().filter(|_| is_full(&page, limit));
        let next = next.map(|row| Cursor::at(row, "updated_ms", "batch_id")).transpose()?;
        Ok(Step {
            gone: self.delete_subjects("batches", "batch_id", &free, rules).await.context("prune batches")?,
            next,
        })
    }

    /// Deletes calls or batches with the follows they came by, and writes down up to when that was.
    async fn delete_subjects(
        &self,
        table: &str,
        key: &str,
        free: &BTreeMap<String, Vec<String>>,
        rules: &Rules,
    ) -> anyhow::Result<u64> {
        let mut gone = 0;
        for (account, ids) in free {
            let mut tx = self.pool.begin().await?;
            let among = placeholders(3, ids.len());
            let sql = format!(
                "DELETE FROM {table} WHERE account = $1 AND phase = 'done' AND updated_ms < $2 AND {key} IN ({among}) \
                 RETURNING snapshot"
            );
            let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(account).bind(ms(rules.before));
            let snapshots: Vec<String> = ids.iter().fold(query, |query, id| query.bind(id)).fetch_all(&mut *tx).await?;
            let sql = format!(
                "DELETE FROM follows WHERE account = $1 AND taken_up = 1 AND id IN ({})",
                placeholders(2, ids.len())
            );
            let query = sqlx::query(AssertSqlSafe(sql)).bind(account);
            ids.iter().fold(query, |query, id| query.bind(id)).execute(&mut *tx).await?;
            raise_floor(&mut tx, &floor_of(table, account), &snapshots).await?;
            tx.commit().await?;
            gone += snapshots.len() as u64;
        }
        Ok(gone)
    }
}

impl Rules {
    fn let_call_go(&self, row: &AnyRow) -> anyhow::Result<bool> {
        let created = row.try_get::<Option<i64>, _>("created_ms")?.map(at);
        let (phase, look, forgotten, held): (&str, Option<i64>, Option<i64>, i64) =
            (row.try_get("phase")?, row.try_get("next_look_ms")?, row.try_get("forgotten_ms")?, row.try_get("held")?);
        let over = phase == "done" && look.is_none() && forgotten.is_none() && held == 0;
        // What no list ever showed needs no time of creation to be known again by.
        let unlisted = created.is_none() && row.try_get::<i64, _>("row_hash")? == 0;
        let (account, id) = (row.try_get("account")?, row.try_get("call_id")?);
        Ok(over && (unlisted || self.is_old(account, created)) && !self.names(account, id))
    }

    fn let_batch_go(&self, row: &AnyRow) -> anyhow::Result<bool> {
        let (phase, updated): (&str, i64) = (row.try_get("phase")?, row.try_get("updated_ms")?);
        if phase != "done" || at(updated) >= self.before {
            return Ok(false);
        }
        let (account, id) = (row.try_get("account")?, row.try_get("batch_id")?);
        let created = json::<Created>(row.try_get("snapshot")?)?.created_at;
        Ok(self.is_old(account, created) && !self.names(account, id))
    }

    fn is_old(&self, account: &str, created: Option<Timestamp>) -> bool {
        let horizon = self.horizons.get(account).map_or(self.before, |horizon| self.before.min(*horizon));
        created.is_some_and(|created| created < horizon)
    }

    fn names(&self, account: &str, id: &str) -> bool {
        self.named.contains(&(account.to_owned(), id.to_owned()))
    }
}

/// Of a snapshot.
#[derive(Deserialize)]
struct Created {
    created_at: Option<Timestamp>,
}

async fn raise_floor(tx: &mut AnyConnection, note: &str, snapshots: &[String]) -> anyhow::Result<()> {
    let mut latest: Option<Timestamp> = None;
    for snapshot in snapshots {
        latest = latest.max(json::<Created>(snapshot)?.created_at);
    }
    let Some(latest) = latest else { return Ok(()) };
    let known = sqlx::query_scalar::<_, String>("SELECT note_value FROM notes WHERE note_key = $1").bind(note);
    let known = moment(known.fetch_optional(&mut *tx).await?);
    // Lists may state whole seconds.
    let next = Timestamp::from_second(latest.as_second().saturating_add(1)).unwrap_or(latest);
    if known.is_none_or(|known| known < next) {
        put_note(tx, note, &ms(next).to_string()).await?;
    }
    Ok(())
}

fn floor_of(table: &str, account: &str) -> String {
    format!("pruned {table}:{account}")
}

fn moment(note: Option<String>) -> Option<Timestamp> {
    note.and_then(|text| text.parse().ok()).map(at)
}
