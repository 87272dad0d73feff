//! The simulator over real HTTP: what a client of Bland's would see.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod batches;
mod calls;
mod faults;
mod lists;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use reqwest::{Client, Method, StatusCode};
use ringback::simulate::{
    Simulator,
    clock::Clock,
    ending::Ending,
    options::Options,
    plan::{CallSpec, Late},
};
use serde_json::Value;

const START: &str = "2025-01-06T15:00:00Z";

/// A simulator that serves on a port of its own until the test ends, with a clock that the test turns.
struct Bland {
    simulator: Simulator,
    hand: Arc<AtomicI64>,
    base: String,
    client: Client,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

struct Answer {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Bland {
    async fn start(options: Options) -> Self {
        // An Err says that another test was first.
        rustls::crypto::ring::default_provider().install_default().ok();
        let (clock, hand) = Clock::hand(START.parse().unwrap());
        let simulator = Simulator::new(options, clock);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        #[expect(clippy::disallowed_methods, reason = "a test runs the server beside itself")]
        let server = tokio::spawn(simulator.clone().serve(listener, std::future::pending()));
        Self { simulator, hand, base, client: Client::new(), server }
    }

    async fn plain() -> Self {
        Self::start(Options::default()).await
    }

    fn pass(&self, seconds: f64) {
        self.hand.fetch_add((seconds * 1_000.0) as i64, Ordering::SeqCst);
    }

    async fn try_get(&self, path: &str) -> reqwest::Result<Answer> {
        let answer = self.client.get(format!("{}{path}", self.base)).send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        Ok(Answer { status, headers, text: answer.text().await? })
    }

    async fn get(&self, path: &str) -> Value {
        self.try_get(path).await.unwrap().json()
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let request = self.client.request(Method::POST, format!("{}{path}", self.base));
        let request = request.header("content-type", "application/json").body(body.to_string());
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        Answer { status, headers, text: answer.text().await.unwrap() }
    }

    /// The ids of a list request, in order.
    async fn list(&self, query: &str) -> Vec<String> {
        let page = self.get(&format!("/v1/calls?{query}")).await;
        page["calls"].as_array().unwrap().iter().map(|row| row["call_id"].as_str().unwrap().to_owned()).collect()
    }

    /// A call with this ending that goes quickly and without surprises.
    fn add(&self, id: &str, ending: Ending) -> String {
        self.simulator.add_call(quick(id, ending))
    }
}

impl Drop for Bland {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {}", self.text))
    }
}

/// Connected after 6.8 s, 30 s of talk, and everything known 5 s later.
fn quick(id: &str, ending: Ending) -> CallSpec {
    let soon = Some(5.0);
    CallSpec {
        id: Some(id.to_owned()),
        ending: Some(ending),
        queue: Some(1.0),
        ring: Some(5.0),
        talk: Some(30.0),
        late: Late {
            completed: soon,
            answered_by: soon,
            transcript: soon,
            summary: soon,
            price: soon,
            recording: soon,
        },
        ..CallSpec::default()
    }
}

#[tokio::test]
async fn the_same_seed_and_clock_give_the_same_bytes() {
    let options = |seed| Options { seed, calls: 8, batches: vec![6, 4, 3], ..Options::default() };
    let answers = async |seed| {
        let bland = Bland::start(options(seed)).await;
        bland.pass(45.0);
        let mut texts = Vec::new();
        let batches = bland.simulator.batches();
        let mut paths = vec![
            "/v1/calls".to_owned(),
            "/v1/calls/active".to_owned(),
            "/v2/batches/list".to_owned(),
            format!("/v2/batches/{}/logs", batches[0]),
            format!("/v1/batches/{}", batches[2]),
        ];
        paths.extend(bland.list("").await.iter().map(|id| format!("/v1/calls/{id}")));
        for path in paths {
            texts.push(bland.try_get(&path).await.unwrap().text);
        }
        texts
    };
    let first = answers(7).await;
    assert!(first.len() > 15);
    assert_eq!(first, answers(7).await);
    assert_ne!(first, answers(8).await);
}

#[tokio::test]
async fn requests_are_remembered_with_their_time() {
    let bland = Bland::plain().await;
    bland.get("/v1/calls?limit=1").await;
    bland.pass(2.0);
    bland.get("/v1/me").await;
    let seen = bland.simulator.requests();
    let lines: Vec<_> = seen.iter().map(|seen| format!("{} {}?{}", seen.method, seen.path, seen.query)).collect();
    assert_eq!(lines, ["GET /v1/calls?limit=1", "GET /v1/me?"]);
    assert_eq!(seen[1].at - seen[0].at, 2_000);
    bland.simulator.forget_requests();
    assert!(bland.simulator.requests().is_empty());
}

#[tokio::test]
async fn the_wall_clock_moves_by_itself_and_the_server_ends_when_told() {
    let simulator = Simulator::new(Options { speed: 5_000.0, batches: vec![12], ..Options::default() }, Clock::Wall);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settled = simulator.settled_at().unwrap();
    simulator.clone().serve(listener, std::future::ready(())).await.unwrap();
    let id = simulator.add_call(CallSpec { ending: Some(Ending::Human), ..CallSpec::default() });
    let created = simulator.record(&id).unwrap()["created_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let away = created.as_millisecond() - settled;
    assert!(away.abs() < 60_000, "a batch of twelve is over within moments at this speed: {away} ms");
}
