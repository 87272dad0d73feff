//! Pages of calls, batches of both APIs, and odd texts.

use jiff::SignedDuration;
use ringback::{
    bland::budget::Priority, bland::client::Client, bland::config::Api, bland::config::Config, bland::error::Error,
    bland::list::ListQuery, model::batch::Batch, model::batch::BatchApi,
};
use serde_json::{Value, json};

use super::{Fake, client, config, now, refused, some, time};

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
