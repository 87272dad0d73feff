//! What is wrong with a config file, as people read it: every mistake with its place and its remedy.
//!
//! Only cleaned text gets in here, so neither Display nor Debug can show a secret.

use std::{error::Error, fmt};

use crate::model::place::Place;

/// Everything that is wrong with one file, sorted by place.
#[derive(Debug, Clone)]
pub struct Mistakes {
    pub file: String,
    pub mistakes: Vec<Mistake>,
    /// There are more, which were not looked into.
    pub more: bool,
}

#[derive(Debug, Clone)]
pub struct Mistake {
    pub kind: Kind,
    /// What is wrong, in lower case without a full stop.
    pub says: String,
    /// What to write instead; may have several lines.
    pub hint: Option<String>,
    /// `None` where something is missing from the whole file.
    pub place: Option<Place>,
    /// The file that the place is in, where it is another one: a template.
    pub other_file: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Wrong,
    /// A key that the design has and this version does not yet obey.
    NotYet,
    /// The file itself cannot be read.
    Unreadable,
}

impl Mistakes {
    /// The only mistake is that there is no such file, or none that can be read.
    pub(super) fn unreadable(file: &str, says: String, hint: &str) -> Self {
        let mistake =
            Mistake { kind: Kind::Unreadable, says, hint: Some(hint.to_owned()), place: None, other_file: None };
        Self { file: file.to_owned(), mistakes: vec![mistake], more: false }
    }

    /// How many there are, in words; none where the file cannot be read at all.
    fn count(&self) -> Option<String> {
        let count = self.mistakes.len();
        let more = if self.more { "more than " } else { "" };
        let s = if count == 1 { "" } else { "s" };
        let read = self.mistakes.first().is_none_or(|first| first.kind != Kind::Unreadable);
        let in_templates = self.mistakes.iter().filter(|mistake| mistake.other_file.is_some()).count();
        let places = match in_templates {
            0 => self.file.clone(),
            all if all == count => format!("the templates of {}", self.file),
            _ => format!("{} and its templates", self.file),
        };
        read.then(|| format!("{more}{count} mistake{s} in {places}"))
    }

    /// Every mistake, and then what came of it, in a few words.
    pub fn with_end<'m>(&'m self, end: &'m str) -> impl fmt::Display + 'm {
        fmt::from_fn(move |f| {
            for mistake in &self.mistakes {
                mistake.write(&self.file, f)?;
                writeln!(f)?;
            }
            match self.count() {
                Some(count) => write!(f, "{count}; {end}"),
                None => f.write_str(end),
            }
        })
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.with_end("nothing was started"))
    }
}

impl Error for Mistakes {}

impl Mistake {
    fn write(&self, file: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.says)?;
        match &self.place {
            Some(place) => place.write(self.other_file.as_deref().unwrap_or(file), f)?,
            None if self.kind == Kind::Unreadable => {}
            None => writeln!(f, "  --> {file}")?,
        }
        if let Some(hint) = &self.hint {
            let mut lines = hint.lines();
            writeln!(f, "  hint: {}", lines.next().unwrap_or_default())?;
            for line in lines {
                writeln!(f, "        {line}")?;
            }
        }
        Ok(())
    }
}
