//! Writes the chosen lines: a label whenever the speaker changes, whole sentences, never over budget.

use unicode_segmentation::UnicodeSegmentation;

use super::{
    pieces::Piece,
    speech::{Role, Speech},
    words,
};

/// The longest word that is shown whole, in graphemes; real ones are shorter.
const MAX_WORD: usize = 60;

/// The person on the line is the "Caller" of an inbound call, else the "Person": nothing more is sure.
pub(super) fn person(inbound: Option<bool>) -> &'static str {
    if inbound == Some(true) { "Caller" } else { "Person" }
}

/// "Caller: … Agent: …"; without labels when `plain`.
pub(super) fn text(pieces: &[Piece], speech: &Speech, inbound: Option<bool>, plain: bool) -> String {
    let mut text = String::new();
    let mut role = None;
    for piece in pieces {
        if !text.is_empty() {
            text.push(' ');
        }
        if role != Some(piece.role) && !plain {
            text.push_str(label(piece.role, speech, inbound));
            text.push_str(": ");
        }
        role = Some(piece.role);
        text.push_str(&piece.text);
        if piece.text.ends_with(|c: char| c.is_alphanumeric()) {
            text.push('.');
        }
    }
    text
}

fn label(role: Role, speech: &Speech, inbound: Option<bool>) -> &str {
    match role {
        Role::Person => person(inbound),
        Role::Agent => "Agent",
        Role::Other(at) => speech.others.get(at).filter(|name| !name.is_empty()).map_or("Other", |name| name.as_str()),
    }
}

/// Cuts a text to `budget` words, at a word where there are words, with a mark where it was cut.
pub(super) fn cut(text: &str, budget: usize) -> String {
    let mut kept = String::new();
    let mut cut = false;
    for word in text.split_whitespace() {
        let short = shorten(word);
        let longer = if kept.is_empty() { short.clone() } else { format!("{kept} {short}") };
        if words::cost(&longer) > budget {
            cut = true;
            break;
        }
        kept = longer;
    }
    if cut { kept.trim_end_matches(|c: char| !c.is_alphanumeric()).to_owned() + "…" } else { kept }
}

fn shorten(word: &str) -> String {
    let Some((end, _)) = word.grapheme_indices(true).nth(MAX_WORD) else {
        // A grapheme may hold any number of combining marks.
        return word.chars().take(4 * MAX_WORD).collect();
    };
    let head: String = word.get(..end).unwrap_or_default().chars().take(4 * MAX_WORD).collect();
    head + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_words_and_at_graphemes() {
        assert_eq!(cut("one two three four", 3), "one two three…");
        assert_eq!(cut("one two", 3), "one two");
        assert_eq!(cut(&"👩‍👩‍👧".repeat(500), 40), format!("{}…", "👩‍👩‍👧".repeat(48)), "cut by its limit of characters");
        assert!(words::cost(&cut(&"é".repeat(100_000), 10)) <= 10);
    }
}
