//! One round's sends: rendered and kept, sent at the same time, and settled as the answers come.

use std::{collections::HashSet, time::Instant};

use anyhow::Context;
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use jiff::Timestamp;

use crate::{
    deliver::{Clock, Deliverer, Round, State, later, outcome, threads::Place},
    notify::{Job, Notifier, Payload, Post, Verdict, common::Ambiguous},
    route::form::Form,
    store::outbox::{Attempt, Claimed, Effect, Next, Settlement, Strike, Turn},
};

/// A claimed delivery with the bytes to send.
#[derive(Debug)]
pub(super) struct Ready {
    delivery: Claimed,
    payload: Payload,
    place: Place,
}

/// A delivery after an attempt, and what is to be written down of it.
#[derive(Debug)]
struct Sent {
    delivery: Claimed,
    attempt: Attempt,
    next: Next,
    ambiguous: bool,
    effect: Effect,
}

impl Deliverer {
    /// Renders what comes due for the first time, and keeps the bytes of all at once.
    pub(super) async fn prepare(
        &self,
        notifier: &Notifier,
        claimed: Vec<Claimed>,
        clock: &Clock,
    ) -> anyhow::Result<Vec<Ready>> {
        let mut ready = Vec::with_capacity(claimed.len());
        let mut fresh = Vec::new();
        for delivery in claimed {
            let payload = match delivery.payload.as_deref().map(serde_json::from_str::<Payload>) {
                Some(Ok(kept)) => kept,
                _ => {
                    let payload = self.render(notifier, &job(&delivery, clock.now()));
                    fresh.push((delivery.id.clone(), serde_json::to_string(&payload).context("pack a payload")?));
                    payload
                }
            };
            ready.push(Ready { delivery, payload, place: Place::Channel });
        }
        self.store.keep_payloads(&fresh).await?;
        Ok(ready)
    }

    fn render(&self, notifier: &Notifier, job: &Job<'_>) -> Payload {
        let payload = notifier.prepare(&self.renderer, job);
        if let Some(trouble) = &payload.trouble {
            tracing::warn!(delivery.id = job.delivery_id, "A template of `{}` failed: {trouble}", notifier.name());
        }
        payload
    }

    /// Sends all, those that wait for another to open their thread after it.
    pub(super) async fn send_all(
        &self,
        notifier: &Notifier,
        mut ready: Vec<Ready>,
        clock: &Clock,
        state: State,
    ) -> anyhow::Result<Round> {
        let mut sum = Round::default();
        while !ready.is_empty() {
            if let Some(threads) = notifier.threads() {
                for one in &mut ready {
                    one.place = self.place(notifier, threads, &one.delivery, clock.now()).await?;
                }
            }
            let later = waiting(&mut ready);
            sum = sum.add(self.send_together(notifier, ready, clock, state).await?);
            ready = later;
        }
        Ok(sum)
    }

    /// Sends all at the same time. Whatever has been answered while the store was busy is settled
    /// together, which keeps the time short in which a kill would swallow a yes.
    async fn send_together(
        &self,
        notifier: &Notifier,
        ready: Vec<Ready>,
        clock: &Clock,
        state: State,
    ) -> anyhow::Result<Round> {
        let mut sends: FuturesUnordered<_> =
            ready.into_iter().map(|ready| self.send(notifier, ready, clock, state)).collect();
        let mut sum = Ok(Round::default());
        while let Some(first) = sends.next().await {
            let mut sent = vec![first];
            while let Some(Some(another)) = sends.next().now_or_never() {
                sent.push(another);
            }
            // A store in trouble breaks off no send that is under way.
            let settled = self.settle(notifier, &sent).await;
            sum = sum.and_then(|sum| settled.map(|round| sum.add(round)));
        }
        sum
    }

    async fn send(&self, notifier: &Notifier, ready: Ready, clock: &Clock, state: State) -> Sent {
        let Ready { delivery, payload, place } = ready;
        // Claiming and rendering took time too, and waits that are asked for count from the answer.
        let now = clock.now();
        if delivery.ambiguous && notifier.common().ambiguous == Ambiguous::Hold {
            let verdict =
                Verdict::Ambiguous { note: "the process ended while it was being sent".to_owned(), status: None };
            let (next, ambiguous) = outcome::next(notifier.common(), &delivery, &verdict, state, now);
            return unsent(delivery, &verdict, now, next, ambiguous);
        }
        if delivery.form == Form::Edit && delivery.posted.is_none() {
            let note = "there is no message that it could change".to_owned();
            let verdict = Verdict::Delivered { note, status: None, remote_id: None, pause: None };
            return unsent(delivery, &verdict, now, Next::Delivered { remote_id: None }, false);
        }
        if !notifier.rates().is_empty() {
            self.rates().sent(&notifier.destination(), now);
        }
        let begun = Instant::now();
        let verdict = match &place {
            Place::Unreachable(verdict) => verdict.clone(),
            _ => {
                let post = Post { form: delivery.form, posted: delivery.posted.as_deref(), thread: place.thread() };
                let sent = notifier.post(&payload, &job(&delivery, now), &post).await;
                self.learn_of_thread(&delivery, sent.thread, now).await;
                sent.verdict
            }
        };
        let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (next, ambiguous) = outcome::next(notifier.common(), &delivery, &verdict, state, later(now, took));
        let effect = outcome::effect(&verdict, &notifier.destination(), &self.sharing(notifier), state);
        Sent { attempt: attempt(&verdict, now, took), next, ambiguous, effect, delivery }
    }

    /// The destinations that share a limit with this notifier's, itself included.
    fn sharing(&self, notifier: &Notifier) -> Vec<String> {
        let limit = notifier.shared_limit();
        let same =
            |other: &&Notifier| other.name() == notifier.name() || (limit.is_some() && other.shared_limit() == limit);
        self.notifiers.values().filter(same).map(Notifier::destination).collect()
    }

    async fn settle(&self, notifier: &Notifier, sent: &[Sent]) -> anyhow::Result<Round> {
        let settlements: Vec<Settlement<'_>> = sent.iter().map(Sent::settlement).collect();
        let turns = self.store.settle(&settlements, &|turn, at| self.teller.turn(notifier.name(), turn, at)).await?;
        let mut round = Round::default();
        for one in sent {
            report(notifier, &one.delivery, &one.attempt, &one.next);
            match one.next {
                Next::Delivered { .. } => round.delivered += 1,
                Next::Again { .. } => round.retried += 1,
                Next::Dead { .. } => round.dead += 1,
            }
        }
        turns.iter().for_each(|turn| report_turn(notifier, turn));
        Ok(round)
    }
}

impl Sent {
    fn settlement(&self) -> Settlement<'_> {
        Settlement {
            id: &self.delivery.id,
            destination: &self.delivery.destination,
            form: self.delivery.form,
            attempt: &self.attempt,
            next: &self.next,
            ambiguous: self.ambiguous,
            effect: &self.effect,
        }
    }
}

/// Takes out those whose thread is about to be opened by another one of them.
fn waiting(ready: &mut Vec<Ready>) -> Vec<Ready> {
    let mut opened = HashSet::new();
    let waits = |ready: &mut Ready| match &ready.place {
        Place::Opens { batch, .. } => !opened.insert(batch.clone()),
        _ => false,
    };
    ready.extract_if(.., waits).collect()
}

/// Settled without anything being sent.
fn unsent(delivery: Claimed, verdict: &Verdict, now: Timestamp, next: Next, ambiguous: bool) -> Sent {
    let effect = Effect { strike: Strike::Unasked, ..Effect::default() };
    Sent { attempt: attempt(verdict, now, 0), next, ambiguous, effect, delivery }
}

fn job(delivery: &Claimed, now: Timestamp) -> Job<'_> {
    Job {
        delivery_id: &delivery.id,
        recipient: &delivery.recipient,
        event: &delivery.event,
        attempt: delivery.attempts + 1,
        now,
    }
}

fn attempt(verdict: &Verdict, at: Timestamp, took_ms: u64) -> Attempt {
    let (word, note) = (verdict.word().to_owned(), verdict.note().to_owned());
    Attempt { at, took_ms, verdict: word, status: verdict.status(), note }
}

fn report(notifier: &Notifier, delivery: &Claimed, attempt: &Attempt, next: &Next) {
    let (id, kind, name) = (&delivery.id, delivery.event.kind, notifier.name());
    let note = &attempt.note;
    match next {
        Next::Delivered { .. } => tracing::info!(delivery.id = %id, event.kind = %kind, "Delivered {kind} to `{name}`"),
        Next::Again { due, .. } => {
            tracing::warn!(delivery.id = %id, event.kind = %kind, "Could not deliver {kind} to `{name}`, next try {due}: {note}");
        }
        Next::Dead { reason } => {
            tracing::error!(delivery.id = %id, event.kind = %kind, "Gave up delivering {kind} to `{name}`: {reason}");
        }
    }
}

fn report_turn(notifier: &Notifier, turn: &Turn) {
    let (name, failures, reason) = (notifier.name(), turn.failures, &turn.reason);
    if turn.opened {
        tracing::error!("`{name}` fails: {failures} attempts since {} came to nothing: {reason}", turn.since);
    } else {
        tracing::info!("`{name}` works again; it failed {failures} times since {}", turn.since);
    }
}
