//! Whatever schedule or quiet time a route is given: it is refused, or its instants go on for ever, each once.

#![no_main]

use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;
use ringback::route::{
    bundle::{Bundling, quiet::Quiet, timetable::Timetable},
    config::Config,
};
use toml::{Table, Value};

/// Clocks that change in every way: an hour, half an hour, at midnight, by a whole day, not at all.
const ZONES: [&str; 13] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Asia/Tehran",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Beirut",
    "America/St_Johns",
];

/// From 1950 to 2150.
const FIRST: i64 = -631_152_000;
const SECONDS: i64 = 6_311_433_600;

fuzz_target!(|input: (i64, u8, u16, u16, &str)| {
    let (second, zone, from, to, text) = input;
    let at = Timestamp::from_second(FIRST + second.rem_euclid(SECONDS)).expect("within the calendar");
    let zone = ZONES[usize::from(zone) % ZONES.len()];
    for schedule in ["cron", "every"] {
        let digest = Table::from_iter([(schedule, text), ("timezone", zone)].map(pair));
        if let Some(timetable) = bundling("digest", digest).and_then(|bundling| bundling.digest) {
            check_timetable(&timetable, at);
        }
    }
    // A text that is a time of day takes the place of a number that always is.
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
    for (from, to) in [(clock(from), clock(to)), (text.to_owned(), clock(to))] {
        let quiet = Table::from_iter([("from", from.as_str()), ("to", &to), ("timezone", zone)].map(pair));
        if let Some(quiet) = bundling("quiet", quiet).and_then(|bundling| bundling.quiet) {
            check_quiet(&quiet, at);
        }
    }
});

fn pair((key, text): (&str, &str)) -> (String, Value) {
    (key.to_owned(), Value::from(text))
}

/// What a route with this one key means, if nothing is wrong with it.
fn bundling(key: &str, value: Table) -> Option<Bundling> {
    let mut route = Table::from_iter([(key.to_owned(), Value::Table(value))]);
    route.insert("notify".to_owned(), Value::Array(vec![Value::from("ops")]));
    let config: Config = route.try_into().ok()?;
    let flaws = config.flaws();
    flaws.is_empty().then(|| Bundling::of(&config, "route", &TimeZone::UTC)).flatten()
}

fn check_timetable(timetable: &Timetable, at: Timestamp) {
    let mut at = at;
    for _ in 0..4 {
        let next = timetable.next(at);
        assert!(next > at, "{next} is not after {at}");
        let between = middle(at, next);
        assert_eq!(timetable.next(between), next, "asked at {at} and at {between}");
        at = next;
    }
}

fn check_quiet(quiet: &Quiet, at: Timestamp) {
    let Some(end) = quiet.until(at) else { return };
    assert!(end > at, "{end} is not after {at}");
    assert_eq!(quiet.until(end), None, "the end of a quiet time is quiet");
    let between = middle(at, end);
    assert_eq!(quiet.until(between), Some(end), "asked at {at} and at {between}");
}

fn middle(from: Timestamp, to: Timestamp) -> Timestamp {
    from + to.duration_since(from) / 2
}
