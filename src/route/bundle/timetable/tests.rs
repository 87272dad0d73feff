//! Schedules through the nights in which a clock changes, against a slow reading of the rules and over many years.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use jiff::{
    SignedDuration, Timestamp,
    civil::{DateTime, date},
    tz::TimeZone,
};
use proptest::{
    prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest},
    sample::{Index, select},
};

use super::Timetable;
use crate::{
    model::period::Period,
    route::bundle::tests::{MINUTE, ZONES, at, changes, minutes, zone},
};

fn cron(text: &str, zone: &TimeZone) -> Timetable {
    Timetable::cron(text.parse().unwrap(), zone.clone())
}

fn every(text: &str, zone: &TimeZone) -> Timetable {
    Timetable::every(text.parse().unwrap(), zone.clone())
}

/// The first instants after one, on the clock and with its offset.
fn nights(table: &Timetable, after: &str, count: usize) -> String {
    let mut now = at(after);
    let mut lines = Vec::new();
    for _ in 0..count {
        now = table.next(now);
        lines.push(table.zone.to_offset(now).to_datetime(now).strftime("%a %d %H:%M ").to_string());
        lines.push(format!("{}\n", table.zone.to_offset(now)));
    }
    lines.concat()
}

#[test]
fn a_skipped_time_comes_when_the_gap_ends_and_a_repeated_one_once() {
    let berlin = zone("Europe/Berlin");
    // Sunday, 2026-03-29: 02:00 becomes 03:00.
    assert_snapshot!(nights(&cron("30 2 * * *", &berlin), "2026-03-27T12:00Z", 3), @r"
    Sat 28 02:30 +01
    Sun 29 03:00 +02
    Mon 30 02:30 +02
    ");
    // Sunday, 2026-10-25: 03:00 becomes 02:00.
    assert_snapshot!(nights(&cron("30 2 * * *", &berlin), "2026-10-23T12:00Z", 3), @r"
    Sat 24 02:30 +02
    Sun 25 02:30 +02
    Mon 26 02:30 +01
    ");
    assert_snapshot!(nights(&cron("0 9 * * MON-FRI", &berlin), "2026-10-22T12:00Z", 2), @r"
    Fri 23 09:00 +02
    Mon 26 09:00 +01
    ");
    // Several times of the same gap are one, and none of the list is repeated.
    assert_snapshot!(nights(&cron("0,30 1-3 * * SUN", &berlin), "2026-03-28T12:00Z", 5), @r"
    Sun 29 01:00 +01
    Sun 29 01:30 +01
    Sun 29 03:00 +02
    Sun 29 03:30 +02
    Sun 05 01:00 +02
    ");
    assert_snapshot!(nights(&cron("0,30 2,3 * * SUN", &berlin), "2026-10-24T12:00Z", 5), @r"
    Sun 25 02:00 +02
    Sun 25 02:30 +02
    Sun 25 03:00 +01
    Sun 25 03:30 +01
    Sun 01 02:00 +01
    ");
}

#[test]
fn what_comes_often_goes_on_through_a_change() {
    let berlin = zone("Europe/Berlin");
    assert_snapshot!(nights(&cron("30 * * * *", &berlin), "2026-03-29T00:00Z", 3), @r"
    Sun 29 01:30 +01
    Sun 29 03:30 +02
    Sun 29 04:30 +02
    ");
    assert_snapshot!(nights(&cron("30 * * * *", &berlin), "2026-10-25T00:00Z", 3), @r"
    Sun 25 02:30 +02
    Sun 25 02:30 +01
    Sun 25 03:30 +01
    ");
    assert_snapshot!(nights(&cron("0 */2 * * *", &berlin), "2026-03-28T22:30Z", 3), @r"
    Sun 29 00:00 +01
    Sun 29 03:00 +02
    Sun 29 04:00 +02
    ");
    assert_snapshot!(nights(&every("30m", &berlin), "2026-10-25T00:00Z", 5), @r"
    Sun 25 02:30 +02
    Sun 25 02:00 +01
    Sun 25 02:30 +01
    Sun 25 03:00 +01
    Sun 25 03:30 +01
    ");
    // Longer than the hour that is repeated: not twice within it.
    assert_snapshot!(nights(&every("2h", &berlin), "2026-10-24T21:30Z", 3), @r"
    Sun 25 00:00 +02
    Sun 25 02:00 +02
    Sun 25 04:00 +01
    ");
    // A clock that is put forward at midnight, and back over it.
    let cairo = zone("Africa/Cairo");
    assert_snapshot!(nights(&every("1d", &cairo), "2026-04-22T12:00Z", 3), @r"
    Thu 23 00:00 +02
    Fri 24 01:00 +03
    Sat 25 00:00 +03
    ");
    assert_snapshot!(nights(&every("1d", &zone("America/Havana")), "2026-10-30T12:00Z", 3), @r"
    Sat 31 00:00 -04
    Sun 01 00:00 -04
    Mon 02 00:00 -05
    ");
}

#[test]
fn every_counts_on_the_clock_from_a_monday() {
    let kathmandu = zone("Asia/Kathmandu");
    assert_snapshot!(nights(&every("6h", &kathmandu), "2026-01-01T00:00Z", 3), @"
    Thu 01 06:00 +05:45
    Thu 01 12:00 +05:45
    Thu 01 18:00 +05:45
    ");
    assert_snapshot!(nights(&every("7d", &kathmandu), "2026-01-01T00:00Z", 2), @"
    Mon 05 00:00 +05:45
    Mon 12 00:00 +05:45
    ");
    assert_snapshot!(nights(&every("90m", &TimeZone::UTC), "2026-01-01T00:00:00.000000001Z", 2), @r"
    Thu 01 01:30 +00
    Thu 01 03:00 +00
    ");
}

/// The rules as one would read them aloud, minute by minute: which instants of these are due.
fn oracle(
    minutes: &[(Timestamp, DateTime)],
    due: impl Fn(DateTime) -> bool,
    catches_up: bool,
    comes_twice: impl Fn(SignedDuration) -> bool,
) -> Vec<Timestamp> {
    let mut fires = Vec::new();
    let (mut before, mut highest, mut put_back) = (minutes[0].1, minutes[0].1, SignedDuration::ZERO);
    for (at, shown) in minutes.iter().skip(1).copied() {
        let expected = before + MINUTE;
        if shown < expected {
            put_back = expected.duration_since(shown);
        }
        let skipped =
            std::iter::successors(Some(expected), |time| Some(*time + MINUTE)).take_while(|time| *time < shown);
        let caught_up = catches_up && skipped.into_iter().any(&due);
        let is_repeated = shown <= highest;
        if caught_up || (due(shown) && (!is_repeated || comes_twice(put_back))) {
            fires.push(at);
        }
        (before, highest) = (shown, highest.max(shown));
    }
    fires
}

/// All instants of a schedule within these minutes, but for the first.
fn fires(table: &Timetable, minutes: &[(Timestamp, DateTime)]) -> Vec<Timestamp> {
    let (start, end) = (minutes[0].0, minutes[minutes.len() - 1].0);
    std::iter::successors(Some(table.next(start)), |at| Some(table.next(*at))).take_while(|at| *at <= end).collect()
}

/// A field of a cron schedule, and what it holds.
#[derive(Debug, Clone)]
struct Field {
    text: String,
    values: BTreeSet<i8>,
}

fn field(range: std::ops::Range<i8>) -> impl Strategy<Value = Field> {
    let all: Vec<i8> = range.clone().collect();
    let (least, most) = (range.start, range.end - 1);
    let star = Field { text: "*".to_owned(), values: all.iter().copied().collect() };
    let list = proptest::collection::btree_set(select(all.clone()), 1..4).prop_map(|values| {
        let texts: Vec<String> = values.iter().map(i8::to_string).collect();
        Field { text: texts.join(","), values }
    });
    let every = all.clone();
    let steps = (2_i8..=15).prop_map(move |step| {
        let values = every.iter().copied().step_by(step.unsigned_abs().into()).collect();
        Field { text: format!("*/{step}"), values }
    });
    let span = (select(all.clone()), select(all)).prop_map(|(a, b)| {
        let values = a.min(b)..=a.max(b);
        Field { text: format!("{}-{}", values.start(), values.end()), values: values.collect() }
    });
    // What lies around the changes of most clocks.
    let night = Just(Field {
        text: format!("{least}-{}", (least + 4).min(most)),
        values: (least..=(least + 4).min(most)).collect(),
    });
    prop_oneof![1 => Just(star), 3 => list, 1 => steps, 1 => span, 2 => night]
}

fn night() -> impl Strategy<Value = (&'static str, Index)> {
    (select(ZONES.to_vec()), any::<Index>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_cron_schedule_agrees_with_the_rules_on_any_night((name, index) in night(), minute in field(0..60), hour in field(0..24), days in field(0..7)) {
        let zone = zone(name);
        let minutes = minutes(&zone, *index.get(&changes(&zone)), 14, 20);
        let text = format!("{} {} * * {}", minute.text, hour.text, days.text);
        let repeats = minute.text.starts_with('*') || hour.text.starts_with('*');
        let due = |time: DateTime| {
            let day = time.weekday().to_sunday_zero_offset();
            minute.values.contains(&time.minute()) && hour.values.contains(&time.hour()) && days.values.contains(&day)
        };
        let expected = oracle(&minutes, due, hour.values.len() < 24, |_| repeats);
        prop_assert_eq!(fires(&cron(&text, &zone), &minutes), expected, "{} in {}", text, name);
    }

    #[test]
    fn any_every_agrees_with_the_rules_on_any_night((name, index) in night(), length in select(vec![1, 5, 15, 20, 30, 45, 60, 90, 120, 180, 360, 420, 720, 1_440])) {
        let zone = zone(name);
        let minutes = minutes(&zone, *index.get(&changes(&zone)), 14, 20);
        let since = |time: DateTime| time.duration_since(date(1970, 1, 5).at(0, 0, 0, 0)).as_mins();
        let due = |time: DateTime| since(time) % length == 0;
        let expected = oracle(&minutes, due, true, |put_back| put_back.as_mins() >= length);
        let table = Timetable::every(Period::from_secs(length.unsigned_abs() * 60), zone.clone());
        prop_assert_eq!(fires(&table, &minutes), expected, "{} minutes in {}", length, name);
    }

    #[test]
    fn each_instant_lies_before_exactly_one_next((name, index) in night(), text in select(PATTERNS.to_vec()), offset in -200_000_000_i64..200_000_000, part in 0.0..1.0) {
        // Half of them within the night of a change, half anywhere in the years.
        let zone = zone(name);
        let change = *index.get(&changes(&zone));
        let spread = if offset % 2 == 0 { offset / 1_000 } else { offset };
        let after = change + SignedDuration::from_millis(spread * 1_000 + offset % 1_000);
        let table = table(text, &zone);
        let next = table.next(after);
        prop_assert!(next > after);
        prop_assert!(table.next(next) > next);
        let between = after + next.duration_since(after).mul_f64(part);
        prop_assert_eq!(table.next(between), if between < next { next } else { table.next(next) });
        prop_assert_eq!(table.next(next - SignedDuration::from_nanos(1)), next);
    }
}

const PATTERNS: [&str; 12] = [
    "0 9 * * MON-FRI",
    "30 2 * * *",
    "0 0 * * *",
    "15 * * * *",
    "*/15 1-3 * * *",
    "0 */2 * * *",
    "0 8 1 * *",
    "0 12 L * *",
    "0 9 * * MON#1",
    "1h",
    "1d",
    "7h",
];

fn table(text: &str, zone: &TimeZone) -> Timetable {
    if text.contains(' ') { cron(text, zone) } else { every(text, zone) }
}

#[test]
fn a_daily_schedule_comes_once_on_each_day_of_25_years() {
    for name in ZONES {
        let zone = zone(name);
        for text in ["0 0 * * *", "30 2 * * *", "1d"] {
            let table = table(text, &zone);
            let mut day = date(2020, 1, 1);
            let mut now = zone.to_timestamp(day.at(12, 0, 0, 0)).unwrap();
            while day.year() <= 2045 {
                let next = table.next(now);
                let due = zone.to_datetime(next).date();
                assert_eq!(due, day.tomorrow().unwrap(), "{text} in {name} after {now}");
                (day, now) = (due, next);
            }
        }
    }
}

#[test]
fn a_rare_day_is_found_and_the_end_of_the_calendar_too() {
    let berlin = zone("Europe/Berlin");
    assert_eq!(cron("0 0 29 2 *", &TimeZone::UTC).next(at("2096-03-01T00:00Z")), at("2104-02-29T00:00Z"));
    assert_eq!(cron("0 9 29 2 +MON", &berlin).next(at("2026-01-01T00:00Z")), at("2044-02-29T08:00Z"));
    // Sunday of the change, in the hour that is skipped: nothing but the end of the gap.
    let always_skipped = cron("*/10 2 * 3 SUN#L", &berlin);
    assert_eq!(always_skipped.next(at("2026-01-01T00:00Z")), at("2026-03-29T01:00Z"));
    assert_eq!(cron("0 9 * * *", &berlin).next(Timestamp::MAX), Timestamp::MAX);
    assert_eq!(every("1h", &berlin).next(Timestamp::MAX), Timestamp::MAX);
}
