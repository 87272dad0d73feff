//! Helpers for times, numbers and lists.

use jiff::{Timestamp, Zoned, fmt::strtime, tz::TimeZone};
use serde_json::Value;

use crate::render::helpers::args::{Args, kind, plain};

pub(super) fn duration(args: &Args<'_>) -> Result<Value, String> {
    if args.first()?.is_null() {
        return Ok("".into());
    }
    Ok(in_words(args.number(0)?).into())
}

/// The two largest units: 71 is `1 min 11 s`.
fn in_words(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let Some(largest) = UNITS.iter().position(|(size, _)| seconds >= *size) else { return "0 s".to_owned() };
    let mut left = seconds;
    let mut said = Vec::new();
    for (size, unit) in UNITS.iter().skip(largest).take(2) {
        if left >= *size {
            said.push(format!("{} {unit}", left / size));
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
    // The year is said only when it is not the running one.
    let this_year = args.now.is_none_or(|now| now.to_zoned(zone).year() == local.year());
    let usual = if this_year { "%a %-d %b, %H:%M %Z" } else { "%a %-d %b %Y, %H:%M %Z" };
    let format = args.text(1).unwrap_or(usual);
    let said = strtime::format(format, &local).map_err(|error| format!("cannot use the format `{format}`: {error}"))?;
    Ok(said.into())
}

pub(super) fn period(args: &Args<'_>) -> Result<Value, String> {
    let end = |index: usize| args.get(index).map_or(Ok(None), timestamp);
    let (Some(from), Some(to)) = (end(0)?, end(1)?) else { return Ok("".into()) };
    let (from, to) = (from.to_zoned(args.zone.clone()), to.to_zoned(args.zone.clone()));
    let say = |format: &str, at: &Zoned| {
        strtime::format(format, at).map_err(|error| format!("cannot use the format `{format}`: {error}"))
    };
    if let Some(format) = args.text(2) {
        return Ok(format!("{} – {}", say(format, &from)?, say(format, &to)?).into());
    }
    let this_year = args.now.is_none_or(|now| now.to_zoned(args.zone.clone()).year() == from.year());
    let day = if this_year { "%a %-d %b, %H:%M" } else { "%a %-d %b %Y, %H:%M" };
    // The zone's name is said twice only in a night in which the clocks change.
    let begin = if from.offset() == to.offset() { say(day, &from)? } else { say(&format!("{day} %Z"), &from)? };
    let end = if from.date() == to.date() { "%H:%M %Z" } else { "%a %-d %b, %H:%M %Z" };
    Ok(format!("{begin} – {}", say(end, &to)?).into())
}

pub(super) fn minus(args: &Args<'_>) -> Result<Value, String> {
    Ok(args.number(0)?.saturating_sub(args.number(1)?).into())
}

pub(super) fn ago(args: &Args<'_>) -> Result<Value, String> {
    let (Some(at), Some(now)) = (timestamp(args.first()?)?, args.now) else { return Ok("".into()) };
    let seconds = now.as_second() - at.as_second();
    let size = seconds.unsigned_abs();
    let largest = in_words(match size {
        0..60 => size,
        60..3_600 => size / 60 * 60,
        3_600..86_400 => size / 3_600 * 3_600,
        _ => size / 86_400 * 86_400,
    });
    Ok(match seconds {
        0..5 => "just now".to_owned(),
        5.. => format!("{largest} ago"),
        _ => format!("in {largest}"),
    }
    .into())
}

pub(super) fn plural(args: &Args<'_>) -> Result<Value, String> {
    let count = args.number(0)?;
    let one = args.text(1).ok_or("needs a noun, as in `{{plural 3 \"call\"}}`")?;
    let noun = match (count, args.text(2)) {
        (1, _) => one.to_owned(),
        (_, Some(many)) => many.to_owned(),
        (_, None) => format!("{one}s"),
    };
    Ok(format!("{count} {noun}").into())
}

pub(super) fn percent(args: &Args<'_>) -> Result<Value, String> {
    Ok(format!("{}%", share(args.number(0)?, args.number(1)?, 100)).into())
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
    Ok(items.join(args.text(1).unwrap_or(", ")).into())
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
        for (seconds, said) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (71, "1 min 11 s"),
            (3_600, "1 h"),
            (3_661, "1 h 1 min"),
            (90_061, "1 d 1 h"),
        ] {
            assert_eq!(in_words(seconds), said);
        }
    }

    #[test]
    fn a_period_names_what_its_ends_do_not_share() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let now = "2025-11-03T12:00:00Z".parse().ok();
        let say = |from: &str, to: &str| {
            let (from, to) = (Value::from(from), Value::from(to));
            let args = Args { values: vec![&from, &to], named: Default::default(), zone: &zone, now };
            period(&args).unwrap()
        };
        for (from, to, said) in [
            ("2025-11-03T14:00:00Z", "2025-11-03T14:30:00Z", "Mon 3 Nov, 09:00 – 09:30 EST"),
            ("2025-11-03T14:00:00Z", "2025-11-04T14:00:00Z", "Mon 3 Nov, 09:00 – Tue 4 Nov, 09:00 EST"),
            ("2025-11-01T13:00:00Z", "2025-11-02T14:00:00Z", "Sat 1 Nov, 09:00 EDT – Sun 2 Nov, 09:00 EST"),
            ("2025-11-02T05:30:00Z", "2025-11-02T06:30:00Z", "Sun 2 Nov, 01:30 EDT – 01:30 EST"),
            ("2024-12-31T14:00:00Z", "2025-01-01T14:00:00Z", "Tue 31 Dec 2024, 09:00 – Wed 1 Jan, 09:00 EST"),
        ] {
            assert_eq!(say(from, to), said);
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
