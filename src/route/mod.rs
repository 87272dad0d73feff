//! Routing: which notifiers are told of an event, and why.

pub mod bundle;
pub mod config;
pub mod form;
pub mod when;

mod check;

use std::sync::Arc;

use jiff::tz::TimeZone;
use wildmatch::WildMatch;

use crate::{
    event::{Event, kind::Kind},
    route::{
        bundle::Bundling,
        config::Config,
        when::{Condition, Scope},
    },
};

/// What is told when no route is configured. `batch.stuck` is among them because a batch that
/// stands still would otherwise be silent.
const DEFAULT_KINDS: [Kind; 11] = [
    Kind::CallCompleted,
    Kind::CallFailed,
    Kind::CallStuck,
    Kind::CallMissing,
    Kind::BatchCompleted,
    Kind::BatchStuck,
    Kind::WatchFailing,
    Kind::WatchRecovered,
    Kind::NotifierFailing,
    Kind::NotifierRecovered,
    Kind::DeliveryMissing,
];

/// All routes, ready to match.
#[derive(Debug)]
pub struct Router {
    routes: Vec<Route>,
}

#[derive(Debug)]
struct Route {
    name: String,
    events: Vec<WildMatch>,
    outcomes: Vec<WildMatch>,
    watches: Vec<WildMatch>,
    /// A condition that cannot be compiled never matches; `check` refuses it before that.
    when: Option<Result<Condition, String>>,
    notify: Vec<String>,
    bundling: Option<Arc<Bundling>>,
    stop: bool,
}

/// A notifier to tell of an event, and how it is bundled on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Target<'a> {
    pub notifier: &'a str,
    pub bundling: Option<Arc<Bundling>>,
    /// Whether this is a digest, which comes besides whatever tells the event at once.
    pub digest: bool,
}

/// What one route said to one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub route: String,
    pub answer: Answer,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Matches {
        notify: Vec<String>,
    },
    OtherEvent,
    OtherOutcome,
    OtherWatch,
    ConditionFalse,
    /// The condition cannot be evaluated on this event, which counts as no match.
    ConditionFailed(String),
    /// An earlier route with `stop` has taken the event.
    Stopped,
}

impl Router {
    /// The routes of a checked config; without any, the defaults go to every notifier.
    ///
    /// `zone` is for schedules of bundles that name none.
    pub fn new(configs: &[Config], notifiers: &[String], zone: &TimeZone) -> Self {
        if configs.is_empty() {
            return Self { routes: vec![Route::default_to(notifiers)] };
        }
        Self { routes: configs.iter().enumerate().map(|(index, config)| Route::of(config, index, zone)).collect() }
    }

    /// What each route says, in their order.
    pub fn explain(&self, event: &Event) -> Vec<Verdict> {
        let mut scope = None;
        let mut stopped = false;
        let mut verdicts = Vec::with_capacity(self.routes.len());
        for route in &self.routes {
            let answer = if stopped { Answer::Stopped } else { route.answer(event, &mut scope) };
            stopped |= route.stop && matches!(answer, Answer::Matches { .. });
            verdicts.push(Verdict { route: route.name.clone(), answer });
        }
        verdicts
    }

    /// Whom to tell, from what [`Router::explain`] said, in the order of the routes.
    ///
    /// A notifier is told once, by the first of its routes without a digest, which also decides how it
    /// is bundled. Each route with a digest is a thing of its own and tells it besides.
    pub fn targets<'a>(&'a self, verdicts: &'a [Verdict]) -> Vec<Target<'a>> {
        let mut targets: Vec<Target<'a>> = Vec::new();
        for (route, verdict) in self.routes.iter().zip(verdicts) {
            let Answer::Matches { notify } = &verdict.answer else { continue };
            let digest = route.digests();
            for notifier in notify {
                let told = targets.iter().any(|target| !target.digest && target.notifier == notifier);
                if digest || !told {
                    targets.push(Target { notifier, bundling: route.bundling.clone(), digest });
                }
            }
        }
        targets
    }

    /// The routes with a digest, and the notifiers that get it.
    pub fn digests(&self) -> Vec<(Arc<Bundling>, Vec<String>)> {
        let digests = self.routes.iter().filter(|route| route.digests());
        digests.filter_map(|route| Some((route.bundling.clone()?, route.notify.clone()))).collect()
    }

    /// Whether any route leads from one of these watches to the notifier.
    pub fn leads(&self, notifier: &str, watches: &[String]) -> bool {
        let names = |route: &&Route| route.notify.iter().any(|name| name == notifier);
        self.routes.iter().filter(names).any(|route| route.hears_one_of(watches))
    }

    /// Whether any route can match an event of this kind from one of these watches.
    pub fn wants(&self, kind: Kind, watches: &[String]) -> bool {
        self.routes.iter().any(|route| route.hears(kind) && route.hears_one_of(watches))
    }
}

impl Route {
    fn of(config: &Config, index: usize, zone: &TimeZone) -> Self {
        let globs = |patterns: &[String]| patterns.iter().map(|pattern| WildMatch::new(pattern)).collect();
        let name = config.called(index);
        Self {
            bundling: Bundling::of(config, &name, zone).map(Arc::new),
            name,
            events: globs(&config.events),
            outcomes: globs(&config.outcomes),
            watches: globs(&config.watches),
            when: config.when.as_deref().map(Condition::compile),
            notify: config.notify.clone(),
            stop: config.stop,
        }
    }

    fn default_to(notifiers: &[String]) -> Self {
        Self {
            name: "default route".to_owned(),
            events: DEFAULT_KINDS.iter().map(|kind| WildMatch::new(kind.as_str())).collect(),
            outcomes: vec![],
            watches: vec![],
            when: None,
            notify: notifiers.to_vec(),
            bundling: None,
            stop: false,
        }
    }

    fn digests(&self) -> bool {
        self.bundling.as_ref().is_some_and(|bundling| bundling.digest.is_some())
    }

    fn hears(&self, kind: Kind) -> bool {
        self.events.is_empty() || any(&self.events, kind.as_str())
    }

    fn hears_one_of(&self, watches: &[String]) -> bool {
        self.watches.is_empty() || watches.iter().any(|watch| any(&self.watches, watch))
    }

    fn answer(&self, event: &Event, scope: &mut Option<Scope>) -> Answer {
        if !self.hears(event.kind) {
            return Answer::OtherEvent;
        }
        let outcome = event.call().and_then(|call| call.outcome);
        if !self.outcomes.is_empty() && !outcome.is_some_and(|outcome| any(&self.outcomes, outcome.as_str())) {
            return Answer::OtherOutcome;
        }
        if !self.watches.is_empty() && !event.watches.iter().any(|watch| any(&self.watches, watch)) {
            return Answer::OtherWatch;
        }
        let Some(when) = &self.when else { return self.matches() };
        let when = when.as_ref().map_err(Clone::clone);
        match when.and_then(|when| when.holds(scope.get_or_insert_with(|| Scope::of(event)))) {
            Ok(true) => self.matches(),
            Ok(false) => Answer::ConditionFalse,
            Err(why) => Answer::ConditionFailed(why),
        }
    }

    fn matches(&self) -> Answer {
        Answer::Matches { notify: self.notify.clone() }
    }
}

fn any(globs: &[WildMatch], text: &str) -> bool {
    globs.iter().any(|glob| glob.matches(text))
}

#[cfg(test)]
mod tests;
