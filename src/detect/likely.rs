//! Who an unclassified call plainly sounds like, by its transcript alone.
//!
//! "Plainly" is the point: in doubt the answer is `None`, as people act on what is shown.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::{
    call::{Speaker, Turn},
    outcome::Likely,
};

/// Words of an answering machine's greeting, in the languages met most.
static GREETING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(leave|record) (a|an|me a|us a|your|his|her|their)( \w+){0,3} (message|voicemail|number)\b|\bleave (me|us) (a|your)\b|\b(after|at|wait for) the (beep|tone)\b|\bvoice ?mail(box)?\b|\bmail ?box\b|\bvoice messag(e|ing) system\b|\b(can'?t|cannot|can not|unable to|not able to|not available to) (come to|get to|take|answer|pick up) (the|my|your|our)\b|\b(is|are|am|i'm|we're) (not|un) ?available( right now| at the moment|\.|,|$)|\b(person|number|party|subscriber|customer) you( a|')?(re| have| are) (trying|call|dial|reach)|\bsorry (i|we)('ve| have)? missed (you|your call)\b|\b(get back to|return your call|call you back)[^.]{0,20} as soon as\b|\bdeje (su|un) mensaje\b|\bdespu[eé]s (del|de la) (tono|señal)\b|\blaiss(ez|er) (un|votre) message\b|\bnach dem (signal|piep)?ton\b|\bhinterlassen sie\b|\bdeixe (o )?(seu|sua|um|uma) (recado|mensagem)\b|\blasci(ate)? un messaggio\b",
    )
});

/// Menus, hold loops and call screeners: machines too, but no proof of voicemail.
static MACHINE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\bpress (\d|one|two|three|four|five|six|seven|eight|nine|zero|pound|star|the)\b|\bplease (hold|stay on the line|try again later|state your name|hang up)\b|\byour call (is|may be|will be|has been)\b|\ball (of )?our (agents|representatives|operators)\b|\b(call|screening) (screening|service|assistant)\b|\bstate your name\b|\bpara español\b|\bmenu options\b|\bthank you for calling\b.*\b(hours|press|menu)\b|\byou(')?(ve| have) reached\b|\bnot in service\b|\bbeen disconnected\b|\bare you still there\b|\bforwarded to\b",
    )
});

/// What people say into a silent line; it answers nobody.
static HAIL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^\W*((hello|hi|hey|hallo|hola|allo|yo|um+|uh+|hm+|good (morning|afternoon|evening)|anybody there|who'?s this|who is this|can you hear me)\W*)*$",
    )
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a valid constant")
}

/// Human or voicemail where the transcript shows it plainly, else nothing.
///
/// A screener or greeting may be followed by a person who picks up, so what counts as an answer
/// comes after the agent spoke and after the last words of a machine.
pub fn likely(transcript: &[Turn]) -> Option<Likely> {
    if transcript.iter().any(|turn| is_voicemail_marker(&turn.text)) {
        return Some(Likely::Voicemail);
    }
    let mut greeted = false;
    let mut machine = false;
    let mut agent_spoke = false;
    let mut answers = 0;
    for turn in transcript {
        match turn.speaker {
            Speaker::Assistant => agent_spoke |= turn.text.chars().any(char::is_alphanumeric),
            Speaker::User => {
                let said = opening(&turn.text);
                // Who has talked for a while may well name a mailbox.
                if answers < 3 && is_greeting(said) {
                    greeted = true;
                    answers = 0;
                } else if MACHINE.is_match(said) {
                    machine = true;
                    answers = 0;
                } else if agent_spoke && !HAIL.is_match(said) {
                    answers += 1;
                }
            }
            Speaker::Action | Speaker::Other(_) => {}
        }
    }
    match (greeted, machine, answers) {
        (false, false, 1..) | (_, _, 2..) => Some(Likely::Human),
        (true, _, 0) => Some(Likely::Voicemail),
        _ => None,
    }
}

/// Bland's own note that it hung up on a machine.
pub(crate) fn is_voicemail_marker(text: &str) -> bool {
    let text = opening(text).trim_start();
    text.starts_with('<') && text.to_ascii_lowercase().contains("voicemail detection")
}

/// Whether the words are those of an answering machine.
pub(crate) fn is_greeting(text: &str) -> bool {
    GREETING.is_match(opening(text))
}

/// Enough of a turn to know a machine by; a turn may be megabytes long.
fn opening(text: &str) -> &str {
    text.char_indices().nth(2_000).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(turns: &[(&str, &str)], expected: Option<Likely>) {
        let transcript: Vec<Turn> = turns
            .iter()
            .map(|(speaker, text)| Turn {
                speaker: Speaker::from((*speaker).to_owned()),
                text: (*text).to_owned(),
                at: None,
            })
            .collect();
        assert_eq!(likely(&transcript), expected, "{turns:?}");
    }

    #[test]
    fn a_person_who_answers_the_agent_is_human() {
        check(
            &[("user", "Hello?"), ("assistant", "Hi, is this the flower shop?"), ("user", "Yes, speaking.")],
            Some(Likely::Human),
        );
        check(&[("assistant", "Can I confirm your visit?"), ("user", "yeah")], Some(Likely::Human));
        check(&[("assistant", "¿Puede confirmar la cita?"), ("user", "Sí, claro.")], Some(Likely::Human));
    }

    #[test]
    fn a_machine_greeting_or_blands_marker_is_voicemail() {
        check(&[("user", "Hi, you've reached Bo. Please leave a message after the tone.")], Some(Likely::Voicemail));
        check(
            &[
                ("assistant", "Hello, is this Bo?"),
                ("user", "Bo can't come to the phone right now."),
                ("assistant", "Please call us back."),
            ],
            Some(Likely::Voicemail),
        );
        check(
            &[("assistant", "Hello?"), ("agent-action", "<Call ended due to voicemail detection>")],
            Some(Likely::Voicemail),
        );
        check(&[("user", "Deje su mensaje después del tono.")], Some(Likely::Voicemail));
    }

    #[test]
    fn a_screener_with_a_person_behind_it_is_human() {
        check(
            &[
                ("user", "The person you're calling is using a screening service. State your name."),
                ("assistant", "This is Kim from the garage, your car is ready."),
                ("user", "Oh hi Kim."),
                ("assistant", "You can collect it until six."),
                ("user", "Great, I'll come at five."),
            ],
            Some(Likely::Human),
        );
    }

    #[test]
    fn doubt_says_nothing() {
        check(&[], None);
        check(&[("user", "Hello?")], None);
        check(&[("user", "Hello?"), ("assistant", "Hi, this is Kim."), ("user", "Hello? Hello?")], None);
        check(&[("assistant", "Hi, this is Kim."), ("user", "For opening hours, press one.")], None);
        check(&[("assistant", "Hi, this is Kim."), ("user", "…")], None);
        check(
            &[("user", "Please leave a message after the beep."), ("assistant", "Hi Bo."), ("user", "Wait, I'm here.")],
            None,
        );
    }

    #[test]
    fn a_huge_turn_is_read_only_at_its_start() {
        check(&[("assistant", "Hi."), ("user", &"é".repeat(3_000_000))], Some(Likely::Human));
    }
}
