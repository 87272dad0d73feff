//! Cuts turns into sentences, also where a transcriber left out the punctuation.

use super::words;

/// A clause longer than this many words is cut where it can be.
const LONG: usize = 26;
/// A sentence whose end is marked may be longer, as what is cut reads worse.
const PATIENCE: usize = 40;
/// No piece of a cut clause is shorter than this.
const SHORT: usize = 7;

const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "st", "a.m", "p.m", "e.g", "i.e", "vs", "etc", "jr", "sr", "u.s", "approx", "inc", "ltd",
    "co",
];

/// Words that open a new clause when nothing else marks it.
const OPENERS: &[&str] = &[
    "and", "but", "so", "because", "then", "also", "okay", "ok", "yeah", "yes", "anyway", "i", "i'm", "i'd", "i'll",
    "i've", "we", "we'll", "we're", "can", "could", "would", "what", "how", "do", "is", "are", "it's", "that's",
    "you're", "let", "thanks", "please",
];

/// The sentences of a turn, in order, without the white space around them.
pub(crate) fn split(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for sentence in by_punctuation(text) {
        let punctuated = sentence.ends_with(['.', '!', '?']);
        let long = if punctuated { PATIENCE } else { LONG };
        if sentence.split_ascii_whitespace().nth(long).is_some() {
            cut(sentence, &mut found);
        } else {
            found.push(sentence);
        }
    }
    found
}

fn by_punctuation(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        // Chinese, Japanese and Hindi put no space after a full stop.
        let wide = matches!(c, '。' | '！' | '？' | '।');
        if !(wide || matches!(c, '.' | '!' | '?' | '؟' | '…')) {
            continue;
        }
        let mut end = at + c.len_utf8();
        let mut single = c == '.';
        while let Some((next, c)) = chars.next_if(|(_, c)| matches!(c, '.' | '!' | '?' | '"' | '\'' | ')' | ']' | '”'))
        {
            end = next + c.len_utf8();
            single &= matches!(c, '"' | '\'' | ')' | ']' | '”');
        }
        let rest = text.get(end..).unwrap_or_default();
        let ends = wide || rest.is_empty() || rest.starts_with(char::is_whitespace);
        if ends && !(single && goes_on(text.get(start..at).unwrap_or_default(), rest)) {
            found.extend(text.get(start..end).map(str::trim).filter(|sentence| !sentence.is_empty()));
            start = end;
        }
    }
    found.extend(text.get(start..).map(str::trim).filter(|rest| !rest.is_empty()));
    found
}

/// Whether a full stop belongs to an abbreviation or a spelled letter and not to the sentence.
fn goes_on(before: &str, rest: &str) -> bool {
    let rest = rest.trim_start();
    if rest.is_empty() {
        return false;
    }
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
    let letter = word.chars().nth(1).is_none() && word.chars().all(char::is_alphabetic) && word != "i";
    let may_end = matches!(word.as_str(), "a.m" | "p.m" | "etc") && rest.starts_with(char::is_uppercase);
    let number = word == "no" && rest.starts_with(|c: char| c.is_ascii_digit());
    let abbreviated = ABBREVIATIONS.contains(&word.as_str()) && !may_end;
    abbreviated || number || (letter && !word.is_empty()) || rest.starts_with(char::is_lowercase)
}

/// Cuts a long clause before conjunctions, where a clause seems to open, or at last anywhere.
fn cut<'a>(sentence: &'a str, found: &mut Vec<&'a str>) {
    let tokens = words::tokens(sentence);
    let mut from = 0;
    let mut since = 0;
    for (at, token) in tokens.iter().enumerate().skip(1) {
        let length = at - since;
        let left = tokens.len() - at;
        let before = tokens.get(at - 1).map_or("", |last| sentence.get(last.end..token.start).unwrap_or_default());
        let comma = before.contains([',', ';', '–', '—', ':']);
        let good = (comma && length >= SHORT && token.is(OPENERS))
            || (length >= SHORT + 5 && token.is(OPENERS))
            || length >= LONG + 10;
        if good && left >= SHORT - 2 {
            found.extend(sentence.get(from..token.start).map(str::trim).filter(|piece| !piece.is_empty()));
            from = token.start;
            since = at;
        }
    }
    found.extend(sentence.get(from..).map(str::trim).filter(|piece| !piece.is_empty()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_told_from_abbreviations() {
        assert_eq!(
            split("Dr. Lee is in at 3 p.m. on Monday. OK? It's A. as in apple.  Yes"),
            ["Dr. Lee is in at 3 p.m. on Monday.", "OK?", "It's A. as in apple.", "Yes"]
        );
        assert_eq!(split("At 3 p.m. Then we go."), ["At 3 p.m.", "Then we go."]);
        assert_eq!(split("您好。请讲！"), ["您好。", "请讲！"]);
        assert!(split("   ").is_empty());
    }

    #[test]
    fn a_turn_without_punctuation_is_cut_at_clauses() {
        let text = "hi yes i was calling about my internet it has been down since monday and i have restarted the router \
                    three times now so i really need somebody to come out and look at it before the weekend please";
        let pieces = split(text);
        assert!(pieces.len() >= 3, "{pieces:?}");
        assert_eq!(pieces.join(" "), text);
    }
}
