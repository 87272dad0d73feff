//! Routing: which notifiers are told of an event, and why.

pub mod config;
pub mod when;

mod check;

use wildmatch::WildMatch;

use crate::{
    event::{Event, kind::Kind},
    route::{
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
    stop: bool,
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
    pub fn new(configs: &[Config], notifiers: &[String]) -> Self {
        let routes = if configs.is_empty() { vec![Route::default_to(notifiers)] } else { Self::configured(configs) };
        Self { routes }
    }

    fn configured(configs: &[Config]) -> Vec<Route> {
        configs.iter().enumerate().map(|(index, config)| Route::of(config, index)).collect()
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

    /// The notifiers to tell, each once, in the order of the routes that name them.
    pub fn notifiers(verdicts: &[Verdict]) -> Vec<&str> {
        let mut told = Vec::new();
        for verdict in verdicts {
            let Answer::Matches { notify } = &verdict.answer else { continue };
            for name in notify {
                if !told.contains(&name.as_str()) {
                    told.push(name);
                }
            }
        }
        told
    }

    /// Whether any route can match an event of this kind from one of these watches.
    pub fn wants(&self, kind: Kind, watches: &[String]) -> bool {
        self.routes.iter().any(|route| {
            route.hears(kind) && (route.watches.is_empty() || watches.iter().any(|watch| any(&route.watches, watch)))
        })
    }
}

impl Route {
    fn of(config: &Config, index: usize) -> Self {
        let globs = |patterns: &[String]| patterns.iter().map(|pattern| WildMatch::new(pattern)).collect();
        Self {
            name: config.name.clone().unwrap_or_else(|| format!("route {}", index + 1)),
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
            stop: false,
        }
    }

    fn hears(&self, kind: Kind) -> bool {
        self.events.is_empty() || any(&self.events, kind.as_str())
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
