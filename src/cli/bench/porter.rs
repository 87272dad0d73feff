//! Porter's stemmer with the changes that the usual ROUGE scorer makes to it, so that scores can be compared.

/// The stem of a word of lower-case ASCII letters and figures.
pub(super) fn stem(word: &str) -> String {
    if let Some(stem) = irregular(word) {
        return stem.to_owned();
    }
    if word.len() <= 2 || !word.is_ascii() {
        return word.to_owned();
    }
    let mut word = plural(word);
    word = past(word);
    if let Some(head) = word.strip_suffix('y').filter(|head| head.len() > 1 && ends_in_consonant(head)) {
        word = format!("{head}i");
    }
    word = double_suffix(word);
    word = replace(word, &STEP_3, 0);
    word = last_suffix(word);
    if let Some(head) = word.strip_suffix('e')
        && (measure(head) > 1 || (measure(head) == 1 && !ends_cvc(head)))
    {
        word = head.to_owned();
    }
    match word.strip_suffix('l') {
        Some(head) if head.ends_with('l') && measure(head) > 1 => head.to_owned(),
        _ => word,
    }
}

const STEP_2: [(&str, &str); 21] = [
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("fulli", "ful"),
];
const STEP_3: [(&str, &str); 7] =
    [("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];
const STEP_4: [&str; 19] = [
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti",
    "ous", "ive", "ize",
];

fn irregular(word: &str) -> Option<&'static str> {
    Some(match word {
        "sky" | "skies" => "sky",
        "dying" => "die",
        "lying" => "lie",
        "tying" => "tie",
        "news" => "news",
        "inning" | "innings" => "inning",
        "outing" | "outings" => "outing",
        "canning" | "cannings" => "canning",
        "howe" => "howe",
        "proceed" => "proceed",
        "exceed" => "exceed",
        "succeed" => "succeed",
        _ => return None,
    })
}

fn plural(word: &str) -> String {
    match word.strip_suffix('s') {
        Some(head) if word.ends_with("ies") && word.len() == 4 => head.to_owned(),
        Some(head) if head.ends_with("sse") || head.ends_with("ie") => {
            head.strip_suffix('e').unwrap_or(head).to_owned()
        }
        Some(head) if !head.ends_with('s') => head.to_owned(),
        _ => word.to_owned(),
    }
}

fn past(word: String) -> String {
    if let Some(head) = word.strip_suffix("ied") {
        return format!("{head}{}", if head.len() == 1 { "ie" } else { "i" });
    }
    if let Some(head) = word.strip_suffix("eed") {
        return if measure(head) > 0 { format!("{head}ee") } else { word };
    }
    let Some(head) = ["ed", "ing"].iter().find_map(|ending| word.strip_suffix(ending)).filter(|head| has_vowel(head))
    else {
        return word;
    };
    let last = head.chars().last().unwrap_or_default();
    if ["at", "bl", "iz"].iter().any(|ending| head.ends_with(ending)) {
        format!("{head}e")
    } else if head.chars().rev().nth(1) == Some(last) && ends_in_consonant(head) {
        let kept = matches!(last, 'l' | 's' | 'z');
        head.strip_suffix(last).filter(|_| !kept).unwrap_or(head).to_owned()
    } else if measure(head) == 1 && ends_cvc(head) {
        format!("{head}e")
    } else {
        head.to_owned()
    }
}

fn double_suffix(word: String) -> String {
    if let Some(head) = word.strip_suffix("alli").filter(|head| measure(head) > 0) {
        return double_suffix(format!("{head}al"));
    }
    if let Some(head) = word.strip_suffix("logi") {
        return if measure(&format!("{head}l")) > 0 { format!("{head}log") } else { word };
    }
    replace(word, &STEP_2, 0)
}

/// Replaces the first ending of the list that the word has, if what is before it measures more than `least`.
fn replace(word: String, list: &[(&str, &str)], least: usize) -> String {
    for (ending, new) in list {
        if let Some(head) = word.strip_suffix(ending) {
            return if measure(head) > least { format!("{head}{new}") } else { word };
        }
    }
    word
}

fn last_suffix(word: String) -> String {
    for ending in STEP_4 {
        if let Some(head) = word.strip_suffix(ending) {
            let fits = ending != "ion" || head.ends_with(['s', 't']);
            return if measure(head) > 1 && fits { head.to_owned() } else { word };
        }
    }
    word
}

fn consonants(word: &str) -> Vec<bool> {
    let mut kinds: Vec<bool> = Vec::with_capacity(word.len());
    for c in word.chars() {
        kinds.push(match c {
            'a' | 'e' | 'i' | 'o' | 'u' => false,
            'y' => kinds.last().is_none_or(|last| !last),
            _ => true,
        });
    }
    kinds
}

fn ends_in_consonant(word: &str) -> bool {
    consonants(word).last() == Some(&true)
}

fn has_vowel(word: &str) -> bool {
    consonants(word).contains(&false)
}

/// How often a consonant follows a vowel.
fn measure(word: &str) -> usize {
    consonants(word).windows(2).filter(|pair| matches!(pair, [false, true])).count()
}

fn ends_cvc(word: &str) -> bool {
    match consonants(word).as_slice() {
        [.., true, false, true] => !word.ends_with(['w', 'x', 'y']),
        [false, true] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_are_those_of_the_usual_scorer() {
        for (word, expected) in [
            ("caresses", "caress"),
            ("ponies", "poni"),
            ("flies", "fli"),
            ("dies", "die"),
            ("agreed", "agre"),
            ("feed", "feed"),
            ("hopping", "hop"),
            ("falling", "fall"),
            ("filing", "file"),
            ("happy", "happi"),
            ("relational", "relat"),
            ("vietnamization", "vietnam"),
            ("electrical", "electr"),
            ("hopefulness", "hope"),
            ("adjustment", "adjust"),
            ("adoption", "adopt"),
            ("controlled", "control"),
            ("appointment", "appoint"),
            ("rescheduled", "reschedul"),
            ("biology", "biolog"),
            ("being", "be"),
            ("says", "say"),
        ] {
            assert_eq!(stem(word), expected, "{word}");
        }
    }
}
