//! `[store]`: where facts, events and deliveries are kept, and for how long.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::model::{flaw::Flaw, period::Period, secret::Secret};

const DAY: Period = Period::from_secs(86_400);
const MONTH: Period = Period::from_secs(30 * 86_400);
const FOREVER: &str = "forever";

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `sqlite:FILE` (relative to the config file) or `postgres://…`.
    pub url: Secret,
    /// How long settled facts are kept: ended calls, events, and deliveries that were made or given up.
    pub retention: Retention,
    /// Whether transcripts are written to the store. Without them, messages still carry the summary.
    pub transcripts: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { url: Secret::new("sqlite:ringback.db"), retention: Retention::For(MONTH), transcripts: true }
    }
}

impl Config {
    /// What this section gets wrong by itself; the URL is checked where it is resolved.
    pub fn flaws(&self) -> Vec<Flaw> {
        match self.retention {
            Retention::For(period) if period < DAY => {
                let says = format!("`retention` is {period}, and must be at least 1d");
                vec![Flaw::new("retention", says).hint("write `retention = \"1d\"` or more, or \"forever\"")]
            }
            _ => vec![],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    For(Period),
    Forever,
}

impl Retention {
    /// None: nothing is ever pruned.
    pub fn period(self) -> Option<Period> {
        match self {
            Self::For(period) => Some(period),
            Self::Forever => None,
        }
    }
}

impl<'de> Deserialize<'de> for Retention {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        match text.trim() {
            FOREVER => Ok(Self::Forever),
            text => text.parse().map(Self::For).map_err(|wrong| de::Error::custom(format!("{wrong}, or \"forever\""))),
        }
    }
}

impl JsonSchema for Retention {
    fn schema_name() -> Cow<'static, str> {
        "Retention".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "oneOf": [{ "const": FOREVER }, generator.subschema_for::<Period>()] })
    }
}
