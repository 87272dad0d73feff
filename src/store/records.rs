//! The rows of the store, as the rest of the program sees them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::{
    event::Event,
    model::{batch::Batch, call::Call, outcome::Outcome},
    route::bundle::Bundling,
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

/// A new event and whom it is for.
#[derive(Debug, Clone)]
pub struct Told {
    pub event: Event,
    pub deliveries: Vec<NewDelivery>,
    /// A word for the routes and notifiers that it was matched with.
    pub routed_by: String,
}

/// One address that an event is for: told by itself, or in a bundle where the route bundles.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    pub to: Address,
    pub due: Timestamp,
    pub bundling: Option<Arc<Bundling>>,
}

/// Where a notifier sends: one entry per recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub notifier: String,
    /// One address of an email notifier; empty for others.
    pub recipient: String,
    /// What is paused, limited and stopped together: the notifier and a hash of where it sends.
    pub destination: String,
}

impl NewDelivery {
    /// Empty, or the route of a digest: a digest tells an event besides, whoever else has told it.
    pub fn purpose(&self) -> &str {
        self.bundling.as_ref().filter(|bundling| bundling.digest.is_some()).map_or("", |bundling| &bundling.route)
    }
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
    /// What is told: one event, or the digest of many.
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
    /// Of HTTP or SMTP, where there was an answer.
    pub status: Option<u16>,
    /// `delivered`, `retry`, `permanent` or `ambiguous`.
    pub verdict: String,
    pub note: String,
}

/// How a claimed delivery goes on after an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// `remote_id` is the destination's id of the message, where it gives one.
    Delivered {
        remote_id: Option<String>,
    },
    /// Due at `due`; the destination itself allows no attempt before `not_before`.
    Again {
        due: Timestamp,
        not_before: Option<Timestamp>,
    },
    Dead {
        reason: String,
    },
}

/// How an attempt at a claimed delivery ended, and all that follows from it.
#[derive(Debug, Clone, Copy)]
pub struct Settlement<'a> {
    pub id: &'a str,
    pub destination: &'a str,
    pub attempt: &'a Attempt,
    pub next: &'a Next,
    /// It may have arrived.
    pub ambiguous: bool,
    pub effect: &'a Effect,
}

impl Settlement<'_> {
    pub(super) fn ended(&self) -> Timestamp {
        let took = SignedDuration::from_millis(i64::try_from(self.attempt.took_ms).unwrap_or(0));
        self.attempt.at.saturating_add(took).unwrap_or(Timestamp::MAX)
    }
}

/// What an attempt means for its destination as a whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Effect {
    /// Nothing is claimed for these destinations before these moments.
    pub pauses: Vec<(String, Timestamp)>,
    pub strike: Strike,
    /// The destination is gone: nothing is sent to it any more.
    pub stop: Option<String>,
}

/// What an attempt says of its destination's health.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Strike {
    /// It took the message, or said what is wrong with it.
    #[default]
    Alive,
    /// It did not; probed again not before the pause that goes with it.
    Failed,
    /// Nothing was sent.
    Unasked,
}

/// What is known of a destination.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Destination {
    pub paused_until: Option<Timestamp>,
    pub stopped: Option<String>,
    /// Attempts in a row that failed.
    pub failures: u64,
    pub failing_since: Option<Timestamp>,
    /// Since when its breaker is open.
    pub opened: Option<Timestamp>,
    pub last_failure: Option<String>,
}

/// A breaker has just opened, or closed again.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    pub opened: bool,
    pub since: Timestamp,
    pub failures: u64,
    pub reason: String,
}

/// A whole delivery, for listings.
#[derive(Debug, Clone)]
pub struct DeliveryRow {
    pub id: String,
    /// None for a bundle.
    pub event_id: Option<String>,
    /// The event's kind, or `digest`.
    pub kind: String,
    /// Call or batch id, what the problem is about, or the route of a digest.
    pub about: String,
    /// How many events it holds.
    pub events: u64,
    pub notifier: String,
    pub recipient: String,
    pub destination: String,
    pub state: State,
    pub due: Timestamp,
    /// When it was to be sent first.
    pub planned: Timestamp,
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
    /// Call or batch id of any event that it holds.
    pub about: Option<String>,
    /// Only those that hold this event.
    pub event: Option<String>,
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
