//! Tests of `bland` from outside: both origin documents and every fault, over real HTTP.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::{
    collections::HashMap,
    fmt::Write as _,
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
use jiff::{SignedDuration, Timestamp};
use ringback::{
    bland::{
        budget::Priority,
        client::Client,
        config::{Api, Config},
        error::Error,
        list::ListQuery,
    },
    model::{
        batch::{Batch, BatchApi},
        call::{Call, Speaker, Turn},
        secret::Secret,
    },
};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpListener};

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

#[tokio::test]
async fn the_legacy_logs_document_is_read_field_by_field() {
    let fake = Fake::default();
    fake.on("POST /logs", 200, include_str!("../fixtures/logs-legacy-2023-09-seed.json"));
    let client = Client::new(&Config { api: Api::Logs, ..config(fake.start().await) }).unwrap();
    let id = "0e75bfda-8c5c-424a-8d08-b497078e39b3";

    let call = client.call(id, Priority::Detail, now()).await.unwrap();

    let user = Speaker::User;
    let agent = Speaker::Assistant;
    let expected = Call {
        id: id.to_owned(),
        to: some("1112223344"),
        from: some("5556667788"),
        queue_status: some("complete"),
        completed: Some(true),
        created_at: time("2023-09-22T19:14:27.015663Z"),
        inbound: Some(false),
        duration_seconds: Some(97),
        max_duration_seconds: Some(1800),
        transcript: vec![
            turn(
                agent.clone(),
                "Hi this is Blandy. Im calling to say hi. How are you doing today?",
                "2023-09-22T19:14:34.319713Z",
            ),
            turn(user.clone(), "I'm doing great. How are you doing?", "2023-09-22T19:14:47.176008Z"),
            turn(
                agent.clone(),
                "Im doing well thank you for asking! Just here to assist you with any questions or concerns you may \
                 have. How can I help you today?",
                "2023-09-22T19:14:48.572245Z",
            ),
            turn(user, "End phone call.", "2023-09-22T19:16:03.97614Z"),
            turn(agent, "FINISH", "2023-09-22T19:16:04.564979Z"),
        ],
        ..Call::default()
    };
    assert_eq!(call, expected);
    let asked = &fake.asked()[0];
    assert_eq!(asked.line, "POST /logs");
    assert_eq!(serde_json::from_str::<Value>(&asked.body).unwrap(), json!({ "call_id": id }));
    assert_eq!(asked.headers["content-type"], "application/json");
    assert_eq!(asked.headers["authorization"], KEY);
}

#[tokio::test]
async fn the_document_of_december_2023_is_read_field_by_field() {
    let fake = Fake::default();
    let id = "c1234567-89ab-cdef-0123-456789abcdef";
    fake.on(&format!("GET /v1/calls/{id}"), 200, include_str!("../fixtures/call-get-2023-12-seed.json"));
    let client = client(&fake).await;

    let call = client.call(id, Priority::Detail, now()).await.unwrap();

    let variables = json!({
        "appointment_time": "tomorrow at 3pm",
        "now": "Sun Dec 31 2023 19:15:26 GMT+0000 (Coordinated Universal Time)",
        "short_from": "5551234567",
        "short_to": "5551234567",
        "from": "+15551234567",
        "to": "+15551234567",
        "call_id": id,
        "city": "San Francisco",
        "state": "CA",
        "country": "US",
        "zip": "94103"
    });
    let expected = Call {
        id: id.to_owned(),
        to: some("5551234567"),
        from: some("+15551234567"),
        status: some("completed"),
        queue_status: some("complete"),
        answered_by: some("human"),
        completed: Some(true),
        created_at: time("2023-12-16T00:15:26.59585Z"),
        ended_at: time("2023-12-16T00:15:41Z"),
        inbound: Some(false),
        duration_seconds: Some(71),
        max_duration_seconds: Some(1800),
        variables: variables.as_object().unwrap().clone(),
        transcript: vec![
            turn(Speaker::User, "Hey, it's Alex. What's up?", "2023-12-16T00:15:32.287493Z"),
            turn(
                Speaker::Assistant,
                "Hi! It's Blandie, calling to reschedule your appointment tomorrow. Is now a good time?",
                "2023-12-16T00:15:33.704238Z",
            ),
            turn(Speaker::User, "Sure! Can we still fit it in this week though?", "2023-12-16T00:15:38.287493Z"),
            // `transcripts` stops here; the rest is in `concatenated_transcript` alone.
            Turn {
                speaker: Speaker::Assistant,
                text: "Absolutely! I have a few openings. What time works best for you?".to_owned(),
                at: None,
            },
            Turn { speaker: Speaker::User, text: "How about tomorrow at 3pm?".to_owned(), at: None },
            Turn {
                speaker: Speaker::Assistant,
                text: "Perfect! Be on the lookout for a confirmation email with your new appointment time, and have a \
                       great day!"
                    .to_owned(),
                at: None,
            },
        ],
        ..Call::default()
    };
    assert_eq!(call, expected);
    assert_eq!(fake.lines(), [format!("GET /v1/calls/{id}")]);
}

#[tokio::test]
async fn credentials_are_sent_as_configured_and_never_shown() {
    let fake = Fake::default();
    fake.on("GET /", 401, r#"{"message":"no","errors":["bad key org_abc for enc-1"]}"#);
    let address = fake.start().await;
    let config = Config {
        api_key: Some(Secret::new("Bearer org_abc")),
        encrypted_key: Some(Secret::new("enc-1")),
        organization_id: some("org-7"),
        base_url: format!("http://{address}/proxy/").parse().unwrap(),
        ..Config::default()
    };
    let client = Client::new(&config).unwrap();

    let error = client.check(now()).await.unwrap_err();

    let asked = &fake.asked()[0];
    assert_eq!(asked.line, "GET /proxy/v1/calls?limit=1");
    assert_eq!(asked.headers["authorization"], "Bearer org_abc");
    assert_eq!(asked.headers["encrypted_key"], "enc-1");
    assert_eq!(asked.headers["x-bland-org-id"], "org-7");
    assert_eq!(error.to_string(), "Bland refused the API key: bad key [hidden] for [hidden]");
    let shown = format!("{client:?} {config:?}");
    assert!(!shown.contains("org_abc") && !shown.contains("enc-1"), "{shown}");
    let missing = Client::new(&Config::default()).unwrap_err();
    assert_eq!(missing.to_string(), "no `api_key` for Bland");
}

#[tokio::test]
async fn faults_become_errors_that_an_operator_can_read() {
    let cases = [
        (401, r#"{"data":null,"errors":[{"error":"AUTH_FAILURE","message":"Unauthorized"}]}"#),
        (403, r#"{"status":"error","message":"The Bland Team has flagged your account."}"#),
        (200, r#"{"status":"error","message":"Insufficient balance"}"#),
        (200, r#"{"data":null,"errors":["something broke"]}"#),
        (404, ""),
        (404, r#"{"data":null,"errors":[{"error":"CALL_NOT_FOUND","message":"Call not found"}]}"#),
        (200, r#"{"data":null,"errors":[{"error":"CALL_NOT_FOUND","message":"Call not found"}]}"#),
        (200, r#"{"data":null,"errors":null}"#),
        (429, r#"{"status":"error","message":"Rate limit exceeded"}"#),
        (500, r#"{"status":"error","message":"Internal server error."}"#),
        (502, "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"),
        (504, ""),
        (200, "<!DOCTYPE html><html><head><title>Sign in</title></head>"),
        (200, r#"{"call_id":"c1","to":"+15550100001","transcripts":[{"te"#),
        (200, ""),
        (200, r#"{"message":"success"}"#),
        (200, r#"{"call_id":"c2","status":"completed"}"#),
        (304, ""),
    ];
    let mut told = String::new();
    for (status, body) in cases {
        let fake = Fake::default();
        fake.on("GET /v1/calls/c1", status, body);
        let error = client(&fake).await.call("c1", Priority::Detail, now()).await.unwrap_err();
        writeln!(told, "{status}: {error}").unwrap();
        assert_eq!(fake.lines().len(), 1, "one question, one request");
    }
    insta::assert_snapshot!(told, @"
    401: Bland refused the API key: Unauthorized (AUTH_FAILURE)
    403: Bland refused the API key: The Bland Team has flagged your account.
    200: Bland answered 200 with an error: Insufficient balance
    200: Bland answered 200 with an error: something broke
    404: Bland knows no such call or batch
    404: Bland knows no such call or batch
    200: Bland knows no such call or batch
    200: Bland knows no such call or batch
    429: Bland asks for fewer requests
    500: Bland answered 500: Internal server error.
    502: Bland answered 502: a web page titled “502 Bad Gateway”
    504: Bland answered 504: Gateway Timeout
    200: Bland's answer cannot be read: it is a web page titled “Sign in”
    200: Bland's answer cannot be read: the JSON breaks off after 55 bytes
    200: Bland's answer cannot be read: it is empty
    200: Bland's answer cannot be read: it is not a call record
    200: Bland's answer cannot be read: it is the record of another call than the one asked for
    304: Bland answered 304: Not Modified
    ");
}

#[tokio::test]
async fn a_failed_call_is_a_record_and_not_a_refusal() {
    let fake = Fake::default();
    fake.on(
        "GET /v1/calls/c1",
        200,
        r#"{"call_id":"c1","status":"error","queue_status":"queue_error","completed":false,"error_message":"Call failed."}"#,
    );
    let call = client(&fake).await.call("c1", Priority::Detail, now()).await.unwrap();
    assert_eq!((call.status.as_deref(), call.error.as_deref()), (Some("error"), Some("Call failed.")));
}

#[tokio::test]
async fn a_list_that_is_not_there_points_at_the_base_url() {
    let fake = Fake::default();
    let address = fake.start().await;
    let client = Client::new(&config(address)).unwrap();
    let expected = refused(404, &format!("there is no such list at http://{address}/; is `base_url` right?"));
    assert_eq!(client.check(now()).await.unwrap_err(), expected);
    assert_eq!(client.list(&ListQuery::default(), now()).await.unwrap_err(), expected);
    assert_eq!(client.batches(now(), now()).await.unwrap_err(), expected);
}

#[tokio::test]
async fn nothing_is_sent_before_the_pause_that_bland_asked_for_is_over() {
    for (retry_after, seconds) in [
        ("30", Some(30)),
        ("Thu, 01 Jan 2026 12:05:00 GMT", Some(300)),
        ("999999999999", Some(3600)),
        ("Thu, 01 Jan 2026 11:00:00 GMT", None),
        ("soon", None),
        ("-1", None),
        ("", None),
    ] {
        let fake = Fake::default();
        fake.on_with("GET /v1/calls/c1", 429, "{}", &[("retry-after", retry_after)]);
        fake.on("GET /v1/calls/c2", 200, r#"{"call_id":"c2"}"#);
        let client = client(&fake).await;
        let until = seconds.map(|seconds| now() + SignedDuration::from_secs(seconds));

        let error = client.call("c1", Priority::Detail, now()).await.unwrap_err();
        assert_eq!(error, Error::RateLimited { until }, "{retry_after}");
        if let Some(until) = until {
            let early = until - SignedDuration::from_secs(1);
            let other = client.call("c2", Priority::Detail, early).await.unwrap_err();
            assert_eq!(other, Error::RateLimited { until: Some(until) }, "{retry_after}");
            assert_eq!(fake.lines().len(), 1, "{retry_after}");
        }
        let call = client.call("c2", Priority::Detail, until.unwrap_or(now())).await.unwrap();
        assert_eq!(call.id, "c2", "{retry_after}");
    }
    let fake = Fake::default();
    fake.on("GET /v1/calls/c1", 429, "{}");
    let error = client(&fake).await.call("c1", Priority::Detail, now()).await.unwrap_err();
    assert_eq!(error, Error::RateLimited { until: None });
    assert_eq!(error.to_string(), "Bland asks for fewer requests");
}

#[tokio::test]
async fn an_overloaded_server_that_says_when_to_come_back_is_left_alone_too() {
    let fake = Fake::default();
    fake.on_with("GET /v1/calls", 503, "", &[("retry-after", "20")]);
    let client = client(&fake).await;
    assert_eq!(client.check(now()).await.unwrap_err(), refused(503, "Service Unavailable"));
    let error = client.check(now()).await.unwrap_err();
    assert_eq!(error.to_string(), "Bland asks for fewer requests; next one after 2026-01-01T12:00:20Z");
    assert_eq!(fake.lines().len(), 1);
}

#[tokio::test]
async fn our_own_limit_holds_without_a_request() {
    let fake = Fake::default();
    fake.on("GET /v1/calls", 200, r#"{"calls":[]}"#);
    let client =
        Client::new(&Config { max_requests_per_minute: 5.try_into().unwrap(), ..config(fake.start().await) }).unwrap();
    for _ in 0..4 {
        client.list(&ListQuery::default(), now()).await.unwrap();
    }
    let error = client.list(&ListQuery::default(), now()).await.unwrap_err();
    assert_eq!(error.to_string(), "`max_requests_per_minute` is used up until 2026-01-01T12:01:02Z");
    assert_eq!(fake.lines().len(), 4);
    let Error::Budget { until } = error else { panic!("{error}") };
    client.list(&ListQuery::default(), until).await.unwrap();
}

#[tokio::test]
async fn the_key_never_follows_a_redirect_to_another_host() {
    let (fake, other) = (Fake::default(), Fake::default());
    other.on("GET /", 200, r#"{"call_id":"c1"}"#);
    let elsewhere = other.start().await;
    let target = format!("http://me:pw@{elsewhere}/v1/calls/c1?token=t");
    for status in [301, 302, 303, 307, 308] {
        fake.on_with("GET /v1/calls/c1", status, "", &[("location", &target)]);
        let error = client(&fake).await.call("c1", Priority::Detail, now()).await.unwrap_err();
        let message =
            format!("a redirect to http://{elsewhere}, where the key is not sent; if that is right, set `base_url`");
        assert_eq!(error, refused(status, &message));
    }
    assert_eq!(other.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn a_redirect_within_the_host_is_followed_for_a_get_and_a_few_times_only() {
    let fake = Fake::default();
    fake.on_with("GET /v1/calls/c1", 302, "", &[("location", "../calls/c2")]);
    fake.on("GET /v1/calls/c2", 200, r#"{"c_id":"c1"}"#);
    fake.on_with("GET /v1/calls/round", 302, "", &[("location", "/v1/calls/round")]);
    fake.on_with("POST /logs", 307, "", &[("location", "/v2/logs")]);
    let address = fake.start().await;
    let client = Client::new(&config(address)).unwrap();
    assert_eq!(client.call("c1", Priority::Detail, now()).await.unwrap().id, "c1");
    assert_eq!(fake.asked()[1].headers["authorization"], KEY);
    let error = client.call("round", Priority::Detail, now()).await.unwrap_err();
    assert_eq!(error, refused(302, "more redirects than make sense"));
    assert_eq!(fake.lines().len(), 2 + 4);
    let legacy = Client::new(&Config { api: Api::Logs, ..config(address) }).unwrap();
    let error = legacy.call("c1", Priority::Detail, now()).await.unwrap_err();
    assert_eq!(error, refused(307, "a redirect of a POST to /v2/logs"));
}

#[tokio::test]
async fn a_body_of_40_mib_is_not_read_to_its_end() {
    let fake = Fake::default();
    fake.on("GET /v1/calls/c1", 200, format!(r#"{{"call_id":"c1","summary":"{}"}}"#, "x".repeat(40 << 20)));
    let error = client(&fake).await.call("c1", Priority::Detail, now()).await.unwrap_err();
    assert_eq!(error, Error::Unreadable("it is larger than 32 MiB".to_owned()));
}

#[tokio::test]
async fn an_endless_body_and_one_that_breaks_off_are_unreadable() {
    let endless = raw_server(b"HTTP/1.1 200 OK\r\n\r\n", 33 << 20).await;
    let error = Client::new(&config(endless)).unwrap().check(now()).await.unwrap_err();
    assert_eq!(error, Error::Unreadable("it is larger than 32 MiB".to_owned()));

    let cut = raw_server(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", 10).await;
    let error = Client::new(&config(cut)).unwrap().check(now()).await.unwrap_err();
    assert_eq!(error, Error::Unreadable("it breaks off after 10 bytes".to_owned()));
}

/// Answers one connection with `head` and `length` spaces, then closes it.
#[expect(clippy::disallowed_methods, reason = "a server beside the test")]
async fn raw_server(head: &'static [u8], length: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        tokio::io::AsyncReadExt::read(&mut stream, &mut request).await.unwrap();
        stream.write_all(head).await.unwrap();
        // The client hangs up on a body that is too long.
        stream.write_all(&vec![b' '; length]).await.ok();
    });
    address
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_a_network_error_without_its_url() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let query = ListQuery { batch_id: some("private"), ..ListQuery::default() };
    let error = Client::new(&config(address)).unwrap().list(&query, now()).await.unwrap_err();
    let Error::Network(words) = &error else { panic!("{error}") };
    assert!(words.starts_with("connecting failed: Connection refused"), "{words}");
    assert!(!error.to_string().contains("private"), "{error}");
}

#[tokio::test]
async fn pages_may_overlap_and_come_in_any_container() {
    let fake = Fake::default();
    let address = fake.start().await;
    let client = Client::new(&config(address)).unwrap();
    let row = |id: &str| json!({"call_id": id, "to": "+15550100001", "completed": false});
    let rows = json!([row("a"), row("b"), {"to": "+15550100002"}]);
    for container in [
        json!({"count": 3, "calls": rows}),
        json!({"data": rows, "errors": null}),
        json!({"data": {"calls": rows}, "errors": null}),
        rows.clone(),
    ] {
        fake.on("GET /v1/calls?", 200, container.to_string());
        let page = client.list(&ListQuery { since: Some(now()), ..ListQuery::default() }, now()).await.unwrap();
        let ids: Vec<_> = page.rows.iter().map(|row| row.call.id.as_str()).collect();
        assert_eq!((ids, page.received, page.total, page.bad.len()), (vec!["a", "b"], 3, None, 1), "{container}");
    }
    fake.on("GET /v1/calls?", 200, json!({"total_count": 4, "calls": [row("b"), row("c")]}));
    let first = client.list(&ListQuery::default(), now()).await.unwrap();
    let next = client.list(&ListQuery { offset: 2, ..ListQuery::default() }, now()).await.unwrap();
    assert_eq!((first.total, next.total), (Some(4), Some(4)));
    assert_eq!(first.rows[0].hash, next.rows[0].hash, "the same row on two pages has one hash");
    assert_ne!(first.rows[0].hash, first.rows[1].hash);
    assert_eq!(
        fake.lines().iter().map(String::as_str).collect::<Vec<_>>()[4..],
        [
            "GET /v1/calls?sort_by=created_at&ascending=true&limit=1000&from=0&to=1000",
            "GET /v1/calls?sort_by=created_at&ascending=true&limit=1000&from=2&to=1002",
        ]
    );
    assert_eq!(
        fake.lines()[0],
        "GET /v1/calls?sort_by=created_at&ascending=true&limit=1000&from=0&to=1000&start_date=2026-01-01T12%3A00%3A00Z"
    );
}

#[tokio::test]
async fn an_id_cannot_leave_its_place_in_the_path() {
    let fake = Fake::default();
    let error = client(&fake).await.call("../me?x=1#y", Priority::Slow, now()).await.unwrap_err();
    assert_eq!(error, Error::NotFound);
    assert_eq!(fake.lines(), ["GET /v1/calls/..%2Fme%3Fx=1%23y"]);
}

#[tokio::test]
async fn a_v2_batch_is_over_when_its_log_says_so() {
    let fake = Fake::default();
    let batch =
        json!({"id": "b2", "created_at": "2025-05-08T19:28:12.627Z", "call_objects": [{}], "description": "Mine"});
    let entry =
        |kind: &str, payload: Value| json!({"id": "l", "batch_id": "b2", "event_type": kind, "payload": payload});
    let dispatched = entry("lifecycle", json!({"message": "Dispatched: 1.", "state_change": "in_progress"}));
    fake.on("GET /v2/batches/b2", 200, json!({"data": batch, "errors": null}));
    fake.on("GET /v2/batches/b2/logs", 200, json!({"data": [dispatched], "errors": null}));
    let client = client(&fake).await;
    let expected = Batch {
        id: "b2".to_owned(),
        api: BatchApi::V2,
        description: some("Mine"),
        created_at: time("2025-05-08T19:28:12.627Z"),
        expected: Some(1),
        over: false,
        total: None,
    };
    assert_eq!(client.batch("b2", None, now()).await.unwrap(), expected);

    let complete = entry("complete", json!({"calls_total": 3, "calls_failed": 1, "calls_successful": 2}));
    fake.on("GET /v2/batches/b2/logs", 200, json!({"data": [complete, dispatched], "errors": null}));
    let over = Batch { over: true, total: Some(3), ..expected.clone() };
    assert_eq!(client.batch("b2", Some(BatchApi::V2), now()).await.unwrap(), over);

    fake.on("GET /v2/batches/b2/logs", 404, "");
    assert_eq!(client.batch("b2", Some(BatchApi::V2), now()).await.unwrap(), expected, "without a log");
    fake.on("GET /v2/batches/b2/logs", 500, "");
    let error = client.batch("b2", Some(BatchApi::V2), now()).await.unwrap_err();
    assert_eq!(error, refused(500, "Internal Server Error"), "an unreadable log is not an empty one");
    assert_eq!(fake.lines()[..2], ["GET /v2/batches/b2", "GET /v2/batches/b2/logs?take=100&skip=0&direction=desc"]);
}

#[tokio::test]
async fn each_batch_api_stands_in_for_the_other() {
    let v1 =
        json!({"status": "completed", "batch_params": {"id": "b", "label": "Theirs"}, "analysis": {"total_calls": 88}});
    let soft = r#"{"data":null,"errors":[{"error":"BATCH_NOT_FOUND","message":"Batch not found"}]}"#;
    for (status, missing) in [(404, ""), (404, soft), (200, soft), (400, r#"{"error":"invalid uuid"}"#)] {
        let fake = Fake::default();
        fake.on("GET /v2/batches/b", status, missing);
        fake.on("GET /v1/batches/b", 200, &v1);
        let client = client(&fake).await;
        let batch = client.batch("b", None, now()).await.unwrap();
        assert_eq!((batch.api, batch.over, batch.total, batch.expected), (BatchApi::V1, true, Some(88), Some(88)));
        assert_eq!(
            fake.lines(),
            ["GET /v2/batches/b", "GET /v1/batches/b?include_calls=false&include_transcripts=false"]
        );

        fake.on("GET /v1/batches/b", status, missing);
        fake.on("GET /v2/batches/b", 200, json!({"data": {"id": "b"}}));
        assert_eq!(client.batch("b", Some(BatchApi::V1), now()).await.unwrap().api, BatchApi::V2);
    }
    let fake = Fake::default();
    let client = client(&fake).await;
    assert_eq!(client.batch("AAc-gen-batch", None, now()).await.unwrap_err(), Error::NotFound);
    assert!(fake.lines()[0].starts_with("GET /v1/"), "{:?}", fake.lines());
    fake.on("GET /v2/batches/b", 500, "");
    let error = client.batch("b", None, now()).await.unwrap_err();
    assert_eq!(error, refused(500, "Internal Server Error"), "a broken API is not a missing batch");
}

#[tokio::test]
async fn batches_of_both_apis_are_listed_once_each_and_back_to_a_time() {
    let fake = Fake::default();
    let row =
        |id: &str, day: u8| json!({"id": id, "created_at": format!("2025-12-{day:02}T00:00:00Z"), "call_objects": []});
    fake.on("GET /v2/batches/list?take=100&skip=0", 200, json!({"data": [row("e", 30), row("d", 28)], "errors": null}));
    fake.on("GET /v2/batches/list?take=100&skip=2", 200, json!({"data": [row("d", 28), row("b", 5)], "errors": null}));
    let v1 = [json!({"batch_id": "c", "label": "C", "created_at": "2025-12-29T00:00:00Z"}), row("d", 28)];
    fake.on(
        "GET /v1/batches?from=0&to=100&limit=100&ascending=false",
        200,
        json!({"status": "success", "batches": v1}),
    );
    fake.on("GET /v1/batches?from=2", 200, json!({"status": "success", "batches": []}));
    let client = client(&fake).await;
    let since = "2025-12-10T00:00:00Z".parse().unwrap();

    let batches = client.batches(since, now()).await.unwrap();

    let found: Vec<_> = batches.iter().map(|batch| (batch.id.as_str(), batch.api)).collect();
    assert_eq!(found, [("e", BatchApi::V2), ("c", BatchApi::V1), ("d", BatchApi::V2)]);
    assert_eq!(batches[1].description.as_deref(), Some("C"));
    assert_eq!(fake.lines().len(), 4);
}

#[tokio::test]
async fn a_list_of_batches_that_an_account_lacks_is_asked_for_once_an_hour() {
    let fake = Fake::default();
    let row = json!({"batch_id": "c", "created_at": "2025-12-29T00:00:00Z"});
    fake.on("GET /v1/batches", 200, json!({"status": "success", "batches": [row]}));
    let client = client(&fake).await;
    let later = now() + SignedDuration::from_hours(1);
    for (at, v2_requests) in [(now(), 1), (now(), 1), (later, 2)] {
        let found = client.batches("2025-12-01T00:00:00Z".parse().unwrap(), at).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(fake.lines().iter().filter(|line| line.starts_with("GET /v2/")).count(), v2_requests);
    }
    fake.on("GET /v1/batches", 500, "");
    let error = client.batches(now(), later).await.unwrap_err();
    assert_eq!(error, refused(500, "Internal Server Error"));
}

#[tokio::test]
async fn the_legacy_api_is_checked_by_asking_for_a_call_that_nobody_has() {
    for (status, body, fine) in [
        (404, "", true),
        (200, r#"{"data":null,"errors":[{"error":"CALL_NOT_FOUND"}]}"#, true),
        (200, "null", true),
        (400, r#"{"error":"no such call"}"#, true),
        (401, "", false),
        (500, "", false),
        (200, "<html>", false),
    ] {
        let fake = Fake::default();
        fake.on("POST /logs", status, body);
        let client = Client::new(&Config { api: Api::Logs, ..config(fake.start().await) }).unwrap();
        assert_eq!(client.check(now()).await.is_ok(), fine, "{status} {body}");
    }
}

#[tokio::test]
async fn texts_that_are_not_quite_utf_8_or_json_are_read_all_the_same() {
    let fake = Fake::default();
    fake.on("GET /v1/calls/c1", 200, "\u{feff}{\"call_id\":\"c1\",\"summary\":\"cut \\ud83d\"}");
    let call = client(&fake).await.call("c1", Priority::Detail, now()).await.unwrap();
    assert_eq!(call.summary.as_deref(), Some("cut \u{fffd}"));
}
