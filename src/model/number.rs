//! A phone number to look for, however it is written.

use std::str::FromStr;

/// Country code and number, digits only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    /// Whether a text is this number and nothing else.
    pub fn is(&self, text: &str) -> bool {
        is_written_as_number(text) && international(text) == self.0
    }

    /// Whether a text holds this number, among other things.
    pub fn occurs_in(&self, text: &str) -> bool {
        let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/')).collect();
        plain.contains(&self.0)
    }
}

impl FromStr for Number {
    type Err = String;

    /// Only with its country code, lest another's number be taken for it.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let digits = international(text);
        let has_code = text.starts_with(['+']) || text.starts_with("00") || digits.len() == 11 && text.starts_with('1');
        match is_written_as_number(text) && (7..=15).contains(&digits.len()) {
            true if has_code => Ok(Self(digits)),
            true => Err(format!("`{text}` has no country code; write it like +1 555 123 4567")),
            false => Err(format!("`{text}` is not a phone number; write it like +1 555 123 4567")),
        }
    }
}

fn is_written_as_number(text: &str) -> bool {
    let inner = text.trim().trim_start_matches('+');
    inner.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/'))
        && inner.chars().any(|c| c.is_ascii_digit())
}

/// The digits with the country code. Bland takes ten digits without one for a number of its own country.
fn international(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let plus = text.trim().starts_with('+');
    match digits.strip_prefix("00") {
        Some(rest) if !plus => rest.to_owned(),
        _ if !plus && digits.len() == 10 && !digits.starts_with(['0', '1']) => format!("1{digits}"),
        _ => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        for asked in ["+15551234567", "+1 (555) 123-4567", "001 555 123 4567", "1-555-123-4567", " +1.555.123.4567 "] {
            let number: Number = asked.parse().unwrap();
            for (text, same) in [
                ("+15551234567", true),
                ("15551234567", true),
                ("(555) 123-4567", true),
                ("+5551234567", false),
                ("+495551234567", false),
                ("+155512345670", false),
                ("call +15551234567", false),
                ("", false),
            ] {
                assert_eq!(number.is(text), same, "{asked} and {text}");
            }
            assert!(number.occurs_in("ring me at +1 (555) 123-4567, please"));
            assert!(!number.occurs_in("ring me at +1 (555) 123-4568, please"));
        }
    }

    #[test]
    fn without_a_country_code_it_could_be_anybodys() {
        for (text, says) in [
            ("555 123 4567", "no country code"),
            ("030 123456", "no country code"),
            ("+12", "not a phone number"),
            ("0e75bfda-8f0a", "not a phone number"),
            ("+1 555 CALL NOW", "not a phone number"),
            ("", "not a phone number"),
        ] {
            let error = text.parse::<Number>().unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
