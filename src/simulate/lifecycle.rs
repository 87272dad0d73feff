//! What a planned call looks like at a moment.

use crate::simulate::{clock::NEVER, ending::Ending, plan::Plan};

/// The fields of a call that change with time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct View {
    pub(super) queue_status: &'static str,
    pub(super) status: Option<&'static str>,
    pub(super) completed: bool,
    pub(super) answered_by: Option<&'static str>,
    pub(super) error: Option<&'static str>,
    /// The time of the end, once it is over.
    pub(super) ended: Option<i64>,
    /// Of the talk so far, in whole seconds.
    pub(super) seconds: u32,
    pub(super) transcript: bool,
    pub(super) summary: bool,
    pub(super) price: bool,
    pub(super) recording: bool,
    /// The last of the changes up to now.
    pub(super) updated: i64,
}

impl Plan {
    pub(super) fn at(&self, now: i64) -> View {
        let times = &self.times;
        let over = now >= times.ended;
        // Two orders are seen in the wild: `status` before `completed`, and the reverse.
        let told = over && (self.words.status_first || now >= times.completed || times.completed == NEVER);
        View {
            queue_status: match () {
                () if told => self.words.queue_status,
                () if now >= times.started => "started",
                () if now >= times.allocated => "allocated",
                () if now >= times.queued => "queued",
                () => "new",
            },
            status: self.words.status.filter(|_| told),
            completed: now >= times.completed,
            answered_by: self.words.answered_by.filter(|_| now >= times.answered_by),
            error: self.words.error.filter(|_| over),
            ended: over.then_some(times.ended),
            seconds: self.seconds(now),
            transcript: now >= times.transcript,
            summary: now >= times.summary,
            price: now >= times.price,
            recording: now >= times.recording,
            updated: self.moments().filter(|moment| *moment <= now).max().unwrap_or(times.created),
        }
    }

    /// When nothing will change any more; never, for a call that does not end.
    pub(super) fn last_change(&self) -> i64 {
        if self.times.ended == NEVER {
            return NEVER;
        }
        self.moments().filter(|moment| *moment != NEVER).max().unwrap_or(self.times.created)
    }

    fn moments(&self) -> impl Iterator<Item = i64> {
        let times = &self.times;
        let late = [times.answered_by, times.transcript, times.summary, times.price, times.recording];
        let course = [times.created, times.queued, times.allocated, times.started, times.ended, times.completed];
        course.into_iter().chain(late)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a u32 is one")]
    fn seconds(&self, now: i64) -> u32 {
        let heard = self.talk_share(now.min(self.times.ended));
        (f64::from(self.talk_seconds) * heard).round() as u32
    }

    /// It waits or rings or talks: what `GET /v1/calls/active` shows.
    pub(super) fn is_live(&self, now: i64) -> bool {
        self.times.created <= now && now < self.times.ended
    }

    /// Bland counts it as successful in a batch's last log entry.
    pub(super) fn is_success(&self) -> bool {
        !self.ending.is_failure() && self.ending != Ending::Stuck
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::{
        clock::Pace,
        options::Account,
        plan::{CallSpec, Identity, Late},
    };

    fn identity() -> Identity {
        Identity { id: "c1".to_owned(), seed: 1, created: 0, line: "+12125550100".to_owned() }
    }

    /// A call with round times: created at 0, started at 10.8 s, 5 s of ringing, 60 s of talk.
    fn plan(ending: Ending, late: Late) -> Plan {
        let spec = CallSpec { queue: Some(10.0), ring: Some(5.0), talk: Some(60.0), late, ..CallSpec::default() };
        let account = Account { spelling_varies: false, ..Account::default() };
        let mut plan = Plan::new(identity(), spec, ending, &account, Pace::new(1.0));
        plan.words.status_first = true;
        plan
    }

    fn at(plan: &Plan, seconds: f64) -> View {
        plan.at(Pace::new(1.0).micros(seconds))
    }

    /// `queue_status status completed answered_by` at each moment, a dash for what is not there.
    fn check(plan: &Plan, moments: &[(f64, &str)]) {
        for (seconds, expected) in moments {
            let view = at(plan, *seconds);
            let [status, answered_by] = [view.status, view.answered_by].map(|word| word.unwrap_or("-"));
            let seen = format!("{} {status} {} {answered_by}", view.queue_status, view.completed);
            assert_eq!(seen, *expected, "{:?} at {seconds} s", plan.ending);
        }
    }

    const LATE: Late = Late {
        completed: Some(5.0),
        answered_by: Some(20.0),
        transcript: Some(8.0),
        summary: Some(30.0),
        price: Some(12.0),
        recording: Some(40.0),
    };

    #[test]
    fn a_call_goes_from_new_to_complete_and_its_facts_come_late() {
        let mut plan = plan(Ending::Human, LATE);
        check(
            &plan,
            &[
                (0.2, "new - false -"),
                (5.0, "queued - false -"),
                (10.5, "allocated - false -"),
                (12.0, "started - false -"),
                (75.0, "started - false -"),
                (76.0, "complete completed false -"),
                (81.0, "complete completed true -"),
                (96.0, "complete completed true human"),
            ],
        );
        plan.words.status_first = false;
        check(&plan, &[(76.0, "started - false -"), (81.0, "complete completed true -")]);
        let facts = |seconds| {
            let view = at(&plan, seconds);
            [view.transcript, view.price, view.summary, view.recording].map(u8::from)
        };
        assert_eq!(facts(80.0), [0, 0, 0, 0]);
        assert_eq!(facts(84.0), [1, 0, 0, 0]);
        assert_eq!(facts(88.0), [1, 1, 0, 0]);
        assert_eq!(facts(106.0), [1, 1, 1, 0]);
        assert_eq!(facts(116.0), [1, 1, 1, 1]);
    }

    #[test]
    fn every_ending_has_its_last_words() {
        for (ending, expected) in [
            (Ending::Human, "complete completed true human"),
            (Ending::WarmTransfer, "complete completed true human"),
            (Ending::Undetected, "complete completed true -"),
            (Ending::PostCallError, "complete_error completed true human"),
            (Ending::Voicemail, "complete completed true voicemail"),
            (Ending::Unknown, "complete completed true unknown"),
            (Ending::Busy, "complete busy true -"),
            (Ending::Canceled, "complete canceled true -"),
            (Ending::Stuck, "started - false -"),
        ] {
            check(&plan(ending, LATE), &[(9_999.0, expected)]);
        }
        let never = Late { completed: None, ..LATE };
        for (ending, expected) in [
            (Ending::FailedBeforeQueue, "pre_queue_error - false -"),
            (Ending::FailedInQueue, "queue_error failed false -"),
            (Ending::FailedInCall, "call_error failed false -"),
        ] {
            check(&plan(ending, never), &[(9_999.0, expected)]);
        }
    }

    #[test]
    fn a_stopped_call_ends_at_once_and_one_that_was_not_answered_yet_is_canceled() {
        let second = 1_000_000;
        let mut talking = plan(Ending::Human, LATE);
        assert!(talking.stop(46 * second));
        check(&talking, &[(46.0, "complete completed false -"), (66.5, "complete completed true human")]);
        assert_eq!(at(&talking, 70.0).seconds, 30);
        assert!(!talking.stop(50 * second), "it is over");

        let mut queued = plan(Ending::Human, LATE);
        assert!(queued.stop(5 * second));
        check(&queued, &[(5.5, "complete canceled false -"), (99.0, "complete canceled true -")]);

        let mut stuck = plan(Ending::Stuck, LATE);
        assert!(stuck.stop(500 * second));
        assert!(at(&stuck, 501.0).completed);
    }

    #[test]
    fn speed_shortens_the_waits_but_not_the_duration_told() {
        let spec = CallSpec { talk: Some(120.0), late: LATE, ..CallSpec::default() };
        let plan = Plan::new(identity(), spec, Ending::Human, &Account::default(), Pace::new(60.0));
        assert!(plan.times.ended < 3_000_000, "{}", plan.times.ended);
        assert_eq!(at(&plan, 100.0).seconds, 120);
    }

    #[test]
    fn a_warm_transfer_has_a_second_leg() {
        let plan = plan(Ending::WarmTransfer, LATE);
        let transfer = plan.transfer.as_ref().unwrap();
        let leg = plan.leg().unwrap();
        assert_eq!(Some(&leg.id), transfer.leg.as_ref());
        assert!(leg.is_leg && !leg.is_live(transfer.at - 1) && leg.is_live(transfer.at));
        assert!(self::plan(Ending::ColdTransfer, LATE).leg().is_none());
    }

    #[test]
    fn detection_that_is_off_never_says_who_answered() {
        let account = Account { detection: false, ..Account::default() };
        for (ending, _) in Ending::MIX {
            let plan = Plan::new(identity(), CallSpec::default(), ending, &account, Pace::new(1.0));
            assert_eq!(at(&plan, 9_999.0).answered_by, None, "{ending:?}");
        }
    }
}
