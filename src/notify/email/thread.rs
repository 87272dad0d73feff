//! Which mails belong together, as mail programs see it: `References`, `In-Reply-To`, `Thread-Topic`.
//!
//! They refer to mails that were never sent, so that it does not matter which one comes first, or
//! whether the first one was part of a bundle. Gmail shows mails together only if their subjects
//! are the same as well; Outlook goes by the topic.

use crate::event::{Data, Event, id, kind::Kind};

/// What a mail belongs to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Thread {
    /// The same for all mails of the thread.
    pub(super) topic: String,
    /// Ids of mails, the outermost first: a batch, then a call of it.
    pub(super) roots: Vec<String>,
}

impl Thread {
    pub(super) fn of(event: &Event) -> Option<Self> {
        let root = |kind: &str, parts: &[&str]| id::derived(kind, &[&[event.account.as_str()], parts].concat());
        let batch = |id: &str| (format!("Batch {}", shown(id)), root("batch", &[id]));
        match &event.data {
            Data::Call { call, .. } => {
                let own = root("call", &[&call.id]);
                Some(match call.batch_id.as_deref().map(batch) {
                    Some((topic, batch)) => Self { topic, roots: vec![batch, own] },
                    None => Self { topic: format!("Call {}", shown(&call.id)), roots: vec![own] },
                })
            }
            Data::Batch { batch: facts } => Some(alone(batch(&facts.id))),
            // A bundle of several batches' calls belongs to none.
            Data::Digest { digest } => digest.batch_id.as_deref().map(|id| alone(batch(id))),
            Data::Problem { problem } => {
                let outage = matches!(
                    event.kind,
                    Kind::WatchFailing | Kind::WatchRecovered | Kind::NotifierFailing | Kind::NotifierRecovered
                );
                let since = problem.since.to_string();
                outage.then(|| alone((format!("Outage since {since}"), root("problem", &[&problem.what, &since]))))
            }
        }
    }
}

fn alone((topic, root): (String, String)) -> Thread {
    Thread { topic, roots: vec![root] }
}

/// An id comes from outside; as a header it has the letters that ids have, or is one of ours.
fn shown(id: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if (1..=64).contains(&id.len()) && id.chars().all(plain) { id.to_owned() } else { id::derived("id", &[id]) }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::event::{digest::Reason, sample};

    fn now() -> Timestamp {
        "2023-12-16T00:16:41Z".parse().unwrap()
    }

    fn of(kind: Kind) -> Option<Thread> {
        Thread::of(&sample::sample(kind, now()))
    }

    fn lone(kind: Kind, id: &str) -> Thread {
        let mut event = sample::sample(kind, now());
        if let Data::Call { call, .. } = &mut event.data {
            (call.batch_id, call.id) = (None, id.to_owned());
        }
        Thread::of(&event).unwrap()
    }

    #[test]
    fn a_batch_and_its_calls_are_one_thread() {
        let batch = of(Kind::BatchCompleted).unwrap();
        assert_eq!(batch.topic, "Batch 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10");
        for kind in [Kind::CallStarted, Kind::CallCompleted, Kind::CallFailed, Kind::CallCorrected, Kind::CallStuck] {
            let call = of(kind).unwrap();
            assert_eq!((&call.topic, &call.roots[..1]), (&batch.topic, &batch.roots[..]), "{kind}");
            assert_eq!(call.roots.len(), 2);
        }
        let bundle = Thread::of(&sample::bundle(Reason::Group, now())).unwrap();
        assert_eq!(bundle, batch);
        assert_eq!(Thread::of(&sample::huge(3, now())), None);
    }

    #[test]
    fn a_call_and_its_correction_are_one_thread_and_another_call_is_another() {
        assert_eq!(lone(Kind::CallCompleted, "c1"), lone(Kind::CallCorrected, "c1"));
        assert_ne!(lone(Kind::CallCompleted, "c1").roots, lone(Kind::CallCompleted, "c2").roots);
        assert_eq!(lone(Kind::CallCompleted, "c1").topic, "Call c1");
        let hostile = lone(Kind::CallCompleted, "x\r\nBcc: all@example.com");
        assert!(hostile.topic.starts_with("Call id_") && hostile.topic.len() == 30, "{hostile:?}");
    }

    #[test]
    fn an_outage_and_its_end_are_one_thread_and_the_next_outage_is_another() {
        let (failing, recovered) = (of(Kind::WatchFailing), of(Kind::WatchRecovered));
        assert!(failing.is_some());
        assert_eq!(failing, recovered);
        let later = Thread::of(&sample::sample(Kind::WatchFailing, now() + SignedDuration::from_hours(1)));
        assert_ne!(failing, later);
        assert_ne!(failing, of(Kind::NotifierFailing));
        assert_eq!(of(Kind::NotifierFailing), of(Kind::NotifierRecovered));
        assert_eq!(of(Kind::DeliveryMissing), None);
    }
}
