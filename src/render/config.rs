//! `[templates]`: where a team's own templates are.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Files here replace the built-in ones of the same name.
    pub dir: Option<PathBuf>,
}
