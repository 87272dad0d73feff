//! The running program: puts the parts together, runs their loops, and stops them in order.
//!
//! The loops (`running`) only add time and shutdown to `poll_once` and `deliver_lane`; nothing else
//! spawns. `reload` puts the parts together anew while they run, `heartbeat` looks after them.

pub mod health;
pub mod reload;

mod heartbeat;
mod running;

use std::{
    collections::{BTreeMap, HashSet},
    pin::pin,
    sync::{Arc, Mutex},
};

use anyhow::{Context, anyhow, bail};
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::{
    app::{
        heartbeat::Heartbeat,
        reload::Renewal,
        running::{Running, SharedHealth, settled},
    },
    config::Config,
    deliver::Deliverer,
    event::id::derived,
    llm,
    model::flaw::Flaw,
    notify::{self, Notifier, console::Sink},
    render::Renderer,
    route::Router,
    store::{Store, outbox::Address},
    watch::{Watcher, audit::Auditor, live::Live, pruning::Pruner, tell::Teller},
};

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
    heartbeat: Heartbeat,
    pub auditor: Auditor,
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
            Ok(notifier) => {
                for doubt in notifier.doubts() {
                    tracing::warn!("[notifiers.{}.{}]: {doubt}", section.name, section.kind.as_str());
                }
                notifiers.push(notifier);
            }
            Err(wrong) => {
                let place = format!("notifiers.{}.{}", section.name, section.kind.as_str());
                flaws.extend(wrong.into_iter().map(|flaw| flaw.under(&place)));
            }
        }
    }
    notify::share_limits(&mut notifiers);
    let names: Vec<String> = config.notifiers.iter().map(|section| section.name.clone()).collect();
    let router = Router::new(&config.routes, &names, &config.timezone);
    if flaws.is_empty() { Ok(Parts { renderer, notifiers, router }) } else { Err(flaws) }
}

/// Whom events are for, by the routes and notifiers of a config.
pub fn teller(config: &Config, router: Router, notifiers: &[Notifier]) -> Teller {
    let addresses: BTreeMap<String, Vec<Address>> =
        notifiers.iter().map(|notifier| (notifier.name().to_owned(), addresses(notifier))).collect();
    let live = live(notifiers);
    Teller {
        router,
        routed_by: routed_by(config, &addresses, &live),
        addresses,
        live,
        fallbacks: fallbacks(config),
        summary: config.summary.clone(),
        transcripts: config.store.transcripts,
        warned: Mutex::new(HashSet::new()),
    }
}

impl App {
    /// Opens the store and makes a watcher per account that a watch uses.
    pub async fn build(config: &Config, parts: Parts, console: Option<Sink>) -> anyhow::Result<Self> {
        let store = Store::open(config.store.url.expose()).await?;
        Self::build_on(store, config, parts, console)
    }

    /// The same on a store that is open already.
    pub fn build_on(store: Store, config: &Config, parts: Parts, console: Option<Sink>) -> anyhow::Result<Self> {
        let notifiers: Vec<Notifier> = match console {
            Some(sink) => {
                parts.notifiers.into_iter().map(|notifier| notifier.with_console_sink(sink.clone())).collect()
            }
            None => parts.notifiers,
        };
        let teller = Arc::new(teller(config, parts.router, &notifiers));
        let destinations = teller.addresses.values().flatten().map(|to| to.destination.clone()).collect();
        let pruner = |period| Pruner::new(store.clone(), period, &config.watches, destinations);
        let pruner = config.store.retention.period().map(pruner);
        let mistakes = |flaws: Vec<Flaw>| anyhow!(flaws.iter().map(Flaw::to_string).collect::<Vec<_>>().join("\n"));
        let llm = llm::Client::build(&config.summary).map_err(mistakes)?.map(Arc::new);
        let mut watchers = Vec::new();
        for (account, settings) in &config.accounts {
            let watches: Vec<_> = config.watches.iter().filter(|watch| watch.account() == account).cloned().collect();
            if !watches.is_empty() {
                let watcher = Watcher::new(account, settings, watches, store.clone(), teller.clone(), llm.clone());
                watchers.push(watcher.with_context(|| format!("set up account `{account}`"))?);
            }
        }
        let auditor = Auditor::new(store.clone(), teller.clone());
        let deliverer = Arc::new(Deliverer::new(store.clone(), parts.renderer, notifiers, teller));
        Ok(Self { store, deliverer, watchers, auditor, pruner, heartbeat: Heartbeat::new(&config.server)? })
    }

    /// Runs until `stop` resolves or, with `until_settled`, until nothing is open any more.
    pub async fn run(self, until_settled: bool, stop: impl Future<Output = ()>) -> anyhow::Result<Ended> {
        let (_nothing, renewals) = mpsc::channel(1);
        self.run_renewed(until_settled, stop, renewals).await
    }

    /// The same, where each renewal takes the place of what runs, on the same store.
    pub async fn run_renewed(
        self,
        until_settled: bool,
        stop: impl Future<Output = ()>,
        mut renewals: mpsc::Receiver<Renewal>,
    ) -> anyhow::Result<Ended> {
        let store = self.store.clone();
        store.take_over(clock()).await?;
        let dead_before = store.open_work().await?.dead;
        self.let_go_of_the_rest().await?;
        let mut running = Running::start(self, SharedHealth::default());
        let mut stop = pin!(stop);
        let broken = loop {
            let renewal = tokio::select! {
                () = &mut stop => {
                    tracing::info!("Stopping: no more polls; finishing what is being sent");
                    break None;
                }
                () = settled(&store, &running.signals), if until_settled => {
                    tracing::info!("Everything is settled");
                    break None;
                }
                // No loop of the present config ends by itself. One that panicked would leave an
                // account unwatched, or a notifier silent, without anyone noticing; ending the
                // service is noticed.
                Some(ended) = running.polls.join_next() => break Some(ended.err()),
                Some(ended) = running.sends.join_next() => match ended {
                    // A lane of an earlier config has made its last send.
                    Ok(()) => continue,
                    Err(panic) => break Some(Some(panic)),
                },
                Some(renewal) = renewals.recv() => renewal,
            };
            if let Err(panic) = running.renew(renewal.app).await {
                break Some(Some(panic));
            }
            tracing::info!("{}", renewal.says);
        };
        running.stop().await;
        if let Some(panic) = broken {
            let why = panic.map_or_else(|| "it just ended".to_owned(), |panic| panic.to_string());
            bail!("a part of the service broke and ended it: {why}");
        }
        Ok(Ended { dead: store.open_work().await?.dead.saturating_sub(dead_before) })
    }

    /// What waits for notifiers that are no longer configured is given up, and what is stopped is said.
    async fn let_go_of_the_rest(&self) -> anyhow::Result<()> {
        let lanes: Vec<String> = self.deliverer.lanes().map(str::to_owned).collect();
        let abandoned = self.store.abandon_all_but(&lanes, clock()).await?;
        if abandoned > 0 {
            tracing::warn!("Gave up {abandoned} deliveries to notifiers that are no longer configured");
        }
        for (destination, reason) in self.store.stopped().await? {
            tracing::error!("Nothing is sent to {destination}: {reason}. `ringback deliveries replay` tries it again");
        }
        Ok(())
    }
}

fn addresses(notifier: &Notifier) -> Vec<Address> {
    let (name, destination) = (notifier.name(), notifier.destination());
    let address = |recipient| Address { notifier: name.to_owned(), recipient, destination: destination.clone() };
    notifier.recipients().into_iter().map(address).collect()
}

/// Who changes what has been posted, and of which kinds a message is posted all the same.
fn live(notifiers: &[Notifier]) -> Live {
    let mut live = Live::default();
    for notifier in notifiers {
        if let Some(loud) = notifier.live_cards() {
            live.cards.insert(notifier.name().to_owned(), loud);
        }
        if notifier.edits() {
            live.editors.insert(notifier.name().to_owned());
        }
    }
    live
}

fn fallbacks(config: &Config) -> BTreeMap<String, String> {
    let fallback = |section: &notify::config::Config| Some((section.name.clone(), section.common.fallback.clone()?));
    config.notifiers.iter().filter_map(fallback).collect()
}

/// Changes with the routes and with whom they lead to, and with what a version takes for granted.
fn routed_by(config: &Config, addresses: &BTreeMap<String, Vec<Address>>, live: &Live) -> String {
    derived(
        "rts",
        &[env!("CARGO_PKG_VERSION"), &format!("{:?}", config.routes), &format!("{addresses:?}"), &format!("{live:?}")],
    )
}

/// The time in whole milliseconds, which is what the store keeps.
#[expect(clippy::disallowed_methods, reason = "the loops are where time comes in")]
pub fn clock() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
