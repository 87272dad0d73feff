//! Answers that refuse, and those gone wrong by script.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use ringback::{
    model::secret::Secret,
    simulate::{
        ending::Ending,
        faults::{Fault, NotFound, Rule},
        options::Options,
    },
};
use serde_json::json;

use super::Bland;

#[tokio::test]
async fn an_unknown_id_is_answered_in_the_three_ways_seen() {
    let bland = Bland::plain().await;
    for (shape, status, body) in [
        (NotFound::Empty, 404, ""),
        (NotFound::Envelope, 404, "CALL_NOT_FOUND"),
        (NotFound::Soft, 200, "CALL_NOT_FOUND"),
    ] {
        bland.simulator.change(|account| account.not_found = shape);
        let answer = bland.try_get("/v1/calls/nobody").await.unwrap();
        assert_eq!(answer.status.as_u16(), status);
        assert!(answer.text.contains(body) && (answer.text.is_empty() == body.is_empty()), "{}", answer.text);
    }
    let webhook = bland.try_get("/v1/postcall/webhooks/nobody").await.unwrap();
    assert_eq!((webhook.status, &webhook.json()["errors"][0]["error"]), (StatusCode::OK, &json!("NOT_FOUND")));
}

#[tokio::test]
async fn only_the_right_key_gets_in_bare_or_as_bearer() {
    let bland = Bland::start(Options { api_key: Some(Secret::new("sk-1")), ..Options::default() }).await;
    for (header, value, status) in [
        ("authorization", "sk-1", 200),
        ("authorization", "Bearer sk-1", 200),
        ("authorization", "sk-2", 401),
        ("x-api-key", "sk-1", 401),
    ] {
        let answer = bland.client.get(format!("{}/v1/me", bland.base)).header(header, value).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{header}: {value}");
    }
    let refused = bland.get("/v1/calls").await;
    assert_eq!(refused, json!({ "data": null, "errors": [{ "error": "AUTH_FAILURE", "message": "Unauthorized" }] }));
}

#[tokio::test]
async fn scripted_statuses_come_with_their_bodies() {
    let bland = Bland::plain().await;
    let status = |code, retry_after| Fault::Status { code, retry_after, body: None };
    for (fault, code, says) in [
        (status(429, Some(7)), 429, "Rate limit exceeded"),
        (status(401, None), 401, "AUTH_FAILURE"),
        (status(503, None), 503, "<html>"),
        (Fault::Status { code: 500, retry_after: None, body: Some("odd".to_owned()) }, 500, "odd"),
        (Fault::ErrorIn200 { message: "Insufficient balance".to_owned() }, 200, r#""status":"error""#),
        (Fault::NotFound(NotFound::Soft), 200, "CALL_NOT_FOUND"),
    ] {
        bland.simulator.script(Rule::once("/v1/calls*", fault.clone()));
        let answer = bland.try_get("/v1/calls").await.unwrap();
        assert_eq!(answer.status.as_u16(), code, "{fault:?}");
        assert!(answer.text.contains(says), "{fault:?}: {}", answer.text);
        let wait = answer.headers.get("retry-after").map(|value| value.to_str().unwrap());
        assert_eq!(wait, (code == 429).then_some("7"));
    }
    assert_eq!(bland.get("/v1/calls").await["count"], 0, "and then all is well");
}

#[tokio::test]
async fn scripted_connections_break_before_or_within_the_answer() {
    let bland = Bland::plain().await;
    bland.simulator.script(Rule::once("/v1/me", Fault::Reset));
    let error = bland.try_get("/v1/me").await.err().expect("no answer");
    assert!(error.is_request() && error.status().is_none(), "{error:?}");

    bland.simulator.script(Rule::once("/v1/me", Fault::Truncated));
    let answer = bland.client.get(format!("{}/v1/me", bland.base)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "the head arrives");
    answer.text().await.expect_err("the body does not");

    bland.simulator.script(Rule::once("/v1/me", Fault::Huge { bytes: 3_000_000 }));
    let huge = bland.try_get("/v1/me").await.unwrap();
    assert!(huge.text.len() > 3_000_000);
    assert_eq!(huge.json()["status"], "active");

    bland.simulator.script(Rule::once("/v1/me", Fault::Slow { millis: 120 }));
    let asked = Instant::now();
    bland.get("/v1/me").await;
    assert!(asked.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn scripted_lists_hold_a_bad_row_or_rows_twice_or_another_page() {
    let bland = Bland::plain().await;
    for number in 0..6 {
        bland.add(&format!("c{number}"), Ending::Human);
        bland.pass(1.0);
    }
    let path = "/v1/calls?ascending=true&from=2&to=4";
    let ids = async || -> Vec<String> {
        let rows = bland.get(path).await["calls"].as_array().unwrap().clone();
        rows.iter().map(|row| row["call_id"].as_str().unwrap_or("bad").to_owned()).collect()
    };
    for (fault, expected) in [
        (Fault::BadRow { row: "17".to_owned() }, "c2 bad c3"),
        (Fault::DuplicateRows, "c2 c2 c3 c3"),
        (Fault::Shift { rows: -1 }, "c1 c2"),
        (Fault::Shift { rows: 2 }, "c4 c5"),
    ] {
        bland.simulator.script(Rule::once("/v1/calls", fault.clone()));
        assert_eq!(ids().await.join(" "), expected, "{fault:?}");
    }
    assert_eq!(ids().await.join(" "), "c2 c3");
}
