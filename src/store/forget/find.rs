//! Finding a person's calls: numbers stand only inside snapshots and events, so all are looked
//! through, page by page, without holding anyone up.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use serde::Deserialize;
use sqlx::{AssertSqlSafe, Row};

use crate::store::{
    Store,
    forget::Whom,
    rows::{json, placeholders},
};

/// Rows that are looked through at once.
const PAGE: i64 = 500;

/// What there is to forget.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Account and id, and whether it is still followed.
    pub calls: BTreeMap<(String, String), bool>,
    /// The ids of events about batches that name one of the calls.
    pub batch_events: Vec<String>,
    pub mentioned_in: BTreeSet<String>,
}

/// Of a snapshot of a call, or of what an event says of one.
#[derive(Deserialize)]
struct Sides {
    to: Option<String>,
    from: Option<String>,
    inbound: Option<bool>,
    direction: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    call: Option<Sides>,
    batch: Option<BatchSides>,
}

#[derive(Deserialize)]
struct BatchSides {
    failed_calls: Vec<Failed>,
}

#[derive(Deserialize)]
struct Failed {
    id: String,
    to: Option<String>,
}

impl Whom {
    /// The person is the other side; where the direction is not known, either.
    fn is_side_of(&self, call: &Sides) -> bool {
        let inbound = call.inbound.or(call.direction.as_deref().map(|direction| direction == "inbound"));
        let from = call.from.as_ref().filter(|_| inbound != Some(false));
        let to = call.to.as_ref().filter(|_| inbound != Some(true));
        from.into_iter().chain(to).any(|side| self.has_number(side))
    }

    pub(super) fn has_number(&self, text: &str) -> bool {
        self.numbers.iter().any(|number| number.is(text))
    }

    fn occurs_in(&self, text: &str) -> bool {
        self.ids.iter().any(|id| text.contains(id)) || self.numbers.iter().any(|number| number.occurs_in(text))
    }
}

impl Store {
    pub(super) async fn find(&self, whom: &Whom) -> anyhow::Result<Found> {
        let mut found = Found::default();
        if !whom.ids.is_empty() {
            self.find_calls_by_id(whom, &mut found).await?;
        }
        if !whom.numbers.is_empty() {
            self.find_calls_by_number(whom, &mut found).await?;
        }
        self.find_in_events(whom, &mut found).await?;
        let ours: BTreeSet<&String> = found.calls.keys().map(|(_, id)| id).collect();
        found.mentioned_in.retain(|id| !ours.contains(id) && !found.batch_events.contains(id));
        Ok(found)
    }

    async fn find_calls_by_id(&self, whom: &Whom, found: &mut Found) -> anyhow::Result<()> {
        let sql = format!(
            "SELECT account, call_id, phase FROM calls WHERE forgotten_ms IS NULL AND call_id IN ({})",
            placeholders(1, whom.ids.len())
        );
        let query = sqlx::query_as::<_, (String, String, String)>(AssertSqlSafe(sql));
        let query = whom.ids.iter().fold(query, |query, id| query.bind(id));
        for (account, id, phase) in query.fetch_all(&self.pool).await.context("look for calls")? {
            found.calls.insert((account, id), phase != "done");
        }
        Ok(())
    }

    async fn find_calls_by_number(&self, whom: &Whom, found: &mut Found) -> anyhow::Result<()> {
        let mut after = (String::new(), String::new());
        loop {
            let page: Vec<(String, String, String, String)> = sqlx::query_as(
                "SELECT account, call_id, phase, snapshot FROM calls WHERE (account, call_id) > ($1, $2) \
                 AND forgotten_ms IS NULL ORDER BY account, call_id LIMIT $3",
            )
            .bind(&after.0)
            .bind(&after.1)
            .bind(PAGE)
            .fetch_all(&self.pool)
            .await
            .context("look through the calls")?;
            let Some((account, id, ..)) = page.last() else { return Ok(()) };
            after = (account.clone(), id.clone());
            for (account, id, phase, snapshot) in page {
                if whom.is_side_of(&json(&snapshot)?) {
                    found.calls.insert((account, id), phase != "done");
                } else if whom.occurs_in(&snapshot) {
                    found.mentioned_in.insert(id);
                }
            }
        }
    }

    async fn find_in_events(&self, whom: &Whom, found: &mut Found) -> anyhow::Result<()> {
        let mut batches: Vec<(String, Vec<Failed>)> = Vec::new();
        let mut after = (i64::MIN, String::new());
        loop {
            let page = sqlx::query(
                "SELECT id, observed_ms, account, about, kind, body FROM events WHERE (observed_ms, id) > ($1, $2) \
                 ORDER BY observed_ms, id LIMIT $3",
            )
            .bind(after.0)
            .bind(&after.1)
            .bind(PAGE)
            .fetch_all(&self.pool)
            .await
            .context("look through the events")?;
            let Some(last) = page.last() else { break };
            after = (last.try_get("observed_ms")?, last.try_get("id")?);
            for row in &page {
                let (id, account, about): (String, String, String) =
                    (row.try_get("id")?, row.try_get("account")?, row.try_get("about")?);
                let (kind, text): (&str, &str) = (row.try_get("kind")?, row.try_get("body")?);
                // One that cannot be read is of no use to anybody, but may hold what it held.
                let data = json::<Body>(text).map(|body| body.data).unwrap_or(Data { call: None, batch: None });
                let of_call = kind.starts_with("call.");
                if of_call && (whom.ids.contains(&about) || data.call.is_some_and(|call| whom.is_side_of(&call))) {
                    found.calls.entry((account, about)).or_insert(false);
                } else if let Some(batch) = data.batch {
                    batches.push((id, batch.failed_calls));
                } else if whom.occurs_in(text) {
                    found.mentioned_in.insert(if of_call { about } else { id });
                }
            }
        }
        let named = |failed: &Failed| found.is_forgotten(whom, &failed.id, failed.to.as_deref());
        let naming: Vec<String> =
            batches.into_iter().filter(|(_, failed)| failed.iter().any(named)).map(|(id, _)| id).collect();
        found.batch_events = naming;
        Ok(())
    }
}

impl Found {
    /// Whether a call that a batch's event names is one to forget.
    pub(super) fn is_forgotten(&self, whom: &Whom, id: &str, to: Option<&str>) -> bool {
        whom.ids.iter().any(|known| known == id)
            || to.is_some_and(|to| whom.has_number(to))
            || self.calls.keys().any(|(_, known)| known == id)
    }
}
