//! Scenarios: what is said on a call, from data files, told anew with other people and values for each seed.

use std::{collections::BTreeMap, sync::LazyLock};

use fastrand::Rng;
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    model::call::{Speaker, Turn},
    simulate::{ending::Ending, people::Slots, seeded, words},
};

/// One file of `scenarios/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    #[serde(skip)]
    pub(super) name: &'static str,
    /// The endings it can have.
    pub(super) endings: Vec<Ending>,
    /// The other side called us.
    #[serde(default)]
    pub(super) inbound: bool,
    /// What the agent was told to do.
    pub(super) task: String,
    /// As Bland's summaries read.
    pub(super) summary: String,
    pub(super) disposition: Option<String>,
    pub(super) ended_by: String,
    /// Texts or tables; an empty text stands for null, which Bland's tags can be and TOML's values cannot.
    #[serde(default)]
    pub(super) tags: Vec<Value>,
    #[serde(default)]
    pub(super) variables: Map<String, Value>,
    #[serde(default)]
    pub(super) metadata: Map<String, Value>,
    #[serde(default)]
    facts: KnownFacts,
    /// Slots of its own: values to choose from.
    #[serde(default)]
    slots: BTreeMap<String, Vec<String>>,
    /// `A: agent`, `U: other side`, `X: agent action`. `(this|that)` is a choice, and lines that
    /// follow each other with a leading `?` are side talk, which is left out half of the time.
    turns: Vec<String>,
}

/// What the two sides agreed on, and what was said before it changed: the truth about a summary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KnownFacts {
    #[serde(rename = "final")]
    pub last: Vec<String>,
    /// Offered and declined, or corrected later.
    pub stale: Vec<String>,
    /// Said in passing, of no matter to what was agreed.
    pub passing: Vec<String>,
    /// Words that say why the call was made, what came of it, and what is to happen; `|` parts alternatives.
    pub purpose: Option<String>,
    pub outcome: Option<String>,
    pub next_step: Option<String>,
}

/// A scenario told for those who measure summaries: what was said, and what is true of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub inbound: bool,
    pub turns: Vec<Turn>,
    /// Each fact in all the ways in which it may be written, parted by `|`.
    pub facts: KnownFacts,
}

/// Tells the scenario of this name, if there is one.
pub fn tell(name: &str, seed: u64) -> Option<Told> {
    let scenario = named(name)?;
    let given = BTreeMap::from([("transfer_number".to_owned(), "+14155550100".to_owned())]);
    let talk = scenario.tell(seed, given);
    let ways = |facts: &[String]| facts.iter().map(|fact| words::ways(fact)).collect();
    let facts = KnownFacts {
        last: ways(&talk.facts.last),
        stale: ways(&talk.facts.stale),
        passing: ways(&talk.facts.passing),
        ..talk.facts
    };
    let turn = |(speaker, text)| Turn { speaker, text, at: None };
    Some(Told { inbound: scenario.inbound, turns: talk.turns.into_iter().map(turn).collect(), facts })
}

/// One scenario, told.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) turns: Vec<(Speaker, String)>,
    pub(super) task: String,
    pub(super) summary: String,
    pub(super) tags: Vec<Value>,
    pub(super) variables: Map<String, Value>,
    pub(super) metadata: Map<String, Value>,
    pub(super) facts: KnownFacts,
}

macro_rules! scenarios {
    ($($name:literal),* $(,)?) => { [ $( ($name, include_str!(concat!("scenarios/", $name, ".toml"))) ),* ] };
}

static ALL: LazyLock<Vec<Scenario>> = LazyLock::new(|| {
    let files = scenarios![
        "appointment_reminder",
        "appointment_reschedule",
        "call_screener",
        "callback_later",
        "cold_transfer_billing",
        "cold_transfer_support",
        "delivery_window",
        "hold_music",
        "hotel_change",
        "inbound_order_status",
        "insurance_renewal",
        "interview_schedule",
        "lab_results",
        "lead_qualification",
        "payment_reminder",
        "refuses",
        "restaurant_booking",
        "silence",
        "subscription_cancel",
        "survey",
        "tech_support",
        "voicemail_full",
        "voicemail_message",
        "voicemail_short",
        "warm_transfer_sales",
        "wrong_number",
    ];
    let read =
        |(name, text)| Scenario { name, ..toml::from_str(text).expect("the built-in scenarios are read by a test") };
    files.into_iter().map(read).collect()
});

static CHOICE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\(([^()|]*(?:\|[^()|]*)+)\)").expect("a valid expression"));

/// The names that a [`CallSpec`](crate::simulate::plan::CallSpec) can ask for.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().iter().map(|scenario| scenario.name)
}

/// All scenarios, in the order of their names.
pub(super) fn all() -> &'static [Scenario] {
    &ALL
}

/// One that can end in this way, and goes in this direction if that matters.
pub(super) fn draw(ending: Ending, inbound: Option<bool>, rng: &mut Rng) -> Option<&'static Scenario> {
    let fits = |scenario: &&Scenario| {
        scenario.endings.contains(&ending) && inbound.is_none_or(|inbound| scenario.inbound == inbound)
    };
    let fitting: Vec<_> = all().iter().filter(fits).collect();
    (!fitting.is_empty()).then(|| *seeded::pick(rng, &fitting))
}

pub(super) fn named(name: &str) -> Option<&'static Scenario> {
    all().iter().find(|scenario| scenario.name == name)
}

impl Scenario {
    /// Tells it; `given` are slots that are decided elsewhere, such as the number of a transfer.
    pub(super) fn tell(&self, seed: u64, given: BTreeMap<String, String>) -> Talk {
        let mut slots = Slots::new(seeded::rng(seed, "slots"), &self.slots, given);
        let turns = self.lines(&mut seeded::rng(seed, "choices"));
        let turns = turns.into_iter().map(|(speaker, text)| (speaker, slots.fill(&text))).collect();
        let mut filled_facts = |facts: &[String]| facts.iter().map(|fact| slots.fill(fact)).collect();
        let known = &self.facts;
        let (last, stale, passing) =
            (filled_facts(&known.last), filled_facts(&known.stale), filled_facts(&known.passing));
        let mut part = |part: &Option<String>| part.as_deref().map(|part| slots.fill(part));
        let (purpose, outcome, next_step) = (part(&known.purpose), part(&known.outcome), part(&known.next_step));
        let facts = KnownFacts { last, stale, passing, purpose, outcome, next_step };
        Talk {
            turns,
            facts,
            task: slots.fill(&self.task),
            summary: slots.fill(&self.summary),
            tags: self.tags.iter().map(|tag| filled(tag, &mut slots)).collect(),
            variables: filled_all(&self.variables, &mut slots),
            metadata: filled_all(&self.metadata, &mut slots),
        }
    }

    /// How long it takes to say it all, at an ordinary pace.
    pub(super) fn seconds(&self) -> f64 {
        let spoken = self.turns.iter().filter(|line| !line.starts_with(['X', '?']));
        let (turns, words) = spoken.fold((0, 0), |(turns, words), line| (turns + 1, words + line.split(' ').count()));
        f64::from(turns) * 0.8 + f64::from(u32::try_from(words).unwrap_or(u32::MAX)) / 2.6
    }

    /// The lines with choices made, side talk kept or dropped.
    fn lines(&self, rng: &mut Rng) -> Vec<(Speaker, String)> {
        let mut aside = None;
        let mut lines = Vec::with_capacity(self.turns.len());
        for line in &self.turns {
            let line = match line.strip_prefix('?') {
                Some(line) if *aside.get_or_insert_with(|| rng.bool()) => line,
                Some(_) => continue,
                None => {
                    aside = None;
                    line
                }
            };
            let (speaker, text) = match line.split_once(": ") {
                Some(("A", text)) => (Speaker::Assistant, text),
                Some(("X", text)) => (Speaker::Action, text),
                Some((_, text)) => (Speaker::User, text),
                None => continue,
            };
            let chosen = CHOICE.replace_all(text, |found: &regex::Captures<'_>| {
                let choices: Vec<_> = found[1].split('|').collect();
                (*seeded::pick(rng, &choices)).to_owned()
            });
            lines.push((speaker, chosen.into_owned()));
        }
        lines
    }
}

fn filled_all(map: &Map<String, Value>, slots: &mut Slots<'_>) -> Map<String, Value> {
    map.iter().map(|(key, value)| (key.clone(), filled(value, slots))).collect()
}

fn filled(value: &Value, slots: &mut Slots<'_>) -> Value {
    match value {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::String(text) => Value::String(slots.fill(text)),
        Value::Array(items) => items.iter().map(|item| filled(item, slots)).collect(),
        Value::Object(map) => Value::Object(filled_all(map, slots)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> impl Iterator<Item = (&'static Scenario, Talk)> {
        let given = || BTreeMap::from([("transfer_number".to_owned(), "+14155550100".to_owned())]);
        all().iter().flat_map(move |scenario| (0..20).map(move |seed| (scenario, scenario.tell(seed, given()))))
    }

    #[test]
    fn every_slot_of_every_scenario_is_filled() {
        for (scenario, talk) in told() {
            let all = format!("{talk:?}");
            let braces = talk.turns.iter().any(|(_, text)| text.contains(['{', '}', '|']));
            assert!(!braces && !all.contains("\"{"), "{}: {all}", scenario.name);
            assert!(!talk.summary.contains('{') && !talk.task.contains('{'), "{}: {all}", scenario.name);
        }
    }

    #[test]
    fn facts_are_said_on_the_call_and_stale_ones_are_not_final() {
        for (scenario, talk) in told() {
            assert!(talk.facts.last.iter().all(|fact| !talk.facts.stale.contains(fact)), "{}", scenario.name);
            assert!(talk.facts.last.iter().chain(&talk.facts.stale).all(|fact| !fact.contains('{')));
        }
    }

    #[test]
    fn conversations_have_a_believable_length() {
        for (scenario, talk) in told() {
            let turns = talk.turns.len();
            assert!((2..=40).contains(&turns), "{}: {turns} turns", scenario.name);
            assert!((3.0..400.0).contains(&scenario.seconds()), "{}: {} s", scenario.name, scenario.seconds());
        }
        let long = all().iter().filter(|scenario| scenario.turns.len() >= 6).count();
        assert!(long >= 12, "{long} real conversations");
    }

    #[test]
    fn a_seed_always_tells_the_same_and_others_tell_otherwise() {
        let scenario = named("appointment_reschedule").unwrap();
        let tell = |seed| format!("{:?}", scenario.tell(seed, BTreeMap::new()));
        assert_eq!(tell(5), tell(5));
        assert_ne!(tell(5), tell(6));
    }

    #[test]
    fn every_ending_with_a_talk_has_a_scenario() {
        for (ending, _) in Ending::MIX {
            let found = draw(ending, Some(false), &mut Rng::with_seed(1)).is_some();
            assert_eq!(found, ending.has_talk(), "{ending:?}");
        }
    }
}
