//! `calls`, `batches`, `events`: what the store holds.

use std::{path::Path, process::ExitCode};

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    app,
    cli::{
        open,
        say::{Failure, moment, rows},
    },
    model::{outcome::Outcome, period::Period},
    store::records::{BatchRecord, CallFilter, CallRecord, EventFilter, Phase},
};

#[derive(Debug, Args)]
pub(super) struct Calls {
    /// Only this call.
    id: Option<String>,
    /// Only calls that are not final.
    #[arg(long)]
    live: bool,
    /// Only calls with this outcome, such as voicemail.
    #[arg(long, value_parser = outcome)]
    outcome: Option<Outcome>,
    /// Only calls of this batch.
    #[arg(long)]
    batch: Option<String>,
    #[command(flatten)]
    shape: Shape,
}

#[derive(Debug, Args)]
pub(super) struct Batches {
    #[command(flatten)]
    shape: Shape,
}

#[derive(Debug, Args)]
pub(super) struct Events {
    /// Only events about this call or batch.
    about: Option<String>,
    /// Only events of this kind, such as call.failed.
    #[arg(long)]
    kind: Option<String>,
    /// Only events of the last `2h`, `30m`, `7d`.
    #[arg(long)]
    since: Option<Period>,
    #[command(flatten)]
    shape: Shape,
}

#[derive(Debug, Args)]
pub(super) struct Shape {
    /// Print JSON lines.
    #[arg(long)]
    pub json: bool,
    /// The most rows to print.
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
}

pub(super) async fn calls(config: Option<&Path>, arguments: Calls) -> Result<ExitCode, Failure> {
    let (_, store) = open::store(config).await?;
    let filter = CallFilter {
        account: None,
        batch_id: arguments.batch,
        phase: arguments.live.then_some(Phase::Live),
        outcome: arguments.outcome,
        id: arguments.id,
        limit: Some(arguments.shape.limit),
    };
    let found: Vec<Value> = store.list_calls(&filter).await?.iter().map(call_json).collect();
    rows(&found, arguments.shape.json, &["CALL", "STATE", "OUTCOME", "CREATED", "SECONDS", "BATCH"], |call| {
        ["id", "state", "outcome", "created_at", "duration_seconds", "batch_id"].map(|key| cell(&call[key])).to_vec()
    })
}

pub(super) async fn batches(config: Option<&Path>, arguments: Batches) -> Result<ExitCode, Failure> {
    let (_, store) = open::store(config).await?;
    let mut found = Vec::new();
    for record in store.list_batches(arguments.shape.limit).await? {
        let tally = store.tally(&record.account, &record.batch.id).await?;
        found.push(batch_json(&record, tally.seen, tally.done));
    }
    rows(&found, arguments.shape.json, &["BATCH", "STATE", "DONE", "SEEN", "CREATED", "DESCRIPTION"], |batch| {
        ["id", "state", "done", "seen", "created_at", "description"].map(|key| cell(&batch[key])).to_vec()
    })
}

pub(super) async fn events(config: Option<&Path>, arguments: Events) -> Result<ExitCode, Failure> {
    let (_, store) = open::store(config).await?;
    let filter = EventFilter {
        kind: arguments.kind,
        about: arguments.about,
        since: arguments.since.map(ago),
        limit: Some(arguments.shape.limit),
    };
    let found = store.list_events(&filter).await?;
    rows(&found, arguments.shape.json, &["EVENT", "KIND", "ABOUT", "OUTCOME", "WHEN", "WATCH"], |event| {
        let about = event.call().map(|call| call.id.clone()).or_else(|| event.batch().map(|batch| batch.id.clone()));
        let outcome = event.call().and_then(|call| call.outcome).map(|outcome| outcome.to_string());
        vec![
            event.id.clone(),
            event.kind.to_string(),
            about.unwrap_or_else(|| event.account.clone()),
            outcome.unwrap_or_default(),
            moment(event.timestamp),
            event.watch.clone(),
        ]
    })
}

fn call_json(record: &CallRecord) -> Value {
    let call = &record.call;
    json!({
        "id": call.id, "account": record.account, "state": phase(record.phase), "outcome": record.outcome,
        "batch_id": call.batch_id, "to": call.to, "from": call.from, "status": call.status,
        "queue_status": call.queue_status, "answered_by": call.answered_by, "error": call.error,
        "created_at": call.created_at, "ended_at": call.ended_at, "duration_seconds": call.duration_seconds,
        "next_look": record.next_look, "updated_at": record.updated_at,
    })
}

fn batch_json(record: &BatchRecord, seen: u64, done: u64) -> Value {
    json!({
        "id": record.batch.id, "account": record.account, "state": phase(record.phase),
        "description": record.batch.description, "created_at": record.batch.created_at, "seen": seen, "done": done,
        "total": crate::detect::batch::total(&record.batch, seen), "updated_at": record.updated_at,
    })
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Live => "live",
        Phase::Settling => "settling",
        Phase::Done => "final",
    }
}

/// A value as a table shows it: text bare, nothing as a dash.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(at) => moment(at),
            Err(_) => text.replace(['\n', '\r'], " "),
        },
        other => other.to_string(),
    }
}

pub(super) fn ago(period: Period) -> Timestamp {
    app::clock().saturating_sub(period.signed()).unwrap_or(Timestamp::MIN)
}

fn outcome(text: &str) -> Result<Outcome, String> {
    Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == text).ok_or_else(|| {
        let all: Vec<_> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
        format!("the outcomes are {}", all.join(", "))
    })
}
