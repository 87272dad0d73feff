//! What a verdict means: how the delivery goes on, and what follows for its destination. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::{
    backoff,
    deliver::State,
    notify::{
        Pause, Stop, Verdict,
        common::{Ambiguous, Common},
    },
    route::form::Form,
    store::outbox::{Claimed, Effect, Next, Strike},
};

/// Times are whole milliseconds and clocks differ a little; a wait is never cut short by that.
const MARGIN: SignedDuration = SignedDuration::from_millis(100);

/// The longest wait of a live card that could not be shown.
const CARD_WAIT: SignedDuration = SignedDuration::from_mins(1);

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
        let mut due = backoff::due_after(delivery.attempts + 1, ended, not_before, &delivery.id);
        if delivery.form == Form::Card {
            // What it shows is of now; one request a minute is no burden.
            let soon = ended.saturating_add(CARD_WAIT).unwrap_or(due);
            due = not_before.map_or(due.min(soon), |earliest| due.min(soon).max(earliest));
        }
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
        Verdict::Permanent { stop: Stop::No, .. } => Effect { strike: Strike::Refused, ..Effect::default() },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::{kind::Kind, sample::sample},
        model::period::Period,
    };

    const CALM: State = State { alone: true, probing: false };
    const BURST: State = State { alone: false, probing: false };
    const PROBE: State = State { alone: true, probing: true };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn retry(after: Option<i64>, pause: Pause) -> Verdict {
        Verdict::Retry { note: "n".to_owned(), after: after.map(at), pause, status: None }
    }

    fn refused(stop: Stop) -> Verdict {
        Verdict::Permanent { note: "no".to_owned(), stop, status: None }
    }

    fn next_of(verdict: &Verdict, state: State) -> Next {
        let delivery = Claimed {
            id: "dlv_1".to_owned(),
            event: sample(Kind::CallCompleted, at(0)),
            notifier: "a".to_owned(),
            recipient: String::new(),
            destination: "a#1".to_owned(),
            attempts: 0,
            created_at: at(0),
            payload: None,
            form: Form::Message,
            posted: None,
            ambiguous: false,
        };
        let common = Common { give_up_after: Period::from_secs(3600), ..Common::default() };
        next(&common, &delivery, verdict, state, at(0)).0
    }

    #[test]
    fn a_wait_that_is_asked_for_is_kept_to_the_last_millisecond() {
        let spare = at(600) + MARGIN;
        let next = next_of(&retry(Some(600), Pause::Destination), CALM);
        assert!(matches!(next, Next::Again { due, not_before } if due >= spare && not_before == Some(spare)));
        let next = next_of(&retry(Some(7200), Pause::Destination), CALM);
        assert!(matches!(next, Next::Dead { .. }), "it would come after it is given up");
        let effect = effect(&retry(Some(7200), Pause::Destination), "a#1", &[], CALM);
        assert_eq!(effect.pauses, [("a#1".to_owned(), at(7200) + MARGIN)], "the others wait all the same");
    }

    #[test]
    fn a_refusal_is_dead_at_once_unless_the_destination_is_known_to_refuse_us() {
        for stop in [Stop::No, Stop::Counts, Stop::Gone] {
            assert!(matches!(next_of(&refused(stop), CALM), Next::Dead { .. }), "{stop:?}");
        }
        assert!(matches!(next_of(&refused(Stop::Counts), PROBE), Next::Again { .. }));
        assert!(matches!(next_of(&refused(Stop::No), PROBE), Next::Dead { .. }));
    }

    #[test]
    fn each_verdict_has_its_effect_on_the_destination() {
        let strike = |verdict: &Verdict, state| effect(verdict, "a#1", &[], state).strike;
        let delivered = Verdict::Delivered { note: String::new(), remote_id: None, pause: None, status: None };
        let lost = Verdict::Ambiguous { note: String::new(), status: None };
        for (verdict, state, expected) in [
            (&delivered, CALM, Strike::Alive),
            (&lost, BURST, Strike::Failed),
            (&retry(None, Pause::No), BURST, Strike::Failed),
            (&retry(Some(1), Pause::Destination), CALM, Strike::Failed),
            (&retry(Some(1), Pause::Destination), BURST, Strike::Unasked),
            (&refused(Stop::No), CALM, Strike::Refused),
            (&refused(Stop::Counts), CALM, Strike::Failed),
        ] {
            assert_eq!(strike(verdict, state), expected, "{verdict:?}");
        }
        assert_eq!(effect(&refused(Stop::Gone), "a#1", &[], CALM).stop.as_deref(), Some("no"));
    }

    #[test]
    fn a_limit_that_destinations_share_pauses_them_all() {
        let all = ["a#1".to_owned(), "b#2".to_owned()];
        let paused = |pause| effect(&retry(Some(9), pause), "a#1", &all, BURST).pauses.len();
        assert_eq!((paused(Pause::Kind), paused(Pause::Destination), paused(Pause::No)), (2, 1, 0));
    }
}
