//! How calls end: every known combination of fields is told exactly once, and rightly.

use ringback::simulate::{
    ending::Ending,
    plan::{CallSpec, Late},
};
use serde_json::{Value, json};

use super::EVERYTHING;
use crate::world::story::World;

/// `completed`, `status`, `queue_status` and `answered_by`; an empty word is null.
type Fields<'a> = (Option<bool>, &'a str, &'a str, &'a str);

/// A record as Bland might give it; null fields are left out where `sparse`.
fn record(id: &str, fields: Fields<'_>, created: &str, sparse: bool) -> Value {
    let (completed, status, queue_status, answered_by) = fields;
    let word = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let mut record = json!({
        "call_id": id, "to": "+15550100001", "from": "+15550100002", "created_at": created, "inbound": false,
        "completed": completed, "status": word(status), "queue_status": word(queue_status),
        "answered_by": word(answered_by), "call_length": 0.933333333333333, "corrected_duration": "56",
        "end_at": created, "error_message": null, "max_duration": "30", "variables": null, "metadata": {},
        "summary": "They spoke.", "transcripts": [{"id": 123_456_789, "user": "user", "text": "Hello?", "created_at": created}],
    });
    if sparse {
        record.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        record["c_id"] = record["call_id"].take();
        record.as_object_mut().unwrap().remove("call_id");
    }
    record
}

#[tokio::test]
async fn every_known_combination_of_fields_is_told_once_and_rightly() {
    let (yes, no) = (Some(true), Some(false));
    let cases: [(Fields<'_>, Option<&str>); 30] = [
        ((no, "", "new", ""), None),
        ((no, "", "queued", ""), None),
        ((no, "", "started", ""), None),
        ((no, "in-progress", "started", ""), None),
        ((no, "teleported", "warping", ""), None),
        ((yes, "completed", "complete", "human"), Some("human")),
        ((yes, "Completed", "Complete", "HUMAN"), Some("human")),
        ((yes, "completed", "completed", "voicemail"), Some("voicemail")),
        ((yes, "completed", "complete", "machine"), Some("voicemail")),
        ((yes, "completed", "complete", "answering_machine"), Some("voicemail")),
        ((yes, "completed", "complete", "unknown"), Some("unknown")),
        ((yes, "completed", "complete", ""), Some("unclassified")),
        ((yes, "completed", "complete", "martian"), Some("unclassified")),
        ((yes, "", "", ""), Some("unclassified")),
        ((yes, "no-answer", "complete", "no-answer"), Some("no_answer")),
        ((yes, "no_answer", "complete", ""), Some("no_answer")),
        ((yes, "completed", "complete", "no_answer"), Some("no_answer")),
        ((yes, "busy", "", ""), Some("busy")),
        ((yes, "completed", "complete", "busy"), Some("busy")),
        ((yes, "canceled", "complete", ""), Some("canceled")),
        ((no, "cancelled", "", ""), Some("canceled")),
        ((yes, "failed", "queue_error", ""), Some("failed")),
        ((no, "failed", "complete", ""), Some("failed")),
        ((no, "error", "queue_error", ""), Some("failed")),
        ((no, "", "pre_queue_error", ""), Some("failed")),
        ((no, "", "call_error", ""), Some("failed")),
        ((no, "completed", "started", "human"), Some("human")),
        ((no, "unknown", "", ""), Some("unclassified")),
        ((no, "", "exited_early", ""), Some("unclassified")),
        ((yes, "completed", "complete_error", "human"), Some("human")),
    ];
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    world.wait(30);
    let created = world.now().to_string();
    for (index, (fields, _)) in cases.iter().enumerate() {
        for sparse in [false, true] {
            let id = format!("c{index}{}", if sparse { "s" } else { "" });
            world.bland.put(record(&id, *fields, &created, sparse)).unwrap();
        }
    }
    world.live(300).await;
    let mut expected: Vec<String> = Vec::new();
    for (index, (_, outcome)) in cases.iter().enumerate() {
        let Some(outcome) = outcome else { continue };
        let kind = if *outcome == "failed" { "call.failed" } else { "call.completed" };
        expected.extend(["", "s"].map(|suffix| format!("{kind} c{index}{suffix} {outcome}")));
    }
    let mut told = world.told();
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
    world.start().await;
    world.live(100).await;
    assert_eq!(world.told().len(), expected.len(), "a restart repeats nothing");
    let warning = world.events().into_iter().find(|event| event["data"]["call"]["id"] == "c29").unwrap();
    assert_eq!(
        (&warning["severity"], &warning["data"]["call"]["error_stage"]),
        (&"warning".into(), &"post_call".into())
    );
}

#[tokio::test]
async fn late_facts_are_waited_for_and_told_in_one_message() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    let late =
        Late { answered_by: Some(30.0), transcript: Some(40.0), summary: Some(f64::INFINITY), ..Late::default() };
    let spec = CallSpec {
        ending: Some(Ending::Human),
        queue: Some(1.0),
        ring: Some(2.0),
        talk: Some(20.0),
        late,
        ..CallSpec::default()
    };
    let id = world.bland.add_call(spec);
    world.live(200).await;
    assert_eq!(world.told(), [format!("call.completed {id} human")]);
    let event = world.events().remove(0);
    assert_eq!(event["data"]["call"]["summary_source"], "extract");
    assert!(!event["data"]["call"]["transcript"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn what_never_comes_is_waited_for_no_longer_than_the_settle_time_and_then_corrected() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    let late = Late { answered_by: Some(150.0), ..Late::default() };
    let spec = CallSpec {
        ending: Some(Ending::Voicemail),
        queue: Some(1.0),
        ring: Some(2.0),
        talk: Some(20.0),
        late,
        ..CallSpec::default()
    };
    let id = world.bland.add_call(spec);
    world.live(110).await;
    assert_eq!(world.told(), [format!("call.completed {id} unclassified")]);
    world.live(200).await;
    assert_eq!(world.told(), [format!("call.completed {id} unclassified"), format!("call.corrected {id} voicemail")]);
    assert_eq!(world.events()[1]["data"]["previous_outcome"], "unclassified");
}

#[tokio::test]
async fn an_account_without_detection_is_not_kept_waiting() {
    let mut world = World::new(EVERYTHING).await;
    world.bland.change(|account| account.detection = false);
    world.tick().await;
    let spec = || CallSpec {
        ending: Some(Ending::Human),
        queue: Some(1.0),
        ring: Some(2.0),
        talk: Some(5.0),
        ..CallSpec::default()
    };
    for _ in 0..20 {
        world.bland.add_call(spec());
    }
    world.live(300).await;
    assert_eq!(world.told().len(), 20);
    world.bland.add_call(spec());
    world.live(60).await;
    assert_eq!(world.told().len(), 21, "the next one is told before the settle time is over");
}
