//! Calls: how they go and end, and their records.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::Ordering,
};

use reqwest::StatusCode;
use ringback::simulate::{ending::Ending, options::Options, plan::CallSpec};
use serde_json::{Value, json};

use super::{Bland, quick};

/// What `detect` would say of a finished record, in the simplest form.
fn outcome(record: &Value) -> &'static str {
    let word = |key: &str| record[key].as_str().unwrap_or_default().to_lowercase().replace('_', "-");
    let (status, queue, who) = (word("status"), word("queue_status"), word("answered_by"));
    match (status.as_str(), queue.as_str(), who.as_str()) {
        ("failed" | "error", ..) | (_, "pre-queue-error" | "queue-error" | "call-error", _) => "failed",
        ("busy", ..) => "busy",
        ("canceled" | "cancelled", ..) => "canceled",
        ("no-answer", ..) | (.., "no-answer") => "no_answer",
        (.., "voicemail" | "machine" | "answering-machine") => "voicemail",
        (.., "human") => "human",
        (.., "unknown") => "unknown",
        _ if record["completed"] == true => "unclassified",
        _ => "live",
    }
}

#[tokio::test]
async fn a_run_of_calls_shows_every_outcome_in_believable_shares() {
    let bland = Bland::start(Options { calls: 100, batches: vec![100], ..Options::default() }).await;
    let settled = bland.simulator.settled_at().expect("nothing is stuck");
    bland.hand.store(settled, Ordering::SeqCst);
    let mut outcomes = BTreeMap::<_, u32>::new();
    let batch = bland.simulator.batches().remove(0);
    let ids = [bland.simulator.calls(), bland.simulator.calls_of(&batch)].concat();
    assert_eq!(ids.len(), 200);
    for id in ids {
        *outcomes.entry(outcome(&bland.get(&format!("/v1/calls/{id}")).await)).or_default() += 1;
    }
    for (name, share) in [
        ("human", 100..=114),
        ("voicemail", 32..=40),
        ("no_answer", 20..=28),
        ("busy", 6..=10),
        ("failed", 8..=12),
        ("canceled", 2..=6),
        ("unknown", 2..=6),
        ("unclassified", 2..=6),
    ] {
        let count = outcomes.remove(name).unwrap_or_default();
        assert!(share.contains(&count), "{name}: {count}");
    }
    assert!(outcomes.is_empty(), "{outcomes:?}");
}

#[tokio::test]
async fn a_call_is_queued_then_live_then_over_and_its_facts_come_late() {
    let bland = Bland::plain().await;
    bland.add("c1", Ending::Human);
    let call = async || bland.get("/v1/calls/c1").await;

    let queued = call().await;
    assert_eq!((&queued["completed"], &queued["queue_status"]), (&json!(false), &json!("new")));
    assert!(queued["status"].is_null() && queued["answered_by"].is_null() && queued["transcripts"] == json!([]));
    assert!(queued.get("corrected_duration").is_none());

    bland.pass(20.0);
    assert_eq!(call().await["queue_status"], "started");
    let active = bland.get("/v1/calls/active").await;
    assert_eq!(active["data"][0]["call_id"], "c1");
    assert_eq!(active["data"][0]["status"], "IN_PROGRESS");

    bland.pass(18.0);
    let ending = call().await;
    assert_eq!(ending["completed"], false);
    assert_eq!(bland.get("/v1/calls/active").await["data"], json!([]));
    bland.pass(5.0);
    let over = call().await;
    assert_eq!(over["completed"], true);
    assert_eq!(over["corrected_duration"], "30", "seconds, in a string");
    assert_eq!(over["call_length"], 0.5, "minutes");
    assert!(over["transcripts"].as_array().unwrap().len() > 3);
    assert!(over["transcripts"][0]["id"].as_i64().unwrap() > 100_000_000);
    assert!(over["recording_url"].as_str().unwrap().contains("/v1/recordings/c1:"));
    assert!(over["summary"].is_string() && over["price"].is_f64());
    assert!(over["concatenated_transcript"].as_str().unwrap().contains(" \n assistant: "));
}

#[tokio::test]
async fn waiting_and_second_legs_and_transfers_are_told_as_bland_tells_them() {
    let bland = Bland::plain().await;
    bland.simulator.add_call(CallSpec { starts_after: Some(3_600.0), ..quick("planned", Ending::Human) });
    bland.add("stuck", Ending::Stuck);
    bland.add("cold", Ending::ColdTransfer);
    bland.simulator.add_call(CallSpec { retry_after: Some(60.0), ..quick("voicemail", Ending::Voicemail) });
    for number in 0..12 {
        bland.add(&format!("warm{number}"), Ending::WarmTransfer);
    }
    bland.pass(600.0);
    assert_eq!(bland.get("/v1/calls/planned").await["queue_status"], "queued");
    assert_eq!(outcome(&bland.get("/v1/calls/stuck").await), "live");
    let cold = bland.get("/v1/calls/cold").await;
    assert!(cold["transferred_to"].as_str().unwrap().contains("55501"));
    let sum = cold["pre_transfer_duration"].as_f64().unwrap() + cold["post_transfer_duration"].as_f64().unwrap();
    assert!((sum - cold["call_length"].as_f64().unwrap()).abs() < 1e-9, "the parts add up in minutes");

    let mut states = BTreeSet::new();
    for number in 0..12 {
        let warm = bland.get(&format!("/v1/calls/warm{number}")).await;
        let transfer = &warm["warm_transfer_call"];
        states.insert(transfer["state"].as_str().unwrap().to_owned());
        let leg = transfer["proxy_agent_calls"][0]["call_id"].as_str().unwrap();
        let leg = bland.get(&format!("/v1/calls/{leg}")).await;
        assert_eq!((&leg["is_proxy_agent_call"], &warm["is_proxy_agent_call"]), (&json!(true), &json!(false)));
        assert_eq!(warm.get("transferred_to").is_some(), transfer["state"] == "MERGED");
    }
    assert!(states.contains("MERGED") && states.len() > 1, "{states:?}");

    let number = bland.get("/v1/calls/voicemail").await["to"].as_str().unwrap().to_owned();
    let redials = bland.list(&format!("to_number={}", number.replace('+', "%2B"))).await;
    assert_eq!(redials.len(), 2, "the voicemail and its redial");
    bland.pass(3_600.0);
    assert_eq!(outcome(&bland.get("/v1/calls/planned").await), "human");
}

#[tokio::test]
async fn the_legacy_log_has_exactly_the_keys_of_the_old_document() {
    let bland = Bland::plain().await;
    bland.add("c1", Ending::Human);
    bland.pass(60.0);
    let log = bland.post("/logs", json!({ "call_id": "c1" })).await.json();
    let old: Value = serde_json::from_str(include_str!("../../fixtures/logs-legacy-2023-09-seed.json")).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&log), keys(&old));
    assert_eq!(keys(&log["transcripts"][0]), keys(&old["transcripts"][0]));
    assert_eq!(log["corrected_duration"], "35", "it counts the ringing too");
    assert_eq!(bland.post("/logs", json!({ "call_id": "nobody" })).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_record_has_all_the_keys_of_the_document_of_2023() {
    let bland = Bland::plain().await;
    bland.add("c1", Ending::Human);
    bland.pass(60.0);
    let record = bland.get("/v1/calls/c1").await;
    let old: Value = serde_json::from_str(include_str!("../../fixtures/call-get-2023-12-seed.json")).unwrap();
    for (key, value) in old.as_object().unwrap() {
        let ours = record.get(key).unwrap_or_else(|| panic!("no {key}"));
        let same = ours.is_null() || value.is_null() || std::mem::discriminant(ours) == std::mem::discriminant(value);
        assert!(same, "{key}: {ours} and {value}");
    }
}

#[tokio::test]
async fn a_program_can_place_calls_and_stop_them() {
    let bland = Bland::plain().await;
    let body = json!({ "phone_number": "(415) 555-0123", "task": "Say hello", "metadata": { "team": "a" }, "max_duration": 5 });
    let sent = bland.post("/v1/calls", body.clone()).await.json();
    assert_eq!((&sent["status"], &sent["batch_id"]), (&json!("success"), &Value::Null));
    let id = sent["call_id"].as_str().unwrap();
    let call = bland.get(&format!("/v1/calls/{id}")).await;
    assert_eq!(call["to"], "+14155550123");
    assert_eq!(call["metadata"], json!({ "team": "a" }));
    assert_eq!(call["variables"]["metadata"], json!({ "team": "a" }));
    assert_eq!((&call["max_duration"], &call["request_data"]["task"]), (&json!(5), &json!("Say hello")));

    let again = bland.post("/v1/calls", body).await;
    assert_eq!(again.status, StatusCode::TOO_MANY_REQUESTS, "ten seconds between two calls to one number");
    let planned = json!({ "phone_number": "+14155550124", "start_time": "2025-01-06 12:00:00 -05:00" });
    let planned = bland.post("/v1/calls", planned).await.json()["call_id"].as_str().unwrap().to_owned();
    bland.pass(600.0);
    assert_eq!(bland.get(&format!("/v1/calls/{planned}")).await["queue_status"], "queued");

    let stopped = bland.post(&format!("/v1/calls/{planned}/stop"), json!({})).await;
    assert_eq!(stopped.json()["message"], "Call ended successfully.");
    bland.pass(60.0);
    assert_eq!(outcome(&bland.get(&format!("/v1/calls/{planned}")).await), "canceled");
    assert_eq!(bland.post(&format!("/v1/calls/{planned}/stop"), json!({})).await.status, StatusCode::BAD_REQUEST);

    for (body, status, says) in [
        (json!({}), 400, "Missing required parameter: phone_number."),
        (json!({ "phone_number": "12" }), 400, "Invalid phone number format"),
        (json!({ "phone_number": "+14155550125", "start_time": "soon" }), 400, "start_time"),
    ] {
        let refused = bland.post("/v1/calls", body).await;
        assert_eq!(refused.status.as_u16(), status);
        assert!(refused.text.contains(says), "{}", refused.text);
    }
}

#[tokio::test]
async fn a_stopped_call_is_not_transferred_and_one_that_rang_out_has_no_talk() {
    let bland = Bland::plain().await;
    bland.add("warm", Ending::WarmTransfer);
    let scenario = Some("survey".to_owned());
    bland.simulator.add_call(CallSpec { scenario, ..quick("rang", Ending::NoAnswer) });
    bland.pass(10.0);
    bland.post("/v1/calls/warm/stop", json!({})).await;
    bland.pass(600.0);
    assert_eq!(bland.list("ascending=true").await, ["warm", "rang"], "no second leg");
    let warm = bland.get("/v1/calls/warm").await;
    assert_eq!((&warm["warm_transfer_call"], &warm["corrected_duration"]), (&Value::Null, &json!("3")));
    assert_eq!(bland.get("/v1/calls/rang").await["transcripts"], json!([]));
}

#[tokio::test]
async fn known_facts_and_webhook_bodies_belong_to_the_call() {
    let bland = Bland::plain().await;
    bland
        .simulator
        .add_call(CallSpec { scenario: Some("appointment_reschedule".to_owned()), ..quick("c1", Ending::Human) });
    bland.pass(60.0);
    let facts = bland.simulator.known_facts("c1").unwrap();
    let record = bland.simulator.record("c1").unwrap();
    assert!(facts.last.iter().all(|fact| record["summary"].as_str().unwrap().contains(fact)), "{facts:?}");
    assert!(!facts.stale.is_empty());
    let webhook = bland.simulator.webhook_body("c1").unwrap();
    assert!(webhook.get("request_data").is_none() && webhook.get("endpoint_url").is_none());
    let keys: Vec<_> = webhook["transcripts"][0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["created_at", "id", "text", "user"]);
}
