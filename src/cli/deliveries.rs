//! `deliveries`: listed, shown with all that was tried, and sent again.

use std::{path::Path, process::ExitCode};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    app,
    cli::{
        lists::{Shape, ago, cell},
        open,
        say::{self, Failure, moment, plural, rows},
    },
    config::Config,
    event::kind::Kind,
    model::period::Period,
    store::{
        Store,
        outbox::{DeliveryFilter, DeliveryRow, Replayed, State},
    },
};

/// Events of a bundle, and deliveries of a dry run, that are shown.
const SHOWN: u32 = 50;

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
        /// Print JSON.
        #[arg(long)]
        json: bool,
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
    /// Only deliveries of events of this kind, such as call.failed; `digest` for bundles.
    #[arg(long)]
    kind: Option<Kind>,
}

impl Which {
    fn filter(&self, limit: Option<u32>) -> DeliveryFilter {
        let state = if self.dead { Some(State::Dead) } else { self.pending.then_some(State::Pending) };
        DeliveryFilter {
            state,
            notifier: self.notifier.clone(),
            since: self.since.map(ago),
            about: self.about.clone(),
            kind: self.kind.map(|kind| kind.to_string()),
            event: None,
            ids: vec![],
            limit,
        }
    }

    fn is_any(&self) -> bool {
        self.dead
            || self.pending
            || self.notifier.is_some()
            || self.since.is_some()
            || self.about.is_some()
            || self.kind.is_some()
    }
}

pub(super) async fn run(config: Option<&Path>, command: Deliveries) -> Result<ExitCode, Failure> {
    let (config, store) = open::store(config).await?;
    match command {
        Deliveries::List { which, shape } => {
            let found = store.deliveries(&which.filter(Some(shape.limit))).await?;
            list(&found, shape.json)
        }
        Deliveries::Show { id, json } => show(&store, &id, json).await,
        Deliveries::Replay { ids, which, dry_run, render_again, json } => {
            if ids.is_empty() && !which.is_any() {
                return Err(Failure::usage("say which deliveries: ids, or filters such as `--dead --since 2h`"));
            }
            let filter = DeliveryFilter { ids, ..which.filter(None) };
            if dry_run {
                return try_replay(&store, filter, json).await;
            }
            let replayed = store.replay_all(&filter, app::clock(), render_again).await?;
            say_replayed(&config, &replayed, json)
        }
    }
}

fn list(found: &[DeliveryRow], json: bool) -> Result<ExitCode, Failure> {
    let found: Vec<Value> = found.iter().map(delivery_json).collect();
    rows(
        &found,
        json,
        &["DELIVERY", "STATE", "NOTIFIER", "KIND", "ABOUT", "EVENTS", "TRIES", "CREATED", "REASON"],
        |row| {
            ["id", "state", "notifier", "event_type", "about", "events", "attempts", "created_at", "reason"]
                .map(|key| cell(&row[key]))
                .to_vec()
        },
    )
}

async fn show(store: &Store, id: &str, json: bool) -> Result<ExitCode, Failure> {
    let filter = DeliveryFilter { ids: vec![id.to_owned()], ..DeliveryFilter::default() };
    let Some(row) = store.deliveries(&filter).await?.pop() else {
        return Err(anyhow::anyhow!("there is no delivery `{id}`; see `ringback deliveries list`").into());
    };
    let attempts = store.attempts(id).await?;
    let members = if row.event_id.is_none() { store.members(id, SHOWN).await? } else { vec![] };
    let mut shown = delivery_json(&row);
    shown["tries"] = attempts
        .iter()
        .map(|attempt| json!({"at": attempt.at, "took_ms": attempt.took_ms, "status": attempt.status, "verdict": attempt.verdict, "note": attempt.note}))
        .collect();
    shown["members"] = members
        .iter()
        .map(|member| json!({"event_id": member.event_id, "event_type": member.kind, "about": member.about, "observed_at": member.observed_at}))
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
        "bundled",
        "events",
        "from",
        "to",
        "created_at",
        "due",
        "settled_at",
        "remote_id",
    ] {
        if !shown[key].is_null() && shown[key] != "" && !(key == "events" && shown[key] == 1) {
            text.push_str(&format!("{key:12} {}\n", cell(&shown[key])));
        }
    }
    if row.ambiguous {
        text.push_str("             an attempt may have arrived: it is possibly repeated\n");
    }
    for attempt in &attempts {
        let (at, note) = (moment(attempt.at), &attempt.note);
        let status = attempt.status.map(|status| format!("{status}  ")).unwrap_or_default();
        text.push_str(&format!("attempt      {at} {:10} {status}{} ms  {note}\n", attempt.verdict, attempt.took_ms));
    }
    for member in &members {
        let (at, id) = (moment(member.observed_at), &member.event_id);
        text.push_str(&format!("holds        {at} {:16} {}  {id}\n", member.kind, member.about));
    }
    if (members.len() as u64) < row.events && row.event_id.is_none() {
        text.push_str(&format!("             and {} more\n", row.events - members.len() as u64));
    }
    if let Some(body) = shown["payload"]["body"].as_str() {
        text.push_str(&format!("\n{body}\n"));
    }
    say::print(&text)
}

/// What a replay would do: the newest of the deliveries, and how many there are.
async fn try_replay(store: &Store, filter: DeliveryFilter, json: bool) -> Result<ExitCode, Failure> {
    let replayed = store.replayable(&filter).await?;
    // What is pending will be sent anyway.
    let mut found = Vec::new();
    for state in
        [State::Dead, State::Delivered].into_iter().filter(|state| filter.state.is_none_or(|only| only == *state))
    {
        let some = DeliveryFilter { state: Some(state), limit: Some(SHOWN), ..filter.clone() };
        found.extend(store.deliveries(&some).await?);
    }
    if json {
        let mut said = replayed_json(&replayed, true);
        said["deliveries"] = found.iter().map(delivery_json).collect();
        return say::print(&say::pretty(&said));
    }
    if replayed.total() == 0 {
        eprintln!("{NOTHING}");
        return Ok(ExitCode::SUCCESS);
    }
    list(&found, false)?;
    let shown = found.len() as u64;
    let of = if shown < replayed.total() { format!(" ({shown} shown)") } else { String::new() };
    eprintln!("would be due again: {}{of}", counted(&replayed));
    for notifier in &replayed.resumed {
        eprintln!("the destination of `{notifier}` is stopped and would be used again");
    }
    Ok(ExitCode::SUCCESS)
}

const NOTHING: &str = "nothing to send again: no dead letter or delivered message matches";

fn say_replayed(config: &Config, replayed: &Replayed, json: bool) -> Result<ExitCode, Failure> {
    let done = replayed.total() > 0;
    if json {
        say::print(&say::pretty(&replayed_json(replayed, false)))?;
    } else if done {
        let are = if replayed.total() == 1 { "is" } else { "are" };
        eprintln!("{} {are} due again; a running service sends within seconds", counted(replayed));
        for notifier in &replayed.resumed {
            eprintln!("the destination of `{notifier}` was stopped and is used again");
        }
    } else {
        eprintln!("{NOTHING}");
    }
    let notifiers = replayed.counts.keys().map(|(notifier, _)| notifier);
    for name in notifiers.filter(|name| !config.notifiers.iter().any(|known| known.name == **name)) {
        eprintln!("warning: no notifier `{name}` is configured: the service gives its deliveries up again");
    }
    Ok(ExitCode::from(u8::from(!done)))
}

/// `12 dead letters to `ops`, 1 delivered message to `crm``.
fn counted(replayed: &Replayed) -> String {
    let one = |((notifier, state), count): (&(String, State), &u64)| {
        let noun = if *state == State::Dead { "dead letter" } else { "delivered message" };
        format!("{} to `{notifier}`", plural(usize::try_from(*count).unwrap_or(usize::MAX), noun))
    };
    replayed.counts.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn replayed_json(replayed: &Replayed, dry_run: bool) -> Value {
    let one = |((notifier, state), count): (&(String, State), &u64)| json!({"notifier": notifier, "state": word(*state), "count": count});
    let by: Vec<Value> = replayed.counts.iter().map(one).collect();
    json!({"dry_run": dry_run, "count": replayed.total(), "by": by, "used_again": replayed.resumed})
}

fn delivery_json(row: &DeliveryRow) -> Value {
    json!({
        "id": row.id, "state": word(row.state), "notifier": row.notifier, "recipient": row.recipient,
        "event_id": row.event_id, "event_type": row.kind, "events": row.events, "about": row.about, "attempts": row.attempts,
        "created_at": row.created_at, "due": row.due, "settled_at": row.settled_at, "reason": row.reason,
        "possibly_repeated": row.ambiguous, "remote_id": row.remote_id, "handed_to_fallback": row.handed_on,
        "bundled": row.bundled, "from": row.from, "to": row.to,
    })
}

fn word(state: State) -> &'static str {
    match state {
        State::Pending => "pending",
        State::Delivered => "delivered",
        State::Dead => "dead",
    }
}
