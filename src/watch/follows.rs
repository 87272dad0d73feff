//! Calls and batches asked for by id: in the config, or at run time by `ringback add`.

use jiff::Timestamp;

use crate::{
    bland::{budget::Priority, error::Error},
    model::batch::{Batch, BatchApi},
    store::records::{Change, Follow, FollowKind},
    watch::{
        State, Watcher,
        sight::Sight,
        subject::{TrackedBatch, TrackedCall},
    },
};

impl Watcher {
    /// Makes records for ids that are asked for and not yet followed, and lets go of those that
    /// are no longer wanted.
    pub(super) async fn take_up_follows(
        &self,
        state: &mut State,
        sight: &mut Sight,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        if !state.configured {
            for watch in &self.watches {
                self.follow_calls(&watch.calls, &watch.name, now).await?;
                self.follow_batches(watch.batches.ids(), &watch.name, now).await?;
            }
            state.configured = true;
        }
        for mut follow in self.store.follows(&self.account).await? {
            if follow.wanted && follow.kind == FollowKind::Either {
                match self.kind_of(&follow.id, now).await {
                    Ok(kind) => follow.kind = kind,
                    Err(error) => {
                        sight.failed(error);
                        continue;
                    }
                }
            }
            self.take_up(&follow, now).await?;
        }
        Ok(())
    }

    async fn take_up(&self, follow: &Follow, now: Timestamp) -> anyhow::Result<()> {
        let ids = std::slice::from_ref(&follow.id);
        match (follow.wanted, follow.kind) {
            (true, FollowKind::Batch) => self.follow_batches(ids, &follow.watch, now).await?,
            (true, _) => self.follow_calls(ids, &follow.watch, now).await?,
            (false, _) => self.let_go(&follow.id, now).await?,
        }
        self.store.taken_up(follow).await
    }

    /// Whether an id is a call's or a batch's; one that neither API knows is followed as a call,
    /// and will be reported as missing.
    async fn kind_of(&self, id: &str, now: Timestamp) -> Result<FollowKind, Error> {
        match self.client.call(id, Priority::Detail, now).await {
            Ok(_) => return Ok(FollowKind::Call),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
        match self.client.batch(id, None, now).await {
            Ok(_) => Ok(FollowKind::Batch),
            Err(Error::NotFound) => Ok(FollowKind::Call),
            Err(error) => Err(error),
        }
    }

    /// Calls given by id are always told, even if they were over long before.
    async fn follow_calls(&self, ids: &[String], watch: &str, now: Timestamp) -> anyhow::Result<()> {
        let wanted: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut known = self.store.calls(&self.account, &wanted).await?;
        let mut change = Change::default();
        for id in ids {
            let at = known.iter().position(|record| record.call.id == *id);
            let mut call = match at {
                Some(at) => TrackedCall::stored(known.swap_remove(at)),
                None => TrackedCall::new(&self.account, id, now),
            };
            if call.memory.by_id && call.memory.watches.iter().any(|known| known == watch) {
                continue;
            }
            call.memory.by_id = true;
            call.memory.watches.retain(|known| known != watch);
            call.memory.watches.insert(0, watch.to_owned());
            call.announce(now);
            change.calls.push(call.pack(now));
        }
        self.store.commit(&change, now).await?;
        Ok(())
    }

    async fn follow_batches(&self, ids: &[String], watch: &str, now: Timestamp) -> anyhow::Result<()> {
        let wanted: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut known = self.store.batches(&self.account, &wanted).await?;
        let mut change = Change::default();
        for id in ids {
            let at = known.iter().position(|record| record.batch.id == *id);
            let mut batch = match at {
                Some(at) => TrackedBatch::stored(known.swap_remove(at)),
                None => TrackedBatch::new(&self.account, unread(id), now),
            };
            if batch.memory.by_id && batch.memory.watches.iter().any(|known| known == watch) {
                continue;
            }
            batch.memory.by_id = true;
            batch.memory.silent = false;
            batch.memory.watches.retain(|known| known != watch);
            batch.memory.watches.insert(0, watch.to_owned());
            change.batches.push(batch.pack(now));
        }
        self.store.commit(&change, now).await?;
        Ok(())
    }

    async fn let_go(&self, id: &str, now: Timestamp) -> anyhow::Result<()> {
        let mut change = Change::default();
        for record in self.store.calls(&self.account, &[id]).await? {
            change.calls.push(TrackedCall::stored(record).let_go(now));
        }
        for record in self.store.batches(&self.account, &[id]).await? {
            let mut batch = TrackedBatch::stored(record);
            batch.memory.silent = true;
            change.batches.push(batch.pack(now));
        }
        self.store.commit(&change, now).await?;
        Ok(())
    }
}

/// A batch of which nothing but the id is known.
fn unread(id: &str) -> Batch {
    Batch {
        id: id.to_owned(),
        api: BatchApi::V2,
        description: None,
        created_at: None,
        expected: None,
        over: false,
        total: None,
    }
}
