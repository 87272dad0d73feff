//! A digest's schedule on the clock of a time zone, through all changes of that clock.
//!
//! - A time that a change skips comes when the gap ends; a cron schedule of every hour needs no such
//!   thing and goes on.
//! - A time that a change repeats comes once, at the first; but what comes often (a cron schedule whose
//!   minute or hour begins with `*`, an `every` no longer than the repeated time) comes both times.
//!
//! Nothing is remembered: the schedule is the same set of instants whenever it is asked.

use jiff::{
    SignedDuration, Timestamp,
    civil::{DateTime, date},
    tz::{Offset, TimeZone},
};

use crate::{model::period::Period, route::bundle::cron::Cron};

/// `every` counts from this Monday, so that "7d" is each Monday and "1d" each midnight.
const MONDAY: DateTime = date(1970, 1, 5).at(0, 0, 0, 0);

/// The instants at which a digest is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Timetable {
    rhythm: Rhythm,
    zone: TimeZone,
}

#[derive(Debug, Clone, PartialEq)]
enum Rhythm {
    Every(Period),
    Cron(Box<Cron>),
}

/// The clock is put forward or back.
#[derive(Debug, Clone, Copy)]
struct Change {
    at: Timestamp,
    /// What the clock would show at `at` without the change, and what it shows.
    old: DateTime,
    new: DateTime,
    offset: Offset,
}

impl Timetable {
    pub fn every(every: Period, zone: TimeZone) -> Self {
        Self { rhythm: Rhythm::Every(every), zone }
    }

    pub fn cron(cron: Cron, zone: TimeZone) -> Self {
        Self { rhythm: Rhythm::Cron(Box::new(cron)), zone }
    }

    /// The first instant of the schedule that is later than `after`.
    pub fn next(&self, after: Timestamp) -> Timestamp {
        // Only the end of the calendar has nothing later.
        self.first_later(after).unwrap_or(Timestamp::MAX)
    }

    fn first_later(&self, after: Timestamp) -> Option<Timestamp> {
        let mut offset = self.zone.to_offset(after);
        let mut from = (offset.to_datetime(after), false);
        if let Some(resumed) = Change::last(&self.zone, after).map(|change| self.resumes(&change))
            && from.0 < resumed
        {
            from = (resumed, true);
        }
        let mut cursor = after;
        loop {
            let due = self.rhythm.first(from.0, from.1)?;
            let Some(change) = Change::next(&self.zone, cursor) else { return offset.to_timestamp(due).ok() };
            if due < change.old {
                return offset.to_timestamp(due).ok();
            }
            if due < change.new && self.rhythm.catches_up() {
                return Some(change.at);
            }
            (offset, from, cursor) = (change.offset, (self.resumes(&change), true), change.at);
        }
    }

    /// From which time on the clock is followed again after a change.
    fn resumes(&self, change: &Change) -> DateTime {
        let put_back = change.old.duration_since(change.new);
        if put_back.is_positive() && !self.rhythm.comes_twice(put_back) { change.old } else { change.new }
    }
}

impl Rhythm {
    fn first(&self, from: DateTime, inclusive: bool) -> Option<DateTime> {
        match self {
            Self::Every(every) => on_grid(*every, from, inclusive),
            Self::Cron(cron) => cron.first(from, inclusive),
        }
    }

    /// Whether times that are skipped come when the gap ends.
    fn catches_up(&self) -> bool {
        match self {
            Self::Every(_) => true,
            Self::Cron(cron) => !cron.every_hour(),
        }
    }

    /// Whether times come again that are repeated because the clock is put back by so much.
    fn comes_twice(&self, put_back: SignedDuration) -> bool {
        match self {
            Self::Every(every) => every.signed() <= put_back,
            Self::Cron(cron) => cron.repeats(),
        }
    }
}

impl Change {
    /// The last change up to `at`.
    fn last(zone: &TimeZone, at: Timestamp) -> Option<Self> {
        let past = at.checked_add(SignedDuration::from_nanos(1)).ok()?;
        let at = zone.preceding(past).next()?.timestamp();
        Self::of(zone, at)
    }

    /// The first change after `at`.
    fn next(zone: &TimeZone, at: Timestamp) -> Option<Self> {
        let at = zone.following(at).next()?.timestamp();
        Self::of(zone, at)
    }

    fn of(zone: &TimeZone, at: Timestamp) -> Option<Self> {
        let before = zone.to_offset(at.checked_sub(SignedDuration::from_nanos(1)).ok()?);
        let offset = zone.to_offset(at);
        Some(Self { at, old: before.to_datetime(at), new: offset.to_datetime(at), offset })
    }
}

fn on_grid(every: Period, from: DateTime, inclusive: bool) -> Option<DateTime> {
    let every = i64::try_from(every.std().as_millis()).ok()?.max(1);
    let since = i64::try_from(from.duration_since(MONDAY).as_millis()).ok()?;
    let whole = since.div_euclid(every) * every;
    let due = if inclusive && whole == since { whole } else { whole.checked_add(every)? };
    MONDAY.checked_add(SignedDuration::from_millis(due)).ok()
}

#[cfg(test)]
mod tests;
