//! Calls and batches that were asked for at run time.

use anyhow::Context;

use crate::store::{
    Store,
    records::{Follow, FollowKind},
};

impl Store {
    /// What was asked for, or is no longer wanted, and has not been taken up yet.
    pub async fn follows(&self, account: &str) -> anyhow::Result<Vec<Follow>> {
        let found: Vec<(String, String, String, i64)> = sqlx::query_as(
            "SELECT id, kind, watch, wanted FROM follows WHERE account = $1 AND taken_up = 0 ORDER BY id",
        )
        .bind(account)
        .fetch_all(&self.pool)
        .await
        .context("read follows")?;
        let follow = |(id, kind, watch, wanted): (String, String, String, i64)| Follow {
            account: account.to_owned(),
            kind: match kind.as_str() {
                "call" => FollowKind::Call,
                "batch" => FollowKind::Batch,
                _ => FollowKind::Either,
            },
            id,
            watch,
            wanted: wanted != 0,
        };
        Ok(found.into_iter().map(follow).collect())
    }

    /// Done with a follow: it has become a record, or has been let go.
    pub async fn taken_up(&self, follow: &Follow) -> anyhow::Result<()> {
        sqlx::query("UPDATE follows SET taken_up = 1 WHERE account = $1 AND id = $2 AND wanted = $3")
            .bind(&follow.account)
            .bind(&follow.id)
            .bind(i64::from(follow.wanted))
            .execute(&self.pool)
            .await
            .context("take up a follow")?;
        Ok(())
    }
}
