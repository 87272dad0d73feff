//! Helpers that say words of the words file.

use serde_json::Value;

use crate::render::{
    helpers::{
        args::{Args, plain},
        text::as_sentence,
    },
    words::fill,
};

/// A word by its key, or what a list of words says of a value.
pub(super) fn word(args: &Args<'_>) -> Result<Value, String> {
    let key = args.text(0).ok_or("needs a word's key, as in `{{t \"open\"}}`")?;
    match args.get(1) {
        None => {
            let word = args
                .words
                .get(key)
                .ok_or_else(|| format!("does not know the word `{key}`{}", args.words.meant(key)))?;
            let named: Vec<(&str, String)> = args.named.iter().map(|(name, value)| (*name, plain(value))).collect();
            let named: Vec<(&str, &str)> = named.iter().map(|(name, value)| (*name, value.as_str())).collect();
            Ok(fill(word, &named).into())
        }
        Some(value) => {
            let value = plain(value);
            Ok(args.words.of_value(key, &value).map_or_else(|| as_sentence(&value), str::to_owned).into())
        }
    }
}

/// What a problem is about is stored as a kind and a name, such as `account bland`, or a number and a kind.
pub(super) fn subject(args: &Args<'_>) -> Result<Value, String> {
    let what = plain(args.first()?);
    let said = what.split_once(' ').and_then(|(first, rest)| {
        let of = |kind: &str, name: &str| {
            let pattern = args.words.get(&format!("subject.{kind}"))?;
            Some(fill(pattern, &[("name", name)]))
        };
        of(first, rest).or_else(|| of(rest, first))
    });
    Ok(said.unwrap_or(what).into())
}
