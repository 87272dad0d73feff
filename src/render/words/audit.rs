//! What is wrong with a team's words: what cannot be used is refused, what is missing or misspelt is told at `check`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    model::flaw::Flaw,
    render::{
        explain::perhaps,
        words::{FORMS, Words, family, name, rules, time::NAMED},
    },
};

type Entries = BTreeMap<String, String>;

/// Tables to which a team may add words.
const OPEN: [&str; 7] = ["own", "time.zone", "disposition", "status", "noun", "error", "notifier_error"];
/// What a translation need not have: it is the same in all languages, or a team's own.
const OPTIONAL: [&str; 2] = ["own", "time.zone"];
/// How errors are recognised.
const RECOGNISED: [&str; 2] = ["patterns", "exact"];
/// How many missing words are named.
const NAMED_AT_MOST: usize = 8;

/// Words that would make every message fail.
pub(in crate::render) fn unusable(file: &str, own: &Entries) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let words = Words::of([own.clone()]);
    let sample = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    for format in NAMED {
        let said = words.get(&format!("time.{format}")).map(|_| words.formatted(format, &sample));
        if let Some(Err(says)) = said {
            flaws.push(
                Flaw::new("", format!("`{file}`: `time.{format}`: {says}"))
                    .hint("formats are strftime's, such as %H:%M"),
            );
        }
    }
    if let Some(locale) = words.get("locale").filter(|locale| rules(locale).is_none()) {
        let says = format!("`{file}`: `locale` is `{locale}`, which is no language");
        flaws.push(Flaw::new("", says).hint("write a code such as fr or pt-BR"));
    }
    flaws
}

/// Words that nothing says, and braces that nothing fills.
pub(in crate::render) fn odd(file: &str, own: &Entries, english: &Words) -> Vec<Flaw> {
    let known: BTreeSet<&str> = english.by_key.keys().map(|key| family(key)).collect();
    let mut flaws = Vec::new();
    for (key, word) in own {
        if !is_known(key, &known, english) {
            let all: Vec<String> = known.iter().map(|key| (*key).to_owned()).collect();
            let says = format!("`{file}`: nothing says `{key}`{}", perhaps(key, &all));
            flaws.push(Flaw::new("", says).hint("words for your own templates go into the table [own]"));
        }
        let may = braces_of(english, family(key));
        for name in braces(word).difference(&may).filter(|_| known.contains(family(key)) && !is_open(key)) {
            let there_are = may.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(", ");
            let there_are =
                if there_are.is_empty() { "it has none".to_owned() } else { format!("there is {there_are}") };
            flaws.push(Flaw::new("", format!("`{file}`: nothing fills {{{name}}} in `{key}`; {there_are}")));
        }
        let lacks = may.difference(&braces(word)).next().copied();
        if let Some(name) = lacks.filter(|_| family(key) == key) {
            flaws.push(Flaw::new("", format!("`{file}`: `{key}` lacks {{{name}}}")));
        }
    }
    flaws
}

/// Words that a language of a team's own does not have.
pub(in crate::render) fn missing(language: &str, own: &Entries, english: &Words) -> Option<Flaw> {
    let file = format!("{language}/words.toml");
    let forms = own.get("locale").map_or_else(|| BTreeSet::from(["other"]), |locale| forms_of(locale));
    let mut missing = BTreeSet::new();
    for key in english.by_key.keys().filter(|key| !is_optional(key)) {
        let family = family(key);
        let has_forms = FORMS.iter().any(|form| own.contains_key(&format!("{family}.{form}")));
        if has_forms {
            let lacking = forms.iter().map(|form| format!("{family}.{form}")).filter(|key| !own.contains_key(key));
            missing.extend(lacking);
        } else if !own.contains_key(key) && !own.contains_key(family) {
            let is_form = key.rsplit('.').next().is_some_and(|last| FORMS.contains(&last));
            missing.insert(if is_form { family.to_owned() } else { key.clone() });
        }
    }
    if missing.is_empty() {
        return None;
    }
    let count = missing.len();
    let named: Vec<String> = missing.into_iter().take(NAMED_AT_MOST).collect();
    let more = if count > named.len() { format!(" and {} more", count - named.len()) } else { String::new() };
    let says = format!("`{file}` lacks words, which are said in English: {}{more}", named.join(", "));
    Some(Flaw::new("", says).hint("the built-in templates/words.toml has them all"))
}

fn is_known(key: &str, known: &BTreeSet<&str>, english: &Words) -> bool {
    let family = family(key);
    let (head, last) = key.rsplit_once('.').unwrap_or(("", key));
    let is_error = head.starts_with("error.") || head.starts_with("notifier_error.");
    match () {
        () if RECOGNISED.iter().any(|how| family.ends_with(how)) => true,
        () if is_error => ["reason", "advice"].contains(&last),
        () if is_open(key) => true,
        // A thirteenth month.
        () if family != key && !FORMS.contains(&last) => english.get(key).is_some(),
        () => known.contains(family),
    }
}

fn is_open(key: &str) -> bool {
    OPEN.iter().any(|table| key.strip_prefix(table).is_some_and(|rest| rest.starts_with('.')))
}

fn is_optional(key: &str) -> bool {
    let of_table = |table: &str| key.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'));
    OPTIONAL.iter().any(|table| of_table(table)) || RECOGNISED.iter().any(|how| family(key).ends_with(how))
}

/// The plural forms that a language tells apart for usual counts.
fn forms_of(locale: &str) -> BTreeSet<&'static str> {
    let forms = rules(locale).map(|rules| (0_u64..=200).map(|count| name(rules.category_for(count))).collect());
    let mut forms: BTreeSet<&'static str> = forms.unwrap_or_default();
    forms.insert("other");
    forms
}

fn braces_of<'w>(english: &'w Words, key: &str) -> BTreeSet<&'w str> {
    english.by_key.iter().filter(|(known, _)| family(known) == key).flat_map(|(_, word)| braces(word)).collect()
}

fn braces(word: &str) -> BTreeSet<&str> {
    word.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::{languages, words::read};

    fn entries(text: &str) -> Entries {
        read::entries(text).unwrap()
    }

    fn said(flaws: impl IntoIterator<Item = Flaw>) -> String {
        flaws.into_iter().map(|flaw| flaw.says).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn built_in_languages_have_the_same_words_and_braces() {
        let english = Words::built_in(languages::ENGLISH);
        let in_english = entries(languages::words(languages::ENGLISH).unwrap());
        for language in languages::BUILT_IN {
            let own = entries(languages::words(language).unwrap());
            assert_eq!(said(odd(language, &own, &english)), "");
            assert_eq!(said(missing(language, &own, &english)), "");
            assert_eq!(said(unusable(language, &own)), "");
            let extra: Vec<_> = own
                .keys()
                .filter(|key| !is_optional(key) && !in_english.keys().any(|known| family(known) == family(key)))
                .collect();
            assert_eq!(extra, [""; 0], "{language}");
        }
    }

    #[test]
    fn what_is_misspelt_is_told_with_what_was_meant() {
        let own = entries(
            "opne = 'x'\nunknown_number_to = 'x {nummer}'\n[ago]\npast = 'x'\n[time]\nmonths = ['1','2','3','4','5','6',\
             '7','8','9','10','11','12','13']\n[own]\nx = '{y}'\n[error.ours]\npatterns = ['x']\nreason = 'y'\nadvise = 'z'\n\
             [noun]\nroom = 'Zimmer'\n[duration.hour]\none = '{n} h'\nother = '{n} h'",
        );
        assert_snapshot!(said(odd("fr/words.toml", &own, &Words::built_in("en"))), @"
        `fr/words.toml`: `ago.past` lacks {time}
        `fr/words.toml`: nothing says `error.ours.advise`; did you mean `error.busy.advice`?
        `fr/words.toml`: nothing says `opne`; did you mean `open`?
        `fr/words.toml`: nothing says `time.months.12`; did you mean `time.months`?
        `fr/words.toml`: nothing fills {nummer} in `unknown_number_to`; there is {number}
        `fr/words.toml`: `unknown_number_to` lacks {number}
        ");
    }

    #[test]
    fn what_is_missing_is_counted_with_the_forms_that_the_language_needs() {
        let english = Words::built_in("en");
        let mut own = entries(languages::words("de").unwrap());
        own.insert("locale".to_owned(), "pl".to_owned());
        own.remove("open");
        own.retain(|key, _| !key.starts_with("noun.event."));
        assert_snapshot!(said(missing("pl", &own, &english)), @"`pl/words.toml` lacks words, which are said in English: ago.day.few, ago.day.many, ago.hour.few, ago.hour.many, duration.day.few, duration.day.many, noun.call.few, noun.call.many and 10 more");
    }

    #[test]
    fn what_would_make_every_message_fail_is_refused() {
        let own = entries("locale = 'not a language'\n[time]\nclock = '%H:%J'\nday = '%a %b'");
        assert_snapshot!(said(unusable("fr/words.toml", &own)), @"
        `fr/words.toml`: `time.clock`: cannot use the format `%H:%J`: strftime formatting failed: found unrecognized specifier directive `J`
        `fr/words.toml`: `locale` is `not a language`, which is no language
        ");
    }
}
