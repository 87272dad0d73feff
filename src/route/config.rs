//! `[[routes]]`: which events go to which notifiers.

use schemars::JsonSchema;
use serde::Deserialize;
use wildmatch::WildMatch;

use crate::{
    event::kind::Kind,
    model::{flaw::Flaw, outcome::Outcome},
    route::{check, when::Condition},
};

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
    /// Later routes do not see the events that match this one.
    pub stop: bool,
}

impl Config {
    /// What this route gets wrong by itself; names of watches and notifiers are checked where they are known.
    pub fn flaws(&self) -> Vec<Flaw> {
        let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        let outcomes: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
        let mut flaws = globs_that_match_nothing("events", &self.events, &kinds);
        flaws.extend(globs_that_match_nothing("outcomes", &self.outcomes, &outcomes));
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
    fn hears(&self, kind: Kind) -> bool {
        self.events.is_empty() || self.events.iter().any(|glob| WildMatch::new(glob).matches(kind.as_str()))
    }
}

fn globs_that_match_nothing(key: &str, globs: &[String], known: &[&str]) -> Vec<Flaw> {
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
            Flaw::new(format!("{key}.{index}"), format!("`{glob}` matches none of the {key}")).hint(format!(
                "did you mean `{}`? (there are {})",
                closest.unwrap_or(&""),
                known.join(", ")
            ))
        })
        .collect()
}
