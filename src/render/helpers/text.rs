//! Helpers for texts.

use serde_json::Value;
use textwrap::{Options, WordSeparator};
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    message::{clean, escape, parse::web_link},
    render::helpers::args::{Args, plain},
};

pub(super) fn truncate(args: &Args<'_>) -> Result<Value, String> {
    let text = plain(args.first()?);
    let words = args.named_count("words");
    // Both may be given: a word can be as long as it likes.
    let text = words.map_or_else(|| text.clone(), |words| cut_words(&text, words));
    if let Some(units) = args.named_count("units") {
        return Ok(cut(&text, units, |grapheme| grapheme.encode_utf16().count()).into());
    }
    let chars = args.named_count("chars").or_else(|| args.count(1));
    match chars {
        Some(chars) => Ok(cut_chars(&text, chars).into()),
        None if words.is_some() => Ok(text.into()),
        None => Err("needs words=…, chars=… or units=…, as in `{{truncate call.summary words=40}}`".to_owned()),
    }
}

pub(super) fn cut_words(text: &str, words: usize) -> String {
    let mut count = 0;
    let mut in_word = false;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            in_word = false;
        } else if !in_word {
            in_word = true;
            count += 1;
            if count > words {
                return marked(text.get(..at).unwrap_or_default());
            }
        }
    }
    text.to_owned()
}

/// At most `chars` graphemes.
pub(super) fn cut_chars(text: &str, chars: usize) -> String {
    cut(text, chars, |_| 1)
}

/// At most `limit` with the mark, cut at a word where one ends in the second half, and never within a grapheme.
fn cut(text: &str, limit: usize, size: fn(&str) -> usize) -> String {
    // Where the text must end so that the mark still fits, and how long it is up to there.
    let (mut end, mut total) = (0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        total += size(grapheme);
        if total < limit {
            end = at + grapheme.len();
        } else if total > limit {
            break;
        }
    }
    if total <= limit {
        return text.to_owned();
    }
    let (kept, rest) = text.split_at(end);
    let at_word = match rest.starts_with(char::is_whitespace) {
        true => kept,
        false => kept.rsplit_once(char::is_whitespace).map_or(kept, |(head, _)| head),
    };
    marked(if at_word.len() * 2 >= kept.len() { at_word } else { kept })
}

fn marked(cut: &str) -> String {
    format!("{}…", cut.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':')))
}

pub(super) fn lines(args: &Args<'_>) -> Result<Value, String> {
    let text = plain(args.first()?);
    let most = args.count(1).unwrap_or(3);
    let indent = " ".repeat(args.named_count("indent").unwrap_or(0).min(40));
    let all: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let mut kept: Vec<String> = all.iter().take(most).map(|line| format!("{indent}{line}")).collect();
    if all.len() > most
        && let Some(last) = kept.last_mut()
    {
        last.push_str(" …");
    }
    Ok(kept.join("\n").into())
}

pub(super) fn wrap(args: &Args<'_>) -> Result<Value, String> {
    args.first()?;
    let text: String = args.values.iter().map(|value| plain(value)).collect();
    let width = args.named_count("width").unwrap_or(78).clamp(10, 900);
    let indent = " ".repeat(args.named_count("indent").unwrap_or(0).min(width / 2));
    let options = Options::new(width).subsequent_indent(&indent).word_separator(WordSeparator::AsciiSpace);
    Ok(textwrap::wrap(&clean::line(&text), options).join("\n").into())
}

pub(super) fn sentence(args: &Args<'_>) -> Result<Value, String> {
    Ok(as_sentence(&plain(args.first()?)).into())
}

pub(super) fn as_sentence(text: &str) -> String {
    // Only code words are taken apart and lowered: a team's own disposition may hold names.
    let is_code = !text.trim().contains(char::is_whitespace);
    let words = if is_code { text.replace(['_', '-'], " ") } else { text.to_owned() };
    let words = if is_code && !text.contains(char::is_lowercase) { words.to_lowercase() } else { words };
    let mut chars = words.trim().chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}", chars.as_str())
}

pub(super) fn line(args: &Args<'_>) -> Result<Value, String> {
    Ok(clean::line(&plain(args.first()?)).into())
}

pub(super) fn lower(args: &Args<'_>) -> Result<Value, String> {
    Ok(plain(args.first()?).to_lowercase().into())
}

pub(super) fn upper(args: &Args<'_>) -> Result<Value, String> {
    Ok(plain(args.first()?).to_uppercase().into())
}

pub(super) fn url(args: &Args<'_>) -> Result<Value, String> {
    Ok(web_link(&plain(args.first()?)).unwrap_or_default().into())
}

pub(super) fn discord(args: &Args<'_>) -> Result<Value, String> {
    Ok(escape::discord(&plain(args.first()?)).into())
}

pub(super) fn slack(args: &Args<'_>) -> Result<Value, String> {
    Ok(escape::slack(&plain(args.first()?)).into())
}

pub(super) fn chat(args: &Args<'_>) -> Result<Value, String> {
    Ok(escape::chat(&plain(args.first()?)).into())
}

pub(super) fn google_chat(args: &Args<'_>) -> Result<Value, String> {
    Ok(escape::google_chat(&plain(args.first()?)).into())
}

pub(super) fn adaptive(args: &Args<'_>) -> Result<Value, String> {
    Ok(escape::adaptive(&plain(args.first()?)).into())
}

pub(super) fn zulip(args: &Args<'_>) -> Result<Value, String> {
    Ok(escape::zulip(&plain(args.first()?)).into())
}

pub(super) fn unlinked(args: &Args<'_>) -> Result<Value, String> {
    Ok(escape::unlinked(&plain(args.first()?)).into())
}

pub(super) fn markdown(args: &Args<'_>) -> Result<Value, String> {
    Ok(escape::markdown(&plain(args.first()?)).into())
}

pub(super) fn html(args: &Args<'_>) -> Result<Value, String> {
    Ok(escape::html(&plain(args.first()?)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_words_and_whole_graphemes() {
        for (text, chars, cut) in [
            ("short", 5, "short"),
            ("one two three", 9, "one two…"),
            ("one two three", 8, "one two…"),
            ("Donaudampfschifffahrt", 6, "Donau…"),
            ("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2, "👩‍👩‍👧…"),
        ] {
            assert_eq!(cut_chars(text, chars), cut);
        }
        let units = |text: &str, limit| cut(text, limit, |grapheme| grapheme.encode_utf16().count());
        assert_eq!((units("👍🏽👍🏽👍🏽", 12), units("👍🏽👍🏽👍🏽", 10)), ("👍🏽👍🏽👍🏽".to_owned(), "👍🏽👍🏽…".to_owned()));
        assert_eq!(cut_words("a, b,\nc d", 2), "a, b…");
        assert_eq!(cut_words("a b", 2), "a b");
    }
}
