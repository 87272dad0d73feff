//! The little that is known of German, Spanish and French: days, hours, yes and no, and what kind of sentence it is.

use std::sync::LazyLock;

use regex::Regex;

use super::{marks::Mark, words::Token};

const MARKS: [(Mark, &str); 8] = [
    (
        Mark::Greeting,
        r"^\W*(hallo|guten (tag|morgen|abend)|grüß gott|grüezi|hola|buen[oa]s (días|tardes|noches)|bonjour|bonsoir|allô)\b|\b(kann ich für sie tun|puedo ayudar|puis-je vous aider)\b",
    ),
    (
        Mark::BackChannel,
        r"^\W*((ja|nein|gut|okay|ok|klar|gerne|genau|perfekt|prima|super|alles|danke|vielen|dank|schön|am apparat|mache ich|sí|si|no|claro|vale|perfecto|gracias|muchas|muy|bien|bueno|dígame|oui|non|merci|beaucoup|d'accord|parfait|tschüss|auf wiederhören|wiederhören|adiós|hasta luego|au revoir|ah|und|y|et|das tut mir leid|kein problem|lo siento|ach je|de rien)\W*)+$",
    ),
    (
        Mark::Purpose,
        r"\b(ich (möchte|würde|brauche|wollte|rufe an)|wir (möchten|brauchen)|es geht um|wegen|muss (leider )?(verschoben|abgesagt)|ausgefallen|kaputt|quisiera|quiero|necesito|(le )?llamo (de|por|para)|por la|me gustaría|je voudrais|j'appelle|j'ai besoin|il me faut)\b",
    ),
    (
        Mark::Done,
        r"\b(eingetragen|gebucht|bestätigt|storniert|gestrichen|abgesagt|reserviert|notiert|vermerkt|erledigt|umgebucht|queda|quedó|reservad[oa]|confirmad[oa]|programad[oa]|cancelad[oa]|anotad[oa]|annulé|réservé|confirmé|noté|kein interesse|no me interesa|pas intéressé)\b|已经|确认",
    ),
    (
        Mark::Confirm,
        r"^\W*(gut|okay|ok|also|perfecto|bien|entonces|parfait|alors)?,? ?(dann|also|entonces|donc)\b|\b(entonces|dann also)\b|\b(passt|está bien|me va bien|ça me va)\b",
    ),
    (
        Mark::Promise,
        r"\b(ruft|rufen|schicken|senden|melden|kommt|bringen sie|bitte bringen|wir werden|llamará|llamaremos|enviaremos|enviará|mandaremos|traiga|le vamos|rappellera|enverrons|apportez)\b",
    ),
    (
        Mark::Unavailable,
        r"\b(nicht|leider|keine[nr]?|zu (früh|spät|teuer)|geht (leider )?nicht|no (puedo|estoy|me|hay|tengo)|imposible|je ne|pas (possible|libre|disponible)|trop (tôt|tard|cher))\b",
    ),
    (
        Mark::Offer,
        r"\b(oder|hätten|kann ich ihnen|passt ihnen|disponible|le viene bien|puede ser|tengo|ou bien|vous convient|je peux vous)\b",
    ),
];

static EXPRESSIONS: LazyLock<Vec<(Mark, Regex)>> = LazyLock::new(|| {
    let compile = |pattern: &str| Regex::new(&format!("(?i){pattern}")).expect("the patterns are valid constants");
    MARKS.iter().map(|(mark, pattern)| (*mark, compile(pattern))).collect()
});

pub(super) fn marks(sentence: &str) -> impl Iterator<Item = Mark> + '_ {
    EXPRESSIONS.iter().filter(|(_, expression)| expression.is_match(sentence)).map(|(mark, _)| *mark)
}

/// Monday is 0.
pub(super) fn weekday(word: &str) -> Option<usize> {
    const DAYS: [[&str; 7]; 3] = [
        ["montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"],
        ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
        ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    ];
    DAYS.iter().find_map(|days| days.iter().position(|day| *day == word))
}

/// How many tokens an hour takes: "um zehn Uhr dreißig", "a las cuatro", "entre las nueve y las once".
pub(super) fn hour(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let word = |step: usize| tokens.get(at + step).map_or("", |token| &*token.lower);
    if word(0) == "um" {
        let clock = (1..4).find(|step| word(*step) == "uhr")?;
        let minutes = matches!(
            word(clock + 1),
            "fünf"
                | "zehn"
                | "fünfzehn"
                | "zwanzig"
                | "fünfundzwanzig"
                | "dreißig"
                | "vierzig"
                | "fünfundvierzig"
                | "fünfzig"
        );
        return Some(clock + 1 + usize::from(minutes));
    }
    if word(0) == "entre" && word(1) == "las" && word(3) == "y" && word(4) == "las" {
        return Some(6);
    }
    if matches!((word(0), word(1)), ("a", "las" | "la")) && !word(2).is_empty() {
        let half = word(3) == "y" && matches!(word(4), "media" | "cuarto" | "cinco" | "diez" | "veinte");
        return Some(if half { 5 } else { 3 });
    }
    None
}

/// Whether a reply that begins with this word is a yes or a no.
pub(super) fn answer(word: &str) -> Option<bool> {
    match word {
        "ja" | "gut" | "passt" | "perfekt" | "gerne" | "klar" | "genau" | "prima" | "sí" | "si" | "claro"
        | "perfecto" | "vale" | "bien" | "bueno" | "oui" | "d'accord" | "parfait" => Some(true),
        "nein" | "leider" | "non" | "nee" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::words::tokens;

    #[test]
    fn hours_and_kinds_of_sentences_are_known() {
        for (text, len) in [("um zehn Uhr dreißig", 4), ("a las cuatro y media", 5), ("entre las nueve y las once", 6)]
        {
            assert_eq!(hour(&tokens(text), 0), Some(len), "{text}");
        }
        assert_eq!(hour(&tokens("um die Ecke"), 0), None);
        assert!(marks("Gut, ich habe Sie eingetragen.").any(|mark| mark == Mark::Done));
        assert!(marks("El viernes no puedo.").any(|mark| mark == Mark::Unavailable));
        assert_eq!(weekday("jueves"), weekday("donnerstag"));
    }
}
