//! Helpers that count out a bundle's calls: over time, and those that nothing above has named.

use std::collections::{HashMap, HashSet};

use jiff::{RoundMode, Timestamp, ToSpan, Unit, Zoned, ZonedRound, tz::TimeZone};
use serde_json::{Map, Value, json};

use crate::render::helpers::{
    args::{Args, plain},
    calls,
};

const HOUR: i64 = 3_600;

/// More bars than these would be lines.
const MOST_DAYS: i64 = 62;

/// A call's end, as it was known last.
struct End<'a> {
    at: Timestamp,
    call: &'a Value,
}

impl End<'_> {
    fn id(&self) -> &str {
        self.call.get("id").and_then(Value::as_str).unwrap_or_default()
    }

    fn outcome(&self) -> &str {
        self.call.get("outcome").and_then(Value::as_str).unwrap_or_default()
    }
}

/// How long each bar is.
#[derive(Clone, Copy)]
enum Step {
    Minutes,
    Hour,
    Days(i64),
}

impl Step {
    /// None for what is over too soon to be shown over time.
    fn of(seconds: i64) -> Option<Self> {
        match seconds {
            ..1_800 => None,
            1_800..14_400 => Some(Self::Minutes),
            // Two days, and an hour for the night in which the clocks go back.
            14_400..=176_400 => Some(Self::Hour),
            _ => Some(Self::Days((seconds / (24 * HOUR) / MOST_DAYS) + 1)),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Minutes => "ten_minutes",
            Self::Hour => "hour",
            Self::Days(_) => "day",
        }
    }

    /// The beginning of the bar that a moment is in.
    fn begin(self, at: &Zoned) -> Result<Zoned, jiff::Error> {
        let round = ZonedRound::new().mode(RoundMode::Trunc);
        match self {
            Self::Minutes => at.round(round.smallest(Unit::Minute).increment(10)),
            Self::Hour => at.round(round.smallest(Unit::Hour)),
            Self::Days(_) => at.start_of_day(),
        }
    }

    fn next(self, begin: &Zoned) -> Result<Zoned, jiff::Error> {
        match self {
            Self::Minutes => begin.checked_add(10.minutes()),
            Self::Hour => begin.checked_add(1.hour()),
            Self::Days(days) => begin.checked_add(days.days()),
        }
    }
}

pub(super) fn timeline(args: &Args<'_>) -> Result<Value, String> {
    let Some(digest) = bundle(args)? else { return Ok(json!([])) };
    let (Some(from), Some(to)) = (moment(digest, "from"), moment(digest, "to")) else { return Ok(json!([])) };
    let ends = ends(digest);
    let step = Step::of(to.as_second() - from.as_second()).filter(|_| ends.len() > 1);
    let Some(step) = step else { return Ok(json!([])) };
    let begins = begins(step, from, to, args.zone).map_err(|error| format!("cannot count the time: {error}"))?;
    let mut bars: Vec<Map<String, Value>> = vec![Map::new(); begins.len()];
    for end in &ends {
        // What ended before was seen late; what ended after, by another clock.
        let bar = begins.partition_point(|begin| *begin <= end.at).saturating_sub(1);
        if let Some(counts) = bars.get_mut(bar) {
            let count = counts.get(end.outcome()).and_then(Value::as_u64).unwrap_or(0);
            counts.insert(end.outcome().to_owned(), json!(count + 1));
        }
    }
    let bars = begins.iter().zip(bars).map(|(at, counts)| {
        let total: u64 = counts.values().filter_map(Value::as_u64).sum();
        json!({ "at": at, "unit": step.word(), "counts": counts, "total": total })
    });
    Ok(bars.collect())
}

fn begins(step: Step, from: Timestamp, to: Timestamp, zone: &TimeZone) -> Result<Vec<Timestamp>, jiff::Error> {
    let mut begins = Vec::new();
    let mut begin = step.begin(&from.to_zoned(zone.clone()))?;
    while begin.timestamp() < to {
        begins.push(begin.timestamp());
        begin = step.next(&begin)?;
    }
    Ok(begins)
}

pub(super) fn rest(args: &Args<'_>) -> Result<Value, String> {
    let Some(digest) = bundle(args)? else { return Ok(json!({ "calls": [], "more": 0 })) };
    let count = |name: &str, usual: usize| args.named_count(name).unwrap_or(usual);
    let Value::Array(failures) = calls::failures(args)? else { return Err("needs a bundle".to_owned()) };
    let listed = |of: &Value, key: &str, most: usize| -> Vec<String> {
        let items = of.get(key).and_then(Value::as_array).into_iter().flatten();
        items.take(most).filter_map(|item| item.get("id")).map(plain).collect()
    };
    let mut named: HashSet<String> = listed(digest, "notable", count("notable", 0)).into_iter().collect();
    let groups = failures.iter().take(count("failures", 0));
    named.extend(groups.flat_map(|group| listed(group, "calls", usize::MAX)));
    let mut ends: Vec<End<'_>> = ends(digest).into_iter().filter(|end| !named.contains(end.id())).collect();
    ends.sort_by_key(|end| (end.outcome() != "failed", std::cmp::Reverse(end.at)));
    let most = count("most", 50);
    let more = ends.len().saturating_sub(most);
    let calls: Vec<Value> = ends.into_iter().take(most).map(|end| with_time(end.call, end.at)).collect();
    Ok(json!({ "calls": calls, "more": more }))
}

fn with_time(call: &Value, at: Timestamp) -> Value {
    let mut call = call.clone();
    if let Value::Object(call) = &mut call {
        call.insert("at".to_owned(), json!(at));
    }
    call
}

fn bundle<'a>(args: &Args<'a>) -> Result<Option<&'a Value>, String> {
    match args.first()? {
        Value::Null => Ok(None),
        digest if digest.get("events").is_some_and(Value::is_array) => Ok(Some(digest)),
        _ => Err("needs a bundle, as in `digest`".to_owned()),
    }
}

/// Each call that ended, once, in the order in which that was seen; corrections are taken in.
fn ends(digest: &Value) -> Vec<End<'_>> {
    let mut ends: Vec<End<'_>> = Vec::new();
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    for event in digest.get("events").and_then(Value::as_array).into_iter().flatten() {
        let Some(call) = event.pointer("/data/call").filter(|call| call["outcome"].is_string()) else { continue };
        let Some(at) = moment(call, "ended_at").or_else(|| moment(event, "timestamp")) else { continue };
        let key = (plain(&event["account"]), plain(&call["id"]));
        match (places.get(&key), event["type"].as_str()) {
            (None, Some("call.completed" | "call.failed")) => {
                places.insert(key, ends.len());
                ends.push(End { at, call });
            }
            (Some(place), Some("call.completed" | "call.failed" | "call.corrected")) => {
                if let Some(end) = ends.get_mut(*place) {
                    end.call = call;
                }
            }
            _ => {}
        }
    }
    ends
}

fn moment(of: &Value, key: &str) -> Option<Timestamp> {
    of.get(key).and_then(Value::as_str)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::words::Words;

    fn digest(from: &str, to: &str, ends: &[(&str, &str, &str)]) -> Value {
        let event = |(id, outcome, at): &(&str, &str, &str)| {
            let kind = if *outcome == "failed" { "call.failed" } else { "call.completed" };
            json!({ "type": kind, "account": "bland", "timestamp": at,
                "data": { "call": { "id": id, "to": id, "outcome": outcome, "ended_at": at, "error": null } } })
        };
        let events: Vec<Value> = ends.iter().map(event).collect();
        json!({ "from": from, "to": to, "events": events, "notable": [{ "id": "a" }] })
    }

    fn run(helper: fn(&Args<'_>) -> Result<Value, String>, digest: &Value, zone: &str, named: &[(&str, u64)]) -> Value {
        let zone = TimeZone::get(zone).unwrap();
        let named: Vec<(&str, Value)> = named.iter().map(|(name, count)| (*name, json!(count))).collect();
        let named = named.iter().map(|(name, count)| (*name, count)).collect();
        let words = Words::built_in("en");
        helper(&Args { values: vec![digest], named, zone: &zone, now: None, words: &words }).unwrap()
    }

    /// The bars' beginnings in the zone and their totals, without empty ones; and how many there are.
    fn bars(digest: &Value, zone: &str, format: &str) -> (String, usize) {
        let bars = run(timeline, digest, zone, &[]);
        let bars = bars.as_array().unwrap();
        let shown = bars.iter().filter(|bar| bar["total"] != 0).map(|bar| {
            let at = moment(bar, "at").unwrap().to_zoned(TimeZone::get(zone).unwrap());
            format!("{} {}", at.strftime(format), bar["total"])
        });
        (shown.collect::<Vec<_>>().join(", "), bars.len())
    }

    #[test]
    fn calls_are_counted_by_the_hours_and_days_of_the_zone() {
        let ends = [
            ("a", "human", "2025-11-01T20:59:59Z"),
            ("b", "failed", "2025-11-02T05:30:00Z"),
            ("c", "human", "2025-11-02T06:30:00Z"),
            ("d", "busy", "2025-11-02T13:30:00Z"),
            ("late", "busy", "1970-01-01T00:00:00Z"),
        ];
        let day = digest("2025-11-01T13:00:00Z", "2025-11-02T14:00:00Z", &ends);
        let hours = "09:00 EDT 1, 16:00 EDT 1, 01:00 EDT 1, 01:00 EST 1, 08:00 EST 1".to_owned();
        assert_eq!(bars(&day, "America/New_York", "%H:%M %Z"), (hours, 25), "the night has an hour twice");
        // A zone half an hour off has its hours then.
        assert_eq!(bars(&day, "Asia/Kolkata", "%H:%M").0, "18:00 1, 02:00 1, 11:00 1, 12:00 1, 19:00 1");
        let week = digest("2025-10-27T13:00:00Z", "2025-11-03T14:00:00Z", &ends);
        assert_eq!(bars(&week, "America/New_York", "%a %-d"), ("Mon 27 1, Sat 1 1, Sun 2 3".to_owned(), 8));
        let years = digest("1990-01-01T00:00:00Z", "2025-11-03T14:00:00Z", &ends);
        assert!(bars(&years, "UTC", "%Y").1 <= 63);
        let hour = digest("2025-11-02T05:00:00Z", "2025-11-02T06:00:00Z", &ends);
        assert_eq!(bars(&hour, "UTC", "%H:%M"), ("05:00 2, 05:30 1, 05:50 2".to_owned(), 6));
    }

    #[test]
    fn what_would_show_nothing_has_no_bars() {
        let at = "2025-11-01T20:00:10Z";
        let burst = digest("2025-11-01T20:00:00Z", "2025-11-01T20:00:30Z", &[("a", "human", at), ("b", "busy", at)]);
        let single = digest("2025-11-01T00:00:00Z", "2025-11-02T00:00:00Z", &[("a", "human", at)]);
        for digest in [burst, single, Value::Null] {
            assert_eq!(run(timeline, &digest, "UTC", &[]), json!([]));
        }
    }

    #[test]
    fn the_rest_is_what_is_not_named_with_failures_first_and_the_newest_before_older_ones() {
        let mut ends = vec![("a", "human", "2025-11-01T20:00:00Z"), ("b", "human", "2025-11-01T20:01:00Z")];
        ends.extend(["f1", "f2", "f3", "f4", "f5", "f6"].map(|id| (id, "failed", "2025-11-01T19:00:00Z")));
        ends.extend([("c", "busy", "2025-11-01T21:00:00Z"), ("b", "voicemail", "2025-11-01T22:00:00Z")]);
        let day = digest("2025-11-01T00:00:00Z", "2025-11-02T00:00:00Z", &ends);
        let ids = |named: &[(&str, u64)]| {
            let rest = run(rest, &day, "UTC", named);
            let calls = rest["calls"].as_array().unwrap().iter();
            let ids: Vec<_> = calls.map(|call| format!("{} {}", plain(&call["id"]), plain(&call["outcome"]))).collect();
            (ids.join(", "), rest["more"].as_u64().unwrap())
        };
        assert_eq!(ids(&[("notable", 6), ("failures", 5)]), ("f6 failed, c busy, b voicemail".to_owned(), 0));
        assert_eq!(ids(&[("most", 2)]), ("f1 failed, f2 failed".to_owned(), 7));
        assert_eq!(run(rest, &Value::Null, "UTC", &[]), json!({ "calls": [], "more": 0 }));
    }
}
