//! Fault scripts over real TCP: everything that a server can do wrong, and what each kind of
//! destination, and the API, makes of it. The tables are the documentation of that.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod api;
mod discord;
mod email;
mod files;
mod slack;
mod tls;
mod webhook;

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use ringback::{
    notify::{Notifier, Pause, Verdict, config::Kind},
    render::Renderer,
};
use serde_json::json;

use crate::{
    notify::{closed_port, renderer, section, wait, word},
    world::{
        acts::Act,
        receiver::{Answer, Receiver},
        tls::Certificate,
    },
};

/// Stands in every URL, login or token of these tests, and may stand in no note.
const SECRET: &str = "a-Very-Secret-Token-That-Nobody-May-See";

/// More than this is never taken in of an endless answer; most of it is the sockets' buffers.
const TAKEN: usize = 24 << 20;

/// The time limit of the slow cases, where it can be set.
const LIMIT: Duration = Duration::from_secs(1);

const SPACES: &[u8] = &[b' '; 64 << 10];

/// One thing that goes wrong between a request and its answer.
struct Fault {
    name: &'static str,
    scene: Scene,
    /// Ends only with the client's time limit.
    slow: bool,
}

enum Scene {
    NobodyListens,
    NoSuchHost,
    PlainWhereTlsIsSpoken,
    StrangeCertificate,
    Answers(Answer),
}

/// Where to send, and who listens there.
struct Stage {
    base: String,
    receiver: Receiver,
}

impl Fault {
    async fn stage(&self, receiver: Receiver) -> Stage {
        let base = match &self.scene {
            Scene::NobodyListens => format!("http://127.0.0.1:{}", closed_port()),
            Scene::NoSuchHost => "http://nobody.invalid".to_owned(),
            Scene::PlainWhereTlsIsSpoken => format!("https://127.0.0.1:{}", receiver.port()),
            Scene::StrangeCertificate => {
                let (receiver, _) = Receiver::secure(Certificate::SelfSigned).await;
                return Stage { base: format!("https://localhost:{}", receiver.port()), receiver };
            }
            Scene::Answers(answer) => {
                receiver.script([answer.clone()]);
                receiver.url("")
            }
        };
        Stage { base, receiver }
    }
}

/// Builds one notifier after the other with templates that are read once.
struct Builder(RefCell<Renderer>);

impl Builder {
    fn new() -> Self {
        Self(RefCell::new(renderer()))
    }

    fn build(&self, kind: Kind) -> Notifier {
        Notifier::build(&section(kind), &mut self.0.borrow_mut()).unwrap()
    }
}

/// What becomes of each fault, a line each: the verdict and how far a pause reaches, the wait that
/// was asked for in tens of seconds, and the note.
async fn verdicts(
    faults: Vec<Fault>,
    limit: Duration,
    setting: impl AsyncFn() -> Receiver,
    send: impl AsyncFn(&Stage) -> Verdict,
) -> String {
    let lines = join_all(faults.iter().map(async |fault| {
        let stage = fault.stage(setting().await).await;
        let begun = Instant::now();
        let verdict = send(&stage).await;
        assert!(begun.elapsed() < limit + Duration::from_secs(8), "{}: took {:?}", fault.name, begun.elapsed());
        assert!(stage.receiver.flooded() < TAKEN, "{}: took in {} bytes", fault.name, stage.receiver.flooded());
        assert_clean(verdict.note());
        line(fault.name, &verdict)
    }));
    lines.await.join("\n")
}

fn line(name: &str, verdict: &Verdict) -> String {
    let asked = wait(verdict).map(|wait| format!(" {}s", wait.as_secs() / 10 * 10)).unwrap_or_default();
    let reach = match verdict {
        Verdict::Retry { pause: Pause::Destination, .. } => " pause",
        Verdict::Retry { pause: Pause::Kind, .. } => " pause all",
        _ => "",
    };
    // The resolver's own words differ from system to system.
    let note = verdict.note().split(" information: ").next().unwrap();
    let note = if note.chars().count() > 90 { note.chars().take(89).chain(['…']).collect() } else { note.to_owned() };
    format!("{name:36} {:24} {note}", format!("{}{reach}{asked}", word(verdict)))
}

/// No part of the secret, no number, no line break, and not long.
fn assert_clean(note: &str) {
    assert!(note.chars().count() <= 300, "{note}");
    let plain: String = note.to_lowercase().chars().filter(|letter| !letter.is_whitespace()).collect();
    let secret: Vec<char> = SECRET.to_lowercase().chars().collect();
    for piece in secret.windows(12).map(String::from_iter) {
        assert!(!plain.contains(&piece), "{piece} in {note}");
    }
    assert!(!note.contains("4567") && !note.contains(['\r', '\n', '\u{1b}']), "{note}");
}

/// Every fault of HTTP; the slow ones or the others.
fn faults(slow: bool) -> Vec<Fault> {
    let mut all = connections();
    all.extend(broken_answers());
    all.extend(odd_answers());
    all.extend(waits());
    all.extend(statuses());
    all.retain(|fault| fault.slow == slow);
    all
}

fn fault(name: &'static str, scene: Scene) -> Fault {
    Fault { name, scene, slow: false }
}

fn slow(name: &'static str, acts: impl IntoIterator<Item = Act>) -> Fault {
    Fault { name, scene: Scene::Answers(Answer::played(acts)), slow: true }
}

fn answers(name: &'static str, answer: Answer) -> Fault {
    fault(name, Scene::Answers(answer))
}

fn plays(name: &'static str, acts: impl IntoIterator<Item = Act>) -> Fault {
    answers(name, Answer::played(acts))
}

fn send(text: impl Into<String>) -> Act {
    Act::Send(text.into().into_bytes())
}

/// What a server repeats of the request, hostile and in pieces.
fn echo() -> String {
    let part: String = SECRET.chars().take(14).collect();
    format!("no {SECRET} for +1 555 123-4567,\r\n nor {part} {}\u{1b}[2J", SECRET.to_uppercase())
}

fn connections() -> Vec<Fault> {
    vec![
        fault("nobody listens", Scene::NobodyListens),
        fault("no such host", Scene::NoSuchHost),
        fault("no TLS where it is wanted", Scene::PlainWhereTlsIsSpoken),
        fault("a strange certificate", Scene::StrangeCertificate),
        answers("reset before the request", Answer::reset_unread()),
        answers("closed before the request", Answer::closed_unread()),
        answers("reset after the request", Answer::reset()),
        answers("closed after the request", Answer::closed()),
    ]
}

fn broken_answers() -> Vec<Fault> {
    const OK: &str = "HTTP/1.1 200 OK\r\n";
    let every = Duration::from_millis(20);
    vec![
        slow("stalled before the status", [Act::Stall]),
        slow("stalled within the headers", [send(OK), Act::Stall]),
        slow("stalled after the headers, 200", [send(format!("{OK}content-length: 9\r\n\r\n")), Act::Stall]),
        slow("stalled after the headers, 500", [send("HTTP/1.1 500 No\r\ncontent-length: 9\r\n\r\n"), Act::Stall]),
        slow("headers that drip", [send(format!("{OK}x-slow: ")), Act::Drip(every)]),
        slow("a body that drips", [send(format!("{OK}content-length: 99999\r\n\r\n")), Act::Drip(every)]),
        slow("1xx without end", [Act::Flood(b"HTTP/1.1 100 Continue\r\n\r\n", 400_000), Act::Stall]),
        plays("half a status line", [send("HTTP/1.1 20")]),
        plays("another protocol", [send("220 mail.example.com ESMTP\r\n")]),
        answers("half of the body, 200", Answer::status(200).text("ok, that is fine").truncated()),
        answers("half of the body, 500", Answer::status(500).text("no, that is bad").truncated()),
        plays("a length that is too long", [send(format!("{OK}content-length: 999\r\n\r\nok"))]),
        plays("a length that is too short", [send(format!("{OK}content-length: 2\r\n\r\nok and more")), Act::GoOn]),
        plays("a length that is no number", [send(format!("{OK}content-length: two\r\n\r\nok"))]),
        plays("a broken chunk", [send(format!("{OK}transfer-encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n"))]),
        plays("100 MB of headers", [send(format!("{OK}x-long: ")), Act::Flood(SPACES, 1_600)]),
        plays(
            "100 MB of body, 200",
            [send(format!("{OK}content-length: 104857600\r\n\r\n")), Act::Flood(SPACES, 1_600)],
        ),
        plays("100 MB of body, 500", [send("HTTP/1.1 500 No\r\n\r\n"), Act::Flood(SPACES, 1_600)]),
    ]
}

fn odd_answers() -> Vec<Fault> {
    let fine = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let to = |status: u16, place: &str| Answer::status(status).header("location", place);
    vec![
        plays("100 before the answer", [send(format!("HTTP/1.1 100 Continue\r\n\r\n{fine}"))]),
        plays("103 before the answer", [send(format!("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n{fine}"))]),
        plays("forty 1xx before the answer", [send(format!("{}{fine}", "HTTP/1.1 102 Processing\r\n\r\n".repeat(40)))]),
        plays("101 that nobody asked for", [send("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n")]),
        answers("301", to(301, "/elsewhere")),
        answers("302 to a page to sign in", to(302, "http://localhost:1/login?token=x")),
        answers("307", to(307, "/elsewhere")),
        answers("308 to itself", to(308, "")),
        answers(
            "200 with an error inside",
            Answer::status(200).json(&json!({ "code": 0, "message": "no", "status": "error" })),
        ),
        answers("200 with a web page", Answer::status(200).text("<!DOCTYPE html><title>Please sign in</title>")),
        answers("200 without a word", Answer::status(200)),
        answers("200 that repeats secrets", Answer::status(200).text(echo())),
        answers("204", Answer::status(204)),
    ]
}

fn waits() -> Vec<Fault> {
    let asks = |status: u16, wait: &str| Answer::status(status).header("retry-after", wait);
    vec![
        answers("429 that does not say for how long", Answer::status(429)),
        answers("429 for 120 s", asks(429, "120")),
        answers("429 until a date", asks(429, "Sat, 21 Nov 2026 12:30:00 GMT")),
        answers("429 until a date in the old form", asks(429, "Saturday, 21-Nov-26 12:30:00 GMT")),
        answers("429 until yesterday", asks(429, "Fri, 20 Nov 2026 12:00:00 GMT")),
        answers("429 for 30 hours", asks(429, "108000")),
        answers("429 for ever", asks(429, "99999999999999999999")),
        answers("429 for less than nothing", asks(429, "-5")),
        answers("429 for nonsense", asks(429, "in a while")),
        answers("503 for 120 s", asks(503, "120")),
        answers("503 that does not say for how long", Answer::status(503)),
    ]
}

fn statuses() -> Vec<Fault> {
    vec![
        answers("400", Answer::status(400).text(echo())),
        answers("401", Answer::status(401).text(echo())),
        answers("403", Answer::status(403)),
        answers("404", Answer::status(404)),
        answers("408", Answer::status(408)),
        answers("410", Answer::status(410)),
        answers("413", Answer::status(413)),
        answers("422", Answer::status(422)),
        answers("425", Answer::status(425)),
        answers("500", Answer::status(500).text(echo())),
        answers("502 with a web page", Answer::status(502).text("<html><title>502 Bad Gateway</title></html>")),
        answers("504", Answer::status(504)),
        answers("a status of no kind", Answer::status(799)),
    ]
}
