//! The words that no template holds: outcomes, units, plural forms, dates, and what errors mean.
//!
//! They are data, `words.toml`, one for each language; nothing here knows a language. A team's words lie over the
//! built-in ones of its language, and those over the English, so that each word is always there.

pub(super) mod audit;
pub(super) mod read;
pub(super) mod time;

use std::collections::{BTreeMap, BTreeSet};

use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules};

use crate::{
    model::outcome::Outcome,
    render::{
        explain::perhaps,
        why::{Known, Why},
    },
};

/// CLDR's names of plural forms; a word with forms has `other` and those that its language tells apart.
pub(super) const FORMS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// All words of a language by their dotted keys, such as `outcome.human.title`.
#[derive(Debug, Clone, Default)]
pub struct Words {
    by_key: BTreeMap<String, String>,
    pub(super) calls: Known,
    pub(super) notifiers: Known,
}

impl Words {
    /// The words of files, each lying over those before it.
    pub(super) fn of(layers: impl IntoIterator<Item = BTreeMap<String, String>>) -> Self {
        let mut by_key = BTreeMap::new();
        for layer in layers {
            lay_over(&mut by_key, layer);
        }
        let calls = Known::of(&by_key, "error");
        let notifiers = Known::of(&by_key, "notifier_error");
        Self { by_key, calls, notifiers }
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.by_key.get(key).map(String::as_str)
    }

    /// The key that was probably meant by one that is not there, for an error.
    pub(super) fn meant(&self, key: &str) -> String {
        perhaps(key, &self.by_key.keys().cloned().collect::<Vec<_>>())
    }

    /// The word of a key that all languages have. A key that is not there stands for itself, which tests would see.
    pub fn text<'a>(&'a self, key: &'a str) -> &'a str {
        self.get(key).unwrap_or(key)
    }

    /// A word with what stands in braces filled in.
    pub fn fill(&self, key: &str, with: &[(&str, &str)]) -> String {
        fill(self.text(key), with)
    }

    /// What a list of words says of a value, such as a disposition; the value's spelling does not matter.
    pub fn of_value(&self, list: &str, value: &str) -> Option<&str> {
        let plain = value.trim().to_lowercase().replace(['-', ' '], "_");
        self.get(&format!("{list}.{plain}"))
    }

    /// The form of a word that goes with a number.
    pub fn form(&self, key: &str, count: u64) -> Option<&str> {
        let forms = [self.category(count), "other"].into_iter();
        forms.map(|form| format!("{key}.{form}")).find_map(|key| self.get(&key)).or_else(|| self.get(key))
    }

    /// The one of the given forms that goes with a number.
    pub(super) fn choose<'f>(&self, count: u64, forms: &[(&str, &'f str)]) -> Option<&'f str> {
        let known = |name: &str| forms.iter().find(|(form, _)| *form == name).map(|(_, word)| *word);
        known(self.category(count)).or_else(|| known("other"))
    }

    fn category(&self, count: u64) -> &'static str {
        let rules = self.get("locale").and_then(rules);
        rules.map_or("other", |rules| name(rules.category_for(count)))
    }

    /// The form of a word that goes with a number, with the number in it.
    pub fn counted(&self, key: &str, count: u64) -> String {
        fill(self.form(key, count).unwrap_or(key), &[("n", &self.number(count))])
    }

    /// A count as the language writes it.
    pub fn number(&self, count: u64) -> String {
        self.grouped(&count.to_string())
    }

    /// A number as the language writes it, from how programs do.
    pub(super) fn grouped(&self, number: &str) -> String {
        let (whole, decimals) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
        let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
        let mut said = sign.to_owned();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                said.push_str(self.text("number.group"));
            }
            said.push(digit);
        }
        decimals.map_or(said.clone(), |decimals| format!("{said}{}{decimals}", self.text("number.decimal")))
    }

    /// An outcome as it stands in a sentence, such as `no answer`.
    pub fn outcome(&self, outcome: Outcome) -> &str {
        self.get(&format!("outcome.{}.word", outcome.as_str())).unwrap_or(outcome.as_str())
    }

    /// An outcome as it stands after a number of calls.
    pub fn outcome_counted(&self, outcome: Outcome, count: u64) -> &str {
        self.form(&format!("outcome.{}.counted", outcome.as_str()), count).unwrap_or(outcome.as_str())
    }

    /// What a call's error, or one of reading Bland, means, if it is known.
    pub fn why(&self, error: &str) -> Option<Why<'_>> {
        self.calls.find(error).and_then(|key| self.known(key))
    }

    /// What it means that a notifier's messages are refused, if it is known.
    pub fn why_refused(&self, reason: &str) -> Option<Why<'_>> {
        self.notifiers.find(reason).and_then(|key| self.known(key))
    }

    /// What is said where no reason is given.
    pub fn no_reason(&self) -> Why<'_> {
        Why { reason: self.text("error.none.reason"), advice: self.text("error.none.advice") }
    }

    pub(super) fn known(&self, key: &str) -> Option<Why<'_>> {
        let reason = self.get(&format!("{key}.reason"))?;
        Some(Why { reason, advice: self.get(&format!("{key}.advice")).unwrap_or_default() })
    }
}

/// Puts values in the places of their names: `{n} calls`. What is put in is not looked at again.
pub(super) fn fill(pattern: &str, with: &[(&str, &str)]) -> String {
    let mut said = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        said.push_str(before);
        let value = after
            .split_once('}')
            .and_then(|(name, rest)| Some((with.iter().find(|(known, _)| *known == name)?.1, rest)));
        rest = match value {
            Some((value, after)) => {
                said.push_str(value);
                after
            }
            None => {
                said.push('{');
                after
            }
        };
    }
    said.push_str(rest);
    said
}

/// A key without its last part, if that is a plural form or a place in a list.
pub(super) fn family(key: &str) -> &str {
    match key.rsplit_once('.') {
        Some((head, last)) if FORMS.contains(&last) || last.chars().all(|c| c.is_ascii_digit()) => head,
        _ => key,
    }
}

/// Forms and lists are replaced as a whole: a language may have fewer of them.
fn lay_over(words: &mut BTreeMap<String, String>, layer: BTreeMap<String, String>) {
    let families: BTreeSet<&str> = layer.keys().map(|key| family(key)).collect();
    words.retain(|key, _| !families.contains(family(key)));
    words.extend(layer);
}

/// The plural rules of a language, from CLDR's data.
pub(super) fn rules(locale: &str) -> Option<PluralRules> {
    let locale: Locale = locale.parse().ok()?;
    PluralRules::try_new_cardinal((&locale).into()).ok()
}

pub(super) fn name(category: PluralCategory) -> &'static str {
    match category {
        PluralCategory::Zero => "zero",
        PluralCategory::One => "one",
        PluralCategory::Two => "two",
        PluralCategory::Few => "few",
        PluralCategory::Many => "many",
        PluralCategory::Other => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::languages;

    fn polish() -> Words {
        let text = "locale = 'pl'\n[noun.call]\none = 'rozmowa'\nfew = 'rozmowy'\nother = 'rozmów'";
        Words::of([languages::words("en").unwrap(), text].map(|text| read::entries(text).unwrap()))
    }

    #[test]
    fn plural_forms_follow_the_rules_of_the_language_and_are_data() {
        let (english, german) = (Words::built_in("en"), Words::built_in("de"));
        for (count, en, de, pl) in [
            (0, "calls", "Anrufe", "rozmów"),
            (1, "call", "Anruf", "rozmowa"),
            (2, "calls", "Anrufe", "rozmowy"),
            (5, "calls", "Anrufe", "rozmów"),
            (22, "calls", "Anrufe", "rozmowy"),
        ] {
            let said = [&english, &german, &polish()].map(|words| words.form("noun.call", count).unwrap().to_owned());
            assert_eq!(said, [en, de, pl], "{count}");
        }
    }

    #[test]
    fn numbers_are_written_as_the_language_writes_them() {
        let (english, german) = (Words::built_in("en"), Words::built_in("de"));
        for (number, en, de) in [
            ("0", "0", "0"),
            ("999", "999", "999"),
            ("1234.5", "1,234.5", "1.234,5"),
            ("-1234567", "-1,234,567", "-1.234.567"),
        ] {
            assert_eq!((english.grouped(number).as_str(), german.grouped(number).as_str()), (en, de));
        }
    }

    #[test]
    fn a_layer_replaces_forms_as_a_whole_and_leaves_other_words() {
        let none = "locale = 'ja'\n[noun.call]\nother = '件の通話'";
        let words = Words::of([languages::words("en").unwrap(), none].map(|text| read::entries(text).unwrap()));
        assert_eq!((words.form("noun.call", 1), words.form("noun.event", 1)), (Some("件の通話"), Some("events")));
        assert_eq!(words.text("open"), "Open in Ringback");
    }

    #[test]
    fn only_known_braces_are_filled_and_values_are_not_read_again() {
        assert_eq!(fill("{n} of {m}, {x} {", &[("n", "{m}"), ("m", "2")]), "{m} of 2, {x} {");
    }
}
