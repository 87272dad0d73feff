//! Whether a text that something else wrote may stand as the summary of a call: plain, short, a summary,
//! and with no number, name or address that was not said. Why not is said without the call's words.
//!
//! What an order hidden in a call makes a model write mostly fails here; what passes is still untrusted text.

mod names;
mod plain;
mod values;

use std::{collections::HashSet, sync::LazyLock};

use regex::Regex;

use super::{sentences, words};
use crate::model::call::Turn;

/// Why a text cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unfit {
    #[error("it says nothing")]
    Empty,
    #[error("it refuses, or speaks of itself")]
    Refusal,
    #[error("it repeats its instructions")]
    Echo,
    #[error("it is no plain text")]
    Form,
    #[error("it is too long, and no sentence ends in time")]
    TooLong,
    #[error("it holds a link, a mention, or an address that nobody said")]
    Address,
    #[error("it holds a number that nobody said")]
    Number,
    #[error("it holds a name that nobody said")]
    Name,
}

/// What the writer was given besides the call.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    pub instructions: &'a str,
    /// A mark that no summary may hold.
    pub fence: &'a str,
    pub max_words: usize,
}

/// What was said, made ready to be looked up.
pub(crate) struct Heard {
    /// In lower case, with straight apostrophes.
    text: String,
    /// The same with "sam at example dot com" written as an address.
    dictated: String,
    words: HashSet<String>,
    values: values::Values,
    /// Nouns are capitalised too, as in German, so that a capital shows no name.
    capital_nouns: bool,
}

/// No summary is longer; what comes after it is not read. Counted in characters.
const LONGEST: usize = 8_000;

/// Longer words are none. Counted in bytes, and only of ASCII, as some write without spaces.
const LONGEST_WORD: usize = 40;

/// So many words of the instructions in a row are no accident.
const ECHO: usize = 8;

/// Links, hosts, mail addresses and handles.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    let host = r"\b(?:[\p{L}\p{N}-]+\.)+\p{L}{2,24}\b(?:[/:?]\S*)?";
    Regex::new(&format!(r"(?i)[a-z][a-z0-9+.-]*:/\S*|\S*@\S+|{host}")).expect("a valid pattern")
});

/// The text as it may be shown. `complete` is whether the writer came to its end.
pub fn vet(text: &str, complete: bool, turns: &[Turn], task: &Task<'_>) -> Result<String, Unfit> {
    let heard = Heard::of(turns);
    let text = plain::without_thoughts(text)?;
    let complete = complete && text.chars().nth(LONGEST).is_none();
    let text: String = text.chars().take(LONGEST).collect::<String>().replace(['’', '‘', 'ʼ'], "'");
    if !task.fence.is_empty() && text.to_lowercase().contains(&task.fence.to_lowercase()) {
        return Err(Unfit::Echo);
    }
    if heard.is_led_away(&text) {
        return Err(Unfit::Address);
    }
    let text = plain::paragraph(&text)?;
    // What stood between the parts of a link may be gone now.
    if heard.is_led_away(&text) {
        return Err(Unfit::Address);
    }
    if !text.chars().any(char::is_alphanumeric) {
        return Err(Unfit::Empty);
    }
    if words::tokens(&text).iter().any(|word| is_encoded(word.text) && !heard.text.contains(&*word.lower)) {
        return Err(Unfit::Form);
    }
    if is_refusal(&text) {
        return Err(Unfit::Refusal);
    }
    if repeats(&text, task.instructions) {
        return Err(Unfit::Echo);
    }
    let text = within(&text, complete, task.max_words).ok_or(Unfit::TooLong)?;
    heard.hold_all_of(&text).map(|()| text)
}

impl Heard {
    pub(crate) fn of(turns: &[Turn]) -> Self {
        let mut words = HashSet::new();
        let texts: Vec<String> = turns.iter().map(|turn| turn.text.replace(['’', '‘', 'ʼ'], "'")).collect();
        for text in &texts {
            let tokens = words::tokens(text);
            words.extend(tokens.iter().map(|token| token.lower.to_string()));
            words.extend(values::spelled(text, &tokens));
        }
        let values = values::Values::of(texts.iter().map(String::as_str));
        let capital_nouns = names::are_nouns_capitalised(&texts);
        let text = texts.join("\n").to_lowercase();
        let dictated = text.replace(" dot ", ".").replace(" at ", "@");
        Self { text, dictated, words, values, capital_nouns }
    }

    /// Whether every number and name of a text was said.
    pub(crate) fn hold_all_of(&self, text: &str) -> Result<(), Unfit> {
        match () {
            () if !self.values.hold_all_of(text) => Err(Unfit::Number),
            () if names::has_unsaid(text, self) => Err(Unfit::Name),
            () => Ok(()),
        }
    }

    /// Whether a text holds a link, a mention, or a mail address that was not said.
    fn is_led_away(&self, text: &str) -> bool {
        let linked = |found: regex::Match<'_>| !(is_mail(found.as_str()) && self.address(found.as_str()));
        // "Evil dot com" leads somewhere too.
        let dictated = text.replace(" dot ", ".");
        text.contains("://")
            || ADDRESS.find_iter(text).any(linked)
            || ADDRESS.find_iter(&dictated).any(|found| !self.address(found.as_str()))
    }

    /// Whether an address was said.
    fn address(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        let address = address.trim_matches(|c: char| !c.is_alphanumeric() && c != '@' && c != '/');
        self.text.contains(address) || self.dictated.contains(address)
    }
}

/// `sam@example.com`: no link and no mention.
fn is_mail(found: &str) -> bool {
    let parts = found.split_once('@').filter(|_| !found.contains([':', '/', '<', '>']));
    parts.is_some_and(|(name, host)| name.contains(char::is_alphanumeric) && host.contains('.'))
}

/// Whether this is no word of a language: too long, or with capitals again and again within it.
fn is_encoded(word: &str) -> bool {
    let cased: Vec<bool> = word.chars().filter(|c| c.is_alphabetic()).map(char::is_uppercase).collect();
    let rises = cased.windows(2).filter(|pair| matches!(pair, [false, true])).count();
    (word.is_ascii() && word.len() >= LONGEST_WORD) || (rises >= 3 && cased.len() >= 12)
}

/// As much as fits, in whole sentences.
fn within(text: &str, complete: bool, max_words: usize) -> Option<String> {
    let fits = |text: &str| words::cost(text) <= max_words;
    if complete && fits(text) {
        let open = text.ends_with(char::is_alphanumeric);
        return Some(if open { format!("{text}.") } else { text.to_owned() });
    }
    let (mut taken, mut whole) = (String::new(), None);
    for piece in sentences::split(text) {
        let space = if taken.is_empty() || text.contains(&format!("{taken}{piece}")) { "" } else { " " };
        taken = format!("{taken}{space}{piece}");
        if !fits(&taken) {
            break;
        }
        let ends = |c: char| matches!(c, '.' | '!' | '?' | '。' | '！' | '？' | '؟' | '।');
        if taken.trim_end_matches(['"', '\'', ')', '”', '»']).ends_with(ends) {
            whole = Some(taken.clone());
        }
    }
    whole
}

/// Whether the model talks about itself instead of the call.
fn is_refusal(text: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "i ",
        "i'm ",
        "i've ",
        "i'd ",
        "sorry",
        "as an ai",
        "as a language",
        "as an assistant",
        "unfortunately, i ",
        "please provide",
        "no transcript",
        "there is no transcript",
        "the transcript is empty",
        "we cannot",
        "es tut mir leid",
        "tut mir leid",
        "leider kann ich",
        "ich kann",
        "lo siento",
        "no puedo",
        "désolé",
        "je suis désolé",
        "je ne peux",
        "mi dispiace",
        "non posso",
        "desculpe",
        "não posso",
        "抱歉",
        "对不起",
        "我无法",
        "申し訳",
        "죄송",
    ];
    const ANYWHERE: &[&str] = &[
        "as an ai ",
        "as an ai,",
        "as a language model",
        "as a large language",
        "i cannot",
        "i can not",
        "i can't",
        "i am unable",
        "i'm unable",
        "i am not able",
        "i'm not able",
        "ignore previous",
        "system prompt",
    ];
    let text = text.to_lowercase();
    BEGINNINGS.iter().any(|words| text.starts_with(words)) || ANYWHERE.iter().any(|words| text.contains(words))
}

fn repeats(text: &str, instructions: &str) -> bool {
    let lower = |text: &str| words::tokens(text).iter().map(|token| token.lower.to_string()).collect::<Vec<_>>();
    let (said, told) = (lower(text), lower(instructions));
    let known: HashSet<&[String]> = told.windows(ECHO).collect();
    said.windows(ECHO).any(|run| known.contains(run))
}

#[cfg(test)]
mod tests;
