//! Made-up bundles: as each reason makes them, empty, hostile, and huge.

use jiff::Timestamp;

use super::{BATCH_ID, batch, before, call, event, failed, full_batch, full_call, live, problem, with_text};
use crate::{
    event::{
        Data, Event,
        digest::{Heading, Previous, Reason, Totals, compose},
        facts::{CallFacts, OutcomeCounts, SummaryParts},
        kind::Kind,
    },
    model::outcome::Outcome,
};

const DAY: i64 = 86_400;

fn heading(reason: Reason, now: Timestamp) -> Heading<'static> {
    let (route, seconds) = match reason {
        Reason::Digest => ("every morning", DAY),
        Reason::Group => ("bursts", 30),
        Reason::Quiet => ("nights", 9 * 3_600),
        Reason::Throttle => ("not too fast", 60),
    };
    let previous = None;
    Heading { id: "evt_sampleSampleSample0000", route, reason, from: before(now, seconds), to: now, previous }
}

/// Something of everything that a bundle can hold.
pub(super) fn full(reason: Reason, now: Timestamp) -> Event {
    let heading = heading(reason, now);
    let mut members = ended(38, Some(BATCH_ID), &heading);
    if reason == Reason::Digest {
        members.extend(others(now));
    }
    let previous = (reason == Reason::Digest).then(|| day_before(now));
    compose(&Heading { previous, ..heading }, members)
}

/// What yesterday's digest counted.
fn day_before(now: Timestamp) -> Previous {
    let outcomes = OutcomeCounts { human: 15, voicemail: 6, no_answer: 1, failed: 4, ..OutcomeCounts::default() };
    let totals = Totals { total: 29, calls: outcomes.total(), outcomes };
    Previous { from: before(now, 2 * DAY), to: before(now, DAY), totals }
}

pub(super) fn empty(now: Timestamp) -> Event {
    compose(&heading(Reason::Digest, now), Vec::new())
}

pub(super) fn huge(calls: u32, now: Timestamp) -> Event {
    let heading = heading(Reason::Digest, now);
    compose(&heading, ended(calls, None, &heading))
}

/// Ends of calls in a usual mixture, more and more of them.
fn ended(calls: u32, batch_id: Option<&str>, heading: &Heading<'_>) -> Vec<Event> {
    let seconds = heading.to.as_second() - heading.from.as_second();
    let ago = |number: u32| {
        let part = f64::from(calls - number) / f64::from(calls);
        ((part + part * part) * 0.45 * seconds as f64) as i64 + 3
    };
    (0..calls).map(|number| end(number, ago(number), batch_id, heading.to)).collect()
}

fn end(number: u32, ago: i64, batch_id: Option<&str>, now: Timestamp) -> Event {
    let plain = CallFacts {
        id: format!("c{number:07}-89ab-4def-8123-456789abcdef"),
        batch_id: batch_id.map(str::to_owned),
        to: Some(format!("+1555{:07}", 2_000_000 + u64::from(number) * 13)),
        error: None,
        error_stage: None,
        transferred_to: None,
        details: Vec::new(),
        detail_items: Vec::new(),
        ended_at: Some(before(now, ago)),
        duration_seconds: Some(40 + u64::from(number * 7 % 60)),
        url: Some(format!("https://ringback.example.com/calls/c{number:07}-89ab-4def-8123-456789abcdef")),
        ..full_call(now)
    };
    let silent = |outcome| CallFacts {
        outcome: Some(outcome),
        answered_by: None,
        summary: None,
        summary_source: None,
        summary_parts: SummaryParts::default(),
        transcript: Vec::new(),
        duration_seconds: Some(0),
        ..plain.clone()
    };
    let (kind, facts) = match number % 19 {
        2 => {
            let CallFacts { details, detail_items, .. } = full_call(now);
            (Kind::CallCompleted, CallFacts { details, detail_items, ..plain })
        }
        3..=8 => (Kind::CallCompleted, silent(Outcome::Voicemail)),
        9 if number < 19 => {
            (Kind::CallCompleted, CallFacts { transferred_to: Some("+15550100007".to_owned()), ..plain })
        }
        9 => {
            let full = full_call(now);
            (Kind::CallCompleted, CallFacts { error: full.error, error_stage: full.error_stage, ..plain })
        }
        10 => (Kind::CallFailed, failed(plain)),
        11 if number < 19 => (Kind::CallCompleted, silent(Outcome::Busy)),
        11 | 12 => (Kind::CallCompleted, silent(Outcome::NoAnswer)),
        13 if number > 19 => (Kind::CallCompleted, CallFacts { duration_seconds: Some(1_380), ..plain }),
        _ => (Kind::CallCompleted, plain),
    };
    let mut event = event(kind, call(facts, None), now);
    (event.timestamp, event.observed_at) = (before(now, ago), before(now, ago - 2));
    event
}

/// What a day brings besides calls that end.
fn others(now: Timestamp) -> Vec<Event> {
    let other = |id: &str, facts: CallFacts| CallFacts { id: id.to_owned(), batch_id: None, ..facts };
    let stuck = other("d0000001-89ab-4def-8123-456789abcdef", live(full_call(now)));
    let stuck = CallFacts { started_at: Some(before(now, 3 * 3_600)), ..stuck };
    let corrected = CallFacts { error: None, ..other("d0000002-89ab-4def-8123-456789abcdef", full_call(now)) };
    let missing = CallFacts { id: "d0000003-89ab-4def-8123-456789abcdef".to_owned(), ..CallFacts::default() };
    let mut recovered = event(Kind::WatchRecovered, problem("account bland", "request timed out", now), now);
    recovered.timestamp = before(now, 30);
    vec![
        event(Kind::CallStuck, call(stuck, None), now),
        event(Kind::CallCorrected, call(corrected, Some(Outcome::Voicemail)), now),
        event(Kind::CallMissing, call(missing, None), now),
        event(Kind::BatchCompleted, batch(full_batch(now)), now),
        event(Kind::WatchFailing, problem("account bland", "request timed out", now), now),
        recovered,
        super::sample(Kind::NotifierFailing, now),
    ]
}

/// Problems, batches and bundles with each hostile text wherever one can be.
pub(super) fn hostile(now: Timestamp) -> Vec<(&'static str, Event)> {
    let texts = super::hostile(now).into_iter().filter_map(|(name, event)| {
        let text = event.call()?.summary.clone()?;
        (!text.is_empty()).then_some((name, text))
    });
    texts.flat_map(|(name, text)| with_text_in_others(&text, now).into_iter().map(move |event| (name, event))).collect()
}

fn with_text_in_others(text: &str, now: Timestamp) -> Vec<Event> {
    let mut facts = full_batch(now);
    (facts.description, facts.error) = (Some(text.to_owned()), None);
    for failed in &mut facts.failed_calls {
        (failed.to, failed.error) = (Some(text.to_owned()), Some(text.to_owned()));
    }
    let failing = event(Kind::NotifierFailing, problem(text, text, now), now);
    let ended = event(Kind::BatchCompleted, batch(facts), now);
    // Long texts say enough with a few members.
    let many = if text.len() > 2_000 { 1 } else { 7 };
    let failures = (0..many).map(|number| member(Kind::CallFailed, Outcome::Failed, number, text, now));
    let notable = (10..10 + many).map(|number| member(Kind::CallCompleted, Outcome::Human, number, text, now));
    let stuck = (20..20 + many).map(|number| member(Kind::CallStuck, Outcome::Unclassified, number, text, now));
    let members = failures.chain(notable).chain(stuck).chain([failing.clone(), ended.clone()]).collect();
    let bundle = compose(&Heading { route: text, ..heading(Reason::Digest, now) }, members);
    vec![failing, ended, bundle]
}

fn member(kind: Kind, outcome: Outcome, number: u32, text: &str, now: Timestamp) -> Event {
    let mut event = Event { kind, ..with_text(text, now) };
    if let Data::Call { call, .. } = &mut event.data {
        call.id = format!("e{number:07}-89ab-4def-8123-456789abcdef");
        call.outcome = Some(outcome);
        call.error_stage = None;
        if number.is_multiple_of(2) {
            call.error = None;
        }
    }
    event.id = format!("evt_{number:022}");
    event
}
