//! Reads one section of the file into its part's struct, and finds all of its mistakes, not only the first.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue, ValueDeserializer},
};

use crate::{
    config::{
        later::{Later, Off},
        part::Part,
        report::{Report, quote},
        shape::{Holds, Key, Shape},
        source::{Node, Span},
        words,
    },
    model::near::closest,
};

/// What a preset asks for.
const PARAMS: &str = "params";

/// A section with more wrong values than this is told about in a second run.
const MOST_TRIES: usize = 32;

pub(super) struct Reader<'r, 'i> {
    pub(super) report: &'r mut Report<'i>,
    pub(super) env: &'r dyn Fn(&str) -> Option<String>,
    /// The folder that relative paths start at.
    pub(super) beside: &'r Path,
    /// Secrets' files that were read.
    pub(super) files: Vec<PathBuf>,
}

/// A section's keys after variables and files are filled in.
pub(super) struct Cleaned<'i> {
    pub(super) span: Span,
    pub(super) table: DeTable<'i>,
    /// Keys that were there, or were meant, and are gone because they are wrong.
    pub(super) lost: BTreeSet<String>,
    /// Keys whose values may not be shown.
    private: BTreeSet<String>,
}

impl<'i> Reader<'_, 'i> {
    pub(super) fn section<T>(&mut self, title: &str, node: Option<Node<'i>>, later: &[Later]) -> Part<'i, T>
    where
        T: DeserializeOwned + JsonSchema + Default,
    {
        match node {
            Some(node) => self.shaped(&Shape::of::<T>(), title, node, later),
            None => Part::absent(title),
        }
    }

    pub(super) fn shaped<T>(&mut self, shape: &Shape, title: &str, node: Node<'i>, later: &[Later]) -> Part<'i, T>
    where
        T: DeserializeOwned + Default,
    {
        let Some(mut cleaned) = self.clean(title, &node, shape, later) else {
            return Part::new(T::default(), title, node, BTreeSet::new());
        };
        let table = std::mem::take(&mut cleaned.table);
        let value = self.build(table, shape, &mut cleaned);
        Part::new(value, title, node, cleaned.lost)
    }

    /// The section as a table, or a mistake.
    pub(super) fn table<'n>(&mut self, title: &str, node: &'n Node<'i>) -> Option<&'n DeTable<'i>> {
        match node.get_ref() {
            DeValue::Table(table) => Some(table),
            DeValue::Array(_) => {
                self.report.wrong(
                    node.span(),
                    format!("{title} is one section, not a list"),
                    "write it in single brackets",
                );
                None
            }
            _ => {
                self.report.wrong(
                    node.span(),
                    format!("{title} must be a section"),
                    "put it in brackets on a line of its own",
                );
                None
            }
        }
    }

    /// Takes out what does not belong here, and fills in variables and files.
    pub(super) fn clean(
        &mut self,
        title: &str,
        node: &Node<'i>,
        shape: &Shape,
        later: &[Later],
    ) -> Option<Cleaned<'i>> {
        let given = self.table(title, node)?;
        let mut cleaned =
            Cleaned { span: node.span(), table: DeTable::new(), lost: BTreeSet::new(), private: BTreeSet::new() };
        for (key, value) in given {
            let name = key.get_ref().as_ref();
            if let Some(inner) = shape.table(name).filter(|_| value.get_ref().is_table()) {
                cleaned.private.insert(name.to_owned());
                let value = self.inner(name, inner, value, &mut cleaned.lost);
                cleaned.put(key.clone(), value);
            } else if let Some(known) = shape.get(name) {
                let value = self.known(name, known, value.clone(), &mut cleaned.private);
                cleaned.put(key.clone(), value);
            } else if let Some(secret) = shape.file_of(name) {
                if given.contains_key(secret) {
                    let says = format!("`{secret}` and `{name}` are both given");
                    self.report.wrong(key.span(), says, "keep one of the two");
                    continue;
                }
                let value = self.read_file(name, value.clone());
                cleaned.private.insert(secret.to_owned());
                cleaned.put(Spanned::new(key.span(), Cow::Owned(secret.to_owned())), value);
            } else if let Some(later) = later.iter().find(|later| later.key == name) {
                self.later(title, later, key.span(), value);
            } else {
                let meant = self.unknown(title, name, key.span(), shape.names());
                let is_plain = |key: &String| shape.get(key).is_some_and(|key| key.holds == Holds::Plain);
                if meant.as_ref().is_some_and(is_plain) && !sounds_private(name) {
                    self.report.source.show(value);
                }
                cleaned.lost.extend(meant);
            }
        }
        Some(cleaned)
    }

    /// A table within a section, cleaned like the section itself.
    fn inner(&mut self, name: &str, shape: &Shape, node: &Node<'i>, lost: &mut BTreeSet<String>) -> Option<Node<'i>> {
        let cleaned = self.clean(&quote(name), node, shape, &[])?;
        lost.extend(cleaned.lost.into_iter().map(|key| format!("{name}.{key}")));
        Some(Spanned::new(node.span(), DeValue::Table(cleaned.table)))
    }

    /// Tells of an unknown key, and returns the one that was probably meant.
    pub(super) fn unknown<'s>(
        &mut self,
        title: &str,
        name: &str,
        at: Span,
        known: impl Iterator<Item = &'s str>,
    ) -> Option<String> {
        if self.report.is_full() {
            self.report.wrong(at, "", "");
            return None;
        }
        let known: Vec<&str> = known.collect();
        let file = name.strip_suffix("_file").filter(|base| known.contains(base));
        let close = closest(name, known.iter().copied());
        let keys = known.join(", ");
        let hint = match (file, close) {
            (Some(base), _) => {
                format!("`{base}` holds no secret, so it cannot be read from a file (keys here: {keys})")
            }
            (None, Some(close)) => format!("did you mean `{close}`? (keys here: {keys})"),
            (None, None) => format!("keys here: {keys}"),
        };
        self.report.wrong(at, format!("unknown key {} in {title}", quote(name)), hint);
        close.map(str::to_owned)
    }

    pub(super) fn later(&mut self, title: &str, later: &Later, at: Span, value: &Node<'i>) {
        let is_off = match (&later.off, value.get_ref()) {
            (Some(Off::Text(off)), DeValue::String(text)) => text.as_ref() == *off,
            _ => false,
        };
        if is_off {
            return;
        }
        if !value.get_ref().is_table() && !sounds_private(later.key) {
            self.report.source.show(value);
        }
        let says = format!("`{}` in {title} is not available yet", later.key);
        self.report.not_yet(at, says, format!("remove it; until then {}", later.meanwhile));
    }

    /// A known key's value with variables filled in; `None` when it cannot be used.
    fn known(&mut self, name: &str, key: Key, mut value: Node<'i>, private: &mut BTreeSet<String>) -> Option<Node<'i>> {
        match key.holds {
            Holds::Plain => self.report.source.show(&value),
            Holds::Secret | Holds::Secrets | Holds::Table => {
                private.insert(name.to_owned());
                if value.get_ref().as_str().is_some_and(is_reference) {
                    self.report.source.show(&value);
                }
            }
        }
        let before = self.report.count();
        if self.fill(name, key, &mut value) {
            private.insert(name.to_owned());
        }
        if name == PARAMS
            && let DeValue::Table(table) = value.get_mut()
        {
            self.read_params(table);
        }
        match value.get_ref() {
            DeValue::String(text) if key.holds == Holds::Secret => {
                self.report.keep_private(text);
                if text.trim().is_empty() && self.report.count() == before {
                    let hint = format!("give it a value, remove the line, or use `{name}_file = \"…\"`");
                    self.report.wrong(value.span(), format!("`{name}` is empty"), hint);
                }
            }
            DeValue::Table(table) if key.holds == Holds::Secrets => {
                for text in table.values().filter_map(|value| value.get_ref().as_str()) {
                    self.report.keep_private(text);
                }
            }
            _ => {}
        }
        let usable = self.report.count() == before;
        if let DeValue::Array(list) = value.get_ref() {
            self.tell_repeats(name, list.iter());
        }
        usable.then_some(value)
    }

    /// Parameters have names that are not known here; any may be given by a file.
    fn read_params(&mut self, table: &mut DeTable<'i>) {
        let given: BTreeSet<String> = table.keys().map(|key| key.get_ref().to_string()).collect();
        for (key, value) in std::mem::take(table) {
            let Some(base) = key.get_ref().strip_suffix("_file").map(str::to_owned) else {
                table.insert(key, value);
                continue;
            };
            let name = format!("{PARAMS}.{base}_file");
            if given.contains(&base) {
                let says = format!("`{PARAMS}.{base}` and `{name}` are both given");
                self.report.wrong(key.span(), says, "keep one of the two");
            } else if let Some(text) = self.read_file(&name, value) {
                table.insert(Spanned::new(key.span(), Cow::Owned(base)), text);
            }
        }
    }

    /// Every list in this file is a set: a repeated word is a slip.
    fn tell_repeats<'n>(&mut self, name: &str, list: impl Iterator<Item = &'n Node<'i>>)
    where
        'i: 'n,
    {
        let mut seen = BTreeSet::new();
        for item in list {
            if let Some(text) = item.get_ref().as_str()
                && !seen.insert(text)
            {
                self.report.wrong(item.span(), format!("{} is twice in `{name}`", quote(text)), "keep one of the two");
            }
        }
    }

    /// Deserializes, and on an error takes the offending value out and tries again.
    pub(super) fn build<T: DeserializeOwned + Default>(
        &mut self,
        mut table: DeTable<'i>,
        shape: &Shape,
        cleaned: &mut Cleaned<'i>,
    ) -> T {
        for _ in 0..MOST_TRIES {
            let node = Spanned::new(cleaned.span.clone(), DeValue::Table(table.clone()));
            let error = match T::deserialize(ValueDeserializer::from(node)) {
                Ok(value) => return value,
                Err(error) => error,
            };
            let Some((top, name, at)) = error.span().and_then(|span| take_out(&mut table, &span)) else {
                self.report.wrong(cleaned.span.clone(), error.message(), "");
                break;
            };
            let private = cleaned.private.contains(&top);
            let (says, hint) = words::of_value(&name, shape.get(&top), error.message(), private);
            self.report.wrong(at, says, hint);
            // What was meant by an unknown key is not known, so its whole table counts as lost.
            let lost = if error.message().starts_with("unknown field") { &top } else { &name };
            cleaned.lost.insert(lost.split("[]").next().unwrap_or(lost).to_owned());
        }
        T::default()
    }
}

impl<'i> Cleaned<'i> {
    fn put(&mut self, key: Spanned<Cow<'i, str>>, value: Option<Node<'i>>) {
        match value {
            Some(value) => drop(self.table.insert(key, value)),
            None => drop(self.lost.insert(key.into_inner().into_owned())),
        }
    }

    /// Moves the keys of `shape` into a table of their own.
    pub(super) fn split(&mut self, shape: &Shape) -> DeTable<'i> {
        let (here, rest) = std::mem::take(&mut self.table).into_iter().partition(|(key, _)| shape.has(key.get_ref()));
        self.table = rest;
        here
    }
}

/// Removes the innermost value at `span`; returns its top key, its own name, and where it was.
fn take_out(table: &mut DeTable<'_>, span: &Span) -> Option<(String, String, Span)> {
    let holds = |outer: &Span| outer.start <= span.start && span.end <= outer.end;
    let (top, at) = table
        .iter()
        .map(|(key, value)| (key.get_ref().to_string(), (key.span(), value.span())))
        .find(|(_, (key, value))| holds(value) || holds(key))
        .map(|(top, (key, value))| (top, if holds(&value) { value } else { key }))?;
    if at != *span
        && let Some(name) = table.get_mut(top.as_str()).and_then(|value| take_within(value, span))
    {
        return Some((top.clone(), format!("{top}{name}"), span.clone()));
    }
    table.remove(top.as_str());
    Some((top.clone(), top, at))
}

fn take_within(node: &mut Node<'_>, span: &Span) -> Option<String> {
    match node.get_mut() {
        DeValue::Table(table) => take_out(table, span).map(|(_, name, _)| format!(".{name}")),
        DeValue::Array(list) => {
            let index = list.iter().position(|item| item.span().start <= span.start && span.end <= item.span().end)?;
            let item = list.get_mut(index)?;
            let at = item.span();
            let inner = if item.span() == *span { None } else { take_within(item, span) };
            if inner.is_none() {
                *list = std::mem::replace(list, DeArray::new()).into_iter().filter(|item| item.span() != at).collect();
            }
            Some(format!("[]{}", inner.unwrap_or_default()))
        }
        _ => None,
    }
}

/// `${NAME}` and nothing else: where a secret comes from, which is none itself.
fn is_reference(text: &str) -> bool {
    let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// Whether a key that is not known, or not yet, may hold a secret by its name.
fn sounds_private(name: &str) -> bool {
    let name = name.to_lowercase();
    ["key", "token", "secret", "pass", "hook", "url", "auth", "smtp"].iter().any(|word| name.contains(word))
}
