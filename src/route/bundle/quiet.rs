//! The time of day at which a route is quiet, on the clock of a time zone.
//!
//! It begins the first time that the clock shows `from`, and ends the last time that it shows `to`; either
//! is the end of a gap that skips it. So whenever the clock shows a quiet time it is quiet, also in a night
//! that has an hour twice.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, TimeZone},
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

/// Which of two instants is meant by a time that the clock shows twice.
#[derive(Clone, Copy)]
enum Shown {
    First,
    Last,
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
        Some((
            self.instant(day.to_datetime(self.from), Shown::First)?,
            self.instant(last.to_datetime(self.to), Shown::Last)?,
        ))
    }

    fn instant(&self, time: DateTime, shown: Shown) -> Option<Timestamp> {
        let offset = match (self.zone.to_ambiguous_timestamp(time).offset(), shown) {
            (AmbiguousOffset::Unambiguous { offset }, _) => offset,
            (AmbiguousOffset::Fold { before, .. }, Shown::First) => before,
            (AmbiguousOffset::Fold { after, .. }, Shown::Last) => after,
            // Read with the later offset, a skipped time is an instant shortly before the gap.
            (AmbiguousOffset::Gap { after, .. }, _) => {
                let before = after.to_timestamp(time).ok()?;
                return self.zone.following(before).next().map(|change| change.timestamp());
            }
        };
        offset.to_timestamp(time).ok()
    }
}
