//! Delivery: claims what is due, renders it once, sends it, and writes down how it ended.
//!
//! Each notifier has a lane of its own, so that one that is slow or dead delays no other.

mod outcome;
mod rate;
mod sending;
mod threads;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use futures_util::future;
use jiff::{SignedDuration, Timestamp};

use crate::{
    deliver::rate::Rates,
    model::period::Period,
    notify::Notifier,
    render::Renderer,
    route::bundle::Bundling,
    store::{
        Store,
        outbox::{Address, Destination},
    },
    watch::tell::Teller,
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
    teller: Arc<Teller>,
    /// Digests that are sent even when they hold nothing, by notifier.
    standing: Vec<Standing>,
    /// Shared with an earlier deliverer whose last sends may still be under way.
    rates: Arc<Mutex<Rates>>,
    /// How many sends each lane makes at once at present.
    widths: Mutex<HashMap<String, u32>>,
}

/// A digest that is sent even when it holds nothing.
#[derive(Debug)]
struct Standing {
    bundling: Arc<Bundling>,
    to: Address,
    /// When the one that is open will be due.
    due: Mutex<Option<Timestamp>>,
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
    pub fn new(store: Store, renderer: Renderer, notifiers: Vec<Notifier>, teller: Arc<Teller>) -> Self {
        let notifiers = notifiers.into_iter().map(|notifier| (notifier.name().to_owned(), notifier)).collect();
        let standing = standing(&teller);
        Self { store, renderer, notifiers, teller, standing, rates: Arc::default(), widths: Mutex::default() }
    }

    /// Goes on where an earlier one stops: what it sent and sends counts for the rates.
    pub fn inherit(&mut self, earlier: &Self) {
        self.rates = Arc::clone(&earlier.rates);
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
        self.open_digests(lane, now).await?;
        let destination = self.store.destination(&notifier.destination()).await?;
        self.hand_on(notifier, &destination, now).await?;
        let mut round = Round::default();
        if let Some(reason) = &destination.stopped {
            round.dead = self.store.bury_stopped(&notifier.destination(), reason, now).await?;
            if round.dead > 0 {
                tracing::error!("{} more deliveries to `{lane}` are dead letters: {reason}", round.dead);
            }
            return Ok(round);
        }
        if destination.paused_until.is_some_and(|until| until > now) {
            return Ok(round);
        }
        round.dead = self.give_up(notifier, &destination, now).await?;
        let room = self.room(notifier, &destination, now).await?;
        // No more is claimed than is sent at once, so that a claim that outlives its process means
        // that the send may have been made.
        let lease = Period::from_secs((notifier.time_limit() + SPARE).as_secs());
        let claimed = if room == 0 { vec![] } else { self.store.claim(lane, now, lease, room).await? };
        let state = State { alone: claimed.len() == 1, probing: destination.opened.is_some() };
        let ready = self.prepare(notifier, claimed, &clock).await?;
        let round = round.add(self.send_all(notifier, ready, &clock, state).await?);
        self.widen(notifier, &round);
        Ok(round)
    }

    /// Sees to it that digests which are sent in any case are waiting for their time.
    async fn open_digests(&self, lane: &str, now: Timestamp) -> anyhow::Result<()> {
        for standing in self.standing.iter().filter(|standing| standing.to.notifier == lane) {
            let open = lock(&standing.due).is_some_and(|due| due > now);
            if !open {
                let due = self.store.open_digest(&standing.bundling, &standing.to, now).await?;
                *lock(&standing.due) = due;
            }
        }
        Ok(())
    }

    /// While a notifier fails, what it should say is said through its fallback too.
    async fn hand_on(&self, notifier: &Notifier, at: &Destination, now: Timestamp) -> anyhow::Result<()> {
        let fallback = self.teller.fallbacks.get(notifier.name()).and_then(|name| self.teller.addresses.get(name));
        let Some(addresses) = fallback.filter(|_| at.opened.is_some()) else { return Ok(()) };
        let made = self.store.hand_on(&notifier.destination(), addresses, now).await?;
        if made > 0 {
            tracing::warn!("Handed {made} deliveries of `{}` to its fallback", notifier.name());
        }
        Ok(())
    }

    /// Behind an open breaker most deliveries are not tried at all; they are given up in time all the same.
    async fn give_up(&self, notifier: &Notifier, at: &Destination, now: Timestamp) -> anyhow::Result<u64> {
        if at.opened.is_none() {
            return Ok(0);
        }
        let longest = notifier.common().give_up_after;
        let failure = at.last_failure.as_deref().unwrap_or("the notifier fails");
        let reason = format!("given up after {longest}: {failure}");
        let dead = self.store.give_up(&notifier.destination(), longest, &reason, now).await?;
        if dead > 0 {
            tracing::error!("Gave up {dead} deliveries to `{}`: {reason}", notifier.name());
        }
        Ok(dead)
    }

    /// How many sends the lane may make at once: one at first and after a failure, so that a
    /// receiver in trouble, or one that asks for a pause, is asked by one request and not by many.
    fn width(&self, notifier: &Notifier) -> u32 {
        lock(&self.widths).get(notifier.name()).copied().unwrap_or(1)
    }

    /// Twice as many after a round that delivered all it tried to, up to what the kind of notifier bears.
    fn widen(&self, notifier: &Notifier, round: &Round) {
        let width = if round.retried > 0 || round.delivered == 0 {
            1
        } else {
            (self.width(notifier) * 2).min(at_once(notifier))
        };
        if !round.is_idle() {
            lock(&self.widths).insert(notifier.name().to_owned(), width);
        }
    }

    /// How many sends the notifier's own limit leaves; none left pauses it until there are. Through
    /// an open breaker goes one probe.
    async fn room(&self, notifier: &Notifier, at: &Destination, now: Timestamp) -> anyhow::Result<u32> {
        let most = if at.opened.is_some() { 1 } else { self.width(notifier).min(at_once(notifier)) };
        let limits = notifier.rates();
        if limits.is_empty() {
            return Ok(most);
        }
        let destination = notifier.destination();
        if !self.rates().knows(&destination) {
            let since = now.saturating_sub(rate::window(&limits)).unwrap_or(Timestamp::MIN);
            let sent = self.store.recent_attempts(&destination, since).await?;
            self.rates().remember(&destination, sent);
        }
        let (room, free) = self.rates().room(&destination, &limits, now);
        if let Some(free) = free {
            self.store.pause(&destination, free).await?;
        }
        Ok(room.min(most))
    }

    fn rates(&self) -> MutexGuard<'_, Rates> {
        lock(&self.rates)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a lane stands while it sends.
#[derive(Debug, Clone, Copy)]
struct State {
    /// No other send is under way.
    alone: bool,
    /// The breaker is open.
    probing: bool,
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

/// The digests that are to be sent in any case, one per address.
fn standing(teller: &Teller) -> Vec<Standing> {
    let mut standing = Vec::new();
    for (bundling, notifiers) in teller.router.digests() {
        for to in notifiers.iter().filter_map(|name| teller.addresses.get(name)).flatten() {
            if bundling.always {
                standing.push(Standing { bundling: bundling.clone(), to: to.clone(), due: Mutex::new(None) });
            }
        }
    }
    standing
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
