//! What came of a call where Bland knows it better than the words: a transfer, a call that nobody took, and the
//! agent's own verdict where nobody said a result.

use super::{render, words};
use crate::{
    detect::{likely, words as detected},
    model::{
        call::Call,
        outcome::{Likely, Outcome},
    },
};

/// A disposition of more words is cut.
const WORDS: usize = 12;
/// Whom a call was put through to, as a word. Counted in characters.
const LONGEST_NAME: usize = 40;

/// What was said of the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: String,
    /// Somebody said that it is so; else it is only the line that comes closest.
    pub(super) plainly: bool,
}

/// The outcome as a sentence, from the first that tells one.
pub(super) fn outcome(call: &Call, said: Option<Said>) -> Option<String> {
    let (plain, inferred) = match said {
        Some(said) if said.plainly => (Some(said.text), None),
        said => (None, said.map(|said| said.text)),
    };
    transferred(call)
        .or_else(|| unreached(call))
        .or(plain)
        .or_else(|| disposition(call))
        .or(inferred)
        .or_else(|| hung_up(call))
}

/// That the call was put through, and to whom: Bland has proved it.
fn transferred(call: &Call) -> Option<String> {
    let to = call.transferred_to.as_deref()?.trim();
    let digits = to.chars().filter(char::is_ascii_digit).count();
    // Shorter numbers could not be masked in a sentence.
    let number = (7..=15).contains(&digits)
        && to.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | '(' | ')' | ' '));
    let name = to.chars().all(|c| c.is_alphabetic() || c == ' ') && to.chars().nth(LONGEST_NAME).is_none();
    let whom = !to.is_empty() && (number || name);
    Some(if whom { format!("Transferred to {to}.") } else { "Call transferred.".to_owned() })
}

/// That nobody took it, unless the transcript plainly has a person or a machine on the line.
fn unreached(call: &Call) -> Option<String> {
    let outcome = detected::outcome(call)?;
    let says = match outcome {
        Outcome::NoAnswer => "No answer.",
        Outcome::Busy => "The line was busy.",
        Outcome::Canceled => "The call was canceled.",
        Outcome::Failed => "The call failed.",
        _ => return None,
    };
    let reached = match likely::likely(&call.transcript) {
        Some(Likely::Human | Likely::Voicemail) => true,
        None => false,
    };
    (!reached).then(|| says.to_owned())
}

/// `CALL_BACK_SCHEDULED` as "Call back scheduled." The agent's word for a transfer proves none, and that it
/// ended the call is no result.
fn disposition(call: &Call) -> Option<String> {
    let words = call.disposition.as_deref()?.trim().replace(['_', '-'], " ").to_lowercase();
    match words.as_str() {
        "" | "agent ended call" => None,
        "transferred" => Some("Transfer attempted.".to_owned()),
        words => Some(sentence(words)),
    }
}

fn sentence(words: &str) -> String {
    let text = super::trim::capitalise(words);
    if words::cost(&text) > WORDS { render::cut(&text, WORDS) } else { text + "." }
}

/// That the other side ended it, which is news where nothing came of the call.
fn hung_up(call: &Call) -> Option<String> {
    let user = call.ended_by.as_deref() == Some("user");
    user.then(|| format!("{} ended the call.", render::person(call.inbound)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::call::{Speaker, Turn};

    /// A call with these facts: `to`, `status`, `disposition`, `ended by`.
    fn call(facts: [&str; 4]) -> Call {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let [to, status, disposition, ended_by] = facts.map(some);
        Call { transferred_to: to, status, disposition, ended_by, completed: Some(true), ..Call::default() }
    }

    #[test]
    fn what_the_api_knows_comes_before_what_was_said() {
        let plainly = Some(("Agent: I've booked Friday.", true));
        let vaguely = Some(("Person: Friday, maybe.", false));
        for (facts, said, expected) in [
            (["", "completed", "COMPLETED_ACTION", "user"], plainly, Some("Agent: I've booked Friday.")),
            (["", "completed", "CALL_BACK_SCHEDULED", ""], vaguely, Some("Call back scheduled.")),
            (["", "completed", "CALL_BACK_SCHEDULED", ""], None, Some("Call back scheduled.")),
            (["", "completed", "", "user"], vaguely, Some("Person: Friday, maybe.")),
            (["", "completed", "AGENT_ENDED_CALL", "assistant"], vaguely, Some("Person: Friday, maybe.")),
            (["", "completed", "AGENT_ENDED_CALL", "assistant"], None, None),
            (["", "completed", " ", "user"], None, Some("Person ended the call.")),
            (["", "completed", "", "assistant"], None, None),
            // The agent's own word proves no transfer.
            (["", "completed", "TRANSFERRED", ""], None, Some("Transfer attempted.")),
            (["+15550100007", "completed", "TRANSFERRED", ""], plainly, Some("Transferred to +15550100007.")),
            (["Billing", "completed", "", ""], None, Some("Transferred to Billing.")),
            (["4711", "completed", "", ""], None, Some("Call transferred.")),
            (["sip:desk@example.com", "completed", "", ""], vaguely, Some("Call transferred.")),
            (["", "no-answer", "INTERESTED", ""], vaguely, Some("No answer.")),
            (["", "busy", "", ""], None, Some("The line was busy.")),
            (["", "canceled", "", ""], None, Some("The call was canceled.")),
            (["", "failed", "FAILED", ""], vaguely, Some("The call failed.")),
        ] {
            let said = said.map(|(text, plainly)| Said { text: text.to_owned(), plainly });
            assert_eq!(outcome(&call(facts), said.clone()).as_deref(), expected, "{facts:?} {said:?}");
        }
    }

    #[test]
    fn a_person_on_the_line_was_reached_whatever_the_status_says() {
        let turn = |speaker, text: &str| Turn { speaker, text: text.to_owned(), at: None };
        let mut call = call(["", "no-answer", "", ""]);
        call.transcript = vec![
            turn(Speaker::User, "Hello?"),
            turn(Speaker::Assistant, "Hi, it's Kim. Can we visit you on Friday?"),
            turn(Speaker::User, "Sure, Friday is fine with me."),
        ];
        let said = Some(Said { text: "Person: Friday is fine.".to_owned(), plainly: true });
        assert_eq!(outcome(&call, said).as_deref(), Some("Person: Friday is fine."));
    }

    #[test]
    fn a_disposition_of_ones_own_is_a_short_sentence() {
        let mut call = call(["", "completed", "My own tag", ""]);
        assert_eq!(outcome(&call, None).as_deref(), Some("My own tag."));
        call.disposition = Some("on and ".repeat(50));
        assert!(outcome(&call, None).is_some_and(|text| text.ends_with('…') && words::cost(&text) <= WORDS));
    }
}
