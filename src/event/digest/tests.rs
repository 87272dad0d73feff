//! What is counted, named and left out when events are bundled.

use jiff::SignedDuration;

use super::*;
use crate::event::{facts::CallFacts, notable::Notable, sample};

fn now() -> Timestamp {
    "2023-12-16T00:16:41Z".parse().unwrap()
}

fn heading() -> Heading<'static> {
    Heading { id: "evt_1", route: "mornings", reason: Reason::Digest, from: now(), to: now(), previous: None }
}

/// An event about call `id`, seen so many seconds after the others.
fn told(kind: Kind, id: &str, after: i64, change: impl FnOnce(&mut CallFacts)) -> Event {
    let mut event = sample::sample(kind, now());
    event.id = format!("evt_{id}_{kind}");
    event.observed_at = now() + SignedDuration::from_secs(after);
    if let Data::Call { call, .. } = &mut event.data {
        (call.id, call.error, call.error_stage) = (id.to_owned(), None, None);
        (call.transferred_to, call.details) = (None, Vec::new());
        change(call);
    }
    event
}

fn digest(members: Vec<Event>) -> DigestFacts {
    compose(&heading(), members).digest().unwrap().clone()
}

fn notable(members: Vec<Event>) -> Vec<(String, Notable)> {
    digest(members).notable.into_iter().map(|call| (call.id, call.reason)).collect()
}

#[test]
fn an_empty_bundle_is_an_event_too() {
    let event = compose(&heading(), Vec::new());
    assert_eq!((event.kind, event.severity, event.id.as_str()), (Kind::Digest, Severity::Info, "evt_1"));
    assert_eq!((event.timestamp, event.observed_at), (now(), now()));
    let json = serde_json::to_value(&event).unwrap();
    assert!(json["watch"].is_null() && json["account"].is_null(), "{json}");
    assert_eq!(json["data"]["digest"]["total"], 0);
    assert_eq!(serde_json::from_value::<Event>(json).unwrap(), event);
}

#[test]
fn a_call_is_counted_once_with_the_outcome_known_last() {
    let voicemail = |call: &mut CallFacts| call.outcome = Some(Outcome::Voicemail);
    let digest = digest(vec![
        told(Kind::CallCorrected, "a", 9, |_| {}),
        told(Kind::CallStarted, "a", 0, |_| {}),
        told(Kind::CallCompleted, "a", 5, voicemail),
        told(Kind::CallFailed, "b", 6, |call| call.error = Some("busy line".to_owned())),
        // Its end was told elsewhere.
        told(Kind::CallCorrected, "c", 7, |_| {}),
    ]);
    assert_eq!(digest.outcomes, OutcomeCounts { human: 1, failed: 1, ..OutcomeCounts::default() });
    assert_eq!((digest.total, digest.calls, digest.others), (5, 2, 3));
    assert_eq!(digest.failed_calls.len(), 1);
    assert_eq!(digest.failed_calls[0].error.as_deref(), Some("busy line"));
    let order: Vec<&str> = digest.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(order, ["call.started", "call.completed", "call.failed", "call.corrected", "call.corrected"]);
    assert!(digest.events.iter().filter_map(Event::call).all(|call| call.transcript.is_empty()));
}

#[test]
fn what_the_members_share_is_the_bundles_own() {
    let mut one = told(Kind::CallCompleted, "a", 0, |_| {});
    let mut other = told(Kind::CallFailed, "b", 0, |call| call.batch_id = None);
    let both = compose(&heading(), vec![one.clone(), other.clone()]);
    assert_eq!((both.watch.as_str(), both.account.as_str(), both.severity), ("everything", "bland", Severity::Error));
    assert_eq!(both.digest().unwrap().batch_id, None);
    one.watches.push("spring".to_owned());
    (other.watch, other.account) = ("spring".to_owned(), "agency".to_owned());
    other.watches = vec!["spring".to_owned(), "agency".to_owned()];
    let both = compose(&heading(), vec![one.clone(), other]);
    assert_eq!((both.watch.as_str(), both.account.as_str()), ("", ""));
    assert_eq!(both.watches, ["everything", "spring", "agency"]);
    assert!(compose(&heading(), vec![one]).digest().unwrap().batch_id.is_some());
}

#[test]
fn batches_gather_what_is_told_of_them_and_their_calls() {
    let started = sample::sample(Kind::BatchStarted, now());
    let mut ended = sample::sample(Kind::BatchCompleted, now());
    ended.observed_at = now() + SignedDuration::from_secs(1);
    let batch_id = ended.batch().unwrap().id.clone();
    let digest = digest(vec![
        ended,
        started,
        told(Kind::CallCompleted, "a", 0, |call| call.batch_id = Some(batch_id.clone())),
        told(Kind::CallCompleted, "b", 0, |call| call.batch_id = Some("other".to_owned())),
    ]);
    let [told, other] = digest.batches.as_slice() else { panic!("{:?}", digest.batches) };
    assert_eq!((told.state, told.total, told.calls, told.outcomes.human), (Some(BatchState::Ended), Some(48), 1, 1));
    assert_eq!((other.id.as_str(), other.state, other.total, other.calls), ("other", None, None, 1));
}

#[test]
fn a_problem_and_its_end_are_one() {
    let mut failing = sample::sample(Kind::WatchFailing, now());
    failing.observed_at = now() - SignedDuration::from_secs(100);
    let mut missing = sample::sample(Kind::DeliveryMissing, now());
    missing.observed_at = now();
    let digest = digest(vec![
        sample::sample(Kind::WatchRecovered, now()),
        failing,
        sample::sample(Kind::NotifierFailing, now()),
        missing,
    ]);
    let seen: Vec<_> = digest.problems.iter().map(|problem| (problem.kind, problem.recovered_at.is_some())).collect();
    let expected = [(Kind::WatchFailing, true), (Kind::NotifierFailing, false), (Kind::DeliveryMissing, false)];
    assert_eq!(seen, expected);
    assert_eq!((digest.problems_total, digest.problems_open), (3, 1));
}

#[test]
fn notable_calls_are_named_once_the_most_pressing_first() {
    let agreed = |call: &mut CallFacts| call.details = vec!["tomorrow at 3pm".to_owned()];
    let transferred = |call: &mut CallFacts| {
        agreed(call);
        call.transferred_to = Some("+15550100007".to_owned());
    };
    let found = notable(vec![
        told(Kind::CallCompleted, "plain", 0, |_| {}),
        told(Kind::CallCompleted, "agreed", 1, agreed),
        told(Kind::CallCompleted, "transferred", 2, transferred),
        told(Kind::CallCompleted, "warned", 3, |call| call.error = Some("Cannot transfer".to_owned())),
        told(Kind::CallFailed, "failed", 3, agreed),
        told(Kind::CallStuck, "stuck", 4, |_| {}),
        told(Kind::CallStuck, "plain", 4, |_| {}),
        told(Kind::CallMissing, "missing", 5, |_| {}),
        told(Kind::CallCompleted, "corrected", 6, agreed),
        told(Kind::CallCorrected, "corrected", 7, agreed),
        // A machine's words settle nothing.
        told(Kind::CallCompleted, "machine", 8, |call| {
            agreed(call);
            call.outcome = Some(Outcome::Voicemail);
        }),
    ]);
    let expected = [
        ("missing", Notable::Missing),
        ("stuck", Notable::Stuck),
        ("warned", Notable::Warning),
        ("corrected", Notable::Corrected),
        ("transferred", Notable::Transferred),
        ("agreed", Notable::Agreed),
    ];
    assert_eq!(found, expected.map(|(id, reason)| (id.to_owned(), reason)));
}

#[test]
fn long_means_far_longer_than_the_others() {
    let lasting = |seconds: &[u64]| {
        let call = |(place, seconds): (usize, &u64)| {
            told(Kind::CallCompleted, &format!("c{place}"), 0, |call| call.duration_seconds = Some(*seconds))
        };
        notable(seconds.iter().enumerate().map(call).collect())
    };
    assert_eq!(lasting(&[60, 70, 80, 90, 300]), [("c4".to_owned(), Notable::Long)]);
    assert_eq!(lasting(&[20, 20, 20, 20, 299]), []);
    assert_eq!(lasting(&[200, 200, 200, 200, 599]), []);
    assert_eq!(lasting(&[60, 70, 80, 3_000]), []);
}

#[test]
fn of_many_the_first_are_named_and_all_are_counted() {
    let event = sample::huge(2_000, now());
    let digest = event.digest().unwrap();
    assert_eq!((digest.total, digest.calls, digest.outcomes.total()), (2_000, 2_000, 2_000));
    assert_eq!((digest.failed_calls.len(), digest.notable.len(), digest.events.len()), (20, 20, 2_000));
    assert!(digest.outcomes.failed > 100 && digest.notable_total > 100, "{:?}", digest.outcomes);
}

#[test]
fn reasons_are_written_as_they_are_read() {
    for reason in Reason::ALL {
        assert_eq!(reason.as_str().parse::<Reason>().unwrap(), reason);
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
    }
    assert!("hourly".parse::<Reason>().is_err());
}
