//! Staying far from Discord's ban: an address that gets 10,000 answers of 401, 403 or 429 within
//! ten minutes is blocked, and with it everything else that runs there.
//!
//! <https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans>

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// In which Discord counts.
const WINDOW: Duration = Duration::from_secs(600);

/// A twentieth of what Discord bears: other programs share the address, each restart or reload
/// begins a new count, and pauses keep anything that works far below it.
const MOST: usize = 500;

/// The refusals of the last ten minutes, shared by all notifiers that send to one API. Counted with
/// a clock that is never set, so that no step of the machine's clock empties the count.
#[derive(Debug, Clone, Default)]
pub(in crate::notify) struct Refusals(Arc<Mutex<VecDeque<Instant>>>);

impl Refusals {
    pub(super) fn add(&self, at: Instant) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        times.push_back(at);
        if times.len() > MOST {
            times.pop_front();
        }
    }

    /// How long nothing may be sent; none if something may.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while times.pop_front_if(|time| now.saturating_duration_since(*time) >= WINDOW).is_some() {}
        let first = times.front().filter(|_| times.len() >= MOST)?;
        Some(WINDOW.saturating_sub(now.saturating_duration_since(*first)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_after_the_last_refusal_that_is_allowed_until_the_first_is_ten_minutes_old() {
        let start = Instant::now();
        let at = |second: u64| start + Duration::from_secs(second);
        let refusals = Refusals::default();
        for n in 0..MOST as u64 {
            assert_eq!(refusals.wait(at(n / 5)), None, "after {n}");
            refusals.clone().add(at(n / 5));
        }
        assert_eq!(refusals.wait(at(100)), Some(Duration::from_secs(500)));
        assert_eq!(refusals.wait(at(599)), Some(Duration::from_secs(1)));
        assert_eq!(refusals.wait(at(600)), None);
        // The five of the first second are over; five more fill it again.
        for _ in 0..5 {
            assert_eq!(refusals.wait(at(600)), None);
            refusals.add(at(600));
        }
        assert_eq!(refusals.wait(at(600)), Some(Duration::from_secs(1)));
    }

    #[test]
    fn no_ten_minutes_ever_see_more_than_is_allowed_whatever_is_asked_when() {
        let start = Instant::now();
        let refusals = Refusals::default();
        let mut sent: Vec<u64> = Vec::new();
        for step in 0..20_000_u64 {
            let second = step / 4;
            let now = start + Duration::from_secs(second);
            if refusals.wait(now).is_none() {
                refusals.add(now);
                sent.push(second);
            }
        }
        for (place, first) in sent.iter().enumerate() {
            let within = sent.iter().skip(place).take_while(|second| *second - first < WINDOW.as_secs()).count();
            assert!(within <= MOST, "{within} from second {first}");
        }
        assert!(sent.len() > 8 * MOST, "it is a limit and not an end: {}", sent.len());
    }
}
