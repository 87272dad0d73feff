//! Which keys a section may have and which of them hold secrets, read off the parts' own structs.

use std::{collections::BTreeMap, sync::LazyLock};

use schemars::{JsonSchema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, Visitor, value::Error},
    forward_to_deserialize_any,
};
use serde_json::Value;

use crate::{bland, config::server, notify, render, route, store, summary, watch};

/// The keys of one section.
pub(super) struct Shape {
    keys: BTreeMap<String, Key>,
    /// The names as the struct has them: the most useful first.
    order: Vec<String>,
    /// Of the keys that are tables with secrets among other keys.
    tables: BTreeMap<String, Shape>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) holds: Holds,
    /// What to write when the value is not of the right kind.
    pub(super) remedy: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Plain,
    /// A secret, which may also be given as `<key>_file`.
    Secret,
    /// A table whose values are secrets.
    Secrets,
    /// A table of keys, some of which are secrets.
    Table,
}

impl Shape {
    pub(super) fn of<T: JsonSchema + for<'de> Deserialize<'de>>() -> Self {
        let schema = SchemaGenerator::default().into_root_schema_for::<T>();
        let mut names: &[&str] = &[];
        T::deserialize(FieldNames(&mut names)).err();
        Self {
            order: names.iter().map(|&name| name.to_owned()).collect(),
            ..Self::read(schema.as_value(), schema.as_value())
        }
    }

    /// The keys of a table; `root` has the definitions that it refers to.
    fn read(table: &Value, root: &Value) -> Self {
        let mut shape = Self { keys: BTreeMap::new(), order: Vec::new(), tables: BTreeMap::new() };
        for (name, property) in table.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let mut key = Key::of(name, property);
            let inner = definition(property, root).map(|inner| Self::read(inner, root));
            if let Some(inner) = inner.filter(|inner| inner.keys.values().any(|key| key.holds != Holds::Plain)) {
                key.holds = Holds::Table;
                shape.tables.insert(name.clone(), inner);
            }
            shape.keys.insert(name.clone(), key);
            shape.order.push(name.clone());
        }
        shape
    }

    pub(super) fn and(mut self, other: Self) -> Self {
        self.keys.extend(other.keys);
        self.order.extend(other.order);
        self.tables.extend(other.tables);
        self
    }

    pub(super) fn get(&self, key: &str) -> Option<Key> {
        self.keys.get(key).copied()
    }

    pub(super) fn table(&self, key: &str) -> Option<&Shape> {
        self.tables.get(key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    /// `api_key` for `api_key_file`.
    pub(super) fn file_of<'k>(&self, key: &'k str) -> Option<&'k str> {
        let secret = key.strip_suffix("_file")?;
        (self.get(secret)?.holds == Holds::Secret && !self.has(key)).then_some(secret)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(String::as_str)
    }
}

/// The struct that a property is, or may be.
fn definition<'s>(property: &Value, root: &'s Value) -> Option<&'s Value> {
    let reference = property.get("$ref").or_else(|| property.pointer("/anyOf/0/$ref"))?;
    root.pointer(reference.as_str()?.trim_start_matches('#'))
}

impl Key {
    fn of(name: &str, property: &Value) -> Self {
        let text = property.to_string();
        let remedy = match () {
            () if text.contains("#/$defs/Period") => "write a length of time in quotes: \"90s\", \"5m\", \"1h30m\"",
            () if name == "digest" => {
                "write `digest = { every = \"1h\" }` or `digest = { cron = \"0 9 * * MON-FRI\" }`"
            }
            () if name == "group" => "write `group = { by = \"batch\", wait = \"30s\", max = 50 }`",
            () if name == "quiet" => "write `quiet = { from = \"22:00\", to = \"07:00\" }`",
            () if name == "throttle" => "write `throttle = { max = 20, per = \"1m\" }`",
            () if text.contains(r#""format":"uri""#) => "write the whole address: \"https://…\"",
            () => "",
        };
        let many = property.get("additionalProperties").is_some();
        let holds = match text.contains("#/$defs/Secret") {
            true if many => Holds::Secrets,
            true => Holds::Secret,
            // What a preset asks for is often a token.
            false if name == "params" => Holds::Secrets,
            false => Holds::Plain,
        };
        Self { holds, remedy }
    }
}

/// What a key holds wherever it may stand: nothing private only if that is so in every section.
pub(super) fn holds_anywhere(key: &str) -> Option<Holds> {
    static KEYS: LazyLock<BTreeMap<String, Holds>> = LazyLock::new(|| {
        let shapes = [
            Shape::of::<bland::config::Config>(),
            Shape::of::<watch::config::Config>(),
            Shape::of::<notify::common::Common>(),
            Shape::of::<notify::discord::config::Config>(),
            Shape::of::<notify::email::Config>(),
            Shape::of::<notify::webhook::config::Config>(),
            Shape::of::<notify::console::Config>(),
            Shape::of::<route::config::Config>(),
            Shape::of::<summary::config::Config>(),
            Shape::of::<render::config::Config>(),
            Shape::of::<store::config::Config>(),
            Shape::of::<server::Config>(),
        ];
        let mut keys = BTreeMap::from(["timezone", "listen"].map(|key| (key.to_owned(), Holds::Plain)));
        let all = shapes.into_iter().flat_map(|shape| {
            let inner = shape.tables.into_values().flat_map(|table| table.keys);
            shape.keys.into_iter().chain(inner).collect::<Vec<_>>()
        });
        for (name, key) in all {
            let holds = keys.entry(name).or_insert(key.holds);
            if key.holds != Holds::Plain {
                *holds = key.holds;
            }
        }
        keys
    });
    KEYS.get(key).copied()
}

/// Asks a struct for the names of its fields: derived code hands them over before it reads anything.
struct FieldNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("only names are asked for"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(Error::custom("only names are asked for"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_names_are_known_from_the_structs() {
        let shape = Shape::of::<bland::config::Config>();
        assert_eq!(shape.names().next(), Some("api_key"));
        assert_eq!(shape.get("api_key").map(|key| key.holds), Some(Holds::Secret));
        assert_eq!(shape.get("base_url").map(|key| key.holds), Some(Holds::Plain));
        assert_eq!(shape.file_of("api_key_file"), Some("api_key"));
        assert_eq!(shape.file_of("base_url_file"), None);
        let webhook = Shape::of::<notify::webhook::config::Config>();
        assert_eq!(webhook.get("headers").map(|key| key.holds), Some(Holds::Secrets));
        let email = Shape::of::<notify::email::Config>();
        let dkim = email.table("dkim").unwrap();
        assert_eq!(dkim.file_of("key_file"), Some("key"));
        assert_eq!((holds_anywhere("dkim"), holds_anywhere("key")), (Some(Holds::Table), Some(Holds::Secret)));
        // `url` is a secret in two sections, so it is never shown from a file that cannot be parsed.
        assert_eq!(holds_anywhere("url"), Some(Holds::Secret));
        assert_eq!(holds_anywhere("poll_interval"), Some(Holds::Plain));
        assert_eq!(holds_anywhere("pol_interval"), None);
    }
}
