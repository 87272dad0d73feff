//! Whether the service does its work: what each part last did well, and what that says now. Pure.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};

/// An account must have been read within three of its intervals, or within this.
const READ: SignedDuration = SignedDuration::from_mins(2);
/// A lane must have gone round within this, besides the time that a send may take.
const ROUND: SignedDuration = SignedDuration::from_mins(1);
/// How long what is due may wait, where nobody asked for a pause.
const OVERDUE: SignedDuration = SignedDuration::from_mins(5);

/// What the loops report of themselves. Shared by all of them, and kept across reloads.
#[derive(Debug, Default)]
pub struct Health {
    accounts: BTreeMap<String, Account>,
    lanes: BTreeMap<String, Lane>,
    /// Why the store is of no use, when it was last tried.
    store: Option<String>,
}

#[derive(Debug)]
struct Account {
    /// How old its last reading may be.
    limit: SignedDuration,
    /// When it began to be watched.
    since: Timestamp,
    /// When all of it was last read.
    read: Option<Timestamp>,
    /// An outage has been told.
    failing: bool,
}

#[derive(Debug)]
struct Lane {
    /// The longest that a send may take.
    limit: SignedDuration,
    /// When it last looked for work without an error.
    round: Timestamp,
    /// When the round began in which it is.
    busy: Option<Timestamp>,
    /// When its next delivery is due; in the past only where nothing is paused.
    due: Option<Timestamp>,
    /// Since when its destination fails, while its breaker is open.
    failing: Option<Timestamp>,
}

impl Health {
    /// An account with its poll interval is watched from now on, if it was not before.
    pub fn watch(&mut self, account: &str, every: Duration, now: Timestamp) {
        let new = Account { limit: READ, since: now, read: None, failing: false };
        let known = self.accounts.entry(account.to_owned()).or_insert(new);
        known.limit = (signed(every) * 3).max(READ);
    }

    /// A lane with the time limit of its sends runs from now on, if it did not before.
    pub fn run_lane(&mut self, lane: &str, limit: Duration, now: Timestamp) {
        let new = Lane { limit: SignedDuration::ZERO, round: now, busy: None, due: None, failing: None };
        self.lanes.entry(lane.to_owned()).or_insert(new).limit = signed(limit);
    }

    /// Forgets accounts and lanes that are no more.
    pub fn keep(&mut self, accounts: &[String], lanes: &[String]) {
        self.accounts.retain(|name, _| accounts.contains(name));
        self.lanes.retain(|name, _| lanes.contains(name));
    }

    /// A poll has ended: whether it read all that matters, and whether an outage stands.
    pub fn polled(&mut self, account: &str, current: bool, failing: bool, now: Timestamp) {
        if let Some(account) = self.accounts.get_mut(account) {
            account.failing = failing;
            if current {
                account.read = Some(now);
            }
        }
    }

    pub fn round_begins(&mut self, lane: &str, now: Timestamp) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.busy = Some(now);
        }
    }

    /// A round has ended, without an error of the store's if it was `good`.
    pub fn round_ends(&mut self, lane: &str, good: bool, now: Timestamp) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.busy = None;
            if good {
                lane.round = now;
            }
        }
    }

    /// When the lane's next delivery is due, pauses counted in.
    pub fn due(&mut self, lane: &str, due: Option<Timestamp>) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.due = due;
        }
    }

    /// Since when the lane's destination fails, if its breaker is open.
    pub fn failing(&mut self, lane: &str, since: Option<Timestamp>) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.failing = since;
        }
    }

    /// What came of trying the store.
    pub fn store(&mut self, answer: Result<(), String>) {
        self.store = answer.err();
    }

    /// Whether polling, store and delivery are well; if not, why not.
    pub fn verdict(&self, now: Timestamp) -> Result<(), String> {
        let store = self.store.iter().map(|why| format!("the store cannot be used: {why}"));
        let accounts = self.accounts.iter().filter_map(|(name, account)| account.wrong(name, now));
        let lanes = self.lanes.iter().filter_map(|(name, lane)| lane.wrong(name, now));
        let wrong: Vec<String> = store.chain(accounts).chain(lanes).collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }
}

impl Account {
    fn wrong(&self, name: &str, now: Timestamp) -> Option<String> {
        let old = now.duration_since(self.read.unwrap_or(self.since)) > self.limit;
        match self.read {
            _ if self.failing => Some(format!("account `{name}` cannot be read")),
            Some(read) if old => Some(format!("account `{name}` was last read at {read:.0}")),
            Some(_) => None,
            None if old => Some(format!("account `{name}` was never read since {:.0}", self.since)),
            None => Some(format!("account `{name}` is being read for the first time")),
        }
    }
}

impl Lane {
    fn wrong(&self, name: &str, now: Timestamp) -> Option<String> {
        let past = |since: Timestamp, limit| now.duration_since(since) > limit;
        if let Some(busy) = self.busy.filter(|busy| past(*busy, self.limit.saturating_add(ROUND))) {
            return Some(format!("sending to `{name}` hangs since {busy:.0}"));
        }
        if self.busy.is_none() && past(self.round, ROUND) {
            return Some(format!("nothing is sent to `{name}` since {:.0}", self.round));
        }
        if let Some(since) = self.failing {
            return Some(format!("`{name}` takes no messages since {since:.0}"));
        }
        let due = self.due.filter(|due| past(*due, OVERDUE))?;
        Some(format!("deliveries to `{name}` are overdue since {due:.0}"))
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    /// An account read every ten seconds and a lane whose sends may take twenty, both well at
    /// second 0; then what happened, and what is wrong at which second.
    fn check(happened: fn(&mut Health), second: i64, wrong: &str) {
        let mut health = Health::default();
        health.watch("bland", Duration::from_secs(10), at(-5));
        health.run_lane("ops", Duration::from_secs(20), at(-5));
        health.polled("bland", true, false, at(0));
        health.round_ends("ops", true, at(0));
        happened(&mut health);
        let said = health.verdict(at(second)).err().unwrap_or_default();
        assert!(if wrong.is_empty() { said.is_empty() } else { said.contains(wrong) }, "at {second}: {said}");
    }

    fn round(health: &mut Health, second: i64) {
        health.round_ends("ops", true, at(second));
    }

    #[test]
    fn an_account_must_be_read_in_time() {
        let lane_goes_on: fn(&mut Health) = |health| round(health, 200);
        check(lane_goes_on, 120, "");
        check(lane_goes_on, 121, "account `bland` was last read at 2023-11-14T22:13:20Z");
        let glimpsed: fn(&mut Health) = |health| {
            round(health, 200);
            health.polled("bland", false, false, at(100));
        };
        check(glimpsed, 121, "was last read");
        check(|health| health.polled("bland", false, true, at(10)), 11, "account `bland` cannot be read");
        let slow: fn(&mut Health) = |health| {
            health.watch("bland", Duration::from_secs(600), at(1));
            round(health, 1800);
        };
        check(slow, 1800, "");
        check(slow, 1801, "was last read");
    }

    #[test]
    fn a_new_account_is_not_well_before_it_has_been_read() {
        let added: fn(&mut Health) = |health| {
            round(health, 300);
            health.polled("bland", true, false, at(300));
            health.watch("agency", Duration::from_secs(10), at(200));
        };
        check(added, 200, "account `agency` is being read for the first time");
        check(added, 321, "account `agency` was never read since");
        let dropped: fn(&mut Health) = |health| {
            health.watch("agency", Duration::from_secs(10), at(0));
            health.run_lane("old", Duration::ZERO, at(-500));
            health.keep(&["bland".to_owned()], &["ops".to_owned()]);
        };
        check(dropped, 10, "");
    }

    #[test]
    fn a_lane_must_go_round_or_be_within_the_time_of_a_send() {
        let read: fn(&mut Health) = |health| health.polled("bland", true, false, at(300));
        check(read, 60, "");
        check(read, 61, "nothing is sent to `ops` since");
        let failed: fn(&mut Health) = |health| health.round_ends("ops", false, at(50));
        check(failed, 61, "nothing is sent");
        let busy: fn(&mut Health) = |health| {
            health.polled("bland", true, false, at(300));
            health.round_begins("ops", at(30));
        };
        check(busy, 110, "");
        check(busy, 111, "sending to `ops` hangs since");
    }

    #[test]
    fn what_is_due_must_not_wait_long() {
        let due: fn(&mut Health) = |health| {
            health.polled("bland", true, false, at(400));
            round(health, 400);
            health.due("ops", Some(at(100)));
        };
        check(due, 400, "");
        check(due, 401, "deliveries to `ops` are overdue since");
        check(|health| health.due("ops", Some(at(900))), 10, "");
    }

    #[test]
    fn a_notifier_that_fails_is_not_well() {
        let failing: fn(&mut Health) = |health| {
            health.polled("bland", true, false, at(0));
            round(health, 0);
            health.failing("ops", Some(at(-60)));
        };
        check(failing, 1, "`ops` takes no messages since");
        let mended: fn(&mut Health) = |health| {
            health.polled("bland", true, false, at(0));
            round(health, 0);
            health.failing("ops", Some(at(-60)));
            health.failing("ops", None);
        };
        check(mended, 1, "");
    }

    #[test]
    fn the_store_must_be_of_use_and_every_reason_is_named() {
        check(|health| health.store(Err("disk full".to_owned())), 0, "the store cannot be used: disk full");
        let both: fn(&mut Health) = |health| {
            health.store(Err("disk full".to_owned()));
            health.polled("bland", false, true, at(1));
        };
        check(both, 1, "the store cannot be used: disk full; account `bland` cannot be read");
        let mended: fn(&mut Health) = |health| {
            health.store(Err("disk full".to_owned()));
            health.store(Ok(()));
        };
        check(mended, 1, "");
    }
}
