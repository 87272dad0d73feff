//! The loops of one config: they add time and shutdown to `poll_once` and `deliver_lane`, and hand
//! over to the loops of the next config without a gap.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
    time,
};

use crate::{
    app::{App, clock, health::Health},
    deliver::Deliverer,
    store::Store,
    watch::{Watcher, audit::Auditor, pruning::Pruner},
};

/// The longest a lane or watcher sleeps before it looks again, in case a wake-up was lost.
const BACK_STOP: Duration = Duration::from_secs(5);
/// How long sends that are under way may take once the program is told to stop.
const GRACE: Duration = Duration::from_secs(10);
/// The first audit waits until a start has settled down.
const FIRST_AUDIT: Duration = Duration::from_secs(60);
/// How often the store is looked through for what is old, and the pause between two steps of that.
const PRUNING_EVERY: Duration = Duration::from_secs(600);
const PRUNING_PAUSE: Duration = Duration::from_millis(200);
/// How long a loop rests after the store failed it.
const STORE_REST: Duration = Duration::from_secs(2);

/// The loops that run, and the sends that loops before them have still under way.
#[derive(Debug)]
pub(super) struct Running {
    /// Give their watcher back once they are told to stop; the heartbeat and the audit have none.
    pub(super) polls: JoinSet<Option<Watcher>>,
    pub(super) sends: JoinSet<()>,
    pub(super) signals: Signals,
    stopping: watch::Sender<bool>,
    deliverer: Arc<Deliverer>,
    health: SharedHealth,
}

/// What the loops tell each other.
#[derive(Debug, Clone)]
pub(super) struct Signals {
    stopped: watch::Receiver<bool>,
    /// Accounts that have not been read completely yet.
    unread: watch::Sender<usize>,
}

/// Health, as the loops share it.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedHealth(Arc<Mutex<Health>>);

impl SharedHealth {
    pub(super) fn update<T>(&self, change: impl FnOnce(&mut Health) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Running {
    pub(super) fn start(app: App, health: SharedHealth) -> Self {
        let (stopping, signals) = signals(app.watchers.len());
        let deliverer = app.deliverer.clone();
        let mut running = Self { polls: JoinSet::new(), sends: JoinSet::new(), signals, stopping, deliverer, health };
        running.spawn(app);
        running
    }

    /// Runs another config in place of this one. Polls stop at once, as they lose nothing; sends
    /// that are under way end in their own time, so that nothing is sent twice, and delay no one.
    pub(super) async fn renew(&mut self, mut app: App) -> Result<(), JoinError> {
        self.stopping.send_replace(true);
        while let Some(ended) = self.polls.join_next().await {
            if let Some(earlier) = ended? {
                app.watchers.iter_mut().for_each(|watcher| watcher.inherit(&earlier));
            }
        }
        // Only now, as polls may have made deliveries until they stopped.
        if let Err(error) = app.let_go_of_the_rest().await {
            tracing::error!("Could not give up what waits for notifiers that are gone: {error:#}");
        }
        if let Some(deliverer) = Arc::get_mut(&mut app.deliverer) {
            deliverer.inherit(&self.deliverer);
        }
        (self.stopping, self.signals) = signals(app.watchers.len());
        self.deliverer = app.deliverer.clone();
        self.spawn(app);
        Ok(())
    }

    /// Stops polling, and waits a while for what is being sent.
    pub(super) async fn stop(mut self) {
        self.stopping.send_replace(true);
        self.polls.shutdown().await;
        if time::timeout(GRACE, async { while self.sends.join_next().await.is_some() {} }).await.is_err() {
            tracing::warn!("Some sends did not end within {GRACE:?}; they will be tried again at the next start");
        }
        self.sends.shutdown().await;
    }

    fn spawn(&mut self, app: App) {
        let lanes: Vec<String> = app.deliverer.lanes().map(str::to_owned).collect();
        let accounts: Vec<String> = app.watchers.iter().map(|watcher| watcher.account().to_owned()).collect();
        self.health.update(|health| health.keep(&accounts, &lanes));
        for watcher in app.watchers {
            self.health.update(|health| health.watch(watcher.account(), watcher.every(), clock()));
            self.polls.spawn(watch_loop(watcher, self.signals.clone(), self.health.clone()));
        }
        for lane in lanes {
            let limit = app.deliverer.notifier(&lane).map_or(Duration::ZERO, |notifier| notifier.time_limit());
            self.health.update(|health| health.run_lane(&lane, limit, clock()));
            let (store, signals, health) = (app.store.clone(), self.signals.clone(), self.health.clone());
            self.sends.spawn(lane_loop(app.deliverer.clone(), store, lane, signals, health));
        }
        self.polls.spawn(until_stopped(audit_loop(app.auditor), self.signals.stopped.clone()));
        if let Some(pruner) = app.pruner {
            let pruning = prune_loop(pruner, self.signals.unread.subscribe());
            self.polls.spawn(until_stopped(pruning, self.signals.stopped.clone()));
        }
        let beating = app.heartbeat.run(app.store, app.deliverer, self.health.clone());
        self.polls.spawn(until_stopped(beating, self.signals.stopped.clone()));
    }
}

/// Breaks a loop off that has nothing to finish and nothing to give back.
async fn until_stopped(work: impl Future<Output = ()>, mut stopped: watch::Receiver<bool>) -> Option<Watcher> {
    tokio::select! {
        () = work => {}
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    None
}

fn signals(accounts: usize) -> (watch::Sender<bool>, Signals) {
    let (stopping, stopped) = watch::channel(false);
    let (unread, _) = watch::channel(accounts);
    (stopping, Signals { stopped, unread })
}

impl Signals {
    fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }
}

/// Polls one account until the program stops; a poll that is broken off is done again later.
async fn watch_loop(mut watcher: Watcher, mut signals: Signals, health: SharedHealth) -> Option<Watcher> {
    let mut unread = true;
    while !signals.is_stopped() {
        let polled = tokio::select! {
            polled = watcher.poll_once(clock()) => polled,
            _ = signals.stopped.changed() => break,
        };
        let rest = match polled {
            Ok(polled) => {
                if unread && polled.complete {
                    unread = false;
                    signals.unread.send_modify(|count| *count -= 1);
                }
                health.update(|health| health.polled(watcher.account(), polled.current, polled.failing, clock()));
                until(polled.next)
            }
            Err(error) => {
                tracing::error!(account = watcher.account(), "Could not keep what was seen: {error:#}");
                STORE_REST
            }
        };
        tokio::select! {
            () = time::sleep(rest) => {}
            _ = signals.stopped.changed() => {}
        }
    }
    Some(watcher)
}

/// Compares facts with deliveries.
async fn audit_loop(mut auditor: Auditor) {
    time::sleep(FIRST_AUDIT).await;
    loop {
        let rest = match auditor.audit_once(clock()).await {
            Ok(audited) => until(audited.next),
            Err(error) => {
                tracing::error!("Could not compare what was seen with what was told: {error:#}");
                STORE_REST
            }
        };
        time::sleep(rest).await;
    }
}

/// Prunes what is old, a few rows at a time, once every account has been read.
async fn prune_loop(mut pruner: Pruner, mut unread: watch::Receiver<usize>) {
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
async fn lane_loop(deliverer: Arc<Deliverer>, store: Store, lane: String, mut signals: Signals, health: SharedHealth) {
    let mut news = store.news();
    while !signals.is_stopped() {
        news.mark_unchanged();
        health.update(|health| health.round_begins(&lane, clock()));
        let round = deliverer.deliver_lane(&lane, clock()).await;
        health.update(|health| health.round_ends(&lane, round.is_ok(), clock()));
        let rest = match round {
            Ok(round) if !round.is_idle() => continue,
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
            _ = news.changed() => {}
            _ = signals.stopped.changed() => {}
        }
    }
}

/// Resolves when every account has been read and no call, batch or delivery is open.
pub(super) async fn settled(store: &Store, signals: &Signals) {
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

fn until(at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(clock())).unwrap_or(Duration::ZERO)
}
