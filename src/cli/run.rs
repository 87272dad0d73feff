//! `run`: the service.

use std::{path::Path, process::ExitCode};

use anyhow::Context;
use clap::Args;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use crate::{
    app::{App, reload::Reloader},
    cli::{
        open,
        say::{self, Failure},
    },
    config,
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// End when every watched call and batch is final and every delivery delivered or dead.
    #[arg(long)]
    until_settled: bool,
}

pub(super) async fn run(path: Option<&Path>, arguments: Arguments) -> Result<ExitCode, Failure> {
    // First of all: until it is listened for, SIGHUP ends the process.
    let hangups = signal(SignalKind::hangup()).context("listen for SIGHUP")?;
    let stop = stop_signal();
    let (config, parts) = open::parts(path)?;
    let reloader = Reloader::new(config::find(path), open::environment, config.clone());
    let app = App::build(&config, parts, None).await?;
    tracing::info!(
        "Ringback {} watches {} and tells {}",
        env!("CARGO_PKG_VERSION"),
        say::plural(app.watchers.len(), "account"),
        say::plural(app.deliverer.lanes().count(), "notifier")
    );
    let store = app.store.clone();
    let (renewing, renewals) = mpsc::channel(1);
    let ended = tokio::select! {
        ended = app.run_renewed(arguments.until_settled, stop, renewals) => ended?,
        never = reloader.run(store.clone(), hangups, renewing) => match never {},
    };
    // Closed in order, SQLite folds its log into the one file that people copy.
    store.close().await;
    if arguments.until_settled && ended.dead > 0 {
        eprintln!("{} deliveries could not be made: see `ringback deliveries list --dead`", ended.dead);
        return Ok(ExitCode::from(1));
    }
    Ok(ExitCode::SUCCESS)
}

/// Resolves on SIGTERM or Ctrl-C, which are listened for from the call on.
pub(super) fn stop_signal() -> impl Future<Output = ()> {
    let listeners = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
    async move {
        match listeners {
            [Ok(mut terminate), Ok(mut interrupt)] => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            // Without listeners the process just ends on a signal.
            _ => std::future::pending().await,
        }
    }
}
