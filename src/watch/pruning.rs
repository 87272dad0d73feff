//! What watching still needs of the past, and the pruning of the rest.
//!
//! Bland's lists may show a call again long after it was told. So that it is not told twice, the store
//! keeps the time of creation up to which calls have been pruned: an unknown call from before is left
//! alone, if it is over.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;

use crate::{
    model::period::Period,
    store::{
        Store,
        prune::{Pruned, Round, Rules},
    },
    watch::{after, config::Config, list::Sweep},
};

/// Rows that a step looks at: a few milliseconds' work.
const ROWS: u32 = 50;

/// Prunes what is older than the retention, one small step after the other.
#[derive(Debug)]
pub struct Pruner {
    store: Store,
    retention: Period,
    /// Accounts whose list is read.
    listed: BTreeSet<String>,
    rules: Rules,
    round: Round,
}

impl Pruner {
    /// `destinations` are those of all notifiers.
    pub fn new(store: Store, retention: Period, watches: &[Config], destinations: HashSet<String>) -> Self {
        let listed = watches.iter().filter(|watch| watch.all_calls).map(|watch| watch.account().to_owned()).collect();
        let ids = |watch: &Config| watch.calls.iter().chain(watch.batches.ids()).cloned().collect::<Vec<_>>();
        let named = |watch: &Config| {
            let account = watch.account().to_owned();
            ids(watch).into_iter().map(move |id| (account.clone(), id))
        };
        let named = watches.iter().flat_map(named).collect();
        let rules = Rules { before: Timestamp::MIN, named, horizons: BTreeMap::new(), destinations };
        Self { store, retention, listed, rules, round: Round::default() }
    }

    /// Takes one step; `more` of its answer says whether the round goes on.
    pub async fn prune_once(&mut self, now: Timestamp) -> anyhow::Result<Pruned> {
        self.rules.before = after(now, -self.retention.signed());
        for account in &self.listed {
            let sweep = self.store.note(&format!("sweep:{account}")).await?;
            let sweep: Sweep = sweep.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            self.rules.horizons.insert(account.clone(), sweep.seen_up_to());
        }
        self.store.prune_once(&self.rules, &mut self.round, ROWS).await
    }
}
