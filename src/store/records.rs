//! The rows of the store, as the rest of the program sees them.

use jiff::Timestamp;

use crate::{
    event::Event,
    model::{batch::Batch, call::Call, outcome::Outcome},
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
    pub updated_at: Timestamp,
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

/// A new event and the deliveries that it causes.
#[derive(Debug)]
pub struct Told {
    pub event: Event,
    pub deliveries: Vec<NewDelivery>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct NewDelivery {
    /// `dlv_…`, derived from event, notifier and recipient.
    pub id: String,
    pub notifier: String,
    /// One address of an email notifier; empty for others.
    pub recipient: String,
    /// What is paused, limited and stopped together: the notifier and a hash of where it sends.
    pub destination: String,
    pub due: Timestamp,
}

/// What a commit added; facts that were there already count for nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Committed {
    pub events: u64,
    pub deliveries: u64,
}

/// A delivery that this process has claimed and must settle before its lease ends.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub id: String,
    pub event: Event,
    pub notifier: String,
    pub recipient: String,
    pub destination: String,
    /// Attempts made before this one.
    pub attempts: u32,
    pub created_at: Timestamp,
    /// Rendered earlier; sent again byte for byte.
    pub payload: Option<String>,
    /// An earlier attempt may have arrived.
    pub ambiguous: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Pending,
    Delivered,
    Dead,
}

/// One try at a delivery, for the log that operators read. `note` is short and free of secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    pub at: Timestamp,
    pub took_ms: u64,
    /// `delivered`, `retry`, `permanent` or `ambiguous`.
    pub verdict: String,
    /// The HTTP status or SMTP code of the answer.
    pub status: Option<u16>,
    pub note: String,
}

/// How a claimed delivery goes on after an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// `remote_id` is the destination's id of the message, where it gives one.
    Delivered {
        remote_id: Option<String>,
    },
    Again {
        due: Timestamp,
    },
    Dead {
        reason: String,
    },
}

/// A whole delivery, for listings.
#[derive(Debug, Clone)]
pub struct DeliveryRow {
    pub id: String,
    pub event_id: String,
    pub event_kind: String,
    /// Call or batch id, or what the problem is about.
    pub about: String,
    pub notifier: String,
    pub recipient: String,
    pub destination: String,
    pub state: State,
    pub due: Timestamp,
    pub created_at: Timestamp,
    pub settled_at: Option<Timestamp>,
    pub attempts: u32,
    pub ambiguous: bool,
    pub reason: Option<String>,
    pub remote_id: Option<String>,
    pub payload: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    pub state: Option<State>,
    pub notifier: Option<String>,
    pub since: Option<Timestamp>,
    pub about: Option<String>,
    pub ids: Vec<String>,
    pub limit: Option<u32>,
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
