//! `simulate`: Bland has no sandbox; this is one.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;

use crate::{
    cli::{
        run::stop_signal,
        say::{self, Failure},
    },
    model::secret::Secret,
    simulate::{Simulator, clock::Clock, options::Options},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8899")]
    listen: SocketAddr,
    /// Calls outside batches.
    #[arg(long, default_value_t = 12)]
    calls: u32,
    /// The number of calls of each batch; repeat it for several batches.
    #[arg(long, value_name = "SIZE", default_values_t = [20])]
    batches: Vec<u32>,
    /// The same seed gives the same account.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many times faster than life. 0.1 to 1000.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// The only API key that is let in [default: any].
    #[arg(long)]
    api_key: Option<String>,
    /// A TOML file that scripts an odd account and answers gone wrong.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Print the base URL and ids as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    if !(0.1..=1000.0).contains(&arguments.speed) {
        return Err(Failure::usage("--speed is 0.1 to 1000"));
    }
    let mut options = Options {
        seed: arguments.seed,
        calls: arguments.calls,
        batches: arguments.batches.into_iter().filter(|size| *size > 0).collect(),
        speed: arguments.speed,
        api_key: arguments.api_key.map(Secret::new),
        ..Options::default()
    };
    if let Some(file) = &arguments.faults {
        let text = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
        options.read_faults(&text).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    }
    let listener =
        TcpListener::bind(arguments.listen).await.with_context(|| format!("listen on {}", arguments.listen))?;
    let address = listener.local_addr().context("read the address")?;
    let simulator = Simulator::new(options, Clock::Wall);
    describe(&simulator, address, arguments.json)?;
    simulator.serve(listener, stop_signal()).await.context("serve")?;
    Ok(ExitCode::SUCCESS)
}

fn describe(simulator: &Simulator, address: SocketAddr, json: bool) -> Result<ExitCode, Failure> {
    let (base_url, batches, calls) = (format!("http://{address}"), simulator.batches(), simulator.calls());
    if json {
        return say::print(&serde_json::json!({"base_url": base_url, "batches": batches, "calls": calls}).to_string());
    }
    let lines = [
        format!("base_url  {base_url}"),
        format!("batches   {}", batches.join(" ")),
        format!("calls     {}", calls.join(" ")),
    ];
    say::print(&lines.join("\n"))
}
