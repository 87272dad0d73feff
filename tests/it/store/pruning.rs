//! What pruning takes, and what it leaves.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use ringback::{
    event::Event,
    model::{
        batch::{Batch, BatchApi},
        period::Period,
    },
    route::bundle::{Bundling, By, Group},
    store::{
        Store,
        outbox::{DeliveryFilter, Effect, Next, Strike},
        prune::{Pruned, Round, Rules},
        records::{BatchRecord, CallRecord, Change, EventFilter, Phase},
    },
};

use super::{
    LEASE, at, attempt, delivered,
    engines::{Engine, on_both_engines},
    event, record, settle, settle_with, telling, told,
};

on_both_engines!(
    settled_deliveries_go_with_their_attempts_and_events,
    what_is_pending_stays_with_all_that_was_told_of_its_events,
    events_without_a_delivery_go_by_their_own_age,
    a_bundle_goes_with_all_its_events,
    ended_calls_go_and_leave_a_floor_behind,
    calls_that_are_still_needed_stay,
    ended_batches_go_and_leave_a_floor_of_their_own,
    destinations_go_when_nobody_uses_them,
    steps_are_small_and_go_on_where_the_last_one_stopped,
);

fn rules(before: i64) -> Rules {
    Rules { before: at(before), named: HashSet::new(), horizons: BTreeMap::new(), destinations: HashSet::new() }
}

/// Takes steps until the round is through.
async fn prune(store: &Store, rules: &Rules) -> Pruned {
    let (mut round, mut sum) = (Round::default(), Pruned::default());
    loop {
        let step = store.prune_once(rules, &mut round, 3).await.unwrap();
        sum.deliveries += step.deliveries;
        sum.events += step.events;
        sum.calls += step.calls;
        sum.batches += step.batches;
        sum.destinations += step.destinations;
        if !step.more {
            return sum;
        }
    }
}

async fn tell(store: &Store, event: Event, notifiers: &[&str], second: i64) {
    let mut event = event;
    event.observed_at = at(second);
    store.commit(&telling(vec![told(event, notifiers, at(second))]), at(second)).await.unwrap();
}

/// Claims what is due for the notifier and settles it.
async fn deliver(store: &Store, notifier: &str, second: i64) {
    for one in store.claim(notifier, at(second), LEASE, 100).await.unwrap() {
        settle(store, &one.id, &attempt(second), &delivered()).await;
    }
}

async fn left(store: &Store) -> (usize, usize) {
    let deliveries = store.deliveries(&DeliveryFilter::default()).await.unwrap();
    (deliveries.len(), store.list_events(&EventFilter::default()).await.unwrap().len())
}

async fn settled_deliveries_go_with_their_attempts_and_events(engine: Engine) {
    let store = engine.open().await;
    for n in 0..7 {
        tell(&store, event(&format!("c{n}"), "end"), &["a"], n * 10).await;
        deliver(&store, "a", n * 10).await;
    }
    let rows = store.deliveries(&DeliveryFilter::default()).await.unwrap();
    assert_eq!(prune(&store, &rules(0)).await, Pruned::default());
    let pruned = prune(&store, &rules(40)).await;
    assert_eq!((pruned.deliveries, pruned.events), (4, 4));
    assert_eq!(left(&store).await, (3, 3));
    assert_eq!(store.attempts(&rows[6].id).await.unwrap(), []);
    assert_eq!(store.attempts(&rows[0].id).await.unwrap().len(), 1);
    let dead = Next::Dead { reason: "400".to_owned() };
    tell(&store, event("dead", "end"), &["a"], 100).await;
    let one = store.claim("a", at(100), LEASE, 1).await.unwrap().remove(0);
    settle(&store, &one.id, &attempt(100), &dead).await;
    assert_eq!(prune(&store, &rules(200)).await.deliveries, 4, "dead letters go too");
}

async fn what_is_pending_stays_with_all_that_was_told_of_its_events(engine: Engine) {
    let store = engine.open().await;
    tell(&store, event("c1", "end"), &["a", "b"], 0).await;
    tell(&store, event("c2", "end"), &["a"], 0).await;
    deliver(&store, "a", 0).await;
    let pruned = prune(&store, &rules(1_000)).await;
    assert_eq!((pruned.deliveries, pruned.events), (1, 1), "c1 is still to be told to b");
    assert_eq!(left(&store).await, (2, 1));
    deliver(&store, "b", 500).await;
    assert_eq!(prune(&store, &rules(400)).await.deliveries, 0, "b has been told only lately");
    let pruned = prune(&store, &rules(1_000)).await;
    assert_eq!((pruned.deliveries, pruned.events), (2, 1));
}

async fn events_without_a_delivery_go_by_their_own_age(engine: Engine) {
    let store = engine.open().await;
    tell(&store, event("c1", "end"), &[], 0).await;
    tell(&store, event("c2", "end"), &[], 50).await;
    assert_eq!(prune(&store, &rules(50)).await.events, 1);
    assert_eq!(left(&store).await, (0, 1));
}

async fn a_bundle_goes_with_all_its_events(engine: Engine) {
    let store = engine.open().await;
    let group = Group { by: By::None, wait: Period::from_secs(30), max: 100 };
    let bundling = Arc::new(Bundling {
        route: "bursts".to_owned(),
        digest: None,
        always: false,
        group: Some(group),
        quiet: None,
        throttle: None,
    });
    for n in 0..8 {
        let mut event = event(&format!("c{n}"), "end");
        event.observed_at = at(0);
        let mut told = told(event, &["a"], at(0));
        told.deliveries[0].bundling = Some(bundling.clone());
        store.commit(&telling(vec![told]), at(0)).await.unwrap();
    }
    assert_eq!(prune(&store, &rules(1_000)).await, Pruned::default());
    deliver(&store, "a", 100).await;
    assert_eq!(left(&store).await, (1, 8));
    let pruned = prune(&store, &rules(1_000)).await;
    assert_eq!((pruned.deliveries, pruned.events), (1, 8));
}

async fn ended_calls_go_and_leave_a_floor_behind(engine: Engine) {
    let store = engine.open().await;
    let calls = vec![record("c1", Phase::Done, -50), record("c2", Phase::Done, -30), record("c3", Phase::Done, 20)];
    store.commit(&Change { calls, ..Change::default() }, at(0)).await.unwrap();
    assert_eq!(prune(&store, &rules(0)).await.calls, 0);
    assert_eq!(store.pruned_calls("bland").await.unwrap(), None);
    assert_eq!(prune(&store, &rules(10)).await.calls, 2, "c3 says that it was created later");
    assert_eq!(store.pruned_calls("bland").await.unwrap(), Some(at(-29)));
    assert_eq!(store.pruned_calls("other").await.unwrap(), None);
    let calls = vec![record("c0", Phase::Done, -90)];
    store.commit(&Change { calls, ..Change::default() }, at(0)).await.unwrap();
    assert_eq!(prune(&store, &rules(10)).await.calls, 1);
    assert_eq!(store.pruned_calls("bland").await.unwrap(), Some(at(-29)), "it never falls");
}

async fn calls_that_are_still_needed_stay(engine: Engine) {
    let store = engine.open().await;
    let of_batch = |id: &str, batch: &str| {
        let mut call = record(id, Phase::Done, -50);
        call.call.batch_id = Some(batch.to_owned());
        call
    };
    let unlisted = |id: &str, row_hash| {
        let mut call = CallRecord { row_hash, ..record(id, Phase::Done, 0) };
        call.call.created_at = None;
        call
    };
    let calls = vec![
        record("live", Phase::Live, -50),
        record("settling", Phase::Settling, -50),
        CallRecord { next_look: Some(at(-10)), ..record("looked at", Phase::Done, -50) },
        CallRecord { updated_at: at(60), ..record("lately", Phase::Done, -50) },
        of_batch("in open batch", "open"),
        of_batch("in ended batch", "ended"),
        record("named", Phase::Done, -50),
        record("young", Phase::Done, -5),
        record("old", Phase::Done, -50),
        unlisted("listed without a time", 7),
        unlisted("never listed", 0),
    ];
    let batches = vec![batch("open", Phase::Live, Some(-50)), batch("ended", Phase::Done, None)];
    store.commit(&Change { calls, batches, ..Change::default() }, at(0)).await.unwrap();
    let mut rules = rules(50);
    rules.named.insert(("bland".to_owned(), "named".to_owned()));
    rules.horizons.insert("bland".to_owned(), at(-10));
    assert_eq!(prune(&store, &rules).await.calls, 3);
    let gone = ["in ended batch", "old", "never listed"];
    assert!(store.calls("bland", &gone).await.unwrap().is_empty());
}

fn batch(id: &str, phase: Phase, created: Option<i64>) -> BatchRecord {
    let batch = Batch {
        id: id.to_owned(),
        api: BatchApi::V2,
        description: None,
        created_at: created.map(at),
        expected: None,
        over: phase == Phase::Done,
        total: None,
    };
    BatchRecord { account: "bland".to_owned(), phase, batch, memory: "{}".to_owned(), updated_at: at(0) }
}

async fn ended_batches_go_and_leave_a_floor_of_their_own(engine: Engine) {
    let store = engine.open().await;
    let batches = vec![
        batch("b1", Phase::Done, Some(-50)),
        batch("b2", Phase::Live, Some(-50)),
        batch("b3", Phase::Done, None),
        batch("b4", Phase::Done, Some(-20)),
        batch("b5", Phase::Done, Some(-40)),
        BatchRecord { updated_at: at(90), ..batch("b6", Phase::Done, Some(-40)) },
    ];
    store.commit(&Change { batches, ..Change::default() }, at(0)).await.unwrap();
    let mut rules = rules(50);
    rules.named.insert(("bland".to_owned(), "b5".to_owned()));
    assert_eq!(prune(&store, &rules).await.batches, 2);
    assert!(store.batches("bland", &["b1", "b4"]).await.unwrap().is_empty());
    assert_eq!(store.pruned_batches("bland").await.unwrap(), Some(at(-19)));
    assert_eq!(store.pruned_calls("bland").await.unwrap(), None);
}

async fn destinations_go_when_nobody_uses_them(engine: Engine) {
    let store = engine.open().await;
    store.pause("b#1", at(10)).await.unwrap();
    store.pause("c#1", at(900)).await.unwrap();
    tell(&store, event("c1", "end"), &["a"], 0).await;
    let one = store.claim("a", at(0), LEASE, 1).await.unwrap().remove(0);
    let failed = Effect { strike: Strike::Failed, stop: Some("410".to_owned()), ..Effect::default() };
    settle_with(&store, &one.id, &attempt(0), &Next::Dead { reason: "410".to_owned() }, &failed).await;
    tell(&store, event("c2", "end"), &["a"], 0).await;
    assert_eq!(prune(&store, &rules(50)).await.destinations, 1, "b is not paused any more");
    store.bury_stopped("a#1", "410", at(1)).await.unwrap();
    let used = Rules { destinations: HashSet::from(["a#1".to_owned()]), ..rules(50) };
    assert_eq!(prune(&store, &used).await.destinations, 0, "a is in use, and stopped");
    assert_eq!(prune(&store, &rules(50)).await.destinations, 1);
    assert_eq!(store.stopped().await.unwrap(), []);
    assert_eq!(store.destination("c#1").await.unwrap().paused_until, Some(at(900)));
}

async fn steps_are_small_and_go_on_where_the_last_one_stopped(engine: Engine) {
    let store = engine.open().await;
    // All at one moment, so that the order is by their ids.
    let calls = (0..10).map(|n| record(&format!("c{n}"), Phase::Done, -50)).collect();
    store.commit(&Change { calls, ..Change::default() }, at(0)).await.unwrap();
    let mut rules = rules(50);
    rules.named = (0..4).map(|n| ("bland".to_owned(), format!("c{n}"))).collect();
    let mut round = Round::default();
    let mut gone = Vec::new();
    loop {
        let step = store.prune_once(&rules, &mut round, 4).await.unwrap();
        gone.push(step.calls);
        if !step.more {
            break;
        }
    }
    // Deliveries, events, three steps of calls, batches, destinations.
    assert_eq!(gone, [0, 0, 0, 4, 2, 0, 0]);
}
