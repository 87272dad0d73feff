//! A planned call as Bland's documents: list row, record, legacy log, active entry.

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::{
    model::call::Speaker,
    simulate::{
        lifecycle::View,
        moment,
        options::{Account, Rows},
        people,
        plan::Plan,
        scenario::{KnownFacts, Talk},
        seeded::{self, one_in},
    },
};

/// Dollars a minute, as the records of 2025 come to.
const PRICE: f64 = 0.09;

/// A row of `GET /v1/calls`. It never has the transcript.
pub(super) fn row(plan: &Plan, now: i64, rows: Rows) -> Value {
    let view = plan.at(now);
    let mut row = json!({
        "call_id": plan.id,
        "created_at": moment::postgres(plan.times.created),
        "call_length": call_length(&view),
        "to": plan.to,
        "from": plan.from,
        "completed": view.completed,
        "queue_status": view.queue_status,
        "error_message": view.error,
        "answered_by": view.answered_by,
        "batch_id": plan.batch_id,
    });
    if rows != Rows::Documented {
        put(
            &mut row,
            json!({
                "inbound": plan.inbound,
                "endpoint_url": "api.bland.ai",
                "max_duration": plan.max_duration(),
                "pathway_id": plan.spec.pathway_id,
                "warm_transfer_call": warm_transfer(plan, now),
            }),
        );
        put_status(&mut row, plan, &view);
    }
    if rows == Rows::Heavy {
        let talk = talk(plan);
        put(
            &mut row,
            json!({
                "variables": variables(plan, talk.as_ref()),
                "summary": summary(plan, &view, talk.as_ref()),
                "pathway_tags": tags(&view, talk.as_ref()),
                "citations": [],
            }),
        );
    }
    row
}

/// `GET /v1/calls/{id}`.
pub(super) fn record(plan: &Plan, now: i64, account: &Account) -> Value {
    let view = plan.at(now);
    let talk = talk(plan);
    let turns = transcript(plan, &view, talk.as_ref());
    let mut record = json!({
        "call_id": plan.id,
        "c_id": plan.id,
        "call_length": call_length(&view),
        "batch_id": plan.batch_id,
        "to": plan.to,
        "from": plan.from,
        "request_data": request_data(plan, talk.as_ref()),
        "completed": view.completed,
        "created_at": moment::postgres(plan.times.created),
        "inbound": plan.inbound,
        "queue_status": view.queue_status,
        "endpoint_url": "api.bland.ai",
        "max_duration": plan.max_duration(),
        "error_message": view.error,
        "variables": variables(plan, talk.as_ref()),
        "answered_by": view.answered_by,
        "record": account.recording,
        "recording_url": recording(plan, &view, account),
        "metadata": metadata(plan, talk.as_ref()),
        "summary": summary(plan, &view, talk.as_ref()),
        "price": view.price.then(|| rounded(f64::from(view.seconds) / 60.0 * PRICE, 1e3)),
        "started_at": (now >= plan.times.started).then(|| moment::javascript(plan.times.started)),
        "local_dialing": false,
        "call_ended_by": view.ended.and_then(|_| Some(plan.scenario?.ended_by.as_str())),
        "pathway_logs": null,
        "analysis": null,
        "analysis_schema": null,
        "concatenated_transcript": concatenated(&turns),
        "transcripts": turns,
        "pathway_id": plan.spec.pathway_id,
        "pathway_tags": tags(&view, talk.as_ref()),
        "warm_transfer_call": warm_transfer(plan, now),
        "is_proxy_agent_call": plan.is_leg,
        "is_canary": false,
        "citation_schema_ids": [],
        "disposition_tag": disposition(plan, &view),
    });
    put_status(&mut record, plan, &view);
    if let Some(ended) = view.ended {
        put(
            &mut record,
            json!({
                "corrected_duration": view.seconds.to_string(),
                "end_at": moment::whole(ended),
            }),
        );
    }
    put_transfer(&mut record, plan, now);
    record
}

/// The legacy `POST /logs`: no `call_id`, no `status`, no `answered_by`, and a duration that includes the ringing.
pub(super) fn log(plan: &Plan, now: i64) -> Value {
    let view = plan.at(now);
    let talk = talk(plan);
    let mut turns = transcript(plan, &view, talk.as_ref());
    for turn in turns.iter_mut().filter_map(Value::as_object_mut) {
        turn.retain(|key, _| key != "status" && key != "transcript_id");
    }
    let duration = view.ended.map(|_| (view.seconds + plan.ring_seconds).to_string());
    json!({
        "c_id": plan.id,
        "to": plan.to.trim_start_matches("+1"),
        "from": plan.from.trim_start_matches("+1"),
        "corrected_duration": duration,
        "max_duration": plan.max_duration(),
        "queue_status": view.queue_status,
        "error_message": view.error,
        "endpoint_url": "api.bland.ai",
        "request_data": request_data(plan, talk.as_ref()),
        "completed": view.completed,
        "created_at": moment::postgres(plan.times.created),
        "transcripts": turns,
        "call_length": call_length(&view),
    })
}

/// An entry of `GET /v1/calls/active`: empty texts instead of nulls, and texts for everything.
pub(super) fn active(plan: &Plan, now: i64, user_id: &str) -> Value {
    let talking = now >= plan.times.connected;
    json!({
        "call_id": plan.id,
        "user_id": user_id,
        "from": plan.from,
        "to": plan.to,
        "objective": task(plan, talk(plan).as_ref()).chars().take(8).chain("...".chars()).collect::<String>(),
        "pathway_id": plan.spec.pathway_id.clone().unwrap_or_default(),
        "start_time": plan.spec.request.get("start_time").cloned().unwrap_or_else(|| json!("")),
        "international": "false",
        "status": if talking { "IN_PROGRESS" } else { "QUEUED" },
        "timestamp": (plan.times.created / 1_000).to_string(),
    })
}

/// What both sides agreed on; none where nobody talked.
pub(super) fn known_facts(plan: &Plan) -> KnownFacts {
    talk(plan).map(|talk| talk.facts).unwrap_or_default()
}

/// Minutes, with the noise of a division.
pub(super) fn call_length(view: &View) -> Option<f64> {
    view.ended.map(|_| rounded(f64::from(view.seconds) / 60.0, 1e15))
}

fn rounded(value: f64, digits: f64) -> f64 {
    (value * digits).round() / digits
}

fn talk(plan: &Plan) -> Option<Talk> {
    let transfer = plan.transfer.iter().map(|transfer| ("transfer_number", &transfer.to));
    let given = ["first", "last"].into_iter().zip(&plan.person).chain(transfer);
    let given = given.map(|(slot, value)| (slot.to_owned(), value.clone())).collect();
    Some(plan.scenario?.tell(plan.seed, given))
}

fn put(record: &mut Value, more: Value) {
    if let (Some(record), Value::Object(more)) = (record.as_object_mut(), more) {
        record.extend(more);
    }
}

/// Until there is one, `status` is null or there is no such key.
fn put_status(record: &mut Value, plan: &Plan, view: &View) {
    if view.status.is_some() || plan.words.status_null {
        put(record, json!({ "status": view.status }));
    }
}

fn put_transfer(record: &mut Value, plan: &Plan, now: i64) {
    let Some(transfer) = plan.transfer.as_ref().filter(|transfer| now >= transfer.at && transfer.state == "MERGED")
    else {
        return;
    };
    let minutes = f64::from(plan.talk_seconds) / 60.0;
    let before = minutes * plan.talk_share(transfer.at);
    put(
        record,
        json!({
            "transferred_to": transfer.to,
            "transferred_at": moment::javascript(transfer.at),
            "pre_transfer_duration": rounded(before, 1e15),
            "post_transfer_duration": plan.at(now).ended.map(|_| rounded(minutes - before, 1e15)),
        }),
    );
}

fn warm_transfer(plan: &Plan, now: i64) -> Option<Value> {
    let transfer = plan.transfer.as_ref().filter(|transfer| now >= transfer.at)?;
    let leg = transfer.leg.as_ref()?;
    let state = if now < plan.times.ended { "STARTED" } else { transfer.state };
    Some(json!({
        "proxy_agent_calls": [{ "state": state, "call_id": leg, "phone_number": transfer.to }],
        "state": state,
    }))
}

fn task(plan: &Plan, talk: Option<&Talk>) -> String {
    let told = talk.map(|talk| talk.task.clone());
    plan.spec.task.clone().or(told).unwrap_or_else(|| "Call and say hello.".to_owned())
}

fn request_data(plan: &Plan, talk: Option<&Talk>) -> Value {
    let mut request = json!({
        "phone_number": plan.to,
        "task": task(plan, talk),
        "wait": false,
        "language": "ENG",
    });
    put(&mut request, Value::Object(plan.spec.request.clone()));
    request
}

/// A request's own metadata counts, and the scenario's where there is none.
fn metadata(plan: &Plan, talk: Option<&Talk>) -> Map<String, Value> {
    if plan.spec.metadata.is_empty() {
        talk.map(|talk| talk.metadata.clone()).unwrap_or_default()
    } else {
        plan.spec.metadata.clone()
    }
}

/// Free text, numbers without prefix, the scenario's own, and a copy of the metadata.
fn variables(plan: &Plan, talk: Option<&Talk>) -> Value {
    let other_side = if plan.inbound { &plan.from } else { &plan.to };
    let place = people::place_of(other_side);
    let zone = TimeZone::get(place.zone).unwrap_or(TimeZone::UTC);
    let created = plan.times.created;
    let now =
        if plan.seed.is_multiple_of(2) { moment::spoken(created, &zone) } else { moment::browser(created, &zone) };
    let mut variables = json!({
        "now": now,
        "now_utc": moment::spoken(created, &TimeZone::UTC),
        "short_from": plan.from.trim_start_matches("+1"),
        "short_to": plan.to.trim_start_matches("+1"),
        "from": plan.from,
        "to": plan.to,
        "call_id": plan.id,
        "phone_number": plan.to,
        "city": place.city.to_uppercase(),
        "country": "US",
        "state": place.state,
        "zip": place.zip,
        "language": "English",
        "timezone": place.zone,
        "name": plan.person.join(" "),
        "metadata": metadata(plan, talk),
    });
    put(&mut variables, talk.map_or_else(|| json!({}), |talk| Value::Object(talk.variables.clone())));
    put(&mut variables, Value::Object(plan.spec.variables.clone()));
    variables
}

/// Two calls in three that were talked on have one; none is written about a call that only rang.
fn summary(plan: &Plan, view: &View, talk: Option<&Talk>) -> Option<String> {
    let wanted = plan.spec.late.summary.is_some() || !one_in(&mut seeded::rng(plan.seed, "summary"), 3);
    let whole = plan.talk_share(plan.times.ended) > 0.9;
    talk.filter(|_| view.summary && wanted && whole).map(|talk| talk.summary.clone())
}

fn tags(view: &View, talk: Option<&Talk>) -> Vec<Value> {
    talk.filter(|_| view.ended.is_some()).map(|talk| talk.tags.clone()).unwrap_or_default()
}

fn disposition(plan: &Plan, view: &View) -> Option<&'static str> {
    let system = match view.status?.to_ascii_lowercase().as_str() {
        "no-answer" | "no_answer" => Some("NO_ANSWER"),
        "busy" => Some("BUSY"),
        "canceled" | "cancelled" => Some("CANCELED"),
        "failed" | "error" => Some("FAILED"),
        _ => None,
    };
    system.or_else(|| plan.scenario?.disposition.as_deref().filter(|_| view.summary))
}

/// The URL carries a token, as Bland's do; its host is one that no request ever reaches.
fn recording(plan: &Plan, view: &View, account: &Account) -> Option<String> {
    let there = account.recording && view.recording && plan.scenario.is_some() && view.seconds > 0;
    let token = seeded::token(plan.seed, "recording", 22);
    there.then(|| format!("https://recordings.example.com/v1/recordings/{}:{token}", plan.id))
}

/// What was heard until the end, each turn at its share of the talk.
fn transcript(plan: &Plan, view: &View, talk: Option<&Talk>) -> Vec<Value> {
    let Some(talk) = talk.filter(|_| view.transcript) else { return Vec::new() };
    let rng = &mut seeded::rng(plan.seed, "transcript");
    let mut id = rng.i64(100_000_000..900_000_000);
    let words = |text: &str| text.split(' ').count() + 2;
    let all: usize = talk.turns.iter().map(|(_, text)| words(text)).sum();
    let mut said = 0;
    let mut turns = Vec::with_capacity(talk.turns.len());
    for (speaker, text) in &talk.turns {
        let share = said as f64 / all as f64;
        if share > 0.0 && share >= plan.talk_share(plan.times.ended) {
            break;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a share of an i64 is one")]
        let at = plan.times.connected + (plan.talk_micros as f64 * share) as i64;
        said += words(text);
        id += rng.i64(1..5);
        turns.push(json!({
            "id": id,
            "created_at": moment::postgres(at),
            "text": text,
            "user": speaker_word(speaker),
            "c_id": plan.id,
            "status": null,
            "transcript_id": (*speaker == Speaker::Assistant).then(|| seeded::uuid(plan.seed, text)),
        }));
    }
    turns
}

fn speaker_word(speaker: &Speaker) -> String {
    speaker.clone().into()
}

/// One text for all turns, with Bland's spaces.
fn concatenated(turns: &[Value]) -> String {
    let line = |turn: &Value| Some(format!("{}: {} \n ", turn["user"].as_str()?, turn["text"].as_str()?));
    turns.iter().filter_map(line).collect()
}
