//! Deliveries as operators look at them: by filters, by event, with their members and attempts.

use anyhow::Context;
use sqlx::{
    Any, AssertSqlSafe, Row,
    any::{AnyArguments, AnyRow},
    query::Query,
};

use crate::{
    event::digest::Reason,
    store::{
        Store,
        outbox::{Attempt, DeliveryFilter, DeliveryRow, Given, Member},
        rows::{self, at, count, ms, placeholders, state_word},
    },
};

/// A bundle that holds one event, and is no digest, is shown as that event.
const COLUMNS: &str = "d.id, COALESCE(o.kind, d.kind) AS kind, COALESCE(o.about, d.about) AS about, o.id AS event_id, d.members, \
     d.notifier, d.recipient, d.destination, d.state, d.due_ms, d.planned_ms, d.created_ms, d.begun_ms, d.settled_ms, d.attempts, d.ambiguous, \
     d.handed_on, d.reason, d.remote_id, d.payload, d.bundle_reason, d.from_ms, d.to_ms, d.form";
const OWN_EVENT: &str = "LEFT JOIN delivery_events l ON l.delivery_id = d.id AND d.members = 1 \
     LEFT JOIN events o ON o.id = l.event_id AND COALESCE(d.bundle_reason, '') <> 'digest'";

/// What a filter asks of `deliveries d`, and what is bound to its placeholders.
pub(super) struct Clause {
    pub sql: String,
    values: Vec<Value>,
}

enum Value {
    Text(String),
    Number(i64),
}

impl Store {
    /// Newest first; with ids, only those.
    pub async fn deliveries(&self, filter: &DeliveryFilter) -> anyhow::Result<Vec<DeliveryRow>> {
        let mut clause = Clause::of(filter);
        let limit = clause.number(filter.limit.map_or(i64::MAX, i64::from));
        let sql = format!(
            "SELECT {COLUMNS} FROM deliveries d {OWN_EVENT} WHERE {} ORDER BY d.seq DESC LIMIT {limit}",
            clause.sql
        );
        let found = clause.bind(sqlx::query(AssertSqlSafe(sql))).fetch_all(&self.pool).await;
        found.context("list deliveries")?.iter().map(delivery).collect()
    }

    /// Which deliveries these events were given to, in the order in which they were made.
    pub async fn given(&self, events: &[&str]) -> anyhow::Result<Vec<Given>> {
        if events.is_empty() {
            return Ok(vec![]);
        }
        let sql = format!(
            "SELECT m.event_id AS given_event, m.purpose, {COLUMNS} FROM delivery_events m JOIN deliveries d ON d.id = m.delivery_id \
             {OWN_EVENT} WHERE m.event_id IN ({}) ORDER BY d.seq, m.event_id",
            placeholders(1, events.len())
        );
        let query = events.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(*id));
        let given = |row: &AnyRow| {
            let (event_id, purpose) = (row.try_get("given_event")?, row.try_get("purpose")?);
            Ok(Given { event_id, purpose, delivery: delivery(row)? })
        };
        query.fetch_all(&self.pool).await.context("read who was told")?.iter().map(given).collect()
    }

    /// The events that a delivery holds, oldest first.
    pub async fn members(&self, delivery: &str, limit: u32) -> anyhow::Result<Vec<Member>> {
        let found: Vec<(String, String, String, i64)> = sqlx::query_as(
            "SELECT e.id, e.kind, e.about, e.observed_ms FROM delivery_events m JOIN events e ON e.id = m.event_id \
             WHERE m.delivery_id = $1 ORDER BY e.observed_ms, e.id LIMIT $2",
        )
        .bind(delivery)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await
        .context("list what a delivery holds")?;
        let member = |(event_id, kind, about, observed)| Member { event_id, kind, about, observed_at: at(observed) };
        Ok(found.into_iter().map(member).collect())
    }

    /// The attempts at a delivery, first to last.
    pub async fn attempts(&self, delivery: &str) -> anyhow::Result<Vec<Attempt>> {
        let found: Vec<(i64, i64, Option<i64>, String, String)> = sqlx::query_as(
            "SELECT at_ms, took_ms, status, verdict, note FROM attempts WHERE delivery_id = $1 ORDER BY seq",
        )
        .bind(delivery)
        .fetch_all(&self.pool)
        .await
        .context("list attempts")?;
        let attempt = |(at_ms, took, status, verdict, note): (i64, i64, Option<i64>, String, String)| Attempt {
            at: at(at_ms),
            took_ms: count(took),
            status: status.and_then(|status| u16::try_from(status).ok()),
            verdict,
            note,
        };
        Ok(found.into_iter().map(attempt).collect())
    }
}

impl Clause {
    pub(super) fn of(filter: &DeliveryFilter) -> Self {
        let mut clause = Self { sql: "1 = 1".to_owned(), values: vec![] };
        if let Some(state) = filter.state {
            // Written out, so that the index of dead letters is used.
            clause.and(&format!("d.state = '{}'", state_word(state)));
        }
        if let Some(notifier) = &filter.notifier {
            let is = clause.text(notifier);
            clause.and(&format!("d.notifier = {is}"));
        }
        if let Some(since) = filter.since {
            let since = clause.number(ms(since));
            clause.and(&format!("d.created_ms >= {since}"));
        }
        if let Some(about) = &filter.about {
            let is = clause.text(about);
            clause.and(&format!(
                "(d.about = {is} OR d.id IN (SELECT m.delivery_id FROM delivery_events m JOIN events e ON e.id = m.event_id \
                 WHERE e.about = {is}))"
            ));
        }
        if let Some(kind) = &filter.kind {
            let is = clause.text(kind);
            clause.and(&format!(
                "(d.kind = {is} OR (d.kind = 'digest' AND EXISTS (SELECT 1 FROM delivery_events m JOIN events e \
                 ON e.id = m.event_id WHERE m.delivery_id = d.id AND e.kind = {is})))"
            ));
        }
        if let Some(event) = &filter.event {
            let is = clause.text(event);
            clause.and(&format!("d.id IN (SELECT m.delivery_id FROM delivery_events m WHERE m.event_id = {is})"));
        }
        if !filter.ids.is_empty() {
            let ids: Vec<String> = filter.ids.iter().map(|id| clause.text(id)).collect();
            clause.and(&format!("d.id IN ({})", ids.join(", ")));
        }
        clause
    }

    pub(super) fn and(&mut self, condition: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
    }

    /// The placeholder of a value.
    pub(super) fn text(&mut self, value: &str) -> String {
        self.values.push(Value::Text(value.to_owned()));
        format!("${}", self.values.len())
    }

    pub(super) fn number(&mut self, value: i64) -> String {
        self.values.push(Value::Number(value));
        format!("${}", self.values.len())
    }

    pub(super) fn bind<'q>(self, query: Query<'q, Any, AnyArguments>) -> Query<'q, Any, AnyArguments> {
        self.values.into_iter().fold(query, |query, value| match value {
            Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
        })
    }
}

fn delivery(row: &AnyRow) -> anyhow::Result<DeliveryRow> {
    let moment = |column| row.try_get::<Option<i64>, _>(column).map(|ms| ms.map(at));
    let flag = |column| row.try_get::<i64, _>(column).map(|flag| flag != 0);
    let bundled: Option<&str> = row.try_get("bundle_reason")?;
    Ok(DeliveryRow {
        id: row.try_get("id")?,
        event_id: row.try_get("event_id")?,
        kind: row.try_get("kind")?,
        about: row.try_get("about")?,
        events: count(row.try_get("members")?),
        notifier: row.try_get("notifier")?,
        recipient: row.try_get("recipient")?,
        destination: row.try_get("destination")?,
        state: rows::state(row.try_get("state")?)?,
        due: at(row.try_get("due_ms")?),
        planned: at(row.try_get("planned_ms")?),
        created_at: at(row.try_get("created_ms")?),
        begun_at: at(row.try_get("begun_ms")?),
        settled_at: moment("settled_ms")?,
        attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
        ambiguous: flag("ambiguous")?,
        handed_on: flag("handed_on")?,
        reason: row.try_get("reason")?,
        remote_id: row.try_get("remote_id")?,
        payload: row.try_get("payload")?,
        bundled: bundled.and_then(|word| word.parse::<Reason>().ok()),
        from: moment("from_ms")?,
        to: moment("to_ms")?,
        form: row.try_get::<&str, _>("form")?.parse().map_err(anyhow::Error::msg)?,
    })
}
