//! `[[watches]]`: what to follow.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{self, SeqAccess, Visitor},
};

use crate::model::{flaw::Flaw, period::Period};

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Unique; shown in messages.
    pub name: String,
    /// The account to read: `bland`, or one of `[accounts.<name>]`. Default `bland`.
    pub account: Option<String>,
    /// Every call of the account that is created from now on.
    pub all_calls: bool,
    /// With `all_calls`: also report calls created up to this long before the first start.
    pub since: Option<Period>,
    /// Only inbound (true) or only outbound (false) calls.
    pub inbound: Option<bool>,
    /// Only calls to a number that matches this glob, such as `+1555*`.
    pub to: Option<String>,
    /// Only calls from a number that matches this glob.
    pub from: Option<String>,
    /// Only calls on this pathway.
    pub pathway_id: Option<String>,
    /// Only calls whose metadata has all these values; values are globs.
    pub metadata: BTreeMap<String, String>,
    /// Calls by id.
    pub calls: Vec<String>,
    /// Batches by id, or `"all"` for every batch created from now on.
    pub batches: Batches,
    /// Report the child legs of warm transfers as calls of their own.
    pub transfer_legs: bool,
}

impl Config {
    /// The account's name, given or the default.
    pub fn account(&self) -> &str {
        self.account.as_deref().unwrap_or("bland")
    }

    /// What this section gets wrong by itself; names of accounts are checked where they are known.
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        if self.name.trim().is_empty() {
            flaws.push(Flaw::new("", "a watch without a name").hint("add `name = \"…\"`; it is shown in messages"));
        }
        let follows_something = self.all_calls || !self.calls.is_empty() || self.batches.any();
        if !follows_something {
            flaws.push(
                Flaw::new("", "this watch follows nothing")
                    .hint("set `all_calls = true`, or give `calls = [\"…\"]` or `batches = [\"…\"]`"),
            );
        }
        if !self.all_calls {
            let filters = [
                ("since", self.since.is_some()),
                ("inbound", self.inbound.is_some()),
                ("to", self.to.is_some()),
                ("from", self.from.is_some()),
                ("pathway_id", self.pathway_id.is_some()),
                ("metadata", !self.metadata.is_empty()),
            ];
            for (key, _) in filters.into_iter().filter(|(_, set)| *set) {
                flaws.push(
                    Flaw::new(
                        key,
                        format!("`{key}` filters an account's calls, and this watch does not read them all"),
                    )
                    .hint("set `all_calls = true`, or remove the filter"),
                );
            }
        }
        for (index, id) in self.calls.iter().enumerate() {
            flaws.extend(bad_id(id).map(|says| Flaw::new(format!("calls.{index}"), says)));
        }
        for (index, id) in self.batches.ids().iter().enumerate() {
            flaws.extend(bad_id(id).map(|says| Flaw::new(format!("batches.{index}"), says)));
        }
        flaws
    }
}

/// Why a text cannot be an id of Bland's: they are 1 to 256 letters, digits, `-` and `_`.
pub fn bad_id(id: &str) -> Option<String> {
    let fine = (1..=256).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (!fine).then(|| format!("`{id}` cannot be an id of Bland's: 1 to 256 letters, digits, `-` or `_`"))
}

/// The batches of a watch: a list of ids, or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Batches {
    All,
    Ids(Vec<String>),
}

impl Batches {
    pub fn any(&self) -> bool {
        *self == Self::All || !self.ids().is_empty()
    }

    pub fn ids(&self) -> &[String] {
        match self {
            Self::All => &[],
            Self::Ids(ids) => ids,
        }
    }
}

impl Default for Batches {
    fn default() -> Self {
        Self::Ids(Vec::new())
    }
}

impl<'de> Deserialize<'de> for Batches {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Batches;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of batch ids, or \"all\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Batches, E> {
                if text == "all" { Ok(Batches::All) } else { Err(E::invalid_value(de::Unexpected::Str(text), &self)) }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Batches, A::Error> {
                let mut ids = Vec::new();
                while let Some(id) = seq.next_element()? {
                    ids.push(id);
                }
                Ok(Batches::Ids(ids))
            }
        }

        from.deserialize_any(Either)
    }
}

impl JsonSchema for Batches {
    fn schema_name() -> Cow<'static, str> {
        "Batches".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "oneOf": [{ "const": "all" }, { "type": "array", "items": { "type": "string" } }] })
    }
}
