//! The JSON schema of the whole document, for editors: the parts' own schemas put together.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::{
    bland,
    config::server,
    notify::{common::Common, console, discord, email, webhook},
    render, route, store, summary, watch,
};

/// A schema of `config.toml`. Keys that are not available yet are absent.
pub fn schema() -> Value {
    let mut parts = SchemaGenerator::default();
    let account = section::<bland::config::Config>(&mut parts);
    let notifier = json!({
        "type": "object",
        "description": "One way to tell someone: exactly one kind.",
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {
            "discord": kind::<discord::config::Config>(&mut parts),
            "email": kind::<email::Config>(&mut parts),
            "webhook": kind::<webhook::config::Config>(&mut parts),
            "console": kind::<console::Config>(&mut parts),
        },
    });
    let mut served = section::<server::Config>(&mut parts);
    if let Some(properties) = properties(&mut served) {
        properties.insert("listen".to_owned(), json!({ "const": "", "description": "Nothing is served." }));
    }
    let properties = json!({
        "timezone": {
            "type": "string",
            "description": "For times shown to people: a name from the IANA list.",
            "default": "UTC",
        },
        "bland": account.clone(),
        "accounts": { "type": "object", "description": "More accounts, by name.", "additionalProperties": account },
        "watches": { "type": "array", "items": section::<watch::config::Config>(&mut parts) },
        "notifiers": { "type": "object", "description": "By name.", "additionalProperties": notifier },
        "routes": { "type": "array", "items": section::<route::config::Config>(&mut parts) },
        "summary": section::<summary::config::Config>(&mut parts),
        "templates": section::<render::config::Config>(&mut parts),
        "store": section::<store::config::Config>(&mut parts),
        "server": served,
    });
    let mut definitions = parts.take_definitions(true);
    definitions.values_mut().for_each(with_files);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Ringback's config.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": definitions,
    })
}

/// A part's schema, in which each secret may also be given by a file.
fn section<T: JsonSchema>(parts: &mut SchemaGenerator) -> Value {
    let mut schema = T::json_schema(parts).to_value();
    with_files(&mut schema);
    schema
}

fn with_files(schema: &mut Value) {
    if let Some(properties) = properties(schema) {
        let secrets = properties.iter().filter(|(_, property)| is_secret(property));
        let files: Vec<String> = secrets.map(|(key, _)| key.clone()).collect();
        for key in files {
            let describes = format!("A file that holds `{key}`; relative to the config file.");
            properties.insert(format!("{key}_file"), json!({ "type": "string", "description": describes }));
        }
    }
}

/// A kind of notifier with the keys that all kinds share.
fn kind<T: JsonSchema>(parts: &mut SchemaGenerator) -> Value {
    let mut schema = section::<T>(parts);
    let mut common = section::<Common>(parts);
    if let (Some(own), Some(common)) = (properties(&mut schema), properties(&mut common)) {
        own.append(common);
    }
    schema
}

fn properties(schema: &mut Value) -> Option<&mut Map<String, Value>> {
    schema.get_mut("properties").and_then(Value::as_object_mut)
}

fn is_secret(property: &Value) -> bool {
    property.get("additionalProperties").is_none() && property.to_string().contains("#/$defs/Secret")
}
