//! What a verdict means: how the delivery goes on, and what follows for its destination. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::{
    backoff,
    deliver::State,
    notify::{
        Pause, Stop, Verdict,
        config::{Ambiguous, Common},
    },
    store::records::{Claimed, Effect, Next, Strike},
};

/// Times are whole milliseconds and clocks differ a little; a wait is never cut short by that.
const MARGIN: SignedDuration = SignedDuration::from_millis(100);

/// How a delivery goes on after a verdict, and whether it may have arrived.
pub(super) fn next(
    common: &Common,
    delivery: &Claimed,
    verdict: &Verdict,
    state: State,
    ended: Timestamp,
) -> (Next, bool) {
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
        // What was refused as the destination refuses us anyway waits with the others behind its breaker.
        Verdict::Permanent { note, stop: Stop::Counts, .. } if state.probing => (again(None, note), false),
        Verdict::Permanent { note, .. } => (Next::Dead { reason: note.clone() }, false),
        Verdict::Ambiguous { note, .. } if common.ambiguous == Ambiguous::Hold => {
            (Next::Dead { reason: format!("held, as it may have arrived: {note}") }, true)
        }
        Verdict::Ambiguous { note, .. } => (again(None, note), true),
    }
}

/// What follows for the delivery's own destination, and for those that share a limit with it.
pub(super) fn effect(verdict: &Verdict, own: &str, sharing: &[String], state: State) -> Effect {
    let pauses = |destinations: &[String], until: Option<Timestamp>| {
        until.into_iter().flat_map(|until| destinations.iter().map(move |name| (name.clone(), spared(until)))).collect()
    };
    let only = [own.to_owned()];
    match verdict {
        Verdict::Delivered { pause, .. } => Effect { pauses: pauses(&only, *pause), ..Effect::default() },
        Verdict::Retry { pause: Pause::No, .. } | Verdict::Ambiguous { .. } => failed(),
        Verdict::Retry { after, pause, .. } => Effect {
            pauses: pauses(if *pause == Pause::Kind { sharing } else { &only }, *after),
            // Many at once that are asked to wait are one sign of trouble, and no sign of life.
            strike: if state.alone { Strike::Failed } else { Strike::Unasked },
            stop: None,
        },
        Verdict::Permanent { stop: Stop::No, .. } => Effect::default(),
        Verdict::Permanent { stop: Stop::Counts, .. } => failed(),
        Verdict::Permanent { note, stop: Stop::Gone, .. } => Effect { stop: Some(note.clone()), ..failed() },
    }
}

fn failed() -> Effect {
    Effect { strike: Strike::Failed, ..Effect::default() }
}

fn spared(at: Timestamp) -> Timestamp {
    at.saturating_add(MARGIN).unwrap_or(Timestamp::MAX)
}
