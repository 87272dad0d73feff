//! Replays by filters, in steps, and what operators see of deliveries.

use std::sync::Arc;

use ringback::{
    event::digest::Reason,
    route::{
        bundle::{Bundling, By, Group},
        form::Form,
    },
    store::{
        Store,
        outbox::{DeliveryFilter, Effect, NewDelivery, Next, Replayed, State, Strike},
        records::{Change, Phase, Seen, Told},
    },
};

use super::{
    LEASE, address, at, attempt, delivered,
    engines::{Engine, on_both_engines},
    event, record, settle, settle_with, telling, told,
};

on_both_engines!(
    a_replay_takes_exactly_what_its_filter_names_however_many,
    a_replay_uses_a_stopped_destination_again,
    a_bundle_that_was_never_sent_keeps_its_members,
    a_delivery_is_found_by_the_events_that_it_holds,
    a_call_keeps_its_history,
);

/// Commits an event for each number, and brings each delivery of `notifier` to this end.
async fn ended(store: &Store, notifier: &str, calls: std::ops::Range<u32>, next: &Next) {
    let events = calls.map(|n| told(event(&format!("{notifier}{n}"), "end"), &[notifier], at(0))).collect();
    store.commit(&telling(events), at(0)).await.unwrap();
    loop {
        let claimed = store.claim(notifier, at(0), LEASE, 100).await.unwrap();
        if claimed.is_empty() {
            return;
        }
        for one in claimed {
            settle(store, &one.id, &attempt(1), next).await;
        }
    }
}

fn dead() -> Next {
    Next::Dead { reason: "400".to_owned() }
}

fn counts(replayed: &Replayed) -> Vec<(&str, State, u64)> {
    replayed.counts.iter().map(|((notifier, state), count)| (notifier.as_str(), *state, *count)).collect()
}

async fn a_replay_takes_exactly_what_its_filter_names_however_many(engine: Engine) {
    let store = engine.open().await;
    ended(&store, "a", 0..620, &dead()).await;
    ended(&store, "a", 620..640, &delivered()).await;
    ended(&store, "b", 0..30, &dead()).await;
    let dead_to_a =
        DeliveryFilter { state: Some(State::Dead), notifier: Some("a".to_owned()), ..DeliveryFilter::default() };
    let would = store.replayable(&dead_to_a).await.unwrap();
    assert_eq!(counts(&would), [("a", State::Dead, 620)]);
    assert_eq!(store.open_work().await.unwrap().pending, 0, "nothing has been done yet");
    let done = store.replay_all(&dead_to_a, at(9), false).await.unwrap();
    assert_eq!((done, store.open_work().await.unwrap().pending), (would, 620));
    assert_eq!(store.replay_all(&dead_to_a, at(9), false).await.unwrap().total(), 0);
    let rest = store.replay_all(&DeliveryFilter::default(), at(9), false).await.unwrap();
    assert_eq!(counts(&rest), [("a", State::Delivered, 20), ("b", State::Dead, 30)]);
    let row = store.deliveries(&about_a0()).await.unwrap().remove(0);
    assert_eq!((row.begun_at, row.due, row.attempts), (at(9), at(9), 0));
}

fn about_a0() -> DeliveryFilter {
    DeliveryFilter { about: Some("a0".to_owned()), ..DeliveryFilter::default() }
}

async fn a_replay_uses_a_stopped_destination_again(engine: Engine) {
    let store = engine.open().await;
    store.commit(&telling(vec![told(event("c1", "end"), &["a"], at(0))]), at(0)).await.unwrap();
    let one = store.claim("a", at(0), LEASE, 1).await.unwrap().remove(0);
    let gone = Effect { strike: Strike::Failed, stop: Some("410".to_owned()), ..Effect::default() };
    settle_with(&store, &one.id, &attempt(1), &dead(), &gone).await;
    let resumed = |replayed: &Replayed| replayed.resumed.iter().cloned().collect::<Vec<_>>();
    let all = DeliveryFilter::default();
    assert_eq!(resumed(&store.replayable(&all).await.unwrap()), ["a"]);
    assert_eq!(store.stopped().await.unwrap().len(), 1);
    assert_eq!(resumed(&store.replay_all(&all, at(2), true).await.unwrap()), ["a"]);
    assert_eq!(store.stopped().await.unwrap(), []);
}

/// An event for a group of its own route.
fn grouped(call: &str) -> Told {
    let group = Group { by: By::None, wait: LEASE, max: 50 };
    let bundling = Bundling {
        route: "bursts".to_owned(),
        digest: None,
        always: false,
        group: Some(group),
        quiet: None,
        throttle: None,
    };
    let delivery =
        NewDelivery { to: address("a"), due: at(0), bundling: Some(Arc::new(bundling)), form: Form::Message };
    Told { deliveries: vec![delivery], ..told(event(call, "end"), &[], at(0)) }
}

async fn a_bundle_that_was_never_sent_keeps_its_members(engine: Engine) {
    let store = engine.open().await;
    store.commit(&telling(vec![grouped("c1"), grouped("c2")]), at(0)).await.unwrap();
    assert_eq!(store.abandon_all_but(&[], at(1)).await.unwrap(), 1);
    let replayed = store.replay_all(&DeliveryFilter::default(), at(5), false).await.unwrap();
    assert_eq!(counts(&replayed), [("a", State::Dead, 1)]);
    store.commit(&telling(vec![grouped("c3")]), at(6)).await.unwrap();
    let about = DeliveryFilter { about: Some("c1".to_owned()), ..DeliveryFilter::default() };
    let bundle = store.deliveries(&about).await.unwrap().remove(0);
    assert_eq!((bundle.events, bundle.bundled, bundle.to), (2, Some(Reason::Group), Some(at(1))));
    let members = store.members(&bundle.id, 10).await.unwrap();
    let mut abouts: Vec<&str> = members.iter().map(|member| member.about.as_str()).collect();
    abouts.sort_unstable();
    assert_eq!(abouts, ["c1", "c2"]);
    let sent = store.claim("a", at(6), LEASE, 10).await.unwrap().remove(0);
    assert_eq!((sent.id, sent.event.digest().unwrap().total), (bundle.id, 2));
}

async fn a_delivery_is_found_by_the_events_that_it_holds(engine: Engine) {
    let store = engine.open().await;
    let change = telling(vec![grouped("c1"), grouped("c2"), told(event("c3", "end"), &["b"], at(0))]);
    store.commit(&change, at(0)).await.unwrap();
    let found = async |filter: DeliveryFilter| {
        let mut abouts: Vec<String> =
            store.deliveries(&filter).await.unwrap().into_iter().map(|row| row.about).collect();
        abouts.sort();
        abouts
    };
    let kind = |kind: &str| DeliveryFilter { kind: Some(kind.to_owned()), ..DeliveryFilter::default() };
    let about = |about: &str| DeliveryFilter { about: Some(about.to_owned()), ..DeliveryFilter::default() };
    assert_eq!(found(kind("call.completed")).await, ["bursts", "c3"]);
    assert_eq!(found(kind("digest")).await, ["bursts"]);
    assert_eq!(found(kind("call.failed")).await, [""; 0]);
    assert_eq!(found(about("c2")).await, ["bursts"]);
    assert_eq!(found(about("bursts")).await, ["bursts"]);
    let (c1, c3) = (event("c1", "end").id, event("c3", "end").id);
    assert_eq!(found(DeliveryFilter { event: Some(c3.clone()), ..DeliveryFilter::default() }).await, ["c3"]);
    let given = store.given(&[&c1, &c3]).await.unwrap();
    let given: Vec<_> = given.iter().map(|given| (given.event_id.clone(), given.delivery.about.as_str())).collect();
    assert_eq!(given, [(c1, "bursts"), (c3, "c3")]);
}

async fn a_call_keeps_its_history(engine: Engine) {
    let store = engine.open().await;
    let mut call = record("c1", Phase::Live, 0);
    for second in 0..2 {
        call.history.push(Seen { at: at(second), says: format!("look {second}") });
        let change = Change { calls: vec![call.clone()], ..Change::default() };
        store.commit(&change, at(second)).await.unwrap();
    }
    assert_eq!(store.calls("bland", &["c1"]).await.unwrap()[0].history, call.history);
}
