//! Batches: found, read, counted by their calls, and told when all of them are accounted for.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::{
    bland::{error::Error, list::ListQuery},
    detect::{self, batch::Change as BatchChange, pace},
    event::facts::{BatchFacts, FailedCall, OutcomeCounts},
    model::outcome::Outcome,
    store::{
        Store,
        records::{BatchTally, CallRecord, Change},
    },
    watch::{
        State, Watcher, after, config::Batches, list::Paging, pack, sight::Sight, subject::TrackedBatch, sum,
        tell::From,
    },
};

/// A batch's own record says little that its calls do not; it is read this often while they run.
const READ_AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// The failed calls that a batch event names.
const NAMED_FAILURES: u32 = 20;
/// The calls whose prices and times are summed up at the end.
const SUMMED: u32 = 10_000;

impl Watcher {
    pub(super) async fn look_at_batches(
        &self,
        state: &mut State,
        sight: &mut Sight,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        self.find_batches(state, sight, now).await?;
        for record in self.store.batches_open(&self.account).await? {
            if !sight.may_go_on() {
                break;
            }
            self.look_at_batch(TrackedBatch::stored(record), state, sight, now).await?;
        }
        Ok(())
    }

    /// New batches of the account, for watches with `batches = "all"`.
    async fn find_batches(&self, state: &mut State, sight: &mut Sight, now: Timestamp) -> anyhow::Result<()> {
        let watches: Vec<String> =
            self.watches.iter().filter(|watch| watch.batches == Batches::All).map(|watch| watch.name.clone()).collect();
        let Some(since) = watches.iter().filter_map(|name| state.baselines.get(name)).map(|known| known.at).min()
        else {
            return Ok(());
        };
        let found = match self.client.batches(since, now).await {
            Ok(found) => found,
            Err(error) => {
                sight.list_failed(error);
                return Ok(());
            }
        };
        sight.answered();
        let ids: Vec<&str> = found.iter().map(|batch| batch.id.as_str()).collect();
        let known: HashSet<String> =
            self.store.batches(&self.account, &ids).await?.into_iter().map(|record| record.batch.id).collect();
        let floor = self.store.pruned_batches(&self.account).await?;
        let is_pruned = |created: Option<Timestamp>| floor.zip(created).is_some_and(|(floor, at)| at <= floor);
        let mut change = Change::default();
        for batch in found.into_iter().filter(|batch| !known.contains(&batch.id) && !is_pruned(batch.created_at)) {
            let mut tracked = TrackedBatch::new(&self.account, batch, now);
            let created = tracked.record.batch.created_at;
            let news = |name: &&String| {
                state.baselines.get(*name).is_some_and(|known| created.is_none_or(|at| at >= known.at))
            };
            for name in watches.iter().filter(news) {
                tracked.follow(name);
            }
            tracked.memory.silent = tracked.memory.watches.is_empty();
            change.batches.push(tracked.pack(now));
        }
        self.store.commit(&change, now).await?;
        self.batches_are_found(&watches, state, now).await
    }

    /// A watch on batches alone has its baseline once the batches have been listed.
    async fn batches_are_found(&self, watches: &[String], state: &mut State, now: Timestamp) -> anyhow::Result<()> {
        let mut change = Change::default();
        let of_calls = |name: &String| self.watches.iter().any(|watch| watch.name == *name && watch.all_calls);
        for name in watches.iter().filter(|name| !of_calls(name)) {
            let Some(baseline) = state.baselines.get_mut(name).filter(|baseline| !baseline.done) else { continue };
            baseline.done = true;
            change.notes.push((format!("baseline:{}:{name}", self.account), pack(baseline)));
        }
        if !change.notes.is_empty() {
            self.store.commit(&change, now).await?;
        }
        Ok(())
    }

    async fn look_at_batch(
        &self,
        mut batch: TrackedBatch,
        state: &mut State,
        sight: &mut Sight,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let id = batch.record.batch.id.clone();
        if !self.read_rows(&batch, state, sight, now).await? {
            return Ok(());
        }
        let tally = self.store.tally(&self.account, &id).await?;
        let due = state.batch_looks.get(&id).is_none_or(|look| *look <= now);
        let calls_done = tally.seen > 0 && tally.done == tally.seen;
        let changes = if due || (calls_done && !batch.record.batch.over) {
            let known = batch.memory.first_seen.map(|_| batch.record.batch.api);
            match self.client.batch(&id, known, now).await {
                Ok(read) => {
                    sight.answered();
                    state.batch_looks.insert(id, after(now, READ_AGAIN));
                    batch.record.batch = read;
                    self.step_batch(&mut batch, &tally, state, now)
                }
                Err(Error::NotFound) => {
                    sight.answered();
                    let rules = self.rules(state);
                    // Rows prove that the batch is there, whatever its own record's address.
                    match tally.seen {
                        0 => detect::batch::step_not_found(&mut batch.memory, &rules, now),
                        _ => self.step_batch(&mut batch, &tally, state, now),
                    }
                }
                Err(error) => {
                    sight.failed(error);
                    return Ok(());
                }
            }
        } else {
            self.step_batch(&mut batch, &tally, state, now)
        };
        self.tell_batch(batch, &tally, &changes, sight, now).await
    }

    fn step_batch(
        &self,
        batch: &mut TrackedBatch,
        tally: &BatchTally,
        state: &State,
        now: Timestamp,
    ) -> Vec<BatchChange> {
        detect::batch::step(&mut batch.memory, &batch.record.batch, tally.seen, tally.done, &self.rules(state), now)
    }

    /// Reads the batch's rows; false if that had to be broken off.
    async fn read_rows(
        &self,
        batch: &TrackedBatch,
        state: &mut State,
        sight: &mut Sight,
        now: Timestamp,
    ) -> anyhow::Result<bool> {
        let id = &batch.record.batch.id;
        let mut paging = Paging::default();
        loop {
            let query = ListQuery { since: None, batch_id: Some(id.clone()), offset: paging.offset };
            let page = match self.client.list(&query, now).await {
                Ok(page) => page,
                Err(Error::NotFound) => return Ok(true),
                Err(error) => {
                    sight.list_failed(error);
                    return Ok(false);
                }
            };
            sight.answered();
            self.say_what_is_odd(&page, state);
            let last = paging.is_last(&page);
            // A server that does not know the filter answers with everything.
            let rows = page.rows.into_iter().filter(|row| row.call.batch_id.as_ref() == Some(id)).collect();
            self.take_in(rows, Some(batch), state, sight, now).await?;
            if last {
                let error = paging.unreadable();
                let readable = error.is_none();
                error.into_iter().for_each(|error| sight.list_failed(error));
                return Ok(readable);
            }
        }
    }

    async fn tell_batch(
        &self,
        batch: TrackedBatch,
        tally: &BatchTally,
        changes: &[BatchChange],
        sight: &mut Sight,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let mut change = Change::default();
        for what in changes {
            let progress = matches!(what, BatchChange::Progress { .. });
            if progress && !self.teller.wants_progress(&batch.memory.watches) {
                continue;
            }
            let facts = batch_facts(&self.store, &batch, tally, *what == BatchChange::Completed, now).await?;
            let from = From { account: &self.account, watches: &batch.memory.watches, now };
            change.events.push(self.teller.batch(from, facts, *what));
        }
        change.batches.push(batch.pack(now));
        sight.told = sum(sight.told, self.store.commit(&change, now).await?);
        Ok(())
    }
}

/// What is to be said of a batch; of a complete one also times and price.
pub(super) async fn batch_facts(
    store: &Store,
    batch: &TrackedBatch,
    tally: &BatchTally,
    complete: bool,
    now: Timestamp,
) -> anyhow::Result<BatchFacts> {
    let (account, known) = (&batch.record.account, &batch.record.batch);
    let failed = store.batch_calls(account, &known.id, Some(Outcome::Failed), NAMED_FAILURES).await?;
    let total = detect::batch::total(known, tally.seen);
    let mut outcomes = OutcomeCounts::default();
    for (outcome, count) in &tally.outcomes {
        *outcomes.count_mut(*outcome) = *count;
    }
    let mut facts = BatchFacts {
        id: known.id.clone(),
        description: known.description.clone(),
        total,
        finished: tally.done,
        percent: (tally.done * 100).checked_div(total).unwrap_or(0),
        outcomes,
        failed_calls: failed.into_iter().map(failed_call).collect(),
        error: batch.memory.missing_since.map(|_| "Bland knows no such batch".to_owned()),
        started_at: known.created_at,
        ..BatchFacts::default()
    };
    if !complete {
        let pace = pace::of(&batch.memory.marks, tally.done, now);
        facts.pace_per_minute = pace;
        facts.expected_at = pace.and_then(|pace| pace::end(pace, total.saturating_sub(tally.done), now));
    }
    if complete {
        let calls = store.batch_calls(account, &known.id, None, SUMMED).await?;
        sum_up(&mut facts, &calls);
    }
    Ok(facts)
}

/// Times and price of a batch whose calls are all done.
fn sum_up(facts: &mut BatchFacts, calls: &[CallRecord]) {
    let ends = calls.iter().filter_map(|record| record.call.ended_at.or(record.call.created_at));
    let starts = calls.iter().filter_map(|record| record.call.created_at);
    facts.started_at = facts.started_at.or_else(|| starts.min());
    facts.finished_at = ends.max();
    facts.duration_seconds = facts
        .started_at
        .zip(facts.finished_at)
        .map(|(start, end)| u64::try_from(end.duration_since(start).as_secs()).unwrap_or(0));
    let prices: Vec<f64> = calls.iter().filter_map(|record| record.call.price_usd).collect();
    let cents = prices.iter().sum::<f64>() * 10_000.0;
    facts.price_usd = (!prices.is_empty()).then(|| cents.round() / 10_000.0);
}

fn failed_call(record: CallRecord) -> FailedCall {
    FailedCall { id: record.call.id, to: record.call.to, error: record.call.error }
}
