//! The built-in languages: English, whose files stand in `templates/` itself, and those in folders of their own.
//!
//! A new one is a folder with a file for each kind of event and a `words.toml`, and its name here.

use std::collections::BTreeMap;

use crate::{
    event::kind::Kind,
    model::{flaw::Flaw, near::closest},
    render::{
        builtin,
        words::{Words, audit, read},
    },
};

/// The file of a language's words.
const WORDS: &str = "words.toml";

/// Folders of templates that are no language's.
const RESERVED: [&str; 3] = ["layouts", "partials", "presets"];

pub(super) const ENGLISH: &str = "en";
pub(super) const BUILT_IN: [&str; 2] = [ENGLISH, "de"];

/// A built-in language's `words.toml`.
pub(super) fn words(language: &str) -> Option<&'static str> {
    builtin::file(&if language == ENGLISH { WORDS.to_owned() } else { format!("{language}/{WORDS}") })
}

/// Where a language's file stands in `templates/`; English stands in for what is not built in.
pub(super) fn file(language: &str, name: &str) -> String {
    let own = format!("{language}/{name}");
    if builtin::file(&own).is_some() { own } else { name.to_owned() }
}

/// What is said of a kind of event; in English where the language is not built in.
pub(super) fn content(language: &str, kind: Kind) -> &'static str {
    builtin::file(&format!("{language}/{kind}.hbs")).unwrap_or_else(|| builtin::content(kind))
}

impl Words {
    /// The built-in words of a language; those that it lacks are English.
    pub fn built_in(language: &str) -> Self {
        Self::of(layers(language))
    }
}

/// The English words, and those of a built-in language that lie over them.
fn layers(language: &str) -> Vec<BTreeMap<String, String>> {
    let texts = [ENGLISH, language].into_iter().filter_map(words);
    texts.map(|text| read::entries(text).expect("built-in words are well-formed")).collect()
}

/// A language's words with a team's own over them, and what is wrong with those.
pub(super) struct Loaded {
    pub(super) words: Words,
    /// What makes them unusable.
    pub(super) refused: Vec<Flaw>,
    /// What is missing or misspelt.
    pub(super) gaps: Vec<Flaw>,
}

/// `own` are the files of `[templates] dir`, by their names in it.
pub(super) fn load(language: &str, own: &[(String, String)]) -> Loaded {
    let mut refused: Vec<Flaw> = unknown(language, own).into_iter().collect();
    let mut gaps = Vec::new();
    let english = Words::built_in(ENGLISH);
    let mut layers = layers(language);
    let mut theirs = BTreeMap::new();
    for file in [WORDS.to_owned(), format!("{language}/{WORDS}")] {
        let Some((_, text)) = own.iter().find(|(name, _)| *name == file) else { continue };
        match read::entries(text) {
            Ok(entries) => {
                refused.extend(audit::unusable(&file, &entries).into_iter().map(|flaw| flaw.under("dir")));
                gaps.extend(audit::odd(&file, &entries, &english));
                theirs.extend(entries.clone());
                layers.push(entries);
            }
            Err(says) => refused.push(Flaw::new("dir", format!("`{file}`: {says}"))),
        }
    }
    if refused.is_empty() && !BUILT_IN.contains(&language) {
        gaps.extend(audit::missing(language, &theirs, &english));
        gaps.extend(unsaid(language, own));
    }
    Loaded { words: Words::of(layers), refused, gaps }
}

/// The kinds of events that a language of a team's own has no file for.
fn unsaid(language: &str, own: &[(String, String)]) -> Option<Flaw> {
    let is_there = |name: &str| own.iter().any(|(known, _)| known == name || *known == format!("{language}/{name}"));
    let missing: Vec<String> =
        Kind::SAID.iter().map(|kind| format!("{kind}.hbs")).filter(|name| !is_there(name)).collect();
    let says = format!("`{language}` lacks {}: English is said there", missing.join(", "));
    (!missing.is_empty()).then(|| Flaw::new("", says))
}

fn unknown(language: &str, own: &[(String, String)]) -> Option<Flaw> {
    let mut all: Vec<&str> = BUILT_IN.to_vec();
    all.extend(own.iter().filter_map(|(name, _)| name.strip_suffix(&format!("/{WORDS}"))));
    let is_folder = own.iter().any(|(name, _)| name.split_once('/').is_some_and(|(folder, _)| folder == language));
    if BUILT_IN.contains(&language) || (is_folder && !RESERVED.contains(&language)) {
        return None;
    }
    all.dedup();
    let guess = closest(language, all.iter().copied()).map(|close| format!("; did you mean `{close}`?"));
    let says = format!("there is no language `{language}`{}", guess.unwrap_or_default());
    let hint = format!("there are {}; a folder `{language}` with a {WORDS} in `dir` makes another", all.join(", "));
    Some(Flaw::new("language", says).hint(hint))
}

/// The language whose folder a team's file is in; `wanted` is one even without words.
pub(super) fn folder<'n>(name: &'n str, wanted: &str, own: &[(String, String)]) -> Option<&'n str> {
    let (folder, _) = name.split_once('/').filter(|(folder, _)| !RESERVED.contains(folder))?;
    let has_words = || own.iter().any(|(name, _)| *name == format!("{folder}/{WORDS}"));
    (BUILT_IN.contains(&folder) || folder == wanted || has_words()).then_some(folder)
}
