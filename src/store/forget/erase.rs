//! Erasing one call, or its name in the event of a batch, within a transaction.
//!
//! The first statement of each transaction writes: SQLite refuses a write after a read that another
//! process has made stale.

use std::collections::BTreeSet;

use anyhow::Context;
use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe, Row, any::AnyRow};

use crate::{
    detect,
    event::{Data, Event},
    model::call::Call,
    store::{
        forget::{Forgotten, Message, Whom, add, find::Found},
        rows::{at, json, ms, placeholders},
    },
};

/// A delivery that told, or would have told, of a call.
struct Telling {
    id: String,
    message: Message,
    pending: bool,
    leased: bool,
    sent: bool,
    digest: bool,
    route: String,
}

/// Leaves the call's id and nothing else, so that the lists that still show it change nothing.
pub(super) async fn call(
    tx: &mut AnyConnection,
    account: &str,
    id: &str,
    standing: &[String],
    now: Timestamp,
    forgotten: &mut Forgotten,
) -> anyhow::Result<()> {
    bury(tx, account, id, now).await?;
    let events: Vec<String> =
        sqlx::query_scalar("SELECT id FROM events WHERE account = $1 AND about = $2 AND kind LIKE 'call.%'")
            .bind(account)
            .bind(id)
            .fetch_all(&mut *tx)
            .await?;
    let tellings = tellings(tx, &events, now).await?;
    delete(tx, "delivery_events", "event_id", &events).await?;
    for telling in tellings {
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM delivery_events WHERE delivery_id = $1")
            .bind(&telling.id)
            .fetch_one(&mut *tx)
            .await?;
        // An empty digest that was sent stays, as it says that its time is over.
        let keeps = left > 0 || (telling.digest && (!telling.pending || standing.contains(&telling.route)));
        if keeps {
            rewrite(tx, telling, left, forgotten).await?;
        } else {
            drop_delivery(tx, telling, forgotten).await?;
        }
    }
    forgotten.events += delete(tx, "events", "id", &events).await?;
    sqlx::query("DELETE FROM follows WHERE account = $1 AND id = $2").bind(account).bind(id).execute(tx).await?;
    Ok(())
}

/// Takes the calls out of what an event about a batch says of those that failed.
pub(super) async fn from_batch_event(
    tx: &mut AnyConnection,
    id: &str,
    found: &Found,
    whom: &Whom,
    now: Timestamp,
    forgotten: &mut Forgotten,
) -> anyhow::Result<()> {
    // A write that changes nothing but begins the transaction as one that writes.
    let body: Option<String> = sqlx::query_scalar("UPDATE events SET kind = kind WHERE id = $1 RETURNING body")
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
    let Some(body) = body else { return Ok(()) };
    let mut event: Event = json(&body)?;
    if let Data::Batch { batch } = &mut event.data {
        batch.failed_calls.retain(|failed| !found.is_forgotten(whom, &failed.id, failed.to.as_deref()));
    }
    sqlx::query("UPDATE events SET body = $1 WHERE id = $2")
        .bind(serde_json::to_string(&event)?)
        .bind(id)
        .execute(&mut *tx)
        .await?;
    forgotten.batch_events += 1;
    for telling in tellings(tx, std::slice::from_ref(&id.to_owned()), now).await? {
        let members: i64 = sqlx::query_scalar("SELECT members FROM deliveries WHERE id = $1")
            .bind(&telling.id)
            .fetch_one(&mut *tx)
            .await?;
        rewrite(tx, telling, members, forgotten).await?;
    }
    Ok(())
}

/// As long as its batch is open the call is counted there, by its outcome.
async fn bury(tx: &mut AnyConnection, account: &str, id: &str, now: Timestamp) -> anyhow::Result<()> {
    let memory = detect::call::Memory { silent: true, forgotten: true, ..detect::call::Memory::default() };
    let open = "EXISTS (SELECT 1 FROM batches b WHERE b.account = calls.account AND b.batch_id = calls.batch_id AND b.phase <> 'done')";
    let sql = format!(
        "INSERT INTO calls (account, call_id, phase, row_hash, snapshot, memory, updated_ms, forgotten_ms) \
         VALUES ($1, $2, 'done', 0, $3, $4, $5, $5) ON CONFLICT (account, call_id) DO UPDATE SET phase = 'done', \
         next_look_ms = NULL, row_hash = 0, snapshot = excluded.snapshot, memory = excluded.memory, history = '[]', \
         updated_ms = excluded.updated_ms, forgotten_ms = excluded.forgotten_ms, \
         outcome = CASE WHEN {open} THEN calls.outcome ELSE NULL END, \
         batch_id = CASE WHEN {open} THEN calls.batch_id ELSE NULL END"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(account)
        .bind(id)
        .bind(serde_json::to_string(&Call { id: id.to_owned(), ..Call::default() })?)
        .bind(serde_json::to_string(&memory)?)
        .bind(ms(now))
        .execute(tx)
        .await?;
    Ok(())
}

/// The deliveries that hold any of these events.
async fn tellings(tx: &mut AnyConnection, events: &[String], now: Timestamp) -> anyhow::Result<Vec<Telling>> {
    let mut ids = BTreeSet::new();
    for event in events {
        let of_event: Vec<String> = sqlx::query_scalar("SELECT delivery_id FROM delivery_events WHERE event_id = $1")
            .bind(event)
            .fetch_all(&mut *tx)
            .await?;
        ids.extend(of_event);
    }
    let mut tellings = Vec::new();
    for id in ids {
        let row = sqlx::query(
            "SELECT id, notifier, recipient, kind, about, state, settled_ms, lease_until_ms, ambiguous, remote_id, \
             bundle_reason FROM deliveries WHERE id = $1",
        );
        let row = row.bind(&id).fetch_one(&mut *tx).await.context("read a delivery")?;
        tellings.push(telling(&row, now)?);
    }
    Ok(tellings)
}

fn telling(row: &AnyRow, now: Timestamp) -> anyhow::Result<Telling> {
    let state: &str = row.try_get("state")?;
    let leased = row.try_get::<Option<i64>, _>("lease_until_ms")?.is_some_and(|until| at(until) > now);
    let ambiguous = row.try_get::<i64, _>("ambiguous")? != 0;
    let (pending, delivered) = (state == "pending", state == "delivered");
    let message = Message {
        delivery: row.try_get("id")?,
        notifier: row.try_get("notifier")?,
        recipient: row.try_get("recipient")?,
        kind: row.try_get("kind")?,
        at: row.try_get::<Option<i64>, _>("settled_ms")?.map(at),
        remote_id: row.try_get("remote_id")?,
        uncertain: !delivered,
    };
    Ok(Telling {
        id: message.delivery.clone(),
        message,
        pending,
        leased: pending && leased,
        sent: delivered || ambiguous || (pending && leased),
        digest: row.try_get::<Option<&str>, _>("bundle_reason")? == Some("digest"),
        route: row.try_get("about")?,
    })
}

/// Keeps the delivery for what else it tells; its bytes are dropped, and rendered anew if need be.
async fn rewrite(
    tx: &mut AnyConnection,
    telling: Telling,
    members: i64,
    forgotten: &mut Forgotten,
) -> anyhow::Result<()> {
    forget_failure(tx, &telling.id).await?;
    sqlx::query("UPDATE attempts SET note = '' WHERE delivery_id = $1").bind(&telling.id).execute(&mut *tx).await?;
    sqlx::query(
        "UPDATE deliveries SET members = $1, payload = NULL, reason = CASE WHEN reason IS NULL THEN NULL \
         ELSE 'forgotten' END WHERE id = $2",
    )
    .bind(members)
    .bind(&telling.id)
    .execute(tx)
    .await?;
    if telling.sent {
        add(&mut forgotten.sent, telling.message);
    }
    if telling.leased {
        forgotten.in_hand.push(telling.id.clone());
    }
    forgotten.rewritten.insert(telling.id);
    Ok(())
}

async fn drop_delivery(tx: &mut AnyConnection, telling: Telling, forgotten: &mut Forgotten) -> anyhow::Result<()> {
    forget_failure(tx, &telling.id).await?;
    let id = std::slice::from_ref(&telling.id);
    delete(tx, "attempts", "delivery_id", id).await?;
    forgotten.deliveries += delete(tx, "deliveries", "id", id).await?;
    forgotten.rewritten.remove(&telling.id);
    if telling.pending && !telling.leased {
        add(&mut forgotten.cancelled, telling.message.clone());
    }
    if telling.sent {
        add(&mut forgotten.sent, telling.message);
    }
    Ok(())
}

/// What a destination answered may repeat what it was sent.
async fn forget_failure(tx: &mut AnyConnection, delivery: &str) -> anyhow::Result<()> {
    sqlx::query(
        "UPDATE destinations SET last_failure = NULL WHERE last_failure IN \
         (SELECT note FROM attempts WHERE delivery_id = $1)",
    )
    .bind(delivery)
    .execute(tx)
    .await?;
    Ok(())
}

async fn delete(tx: &mut AnyConnection, table: &str, key: &str, ids: &[String]) -> anyhow::Result<u64> {
    if ids.is_empty() {
        return Ok(0);
    }
    let sql = format!("DELETE FROM {table} WHERE {key} IN ({})", placeholders(1, ids.len()));
    let query = ids.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(id));
    Ok(query.execute(tx).await?.rows_affected())
}
