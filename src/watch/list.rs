//! The account's list: one sweep over the window that still matters, page by page.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::{
    bland::{
        error::Error,
        list::{ListQuery, Page},
    },
    detect::words,
    store::records::Change,
    watch::{State, Watcher, after, pack, sight::Sight, subject::TrackedCall},
};

/// How far a sweep goes back before the last one: rows become visible late, and clocks differ.
const OVERLAP: SignedDuration = SignedDuration::from_mins(15);
/// Calls that are still open are covered by the list for so long; older ones are followed singly.
pub(super) const REACH: SignedDuration = SignedDuration::from_hours(2);
/// Row hashes kept in memory, 16 bytes each; what is forgotten is looked up in the store again.
const REMEMBERED_ROWS: usize = 2_000_000;
/// Rows per page that the client asks for.
const FULL_PAGE: u64 = 1000;
/// After so many pages in a row without one readable row, no more are asked for.
const BLANK_PAGES: u32 = 3;

/// Where the sweeps of an account stand. Only `last` and `window` outlive the process.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Sweep {
    /// When the last complete sweep began.
    pub(super) last: Option<Timestamp>,
    /// The latest start of a window so far; older open calls are followed singly.
    window: Option<Timestamp>,
    /// A sweep that the request budget cut short, to be gone on with.
    #[serde(skip)]
    open: Option<OpenSweep>,
}

impl Sweep {
    /// Everything that was created before has been shown by the list.
    pub(super) fn seen_up_to(&self) -> Timestamp {
        self.last.map_or(Timestamp::MIN, |last| after(last, -OVERLAP))
    }
}

#[derive(Debug, Clone)]
struct OpenSweep {
    began: Timestamp,
    since: Timestamp,
    paging: Paging,
}

impl Watcher {
    /// Reads the list from where the last poll stopped, until its end or the end of the budget.
    pub(super) async fn sweep(&self, state: &mut State, sight: &mut Sight, now: Timestamp) -> anyhow::Result<()> {
        let mut open = match state.sweep.open.take() {
            Some(open) => open,
            None => OpenSweep { began: now, since: self.window(state, now).await?, paging: Paging::default() },
        };
        loop {
            let query = ListQuery { since: Some(open.since), batch_id: None, offset: open.paging.offset };
            let page = match self.client.list(&query, now).await {
                Ok(page) => page,
                Err(error) => {
                    sight.list_failed(error);
                    state.sweep.open = Some(open);
                    return Ok(());
                }
            };
            sight.answered();
            self.say_what_is_odd(&page, state);
            let last = open.paging.is_last(&page);
            self.take_in(page.rows, None, state, sight, now).await?;
            if let Some(error) = open.paging.unreadable().filter(|_| last) {
                // The window stays where it is, so that these rows are news once they can be read.
                sight.list_failed(error);
                return Ok(());
            }
            if last && self.follow_earlier(&open, state, sight, now).await? {
                return self.finish_sweep(&open, state, now).await;
            }
            if last {
                // Only the end is to be gone on with, not all the pages before it.
                state.sweep.open = Some(open);
                return Ok(());
            }
        }
    }

    /// Logs rows that cannot be read and words that are not known, once each.
    pub(super) fn say_what_is_odd(&self, page: &Page, state: &mut State) {
        for (_, reason) in &page.bad {
            if state.says(reason) {
                tracing::warn!(account = self.account, "Left out a row of Bland's list that cannot be read: {reason}");
            }
        }
        for word in page.rows.iter().filter_map(|row| words::unknown_word(&row.call)) {
            if state.says(&word) {
                tracing::warn!(account = self.account, "Bland says `{word}` of a call, which is taken as not over");
            }
        }
    }

    /// From where on the list must be read: the last sweep less the overlap, or the oldest open
    /// call within reach; on the first start, all of the baseline.
    async fn window(&self, state: &State, now: Timestamp) -> anyhow::Result<Timestamp> {
        let unfinished = state.baselines.values().filter(|baseline| !baseline.done).map(|baseline| baseline.from).min();
        // A clock that was ahead has left a moment to come; what is new since is before it.
        let last = state.sweep.last.map(|last| after(last.min(now), -OVERLAP));
        let oldest = self.store.oldest_open(&self.account, after(now, -REACH)).await?;
        let regular = [last, oldest].into_iter().flatten().min().unwrap_or_else(|| after(now, -OVERLAP));
        Ok(unfinished.map_or(regular, |baseline| baseline.min(regular)))
    }

    /// At the first start, calls placed for later may be older than the window that was read: what
    /// is active and not known yet is followed singly. False if that could not be asked just now.
    async fn follow_earlier(
        &self,
        done: &OpenSweep,
        state: &State,
        sight: &mut Sight,
        now: Timestamp,
    ) -> anyhow::Result<bool> {
        let first = state.baselines.values().any(|baseline| !baseline.done && done.since <= baseline.from);
        if !first {
            return Ok(true);
        }
        let active = match self.client.active(now).await {
            Ok(active) => active.unwrap_or_default(),
            Err(error) => {
                sight.list_failed(error);
                return Ok(false);
            }
        };
        let ids: Vec<&str> = active.iter().map(String::as_str).collect();
        let known = self.store.calls(&self.account, &ids).await?;
        let mut change = Change::default();
        for id in active.iter().filter(|id| !known.iter().any(|record| record.call.id == **id)) {
            let mut call = TrackedCall::new(&self.account, id, now);
            for watch in self.watches.iter().filter(|watch| watch.all_calls) {
                call.follow(&watch.name);
            }
            change.calls.push(call.pack(now));
        }
        self.store.commit(&change, now).await?;
        Ok(true)
    }

    async fn finish_sweep(&self, done: &OpenSweep, state: &mut State, now: Timestamp) -> anyhow::Result<()> {
        let mut change = Change::default();
        for (name, baseline) in &mut state.baselines {
            if !baseline.done
                && done.since <= baseline.from
                && self.watches.iter().any(|watch| watch.name == *name && watch.all_calls)
            {
                baseline.done = true;
                change.notes.push((format!("baseline:{}:{name}", self.account), pack(baseline)));
            }
        }
        let before = state.sweep.window.filter(|window| *window <= now).unwrap_or(Timestamp::UNIX_EPOCH);
        if done.since > before {
            self.store.follow_singly(&self.account, before, done.since, now).await?;
            state.sweep.window = Some(done.since);
        }
        state.sweep.last = Some(done.began);
        if state.rows.len() > REMEMBERED_ROWS {
            state.rows.clear();
        }
        change.notes.push((self.key("sweep"), pack(&state.sweep)));
        self.store.commit(&change, now).await?;
        Ok(())
    }
}

/// How far the pages of one list have been read.
#[derive(Debug, Clone, Default)]
pub(super) struct Paging {
    /// Rows received, which is where the next page begins.
    pub offset: u64,
    /// Hashes of the ids seen: pages may overlap, so that rows received say nothing of calls.
    seen: HashSet<u64>,
    /// Rows that could not be read; they are calls too.
    bad: u64,
    /// Pages in a row of nothing but bad rows; they have no ids by which to see a repetition.
    blank: u32,
}

impl Paging {
    /// Takes note of a page; true if nothing follows it.
    ///
    /// A page may be shorter than asked for, and the total may be missing or that of the page
    /// alone; a page without anything new means that the server does not page at all.
    pub(super) fn is_last(&mut self, page: &Page) -> bool {
        self.offset += page.received;
        self.bad += page.bad.len() as u64;
        self.blank = if page.rows.is_empty() && !page.bad.is_empty() { self.blank + 1 } else { 0 };
        let before = self.seen.len();
        self.seen.extend(page.rows.iter().map(|row| xxh3_64(row.call.id.as_bytes())));
        let nothing_new = !page.rows.is_empty() && self.seen.len() == before;
        let calls = self.seen.len() as u64 + self.bad;
        let all = page.total.is_some_and(|total| calls >= total) && page.received < FULL_PAGE;
        page.received == 0 || nothing_new || all || self.blank >= BLANK_PAGES
    }

    /// One bad row is left out; where most are bad, the list is not what we take it for.
    pub(super) fn unreadable(&self) -> Option<Error> {
        let (good, bad) = (self.seen.len() as u64, self.bad);
        let rows = good + bad;
        (bad > good)
            .then(|| Error::Unreadable(format!("{bad} of the list's {rows} rows are not calls as we know them")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bland::list::Row, model::call::Call};

    fn page(ids: &[&str], total: Option<u64>) -> Page {
        let row = |id: &&str| Row { call: Call { id: (*id).to_owned(), ..Call::default() }, hash: 1 };
        Page { rows: ids.iter().map(row).collect(), received: ids.len() as u64, total, bad: vec![] }
    }

    /// Reads these pages and compares at which one the sweep ends.
    fn check(pages: &[Page], last: Option<usize>) {
        let mut paging = Paging::default();
        assert_eq!(pages.iter().position(|page| paging.is_last(page)), last);
    }

    #[test]
    fn a_sweep_ends_at_an_empty_page_the_total_or_a_page_without_anything_new() {
        check(&[page(&["a", "b"], None), page(&["b", "c"], None), page(&[], None)], Some(2));
        check(&[page(&["a"], Some(1))], Some(0));
        check(&[page(&["a"], Some(3)), page(&["b"], Some(3))], None);
        check(&[page(&["a", "b"], None), page(&["a", "b"], None)], Some(1));
    }

    #[test]
    fn overlapping_pages_are_counted_by_their_calls() {
        let total = Some(4);
        check(&[page(&["a", "b"], total), page(&["b", "c"], total), page(&["d"], total)], Some(2));
        let bad = Page { bad: vec![(1, "no id".to_owned())], received: 3, ..page(&["a", "b"], Some(3)) };
        check(&[bad], Some(0));
    }

    #[test]
    fn pages_of_bad_rows_are_not_asked_for_without_end() {
        let bad = |received| Page { bad: vec![(0, "no id".to_owned())], received, ..Page::default() };
        check(&[bad(1), page(&["a"], None), bad(1), bad(1), page(&[], None)], Some(4));
        check(&[page(&["a", "b", "c", "d"], None), bad(1), bad(1), bad(1)], Some(3));
    }

    #[test]
    fn a_list_is_unreadable_when_most_of_its_rows_are() {
        for (good, bad, unreadable) in
            [(&[][..], 0, false), (&["a"], 0, false), (&["a"], 1, false), (&["a"], 2, true), (&[], 1, true)]
        {
            let bad = (0..bad).map(|index| (index, "no id".to_owned())).collect();
            let mut paging = Paging::default();
            paging.is_last(&Page { bad, ..page(good, None) });
            assert_eq!(paging.unreadable().is_some(), unreadable, "{good:?}");
        }
    }
}
