//! What a destination answered, made fit for the log of attempts: one line, short, no secrets.
//!
//! Receivers repeat what they were sent: whole, in part, broken over lines, percent-encoded or in
//! base64. So a secret is found by its pieces: every run of twelve of its characters is one.

use std::{
    collections::{BTreeMap, HashSet},
    error::Error,
    sync::{Arc, LazyLock},
};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use regex::Regex;
use url::{Url, form_urlencoded};

/// The most characters of a note.
const LONGEST: usize = 300;

/// Texts shorter than this are not taken for secrets: removing them would garble any sentence.
const SHORTEST_SECRET: usize = 6;

/// Characters in a row that give a longer secret away.
const PIECE: usize = 12;

/// Characters in a row by which a receiver is seen to repeat our own message.
const ECHO: usize = 24;

/// Runs of digits long enough to be a phone or card number.
static NUMBERS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\+?\d(?:[ .()-]{0,2}\d){6,}").expect("a valid pattern"));

/// The secrets of one notifier, kept only to be taken out again.
#[derive(Clone, Default)]
pub(crate) struct Scrub {
    /// By their number of characters, which are in lower case and without white space.
    pieces: Arc<BTreeMap<usize, HashSet<Vec<char>>>>,
    /// Our own message.
    sent: Vec<char>,
}

impl std::fmt::Debug for Scrub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scrub({} pieces)", self.pieces.values().map(HashSet::len).sum::<usize>())
    }
}

impl Scrub {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn secret(mut self, text: &str) -> Self {
        let text = text.trim();
        if text.chars().count() >= SHORTEST_SECRET {
            let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
            let spaced = encoded.replace('+', "%20");
            for form in [text, &encoded, &spaced].into_iter().map(str::to_owned).chain(in_base64(text)) {
                self.learn(&form);
            }
        }
        self
    }

    /// The value of a header: `Bearer TOKEN`, `Basic BASE64`, or the secret itself.
    pub(crate) fn header(self, value: &str) -> Self {
        let Some((_, token)) = value.trim().split_once(' ') else { return self.secret(value) };
        let login = STANDARD_NO_PAD.decode(token.trim().trim_end_matches('='));
        let login = login.ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let password = login.split_once(':').map(|(_, password)| password.to_owned()).unwrap_or_default();
        [value, token, &login, &password].into_iter().fold(self, Self::secret)
    }

    /// A URL whose path, query or user information may be the secret, whole and in its parts. The
    /// host is none, and a note on a certificate has to name it.
    pub(crate) fn url(self, url: &Url) -> Self {
        let parts = url.path_segments().into_iter().flatten().filter(|part| part.len() >= 16);
        let values: Vec<String> =
            url.query_pairs().map(|(_, value)| value.into_owned()).filter(|v| v.len() >= 8).collect();
        let whole = [url.path()].into_iter().chain(url.password()).chain(url.query());
        whole.chain(parts).chain(values.iter().map(String::as_str)).fold(self, Self::secret)
    }

    /// A message that was sent, with what people said in it: it is not to come back as a note.
    pub(crate) fn sent(&self, body: &str) -> Self {
        Self { pieces: Arc::clone(&self.pieces), sent: body.chars().filter_map(plain).collect() }
    }

    /// One line of at most 300 characters without secrets, long numbers and control characters.
    pub(crate) fn note(&self, text: &str) -> String {
        // A megabyte of HTML need not be searched for the sake of 300 characters.
        let start: Vec<char> = text.chars().take(20 * LONGEST).collect();
        let bare = self.masked(&start);
        let bare = NUMBERS.replace_all(&bare, "[number]");
        let words: Vec<&str> =
            bare.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
        let line = words.join(" ");
        if line.chars().count() <= LONGEST {
            return line;
        }
        line.chars().take(LONGEST - 1).chain(['…']).collect()
    }

    /// Takes in every run of twelve characters, or all of it where there are fewer.
    fn learn(&mut self, text: &str) {
        let letters: Vec<char> = text.chars().filter_map(plain).collect();
        let length = letters.len().min(PIECE);
        if length >= SHORTEST_SECRET {
            let pieces = Arc::make_mut(&mut self.pieces).entry(length).or_default();
            pieces.extend(letters.windows(length).map(<[char]>::to_vec));
        }
    }

    fn masked(&self, text: &[char]) -> String {
        let (places, letters): (Vec<usize>, Vec<char>) =
            text.iter().enumerate().filter_map(|(place, letter)| Some((place, plain(*letter)?))).unzip();
        let mut hidden = vec![false; text.len()];
        let mut hide = |length: usize, is_secret: &dyn Fn(&[char]) -> bool| {
            for (run, at) in letters.windows(length).zip(places.windows(length)) {
                if let [first, .., last] = at
                    && is_secret(run)
                {
                    // The white space in between belongs to it.
                    hidden[*first..=*last].fill(true);
                }
            }
        };
        for (length, pieces) in self.pieces.iter() {
            hide(*length, &|run| pieces.contains(run));
        }
        let said: HashSet<&[char]> = letters.windows(ECHO).collect();
        if !said.is_empty() {
            let echoed: HashSet<&[char]> = self.sent.windows(ECHO).filter(|run| said.contains(run)).collect();
            hide(ECHO, &|run| echoed.contains(run));
        }
        let mut shown = String::new();
        for (place, letter) in text.iter().enumerate() {
            match (hidden[place], place.checked_sub(1).is_some_and(|before| hidden[before])) {
                (true, true) => {}
                (true, false) => shown.push_str("[secret]"),
                (false, _) => shown.push(*letter),
            }
        }
        shown
    }
}

/// A character as it is compared; none for those that only break a text up.
fn plain(letter: char) -> Option<char> {
    (!letter.is_whitespace() && !letter.is_control()).then(|| letter.to_ascii_lowercase())
}

/// The text as it looks in base64, wherever it begins in what was encoded: without the characters
/// that depend on its neighbours.
fn in_base64(text: &str) -> [String; 3] {
    [(0, 0), (1, 2), (2, 3)].map(|(before, foreign)| {
        let padded = [&[0; 2][..before], text.as_bytes()].concat();
        let whole = padded.len() * 8 / 6;
        STANDARD_NO_PAD.encode(&padded).chars().take(whole).skip(foreign).collect()
    })
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
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn secrets_numbers_and_line_breaks_do_not_reach_a_note() {
        let url =
            Url::parse("https://hooks.example.com/api/webhooks/123/abcdefghijklmnopqrstuv?sig=s3cr3t-s3cr3t").unwrap();
        let scrub = Scrub::new().url(&url).secret("hunter2");
        for (text, note) in [
            (
                "cannot POST https://hooks.example.com/api/webhooks/123/abcdefghijklmnopqrstuv?sig=s3cr3t-s3cr3t!",
                "cannot POST https://hooks.example.com[secret]?[secret]!",
            ),
            ("no /abcdefghijklmnopqrstuv here", "no [secret] here"),
            ("no :abcdefghijklmnopqrstuv here", "no :[secret] here"),
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

    #[test]
    fn a_secret_is_known_in_part_in_pieces_and_in_other_clothes() {
        let token = "xoxb Très/Secret+Token=42-and-more";
        let encoded = STANDARD.encode(token);
        let scrub = Scrub::new().secret(token);
        for text in [
            "bad token Très/Secret+T…",
            "bad token TRÈS/secret+token=42-AND-MORE".replace('È', "è").as_str(),
            "bad token Très/Sec\r\n ret+To\tken=42-and-more",
            "bad token xoxb+Tr%C3%A8s%2FSecret%2BToken%3D42-and-more",
            "bad token xoxb%20tr%c3%a8s%2fsecret%2btoken%3d42-and-more",
            &format!("bad token {encoded}"),
        ] {
            let note = scrub.note(text);
            assert!(note.starts_with("bad token [secret]") && note.chars().count() <= 20, "{text}: {note}");
        }
        for around in ["", "u", "us", "user:", "x y z "] {
            let note = scrub.note(&STANDARD.encode(format!("{around}{token}{around}")));
            assert!(note.contains("[secret]") && note.chars().count() <= 8 + 2 * 12, "{around}: {note}");
        }
    }

    #[test]
    fn a_headers_value_is_known_without_the_word_before_it_and_decoded() {
        let scrub =
            Scrub::new().header("Bearer tok-12345").header(&format!("Basic {}", STANDARD.encode("me:opensesame")));
        for text in ["tok-12345", "opensesame", "me:opensesame", "bWU6b3BlbnNlc2FtZQ=="] {
            let note = scrub.note(&format!("no `{text}`"));
            assert!(note.starts_with("no `[secret]"), "{text}: {note}");
        }
        assert_eq!(scrub.note("bearer of bad news"), "bearer of bad news");
    }

    #[test]
    fn our_own_message_does_not_come_back() {
        let scrub = Scrub::new().sent(r#"{"summary":"Maria wants the blue one on Friday","kind":"x"}"#);
        assert_eq!(
            scrub.note(r#"cannot store "Maria wants the blue one on Friday" in x"#),
            r#"cannot store [secret] in x"#
        );
        assert_eq!(scrub.note("`kind` must not be x"), "`kind` must not be x");
    }
}
