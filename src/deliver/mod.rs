//! Delivery: claims what is due, renders it once, sends it, and writes down how it ended.
//!
//! Each notifier has a lane of its own, so that one that is slow or dead delays no other.

mod rate;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use futures_util::future;
use jiff::{SignedDuration, Timestamp};

use crate::{
    backoff,
    deliver::rate::Rates,
    model::period::Period,
    notify::{Job, Notifier, Pause, Payload, Stop, Verdict, config::Ambiguous},
    render::Renderer,
    store::{
        Store,
        records::{Attempt, Claimed, Next},
    },
};

/// A lease is longer than the longest send by this; a process that dies while sending loses its
/// claim after it.
const SPARE: Duration = Duration::from_secs(30);
/// Sends for all notifiers of one process.
#[derive(Debug)]
pub struct Deliverer {
    store: Store,
    renderer: Renderer,
    notifiers: BTreeMap<String, Notifier>,
    rates: Mutex<Rates>,
    /// How many sends each lane makes at once at present.
    widths: Mutex<HashMap<String, u32>>,
}

/// What one round of a lane did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    pub delivered: u64,
    pub retried: u64,
    pub dead: u64,
}

impl Round {
    pub fn is_idle(&self) -> bool {
        *self == Self::default()
    }

    fn add(self, other: Self) -> Self {
        Self {
            delivered: self.delivered + other.delivered,
            retried: self.retried + other.retried,
            dead: self.dead + other.dead,
        }
    }
}

impl Deliverer {
    pub fn new(store: Store, renderer: Renderer, notifiers: Vec<Notifier>) -> Self {
        let notifiers = notifiers.into_iter().map(|notifier| (notifier.name().to_owned(), notifier)).collect();
        Self { store, renderer, notifiers, rates: Mutex::default(), widths: Mutex::default() }
    }

    /// The names of the lanes.
    pub fn lanes(&self) -> impl Iterator<Item = &str> {
        self.notifiers.keys().map(String::as_str)
    }

    pub fn renderer(&self) -> &Renderer {
        &self.renderer
    }

    pub fn notifier(&self, name: &str) -> Option<&Notifier> {
        self.notifiers.get(name)
    }

    /// One round of every lane.
    pub async fn deliver_once(&self, now: Timestamp) -> anyhow::Result<Round> {
        let rounds = future::try_join_all(self.notifiers.keys().map(|lane| self.deliver_lane(lane, now))).await?;
        Ok(rounds.into_iter().fold(Round::default(), Round::add))
    }

    /// Claims what is due for one notifier, sends it, and settles each delivery.
    pub async fn deliver_lane(&self, lane: &str, now: Timestamp) -> anyhow::Result<Round> {
        let notifier = self.notifiers.get(lane).with_context(|| format!("find notifier `{lane}`"))?;
        let clock = Clock { began: now, watch: Instant::now() };
        let room = self.room(notifier, now).await?;
        // No more is claimed than is sent at once, so that a claim that outlives its process means
        // that the send may have been made.
        let lease = Period::from_secs((notifier.time_limit() + SPARE).as_secs());
        let claimed = if room == 0 { vec![] } else { self.store.claim(lane, now, lease, room).await? };
        let sends = claimed.into_iter().map(|delivery| self.deliver(notifier, delivery, &clock));
        let rounds = future::join_all(sends).await;
        let round = rounds.into_iter().try_fold(Round::default(), |sum, round| round.map(|round| sum.add(round)))?;
        self.widen(notifier, &round);
        Ok(round)
    }

    /// How many sends the lane may make at once: one at first and after a failure, so that a
    /// receiver in trouble, or one that asks for a pause, is asked by one request and not by many.
    fn width(&self, notifier: &Notifier) -> u32 {
        lock(&self.widths).get(notifier.name()).copied().unwrap_or(1)
    }

    /// Twice as many after a round without trouble, up to what the kind of notifier bears.
    fn widen(&self, notifier: &Notifier, round: &Round) {
        let width = if round.retried > 0 { 1 } else { (self.width(notifier) * 2).min(at_once(notifier)) };
        if !round.is_idle() {
            lock(&self.widths).insert(notifier.name().to_owned(), width);
        }
    }

    /// How many sends the notifier's own limit leaves; none left pauses it until there are.
    async fn room(&self, notifier: &Notifier, now: Timestamp) -> anyhow::Result<u32> {
        let most = self.width(notifier).min(at_once(notifier));
        let Some(limit) = notifier.max_per_minute() else { return Ok(most) };
        let destination = notifier.destination();
        let (room, free) = self.rates().room(&destination, limit, now);
        if let Some(free) = free {
            self.store.pause(&destination, free).await?;
        }
        Ok(room.min(most))
    }

    async fn deliver(&self, notifier: &Notifier, delivery: Claimed, clock: &Clock) -> anyhow::Result<Round> {
        if delivery.ambiguous && notifier.common().ambiguous == Ambiguous::Hold {
            let verdict =
                Verdict::Ambiguous { note: "the process ended while it was being sent".to_owned(), status: None };
            return self.settle(notifier, &delivery, verdict, clock.now(), 0).await;
        }
        let mut job = Job {
            delivery_id: &delivery.id,
            recipient: &delivery.recipient,
            event: &delivery.event,
            attempt: delivery.attempts + 1,
            now: clock.now(),
        };
        let payload = match delivery.payload.as_deref().map(serde_json::from_str::<Payload>) {
            Some(Ok(kept)) => kept,
            _ => self.render(notifier, &job).await?,
        };
        // Claiming and rendering took time too, and waits that are asked for count from the answer.
        job.now = clock.now();
        if notifier.max_per_minute().is_some() {
            self.rates().sent(&notifier.destination(), job.now);
        }
        let begun = Instant::now();
        let verdict = notifier.send(&payload, &job).await;
        let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.settle(notifier, &delivery, verdict, job.now, took).await
    }

    /// Renders a delivery that comes due for the first time, and keeps the bytes.
    async fn render(&self, notifier: &Notifier, job: &Job<'_>) -> anyhow::Result<Payload> {
        let payload = notifier.prepare(&self.renderer, job);
        if let Some(trouble) = &payload.trouble {
            tracing::warn!(delivery.id = job.delivery_id, "A template of `{}` failed: {trouble}", notifier.name());
        }
        let kept = serde_json::to_string(&payload).context("pack a payload")?;
        self.store.keep_payload(job.delivery_id, &kept).await?;
        Ok(payload)
    }

    async fn settle(
        &self,
        notifier: &Notifier,
        delivery: &Claimed,
        verdict: Verdict,
        now: Timestamp,
        took_ms: u64,
    ) -> anyhow::Result<Round> {
        let ended = later(now, took_ms);
        let (next, ambiguous) = decide(notifier, delivery, &verdict, ended);
        let attempt = Attempt {
            at: now,
            took_ms,
            verdict: verdict.word().to_owned(),
            status: verdict.status(),
            note: verdict.note().to_owned(),
        };
        self.store.settle(&delivery.id, &attempt, &next, ambiguous).await?;
        self.spare(&delivery.destination, &verdict, &next, ended).await?;
        report(notifier, delivery, &attempt, &next);
        Ok(match next {
            Next::Delivered { .. } => Round { delivered: 1, ..Round::default() },
            Next::Again { .. } => Round { retried: 1, ..Round::default() },
            Next::Dead { .. } => Round { dead: 1, ..Round::default() },
        })
    }

    /// Pauses or stops the whole destination where the answer asks for it.
    async fn spare(&self, destination: &str, verdict: &Verdict, next: &Next, now: Timestamp) -> anyhow::Result<()> {
        match (verdict, next) {
            (Verdict::Delivered { pause: Some(until), .. }, _) => self.store.pause(destination, *until).await,
            (Verdict::Retry { pause: Pause::No, .. }, _) => Ok(()),
            (Verdict::Retry { .. }, Next::Again { due }) => self.store.pause(destination, *due).await,
            // Given up, as the wait outlasts it; the others wait all the same.
            (Verdict::Retry { after: Some(until), .. }, _) => self.store.pause(destination, *until).await,
            (Verdict::Permanent { stop: Stop::Gone, note, .. }, _) => {
                let dead = self.store.stop(destination, note, now).await?;
                tracing::error!("Stopped sending to {destination}, with {dead} more deliveries waiting: {note}");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn rates(&self) -> MutexGuard<'_, Rates> {
        lock(&self.rates)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The time of a round: what it was given at its beginning, and what has passed since.
#[derive(Debug)]
struct Clock {
    began: Timestamp,
    watch: Instant,
}

impl Clock {
    fn now(&self) -> Timestamp {
        later(self.began, u64::try_from(self.watch.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

/// How a delivery goes on after a verdict, and whether it may have arrived.
fn decide(notifier: &Notifier, delivery: &Claimed, verdict: &Verdict, ended: Timestamp) -> (Next, bool) {
    let common = notifier.common();
    let again = |after: Option<Timestamp>, note: &str| {
        // Times are whole milliseconds and clocks differ a little; a wait is never cut short by that.
        let after = after.map(|after| later(after, 100));
        let due = backoff::due_after(delivery.attempts + 1, ended, after, &delivery.id);
        if backoff::gives_up(delivery.created_at, due, common.give_up_after) {
            Next::Dead { reason: format!("given up after {}: {note}", common.give_up_after) }
        } else {
            Next::Again { due }
        }
    };
    match verdict {
        Verdict::Delivered { remote_id, .. } => (Next::Delivered { remote_id: remote_id.clone() }, false),
        Verdict::Retry { note, after, .. } => (again(*after, note), false),
        Verdict::Permanent { note, .. } => (Next::Dead { reason: note.clone() }, false),
        Verdict::Ambiguous { note, .. } if common.ambiguous == Ambiguous::Hold => {
            (Next::Dead { reason: format!("held, as it may have arrived: {note}") }, true)
        }
        Verdict::Ambiguous { note, .. } => (again(None, note), true),
    }
}

fn report(notifier: &Notifier, delivery: &Claimed, attempt: &Attempt, next: &Next) {
    let (id, kind, name) = (&delivery.id, delivery.event.kind, notifier.name());
    let note = &attempt.note;
    match next {
        Next::Delivered { .. } => tracing::info!(delivery.id = %id, event.kind = %kind, "Delivered {kind} to `{name}`"),
        Next::Again { due } => {
            tracing::warn!(delivery.id = %id, event.kind = %kind, "Could not deliver {kind} to `{name}`, next try {due}: {note}");
        }
        Next::Dead { reason } => {
            tracing::error!(delivery.id = %id, event.kind = %kind, "Gave up delivering {kind} to `{name}`: {reason}");
        }
    }
}

/// Sends at the same time to one notifier: chats take messages in order, servers take several.
fn at_once(notifier: &Notifier) -> u32 {
    match notifier {
        Notifier::Discord(_) | Notifier::Console(_) => 1,
        Notifier::Email(_) => 2,
        Notifier::Webhook(_) => 16,
    }
}

fn later(now: Timestamp, millis: u64) -> Timestamp {
    let took = SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX));
    now.saturating_add(took).unwrap_or(Timestamp::MAX)
}
