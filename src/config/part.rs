//! One section as read: its part's struct, where it stands, and what of it was lost to mistakes.

use std::collections::BTreeSet;

use toml::de::DeValue;

use crate::{
    config::{
        report::Report,
        source::{Node, Span},
    },
    model::flaw::Flaw,
};

pub(super) struct Part<'i, T> {
    pub(super) value: T,
    /// `[bland]`, `[[watches]]`.
    pub(super) title: String,
    node: Option<Node<'i>>,
    lost: BTreeSet<String>,
}

impl<'i, T> Part<'i, T> {
    pub(super) fn new(value: T, title: &str, node: Node<'i>, lost: BTreeSet<String>) -> Self {
        Self { value, title: title.to_owned(), node: Some(node), lost }
    }

    pub(super) fn absent(title: &str) -> Self
    where
        T: Default,
    {
        Self { value: T::default(), title: title.to_owned(), node: None, lost: BTreeSet::new() }
    }

    pub(super) fn is_absent(&self) -> bool {
        self.node.is_none()
    }

    /// Whether `key` was there, or was meant, and could not be used.
    pub(super) fn lost(&self, key: &str) -> bool {
        self.lost.contains(key)
    }

    /// Reports what is wrong with a section, unless it only follows from a mistake told already.
    pub(super) fn tell(&self, report: &mut Report<'_>, flaw: Flaw) {
        let hint = flaw.hint.clone().unwrap_or_default();
        if let Some(excerpt) = flaw.excerpt {
            return report.wrong_elsewhere(excerpt, &flaw.says, &hint);
        }
        let of_lost = self.lost.iter().any(|key| {
            // A value lost within a table concerns what is said of that table.
            let (table, inner) = key.rsplit_once('.').unwrap_or(("", key));
            let about = flaw.path == table || table.is_empty();
            flaw.path.strip_prefix(key.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                || about && (mentions(&flaw.says, inner) || mentions(&hint, inner))
        });
        let place = self.node.as_ref().map(|node| resolve(node, &flaw.path));
        let told = place.as_ref().is_some_and(|place| report.told_value(place));
        if !of_lost && !told {
            report.wrong(place, named(&flaw), hint);
        }
    }
}

/// A sentence without a subject is about its key.
fn named(flaw: &Flaw) -> String {
    let bare = ["is ", "has ", "holds ", "names ", "must ", "cannot "].iter().any(|verb| flaw.says.starts_with(verb));
    if bare && !flaw.path.is_empty() { format!("`{}` {}", flaw.path, flaw.says) } else { flaw.says.clone() }
}

/// Whether a sentence names a key in backticks, alone or at the start of a line to write.
fn mentions(sentence: &str, key: &str) -> bool {
    let quoted = sentence.split('`').skip(1).step_by(2);
    quoted.into_iter().any(|code| code.split(|c: char| !c.is_alphanumeric() && c != '_').next() == Some(key))
}

/// Where a dotted path leads, or the innermost place on the way to it.
fn resolve(node: &Node<'_>, path: &str) -> Span {
    match node.get_ref() {
        _ if path.is_empty() => node.span(),
        DeValue::Table(table) => {
            // Keys may have dots themselves (`mentions."call.failed"`), so the longest that fits is taken.
            let fitting = table.iter().filter_map(|(key, value)| {
                let key = key.get_ref().as_ref();
                let rest = path.strip_prefix(key)?;
                let rest = if rest.is_empty() { rest } else { rest.strip_prefix('.')? };
                Some((key.len(), value, rest))
            });
            match fitting.max_by_key(|(length, ..)| *length) {
                Some((_, value, rest)) => resolve(value, rest),
                None => table.get(format!("{path}_file").as_str()).unwrap_or(node).span(),
            }
        }
        DeValue::Array(list) => {
            let (index, rest) = path.split_once('.').unwrap_or((path, ""));
            let item = index.parse().ok().and_then(|index: usize| list.get(index));
            item.map_or_else(|| node.span(), |item| resolve(item, rest))
        }
        _ => node.span(),
    }
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    #[test]
    fn paths_lead_to_values_and_to_what_is_nearest() {
        let text = "[a]\nlist = [1, { x = 2 }]\nm = { 'call.failed' = 3, call = 4 }\nkey_file = 'f'\n";
        let tree = DeTable::parse(text).unwrap().into_inner();
        let node = tree.get("a").unwrap();
        for (path, found) in [
            ("", "[a]"),
            ("list.0", "1"),
            ("list.1.x", "2"),
            ("list.7", "[1, { x = 2 }]"),
            ("m.call.failed", "3"),
            ("m.call", "4"),
            ("key", "'f'"),
            ("none.at.all", "[a]"),
        ] {
            assert_eq!(text.get(resolve(node, path)), Some(found), "{path}");
        }
    }

    #[test]
    fn a_sentence_mentions_a_key_only_in_backticks() {
        assert!(mentions("set `all_calls = true`, or give `calls = […]`", "calls"));
        assert!(!mentions("set `all_calls = true`", "calls"));
        assert!(!mentions("reply to whom", "to"));
    }
}
