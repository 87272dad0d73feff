//! A short text that says what a call was about and what came of it, and the facts that were settled.
//!
//! Bland's own summary is preferred; without it, the telling sentences of the transcript are
//! extracted, labelled by speaker, in order. Nothing is said that is not in the call. Pure and deterministic.

pub mod config;

mod clock;
mod details;
mod intro;
mod lexicon;
mod marks;
mod money;
mod names;
mod numbers;
#[cfg(test)]
mod properties;
mod render;
mod score;
mod select;
pub(crate) mod sentences;
mod settle;
mod speech;
mod stance;
mod talk;
#[cfg(test)]
mod tests;
mod trim;
mod values;
mod words;

use crate::{
    detect::likely,
    model::{call::Call, outcome::Likely},
    summary::{
        config::{Config, Source},
        settle::Ledger,
        speech::{Role, Speech},
        talk::Talk,
    },
};

/// What a call was about, in a few words and facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub text: String,
    /// `bland` or `extract`.
    pub source: &'static str,
    /// Dates, times, amounts, codes and names that were settled in the call.
    pub details: Vec<String>,
}

/// The summary from the first source of `config.order` that has one; nothing for a call that says nothing.
///
/// The details always come from the transcript. `llm` is passed over here: this module does no I/O.
pub fn summarize(call: &Call, config: &Config) -> Option<Summary> {
    let speech = Speech::of(&call.transcript);
    let talk = Talk::of(&speech);
    let voicemail = is_voicemail(call, &speech);
    let ledger = if voicemail { Ledger::of_message(&talk) } else { Ledger::of(&talk) };
    let found = config.order.iter().find_map(|source| match source {
        Source::Bland => bland(call).map(|text| (text, "bland")),
        Source::Llm => None,
        Source::Extract => {
            extract(call, &speech, &talk, &ledger, voicemail, config.max_words.get()).map(|text| (text, "extract"))
        }
    });
    let (text, source) = found?;
    Some(Summary { text, source, details: details::details(&talk, &ledger) })
}

fn bland(call: &Call) -> Option<String> {
    call.summary.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn extract(
    call: &Call,
    speech: &Speech,
    talk: &Talk<'_>,
    ledger: &Ledger,
    voicemail: bool,
    budget: usize,
) -> Option<String> {
    if voicemail {
        return Some(message(talk, speech, ledger, budget));
    }
    if talk.lines.is_empty() {
        return None;
    }
    let note = if speech.transfer { transfer_note(call) } else { "" };
    let pieces = select::select(talk, ledger, budget - words::cost(note), None, call.inbound);
    if pieces.is_empty() {
        return Some(if note.is_empty() { "No conversation.".to_owned() } else { note.to_owned() });
    }
    let text = render::text(&pieces, speech, call.inbound, false);
    let text = render::cut(&text, budget - words::cost(note));
    Some(if note.is_empty() { text } else { format!("{text} {note}") })
}

/// A transfer is claimed only when Bland has proved it.
fn transfer_note(call: &Call) -> &'static str {
    if call.transferred_to.is_some() { "Call transferred." } else { "Transfer attempted." }
}

/// What was left on a machine, or that nothing was.
fn message(talk: &Talk<'_>, speech: &Speech, ledger: &Ledger, budget: usize) -> String {
    const LABEL: &str = "Voicemail message:";
    let pieces = select::select(talk, ledger, budget - 2, Some(Role::Agent), None);
    // "Hello, is this Sam?" was said to the greeting, not left as a message.
    let said = talk.lines.iter().filter(|line| line.role == Role::Agent && !line.is_question());
    let words: usize = said.map(|line| line.tokens.len()).sum();
    if pieces.is_empty() || words < 8 {
        return "Voicemail greeting only, no message left.".to_owned();
    }
    let text = render::text(&pieces, speech, None, true);
    format!("{LABEL} {}", render::cut(&text, budget - 2))
}

/// Bland's word for it, unless the transcript plainly has a person on the line.
fn is_voicemail(call: &Call, speech: &Speech) -> bool {
    let word = call.answered_by.as_deref().unwrap_or_default().to_ascii_lowercase().replace('-', "_");
    let said = matches!(word.as_str(), "voicemail" | "machine" | "answering_machine");
    let likely = likely::likely(&call.transcript);
    let spoken = !speech.turns.is_empty();
    spoken && (speech.voicemail || likely == Some(Likely::Voicemail) || (said && likely != Some(Likely::Human)))
}
