//! One of Bland's call records, or a row of its list, as a [`Call`].
//!
//! Records of 2023 and 2026, list rows, webhooks and `/logs` differ in what they have; all are read here.

use jiff::Timestamp;
use serde_json::{Map, Value, value::RawValue};

use crate::{
    bland::{
        findings,
        lenient::{self, Fields},
        transcript,
    },
    detect::words,
    model::call::Call,
};

/// Longer times than ten years are mistakes.
const LONGEST_SECONDS: f64 = 315_360_000.0;

/// Reads a record; the error says in a few words why it is none.
pub(super) fn read(raw: &RawValue) -> Result<Call, &'static str> {
    let fields = Fields::of(raw).ok_or("not an object")?;
    let id = id(&fields).ok_or("no `call_id`")?;
    Ok(of(id, &fields))
}

/// Reads the answer to a question about the call `id`, which some answers do not repeat.
pub(super) fn read_about(id: &str, raw: &RawValue) -> Result<Call, &'static str> {
    let fields = Fields::of(raw).ok_or("not a call record")?;
    let named = ["call_id", "c_id"].into_iter().filter_map(|key| fields.text(key)).collect::<Vec<_>>();
    if named.is_empty() && !["queue_status", "completed", "created_at", "status"].iter().any(|key| fields.has(key)) {
        return Err("not a call record");
    }
    if !named.is_empty() && !named.iter().any(|name| name.eq_ignore_ascii_case(id)) {
        return Err("the record of another call than the one asked for");
    }
    Ok(of(id.to_owned(), &fields))
}

/// `call_id`, or `c_id` in the records of `/logs`.
pub(super) fn id(fields: &Fields<'_>) -> Option<String> {
    fields.text("call_id").or_else(|| fields.text("c_id"))
}

fn of(id: String, fields: &Fields<'_>) -> Call {
    let request = fields.fields("request_data").unwrap_or_default();
    let variables = fields.object("variables").unwrap_or_default();
    let metadata = metadata(fields, &variables, &request);
    let findings = findings::read(fields, &variables);
    let mut call = Call {
        id,
        batch_id: fields.text("batch_id"),
        // Records from before there were inbound calls tell only whom they were asked to dial.
        inbound: fields.flag("inbound").or_else(|| request.text("phone_number").map(|_| false)),
        to: fields.text("to"),
        from: fields.text("from"),
        status: fields.text("status"),
        queue_status: fields.text("queue_status"),
        answered_by: fields.text("answered_by"),
        completed: fields.flag("completed"),
        error: fields.text("error_message"),
        created_at: fields.time("created_at"),
        scheduled_at: fields.time("start_time").or_else(|| request.time("start_time")),
        started_at: fields.time("started_at"),
        ended_at: None,
        duration_seconds: duration(fields),
        max_duration_seconds: fields.number("max_duration").and_then(|minutes| seconds(minutes * 60.0)),
        ended_by: fields.text("call_ended_by").map(|who| who.to_lowercase()),
        disposition: fields.text("disposition_tag"),
        transferred_to: fields.text("transferred_to").or_else(|| merged_with(fields)),
        price_usd: fields.number("price").filter(|price| *price >= 0.0),
        recording_url: fields.text("recording_url"),
        pathway_id: fields.text("pathway_id"),
        variables,
        metadata,
        findings,
        summary: fields.text("summary"),
        transcript: transcript::read(fields),
        transfer_leg: fields.flag("is_proxy_agent_call").unwrap_or(false),
    };
    call.ended_at = ended_at(fields, &call);
    call
}

/// `corrected_duration` is in seconds, `call_length` in minutes.
fn duration(fields: &Fields<'_>) -> Option<u64> {
    let corrected = fields.number("corrected_duration").and_then(seconds);
    corrected.or_else(|| seconds(fields.number("call_length")? * 60.0))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
fn seconds(number: f64) -> Option<u64> {
    (0.0..=LONGEST_SECONDS).contains(&number).then_some(number.round() as u64)
}

/// While a call is live, `end_at` is the moment at which `max_duration` will cut it off.
fn ended_at(fields: &Fields<'_>, call: &Call) -> Option<Timestamp> {
    let over = words::is_terminal(call);
    fields.time("end_at").or_else(|| fields.time("ended_at")).filter(|_| over)
}

fn metadata(fields: &Fields<'_>, variables: &Map<String, Value>, request: &Fields<'_>) -> Map<String, Value> {
    let filled = |map: &Map<String, Value>| !map.is_empty();
    fields
        .object("metadata")
        .filter(filled)
        .or_else(|| variables.get("metadata")?.as_object().cloned().filter(filled))
        .or_else(|| request.object("metadata"))
        .unwrap_or_default()
}

/// Whom a warm transfer connected. The agent's own word for it (`disposition_tag`) proves nothing:
/// people were told of transfers whose customer was left in hold music.
fn merged_with(fields: &Fields<'_>) -> Option<String> {
    let merged = |state: Option<String>| state.is_some_and(|state| state.eq_ignore_ascii_case("merged"));
    let transfer = ["warm_transfer_call", "warm_transfer_calls"]
        .into_iter()
        .filter_map(|key| fields.raw(key))
        .find_map(|raw| {
            let several = lenient::list(raw).unwrap_or_else(|| vec![raw]);
            several.into_iter().filter_map(Fields::of).find(|transfer| merged(transfer.text("state")))
        })?;
    let proxies: Vec<_> =
        transfer.list("proxy_agent_calls").unwrap_or_default().into_iter().filter_map(Fields::of).collect();
    let by_state =
        proxies.iter().find(|proxy| merged(proxy.text("state"))).and_then(|proxy| proxy.text("phone_number"));
    by_state.or_else(|| proxies.iter().find_map(|proxy| proxy.text("phone_number")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Reads a record with these fields and an id.
    fn call(fields: Value) -> Call {
        let mut record = fields;
        record["call_id"] = json!("c1");
        read(&serde_json::value::to_raw_value(&record).unwrap()).unwrap()
    }

    /// A record, and what is read of it.
    type Row<T> = (Value, T);

    fn check<T: PartialEq + std::fmt::Debug>(rows: impl IntoIterator<Item = Row<T>>, field: impl Fn(Call) -> T) {
        for (record, expected) in rows {
            assert_eq!(field(call(record.clone())), expected, "{record}");
        }
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn the_id_has_two_names_and_no_shape() {
        for (json, expected) in [
            (r#"{"call_id":"a","c_id":"a"}"#, Ok("a")),
            (r#"{"c_id":"a"}"#, Ok("a")),
            (r#"{"call_id":null,"c_id":"a"}"#, Ok("a")),
            (r#"{"call_id":"","c_id":"a"}"#, Ok("a")),
            (r#"{"call_id":42}"#, Ok("42")),
            (r#"{"call_id":"x_y-gen-batch"}"#, Ok("x_y-gen-batch")),
            (r#"{"call_id":{}}"#, Err("no `call_id`")),
            (r"{}", Err("no `call_id`")),
            (r"[]", Err("not an object")),
        ] {
            let read = read(serde_json::from_str(json).unwrap()).map(|call| call.id);
            assert_eq!(read, expected.map(str::to_owned), "{json}");
        }
    }

    #[test]
    fn an_answer_must_be_about_the_call_that_was_asked_for() {
        for (json, fine) in [
            (r#"{"call_id":"C1"}"#, true),
            (r#"{"call_id":"other","c_id":"c1"}"#, true),
            (r#"{"queue_status":"new"}"#, true),
            (r#"{"call_id":"other"}"#, false),
            (r#"{"message":"success"}"#, false),
            (r"{}", false),
            (r"[]", false),
        ] {
            let read = read_about("c1", serde_json::from_str(json).unwrap());
            assert_eq!(read.map(|call| call.id).ok().as_deref(), fine.then_some("c1"), "{json}");
        }
    }

    #[test]
    fn corrected_duration_in_seconds_goes_before_call_length_in_minutes() {
        check(
            [
                (json!({"corrected_duration": "71", "call_length": 0.111}), Some(71)),
                (json!({"corrected_duration": 56, "call_length": 0.933_333_333_333_333}), Some(56)),
                (json!({"corrected_duration": "0", "call_length": 1}), Some(0)),
                (json!({"call_length": 0.933_333_333_333_333}), Some(56)),
                (json!({"call_length": 0.183_333_333_333_333}), Some(11)),
                (json!({"call_length": "3.27"}), Some(196)),
                (json!({"corrected_duration": null, "call_length": 1.5}), Some(90)),
                (json!({"corrected_duration": "", "call_length": 1.5}), Some(90)),
                (json!({"corrected_duration": "NaN", "call_length": 1.5}), Some(90)),
                (json!({"corrected_duration": -1, "call_length": 1.5}), Some(90)),
                (json!({"corrected_duration": 1e18}), None),
                (json!({"call_length": null}), None),
                (json!({}), None),
            ],
            |call| call.duration_seconds,
        );
        check(
            [
                (json!({"max_duration": 30}), Some(1800)),
                (json!({"max_duration": "12"}), Some(720)),
                (json!({"max_duration": 0.5}), Some(30)),
                (json!({"max_duration": "none"}), None),
            ],
            |call| call.max_duration_seconds,
        );
    }

    #[test]
    fn end_at_counts_only_once_the_call_is_over() {
        let end = "2026-01-01T12:30:00Z";
        let at = Some(end.parse::<Timestamp>().unwrap());
        check(
            [
                (json!({"end_at": end, "completed": true}), at),
                (json!({"end_at": end, "completed": "true"}), at),
                (json!({"end_at": end, "completed": false, "status": "no_answer"}), at),
                (json!({"end_at": end, "status": "Cancelled"}), at),
                (json!({"end_at": end, "queue_status": "complete_error"}), at),
                (json!({"end_at": end, "completed": false, "queue_status": "started"}), None),
                (json!({"end_at": end, "status": "in-progress"}), None),
                (json!({"end_at": end}), None),
                (json!({"end_at": null, "completed": true}), None),
            ],
            |call| call.ended_at,
        );
    }

    #[test]
    fn a_transfer_is_claimed_only_where_it_is_proven() {
        let warm = |state: &str, proxy: &str| {
            json!({"state": state, "proxy_agent_calls": [
                {"state": "NO_ANSWER", "phone_number": "+1"}, {"state": proxy, "phone_number": "+2"}]})
        };
        check(
            [
                (json!({"transferred_to": "+9"}), some("+9")),
                (json!({"transferred_to": "+9", "warm_transfer_call": warm("MERGED", "MERGED")}), some("+9")),
                (json!({"warm_transfer_call": warm("MERGED", "MERGED")}), some("+2")),
                (json!({"warm_transfer_call": warm("merged", "STARTED")}), some("+1")),
                (json!({"warm_transfer_calls": warm("MERGED", "MERGED")}), some("+2")),
                (json!({"warm_transfer_calls": [warm("FAILED", "FAILED"), warm("MERGED", "MERGED")]}), some("+2")),
                (json!({"warm_transfer_call": null, "warm_transfer_calls": warm("MERGED", "MERGED")}), some("+2")),
                (json!({"warm_transfer_call": warm("TIMED_OUT", "MERGED")}), None),
                (json!({"warm_transfer_call": {"state": "MERGED"}}), None),
                (json!({"warm_transfer_call": "MERGED"}), None),
                (json!({"disposition_tag": "TRANSFERRED", "transferred_to": null}), None),
                (json!({"transferred_to": ""}), None),
            ],
            |call| call.transferred_to,
        );
        check(
            [
                (json!({"is_proxy_agent_call": true}), true),
                (json!({"is_proxy_agent_call": "false"}), false),
                (json!({}), false),
            ],
            |call| call.transfer_leg,
        );
    }

    #[test]
    fn metadata_may_be_in_three_places() {
        let team = json!({"team": "a"});
        check(
            [
                (json!({"metadata": team, "variables": {"metadata": {"team": "b"}}}), team.clone()),
                (json!({"metadata": {}, "variables": {"metadata": team}}), team.clone()),
                (json!({"metadata": null, "request_data": {"metadata": team}}), team.clone()),
                (json!({"metadata": "{\"team\":\"a\"}"}), team.clone()),
                (json!({"metadata": [], "variables": null, "request_data": "?"}), json!({})),
            ],
            |call| Value::Object(call.metadata),
        );
        check([(json!({"variables": null}), json!({})), (json!({"variables": {"n": 1}}), json!({"n": 1}))], |call| {
            Value::Object(call.variables)
        });
    }

    #[test]
    fn the_planned_start_may_be_in_the_request() {
        let at = Some("2026-01-01T17:00:00Z".parse::<Timestamp>().unwrap());
        check(
            [
                (json!({"start_time": "2026-01-01T17:00:00Z"}), at),
                (json!({"start_time": "", "request_data": {"start_time": "2026-01-01 12:00:00 -05:00"}}), at),
                (json!({"start_time": "1767286800000"}), at),
                (json!({"start_time": null}), None),
            ],
            |call| call.scheduled_at,
        );
    }

    #[test]
    fn words_are_kept_as_written_and_empty_ones_are_none() {
        let read = call(json!({
            "status": "Weird_New", "queue_status": "ringing", "answered_by": "Answering_Machine", "summary": " ",
            "call_ended_by": "ASSISTANT", "disposition_tag": "My own tag", "pathway_id": "", "recording_url": null,
            "price": "0.084", "inbound": "true", "to": 15_551_234_567_u64,
            "pathway_tags": [null, "a", {"name": "b"}], "citations": 7, "is_canary": null,
        }));
        let expected = Call {
            id: "c1".to_owned(),
            status: some("Weird_New"),
            queue_status: some("ringing"),
            answered_by: some("Answering_Machine"),
            ended_by: some("assistant"),
            disposition: some("My own tag"),
            price_usd: Some(0.084),
            inbound: Some(true),
            to: some("15551234567"),
            ..Call::default()
        };
        assert_eq!(read, expected);
    }
}
