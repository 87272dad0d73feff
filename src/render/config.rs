//! `[templates]`: where a team's own templates are.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The language of messages: `en`, `de`, or a folder of that name in `dir`.
    pub language: String,
    /// Files here replace the built-in ones of the same name.
    pub dir: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self { language: "en".to_owned(), dir: None }
    }
}
