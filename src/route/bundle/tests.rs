//! What a route's bundles are, what `check` says of bad ones, and the clocks that the tests of schedules look at.

use jiff::{
    SignedDuration, Timestamp,
    civil::DateTime,
    tz::{self, TimeZone},
};

use super::{Bundling, By, Group, Throttle};
use crate::{
    event::{Data, Event, kind::Kind, sample::sample},
    model::{outcome::Outcome, period::Period},
    route::config::Config,
};

/// Clocks with odd rules: half an hour and two hours, at midnight, backwards in winter, in Ramadan, none.
pub(super) const ZONES: [&str; 16] = [
    "UTC",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "America/Havana",
    "Atlantic/Azores",
    "Europe/Berlin",
    "Europe/Dublin",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Antarctica/Troll",
];
pub(super) const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn zone(name: &str) -> TimeZone {
    tz::db().get(name).unwrap()
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// When this clock is put forward or back from 2020 to 2045; a clock that never is has one plain night.
pub(super) fn changes(zone: &TimeZone) -> Vec<Timestamp> {
    let (from, to) = (at("2020-01-03T00:00Z"), at("2045-12-28T00:00Z"));
    let changes = zone.following(from).map(|change| change.timestamp()).take_while(|at| *at < to);
    let changes: Vec<Timestamp> = changes.filter(|at| shown(zone, *at) != shown(zone, *at - MINUTE) + MINUTE).collect();
    if changes.is_empty() { vec![at("2032-02-29T00:00Z")] } else { changes }
}

/// Each minute from so many hours before an instant to so many after it, with what the clock shows.
pub(super) fn minutes(zone: &TimeZone, around: Timestamp, before: i32, after: i32) -> Vec<(Timestamp, DateTime)> {
    let start = around - HOUR * before;
    (0..(before + after) * 60).map(|minute| start + MINUTE * minute).map(|at| (at, shown(zone, at))).collect()
}

fn shown(zone: &TimeZone, at: Timestamp) -> DateTime {
    zone.to_datetime(at)
}

fn route(text: &str) -> Config {
    toml::from_str(&format!("notify = ['x']\n{text}")).unwrap()
}

fn bundling(text: &str) -> Option<Bundling> {
    Bundling::of(&route(text), "news", &zone("Europe/Berlin"))
}

#[test]
fn a_route_bundles_what_it_names_and_else_nothing() {
    assert_eq!(bundling(""), None);
    let all = bundling(
        "digest = { every = '1d', always = true }\ngroup = { by = 'batch' }\n\
         quiet = { from = '22:00', to = '07:00', except = ['*.failed'] }\nthrottle = { max = 20, per = '1m' }",
    )
    .unwrap();
    assert_eq!((all.route.as_str(), all.always), ("news", true));
    assert_eq!(all.group, Some(Group { by: By::Batch, wait: Period::from_secs(30), max: 50 }));
    assert_eq!(all.throttle, Some(Throttle { max: 20, per: Period::from_secs(60) }));
    // Both are on the clock of the file where they name none.
    assert_eq!(all.digest.unwrap().next(at("2026-01-10T12:00Z")), at("2026-01-10T23:00Z"));
    let quiet = all.quiet.unwrap();
    assert_eq!(quiet.until(at("2026-01-10T21:00Z")), Some(at("2026-01-11T06:00Z")));
    assert!(quiet.excepts(Kind::CallFailed) && !quiet.excepts(Kind::CallCompleted));
    let own = bundling("digest = { every = '1d', timezone = 'Asia/Kathmandu' }").unwrap();
    assert_eq!(own.digest.unwrap().next(at("2026-01-10T12:00Z")), at("2026-01-10T18:15Z"));
    assert!(!own.always);
}

#[test]
fn events_of_a_group_share_what_it_is_by() {
    let mut call = sample(Kind::CallCompleted, Timestamp::UNIX_EPOCH);
    if let Data::Call { call, .. } = &mut call.data {
        call.batch_id = Some("batch-1".to_owned());
        call.outcome = Some(Outcome::NoAnswer);
    }
    let mut alone = call.clone();
    if let Data::Call { call, .. } = &mut alone.data {
        (call.batch_id, call.outcome) = (None, None);
    }
    let batch = sample(Kind::BatchCompleted, Timestamp::UNIX_EPOCH);
    let problem = sample(Kind::WatchFailing, Timestamp::UNIX_EPOCH);
    let id = batch.batch().unwrap().id.clone();
    let values = |by: By| {
        let group = Group { by, wait: Period::from_secs(1), max: 1 };
        [&call, &alone, &batch, &problem].map(|event: &Event| group.value(event))
    };
    assert_eq!(values(By::Batch), ["batch-1", "", &id, ""]);
    assert_eq!(values(By::Outcome), ["no_answer", "", "", ""]);
    assert_eq!(values(By::None), ["", "", "", ""]);
    assert_eq!(values(By::Watch), [&call.watch, &alone.watch, &batch.watch, &problem.watch].map(String::clone));
}

#[test]
fn check_names_what_is_wrong_with_bundles() {
    for (text, expected) in [
        ("digest = { every = '1h' }\ngroup = {}\nquiet = { from = '7:00', to = '6:59' }", ""),
        ("digest = { cron = '0 9 * * MON-FRI', timezone = 'Europe/Berlin' }\nthrottle = { max = 1, per = '1d' }", ""),
        ("digest = {}", "digest: this digest has no schedule"),
        ("digest = { always = true }", "digest: this digest has no schedule"),
        ("digest = { every = '1h', cron = '0 9 * * *' }", "digest: `every` and `cron` are both given"),
        ("digest = { every = '59s' }", "digest.every: `every` is 59s; it must be from 1m to 31d"),
        ("digest = { every = '32d' }", "digest.every: `every` is 32d; it must be from 1m to 31d"),
        (
            "group = { wait = '2h', max = 0 }",
            "group.wait: `wait` is 2h; it must be from 1s to 1h\ngroup.max: `max` is 0; it must be from 1 to 2000",
        ),
        ("quiet = { from = '22:00' }", "quiet: this quiet time has no `to`"),
        ("quiet = { to = '22:00' }", "quiet: this quiet time has no `from`"),
        ("quiet = {}", "quiet: this quiet time has neither `from` nor `to`"),
        ("quiet = { from = '7:00', to = '07:00' }", "quiet.to: `from` and `to` are the same time of day"),
        (
            "quiet = { from = '22:00', to = '07:00', except = ['call.failed', 'call.broken'] }",
            "quiet.except.1: `call.broken` matches none of the events",
        ),
        ("throttle = {}", "throttle: this throttle has no `max`\nthrottle: this throttle has no `per`"),
        (
            "throttle = { max = 0, per = '100ms' }",
            "throttle.max: `max` is 0; it must be from 1 to 10000\n\
             throttle.per: `per` is 100ms; it must be from 1s to 1d",
        ),
    ] {
        let said: Vec<String> =
            route(text).flaws().iter().map(|flaw| format!("{}: {}", flaw.path, flaw.says)).collect();
        assert_eq!(said.join("\n"), expected, "{text}");
    }
}
