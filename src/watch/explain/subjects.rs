//! The call or batch itself: what was seen of it, who follows it and why, and what it waits for.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    bland::config::Api,
    detect::{self, call::Rules},
    model::{call::Call, outcome::Outcome},
    store::records::{BatchRecord, CallRecord, Phase, Seen},
    watch::{
        DETECTION_OFF, after,
        config::{Batches, Config},
        explain::{Phrase, Sources},
        filter::{Fit, judged},
        subject::{TrackedBatch, TrackedCall},
    },
};

/// A call or batch as it is known.
#[derive(Debug, Serialize)]
pub struct Subject {
    /// `call` or `batch`.
    pub kind: &'static str,
    pub id: String,
    pub account: String,
    /// `live`, `settling` or `final`.
    pub state: &'static str,
    /// As told.
    pub outcome: Option<Outcome>,
    /// Of a call.
    pub batch_id: Option<String>,
    /// Why nobody is told of it, where that is so.
    pub silent: Option<String>,
    pub seen: Vec<Seen>,
    pub watches: Vec<Follower>,
    pub waits: Vec<Phrase>,
}

/// A watch of the account, or one that was.
#[derive(Debug, Serialize)]
pub struct Follower {
    pub watch: String,
    pub follows: bool,
    pub why: String,
}

/// What all configured accounts have under this id.
pub(super) async fn find(sources: &Sources<'_>, id: &str) -> anyhow::Result<Vec<Subject>> {
    let mut found = Vec::new();
    for account in sources.accounts.keys() {
        let unanswered = sources.store.note(&format!("unanswered:{account}")).await?;
        let unanswered = unanswered.and_then(|text| text.parse().ok()).unwrap_or(0);
        for record in sources.store.calls(account, &[id]).await? {
            found.push(call(sources, record, unanswered));
        }
        for record in sources.store.batches(account, &[id]).await? {
            found.push(batch(sources, record).await?);
        }
    }
    Ok(found)
}

fn call(sources: &Sources<'_>, record: CallRecord, unanswered: u32) -> Subject {
    let tracked = TrackedCall::stored(record);
    let (record, memory) = (&tracked.record, &tracked.memory);
    let mut watches: Vec<Follower> = memory.watches.iter().map(|name| follower(sources, name, &tracked)).collect();
    let others = sources.watches.iter().filter(|watch| watch.account() == record.account);
    let others = others.filter(|watch| !memory.watches.contains(&watch.name));
    watches.extend(others.map(|watch| stranger(watch, &record.call)));
    let rules = sources.accounts.get(&record.account).map(|account| Rules {
        settle: account.settle,
        stuck_after: account.stuck_after,
        await_answer: account.api == Api::V1 && unanswered < DETECTION_OFF,
    });
    Subject {
        kind: "call",
        id: record.call.id.clone(),
        account: record.account.clone(),
        state: state(record.phase),
        outcome: record.outcome,
        batch_id: record.call.batch_id.clone(),
        silent: memory.silent.then(|| silence(&tracked)),
        seen: record.history.clone(),
        watches,
        waits: rules.map(|rules| waits(&tracked, &rules, sources.now)).unwrap_or_default(),
    }
}

async fn batch(sources: &Sources<'_>, record: BatchRecord) -> anyhow::Result<Subject> {
    let batch = TrackedBatch::stored(record);
    let (record, memory) = (&batch.record, &batch.memory);
    let tally = sources.store.tally(&record.account, &record.batch.id).await?;
    let total = detect::batch::total(&record.batch, tally.seen);
    let mut seen = Vec::new();
    let mut see = |at: Option<Timestamp>, says: String| seen.extend(at.map(|at| Seen { at, says }));
    see(memory.first_seen, "first seen".to_owned());
    see(memory.missing_since, "Bland does not know its id (404)".to_owned());
    see(memory.changed_at, format!("{} of {total} calls are final", tally.done));
    see(memory.completed_at, "all its calls are accounted for".to_owned());
    let why = |name: &String| {
        let watch = sources.watches.iter().find(|watch| watch.name == *name);
        let why = match watch.map(|watch| &watch.batches) {
            _ if memory.by_id => "it was asked for by its id",
            Some(Batches::All) => "it follows every batch",
            _ => NOT_CONFIGURED,
        };
        Follower { watch: name.clone(), follows: true, why: why.to_owned() }
    };
    let still_open = record.phase != Phase::Done;
    Ok(Subject {
        kind: "batch",
        id: record.batch.id.clone(),
        account: record.account.clone(),
        state: state(record.phase),
        outcome: None,
        batch_id: None,
        silent: memory.silent.then(|| "it was known before the watch began, or is no longer followed".to_owned()),
        seen,
        watches: memory.watches.iter().map(why).collect(),
        waits: still_open
            .then(|| Phrase::of(format!("{} of {total} calls are not final yet", total.saturating_sub(tally.done))))
            .into_iter()
            .collect(),
    })
}

const NOT_CONFIGURED: &str = "it did once; no such watch is configured any more";

/// Why a watch follows the call.
fn follower(sources: &Sources<'_>, name: &str, tracked: &TrackedCall) -> Follower {
    let call = &tracked.record.call;
    let watch = sources.watches.iter().find(|watch| watch.name == name);
    let why = match watch {
        None => NOT_CONFIGURED.to_owned(),
        Some(watch) if watch.calls.contains(&call.id) => "it names this call".to_owned(),
        Some(watch) if call.batch_id.as_ref().is_some_and(|batch| watch.batches.ids().contains(batch)) => {
            "it names the call's batch".to_owned()
        }
        Some(watch) if watch.all_calls => match filters(watch, call, None).as_slice() {
            [] => "it follows all calls".to_owned(),
            filters => format!("it follows all calls with {}", filters.join(", ")),
        },
        Some(watch) if watch.batches == Batches::All && call.batch_id.is_some() => "it follows every batch".to_owned(),
        Some(_) => "the call was asked for by its id".to_owned(),
    };
    Follower { watch: name.to_owned(), follows: true, why }
}

/// Why a watch does not.
fn stranger(watch: &Config, call: &Call) -> Follower {
    let why = match filters(watch, call, Some(Fit::No)).as_slice() {
        _ if !watch.all_calls => "it names other calls or batches".to_owned(),
        [] => "the call has not been seen in the account's list since the watch began".to_owned(),
        misfits => format!("it is only for calls with {}", misfits.join(", ")),
    };
    Follower { watch: watch.name.clone(), follows: false, why }
}

/// The filters of a watch; only those that the call fits in this way, where one is given.
fn filters(watch: &Config, call: &Call, only: Option<Fit>) -> Vec<String> {
    let judged = judged(watch, call, false).into_iter();
    judged.filter(|(_, fit)| only.is_none_or(|only| *fit == only)).map(|(filter, _)| filter).collect()
}

fn silence(tracked: &TrackedCall) -> String {
    let why = match () {
        () if tracked.memory.watches.is_empty() => "no watch matches it",
        () if tracked.record.call.transfer_leg => "it is a leg of a warm transfer, not a call of its own",
        () if tracked.record.history.last().is_some_and(|seen| seen.says.contains("no longer followed")) => {
            "it is no longer followed, as was asked for"
        }
        () => "it was over before the watch began",
    };
    why.to_owned()
}

/// What is still to come of a call by itself.
fn waits(tracked: &TrackedCall, rules: &Rules, now: Timestamp) -> Vec<Phrase> {
    let (record, memory) = (&tracked.record, &tracked.memory);
    let mut waits = Vec::new();
    match record.phase {
        _ if memory.silent => return waits,
        Phase::Live => {
            if let Some(since) = memory.missing_since {
                waits.push(Phrase::at(
                    "counted as missing, if Bland still does not know it, after",
                    after(since, rules.settle.signed()),
                ));
            } else if !memory.stuck {
                waits.push(Phrase::at(
                    "counted as stuck, if it is not over, from",
                    detect::call::stuck_at(memory, &record.call, rules),
                ));
            }
        }
        Phase::Settling => {
            let for_what = match record.call.answered_by {
                None if rules.await_answer => "answered_by",
                _ => "its transcript or summary",
            };
            let until = after(memory.over_since.unwrap_or(now), rules.settle.signed());
            waits.push(Phrase::at(format!("it is over; {for_what} is waited for until"), until));
        }
        Phase::Done => {}
    }
    match record.next_look {
        Some(look) if look <= after(now, -jiff::SignedDuration::from_mins(2)) => {
            waits.push(Phrase::at("it was to be read, which has not happened (is `ringback run` running?), at", look));
        }
        Some(look) if record.phase == Phase::Done => {
            waits.push(Phrase::at("read once more, for what comes late, at", look))
        }
        Some(look) => waits.push(Phrase::at("read by itself next at", look)),
        None if record.phase == Phase::Live => waits.push(Phrase::of("the account's list shows how it goes on")),
        None => {}
    }
    waits
}

fn state(phase: Phase) -> &'static str {
    match phase {
        Phase::Live => "live",
        Phase::Settling => "settling",
        Phase::Done => "final",
    }
}
