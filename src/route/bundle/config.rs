//! `digest`, `group`, `quiet` and `throttle` of a route as they are written, and what can be wrong with them.

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    model::{clock::Clock, flaw::Flaw, period::Period, zone::Zone},
    route::bundle::{self, By, cron::Cron, timetable::Timetable},
};

const MINUTE: Period = Period::from_secs(60);
const DAY: Period = Period::from_secs(86_400);
const LONGEST_EVERY: Period = Period::from_secs(31 * 86_400);
/// A bundle may hold no more events than this, whatever makes it.
pub const MOST_EVENTS: u32 = 2_000;
const MOST_MESSAGES: u32 = 10_000;

/// One message on a schedule, with all that came since the last.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Digest {
    /// How often; 1m to 31d. Counted on the clock from Monday, 1970-01-05 00:00.
    pub every: Option<Period>,
    /// When, in place of `every`: minute, hour, day of the month, month, weekday.
    pub cron: Option<Cron>,
    /// Whose clock. Default: the `timezone` of the file.
    pub timezone: Option<Zone>,
    /// Sent even when there is nothing to tell.
    pub always: bool,
}

/// Bursts become one message.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Group {
    /// What the events of one message share.
    pub by: By,
    /// How long the first event waits for others; 1s to 1h.
    pub wait: Period,
    /// A message with so many events does not wait; 1 to 2000.
    pub max: u32,
}

/// A time of day at which nothing is sent; what comes is held, and sent as one when it ends.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Quiet {
    pub from: Option<Clock>,
    /// The end; earlier than `from` when it is on the next day.
    pub to: Option<Clock>,
    /// Whose clock. Default: the `timezone` of the file.
    pub timezone: Option<Zone>,
    /// Event kinds that are sent nevertheless, as globs.
    pub except: Vec<String>,
}

/// The most messages in a time; the overflow is bundled into one, never dropped.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Throttle {
    /// 1 to 10000.
    pub max: Option<u32>,
    /// 1s to 1d.
    pub per: Option<Period>,
}

impl Default for Group {
    fn default() -> Self {
        Self { by: By::None, wait: Period::from_secs(30), max: 50 }
    }
}

impl Digest {
    /// The schedule, for a config without flaws; `zone` is for one that names none.
    pub(super) fn timetable(&self, zone: &TimeZone) -> Option<Timetable> {
        let zone = self.timezone.as_ref().map_or(zone, Zone::zone).clone();
        match (&self.cron, self.every) {
            (Some(cron), _) => Some(Timetable::cron(cron.clone(), zone)),
            (None, Some(every)) => Some(Timetable::every(every, zone)),
            (None, None) => None,
        }
    }

    pub(in crate::route) fn flaws(&self) -> Vec<Flaw> {
        let range = MINUTE..=LONGEST_EVERY;
        match (self.every, &self.cron) {
            (Some(_), Some(_)) => {
                vec![Flaw::new("", "`every` and `cron` are both given").hint("keep one of the two")]
            }
            (None, None) => {
                let hint = "write `digest = { every = \"1h\" }` or `digest = { cron = \"0 9 * * MON-FRI\" }`";
                vec![Flaw::new("", "this digest has no schedule").hint(hint)]
            }
            (Some(every), None) if !range.contains(&every) => vec![out_of_range("every", every, "1m", "31d")],
            _ => vec![],
        }
    }
}

impl Group {
    pub(in crate::route) fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        if !(Period::from_secs(1)..=Period::from_secs(3_600)).contains(&self.wait) {
            flaws.push(out_of_range("wait", self.wait, "1s", "1h"));
        }
        if !(1..=MOST_EVENTS).contains(&self.max) {
            flaws.push(out_of_range("max", self.max, "1", &MOST_EVENTS.to_string()));
        }
        flaws
    }
}

impl Quiet {
    /// All but `except`, which is checked like the route's `events`.
    pub(in crate::route) fn flaws(&self) -> Vec<Flaw> {
        let whole = "write `quiet = { from = \"22:00\", to = \"07:00\" }`";
        match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => {
                let hint = "for all day, leave this notifier out of the route; a digest tells once a day";
                vec![Flaw::new("to", "`from` and `to` are the same time of day").hint(hint)]
            }
            (Some(_), Some(_)) => vec![],
            (None, Some(_)) => vec![Flaw::new("", "this quiet time has no `from`").hint(whole)],
            (Some(_), None) => vec![Flaw::new("", "this quiet time has no `to`").hint(whole)],
            (None, None) => vec![Flaw::new("", "this quiet time has neither `from` nor `to`").hint(whole)],
        }
    }
}

impl Throttle {
    pub(super) fn throttle(&self) -> Option<bundle::Throttle> {
        Some(bundle::Throttle { max: self.max?, per: self.per? })
    }

    pub(in crate::route) fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for (key, missing) in [("max", self.max.is_none()), ("per", self.per.is_none())] {
            if missing {
                let hint = "write `throttle = { max = 20, per = \"1m\" }`";
                flaws.push(Flaw::new("", format!("this throttle has no `{key}`")).hint(hint));
            }
        }
        if let Some(max) = self.max.filter(|max| !(1..=MOST_MESSAGES).contains(max)) {
            flaws.push(out_of_range("max", max, "1", &MOST_MESSAGES.to_string()));
        }
        if let Some(per) = self.per.filter(|per| !(Period::from_secs(1)..=DAY).contains(per)) {
            flaws.push(out_of_range("per", per, "1s", "1d"));
        }
        flaws
    }
}

fn out_of_range(key: &str, is: impl std::fmt::Display, least: &str, most: &str) -> Flaw {
    Flaw::new(key, format!("`{key}` is {is}; it must be from {least} to {most}"))
}
