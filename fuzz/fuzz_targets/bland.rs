//! Whatever Bland answers: it is read, its calls are judged and told, and nothing of it acts or breaks.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ringback::{
    bland::{answer, document},
    detect::{
        self,
        call::{Change, Rules},
        words,
    },
    event::{Event, kind::Kind},
    model::{batch::BatchApi, call::Call, outcome::Outcome, period::Period},
    summary, watch,
};
use ringback_fuzz::{now, told};

/// Calls looked at in one answer: each is rendered for every notifier.
const MOST: usize = 3;

const ID: &str = "c1";

fuzz_target!(init: ringback_fuzz::trust_nobody(), |json: &[u8]| {
    let mut calls: Vec<Call> = document::read_calls(json).into_iter().filter_map(Result::ok).collect();
    assert_eq!(document::read_call(json).is_ok(), calls.len() == 1 && document::read_calls(json).len() == 1);
    let text = String::from_utf8_lossy(json);
    for status in [200, 400, 429, 500] {
        calls.extend(answers(status, &text));
    }
    let mut seen: Vec<Call> = Vec::new();
    for call in calls {
        if seen.len() < MOST && !seen.contains(&call) {
            check(&call);
            seen.push(call);
        }
    }
});

/// The answer to each question that the client asks.
fn answers(status: u16, text: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    calls.extend(answer::read(status, text, |raw| answer::call(raw, ID)));
    if let Ok(page) = answer::read(status, text, answer::page) {
        assert_eq!(page.received, (page.rows.len() + page.bad.len()) as u64);
        assert!(page.rows.iter().all(|row| row.hash != 0));
        calls.extend(page.rows.into_iter().map(|row| row.call));
    }
    let _ = answer::read(status, text, answer::active);
    for api in [BatchApi::V1, BatchApi::V2] {
        if let Ok((received, batches)) = answer::read(status, text, |raw| answer::batches(raw, api)) {
            assert!(batches.len() as u64 <= received);
        }
        if let Ok((mut batch, _)) = answer::read(status, text, |raw| answer::batch(raw, ID, api)) {
            assert_eq!(batch.id, ID);
            let logged = answer::read(status, text, |raw| {
                answer::batch_log(raw, &mut batch);
                Ok(())
            });
            assert!(logged.is_ok());
        }
    }
    if let Err(error) = answer::read(status, text, answer::page) {
        let says = error.to_string();
        assert!(says.chars().count() < 500 && !says.contains(char::is_control), "{says:?}");
    }
    calls
}

/// From a call's first sight to its end, and to what is told of it.
fn check(call: &Call) {
    assert!(!call.id.is_empty());
    let stored = serde_json::to_string(call).expect("a call is JSON");
    assert!(serde_json::from_str::<Call>(&stored).is_ok(), "what was stored cannot be read back");
    let outcome = words::outcome(call);
    assert_eq!(outcome.is_some(), words::is_terminal(call));
    let rules = Rules { settle: Period::from_secs(75), stuck_after: Period::from_secs(900), await_answer: true };
    let mut memory = detect::call::Memory::default();
    let mut changes = detect::call::step(&mut memory, call, &rules, now());
    let later = now() + rules.settle.signed();
    changes.extend(detect::call::step(&mut memory, call, &rules, later));
    changes.extend(detect::call::step(&mut memory, call, &rules, later));
    let ends = changes.iter().filter(|change| matches!(change, Change::Ended(_))).count();
    assert_eq!(ends, usize::from(outcome.is_some()), "an end is told once, after the settle time at the latest");
    assert_eq!(memory.told, outcome);
    detect::call::next_look(&memory, &rules, Period::from_secs(10), later);
    let kind = match outcome {
        None => Kind::CallStuck,
        Some(Outcome::Failed) => Kind::CallFailed,
        Some(_) => Kind::CallCompleted,
    };
    let settings = summary::config::Config::default();
    let event = watch::tell::from_record(call, kind, &settings, now()).expect("an event of this kind");
    let stored = serde_json::to_string(&event).expect("an event is JSON");
    assert!(serde_json::from_str::<Event>(&stored).is_ok(), "what was stored cannot be read back");
    told(&event);
}
