//! Takes off how a speaker introduces itself: "this is Nora from the clinic" says nothing of the call.

use std::sync::LazyLock;

use regex::Regex;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a valid constant")
}

/// A clause that only says who speaks or where one has called.
static CLAUSE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)^(?i:and\s|so\s|hi,?\s|hello,?\s|hey,?\s|yes,?\s|good\s(?:morning|afternoon|evening|day),?\s)*(?:
          (?i:this\sis|it\ is|it's)\s(?:the\s|your\s|(?:Dr\.?\s|Mr\.?\s|Ms\.?\s|Mrs\.?\s)?[A-Z])
        | (?i:this\sis)\s(?i:an?\s(?:automated|virtual|recorded|ai|digital)|[a-z]+\s(?:calling\s)?(?:from|with|at|over|speaking|here)\b|[a-z]+$)
        | (?i:i'm|i\sam)\s(?:[A-Z]|(?i:with|from|over\sat|your|the|an?)\s(?:[A-Z]|(?i:virtual|automated|ai|digital)))
        | (?i:(?:your|an?|the)\s(?:virtual|ai|automated|digital)\s)
        | (?i:from|with|over\sat)\s(?:the\s)?[A-Z][\w'’&.-]*(?:\s(?:and|of|the|&|[A-Z][\w'’&.-]*))*$
        | (?i:my\sname\sis|my\sname's|you're\sspeaking\s(?:with|to)|you've\sreached|you\shave\sreached|you're\sthrough\sto|you're\stalking\s(?:with|to)|thanks?(?:\syou)?(?:\sso\smuch)?\sfor\s(?:calling|contacting|reaching)|welcome\sto|hello\sand\swelcome)\b
        | (?i:(?:i'm|i\sam|and)?\s?calling\s(?:from|with|over\sfrom))\s
        | (?i:(?:and\s)?(?:this\s(?:call|line)|the\scall|calls)\s(?:may|is|will|are))\b
        )",
    )
});

/// "Hi there", "Good morning Mr. Lee".
static GREETING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?i:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day))(?: there| again)?(?: (?:(?:Mr|Mrs|Ms|Dr)\.? )?[A-Z][\w']+)?$",
    )
});

/// "Vince here", "Iris speaking", "Cliff from Evergreen Windows".
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:(?i:hi|hello|hey)[ ,]+)?(?:[A-Z][\w'’&.-]*(?: (?:and|of|the|&|[A-Z][\w'’&.-]*))*)(?: (?:here|speaking|calling|(?:over )?(?:at|from|with) (?:the )?[A-Z].*))[.!,]?$",
    )
});

/// Capitalised words and nothing else, as a business answers.
static TITLE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^[A-Z][\w'’&.-]*(?: (?:and|of|the|&|to|for|[A-Z][\w'’&.-]*|(?:department|office|line|desk|team|support|dispatch|registration|reservations|bookings|intake|services?)))*[.!,]?$",
    )
});

/// What the clause goes on to say of the matter, if it does.
static MATTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:(?:i'm |i am |we're |and |just )*(?:calling|reaching out|phoning|getting in touch|following up|checking in|checking|returning|looking|trying|hoping)(?: you| back| today| in)* (?:about|to|because|regarding|for an?|in regards?|concerning|with|on|your)\b|(?:with|about|regarding|concerning) (?:an? |the |your |our |my |his |her |this )|(?:i'd|i would|we'd|we would) like\b|(?:i|we) (?:need|want|wanted|have|got)\b|returning your)",
    )
});

/// The same where a transcriber wrote neither capitals nor punctuation.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:[a-z']+ ){0,4}?(?:this is|it's) [a-z]+ (?:calling )?(?:from|with|at|of|for|over at) (?:[a-z'&]+ ){1,5}?((?:i|i'm|i've|we|we're|you|you're|your|is this|are you|calling|about|just|there's|our)\b.*)$",
    )
});

/// "calling from Oak and Linen to arrange": who calls is left out, why stays.
static FROM: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b([Cc]alling)(?: you)? (?:from|with) (?:the )?[A-Z][\w'’&.-]*(?: (?:and|of|the|&|[A-Z][\w'’&.-]*))*,? ((?:about|to|because|regarding|with|concerning)\b)",
    )
});

/// The sentence without its introduction; an empty one where nothing else is said.
pub(super) fn without(sentence: &str, first: bool) -> String {
    if let Some(rest) = PLAIN.captures(sentence).and_then(|found| found.get(1)) {
        return rest.as_str().to_owned();
    }
    let text = FROM.replace(sentence, "$1 $2");
    let mut rest: &str = text.trim();
    loop {
        let (clause, after) = split(rest);
        let whole = clause.trim_end_matches(['.', '!', '?', ',', ' ']);
        let introduces = GREETING.is_match(whole)
            || CLAUSE.is_match(clause)
            || NAMED.is_match(whole)
            || (first && TITLE.is_match(whole) && whole.len() > 2);
        if !introduces {
            break;
        }
        if let Some(matter) = MATTER.find(clause).filter(|found| found.start() > 0) {
            let told = rest.get(matter.start()..).unwrap_or_default().trim_start_matches("and ");
            // "This is Maya with an update on your car": an update it is.
            return told.strip_prefix("with ").unwrap_or(told).to_owned();
        }
        if after.is_empty() {
            return String::new();
        }
        rest = after;
    }
    rest.to_owned()
}

/// The first clause and what follows it.
fn split(text: &str) -> (&str, &str) {
    let end = text.find([',', ';', '—', '–']);
    match end.and_then(|end| Some((text.get(..end)?, text.get(end..)?))) {
        Some((clause, after)) => (clause, after.trim_start_matches([',', ';', '—', '–', ' '])),
        None => (text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn introductions_go_and_the_matter_stays() {
        for (text, rest) in [
            ("Hi, this is Nora from Bright Smile, I'm calling to move your visit.", "I'm calling to move your visit."),
            (
                "This is Wendell with Harbor Lending, returning your call about a loan.",
                "returning your call about a loan.",
            ),
            ("I'm calling from Oak and Linen to arrange delivery.", "I'm calling to arrange delivery."),
            ("Main Street Barbers, Vince here.", ""),
            ("My name's Corey, I'm with Blue Harbor, and this call may be recorded.", ""),
            ("hi this is sasha from lakeside dental i'm calling about your visit", "i'm calling about your visit"),
            ("It's about your order.", "It's about your order."),
            ("This is about the roof.", "This is about the roof."),
            ("I'm on the shoulder of the road.", "I'm on the shoulder of the road."),
            ("Your car is ready.", "Your car is ready."),
        ] {
            assert_eq!(without(text, true), rest, "{text}");
        }
    }
}
