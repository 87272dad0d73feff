//! Ways in which digits are written and said, and what a bare listener hears of a text.

pub(super) const ENGLISH: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
pub(super) const GERMAN: [&str; 10] =
    ["null", "eins", "zwo", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"];
pub(super) const SPANISH: [&str; 10] =
    ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const TEENS: [&str; 10] =
    ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];
pub(super) const FILLERS: [&str; 10] = ["uh", "then", "dash", "um", "okay", "and", "so", "hm", "let me see", "that's"];

/// How the digits of one number are put into words or signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Figures,
    Grouped(&'static str),
    Spaced,
    Script(u32),
    Said([&'static str; 10]),
    Oh,
    Doubled,
    Pairs,
    Mixed,
}

pub(super) const WAYS: [Way; 19] = [
    Way::Figures,
    Way::Grouped("-"),
    Way::Grouped("."),
    Way::Grouped(" "),
    Way::Grouped(" / "),
    Way::Grouped(" - "),
    Way::Grouped(", "),
    Way::Spaced,
    Way::Script(0xFF10),
    Way::Script(0x660),
    Way::Script(0x966),
    Way::Script(0xE50),
    Way::Said(ENGLISH),
    Way::Said(GERMAN),
    Way::Said(SPANISH),
    Way::Oh,
    Way::Doubled,
    Way::Pairs,
    Way::Mixed,
];

fn values(digits: &str) -> impl Iterator<Item = usize> {
    digits.chars().map(|digit| digit.to_digit(10).unwrap() as usize)
}

/// The number in pieces, each a word or some figures.
pub(super) fn pieces(digits: &str, way: Way) -> Vec<String> {
    let groups = || -> Vec<String> {
        let (area, rest) = digits.split_at(digits.len().saturating_sub(7));
        let (mid, last) = rest.split_at(rest.len() - 4);
        [area, mid, last].into_iter().filter(|group| !group.is_empty()).map(str::to_owned).collect()
    };
    match way {
        Way::Figures => vec![digits.to_owned()],
        Way::Grouped(_) => groups(),
        Way::Spaced => digits.chars().map(String::from).collect(),
        Way::Script(zero) => {
            vec![values(digits).map(|value| char::from_u32(zero + value as u32).unwrap()).collect()]
        }
        Way::Said(words) => values(digits).map(|value| words[value].to_owned()).collect(),
        Way::Oh => values(digits).map(|value| if value == 0 { "oh" } else { ENGLISH[value] }.to_owned()).collect(),
        Way::Doubled => doubled(digits),
        Way::Pairs => pairs(digits),
        Way::Mixed => {
            let mut said = groups();
            let words: Vec<String> = values(&said.remove(1)).map(|value| ENGLISH[value].to_owned()).collect();
            said.splice(1..1, words);
            said
        }
    }
}

fn doubled(digits: &str) -> Vec<String> {
    let (mut said, mut left) = (Vec::new(), values(digits).collect::<Vec<_>>());
    while let Some(first) = left.first().copied() {
        let same = left.iter().take_while(|value| **value == first).count().min(3);
        let times = ["", "double ", "triple "][same - 1];
        said.push(format!("{times}{}", ENGLISH[first]));
        left.drain(..same);
    }
    said
}

/// "fifty-five twelve oh four" and so on; two digits at a time, the odd one first.
fn pairs(digits: &str) -> Vec<String> {
    let values: Vec<usize> = values(digits).collect();
    let (odd, even) = values.split_at(values.len() % 2);
    let said = even.chunks(2).flat_map(|pair| match (pair[0], pair[1]) {
        (0, ones) => vec![ENGLISH[0].to_owned(), ENGLISH[ones].to_owned()],
        (1, ones) => vec![TEENS[ones].to_owned()],
        (tens, 0) => vec![TENS[tens - 2].to_owned()],
        (tens, ones) => vec![format!("{}-{}", TENS[tens - 2], ENGLISH[ones])],
    });
    odd.iter().map(|value| ENGLISH[*value].to_owned()).chain(said).collect()
}

pub(super) fn written(digits: &str, way: Way, fillers: &[&str]) -> String {
    let gap = match way {
        Way::Grouped(gap) => gap,
        _ => " ",
    };
    let mut out = String::new();
    for (place, piece) in pieces(digits, way).iter().enumerate() {
        if place > 0 {
            // A dozen of them anywhere.
            let filler = fillers.iter().enumerate().find(|(at, _)| at * 2 + 1 == place).map(|(_, filler)| *filler);
            out.push_str(&filler.map_or_else(|| gap.to_owned(), |filler| format!(" {filler}, ")));
        }
        out.push_str(piece);
    }
    out
}

/// A text as a bare listener hears it: nothing but digits. Written anew here, to be no mirror of the masking.
pub(super) fn heard(text: &str) -> String {
    let mut digits = String::new();
    let mut times = 1;
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()) {
        let figures = |c: char| {
            let zeros = [0x30, 0xFF10, 0x660, 0x966, 0xE50];
            zeros.into_iter().map(|zero| u32::from(c).wrapping_sub(zero)).find(|value| *value < 10)
        };
        let place = |words: &[&str]| words.iter().position(|known| *known == word);
        let one = [ENGLISH, GERMAN, SPANISH].iter().find_map(|words| place(words)).or((word == "oh").then_some(0));
        match (one, place(&TEENS), place(&TENS)) {
            (Some(value), ..) => digits.push_str(&value.to_string().repeat(times)),
            (_, Some(teen), _) => digits.push_str(&(10 + teen).to_string()),
            // What follows a ten in a pair is heard as its own digit.
            (_, _, Some(ten)) => digits.push_str(&format!("{}_", ten + 2)),
            _ => digits.extend(word.chars().filter_map(figures).map(|value| value.to_string())),
        }
        times = match word {
            "double" => 2,
            "triple" => 3,
            "" => times,
            _ => 1,
        };
    }
    // "Fifty" alone has a zero, "fifty-five" has none.
    let mut out = String::new();
    let mut chars = digits.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '_' if chars.peek().is_none_or(|next| *next == '0' || next.is_alphabetic()) => out.push('0'),
            '_' => {}
            digit => out.push(digit),
        }
    }
    out
}

/// With the check digit of cards.
pub(super) fn luhn(mut digits: String) -> String {
    let sum: u32 = digits
        .chars()
        .rev()
        .enumerate()
        .map(|(place, c)| match (place % 2, c.to_digit(10).unwrap()) {
            (0, digit) => digit * 2 / 10 + digit * 2 % 10,
            (_, digit) => digit,
        })
        .sum();
    digits.push_str(&((10 - sum % 10) % 10).to_string());
    digits
}
