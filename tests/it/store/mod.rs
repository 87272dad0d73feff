//! The store's conformance suite: one text, run on SQLite always and on PostgreSQL where
//! `RINGBACK_TEST_POSTGRES` names a server on which databases can be created.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod bundles;
mod digests;
pub(crate) mod engines;
mod files;
mod forgetting;
mod model;
mod outbox;
mod pruning;
mod replaying;
mod watching;

use jiff::Timestamp;
use ringback::{
    event::{Event, id::derived, kind::Kind, sample::sample},
    model::{call::Call, period::Period},
    route::form::Form,
    store::{
        Store,
        outbox::{Address, Attempt, Effect, NewDelivery, Next, Settlement, Turn},
        records::{CallRecord, Change, Phase, Told},
    },
};

pub(crate) const LEASE: Period = Period::from_secs(60);

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// An event about the call `call`; `fact` makes it this event and no other.
pub(crate) fn event(call: &str, fact: &str) -> Event {
    let mut event = sample(Kind::CallCompleted, at(0));
    event.id = derived("evt", &[call, fact]);
    if let ringback::event::Data::Call { call: facts, .. } = &mut event.data {
        facts.id = call.to_owned();
    }
    event
}

pub(crate) fn address(notifier: &str) -> Address {
    Address { notifier: notifier.to_owned(), recipient: String::new(), destination: format!("{notifier}#1") }
}

/// The event with a delivery for each of these notifiers, due at `due`.
pub(crate) fn told(event: Event, notifiers: &[&str], due: Timestamp) -> Told {
    let delivery = |notifier: &&str| NewDelivery { to: address(notifier), due, bundling: None, form: Form::Message };
    Told { deliveries: notifiers.iter().map(delivery).collect(), event, routed_by: "rts_1".to_owned() }
}

pub(crate) fn telling(events: Vec<Told>) -> Change {
    Change { events, ..Change::default() }
}

pub(crate) fn record(id: &str, phase: Phase, created: i64) -> CallRecord {
    CallRecord {
        account: "bland".to_owned(),
        phase,
        next_look: None,
        row_hash: 7,
        outcome: None,
        call: Call { id: id.to_owned(), created_at: Some(at(created)), ..Call::default() },
        memory: "{}".to_owned(),
        history: vec![],
        updated_at: at(0),
    }
}

pub(crate) fn attempt(second: i64) -> Attempt {
    Attempt { at: at(second), took_ms: 5, status: Some(503), verdict: "retry".to_owned(), note: "503".to_owned() }
}

pub(crate) fn delivered() -> Next {
    Next::Delivered { remote_id: Some("m1".to_owned()) }
}

/// Settles a delivery whose attempt says nothing of its destination's health.
pub(crate) async fn settle(store: &Store, id: &str, attempt: &Attempt, next: &Next) {
    assert_eq!(settle_with(store, id, attempt, next, &Effect::default()).await, None);
}

/// Settles a delivery to `a#1`; a turn of its breaker is told to nobody.
pub(crate) async fn settle_with(
    store: &Store,
    id: &str,
    attempt: &Attempt,
    next: &Next,
    effect: &Effect,
) -> Option<Turn> {
    let settlement =
        Settlement { id, destination: "a#1", form: Form::Message, attempt, next, ambiguous: false, effect };
    let tell = |turn: &Turn, at| told(event("turn", &format!("{} {}", turn.opened, turn.since)), &[], at);
    store.settle(&[settlement], &tell).await.unwrap().pop()
}
