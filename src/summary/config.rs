//! `[summary]`: where a call's summary comes from.

use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The first source that yields text is used; `extract` is built in.
    pub order: Vec<Source>,
    /// The most words of a built-in summary. 10 to 200.
    pub max_words: NonZeroUsize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Bland,
    Llm,
    Extract,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            order: vec![Source::Bland, Source::Llm, Source::Extract],
            max_words: NonZeroUsize::new(45).expect("not zero"),
        }
    }
}

impl Config {
    pub fn flaws(&self) -> Vec<crate::model::flaw::Flaw> {
        Vec::new()
    }
}
