//! The account's calls and batches, in the order of their creation.

use std::{collections::HashMap, sync::Arc};

use fastrand::Rng;
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    model::batch::BatchApi,
    simulate::{
        batch::Batch,
        clock::{NEVER, Pace},
        ending::{self, Ending},
        faults::Script,
        options::Options,
        people,
        plan::{CallSpec, Identity, Plan},
        seeded,
    },
};

/// A call of the account: one that is played, or a document put there as it is.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: String,
    /// Microseconds since 1970, then the order of arrival.
    key: (i64, u64),
    pub(super) batch_id: Option<String>,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Planned(Box<Plan>),
    Document { record: Value, row: Value },
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) options: Options,
    pub(super) script: Script,
    pub(super) batches: Vec<Batch>,
    /// Ids of the loose calls that were there from the beginning or added since.
    pub(super) loose: Vec<String>,
    pace: Pace,
    calls: Vec<Arc<Entry>>,
    by_id: HashMap<String, Arc<Entry>>,
    by_batch: HashMap<String, Vec<Arc<Entry>>>,
    /// Endings still to be dealt to calls that are added one by one.
    cards: Vec<Ending>,
    added: u64,
    inserted: u64,
}

impl State {
    pub(super) fn new(options: Options, now: i64) -> Self {
        let mut state = Self {
            pace: Pace::new(options.speed),
            script: Script::new(options.seed, options.faults.clone()),
            batches: Vec::new(),
            loose: Vec::new(),
            calls: Vec::new(),
            by_id: HashMap::new(),
            by_batch: HashMap::new(),
            cards: Vec::new(),
            added: 0,
            inserted: 0,
            options,
        };
        for (index, size) in state.options.batches.clone().into_iter().enumerate() {
            let api = if index % 3 == 2 { BatchApi::V1 } else { BatchApi::V2 };
            state.add_batch(api, size as usize, now);
        }
        state.add_loose_calls(now);
        state
    }

    /// The first five are there at once, so that their ids can be watched; the others come one by one.
    fn add_loose_calls(&mut self, now: i64) {
        let rng = &mut seeded::rng(self.options.seed, "arrivals");
        let mut endings = ending::deal(self.options.calls as usize, &self.options.account.mix, rng);
        let mut at = now;
        for index in 0..self.options.calls {
            if index >= 5 {
                // Exponential gaps: calls that do not know of each other.
                let gap = -(1.0 - rng.f64()).ln() * self.options.account.call_every;
                at = at.saturating_add(self.pace.micros(gap));
            }
            let spec = CallSpec { ending: endings.pop(), ..CallSpec::default() };
            let id = self.add_planned(spec, at);
            self.loose.push(id);
        }
    }

    /// Adds a call, with its second leg and its redial where it has them, and gives back its id.
    pub(super) fn add_call(&mut self, spec: CallSpec, now: i64) -> String {
        let created = spec.created_at.map_or(now, |millis| millis.saturating_mul(1_000));
        let id = self.add_planned(spec, created);
        if self.batch_of(&id).is_none() {
            self.loose.push(id.clone());
        }
        id
    }

    pub(super) fn add_planned(&mut self, spec: CallSpec, created: i64) -> String {
        self.added += 1;
        let seed = seeded::derive(self.options.seed, &format!("call {}", self.added));
        let ending = spec.ending.unwrap_or_else(|| self.next_ending());
        let id = spec.id.clone().unwrap_or_else(|| seeded::uuid(seed, "id"));
        let line = self.line(seed);
        let plan =
            Plan::new(Identity { id: id.clone(), seed, created, line }, spec, ending, &self.options.account, self.pace);
        if let Some(leg) = plan.leg() {
            self.insert_plan(leg);
        }
        self.redial(&plan);
        self.insert_plan(plan);
        id
    }

    fn redial(&mut self, plan: &Plan) {
        let Some(wait) = plan.spec.retry_after.filter(|_| plan.ending == Ending::Voicemail) else { return };
        let spec = CallSpec {
            id: None,
            ending: None,
            scenario: None,
            inbound: Some(false),
            retry_after: None,
            to: Some(plan.to.clone()),
            from: Some(plan.from.clone()),
            ..plan.spec.clone()
        };
        self.add_planned(spec, plan.times.ended.saturating_add(self.pace.micros(wait)));
    }

    /// One of the account's three numbers.
    fn line(&self, seed: u64) -> String {
        people::number(&mut self.rng(&format!("line {}", seed % 3)))
    }

    fn next_ending(&mut self) -> Ending {
        if self.cards.is_empty() {
            let rng = &mut seeded::rng(self.options.seed, &format!("cards {}", self.added));
            self.cards = ending::deal(50, &self.options.account.mix, rng);
        }
        self.cards.pop().unwrap_or(Ending::Human)
    }

    fn insert_plan(&mut self, plan: Plan) {
        let (id, batch_id, created) = (plan.id.clone(), plan.batch_id.clone(), plan.times.created);
        self.insert(id, batch_id, created, Body::Planned(Box::new(plan)));
    }

    /// Puts a document into the account, or in place of what has its id.
    pub(super) fn put(&mut self, record: Value, row: Value, now: i64) -> Option<String> {
        let text = |key: &str| record[key].as_str().or_else(|| row[key].as_str()).map(str::to_owned);
        let id = text("call_id").or_else(|| text("c_id"))?;
        let created = text("created_at").and_then(|at| at.parse::<Timestamp>().ok());
        let created = created.map_or(now, Timestamp::as_microsecond);
        self.insert(id.clone(), text("batch_id"), created, Body::Document { record, row });
        Some(id)
    }

    fn insert(&mut self, id: String, batch_id: Option<String>, created: i64, body: Body) {
        self.inserted += 1;
        let order = self.remove(&id).map_or(self.inserted, |entry| entry.key.1);
        let entry = Arc::new(Entry { id, key: (created, order), batch_id, body });
        place(&mut self.calls, &entry);
        if let Some(batch) = &entry.batch_id {
            place(self.by_batch.entry(batch.clone()).or_default(), &entry);
        }
        self.by_id.insert(entry.id.clone(), entry);
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Arc<Entry>> {
        let entry = self.by_id.remove(id)?;
        unplace(&mut self.calls, &entry);
        if let Some(calls) = entry.batch_id.as_ref().and_then(|batch| self.by_batch.get_mut(batch)) {
            unplace(calls, &entry);
        }
        Some(entry)
    }

    /// Ends a call now. None: there is no such call; false: it is over.
    pub(super) fn stop(&mut self, id: &str, now: i64) -> Option<bool> {
        let entry = self.call(id, now)?;
        let Body::Planned(plan) = &entry.body else { return Some(false) };
        let mut plan = plan.clone();
        let leg = plan.transfer.as_ref().and_then(|transfer| transfer.leg.clone());
        let stopped = plan.stop(now);
        if stopped {
            // A transfer that was still to come does not come any more.
            if let Some(leg) = leg.filter(|_| plan.transfer.is_none()) {
                self.remove(&leg);
            }
            self.insert_plan(*plan);
        }
        Some(stopped)
    }

    /// A call that has been created by now.
    pub(super) fn call(&self, id: &str, now: i64) -> Option<Arc<Entry>> {
        self.by_id.get(id).filter(|entry| entry.key.0 <= now).cloned()
    }

    pub(super) fn plan(&self, id: &str) -> Option<&Plan> {
        self.by_id.get(id).and_then(|entry| entry.plan())
    }

    /// All calls created by now, oldest first.
    pub(super) fn calls(&self, now: i64) -> &[Arc<Entry>] {
        until(&self.calls, now)
    }

    pub(super) fn calls_of(&self, batch: &str, now: i64) -> &[Arc<Entry>] {
        self.by_batch.get(batch).map_or(&[], |calls| until(calls, now))
    }

    /// When the last planned fact will be known; none if a call never ends.
    pub(super) fn settled_at(&self) -> Option<i64> {
        let plans = self.calls.iter().filter_map(|entry| entry.plan());
        let last = plans.map(|plan| plan.last_change()).max().unwrap_or_default();
        let batches = self.batches.iter().map(|batch| self.completed_at(batch)).max().unwrap_or_default();
        Some(last.max(batches)).filter(|at| *at != NEVER)
    }

    fn batch_of(&self, id: &str) -> Option<&str> {
        self.by_id.get(id)?.batch_id.as_deref()
    }

    pub(super) fn rng(&self, what: &str) -> Rng {
        seeded::rng(self.options.seed, what)
    }

    pub(super) fn pace(&self) -> Pace {
        self.pace
    }
}

impl Entry {
    pub(super) fn created(&self) -> i64 {
        self.key.0
    }

    pub(super) fn plan(&self) -> Option<&Plan> {
        match &self.body {
            Body::Planned(plan) => Some(plan),
            Body::Document { .. } => None,
        }
    }
}

fn place(calls: &mut Vec<Arc<Entry>>, entry: &Arc<Entry>) {
    let at = calls.partition_point(|other| other.key < entry.key);
    calls.insert(at, Arc::clone(entry));
}

fn unplace(calls: &mut Vec<Arc<Entry>>, entry: &Arc<Entry>) {
    if let Ok(at) = calls.binary_search_by_key(&entry.key, |other| other.key) {
        calls.remove(at);
    }
}

fn until(calls: &[Arc<Entry>], now: i64) -> &[Arc<Entry>] {
    calls.get(..calls.partition_point(|entry| entry.key.0 <= now)).unwrap_or_default()
}
