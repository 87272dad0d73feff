//! The endpoints, each with the envelope that Bland gives it.

use std::collections::HashMap;

use axum::{
    Extension, Json, Router,
    extract::{Path, Query, State as With},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::{Timestamp, civil::DateTime};
use serde_json::{Map, Value, json};

use crate::{
    model::batch::BatchApi,
    simulate::{
        Simulator,
        batches::{NewBatch, V1Parts},
        faults::NotFound,
        list,
        plan::CallSpec,
        state::{Body, State},
        wire,
    },
};

type Parameters = Query<HashMap<String, String>>;

/// Rows by which a scripted fault moves the page of this request.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shift(pub(super) i64);

pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/logs", post(legacy_log))
        .route("/v1/me", get(me))
        .route("/v1/calls", get(calls).post(send_call))
        .route("/v1/calls/active", get(active))
        .route("/v1/calls/{id}", get(call))
        .route("/v1/calls/{id}/stop", post(stop_call))
        .route("/v1/postcall/webhooks/{id}", get(postcall_webhook))
        .route("/v1/batches", get(batches_v1).post(send_batch_v1))
        .route("/v1/batches/{id}", get(batch_v1))
        .route("/v1/batches/{id}/stop", post(stop_batch_v1))
        .route("/v2/batches/create", post(send_batch_v2))
        .route("/v2/batches/list", get(batches_v2))
        .route("/v2/batches/{id}", get(batch_v2))
        .route("/v2/batches/{id}/logs", get(batch_logs))
        .route("/v2/batches/{id}/stop", post(stop_batch_v2))
}

async fn calls(
    With(world): With<Simulator>,
    Query(parameters): Parameters,
    shift: Option<Extension<Shift>>,
) -> Response {
    let shift = shift.map(|Extension(shift)| shift).unwrap_or_default();
    match list::Query::parse(&parameters) {
        Ok(query) => Json(world.with(|state, now| list::page(state, &query, shift.0, now))).into_response(),
        Err(error) => invalid(&[error]),
    }
}

async fn call(With(world): With<Simulator>, Path(id): Path<String>) -> Response {
    world.with(|state, now| match state.call(&id, now) {
        Some(entry) => Json(list::record(&entry, now, &state.options.account)).into_response(),
        None => not_found(state.options.account.not_found, "CALL_NOT_FOUND", "Call not found"),
    })
}

async fn legacy_log(With(world): With<Simulator>, Json(body): Json<Value>) -> Response {
    let id = body["call_id"].as_str().unwrap_or_default();
    world.with(|state, now| match state.call(id, now).as_deref().map(|entry| &entry.body) {
        Some(Body::Planned(plan)) => Json(wire::log(plan, now)).into_response(),
        Some(Body::Document { record, .. }) => Json(record.clone()).into_response(),
        None => not_found(state.options.account.not_found, "CALL_NOT_FOUND", "Call not found"),
    })
}

async fn active(With(world): With<Simulator>) -> Json<Value> {
    let user = world.user_id();
    Json(world.with(|state, now| {
        let plans = state.calls(now).iter().filter_map(|entry| entry.plan());
        let live: Vec<_> = plans.filter(|plan| plan.is_live(now)).map(|plan| wire::active(plan, now, &user)).collect();
        json!({ "data": live, "errors": null })
    }))
}

async fn me(With(world): With<Simulator>) -> Json<Value> {
    Json(world.with(|state, now| {
        json!({
            "status": "active",
            "billing": { "current_balance": 99_919.121_000_003_4, "refill_to": null },
            "total_calls": state.calls(now).len(),
        })
    }))
}

async fn postcall_webhook() -> Json<Value> {
    Json(errors("NOT_FOUND", "No postcall webhook data"))
}

/// A user's own program may place calls here; each is played like any other.
async fn send_call(With(world): With<Simulator>, Json(body): Json<Map<String, Value>>) -> Response {
    world.with(|state, now| {
        let spec = match spec(body, now) {
            Ok(spec) => spec,
            Err(refusal) => return *refusal,
        };
        let sent_lately = state.calls(now).iter().rev().take(1_000).filter_map(|entry| entry.plan());
        let ten_seconds_ago = now - 10_000_000;
        if sent_lately
            .into_iter()
            .any(|plan| Some(&plan.to) == spec.to.as_ref() && plan.times.created > ten_seconds_ago)
        {
            let message =
                "Calls can only be sent every 10 seconds to the same number. Please try again in a few seconds.";
            return (StatusCode::TOO_MANY_REQUESTS, Json(json!({ "status": "error", "message": message })))
                .into_response();
        }
        let id = state.add_call(spec, now);
        let message = "Call successfully queued.";
        Json(json!({ "status": "success", "message": message, "call_id": id, "batch_id": null })).into_response()
    })
}

async fn stop_call(With(world): With<Simulator>, Path(id): Path<String>) -> Response {
    match world.with(|state, now| state.stop(&id, now)) {
        Some(true) => Json(json!({ "status": "success", "message": "Call ended successfully." })).into_response(),
        _ => refused("SID not found for the given c_id."),
    }
}

async fn send_batch_v2(With(world): With<Simulator>, Json(body): Json<Value>) -> Response {
    let Some(objects) = body["call_objects"].as_array().filter(|objects| !objects.is_empty()) else {
        let error = errors("VALIDATION_ERROR", "call_objects must not be empty");
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    };
    let batch = NewBatch {
        description: body["description"].as_str().map(str::to_owned),
        global: body.get("global").cloned().unwrap_or_else(|| json!({})),
        objects: objects.iter().take(5).cloned().collect(),
        campaign_id: None,
    };
    match create_batch(&world, BatchApi::V2, batch, objects) {
        Ok(id) => Json(json!({ "data": { "batch_id": id }, "errors": null })).into_response(),
        Err(index) => {
            let error = errors("VALIDATION_ERROR", &format!("Entry #{index} did not have a phone number."));
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
    }
}

async fn send_batch_v1(With(world): With<Simulator>, Json(body): Json<Value>) -> Response {
    let Some(objects) = body["call_data"].as_array().filter(|objects| !objects.is_empty()) else {
        return invalid(&["Missing required parameter: call_data.".to_owned()]);
    };
    let batch = NewBatch {
        description: body["label"].as_str().map(str::to_owned),
        global: body.clone(),
        objects: Vec::new(),
        campaign_id: body["campaign_id"].as_str().map(str::to_owned),
    };
    match create_batch(&world, BatchApi::V1, batch, objects) {
        Ok(id) => Json(json!({ "message": "success", "batch_id": id })).into_response(),
        Err(index) => invalid(&[format!("Missing required parameter: call_data[{index}].phone_number.")]),
    }
}

/// The error is the place of the first object without a usable number, counted from 1.
fn create_batch(world: &Simulator, api: BatchApi, batch: NewBatch, objects: &[Value]) -> Result<String, usize> {
    world.with(|state, now| {
        let shared = batch.global.as_object().cloned().unwrap_or_default();
        let mut specs = Vec::with_capacity(objects.len());
        for (index, object) in objects.iter().enumerate() {
            let mut request = shared.clone();
            request.remove("call_data");
            request.extend(object.as_object().cloned().unwrap_or_default());
            specs.push(spec(request, now).map_err(|_| index + 1)?);
        }
        Ok(state.create_batch(api, batch, specs, now))
    })
}

async fn batches_v1(With(world): With<Simulator>, Query(parameters): Parameters) -> Json<Value> {
    let number = |key: &str| parameters.get(key).and_then(|text| text.parse::<usize>().ok());
    let from = number("from").unwrap_or(0);
    let take = number("to").map_or(1_000, |to| to.saturating_sub(from)).min(number("limit").unwrap_or(1_000));
    let ascending = parameters.get("ascending").is_some_and(|text| text == "true");
    Json(world.with(|state, now| {
        let campaign = parameters.get("campaign_id");
        let mut batches: Vec<_> = state
            .batches(BatchApi::V1, now)
            .filter(|batch| campaign.is_none_or(|campaign| batch.is_of_campaign(campaign)))
            .map(|batch| batch.v1_row())
            .collect();
        if ascending {
            batches.reverse();
        }
        let batches: Vec<_> = batches.into_iter().skip(from).take(take).collect();
        json!({ "status": "success", "batches": batches })
    }))
}

async fn batch_v1(With(world): With<Simulator>, Path(id): Path<String>, Query(parameters): Parameters) -> Response {
    let wanted = |key: &str| parameters.get(key).is_none_or(|text| text != "false");
    let parts = V1Parts {
        calls: wanted("include_calls"),
        transcripts: wanted("include_transcripts"),
        analysis: wanted("include_analysis"),
    };
    world.with(|state, now| match state.batch(BatchApi::V1, &id, now) {
        Some(batch) => Json(state.batch_v1(batch, parts, now)).into_response(),
        None => no_batch(),
    })
}

async fn batches_v2(With(world): With<Simulator>, Query(parameters): Parameters) -> Json<Value> {
    let (take, skip) = take_and_skip(&parameters);
    let user = world.user_id();
    let page = |state: &mut State, now| -> Vec<Value> {
        state.batches(BatchApi::V2, now).skip(skip).take(take).map(|batch| batch.v2(&user)).collect()
    };
    Json(json!({ "data": world.with(page), "errors": null }))
}

async fn batch_v2(With(world): With<Simulator>, Path(id): Path<String>) -> Response {
    let user = world.user_id();
    world.with(|state, now| match state.batch(BatchApi::V2, &id, now) {
        Some(batch) => Json(json!({ "data": batch.v2(&user), "errors": null })).into_response(),
        None => no_batch(),
    })
}

async fn batch_logs(With(world): With<Simulator>, Path(id): Path<String>, Query(parameters): Parameters) -> Response {
    let (take, skip) = take_and_skip(&parameters);
    let org = world.org_id();
    world.with(|state, now| {
        let Some(batch) = state.batch(BatchApi::V2, &id, now) else { return no_batch() };
        let mut logs = state.batch_logs(batch, &org, now);
        if parameters.get("direction").is_none_or(|direction| direction != "asc") {
            logs.reverse();
        }
        let logs: Vec<_> = logs.into_iter().skip(skip).take(take).collect();
        Json(json!({ "data": logs, "errors": null })).into_response()
    })
}

async fn stop_batch_v1(With(world): With<Simulator>, Path(id): Path<String>) -> Response {
    match stop_batch(&world, BatchApi::V1, &id) {
        Some(stopped) => Json(json!({ "status": "success", "num_calls": stopped })).into_response(),
        None => no_batch(),
    }
}

async fn stop_batch_v2(With(world): With<Simulator>, Path(id): Path<String>) -> Response {
    match stop_batch(&world, BatchApi::V2, &id) {
        Some(_) => Json(json!({ "data": null, "errors": null })).into_response(),
        None => no_batch(),
    }
}

fn stop_batch(world: &Simulator, api: BatchApi, id: &str) -> Option<usize> {
    world.with(|state, now| {
        state.batch(api, id, now)?;
        Some(state.stop_batch(id, now))
    })
}

fn take_and_skip(parameters: &HashMap<String, String>) -> (usize, usize) {
    let number = |key: &str| parameters.get(key).and_then(|text| text.parse().ok());
    (number("take").unwrap_or(50), number("skip").unwrap_or(0))
}

/// Reads the body of a request for a call; the error is the refusal to answer with.
fn spec(mut body: Map<String, Value>, now: i64) -> Result<CallSpec, Box<Response>> {
    let Some(number) = body.get("phone_number").and_then(Value::as_str) else {
        return Err(Box::new(invalid(&["Missing required parameter: phone_number.".to_owned()])));
    };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let to = match digits.len() {
        10 => format!("+1{digits}"),
        11..=15 => format!("+{digits}"),
        _ => {
            return Err(Box::new(
                (StatusCode::BAD_REQUEST, Json(json!({ "error": "Invalid phone number format" }))).into_response(),
            ));
        }
    };
    let starts_after = match body.get("start_time").and_then(Value::as_str) {
        Some(text) => {
            Some(seconds_until(text, now).ok_or_else(|| Box::new(invalid(&["Invalid start_time.".to_owned()])))?)
        }
        None => None,
    };
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    let object = |key: &str| body.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
    let max_duration =
        body.get("max_duration").and_then(|minutes| minutes.as_f64().or_else(|| minutes.as_str()?.parse().ok()));
    let spec = CallSpec {
        to: Some(to),
        from: text("from"),
        inbound: Some(false),
        starts_after,
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast from float saturates")]
        max_duration: max_duration.map(|minutes| minutes.ceil() as u32),
        metadata: object("metadata"),
        variables: object("request_data"),
        task: text("task").or_else(|| text("base_prompt")),
        pathway_id: text("pathway_id"),
        retry_after: body.get("retry").and_then(|retry| retry["wait"].as_f64()),
        ..CallSpec::default()
    };
    body.remove("metadata");
    body.remove("request_data");
    Ok(CallSpec { request: body, ..spec })
}

/// `2021-01-01 12:00:00 -05:00` as documented, or ISO 8601.
fn seconds_until(text: &str, now: i64) -> Option<f64> {
    let instant = text.parse::<Timestamp>().ok().or_else(|| {
        let (local, offset) = text.rsplit_once(' ')?;
        let local: DateTime = local.parse().ok()?;
        format!("{local}{offset}").parse().ok()
    })?;
    Some((instant.as_microsecond() - now).max(0) as f64 / 1e6)
}

/// v2's way to say what went wrong.
pub(super) fn errors(code: &str, message: &str) -> Value {
    json!({ "data": null, "errors": [{ "error": code, "message": message }] })
}

pub(super) fn not_found(shape: NotFound, code: &str, message: &str) -> Response {
    match shape {
        NotFound::Empty => StatusCode::NOT_FOUND.into_response(),
        NotFound::Envelope => (StatusCode::NOT_FOUND, Json(errors(code, message))).into_response(),
        NotFound::Soft => Json(errors(code, message)).into_response(),
    }
}

fn no_batch() -> Response {
    not_found(NotFound::Envelope, "BATCH_NOT_FOUND", "Batch not found")
}

fn refused(message: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "status": "error", "message": message }))).into_response()
}

fn invalid(errors: &[String]) -> Response {
    let message = format!("Invalid parameters. Error: {}", json!(errors));
    (StatusCode::BAD_REQUEST, Json(json!({ "status": "error", "message": message, "errors": errors }))).into_response()
}
