//! A call or batch while it is being looked at: its record, and its memory unpacked.

use jiff::Timestamp;

use crate::{
    detect::{self, call::Rules, words},
    model::{batch::Batch, call::Call, outcome::Outcome, period::Period},
    store::records::{BatchRecord, CallRecord, Phase},
    watch::history::{Before, Look},
};

/// What lists show of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cover {
    None,
    /// Its rows come without `status`, as Bland documents them.
    WithoutStatus,
    Whole,
}

/// A call in hand. Its transcript is there only if the details were read just now.
#[derive(Debug, Clone)]
pub(super) struct TrackedCall {
    pub record: CallRecord,
    pub memory: detect::call::Memory,
    /// Nothing was stored of it before.
    pub new: bool,
    /// The details were read in this poll.
    pub read: bool,
    /// The details were asked for in this poll and could not be read.
    pub unread: bool,
    before: Before,
}

impl TrackedCall {
    pub(super) fn new(account: &str, id: &str, now: Timestamp) -> Self {
        let record = CallRecord {
            account: account.to_owned(),
            phase: Phase::Live,
            next_look: Some(now),
            row_hash: 0,
            outcome: None,
            call: Call { id: id.to_owned(), ..Call::default() },
            memory: String::new(),
            history: vec![],
            updated_at: now,
        };
        let (memory, before) = (detect::call::Memory::default(), Before::default());
        Self { record, memory, new: true, read: false, unread: false, before }
    }

    pub(super) fn stored(record: CallRecord) -> Self {
        // A memory that cannot be read would be a bug of an earlier version; starting it afresh
        // repeats at worst an event whose id the store already has.
        let memory = serde_json::from_str(&record.memory).unwrap_or_default();
        let before = Before::of(&record.call, &memory);
        Self { record, memory, new: false, read: false, unread: false, before }
    }

    pub(super) fn id(&self) -> &str {
        &self.record.call.id
    }

    pub(super) fn follow(&mut self, watch: &str) {
        if !self.memory.watches.iter().any(|known| known == watch) {
            self.memory.watches.push(watch.to_owned());
        }
    }

    /// Forgets that the call was only remembered, so that its end is told after all.
    pub(super) fn announce(&mut self, now: Timestamp) {
        if self.memory.silent {
            self.memory.silent = false;
            self.memory.told = None;
            self.memory.told_at = None;
            self.memory.over_since = None;
            self.record.phase = Phase::Live;
            self.record.next_look = Some(now);
        }
    }

    /// Sets phase and next look by the memory and by what a list shows of the call.
    pub(super) fn schedule(&mut self, rules: &Rules, every: Period, cover: Cover, now: Timestamp) {
        let memory = &self.memory;
        let finished = memory.told.is_some() || memory.missing || memory.silent;
        self.record.phase = match (finished, memory.over_since) {
            (true, _) => Phase::Done,
            (false, Some(_)) => Phase::Settling,
            (false, None) => Phase::Live,
        };
        self.record.outcome = memory.told;
        let look = detect::call::next_look(memory, rules, every, now);
        let overdue = detect::call::stuck_at(memory, &self.record.call, rules).max(now);
        let listed = self.record.phase == Phase::Live && !memory.stuck;
        self.record.next_look = match cover {
            _ if memory.silent => None,
            Cover::Whole if listed => Some(overdue),
            // A call canceled in the queue shows that in `status` alone.
            Cover::WithoutStatus if listed => Some(detect::call::check_up(memory, every, now).min(overdue)),
            _ => look,
        };
        self.record.updated_at = now;
    }

    /// What is stored of a call that is no longer followed.
    pub(super) fn let_go(mut self, now: Timestamp) -> CallRecord {
        self.memory.silent = true;
        self.record.phase = Phase::Done;
        self.record.next_look = None;
        self.record.updated_at = now;
        self.packed(true, now)
    }

    /// What is stored: the memory packed, what changed written down, the transcript left out.
    pub(super) fn pack(self, now: Timestamp) -> CallRecord {
        self.packed(false, now)
    }

    fn packed(mut self, let_go: bool, now: Timestamp) -> CallRecord {
        let look = Look { new: self.new, unread: self.unread, let_go };
        self.before.note(&mut self.record.history, &self.record.call, &self.memory, look, now);
        self.record.call.transcript.clear();
        self.record.memory = serde_json::to_string(&self.memory).expect("a memory is plain data");
        self.record
    }

    pub(super) fn outcome(&self) -> Option<Outcome> {
        words::outcome(&self.record.call)
    }
}

/// A batch in hand.
#[derive(Debug, Clone)]
pub(super) struct TrackedBatch {
    pub record: BatchRecord,
    pub memory: detect::batch::Memory,
}

impl TrackedBatch {
    pub(super) fn new(account: &str, batch: Batch, now: Timestamp) -> Self {
        let record = BatchRecord {
            account: account.to_owned(),
            phase: Phase::Live,
            batch,
            memory: String::new(),
            updated_at: now,
        };
        Self { record, memory: detect::batch::Memory::default() }
    }

    pub(super) fn stored(record: BatchRecord) -> Self {
        let memory = serde_json::from_str(&record.memory).unwrap_or_default();
        Self { record, memory }
    }

    pub(super) fn follow(&mut self, watch: &str) {
        if !self.memory.watches.iter().any(|known| known == watch) {
            self.memory.watches.push(watch.to_owned());
        }
    }

    pub(super) fn pack(mut self, now: Timestamp) -> BatchRecord {
        let done =
            self.memory.completed || self.memory.silent || (self.memory.stuck && self.memory.missing_since.is_some());
        self.record.phase = if done { Phase::Done } else { Phase::Live };
        self.record.memory = serde_json::to_string(&self.memory).expect("a memory is plain data");
        self.record.updated_at = now;
        self.record
    }
}
