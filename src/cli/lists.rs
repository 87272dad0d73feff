//! `calls`, `batches`, `events`, `deliveries`: what the store holds.

use std::{path::Path, process::ExitCode};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    app,
    cli::{
        open,
        say::{self, Failure, moment, rows},
    },
    model::{outcome::Outcome, period::Period},
    store::{
        Store,
        records::{BatchRecord, CallFilter, CallRecord, DeliveryFilter, DeliveryRow, EventFilter, Phase, State},
    },
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

#[derive(Debug, Subcommand)]
pub(super) enum Deliveries {
    /// List deliveries, newest first.
    List {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        shape: Shape,
    },
    /// Show one delivery with its attempts and what was sent.
    Show {
        id: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Send again: the given deliveries, or all that the filters name.
    Replay {
        ids: Vec<String>,
        #[command(flatten)]
        which: Which,
        /// Say what would be sent again, and send nothing.
        #[arg(long)]
        dry_run: bool,
        /// Write the messages anew instead of sending the stored bytes.
        #[arg(long)]
        render_again: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// Only dead letters.
    #[arg(long)]
    dead: bool,
    /// Only deliveries that are still to be made.
    #[arg(long, conflicts_with = "dead")]
    pending: bool,
    /// Only deliveries of this notifier.
    #[arg(long)]
    notifier: Option<String>,
    /// Only deliveries of the last `2h`, `30m`, `7d`.
    #[arg(long)]
    since: Option<Period>,
    /// Only deliveries about this call or batch.
    #[arg(long)]
    about: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Shape {
    /// Print JSON lines.
    #[arg(long)]
    json: bool,
    /// The most rows to print.
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

impl Which {
    fn filter(&self, limit: Option<u32>) -> DeliveryFilter {
        let state = if self.dead { Some(State::Dead) } else { self.pending.then_some(State::Pending) };
        DeliveryFilter {
            state,
            notifier: self.notifier.clone(),
            since: self.since.map(ago),
            about: self.about.clone(),
            event: None,
            ids: vec![],
            limit,
        }
    }

    fn is_any(&self) -> bool {
        self.dead || self.pending || self.notifier.is_some() || self.since.is_some() || self.about.is_some()
    }
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

pub(super) async fn deliveries(config: Option<&Path>, command: Deliveries) -> Result<ExitCode, Failure> {
    let (_, store) = open::store(config).await?;
    match command {
        Deliveries::List { which, shape } => {
            let found = store.deliveries(&which.filter(Some(shape.limit))).await?;
            list(&found, shape.json)
        }
        Deliveries::Show { id, json } => show(&store, &id, json).await,
        Deliveries::Replay { ids, which, dry_run, render_again } => {
            if ids.is_empty() && !which.is_any() {
                return Err(Failure::usage("say which deliveries: ids, or filters such as `--dead --since 2h`"));
            }
            let filter = DeliveryFilter { ids, ..which.filter(None) };
            replay(&store, &filter, dry_run, render_again).await
        }
    }
}

fn list(found: &[DeliveryRow], json: bool) -> Result<ExitCode, Failure> {
    let found: Vec<Value> = found.iter().map(delivery_json).collect();
    rows(&found, json, &["DELIVERY", "STATE", "NOTIFIER", "KIND", "ABOUT", "TRIES", "CREATED", "REASON"], |row| {
        ["id", "state", "notifier", "event_type", "about", "attempts", "created_at", "reason"]
            .map(|key| cell(&row[key]))
            .to_vec()
    })
}

async fn show(store: &Store, id: &str, json: bool) -> Result<ExitCode, Failure> {
    let filter = DeliveryFilter { ids: vec![id.to_owned()], ..DeliveryFilter::default() };
    let Some(row) = store.deliveries(&filter).await?.pop() else {
        return Err(anyhow::anyhow!("there is no delivery `{id}`; see `ringback deliveries list`").into());
    };
    let attempts = store.attempts(id).await?;
    let mut shown = delivery_json(&row);
    shown["tries"] = attempts
        .iter()
        .map(|attempt| json!({"at": attempt.at, "took_ms": attempt.took_ms, "status": attempt.status, "verdict": attempt.verdict, "note": attempt.note}))
        .collect();
    shown["payload"] = row.payload.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    if json {
        return say::print(&say::pretty(&shown));
    }
    let mut text = String::new();
    for key in [
        "id",
        "state",
        "reason",
        "notifier",
        "recipient",
        "event_type",
        "event_id",
        "about",
        "created_at",
        "due",
        "settled_at",
        "remote_id",
    ] {
        if !shown[key].is_null() && shown[key] != "" {
            text.push_str(&format!("{key:12} {}\n", cell(&shown[key])));
        }
    }
    if row.ambiguous {
        text.push_str("             an attempt may have arrived: it is possibly repeated\n");
    }
    for attempt in &attempts {
        let (at, note) = (moment(attempt.at), &attempt.note);
        text.push_str(&format!("attempt      {at} {:10} {} ms  {note}\n", attempt.verdict, attempt.took_ms));
    }
    if let Some(body) = shown["payload"]["body"].as_str() {
        text.push_str(&format!("\n{body}\n"));
    }
    say::print(&text)
}

async fn replay(
    store: &Store,
    filter: &DeliveryFilter,
    dry_run: bool,
    render_again: bool,
) -> Result<ExitCode, Failure> {
    let found = store.deliveries(filter).await?;
    // What is pending will be sent anyway.
    let settled: Vec<DeliveryRow> = found.into_iter().filter(|row| row.state != State::Pending).collect();
    if dry_run {
        eprintln!("{} deliveries would be sent again", settled.len());
        return list(&settled, false);
    }
    let ids: Vec<&str> = settled.iter().map(|row| row.id.as_str()).collect();
    let count = store.replay(&ids, app::clock(), render_again).await?;
    eprintln!("{count} deliveries are to be sent again; a running service sends them within seconds");
    Ok(if count == 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
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

fn delivery_json(row: &DeliveryRow) -> Value {
    let state = match row.state {
        State::Pending => "pending",
        State::Delivered => "delivered",
        State::Dead => "dead",
    };
    json!({
        "id": row.id, "state": state, "notifier": row.notifier, "recipient": row.recipient,
        "event_id": row.event_id, "event_type": row.kind, "events": row.events, "about": row.about, "attempts": row.attempts,
        "created_at": row.created_at, "due": row.due, "settled_at": row.settled_at, "reason": row.reason,
        "possibly_repeated": row.ambiguous, "remote_id": row.remote_id,
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
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(at) => moment(at),
            Err(_) => text.replace(['\n', '\r'], " "),
        },
        other => other.to_string(),
    }
}

fn ago(period: Period) -> Timestamp {
    app::clock().saturating_sub(period.signed()).unwrap_or(Timestamp::MIN)
}

fn outcome(text: &str) -> Result<Outcome, String> {
    Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == text).ok_or_else(|| {
        let all: Vec<_> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
        format!("the outcomes are {}", all.join(", "))
    })
}
