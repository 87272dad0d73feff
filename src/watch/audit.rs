//! The self-audit: what was seen is compared with what was made of it, and a hole is mended and told.
//!
//! [`Auditor::audit_once`] is one small step. Events are held against the deliveries that the
//! routes ask for, as long as the routes are those they were matched with; ended calls and
//! complete batches against the events that they must have caused.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    detect,
    event::{facts::Problem, kind::Kind},
    route::form::Form,
    store::{
        Store,
        outbox::{Link, Mended, NewDelivery},
        records::{CallRecord, Change, Committed, Mark, Told},
    },
    watch::{
        after,
        batches::batch_facts,
        subject::TrackedBatch,
        tell::{From, Teller},
    },
};

/// Between two passes.
const EVERY: SignedDuration = SignedDuration::from_mins(10);
/// Between two steps of one pass.
const REST: SignedDuration = SignedDuration::from_millis(100);
/// What is younger may still be on its way.
const YOUNG: SignedDuration = SignedDuration::from_mins(1);
/// A poll writes with the time at which it began, so that what is written last need not be newest.
const OVERLAP: SignedDuration = SignedDuration::from_mins(15);
/// How far the very first pass looks back.
const FIRST: SignedDuration = SignedDuration::from_hours(24);
/// Events of one step; each may hold a transcript.
const EVENTS: u32 = 100;
/// Calls of one step.
const CALLS: u32 = 200;
/// The store's note of the moment up to which all has been audited.
const NOTE: &str = "audit";

/// Compares facts with deliveries; one per process.
#[derive(Debug)]
pub struct Auditor {
    store: Store,
    teller: Arc<Teller>,
    pass: Option<Pass>,
}

/// One pass over everything that was written between two moments.
#[derive(Debug, Clone)]
struct Pass {
    from: Timestamp,
    until: Timestamp,
    stage: Stage,
}

#[derive(Debug, Clone)]
enum Stage {
    Events(Mark),
    Calls(Mark),
    Batches,
}

/// What a step did and when the next is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audited {
    pub next: Timestamp,
    pub told: Committed,
    /// A pass has come to its end.
    pub complete: bool,
}

impl Auditor {
    pub fn new(store: Store, teller: Arc<Teller>) -> Self {
        Self { store, teller, pass: None }
    }

    /// Takes the next step of a pass, or the first of a new one. Errors are those of the store; the
    /// step is then taken again.
    pub async fn audit_once(&mut self, now: Timestamp) -> anyhow::Result<Audited> {
        let mut pass = match self.pass.clone() {
            Some(pass) => pass,
            None => self.begin(now).await?,
        };
        let (told, next) = match &pass.stage {
            Stage::Events(mark) => {
                let (told, mark) = self.audit_events(mark, pass.until, now).await?;
                (told, Some(mark.map_or(Stage::Calls(pass.start()), Stage::Events)))
            }
            Stage::Calls(mark) => {
                let (told, mark) = self.audit_calls(mark, &pass, now).await?;
                (told, Some(mark.map_or(Stage::Batches, Stage::Calls)))
            }
            Stage::Batches => (self.audit_batches(&pass, now).await?, None),
        };
        let Some(stage) = next else {
            let notes = vec![(NOTE.to_owned(), pass.until.to_string())];
            self.store.commit(&Change { notes, ..Change::default() }, now).await?;
            self.pass = None;
            return Ok(Audited { next: after(now, EVERY), told, complete: true });
        };
        pass.stage = stage;
        self.pass = Some(pass);
        Ok(Audited { next: after(now, REST), told, complete: false })
    }

    async fn begin(&self, now: Timestamp) -> anyhow::Result<Pass> {
        let known = self.store.note(NOTE).await?.and_then(|text| text.parse::<Timestamp>().ok());
        // A clock that was put back must not keep the audit waiting until it has caught up.
        let from = known.map_or_else(|| after(now, -FIRST), |known| after(known.min(now), -OVERLAP));
        let mut pass = Pass { from, until: after(now, -YOUNG), stage: Stage::Batches };
        pass.stage = Stage::Events(pass.start());
        Ok(pass)
    }

    async fn audit_events(
        &self,
        mark: &Mark,
        until: Timestamp,
        now: Timestamp,
    ) -> anyhow::Result<(Committed, Option<Mark>)> {
        let (events, next) = self.store.walk_events(&self.teller.routed_by, mark, until, EVENTS).await?;
        let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
        let links = self.store.links(&ids).await?;
        let mut holes = Vec::new();
        for event in events {
            let (_, mut wanted) = self.teller.whom(&event);
            // Where nothing was posted there is nothing to change.
            wanted.retain(|new| new.form != Form::Edit);
            let lacks = |new: &NewDelivery| {
                !links.contains(&Link {
                    event_id: event.id.clone(),
                    notifier: new.to.notifier.clone(),
                    recipient: new.to.recipient.clone(),
                    purpose: new.purpose().to_owned(),
                })
            };
            let lacking = wanted.into_iter().filter(lacks).map(|new| NewDelivery { due: now, ..new });
            let lacking: Vec<NewDelivery> = lacking.collect();
            if !lacking.is_empty() {
                holes.push((event, lacking));
            }
        }
        let told = match holes.is_empty() {
            true => Committed::default(),
            false => self.store.mend(&holes, &|mended| self.tell_mended(mended, now), now).await?,
        };
        Ok((told, next))
    }

    /// One event for all that was found in one step, so that a great loss is not a flood.
    fn tell_mended(&self, mended: &[Mended<'_>], now: Timestamp) -> Option<Told> {
        for one in mended {
            tracing::error!(event.id = %one.event.id, "{}; it is now", lack(one));
        }
        // What tells of a hole may have one too; that is mended, but telling of it would not end.
        let worth: Vec<&Mended<'_>> = mended.iter().filter(|one| one.event.kind != Kind::DeliveryMissing).collect();
        let first = worth.first()?;
        let (what, reason) = match worth.len() {
            1 => (format!("event {}", first.event.id), lack(first)),
            number => {
                (format!("{number} events"), format!("{}, and {} others were incomplete too", lack(first), number - 1))
            }
        };
        let deliveries = worth.iter().map(|one| one.given.len() as u64).sum();
        let problem = Problem { what, since: first.event.observed_at, reason, attempts: deliveries };
        let from = From { account: &first.event.account, watches: &first.event.watches, now };
        Some(self.teller.missing(from, &format!("{} {now}", first.event.id), problem))
    }

    async fn audit_calls(&self, mark: &Mark, pass: &Pass, now: Timestamp) -> anyhow::Result<(Committed, Option<Mark>)> {
        let (records, next) = self.store.walk_calls(mark, pass.until, CALLS).await?;
        let mut ended: BTreeMap<String, Vec<(CallRecord, detect::call::Memory)>> = BTreeMap::new();
        for record in records {
            let memory: detect::call::Memory = serde_json::from_str(&record.memory).unwrap_or_default();
            // What was told before this pass was audited then, and may have been pruned since.
            if !memory.silent && memory.told.is_some() && memory.told_at.is_some_and(|at| at >= pass.from) {
                ended.entry(record.account.clone()).or_default().push((record, memory));
            }
        }
        let kinds = [Kind::CallCompleted, Kind::CallFailed].map(Kind::as_str);
        let mut change = Change::default();
        for (account, calls) in &ended {
            let ids: Vec<&str> = calls.iter().map(|(record, _)| record.call.id.as_str()).collect();
            let told = self.store.told_about(account, &ids, &kinds).await?;
            for (record, memory) in calls.iter().filter(|(record, _)| !told.contains(&record.call.id)) {
                change.events.extend(self.tell_end(record, memory, now));
            }
        }
        Ok((self.store.commit(&change, now).await?, next))
    }

    /// The end of a call made anew from what is stored, and that it had been missing.
    fn tell_end(&self, record: &CallRecord, memory: &detect::call::Memory, now: Timestamp) -> Vec<Told> {
        let (Some(outcome), Some(since)) = (memory.told, memory.told_at) else { return vec![] };
        let id = &record.call.id;
        tracing::error!(call.id = %id, "The end of call {id} had not been told; it is now");
        let from = From { account: &record.account, watches: &memory.watches, now };
        let problem = Problem {
            what: format!("call {id}"),
            since,
            reason: format!("its end ({outcome}) had been seen and not been told"),
            attempts: 0,
        };
        let end = self.teller.call(from, &record.call, detect::call::Change::Ended(outcome), None);
        vec![end, self.teller.missing(from, &format!("call {id} {since}"), problem)]
    }

    async fn audit_batches(&self, pass: &Pass, now: Timestamp) -> anyhow::Result<Committed> {
        let mut change = Change::default();
        for record in self.store.batches_done(pass.from, pass.until).await? {
            let batch = TrackedBatch::stored(record);
            let Some(since) = batch.memory.completed_at.filter(|at| *at >= pass.from && !batch.memory.silent) else {
                continue;
            };
            let (account, id) = (&batch.record.account, batch.record.batch.id.as_str());
            if !self.store.told_about(account, &[id], &[Kind::BatchCompleted.as_str()]).await?.is_empty() {
                continue;
            }
            tracing::error!(batch.id = %id, "The end of batch {id} had not been told; it is now");
            let tally = self.store.tally(account, id).await?;
            let facts = batch_facts(&self.store, &batch, &tally, true, now).await?;
            let from = From { account, watches: &batch.memory.watches, now };
            let reason = "its end had been seen and not been told".to_owned();
            let problem = Problem { what: format!("batch {id}"), since, reason, attempts: 0 };
            let missing = self.teller.missing(from, &format!("batch {id} {since}"), problem);
            change.events.extend([self.teller.batch(from, facts, detect::batch::Change::Completed), missing]);
        }
        self.store.commit(&change, now).await
    }
}

impl Pass {
    fn start(&self) -> Mark {
        Mark { at: self.from, ..Mark::default() }
    }
}

/// `call.completed of c1 had not been given to ops`.
fn lack(one: &Mended<'_>) -> String {
    let names: BTreeSet<&str> = one.given.iter().map(|new| new.to.notifier.as_str()).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    format!("{} of {} had not been given to {names}", one.event.kind, one.event.about())
}
