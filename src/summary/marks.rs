//! What kind of sentence something is, by fixed phrases of English phone calls.

use std::sync::LazyLock;

use regex::Regex;

/// The kinds of sentence that are told apart; a sentence may be of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Mark {
    Greeting,
    Closing,
    /// Only "yes", "okay", "I see" and the like.
    BackChannel,
    /// Who is speaking, how are you, is now a good time.
    Opener,
    Purpose,
    Intent,
    /// Something was done or refused: the result of the call.
    Done,
    /// Someone will do something, or asks the other to.
    Promise,
    /// Reads back what was agreed.
    Confirm,
    /// Puts right what was said before.
    Correction,
    Offer,
    /// What was named is not possible or not wanted.
    Unavailable,
    /// States what is so: a price, a balance, a date.
    Fact,
    AnythingElse,
    FirstPerson,
    SecondPerson,
    Negation,
    When,
    SideTalk,
    /// A question, where the transcriber may have left out the mark.
    Question,
    /// "I can transfer you", "let me check": work in progress that says nothing of the result.
    Working,
}

impl Mark {
    pub(super) const ALL: [Mark; COUNT] = [
        Self::Greeting,
        Self::Closing,
        Self::BackChannel,
        Self::Opener,
        Self::Purpose,
        Self::Intent,
        Self::Done,
        Self::Promise,
        Self::Confirm,
        Self::Correction,
        Self::Offer,
        Self::Unavailable,
        Self::Fact,
        Self::AnythingElse,
        Self::FirstPerson,
        Self::SecondPerson,
        Self::Negation,
        Self::When,
        Self::SideTalk,
        Self::Question,
        Self::Working,
    ];
}

const COUNT: usize = Mark::Working as usize + 1;
/// The sections after those of the marks.
const DEED: usize = COUNT;
const ANSWERS: usize = COUNT + 1;
const CALLS: usize = COUNT + 2;
const MACHINE: usize = COUNT + 3;

// One expression each: a `RegexSet` of all overflows the matcher's cache and is ten times slower.
static EXPRESSIONS: LazyLock<Vec<Regex>> = LazyLock::new(|| sections().map(|(_, phrases)| compile(&phrases)).collect());

/// The headings of `phrases.txt`, which are in the order of `Mark`, and the lines under each.
fn sections() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let parts = include_str!("phrases.txt").split("\n[").skip(1);
    parts.filter_map(|part| {
        let (name, lines) = part.split_once("]\n")?;
        Some((name, lines.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()))
    })
}

/// One expression for all phrases. ASCII classes keep the matcher fast on accented text too.
fn compile(phrases: &[&str]) -> Regex {
    let pattern = phrases.iter().map(|phrase| bounded(phrase)).collect::<Vec<_>>().join("|");
    let ascii = pattern.replace(r"\b", r"(?-u:\b)").replace(r"\W", "[^a-z0-9_]").replace(r"\w", "[a-z0-9_]");
    Regex::new(&format!("(?i){ascii}")).expect("the phrases are valid constants")
}

/// The phrase held to the edges of words.
fn bounded(phrase: &str) -> String {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '(' | ')' | '*' | '+');
    let start = if phrase.starts_with(word) { r"\b" } else { "" };
    let ends = phrase.ends_with(word) || (phrase.ends_with('?') && !phrase.ends_with(r"\?"));
    format!("{start}(?:{phrase}){}", if ends { r"\b" } else { "" })
}

/// The marks of one sentence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks(u32);

impl Marks {
    pub(super) fn of(sentence: &str) -> Self {
        let found = EXPRESSIONS.iter().take(COUNT).enumerate().filter(|(_, expression)| expression.is_match(sentence));
        Self(found.fold(0, |marks, (at, _)| marks | 1 << at))
    }

    pub(super) fn has(self, mark: Mark) -> bool {
        self.0 & (1 << mark as u8) != 0
    }

    pub(super) fn add(&mut self, mark: Mark) {
        self.0 |= 1 << mark as u8;
    }

    pub(super) fn any(self, marks: &[Mark]) -> bool {
        marks.iter().any(|mark| self.has(*mark))
    }
}

pub(super) fn tells_of_a_deed(sentence: &str) -> bool {
    const NOT: &[&str] = &[
        "i've looked",
        "i've checked",
        "i have checked",
        "i've tried",
        "i've called",
        "we've missed",
        "i just wanted",
        "i just need",
    ];
    let lower = sentence.to_ascii_lowercase();
    EXPRESSIONS.get(DEED).is_some_and(|deed| deed.is_match(sentence))
        && !sentence.ends_with('?')
        && !NOT.iter().any(|phrase| lower.contains(phrase))
}

/// Whether a machine says this that takes messages.
pub(super) fn is_machine(sentence: &str) -> bool {
    EXPRESSIONS.get(MACHINE).is_some_and(|phrases| phrases.is_match(sentence))
}

/// Whether an agent that says this was called, or calls somebody.
pub(super) fn is_called(sentence: &str) -> Option<bool> {
    let says = |section: usize| EXPRESSIONS.get(section).is_some_and(|phrases| phrases.is_match(sentence));
    if says(ANSWERS) { Some(true) } else { says(CALLS).then_some(false) }
}

/// Asks for what only proves who somebody is.
pub(super) fn verifies(sentence: &str) -> bool {
    const PROOFS: &[&str] = &[
        "date of birth",
        "birth date",
        "birthdate",
        "social security",
        "last four digits",
        "security question",
        "mother's maiden",
    ];
    let lower = sentence.to_ascii_lowercase();
    PROOFS.iter().any(|proof| lower.contains(proof))
}

/// Whether a phrase of the sentence says that what it names is off the table.
pub(super) fn is_unavailable(clause: &str) -> bool {
    EXPRESSIONS.get(Mark::Unavailable as usize).is_some_and(|expression| expression.is_match(clause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phrases_stand_in_the_order_of_the_marks() {
        let names: Vec<&str> = sections().map(|(name, _)| name).collect();
        assert_eq!(names[DEED..], ["Deed", "Answers", "Calls", "Machine"]);
        for mark in [Mark::Greeting, Mark::Purpose, Mark::Done, Mark::SideTalk, Mark::Working] {
            assert_eq!(names[mark as usize], format!("{mark:?}"));
        }
    }

    #[test]
    fn phrases_have_their_marks() {
        for (text, mark) in [
            ("Hi there!", Mark::Greeting),
            ("Thanks, goodbye.", Mark::Closing),
            ("Okay, sounds good.", Mark::BackChannel),
            ("This is Ana from the clinic.", Mark::Opener),
            ("I'm calling about my bill.", Mark::Purpose),
            ("could I get a table", Mark::Intent),
            ("You're all booked for Friday.", Mark::Done),
            ("We'll text you the address.", Mark::Promise),
            ("So that's two rooms, correct?", Mark::Confirm),
            ("Actually, make it three.", Mark::Correction),
            ("How about Tuesday?", Mark::Offer),
            ("Tuesday doesn't work.", Mark::Unavailable),
            ("The total comes to $20.", Mark::Fact),
            ("Is there anything else?", Mark::AnythingElse),
            ("I know", Mark::FirstPerson),
            ("your call", Mark::SecondPerson),
            ("it isn't", Mark::Negation),
            ("on Monday", Mark::When),
            ("my dog is barking", Mark::SideTalk),
            ("can you come by", Mark::Question),
            ("Let me check that.", Mark::Working),
        ] {
            assert!(Marks::of(text).has(mark), "{text} is not {mark:?}");
        }
        assert!(!Marks::of("The pipe in the kitchen leaks.").any(&[Mark::BackChannel, Mark::Done, Mark::Greeting]));
    }
}
