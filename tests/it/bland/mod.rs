//! Tests of `bland` from outside: both origin documents and every fault, over real HTTP.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod documents;
mod faults;
mod lists;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use jiff::Timestamp;
use ringback::{
    bland::{client::Client, config::Config, error::Error},
    model::{
        call::{Speaker, Turn},
        secret::Secret,
    },
};
use tokio::net::TcpListener;

const KEY: &str = "sk-very-secret";

/// A scripted Bland: what it answers to which request line, and what it was asked.
#[derive(Clone, Default)]
struct Fake(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    answers: HashMap<String, Answer>,
    asked: Vec<Asked>,
}

#[derive(Clone)]
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

#[derive(Clone)]
struct Asked {
    /// Such as `GET /v1/calls?limit=1`.
    line: String,
    headers: HeaderMap,
    body: String,
}

impl Fake {
    /// Answers to a request whose line begins with `line`; the longest such line counts.
    fn on(&self, line: &str, status: u16, body: impl ToString) -> &Self {
        self.on_with(line, status, body, &[])
    }

    fn on_with(&self, line: &str, status: u16, body: impl ToString, headers: &[(&'static str, &str)]) -> &Self {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.0.lock().unwrap().answers.insert(line.to_owned(), Answer { status, headers, body: body.to_string() });
        self
    }

    fn asked(&self) -> Vec<Asked> {
        self.0.lock().unwrap().asked.clone()
    }

    fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    #[expect(clippy::disallowed_methods, reason = "a server beside the test")]
    async fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        address
    }
}

async fn answer(State(fake): State<Fake>, request: Request) -> Response {
    let line = format!("{} {}", request.method(), request.uri());
    let headers = request.headers().clone();
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let mut script = fake.0.lock().unwrap();
    script.asked.push(Asked { line: line.clone(), headers, body: String::from_utf8(body.to_vec()).unwrap() });
    let fitting =
        script.answers.iter().filter(|(start, _)| line.starts_with(*start)).max_by_key(|(start, _)| start.len());
    let fallback = Answer { status: 404, headers: Vec::new(), body: String::new() };
    let answer = fitting.map_or(fallback, |(_, answer)| answer.clone());
    let mut response = Response::builder().status(StatusCode::from_u16(answer.status).unwrap());
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap()
}

fn config(address: SocketAddr) -> Config {
    Config {
        api_key: Some(Secret::new(KEY)),
        base_url: format!("http://{address}").parse().unwrap(),
        ..Config::default()
    }
}

async fn client(fake: &Fake) -> Client {
    Client::new(&config(fake.start().await)).unwrap()
}

fn now() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

fn time(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn refused(status: u16, message: &str) -> Error {
    Error::Refused { status, message: message.to_owned() }
}

fn turn(speaker: Speaker, text: &str, at: &str) -> Turn {
    Turn { speaker, text: text.to_owned(), at: time(at) }
}
