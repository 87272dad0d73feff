//! The running program: puts the parts together, spawns the loops, and stops them in order.
//!
//! The loops only add time and shutdown to `poll_once` and `deliver_lane`; nothing else spawns.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context, bail};
use jiff::Timestamp;
use tokio::{sync::watch, task::JoinSet, time};

use crate::{
    config::Config,
    deliver::Deliverer,
    event::id::derived,
    model::flaw::Flaw,
    notify::{self, Notifier, console::Sink},
    render::Renderer,
    route::Router,
    store::{Store, records::Address},
    watch::{Watcher, pruning::Pruner, tell::Teller},
};

/// The longest a lane or watcher sleeps before it looks again, in case a wake-up was lost.
const BACK_STOP: Duration = Duration::from_secs(5);
/// How long sends that are under way may take once the program is told to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long a loop rests after the store failed it.
const STORE_REST: Duration = Duration::from_secs(2);
/// How often the store is looked through for what is old, and the pause between two steps of that.
const PRUNING_EVERY: Duration = Duration::from_secs(600);
const PRUNING_PAUSE: Duration = Duration::from_millis(200);

/// Templates, notifiers and routes of a config, built and checked; nothing is connected yet.
#[derive(Debug)]
pub struct Parts {
    pub renderer: Renderer,
    pub notifiers: Vec<Notifier>,
    pub router: Router,
}

/// A service ready to run.
#[derive(Debug)]
pub struct App {
    pub store: Store,
    pub deliverer: Arc<Deliverer>,
    pub watchers: Vec<Watcher>,
    /// None where everything is kept.
    pub pruner: Option<Pruner>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Deliveries that became dead letters during the run.
    pub dead: u64,
}

/// Builds what a config describes; flaws name the place in the config.
pub fn assemble(config: &Config) -> Result<Parts, Vec<Flaw>> {
    let mut renderer = Renderer::load(&config.templates, &config.beside, config.timezone.clone())
        .map_err(|flaws| flaws.into_iter().map(|flaw| flaw.under("templates")).collect::<Vec<_>>())?;
    let mut flaws = Vec::new();
    let mut notifiers = Vec::new();
    for section in &config.notifiers {
        match Notifier::build(section, &mut renderer) {
            Ok(notifier) => notifiers.push(notifier),
            Err(wrong) => {
                let place = format!("notifiers.{}.{}", section.name, section.kind.as_str());
                flaws.extend(wrong.into_iter().map(|flaw| flaw.under(&place)));
            }
        }
    }
    let names: Vec<String> = config.notifiers.iter().map(|section| section.name.clone()).collect();
    let router = Router::new(&config.routes, &names, &config.timezone);
    if flaws.is_empty() { Ok(Parts { renderer, notifiers, router }) } else { Err(flaws) }
}

impl App {
    /// Opens the store and makes a watcher per account that a watch uses.
    pub async fn build(config: &Config, parts: Parts, console: Option<Sink>) -> anyhow::Result<Self> {
        let store = Store::open(config.store.url.expose()).await?;
        let notifiers: Vec<Notifier> = match console {
            Some(sink) => {
                parts.notifiers.into_iter().map(|notifier| notifier.with_console_sink(sink.clone())).collect()
            }
            None => parts.notifiers,
        };
        let addresses: BTreeMap<String, Vec<Address>> =
            notifiers.iter().map(|notifier| (notifier.name().to_owned(), addresses(notifier))).collect();
        let destinations = addresses.values().flatten().map(|to| to.destination.clone()).collect();
        let teller = Arc::new(Teller {
            router: parts.router,
            routed_by: routed_by(config, &addresses),
            addresses,
            fallbacks: fallbacks(config),
            summary: config.summary.clone(),
            transcripts: config.store.transcripts,
            warned: Mutex::new(HashSet::new()),
        });
        let pruner = |period| Pruner::new(store.clone(), period, &config.watches, destinations);
        let pruner = config.store.retention.period().map(pruner);
        let mut watchers = Vec::new();
        for (account, settings) in &config.accounts {
            let watches: Vec<_> = config.watches.iter().filter(|watch| watch.account() == account).cloned().collect();
            if !watches.is_empty() {
                let watcher = Watcher::new(account, settings, watches, store.clone(), teller.clone());
                watchers.push(watcher.with_context(|| format!("set up account `{account}`"))?);
            }
        }
        let deliverer = Arc::new(Deliverer::new(store.clone(), parts.renderer, notifiers, teller));
        Ok(Self { store, deliverer, watchers, pruner })
    }

    /// Runs until `stop` resolves or, with `until_settled`, until nothing is open any more.
    pub async fn run(self, until_settled: bool, stop: impl Future<Output = ()>) -> anyhow::Result<Ended> {
        self.store.take_over(clock()).await?;
        let dead_before = self.store.open_work().await?.dead;
        let lanes: Vec<String> = self.deliverer.lanes().map(str::to_owned).collect();
        self.store.abandon_all_but(&lanes, clock()).await?;
        for (destination, reason) in self.store.stopped().await? {
            tracing::error!("Nothing is sent to {destination}: {reason}. `ringback deliveries replay` tries it again");
        }
        let (stopping, stopped) = watch::channel(false);
        let (waking, woken) = watch::channel(0_u64);
        let (reading, _) = watch::channel(self.watchers.len());
        let signals = Signals { stopped, waking, woken, unread: reading };
        let mut polls = JoinSet::new();
        for watcher in self.watchers {
            polls.spawn(watch_loop(watcher, signals.clone()));
        }
        if let Some(pruner) = self.pruner {
            polls.spawn(prune_loop(pruner, signals.clone()));
        }
        let mut sends = JoinSet::new();
        for lane in lanes {
            sends.spawn(lane_loop(self.deliverer.clone(), self.store.clone(), lane, signals.clone()));
        }
        let broken = tokio::select! {
            () = stop => {
                tracing::info!("Stopping: no more polls; finishing what is being sent");
                None
            }
            () = settled(&self.store, &signals), if until_settled => {
                tracing::info!("Everything is settled");
                None
            }
            // No loop ends by itself. One that panicked would leave an account unwatched, or a
            // notifier silent, without anyone noticing; ending the service is noticed.
            Some(ended) = polls.join_next() => Some(ended),
            Some(ended) = sends.join_next() => Some(ended),
        };
        stopping.send_replace(true);
        polls.shutdown().await;
        if time::timeout(GRACE, async { while sends.join_next().await.is_some() {} }).await.is_err() {
            tracing::warn!("Some sends did not end within {GRACE:?}; they will be tried again at the next start");
        }
        sends.shutdown().await;
        if let Some(Err(panic)) = broken {
            bail!("a part of the service broke and ended it: {panic}");
        }
        Ok(Ended { dead: self.store.open_work().await?.dead.saturating_sub(dead_before) })
    }
}

/// What the loops tell each other.
#[derive(Debug, Clone)]
struct Signals {
    stopped: watch::Receiver<bool>,
    /// Counted up when there is something new to deliver.
    waking: watch::Sender<u64>,
    woken: watch::Receiver<u64>,
    /// Accounts that have not been read completely yet.
    unread: watch::Sender<usize>,
}

impl Signals {
    fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }
}

/// Polls one account for as long as the program runs.
async fn watch_loop(mut watcher: Watcher, signals: Signals) {
    let mut unread = true;
    loop {
        let now = clock();
        let rest = match watcher.poll_once(now).await {
            Ok(polled) => {
                if polled.told.deliveries > 0 {
                    signals.waking.send_modify(|count| *count += 1);
                }
                if unread && polled.complete {
                    unread = false;
                    signals.unread.send_modify(|count| *count -= 1);
                }
                until(polled.next)
            }
            Err(error) => {
                tracing::error!(account = watcher.account(), "Could not keep what was seen: {error:#}");
                STORE_REST
            }
        };
        time::sleep(rest).await;
    }
}

/// Prunes what is old, a few rows at a time, once every account has been read.
async fn prune_loop(mut pruner: Pruner, signals: Signals) {
    let mut unread = signals.unread.subscribe();
    while *unread.borrow_and_update() > 0 && unread.changed().await.is_ok() {}
    loop {
        let rest = match pruner.prune_once(clock()).await {
            Ok(pruned) if pruned.more => PRUNING_PAUSE,
            Ok(_) => PRUNING_EVERY,
            Err(error) => {
                tracing::error!("Could not prune what is old: {error:#}");
                PRUNING_EVERY
            }
        };
        time::sleep(rest).await;
    }
}

/// Sends for one notifier until the program stops; what has been claimed is finished first.
async fn lane_loop(deliverer: Arc<Deliverer>, store: Store, lane: String, mut signals: Signals) {
    while !signals.is_stopped() {
        signals.woken.mark_unchanged();
        let rest = match deliverer.deliver_lane(&lane, clock()).await {
            Ok(round) if !round.is_idle() => {
                if round.told > 0 {
                    signals.waking.send_modify(|count| *count += 1);
                }
                continue;
            }
            Ok(_) => match store.next_due(&lane, clock()).await {
                Ok(due) => due.map_or(BACK_STOP, until).min(BACK_STOP),
                Err(_) => STORE_REST,
            },
            Err(error) => {
                tracing::error!(notifier = lane, "Could not read or settle deliveries: {error:#}");
                STORE_REST
            }
        };
        // A due time that has just passed is not worth a busy loop.
        let rest = rest.max(Duration::from_millis(20));
        tokio::select! {
            () = time::sleep(rest) => {}
            _ = signals.woken.changed() => {}
            _ = signals.stopped.changed() => {}
        }
    }
}

/// Resolves when every account has been read and no call, batch or delivery is open.
async fn settled(store: &Store, signals: &Signals) {
    loop {
        time::sleep(Duration::from_millis(100)).await;
        if *signals.unread.borrow() > 0 {
            continue;
        }
        match store.open_work().await {
            Ok(open) if open.calls + open.batches + open.follows + open.pending == 0 => return,
            Ok(_) => {}
            Err(error) => tracing::error!("Could not count what is open: {error:#}"),
        }
    }
}

fn addresses(notifier: &Notifier) -> Vec<Address> {
    let (name, destination) = (notifier.name(), notifier.destination());
    let address = |recipient| Address { notifier: name.to_owned(), recipient, destination: destination.clone() };
    notifier.recipients().into_iter().map(address).collect()
}

fn fallbacks(config: &Config) -> BTreeMap<String, String> {
    let fallback = |section: &notify::config::Config| Some((section.name.clone(), section.common.fallback.clone()?));
    config.notifiers.iter().filter_map(fallback).collect()
}

/// Changes with the routes and with whom they lead to.
fn routed_by(config: &Config, addresses: &BTreeMap<String, Vec<Address>>) -> String {
    derived("rts", &[&format!("{:?}", config.routes), &format!("{addresses:?}")])
}

fn until(at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(clock())).unwrap_or(Duration::ZERO)
}

/// The time in whole milliseconds, which is what the store keeps.
#[expect(clippy::disallowed_methods, reason = "the loops are where time comes in")]
pub fn clock() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
