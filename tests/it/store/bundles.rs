//! Bundles under random steps: whatever the route asks for, each event is told once, and no message
//! comes when or as often as it must not.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use ringback::{
    event::{Data, Event, digest::Reason, id::derived, kind::Kind, sample::sample},
    route::{bundle::Bundling, config::Config, form::Form},
    store::{
        Store,
        outbox::{DeliveryFilter, NewDelivery, Next, State},
        records::Told,
    },
};

use super::{LEASE, address, attempt, delivered, settle, telling};

#[derive(Debug, Clone)]
enum Step {
    /// A failed or completed call of one of three batches.
    Tell {
        failed: bool,
        batch: u8,
    },
    /// Claims what is due and delivers it.
    Deliver,
    /// Claims one, and the attempt fails.
    Retry,
    /// The process dies with what it has claimed.
    Crash,
    Wait(u16),
    /// The clock is put back.
    Back(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any::<bool>(), 0..3_u8).prop_map(|(failed, batch)| Step::Tell { failed, batch }),
        3 => proptest::strategy::Just(Step::Deliver),
        1 => proptest::strategy::Just(Step::Retry),
        1 => proptest::strategy::Just(Step::Crash),
        4 => (1..600_u16).prop_map(Step::Wait),
        2 => (600..9_000_u16).prop_map(Step::Wait),
        1 => any::<u8>().prop_map(Step::Back),
    ]
}

const GROUP: &str = "group = { by = \"batch\", wait = \"30s\", max = 3 }\n";
const DIGEST: &str = "digest = { every = \"1h\" }\n";
const QUIET: &str =
    "quiet = { from = \"22:00\", to = \"07:00\", timezone = \"Europe/Berlin\", except = [\"call.failed\"] }\n";
const THROTTLE: &str = "throttle = { max = 2, per = \"10m\" }\n";

/// Any combination of the four.
fn bundling(which: u8) -> Option<Bundling> {
    let keys: String = [GROUP, DIGEST, QUIET, THROTTLE]
        .iter()
        .enumerate()
        .filter(|(bit, _)| which >> bit & 1 == 1)
        .map(|(_, key)| *key)
        .collect();
    let config: Config = toml::from_str(&format!("notify = [\"a\"]\n{keys}")).unwrap();
    Bundling::of(&config, "r", &TimeZone::UTC)
}

fn event(number: usize, failed: bool, batch: u8, now: Timestamp) -> Event {
    let mut event = sample(if failed { Kind::CallFailed } else { Kind::CallCompleted }, now);
    event.id = derived("evt", &[&number.to_string()]);
    event.observed_at = now;
    if let Data::Call { call, .. } = &mut event.data {
        call.id = format!("c{number}");
        call.batch_id = Some(format!("b{batch}"));
    }
    event
}

/// One message as it was delivered.
struct Message {
    id: String,
    event: Event,
}

struct World {
    store: Store,
    bundling: Option<Arc<Bundling>>,
    now: Timestamp,
    told: BTreeMap<String, Kind>,
    messages: Vec<Message>,
    went_back: bool,
}

impl World {
    async fn take(&mut self, number: usize, step: &Step) {
        match step {
            Step::Tell { failed, batch } => {
                let event = event(number, *failed, *batch, self.now);
                self.told.insert(event.id.clone(), event.kind);
                let new = NewDelivery {
                    to: address("a"),
                    due: self.now,
                    bundling: self.bundling.clone(),
                    form: Form::Message,
                };
                let told = Told { event, deliveries: vec![new], routed_by: String::new() };
                self.store.commit(&telling(vec![told]), self.now).await.unwrap();
            }
            Step::Deliver => self.deliver().await,
            Step::Retry => {
                for one in self.store.claim("a", self.now, LEASE, 1).await.unwrap() {
                    let due = self.now + SignedDuration::from_secs(5);
                    settle(&self.store, &one.id, &attempt(0), &Next::Again { due, not_before: None }).await;
                }
            }
            Step::Crash => drop(self.store.claim("a", self.now, LEASE, 2).await.unwrap()),
            Step::Wait(seconds) => self.now += SignedDuration::from_secs(i64::from(*seconds)),
            Step::Back(seconds) => {
                self.went_back = true;
                self.now -= SignedDuration::from_secs(i64::from(*seconds) * 20);
            }
        }
    }

    async fn deliver(&mut self) {
        loop {
            let claimed = self.store.claim("a", self.now, LEASE, 10).await.unwrap();
            if claimed.is_empty() {
                return;
            }
            for one in claimed {
                settle(&self.store, &one.id, &attempt(0), &delivered()).await;
                self.messages.push(Message { id: one.id, event: one.event });
            }
        }
    }

    fn check(&self, planned: &BTreeMap<String, Timestamp>) {
        let mut heard: Vec<String> = Vec::new();
        for message in &self.messages {
            match message.event.digest() {
                Some(digest) => {
                    assert_eq!(digest.total, digest.events.len() as u64);
                    heard.extend(digest.events.iter().map(|event| event.id.clone()));
                }
                None => heard.push(message.event.id.clone()),
            }
        }
        let once: BTreeSet<&String> = heard.iter().collect();
        assert_eq!(once.len(), heard.len(), "nobody is told twice");
        assert_eq!(once, self.told.keys().collect(), "no event is lost");
        let Some(bundling) = &self.bundling else { return };
        if let Some(quiet) = bundling.quiet.as_ref().filter(|_| !self.went_back) {
            // What is late, as the process was down, is not held once more.
            for message in &self.messages {
                let planned = planned[&message.id];
                let quietly = |event: &Event| !quiet.excepts(event.kind) && event.observed_at <= planned;
                let held =
                    message.event.digest().map_or(quietly(&message.event), |digest| digest.events.iter().any(quietly));
                assert!(quiet.until(planned).is_none() || !held, "a message for {planned}");
            }
        }
        if bundling.digest.is_some() && !self.went_back {
            let digests = self.messages.iter().filter_map(|message| message.event.digest());
            for digest in digests.filter(|digest| digest.reason == Reason::Digest) {
                assert!(digest.from < digest.to);
                for event in &digest.events {
                    let seen = event.observed_at;
                    assert!(digest.from <= seen && seen < digest.to, "{seen} in {} to {}", digest.from, digest.to);
                }
            }
        }
    }
}

async fn run(which: u8, start: u32, steps: Vec<Step>) {
    let store = Store::open("sqlite::memory:").await.unwrap();
    let now = super::at(i64::from(start));
    let bundling = bundling(which).map(Arc::new);
    let mut world = World { store, bundling, now, told: BTreeMap::new(), messages: Vec::new(), went_back: false };
    for (number, step) in steps.iter().enumerate() {
        world.take(number, step).await;
    }
    // In the end everything comes due.
    for _ in 0..4 {
        world.now += SignedDuration::from_hours(14);
        world.deliver().await;
    }
    let rows = world.store.deliveries(&DeliveryFilter::default()).await.unwrap();
    world.check(&rows.iter().map(|row| (row.id.clone(), row.planned)).collect());
    assert!(rows.iter().all(|row| row.state == State::Delivered));
    if let Some(throttle) = world.bundling.as_ref().and_then(|bundling| bundling.throttle) {
        let planned = rows.iter().map(|row| row.planned).collect();
        check_throttle(&world, planned, throttle.max, throttle.per.signed());
    }
}

/// By the times at which the messages were planned, no stretch of time holds too many. What a
/// clock that was put back makes of it is another matter.
fn check_throttle(world: &World, mut planned: Vec<Timestamp>, max: u32, per: SignedDuration) {
    if world.went_back {
        return;
    }
    planned.sort();
    for some in planned.windows(usize::try_from(max).unwrap() + 1) {
        let stretch = some[some.len() - 1].duration_since(some[0]);
        assert!(stretch >= per, "{some:?}");
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 96, ..Default::default() })]

    #[test]
    fn whatever_a_route_bundles_each_event_is_told_once(
        which in 0..16_u8, start in 0..400_000_u32, steps in proptest::collection::vec(step(), 1..80),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(which, start, steps));
    }
}
