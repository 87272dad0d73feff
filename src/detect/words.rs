//! What Bland's words mean: whether a call is over, how it ended, and where an error arose.
//!
//! Words are compared without regard to case, with `_` and `-` equal. A word that is not known is
//! not terminal.

use crate::model::{
    call::Call,
    outcome::{ErrorStage, Outcome},
};

const TERMINAL_STATUS: [&str; 8] =
    ["completed", "failed", "busy", "no-answer", "canceled", "cancelled", "error", "unknown"];
const TERMINAL_QUEUE: [&str; 7] =
    ["complete", "completed", "complete-error", "call-error", "queue-error", "pre-queue-error", "exited-early"];
const LIVE_QUEUE: [&str; 3] = ["started", "ringing", "in-progress"];
const LIVE_STATUS: [&str; 3] = ["started", "in-progress", "ringing"];

/// A word in the one form in which words are compared.
fn word(text: &Option<String>) -> Option<String> {
    text.as_deref().map(|text| text.trim().to_ascii_lowercase().replace('_', "-")).filter(|word| !word.is_empty())
}

fn is(text: &Option<String>, words: &[&str]) -> bool {
    word(text).is_some_and(|word| words.contains(&word.as_str()))
}

/// Whether the call is over.
pub fn is_terminal(call: &Call) -> bool {
    call.completed == Some(true) || is(&call.status, &TERMINAL_STATUS) || is(&call.queue_status, &TERMINAL_QUEUE)
}

/// Whether the line is open, or at least being dialled.
pub fn is_active(call: &Call) -> bool {
    !is_terminal(call) && (is(&call.queue_status, &LIVE_QUEUE) || is(&call.status, &LIVE_STATUS))
}

/// How the call ended, if it has: the first rule that matches.
pub fn outcome(call: &Call) -> Option<Outcome> {
    if !is_terminal(call) {
        return None;
    }
    let failed = is(&call.status, &["failed", "error"])
        || is(&call.queue_status, &["pre-queue-error", "queue-error", "call-error"]);
    Some(if failed {
        Outcome::Failed
    } else if is(&call.status, &["busy"]) || is(&call.answered_by, &["busy"]) {
        Outcome::Busy
    } else if is(&call.status, &["canceled", "cancelled"]) {
        Outcome::Canceled
    } else if is(&call.status, &["no-answer"]) || is(&call.answered_by, &["no-answer"]) {
        Outcome::NoAnswer
    } else if is(&call.answered_by, &["voicemail", "machine", "answering-machine"]) {
        Outcome::Voicemail
    } else if is(&call.answered_by, &["human"]) {
        Outcome::Human
    } else if is(&call.answered_by, &["unknown"]) {
        Outcome::Unknown
    } else {
        Outcome::Unclassified
    })
}

/// Where in Bland's pipeline an error arose, as far as `queue_status` tells.
pub fn error_stage(call: &Call) -> Option<ErrorStage> {
    match word(&call.queue_status)?.as_str() {
        "pre-queue-error" => Some(ErrorStage::PreQueue),
        "queue-error" => Some(ErrorStage::Queue),
        "call-error" => Some(ErrorStage::Call),
        "complete-error" => Some(ErrorStage::PostCall),
        _ => None,
    }
}

/// The words of a live call that this program does not know, for one note in the log.
pub fn unknown_word(call: &Call) -> Option<String> {
    const WAITING: [&str; 5] = ["new", "queued", "allocated", "scheduled", "pending"];
    if is_terminal(call) || is_active(call) {
        return None;
    }
    [&call.queue_status, &call.status].into_iter().filter_map(word).find(|word| !WAITING.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(completed: Option<bool>, status: &str, queue: &str, answered: &str) -> Call {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Call {
            id: "c1".to_owned(),
            completed,
            status: some(status),
            queue_status: some(queue),
            answered_by: some(answered),
            ..Call::default()
        }
    }

    #[test]
    fn every_known_combination_of_fields_has_its_outcome() {
        let (yes, no) = (Some(true), Some(false));
        for (completed, status, queue, answered, expected) in [
            (no, "", "new", "", None),
            (no, "", "queued", "", None),
            (None, "", "", "", None),
            (no, "", "started", "", None),
            (no, "in_progress", "started", "", None),
            (no, "teleported", "warping", "", None),
            (no, "", "started", "human", None),
            (yes, "completed", "complete", "human", Some(Outcome::Human)),
            (yes, "Completed", "Complete", "HUMAN", Some(Outcome::Human)),
            (yes, "completed", "complete", "voicemail", Some(Outcome::Voicemail)),
            (yes, "completed", "complete", "machine", Some(Outcome::Voicemail)),
            (yes, "completed", "complete", "answering_machine", Some(Outcome::Voicemail)),
            (yes, "completed", "complete", "unknown", Some(Outcome::Unknown)),
            (yes, "completed", "complete", "", Some(Outcome::Unclassified)),
            (yes, "completed", "complete", "martian", Some(Outcome::Unclassified)),
            (yes, "", "", "", Some(Outcome::Unclassified)),
            (yes, "no-answer", "complete", "no-answer", Some(Outcome::NoAnswer)),
            (yes, "no_answer", "complete", "", Some(Outcome::NoAnswer)),
            (yes, "completed", "complete", "no_answer", Some(Outcome::NoAnswer)),
            (yes, "busy", "", "", Some(Outcome::Busy)),
            (yes, "completed", "complete", "busy", Some(Outcome::Busy)),
            (yes, "canceled", "complete", "", Some(Outcome::Canceled)),
            (no, "cancelled", "", "", Some(Outcome::Canceled)),
            (yes, "failed", "queue_error", "", Some(Outcome::Failed)),
            (no, "failed", "complete", "", Some(Outcome::Failed)),
            (no, "error", "queue_error", "", Some(Outcome::Failed)),
            (no, "", "PRE_QUEUE_ERROR", "", Some(Outcome::Failed)),
            (no, "", "call-error", "human", Some(Outcome::Failed)),
            (no, "completed", "started", "", Some(Outcome::Unclassified)),
            (no, "unknown", "", "", Some(Outcome::Unclassified)),
            (no, "", "exited_early", "", Some(Outcome::Unclassified)),
            (yes, "completed", "complete_error", "human", Some(Outcome::Human)),
            (yes, "completed", "complete_error", "", Some(Outcome::Unclassified)),
        ] {
            let call = call(completed, status, queue, answered);
            assert_eq!(outcome(&call), expected, "{completed:?} {status} {queue} {answered}");
            assert_eq!(is_terminal(&call), expected.is_some());
        }
    }

    #[test]
    fn an_error_message_alone_is_no_failure() {
        let mut call = call(Some(true), "completed", "complete", "human");
        call.error = Some("Account not allowed to call +15550100006".to_owned());
        assert_eq!(outcome(&call), Some(Outcome::Human));
    }

    #[test]
    fn the_error_stage_is_told_by_the_queue() {
        for (queue, stage) in [
            ("pre_queue_error", Some(ErrorStage::PreQueue)),
            ("queue_error", Some(ErrorStage::Queue)),
            ("call_error", Some(ErrorStage::Call)),
            ("complete_error", Some(ErrorStage::PostCall)),
            ("complete", None),
            ("", None),
        ] {
            assert_eq!(error_stage(&call(None, "", queue, "")), stage, "{queue}");
        }
    }

    #[test]
    fn unknown_words_are_named_once_the_known_are_set_aside() {
        assert_eq!(unknown_word(&call(Some(false), "", "Warping_Up", "")).as_deref(), Some("warping-up"));
        assert_eq!(unknown_word(&call(Some(false), "", "queued", "")), None);
        assert_eq!(unknown_word(&call(Some(true), "odd", "", "")), None);
    }
}
