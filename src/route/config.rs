//! `[[routes]]`: which events go to which notifiers.

use schemars::JsonSchema;
use serde::Deserialize;
use wildmatch::WildMatch;

use crate::{
    event::kind::Kind,
    model::{flaw::Flaw, outcome::Outcome},
    route::{bundle, check, when::Condition},
};

/// Kinds that a later version will have.
const TO_COME: [&str; 2] = ["notifier.failing", "notifier.recovered"];

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Shown in logs and explanations.
    pub name: Option<String>,
    /// Event kinds, as globs: `call.failed`, `batch.*`. Empty: every event.
    pub events: Vec<String>,
    /// Outcomes, as globs: `voicemail`, `no_*`. Empty: any; otherwise only events with an outcome match.
    pub outcomes: Vec<String>,
    /// Names of watches, as globs. Empty: any.
    pub watches: Vec<String>,
    /// A condition in CEL over `event`, `call`, `batch` and `problem`.
    pub when: Option<String>,
    /// Names of notifiers.
    pub notify: Vec<String>,
    /// All events in one message on a schedule: `{ every = "1h" }` or `{ cron = "0 9 * * MON-FRI" }`.
    pub digest: Option<bundle::config::Digest>,
    /// Bursts in one message: `{ by = "batch", wait = "30s", max = 50 }`.
    pub group: Option<bundle::config::Group>,
    /// Nothing is sent in this time of day, but all together at its end: `{ from = "22:00", to = "07:00" }`.
    pub quiet: Option<bundle::config::Quiet>,
    /// The most messages; the overflow is sent in one: `{ max = 20, per = "1m" }`.
    pub throttle: Option<bundle::config::Throttle>,
    /// Later routes do not see the events that match this one.
    pub stop: bool,
}

impl Config {
    /// Its name, or its place in the list.
    pub fn called(&self, index: usize) -> String {
        self.name.clone().unwrap_or_else(|| format!("route {}", index + 1))
    }

    /// Whether any of its events are told together.
    pub fn bundles(&self) -> bool {
        self.digest.is_some() || self.group.is_some() || self.quiet.is_some() || self.throttle.is_some()
    }

    /// What this route gets wrong by itself; names of watches and notifiers are checked where they are known.
    pub fn flaws(&self) -> Vec<Flaw> {
        let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        let outcomes: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
        // Events that are to come may be named, so that a config need not change with them.
        let known: Vec<&str> = kinds.iter().copied().chain(TO_COME).collect();
        let mut flaws = globs_that_match_nothing("events", "events", &self.events, &known);
        flaws.extend(globs_that_match_nothing("outcomes", "outcomes", &self.outcomes, &outcomes));
        flaws.extend(self.flaws_of_bundles(&known));
        let heard: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| self.hears(*kind)).collect();
        let of_ends = |kind: &Kind| kind.is_call_end() || *kind == Kind::CallCorrected;
        if !self.outcomes.is_empty() && !heard.is_empty() && !heard.iter().any(of_ends) {
            let says = "none of this route's events has an outcome, so that it never matches";
            flaws.push(
                Flaw::new("outcomes", says).hint("add call.completed or call.failed to `events`, or remove this"),
            );
        }
        if self.notify.is_empty() {
            flaws.push(
                Flaw::new("notify", "this route tells nobody").hint("add `notify = [\"…\"]` with a notifier's name"),
            );
        }
        if let Some(when) = &self.when {
            let wrong = match Condition::compile(when) {
                Ok(condition) => check::flaws(&condition, &heard),
                Err(error) => vec![format!("the condition cannot be read: {error}")],
            };
            flaws.extend(wrong.into_iter().map(|says| Flaw::new("when", says)));
        }
        flaws
    }
}

impl Config {
    fn flaws_of_bundles(&self, kinds: &[&str]) -> Vec<Flaw> {
        let under =
            |key: &'static str, flaws: Option<Vec<Flaw>>| flaws.into_iter().flatten().map(move |flaw| flaw.under(key));
        let except = self
            .quiet
            .iter()
            .flat_map(|quiet| globs_that_match_nothing("quiet.except", "events", &quiet.except, kinds));
        under("digest", self.digest.as_ref().map(bundle::config::Digest::flaws))
            .chain(under("group", self.group.as_ref().map(bundle::config::Group::flaws)))
            .chain(under("quiet", self.quiet.as_ref().map(bundle::config::Quiet::flaws)))
            .chain(except)
            .chain(under("throttle", self.throttle.as_ref().map(bundle::config::Throttle::flaws)))
            .collect()
    }

    fn hears(&self, kind: Kind) -> bool {
        self.events.is_empty() || self.events.iter().any(|glob| WildMatch::new(glob).matches(kind.as_str()))
    }
}

fn globs_that_match_nothing(key: &str, what: &str, globs: &[String], known: &[&str]) -> Vec<Flaw> {
    let nothing = |glob: &String| {
        let pattern = WildMatch::new(glob);
        !known.iter().any(|word| pattern.matches(word))
    };
    globs
        .iter()
        .enumerate()
        .filter(|(_, glob)| nothing(glob))
        .map(|(index, glob)| {
            let closest =
                known.iter().max_by(|a, b| strsim::jaro_winkler(a, glob).total_cmp(&strsim::jaro_winkler(b, glob)));
            Flaw::new(format!("{key}.{index}"), format!("`{glob}` matches none of the {what}")).hint(format!(
                "did you mean `{}`? (there are {})",
                closest.unwrap_or(&""),
                known.join(", ")
            ))
        })
        .collect()
}
