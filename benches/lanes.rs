//! How soon a healthy notifier is told, alone and beside notifiers that are dead in every way.
//!
//! `cargo bench --bench lanes`: two runs of half a minute over loopback, with a batch whose calls end
//! in a burst; prints the delay from the poll that saw a call to the receiver's request.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Context;
use axum::{Router, extract::State, http::StatusCode, routing::post};
use jiff::Timestamp;
use ringback::{
    app::{self, App},
    config,
    model::batch::BatchApi,
    simulate::{Simulator, clock::Clock, ending::Ending, options::Options, plan::CallSpec},
};
use serde_json::Value;
use tokio::{net::TcpListener, time};

const CALLS: usize = 600;
const RUN: Duration = Duration::from_secs(30);

type Delays = Arc<Mutex<Vec<f64>>>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    drop(rustls::crypto::ring::default_provider().install_default());
    for neighbours in [false, true] {
        let mut delays = run(neighbours).await?;
        delays.sort_by(f64::total_cmp);
        let at = |share: f64| delays.get((delays.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN);
        let who = if neighbours { "beside five dead ones" } else { "alone" };
        println!(
            "{who:22} {:5} messages  p50 {:.3} s  p95 {:.3} s  p99 {:.3} s",
            delays.len(),
            at(0.5),
            at(0.95),
            at(0.99)
        );
    }
    Ok(())
}

async fn run(neighbours: bool) -> anyhow::Result<Vec<f64>> {
    let simulator = Simulator::new(Options { speed: 20.0, ..Options::default() }, Clock::Wall);
    let ending = [Ending::Human, Ending::Busy, Ending::Voicemail, Ending::NoAnswer];
    let spec = |n: usize| CallSpec {
        ending: Some(ending[n % ending.len()]),
        queue: Some(60.0),
        ring: Some(5.0),
        talk: Some(20.0),
        ..CallSpec::default()
    };
    simulator.add_batch(BatchApi::V2, "burst", (0..CALLS).map(spec).collect());
    let (bland, good, bad) = (listen().await?, listen().await?, listen().await?);
    // Takes connections and never answers.
    let silent = listen().await?;
    let address = |listener: &TcpListener| listener.local_addr().map(|at| at.to_string());
    let mut text = format!(
        "[bland]\napi_key = \"k\"\nbase_url = \"http://{}\"\npoll_interval = \"1s\"\nsettle = \"2s\"\nmax_requests_per_minute = 60000\n\
         [notifiers.good.webhook]\nurl = \"http://{}/\"\n",
        address(&bland)?,
        address(&good)?
    );
    if neighbours {
        text.push_str(&format!(
            "[notifiers.refusing.webhook]\nurl = \"http://{}/\"\n[notifiers.silent.webhook]\nurl = \"http://{silent}/\"\n\
             [notifiers.closed.webhook]\nurl = \"http://127.0.0.1:1/\"\n[notifiers.nowhere.webhook]\nurl = \"http://nowhere.invalid/\"\n\
             [notifiers.mail.email]\nsmtp = \"smtp://{silent}?tls=none\"\nfrom = \"a@b.c\"\nto = [\"x@b.c\", \"y@b.c\"]\n",
            address(&bad)?,
            silent = address(&silent)?,
        ));
    }
    let folder = tempfile::tempdir().context("make a folder")?;
    let config =
        config::parse(&text, "config.toml", folder.path(), &|_| None).map_err(|error| anyhow::anyhow!("{error}"))?;
    let parts = app::assemble(&config).map_err(|flaws| anyhow::anyhow!("{flaws:?}"))?;
    let app = App::build(&config, parts, None).await?;
    let delays = Delays::default();
    let healthy = Router::new().route("/", post(received)).with_state(delays.clone());
    let refusing = Router::new().route("/", post(async || StatusCode::INTERNAL_SERVER_ERROR));
    tokio::select! {
        ended = app.run(false, time::sleep(RUN)) => { ended?; }
        served = simulator.serve(bland, std::future::pending()) => served.context("simulate")?,
        served = async { axum::serve(good, healthy).await } => served.context("receive")?,
        served = async { axum::serve(bad, refusing).await } => served.context("refuse")?,
    }
    let delays = delays.lock().map(|delays| delays.clone()).unwrap_or_default();
    Ok(delays)
}

async fn listen() -> anyhow::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.context("listen")
}

/// Takes the time since the poll that saw it.
async fn received(State(delays): State<Delays>, body: String) -> StatusCode {
    let event: Value = serde_json::from_str(&body).unwrap_or_default();
    let seen = event["observed_at"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    if let (Some(seen), Ok(mut delays)) = (seen, delays.lock()) {
        delays.push(app::clock().duration_since(seen).as_secs_f64());
    }
    StatusCode::NO_CONTENT
}
