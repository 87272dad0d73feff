//! Lists of calls, and documents that were put among them.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use reqwest::StatusCode;
use ringback::simulate::{
    ending::Ending,
    options::{Options, Rows},
    plan::{CallSpec, Late},
};
use serde_json::json;

use super::{Bland, quick};

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
