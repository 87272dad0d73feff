//! What a summary tells of the facts that are known of its call.

use serde::{Deserialize, Serialize};

use super::calls::Labelled;
use crate::summary::Summary;

/// How one call's summary did; kept in files, to be compared with later versions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    pub(super) set: String,
    pub(super) name: String,
    pub(super) text: String,
    pub(super) details: Vec<String>,
    pub(super) found: Vec<String>,
    pub(super) missed: Vec<String>,
    pub(super) stale: Vec<String>,
    pub(super) passing: Vec<String>,
    /// Null where the call has none.
    pub(super) purpose: Option<bool>,
    pub(super) outcome: Option<bool>,
    pub(super) next_step: Option<bool>,
    pub(super) greeting: bool,
    /// Words that nobody said.
    pub(super) unsaid: Vec<String>,
    pub(super) words: usize,
}

pub(super) fn judge(labelled: &Labelled, summary: Option<&Summary>) -> Told {
    let text = summary.map(|summary| summary.text.clone()).unwrap_or_default();
    let details = summary.map(|summary| summary.details.as_slice()).unwrap_or_default();
    let details: Vec<String> = details.iter().map(|detail| detail.text.clone()).collect();
    let facts = &labelled.facts;
    let mut words = said(&text);
    for detail in &details {
        words.push("|".to_owned());
        words.extend(said(detail));
    }
    let (found, missed): (Vec<_>, Vec<_>) =
        facts.last.iter().cloned().partition(|fact| !places(&words, fact).is_empty());
    // "two" is stale in "two nights" only where "two nights" does not hold.
    let mut rest = words.clone();
    for place in found.iter().flat_map(|fact| places(&words, fact)) {
        rest.iter_mut().skip(place.0).take(place.1).for_each(|word| "|".clone_into(word));
    }
    let told = |facts: &[String]| facts.iter().filter(|fact| !places(&rest, fact).is_empty()).cloned().collect();
    let gist = said(&text);
    let has = |label: &Option<String>| label.as_deref().map(|label| is_told(&gist, label));
    Told {
        set: labelled.set.clone(),
        name: labelled.name.clone(),
        found,
        missed,
        stale: told(&facts.stale),
        passing: told(&facts.passing),
        purpose: has(&facts.purpose),
        outcome: has(&facts.outcome),
        next_step: has(&facts.next_step),
        greeting: is_greeting(&gist),
        unsaid: unsaid(labelled, &text),
        words: text.split_whitespace().count(),
        text,
        details,
    }
}

/// Lower-case words and figures, without signs of currency; `24.50`, `3:30` and `p.m.` stay whole.
pub(super) fn said(text: &str) -> Vec<String> {
    let text = text.to_lowercase().replace(['’', '‘'], "'").replace("p.m.", "pm").replace("a.m.", "am");
    let text = text.replace("p.m", "pm").replace("a.m", "am");
    let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | ':' | '\'' | ',' | '@')));
    let words = words.map(|word| word.trim_matches(['.', ',', ':', '\'']).replace(',', ""));
    words
        .map(|word| word.strip_suffix(".00").unwrap_or(&word).to_owned())
        .map(|word| glued(&word).unwrap_or(word))
        .flat_map(|word| word.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .filter(|word| !word.is_empty())
        .collect()
}

/// "3pm" as "3 pm".
fn glued(word: &str) -> Option<String> {
    let head = word.strip_suffix("pm").or_else(|| word.strip_suffix("am"))?;
    let half = word.strip_prefix(head)?;
    head.ends_with(|c: char| c.is_ascii_digit()).then(|| format!("{head} {half}"))
}

/// Where a fact is told in any of its `|` alternatives, as (first word, words).
fn places(words: &[String], fact: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for way in fact.split('|') {
        let wanted = said(way);
        let code = wanted.concat();
        let whole = wanted.len() == 1 || wanted.iter().any(|word| word.len() > 1);
        for at in 0..words.len() {
            let here = words.get(at..at + wanted.len()).is_some_and(|here| here == wanted.as_slice());
            // A code may be told in one piece or in several.
            let joined = !whole && words.get(at) == Some(&code);
            if !wanted.is_empty() && (here || joined) {
                found.push((at, if here { wanted.len() } else { 1 }));
            }
        }
    }
    found
}

/// Whether a text tells the fact of a label.
pub(super) fn tells(text: &str, fact: &str) -> bool {
    !places(&said(text), fact).is_empty()
}

/// Whether a value is the fact of a label, or part of it, or has it in it.
pub(super) fn is_fact(value: &str, fact: &str) -> bool {
    let words = said(value);
    fact.split('|').any(|way| !places(&words, way).is_empty() || !places(&said(way), value).is_empty())
}

/// Whether two thirds of the telling words of one alternative stand in the text.
pub(super) fn is_told(text: &[String], label: &str) -> bool {
    const SMALL: &[&str] = &[
        "a", "an", "the", "i", "you", "we", "it", "is", "to", "of", "on", "at", "for", "and", "my", "your", "in", "be",
        "me", "i'm", "i'd", "that", "this", "was", "are", "as", "with",
    ];
    label.split('|').any(|way| {
        let all = said(way);
        let telling: Vec<_> = all.iter().filter(|word| !SMALL.contains(&word.as_str())).collect();
        let here = telling.iter().filter(|word| text.contains(word)).count();
        !telling.is_empty() && here * 3 >= telling.len() * 2
    })
}

fn is_greeting(text: &[String]) -> bool {
    let text = format!(" {} ", text.join(" "));
    const COURTESY: &[&str] = &[
        " hello ",
        " hi ",
        " good morning ",
        " good afternoon ",
        " good evening ",
        " how can i help",
        " how may i help",
        " thanks for calling ",
        " thank you for calling ",
        " how are you ",
        " goodbye ",
        " bye ",
        " have a great ",
        " have a good ",
        " have a nice ",
        " you're welcome ",
        " anything else i can ",
        " nice to meet ",
        " take care ",
    ];
    COURTESY.iter().any(|phrase| text.contains(phrase))
}

/// Words of the text that are neither in the transcript nor labels.
fn unsaid(labelled: &Labelled, text: &str) -> Vec<String> {
    const NOTES: &str = "caller agent person voicemail message greeting only no message left no conversation call \
        transferred transfer attempted";
    let mut known = said(NOTES);
    known.extend(labelled.call.transcript.iter().flat_map(|turn| said(&turn.text)));
    said(text.trim_end_matches('…')).into_iter().filter(|word| !known.contains(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_found_in_any_of_their_spellings_and_not_inside_others() {
        let words = said("Agent: It's $24.50 at 3pm, code A39; table for two.");
        for fact in ["$24.50", "3 PM", "A39", "a, 3, 9|A 3 9", "table for two", "twelve | two"] {
            assert!(!places(&words, fact).is_empty(), "{fact}");
        }
        for fact in ["24", "$4.50", "A3", "table for"] {
            assert_eq!(places(&words, fact).is_empty(), fact != "table for", "{fact}");
        }
    }

    #[test]
    fn a_sentence_counts_as_told_when_most_of_its_words_are() {
        let text = said("Agent: I've moved your visit to Thursday.");
        assert!(is_told(&text, "moved your visit to Thursday at nine"));
        assert!(!is_told(&text, "cancelled your visit"));
    }
}
