//! What was really said: a transcript without Bland's markers, with agent actions set apart.

use std::sync::LazyLock;

use regex::Regex;

use crate::{
    detect::likely,
    model::call::{Speaker, Turn},
};

/// Limits that keep a hostile or endless transcript cheap: both ends of a call matter most.
const MAX_TURNS: usize = 1_000;
const MAX_TURN_CHARS: usize = 12_000;

/// The side a turn belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The person on the line.
    Person,
    /// The AI agent.
    Agent,
    /// Someone else, by the index into `Speech::others`.
    Other(usize),
}

#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) role: Role,
    pub(super) text: String,
}

#[derive(Debug, Default)]
pub(super) struct Speech {
    pub(super) turns: Vec<Said>,
    pub(super) others: Vec<String>,
    /// Bland hung up on a machine.
    pub(super) voicemail: bool,
    /// The agent set out to transfer the call.
    pub(super) transfer: bool,
}

/// `<Call Connected>`, `<Cannot be interrupted, user message ignored>` and their like.
static MARKER: LazyLock<Regex> = LazyLock::new(|| regex(r"<[A-Za-z/][^<>]{0,120}>"));

/// The old agent's word for hanging up, said aloud in the transcript.
static FINISH: LazyLock<Regex> = LazyLock::new(|| regex(r"\bFINISH\W*$"));

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a valid constant")
}

impl Speech {
    pub(super) fn of(transcript: &[Turn]) -> Self {
        let mut speech = Self::default();
        let tail = transcript.len().saturating_sub(MAX_TURNS / 2);
        for (at, turn) in transcript.iter().enumerate() {
            if at < MAX_TURNS / 2 || at >= tail {
                speech.take(turn);
            }
        }
        speech
    }

    fn take(&mut self, turn: &Turn) {
        self.voicemail |= likely::is_voicemail_marker(&turn.text);
        let text = clean(&turn.text);
        // "Ended call: Goodbye." holds the agent's last words; "Ended call" alone says nothing.
        if let Some(words) = after(&text, "ended call") {
            self.say(Role::Agent, words.to_owned());
            return;
        }
        if after(&text, "transferring to").is_some() || after(&text, "transferring call").is_some() {
            self.transfer = true;
            return;
        }
        let role = match &turn.speaker {
            Speaker::User => Role::Person,
            Speaker::Assistant => Role::Agent,
            Speaker::Action => return,
            Speaker::Other(name) => self.other(name),
        };
        self.say(role, text);
    }

    fn other(&mut self, name: &str) -> Role {
        let name: String = name.chars().filter(|c| c.is_alphanumeric() || *c == ' ').take(24).collect();
        let name = name.trim().to_owned();
        let known = self.others.iter().position(|other| *other == name);
        Role::Other(known.unwrap_or_else(|| {
            self.others.push(name);
            self.others.len() - 1
        }))
    }

    /// Adds a turn; one that goes on in the middle of a sentence joins the turn before it.
    fn say(&mut self, role: Role, text: String) {
        if !text.chars().any(char::is_alphanumeric) {
            return;
        }
        if let Some(last) = self.turns.last_mut().filter(|last| last.role == role) {
            if last.text.ends_with(text.as_str()) {
                return;
            }
            let open = last.text.ends_with(|c: char| c.is_alphanumeric() || c == ',');
            if open && text.starts_with(char::is_lowercase) && last.text.len() + text.len() < MAX_TURN_CHARS {
                last.text.push(' ');
                last.text.push_str(&text);
                return;
            }
        }
        self.turns.push(Said { role, text });
    }
}

/// One line of plain text without markers, control characters and typographic apostrophes.
fn clean(text: &str) -> String {
    let cut = text.char_indices().nth(MAX_TURN_CHARS).and_then(|(end, _)| text.get(..end)).unwrap_or(text);
    let cut = MARKER.replace_all(cut, " ");
    let cut = FINISH.replace(&cut, "");
    let mut line = String::with_capacity(cut.len());
    for c in cut.chars() {
        match c {
            '’' | '‘' | 'ʼ' => line.push('\''),
            c if c.is_whitespace() || c.is_control() || is_invisible(c) => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            c => line.push(c),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Characters that turn the direction of text or hide in it.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// What follows an action's words and a colon, if the text is that action.
fn after<'a>(text: &'a str, action: &str) -> Option<&'a str> {
    let head = text.get(..action.len())?;
    let rest = text.get(action.len()..)?.trim_start();
    if !head.eq_ignore_ascii_case(action) || !(rest.is_empty() || rest.starts_with(':')) {
        return None;
    }
    Some(rest.trim_start_matches(':').trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speech(turns: &[(&str, &str)]) -> Speech {
        let transcript: Vec<Turn> = turns
            .iter()
            .map(|(who, text)| Turn { speaker: Speaker::from((*who).to_owned()), text: (*text).to_owned(), at: None })
            .collect();
        Speech::of(&transcript)
    }

    #[test]
    fn markers_and_actions_are_no_speech_but_last_words_are() {
        let speech = speech(&[
            ("user", "<Cannot be interrupted, user message ignored> Hi"),
            ("assistant", " FINISH"),
            ("agent-action", "Transferring to: +15550100"),
            ("agent-action", "Ended call: See you on Monday."),
            ("assistant", "Ended call"),
            ("agent-action", "<Call ended due to voicemail detection>"),
        ]);
        let said: Vec<&str> = speech.turns.iter().map(|said| said.text.as_str()).collect();
        assert_eq!(said, ["Hi", "See you on Monday."]);
        assert!(speech.transfer && speech.voicemail);
    }

    #[test]
    fn a_sentence_broken_over_turns_is_joined_and_an_echo_dropped() {
        let speech = speech(&[("user", "I want to"), ("user", "move my visit."), ("user", "move my visit.")]);
        assert_eq!(speech.turns.len(), 1);
        assert_eq!(speech.turns[0].text, "I want to move my visit.");
    }
}
