//! What a digest knows of the one before it.

use std::sync::Arc;

use jiff::tz::TimeZone;
use ringback::{
    event::{Data, Event, digest::DigestFacts, id::derived, kind::Kind, sample::sample},
    model::outcome::Outcome,
    route::{bundle::Bundling, config::Config, form::Form},
    store::{
        Store,
        outbox::{Address, NewDelivery},
        prune::{Round, Rules},
        records::{Change, Told},
    },
};

use super::{
    LEASE, address, at, attempt, delivered,
    engines::{Engine, on_both_engines},
    settle, telling,
};

on_both_engines!(
    a_digest_knows_what_the_one_before_counted,
    digests_of_other_recipients_and_of_other_groups_are_not_compared,
    a_period_that_one_digest_does_not_hold_is_summed_up_and_compared_to_nothing,
    a_digest_whose_predecessor_was_pruned_stands_alone,
);

const HOUR: i64 = 3_600;

/// The beginning of an hour.
const START: i64 = 2_800;

fn bundling(keys: &str) -> Arc<Bundling> {
    let config: Config = toml::from_str(&format!("notify = [\"a\"]\n{keys}")).unwrap();
    Arc::new(Bundling::of(&config, "hourly", &TimeZone::UTC).unwrap())
}

fn hourly() -> Arc<Bundling> {
    bundling("digest = { every = \"1h\" }")
}

fn told(bundling: &Arc<Bundling>, to: &Address, outcome: Outcome, number: i64, second: i64) -> Told {
    let mut event: Event =
        sample(if outcome == Outcome::Failed { Kind::CallFailed } else { Kind::CallCompleted }, at(second));
    event.id = derived("evt", &[&number.to_string()]);
    event.observed_at = at(second);
    if let Data::Call { call, .. } = &mut event.data {
        (call.id, call.outcome) = (format!("c{number}"), Some(outcome));
        call.transcript.clear();
    }
    let new =
        NewDelivery { to: to.clone(), due: at(second), bundling: Some(Arc::clone(bundling)), form: Form::Message };
    Told { event, deliveries: vec![new], routed_by: String::new() }
}

/// Tells so many calls with each outcome, the first at `second`.
async fn tell(store: &Store, bundling: &Arc<Bundling>, to: &Address, second: i64, outcomes: &[(Outcome, i64)]) {
    let all = outcomes.iter().flat_map(|(outcome, count)| (0..*count).map(|_| *outcome)).enumerate();
    for (number, outcome) in all {
        let number = i64::try_from(number).unwrap();
        let one = told(bundling, to, outcome, second * 10_000 + number, second + number);
        store.commit(&telling(vec![one]), at(second + number)).await.unwrap();
    }
}

/// All digests that are due, delivered.
async fn due(store: &Store, second: i64) -> Vec<DigestFacts> {
    let mut digests = Vec::new();
    for one in store.claim("a", at(second), LEASE, 10).await.unwrap() {
        digests.push(one.event.digest().unwrap().clone());
        settle(store, &one.id, &attempt(second), &delivered()).await;
    }
    digests
}

async fn a_digest_knows_what_the_one_before_counted(engine: Engine) {
    let (store, hourly, to) = (engine.open().await, hourly(), address("a"));
    tell(&store, &hourly, &to, START, &[(Outcome::Human, 3), (Outcome::Failed, 2)]).await;
    let first = due(&store, START + HOUR).await.remove(0);
    assert_eq!(first.previous, None);
    tell(&store, &hourly, &to, START + HOUR, &[(Outcome::Human, 1)]).await;
    // A claim whose process died is made again, and finds the same.
    let lost = store.claim("a", at(START + 2 * HOUR), LEASE, 10).await.unwrap().remove(0);
    let second = due(&store, START + 2 * HOUR + 61).await.remove(0);
    assert_eq!(lost.event.digest(), Some(&second));
    let before = second.previous.unwrap();
    assert_eq!((before.from, before.to), (at(START), at(START + HOUR)));
    assert_eq!(before.to, second.from);
    assert_eq!(before.totals, first.totals());
    assert_eq!((before.totals.calls, before.totals.outcomes.human, before.totals.outcomes.failed), (5, 3, 2));
    // An hour without events has no digest, and the one before it is still the last.
    tell(&store, &hourly, &to, START + 3 * HOUR, &[(Outcome::Busy, 1)]).await;
    let third = due(&store, START + 4 * HOUR).await.remove(0);
    let before = third.previous.unwrap();
    assert_eq!((before.to, before.totals.calls), (at(START + 2 * HOUR), 1));
    assert!(before.to < third.from);
}

async fn digests_of_other_recipients_and_of_other_groups_are_not_compared(engine: Engine) {
    let (store, hourly) = (engine.open().await, hourly());
    let other = Address { recipient: "b@example.com".to_owned(), ..address("a") };
    tell(&store, &hourly, &address("a"), START, &[(Outcome::Human, 3)]).await;
    due(&store, START + HOUR).await;
    tell(&store, &hourly, &other, START + HOUR, &[(Outcome::Human, 1)]).await;
    assert_eq!(due(&store, START + 2 * HOUR).await.remove(0).previous, None);

    let grouped = bundling("digest = { every = \"1h\" }\ngroup = { by = \"outcome\", wait = \"1s\" }");
    let both = [(Outcome::Human, 3), (Outcome::Failed, 2)];
    for hour in 5..7 {
        tell(&store, &grouped, &Address { recipient: "c".to_owned(), ..address("a") }, START + hour * HOUR, &both)
            .await;
        for digest in due(&store, START + (hour + 1) * HOUR).await {
            let calls = digest.previous.map(|before| before.totals);
            assert_eq!(calls, (hour == 6).then(|| digest.totals()));
        }
    }
}

async fn a_period_that_one_digest_does_not_hold_is_summed_up_and_compared_to_nothing(engine: Engine) {
    let (store, hourly, to) = (engine.open().await, hourly(), address("a"));
    tell(&store, &hourly, &to, START, &[(Outcome::Human, 1)]).await;
    due(&store, START + HOUR).await;
    let many = (0..2_001).map(|number| told(&hourly, &to, Outcome::Human, number, START + HOUR)).collect();
    store.commit(&Change { events: many, ..Change::default() }, at(START + HOUR)).await.unwrap();
    let parts = due(&store, START + 2 * HOUR).await;
    let told: Vec<_> = parts.iter().map(|part| (part.calls, part.previous.is_some())).collect();
    assert_eq!(told, [(2_000, false), (1, false)]);
    tell(&store, &hourly, &to, START + 2 * HOUR, &[(Outcome::Human, 1)]).await;
    let next = due(&store, START + 3 * HOUR).await.remove(0);
    assert_eq!(next.previous.unwrap().totals.calls, 2_001);
}

async fn a_digest_whose_predecessor_was_pruned_stands_alone(engine: Engine) {
    let (store, hourly, to) = (engine.open().await, hourly(), address("a"));
    tell(&store, &hourly, &to, START, &[(Outcome::Human, 3)]).await;
    due(&store, START + HOUR).await;
    let rules = Rules {
        before: at(START + 2 * HOUR),
        named: Default::default(),
        horizons: Default::default(),
        destinations: Default::default(),
    };
    store.prune_once(&rules, &mut Round::default(), 100).await.unwrap();
    tell(&store, &hourly, &to, START + HOUR, &[(Outcome::Human, 1)]).await;
    assert_eq!(due(&store, START + 2 * HOUR).await.remove(0).previous, None);
}
