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
        let (kind, fact, previous, outcome) = match change {
            Change::Started => (Kind::CallStarted, "started".to_owned(), None, None),
            Change::Ended(Outcome::Failed) => (Kind::CallFailed, "end".to_owned(), None, Some(Outcome::Failed)),
            Change::Ended(outcome) => (Kind::CallCompleted, "end".to_owned(), None, Some(outcome)),
            Change::Corrected { from, to, nth } => (Kind::CallCorrected, format!("corrected {nth}"), Some(from), Some(to)),
            Change::Stuck => (Kind::CallStuck, "stuck".to_owned(), None, None),
            Change::Missing => (Kind::CallMissing, "missing".to_owned(), None, None),
        };
        let facts = self.facts(call, outcome);
        let severity = match kind {
            Kind::CallFailed => Severity::Error,
            Kind::CallStuck | Kind::CallMissing => Severity::Warning,
            _ if facts.outcome == Some(Outcome::Failed) => Severity::Error,
            _ if facts.error_stage == Some(ErrorStage::PostCall) => Severity::Warning,
            _ => Severity::Info,
        };
        let at = match kind {
            Kind::CallStarted => call.started_at,
            Kind::CallCompleted | Kind::CallFailed => call.ended_at,
            _ => None,
        };
        let data = Data::Call { call: Box::new(facts), previous_outcome: previous };
        self.told(from, kind, &[&call.id, &fact], at, severity, data)
    }

    fn facts(&self, call: &Call, outcome: Option<Outcome>) -> CallFacts {
        let summary = outcome.and_then(|_| summary::summarize(call, &self.summary));
        let mut facts = CallFacts::of(call.clone());
        facts.outcome = outcome;
        facts.error_stage = outcome.and_then(|_| words::error_stage(call));
        if outcome == Some(Outcome::Unclassified) {
            facts.likely = likely::likely(&call.transcript);
        }
        if let Some(summary) = summary {
            facts.summary = Some(summary.text);
            facts.summary_source = Some(summary.source.to_owned());
            facts.details = summary.details;
        }
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

    fn told(&self, from: From<'_>, kind: Kind, fact: &[&str], at: Option<Timestamp>, severity: Severity, data: Data) -> Told {
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
        tracing::info!(
            event.id = %event.id, event.kind = %kind, account = from.account,
            "Enqueued {} deliveries for {kind}", deliveries.len()
        );
        Told { event, deliveries }
    }

    fn deliveries(&self, event: &Event) -> Vec<NewDelivery> {
        let verdicts = self.router.explain(event);
        self.warn_of_conditions(&verdicts, event);
        let mut deliveries = Vec::new();
        for notifier in Router::notifiers(&verdicts) {
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
