//! Quiet times through the nights in which a clock changes, against a slow reading of the rules.

use jiff::{Timestamp, civil::DateTime};
use proptest::{
    prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest},
    sample::{Index, select},
};

use super::Quiet;
use crate::route::bundle::{
    config,
    tests::{MINUTE, ZONES, at, changes, minutes, zone},
};

fn quiet(from: &str, to: &str, zone_name: &str) -> Quiet {
    let config =
        config::Quiet { from: Some(from.parse().unwrap()), to: Some(to.parse().unwrap()), ..config::Quiet::default() };
    Quiet::of(&config, &zone(zone_name)).unwrap()
}

fn check(quiet: &Quiet, expected: &[(&str, Option<&str>)]) {
    for (instant, until) in expected {
        assert_eq!(quiet.until(at(instant)), until.map(at), "{instant}");
    }
}

#[test]
fn a_window_holds_its_beginning_and_not_its_end() {
    let night = quiet("22:00", "07:00", "Europe/Berlin");
    check(
        &night,
        &[
            ("2026-01-10T20:59:59.999Z", None),
            ("2026-01-10T21:00:00Z", Some("2026-01-11T06:00Z")),
            ("2026-01-11T00:00:00Z", Some("2026-01-11T06:00Z")),
            ("2026-01-11T05:59:59.999Z", Some("2026-01-11T06:00Z")),
            ("2026-01-11T06:00:00Z", None),
        ],
    );
    let noon = quiet("12:00", "13:30", "Europe/Berlin");
    check(
        &noon,
        &[
            ("2026-07-10T09:59:59Z", None),
            ("2026-07-10T10:00:00Z", Some("2026-07-10T11:30Z")),
            ("2026-07-10T11:30:00Z", None),
        ],
    );
}

#[test]
fn a_night_with_a_change_has_one_window() {
    // 2026-03-29: 02:00 becomes 03:00 at 01:00Z. 2026-10-25: 03:00 becomes 02:00 at 01:00Z.
    check(
        &quiet("22:00", "07:00", "Europe/Berlin"),
        &[("2026-03-28T21:00Z", Some("2026-03-29T05:00Z")), ("2026-10-24T20:00Z", Some("2026-10-25T06:00Z"))],
    );
    let to_half_past_two = quiet("22:00", "02:30", "Europe/Berlin");
    check(
        &to_half_past_two,
        &[
            ("2026-03-28T21:00Z", Some("2026-03-29T01:00Z")),
            ("2026-03-29T01:00Z", None),
            // The first 02:30 is in the midst of it, the second is its end.
            ("2026-10-25T00:30Z", Some("2026-10-25T01:30Z")),
            ("2026-10-25T01:30Z", None),
        ],
    );
    let from_half_past_two = quiet("02:30", "06:00", "Europe/Berlin");
    check(
        &from_half_past_two,
        &[
            ("2026-03-29T00:59Z", None),
            ("2026-03-29T01:00Z", Some("2026-03-29T04:00Z")),
            ("2026-10-25T00:30Z", Some("2026-10-25T05:00Z")),
            ("2026-10-25T01:10Z", Some("2026-10-25T05:00Z")),
        ],
    );
    // A window that is wholly skipped is none.
    check(&quiet("02:10", "02:50", "Europe/Berlin"), &[("2026-03-29T00:59Z", None), ("2026-03-29T01:00Z", None)]);
}

/// The first minute at which the clock shows `time` or later, and the one after the last at which it shows less.
fn first_and_last(minutes: &[(Timestamp, DateTime)], time: DateTime) -> Option<(Timestamp, Timestamp)> {
    let first = minutes.iter().find(|(_, shown)| *shown >= time)?.0;
    let last = minutes.iter().rev().find(|(_, shown)| *shown < time)?.0;
    Some((first, last + MINUTE))
}

/// The quiet times of these days, as one would read the rules aloud, those that touch put together.
fn oracle(minutes: &[(Timestamp, DateTime)], quiet: &Quiet) -> Vec<(Timestamp, Timestamp)> {
    let mut windows: Vec<(Timestamp, Timestamp)> = Vec::new();
    let (first, last) = (minutes[0].1.date(), minutes[minutes.len() - 1].1.date());
    for day in first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last) {
        let end = if quiet.to > quiet.from { day } else { day.tomorrow().unwrap() };
        let from = first_and_last(minutes, day.to_datetime(quiet.from));
        let to = first_and_last(minutes, end.to_datetime(quiet.to));
        let (Some((from, _)), Some((_, to))) = (from, to) else { continue };
        match windows.last_mut() {
            Some(before) if from <= before.1 => before.1 = before.1.max(to),
            _ if from < to => windows.push((from, to)),
            _ => {}
        }
    }
    windows
}

fn time_of_day() -> impl Strategy<Value = String> {
    (0..30, 0..12)
        .prop_map(|(hour, minute)| format!("{:02}:{:02}", if hour < 24 { hour } else { hour - 24 }, minute * 5))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_window_agrees_with_the_rules_on_any_night(name in select(ZONES.to_vec()), index in any::<Index>(), from in time_of_day(), to in time_of_day()) {
        proptest::prop_assume!(from != to);
        let zone = zone(name);
        let quiet = quiet(&from, &to, name);
        let change = *index.get(&changes(&zone));
        let days = minutes(&zone, change, 84, 84);
        let windows = oracle(&days, &quiet);
        for (instant, shown) in minutes(&zone, change, 30, 30).into_iter().step_by(5) {
            let expected = windows.iter().find(|(from, to)| *from <= instant && instant < *to).map(|(_, to)| *to);
            let until = quiet.until(instant);
            prop_assert_eq!(until, expected, "{} to {} in {} at {}", from, to, name, shown);
            let in_window = |time| if quiet.from < quiet.to { quiet.from <= time && time < quiet.to } else { time < quiet.to || quiet.from <= time };
            prop_assert!(until.is_some() || !in_window(shown.time()), "not quiet at {}", shown);
            if let Some(until) = until {
                prop_assert!(until > instant && quiet.until(until).is_none(), "the end is not the end");
            }
        }
    }
}
