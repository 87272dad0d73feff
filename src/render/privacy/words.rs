//! What words are to the masking: digits that are said, what may stand between them, what they are about.
//!
//! The words themselves are data, in `words.txt`.

use std::{collections::HashMap, sync::LazyLock};

/// What a word means; most words are in no table.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Word {
    pub(super) number: Option<Number>,
    roles: u32,
}

/// A number's word, and the language that it is of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    pub(super) is: Is,
    pub(super) language: &'static str,
    /// A number only beside other digits: "oh", "null", "once".
    pub(super) weak: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    /// Below a hundred.
    Value(u32),
    Hundred,
    Thousand,
    Times(usize),
    Join,
}

/// What else a word can be; one can be several things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Role {
    Plus,
    Pause,
    Link,
    And,
    Unit,
    Call,
    Phone,
    Code,
    Social,
    Card,
    Check,
    Expiry,
    Mail,
    At,
    Sign,
    Dot,
    Score,
    Dash,
    Stop,
}

const ROLES: [(&str, Role); 19] = [
    ("plus", Role::Plus),
    ("pause", Role::Pause),
    ("link", Role::Link),
    ("and", Role::And),
    ("unit", Role::Unit),
    ("call", Role::Call),
    ("phone", Role::Phone),
    ("code", Role::Code),
    ("social", Role::Social),
    ("card", Role::Card),
    ("check", Role::Check),
    ("expiry", Role::Expiry),
    ("mail", Role::Mail),
    ("at", Role::At),
    ("sign", Role::Sign),
    ("dot", Role::Dot),
    ("score", Role::Score),
    ("dash", Role::Dash),
    ("stop", Role::Stop),
];

impl Word {
    pub(super) fn plays(&self, role: Role) -> bool {
        self.roles & (1 << role as u32) != 0
    }

    pub(super) fn value(&self) -> Option<u32> {
        match self.number?.is {
            Is::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// Longer words are looked up by nobody.
const MAX_BYTES: usize = 24;

/// What the word means, in whatever letters it is written.
pub(super) fn meaning(word: &str) -> Option<&'static Word> {
    if word.len() > MAX_BYTES {
        return None;
    }
    if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return WORDS.get(word);
    }
    WORDS.get(word.replace('’', "'").to_lowercase().as_str())
}

static WORDS: LazyLock<HashMap<String, Word>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for line in include_str!("words.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut parts = line.split_whitespace();
        let (Some(language), Some(meaning)) = (parts.next(), parts.next()) else { continue };
        for word in parts {
            add(&mut words, language, meaning, word);
        }
    }
    add_compounds(&mut words);
    words
});

fn add(words: &mut HashMap<String, Word>, language: &'static str, meaning: &str, word: &str) {
    let known = words.entry(word.trim_end_matches('?').to_owned()).or_default();
    if let Some((_, role)) = ROLES.iter().find(|(name, _)| *name == meaning) {
        known.roles |= 1 << *role as u32;
    } else if let Some(is) = number(meaning) {
        known.number = known.number.or(Some(Number { is, language, weak: word.ends_with('?') }));
    }
}

fn number(meaning: &str) -> Option<Is> {
    match meaning {
        "join" => Some(Is::Join),
        "100" => Some(Is::Hundred),
        "1000" => Some(Is::Thousand),
        _ => match meaning.strip_prefix('x') {
            Some(times) => times.parse().ok().map(Is::Times),
            None => meaning.parse().ok().map(Is::Value),
        },
    }
}

/// German says the ones first, and in one word: "fünfundzwanzig".
fn add_compounds(words: &mut HashMap<String, Word>) {
    let german: Vec<(String, u32)> = words
        .iter()
        .filter(|(_, word)| word.number.is_some_and(|number| number.language == "de"))
        .filter_map(|(text, word)| Some((text.clone(), word.value()?)))
        .collect();
    for (one, ones) in german.iter().filter(|(text, value)| (1..10).contains(value) && text != "eins") {
        for (ten, tens) in german.iter().filter(|(_, value)| *value >= 20) {
            let is = Is::Value(tens + ones);
            let word = words.entry(format!("{one}und{ten}")).or_default();
            word.number = Some(Number { is, language: "de", weak: false });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_three_languages_have_their_value() {
        for (word, value) in [
            ("Oh", 0),
            ("FIVE", 5),
            ("zwo", 2),
            ("fünfundsiebzig", 75),
            ("einunddreissig", 31),
            ("veintidós", 22),
            ("ninety", 90),
        ] {
            assert_eq!(meaning(word).and_then(Word::value), Some(value), "{word}");
        }
        assert!(meaning("dash").unwrap().plays(Role::Pause) && meaning("dash").unwrap().plays(Role::Dash));
        assert!(meaning("that’s").unwrap().plays(Role::Link));
        assert!(meaning("appointment").is_none());
    }

    #[test]
    fn every_line_of_the_table_means_something() {
        for line in include_str!("words.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let what = line.split_whitespace().nth(1).unwrap();
            assert!(number(what).is_some() || ROLES.iter().any(|(name, _)| *name == what), "{line}");
        }
    }
}
