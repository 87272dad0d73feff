//! A destination whose form is known: what `presets/<name>.toml` says beside its layout.

use serde::Deserialize;

/// One preset, read from its data file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Preset {
    #[serde(skip)]
    pub name: String,
    pub content_type: String,
    /// Empty: any 2xx.
    pub success_statuses: Vec<u16>,
    /// The trimmed body must equal this.
    pub success_body: Option<String>,
    pub max_per_minute: Option<u32>,
    /// Beginnings of URLs that look right and are not.
    pub refused_prefixes: Vec<String>,
    /// Parameters that must be given.
    pub params: Vec<String>,
    /// What the destination takes at most.
    pub limits: Vec<Limit>,
}

/// One limit on the rendered JSON.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limit {
    /// Where: keys after slashes; `*` is any member; `[type=header]` is any member with that value.
    pub at: String,
    /// The most Unicode characters of a string, or of all strings below a container together.
    pub chars: Option<usize>,
    /// The most bytes of a string, or of a container's JSON.
    pub bytes: Option<usize>,
    /// The most items of an array; the last ones go.
    pub items: Option<usize>,
}
