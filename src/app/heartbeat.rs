//! The heartbeat: looks after the service's health, says when it changes, and keeps a dead-man's
//! switch quiet for as long as all is well.

use std::{error::Error, sync::Arc, time::Duration};

use anyhow::Context;
use reqwest::{Client, redirect::Policy};
use tokio::time::{self, Instant};
use url::Url;

use crate::{
    app::{clock, running::SharedHealth},
    config::server::Config,
    deliver::Deliverer,
    notify::Notifier,
    store::Store,
};

/// How often the service is looked after, at the least.
const LOOK: Duration = Duration::from_secs(15);
/// How long the store, and whoever is told of the heartbeat, may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Nothing is said for so long after a start: a large account takes its time.
const START: Duration = Duration::from_secs(120);

/// Who is told that all is well, and how often.
#[derive(Debug)]
pub(super) struct Heartbeat {
    switch: Option<(Client, Url)>,
    every: Duration,
}

impl Heartbeat {
    pub(super) fn new(config: &Config) -> anyhow::Result<Self> {
        // Only fails when a provider was installed already, which is as good.
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = || {
            Client::builder()
                .redirect(Policy::none())
                .timeout(PATIENCE)
                .user_agent(concat!("ringback/", env!("CARGO_PKG_VERSION")))
                .build()
                .context("set up HTTP for the heartbeat")
        };
        let switch = config.heartbeat().map(|url| client().map(|client| (client, url))).transpose()?;
        Ok(Self { switch, every: config.heartbeat_every.std() })
    }

    /// Looks and beats until the program stops.
    pub(super) async fn run(self, store: Store, deliverer: Arc<Deliverer>, health: SharedHealth) {
        let begun = Instant::now();
        let (mut well, mut heard) = (None, true);
        let mut beat: Option<Instant> = None;
        loop {
            let verdict = look(&store, &deliverer, &health).await;
            say(&verdict, &mut well, begun.elapsed() >= START);
            let due = beat.is_none_or(|beat| beat.elapsed() >= self.every);
            if let (Ok(()), Some((client, url)), true) = (&verdict, &self.switch, due) {
                beat = Some(Instant::now());
                report(fetch(client, url).await, &mut heard);
            }
            // Soon after the start, the first reading is waited for.
            let rest = if well.is_none() { Duration::from_secs(1) } else { LOOK };
            let next = beat.map(|beat| self.every.saturating_sub(beat.elapsed())).filter(|next| !next.is_zero());
            time::sleep(next.map_or(rest, |next| rest.min(next))).await;
        }
    }
}

/// Asks the store what the loops cannot know of themselves, and sums up.
async fn look(store: &Store, deliverer: &Deliverer, health: &SharedHealth) -> Result<(), String> {
    let asked = async {
        store.healthy(clock()).await?;
        for lane in deliverer.lanes() {
            let due = store.next_due(lane, clock()).await?;
            let destination = deliverer.notifier(lane).map(Notifier::destination).unwrap_or_default();
            let known = store.destination(&destination).await?;
            health.update(|health| {
                health.due(lane, due);
                health.failing(lane, known.opened.and(known.failing_since));
            });
        }
        anyhow::Ok(())
    };
    let answer = match time::timeout(PATIENCE, asked).await {
        Ok(answer) => answer.map_err(|error| format!("{error:#}")),
        Err(_) => Err(format!("it does not answer within {PATIENCE:?}")),
    };
    health.update(|health| {
        health.store(answer);
        health.verdict(clock())
    })
}

/// Logs a change for the worse, once it is no matter of starting, and one for the better.
fn say(verdict: &Result<(), String>, well: &mut Option<bool>, started: bool) {
    match verdict {
        Ok(()) if *well == Some(false) => tracing::info!("The service is well again"),
        Err(why) if *well == Some(true) || (well.is_none() && started) => {
            tracing::warn!("The service is not well: {why}");
        }
        Err(_) if well.is_none() => return,
        _ => {}
    }
    *well = Some(verdict.is_ok());
}

async fn fetch(client: &Client, url: &Url) -> Result<(), String> {
    let response = client.get(url.clone()).send().await.map_err(cause)?;
    let status = response.status();
    if status.is_success() { Ok(()) } else { Err(format!("it answered {}", status.as_u16())) }
}

/// Logs the first of a run of failures and its end; never the URL.
fn report(answer: Result<(), String>, heard: &mut bool) {
    match &answer {
        Ok(()) if !*heard => tracing::info!("The heartbeat arrives again at `heartbeat_url`"),
        Err(why) if *heard => tracing::warn!("The heartbeat does not arrive at `heartbeat_url`: {why}"),
        _ => {}
    }
    *heard = answer.is_ok();
}

/// The last cause, without the URL that reqwest's own words hold.
fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return format!("no answer within {PATIENCE:?}");
    }
    let mut deepest: &dyn Error = &error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
