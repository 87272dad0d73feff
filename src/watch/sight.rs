//! What one poll saw of the account, and what that says: current, behind, or blind.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{
    bland::error::Error,
    detect::outage::{self, Outage, Trouble},
    store::records::{Change, Committed},
    watch::{Polled, State, Watcher, pack, sum, tell::From},
};

/// Calls that have ended may wait so long for their details to be read; then reading is too slow.
const LATE: SignedDuration = SignedDuration::from_mins(15);

/// Counts what Bland answered in one poll, to tell being blind from one bad call.
#[derive(Debug, Default)]
pub(super) struct Sight {
    answers: u32,
    failure: Option<Error>,
    /// A list could not be read: whatever single calls answer, new ones are not seen.
    blind: bool,
    /// Lists were not read to their end, if only because our own limit did not allow it.
    cut: bool,
    /// Our own limit, or Bland's, ended the poll early.
    pub(super) until: Option<Timestamp>,
    /// The earliest end of a call whose details had to be put off.
    waiting: Option<Timestamp>,
    /// How long summaries have been waited for.
    pub(super) summaries: Duration,
    pub(super) told: Committed,
}

impl Sight {
    /// Whether it is of use to ask more; if not, lists that come later are not seen in this poll.
    pub(super) fn may_go_on(&self) -> bool {
        self.until.is_none() && self.failure.as_ref().is_none_or(|error| !error.is_general())
    }

    /// Until when Bland wants to be left alone.
    pub(super) fn pause(&self) -> Option<Timestamp> {
        match self.failure {
            Some(Error::RateLimited { until }) => until,
            _ => None,
        }
    }

    pub(super) fn answered(&mut self) {
        self.answers += 1;
    }

    /// Takes note that a list was not even asked for.
    pub(super) fn list_skipped(&mut self) {
        self.cut = true;
        self.blind |= self.failure.is_some();
    }

    /// Takes note that a list could not be read.
    pub(super) fn list_failed(&mut self, error: Error) {
        self.cut = true;
        self.blind |= !matches!(error, Error::Budget { .. });
        self.failed(error);
    }

    /// Takes note of an error.
    pub(super) fn failed(&mut self, error: Error) {
        match error {
            Error::Budget { until } => self.until = Some(until),
            Error::NotFound => self.answers += 1,
            Error::RateLimited { until } => {
                self.until = self.until.max(until);
                self.failure = Some(Error::RateLimited { until });
            }
            error => self.failure = Some(error),
        }
    }

    /// Takes note that the details of a call that ended at `over` were not to be had yet.
    pub(super) fn put_off(&mut self, over: Timestamp) {
        self.waiting = Some(self.waiting.map_or(over, |waiting| waiting.min(over)));
    }

    /// Everything that was to be read in this poll was read.
    fn is_complete(&self) -> bool {
        self.failure.is_none() && self.until.is_none()
    }

    /// The error that means that the account cannot be watched, and not only one call.
    fn blindness(&self) -> Option<(Trouble, &Error)> {
        let error = self.failure.as_ref().filter(|error| self.blind || self.answers == 0 || error.is_hopeless())?;
        let trouble = match error {
            error if error.is_hopeless() => Trouble::Hopeless,
            Error::RateLimited { until: Some(until) } => Trouble::Paused { until: *until },
            _ => Trouble::Blind,
        };
        Some((trouble, error))
    }

    /// Why the account is read, but too slowly to be current; `limit` is our own, per minute.
    fn slowness(&self, limit: u32, now: Timestamp) -> Option<String> {
        let late = self.waiting.is_some_and(|waiting| now.duration_since(waiting) >= LATE);
        match &self.failure {
            _ if !self.cut && !late => None,
            Some(error @ Error::RateLimited { .. }) => Some(error.to_string()),
            _ => Some(format!(
                "the limit of {limit} requests a minute does not suffice to read all calls; raise `max_requests_per_minute`"
            )),
        }
    }
}

impl Watcher {
    /// Turns what the poll saw of Bland into outage events, and says when to come back.
    pub(super) async fn conclude(&self, state: &mut State, mut sight: Sight, now: Timestamp) -> anyhow::Result<Polled> {
        let mut change = Change::default();
        let limit = self.settings.max_requests_per_minute.get();
        let mut current = false;
        if let Some((trouble, error)) = sight.blindness() {
            let tell = outage::failed(&mut state.outage, trouble, &error.to_string(), now);
            self.note_outage("outage", &state.outage, tell, &mut change, now);
        } else if let Some(reason) = sight.slowness(limit, now) {
            let tell = outage::failed(&mut state.behind, Trouble::Behind, &reason, now);
            self.note_outage("behind", &state.behind, tell, &mut change, now);
        } else {
            current = true;
            // A poll that had nothing to ask shows nothing.
            if sight.answers > 0 {
                self.recover("outage", &mut state.outage, &mut change, now);
                self.recover("behind", &mut state.behind, &mut change, now);
            }
        }
        if !change.notes.is_empty() {
            sight.told = sum(sight.told, self.store.commit(&change, now).await?);
        }
        let failing = [&state.outage, &state.behind].into_iter().flatten().any(|outage| outage.told);
        let next = self.next_poll(state, &sight, now).await?;
        Ok(Polled { next, told: sight.told, complete: sight.is_complete(), current, failing })
    }

    fn recover(&self, key: &str, outage: &mut Option<Outage>, change: &mut Change, now: Timestamp) {
        if outage.is_some() {
            let told = outage::recovered(outage);
            change.events.extend(told.map(|outage| self.teller.outage(self.voice(&self.names(), now), &outage, true)));
            change.notes.push((self.key(key), pack(outage)));
        }
    }

    fn note_outage(&self, key: &str, outage: &Option<Outage>, tell: bool, change: &mut Change, now: Timestamp) {
        if let Some(outage) = outage.as_ref().filter(|_| tell) {
            change.events.push(self.teller.outage(self.voice(&self.names(), now), outage, false));
        }
        change.notes.push((self.key(key), pack(outage)));
    }

    fn names(&self) -> Vec<String> {
        self.watches.iter().map(|watch| watch.name.clone()).collect()
    }

    fn voice<'a>(&'a self, watches: &'a [String], now: Timestamp) -> From<'a> {
        From { account: &self.account, watches, now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn unreadable() -> Error {
        Error::Unreadable("it is HTML".to_owned())
    }

    /// What a poll says that saw this, at second 0: blind, behind, or nothing wrong.
    fn check(saw: &[fn(&mut Sight)], verdict: &str) {
        let mut sight = Sight::default();
        saw.iter().for_each(|saw| saw(&mut sight));
        let said = match (sight.blindness(), sight.slowness(60, at(0))) {
            (Some((trouble, _)), _) => format!("{trouble:?}"),
            (None, Some(reason)) => reason.split(' ').take(3).collect::<Vec<_>>().join(" "),
            (None, None) => "current".to_owned(),
        };
        assert!(said.starts_with(verdict), "{said} is not {verdict}: {sight:?}");
    }

    #[test]
    fn a_list_that_cannot_be_read_is_blindness_and_one_bad_call_is_not() {
        let answered: fn(&mut Sight) = Sight::answered;
        check(&[answered], "current");
        check(&[], "current");
        check(&[|sight| sight.failed(unreadable())], "Blind");
        check(&[answered, |sight| sight.failed(unreadable())], "current");
        check(&[answered, |sight| sight.list_failed(unreadable())], "Blind");
        check(&[answered, |sight| sight.failed(Error::Network("reset".to_owned())), Sight::list_skipped], "Blind");
        check(&[answered, |sight| sight.failed(Error::Unauthorized("no".to_owned()))], "Hopeless");
        check(&[|sight| sight.list_failed(Error::RateLimited { until: Some(at(9)) })], "Paused");
        check(&[|sight| sight.list_failed(Error::RateLimited { until: None })], "Blind");
    }

    #[test]
    fn our_own_limit_makes_a_poll_fall_behind_only_where_lists_or_ended_calls_wait_for_it() {
        let answered: fn(&mut Sight) = Sight::answered;
        let limited: fn(&mut Sight) = |sight| sight.failed(Error::Budget { until: at(30) });
        check(&[answered, limited], "current");
        check(&[answered, |sight| sight.list_failed(Error::Budget { until: at(30) })], "the limit of");
        check(&[answered, limited, Sight::list_skipped], "the limit of");
        check(&[answered, limited, |sight| sight.put_off(at(-LATE.as_secs() + 1))], "current");
        check(&[answered, limited, |sight| sight.put_off(at(-LATE.as_secs()))], "the limit of");
        let refused: fn(&mut Sight) = |sight| sight.failed(Error::RateLimited { until: Some(at(30)) });
        check(&[answered, refused, |sight| sight.put_off(at(-9_000))], "Bland asks for");
        check(&[answered, refused, |sight| sight.put_off(at(-9))], "current");
    }
}
