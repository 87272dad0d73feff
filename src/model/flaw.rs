//! One mistake in a piece of configuration, said by the part that owns it.

use std::fmt;

/// A mistake, where it is, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Keys from the owning section down to the place, such as `notify.0`; empty for the section itself.
    pub path: String,
    /// What is wrong, in lower case without a full stop.
    pub says: String,
    /// What to write instead, where that can be said.
    pub hint: Option<String>,
}

impl Flaw {
    pub fn new(path: impl Into<String>, says: impl Into<String>) -> Self {
        Self { path: path.into(), says: says.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
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
        let place = if self.path.is_empty() { String::new() } else { format!("{}: ", self.path) };
        write!(f, "error: {place}{}", self.says)?;
        self.hint.iter().try_for_each(|hint| write!(f, "\n  hint: {hint}"))
    }
}
