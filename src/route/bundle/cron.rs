//! A cron schedule as people write it: five fields, checked one by one, so that a mistake has a place.

use std::{borrow::Cow, fmt, str::FromStr};

use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::{DateTime, date};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// The fields: name, what it may hold, and the letters that mean something in it.
const FIELDS: [(&str, &str, &[&str]); 5] = [
    ("minute", "0-59", &[]),
    ("hour", "0-23", &[]),
    ("day of the month", "1-31, or L for the last", &["L", "W", "LW"]),
    ("month", "1-12 or JAN-DEC", &MONTHS),
    ("weekday", "0-7 or SUN-SAT", &WEEKDAYS),
];
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 8] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "L"];
const NTH: [&str; 5] = ["1st", "2nd", "3rd", "4th", "5th"];
const EXAMPLE: &str = "such as \"0 9 * * MON-FRI\"";
/// From here on every day of the Gregorian calendar comes within 400 years.
const START: DateTime = date(2000, 1, 1).at(0, 0, 0, 0);

/// A cron schedule that comes again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    pattern: croner::Cron,
    text: String,
    /// Whether minute or hour begin with `*`, as in "every 15 minutes".
    repeats: bool,
    /// Whether no hour is left out.
    every_hour: bool,
}

impl Cron {
    /// The first time on the clock that is later than `from`, or also `from` itself.
    pub(super) fn first(&self, from: DateTime, inclusive: bool) -> Option<DateTime> {
        self.pattern.find_next_occurrence(&from, inclusive).ok()
    }

    /// Whether it is meant to follow the clock, and not to come at some time of day.
    pub(super) fn repeats(&self) -> bool {
        self.repeats
    }

    pub(super) fn every_hour(&self) -> bool {
        self.every_hour
    }
}

impl FromStr for Cron {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        if fields.len() != FIELDS.len() {
            return Err(wrong_count(text, fields.len()));
        }
        for (place, field) in fields.iter().enumerate() {
            if !is_sound(place, field) {
                return Err(wrong_field(place, field));
            }
        }
        let pattern = parse(&fields).ok_or_else(|| format!("`{text}` is not a cron schedule; write one {EXAMPLE}"))?;
        let every_hour = pattern.pattern.hours.values().len() == 24;
        let repeats = fields.iter().take(2).any(|field| field.starts_with('*'));
        let cron = Self { pattern, text: fields.join(" "), repeats, every_hour };
        match cron.first(START, true) {
            Some(_) => Ok(cron),
            None => Err(format!("`{text}` never comes; look at its day of the month and its month")),
        }
    }
}

fn parse(fields: &[&str]) -> Option<croner::Cron> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(&fields.join(" ")).ok()
}

/// Whether a field can be read where it stands. croner knows names in any field, and skips what is empty.
fn is_sound(place: usize, field: &str) -> bool {
    let upper = field.to_ascii_uppercase();
    let mut words = upper.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let mut alone = ["*"; FIELDS.len()];
    alone[place] = field;
    upper.split(',').all(|item| !item.is_empty())
        && words.all(|word| FIELDS[place].2.contains(&word))
        && parse(&alone).is_some()
}

fn wrong_field(place: usize, field: &str) -> String {
    let ((name, range, _), nth) = (FIELDS[place], NTH[place]);
    format!(
        "`{field}` is not a {name}; the {nth} of the 5 fields is the {name}: {range}; `*` is any, and there are \
         lists (1,3), ranges (1-3) and steps (*/2)"
    )
}

fn wrong_count(text: &str, count: usize) -> String {
    let has = if count == 1 { "1 field".to_owned() } else { format!("{count} fields") };
    let seconds = if count > FIELDS.len() { "; there are no seconds and no years" } else { "" };
    format!("`{text}` has {has}; write 5: minute, hour, day of the month, month and weekday, {EXAMPLE}{seconds}")
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Cron {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Cron {
    fn schema_name() -> Cow<'static, str> {
        "Cron".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Minute, hour, day of the month, month, weekday: 0 9 * * MON-FRI",
            "examples": ["0 9 * * MON-FRI", "*/30 8-18 * * *", "0 8 1 * *"]
        })
    }
}
