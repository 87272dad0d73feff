//! Fills in what a file only points to: environment variables in any text, and `<key>_file` for a secret.

use std::{borrow::Cow, fs::File, io::Read, path::Path};

use toml::{Spanned, de::DeValue};

use crate::config::{
    expand::{Expanded, Trouble, expand},
    section::Reader,
    shape::{Holds, Key},
    source::{Node, Span},
};

/// No key or URL is longer.
const LONGEST_SECRET: u64 = 64 * 1024;

impl<'i> Reader<'_, 'i> {
    /// A text that stands by itself, with its variables filled in.
    pub(super) fn text(&mut self, name: &str, node: &Node<'_>) -> Option<String> {
        let Some(text) = node.get_ref().as_str() else {
            self.report.wrong(node.span(), format!("`{name}` must be text in quotes"), "");
            return None;
        };
        let filled = self.expanded(name, false, text, &node.span())?;
        Some(filled.text)
    }

    /// Fills variables into every string of a value, and says whether there were any.
    pub(super) fn fill(&mut self, name: &str, key: Key, value: &mut Node<'i>) -> bool {
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

    /// What `<key>_file` points to.
    pub(super) fn read_file(&mut self, name: &str, mut path: Node<'i>) -> Option<Node<'i>> {
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
        self.files.push(full.clone());
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
