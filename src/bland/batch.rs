//! Batches of both of Bland's APIs, and what shows that one is over.

use serde_json::value::RawValue;

use crate::{
    bland::{
        envelope,
        lenient::{self, Fields},
    },
    model::batch::{Batch, BatchApi},
};

/// Reads `GET /v2/batches/{id}`, `GET /v1/batches/{id}` or a row of either list.
///
/// Which shape it is shows itself: some accounts answer v2's under v1's paths.
pub(super) fn read(raw: &RawValue, asked: Option<&str>, api: BatchApi) -> Option<Batch> {
    let fields = Fields::of(raw)?;
    let params = fields.fields("batch_params").unwrap_or_default();
    let analysis = fields.fields("analysis").unwrap_or_default();
    let either = |key: &str| fields.text(key).or_else(|| params.text(key));
    let named = either("id").or_else(|| either("batch_id"));
    let known = ["batch_params", "analysis", "call_objects", "base_prompt", "created_at", "status"];
    if named.is_none() && !known.iter().any(|key| fields.has(key)) {
        return None;
    }
    let over = fields.text("status").is_some_and(|status| ends(&status));
    let counted = analysis.text("total_calls").and_then(|total| total.parse().ok());
    Some(Batch {
        id: asked.map(str::to_owned).or(named)?,
        api,
        description: either("description").or_else(|| either("label")),
        created_at: fields.time("created_at").or_else(|| params.time("created_at")),
        expected: counted.or_else(|| objects(&fields)),
        over,
        total: counted.filter(|_| over),
    })
}

/// Whether the answer says by itself how far the batch is. v2's never does; its logs do.
pub(super) fn has_status(raw: &RawValue) -> bool {
    Fields::of(raw).is_some_and(|fields| fields.text("status").is_some())
}

/// Takes from the log of a batch, newest entry first, whether it is over, and how many calls it has.
pub(super) fn read_logs(raw: &RawValue, batch: &mut Batch) {
    let entries = envelope::rows(raw, &["logs"]).unwrap_or_default();
    let mut announced = None;
    for entry in entries.into_iter().filter_map(Fields::of) {
        let payload = payload(&entry);
        let word = |key: &str| payload.get(key).and_then(|value| value.as_str()).unwrap_or_default();
        let message = word("message");
        announced = announced.or_else(|| number_after(message, "Validated:"));
        let complete = entry.text("event_type").is_some_and(|kind| kind.eq_ignore_ascii_case("complete"));
        if complete || ends(word("state_change")) || ends(word("status")) {
            batch.over = true;
            let total = payload.get("calls_total");
            let total = total.and_then(|total| total.as_u64().or_else(|| total.as_str()?.trim().parse().ok()));
            batch.total = batch.total.or(total);
        }
    }
    // The batch itself shows a preview of its calls; what its log says is the whole of them.
    batch.expected = batch.expected.max(announced);
}

/// The number in `Requested: 100. Validated: 98. Dispatched: 40.` after one of its words.
fn number_after(message: &str, word: &str) -> Option<u64> {
    let digits: String = message.split_once(word)?.1.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn payload(entry: &Fields<'_>) -> serde_json::Map<String, serde_json::Value> {
    entry.object("payload").unwrap_or_default()
}

/// `failed` and `completed_partial` are ends too: no more calls will be placed.
fn ends(status: &str) -> bool {
    let status = status.to_ascii_lowercase().replace('-', "_");
    ["complete", "completed", "failed", "completed_partial"].contains(&status.as_str())
}

/// The number of `call_objects`, which v2 may have shortened to a preview or written as a text.
fn objects(fields: &Fields<'_>) -> Option<u64> {
    let objects = fields.raw("call_objects")?;
    let number = match lenient::list(objects) {
        Some(list) => list.len(),
        None => serde_json::from_str::<Vec<&RawValue>>(&lenient::text(objects)?).ok()?.len(),
    };
    Some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> &RawValue {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn reads_both_shapes_under_either_path() {
        let v2 = r#"{"id":"b2","created_at":"2025-05-08T19:28:12.627Z","call_objects":[{},{}],"description":"Mine"}"#;
        for api in [BatchApi::V1, BatchApi::V2] {
            let expected = Batch {
                id: "b2".to_owned(),
                api,
                description: Some("Mine".to_owned()),
                created_at: Some("2025-05-08T19:28:12.627Z".parse().unwrap()),
                expected: Some(2),
                over: false,
                total: None,
            };
            assert_eq!(read(raw(v2), None, api), Some(expected.clone()));
            assert_eq!(read(raw(v2), Some("asked"), api), Some(Batch { id: "asked".to_owned(), ..expected }));
        }
        let v1 = |status: &str| {
            let json = format!(
                r#"{{"status":"{status}","batch_params":{{"id":"b1","label":"Theirs","created_at":"2023-12-07T20:43:44.544773+00:00"}},
                    "analysis":{{"total_calls":"88"}}}}"#
            );
            read(raw(&json), None, BatchApi::V1).unwrap()
        };
        let running = v1("in-progress");
        assert_eq!((running.id.as_str(), running.description.as_deref()), ("b1", Some("Theirs")));
        assert_eq!((running.expected, running.over, running.total), (Some(88), false, None));
        let done = v1("Completed");
        assert_eq!((done.expected, done.over, done.total), (Some(88), true, Some(88)));
    }

    #[test]
    fn call_objects_may_be_a_text() {
        let json = r#"{"id":"b","call_objects":"[{\"phone_number\":\"+1\"}]"}"#;
        assert_eq!(read(raw(json), None, BatchApi::V2).unwrap().expected, Some(1));
        assert_eq!(read(raw(r#"{"id":"b","call_objects":7}"#), None, BatchApi::V2).unwrap().expected, None);
    }

    #[test]
    fn what_is_no_batch_is_none() {
        for json in ["{}", "[]", "7", r#"{"message":"success"}"#] {
            assert_eq!(read(raw(json), Some("b"), BatchApi::V2), None, "{json}");
        }
        assert_eq!(read(raw(r#"{"created_at":"2025-05-08"}"#), None, BatchApi::V2), None, "a row without an id");
    }

    #[test]
    fn a_log_shows_the_end_in_several_ways() {
        for (entry, over, total) in [
            (r#"{"event_type":"complete","payload":{"calls_total":5,"calls_failed":1}}"#, true, Some(5)),
            (r#"{"event_type":"Complete","payload":{"calls_total":"5"}}"#, true, Some(5)),
            (r#"{"event_type":"complete","payload":"{\"calls_total\":5}"}"#, true, Some(5)),
            (r#"{"event_type":"complete","payload":null}"#, true, None),
            (
                r#"{"event_type":"lifecycle","payload":{"state_change":"completed_partial","calls_total":5}}"#,
                true,
                Some(5),
            ),
            (r#"{"event_type":"lifecycle","payload":{"state_change":"failed"}}"#, true, None),
            (r#"{"event_type":"lifecycle","payload":{"status":"completed"}}"#, true, None),
            (
                r#"{"event_type":"lifecycle","payload":{"state_change":"in_progress","message":"complete"}}"#,
                false,
                None,
            ),
            (r#"{"event_type":"lifecycle","payload":{"state_change":"waiting_for_scheduled_calls"}}"#, false, None),
            ("7", false, None),
        ] {
            let mut batch = read(raw(r#"{"id":"b"}"#), None, BatchApi::V2).unwrap();
            read_logs(raw(&format!(r#"{{"data":[{{"event_type":"lifecycle"}},{entry}],"errors":null}}"#)), &mut batch);
            assert_eq!((batch.over, batch.total), (over, total), "{entry}");
        }
    }

    #[test]
    fn the_log_tells_how_many_calls_there_are() {
        for (messages, expected) in [
            (&["Requested: 100. Validated: 98. Dispatched: 40. CPS: 1.12.", "Requested: 100."][..], Some(98)),
            (&["Requested: 100."], Some(2)),
            (&["Validated: many"], Some(2)),
        ] {
            let mut batch = read(raw(r#"{"id":"b","call_objects":[{},{}]}"#), None, BatchApi::V2).unwrap();
            let entries = messages
                .iter()
                .map(|message| serde_json::json!({"event_type": "lifecycle", "payload": {"message": message}}));
            let log = serde_json::json!({"data": entries.collect::<Vec<_>>()}).to_string();
            read_logs(raw(&log), &mut batch);
            assert_eq!((batch.expected, batch.over), (expected, false), "{messages:?}");
        }
    }
}
