//! Deliveries, their attempts, and where they go, as the rest of the program sees them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    event::{Event, digest::Reason},
    route::{bundle::Bundling, form::Form},
};

/// One address that an event is for: told by itself, or in a bundle where the route bundles.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    pub to: Address,
    pub due: Timestamp,
    pub bundling: Option<Arc<Bundling>>,
    pub form: Form,
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

/// The purposes that are no route's: no name of a route begins so.
pub(super) const ON_CARD: &str = ":card";
pub(super) const BY_EDIT: &str = ":edit";

impl NewDelivery {
    /// Empty, or what tells an event besides, whoever else has told it: the route of a digest, a
    /// batch's card, the change of an earlier message.
    pub fn purpose(&self) -> &str {
        match self.form {
            Form::Card => ON_CARD,
            Form::Edit => BY_EDIT,
            Form::Message => {
                let digest = self.bundling.as_ref().filter(|bundling| bundling.digest.is_some());
                digest.map_or("", |bundling| &bundling.route)
            }
        }
    }
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
    pub form: Form,
    /// The destination's id of the message that a card or an edit changes; none where there is none yet.
    pub posted: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    pub form: Form,
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
    /// It took the message.
    #[default]
    Alive,
    /// It refused this message: a failure that is told when it goes on, and no reason to wait.
    Refused,
    /// It could not be reached, or takes none from us: behind an open breaker, probes keep a distance.
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
    /// When trying began: the creation, or the last replay.
    pub begun_at: Timestamp,
    pub settled_at: Option<Timestamp>,
    pub attempts: u32,
    pub ambiguous: bool,
    /// Given to the fallback of its notifier too.
    pub handed_on: bool,
    /// Why it is a dead letter.
    pub reason: Option<String>,
    pub remote_id: Option<String>,
    pub payload: Option<String>,
    /// Of a bundle: why its events are told together.
    pub bundled: Option<Reason>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub form: Form,
}

/// A delivery that an event was given to.
#[derive(Debug, Clone)]
pub struct Given {
    pub event_id: String,
    /// Empty, or the route of a digest.
    pub purpose: String,
    pub delivery: DeliveryRow,
}

/// What is said of one event among the many of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub event_id: String,
    pub kind: String,
    pub about: String,
    pub observed_at: Timestamp,
}

#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    pub state: Option<State>,
    pub notifier: Option<String>,
    pub since: Option<Timestamp>,
    /// Call or batch id of any event that it holds.
    pub about: Option<String>,
    /// The kind of any event that it holds, or `digest`.
    pub kind: Option<String>,
    /// Only those that hold this event.
    pub event: Option<String>,
    pub ids: Vec<String>,
    pub limit: Option<u32>,
}

/// That an event has been given to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Link {
    pub event_id: String,
    pub notifier: String,
    pub recipient: String,
    /// Empty, or the route of a digest.
    pub purpose: String,
}

/// An event that some had not been given to, and the deliveries that were lacking.
#[derive(Debug)]
pub struct Mended<'a> {
    pub event: &'a Event,
    pub given: Vec<&'a NewDelivery>,
}

/// What a replay makes due again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// How many, by notifier and by what they were.
    pub counts: BTreeMap<(String, State), u64>,
    /// Notifiers with a destination that was stopped and is used again.
    pub resumed: BTreeSet<String>,
}

impl Replayed {
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }
}
