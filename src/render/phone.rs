//! Phone numbers as people read them: whole, or with all but the last four digits hidden.

/// Stands for hidden digits; a text that has it is already masked.
const HIDDEN: &str = "•••";

/// The digits of a text, whatever script they are written in.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter_map(digit).map(|digit| char::from(b'0' + digit)).collect()
}

/// Where the ten digits of a script begin: Arabic, Persian, Indic from Devanagari to Malayalam, Thai, Lao, Burmese,
/// Khmer, full-width, and five styles of mathematical ones.
const ZEROS: [u32; 21] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0x1040, 0x17E0,
    0xFF10, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC,
];

/// The decimal value of a digit of any script in common use.
pub(super) fn digit(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.to_digit(10).and_then(|value| u8::try_from(value).ok());
    }
    let offset = |zero: &u32| u32::from(c).checked_sub(*zero).filter(|value| *value < 10);
    ZEROS.iter().find_map(offset).and_then(|value| u8::try_from(value).ok())
}

/// Whether the text is a phone number and nothing else.
pub(super) fn is_number(text: &str) -> bool {
    let written = |c: char| digit(c).is_some() || matches!(c, '+' | '-' | '.' | '(' | ')' | '/') || c.is_whitespace();
    digits(text).len() >= 3 && text.chars().all(written)
}

/// `+15551234567` becomes `+1 ••• ••• 4567`; what is not a number stays as it is.
pub fn masked(text: &str) -> String {
    if !is_number(text) {
        return text.to_owned();
    }
    let (country, rest) = split(text);
    let kept = if rest.len() >= 7 { 4 } else { 2 };
    let last = tail(&rest, kept);
    let hidden = if rest.len() >= 10 { format!("{HIDDEN} {HIDDEN}") } else { HIDDEN.to_owned() };
    join(&country, &format!("{hidden} {last}"))
}

/// `+15551234567` becomes `+1 555 123 4567`; what is not a number, or masked already, stays as it is.
pub fn spaced(text: &str) -> String {
    if !is_number(text) {
        return text.to_owned();
    }
    let (country, rest) = split(text);
    if rest.len() < 7 {
        return join(&country, &rest);
    }
    let last = tail(&rest, 4);
    let head: Vec<char> = rest.chars().take(rest.len() - 4).collect();
    // A lone digit at the end of the head reads badly: 301 2 becomes 30 12.
    let threes = if head.len() % 3 == 1 && head.len() > 1 { head.len() - 4 } else { head.len() };
    let (in_threes, in_twos) = head.split_at(threes);
    let groups = in_threes.chunks(3).chain(in_twos.chunks(2)).map(|group| group.iter().collect::<String>());
    join(&country, &groups.chain([last]).collect::<Vec<_>>().join(" "))
}

/// The country code with its plus, and the digits after it.
fn split(text: &str) -> (String, String) {
    let all = digits(text);
    let length = match text.trim().starts_with('+') {
        true => country_code_length(&all),
        // North American numbers are often written without the plus.
        false if all.len() == 11 && all.starts_with('1') => 1,
        false => 0,
    };
    let length = if all.len() > length + 4 { length } else { 0 };
    let country: String = all.chars().take(length).collect();
    let country = if country.is_empty() { country } else { format!("+{country}") };
    (country, all.chars().skip(length).collect())
}

/// ITU E.164: zones 1 and 7 have one digit, the listed codes two, all others three.
fn country_code_length(digits: &str) -> usize {
    const TWO: &str = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 \
                       66 81 82 84 86 90 91 92 93 94 95 98";
    let two: String = digits.chars().take(2).collect();
    match () {
        () if digits.starts_with(['1', '7']) => 1,
        () if TWO.split_whitespace().any(|code| code == two) => 2,
        () => 3,
    }
}

fn tail(text: &str, count: usize) -> String {
    text.chars().skip(text.chars().count().saturating_sub(count)).collect()
}

fn join(country: &str, rest: &str) -> String {
    if country.is_empty() { rest.to_owned() } else { format!("{country} {rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked_and_formatted() {
        for (raw, hidden, whole) in [
            ("+15551234567", "+1 ••• ••• 4567", "+1 555 123 4567"),
            ("15551234567", "+1 ••• ••• 4567", "+1 555 123 4567"),
            ("5551234567", "••• ••• 4567", "555 123 4567"),
            ("(555) 123-4567", "••• ••• 4567", "555 123 4567"),
            ("+442079460958", "+44 ••• ••• 0958", "+44 207 946 0958"),
            ("+493012345678", "+49 ••• ••• 5678", "+49 301 234 5678"),
            ("+4930123456", "+49 ••• 3456", "+49 30 12 3456"),
            ("+353123456789", "+353 ••• 6789", "+353 123 45 6789"),
            ("88022", "••• 22", "88022"),
            ("+1 ••• ••• 4567", "+1 ••• ••• 4567", "+1 ••• ••• 4567"),
            ("anonymous", "anonymous", "anonymous"),
            ("", "", ""),
        ] {
            assert_eq!((masked(raw).as_str(), spaced(raw).as_str()), (hidden, whole), "{raw}");
        }
    }
}
