//! What is known of calls, batches and events, as the rest of the program sees it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    event::Event,
    model::{batch::Batch, call::Call, outcome::Outcome},
    store::outbox::NewDelivery,
};

/// How far a call or batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Not over yet, as far as we know.
    Live,
    /// Over; waited on for late facts.
    Settling,
    /// Told, or remembered without telling.
    Done,
}

/// What is remembered of one call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRecord {
    pub account: String,
    pub phase: Phase,
    /// When it must be read by itself; none while the list covers it, or when it is done.
    pub next_look: Option<Timestamp>,
    /// Of the list row last seen; an equal row needs no second look. 0: none seen.
    pub row_hash: i64,
    /// As told.
    pub outcome: Option<Outcome>,
    /// The snapshot; its transcript is not kept here.
    pub call: Call,
    /// What detection remembers, as JSON.
    pub memory: String,
    /// What was seen of it, oldest first: a short list for operators.
    pub history: Vec<Seen>,
    pub updated_at: Timestamp,
}

/// Something that was seen of a call, in words that hold nothing private.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub at: Timestamp,
    pub says: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BatchRecord {
    pub account: String,
    pub phase: Phase,
    pub batch: Batch,
    /// What detection remembers, as JSON.
    pub memory: String,
    pub updated_at: Timestamp,
}

/// The state of one batch's calls, counted in the store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BatchTally {
    /// Calls known.
    pub seen: u64,
    /// Calls in phase `Done`.
    pub done: u64,
    /// Outcome and number of the done calls.
    pub outcomes: Vec<(Outcome, u64)>,
}

/// A call or batch that `ringback add` or the API asked to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    pub account: String,
    pub kind: FollowKind,
    pub id: String,
    pub watch: String,
    pub wanted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowKind {
    Call,
    Batch,
    /// The id's kind is not known; a call is tried first.
    Either,
}

/// Everything that one step of watching changes, written in one transaction.
#[derive(Debug, Default)]
pub struct Change {
    pub calls: Vec<CallRecord>,
    pub batches: Vec<BatchRecord>,
    /// Key and value; what watching itself must remember.
    pub notes: Vec<(String, String)>,
    /// Follows that are taken up or done with.
    pub follows: Vec<Follow>,
    pub events: Vec<Told>,
}

/// A new event and whom it is for.
#[derive(Debug, Clone)]
pub struct Told {
    pub event: Event,
    pub deliveries: Vec<NewDelivery>,
    /// A word for the routes and notifiers that it was matched with.
    pub routed_by: String,
}

/// An event that is stored, and the word for what it was matched with; none of an older version's.
#[derive(Debug, Clone)]
pub struct Routed {
    pub event: Event,
    pub routed_by: Option<String>,
}

/// What a commit added; facts that were there already count for nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Committed {
    pub events: u64,
    pub deliveries: u64,
}

/// How far a walk by time has come: after this row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mark {
    pub at: Timestamp,
    /// Of calls, whose ids are unique within an account.
    pub account: String,
    pub id: String,
}

#[derive(Debug, Clone, Default)]
pub struct CallFilter {
    pub account: Option<String>,
    pub batch_id: Option<String>,
    pub phase: Option<Phase>,
    pub outcome: Option<Outcome>,
    pub id: Option<String>,
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    pub kind: Option<String>,
    /// Call or batch id.
    pub about: Option<String>,
    pub since: Option<Timestamp>,
    pub limit: Option<u32>,
}

/// How much is still open; `run --until-settled` ends when all but `dead` is zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Open {
    pub calls: u64,
    pub batches: u64,
    pub follows: u64,
    pub pending: u64,
    pub dead: u64,
}
