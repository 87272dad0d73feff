//! Summaries by the language model: asked for before the transaction in which ends are told, so that no
//! network call is made within it, and only for ends that are told now.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use tokio::time::Instant;

use crate::{
    detect::call::Change as CallChange,
    event::Data,
    llm,
    model::call::Call,
    store::records::Change,
    summary,
    watch::{Watcher, sight::Sight, subject::TrackedCall, tell::kind_of},
};

/// The store's note of how often the model has been asked of late.
const NOTE: &str = "llm";
/// How long one poll waits for summaries in all; or for as long as one may take, if that is longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// A call has fewer events.
const EVENTS: u32 = 50;

impl Watcher {
    /// The summaries that the model wrote for these calls, by their ids.
    pub(super) async fn written(
        &self,
        calls: &[(TrackedCall, Vec<CallChange>)],
        sight: &mut Sight,
        now: Timestamp,
    ) -> anyhow::Result<HashMap<String, String>> {
        let Some(llm) = &self.llm else { return Ok(HashMap::new()) };
        let mut written = HashMap::new();
        let mut ended = Vec::new();
        for (call, changes) in calls {
            match changes.iter().find_map(|change| end(*change)) {
                Some(End::Told) if self.is_to_be_written(call, changes) => ended.push(&call.record.call),
                Some(End::Corrected) => {
                    written.extend(self.written_before(call.id()).await?.map(|text| (call.id().to_owned(), text)));
                }
                _ => {}
            }
        }
        written.extend(self.ask(llm, ended, sight, now).await?);
        Ok(written)
    }

    /// An end that nobody hears of is worth no request.
    fn is_to_be_written(&self, call: &TrackedCall, changes: &[CallChange]) -> bool {
        let heard = |change: &CallChange| self.teller.router.wants(kind_of(*change), &call.memory.watches);
        changes.iter().any(heard) && summary::wants_llm(&call.record.call, &self.teller.summary)
    }

    /// What had been written when the end was told: a correction says it again.
    async fn written_before(&self, id: &str) -> anyhow::Result<Option<String>> {
        let events = self.store.events_about(id, EVENTS).await?;
        let ends = events.into_iter().filter(|told| told.event.kind.is_call_end());
        let mut summaries = ends.filter_map(|told| match told.event.data {
            Data::Call { call, .. } if call.summary_source.as_deref() == Some("llm") => call.summary,
            _ => None,
        });
        Ok(summaries.next_back())
    }

    /// As many as may be asked for now and are answered in time. How often it was asked is written down
    /// first, so that a crash does not make it forget.
    async fn ask(
        &self,
        llm: &llm::Client,
        mut calls: Vec<&Call>,
        sight: &mut Sight,
        now: Timestamp,
    ) -> anyhow::Result<HashMap<String, String>> {
        let patience = PATIENCE.max(llm.timeout()).saturating_sub(sight.summaries);
        if calls.is_empty() || patience.is_zero() {
            return Ok(HashMap::new());
        }
        if llm.is_fresh() {
            llm.recall(self.store.note(NOTE).await?.as_deref());
        }
        calls.truncate(llm.admit(calls.len(), now));
        if calls.is_empty() {
            return Ok(HashMap::new());
        }
        let change = Change { notes: vec![(NOTE.to_owned(), llm.note())], ..Change::default() };
        self.store.commit(&change, now).await?;
        let begun = Instant::now();
        let written = llm.summarize_all(&calls, patience, now).await;
        sight.summaries += begun.elapsed();
        Ok(written)
    }
}

enum End {
    Told,
    Corrected,
}

fn end(change: CallChange) -> Option<End> {
    match change {
        CallChange::Ended(_) => Some(End::Told),
        CallChange::Corrected { .. } => Some(End::Corrected),
        _ => None,
    }
}
