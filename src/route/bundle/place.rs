//! Where an event goes in time: alone, or into which bundle. Pure; the store knows what is open.

use jiff::{SignedDuration, Timestamp};

use crate::{
    event::{Event, digest::Reason, kind::Kind},
    route::bundle::{Bundling, timetable::Timetable},
};

/// A bundle that holds so many events is closed and another one opened.
pub const FULL: u32 = 2_000;

/// No schedule rests for longer: the 29th of February may be eight years away.
const LONGEST_PERIOD: SignedDuration = SignedDuration::from_hours(24 * 366 * 9);

/// When an event is told, and with which others.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub due: Timestamp,
    /// None: by itself.
    pub slot: Option<Slot>,
}

/// What a bundle holds: the events of one value and period.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    pub reason: Reason,
    /// What the route groups by: a batch, a watch, an outcome.
    pub value: String,
    /// What tells one period from the next; empty where the open bundle is joined whenever it ends.
    pub period: String,
    /// Where the period begins.
    pub from: Timestamp,
    pub max: u32,
}

impl Bundling {
    /// The place of an event seen at `at`, as far as the clock decides it.
    pub fn place(&self, event: &Event, at: Timestamp) -> Place {
        let value = self.group.as_ref().map(|group| group.value(event)).unwrap_or_default();
        if self.digest.is_some() {
            return self.in_digest(value, Some(event.kind), at);
        }
        let (due, group) = match &self.group {
            None => (at, None),
            Some(group) => {
                let slot =
                    Slot { reason: Reason::Group, value, period: String::new(), from: at, max: group.max.min(FULL) };
                (later(at, group.wait.signed()), Some(slot))
            }
        };
        let held = self.held(due, event.kind);
        if held > due { self.quiet_until(held, due) } else { Place { due, slot: group } }
    }

    /// The digest of nothing that is due next, where the route wants one.
    pub fn empty(&self, at: Timestamp) -> Option<Place> {
        (self.always && self.group.is_none() && self.digest.is_some()).then(|| self.in_digest(String::new(), None, at))
    }

    /// The end of the quiet time that `due` falls in, or `due` itself.
    pub fn held(&self, due: Timestamp, kind: Kind) -> Timestamp {
        self.held_for(due, Some(kind))
    }

    /// Where an event goes that would be a message too many: `planned` are the times of the latest
    /// messages, latest first. None while there is room.
    pub fn overflow(&self, kind: Kind, planned: &[Timestamp], at: Timestamp) -> Option<Place> {
        let throttle = self.throttle.as_ref()?;
        let oldest = planned.get(usize::try_from(throttle.max).unwrap_or(usize::MAX).checked_sub(1)?)?;
        let due = later(*oldest, throttle.per.signed());
        let held = self.held(due, kind);
        if held > due {
            return Some(self.quiet_until(held, due));
        }
        // What breaks through the quiet time must not take with it what does not.
        let loud = self.quiet.as_ref().is_some_and(|quiet| quiet.excepts(kind));
        let value = if loud { "loud" } else { "" }.to_owned();
        let slot = Slot { reason: Reason::Throttle, value, period: String::new(), from: at, max: FULL };
        Some(Place { due, slot: Some(slot) })
    }

    fn in_digest(&self, value: String, kind: Option<Kind>, at: Timestamp) -> Place {
        let timetable = self.digest.as_ref().expect("called for digests only");
        let due = self.held_for(timetable.next(at), kind);
        // Firings in one quiet time are one digest; its period began with the last one before.
        let mut from = previous(timetable, at);
        while self.held_for(from, kind) > at {
            from = previous(timetable, later(from, -SignedDuration::from_millis(1)));
        }
        let slot =
            Slot { reason: Reason::Digest, value, period: due.to_string(), from: self.held_for(from, kind), max: FULL };
        Place { due, slot: Some(slot) }
    }

    /// The bundle of the quiet time that ends at `due` and that `at` falls in.
    fn quiet_until(&self, due: Timestamp, at: Timestamp) -> Place {
        let from = self.quiet.as_ref().and_then(|quiet| quiet.since(at)).unwrap_or(at);
        let slot = Slot { reason: Reason::Quiet, value: String::new(), period: due.to_string(), from, max: FULL };
        Place { due, slot: Some(slot) }
    }

    fn held_for(&self, due: Timestamp, kind: Option<Kind>) -> Timestamp {
        let quiet = self.quiet.as_ref().filter(|quiet| !kind.is_some_and(|kind| quiet.excepts(kind)));
        quiet.and_then(|quiet| quiet.until(due)).unwrap_or(due)
    }
}

/// The last firing at or before `at`.
fn previous(timetable: &Timetable, at: Timestamp) -> Timestamp {
    let mut back = SignedDuration::from_hours(1);
    let mut found = loop {
        let first = timetable.next(later(at, -back));
        if first <= at {
            break first;
        }
        if back > LONGEST_PERIOD {
            return later(at, -back);
        }
        back *= 2;
    };
    loop {
        match timetable.next(found) {
            next if next > at => return found,
            next => found = next,
        }
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
