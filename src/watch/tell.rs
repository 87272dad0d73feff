//! From a change to an event, and from an event to the deliveries that it causes.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Mutex,
};

use jiff::Timestamp;

use crate::{
    detect::{self, likely, outage::Outage, words},
    event::{
        Data, Event, Severity,
        facts::{BatchFacts, CallFacts, Problem},
        id::derived,
        kind::Kind,
    },
    model::{
        call::Call,
        outcome::{ErrorStage, Outcome},
    },
    route::{Answer, Router, Verdict},
    store::records::{NewDelivery, Told},
    summary,
};

/// Where a notifier sends: one entry per recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub recipient: String,
    pub destination: String,
}

/// Everything that is needed to turn a change into what is stored and sent; shared by all watchers.
#[derive(Debug)]
pub struct Teller {
    pub router: Router,
    pub addresses: BTreeMap<String, Vec<Address>>,
    pub summary: summary::config::Config,
    /// Whether transcripts are kept with events.
    pub transcripts: bool,
    /// Routes whose condition has been warned about.
    pub warned: Mutex<HashSet<String>>,
}

/// Who is speaking: the account and the watches that follow the subject.
#[derive(Debug, Clone, Copy)]
pub(super) struct From<'a> {
    pub account: &'a str,
    pub watches: &'a [String],
    pub now: Timestamp,
}

impl Teller {
    pub(super) fn call(&self, from: From<'_>, call: &Call, change: detect::call::Change) -> Told {
        use detect::call::Change;
        let (fact, previous, outcome) = match change {
            Change::Started => ("started".to_owned(), None, None),
            Change::Ended(outcome) => ("end".to_owned(), None, Some(outcome)),
            Change::Corrected { from, to, nth } => (format!("corrected {nth}"), Some(from), Some(to)),
            Change::Stuck => ("stuck".to_owned(), None, None),
            Change::Missing => ("missing".to_owned(), None, None),
        };
        let kind = kind_of(change);
        let facts = self.facts(call, outcome);
        let severity = severity(kind, &facts);
        let at = moment(kind, call);
        let data = Data::Call { call: Box::new(facts), previous_outcome: previous };
        self.told(from, kind, &[&call.id, &fact], at, severity, data)
    }

    fn facts(&self, call: &Call, outcome: Option<Outcome>) -> CallFacts {
        let mut facts = call_facts(call, outcome, &self.summary);
        if !self.transcripts {
            facts.transcript.clear();
        }
        facts
    }

    pub(super) fn batch(&self, from: From<'_>, facts: BatchFacts, change: detect::batch::Change) -> Told {
        use detect::batch::Change;
        let (kind, fact) = match change {
            Change::Started => (Kind::BatchStarted, "started".to_owned()),
            Change::Progress { done } => (Kind::BatchProgress, format!("progress {done}")),
            Change::Completed => (Kind::BatchCompleted, "completed".to_owned()),
            Change::Stuck => (Kind::BatchStuck, "stuck".to_owned()),
        };
        let severity = if kind == Kind::BatchStuck { Severity::Warning } else { Severity::Info };
        let at = if kind == Kind::BatchCompleted { facts.finished_at } else { None };
        let id = facts.id.clone();
        self.told(from, kind, &[&id, &fact], at, severity, Data::Batch { batch: Box::new(facts) })
    }

    /// The account of `from` cannot be read, or can be again.
    pub(super) fn outage(&self, from: From<'_>, outage: &Outage, recovered: bool) -> Told {
        let kind = if recovered { Kind::WatchRecovered } else { Kind::WatchFailing };
        let severity = if recovered { Severity::Info } else { Severity::Error };
        let problem = Problem {
            what: format!("account {}", from.account),
            since: outage.since,
            reason: outage.reason.clone(),
            attempts: outage.failures,
        };
        let since = outage.since.to_string();
        self.told(from, kind, &[kind.as_str(), &since], None, severity, Data::Problem { problem })
    }

    fn told(
        &self,
        from: From<'_>,
        kind: Kind,
        fact: &[&str],
        at: Option<Timestamp>,
        severity: Severity,
        data: Data,
    ) -> Told {
        let id = derived("evt", &[&[from.account], fact].concat());
        let event = Event {
            id,
            kind,
            timestamp: at.unwrap_or(from.now),
            observed_at: from.now,
            watch: from.watches.first().cloned().unwrap_or_default(),
            watches: from.watches.to_vec(),
            account: from.account.to_owned(),
            severity,
            data,
        };
        let deliveries = self.deliveries(&event);
        let notices =
            if deliveries.len() == 1 { "1 delivery".to_owned() } else { format!("{} deliveries", deliveries.len()) };
        if deliveries.is_empty() {
            tracing::debug!(event.id = %event.id, event.kind = %kind, account = from.account, "No route for {kind}");
        } else {
            tracing::info!(event.id = %event.id, event.kind = %kind, account = from.account, "Enqueued {notices} for {kind}");
        }
        Told { event, deliveries }
    }

    fn deliveries(&self, event: &Event) -> Vec<NewDelivery> {
        let verdicts = self.router.explain(event);
        self.warn_of_conditions(&verdicts, event);
        let mut deliveries = Vec::new();
        for target in self.router.targets(&verdicts).into_iter().filter(|target| !target.digest) {
            let notifier = target.notifier;
            for address in self.addresses.get(notifier).into_iter().flatten() {
                deliveries.push(NewDelivery {
                    id: derived("dlv", &[&event.id, notifier, &address.recipient]),
                    notifier: notifier.to_owned(),
                    recipient: address.recipient.clone(),
                    destination: address.destination.clone(),
                    due: event.observed_at,
                });
            }
        }
        deliveries
    }

    /// A condition that cannot be evaluated is no match; it is worth one warning, not one per event.
    fn warn_of_conditions(&self, verdicts: &[Verdict], event: &Event) {
        for verdict in verdicts {
            let Answer::ConditionFailed(why) = &verdict.answer else { continue };
            let first = self.warned.lock().is_ok_and(|mut warned| warned.insert(verdict.route.clone()));
            if first {
                let route = &verdict.route;
                tracing::warn!(event.id = %event.id, "The condition of {route} cannot be evaluated on a {}: {why}", event.kind);
            }
        }
    }
}

fn kind_of(change: detect::call::Change) -> Kind {
    use detect::call::Change;
    match change {
        Change::Started => Kind::CallStarted,
        Change::Ended(Outcome::Failed) => Kind::CallFailed,
        Change::Ended(_) => Kind::CallCompleted,
        Change::Corrected { .. } => Kind::CallCorrected,
        Change::Stuck => Kind::CallStuck,
        Change::Missing => Kind::CallMissing,
    }
}

fn severity(kind: Kind, facts: &CallFacts) -> Severity {
    match kind {
        Kind::CallFailed => Severity::Error,
        Kind::CallStuck | Kind::CallMissing => Severity::Warning,
        _ if facts.outcome == Some(Outcome::Failed) => Severity::Error,
        _ if facts.error_stage == Some(ErrorStage::PostCall) => Severity::Warning,
        _ => Severity::Info,
    }
}

/// When it happened, where the call itself tells.
fn moment(kind: Kind, call: &Call) -> Option<Timestamp> {
    match kind {
        Kind::CallStarted => call.started_at,
        // Old records have no `end_at`; the last words are the next best.
        Kind::CallCompleted | Kind::CallFailed => {
            call.ended_at.or_else(|| call.transcript.iter().filter_map(|turn| turn.at).max())
        }
        _ => None,
    }
}

/// Everything that is said of a call that ended in this way, or has not ended.
fn call_facts(call: &Call, outcome: Option<Outcome>, settings: &summary::config::Config) -> CallFacts {
    let mut facts = CallFacts::of(call.clone());
    facts.outcome = outcome;
    facts.error_stage = outcome.and_then(|_| words::error_stage(call));
    if outcome == Some(Outcome::Unclassified) {
        facts.likely = likely::likely(&call.transcript);
    }
    if let Some(summary) = outcome.and_then(|_| summary::summarize(call, settings)) {
        facts.summary = Some(summary.text);
        facts.summary_source = Some(summary.source.to_owned());
        facts.details = summary.details;
    }
    facts
}

/// The event of this kind that a call record would cause, for trying templates out; none where a
/// call cannot cause one of that kind.
pub fn from_record(call: &Call, kind: Kind, settings: &summary::config::Config, now: Timestamp) -> Option<Event> {
    let outcome = match kind {
        Kind::CallStarted | Kind::CallStuck | Kind::CallMissing => None,
        Kind::CallCompleted | Kind::CallFailed | Kind::CallCorrected => words::outcome(call),
        _ => return None,
    };
    let facts = call_facts(call, outcome, settings);
    let previous_outcome = (kind == Kind::CallCorrected).then_some(Outcome::Unclassified);
    Some(Event {
        id: derived("evt", &["record", &call.id, kind.as_str()]),
        kind,
        timestamp: moment(kind, call).unwrap_or(now),
        observed_at: now,
        watch: "sample".to_owned(),
        watches: vec!["sample".to_owned()],
        account: "bland".to_owned(),
        severity: severity(kind, &facts),
        data: Data::Call { call: Box::new(facts), previous_outcome },
    })
}
