//! Putting an event into a delivery: one of its own, or a bundle that it opens or joins.

use jiff::Timestamp;
use sqlx::AnyConnection;

use crate::{
    event::{Event, digest::Reason, id::derived},
    route::{
        bundle::{
            Bundling,
            place::{FULL, Place, Slot},
        },
        form::Form,
    },
    store::{
        Store,
        outbox::{Address, NewDelivery},
        rows::{at, ms},
    },
};

/// A clock that was put back may find the period of its time told already, or even the next.
const LATER_PERIODS: u32 = 3;

/// What a row of `deliveries` says of a message that is opened.
pub(super) struct Opening<'a> {
    pub(super) id: String,
    pub(super) kind: &'a str,
    pub(super) about: &'a str,
    pub(super) subject: String,
    pub(super) due: Timestamp,
    pub(super) stream: Option<&'a str>,
    /// What later events join it by.
    pub(super) key: Option<&'a str>,
    pub(super) slot: Option<&'a Slot>,
    pub(super) members: u32,
    pub(super) form: Form,
}

impl Store {
    /// Gives an event to one address that it has not been given to. Says how many deliveries that
    /// made: none where it joins a bundle.
    pub(super) async fn put_delivery(
        &self,
        tx: &mut AnyConnection,
        event: &Event,
        new: &NewDelivery,
        now: Timestamp,
    ) -> anyhow::Result<u64> {
        match new.form {
            Form::Message => {}
            Form::Card => return self.put_on_card(tx, event, new, now).await,
            Form::Edit => return self.put_edit(tx, event, new, now).await,
        }
        let Some(bundling) = &new.bundling else {
            let id = self.put_alone(tx, event, new, None, new.due, now).await?;
            link(tx, event, new, &id).await?;
            return Ok(1);
        };
        let stream = stream(bundling, &new.to);
        let place = next_place(tx, bundling, event, &stream, now).await?;
        if let Some(slot) = &place.slot
            && let Some(id) = join(tx, bundling, slot, &key(&stream, slot), event, now).await?
        {
            link(tx, event, new, &id).await?;
            return Ok(0);
        }
        let place = match overflow(tx, bundling, event, &stream, &place, now).await? {
            None => place,
            Some(crowded) => {
                let slot = crowded.slot.as_ref().expect("what is too much is bundled");
                if let Some(id) = join(tx, bundling, slot, &key(&stream, slot), event, now).await? {
                    link(tx, event, new, &id).await?;
                    return Ok(0);
                }
                crowded
            }
        };
        let id = match &place.slot {
            None => self.put_alone(tx, event, new, Some(&stream), place.due, now).await?,
            Some(slot) => self.put_bundle(tx, bundling, slot, place.due, &new.to, 1, now).await?,
        };
        link(tx, event, new, &id).await?;
        Ok(1)
    }

    /// Opens the digest that the next firing will send, where none is open, so that it is sent
    /// even if nothing happens.
    ///
    /// Says when it will be due; nothing for a route without such digests.
    pub async fn open_digest(
        &self,
        bundling: &Bundling,
        to: &Address,
        now: Timestamp,
    ) -> anyhow::Result<Option<Timestamp>> {
        let Some(place) = bundling.empty(now) else { return Ok(None) };
        let slot = place.slot.as_ref().expect("a digest is a bundle");
        let mut tx = self.pool.begin().await?;
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM deliveries WHERE bundle = $1")
            .bind(key(&stream(bundling, to), slot))
            .fetch_one(&mut *tx)
            .await?;
        if count == 0 {
            self.put_bundle(&mut tx, bundling, slot, place.due, to, 0, now).await?;
        }
        tx.commit().await?;
        Ok(Some(place.due))
    }

    async fn put_alone(
        &self,
        tx: &mut AnyConnection,
        event: &Event,
        new: &NewDelivery,
        stream: Option<&str>,
        due: Timestamp,
        now: Timestamp,
    ) -> anyhow::Result<String> {
        let opening = Opening {
            id: derived("dlv", &[&event.id, &new.to.notifier, &new.to.recipient]),
            kind: event.kind.as_str(),
            about: event.about(),
            subject: event.subject(),
            due,
            stream,
            key: None,
            slot: None,
            members: 1,
            form: Form::Message,
        };
        self.put_row(tx, opening, &new.to, now).await
    }

    #[expect(clippy::too_many_arguments, reason = "each says another thing of the row")]
    async fn put_bundle(
        &self,
        tx: &mut AnyConnection,
        bundling: &Bundling,
        slot: &Slot,
        due: Timestamp,
        to: &Address,
        members: u32,
        now: Timestamp,
    ) -> anyhow::Result<String> {
        let stream = stream(bundling, to);
        let key = key(&stream, slot);
        let earlier: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM deliveries WHERE bundle = $1")
            .bind(&key)
            .fetch_one(&mut *tx)
            .await?;
        // A full bundle is closed at once. Two that opened at the same moment must not be one.
        let seq = self.next_seq(now).to_string();
        let nth = if slot.reason == Reason::Digest { earlier.to_string() } else { seq };
        let id = derived("dlv", &["bundle", &key, &nth]);
        let opening = Opening {
            kind: "digest",
            about: &bundling.route,
            // Of its own, so that one which is tried again holds no later one up.
            subject: format!("bundle:{id}"),
            id,
            due: if members >= slot.max && slot.reason == Reason::Group { now } else { due },
            stream: Some(&stream),
            key: Some(&key),
            slot: Some(slot),
            members,
            form: Form::Message,
        };
        self.put_row(tx, opening, to, now).await
    }

    pub(super) async fn put_row(
        &self,
        tx: &mut AnyConnection,
        opening: Opening<'_>,
        to: &Address,
        now: Timestamp,
    ) -> anyhow::Result<String> {
        let slot = opening.slot;
        let sealed = opening.key.is_none() || slot.is_some_and(|slot| opening.members >= slot.max);
        sqlx::query(
            "INSERT INTO deliveries (id, seq, kind, about, notifier, recipient, destination, subject, state, due_ms, planned_ms, \
             attempts, ambiguous, created_ms, begun_ms, stream, bundle, bundle_reason, members, sealed, from_ms, form, bundle_value) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $9, 0, 0, $10, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(&opening.id)
        .bind(self.next_seq(now))
        .bind(opening.kind)
        .bind(opening.about)
        .bind(&to.notifier)
        .bind(&to.recipient)
        .bind(&to.destination)
        .bind(&opening.subject)
        .bind(ms(opening.due))
        .bind(ms(now))
        .bind(opening.stream)
        .bind(opening.key)
        .bind(slot.map(|slot| slot.reason.as_str()))
        .bind(i64::from(opening.members))
        .bind(i64::from(sealed))
        .bind(slot.map(|slot| ms(slot.from)))
        .bind(opening.form.as_str())
        .bind(slot.map(|slot| slot.value.as_str()))
        .execute(tx)
        .await?;
        Ok(opening.id)
    }
}

/// Route, notifier and recipient in one word: what a throttle counts and digests follow each other in.
fn stream(bundling: &Bundling, to: &Address) -> String {
    derived("str", &[&bundling.route, &to.notifier, &to.recipient])
}

fn key(stream: &str, slot: &Slot) -> String {
    derived("bdl", &[stream, slot.reason.as_str(), &slot.value, &slot.period])
}

/// Whether the event has been given to the address for this purpose.
pub(super) async fn is_told(tx: &mut AnyConnection, event: &Event, new: &NewDelivery) -> anyhow::Result<bool> {
    let told: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM delivery_events WHERE event_id = $1 AND notifier = $2 AND recipient = $3 AND purpose = $4",
    )
    .bind(&event.id)
    .bind(&new.to.notifier)
    .bind(&new.to.recipient)
    .bind(new.purpose())
    .fetch_one(tx)
    .await?;
    Ok(told > 0)
}

pub(super) async fn link(
    tx: &mut AnyConnection,
    event: &Event,
    new: &NewDelivery,
    delivery: &str,
) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO delivery_events (event_id, notifier, recipient, purpose, delivery_id) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (event_id, notifier, recipient, purpose) DO NOTHING",
    )
    .bind(&event.id)
    .bind(&new.to.notifier)
    .bind(&new.to.recipient)
    .bind(new.purpose())
    .bind(delivery)
    .execute(tx)
    .await?;
    Ok(())
}

/// Where the event belongs by the clock; a digest that has been sent is over, whatever the clock says.
async fn next_place(
    tx: &mut AnyConnection,
    bundling: &Bundling,
    event: &Event,
    stream: &str,
    now: Timestamp,
) -> anyhow::Result<Place> {
    let mut place = bundling.place(event, now);
    for _ in 0..LATER_PERIODS {
        let Some(slot) = place.slot.as_ref().filter(|slot| slot.reason == Reason::Digest) else { break };
        let sent: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM deliveries WHERE bundle = $1 AND to_ms IS NOT NULL")
            .bind(key(stream, slot))
            .fetch_one(&mut *tx)
            .await?;
        if sent == 0 {
            break;
        }
        place = bundling.place(event, place.due);
    }
    Ok(place)
}

/// Joins the open bundle of this key; none where there is none. The one that makes it full closes it.
async fn join(
    tx: &mut AnyConnection,
    bundling: &Bundling,
    slot: &Slot,
    key: &str,
    event: &Event,
    now: Timestamp,
) -> anyhow::Result<Option<String>> {
    let max = i64::from(if slot.reason == Reason::Group { slot.max } else { FULL });
    // A full group need not wait any longer; other full bundles keep their time, as do those that a
    // throttle has given it.
    let hurries = slot.reason == Reason::Group && bundling.throttle.is_none();
    let full_due = hurries.then(|| ms(bundling.held(now, event.kind)));
    let joined = sqlx::query_scalar(
        "UPDATE deliveries SET members = members + 1, sealed = CASE WHEN members + 1 >= $1 THEN 1 ELSE 0 END, \
         due_ms = CASE WHEN members + 1 >= $1 AND $2 >= 0 AND $2 < due_ms THEN $2 ELSE due_ms END \
         WHERE id = (SELECT MAX(d.id) FROM deliveries d WHERE d.bundle = $3 AND d.sealed = 0 AND d.state = 'pending') \
         AND sealed = 0 AND state = 'pending' RETURNING id",
    )
    .bind(max)
    .bind(full_due.unwrap_or(-1))
    .bind(key)
    .fetch_optional(tx)
    .await?;
    Ok(joined)
}

/// Where the event goes instead, when another message would be more than the route's throttle allows.
async fn overflow(
    tx: &mut AnyConnection,
    bundling: &Bundling,
    event: &Event,
    stream: &str,
    place: &Place,
    now: Timestamp,
) -> anyhow::Result<Option<Place>> {
    let Some(throttle) = &bundling.throttle else { return Ok(None) };
    let planned: Vec<i64> = sqlx::query_scalar(
        "SELECT planned_ms FROM deliveries WHERE stream = $1 AND planned_ms > $2 ORDER BY planned_ms DESC LIMIT $3",
    )
    .bind(stream)
    .bind(ms(place.due.saturating_sub(throttle.per.signed()).unwrap_or(Timestamp::MIN)))
    .bind(i64::from(throttle.max))
    .fetch_all(tx)
    .await?;
    let planned: Vec<Timestamp> = planned.into_iter().map(at).collect();
    Ok(bundling.overflow(event.kind, &planned, now))
}
