//! Takes off what a sentence does not need: fillers, greetings, the agent's introduction.

use std::sync::LazyLock;

use regex::Regex;

/// Words that never carry the sentence.
static FILLER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^(hi,? yes|hello,? yes|um+|uh+|er+|erm|hmm+|mm+|mhm|oh|ah|aw|wow|well|so|okay|ok|and|but|like|basically|you know|i mean|anyway|yeah so|hi there|hello there|hi|hello|hey|alright|gotcha)\b[\s,.!–—-]*",
    )
});

/// Words that do so only when punctuation sets them apart: "Right, I'll come" but not "Right now".
static APART: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^(all right|right|sure( thing)?|great|perfect|wonderful|excellent|awesome|cool|good|nice|fine|actually|listen|look|see|please|of course|certainly|absolutely|definitely|no problem|no worries|i see|got it|sounds (good|great)|thank you( (very|so) much)?|thanks( so much| a lot)?|good (morning|afternoon|evening|day)|sorry|excuse me|sir|ma'am|let's see|welcome|that's (great|fine|perfect|good)|i understand|understood|now|then)\s*[,.!–—-]+\s*",
    )
});

static INNER: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i),? ?\b(um+|uh+|erm?|you know|i mean)\b,? "));

static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)([\s,]+(please|thanks( so much| a lot)?|thank you( so much| very much)?|sir|madam|ma'am|okay|ok|alright|right|you know|bye( bye)?|goodbye|(and )?have a (great|nice|good|lovely|wonderful) (day|one|evening|weekend|rest of your day)|if that's (okay|ok|alright)))+\W*$",
    )
});

/// Where the reason for a call begins after the agent has said who it is.
static REASON: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(I'm|I am|I was|we're|we are|I've been|and I'm|just) (just |actually |quickly )?(calling|reaching|following|phoning|getting|checking)\b|\b(I wanted|we wanted|I'd like|I would like) to\b",
    )
});

static INTRODUCTION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(this is|it's|my name is|my name's|I'm|here|speaking|hi|hello|hey|good (morning|afternoon|evening))\b",
    )
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a valid constant")
}

/// The sentence as it is shown. `agent` says that it may begin with the agent's introduction.
pub(super) fn trim(sentence: &str, agent: bool) -> String {
    let inner = INNER.replace_all(sentence, " ");
    let mut rest: &str = inner.trim();
    if agent
        && let Some(reason) = REASON.find(rest)
        && reason.start() > 0
        && INTRODUCTION.find(rest).is_some_and(|found| found.start() < reason.start().min(30))
    {
        rest = rest.get(reason.start()..).unwrap_or(rest);
        rest = rest.strip_prefix("and ").unwrap_or(rest);
    }
    while let Some(lead) = FILLER.find(rest).or_else(|| APART.find(rest)) {
        let after = rest.get(lead.end()..).unwrap_or_default();
        // "So far" and "well over" are not fillers, and two words are no sentence.
        let bound = ["far", "much", "many", "long", "over", "that", "after", "before"]
            .iter()
            .any(|word| after.starts_with(word));
        if after.split_ascii_whitespace().nth(2).is_none() || (bound && !lead.as_str().contains([',', '.', '!'])) {
            break;
        }
        rest = after;
    }
    let steady = without_stutter(rest);
    let mut text = steady.trim_matches([' ', ',', '-', '–', '—']).to_owned();
    if let Some(tail) = TAIL
        .find(&text)
        .filter(|tail| text.get(..tail.start()).is_some_and(|head| head.split_ascii_whitespace().nth(2).is_some()))
    {
        let end = tail.as_str().chars().last().filter(|c| matches!(c, '.' | '!' | '?'));
        text.truncate(tail.start());
        text.extend(end);
    }
    capitalise(&text)
}

/// "I I need" is "I need".
fn without_stutter(text: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in text.split(' ') {
        let again = words.last().is_some_and(|last| last.eq_ignore_ascii_case(word));
        let small = ["i", "the", "a", "to", "we", "it's", "and", "my", "i'm", "is", "in"]
            .iter()
            .any(|small| word.eq_ignore_ascii_case(small));
        if !(again && small) {
            words.push(word);
        }
    }
    words.join(" ")
}

fn capitalise(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    // Letters such as "ß" would grow; they start no word.
    if first.chars().nth(1).is_some() { text.to_owned() } else { first + chars.as_str() }
}

/// Takes a value that no longer holds out of the sentence, with the words that lead up to it;
/// `None` where the sentence would break.
pub(super) fn without(sentence: &str, start: usize, end: usize) -> Option<String> {
    static LEAD: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i),?(^|\s)(on|at|for|by|from|until|till|around|about|of|to|in|this|next|the|maybe|like|say)(\s+(on|at|around|about|this|next|the|like|maybe))*\s*$",
        )
    });
    let before = sentence.get(..start)?;
    let after = sentence.get(end..)?;
    // "a table for four" is cut to "a table".
    let value = sentence.get(start..end)?;
    let counted =
        ["table for ", "party of "].iter().find_map(|words| value.to_ascii_lowercase().starts_with(words).then_some(5));
    let head = match counted {
        Some(kept) => sentence.get(..start + kept)?.trim_end(),
        None => before.get(..LEAD.find(before)?.start())?.trim_end(),
    };
    let tail = after.trim_start_matches(' ');
    let link = ["and ", "or ", "but "].iter().any(|word| tail.starts_with(word)) && head.is_empty();
    if link || head.split_whitespace().nth(1).is_none() {
        return None;
    }
    let space = if tail.starts_with(|c: char| c.is_alphanumeric()) { " " } else { "" };
    Some(format!("{head}{space}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fillers_go_and_meaning_stays() {
        for (text, agent, expected) in [
            ("Um, so I'd like to, uh, book a room please.", false, "I'd like to book a room."),
            ("Right now we are closed.", false, "Right now we are closed."),
            ("Great, thank you. See you on Friday!", true, "See you on Friday!"),
            ("Hi, it's Ana from the clinic, I'm calling to move your visit.", true, "I'm calling to move your visit."),
            ("Hi, it's Ana, I'm calling to move my visit.", false, "It's Ana, I'm calling to move my visit."),
            ("So far so good.", false, "So far so good."),
            ("yes", false, "Yes"),
        ] {
            assert_eq!(trim(text, agent), expected);
        }
    }

    #[test]
    fn a_stale_value_is_taken_out_with_its_preposition() {
        let cut = |text: &str, value: &str| {
            let start = text.find(value).unwrap();
            without(text, start, start + value.len())
        };
        assert_eq!(cut("I want a table on Friday at seven.", "Friday").as_deref(), Some("I want a table at seven."));
        assert_eq!(cut("Book it for Monday, please", "Monday").as_deref(), Some("Book it, please"));
        assert_eq!(
            cut("Get me a table for four on Friday", "table for four").as_deref(),
            Some("Get me a table on Friday")
        );
        assert_eq!(cut("Friday is fine.", "Friday"), None);
    }
}
