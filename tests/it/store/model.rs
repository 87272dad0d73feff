//! The outbox as a state machine: random steps against a model that is a page long.

use std::collections::BTreeMap;

use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use ringback::event::id::derived;
use ringback::store::{
    Store,
    outbox::{Attempt, DeliveryFilter, Effect, Next, State, Strike},
};

use super::{LEASE, at, attempt, delivered, event, settle_with, telling, told};

#[derive(Debug, Clone)]
enum Step {
    /// An event about one of three calls.
    Tell(u8),
    Claim(u8),
    /// Settle the n-th held claim.
    Deliver(u8),
    Retry(u8, u8),
    Bury(u8),
    /// The attempt at the n-th held claim fails, and the destination's breaker counts it.
    Fail(u8, u8),
    /// The process that holds all claims dies.
    Crash,
    Wait(u8),
    Pause(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<u8>().prop_map(Step::Tell),
        (1..4_u8).prop_map(Step::Claim),
        any::<u8>().prop_map(Step::Deliver),
        (any::<u8>(), 1..90_u8).prop_map(|(which, wait)| Step::Retry(which, wait)),
        any::<u8>().prop_map(Step::Bury),
        (any::<u8>(), 1..90_u8).prop_map(|(which, wait)| Step::Fail(which, wait)),
        (any::<u8>(), 1..90_u8).prop_map(|(which, wait)| Step::Fail(which, wait)),
        (any::<u8>(), 1..90_u8).prop_map(|(which, wait)| Step::Fail(which, wait)),
        proptest::strategy::Just(Step::Crash),
        (1..90_u8).prop_map(Step::Wait),
        (1..60_u8).prop_map(Step::Pause),
    ]
}

#[derive(Debug, Clone)]
struct Expected {
    call: u8,
    order: usize,
    state: State,
    due: i64,
    lease: Option<i64>,
    tried: bool,
}

/// What the outbox should hold.
#[derive(Default)]
struct Model {
    all: BTreeMap<String, Expected>,
    now: i64,
    paused: i64,
    held: Vec<String>,
    failures: u64,
    opened: Option<i64>,
}

impl Model {
    /// An attempt ends, here and in the store, and the breaker turns in both or in neither.
    async fn end(&mut self, store: &Store, id: &str, next: &Next, strike: Strike) {
        let attempt = Attempt { took_ms: 0, ..attempt(self.now) };
        let effect = Effect { strike, ..Effect::default() };
        let turn = settle_with(store, id, &attempt, next, &effect).await;
        let was_open = self.opened.is_some();
        let entry = self.all.get_mut(id).unwrap();
        entry.lease = None;
        match next {
            Next::Delivered { .. } => entry.state = State::Delivered,
            Next::Dead { .. } => entry.state = State::Dead,
            Next::Again { due, .. } => (entry.due, entry.tried) = (due.duration_since(at(0)).as_secs(), true),
        }
        match strike {
            Strike::Alive => self.alive(self.now),
            _ => self.failed(self.now, strike == Strike::Failed),
        }
        let turned = (was_open != self.opened.is_some()).then_some(self.opened.is_some());
        assert_eq!(turn.map(|turn| turn.opened), turned);
    }

    /// An attempt has been answered: the breaker closes, and what waits for its next try is due.
    fn alive(&mut self, at: i64) {
        self.failures = 0;
        if self.opened.take().is_some() {
            for one in self.all.values_mut() {
                if one.state == State::Pending && one.tried && one.lease.is_none() && one.due > at {
                    one.due = at;
                }
            }
        }
    }

    fn failed(&mut self, at: i64, waits: bool) {
        self.failures += 1;
        if self.failures >= 5 {
            let open_for = at - *self.opened.get_or_insert(at);
            if waits {
                self.paused = self.paused.max(at + open_for.clamp(5, 60));
            }
        }
    }

    fn claimable(&self, id: &str) -> bool {
        let one = &self.all[id];
        let first = !self
            .all
            .values()
            .any(|other| other.state == State::Pending && other.call == one.call && other.order < one.order);
        one.state == State::Pending
            && one.due <= self.now
            && one.lease.is_none_or(|lease| lease <= self.now)
            && first
            && self.paused <= self.now
    }
}

async fn run(steps: Vec<Step>) {
    let store = Store::open("sqlite::memory:").await.unwrap();
    let mut model = Model::default();
    for (number, step) in steps.into_iter().enumerate() {
        take(&store, &mut model, number, step).await;
    }
    let rows = store.deliveries(&DeliveryFilter::default()).await.unwrap();
    assert_eq!(rows.len(), model.all.len(), "none is lost and none is made up");
    for row in rows {
        assert_eq!(row.state, model.all[&row.id].state, "{}", row.id);
    }
}

async fn take(store: &Store, model: &mut Model, number: usize, step: Step) {
    let pick =
        |held: &mut Vec<String>, which: u8| (!held.is_empty()).then(|| held.remove(usize::from(which) % held.len()));
    match step {
        Step::Tell(call) => {
            let call = call % 3;
            let told = told(event(&format!("c{call}"), &number.to_string()), &["a"], at(model.now));
            let id = derived("dlv", &[&told.event.id, "a", ""]);
            store.commit(&telling(vec![told]), at(model.now)).await.unwrap();
            model.all.insert(
                id,
                Expected { call, order: number, state: State::Pending, due: model.now, lease: None, tried: false },
            );
        }
        Step::Claim(limit) => {
            let claimed = store.claim("a", at(model.now), LEASE, u32::from(limit)).await.unwrap();
            let could = model.all.keys().filter(|id| model.claimable(id)).count();
            assert_eq!(claimed.len(), could.min(usize::from(limit)), "all that is due is given out");
            for one in claimed {
                assert!(model.claimable(&one.id), "{} is not to be had", one.id);
                let lost = model.all[&one.id].lease.is_some();
                assert!(one.ambiguous || !lost, "a lost claim may have been sent");
                model.held.retain(|held| *held != one.id);
                model.held.push(one.id);
            }
            // Marked after all are checked: they were claimed in one statement.
            for id in model.held.clone() {
                let entry = model.all.get_mut(&id).unwrap();
                if entry.lease.is_none_or(|lease| lease <= model.now) {
                    entry.lease = Some(model.now + 60);
                }
            }
        }
        Step::Deliver(which) => {
            if let Some(id) = pick(&mut model.held, which) {
                model.end(store, &id, &delivered(), Strike::Alive).await;
            }
        }
        Step::Retry(which, wait) => {
            if let Some(id) = pick(&mut model.held, which) {
                let due = at(model.now + i64::from(wait));
                model.end(store, &id, &Next::Again { due, not_before: None }, Strike::Alive).await;
            }
        }
        Step::Bury(which) => {
            if let Some(id) = pick(&mut model.held, which) {
                model.end(store, &id, &Next::Dead { reason: "x".to_owned() }, Strike::Refused).await;
            }
        }
        Step::Fail(which, wait) => {
            if let Some(id) = pick(&mut model.held, which) {
                let due = at(model.now + i64::from(wait));
                model.end(store, &id, &Next::Again { due, not_before: None }, Strike::Failed).await;
            }
        }
        Step::Crash => model.held.clear(),
        Step::Wait(seconds) => {
            model.now += i64::from(seconds);
            // A lease that ran out is no longer held.
            let (all, now) = (&model.all, model.now);
            model.held.retain(|id| all[id].lease.is_some_and(|lease| lease > now));
        }
        Step::Pause(seconds) => {
            let until = model.now + i64::from(seconds);
            store.pause("a#1", at(until)).await.unwrap();
            model.paused = model.paused.max(until);
        }
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 128, ..Default::default() })]

    #[test]
    fn the_outbox_follows_its_model(steps in proptest::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(steps));
    }
}
