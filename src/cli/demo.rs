//! `demo`: a simulated account with a batch in progress, watched and told in this terminal.

use std::{net::Ipv4Addr, num::NonZeroU32, process::ExitCode};

use anyhow::Context;
use clap::Args;
use tokio::{net::TcpListener, time};
use url::Url;

use crate::{
    app::{self, App},
    cli::{
        progress::{self, Line},
        run::stop_signal,
        say::Failure,
        watch::{progress_of_batch, terminal},
    },
    config::Config,
    model::{batch::BatchApi, period::Period, secret::Secret},
    route,
    simulate::{Simulator, clock::Clock, ending::Ending, options::Options, plan::CallSpec},
    store::Store,
    watch::config::{Batches, Config as Watch},
};

/// A call of two minutes takes half a minute.
const SPEED: f64 = 4.0;
/// Every way in which a call can end, the common ones more often.
const ENDINGS: [Ending; 18] = [
    Ending::Human,
    Ending::Voicemail,
    Ending::NoAnswer,
    Ending::Human,
    Ending::FailedInQueue,
    Ending::Busy,
    Ending::Human,
    Ending::Voicemail,
    Ending::Undetected,
    Ending::Human,
    Ending::Canceled,
    Ending::ColdTransfer,
    Ending::Unknown,
    Ending::NoAnswer,
    Ending::Human,
    Ending::PostCallError,
    Ending::FailedInCall,
    Ending::Human,
];

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// End when the batch has ended, instead of going on until Ctrl-C.
    #[arg(long)]
    once: bool,
    /// The same seed tells the same story.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("listen on 127.0.0.1")?;
    let base_url = format!("http://{}", listener.local_addr().context("read the address")?);
    let calls = if arguments.once { 0 } else { 500 };
    let options = Options { seed: arguments.seed, calls, speed: SPEED, ..Options::default() };
    let simulator = Simulator::new(options, Clock::Wall);
    let specs = ENDINGS.map(|ending| CallSpec { ending: Some(ending), ..CallSpec::default() });
    let batch = simulator.add_batch(BatchApi::V2, "Spring check-up reminders", specs.into());
    let config = config(&base_url, &batch)?;
    let parts = app::assemble(&config).map_err(|flaws| Failure::flaws(&flaws))?;
    let app = App::build(&config, parts, Some(progress::console())).await?;
    let store = app.store.clone();
    eprintln!("A simulated Bland account at {base_url}, four times faster than life. Ctrl-C ends it.\n");
    let mut line = Line::new("batch");
    let ended = tokio::select! {
        ended = app.run(arguments.once, stop_signal()) => ended?,
        served = simulator.serve(listener, std::future::pending()) => {
            served.context("simulate")?;
            return Ok(ExitCode::from(1));
        }
        drawn = draw(&store, &batch, &mut line) => return Err(drawn),
    };
    line.finish();
    eprintln!("\nThat was a simulated account. For your own calls: ringback config example > config.toml");
    Ok(ExitCode::from(u8::from(ended.dead > 0)))
}

async fn draw(store: &Store, batch: &str, line: &mut Line) -> Failure {
    loop {
        match progress_of_batch(store, "bland", batch).await {
            Ok((done, total, words)) => line.show(done, total, &words),
            Err(error) => return error.into(),
        }
        time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

/// What a user would write for this account, with all waits as much shorter as the account is faster.
fn config(base_url: &str, batch: &str) -> Result<Config, Failure> {
    let mut config = Config::default();
    let account = config.accounts.entry("bland".to_owned()).or_default();
    account.api_key = Some(Secret::new("demo"));
    account.base_url = Url::parse(base_url).context("read the simulator's address")?;
    account.poll_interval = Period::from_millis(500);
    account.settle = Period::from_secs(8);
    account.stuck_after = Period::from_secs(240);
    account.max_requests_per_minute = NonZeroU32::new(6_000).expect("not zero");
    config.watches = vec![Watch {
        name: "demo".to_owned(),
        all_calls: true,
        batches: Batches::Ids(vec![batch.to_owned()]),
        ..Watch::default()
    }];
    config.notifiers = vec![terminal()];
    let told = [
        "call.completed",
        "call.failed",
        "call.stuck",
        "call.corrected",
        "batch.started",
        "batch.completed",
        "batch.stuck",
        "watch.*",
        "notifier.*",
        "delivery.missing",
    ];
    config.routes = vec![route::config::Config {
        events: told.map(str::to_owned).to_vec(),
        notify: vec!["terminal".to_owned()],
        ..route::config::Config::default()
    }];
    config.store.url = Secret::new("sqlite::memory:");
    Ok(config)
}
