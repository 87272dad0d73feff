//! Forgetting: what is erased, what stays, and that nothing comes back.

use std::sync::Arc;

use jiff::tz::TimeZone;
use ringback::{
    event::{
        Data, Event,
        facts::{BatchFacts, FailedCall},
        kind::Kind,
        sample::sample,
    },
    model::{
        batch::{Batch, BatchApi},
        outcome::Outcome,
        period::Period,
    },
    route::bundle::{Bundling, By, Group, timetable::Timetable},
    store::{
        Store,
        forget::{Forgotten, Whom},
        outbox::{DeliveryFilter, DeliveryRow, Next, State},
        records::{BatchRecord, CallFilter, CallRecord, Change, EventFilter, Follow, FollowKind, Phase},
    },
};

use super::{
    LEASE, at, attempt, delivered,
    engines::{Engine, on_both_engines},
    event, record, settle, telling, told,
};

on_both_engines!(
    a_call_is_erased_with_all_that_tells_of_it,
    a_dry_run_says_the_same_and_changes_nothing,
    what_is_written_later_about_a_forgotten_call_is_not_kept,
    a_number_means_the_person_and_not_the_callers_own_line,
    a_bundle_is_told_without_the_call,
    a_bundle_of_nothing_is_not_told_unless_it_always_is,
    a_batch_forgets_its_failed_call_and_still_counts_it,
    a_message_that_is_being_sent_is_said_to_be,
    others_that_mention_the_number_are_named,
);

const PERSON: &str = "+15550100001";

fn by_number(text: &str) -> Whom {
    Whom { numbers: vec![text.parse().unwrap()], ids: vec![] }
}

fn by_id(id: &str) -> Whom {
    Whom { numbers: vec![], ids: vec![id.to_owned()] }
}

async fn forget(store: &Store, whom: &Whom) -> Forgotten {
    store.forget(whom, &[], false, at(500)).await.unwrap()
}

fn sides(id: &str, inbound: Option<bool>, to: &str, from: &str) -> CallRecord {
    let mut record = record(id, Phase::Done, 0);
    record.call.inbound = inbound;
    (record.call.to, record.call.from) = (Some(to.to_owned()), Some(from.to_owned()));
    record
}

/// The end of a call with this person.
fn end(call: &str, to: &str) -> Event {
    let mut event = event(call, "end");
    if let Data::Call { call, .. } = &mut event.data {
        (call.to, call.from, call.direction) = (Some(to.to_owned()), None, Some("outbound".to_owned()));
    }
    event
}

async fn write(store: &Store, calls: Vec<CallRecord>, events: Vec<Event>, notifiers: &[&str]) {
    let events = events.into_iter().map(|event| told(event, notifiers, at(0))).collect();
    store.commit(&Change { calls, events, ..Change::default() }, at(0)).await.unwrap();
}

async fn rows(store: &Store) -> Vec<DeliveryRow> {
    store.deliveries(&DeliveryFilter::default()).await.unwrap()
}

async fn events(store: &Store) -> Vec<String> {
    let events = store.list_events(&EventFilter::default()).await.unwrap();
    events.iter().map(|event| event.about().to_owned()).collect()
}

async fn a_call_is_erased_with_all_that_tells_of_it(engine: Engine) {
    let store = engine.open().await;
    let calls = vec![sides("c1", Some(false), PERSON, "+1999"), sides("c2", Some(false), "+15550100002", "+1999")];
    write(&store, calls, vec![end("c1", PERSON), end("c2", "+15550100002")], &["a", "b"]).await;
    for one in store.claim("a", at(1), LEASE, 10).await.unwrap() {
        store.keep_payloads(&[(one.id.clone(), "bytes".to_owned())]).await.unwrap();
        settle(&store, &one.id, &attempt(1), &delivered()).await;
    }
    let follow = Follow {
        account: "bland".to_owned(),
        kind: FollowKind::Call,
        id: "c1".to_owned(),
        watch: "w".to_owned(),
        wanted: true,
    };
    store.commit(&Change { follows: vec![follow], ..Change::default() }, at(0)).await.unwrap();

    let forgotten = forget(&store, &by_number("+1 (555) 010-0001")).await;
    assert_eq!(forgotten.calls.iter().collect::<Vec<_>>(), ["c1"]);
    assert_eq!((forgotten.calls_followed, forgotten.events, forgotten.deliveries), (0, 1, 2));
    let message = &forgotten.sent[0];
    assert_eq!((message.notifier.as_str(), message.remote_id.as_deref(), message.uncertain), ("a", Some("m1"), false));
    assert_eq!(forgotten.cancelled.iter().map(|message| message.notifier.as_str()).collect::<Vec<_>>(), ["b"]);
    assert_eq!((forgotten.sent.len(), forgotten.rewritten.len(), forgotten.in_hand.len()), (1, 0, 0));

    let left = store.calls("bland", &["c1"]).await.unwrap().remove(0);
    assert_eq!((left.call.to, left.call.created_at, left.outcome, left.next_look), (None, None, None, None));
    assert_eq!(
        (left.phase, left.memory.as_str()),
        (Phase::Done, r#"{"watches":[],"silent":true,"forgotten":true,"first_seen":null}"#)
    );
    assert_eq!(events(&store).await, ["c2"]);
    assert!(rows(&store).await.iter().all(|row| row.about == "c2"));
    assert_eq!(store.follows("bland").await.unwrap(), []);
    assert!(forget(&store, &by_number(PERSON)).await.is_nothing());
    assert!(forget(&store, &by_id("c1")).await.is_nothing());
    assert!(forget(&store, &by_id("nobody")).await.is_nothing());
    assert_eq!(forget(&store, &by_id("c2")).await.calls.len(), 1);
    assert!(rows(&store).await.is_empty());
}

async fn a_dry_run_says_the_same_and_changes_nothing(engine: Engine) {
    let store = engine.open().await;
    write(&store, vec![sides("c1", None, PERSON, "+1999")], vec![end("c1", PERSON)], &["a"]).await;
    let said = store.forget(&by_id("c1"), &[], true, at(500)).await.unwrap();
    assert_eq!((rows(&store).await.len(), events(&store).await.len()), (1, 1));
    assert_eq!(store.calls("bland", &["c1"]).await.unwrap()[0].call.to.as_deref(), Some(PERSON));
    assert_eq!(forget(&store, &by_id("c1")).await, said);
}

async fn what_is_written_later_about_a_forgotten_call_is_not_kept(engine: Engine) {
    let store = engine.open().await;
    write(&store, vec![], vec![event("c1", "started")], &[]).await;
    // Its record was pruned, or has never been there: it must not come back all the same.
    assert_eq!(forget(&store, &by_id("c1")).await.events, 1);
    let live = CallRecord { next_look: Some(at(0)), phase: Phase::Live, ..sides("c1", None, PERSON, "+1999") };
    write(&store, vec![live], vec![end("c1", PERSON)], &["a"]).await;
    assert_eq!(events(&store).await, Vec::<String>::new());
    assert!(rows(&store).await.is_empty());
    let left = store.list_calls(&CallFilter::default()).await.unwrap().remove(0);
    assert_eq!((left.phase, left.call.to, left.next_look), (Phase::Done, None, None));
    // Another account's call of this id is another call.
    let other = CallRecord { account: "other".to_owned(), ..sides("c1", None, PERSON, "+1999") };
    write(&store, vec![other], vec![], &[]).await;
    assert_eq!(store.calls("other", &["c1"]).await.unwrap()[0].call.to.as_deref(), Some(PERSON));
}

async fn a_number_means_the_person_and_not_the_callers_own_line(engine: Engine) {
    let store = engine.open().await;
    let ours = "+1 (999) 555-0000";
    let calls = vec![
        sides("called", Some(false), PERSON, ours),
        sides("calling", Some(true), ours, "555-010-0001"),
        sides("unknown direction", None, ours, "15550100001"),
        sides("another", Some(false), "+445550100001", ours),
    ];
    write(&store, calls, vec![end("only an event", "001 555 0100001")], &[]).await;
    assert!(forget(&store, &by_number("+5550100001")).await.is_nothing());
    let found = store.forget(&by_number(ours), &[], true, at(0)).await.unwrap();
    assert_eq!(found.calls.iter().collect::<Vec<_>>(), ["unknown direction"]);
    let found = forget(&store, &by_number(PERSON)).await;
    assert_eq!(found.calls.iter().collect::<Vec<_>>(), ["called", "calling", "only an event", "unknown direction"]);
}

/// Puts the ends of these calls into one bundle.
async fn bundle(store: &Store, calls: &[&str], bundling: Bundling) {
    let bundling = Arc::new(bundling);
    for call in calls {
        let mut told = told(end(call, PERSON), &["a"], at(0));
        told.deliveries[0].bundling = Some(bundling.clone());
        store.commit(&telling(vec![told]), at(0)).await.unwrap();
    }
}

fn grouping() -> Bundling {
    let group = Group { by: By::None, wait: Period::from_secs(30), max: 100 };
    let route = "bursts".to_owned();
    Bundling { route, digest: None, always: false, group: Some(group), quiet: None, throttle: None }
}

async fn a_bundle_is_told_without_the_call(engine: Engine) {
    let store = engine.open().await;
    bundle(&store, &["c1", "c2", "c3"], grouping()).await;
    let forgotten = forget(&store, &by_id("c1")).await;
    assert_eq!((forgotten.rewritten.len(), forgotten.deliveries, forgotten.cancelled.len()), (1, 0, 0));
    let claimed = store.claim("a", at(40), LEASE, 1).await.unwrap().remove(0);
    assert_eq!(claimed.event.digest().unwrap().total, 2);
    store.keep_payloads(&[(claimed.id.clone(), "bytes".to_owned())]).await.unwrap();
    settle(&store, &claimed.id, &attempt(41), &Next::Dead { reason: "400: c2 is bad".to_owned() }).await;
    store.replay(&[&claimed.id], at(50), false).await.unwrap();
    // A rendered one is rendered anew; of two that are left, one is told as itself.
    let forgotten = forget(&store, &by_id("c2")).await;
    assert_eq!(forgotten.rewritten.len(), 1);
    assert_eq!(store.attempts(&claimed.id).await.unwrap()[0].note, "");
    let claimed = store.claim("a", at(60), LEASE, 1).await.unwrap().remove(0);
    assert_eq!((claimed.payload.as_deref(), claimed.event.about()), (None, "c3"));
    store.keep_payloads(&[(claimed.id.clone(), "bytes".to_owned())]).await.unwrap();
    settle(&store, &claimed.id, &attempt(61), &delivered()).await;
    let forgotten = forget(&store, &by_id("c3")).await;
    assert_eq!((forgotten.deliveries, forgotten.sent.len(), forgotten.rewritten.len()), (1, 1, 0));
    assert!(rows(&store).await.is_empty());
}

async fn a_bundle_of_nothing_is_not_told_unless_it_always_is(engine: Engine) {
    let store = engine.open().await;
    for (route, ids, standing, left) in
        [("sometimes", ["c1", "c2"], vec![], 0), ("daily", ["c3", "c4"], vec!["daily"], 1)]
    {
        let digest = Some(Timetable::every(Period::from_secs(3600), TimeZone::UTC));
        let bundling = Bundling { route: route.to_owned(), digest, always: left == 1, ..grouping() };
        bundle(&store, &ids, Bundling { group: None, ..bundling }).await;
        let whom = Whom { numbers: vec![], ids: ids.map(str::to_owned).to_vec() };
        let standing: Vec<String> = standing.into_iter().map(str::to_owned).collect();
        let forgotten = store.forget(&whom, &standing, false, at(1)).await.unwrap();
        assert_eq!((forgotten.rewritten.len(), forgotten.cancelled.len()), (left, 1 - left));
        assert_eq!(rows(&store).await.len(), left);
    }
    assert_eq!(rows(&store).await[0].about, "daily");
    assert_eq!(store.open_work().await.unwrap().pending, 0, "nobody waits for a digest of nothing");
}

fn failed(id: &str, to: &str) -> FailedCall {
    FailedCall { id: id.to_owned(), to: Some(to.to_owned()), error: None }
}

async fn a_batch_forgets_its_failed_call_and_still_counts_it(engine: Engine) {
    let store = engine.open().await;
    let mut call = CallRecord { outcome: Some(Outcome::Failed), ..sides("c1", Some(false), PERSON, "+1999") };
    call.call.batch_id = Some("b1".to_owned());
    let batch = Batch {
        id: "b1".to_owned(),
        api: BatchApi::V2,
        description: None,
        created_at: None,
        expected: None,
        over: false,
        total: None,
    };
    let (account, memory) = ("bland".to_owned(), "{}".to_owned());
    let batch = BatchRecord { account, phase: Phase::Live, batch, memory, updated_at: at(0) };
    let mut progress = sample(Kind::BatchCompleted, at(0));
    let failed_calls = vec![failed("c1", PERSON), failed("c2", "+15550100002"), failed("pruned", "15550100001")];
    progress.data =
        Data::Batch { batch: Box::new(BatchFacts { id: "b1".to_owned(), failed_calls, ..BatchFacts::default() }) };
    store.commit(&Change { batches: vec![batch], ..Change::default() }, at(0)).await.unwrap();
    write(&store, vec![call], vec![progress], &["a", "b"]).await;
    let one = store.claim("a", at(1), LEASE, 1).await.unwrap().remove(0);
    store.keep_payloads(&[(one.id.clone(), "bytes".to_owned())]).await.unwrap();
    settle(&store, &one.id, &attempt(2), &delivered()).await;

    let forgotten = forget(&store, &by_number(PERSON)).await;
    assert_eq!((forgotten.batch_events, forgotten.rewritten.len(), forgotten.sent.len()), (1, 2, 1));
    assert!(forgotten.mentioned_in.is_empty(), "{forgotten:?}");
    let event = store.list_events(&EventFilter::default()).await.unwrap().remove(0);
    let names: Vec<&str> = event.batch().unwrap().failed_calls.iter().map(|failed| failed.id.as_str()).collect();
    assert_eq!(names, ["c2"]);
    assert!(rows(&store).await.iter().all(|row| row.payload.is_none()));
    assert_eq!(rows(&store).await.iter().filter(|row| row.state == State::Pending).count(), 1);
    let tally = store.tally("bland", "b1").await.unwrap();
    assert_eq!((tally.seen, tally.done, tally.outcomes), (1, 1, vec![(Outcome::Failed, 1)]));
    assert_eq!(store.batch_calls("bland", "b1", None, 10).await.unwrap(), []);
}

async fn a_message_that_is_being_sent_is_said_to_be(engine: Engine) {
    let store = engine.open().await;
    write(&store, vec![], vec![end("c1", PERSON)], &["a"]).await;
    bundle(&store, &["c2", "c3"], grouping()).await;
    let claimed = store.claim("a", at(400), Period::from_secs(600), 10).await.unwrap();
    let whom = Whom { numbers: vec![], ids: vec!["c1".to_owned(), "c2".to_owned()] };
    let forgotten = forget(&store, &whom).await;
    assert!(forgotten.cancelled.is_empty());
    assert!(forgotten.sent.len() == 2 && forgotten.sent.iter().all(|message| message.uncertain));
    assert_eq!(forgotten.in_hand.len(), 1);
    // The sender goes on with what it has in hand, and finds one delivery gone.
    for one in &claimed {
        store.keep_payloads(&[(one.id.clone(), "bytes of all".to_owned())]).await.unwrap();
        settle(&store, &one.id, &attempt(410), &delivered()).await;
    }
    store.drop_payloads(&forgotten.in_hand).await.unwrap();
    let left = rows(&store).await;
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].state, left[0].payload.as_deref(), left[0].events), (State::Delivered, None, 1));
}

async fn others_that_mention_the_number_are_named(engine: Engine) {
    let store = engine.open().await;
    let mut transferred = sides("c2", Some(false), "+15550100002", "+1999");
    transferred.call.transferred_to = Some("+1 (555) 010-0001".to_owned());
    let mut told = end("c3", "+15550100003");
    if let Data::Call { call, .. } = &mut told.data {
        call.summary = Some("Asked to be rung at 1 555 010 0001.".to_owned());
    }
    write(&store, vec![sides("c1", None, PERSON, "+1999"), transferred], vec![told, end("c1", PERSON)], &[]).await;
    let forgotten = forget(&store, &by_number(PERSON)).await;
    assert_eq!(forgotten.calls.iter().collect::<Vec<_>>(), ["c1"]);
    assert_eq!(forgotten.mentioned_in.iter().collect::<Vec<_>>(), ["c2", "c3"]);
}
