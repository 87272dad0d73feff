//! Credentials, errors, redirects, limits and bodies that go wrong.

use std::{fmt::Write as _, net::SocketAddr};

use jiff::SignedDuration;
use ringback::{
    bland::budget::Priority, bland::client::Client, bland::config::Api, bland::config::Config, bland::error::Error,
    bland::list::ListQuery, model::secret::Secret,
};
use tokio::{io::AsyncWriteExt, net::TcpListener};

use super::{Fake, KEY, client, config, now, refused, some};

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
async fn a_key_is_hidden_in_errors_wherever_they_are_cut_and_nowhere_else() {
    for before in 0..40 {
        let fake = Fake::default();
        let message = format!("{} {KEY} {KEY}", "x".repeat(280 + before));
        fake.on("GET /v1/calls/c1", 500, serde_json::json!({ "status": "error", "message": message }));
        let error = client(&fake).await.call("c1", Priority::Detail, now()).await.unwrap_err().to_string();
        assert!(!error.contains("sk-v"), "{error}");
    }
    let fake = Fake::default();
    fake.on("GET /v1/calls/c1", 200, serde_json::json!({ "call_id": "c1", "summary": format!("They said {KEY}.") }));
    let call = client(&fake).await.call("c1", Priority::Detail, now()).await.unwrap();
    assert_eq!(call.summary, some(&format!("They said {KEY}.")));
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
        ("108000", Some(108_000)),
        ("999999999999", Some(30 * 86_400)),
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
