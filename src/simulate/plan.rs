//! A simulated call, decided in advance: who, when, how it ends, and when each fact becomes known.
//!
//! Nothing about it changes as time passes; `lifecycle` says what is visible at a moment.

use fastrand::Rng;
use serde_json::{Map, Value};

use crate::simulate::{
    clock::{NEVER, Pace},
    ending::Ending,
    options::Account,
    people, scenario,
    scenario::Scenario,
    seeded::{self, one_in, pick},
};

/// A call to add to an account; what is left open is drawn from the seed.
#[derive(Debug, Clone, Default)]
pub struct CallSpec {
    pub id: Option<String>,
    pub batch_id: Option<String>,
    pub ending: Option<Ending>,
    /// One of [`scenario::names`]; any other counts as left open.
    pub scenario: Option<String>,
    /// Only scenarios of this direction; default any.
    pub inbound: Option<bool>,
    pub to: Option<String>,
    pub from: Option<String>,
    /// Milliseconds since 1970; default now.
    pub created_at: Option<i64>,
    /// Seconds after its creation at which it is to start, for a call placed for later.
    pub starts_after: Option<f64>,
    /// Minutes; Bland's default is 30.
    pub max_duration: Option<u32>,
    pub metadata: Map<String, Value>,
    /// Added to the scenario's.
    pub variables: Map<String, Value>,
    pub task: Option<String>,
    pub pathway_id: Option<String>,
    pub campaign_id: Option<String>,
    /// Seconds a voicemail waits for its redial, which is a call of its own.
    pub retry_after: Option<f64>,
    /// Seconds in the queue, of ringing, and of talk.
    pub queue: Option<f64>,
    pub ring: Option<f64>,
    pub talk: Option<f64>,
    pub late: Late,
    /// Further keys of the request that placed it, echoed in `request_data`.
    pub request: Map<String, Value>,
}

/// Seconds after its end at which a call's late fields appear; infinity is never.
#[derive(Debug, Clone, Copy, Default)]
pub struct Late {
    pub completed: Option<f64>,
    pub answered_by: Option<f64>,
    pub transcript: Option<f64>,
    pub summary: Option<f64>,
    pub price: Option<f64>,
    pub recording: Option<f64>,
}

/// Microseconds since 1970, or never.
#[derive(Debug, Clone)]
pub(super) struct Times {
    pub(super) created: i64,
    pub(super) queued: i64,
    pub(super) allocated: i64,
    /// The number is being dialled.
    pub(super) started: i64,
    pub(super) connected: i64,
    pub(super) ended: i64,
    pub(super) completed: i64,
    pub(super) answered_by: i64,
    pub(super) transcript: i64,
    pub(super) summary: i64,
    pub(super) price: i64,
    pub(super) recording: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Transfer {
    pub(super) to: String,
    /// The second leg of a warm transfer.
    pub(super) leg: Option<String>,
    /// `MERGED`, or why it did not come to that.
    pub(super) state: &'static str,
    pub(super) at: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) id: String,
    pub(super) seed: u64,
    pub(super) batch_id: Option<String>,
    pub(super) ending: Ending,
    pub(super) scenario: Option<&'static Scenario>,
    pub(super) to: String,
    pub(super) from: String,
    pub(super) inbound: bool,
    pub(super) times: Times,
    /// Of the whole talk; less is heard of a call that was stopped.
    pub(super) talk_seconds: u32,
    pub(super) talk_micros: i64,
    pub(super) ring_seconds: u32,
    pub(super) transfer: Option<Transfer>,
    pub(super) is_leg: bool,
    /// First and last name of the other side.
    pub(super) person: [String; 2],
    pub(super) words: Words,
    pub(super) spec: CallSpec,
}

/// The words it will end with.
#[derive(Debug, Clone)]
pub(super) struct Words {
    pub(super) status: Option<&'static str>,
    pub(super) queue_status: &'static str,
    pub(super) answered_by: Option<&'static str>,
    pub(super) error: Option<&'static str>,
    /// `status` is set before `completed` becomes true, or the other way round.
    pub(super) status_first: bool,
    /// Until then `status` is null, or there is no such key.
    pub(super) status_null: bool,
}

/// What makes a call this call.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) id: String,
    pub(super) seed: u64,
    /// Microseconds since 1970; counts in place of what the spec says.
    pub(super) created: i64,
    /// The account's number that calls or is called.
    pub(super) line: String,
}

impl Plan {
    pub(super) fn new(identity: Identity, spec: CallSpec, ending: Ending, account: &Account, pace: Pace) -> Self {
        let Identity { id, seed, created, line: ours } = identity;
        let rng = &mut seeded::rng(seed, "plan");
        let asked_for = spec.scenario.as_deref().and_then(scenario::named);
        let scenario = asked_for.or_else(|| scenario::draw(ending, spec.inbound, rng)).filter(|_| ending.has_talk());
        let inbound = scenario.is_some_and(|scenario| scenario.inbound);
        let talk = talk_seconds(ending, scenario, &spec, rng);
        let ring = spec.ring.unwrap_or_else(|| ring_seconds(ending, rng));
        let times = times(ending, created, (talk, ring), inbound, &spec, rng, pace);
        let theirs = people::number(rng);
        let (from, to) = if inbound { (theirs, ours) } else { (ours, theirs) };
        Self {
            words: words(ending, account, rng),
            transfer: transfer(ending, seed, &times, rng),
            from: spec.from.clone().unwrap_or(from),
            to: spec.to.clone().unwrap_or(to),
            batch_id: spec.batch_id.clone(),
            talk_seconds: whole(talk),
            talk_micros: if times.connected == NEVER { 0 } else { pace.micros(talk) },
            ring_seconds: whole(ring),
            person: people::person(rng),
            is_leg: false,
            id,
            seed,
            ending,
            scenario,
            inbound,
            times,
            spec,
        }
    }

    pub(super) fn max_duration(&self) -> u32 {
        self.spec.max_duration.unwrap_or(30)
    }

    /// Ends it now. False if it was over already, or is not there yet.
    pub(super) fn stop(&mut self, now: i64) -> bool {
        let times = &mut self.times;
        if now < times.created || now >= times.ended {
            return false;
        }
        if now < times.connected {
            self.ending = Ending::Canceled;
            self.scenario = None;
            self.words.status = Some("canceled");
            self.words.queue_status = "complete";
            (self.words.answered_by, self.words.error) = (None, None);
            (times.queued, times.allocated) = (times.queued.min(now), times.allocated.min(now));
            (times.started, times.connected) = (NEVER, NEVER);
        }
        self.transfer = self.transfer.take().filter(|transfer| transfer.at <= now);
        // Late fields stay as late after the end as they would have been.
        let moved = times.ended.checked_sub(now).filter(|_| times.ended != NEVER);
        for late in [
            &mut times.completed,
            &mut times.answered_by,
            &mut times.transcript,
            &mut times.summary,
            &mut times.price,
            &mut times.recording,
        ] {
            *late = match moved {
                None => now,
                Some(_) if *late == NEVER => NEVER,
                Some(moved) => *late - moved,
            };
        }
        times.ended = now;
        true
    }

    /// The second leg of a warm transfer, where there is one: a call of its own in Bland's list.
    pub(super) fn leg(&self) -> Option<Self> {
        let transfer = self.transfer.as_ref()?;
        let id = transfer.leg.clone()?;
        let answered = transfer.state == "MERGED";
        let mut leg = self.clone();
        leg.seed = seeded::derive(self.seed, "leg");
        (leg.id, leg.to, leg.from) = (id, transfer.to.clone(), self.to.clone());
        (leg.is_leg, leg.transfer, leg.scenario, leg.batch_id) = (true, None, None, None);
        leg.ending = if answered { Ending::Human } else { Ending::NoAnswer };
        let (status, answered_by) = if answered { ("completed", "human") } else { ("no-answer", "no-answer") };
        leg.words.status = Some(status);
        leg.words.answered_by = self.words.answered_by.map(|_| answered_by);
        let times = &mut leg.times;
        (times.created, times.queued, times.allocated, times.started) =
            (transfer.at, transfer.at, transfer.at, transfer.at);
        times.connected = if answered { transfer.at } else { NEVER };
        (times.transcript, times.summary, times.recording) = (NEVER, NEVER, NEVER);
        let rest = self.talk_share(transfer.at);
        leg.talk_seconds =
            if answered { self.talk_seconds.saturating_sub(whole(f64::from(self.talk_seconds) * rest)) } else { 0 };
        leg.talk_micros = times.ended.saturating_sub(transfer.at);
        Some(leg)
    }

    /// How much of the talk is over at a moment, 0 to 1.
    pub(super) fn talk_share(&self, at: i64) -> f64 {
        if self.talk_micros == 0 || at < self.times.connected {
            return 0.0;
        }
        ((at - self.times.connected) as f64 / self.talk_micros as f64).min(1.0)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast from float saturates")]
fn whole(seconds: f64) -> u32 {
    seconds.round() as u32
}

fn between(rng: &mut Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.f64()
}

fn talk_seconds(ending: Ending, scenario: Option<&Scenario>, spec: &CallSpec, rng: &mut Rng) -> f64 {
    let natural = scenario.map_or(0.0, Scenario::seconds) * between(rng, 0.85, 1.25);
    match ending {
        Ending::NoAnswer | Ending::Busy | Ending::Canceled | Ending::FailedBeforeQueue | Ending::FailedInQueue => 0.0,
        Ending::FailedInCall => spec.talk.unwrap_or_default(),
        _ => spec.talk.unwrap_or_else(|| natural.max(4.0)),
    }
}

fn ring_seconds(ending: Ending, rng: &mut Rng) -> f64 {
    match ending {
        Ending::NoAnswer => between(rng, 25.0, 40.0),
        Ending::Busy => between(rng, 1.0, 4.0),
        Ending::Voicemail => between(rng, 15.0, 28.0),
        _ => between(rng, 3.0, 16.0),
    }
}

fn times(
    ending: Ending,
    created: i64,
    (talk, ring): (f64, f64),
    inbound: bool,
    spec: &CallSpec,
    rng: &mut Rng,
    pace: Pace,
) -> Times {
    // Adding to a time that never comes leaves it so.
    let after = |from: i64, seconds: f64| {
        if from == NEVER || seconds.is_infinite() { NEVER } else { from.saturating_add(pace.micros(seconds)) }
    };
    let wait = spec.queue.unwrap_or_else(|| if inbound { 0.2 } else { between(rng, 1.5, 6.0) });
    let queued = after(created, (wait * 0.1).min(0.4));
    let allocated = after(created, spec.starts_after.unwrap_or_default() + wait);
    let started = match ending {
        Ending::FailedBeforeQueue | Ending::FailedInQueue | Ending::Canceled => NEVER,
        _ => after(allocated, 0.8),
    };
    let picked_up = !matches!(ending, Ending::NoAnswer | Ending::Busy);
    let connected = if picked_up { after(started, ring) } else { NEVER };
    let ended = match ending {
        Ending::Stuck => NEVER,
        Ending::FailedBeforeQueue => queued,
        Ending::FailedInQueue | Ending::Canceled => after(allocated, 0.5),
        Ending::NoAnswer | Ending::Busy => after(started, ring),
        _ => after(connected, talk),
    };
    let late = spec.late;
    let mut then = |given: Option<f64>, low, high| {
        let drawn = between(rng, low, high);
        after(ended, given.unwrap_or(drawn))
    };
    let completed = then(late.completed, 0.5, 6.0);
    Times {
        created,
        queued,
        allocated,
        started,
        connected,
        ended,
        // A call that failed before anybody was called may stay `completed: false` for ever.
        completed: if ending.is_failure() && late.completed.is_none() { NEVER } else { completed },
        answered_by: then(late.answered_by, 1.0, 35.0),
        transcript: then(late.transcript, 1.0, 10.0),
        summary: then(late.summary, 4.0, 30.0),
        price: then(late.price, 2.0, 25.0),
        recording: then(late.recording, 8.0, 45.0),
    }
}

fn transfer(ending: Ending, seed: u64, times: &Times, rng: &mut Rng) -> Option<Transfer> {
    let warm = match ending {
        Ending::WarmTransfer => true,
        Ending::ColdTransfer => false,
        _ => return None,
    };
    let at = times.connected.saturating_add((times.ended - times.connected) / 10 * 7);
    let state = if warm && one_in(rng, 4) { *pick(rng, &["NO_ANSWER", "TIMED_OUT"]) } else { "MERGED" };
    Some(Transfer { to: people::number(rng), leg: warm.then(|| seeded::uuid(seed, "leg")), state, at })
}

fn words(ending: Ending, account: &Account, rng: &mut Rng) -> Words {
    // One word in eight is spelt another way than documented, as clients have met it.
    let varies = account.spelling_varies;
    let mut spelt = |usual: &'static str, others: &[&'static str]| {
        if varies && one_in(rng, 8) { *pick(rng, others) } else { usual }
    };
    let status = match ending {
        Ending::NoAnswer => Some(spelt("no-answer", &["no_answer", "No-Answer"])),
        Ending::Busy => Some("busy"),
        Ending::Canceled => Some(spelt("canceled", &["cancelled"])),
        Ending::FailedBeforeQueue => None,
        Ending::FailedInQueue => Some(spelt("failed", &["error"])),
        Ending::FailedInCall => Some("failed"),
        _ => Some(spelt("completed", &["Completed"])),
    };
    let queue_status = match ending {
        Ending::PostCallError => "complete_error",
        Ending::FailedBeforeQueue => "pre_queue_error",
        Ending::FailedInQueue => "queue_error",
        Ending::FailedInCall => "call_error",
        Ending::Canceled => spelt("complete", &["exited_early"]),
        _ => spelt("complete", &["completed", "Complete"]),
    };
    let answered_by = match ending {
        Ending::Voicemail => Some(spelt("voicemail", &["machine", "answering_machine"])),
        Ending::Unknown => Some("unknown"),
        Ending::NoAnswer => Some(spelt("no-answer", &["no_answer"])).filter(|_| !one_in(rng, 3)),
        Ending::Busy | Ending::Canceled | Ending::Undetected | Ending::Stuck => None,
        ending if ending.is_failure() => None,
        _ => Some(spelt("human", &["Human"])),
    };
    let errors: &[Option<&'static str>] = match ending {
        Ending::Busy => &[None, Some("Call failed. The number you dialed is busy. Please try again later.")],
        Ending::PostCallError => &[Some("A database error occurred. Please contact support.")],
        Ending::FailedBeforeQueue => &[Some("Account not allowed to call this number."), Some("Call failed.")],
        Ending::FailedInQueue => {
            &[Some("Unable to start call. Check the call details error_message for more details."), Some("unknown")]
        }
        Ending::FailedInCall => &[
            Some("Call failed. The number you dialed is not found."),
            Some("Call failed. The number you dialed is temporarily unavailable."),
            Some("Service Provider Blocked Call due to Spam or Number Reputation. Try a different number."),
        ],
        _ => &[None],
    };
    Words {
        status,
        queue_status,
        answered_by: answered_by.filter(|_| account.detection),
        error: *pick(rng, errors),
        status_first: rng.bool(),
        status_null: rng.bool(),
    }
}
