//! A text with blanks, such as `{api_base}/bot{bot_token}/sendMessage`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

/// What may stand for itself within a path (RFC 3986, `pchar`).
const IN_PATH: &AsciiSet = &QUERY_VALUE.remove(b'!').remove(b'$').remove(b'&').remove(b'\'').remove(b'(').remove(b')');
const SEGMENT: &AsciiSet =
    &IN_PATH.remove(b'*').remove(b'+').remove(b',').remove(b';').remove(b'=').remove(b':').remove(b'@');
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Read from a text in which `{name}` is a blank.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Blanks {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Blank(String),
}

impl Blanks {
    /// The blanks' names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Blank(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// Whether there are blanks, and nothing to fill them with.
    pub fn are_empty<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> bool {
        let mut names = self.names().peekable();
        names.peek().is_some() && names.all(|name| value(name).unwrap_or_default().is_empty())
    }

    /// The text with each blank filled in as it is; one without a value stays empty.
    pub fn filled<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Blank(name) => value(name).unwrap_or_default().to_owned(),
        };
        self.pieces.iter().map(piece).collect()
    }

    /// The text as a URL: a blank at the beginning is a base such as `https://host/path`, any other is encoded
    /// for the place where it stands.
    pub fn url<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> String {
        let mut url = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => url.push_str(text),
                Piece::Blank(name) => {
                    let value = value(name).unwrap_or_default();
                    match url.contains('?') {
                        _ if url.is_empty() => url.push_str(value.trim().trim_end_matches('/')),
                        true => url.extend(utf8_percent_encode(value, QUERY_VALUE)),
                        false => url.extend(utf8_percent_encode(value, SEGMENT)),
                    }
                }
            }
        }
        url
    }
}

impl TryFrom<String> for Blanks {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, from)) = rest.split_once('{') {
            let (name, after) = from.split_once('}').ok_or("a `{` is not closed by a `}`")?;
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
                return Err(format!("`{{{name}}}` is no name of a parameter; write it like `{{api_key}}`"));
            }
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Blank(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self { pieces })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_filled_as_their_place_needs() {
        let values = |name: &str| match name {
            "base" => Some("http://127.0.0.1:81/api/"),
            "room" => Some("!a/b:c d?"),
            "odd" => Some("a&b=c+d"),
            _ => None,
        };
        let blanks = |text: &str| Blanks::try_from(text.to_owned()).unwrap();
        for (text, url, plain) in [
            (
                "{base}/rooms/{room}/x",
                "http://127.0.0.1:81/api/rooms/!a%2Fb:c%20d%3F/x",
                "http://127.0.0.1:81/api//rooms/!a/b:c d?/x",
            ),
            ("https://x/p?q={odd}", "https://x/p?q=a%26b%3Dc%2Bd", "https://x/p?q=a&b=c+d"),
            ("https://x/{odd}", "https://x/a&b=c+d", "https://x/a&b=c+d"),
            ("plain{none}", "plain", "plain"),
        ] {
            assert_eq!((blanks(text).url(values), blanks(text).filled(values)), (url.to_owned(), plain.to_owned()));
        }
        assert_eq!(
            ["Bearer {none}", "{none}{odd}", "plain"].map(|text| blanks(text).are_empty(values)),
            [true, false, false]
        );
        assert_eq!(blanks("{a}{b_2}x").names().collect::<Vec<_>>(), ["a", "b_2"]);
        for (text, says) in [("a{b", "not closed"), ("{}", "no name"), ("{a b}", "no name")] {
            assert!(Blanks::try_from(text.to_owned()).unwrap_err().contains(says), "{text}");
        }
    }
}
