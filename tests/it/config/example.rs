//! The example file is complete and true, and so is the schema.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use ringback::config::{example, parse, schema::schema};
use serde_json::Value;
use tempfile::TempDir;

use super::{SMALL, env, read};

/// The example with examples switched on, and those defaults that are listed.
pub(super) fn full_example(defaults: &[&str]) -> String {
    let lines = example().lines().map(|line| match line.strip_prefix("## ") {
        Some(on) => on,
        None => line.strip_prefix("# ").filter(|line| defaults.contains(line)).unwrap_or(line),
    });
    lines.map(|line| format!("{line}\n")).collect()
}

/// A folder with the files that the full example names.
pub(super) fn folder() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file in it");
    write("agency.key", "sk-agency\n");
    write("company-ca.pem", &authority());
    write("dkim.pem", include_str!("../../fixtures/dkim/ed25519.pem"));
    write("crm.json.hbs", "{\"id\": \"{{id}}\"}");
    fs::create_dir(folder.path().join("templates")).expect("a folder in it");
    folder
}

/// A certificate authority of a company's own.
fn authority() -> String {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    parameters.self_signed(&key).expect("a certificate").pem()
}

/// `# key = value`: what holds without the line.
fn default_lines() -> Vec<&'static str> {
    let is_key = |line: &&str| {
        line.split_once(" = ").is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    };
    example().lines().filter_map(|line| line.strip_prefix("# ")).filter(is_key).collect()
}

#[test]
fn the_example_works_as_it_stands() {
    let only_the_key = |name: &str| (name == "BLAND_API_KEY").then(|| "k-123".to_owned());
    let config = parse(example(), "config.toml", Path::new(""), &only_the_key).unwrap();
    let small = read(SMALL).unwrap();
    assert_eq!(format!("{config:?}"), format!("{small:?}"), "what stands in the example is what holds without it");
    assert!(example().lines().all(|line| line.chars().count() <= 110));
}

#[test]
fn every_default_line_of_the_example_is_the_default() {
    let folder = folder();
    let read = |text: &str| parse(text, "config.toml", folder.path(), &env).unwrap();
    let without = read(&full_example(&[]));
    assert!(default_lines().len() > 20);
    for line in default_lines() {
        let text = full_example(&[line]);
        assert_ne!(text, full_example(&[]), "{line}");
        let with = read(&text);
        assert_eq!(format!("{with:?}"), format!("{without:?}"), "{line}");
        assert_eq!(with.store.url.expose(), without.store.url.expose());
    }
}

#[test]
fn the_example_shows_every_key_and_the_schema_knows_no_other() {
    let full: Value = serde_json::to_value(full_example(&default_lines()).parse::<toml::Table>().unwrap()).unwrap();
    let schema = schema();
    let mut seen = BTreeMap::new();
    walk(&full, &schema, &schema, "", &mut seen);
    // Accounts have the keys of `[bland]`, and what all notifiers share is shown with one of them.
    let word = |path: &str| {
        let mut parts = path.trim_start_matches('.').split('.');
        let section = parts.next().unwrap_or_default().replace("accounts", "bland");
        (section, parts.next_back().unwrap_or_default().to_owned())
    };
    let shown: BTreeSet<_> = seen.iter().filter(|(_, seen)| **seen).map(|(path, _)| word(path)).collect();
    // A secret may be shown by its file.
    let by_file = |(section, key): &(String, String)| Some((section.clone(), key.strip_suffix("_file")?.to_owned()));
    let shown: BTreeSet<_> = shown.iter().filter_map(by_file).chain(shown.iter().cloned()).collect();
    let missing: Vec<_> =
        seen.keys().map(|path| word(path)).filter(|word| !word.1.ends_with("_file") && !shown.contains(word)).collect();
    assert!(missing.is_empty(), "the example does not show {missing:?}");
    let key = "webhook_secret";
    assert!(!schema.to_string().contains(&format!("\"{key}\"")), "{key} is not available yet");
    assert!(example().contains(key), "{key}");
    for file in [
        "api_key_file",
        "webhook_url_file",
        "bot_token_file",
        "smtp_file",
        "url_file",
        "secret_file",
        "heartbeat_url_file",
        "key_file",
    ] {
        assert!(schema.to_string().contains(&format!("\"{file}\"")), "{file}");
    }
}

/// Follows a document through its schema, notes which properties it has, and refuses those it may not have.
fn walk(value: &Value, schema: &Value, root: &Value, path: &str, seen: &mut BTreeMap<String, bool>) {
    // What may be left out is a type or null.
    let schema = schema["anyOf"].get(0).unwrap_or(schema);
    let schema = match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).expect("a definition"),
        None => schema,
    };
    if let Some(items) = value.as_array() {
        items.iter().for_each(|item| walk(item, &schema["items"], root, path, seen));
    }
    let Some(table) = value.as_object() else { return };
    let Some(properties) = schema["properties"].as_object() else {
        assert!(schema["additionalProperties"].is_object() || path.is_empty(), "{path} has no properties");
        return table.values().for_each(|value| walk(value, &schema["additionalProperties"], root, path, seen));
    };
    assert_eq!(schema["additionalProperties"], false, "{path}");
    for key in properties.keys() {
        seen.entry(format!("{path}.{key}")).or_insert(false);
    }
    for (key, value) in table {
        let path = format!("{path}.{key}");
        assert!(properties.contains_key(key), "the schema does not know {path}");
        seen.insert(path.clone(), true);
        walk(value, &properties[key], root, &path, seen);
    }
}
