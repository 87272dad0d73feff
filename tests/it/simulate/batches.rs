//! Batches in both APIs, and their calls.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use reqwest::StatusCode;
use ringback::{
    model::batch::BatchApi,
    simulate::{ending::Ending, options::Options, plan::CallSpec},
};
use serde_json::json;

use super::{Bland, quick};

#[tokio::test]
async fn a_v2_batch_tells_its_end_only_in_its_log() {
    let bland = Bland::plain().await;
    let objects: Vec<_> = (0..8).map(|n| json!({ "phone_number": format!("+1415555010{n}") })).collect();
    let body = json!({ "call_objects": objects, "global": { "task": "Say hello" }, "description": "Spring" });
    let created = bland.post("/v2/batches/create", body).await.json();
    let id = created["data"]["batch_id"].as_str().unwrap();
    let batch = bland.get(&format!("/v2/batches/{id}")).await["data"].clone();
    assert_eq!((&batch["id"], &batch["description"]), (&json!(id), &json!("Spring")));
    assert_eq!(batch["base_prompt"], r#"{"task":"Say hello"}"#, "JSON in a string");
    assert_eq!(batch["call_objects"].as_array().unwrap().len(), 5, "a preview");
    assert!(batch.get("status").is_none());
    assert_eq!(bland.get("/v2/batches/list?take=1").await["data"][0]["id"], id);
    assert_eq!(bland.try_get(&format!("/v1/batches/{id}")).await.unwrap().status, StatusCode::NOT_FOUND);

    assert!(bland.list(&format!("batch_id={id}")).await.is_empty(), "nothing is sent yet");
    bland.pass(6.0);
    let sent = bland.list(&format!("batch_id={id}")).await.len();
    assert!((1..8).contains(&sent), "{sent}");
    let logs = bland.get(&format!("/v2/batches/{id}/logs")).await;
    assert_eq!(logs["data"][0]["payload"]["state_change"], "in_progress", "newest first");

    bland.hand.store(bland.simulator.settled_at().unwrap(), Ordering::SeqCst);
    let logs = bland.get(&format!("/v2/batches/{id}/logs?direction=asc")).await;
    let last = logs["data"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["event_type"], &last["payload"]["calls_total"]), (&json!("complete"), &json!(8)));
    let parts = ["calls_failed", "calls_successful"].map(|key| last["payload"][key].as_u64().unwrap());
    assert_eq!(parts.iter().sum::<u64>(), 8);
    assert_eq!(bland.get(&format!("/v2/batches/{id}/logs?take=1&skip=3")).await["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_v1_batch_has_a_status_and_counts() {
    let bland = Bland::plain().await;
    let body = json!({ "base_prompt": "Ask {{name}}", "label": "Survey", "campaign_id": "camp",
        "call_data": [{ "phone_number": "4155550101" }, { "phone_number": "4155550102" }] });
    let created = bland.post("/v1/batches", body).await.json();
    let id = created["batch_id"].as_str().unwrap();
    assert!(id.ends_with("-gen-batch"), "{id}");
    bland.pass(10.0);
    let batch = bland.get(&format!("/v1/batches/{id}")).await;
    assert_eq!((&batch["status"], &batch["analysis"]["total_calls"]), (&json!("in-progress"), &json!(2)));
    assert_eq!(batch["batch_params"]["id"], id);
    assert_eq!(batch["call_data"].as_array().unwrap().len(), 2);
    let bare = bland.get(&format!("/v1/batches/{id}?include_calls=false&include_analysis=false")).await;
    assert_eq!(bare.as_object().unwrap().keys().collect::<Vec<_>>(), ["batch_params", "status"]);
    assert_eq!(bland.try_get(&format!("/v2/batches/{id}/logs")).await.unwrap().status, StatusCode::NOT_FOUND);
    assert_eq!(bland.get("/v1/batches?campaign_id=camp").await["batches"][0]["batch_id"], id);
    assert_eq!(bland.get("/v1/batches?campaign_id=other").await["batches"], json!([]));

    bland.hand.store(bland.simulator.settled_at().unwrap(), Ordering::SeqCst);
    let batch = bland.get(&format!("/v1/batches/{id}?include_transcripts=false")).await;
    assert_eq!((&batch["status"], &batch["analysis"]["completed_calls"]), (&json!("completed"), &json!(2)));
    assert!(batch["call_data"][0].get("transcripts").is_none());
}

#[tokio::test]
async fn a_stopped_batch_ends_with_what_was_sent_and_a_stuck_call_keeps_one_open() {
    let bland = Bland::plain().await;
    let calls = (0..20).map(|n| quick(&format!("s{n}"), Ending::Human)).collect();
    let stopped = bland.simulator.add_batch(BatchApi::V2, "Stopped", calls);
    let open = bland.simulator.add_batch(
        BatchApi::V2,
        "Open",
        vec![quick("free", Ending::Human), quick("held", Ending::Stuck)],
    );
    bland.pass(9.0);
    let answer = bland.post(&format!("/v2/batches/{stopped}/stop"), json!({})).await.json();
    assert_eq!(answer, json!({ "data": null, "errors": null }));
    bland.pass(9_000.0);
    let sent = bland.list(&format!("batch_id={stopped}")).await.len();
    assert!((1..20).contains(&sent), "{sent}");
    let last = async |id: &str| bland.get(&format!("/v2/batches/{id}/logs")).await["data"][0]["event_type"].clone();
    assert_eq!((last(&stopped).await, last(&open).await), (json!("complete"), json!("lifecycle")));
    assert_eq!(bland.simulator.settled_at(), None);
}

#[tokio::test]
async fn calls_of_a_batch_share_a_line_and_carry_names_and_metadata_whatever_their_end() {
    let bland = Bland::start(Options { batches: vec![30], ..Options::default() }).await;
    bland.hand.store(bland.simulator.settled_at().unwrap(), Ordering::SeqCst);
    let batch = bland.simulator.batches().remove(0);
    let mut lines = BTreeSet::new();
    let mut tiers = BTreeSet::new();
    for id in bland.simulator.calls_of(&batch) {
        let call = bland.get(&format!("/v1/calls/{id}")).await;
        assert!(call["variables"]["name"].as_str().unwrap().contains(' '));
        assert_eq!(call["variables"]["metadata"], call["metadata"]);
        assert_eq!(call["inbound"], false);
        lines.insert(call["from"].as_str().unwrap().to_owned());
        tiers.insert(call["metadata"]["tier"].as_str().unwrap().to_owned());
    }
    assert!((1..=3).contains(&lines.len()), "{lines:?}");
    assert_eq!(tiers.len(), 2);
    let prompt = bland.get(&format!("/v2/batches/{batch}")).await["data"]["base_prompt"].clone();
    assert!(!prompt.as_str().unwrap().contains(" {f"), "placeholders are Bland's, {prompt}");
}

#[tokio::test]
async fn a_batch_with_planned_calls_says_that_it_waits_for_them() {
    let bland = Bland::plain().await;
    let planned = CallSpec { starts_after: Some(3_600.0), ..quick("planned", Ending::Human) };
    let id = bland.simulator.add_batch(BatchApi::V2, "Planned", vec![quick("now", Ending::Human), planned]);
    bland.pass(300.0);
    let last = async || bland.get(&format!("/v2/batches/{id}/logs")).await["data"][0]["payload"].clone();
    assert_eq!(last().await["state_change"], "waiting_for_scheduled_calls");
    bland.pass(3_600.0);
    assert_eq!(last().await["calls_total"], 2);
}
