//! A short text that says what a call was about and what came of it, and the facts that were settled.
//!
//! Bland's own summary is preferred; without it, the telling sentences of the transcript are
//! extracted, labelled by speaker, in order. Nothing is said that is not in the call. Pure and deterministic.

pub mod config;

#[cfg(test)]
mod api_tests;
mod bearing;
mod chances;
mod clock;
mod counts;
mod days;
pub mod detail;
mod details;
mod features;
mod findings;
pub mod fitting;
mod foreign;
mod intro;
mod lexicon;
mod marks;
mod money;
mod names;
mod numbers;
mod outcome;
mod pieces;
#[cfg(test)]
mod properties;
mod render;
mod score;
mod select;
pub(crate) mod sentences;
mod settle;
mod slots;
mod speech;
mod stance;
mod talk;
#[cfg(test)]
mod tests;
mod threads;
mod trim;
mod value;
mod values;
pub mod vet;
mod weights;
mod words;

use crate::{
    detect::likely,
    model::{call::Call, outcome::Likely},
    summary::{
        config::{Config, Source},
        detail::Detail,
        marks::Mark,
        outcome::Said,
        pieces::Piece,
        settle::Ledger,
        speech::{Role, Speech},
        talk::Talk,
    },
};

/// What a call was about, in a few words and facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub text: String,
    /// `bland`, `llm` or `extract`.
    pub source: &'static str,
    /// Why the call was made, what came of it, and what is to happen, each in the speaker's words.
    pub purpose: Option<String>,
    pub outcome: Option<String>,
    pub next_step: Option<String>,
    /// Dates, times, amounts, codes and names that were settled in the call.
    pub details: Vec<Detail>,
}

/// The summary from the first source of `config.order` that has one; nothing for a call that says nothing.
///
/// Parts and details come from the transcript, but for what Bland knows better: how the call ended, and what
/// it found out. `llm` is passed over here: this module does no I/O.
pub fn summarize(call: &Call, config: &Config) -> Option<Summary> {
    summarize_with(call, None, config)
}

/// The same with what a language model wrote, where it was asked.
pub fn summarize_with(call: &Call, written: Option<&str>, config: &Config) -> Option<Summary> {
    let speech = Speech::of(&call.transcript);
    let talk = Talk::of(&speech);
    let voicemail = is_voicemail(call, &speech);
    let ledger = if voicemail { Ledger::of_message(&talk) } else { Ledger::of(&talk) };
    let extract = extract(call, &speech, &talk, &ledger, voicemail, config.max_words.get());
    let found = config.order.iter().find_map(|source| match source {
        Source::Bland => bland(call).map(|text| (text, "bland")),
        Source::Llm => written.map(|text| (text.to_owned(), "llm")),
        Source::Extract => extract.text.clone().map(|text| (text, "extract")),
    });
    let (text, source) = found?;
    let Extract { purpose, outcome, next_step, .. } = extract;
    let outcome = outcome::outcome(call, outcome);
    let details = details::details(&talk, &ledger, findings::facts(call));
    Some(Summary { text, source, purpose, outcome, next_step, details })
}

/// Whether a language model is to write the summary of this call: one is set up, something was said, and no
/// source before it has a summary.
pub fn wants_llm(call: &Call, config: &Config) -> bool {
    let Some(place) = config.order.iter().position(|source| *source == Source::Llm) else { return false };
    let before = Config { order: config.order.iter().take(place).copied().collect(), ..config.clone() };
    config.llm.is_some() && !Speech::of(&call.transcript).turns.is_empty() && summarize(call, &before).is_none()
}

fn bland(call: &Call) -> Option<String> {
    call.summary.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// What the transcript alone gives.
#[derive(Debug, Default)]
struct Extract {
    text: Option<String>,
    purpose: Option<String>,
    outcome: Option<Said>,
    next_step: Option<String>,
}

fn extract(call: &Call, speech: &Speech, talk: &Talk<'_>, ledger: &Ledger, voicemail: bool, budget: usize) -> Extract {
    if voicemail {
        return message(talk, speech, ledger, budget);
    }
    let note = if speech.transfer { transfer_note(call) } else { "" };
    if talk.lines.is_empty() {
        return Extract::default();
    }
    let room = budget - words::cost(note);
    let selection = select::select(talk, ledger, room, None, call.inbound);
    let part = |piece: Option<&Piece>| {
        piece.map(|piece| render::text(std::slice::from_ref(piece), speech, call.inbound, false))
    };
    let text = match (selection.pieces.is_empty(), note) {
        (true, "") => "No conversation.".to_owned(),
        (true, note) => note.to_owned(),
        (false, note) => {
            let text = render::text(&selection.pieces, speech, call.inbound, false);
            format!("{} {note}", render::cut(&text, room)).trim_end().to_owned()
        }
    };
    Extract {
        text: Some(text),
        purpose: part(selection.purpose()),
        outcome: selection.outcome().zip(part(selection.outcome())).map(|(piece, text)| {
            let line = talk.lines.get(piece.line);
            let plainly = line.is_some_and(|line| line.marks.any(&[Mark::Done, Mark::Confirm]));
            Said { text, plainly }
        }),
        next_step: part(selection.next_step()),
    }
}

/// A transfer is claimed only when Bland has proved it.
fn transfer_note(call: &Call) -> &'static str {
    if call.transferred_to.is_some() { "Call transferred." } else { "Transfer attempted." }
}

/// What was left on a machine, or that nothing was.
fn message(talk: &Talk<'_>, speech: &Speech, ledger: &Ledger, budget: usize) -> Extract {
    const LABEL: &str = "Voicemail message:";
    let selection = select::select(talk, ledger, budget - 2, Some(Role::Agent), Some(false));
    // "Hello, is this Sam?" was said to the greeting, not left as a message.
    let said = talk.lines.iter().filter(|line| line.role == Role::Agent && !line.is_question());
    let words: usize = said.map(|line| line.tokens.len()).sum();
    if selection.pieces.is_empty() || words < 8 {
        let nothing = "Voicemail greeting only, no message left.".to_owned();
        let outcome = Some(Said { text: nothing.clone(), plainly: true });
        return Extract { text: Some(nothing), outcome, ..Extract::default() };
    }
    let text = render::text(&selection.pieces, speech, None, true);
    let part = |piece: Option<&Piece>| piece.map(|piece| render::text(std::slice::from_ref(piece), speech, None, true));
    Extract {
        text: Some(format!("{LABEL} {}", render::cut(&text, budget - 2))),
        purpose: part(selection.purpose().or(selection.outcome())),
        outcome: Some(Said { text: "Voicemail message left.".to_owned(), plainly: true }),
        next_step: part(selection.next_step()),
    }
}

/// Bland's word for it, unless the transcript plainly has a person on the line.
fn is_voicemail(call: &Call, speech: &Speech) -> bool {
    let word = call.answered_by.as_deref().unwrap_or_default().to_ascii_lowercase().replace('-', "_");
    let said = matches!(word.as_str(), "voicemail" | "machine" | "answering_machine");
    let likely = likely::likely(&call.transcript);
    let spoken = !speech.turns.is_empty();
    spoken && (speech.voicemail || likely == Some(Likely::Voicemail) || (said && likely != Some(Likely::Human)))
}
