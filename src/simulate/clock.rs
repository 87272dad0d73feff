//! The simulator's time, in microseconds since 1970: the wall's, or one that a test turns by hand.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::Timestamp;

/// A time that never comes.
pub(super) const NEVER: i64 = i64::MAX;

/// Where the time comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    Wall,
    /// Milliseconds since 1970, moved only by whoever holds the other end.
    Hand(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `start`, and the hand that turns it.
    pub fn hand(start: Timestamp) -> (Self, Arc<AtomicI64>) {
        let hand = Arc::new(AtomicI64::new(start.as_millisecond()));
        (Self::Hand(Arc::clone(&hand)), hand)
    }

    #[expect(clippy::disallowed_methods, reason = "the simulator is a server of its own, with its own clock")]
    pub(super) fn micros(&self) -> i64 {
        match self {
            Self::Wall => Timestamp::now().as_microsecond(),
            Self::Hand(millis) => millis.load(Ordering::SeqCst).saturating_mul(1_000),
        }
    }
}

/// `speed` divides every wait, so a talk of two minutes takes twelve seconds at speed 10.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace(f64);

impl Pace {
    /// A speed that is not a positive number counts as 1.
    pub(super) fn new(speed: f64) -> Self {
        Self(if speed.is_finite() && speed > 0.0 { speed } else { 1.0 })
    }

    /// How many microseconds of the clock `seconds` of a call take.
    #[expect(clippy::cast_possible_truncation, reason = "a cast from float saturates, which is meant")]
    pub(super) fn micros(self, seconds: f64) -> i64 {
        (seconds * 1e6 / self.0) as i64
    }
}
