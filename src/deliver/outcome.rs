//! What a verdict means: how the delivery goes on, and what follows for its destination. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::{
    backoff,
    notify::{
        Verdict,
        config::{Ambiguous, Common},
    },
    store::records::{Claimed, Effect, Next, Strike},
};

/// Times are whole milliseconds and clocks differ a little; a wait is never cut short by that.
const MARGIN: SignedDuration = SignedDuration::from_millis(100);

/// How a delivery goes on after a verdict, and whether it may have arrived.
pub(super) fn next(common: &Common, delivery: &Claimed, verdict: &Verdict, ended: Timestamp) -> (Next, bool) {
    let again = |after: Option<Timestamp>, note: &str| {
        let not_before = after.map(spared);
        let due = backoff::due_after(delivery.attempts + 1, ended, not_before, &delivery.id);
        if backoff::gives_up(delivery.created_at, due, common.give_up_after) {
            Next::Dead { reason: format!("given up after {}: {note}", common.give_up_after) }
        } else {
            Next::Again { due, not_before }
        }
    };
    match verdict {
        Verdict::Delivered { remote_id, .. } => (Next::Delivered { remote_id: remote_id.clone() }, false),
        Verdict::Retry { note, after, .. } => (again(*after, note), false),
        Verdict::Permanent { note, .. } => (Next::Dead { reason: note.clone() }, false),
        Verdict::Ambiguous { note } if common.ambiguous == Ambiguous::Hold => {
            (Next::Dead { reason: format!("held, as it may have arrived: {note}") }, true)
        }
        Verdict::Ambiguous { note } => (again(None, note), true),
    }
}

/// What follows for `destinations`, the delivery's own first. `alone`: no other send was under way,
/// so that an answer that asks for a pause is not one of many to the same burst.
pub(super) fn effect(verdict: &Verdict, destinations: &[String], alone: bool) -> Effect {
    let own = &destinations[..destinations.len().min(1)];
    let pauses = |destinations: &[String], until: Option<Timestamp>| {
        until.into_iter().flat_map(|until| destinations.iter().map(move |name| (name.clone(), spared(until)))).collect()
    };
    match verdict {
        Verdict::Delivered { pause, .. } => Effect { pauses: pauses(own, *pause), ..Effect::default() },
        Verdict::Retry { after, pause: true, .. } => Effect {
            pauses: pauses(own, *after),
            strike: if alone { Strike::Failed } else { Strike::Unasked },
            stop: None,
        },
        Verdict::Permanent { note, stop: true } => {
            Effect { strike: Strike::Failed, stop: Some(note.clone()), ..Effect::default() }
        }
        Verdict::Permanent { stop: false, .. } => Effect::default(),
        Verdict::Retry { .. } | Verdict::Ambiguous { .. } => Effect { strike: Strike::Failed, ..Effect::default() },
    }
}

fn spared(at: Timestamp) -> Timestamp {
    at.saturating_add(MARGIN).unwrap_or(Timestamp::MAX)
}
