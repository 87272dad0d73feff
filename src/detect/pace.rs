//! How fast a batch goes on, and when it will have ended.

use jiff::{SignedDuration, Timestamp};

/// Between two marks; so that a batch that is looked at all the time has few.
const APART: SignedDuration = SignedDuration::from_secs(30);

/// What is older says nothing of the present pace.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// Less than this is chance.
const LEAST: SignedDuration = SignedDuration::from_secs(20);

/// Remembers how many calls were done by now.
pub(super) fn mark(marks: &mut Vec<(Timestamp, u64)>, done: u64, now: Timestamp) {
    if marks.last().is_some_and(|(at, _)| now.duration_since(*at) < APART) {
        return;
    }
    marks.push((now, done));
    // The newest of those that are too old is still needed: it is where the window begins.
    let old = marks.iter().take_while(|(at, _)| now.duration_since(*at) >= WINDOW).count();
    marks.drain(..old.saturating_sub(1));
}

/// Calls per minute, to one decimal; none where nothing has ended since the first mark.
pub fn of(marks: &[(Timestamp, u64)], done: u64, now: Timestamp) -> Option<f64> {
    let (since, before) = marks.first()?;
    let (elapsed, ended) = (now.duration_since(*since), done.saturating_sub(*before));
    if ended == 0 || elapsed < LEAST {
        return None;
    }
    let ended = f64::from(u32::try_from(ended).unwrap_or(u32::MAX));
    Some((ended / (elapsed.as_secs_f64() / 60.0) * 10.0).round() / 10.0).filter(|pace| *pace > 0.0)
}

/// When so many more will have ended, in whole seconds; none for what is too far away to be said.
pub fn end(pace: f64, remaining: u64, now: Timestamp) -> Option<Timestamp> {
    let minutes = f64::from(u32::try_from(remaining).ok()?) / pace;
    let wait = SignedDuration::try_from_secs_f64((minutes * 60.0).round()).ok()?;
    if remaining == 0 || wait > SignedDuration::from_hours(24 * 30) {
        return None;
    }
    Timestamp::from_second(now.checked_add(wait).ok()?.as_second()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn the_pace_is_that_of_the_last_minutes() {
        let mut marks = Vec::new();
        for step in 0..360_i64 {
            // Ten minutes without an end, then one every five seconds.
            let done = u64::try_from((step * 10 - 600).max(0) / 5).unwrap();
            mark(&mut marks, done, at(step * 10));
        }
        assert!(marks.len() < 30, "{}", marks.len());
        assert_eq!(of(&marks, 598, at(3_590)), Some(12.0));
        assert_eq!(end(12.0, 120, at(3_590)), Some(at(4_190)));
    }

    #[test]
    fn what_has_just_begun_has_no_pace() {
        let mut marks = Vec::new();
        mark(&mut marks, 500, at(0));
        assert_eq!(of(&[], 3, at(0)), None);
        assert_eq!(of(&marks, 500, at(600)), None, "nothing has ended");
        assert_eq!(of(&marks, 501, at(19)), None, "too soon to say");
        assert_eq!(of(&marks, 501, at(60)), Some(1.0));
        assert_eq!(end(0.1, 1_000_000, at(0)), None, "nobody plans for years");
        assert_eq!(end(2.0, 0, at(0)), None);
    }
}
