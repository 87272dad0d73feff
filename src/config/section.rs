//! Reads one section of the file into its part's struct, and finds all of its mistakes, not only the first.

use std::{borrow::Cow, collections::BTreeSet, fs::File, io::Read, path::Path};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue, ValueDeserializer},
};

use crate::config::{
    expand::{Expanded, Trouble, expand},
    later::{Later, Off},
    part::Part,
    report::{Report, quote},
    shape::{Holds, Key, Shape, closest},
    source::{Node, Span},
    words,
};

/// A section with more wrong values than this is told about in a second run.
const MOST_TRIES: usize = 32;
/// No key or URL is longer.
const LONGEST_SECRET: u64 = 64 * 1024;

pub(super) struct Reader<'r, 'i> {
    pub(super) report: &'r mut Report<'i>,
    pub(super) env: &'r dyn Fn(&str) -> Option<String>,
    /// The folder that relative paths start at.
    pub(super) beside: &'r Path,
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

    /// A text that stands by itself, with its variables filled in.
    pub(super) fn text(&mut self, name: &str, node: &Node<'_>) -> Option<String> {
        let Some(text) = node.get_ref().as_str() else {
            self.report.wrong(node.span(), format!("`{name}` must be text in quotes"), "");
            return None;
        };
        let filled = self.expanded(name, false, text, &node.span())?;
        Some(filled.text)
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
            if let Some(known) = shape.get(name) {
                let value = self.known(name, known, value.clone(), &mut cleaned.private);
                cleaned.put(key.clone(), value);
            } else if let Some(secret) = shape.file_of(name) {
                if given.contains_key(secret) {
                    let says = format!("`{secret}` and `{name}` are both given");
                    self.report.wrong(key.span(), says, "keep one of the two");
                    continue;
                }
                let value = self.from_file(name, value.clone());
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
            (Some(Off::False), DeValue::Boolean(set)) => !set,
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
            Holds::Secret | Holds::Secrets => {
                private.insert(name.to_owned());
            }
        }
        let before = self.report.count();
        if self.fill(name, key, &mut value) {
            private.insert(name.to_owned());
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

    /// Fills variables into every string of a value, and says whether there were any.
    fn fill(&mut self, name: &str, key: Key, value: &mut Node<'i>) -> bool {
        let at = value.span();
        match value.get_mut() {
            DeValue::String(text) if text.contains('$') => {
                let Some(filled) = self.expanded(name, key.holds == Holds::Secret, text, &at) else { return true };
                *text = Cow::Owned(filled.text);
                !filled.private.is_empty()
            }
            DeValue::Array(list) => list.iter_mut().fold(false, |any, value| self.fill(name, key, value) | any),
            DeValue::Table(table) => table.iter_mut().fold(false, |any, (_, value)| self.fill(name, key, value) | any),
            _ => false,
        }
    }

    fn expanded(&mut self, name: &str, secret: bool, text: &str, at: &Span) -> Option<Expanded> {
        match expand(text, self.env) {
            Ok(filled) => {
                filled.private.iter().for_each(|text| self.report.keep_private(text));
                if !filled.private.is_empty() {
                    self.report.keep_private(&filled.text);
                }
                Some(filled)
            }
            Err(troubles) => {
                for trouble in troubles {
                    let (says, hint) = describe(name, secret, &trouble);
                    self.report.wrong(at.clone(), says, hint);
                }
                None
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

    /// What `<key>_file` points to.
    fn from_file(&mut self, name: &str, mut path: Node<'i>) -> Option<Node<'i>> {
        const PATH: Key = Key { holds: Holds::Plain, remedy: "" };
        self.report.source.show(&path);
        let before = self.report.count();
        self.fill(name, PATH, &mut path);
        if self.report.count() > before {
            return None;
        }
        let at = path.span();
        let Some(text) = path.get_ref().as_str() else {
            self.report.wrong(at, format!("`{name}` must be the path of a file, in quotes"), "");
            return None;
        };
        let full = self.beside.join(text);
        match read_secret(&full) {
            Ok(secret) => {
                self.report.keep_private(&secret);
                Some(Spanned::new(at, DeValue::String(Cow::Owned(secret))))
            }
            Err(why) => {
                let hint = format!("looked for {}; a relative path starts at the config file's folder", full.display());
                self.report.wrong(at, format!("the file of `{name}` {why}"), hint);
                None
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
            cleaned.lost.insert(top);
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

/// Whether a key that is not known, or not yet, may hold a secret by its name.
fn sounds_private(name: &str) -> bool {
    let name = name.to_lowercase();
    ["key", "token", "secret", "pass", "hook", "url", "auth", "smtp"].iter().any(|word| name.contains(word))
}

fn describe(name: &str, secret: bool, trouble: &Trouble) -> (String, String) {
    match trouble {
        Trouble::Unset(variable) => {
            let otherwise = match secret {
                true => format!("use `{name}_file = \"…\"`"),
                false => format!("give a default: `${{{variable}:-…}}`"),
            };
            let says = format!("`{name}` needs the environment variable {variable}, which is not set");
            (says, format!("set {variable}, or {otherwise}"))
        }
        Trouble::NotAName => {
            let says = format!("a `${{` in `{name}` is not followed by a variable's name and `}}`");
            (says, "write `${NAME}`; for a dollar sign itself write `$$`".to_owned())
        }
    }
}

fn read_secret(path: &Path) -> Result<String, String> {
    let cannot = |error: std::io::Error| format!("cannot be read: {error}");
    let mut text = String::new();
    let file = File::open(path).map_err(cannot)?;
    file.take(LONGEST_SECRET + 1).read_to_string(&mut text).map_err(cannot)?;
    if text.len() as u64 > LONGEST_SECRET {
        return Err("is too long for a secret".to_owned());
    }
    let secret = text.trim_end_matches(['\n', '\r']);
    if secret.trim().is_empty() { Err("is empty".to_owned()) } else { Ok(secret.to_owned()) }
}
