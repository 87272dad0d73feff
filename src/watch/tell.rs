//! From a change to an event, and from an event to the deliveries that it causes.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex},
};

use jiff::Timestamp;

use crate::{
    detect::{self, likely, outage::Outage, words},
    event::{
        Data, Event, Severity,
        facts::{BatchFacts, CallFacts, DetailItem, Problem, SummaryParts},
        id::derived,
        kind::Kind,
    },
    model::{
        call::Call,
        outcome::{ErrorStage, Outcome},
    },
    route::{Answer, Router, Target, Verdict, bundle::Bundling, form::Form},
    store::{
        outbox::{Address, NewDelivery, Turn},
        records::Told,
    },
    summary::{self, detail::Detail},
    watch::live::Live,
};

/// Everything that is needed to turn a change into what is stored and sent; shared by all watchers.
#[derive(Debug)]
pub struct Teller {
    pub router: Router,
    /// Where each notifier sends: one entry per recipient.
    pub addresses: BTreeMap<String, Vec<Address>>,
    /// Who speaks for a notifier that fails.
    pub fallbacks: BTreeMap<String, String>,
    /// Who changes what has been posted.
    pub live: Live,
    /// A word for routes and addresses as they are.
    pub routed_by: String,
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
    /// `written` is the summary that a language model wrote of the call.
    pub(super) fn call(
        &self,
        from: From<'_>,
        call: &Call,
        change: detect::call::Change,
        written: Option<&str>,
    ) -> Told {
        use detect::call::Change;
        let (fact, previous, outcome) = match change {
            Change::Started => ("started".to_owned(), None, None),
            Change::Ended(outcome) => ("end".to_owned(), None, Some(outcome)),
            Change::Corrected { from, to, nth } => (format!("corrected {nth}"), Some(from), Some(to)),
            Change::Stuck => ("stuck".to_owned(), None, None),
            Change::Missing => ("missing".to_owned(), None, None),
        };
        let kind = kind_of(change);
        let facts = self.facts(call, outcome, written);
        let severity = severity(kind, &facts);
        let at = moment(kind, call);
        let data = Data::Call { call: Box::new(facts), previous_outcome: previous };
        self.told(from, kind, &[&call.id, &fact], at, severity, data)
    }

    fn facts(&self, call: &Call, outcome: Option<Outcome>, written: Option<&str>) -> CallFacts {
        let mut facts = call_facts(call, outcome, written, &self.summary);
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
        self.route(event)
    }

    /// A notifier's breaker has opened or closed. It is never told through the notifier itself, and
    /// through its fallback in any case.
    pub fn turn(&self, notifier: &str, turn: &Turn, now: Timestamp) -> Told {
        let (kind, severity) = match turn.opened {
            true => (Kind::NotifierFailing, Severity::Error),
            false => (Kind::NotifierRecovered, Severity::Info),
        };
        let problem = Problem {
            what: format!("notifier {notifier}"),
            since: turn.since,
            reason: turn.reason.clone(),
            attempts: turn.failures,
        };
        let event = Event {
            id: derived("evt", &[notifier, kind.as_str(), &turn.since.to_string()]),
            kind,
            timestamp: now,
            observed_at: now,
            watch: String::new(),
            watches: vec![],
            account: String::new(),
            severity,
            data: Data::Problem { problem },
        };
        self.route(event)
    }

    /// The audit found that somebody had not been told, and has made up for it.
    pub(super) fn missing(&self, from: From<'_>, fact: &str, problem: Problem) -> Told {
        let kind = Kind::DeliveryMissing;
        self.told(from, kind, &[kind.as_str(), fact], None, Severity::Error, Data::Problem { problem })
    }

    /// What each route says of an event, and whom it is for by them.
    pub fn whom(&self, event: &Event) -> (Vec<Verdict>, Vec<NewDelivery>) {
        let verdicts = self.router.explain(event);
        let failing = failing_notifier(event);
        let mut deliveries = Vec::new();
        let targets = self.router.targets(&verdicts);
        let told = |target: &&Target<'_>| Some(target.notifier) != failing && !self.live.replaces(target, event.kind);
        for target in targets.iter().filter(told) {
            deliveries.extend(self.to(target.notifier, event.observed_at, target.bundling.clone()));
        }
        let shown = self.live.cards(event, &self.router).map(|name| (name, Form::Card));
        for (name, form) in shown.chain(self.live.edits(event).map(|name| (name, Form::Edit))) {
            deliveries.extend(self.to(name, event.observed_at, None).map(|new| NewDelivery { form, ..new }));
        }
        if let Some(fallback) = failing.and_then(|name| self.fallbacks.get(name))
            && !deliveries.iter().any(|delivery| delivery.to.notifier == *fallback)
        {
            deliveries.extend(self.to(fallback, event.observed_at, None));
        }
        (verdicts, deliveries)
    }

    /// Whether anybody is told how a batch of these watches goes on.
    pub(super) fn wants_progress(&self, watches: &[String]) -> bool {
        self.router.wants(Kind::BatchProgress, watches) || self.live.shows(&self.router, watches)
    }

    fn route(&self, event: Event) -> Told {
        let (verdicts, deliveries) = self.whom(&event);
        self.warn_of_conditions(&verdicts, &event);
        let (kind, account) = (event.kind, &event.account);
        if deliveries.is_empty() {
            tracing::debug!(event.id = %event.id, event.kind = %kind, account, "No route for {kind}");
        } else {
            let number = deliveries.len();
            let addresses = if number == 1 { "address" } else { "addresses" };
            tracing::info!(event.id = %event.id, event.kind = %kind, account, "Enqueued {kind} for {number} {addresses}");
        }
        Told { event, deliveries, routed_by: self.routed_by.clone() }
    }

    fn to(&self, notifier: &str, due: Timestamp, bundling: Option<Arc<Bundling>>) -> impl Iterator<Item = NewDelivery> {
        let addresses = self.addresses.get(notifier).into_iter().flatten();
        addresses.map(move |to| NewDelivery { to: to.clone(), due, bundling: bundling.clone(), form: Form::Message })
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

/// The notifier that an event says is failing or well again: it is not told of that itself.
fn failing_notifier(event: &Event) -> Option<&str> {
    let of_notifier = matches!(event.kind, Kind::NotifierFailing | Kind::NotifierRecovered);
    event.about().strip_prefix("notifier ").filter(|_| of_notifier)
}

pub(super) fn kind_of(change: detect::call::Change) -> Kind {
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
fn call_facts(
    call: &Call,
    outcome: Option<Outcome>,
    written: Option<&str>,
    settings: &summary::config::Config,
) -> CallFacts {
    let mut facts = CallFacts::of(call.clone());
    facts.outcome = outcome;
    facts.error_stage = outcome.and_then(|_| words::error_stage(call));
    if outcome == Some(Outcome::Unclassified) {
        facts.likely = likely::likely(&call.transcript);
    }
    if let Some(summary) = outcome.and_then(|_| summary::summarize_with(call, written, settings)) {
        facts.summary = Some(summary.text);
        facts.summary_source = Some(summary.source.to_owned());
        facts.details = summary.details.iter().map(|detail| detail.text.clone()).collect();
        let item = |detail: Detail| DetailItem { kind: detail.kind.as_str().to_owned(), text: detail.text };
        facts.detail_items = summary.details.into_iter().map(item).collect();
        let (purpose, outcome, next_step) = (summary.purpose, summary.outcome, summary.next_step);
        facts.summary_parts = SummaryParts { purpose, outcome, next_step };
    }
    facts
}

/// The event of this kind that a call record would cause, for trying templates out; none where a
/// call cannot cause one of that kind. No language model is asked.
pub fn from_record(call: &Call, kind: Kind, settings: &summary::config::Config, now: Timestamp) -> Option<Event> {
    let outcome = match kind {
        Kind::CallStarted | Kind::CallStuck | Kind::CallMissing => None,
        Kind::CallCompleted | Kind::CallFailed | Kind::CallCorrected => words::outcome(call),
        _ => return None,
    };
    let facts = call_facts(call, outcome, None, settings);
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
