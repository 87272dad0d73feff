//! The account's list: one sweep over the window that still matters, page by page.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    bland::list::{ListQuery, Page},
    detect::words,
    store::records::Change,
    watch::{Sight, State, Watcher, after, pack},
};

/// How far a sweep goes back before the last one: rows become visible late, and clocks differ.
const OVERLAP: SignedDuration = SignedDuration::from_mins(15);
/// Calls that are still open are covered by the list for so long; older ones are followed singly.
pub(super) const REACH: SignedDuration = SignedDuration::from_hours(2);
/// Row hashes kept in memory, 16 bytes each; what is forgotten is looked up in the store again.
const REMEMBERED_ROWS: usize = 2_000_000;
/// Rows per page that the client asks for.
const FULL_PAGE: u64 = 1000;

/// Where the sweeps of an account stand. Only `last` and `window` outlive the process.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Sweep {
    /// When the last complete sweep began.
    last: Option<Timestamp>,
    /// The latest start of a window so far; older open calls are followed singly.
    window: Option<Timestamp>,
    /// A sweep that the request budget cut short, to be gone on with.
    #[serde(skip)]
    open: Option<OpenSweep>,
}

#[derive(Debug, Clone)]
struct OpenSweep {
    began: Timestamp,
    since: Timestamp,
    offset: u64,
}

impl Watcher {
    /// Reads the list from where the last poll stopped, until its end or the end of the budget.
    pub(super) async fn sweep(&self, state: &mut State, sight: &mut Sight, now: Timestamp) -> anyhow::Result<()> {
        let mut open = match state.sweep.open.take() {
            Some(open) => open,
            None => OpenSweep { began: now, since: self.window(state, now).await?, offset: 0 },
        };
        let mut previous = HashSet::new();
        loop {
            let query = ListQuery { since: Some(open.since), batch_id: None, offset: open.offset };
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
            open.offset += page.received;
            let last = is_last(&page, open.offset, &mut previous);
            self.take_in(page.rows, None, state, sight, now).await?;
            if last {
                return self.finish_sweep(&open, state, now).await;
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
        let last = state.sweep.last.map(|last| after(last, -OVERLAP));
        let oldest = self.store.oldest_open(&self.account, after(now, -REACH)).await?;
        let regular = [last, oldest].into_iter().flatten().min().unwrap_or_else(|| after(now, -OVERLAP));
        Ok(unfinished.map_or(regular, |baseline| baseline.min(regular)))
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
        let before = state.sweep.window.unwrap_or(Timestamp::UNIX_EPOCH);
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

/// Whether nothing follows this page. A page may be shorter than asked for, and the total may be
/// missing or that of the page alone; a page that repeats the one before it means that the server
/// does not page at all.
pub(super) fn is_last(page: &Page, offset: u64, previous: &mut HashSet<String>) -> bool {
    let ids: HashSet<String> = page.rows.iter().map(|row| row.call.id.clone()).collect();
    let repeated = !ids.is_empty() && ids.is_subset(previous);
    let reached = page.total.is_some_and(|total| offset >= total) && page.received < FULL_PAGE;
    *previous = ids;
    page.received == 0 || repeated || reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bland::list::Row, model::call::Call};

    fn page(ids: &[&str], total: Option<u64>) -> Page {
        let row = |id: &&str| Row { call: Call { id: (*id).to_owned(), ..Call::default() }, hash: 1 };
        Page { rows: ids.iter().map(row).collect(), received: ids.len() as u64, total, bad: vec![] }
    }

    #[test]
    fn a_sweep_ends_at_an_empty_page_the_total_or_a_repeated_page() {
        let mut previous = HashSet::new();
        assert!(!is_last(&page(&["a", "b"], None), 2, &mut previous));
        assert!(!is_last(&page(&["b", "c"], None), 4, &mut previous), "pages may overlap");
        assert!(is_last(&page(&["c", "b"], None), 6, &mut previous), "the server does not page");
        assert!(is_last(&page(&[], None), 6, &mut HashSet::new()));
        assert!(is_last(&page(&["a"], Some(1)), 1, &mut HashSet::new()));
        assert!(!is_last(&page(&["a"], Some(3)), 1, &mut HashSet::new()), "a short page is not the last");
    }
}
