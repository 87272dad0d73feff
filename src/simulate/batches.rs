//! Batches: how they are sent out and end, and their documents with calls.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    model::batch::BatchApi,
    simulate::{
        batch::Batch,
        clock::NEVER,
        ending::{self, Ending},
        list, moment,
        plan::{CallSpec, Plan},
        scenario, seeded,
        state::{Entry, State},
    },
};

/// How many call objects v2 shows of a batch, however many it has.
const PREVIEW: usize = 5;

/// A batch as somebody asks for it.
#[derive(Debug, Default)]
pub(super) struct NewBatch {
    pub(super) description: Option<String>,
    pub(super) global: Value,
    pub(super) objects: Vec<Value>,
    pub(super) campaign_id: Option<String>,
}

impl State {
    /// A batch about one subject, whose calls end as the account's mix has it.
    pub(super) fn add_batch(&mut self, api: BatchApi, size: usize, now: i64) -> String {
        let rng = &mut self.rng(&format!("batch {}", self.batches.len()));
        let endings = ending::deal(size, &self.options.account.mix, rng);
        let subject = scenario::draw(Ending::Undetected, Some(false), rng);
        let name = subject.map_or_else(|| "Calls".to_owned(), |scenario| scenario.name.replace('_', " "));
        let wave = self.batches.len() + 1;
        let specs = endings.into_iter().map(|ending| {
            // One call in five goes its own way: a wrong number, a refusal, a call me back.
            let fits = subject.filter(|scenario| scenario.endings.contains(&ending) && !seeded::one_in(rng, 5));
            let tier = if seeded::one_in(rng, 4) { "gold" } else { "standard" };
            let metadata = [("campaign", json!(name)), ("wave", json!(wave)), ("tier", json!(tier))];
            CallSpec {
                ending: Some(ending),
                scenario: fits.map(|fits| fits.name.to_owned()),
                metadata: metadata.map(|(key, value)| (key.to_owned(), value)).into_iter().collect(),
                variables: std::iter::once(("tier".to_owned(), json!(tier))).collect(),
                ..CallSpec::default()
            }
        });
        let specs = specs.collect();
        // Placeholders as Bland writes them.
        let task = subject.map(|scenario| scenario.task.replace('{', "{{").replace('}', "}}"));
        let batch = NewBatch {
            description: Some(format!("{}, wave {wave}", capitalized(&name))),
            global: json!({ "task": task, "record": true }),
            ..NewBatch::default()
        };
        self.create_batch(api, batch, specs, now)
    }

    /// Creates a batch of these calls, which appear as they are sent out.
    pub(super) fn create_batch(&mut self, api: BatchApi, new: NewBatch, specs: Vec<CallSpec>, now: i64) -> String {
        let what = format!("batch {} id", self.batches.len());
        let id = match api {
            BatchApi::V1 => format!("{}-gen-batch", seeded::token(self.options.seed, &what, 16)),
            BatchApi::V2 => seeded::uuid(self.options.seed, &what),
        };
        let size = specs.len();
        let cps = (size as f64 / 60.0).clamp(1.12, 12.5);
        let pace = self.pace();
        let mut preview = new.objects;
        for (index, spec) in specs.into_iter().enumerate() {
            let created = now.saturating_add(pace.micros(3.0 + index as f64 / cps));
            let spec = CallSpec {
                batch_id: Some(id.clone()),
                campaign_id: new.campaign_id.clone(),
                inbound: Some(false),
                ..spec
            };
            let call = self.add_planned(spec, created);
            if preview.len() < PREVIEW.min(size) {
                preview.extend(self.plan(&call).map(|plan| json!({ "phone_number": plan.to })));
            }
        }
        preview.truncate(PREVIEW);
        self.batches.push(Batch {
            id: id.clone(),
            api,
            created: now,
            size,
            description: new.description.unwrap_or_else(|| "Untitled Batch".to_owned()),
            global: new.global,
            preview,
            campaign_id: new.campaign_id,
            cps,
            dispatching: now.saturating_add(pace.micros(1.2)),
            in_progress: now.saturating_add(pace.micros(2.9)),
            closing: pace.micros(4.0),
        });
        id
    }

    /// A batch that the API knows; each batch belongs to one of the two.
    pub(super) fn batch(&self, api: BatchApi, id: &str, now: i64) -> Option<&Batch> {
        self.batches.iter().find(|batch| batch.api == api && batch.id == id && batch.created <= now)
    }

    /// The batches of one API, newest first.
    pub(super) fn batches(&self, api: BatchApi, now: i64) -> impl DoubleEndedIterator<Item = &Batch> {
        self.batches.iter().rev().filter(move |batch| batch.api == api && batch.created <= now)
    }

    /// Ends all calls of a batch, also those still to come, and says how many it ended.
    pub(super) fn stop_batch(&mut self, id: &str, now: i64) -> usize {
        let still_to_come = |entry: &&Arc<Entry>| entry.created() > now;
        let unsent: Vec<_> =
            self.calls_of(id, NEVER).iter().filter(still_to_come).map(|entry| entry.id.clone()).collect();
        for call in &unsent {
            self.remove(call);
        }
        if let Some(batch) = self.batches.iter_mut().find(|batch| batch.id == id) {
            batch.size = batch.size.saturating_sub(unsent.len());
        }
        let sent: Vec<_> = self.calls_of(id, now).iter().map(|entry| entry.id.clone()).collect();
        let stopped = sent.iter().filter(|call| self.stop(call, now) == Some(true)).count();
        stopped + unsent.len()
    }

    /// When the last call had ended and been counted; never, while one is still to come or stuck.
    pub(super) fn completed_at(&self, batch: &Batch) -> i64 {
        let plans = self.calls_of(&batch.id, NEVER).iter().filter_map(|entry| entry.plan());
        let last = plans.map(|plan| plan.times.ended).max().unwrap_or(batch.in_progress);
        if last == NEVER { NEVER } else { last.max(batch.in_progress).saturating_add(batch.closing) }
    }

    /// When only calls planned for later were left, where there are any.
    fn waits_from(&self, batch: &Batch) -> Option<i64> {
        let plans = || self.calls_of(&batch.id, NEVER).iter().filter_map(|entry| entry.plan());
        let (planned, others): (Vec<_>, Vec<_>) = plans().partition(|plan| plan.spec.starts_after.is_some());
        let last = others.iter().map(|plan| plan.times.ended).max().unwrap_or_default().max(batch.in_progress);
        let left = planned.iter().any(|plan| plan.times.ended > last);
        left.then_some(last)
    }

    /// The entries of a v2 batch's log, oldest first.
    pub(super) fn batch_logs(&self, batch: &Batch, org_id: &str, now: i64) -> Vec<Value> {
        let sent = self.calls_of(&batch.id, now).len();
        let size = batch.size;
        let counts = format!("Requested: {size}. Validated: {size}. Dispatched: {sent}. CPS: {:.2}.", batch.cps);
        let completed = self.completed_at(batch);
        let lifecycle = |message: String, state: &str| json!({ "message": message, "state_change": state });
        let mut entries = vec![
            (batch.created, "lifecycle", lifecycle(format!("Requested: {size}."), "validating")),
            (
                batch.dispatching,
                "lifecycle",
                lifecycle(format!("Requested: {size}. Validated: {size}."), "dispatching"),
            ),
            (batch.in_progress, "lifecycle", lifecycle(counts, "in_progress")),
        ];
        if let Some(waiting) = self.waits_from(batch) {
            entries.push((waiting, "lifecycle", lifecycle(String::new(), "waiting_for_scheduled_calls")));
        }
        if completed <= now {
            let plans = || self.calls_of(&batch.id, now).iter().filter_map(|entry| entry.plan());
            let successful = plans().filter(|plan| plan.is_success()).count();
            let payload = json!({
                "calls_total": plans().count(),
                "calls_failed": plans().count() - successful,
                "calls_successful": successful,
            });
            entries.push((completed, "complete", payload));
        }
        let entry = |(index, (at, kind, payload)): (usize, (i64, &str, Value))| {
            json!({
                "id": seeded::uuid(self.options.seed, &format!("{} log {index}", batch.id)),
                "batch_id": batch.id,
                "org_id": org_id,
                "event_type": kind,
                "timestamp": moment::javascript(at),
                "payload": payload,
            })
        };
        entries.into_iter().filter(|(at, ..)| *at <= now).enumerate().map(entry).collect()
    }

    /// `GET /v1/batches/{id}`, with the parts asked for.
    pub(super) fn batch_v1(&self, batch: &Batch, parts: V1Parts, now: i64) -> Value {
        let calls = self.calls_of(&batch.id, now);
        let over = self.completed_at(batch) <= now;
        let mut document = json!({
            "status": if over { "completed" } else { "in-progress" },
            "batch_params": batch.params(),
        });
        if parts.calls {
            document["call_data"] = calls.iter().map(|entry| self.call_in_batch(entry, parts, now)).collect();
        }
        if parts.analysis {
            document["analysis"] = analysis(batch, calls, now);
        }
        document
    }

    fn call_in_batch(&self, entry: &Entry, parts: V1Parts, now: i64) -> Value {
        let mut call = list::record(entry, now, &self.options.account);
        if let Some(call) = call.as_object_mut().filter(|_| !parts.transcripts) {
            call.remove("transcripts");
            call.remove("concatenated_transcript");
        }
        call
    }
}

/// What `GET /v1/batches/{id}` is to include.
#[derive(Debug, Clone, Copy)]
pub(super) struct V1Parts {
    pub(super) calls: bool,
    pub(super) transcripts: bool,
    pub(super) analysis: bool,
}

fn analysis(batch: &Batch, calls: &[Arc<Entry>], now: i64) -> Value {
    let plans: Vec<&Plan> = calls.iter().filter_map(|entry| entry.plan()).collect();
    let views: Vec<_> = plans.iter().map(|plan| plan.at(now)).collect();
    let mut queue_statuses = serde_json::Map::new();
    for view in &views {
        let count = queue_statuses.entry(view.queue_status).or_insert(json!(0));
        *count = json!(count.as_u64().unwrap_or_default() + 1);
    }
    let lengths: Vec<u32> = views.iter().filter(|view| view.ended.is_some()).map(|view| view.seconds).collect();
    let nonzero: Vec<u32> = lengths.iter().copied().filter(|length| *length > 0).collect();
    let live = plans.iter().filter(|plan| plan.is_live(now)).count();
    let errors = plans
        .iter()
        .zip(&views)
        .filter_map(|(plan, view)| Some(json!({ "call_id": plan.id, "error_message": view.error? })));
    json!({
        "total_calls": batch.size,
        "completed_calls": plans.len() - live,
        "in_progress_calls": live,
        "queue_statuses": queue_statuses,
        "call_lengths": {
            "average": average(&lengths),
            "average_nonzero": average(&nonzero),
            "summary": histogram(&lengths),
            "all": lengths,
        },
        "call_ids": plans.iter().map(|plan| &plan.id).collect::<Vec<_>>(),
        "error_messages": errors.collect::<Vec<_>>(),
        "endpoints": { "api.bland.ai": plans.len() },
    })
}

/// Calls by seconds, in the steps that Bland shows.
fn histogram(lengths: &[u32]) -> Value {
    const STEPS: [u32; 10] = [0, 5, 10, 15, 20, 30, 45, 60, 90, 120];
    let steps = STEPS.iter().enumerate().map(|(index, from)| {
        let to = STEPS.get(index + 1);
        let name = to.map_or_else(|| format!("{from}+"), |to| format!("{from}-{to}"));
        let within = |length: &&u32| **length >= *from && to.is_none_or(|to| **length < *to);
        (name, json!(lengths.iter().filter(within).count()))
    });
    Value::Object(steps.collect())
}

fn average(lengths: &[u32]) -> u32 {
    let count = u32::try_from(lengths.len()).unwrap_or(u32::MAX);
    lengths.iter().sum::<u32>().checked_div(count).unwrap_or_default()
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
