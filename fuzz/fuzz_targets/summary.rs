//! Whatever is said in a call: the summary keeps to its length, and every number in it was said.
//!
//! The input is a transcript, a turn a line: `U: …` the other side, `A: …` the agent, `X: …` an action, `N: …` a nurse;
//! and `F: key=value` what Bland found out.

#![no_main]

use std::num::NonZeroUsize;

use libfuzzer_sys::fuzz_target;
use ringback::{
    detect::likely,
    model::call::{Call, Finding, Speaker, Turn},
    summary::{config::Config, summarize},
};

fuzz_target!(|said: &str| {
    let (found, spoken): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| line.starts_with("F: "));
    let transcript: Vec<Turn> = spoken.into_iter().map(turn).collect();
    let max_words = NonZeroUsize::new(10 + transcript.len() % 36).expect("ten or more");
    let findings = found.into_iter().filter_map(finding).collect();
    let call = Call { transcript, findings, inbound: Some(max_words.get() % 2 == 0), ..Call::default() };
    let config = Config { max_words, ..Config::default() };
    likely::likely(&call.transcript);
    let Some(summary) = summarize(&call, &config) else { return };
    assert_eq!(summarize(&call, &config).as_ref(), Some(&summary));
    let words = summary.text.split_whitespace().count();
    assert!(words <= max_words.get(), "{words} words of {max_words}: {:?}", summary.text);
    for number in numbers(&summary.text) {
        assert!(said.contains(number), "{number} was not said: {:?}", summary.text);
    }
});

/// A key in capitals stands for a variable.
fn finding(line: &str) -> Option<Finding> {
    let (key, text) = line.strip_prefix("F: ")?.split_once('=')?;
    let analysed = !key.starts_with(char::is_uppercase);
    Some(Finding { key: key.to_owned(), text: text.to_owned(), analysed })
}

fn turn(line: &str) -> Turn {
    let (speaker, text) = match line.split_once(": ") {
        Some(("U", text)) => (Speaker::User, text),
        Some(("A", text)) => (Speaker::Assistant, text),
        Some(("X", text)) => (Speaker::Action, text),
        // What is written of a name is no word that was said.
        Some(("N", text)) => (Speaker::Other("Nurse".to_owned()), text),
        _ => (Speaker::User, line),
    };
    Turn { speaker, text: text.to_owned(), at: None }
}

/// Runs of digits.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty())
}
