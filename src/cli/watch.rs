//! `watch`: follows calls or batches given by id until they are final.

use std::{path::Path, process::ExitCode};

use clap::Args;
use tokio::time;

use crate::{
    app::{self, App},
    cli::{
        open,
        progress::{self, Line},
        run::stop_signal,
        say::Failure,
    },
    config::{self, Config, server::Config as Server},
    model::{outcome::Outcome, period::Period, secret::Secret},
    notify,
    store::{
        Store,
        records::{CallFilter, Change, Follow, FollowKind, Phase},
    },
    watch::config::{Config as Watch, bad_id},
};

/// Some call failed, or Bland does not know it.
const FAILED: u8 = 3;
const TIMED_OUT: u8 = 4;
/// The watch that ids of the command line count to.
const NAME: &str = "command line";
const ALL: u32 = 1_000_000;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Ids of calls or batches.
    #[arg(required = true)]
    ids: Vec<String>,
    /// Notifiers of the config to tell [default: this terminal].
    #[arg(long, value_name = "NAME")]
    notify: Vec<String>,
    /// The account that knows them.
    #[arg(long, default_value = "bland")]
    account: String,
    /// Give up after this long, with exit code 4.
    #[arg(long)]
    timeout: Option<Period>,
}

pub(super) async fn run(path: Option<&Path>, arguments: Arguments) -> Result<ExitCode, Failure> {
    let wrong: Vec<String> = arguments.ids.iter().filter_map(|id| bad_id(id)).collect();
    if !wrong.is_empty() {
        return Err(Failure::usage(wrong.join("\n")));
    }
    let config = narrowed(path, &arguments)?;
    let parts = app::assemble(&config).map_err(|flaws| Failure::flaws(&flaws))?;
    let app = App::build(&config, parts, Some(progress::console())).await?;
    let store = app.store.clone();
    let follow = |id: &String| Follow {
        account: arguments.account.clone(),
        kind: FollowKind::Either,
        id: id.clone(),
        watch: NAME.to_owned(),
        wanted: true,
    };
    let change = Change { follows: arguments.ids.iter().map(follow).collect(), ..Change::default() };
    store.commit(&change, app::clock()).await?;
    let limit = arguments.timeout.map_or(std::time::Duration::MAX, Period::std);
    let mut interrupted = false;
    let ended = {
        let stop = async {
            stop_signal().await;
            interrupted = true;
        };
        let mut line = Line::new("calls");
        tokio::select! {
            ended = time::timeout(limit, app.run(true, stop)) => ended,
            never = draw(&store, &mut line) => never?,
        }
    };
    let Ok(ended) = ended else {
        eprintln!("not final after {}", arguments.timeout.unwrap_or(Period::from_secs(0)));
        return Ok(ExitCode::from(TIMED_OUT));
    };
    let ended = ended?;
    if interrupted || ended.dead > 0 {
        return Ok(ExitCode::from(1));
    }
    Ok(if any_failed(&store).await? { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// The config with one watch, the notifiers that were asked for, and a store of its own, so that a
/// service on the same machine is not disturbed.
fn narrowed(path: Option<&Path>, arguments: &Arguments) -> Result<Config, Failure> {
    let mut config = match config::find(path) {
        file if path.is_none() && !file.exists() => bare()?,
        _ => open::config(path)?,
    };
    if !config.accounts.contains_key(&arguments.account) {
        let names: Vec<&str> = config.accounts.keys().map(String::as_str).collect();
        return Err(Failure::usage(format!(
            "there is no account `{}`\n  hint: the accounts are {}",
            arguments.account,
            names.join(", ")
        )));
    }
    config.store.url = Secret::new("sqlite::memory:");
    config.routes.clear();
    // The heartbeat is the service's.
    config.server = Server::default();
    config.watches =
        vec![Watch { name: NAME.to_owned(), account: Some(arguments.account.clone()), ..Watch::default() }];
    let unknown = arguments.notify.iter().find(|name| !config.notifiers.iter().any(|known| known.name == **name));
    if let Some(name) = unknown {
        return Err(Failure::usage(format!("there is no notifier `{name}`")));
    }
    config.notifiers.retain(|known| arguments.notify.contains(&known.name));
    if config.notifiers.is_empty() {
        config.notifiers = vec![terminal()];
    }
    Ok(config)
}

/// Without a config file the key comes from the environment.
fn bare() -> Result<Config, Failure> {
    let mut config = Config::default();
    let key = std::env::var("BLAND_API_KEY").map_err(|_| {
        Failure::usage("no config file and no key\n  hint: set BLAND_API_KEY, or write a config: `ringback config example > config.toml`")
    })?;
    let account = config.accounts.entry("bland".to_owned()).or_default();
    account.api_key = Some(Secret::new(key));
    Ok(config)
}

/// A console notifier for commands that talk to whoever started them.
pub(super) fn terminal() -> notify::config::Config {
    notify::config::Config {
        name: "terminal".to_owned(),
        common: notify::common::Common::default(),
        kind: notify::config::Kind::Console(notify::console::Config::default()),
    }
}

/// Redraws the progress line for as long as it is polled; ends only when the store fails.
async fn draw<T>(store: &Store, line: &mut Line) -> anyhow::Result<T> {
    loop {
        let (done, total, words) = progress_of(store).await?;
        line.show(done, total, &words);
        time::sleep(std::time::Duration::from_millis(300)).await;
    }
}

/// How many of the followed calls are final, and how they ended so far.
async fn progress_of(store: &Store) -> anyhow::Result<(u64, u64, String)> {
    let calls = store.list_calls(&CallFilter { limit: Some(ALL), ..CallFilter::default() }).await?;
    let done = calls.iter().filter(|record| record.phase == Phase::Done).count() as u64;
    let count = |outcome| calls.iter().filter(|record| record.outcome == Some(outcome)).count() as u64;
    let words = in_words(&Outcome::ALL.map(|outcome| (outcome, count(outcome))));
    let mut total = calls.len() as u64;
    for record in store.list_batches(100).await? {
        let seen = calls.iter().filter(|call| call.call.batch_id.as_ref() == Some(&record.batch.id)).count() as u64;
        total += crate::detect::batch::total(&record.batch, seen) - seen;
    }
    Ok((done, total, words))
}

/// The same for the calls of one batch.
pub(super) async fn progress_of_batch(store: &Store, account: &str, batch: &str) -> anyhow::Result<(u64, u64, String)> {
    let tally = store.tally(account, batch).await?;
    let known = store.batches(account, &[batch]).await?.pop();
    let total = known.map_or(tally.seen, |record| crate::detect::batch::total(&record.batch, tally.seen));
    Ok((tally.done, total, in_words(&tally.outcomes)))
}

fn in_words(counts: &[(Outcome, u64)]) -> String {
    let told = counts.iter().filter(|(_, count)| *count > 0);
    told.map(|(outcome, count)| format!("{} {count}", outcome.as_str().replace('_', " ")))
        .collect::<Vec<_>>()
        .join(" · ")
}

async fn any_failed(store: &Store) -> anyhow::Result<bool> {
    let calls = store.list_calls(&CallFilter { limit: Some(ALL), ..CallFilter::default() }).await?;
    Ok(calls.iter().any(|record| record.outcome == Some(Outcome::Failed) || record.outcome.is_none()))
}
