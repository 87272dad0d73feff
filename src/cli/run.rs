//! `run`: the service.

use std::{path::Path, process::ExitCode};

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    app::App,
    cli::{
        open,
        say::{self, Failure},
    },
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// End when every watched call and batch is final and every delivery delivered or dead.
    #[arg(long)]
    until_settled: bool,
}

pub(super) async fn run(config: Option<&Path>, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (config, parts) = open::parts(config)?;
    let stop = stop_signal();
    let app = App::build(&config, parts, None).await?;
    tracing::info!(
        "Ringback {} watches {} and tells {}",
        env!("CARGO_PKG_VERSION"),
        say::plural(app.watchers.len(), "account"),
        say::plural(app.deliverer.lanes().count(), "notifier")
    );
    let store = app.store.clone();
    let ended = app.run(arguments.until_settled, stop).await?;
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
