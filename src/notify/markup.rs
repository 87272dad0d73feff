//! HTML texts of chats: measured and cut by what is read, with their tags kept whole and closed.

use std::sync::LazyLock;

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

use crate::notify::fit::{self, Unit};

static TOKENS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"<(?:"[^"]*"|[^<>"])+>|&(?:#\w{1,7}|\w{1,31});"#).expect("a valid pattern"));

/// A tag with nothing to read in it.
static EMPTY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"<(\w+)(?:\s(?:"[^"]*"|[^<>"])*)?></(\w+)>"#).expect("a valid pattern"));

/// A piece of HTML.
enum Token<'a> {
    Tag(&'a str),
    /// What is written, and what is read: a grapheme, or an entity and its character.
    Read(&'a str, String),
}

/// What is read of it.
pub(super) fn text(html: &str) -> String {
    let read = tokens(html).into_iter().filter_map(|token| match token {
        Token::Read(_, read) => Some(read),
        Token::Tag(_) => None,
    });
    read.collect()
}

/// How much of it is read.
pub(super) fn count(html: &str, unit: Unit) -> usize {
    unit.count(&text(html))
}

/// The HTML, or its beginning and end with a mark between them, so that no more than `max` is read.
pub(super) fn cut(html: &str, max: usize, unit: Unit) -> String {
    if count(html, unit) <= max {
        return html.to_owned();
    }
    let tokens = tokens(html);
    let read: Vec<&str> = tokens
        .iter()
        .filter_map(|token| match token {
            Token::Read(_, read) => Some(read.as_str()),
            Token::Tag(_) => None,
        })
        .collect();
    let kept = fit::kept(&read, max, unit);
    let mut written = String::new();
    let mut place = 0;
    for token in &tokens {
        match token {
            Token::Tag(tag) => written.push_str(tag),
            Token::Read(as_written, _) => {
                if place < kept.head || place >= kept.tail {
                    written.push_str(as_written);
                }
                if place == kept.head {
                    written.push_str(kept.mark);
                }
                place += 1;
            }
        }
    }
    without_empty(written)
}

fn without_empty(mut html: String) -> String {
    loop {
        let shorter = EMPTY.replace_all(&html, |found: &regex::Captures<'_>| match found[1] == found[2] {
            true => String::new(),
            false => found[0].to_owned(),
        });
        if shorter == html {
            return html;
        }
        html = shorter.into_owned();
    }
}

fn tokens(html: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = html;
    while let Some(found) = TOKENS.find(rest) {
        let (before, from) = rest.split_at(found.start());
        let (token, after) = from.split_at(found.len());
        tokens.extend(before.graphemes(true).map(|one| Token::Read(one, one.to_owned())));
        tokens.push(match token {
            "<br>" | "<br/>" => Token::Read(token, "\n".to_owned()),
            tag if tag.starts_with('<') => Token::Tag(tag),
            entity => Token::Read(entity, character(entity)),
        });
        rest = after;
    }
    tokens.extend(rest.graphemes(true).map(|one| Token::Read(one, one.to_owned())));
    tokens
}

/// The character of an entity that we write; any other is read as it stands.
fn character(written: &str) -> String {
    let name = written.trim_matches(['&', ';']);
    let number = name.strip_prefix('#').and_then(|digits| match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    });
    let letter = number.and_then(char::from_u32).or(match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "nbsp" => Some('\u{a0}'),
        _ => None,
    });
    letter.map_or_else(|| written.to_owned(), String::from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn only_what_is_read_counts() {
        assert_eq!(
            text("<b>a &lt; b</b> &amp;&#39;&#x41;&hearts;<br>x <a href=\"https://x/?a>b\">y</a>"),
            "a < b &'A&hearts;\nx y"
        );
        assert_eq!(cut("<b>&lt;&lt;&lt;</b>", 3, Unit::Utf16), "<b>&lt;&lt;&lt;</b>");
    }

    #[test]
    fn tags_stay_closed_and_entities_whole_wherever_it_is_cut() {
        let html = "<b>Failed</b> for <a href=\"https://x.example/?q=1\">Ada &amp; Bob</a>\n<blockquote>The caller asked for an appointment on Tuesday and was told that only Friday at three is free.</blockquote>\n<i>everything</i>";
        assert_eq!(
            cut(html, 90, Unit::Chars),
            "<b>Failed</b> for <a href=\"https://x.example/?q=1\">Ada &amp; Bob</a>\n<blockquote>The caller asked for an appointment … at three is free.</blockquote>\n<i>everything</i>"
        );
        assert_eq!(cut(html, 12, Unit::Chars), "<b>Failed</b> for…");
    }

    proptest! {
        #[test]
        fn nothing_is_ever_longer_than_its_limit_or_left_open(
            texts in proptest::collection::vec(r#"(<b>[a-z ]{0,9}</b>|&lt;|&#39;|[^<>&\pC]{0,6}|<a href="x">[a-z]{0,5}</a>|<i><b>x</b> y</i>|<br>| )"#, 0..40),
            max in 0usize..90,
        ) {
            let html = texts.concat();
            let cut = cut(&html, max, Unit::Utf16);
            prop_assert!(count(&cut, Unit::Utf16) <= max, "{cut:?}");
            for tag in ["b", "i", "a"] {
                let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
                let opened = cut.matches(&open).count() + cut.matches(&format!("<{tag} href")).count();
                prop_assert_eq!(opened, cut.matches(&close).count(), "{}", cut);
            }
        }
    }
}
