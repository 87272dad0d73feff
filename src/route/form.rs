//! What telling somebody of an event comes to at the destination.

use std::{fmt, str::FromStr};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// A message of its own, or a bundle's.
    #[default]
    Message,
    /// The batch's live card: posted once, and edited in place from then on.
    Card,
    /// The message in which the call's end was told is changed.
    Edit,
}

impl Form {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Card => "card",
            Self::Edit => "edit",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Form {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = [Self::Message, Self::Card, Self::Edit].into_iter().find(|form| form.as_str() == word);
        known.ok_or_else(|| format!("unknown form `{word}` of a delivery"))
    }
}
