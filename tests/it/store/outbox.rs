//! The outbox: what is claimed, in what order, and what becomes of it.

use ringback::store::outbox::{DeliveryFilter, Effect, Next, State, Strike};

use super::{
    LEASE, at, attempt, delivered,
    engines::{Engine, on_both_engines},
    event, settle, settle_with, telling, told,
};

on_both_engines!(
    the_same_facts_are_written_once,
    a_claim_is_held_until_it_is_settled_or_its_lease_ends,
    deliveries_about_one_call_go_in_order,
    fresh_deliveries_come_before_retries,
    a_paused_destination_is_left_alone_and_a_stopped_one_is_buried,
    workers_never_share_a_delivery,
    a_dead_letter_can_be_replayed_with_its_bytes_or_anew,
    lanes_do_not_see_each_other,
    a_new_service_takes_over_what_a_dead_one_had_claimed,
);

async fn the_same_facts_are_written_once(engine: Engine) {
    let store = engine.open().await;
    let change = || telling(vec![told(event("c1", "end"), &["a", "b"], at(0))]);
    let first = store.commit(&change(), at(0)).await.unwrap();
    assert_eq!((first.events, first.deliveries), (1, 2));
    let again = engine.open().await.commit(&change(), at(9)).await.unwrap();
    assert_eq!((again.events, again.deliveries), (0, 0));
    assert_eq!(store.open_work().await.unwrap().pending, 2);
}

async fn a_claim_is_held_until_it_is_settled_or_its_lease_ends(engine: Engine) {
    let store = engine.open().await;
    store.commit(&telling(vec![told(event("c1", "end"), &["a"], at(10))]), at(0)).await.unwrap();
    assert!(store.claim("a", at(9), LEASE, 10).await.unwrap().is_empty(), "not due yet");
    assert_eq!(store.next_due("a", at(0)).await.unwrap(), Some(at(10)));
    let first = store.claim("a", at(10), LEASE, 10).await.unwrap().remove(0);
    assert!(!first.ambiguous);
    assert_eq!(first.event.id, event("c1", "end").id);
    assert!(store.claim("a", at(69), LEASE, 10).await.unwrap().is_empty(), "leased");
    assert_eq!(store.next_due("a", at(11)).await.unwrap(), Some(at(70)));
    store.keep_payloads(&[(first.id.clone(), "bytes".to_owned())]).await.unwrap();
    let second = store.claim("a", at(70), LEASE, 10).await.unwrap().remove(0);
    assert!(second.ambiguous, "the first claimer may have sent it");
    assert_eq!(second.payload.as_deref(), Some("bytes"));
    settle(&store, &second.id, &attempt(71), &Next::Again { due: at(100), not_before: None }).await;
    assert!(store.claim("a", at(99), LEASE, 10).await.unwrap().is_empty());
    let third = store.claim("a", at(100), LEASE, 10).await.unwrap().remove(0);
    assert_eq!((third.attempts, third.ambiguous), (1, true));
    settle(&store, &third.id, &attempt(101), &delivered()).await;
    assert!(store.claim("a", at(9_999), LEASE, 10).await.unwrap().is_empty());
    assert_eq!(store.next_due("a", at(0)).await.unwrap(), None);
    let row = store.deliveries(&DeliveryFilter::default()).await.unwrap().remove(0);
    assert_eq!((row.state, row.attempts, row.remote_id.as_deref()), (State::Delivered, 2, Some("m1")));
    assert_eq!(store.attempts(&row.id).await.unwrap(), [attempt(71), attempt(101)]);
}

async fn deliveries_about_one_call_go_in_order(engine: Engine) {
    let store = engine.open().await;
    let change = telling(vec![
        told(event("c1", "started"), &["a"], at(0)),
        told(event("c1", "end"), &["a"], at(0)),
        told(event("c2", "end"), &["a"], at(0)),
    ]);
    store.commit(&change, at(0)).await.unwrap();
    let ids = |claimed: Vec<ringback::store::outbox::Claimed>| {
        claimed.into_iter().map(|one| one.event.id).collect::<Vec<_>>()
    };
    let claimed = store.claim("a", at(0), LEASE, 10).await.unwrap();
    let first = claimed[0].id.clone();
    assert_eq!(ids(claimed), [event("c1", "started").id, event("c2", "end").id]);
    settle(&store, &first, &attempt(1), &Next::Again { due: at(50), not_before: None }).await;
    assert!(store.claim("a", at(20), LEASE, 10).await.unwrap().is_empty(), "the end waits for the start's retry");
    assert_eq!(store.next_due("a", at(20)).await.unwrap(), Some(at(50)), "a delivery that waits its turn is not due");
    let again = store.claim("a", at(50), LEASE, 10).await.unwrap();
    settle(&store, &again[0].id, &attempt(51), &delivered()).await;
    assert_eq!(ids(store.claim("a", at(52), LEASE, 10).await.unwrap()), [event("c1", "end").id]);
}

async fn fresh_deliveries_come_before_retries(engine: Engine) {
    let store = engine.open().await;
    store.commit(&telling(vec![told(event("c1", "end"), &["a"], at(0))]), at(0)).await.unwrap();
    let old = store.claim("a", at(0), LEASE, 1).await.unwrap().remove(0);
    settle(&store, &old.id, &attempt(1), &Next::Again { due: at(5), not_before: None }).await;
    store.commit(&telling(vec![told(event("c2", "end"), &["a"], at(8))]), at(8)).await.unwrap();
    let first = store.claim("a", at(10), LEASE, 1).await.unwrap().remove(0);
    assert_eq!(first.event.id, event("c2", "end").id);
}

async fn a_paused_destination_is_left_alone_and_a_stopped_one_is_buried(engine: Engine) {
    let store = engine.open().await;
    store.commit(&telling(vec![told(event("c1", "end"), &["a"], at(0))]), at(0)).await.unwrap();
    store.pause("a#1", at(60)).await.unwrap();
    store.pause("a#1", at(30)).await.unwrap();
    assert!(store.claim("a", at(59), LEASE, 10).await.unwrap().is_empty());
    assert_eq!(store.next_due("a", at(10)).await.unwrap(), Some(at(60)));
    let one = store.claim("a", at(60), LEASE, 10).await.unwrap().remove(0);
    let gone = Effect { strike: Strike::Failed, stop: Some("410 Gone".to_owned()), ..Effect::default() };
    let dead = Next::Dead { reason: "410 Gone".to_owned() };
    let turn = settle_with(&store, &one.id, &attempt(61), &dead, &gone).await.unwrap();
    assert!(turn.opened, "a destination that is gone fails");
    assert_eq!(store.stopped().await.unwrap(), [("a#1".to_owned(), "410 Gone".to_owned())]);
    store.commit(&telling(vec![told(event("c2", "end"), &["a"], at(70))]), at(70)).await.unwrap();
    assert_eq!(store.bury_stopped("a#1", "410 Gone", at(70)).await.unwrap(), 1);
    let dead =
        store.deliveries(&DeliveryFilter { state: Some(State::Dead), ..DeliveryFilter::default() }).await.unwrap();
    assert_eq!(dead.iter().map(|row| row.reason.as_deref()).collect::<Vec<_>>(), [Some("410 Gone"), Some("410 Gone")]);
    assert_eq!(store.replay(&[&dead[0].id], at(80), false).await.unwrap(), 1);
    assert_eq!(store.claim("a", at(80), LEASE, 10).await.unwrap().len(), 1, "a replay opens the destination again");
}

async fn workers_never_share_a_delivery(engine: Engine) {
    let store = engine.open().await;
    let events = (0..200).map(|n| told(event(&format!("c{n}"), "end"), &["a"], at(0))).collect();
    store.commit(&telling(events), at(0)).await.unwrap();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = engine.open().await;
        workers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = store.claim("a", at(1), LEASE, 10).await.unwrap();
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed.into_iter().map(|one| one.id));
            }
        });
    }
    let mut all: Vec<String> = workers.join_all().await.concat();
    let claims = all.len();
    all.sort();
    all.dedup();
    assert_eq!((claims, all.len()), (200, 200));
}

async fn a_dead_letter_can_be_replayed_with_its_bytes_or_anew(engine: Engine) {
    let store = engine.open().await;
    store.commit(&telling(vec![told(event("c1", "end"), &["a"], at(0))]), at(0)).await.unwrap();
    let one = store.claim("a", at(0), LEASE, 1).await.unwrap().remove(0);
    store.keep_payloads(&[(one.id.clone(), "bytes".to_owned())]).await.unwrap();
    settle(&store, &one.id, &attempt(1), &Next::Dead { reason: "400".to_owned() }).await;
    assert_eq!(store.open_work().await.unwrap().dead, 1);
    assert_eq!(store.replay(&[&one.id], at(500), false).await.unwrap(), 1);
    let again = store.claim("a", at(500), LEASE, 1).await.unwrap().remove(0);
    assert_eq!((again.attempts, again.payload.as_deref(), again.created_at), (0, Some("bytes"), at(500)));
    assert_eq!(store.replay(&[&one.id], at(501), false).await.unwrap(), 0, "a pending delivery is not replayed");
    settle(&store, &one.id, &attempt(502), &delivered()).await;
    assert_eq!(store.replay(&[&one.id], at(600), true).await.unwrap(), 1);
    assert_eq!(store.claim("a", at(600), LEASE, 1).await.unwrap()[0].payload, None);
    assert_eq!(store.attempts(&one.id).await.unwrap().len(), 2, "the log of attempts stays");
}

async fn lanes_do_not_see_each_other(engine: Engine) {
    let store = engine.open().await;
    store.commit(&telling(vec![told(event("c1", "end"), &["a", "b"], at(0))]), at(0)).await.unwrap();
    assert_eq!(store.claim("b", at(0), LEASE, 10).await.unwrap().len(), 1);
    assert_eq!(store.abandon_all_but(&["b".to_owned()], at(1)).await.unwrap(), 1);
    let open = store.open_work().await.unwrap();
    assert_eq!((open.pending, open.dead), (1, 1));
    assert_eq!(store.abandon_all_but(&[], at(1)).await.unwrap(), 1);
}

async fn a_new_service_takes_over_what_a_dead_one_had_claimed(engine: Engine) {
    let store = engine.open().await;
    store.take_over(at(0)).await.unwrap();
    store.commit(&telling(vec![told(event("c1", "end"), &["a"], at(0))]), at(0)).await.unwrap();
    assert_eq!(store.claim("a", at(0), LEASE, 10).await.unwrap().len(), 1);
    let second = engine.open().await;
    if engine.is_shared() {
        second.take_over(at(1)).await.unwrap();
        assert!(second.claim("a", at(1), LEASE, 10).await.unwrap().is_empty(), "another replica may be sending it");
        return;
    }
    let error = second.take_over(at(1)).await.unwrap_err();
    assert!(error.to_string().contains("another ringback runs on"), "{error}");
    drop(store);
    second.take_over(at(1)).await.unwrap();
    let again = second.claim("a", at(1), LEASE, 10).await.unwrap();
    assert!(again[0].ambiguous, "the dead one may have sent it");
}
