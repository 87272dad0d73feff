//! Which routes match which events, and what `check` says of bad ones.

use jiff::tz::TimeZone;

use super::{Answer, Router, config::Config};
use crate::{
    event::{Data, Event, kind::Kind, sample::sample},
    model::outcome::Outcome,
};

fn route(text: &str) -> Config {
    toml::from_str(text).unwrap()
}

fn ended(outcome: Outcome) -> Event {
    let mut event = sample(Kind::CallCompleted, jiff::Timestamp::UNIX_EPOCH);
    if let Data::Call { call, .. } = &mut event.data {
        call.outcome = Some(outcome);
        call.duration_seconds = Some(12);
        call.summary = Some("They spoke.".to_owned());
        call.details = vec!["tomorrow".to_owned()];
        call.variables.insert("tier".to_owned(), "gold".into());
    }
    event
}

/// The notifiers that these routes tell of an event.
fn check(routes: &[&str], event: &Event, expected: &[&str]) {
    let configs: Vec<Config> = routes.iter().map(|text| route(text)).collect();
    let router = Router::new(&configs, &["a".to_owned(), "b".to_owned()], &TimeZone::UTC);
    let verdicts = router.explain(event);
    let told: Vec<&str> = router.targets(&verdicts).iter().map(|target| target.notifier).collect();
    assert_eq!(told, expected, "{routes:?}");
}

#[test]
fn events_outcomes_and_watches_are_globs_that_all_must_match() {
    let event = ended(Outcome::NoAnswer);
    for (conditions, matches) in [
        ("", true),
        ("events = ['call.*']", true),
        ("events = ['*']", true),
        ("events = ['call.failed', 'batch.*']", false),
        ("outcomes = ['no_*']", true),
        ("outcomes = ['human']", false),
        ("watches = ['every*']", true),
        ("watches = ['spring-*']", false),
        ("events = ['call.completed']\noutcomes = ['voicemail', 'no_answer']\nwatches = ['everything']", true),
    ] {
        check(&[&format!("notify = ['x']\n{conditions}")], &event, if matches { &["x"] } else { &[] });
    }
    check(&["notify = ['x']\noutcomes = ['*']"], &sample(Kind::BatchCompleted, jiff::Timestamp::UNIX_EPOCH), &[]);
}

#[test]
fn conditions_see_the_event_and_its_parts() {
    let event = ended(Outcome::Voicemail);
    for (when, matches) in [
        (r#"call.duration_seconds < 20 && call.variables.tier == "gold""#, true),
        (r#"call.duration_seconds > 20"#, false),
        (r#"call.price_usd < 1.5"#, true),
        (r#"event.type == "call.completed" && event.severity == "info""#, true),
        (r#"batch == null"#, true),
        (r#"has(call.variables.missing) && call.variables.missing == 1"#, false),
        (r#"call.outcome in ["voicemail", "no_answer"]"#, true),
        (r#"call.summary.contains("spoke")"#, true),
        (r#"call.details.exists(d, d.startsWith("tom"))"#, true),
        // What cannot be evaluated counts as no match.
        (r#"batch.total > 3"#, false),
        (r#"call.variables.missing == "x""#, false),
        (r#"call.variables.tier > 3"#, false),
    ] {
        check(&[&format!("notify = ['x']\nwhen = '{when}'")], &event, if matches { &["x"] } else { &[] });
    }
}

#[test]
fn a_notifier_reached_twice_is_told_once_and_stop_ends_the_search() {
    let event = ended(Outcome::Human);
    check(&["notify = ['x', 'y']", "notify = ['y', 'z']"], &event, &["x", "y", "z"]);
    check(&["notify = ['x']\nstop = true", "notify = ['y']"], &event, &["x"]);
    check(&["notify = ['x']\nstop = true\noutcomes = ['busy']", "notify = ['y']"], &event, &["y"]);
}

#[test]
fn without_routes_the_ends_and_the_problems_go_to_everyone() {
    for kind in Kind::ALL {
        let quiet = matches!(kind, Kind::CallStarted | Kind::CallCorrected | Kind::BatchStarted | Kind::BatchProgress);
        check(&[], &sample(kind, jiff::Timestamp::UNIX_EPOCH), if quiet { &[] } else { &["a", "b"] });
    }
}

#[test]
fn each_route_can_say_why_not() {
    let configs = [
        route("notify = ['x']\nevents = ['batch.*']"),
        route("notify = ['x']\nwhen = 'call.variables.nope == 1'\nname = 'odd'"),
        route("notify = ['x']\nstop = true"),
        route("notify = ['y']"),
    ];
    let answers: Vec<_> = Router::new(&configs, &[], &TimeZone::UTC).explain(&ended(Outcome::Human));
    assert_eq!(answers[0].answer, Answer::OtherEvent);
    assert_eq!(answers[1].route, "odd");
    assert!(matches!(&answers[1].answer, Answer::ConditionFailed(why) if why.contains("nope")), "{answers:?}");
    assert!(matches!(answers[2].answer, Answer::Matches { .. }));
    assert_eq!(answers[3].answer, Answer::Stopped);
}

#[test]
fn check_names_what_is_wrong_with_a_route() {
    for (text, expected) in [
        ("notify = ['x']\nwhen = 'call.outcome == \"human\"'", ""),
        ("notify = ['x']\nwhen = 'call.variables.anything.at.all > 3 || has(call.batch_id)'", ""),
        ("notify = ['x']\nwhen = 'event.data.batch.total > 3'", ""),
        (
            "notify = ['x']\nwhen = 'call.duration_second < 20'",
            "when: there is no field `duration_second`; did you mean `duration_seconds`?",
        ),
        (
            "notify = ['x']\nwhen = 'call.outcome == \"x\" && cal.id == \"y\"'",
            "when: `cal` is not known; a condition sees `event`, `call`, `batch` and `problem`",
        ),
        ("notify = ['x']\nwhen = 'call.duration_seconds < \"20\"'", "when: a number is compared with a text"),
        ("notify = ['x']\nwhen = 'call.duration_seconds'", "when: the condition gives a number and not true or false"),
        ("notify = ['x']\nwhen = 'call.id && true'", "when: a text stands where true or false must"),
        (
            "notify = ['x']\nevents = ['batch.*']\noutcomes = ['human']\nwhen = 'call.outcome == \"human\"'",
            "outcomes: none of this route's events has an outcome, so that it never matches\n\
             when: none of this route's events has a `call`",
        ),
        ("notify = ['x']\nevents = ['batch.*', 'call.*']\nwhen = 'call.outcome == \"human\"'", ""),
        ("notify = []", "notify: this route tells nobody"),
        ("notify = ['x']\nevents = ['call.finished']", "events.0: `call.finished` matches none of the events"),
        ("notify = ['x']\noutcomes = ['humans']", "outcomes.0: `humans` matches none of the outcomes"),
    ] {
        let said: Vec<String> =
            route(text).flaws().iter().map(|flaw| format!("{}: {}", flaw.path, flaw.says)).collect();
        assert_eq!(said.join("\n"), expected, "{text}");
    }
    let unreadable = route("notify = ['x']\nwhen = 'call.outcome =='").flaws();
    assert!(unreadable[0].says.starts_with("the condition cannot be read: "), "{unreadable:?}");
}
