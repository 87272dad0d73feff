//! A fake of Bland's API over real HTTP, for users who try their templates, for the demo, and for tests.
//!
//! Every call is decided when it is made (`plan`) and shown as it is at the moment of a request
//! (`lifecycle`, `wire`), so the same seed and the same clock give the same bytes. Tests turn the
//! clock by hand, put documents in as they are, and script what goes wrong:
//!
//! ```no_run
//! # use ringback::simulate::{Simulator, clock::Clock, ending::Ending, faults::{Fault, Rule}, options::Options, plan::CallSpec};
//! let (clock, hand) = Clock::hand("2025-01-06T15:00:00Z".parse().unwrap());
//! let bland = Simulator::new(Options::default(), clock);
//! let call = bland.add_call(CallSpec { ending: Some(Ending::Voicemail), ..CallSpec::default() });
//! bland.script(Rule::once("/v1/calls", Fault::Reset));
//! hand.fetch_add(60_000, std::sync::atomic::Ordering::SeqCst);
//! ```

mod batch;
mod batches;
pub mod clock;
pub mod ending;
pub mod faults;
mod handlers;
mod lifecycle;
mod list;
mod moment;
pub mod options;
mod people;
pub mod plan;
pub mod scenario;
mod seeded;
mod server;
mod state;
mod wire;
mod words;

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, Method},
};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::{
    model::{batch::BatchApi, secret::Secret},
    simulate::{
        batches::NewBatch,
        clock::{Clock, NEVER},
        ending::Ending,
        faults::{Fault, Rule},
        options::{Account, Options},
        plan::CallSpec,
        scenario::KnownFacts,
        state::State,
    },
};

/// How many requests are remembered.
const REMEMBERED: usize = 20_000;

/// One simulated account; clones share it.
#[derive(Debug, Clone)]
pub struct Simulator(Arc<World>);

#[derive(Debug)]
struct World {
    clock: Clock,
    state: Mutex<State>,
    seen: Mutex<VecDeque<Seen>>,
}

/// A request that came in, whatever was answered.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    /// As it came, still encoded; empty if there was none.
    pub query: String,
    pub headers: HeaderMap,
    /// Milliseconds of the simulator's clock since 1970.
    pub at: i64,
}

impl Simulator {
    pub fn new(options: Options, clock: Clock) -> Self {
        let state = Mutex::new(State::new(options, clock.micros()));
        Self(Arc::new(World { clock, state, seen: Mutex::default() }))
    }

    /// The API as a service; only [`Self::serve`] can reset connections.
    pub fn router(&self) -> Router {
        server::router(self.clone())
    }

    /// Serves until `shutdown` is ready and the requests under way are answered.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        server::serve(self, listener, shutdown).await
    }

    /// Adds a call that is played from now on, or from the time it names, and gives back its id.
    pub fn add_call(&self, spec: CallSpec) -> String {
        self.with(|state, now| state.add_call(spec, now))
    }

    /// Adds a batch of these calls, which are sent out one by one, and gives back its id.
    pub fn add_batch(&self, api: BatchApi, description: &str, calls: Vec<CallSpec>) -> String {
        let batch = NewBatch { description: Some(description.to_owned()), ..NewBatch::default() };
        self.with(|state, now| state.create_batch(api, batch, calls, now))
    }

    /// Puts a record into the account as it is, or in place of the one with its id.
    ///
    /// Its list row is the record without what rows never have. None if it has no id.
    pub fn put(&self, record: Value) -> Option<String> {
        let mut row = record.clone();
        if let Some(row) = row.as_object_mut() {
            row.retain(|key, _| !matches!(key.as_str(), "transcripts" | "concatenated_transcript" | "request_data"));
        }
        self.put_with_row(record, row)
    }

    /// Puts a record and its list row into the account, each as it is.
    pub fn put_with_row(&self, record: Value, row: Value) -> Option<String> {
        self.with(|state, now| state.put(record, row, now))
    }

    /// Forgets a call. False if there is none.
    pub fn remove(&self, id: &str) -> bool {
        self.with(|state, _| state.remove(id).is_some())
    }

    /// Adds a rule for answers that go wrong, behind those already there.
    pub fn script(&self, rule: Rule) {
        self.with(|state, _| state.script.push(rule));
    }

    /// Changes how the account answers from now on; calls already made end as they were to end.
    pub fn change(&self, change: impl FnOnce(&mut Account)) {
        self.with(|state, _| change(&mut state.options.account));
    }

    /// The record of a call as it is now, as `GET /v1/calls/{id}` gives it.
    pub fn record(&self, id: &str) -> Option<Value> {
        self.with(|state, now| Some(list::record(&*state.call(id, now)?, now, &state.options.account)))
    }

    /// The body of Bland's post-call webhook: the record without what only the API tells.
    pub fn webhook_body(&self, id: &str) -> Option<Value> {
        let mut body = self.record(id)?;
        for turn in body["transcripts"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            turn.retain(|key, _| !matches!(key.as_str(), "c_id" | "status" | "transcript_id"));
        }
        body.as_object_mut()?.retain(|key, _| !matches!(key.as_str(), "request_data" | "endpoint_url"));
        Some(body)
    }

    /// Ids of the calls outside batches, in the order they were added, also of those still to come.
    pub fn calls(&self) -> Vec<String> {
        self.with(|state, _| state.loose.clone())
    }

    /// Ids of the calls of a batch, also of those still to be sent out.
    pub fn calls_of(&self, batch: &str) -> Vec<String> {
        self.with(|state, _| state.calls_of(batch, NEVER).iter().map(|entry| entry.id.clone()).collect())
    }

    /// Ids of the batches, oldest first.
    pub fn batches(&self) -> Vec<String> {
        self.with(|state, _| state.batches.iter().map(|batch| batch.id.clone()).collect())
    }

    /// How a call was made to end; none for documents that were put.
    pub fn ending(&self, id: &str) -> Option<Ending> {
        self.with(|state, _| state.plan(id).map(|plan| plan.ending))
    }

    /// What both sides of a call agreed on, for judging what a summary says.
    pub fn known_facts(&self, id: &str) -> Option<KnownFacts> {
        self.with(|state, _| state.plan(id).map(wire::known_facts))
    }

    /// When everything that is planned will have happened, in milliseconds since 1970; none if a call is stuck.
    pub fn settled_at(&self) -> Option<i64> {
        self.with(|state, _| state.settled_at()).map(|micros| micros / 1_000 + 1)
    }

    /// The last requests, oldest first.
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.0.seen).iter().cloned().collect()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        lock(&self.0.seen).clear();
    }

    fn with<T>(&self, work: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = self.0.clock.micros();
        work(&mut lock(&self.0.state), now)
    }

    /// Remembers a request, and says what is to go wrong with it.
    fn note(&self, request: &Request) -> Option<Fault> {
        let (method, uri) = (request.method().clone(), request.uri());
        let fault = self.with(|state, _| state.script.strike(method.as_str(), uri.path()));
        let mut seen = lock(&self.0.seen);
        if seen.len() == REMEMBERED {
            seen.pop_front();
        }
        seen.push_back(Seen {
            method,
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            at: self.0.clock.micros() / 1_000,
        });
        fault
    }

    fn api_key(&self) -> Option<Secret> {
        self.with(|state, _| state.options.api_key.clone())
    }

    fn user_id(&self) -> String {
        self.with(|state, _| seeded::uuid(state.options.seed, "user"))
    }

    fn org_id(&self) -> String {
        self.with(|state, _| seeded::uuid(state.options.seed, "organization"))
    }
}

/// A panic in a test must not make every later request panic too.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
