//! Answers gone wrong, by script: which requests, how often, and in which way.

use serde::Deserialize;
use wildmatch::WildMatch;

use crate::simulate::seeded;

/// Which requests are answered wrongly, and how; of several rules the first that fires decides.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Glob over the path, `*` crossing slashes.
    #[serde(default = "anything")]
    pub path: String,
    pub method: Option<String>,
    /// Matching requests to let pass first.
    #[serde(default)]
    pub after: u64,
    /// Strike every n-th time from then on; 1 is always.
    #[serde(default = "always")]
    pub every: u64,
    /// Strike at most this often.
    pub times: Option<u64>,
    /// Of striking when it would, 0 to 1.
    #[serde(default = "certain")]
    pub probability: f64,
    pub answer: Fault,
}

/// What happens instead of, or to, the right answer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// This HTTP status. Without a body of your own it has the one that Bland documents for it, 5xx an HTML page.
    Status {
        code: u16,
        /// Seconds, as a `Retry-After` header.
        #[serde(default)]
        retry_after: Option<u64>,
        #[serde(default)]
        body: Option<String>,
    },
    /// 200 with `status: "error"` inside.
    #[serde(rename = "error_in_200")]
    ErrorIn200 {
        #[serde(default = "insufficient")]
        message: String,
    },
    NotFound(NotFound),
    /// The right answer, this many real milliseconds late.
    Slow {
        millis: u64,
    },
    /// The status line, the headers, and half of the body.
    Truncated,
    /// The connection breaks before any answer.
    Reset,
    /// The right answer followed by this many bytes of white space.
    Huge {
        bytes: u64,
    },
    /// The list with one more row in its middle, which is not a call.
    BadRow {
        /// JSON.
        #[serde(default = "not_a_call")]
        row: String,
    },
    /// The list with every row twice.
    DuplicateRows,
    /// The list from another place: -2 repeats two rows of the page before, 2 skips two.
    Shift {
        rows: i64,
    },
}

/// The three answers to an unknown id that have been seen or are documented next door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotFound {
    /// 404 without a body.
    Empty,
    /// 404 with `errors`.
    Envelope,
    /// 200 with `errors`.
    Soft,
}

impl Rule {
    /// Strikes each request to `path`.
    pub fn always(path: &str, answer: Fault) -> Self {
        Self { path: path.to_owned(), method: None, after: 0, every: 1, times: None, probability: 1.0, answer }
    }

    /// Strikes the next request to `path`.
    pub fn once(path: &str, answer: Fault) -> Self {
        Self { times: Some(1), ..Self::always(path, answer) }
    }
}

/// The rules with what they have seen so far.
#[derive(Debug, Default)]
pub(super) struct Script {
    seed: u64,
    rules: Vec<Active>,
}

#[derive(Debug)]
struct Active {
    rule: Rule,
    path: WildMatch,
    matched: u64,
    struck: u64,
}

impl Script {
    pub(super) fn new(seed: u64, rules: Vec<Rule>) -> Self {
        Self { seed, rules: rules.into_iter().map(Active::new).collect() }
    }

    /// Adds a rule behind those already there.
    pub(super) fn push(&mut self, rule: Rule) {
        self.rules.push(Active::new(rule));
    }

    /// What to do to this request; a rule behind the one that strikes does not see it.
    pub(super) fn strike(&mut self, method: &str, path: &str) -> Option<Fault> {
        let seed = self.seed;
        let mut rules = self.rules.iter_mut().enumerate();
        rules.find_map(|(index, rule)| rule.strikes(method, path, seed, index).then(|| rule.rule.answer.clone()))
    }
}

impl Active {
    fn new(rule: Rule) -> Self {
        Self { path: WildMatch::new(&rule.path), rule, matched: 0, struck: 0 }
    }

    fn strikes(&mut self, method: &str, path: &str, seed: u64, index: usize) -> bool {
        let Rule { after, every, times, probability, .. } = self.rule;
        let wanted = self.rule.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
        if !wanted || !self.path.matches(path) || times.is_some_and(|times| self.struck >= times) {
            return false;
        }
        self.matched += 1;
        let turn = self.matched > after && (self.matched - after).is_multiple_of(every.max(1));
        let strikes = turn && seeded::rng(seed, &format!("rule {index} match {}", self.matched)).f64() < probability;
        self.struck += u64::from(strikes);
        strikes
    }
}

fn anything() -> String {
    "*".to_owned()
}

fn always() -> u64 {
    1
}

fn certain() -> f64 {
    1.0
}

fn insufficient() -> String {
    "Insufficient balance".to_owned()
}

fn not_a_call() -> String {
    r#"{"call_id": {"not": "an id"}, "created_at": 17, "completed": "perhaps"}"#.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answers to eight requests: `x` where the rule strikes.
    fn check(rule: Rule, pattern: &str) {
        let mut script = Script::new(1, vec![rule.clone()]);
        let seen: String =
            (0..8).map(|_| if script.strike("GET", "/v1/calls/c1").is_some() { 'x' } else { '.' }).collect();
        assert_eq!(seen, pattern, "{rule:?}");
    }

    #[test]
    fn rules_strike_when_they_say() {
        let rule = Rule::always("/v1/calls/*", Fault::Reset);
        check(rule.clone(), "xxxxxxxx");
        check(Rule::once("*", Fault::Reset), "x.......");
        check(Rule { after: 2, ..rule.clone() }, "..xxxxxx");
        check(Rule { after: 1, every: 3, ..rule.clone() }, "...x..x.");
        check(Rule { every: 2, times: Some(2), ..rule.clone() }, ".x.x....");
        check(Rule { method: Some("post".to_owned()), ..rule.clone() }, "........");
        check(Rule { path: "/v1/calls".to_owned(), ..rule.clone() }, "........");
        check(Rule { probability: 0.0, ..rule }, "........");
    }

    #[test]
    fn chance_falls_the_same_way_for_the_same_seed() {
        let strikes = |seed| -> Vec<bool> {
            let rule = Rule { probability: 0.5, ..Rule::always("*", Fault::Truncated) };
            let mut script = Script::new(seed, vec![rule]);
            (0..200).map(|_| script.strike("GET", "/").is_some()).collect()
        };
        assert_eq!(strikes(1), strikes(1));
        assert_ne!(strikes(1), strikes(2));
        assert!((70..130).contains(&strikes(1).iter().filter(|struck| **struck).count()));
    }

    #[test]
    fn one_shots_strike_one_after_the_other() {
        let mut script = Script::default();
        script.push(Rule::once("*", Fault::Reset));
        script.push(Rule::once("*", Fault::Truncated));
        let struck: Vec<_> = (0..3).map(|_| script.strike("GET", "/")).collect();
        assert_eq!(struck, [Some(Fault::Reset), Some(Fault::Truncated), None]);
    }
}
