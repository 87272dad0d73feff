//! What watching remembers: calls, batches, notes and follows.

use ringback::{
    model::{
        batch::{Batch, BatchApi},
        call::{Speaker, Turn},
        outcome::Outcome,
    },
    store::records::{BatchRecord, CallFilter, CallRecord, Change, EventFilter, Follow, FollowKind, Phase},
};

use super::{
    at,
    engines::{Engine, on_both_engines},
    event, record, telling, told,
};

on_both_engines!(
    calls_are_kept_without_their_transcripts,
    looks_come_due_in_order,
    open_calls_that_leave_the_list_are_followed_singly,
    a_batch_is_counted_by_its_calls,
    batches_notes_and_follows_are_kept,
    events_are_found_by_what_they_are_about,
    a_commit_is_all_or_nothing,
);

fn calls(calls: Vec<CallRecord>) -> Change {
    Change { calls, ..Change::default() }
}

async fn calls_are_kept_without_their_transcripts(engine: Engine) {
    let store = engine.open().await;
    let mut call = record("c1", Phase::Live, 0);
    call.call.to = Some("+15550100001".to_owned());
    call.call.transcript = vec![Turn { speaker: Speaker::User, text: "secret".to_owned(), at: None }];
    store.commit(&calls(vec![call.clone()]), at(0)).await.unwrap();
    call.phase = Phase::Done;
    call.outcome = Some(Outcome::Human);
    store.commit(&calls(vec![call.clone()]), at(1)).await.unwrap();
    call.call.transcript.clear();
    assert_eq!(store.calls("bland", &["c0", "c1"]).await.unwrap(), [call.clone()]);
    assert_eq!(store.calls("other", &["c1"]).await.unwrap(), []);
    let many: Vec<String> = (0..1200).map(|n| format!("c{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(store.calls("bland", &many).await.unwrap().len(), 1);
    let found = store.list_calls(&CallFilter { outcome: Some(Outcome::Human), ..CallFilter::default() }).await.unwrap();
    assert_eq!(found, [call]);
    assert!(
        store.list_calls(&CallFilter { phase: Some(Phase::Live), ..CallFilter::default() }).await.unwrap().is_empty()
    );
}

async fn looks_come_due_in_order(engine: Engine) {
    let store = engine.open().await;
    let look = |id, second| CallRecord { next_look: Some(at(second)), ..record(id, Phase::Live, 0) };
    store
        .commit(&calls(vec![look("late", 30), look("early", 10), record("none", Phase::Live, 0)]), at(0))
        .await
        .unwrap();
    assert_eq!(store.next_look("bland").await.unwrap(), Some(at(10)));
    assert_eq!(store.next_look("other").await.unwrap(), None);
    let due = store.calls_due("bland", at(30), 10).await.unwrap();
    assert_eq!(due.iter().map(|record| record.call.id.as_str()).collect::<Vec<_>>(), ["early", "late"]);
    assert_eq!(store.calls_due("bland", at(30), 1).await.unwrap().len(), 1);
    assert_eq!(store.calls_due("bland", at(9), 10).await.unwrap(), []);
}

async fn open_calls_that_leave_the_list_are_followed_singly(engine: Engine) {
    let store = engine.open().await;
    let far = |id, created| CallRecord { next_look: Some(at(9_000)), ..record(id, Phase::Live, created) };
    let done = record("done", Phase::Done, 150);
    store.commit(&calls(vec![far("before", 50), far("leaving", 150), far("covered", 250), done]), at(0)).await.unwrap();
    assert_eq!(store.oldest_open("bland", at(100)).await.unwrap(), Some(at(150)));
    assert_eq!(store.follow_singly("bland", at(100), at(200), at(300)).await.unwrap(), 1);
    let due = store.calls_due("bland", at(300), 10).await.unwrap();
    assert_eq!(due.iter().map(|record| record.call.id.as_str()).collect::<Vec<_>>(), ["leaving"]);
}

async fn a_batch_is_counted_by_its_calls(engine: Engine) {
    let store = engine.open().await;
    let of = |id: &str, phase, outcome| {
        let mut call = CallRecord { outcome, ..record(id, phase, 0) };
        call.call.batch_id = Some("b1".to_owned());
        call
    };
    let all = vec![
        of("c1", Phase::Done, Some(Outcome::Human)),
        of("c2", Phase::Done, Some(Outcome::Human)),
        of("c3", Phase::Done, Some(Outcome::Failed)),
        of("c4", Phase::Done, None),
        of("c5", Phase::Settling, None),
        record("c6", Phase::Live, 0),
    ];
    store.commit(&calls(all), at(0)).await.unwrap();
    let tally = store.tally("bland", "b1").await.unwrap();
    assert_eq!((tally.seen, tally.done), (5, 4));
    assert!(tally.outcomes.contains(&(Outcome::Human, 2)) && tally.outcomes.contains(&(Outcome::Failed, 1)));
    let failed = store.batch_calls("bland", "b1", Some(Outcome::Failed), 20).await.unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!(store.batch_calls("bland", "b1", None, 20).await.unwrap().len(), 4);
    assert_eq!(store.open_work().await.unwrap().calls, 2);
}

async fn batches_notes_and_follows_are_kept(engine: Engine) {
    let store = engine.open().await;
    let batch = Batch {
        id: "b1".to_owned(),
        api: BatchApi::V1,
        description: Some("Spring".to_owned()),
        created_at: Some(at(0)),
        expected: Some(3),
        over: false,
        total: None,
    };
    let mut record = BatchRecord {
        account: "bland".to_owned(),
        phase: Phase::Live,
        batch,
        memory: "{}".to_owned(),
        updated_at: at(0),
    };
    let follow = Follow {
        account: "bland".to_owned(),
        kind: FollowKind::Either,
        id: "x".to_owned(),
        watch: "w".to_owned(),
        wanted: true,
    };
    let change = Change {
        batches: vec![record.clone()],
        notes: vec![("k".to_owned(), "1".to_owned()), ("k".to_owned(), "2".to_owned())],
        follows: vec![follow.clone()],
        ..Change::default()
    };
    store.commit(&change, at(0)).await.unwrap();
    assert_eq!(store.batches_open("bland").await.unwrap(), [record.clone()]);
    record.phase = Phase::Done;
    store.commit(&Change { batches: vec![record.clone()], ..Change::default() }, at(0)).await.unwrap();
    assert_eq!(store.batches_open("bland").await.unwrap(), []);
    assert_eq!(store.batches("bland", &["b0", "b1"]).await.unwrap(), [record]);
    assert_eq!(store.note("k").await.unwrap().as_deref(), Some("2"));
    assert_eq!(store.note("none").await.unwrap(), None);
    assert_eq!(store.follows("bland").await.unwrap(), std::slice::from_ref(&follow));
    assert_eq!(store.open_work().await.unwrap().follows, 1);
    store.taken_up(&follow).await.unwrap();
    assert_eq!(store.follows("bland").await.unwrap(), []);
    assert_eq!(store.open_work().await.unwrap().follows, 0);
    store.healthy(at(9)).await.unwrap();
}

async fn events_are_found_by_what_they_are_about(engine: Engine) {
    let store = engine.open().await;
    let change = telling(vec![told(event("c1", "end"), &[], at(0)), told(event("c2", "end"), &[], at(0))]);
    store.commit(&change, at(0)).await.unwrap();
    let about =
        EventFilter { about: Some("c2".to_owned()), kind: Some("call.completed".to_owned()), ..EventFilter::default() };
    assert_eq!(store.list_events(&about).await.unwrap(), [event("c2", "end")]);
    assert_eq!(store.list_events(&EventFilter::default()).await.unwrap().len(), 2);
    let later = EventFilter { since: Some(at(1)), ..EventFilter::default() };
    assert_eq!(store.list_events(&later).await.unwrap(), []);
}

async fn a_commit_is_all_or_nothing(engine: Engine) {
    let store = engine.open().await;
    let change = Change {
        calls: vec![record("c1", Phase::Live, 0)],
        events: vec![told(event("c1", "end"), &["a"], at(0))],
        ..Change::default()
    };
    let broken = store.commit(&change, at(0));
    // Dropped before it ran to its end: nothing of it may be there.
    drop(broken);
    assert_eq!(store.calls("bland", &["c1"]).await.unwrap(), []);
    let mut running = Box::pin(store.commit(&change, at(0)));
    for _ in 0..3 {
        if futures_util::poll!(running.as_mut()).is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
    drop(running);
    let calls = store.calls("bland", &["c1"]).await.unwrap().len();
    let events = store.list_events(&EventFilter::default()).await.unwrap().len();
    let deliveries = usize::try_from(store.open_work().await.unwrap().pending).unwrap();
    assert!([(0, 0, 0), (1, 1, 1)].contains(&(calls, events, deliveries)), "{calls} {events} {deliveries}");
}
