//! The simulator over real HTTP: what a client of Bland's would see.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::{Client, Method, StatusCode};
use ringback::{
    model::{batch::BatchApi, secret::Secret},
    simulate::{
        Simulator,
        clock::Clock,
        ending::Ending,
        faults::{Fault, NotFound, Rule},
        options::{Options, Rows},
        plan::{CallSpec, Late},
    },
};
use serde_json::{Value, json};

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
    let old: Value = serde_json::from_str(include_str!("../fixtures/logs-legacy-2023-09-seed.json")).unwrap();
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
    let old: Value = serde_json::from_str(include_str!("../fixtures/call-get-2023-12-seed.json")).unwrap();
    for (key, value) in old.as_object().unwrap() {
        let ours = record.get(key).unwrap_or_else(|| panic!("no {key}"));
        let same = ours.is_null() || value.is_null() || std::mem::discriminant(ours) == std::mem::discriminant(value);
        assert!(same, "{key}: {ours} and {value}");
    }
}

#[tokio::test]
async fn lists_are_paged_by_place_in_either_order() {
    let bland = Bland::start(Options { batches: vec![30], ..Options::default() }).await;
    bland.pass(120.0);
    let all = bland.list("ascending=true").await;
    assert!(all.len() >= 30);
    let newest: Vec<_> = all.iter().rev().cloned().collect();
    assert_eq!(bland.list("").await, newest);
    assert_eq!(bland.list("ascending=true&from=10&to=14").await, all[10..14]);
    assert_eq!(bland.list("ascending=true&from=10&limit=3").await, all[10..13]);
    assert_eq!(bland.list("from=2&to=4").await, newest[2..4]);
    assert_eq!(bland.list("from=1000").await, Vec::<String>::new());
    assert_eq!(bland.list("from_date=2030-01-01").await, newest, "an unknown parameter does nothing");

    bland.simulator.change(|account| (account.page_cap, account.total_count) = (Some(4), false));
    let page = bland.get("/v1/calls?ascending=true&from=0&to=100").await;
    assert_eq!(page["count"], 4);
    assert!(page.get("total_count").is_none());
    bland.simulator.change(|account| (account.page_cap, account.overlap) = (None, 2));
    assert_eq!(bland.list("ascending=true&from=10&to=14").await, all[8..12], "two rows come again");
}

#[tokio::test]
async fn every_documented_filter_filters() {
    let bland = Bland::plain().await;
    bland.simulator.change(|account| account.spelling_varies = false);
    let add = |id: &str, ending, more: &dyn Fn(&mut CallSpec)| {
        let mut spec = quick(id, ending);
        more(&mut spec);
        bland.simulator.add_call(spec)
    };
    let day = 86_400_000;
    let start = bland.hand.load(Ordering::SeqCst);
    add("old", Ending::Human, &|spec| spec.created_at = Some(start - 3 * day));
    add("long", Ending::Human, &|spec| (spec.talk, spec.inbound) = (Some(200.0), Some(true)));
    add("mine", Ending::Voicemail, &|spec| {
        (spec.to, spec.from) = (Some("+14155550101".into()), Some("+14155550102".into()))
    });
    add("failed", Ending::FailedInQueue, &|spec| {
        (spec.late, spec.campaign_id) = (Late::default(), Some("camp".into()))
    });
    add("grouped", Ending::Busy, &|spec| spec.batch_id = Some("b1".into()));
    bland.pass(400.0);
    for (query, expected) in [
        ("completed=false", "failed"),
        ("answered_by=human", "long old"),
        ("answered_by=human&completed=true&start_date=2025-01-06", "long"),
        ("end_date=2025-01-03", "old"),
        ("start_date=2025-01-03T15:00:00%2B00:00&end_date=2025-01-03T16:00:01%2B01:00", "old"),
        ("created_at=2025-01-03", "old"),
        ("created_at=2025-01-03&timezone=Asia/Tokyo", ""),
        ("created_at=2025-01-04&timezone=Asia/Tokyo", "old"),
        ("batch_id=b1", "grouped"),
        ("campaign_id=camp", "failed"),
        ("inbound=true", "long"),
        ("duration_gt=3", "long"),
        ("duration_gt=0.2&duration_lt=1", "mine old"),
        ("to_number=%2B14155550101", "mine"),
        ("from_number=%2B14155550102", "mine"),
        ("update_start_date=2025-01-06&update_end_date=2025-01-06&answered_by=human", "long"),
        ("sort_by=updated_at&answered_by=human&ascending=true", "old long"),
    ] {
        let mut found = bland.list(query).await;
        if !query.contains("sort_by") {
            found.sort();
        }
        assert_eq!(found.join(" "), expected, "{query}");
    }
    let refused = bland.try_get("/v1/calls?start_date=soon").await.unwrap();
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text.contains("start_date"));
}

#[tokio::test]
async fn rows_hold_what_the_account_says_and_never_the_transcript() {
    let bland = Bland::plain().await;
    bland.add("c1", Ending::Human);
    bland.pass(60.0);
    let row = async |rows| {
        bland.simulator.change(|account| account.rows = rows);
        bland.get("/v1/calls").await["calls"][0].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>()
    };
    let sample = "answered_by batch_id call_id call_length completed created_at error_message from queue_status to";
    let documented = row(Rows::Documented).await;
    assert_eq!(documented.iter().map(String::as_str).collect::<Vec<_>>().join(" "), sample);
    let (usual, heavy) = (row(Rows::Usual).await, row(Rows::Heavy).await);
    assert!(usual.contains("status") && !usual.contains("variables") && heavy.contains("variables"));
    assert!(documented.is_subset(&usual) && usual.is_subset(&heavy) && !heavy.contains("transcripts"));
}

#[tokio::test]
async fn documents_are_served_as_they_were_put() {
    let bland = Bland::plain().await;
    let odd = json!({ "call_id": "odd", "created_at": "2024-01-01T00:00:00Z", "queue_status": "dreaming",
        "completed": "yes", "transcripts": [{ "text": "hi" }], "new_field": 1 });
    assert_eq!(bland.simulator.put(odd.clone()).as_deref(), Some("odd"));
    assert_eq!(bland.get("/v1/calls/odd").await, odd);
    let rows = bland.get("/v1/calls?end_date=2024-01-01").await;
    assert_eq!(rows["calls"][0]["new_field"], 1);
    assert!(rows["calls"][0].get("transcripts").is_none());
    bland.simulator.put_with_row(odd.clone(), json!({ "call_id": "odd", "other": true }));
    assert_eq!(bland.get("/v1/calls").await["calls"], json!([{ "call_id": "odd", "other": true }]));
    assert!(bland.simulator.remove("odd"));
    assert_eq!(bland.try_get("/v1/calls/odd").await.unwrap().status, StatusCode::NOT_FOUND);
    assert_eq!(bland.simulator.put(json!({ "no": "id" })), None);
}

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
