//! What a destination answered, made fit for the log of attempts: one line, short, no secrets.

use std::{error::Error, sync::LazyLock};

use regex::Regex;
use url::Url;

/// The most characters of a note.
const LONGEST: usize = 200;

/// Texts shorter than this are not taken for secrets: removing them would garble any sentence.
const SHORTEST_SECRET: usize = 6;

/// Runs of digits long enough to be a phone or card number.
static NUMBERS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\+?\d(?:[ .()-]{0,2}\d){6,}").expect("a valid pattern"));

/// The secrets of one notifier, kept only to be taken out again.
#[derive(Clone, Default)]
pub(super) struct Scrub {
    secrets: Vec<String>,
}

impl std::fmt::Debug for Scrub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scrub({} secrets)", self.secrets.len())
    }
}

impl Scrub {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn secret(mut self, text: &str) -> Self {
        if text.len() >= SHORTEST_SECRET {
            self.secrets.push(text.to_owned());
            // The longest first, or a part would be taken out and leave the rest standing.
            self.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
        self
    }

    /// A URL whose path, query or user information may be the secret, whole and in its parts.
    pub(super) fn url(self, url: &Url) -> Self {
        let parts = url.path_segments().into_iter().flatten().filter(|part| part.len() >= 16);
        let values: Vec<String> =
            url.query_pairs().map(|(_, value)| value.into_owned()).filter(|v| v.len() >= 8).collect();
        let whole = [url.as_str(), url.path()].into_iter().chain(url.password()).chain(url.query());
        whole.chain(parts).chain(values.iter().map(String::as_str)).fold(self, Self::secret)
    }

    /// One line of at most 200 characters without secrets, long numbers and control characters.
    pub(super) fn note(&self, text: &str) -> String {
        // A megabyte of HTML need not be searched for the sake of 200 characters.
        let start: String = text.chars().take(20 * LONGEST).collect();
        let bare = self.secrets.iter().fold(start, |text, secret| text.replace(secret.as_str(), "[secret]"));
        let bare = NUMBERS.replace_all(&bare, "[number]");
        let words: Vec<&str> =
            bare.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
        let line = words.join(" ");
        if line.chars().count() <= LONGEST {
            return line;
        }
        line.chars().take(LONGEST - 1).chain(['…']).collect()
    }
}

/// The innermost cause of an error, which says most in fewest words.
pub(super) fn cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_numbers_and_line_breaks_do_not_reach_a_note() {
        let url =
            Url::parse("https://hooks.example.com/api/webhooks/123/abcdefghijklmnopqrstuv?sig=s3cr3t-s3cr3t").unwrap();
        let scrub = Scrub::new().url(&url).secret("hunter2");
        for (text, note) in [
            (
                "cannot POST https://hooks.example.com/api/webhooks/123/abcdefghijklmnopqrstuv?sig=s3cr3t-s3cr3t!",
                "cannot POST [secret]!",
            ),
            ("no /abcdefghijklmnopqrstuv here", "no /[secret] here"),
            ("bad sig s3cr3t-s3cr3t", "bad sig [secret]"),
            ("login hunter2\r\nrefused\u{1b}[31m", "login [secret] refused [31m"),
            ("no route to +1 (555) 123-4567", "no route to [number]"),
            ("code 50035, 404", "code 50035, 404"),
        ] {
            assert_eq!(scrub.note(text), note);
        }
        assert_eq!(scrub.note(&"é ".repeat(5_000)).chars().count(), LONGEST);
        assert!(!format!("{scrub:?}").contains("hunter2"));
    }
}
