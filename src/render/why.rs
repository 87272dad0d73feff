//! Errors in plain words: which of the known errors a text is. What they are and mean is in `words.toml`.

use std::collections::BTreeMap;

use wildmatch::WildMatch;

/// What is known of an error, in the language of the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Why<'a> {
    /// A few words, as for a title: `number not found`.
    pub reason: &'a str,
    /// The next step, one or two sentences; empty where there is none.
    pub advice: &'a str,
}

/// Texts of errors are long only where somebody put something else there.
const LONGEST: usize = 1_000;

/// The known errors of one table of the words.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// How a text is recognised, how much of it is named, and the error's key; whole texts first, then by how much.
    patterns: Vec<(WildMatch, usize, String)>,
}

impl Known {
    /// `[error.busy] patterns = ["is * busy"]`: these words in this order, in any case. `exact` is the whole text.
    pub(super) fn of(words: &BTreeMap<String, String>, table: &str) -> Self {
        let mut patterns = Vec::new();
        for (key, pattern) in words {
            let Some((error, place)) = key.rsplit_once('.') else { continue };
            if !error.starts_with(&format!("{table}.")) || !place.chars().all(|c| c.is_ascii_digit()) {
                continue;
            }
            let pattern = pattern.to_lowercase().replace(" * ", "*");
            let named = pattern.chars().filter(|c| *c != '*').count();
            if let Some(error) = error.strip_suffix(".exact") {
                patterns.push((WildMatch::new(&pattern), usize::MAX, error.to_owned()));
            } else if let Some(error) = error.strip_suffix(".patterns") {
                patterns.push((WildMatch::new(&format!("*{pattern}*")), named, error.to_owned()));
            }
        }
        patterns.sort_by(|a, b| b.1.cmp(&a.1).then(a.2.cmp(&b.2)));
        Self { patterns }
    }

    /// The key of the error that the text is: the one of which it names most.
    pub(super) fn find(&self, text: &str) -> Option<&str> {
        let text: String = text.trim().trim_end_matches('.').chars().take(LONGEST).collect();
        let text = text.to_lowercase();
        let found = self.patterns.iter().find(|(pattern, ..)| pattern.matches(&text));
        found.map(|(_, _, key)| key.as_str())
    }
}

/// An unknown error's own words, without Bland's usual prefix.
pub(super) fn own_words(error: &str) -> &str {
    let error = error.trim();
    error.strip_prefix("Call failed.").map_or(error, str::trim_start).trim_end_matches('.')
}
