//! Bundles: many events made into one, with what a reader wants to know of them counted out.
//!
//! Nothing is judged by wording here: templates decide what is said, this decides what there is to say.

use std::{collections::HashMap, fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    event::{
        Data, Event, Severity,
        ends::{self, End},
        facts::{BatchFacts, FailedCall, OutcomeCounts},
        kind::Kind,
        notable::{self, NotableCall},
    },
    model::outcome::Outcome,
};

/// How many of each kind of thing are named; the totals say how many there were.
const NAMED: usize = 20;

/// Why the events were bundled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// On a schedule.
    Digest,
    /// They came in a burst.
    Group,
    /// They were held while nobody wanted to be disturbed.
    Quiet,
    /// They came too fast.
    Throttle,
}

/// Many events as one: what is under `data.digest` in the envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DigestFacts {
    pub reason: Reason,
    /// The route that bundled them.
    pub route: String,
    pub from: Timestamp,
    pub to: Timestamp,
    pub duration_seconds: u64,
    /// Events of any kind.
    pub total: u64,
    /// Calls whose end is told here.
    pub calls: u64,
    /// How those calls ended, corrections taken in.
    pub outcomes: OutcomeCounts,
    /// What the digest before counted; null for the first one, and for other bundles.
    #[serde(default)]
    pub previous: Option<Previous>,
    /// Events that are not the end of a call.
    pub others: u64,
    /// How many events there are of each kind.
    pub kinds: Vec<KindCount>,
    /// The batch that all those calls belong to, if it is one.
    pub batch_id: Option<String>,
    /// The first 20; `batches_total` counts them all.
    pub batches: Vec<DigestBatch>,
    pub batches_total: u64,
    /// The first 20; `outcomes.failed` counts them all.
    pub failed_calls: Vec<FailedCall>,
    /// Calls to look at, the first 20; `notable_total` counts them all.
    pub notable: Vec<NotableCall>,
    pub notable_total: u64,
    /// The last 20; `problems_total` counts them all.
    pub problems: Vec<DigestProblem>,
    pub problems_total: u64,
    /// How many of them were not over yet.
    pub problems_open: u64,
    /// All of them in the order in which they were seen, without transcripts.
    pub events: Vec<Event>,
}

/// The digest before, of the same route for the same recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    pub from: Timestamp,
    /// Earlier than the beginning of this one where a period between them had no events.
    pub to: Timestamp,
    #[serde(flatten)]
    pub totals: Totals,
}

/// What is compared of two digests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub total: u64,
    pub calls: u64,
    pub outcomes: OutcomeCounts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindCount {
    pub kind: Kind,
    pub count: u64,
}

/// A batch that a bundle tells of, or to which some of its calls belong.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DigestBatch {
    pub id: String,
    pub description: Option<String>,
    /// What the latest event about the batch itself said; null when there is none.
    pub state: Option<BatchState>,
    pub total: Option<u64>,
    pub finished: Option<u64>,
    pub percent: Option<u64>,
    /// How all calls of the batch had ended by then.
    pub all_outcomes: Option<OutcomeCounts>,
    /// How the calls of the batch ended that are told here.
    pub outcomes: OutcomeCounts,
    pub calls: u64,
    /// Of all calls of the batch, the first 20.
    pub failed_calls: Vec<FailedCall>,
    pub error: Option<String>,
    pub url: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    Running,
    Stuck,
    Ended,
}

/// Something that was wrong with Ringback's own sight or voice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DigestProblem {
    /// The kind of event that told it first.
    pub kind: Kind,
    pub what: String,
    pub since: Timestamp,
    pub reason: String,
    pub attempts: u64,
    /// When it was over, if that is told here too.
    pub recovered_at: Option<Timestamp>,
}

/// What a bundle is called, and the time that it covers.
#[derive(Debug, Clone, Copy)]
pub struct Heading<'a> {
    pub id: &'a str,
    pub route: &'a str,
    pub reason: Reason,
    pub from: Timestamp,
    pub to: Timestamp,
    pub previous: Option<Previous>,
}

/// Makes one event of many. The members' order does not matter.
pub fn compose(heading: &Heading<'_>, mut members: Vec<Event>) -> Event {
    members.sort_by(|a, b| (a.observed_at, a.timestamp, &a.id).cmp(&(b.observed_at, b.timestamp, &b.id)));
    let severity = members.iter().map(|event| event.severity).max().unwrap_or(Severity::Info);
    let watch = common(members.iter().map(|event| event.watch.as_str())).unwrap_or_default().to_owned();
    let account = common(members.iter().map(|event| event.account.as_str())).unwrap_or_default().to_owned();
    let mut watches: Vec<String> = Vec::new();
    for name in members.iter().flat_map(|event| &event.watches) {
        if !watches.contains(name) {
            watches.push(name.clone());
        }
    }
    Event {
        id: heading.id.to_owned(),
        kind: Kind::Digest,
        timestamp: heading.to,
        observed_at: heading.to,
        watch,
        watches,
        account,
        severity,
        data: Data::Digest { digest: Box::new(facts(heading, members)) },
    }
}

fn facts(heading: &Heading<'_>, mut members: Vec<Event>) -> DigestFacts {
    let ends = ends::of(&members);
    let notable = notable::calls(&members, &ends);
    let batches = batches(&members, &ends);
    let problems = problems(&members);
    let ended = members.iter().filter(|event| event.kind.is_call_end()).count();
    let failed = ends.iter().filter(|end| end.outcome == Outcome::Failed);
    let digest = DigestFacts {
        reason: heading.reason,
        route: heading.route.to_owned(),
        from: heading.from,
        to: heading.to,
        duration_seconds: u64::try_from(heading.to.duration_since(heading.from).as_secs()).unwrap_or(0),
        total: count(members.len()),
        calls: count(ends.len()),
        outcomes: ends::counts(&ends),
        previous: heading.previous,
        others: count(members.len() - ended),
        kinds: kinds(&members),
        batch_id: common(ends.iter().map(|end| end.call.batch_id.as_deref())).flatten().map(str::to_owned),
        batches_total: count(batches.len()),
        batches: batches.into_iter().take(NAMED).collect(),
        failed_calls: failed.take(NAMED).map(End::failure).collect(),
        notable_total: count(notable.len()),
        notable: notable.into_iter().take(NAMED).collect(),
        problems_total: count(problems.len()),
        problems_open: count(problems.iter().filter(|problem| problem.is_open()).count()),
        problems: problems.iter().skip(problems.len().saturating_sub(NAMED)).cloned().collect(),
        events: Vec::new(),
    };
    for event in &mut members {
        if let Data::Call { call, .. } = &mut event.data {
            call.transcript = Vec::new();
        }
    }
    DigestFacts { events: members, ..digest }
}

impl DigestFacts {
    pub fn totals(&self) -> Totals {
        Totals { total: self.total, calls: self.calls, outcomes: self.outcomes }
    }
}

impl Totals {
    pub fn add(&mut self, mut other: Self) {
        self.total += other.total;
        self.calls += other.calls;
        for outcome in Outcome::ALL {
            *self.outcomes.count_mut(outcome) += *other.outcomes.count_mut(outcome);
        }
    }
}

fn kinds(members: &[Event]) -> Vec<KindCount> {
    let of = |kind: Kind| count(members.iter().filter(|event| event.kind == kind).count());
    Kind::ALL.into_iter().map(|kind| KindCount { kind, count: of(kind) }).filter(|kind| kind.count > 0).collect()
}

/// Batches with events of their own first, then those known only by their calls.
fn batches<'a>(members: &'a [Event], ends: &[End<'a>]) -> Vec<DigestBatch> {
    let mut found = Batches::default();
    for event in members {
        if let Some(batch) = event.batch() {
            found.at(&event.account, &batch.id).take_in(event.kind, batch);
        }
    }
    for end in ends {
        if let Some(id) = &end.call.batch_id {
            let batch = found.at(end.account, id);
            batch.calls += 1;
            *batch.outcomes.count_mut(end.outcome) += 1;
        }
    }
    found.list
}

#[derive(Default)]
struct Batches<'a> {
    list: Vec<DigestBatch>,
    places: HashMap<(&'a str, &'a str), usize>,
}

impl<'a> Batches<'a> {
    fn at(&mut self, account: &'a str, id: &'a str) -> &mut DigestBatch {
        let place = *self.places.entry((account, id)).or_insert(self.list.len());
        if place == self.list.len() {
            self.list.push(DigestBatch { id: id.to_owned(), ..DigestBatch::default() });
        }
        &mut self.list[place]
    }
}

impl DigestBatch {
    fn take_in(&mut self, kind: Kind, batch: &BatchFacts) {
        self.state = Some(match kind {
            Kind::BatchCompleted => BatchState::Ended,
            Kind::BatchStuck => BatchState::Stuck,
            _ => BatchState::Running,
        });
        self.description.clone_from(&batch.description);
        (self.total, self.finished, self.percent) = (Some(batch.total), Some(batch.finished), Some(batch.percent));
        self.all_outcomes = Some(batch.outcomes);
        self.failed_calls.clone_from(&batch.failed_calls);
        self.error.clone_from(&batch.error);
        self.url.clone_from(&batch.url);
    }
}

impl DigestProblem {
    fn is_open(&self) -> bool {
        matches!(self.kind, Kind::WatchFailing | Kind::NotifierFailing) && self.recovered_at.is_none()
    }
}

/// Each problem once, with its end where that is told here too.
fn problems(members: &[Event]) -> Vec<DigestProblem> {
    let mut problems: Vec<DigestProblem> = Vec::new();
    for event in members {
        let Data::Problem { problem } = &event.data else { continue };
        let over = matches!(event.kind, Kind::WatchRecovered | Kind::NotifierRecovered);
        let begun = problems
            .iter_mut()
            .rfind(|known| over && known.is_open() && known.what == problem.what && known.since == problem.since);
        match begun {
            Some(known) => known.recovered_at = Some(event.timestamp),
            None => problems.push(DigestProblem {
                kind: event.kind,
                what: problem.what.clone(),
                since: problem.since,
                reason: problem.reason.clone(),
                attempts: problem.attempts,
                recovered_at: over.then_some(event.timestamp),
            }),
        }
    }
    problems
}

/// What all have in common; nothing where there are none.
fn common<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl Reason {
    pub const ALL: [Reason; 4] = [Self::Digest, Self::Group, Self::Quiet, Self::Throttle];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Group => "group",
            Self::Quiet => "quiet",
            Self::Throttle => "throttle",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Reason {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|reason| reason.as_str() == text);
        known.ok_or_else(|| format!("`{text}` is no reason to bundle; the reasons are digest, group, quiet, throttle"))
    }
}

#[cfg(test)]
mod tests;
