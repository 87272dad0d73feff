//! What Ringback knows and still has to say, in SQLite or PostgreSQL: the only module with SQL.

pub mod config;
pub mod records;

use jiff::Timestamp;

use crate::{
    event::Event,
    model::{outcome::Outcome, period::Period},
    store::records::{
        Attempt, BatchRecord, BatchTally, CallFilter, CallRecord, Change, Claimed, Committed, DeliveryFilter,
        DeliveryRow, EventFilter, Follow, Next, Open,
    },
};

/// A connection pool to one database whose schema is up to date.
#[derive(Debug, Clone)]
pub struct Store {}

impl Store {
    /// Opens or creates the database and brings its schema up to date.
    pub async fn open(_url: &str) -> anyhow::Result<Self> {
        unimplemented!()
    }

    /// Writes everything in one transaction. Events and deliveries that exist already are left as they are.
    pub async fn commit(&self, _change: &Change, _now: Timestamp) -> anyhow::Result<Committed> {
        unimplemented!()
    }

    /// The records of those of `ids` that are known (any number of ids).
    pub async fn calls(&self, _account: &str, _ids: &[&str]) -> anyhow::Result<Vec<CallRecord>> {
        unimplemented!()
    }

    /// Calls not done whose `next_look` has come, earliest first.
    pub async fn calls_due(&self, _account: &str, _now: Timestamp, _limit: u32) -> anyhow::Result<Vec<CallRecord>> {
        unimplemented!()
    }

    /// The least `next_look` of a call not done.
    pub async fn next_look(&self, _account: &str) -> anyhow::Result<Option<Timestamp>> {
        unimplemented!()
    }

    /// The least `created_at` at or after `since` of calls in phase Live or Settling.
    pub async fn oldest_open(&self, _account: &str, _since: Timestamp) -> anyhow::Result<Option<Timestamp>> {
        unimplemented!()
    }

    /// Gives every live call created in `from..before` whose `next_look` is none or later the look time `look`.
    pub async fn follow_singly(&self, _account: &str, _from: Timestamp, _before: Timestamp, _look: Timestamp) -> anyhow::Result<u64> {
        unimplemented!()
    }

    pub async fn batches_open(&self, _account: &str) -> anyhow::Result<Vec<BatchRecord>> {
        unimplemented!()
    }

    pub async fn batches(&self, _account: &str, _ids: &[&str]) -> anyhow::Result<Vec<BatchRecord>> {
        unimplemented!()
    }

    /// Done calls counted by `outcome`, over all calls whose `batch_id` is `batch`.
    pub async fn tally(&self, _account: &str, _batch: &str) -> anyhow::Result<BatchTally> {
        unimplemented!()
    }

    /// Up to `limit` done calls of a batch with this outcome, oldest first.
    pub async fn batch_calls(
        &self,
        _account: &str,
        _batch: &str,
        _outcome: Option<Outcome>,
        _limit: u32,
    ) -> anyhow::Result<Vec<CallRecord>> {
        unimplemented!()
    }

    pub async fn note(&self, _key: &str) -> anyhow::Result<Option<String>> {
        unimplemented!()
    }

    pub async fn follows(&self, _account: &str) -> anyhow::Result<Vec<Follow>> {
        unimplemented!()
    }

    pub async fn taken_up(&self, _follow: &Follow) -> anyhow::Result<()> {
        unimplemented!()
    }

    pub async fn open_work(&self) -> anyhow::Result<Open> {
        unimplemented!()
    }

    /// Claims up to `limit` due deliveries for `lease`: not paused, not stopped, not leased, and
    /// none whose notifier and recipient still have an earlier pending one about the same subject.
    pub async fn claim(&self, _now: Timestamp, _lease: Period, _limit: u32) -> anyhow::Result<Vec<Claimed>> {
        unimplemented!()
    }

    /// Keeps the rendered payload of a claimed delivery.
    pub async fn keep_payload(&self, _id: &str, _payload: &str) -> anyhow::Result<()> {
        unimplemented!()
    }

    /// Ends the lease: records the attempt and how the delivery goes on. `ambiguous` marks it as possibly repeated.
    pub async fn settle(&self, _id: &str, _attempt: &Attempt, _next: &Next, _ambiguous: bool) -> anyhow::Result<()> {
        unimplemented!()
    }

    /// Ends the lease of deliveries that were claimed and not tried.
    pub async fn release(&self, _ids: &[&str], _due: Option<Timestamp>) -> anyhow::Result<()> {
        unimplemented!()
    }

    /// Nothing is claimed for the destination before `until`.
    pub async fn pause(&self, _destination: &str, _until: Timestamp) -> anyhow::Result<()> {
        unimplemented!()
    }

    /// Nothing is sent to the destination any more: its pending deliveries become dead letters
    /// with `reason`, as do later ones when they come due, until one of them is replayed.
    pub async fn stop(&self, _destination: &str, _reason: &str, _now: Timestamp) -> anyhow::Result<u64> {
        unimplemented!()
    }

    /// When the next pending delivery comes due (leases and pauses counted in).
    pub async fn next_due(&self, _now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
        unimplemented!()
    }

    pub async fn deliveries(&self, _filter: &DeliveryFilter) -> anyhow::Result<Vec<DeliveryRow>> {
        unimplemented!()
    }

    pub async fn attempts(&self, _delivery: &str) -> anyhow::Result<Vec<Attempt>> {
        unimplemented!()
    }

    /// Makes dead or delivered deliveries pending again, due now, and un-stops their destinations.
    /// With `render_again` the stored payload is dropped. Says how many.
    pub async fn replay(&self, _ids: &[&str], _now: Timestamp, _render_again: bool) -> anyhow::Result<u64> {
        unimplemented!()
    }

    /// Newest first.
    pub async fn list_calls(&self, _filter: &CallFilter) -> anyhow::Result<Vec<CallRecord>> {
        unimplemented!()
    }

    /// Newest first.
    pub async fn list_batches(&self, _limit: u32) -> anyhow::Result<Vec<BatchRecord>> {
        unimplemented!()
    }

    /// Newest first.
    pub async fn list_events(&self, _filter: &EventFilter) -> anyhow::Result<Vec<Event>> {
        unimplemented!()
    }
}
