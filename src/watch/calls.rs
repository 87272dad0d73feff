//! Calls: rows from lists and records read singly, taken through detection to what is told.

use std::collections::HashMap;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

use crate::{
    bland::{budget::Priority, error::Error, list::Row},
    detect::{self, words},
    event::kind::Kind,
    model::{call::Call, outcome::Outcome},
    store::records::{Change, Told},
    watch::{
        DETECTION_OFF, State, Watcher, after,
        config::Config,
        filter::{Fit, fits},
        pack,
        sight::Sight,
        subject::{Cover, TrackedBatch, TrackedCall},
        sum,
        tell::From,
    },
};

/// Rows and looks that are taken through together, and committed together.
const CHUNK: usize = 50;
/// Details that are read at the same time.
const AT_ONCE: usize = 6;
/// Single looks per poll at most; the rest is due again at once.
const LOOKS: u32 = 200;

impl Watcher {
    /// Takes in the rows of a page, of the account's list or of a batch's.
    pub(super) async fn take_in(
        &self,
        rows: Vec<Row>,
        batch: Option<&TrackedBatch>,
        state: &mut State,
        sight: &mut Sight,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let baseline_open = state.baselines.values().any(|baseline| !baseline.done);
        state.rows_have_status |= rows.iter().any(|row| row.call.status.is_some());
        // What the account's list showed, and what was only remembered, may be news in a batch.
        let key = |row: &Row| if batch.is_some() { !key(&row.call.id) } else { key(&row.call.id) };
        let fresh: Vec<Row> =
            rows.into_iter().filter(|row| baseline_open || state.rows.get(&key(row)) != Some(&row.hash)).collect();
        for chunk in fresh.chunks(CHUNK) {
            let tracked = self.tracked_rows(chunk, batch, state, now).await?;
            self.advance(tracked, true, state, sight, now).await?;
            state.rows.extend(chunk.iter().map(|row| (key(row), row.hash)));
        }
        Ok(())
    }

    /// The calls of these rows with what the rows say taken in; unchanged ones are left out.
    async fn tracked_rows(
        &self,
        rows: &[Row],
        batch: Option<&TrackedBatch>,
        state: &State,
        now: Timestamp,
    ) -> anyhow::Result<Vec<TrackedCall>> {
        let ids: Vec<&str> = rows.iter().map(|row| row.call.id.as_str()).collect();
        let known = self.store.calls(&self.account, &ids).await?;
        let mut known: HashMap<String, TrackedCall> =
            known.into_iter().map(|record| (record.call.id.clone(), TrackedCall::stored(record))).collect();
        // Read after the calls, so that what is pruned in between is either known or below the floor.
        let floor = if known.len() < rows.len() { self.store.pruned_calls(&self.account).await? } else { None };
        let mut tracked: Vec<TrackedCall> = Vec::with_capacity(rows.len());
        for row in rows {
            // A page may hold a call twice.
            if let Some(twin) = tracked.iter_mut().find(|call| call.id() == row.call.id) {
                twin.record.call.absorb(row.call.clone());
                twin.record.row_hash = row.hash;
                continue;
            }
            let mut call =
                known.remove(&row.call.id).unwrap_or_else(|| TrackedCall::new(&self.account, &row.call.id, now));
            let followed = batch.is_some_and(|batch| !batch.memory.silent);
            if call.memory.forgotten || (call.new && !followed && is_pruned(&row.call, floor)) {
                continue;
            }
            let unchanged = call.record.row_hash == row.hash;
            call.record.call.absorb(row.call.clone());
            call.record.row_hash = row.hash;
            let changed = self.belong(&mut call, batch, state, now);
            if !unchanged || changed {
                tracked.push(call);
            }
        }
        Ok(tracked)
    }

    /// Decides which watches follow the call, and whether its end is news; true if that changed.
    fn belong(&self, call: &mut TrackedCall, batch: Option<&TrackedBatch>, state: &State, now: Timestamp) -> bool {
        let before = (call.memory.watches.clone(), call.memory.silent);
        if let Some(batch) = batch.filter(|batch| !batch.memory.silent) {
            let known = std::mem::take(&mut call.memory.watches);
            call.memory.watches.clone_from(&batch.memory.watches);
            known.iter().for_each(|watch| call.follow(watch));
            call.announce(now);
        }
        for watch in self.watches.iter().filter(|watch| watch.all_calls) {
            if fits(watch, &call.record.call, call.read) != Fit::No {
                call.follow(&watch.name);
            }
        }
        let followed_anyway = call.memory.by_id || batch.is_some_and(|batch| !batch.memory.silent);
        if !followed_anyway && (call.new || call.memory.silent) && !call.read && call.outcome().is_some() {
            let created = call.record.call.created_at;
            let mut baselines = call.memory.watches.iter().filter_map(|watch| state.baselines.get(watch));
            if baselines.any(|baseline| baseline.announces(created, call.new)) {
                call.announce(now);
            } else {
                call.memory.silent = true;
            }
        }
        before != (call.memory.watches.clone(), call.memory.silent)
    }

    /// Looks at the calls that no list shows, or whose late facts are waited for.
    pub(super) async fn look_at_calls(
        &self,
        state: &mut State,
        sight: &mut Sight,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let due = self.store.calls_due(&self.account, now, LOOKS).await?;
        for chunk in due.chunks(CHUNK) {
            let tracked: Vec<TrackedCall> = chunk.iter().cloned().map(TrackedCall::stored).collect();
            let covered = self.reads_list();
            self.advance(tracked, covered, state, sight, now).await?;
            if !sight.may_go_on() {
                break;
            }
        }
        Ok(())
    }

    /// Reads details where they are needed, takes each call one step on, and commits it all.
    async fn advance(
        &self,
        calls: Vec<TrackedCall>,
        covered: bool,
        state: &mut State,
        sight: &mut Sight,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let answers = self.read_details(&calls, now).await;
        let mut stepped = Vec::with_capacity(calls.len());
        for mut call in calls {
            let answer = answers.get(call.id()).cloned();
            let changes = self.step(&mut call, answer, state, sight, now);
            stepped.push((call, changes));
        }
        let written = self.written(&stepped, sight, now).await?;
        let mut change = Change::default();
        let mut unanswered = state.unanswered;
        for (mut call, changes) in stepped {
            let told = self.tell(&call, &changes, written.get(call.id()).map(String::as_str), now);
            unanswered = count_unanswered(unanswered, &call, &told);
            let cover = match covered && self.is_covered(&call, now) {
                false => Cover::None,
                true if state.rows_have_status => Cover::Whole,
                true => Cover::WithoutStatus,
            };
            call.schedule(&self.rules(state), self.settings.poll_interval, cover, now);
            change.events.extend(told);
            change.calls.push(call.pack(now));
        }
        if unanswered != state.unanswered {
            change.notes.push((self.key("unanswered"), pack(&unanswered)));
        }
        sight.told = sum(sight.told, self.store.commit(&change, now).await?);
        state.unanswered = unanswered;
        Ok(())
    }

    /// A list shows the young calls of the account, or of a batch that is still open.
    fn is_covered(&self, call: &TrackedCall, now: Timestamp) -> bool {
        let young = call.record.call.created_at.is_some_and(|created| created >= after(now, -super::list::REACH));
        young && call.record.row_hash != 0
    }

    async fn read_details(&self, calls: &[TrackedCall], now: Timestamp) -> HashMap<String, Result<Call, Error>> {
        let wanted = calls.iter().filter(|call| self.needs_details(call, now));
        let requests: Vec<_> = wanted
            .map(|call| {
                let check_up = call.record.row_hash != 0 && call.outcome().is_none();
                let slow = check_up || call.memory.stuck || call.memory.missing;
                let priority = if slow { Priority::Slow } else { Priority::Detail };
                let id = call.id().to_owned();
                async move {
                    let answer = self.client.call(&id, priority, now).await;
                    (id, answer)
                }
            })
            .collect();
        stream::iter(requests).buffer_unordered(AT_ONCE).collect().await
    }

    /// Details are read for a call whose look is due, and for one that is over and whose end is
    /// wanted; never for one that is only remembered.
    fn needs_details(&self, call: &TrackedCall, now: Timestamp) -> bool {
        if call.memory.silent {
            return false;
        }
        let due = !call.new && call.record.next_look.is_some_and(|look| look <= now);
        let Some(outcome) = call.outcome() else { return due || self.start_is_undecided(call) };
        let corrected = call.memory.told.is_some_and(|told| told != outcome);
        let untold = call.memory.told.is_none();
        // Rows do not always carry `status`, which alone tells busy from finished.
        let undecided = call.record.call.status.is_none();
        due || ((untold || corrected) && (undecided || self.end_is_wanted(&call.memory.watches)))
    }

    /// A start is told only of calls that fit; rows do not carry all that filters ask for.
    fn start_is_undecided(&self, call: &TrackedCall) -> bool {
        let unknown = |watch: &Config| watch.all_calls && fits(watch, &call.record.call, false) == Fit::Unknown;
        words::is_active(&call.record.call)
            && !call.memory.started
            && self.teller.router.wants(Kind::CallStarted, &call.memory.watches)
            && self.watches.iter().any(unknown)
    }

    /// Takes one call one step on with what its details said, and gives what has changed.
    fn step(
        &self,
        call: &mut TrackedCall,
        answer: Option<Result<Call, Error>>,
        state: &State,
        sight: &mut Sight,
        now: Timestamp,
    ) -> Vec<detect::call::Change> {
        let rules = self.rules(state);
        let asked = answer.is_some();
        let (mut not_found, mut postponed) = (false, false);
        match answer {
            Some(Ok(details)) => {
                sight.answered();
                call.record.call.absorb(details);
                call.read = true;
                self.belong(call, None, state, now);
                self.drop_if_unwanted(call);
            }
            Some(Err(error)) => {
                not_found = error == Error::NotFound;
                postponed = matches!(error, Error::Budget { .. } | Error::RateLimited { .. });
                if let Some(over) = call.memory.over_since.filter(|_| postponed) {
                    sight.put_off(over);
                }
                call.unread = !not_found && !postponed;
                sight.failed(error);
            }
            None => {}
        }
        let over = call.outcome();
        match over {
            None if not_found => detect::call::step_not_found(&mut call.memory, &rules, now),
            Some(outcome) if asked && !call.read && !not_found && !self.tells_unread(call, outcome, postponed, now) => {
                call.memory.over_since.get_or_insert(now);
                vec![]
            }
            _ => detect::call::step(&mut call.memory, &call.record.call, &rules, now),
        }
    }

    /// What is told of a call's changes, with its summary where a language model wrote one.
    fn tell(
        &self,
        call: &TrackedCall,
        changes: &[detect::call::Change],
        written: Option<&str>,
        now: Timestamp,
    ) -> Vec<Told> {
        let from = From { account: &self.account, watches: &call.memory.watches, now };
        changes.iter().map(|change| self.teller.call(from, &call.record.call, *change, written)).collect()
    }

    /// Whether an end is told although its details could not be read: a failure at once, others
    /// when twice the settle time has passed. A read that was only put off is waited for.
    fn tells_unread(&self, call: &TrackedCall, outcome: Outcome, postponed: bool, now: Timestamp) -> bool {
        let over = call.memory.over_since.unwrap_or(now);
        let overdue = now >= after(over, self.settings.settle.signed() * 2);
        outcome == Outcome::Failed || (overdue && !postponed)
    }

    /// With its details known, a call may turn out to be none of ours.
    fn drop_if_unwanted(&self, call: &mut TrackedCall) {
        let complete = &call.record.call;
        call.memory.watches.retain(|name| {
            let watch = self.watches.iter().find(|watch| watch.name == *name);
            // A watch that also names calls or batches may have come by the call in that way.
            let by_filter_only =
                watch.filter(|watch| watch.all_calls && watch.calls.is_empty() && !watch.batches.any());
            by_filter_only.is_none_or(|watch| fits(watch, complete, true) == Fit::Yes)
        });
        if call.memory.by_id {
            return;
        }
        let legs_wanted = |name: &String| self.watches.iter().any(|watch| watch.name == *name && watch.transfer_legs);
        let leg = call.record.call.transfer_leg && !call.memory.watches.iter().any(legs_wanted);
        if leg || call.memory.watches.is_empty() {
            call.memory.silent = true;
        }
    }
}

/// Whether an unknown call that is over was told, or remembered, so long ago that it has been pruned.
fn is_pruned(call: &Call, floor: Option<Timestamp>) -> bool {
    let before = |floor| call.created_at.is_some_and(|created| created <= floor);
    words::outcome(call).is_some() && floor.is_some_and(before)
}

/// Counts finished calls without an `answered_by` in a row; one with it starts afresh.
fn count_unanswered(count: u32, call: &TrackedCall, told: &[Told]) -> u32 {
    if call.record.call.answered_by.is_some() && call.memory.over_since.is_some() {
        return 0;
    }
    let ended = told.iter().any(|told| told.event.kind.is_call_end());
    let unanswered = ended && call.memory.told == Some(Outcome::Unclassified);
    if unanswered { (count + 1).min(DETECTION_OFF) } else { count }
}

fn key(id: &str) -> u64 {
    xxh3_64(id.as_bytes())
}
