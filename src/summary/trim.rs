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

/// The same where a transcriber wrote no punctuation, before a word that opens a sentence.
static UNMARKED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^(great|perfect|wonderful|excellent|sure|alright|all right|yes|yeah|yep|no problem|of course|thank you|thanks|sorry|got it|sounds good|lovely|awesome)(?-u:\b) (?-i:(?:i|i'm|i've|i'll|i'd|we|we're|we've|we'll|so|can|could|that|it's|you|you're|you'll|my|the|your|there's|let|then|and|a|an|in|on|if|please|what|when|how|are|is|do|to)(?-u:\b))",
    )
});

/// "Last four, uh, seven seven": the pause parts two numbers.
static PAUSE: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i), (?:um+|uh+|erm?),? (one|two|three|four|five|six|seven|eight|nine|oh|zero|ten|eleven|twelve|[0-9])")
});

static INNER: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i),? ?\b(um+|uh+|erm?)\b,? |, (you know|i mean),? "));

static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)([\s,]+(please|thanks( so much| a lot)?|thank you( so much| very much)?|sir|madam|ma'am|okay|ok|alright|right|you know|bye( bye)?|goodbye|(and )?have a (great|nice|good|lovely|wonderful) (day|one|evening|weekend|rest of your day)|if that's (okay|ok|alright)))+\W*$",
    )
});

/// A name called out after a greeting: "Hi Sam, …".
static HAIL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?i:hi|hello|hey|hiya|good (?:morning|afternoon|evening)|thanks|thank you|okay|ok|alright|great|perfect|sorry)(?: there)?,? (?:(?:Mr|Mrs|Ms|Dr)\.? )?[A-Z][\w']+(?: [A-Z][\w']+)?\s*[,!.?–—-]+\s*",
    )
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a valid constant")
}

/// The sentence as it is shown; `names` are those of the people on the line, in lower case.
pub(super) fn trim(sentence: &str, names: &[String]) -> String {
    let inner = PAUSE.replace_all(sentence, ", $1");
    let inner = INNER.replace_all(&inner, " ");
    let mut rest: &str = inner.trim();
    loop {
        if let Some(called) = HAIL.find(rest).map(|found| found.end()).or_else(|| called(rest, names)) {
            rest = rest.get(called..).unwrap_or_default();
            continue;
        }
        let unmarked = !rest.trim_end_matches(['.', '?', '!']).contains([',', '.', '?', '!']);
        let lead = FILLER.find(rest).or_else(|| APART.find(rest));
        let Some(lead) = lead.or_else(|| UNMARKED.find(rest).filter(|_| unmarked)) else { break };
        let mut lead = lead.range();
        if unmarked && rest.get(lead.clone()).is_some_and(|words| !words.ends_with([' ', ',', '-'])) {
            lead.end = rest.get(..lead.end).and_then(|words| words.rfind(' ')).map_or(lead.end, |space| space + 1);
        }
        let after = rest.get(lead.end..).unwrap_or_default();
        // "So far" and "well over" are not fillers, and two words are no sentence.
        let bound = ["far", "much", "many", "long", "over", "that", "after", "before"]
            .iter()
            .any(|word| after.starts_with(word));
        if after.split_ascii_whitespace().nth(2).is_none()
            || (bound && !rest.get(lead).unwrap_or_default().contains([',', '.', '!']))
        {
            break;
        }
        rest = after;
    }
    let steady = without_stutter(rest);
    let broken = steady.trim_end().ends_with(['-', '–', '—']);
    let mut text = steady.trim_matches([' ', ',', '-', '–', '—']).to_owned();
    if let Some(tail) = TAIL
        .find(&text)
        .filter(|tail| text.get(..tail.start()).is_some_and(|head| head.split_ascii_whitespace().nth(2).is_some()))
    {
        let end = tail.as_str().chars().last().filter(|c| matches!(c, '.' | '!' | '?'));
        text.truncate(tail.start());
        text.extend(end.filter(|_| !text.ends_with(['.', '!', '?'])));
    }
    if let Some((head, last)) = text.trim_end_matches(['.', '!', '?']).rsplit_once(", ")
        && names.contains(&last.to_lowercase())
        && head.contains(' ')
    {
        let end = text.chars().last().filter(|c| matches!(c, '.' | '!' | '?'));
        text = head.to_owned();
        text.extend(end);
    }
    if broken && !text.is_empty() {
        text.push('…');
    }
    capitalise(&text)
}

/// How long a name is that a sentence begins by calling: "Joss, …".
fn called(text: &str, names: &[String]) -> Option<usize> {
    let (name, after) = text.split_once(", ")?;
    let known = names.contains(&name.to_lowercase()) && after.split_ascii_whitespace().nth(1).is_some();
    known.then_some(name.len() + 2)
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

pub(super) fn capitalise(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    // Letters such as "ß" would grow; they start no word.
    if first.chars().nth(1).is_some() { text.to_owned() } else { first + chars.as_str() }
}

/// The sentence without its last clauses: by so many words shorter if that can be, but still a sentence.
pub(super) fn shorter(sentence: &str, by: usize) -> Option<String> {
    const LINKS: &[&str] = &[
        ", and ",
        ", but ",
        ", so ",
        ", which ",
        ", because ",
        ", who ",
        ", since ",
        ", where ",
        ", if ",
        ", when ",
        ", with ",
        ", as ",
        " -- ",
        "; ",
        " because ",
        " so that ",
        " since ",
        " and i ",
        " and we ",
        " but ",
        ", ",
    ];
    let lower = sentence.to_ascii_lowercase();
    let mut ends: Vec<usize> = LINKS.iter().flat_map(|link| lower.match_indices(link).map(|(at, _)| at)).collect();
    ends.sort_unstable();
    ends.dedup();
    let words = |text: &str| text.split_whitespace().count();
    let all = words(sentence);
    let mut heads = ends.iter().filter_map(|end| sentence.get(..*end)).filter(|head| words(head) >= 5);
    let enough = heads.clone().rfind(|head| words(head) + by <= all);
    enough.or(heads.next()).map(|head| format!("{}.", head.trim_end_matches([',', ';', '-', ' '])))
}

/// Takes a value that no longer holds out of the sentence, with the words that lead up to it;
/// `None` where the sentence would break.
pub(super) fn without(sentence: &str, start: usize, end: usize) -> Option<String> {
    static LEAD: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i),?(^|\s)(on|at|for|by|from|until|till|around|about|of|to|in|this|next|the|maybe|like|say|am|um|im|vom|für|el|del|para el|le|du)(\s+(on|at|around|about|this|next|the|like|maybe))*\s*$",
        )
    });
    let before = sentence.get(..start)?;
    let after = sentence.get(end..)?;
    // "Saturday's matinee" needs its day.
    if after.starts_with("'s") {
        return None;
    }
    // "a table for four" is cut to "a table".
    let value = sentence.get(start..end)?;
    let counted =
        ["table for ", "party of "].iter().find_map(|words| value.to_ascii_lowercase().starts_with(words).then_some(5));
    // "on Monday or Tuesday" is cut to "on Tuesday".
    let listed = [" and ", " or ", ", or ", ", and "].iter().find_map(|link| after.strip_prefix(link));
    if let Some(next) = listed.filter(|next| counted.is_none() && !next.is_empty() && !before.trim().is_empty()) {
        return Some(format!("{before}{next}"));
    }
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
        for (text, expected) in [
            ("Um, so I'd like to, uh, book a room please.", "I'd like to book a room."),
            ("Last four, uh, seven seven.", "Last four, seven seven."),
            ("Right now we are closed.", "Right now we are closed."),
            ("Great, thank you. See you on Friday!", "See you on Friday!"),
            ("Hi Mr. Lee, your car is ready.", "Your car is ready."),
            ("Ana, I want my money back.", "I want my money back."),
            ("See you on Monday, Ana!", "See you on Monday!"),
            ("So far so good.", "So far so good."),
            ("yes", "Yes"),
            ("There's no obligation to--", "There's no obligation to…"),
        ] {
            assert_eq!(trim(text, &["ana".to_owned()]), expected);
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
        assert_eq!(cut("We come on Monday or Tuesday.", "Monday").as_deref(), Some("We come on Tuesday."));
        assert_eq!(cut("Friday is fine.", "Friday"), None);
    }
}
