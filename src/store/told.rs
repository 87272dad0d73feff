//! What one delivery tells, for whoever wants to look at it.

use anyhow::Context;

use crate::{
    event::Event,
    store::{Store, claim},
};

impl Store {
    /// The event of a delivery, or the digest of those that it holds so far; none where there is no such delivery.
    pub async fn told_by(&self, delivery: &str) -> anyhow::Result<Option<Event>> {
        let row = sqlx::query("SELECT id, about, bundle_reason, from_ms, to_ms FROM deliveries WHERE id = $1")
            .bind(delivery)
            .fetch_optional(&self.pool)
            .await
            .context("read a delivery")?;
        let Some(row) = row else { return Ok(None) };
        let members = sqlx::query_scalar(
            "SELECT e.body FROM delivery_events m JOIN events e ON e.id = m.event_id WHERE m.delivery_id = $1",
        );
        let members = members.bind(delivery).fetch_all(&self.pool).await.context("read what is told")?;
        claim::told(&row, members, None).map(Some)
    }
}
