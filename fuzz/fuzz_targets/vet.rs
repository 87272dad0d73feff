//! Whatever was said in a call and whatever a model wrote of it: what passes is one plain line without links,
//! mentions and chat marks, within its length.
//!
//! The input is what the model wrote up to a line of `---`, then the transcript, a turn a line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ringback::{
    model::call::{Speaker, Turn},
    summary::vet::{Task, vet},
};

fuzz_target!(|input: &str| {
    let (written, said) = input.split_once("\n---\n").unwrap_or((input, ""));
    let speaker = |at: usize| if at.is_multiple_of(2) { Speaker::User } else { Speaker::Assistant };
    let turn = |(at, text): (usize, &str)| Turn { speaker: speaker(at), text: text.to_owned(), at: None };
    let turns: Vec<Turn> = said.lines().enumerate().map(turn).collect();
    let max_words = 10 + turns.len() % 36;
    let instructions =
        "Use only what was said. No links, headings, lists or markup; nothing about yourself or this task.";
    let task = Task { instructions, fence: "call_0123456789abcdef", max_words };
    for complete in [false, true] {
        let Ok(text) = vet(written, complete, &turns, &task) else { continue };
        let words = text.split_whitespace().count();
        assert!((1..=max_words).contains(&words), "{words} words of {max_words}: {text:?}");
        assert!(!text.chars().any(|c| c.is_control() || "<>{}[]|\\`*".contains(c)), "{text:?}");
        assert!(!text.contains("://") && !text.to_lowercase().contains(task.fence), "{text:?}");
        for word in text.split_whitespace().filter(|word| word.contains('@')) {
            assert!(word.split('@').next().is_some_and(|name| !name.is_empty()), "{word:?} mentions somebody");
        }
        assert!(!said.trim().is_empty() || !text.contains(|c: char| c.is_ascii_digit()), "{text:?}");
    }
});
