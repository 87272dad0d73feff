//! A scripted HTTP receiver: records every request, answers as told.
//!
//! Written on the bare socket, as a web framework cannot reset a connection, stall, or break off an answer.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use super::{
    acts::{Act, play},
    guild::Guild,
    model,
    tls::{self, Certificate},
};

/// The server. It ends when it is dropped.
pub(crate) struct Receiver {
    port: u16,
    state: Arc<State>,
    server: JoinHandle<()>,
}

/// One request, in the order of arrival.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Without the question mark; empty if there is none.
    pub(crate) query: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What a request is answered with.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    manner: Manner,
    gate: Option<Gate>,
}

#[derive(Debug, Clone)]
enum Manner {
    Whole,
    /// Half of the body, then the end of the connection.
    Truncated,
    /// The end of the connection instead of an answer.
    Closed,
    /// A TCP reset instead of an answer.
    Reset,
    /// The same, or the end, before the request is read.
    Unread {
        reset: bool,
    },
    Played(Vec<Act>),
}

/// Holds back an answer until it is opened; the request is recorded before.
#[derive(Debug, Clone)]
pub(crate) struct Gate(Arc<Semaphore>);

/// What is answered when the script is used up.
#[derive(Debug, Clone, Copy)]
enum Flavour {
    Discord,
    Slack,
    Webhook,
    Bland,
    Model,
}

struct State {
    flavour: Flavour,
    acceptor: Option<TlsAcceptor>,
    /// Bytes of floods that the clients took.
    flooded: AtomicUsize,
    script: Mutex<VecDeque<Answer>>,
    requests: Mutex<Vec<Request>>,
    loses: AtomicBool,
    guild: Mutex<Guild>,
    arrived: Notify,
}

impl Receiver {
    /// Keeps messages and threads, as Discord does.
    pub(crate) async fn discord() -> Self {
        Self::start(Flavour::Discord, None).await
    }

    /// Answers `ok`.
    pub(crate) async fn slack() -> Self {
        Self::start(Flavour::Slack, None).await
    }

    /// Answers 204.
    pub(crate) async fn webhook() -> Self {
        Self::start(Flavour::Webhook, None).await
    }

    /// Answers as an account of Bland's without calls does.
    pub(crate) async fn bland() -> Self {
        Self::start(Flavour::Bland, None).await
    }

    /// Answers as a language model that was sent a transcript.
    pub(crate) async fn model() -> Self {
        Self::start(Flavour::Model, None).await
    }

    /// Answers 204 over TLS; with it comes the certificate of the server's authority as PEM.
    pub(crate) async fn secure(certificate: Certificate) -> (Self, String) {
        let (acceptor, authority) = tls::server(certificate);
        (Self::start(Flavour::Webhook, Some(acceptor)).await, authority)
    }

    /// `http://127.0.0.1:PORT` and the path, which begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Adds answers to be used up one by one, before the default comes again.
    pub(crate) fn script(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state.script.lock().unwrap().extend(answers);
    }

    /// Does what the next request asks, and closes the connection instead of saying so.
    pub(crate) fn lose_next(&self) {
        self.state.loses.store(true, Ordering::SeqCst);
    }

    /// Answers as usual from now on.
    pub(crate) fn forget_script(&self) {
        self.state.script.lock().unwrap().clear();
    }

    /// Everything that arrived so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.requests.lock().unwrap().clone()
    }

    /// The only request; panics if there are none or several.
    pub(crate) fn only(&self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.into_iter().next().unwrap()
    }

    /// Waits until so many requests have arrived, answered or not.
    pub(crate) async fn arrived(&self, count: usize) {
        loop {
            let next = self.state.arrived.notified();
            if self.requests().len() >= count {
                return;
            }
            next.await;
        }
    }

    /// How much of floods was taken in, as far as the sockets' buffers let us see.
    pub(crate) fn flooded(&self) -> usize {
        self.state.flooded.load(Ordering::SeqCst)
    }

    /// What a Discord receiver holds: channels, threads and messages.
    pub(crate) fn guild(&self) -> MutexGuard<'_, Guild> {
        self.state.guild.lock().unwrap()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    async fn start(flavour: Flavour, acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            flavour,
            acceptor,
            flooded: AtomicUsize::new(0),
            script: Mutex::default(),
            requests: Mutex::default(),
            loses: AtomicBool::new(false),
            guild: Mutex::default(),
            arrived: Notify::new(),
        });
        #[expect(clippy::disallowed_methods, reason = "a fake server runs beside the test")]
        let server = tokio::spawn(serve(listener, Arc::clone(&state)));
        Self { port, state, server }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new(), manner: Manner::Whole, gate: None }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn text(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").text(body.to_string())
    }

    /// Sends half of the body and closes.
    pub(crate) fn truncated(mut self) -> Self {
        self.manner = Manner::Truncated;
        self
    }

    /// Reads the request and closes.
    pub(crate) fn closed() -> Self {
        Self { manner: Manner::Closed, ..Self::status(0) }
    }

    /// Reads the request and resets the connection.
    pub(crate) fn reset() -> Self {
        Self { manner: Manner::Reset, ..Self::status(0) }
    }

    /// Resets a new connection before anything is read from it.
    pub(crate) fn reset_unread() -> Self {
        Self { manner: Manner::Unread { reset: true }, ..Self::status(0) }
    }

    /// Closes a new connection before anything is read from it.
    pub(crate) fn closed_unread() -> Self {
        Self { manner: Manner::Unread { reset: false }, ..Self::status(0) }
    }

    /// Reads the request and then does this, byte for byte.
    pub(crate) fn played(acts: impl IntoIterator<Item = Act>) -> Self {
        Self { manner: Manner::Played(acts.into_iter().collect()), ..Self::status(0) }
    }

    /// Answers only when the gate is opened.
    pub(crate) fn behind(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }
}

impl Gate {
    pub(crate) fn closed() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Lets every answer through that waits or will wait.
    pub(crate) fn open(&self) {
        self.0.add_permits(Semaphore::MAX_PERMITS / 2);
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let unread =
                state.script.lock().unwrap().pop_front_if(|answer| matches!(answer.manner, Manner::Unread { .. }));
            match (unread.map(|answer| answer.manner), state.acceptor.clone()) {
                (Some(Manner::Unread { reset: true }), _) => stream.set_zero_linger().unwrap_or_default(),
                (Some(_), _) => {}
                (None, None) => {
                    let mut stream: BufReader<TcpStream> = BufReader::new(stream);
                    if converse(&mut stream, &state).await == Ended::Reset {
                        stream.get_ref().set_zero_linger().unwrap_or_default();
                    }
                }
                (None, Some(acceptor)) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        converse(&mut BufReader::new(stream), &state).await;
                    }
                }
            }
        });
    }
}

#[derive(PartialEq, Eq)]
enum Ended {
    Over,
    Reset,
}

/// Requests and answers on one connection, until either side ends it.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, state: &State) -> Ended {
    while let Some(request) = read(stream).await {
        let scripted = state.script.lock().unwrap().pop_front();
        let lost = state.loses.swap(false, Ordering::SeqCst);
        let mut answer = scripted.unwrap_or_else(|| default_answer(state, &request));
        if lost {
            answer.manner = Manner::Closed;
        }
        state.requests.lock().unwrap().push(request);
        state.arrived.notify_waiters();
        if let Some(gate) = &answer.gate {
            drop(gate.0.acquire().await);
        }
        let bytes = written(&answer);
        let went_on = match &answer.manner {
            Manner::Whole => stream.write_all(&bytes).await.is_ok(),
            Manner::Truncated => {
                let half = bytes.split_at(bytes.len() - answer.body.len().div_ceil(2)).0;
                drop(stream.write_all(half).await);
                false
            }
            Manner::Reset | Manner::Unread { reset: true } => return Ended::Reset,
            Manner::Closed | Manner::Unread { .. } => false,
            Manner::Played(acts) => {
                play(stream, acts, &state.flooded).await.is_some_and(|last| matches!(last, Act::GoOn))
            }
        };
        drop(stream.flush().await);
        if !went_on {
            return Ended::Over;
        }
    }
    Ended::Over
}

async fn read<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        match line.trim_end().split_once(':') {
            None => break,
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Request { method, path: path.to_owned(), query: query.to_owned(), headers, body })
}

fn written(answer: &Answer) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {} Scripted\r\n", answer.status);
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if answer.status != 204 {
        text.push_str(&format!("content-length: {}\r\n", answer.body.len()));
    }
    format!("{text}\r\n{}", answer.body).into_bytes()
}

fn default_answer(state: &State, request: &Request) -> Answer {
    match state.flavour {
        Flavour::Slack => Answer::status(200).text("ok"),
        Flavour::Bland => Answer::status(200).json(&json!({ "total_count": 0, "count": 0, "calls": [] })),
        Flavour::Webhook => Answer::status(204),
        Flavour::Model => model::answer(request),
        Flavour::Discord => state.guild.lock().unwrap().answer(request),
    }
}
