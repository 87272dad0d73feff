//! Helpers for times, numbers and lists.

use jiff::{Timestamp, Zoned, tz::TimeZone};
use serde_json::Value;

use crate::render::{
    helpers::args::{Args, kind, plain},
    words::Words,
};

pub(super) fn duration(args: &Args<'_>) -> Result<Value, String> {
    if args.first()?.is_null() {
        return Ok("".into());
    }
    Ok(in_words(args.words, args.number(0)?).into())
}

const UNITS: [(u64, &str); 4] = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];

/// The two largest units: 71 is `1 min 11 s`.
fn in_words(words: &Words, seconds: u64) -> String {
    let largest = UNITS.iter().position(|(size, _)| seconds >= *size).unwrap_or(UNITS.len() - 1);
    let mut left = seconds;
    let mut said = Vec::new();
    for (place, (size, unit)) in UNITS.iter().enumerate().skip(largest).take(2) {
        if left >= *size || (place == largest && seconds == 0) {
            said.push(words.counted(&format!("duration.{unit}"), left / size));
        }
        left %= size;
    }
    said.join(" ")
}

fn timestamp(value: &Value) -> Result<Option<Timestamp>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => text.parse().map(Some).map_err(|_| format!("`{text}` is not a time")),
        other => Err(format!("needs a time, not {}", kind(other))),
    }
}

pub(super) fn time(args: &Args<'_>) -> Result<Value, String> {
    let Some(at) = timestamp(args.first()?)? else { return Ok("".into()) };
    let zone = match args.named_text("zone") {
        Some(name) => TimeZone::get(name).map_err(|_| format!("does not know the zone `{name}`"))?,
        None => args.zone.clone(),
    };
    let local = at.to_zoned(zone.clone());
    let said = match args.text(1) {
        Some(format) => args.words.formatted(format, &local)?,
        None => args.words.moment(&local, is_of_another_year(args, &local))?,
    };
    Ok(said.into())
}

/// The year is said only where it is not the running one.
fn is_of_another_year(args: &Args<'_>, at: &Zoned) -> bool {
    args.now.is_some_and(|now| now.to_zoned(at.time_zone().clone()).year() != at.year())
}

pub(super) fn period(args: &Args<'_>) -> Result<Value, String> {
    let end = |index: usize| args.get(index).map_or(Ok(None), timestamp);
    let (Some(from), Some(to)) = (end(0)?, end(1)?) else { return Ok("".into()) };
    let (from, to) = (from.to_zoned(args.zone.clone()), to.to_zoned(args.zone.clone()));
    let words = args.words;
    if let Some(format) = args.text(2) {
        return Ok(words.span(&words.formatted(format, &from)?, &words.formatted(format, &to)?).into());
    }
    let begin = words.moment_of_day(&from, is_of_another_year(args, &from))?;
    // The zone's name is said twice only in a night in which the clocks change.
    let begin = if from.offset() == to.offset() { begin } else { words.in_zone(&begin, &from) };
    let end = match from.date() == to.date() {
        true => words.formatted("clock", &to)?,
        false => words.moment_of_day(&to, is_of_another_year(args, &to))?,
    };
    Ok(words.span(&begin, &words.in_zone(&end, &to)).into())
}

pub(super) fn minus(args: &Args<'_>) -> Result<Value, String> {
    Ok(args.number(0)?.saturating_sub(args.number(1)?).into())
}

pub(super) fn ago(args: &Args<'_>) -> Result<Value, String> {
    let (Some(at), Some(now)) = (timestamp(args.first()?)?, args.now) else { return Ok("".into()) };
    let seconds = now.as_second() - at.as_second();
    let size = seconds.unsigned_abs();
    let (unit, name) = UNITS.into_iter().find(|(unit, _)| size >= *unit).unwrap_or((1, "second"));
    let largest = args.words.counted(&format!("ago.{name}"), size / unit);
    Ok(match seconds {
        0..5 => args.words.text("ago.now").to_owned(),
        5.. => args.words.fill("ago.past", &[("time", &largest)]),
        _ => args.words.fill("ago.future", &[("time", &largest)]),
    }
    .into())
}

pub(super) fn plural(args: &Args<'_>) -> Result<Value, String> {
    let count = args.number(0)?;
    let noun = match (args.text(1), args.text(2)) {
        (Some(one), Some(other)) => args.words.choose(count, &[("one", one), ("other", other)]),
        (Some(noun), None) => args.words.form(&format!("noun.{noun}"), count),
        (None, _) => {
            let given: Vec<(&str, &str)> =
                args.named.iter().filter_map(|(form, noun)| Some((*form, noun.as_str()?))).collect();
            args.words.choose(count, &given)
        }
    };
    let noun = noun.ok_or("needs a noun of the words file, or its forms, as in `{{plural 3 \"room\" \"rooms\"}}`")?;
    Ok(format!("{} {noun}", args.words.number(count)).into())
}

pub(super) fn number(args: &Args<'_>) -> Result<Value, String> {
    match args.first()? {
        Value::Null => Ok("".into()),
        Value::Number(number) => Ok(args.words.grouped(&number.to_string()).into()),
        other => Err(format!("needs a number, not {}", kind(other))),
    }
}

pub(super) fn percent(args: &Args<'_>) -> Result<Value, String> {
    let share = share(args.number(0)?, args.number(1)?, 100);
    Ok(args.words.fill("number.percent", &[("n", &args.words.number(share))]).into())
}

pub(super) fn bar(args: &Args<'_>) -> Result<Value, String> {
    let width = args.named_count("width").unwrap_or(10).clamp(1, 100);
    let (part, whole) = (args.number(0)?, args.number(1)?);
    let steps = u64::try_from(width).unwrap_or(10);
    let full = usize::try_from(share(part, whole, steps * 2).div_ceil(2)).unwrap_or(width).min(width);
    Ok(format!("{}{}", "█".repeat(full), "░".repeat(width - full)).into())
}

/// How many of `steps` the part fills, rounded down.
pub(super) fn share(part: u64, whole: u64, steps: u64) -> u64 {
    let share = u128::from(part.min(whole)) * u128::from(steps);
    share.checked_div(u128::from(whole)).map_or(0, |share| u64::try_from(share).unwrap_or(steps))
}

fn list<'a>(args: &Args<'a>) -> Result<&'a [Value], String> {
    match args.first()? {
        Value::Null => Ok(&[]),
        Value::Array(items) => Ok(items),
        other => Err(format!("needs a list, not {}", kind(other))),
    }
}

pub(super) fn join(args: &Args<'_>) -> Result<Value, String> {
    let items: Vec<String> = list(args)?.iter().map(plain).filter(|item| !item.is_empty()).collect();
    Ok(items.join(args.text(1).unwrap_or(args.words.text("list_separator"))).into())
}

pub(super) fn take(args: &Args<'_>) -> Result<Value, String> {
    let most = args.count(1).ok_or("needs a count, as in `{{#each (take message.facts 10)}}`")?;
    Ok(Value::Array(list(args)?.iter().take(most).cloned().collect()))
}

pub(super) fn first_present(args: &Args<'_>) -> Result<Value, String> {
    let present = |value: &&&Value| !(value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()));
    Ok(args.values.iter().find(present).map_or(Value::from(""), |value| (*value).clone()))
}

pub(super) fn is_in(args: &Args<'_>) -> Result<Value, String> {
    let wanted = args.first()?;
    let among = |value: &&Value| *value == wanted || value.as_array().is_some_and(|items| items.contains(wanted));
    Ok(args.values.iter().skip(1).any(among).into())
}

pub(super) fn json(args: &Args<'_>) -> Result<Value, String> {
    Ok(args.first()?.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units_at_most() {
        let (english, german) = (Words::built_in("en"), Words::built_in("de"));
        for (seconds, en, de) in [
            (0, "0 s", "0 Sek."),
            (59, "59 s", "59 Sek."),
            (60, "1 min", "1 Min."),
            (71, "1 min 11 s", "1 Min. 11 Sek."),
            (3_600, "1 h", "1 Std."),
            (3_661, "1 h 1 min", "1 Std. 1 Min."),
            (90_061, "1 day 1 h", "1 Tag 1 Std."),
            (180_000, "2 days 2 h", "2 Tage 2 Std."),
        ] {
            assert_eq!((in_words(&english, seconds).as_str(), in_words(&german, seconds).as_str()), (en, de));
        }
    }

    #[test]
    fn a_time_ago_is_said_in_the_largest_unit() {
        let now: Timestamp = "2025-11-03T12:00:00Z".parse().unwrap();
        let ago = |language: &str, seconds: i64| {
            let at = Value::from(now.checked_sub(jiff::SignedDuration::from_secs(seconds)).unwrap().to_string());
            let words = Words::built_in(language);
            let args = Args {
                values: vec![&at],
                named: Default::default(),
                zone: &TimeZone::UTC,
                words: &words,
                now: Some(now),
            };
            ago(&args).unwrap().as_str().unwrap().to_owned()
        };
        for (seconds, en, de) in [
            (0, "just now", "gerade eben"),
            (4, "just now", "gerade eben"),
            (59, "59 s ago", "vor 59 Sek."),
            (241, "4 min ago", "vor 4 Min."),
            (3_600, "1 hour ago", "vor 1 Stunde"),
            (10_800, "3 hours ago", "vor 3 Stunden"),
            (86_400, "1 day ago", "vor 1 Tag"),
            (200_000, "2 days ago", "vor 2 Tagen"),
            (-60, "in 1 min", "in 1 Min."),
            (-200_000, "in 2 days", "in 2 Tagen"),
        ] {
            assert_eq!((ago("en", seconds).as_str(), ago("de", seconds).as_str()), (en, de));
        }
    }

    #[test]
    fn a_period_names_what_its_ends_do_not_share() {
        let say = |language: &str, zone: &str, from: &str, to: &str| {
            let zone = TimeZone::get(zone).unwrap();
            let now = "2025-11-03T12:00:00Z".parse().ok();
            let (from, to) = (Value::from(from), Value::from(to));
            let words = Words::built_in(language);
            let args = Args { values: vec![&from, &to], named: Default::default(), zone: &zone, words: &words, now };
            period(&args).unwrap()
        };
        for (from, to, en, de) in [
            (
                "2025-11-03T14:00:00Z",
                "2025-11-03T14:30:00Z",
                "Mon 3 Nov, 09:00 – 09:30 EST",
                "Mo., 3. Nov., 15:00 – 15:30 MEZ",
            ),
            (
                "2025-11-03T14:00:00Z",
                "2025-11-04T14:00:00Z",
                "Mon 3 Nov, 09:00 – Tue 4 Nov, 09:00 EST",
                "Mo., 3. Nov., 15:00 – Di., 4. Nov., 15:00 MEZ",
            ),
            (
                "2025-11-01T13:00:00Z",
                "2025-11-02T14:00:00Z",
                "Sat 1 Nov, 09:00 EDT – Sun 2 Nov, 09:00 EST",
                "Sa., 1. Nov., 14:00 – So., 2. Nov., 15:00 MEZ",
            ),
            (
                "2025-11-02T05:30:00Z",
                "2025-11-02T06:30:00Z",
                "Sun 2 Nov, 01:30 EDT – 01:30 EST",
                "So., 2. Nov., 06:30 – 07:30 MEZ",
            ),
            (
                "2024-12-31T14:00:00Z",
                "2025-01-01T14:00:00Z",
                "Tue 31 Dec 2024, 09:00 – Wed 1 Jan, 09:00 EST",
                "Di., 31. Dez. 2024, 15:00 – Mi., 1. Jan., 15:00 MEZ",
            ),
        ] {
            assert_eq!(say("en", "America/New_York", from, to), en);
            assert_eq!(say("de", "Europe/Berlin", from, to), de);
        }
    }

    #[test]
    fn shares_are_rounded_down_so_that_all_means_all() {
        assert_eq!(
            (share(999, 1000, 100), share(1000, 1000, 100), share(5, 0, 100), share(9, 3, 100)),
            (99, 100, 0, 100)
        );
    }
}
