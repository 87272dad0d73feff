//! The time of day at which a route is quiet, on the clock of a time zone.
//!
//! It begins when the clock first shows `from`, and ends when it shows `to` and no earlier time again; a time
//! that is skipped is the end of the gap. So whenever the clock shows a quiet time it is quiet, also in a
//! night that has an hour twice, and such a night has one quiet time, not two.

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, Offset, TimeZone},
};
use wildmatch::WildMatch;

use crate::{event::kind::Kind, route::bundle::config};

#[derive(Debug, Clone, PartialEq)]
pub struct Quiet {
    from: Time,
    to: Time,
    zone: TimeZone,
    except: Vec<WildMatch>,
}

impl Quiet {
    /// For a config without flaws; `zone` is for one that names none.
    pub(super) fn of(config: &config::Quiet, zone: &TimeZone) -> Option<Self> {
        let (from, to) = (config.from?.time(), config.to?.time());
        let zone = config.timezone.as_ref().map_or(zone, |zone| zone.zone()).clone();
        let except = config.except.iter().map(|glob| WildMatch::new(glob)).collect();
        Some(Self { from, to, zone, except })
    }

    /// The end of the quiet time that `at` is in; the end itself is not quiet.
    pub fn until(&self, at: Timestamp) -> Option<Timestamp> {
        let mut end = self.end_of_window(at)?;
        // Windows of two days overlap where a repeated hour holds both the end and the next beginning.
        while let Some(later) = self.end_of_window(end) {
            end = later;
        }
        Some(end)
    }

    /// Whether events of this kind are sent nevertheless.
    pub fn excepts(&self, kind: Kind) -> bool {
        self.except.iter().any(|glob| glob.matches(kind.as_str()))
    }

    fn end_of_window(&self, at: Timestamp) -> Option<Timestamp> {
        let today = self.zone.to_datetime(at).date();
        // A day more on either side, as a clock may be put over midnight.
        let days = [today.yesterday().and_then(Date::yesterday), today.yesterday(), Ok(today), today.tomorrow()];
        let windows = days.into_iter().flatten().filter_map(|day| self.window(day));
        windows.filter(|(from, to)| *from <= at && at < *to).map(|(_, to)| to).max()
    }

    /// The window that begins on this day.
    fn window(&self, day: Date) -> Option<(Timestamp, Timestamp)> {
        let last = if self.to > self.from { day } else { day.tomorrow().ok()? };
        Some((self.reached(day.to_datetime(self.from))?, self.passed(last.to_datetime(self.to))?))
    }

    /// When the clock first shows this time, or a later one where it is skipped.
    fn reached(&self, time: DateTime) -> Option<Timestamp> {
        match self.zone.to_ambiguous_timestamp(time).offset() {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
                offset.to_timestamp(time).ok()
            }
            AmbiguousOffset::Gap { after, .. } => self.end_of_gap(time, after),
        }
    }

    /// From when on the clock never again shows less than this time.
    fn passed(&self, time: DateTime) -> Option<Timestamp> {
        let moment = SignedDuration::from_nanos(1);
        let less = time.checked_sub(moment).ok()?;
        match self.zone.to_ambiguous_timestamp(less).offset() {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { after: offset, .. } => {
                offset.to_timestamp(less).ok()?.checked_add(moment).ok()
            }
            AmbiguousOffset::Gap { after, .. } => self.end_of_gap(less, after),
        }
    }

    /// Read with the offset of after the gap, a skipped time is an instant shortly before it.
    fn end_of_gap(&self, skipped: DateTime, after: Offset) -> Option<Timestamp> {
        let before = after.to_timestamp(skipped).ok()?;
        self.zone.following(before).next().map(|change| change.timestamp())
    }
}

#[cfg(test)]
mod tests;
