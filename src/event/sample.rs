//! Made-up events for checks, previews and tests: full, sparse, and as hostile as callers can be.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

mod bundle;

use crate::{
    event::{
        Data, Event, Severity,
        digest::Reason,
        facts::{BatchFacts, CallFacts, DetailItem, FailedCall, OutcomeCounts, Problem, SummaryParts},
        id,
        kind::Kind,
    },
    model::{
        call::{Speaker, Turn},
        outcome::{ErrorStage, Likely, Outcome},
    },
};

const CALL_ID: &str = "c1234567-89ab-4def-8123-456789abcdef";
const BATCH_ID: &str = "652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10";

/// A realistic event with every field filled that the kind can have.
pub fn sample(kind: Kind, now: Timestamp) -> Event {
    let data = match kind {
        Kind::CallStarted => call(live(full_call(now)), None),
        Kind::CallCompleted => call(full_call(now), None),
        Kind::CallFailed => call(failed(full_call(now)), None),
        Kind::CallCorrected => call(full_call(now), Some(Outcome::Voicemail)),
        Kind::CallStuck => {
            let stuck = live(full_call(now));
            let began = Some(before(now, 3 * 3600));
            call(CallFacts { created_at: began, started_at: began, ..stuck }, None)
        }
        Kind::CallMissing => call(live(full_call(now)), None),
        Kind::BatchStarted => batch(part_of_batch(now, 0)),
        Kind::BatchProgress | Kind::BatchStuck => batch(part_of_batch(now, 30)),
        Kind::BatchCompleted => batch(full_batch(now)),
        Kind::WatchFailing | Kind::WatchRecovered => problem("account bland", "unauthorized (401)", now),
        Kind::NotifierFailing | Kind::NotifierRecovered => {
            problem("notifier ops", "Discord answered 404 code 10015: Unknown Webhook", now)
        }
        Kind::DeliveryMissing => {
            problem("notifier ops", &format!("call.completed of {CALL_ID} had not been given to it"), now)
        }
        Kind::Digest => return bundle::full(Reason::Digest, now),
    };
    event(kind, data, now)
}

/// The same event with nothing in it but what no event can lack.
pub fn sparse(kind: Kind, now: Timestamp) -> Event {
    if kind == Kind::Digest {
        return bundle::empty(now);
    }
    let mut event = sample(kind, now);
    event.data = match event.data {
        Data::Call { call: full, previous_outcome } => {
            let outcome = full.outcome;
            call(CallFacts { id: full.id, outcome, ..CallFacts::default() }, previous_outcome)
        }
        Data::Batch { batch: full } => batch(BatchFacts { id: full.id, ..BatchFacts::default() }),
        Data::Problem { problem } => {
            Data::Problem { problem: Problem { reason: String::new(), attempts: 0, ..problem } }
        }
        bundle @ Data::Digest { .. } => bundle,
    };
    event
}

/// A finished call of which nobody knows who answered, but it sounds like someone.
pub fn unclassified(likely: Option<Likely>, now: Timestamp) -> Event {
    let mut event = sample(Kind::CallCompleted, now);
    if let Data::Call { call, .. } = &mut event.data {
        call.outcome = Some(Outcome::Unclassified);
        call.answered_by = None;
        call.likely = likely;
    }
    event
}

/// A bundle as each reason makes it.
pub fn bundle(reason: Reason, now: Timestamp) -> Event {
    bundle::full(reason, now)
}

/// A bundle of so many calls' ends.
pub fn huge(calls: u32, now: Timestamp) -> Event {
    bundle::huge(calls, now)
}

/// Problems, batches and bundles whose texts try to be more than text, each with a name.
pub fn hostile_others(now: Timestamp) -> Vec<(&'static str, Event)> {
    bundle::hostile(now)
}

/// Calls whose texts try to be more than text, each with a name.
pub fn hostile(now: Timestamp) -> Vec<(&'static str, Event)> {
    let long = "so many words ".repeat(1_700);
    let texts = [
        ("mentions", "@everyone @here <@123456789012345678> <@&1> <#2> <t:0:R> <!channel> <!here> <@U012AB3CD>".to_owned()),
        ("markdown", "**bold** _it_ ~~no~~ `code` ```block``` # head\n> quote\n- item\n1. one\n[x](https://evil.example) ![i](https://evil.example/i.png) https://evil.example".to_owned()),
        ("html", "<script>alert(1)</script><img src=x onerror=alert(1)> </td></table> &amp; \"' onload=x".to_owned()),
        ("json", "\", \"content\": \"@everyone\"}], \\\" \\u0022 {\"a\": 1} \\".to_owned()),
        ("templates", "{{{{raw}}}} {{call.to}} {{{call.to}}} {{> partial}} ${HOME} {{! c }}".to_owned()),
        ("sections", "x\ntitle: mine\ncolor: red\nfacts:\nOutcome: human\nlink: https://evil.example\nbody:\nmine".to_owned()),
        ("controls", "a\u{0}b\u{1b}[31mred\u{7}\r\nSubject: x\u{202E}gpj.exe\u{2066}\u{200B}\u{FEFF}\u{E000}\u{E02A}z".to_owned()),
        ("emoji", "👩‍👩‍👧‍👦🏳️‍🌈👍🏽🇩🇪".repeat(60)),
        ("right to left", "שלום עולם، مرحبا بالعالم".repeat(20)),
        ("marks", format!("Z{}algo", "\u{301}\u{336}".repeat(400))),
        ("one long word", "x".repeat(20_000)),
        ("long", long),
    ];
    let mut events: Vec<_> = texts.into_iter().map(|(name, text)| (name, with_text(&text, now))).collect();
    events.push(("nothing", sparse(Kind::CallCompleted, now)));
    let mut blank = with_text("", now);
    if let Data::Call { call, .. } = &mut blank.data {
        call.outcome = None;
    }
    events.push(("blank", blank));
    events
}

/// A failed call with the text wherever a caller, a record or a configuration could put it.
fn with_text(text: &str, now: Timestamp) -> Event {
    let said = || Some(text.to_owned());
    let variables: Map<String, Value> =
        [(text.to_owned(), json!(text)), ("name".to_owned(), json!([text, { "x": text }]))].into_iter().collect();
    let facts = CallFacts {
        to: said(),
        from: said(),
        error: said(),
        answered_by: said(),
        status: said(),
        queue_status: said(),
        ended_by: said(),
        disposition: said(),
        transferred_to: said(),
        recording_url: said(),
        summary: said(),
        summary_source: Some("extract".to_owned()),
        details: vec![text.to_owned(); 3],
        detail_items: vec![item(text, text); 3],
        summary_parts: SummaryParts { purpose: said(), outcome: said(), next_step: said() },
        transcript: vec![Turn { speaker: Speaker::Other(text.to_owned()), text: text.to_owned(), at: None }; 3],
        variables: variables.clone(),
        metadata: variables,
        url: said(),
        ..full_call(now)
    };
    let mut event = event(Kind::CallFailed, call(facts, None), now);
    event.watch = text.to_owned();
    event
}

fn event(kind: Kind, data: Data, now: Timestamp) -> Event {
    let subject = match &data {
        Data::Call { call, .. } => call.id.clone(),
        Data::Batch { batch } => batch.id.clone(),
        Data::Problem { problem } => problem.what.clone(),
        Data::Digest { digest } => digest.route.clone(),
    };
    let severity = match kind {
        Kind::CallFailed | Kind::WatchFailing | Kind::NotifierFailing | Kind::DeliveryMissing => Severity::Error,
        Kind::CallStuck | Kind::CallMissing | Kind::BatchStuck => Severity::Warning,
        _ => Severity::Info,
    };
    Event {
        id: id::derived("evt", &["sample", &subject, kind.as_str()]),
        kind,
        timestamp: before(now, 60),
        observed_at: before(now, 57),
        watch: "everything".to_owned(),
        watches: vec!["everything".to_owned()],
        account: "bland".to_owned(),
        severity,
        data,
    }
}

fn call(call: CallFacts, previous_outcome: Option<Outcome>) -> Data {
    Data::Call { call: Box::new(call), previous_outcome }
}

fn batch(batch: BatchFacts) -> Data {
    Data::Batch { batch: Box::new(batch) }
}

fn problem(what: &str, reason: &str, now: Timestamp) -> Data {
    Data::Problem {
        problem: Problem { what: what.to_owned(), since: before(now, 240), reason: reason.to_owned(), attempts: 4 },
    }
}

fn before(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(now)
}

fn full_call(now: Timestamp) -> CallFacts {
    let turn = |speaker, text: &str, ago| Turn { speaker, text: text.to_owned(), at: Some(before(now, ago)) };
    let variables = json!({ "customer_name": "Ada Example", "tier": "gold", "phone_number": "+15551234567" });
    let metadata = json!({ "team": "bookings", "order": 4711 });
    let map = |value: Value| value.as_object().cloned().unwrap_or_default();
    CallFacts {
        id: CALL_ID.to_owned(),
        batch_id: Some(BATCH_ID.to_owned()),
        direction: Some("outbound".to_owned()),
        to: Some("+15551234567".to_owned()),
        from: Some("+15557654321".to_owned()),
        outcome: Some(Outcome::Human),
        likely: None,
        answered_by: Some("human".to_owned()),
        status: Some("completed".to_owned()),
        queue_status: Some("complete_error".to_owned()),
        error: Some("Cannot transfer to +15550100007 - Call is no longer active".to_owned()),
        error_stage: Some(ErrorStage::PostCall),
        created_at: Some(before(now, 150)),
        started_at: Some(before(now, 131)),
        ended_at: Some(before(now, 60)),
        duration_seconds: Some(71),
        ended_by: Some("assistant".to_owned()),
        disposition: Some("CALL_BACK_SCHEDULED".to_owned()),
        transferred_to: Some("+15550100007".to_owned()),
        price_usd: Some(0.107),
        recording_url: Some("https://recordings.example/c1234567?token=secret".to_owned()),
        pathway_id: Some("b1693602-c05e-4b5c-b187-d0189a42aebf".to_owned()),
        variables: map(variables),
        metadata: map(metadata),
        summary: Some("Ada confirmed the appointment and asked to be called back about two rooms.".to_owned()),
        summary_source: Some("extract".to_owned()),
        details: vec!["tomorrow at 3pm".to_owned(), "2 rooms".to_owned()],
        detail_items: vec![item("date", "tomorrow at 3pm"), item("quantity", "2 rooms")],
        summary_parts: SummaryParts {
            purpose: Some("Agent: Are you still coming tomorrow at 3pm?".to_owned()),
            outcome: Some("Person: Yes.".to_owned()),
            next_step: Some("Person: Please call me back at 555-123-4567 about the two rooms.".to_owned()),
        },
        transcript: vec![
            turn(Speaker::Assistant, "Hi, this is Acme Dental. Are you still coming tomorrow at 3pm?", 128),
            turn(Speaker::User, "Yes. Please call me back at 555-123-4567 about the two rooms.", 115),
            turn(Speaker::Assistant, "Will do. Goodbye!", 70),
            turn(Speaker::Action, "Ended call", 61),
        ],
        url: Some(format!("https://ringback.example.com/calls/{CALL_ID}")),
    }
}

fn live(call: CallFacts) -> CallFacts {
    CallFacts {
        outcome: None,
        answered_by: None,
        status: Some("in-progress".to_owned()),
        queue_status: Some("started".to_owned()),
        error: None,
        error_stage: None,
        ended_at: None,
        duration_seconds: None,
        ended_by: None,
        disposition: None,
        transferred_to: None,
        price_usd: None,
        recording_url: None,
        summary: None,
        summary_source: None,
        details: Vec::new(),
        detail_items: Vec::new(),
        summary_parts: SummaryParts::default(),
        transcript: Vec::new(),
        ..call
    }
}

fn item(kind: &str, text: &str) -> DetailItem {
    DetailItem { kind: kind.to_owned(), text: text.to_owned() }
}

fn failed(call: CallFacts) -> CallFacts {
    CallFacts {
        outcome: Some(Outcome::Failed),
        answered_by: None,
        status: Some("failed".to_owned()),
        queue_status: Some("call_error".to_owned()),
        error: Some("Call failed. The number you dialed is not found.".to_owned()),
        error_stage: Some(ErrorStage::Call),
        duration_seconds: Some(0),
        ended_by: None,
        disposition: Some("FAILED".to_owned()),
        transferred_to: None,
        summary: None,
        summary_source: None,
        details: Vec::new(),
        detail_items: Vec::new(),
        summary_parts: SummaryParts::default(),
        transcript: Vec::new(),
        ..call
    }
}

fn full_batch(now: Timestamp) -> BatchFacts {
    let failed = |id: &str, to: &str, error: &str| FailedCall {
        id: id.to_owned(),
        to: Some(to.to_owned()),
        error: Some(error.to_owned()),
    };
    BatchFacts {
        id: BATCH_ID.to_owned(),
        description: Some("Spring reminders".to_owned()),
        total: 48,
        finished: 48,
        percent: 100,
        outcomes: OutcomeCounts {
            human: 29,
            voicemail: 10,
            no_answer: 4,
            busy: 1,
            canceled: 1,
            unknown: 1,
            unclassified: 0,
            failed: 2,
        },
        error: None,
        failed_calls: vec![
            failed(
                "f0000001-0000-4000-8000-000000000001",
                "+15550100021",
                "Call failed. The number you dialed is not found.",
            ),
            failed(
                "f0000002-0000-4000-8000-000000000002",
                "+15550100022",
                "Call failed. The number you dialed is temporarily unavailable.",
            ),
        ],
        pace_per_minute: None,
        expected_at: None,
        started_at: Some(before(now, 2_460)),
        finished_at: Some(before(now, 60)),
        duration_seconds: Some(2_400),
        price_usd: Some(4.31),
        url: Some(format!("https://ringback.example.com/batches/{BATCH_ID}")),
    }
}

/// A batch of which only the given number of calls has ended.
fn part_of_batch(now: Timestamp, finished: u64) -> BatchFacts {
    let outcomes = match finished {
        0 => OutcomeCounts::default(),
        _ => OutcomeCounts { human: finished - 3, voicemail: 1, failed: 2, ..OutcomeCounts::default() },
    };
    let full = full_batch(now);
    BatchFacts {
        finished,
        percent: finished * 100 / full.total,
        outcomes,
        failed_calls: if finished == 0 { Vec::new() } else { full.failed_calls },
        pace_per_minute: (finished > 0).then_some(4.2),
        expected_at: (finished > 0).then(|| before(now, -300)),
        finished_at: None,
        duration_seconds: None,
        ..full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_sample_that_survives_the_store() {
        let now: Timestamp = "2023-12-16T00:16:41Z".parse().unwrap();
        for kind in Kind::SAID {
            for event in [sample(kind, now), sparse(kind, now)] {
                assert_eq!(event.kind, kind);
                let text = serde_json::to_string(&event).unwrap();
                assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
            }
        }
    }

    #[test]
    fn the_full_sample_leaves_no_field_of_a_call_null() {
        let now: Timestamp = "2023-12-16T00:16:41Z".parse().unwrap();
        let event = serde_json::to_value(sample(Kind::CallCompleted, now)).unwrap();
        let nulls: Vec<_> = event["data"]["call"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, value)| value.is_null())
            .map(|(key, _)| key)
            .collect();
        // Only an unclassified call has it.
        assert_eq!(nulls, ["likely"]);
    }
}
