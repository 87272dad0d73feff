//! Names that a text holds and nobody said.
//!
//! A capital shows a name where it need not stand: not at the beginning of a sentence, and not in German,
//! which capitalises its nouns. There, only what plainly is a name counts.

use super::Heard;
use crate::summary::words::{self, Token};

const TITLES: &[&str] = &[
    "dr",
    "doctor",
    "mr",
    "mrs",
    "ms",
    "miss",
    "mister",
    "prof",
    "professor",
    "herr",
    "herrn",
    "frau",
    "señor",
    "señora",
    "monsieur",
    "madame",
];
/// Who takes part in a call, and what needs no saying.
const PLAIN: &[&str] = &[
    "agent",
    "assistant",
    "ai",
    "am",
    "pm",
    "a.m",
    "p.m",
    "caller",
    "callers",
    "person",
    "customer",
    "client",
    "patient",
    "user",
    "guest",
    "tenant",
    "member",
    "driver",
    "operator",
    "representative",
    "receptionist",
    "i",
    "ok",
    "voicemail",
    "machine",
    "nobody",
    "someone",
    "everyone",
    "neither",
    "nothing",
    "appointment",
    "order",
    "call",
    "reservation",
    "delivery",
    "payment",
    "request",
    "they're",
];
/// After a single word at the beginning of a sentence they show that it is somebody's name.
const DEEDS: &[&str] = &[
    "called",
    "calls",
    "asked",
    "asks",
    "agreed",
    "agrees",
    "wanted",
    "wants",
    "confirmed",
    "confirms",
    "said",
    "says",
    "declined",
    "declines",
    "requested",
    "requests",
    "needed",
    "needs",
    "accepted",
    "accepts",
    "booked",
    "cancelled",
    "canceled",
    "rescheduled",
    "moved",
    "told",
    "left",
    "will",
    "has",
    "is",
    "was",
    "would",
    "gave",
    "promised",
];
/// The most usual words of German; hardly a sentence has none.
const GERMAN: &[&str] = &[
    "der", "und", "ich", "ist", "nicht", "das", "sie", "ein", "eine", "einen", "den", "dem", "zu", "auf", "für", "mit",
    "wir", "es", "ihnen", "ihr", "bei", "mein", "meinen", "meine", "guten", "ja", "nein", "auch", "noch", "oder",
    "haben",
];

/// Whether this is German, which capitalises every noun.
pub(super) fn are_nouns_capitalised(texts: &[String]) -> bool {
    let (mut all, mut german) = (0, 0);
    for text in texts {
        let tokens = words::tokens(text);
        all += tokens.len();
        german += tokens.iter().filter(|token| token.is(GERMAN)).count();
    }
    german >= 3 && german * 10 > all
}

pub(super) fn has_unsaid(text: &str, heard: &Heard) -> bool {
    let tokens = words::tokens(text);
    let unsaid = |at: usize| tokens.get(at).is_some_and(|token| token.is_capitalised() && !was_said(token, heard));
    // Side by side, with nothing but a space or the full stop of a title between.
    let beside = |at: usize| {
        let pair = at.checked_sub(1).and_then(|before| tokens.get(before).zip(tokens.get(at)));
        pair.is_some_and(|(before, token)| matches!(text.get(before.end..token.start), Some(" " | "-" | ". ")))
    };
    (0..tokens.len()).filter(|at| unsaid(*at)).any(|at| {
        let begins = opens(text, &tokens, at);
        let titled = beside(at) && tokens[at - 1].is(TITLES);
        let paired = unsaid(at + 1) && beside(at + 1) && !opens(text, &tokens, at + 1);
        let acts = begins && beside(at + 1) && tokens.get(at + 1).is_some_and(|next| next.is(DEEDS));
        titled || paired || if heard.capital_nouns { false } else { acts || !begins }
    })
}

/// Whether the token begins a sentence, a quotation or the part after a colon.
fn opens(text: &str, tokens: &[Token<'_>], at: usize) -> bool {
    let Some((before, token)) = at.checked_sub(1).and_then(|before| tokens.get(before).zip(tokens.get(at))) else {
        return true;
    };
    let gap = text.get(before.end..token.start).unwrap_or_default();
    // "Dr. Lee", "at 3 p.m. Monday".
    let short = before.text.contains('.') && before.text.contains(char::is_alphabetic);
    let abbreviated = gap == ". " && (before.is(TITLES) || short);
    gap.contains(['.', '!', '?', ':', ';', '…', '"', '“', '„', '«', '。', '\n', '(']) && !abbreviated
}

fn was_said(token: &Token<'_>, heard: &Heard) -> bool {
    let word: &str = &token.lower;
    let bare = word.strip_suffix("'s").or_else(|| word.strip_suffix('\'')).unwrap_or(word);
    let singular = bare.strip_suffix('s').unwrap_or(bare);
    let said = |word: &str| heard.words.contains(word);
    [word, bare, singular].into_iter().any(said)
        || said(&format!("{bare}s"))
        || said(&format!("{bare}'s"))
        || words::is_stop(word)
        || PLAIN.contains(&bare)
        || PLAIN.contains(&singular)
        // Codes and figures are values, which are looked up as such.
        || !word.chars().any(char::is_alphabetic)
        || word.chars().any(|c| c.is_ascii_digit())
}
