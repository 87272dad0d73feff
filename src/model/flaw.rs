//! One mistake in a piece of configuration or in a file that it names, said by the part that owns it.

use std::fmt;

use crate::model::place::Place;

/// A mistake, where it is, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Keys from the owning section down to the place, such as `notify.0`; empty for the section itself.
    pub path: String,
    /// What is wrong, in lower case without a full stop.
    pub says: String,
    /// What to write instead, where that can be said.
    pub hint: Option<String>,
    /// The place itself, where it is in a file of its own, such as a template.
    pub excerpt: Option<Box<Excerpt>>,
}

/// A place in a file other than the config.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Excerpt {
    pub file: String,
    pub place: Place,
}

impl Flaw {
    pub fn new(path: impl Into<String>, says: impl Into<String>) -> Self {
        Self { path: path.into(), says: says.into(), hint: None, excerpt: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn at(mut self, file: impl Into<String>, place: Place) -> Self {
        self.excerpt = Some(Box::new(Excerpt { file: file.into(), place }));
        self
    }

    /// The same flaw seen from an outer section.
    #[must_use]
    pub fn under(mut self, outer: &str) -> Self {
        self.path = if self.path.is_empty() { outer.to_owned() } else { format!("{outer}.{}", self.path) };
        self
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A key of the config says nothing where the place is in another file.
        let key =
            if self.path.is_empty() || self.excerpt.is_some() { String::new() } else { format!("{}: ", self.path) };
        write!(f, "error: {key}{}", self.says)?;
        match &self.excerpt {
            Some(excerpt) => write!(f, "\n{}", fmt::from_fn(|f| excerpt.place.write(&excerpt.file, f)))?,
            None if self.hint.is_some() => f.write_str("\n")?,
            None => {}
        }
        let Some(hint) = &self.hint else { return Ok(()) };
        f.write_str("  hint: ")?;
        f.write_str(&hint.replace('\n', "\n        "))
    }
}
