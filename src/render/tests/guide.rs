//! `templates/README.md` is true: each name that it has exists and the other way round, each example gives what it says.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use handlebars::Context;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{now, renderer, view};
use crate::{
    event::{kind::Kind, sample::sample},
    render::{
        builtin, context, engine::Engine, helpers::HELPERS, output::Output, privacy::Privacy, usage, words::Words,
    },
};

const GUIDE: &str = include_str!("../../../templates/README.md");

/// What every template sees of a sample, times in UTC.
fn seen(kind: Kind) -> Value {
    renderer().names(&sample(kind, now()), view(Privacy::Masked), &BTreeMap::new())
}

/// The names of everything in a value, lists' items after `[]`. Below some it is the user's or Ringback's own again.
fn flatten(name: &str, value: &Value, into: &mut BTreeMap<String, Value>) {
    let last = name.rsplit('.').next().unwrap_or(name);
    let is_own_world = ["variables", "metadata", "outcomes", "all_outcomes", "params"].contains(&last);
    let is_again =
        ["event", "data", "message.facts_rich", "message.body.slack_rich", "message.body.adaptive"].contains(&name);
    if !name.is_empty() {
        let known = into.entry(name.to_owned()).or_default();
        if known.is_null() {
            known.clone_from(value);
        }
    }
    if is_own_world || is_again {
        return;
    }
    match value {
        Value::Object(map) => {
            let dot = if name.is_empty() { "" } else { "." };
            map.iter().for_each(|(key, value)| flatten(&format!("{name}{dot}{key}"), value, into));
        }
        Value::Array(items) => {
            items.iter().for_each(|item| flatten_item(&format!("{name}[]"), item, into));
        }
        _ => {}
    }
}

fn flatten_item(name: &str, item: &Value, into: &mut BTreeMap<String, Value>) {
    // A digest's events are events again.
    if let Value::Object(map) = item
        && !name.ends_with("events[]")
    {
        map.iter().for_each(|(key, value)| flatten(&format!("{name}.{key}"), value, into));
    }
}

/// Every name that some event has, with the value of the first sample that has one.
fn names() -> BTreeMap<String, Value> {
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for kind in [Kind::CallCompleted, Kind::CallCorrected, Kind::BatchCompleted, Kind::WatchFailing, Kind::Digest] {
        let mut found = BTreeMap::new();
        let seen = seen(kind);
        flatten("", &seen, &mut found);
        found.insert(
            "data.previous_outcome".to_owned(),
            seen.pointer("/data/previous_outcome").cloned().unwrap_or_default(),
        );
        for (name, value) in found {
            let known = all.entry(name).or_default();
            if known.is_null() {
                *known = value;
            }
        }
    }
    all
}

/// A value as the guide shows it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn row(name: &str, value: &Value) -> String {
    let text = shown(value);
    let short: String = text.chars().take(60).collect();
    let example = if short == text { text } else { format!("{short}…") };
    format!("| `{name}` | … | `{example}` |")
}

/// Rows of three cells that begin with a name: the name, and the example.
fn rows() -> Vec<(String, String)> {
    let cells = |line: &str| -> Option<(String, String)> {
        let mut cells = line.strip_prefix("| `")?.strip_suffix(" |")?.split(" | ");
        let name = cells.next()?.strip_suffix('`')?.to_owned();
        let example = cells.nth(1)?.trim_matches('`').to_owned();
        Some((name, example))
    };
    GUIDE.lines().filter_map(cells).collect()
}

#[test]
fn the_guide_has_every_name_and_no_other_with_the_value_of_the_sample() {
    let (names, rows) = (names(), rows());
    let told: BTreeSet<&str> = rows.iter().map(|(name, _)| name.as_str()).collect();
    let lacking: Vec<String> =
        names.iter().filter(|(name, _)| !told.contains(name.as_str())).map(|(name, value)| row(name, value)).collect();
    assert!(lacking.is_empty(), "templates/README.md lacks:\n{}", lacking.join("\n"));
    for (name, example) in &rows {
        let value = names.get(name).unwrap_or_else(|| panic!("templates/README.md has `{name}`, which no event has"));
        let text = shown(value);
        let fits = example.strip_suffix('…').map_or(text == *example, |begin| text.starts_with(begin));
        assert!(fits, "templates/README.md says of `{name}` `{example}`, and it is `{text}`");
    }
    assert_eq!(told.len(), rows.len(), "a name stands there twice");
}

/// The examples of a helper: its usage, and templates with what they give.
struct Chapter {
    name: String,
    usage: String,
    examples: Vec<(String, String)>,
}

fn chapters() -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = Vec::new();
    for line in GUIDE.lines() {
        if let Some(head) = line.strip_prefix("#### `").and_then(|line| line.strip_suffix('`')) {
            let (name, usage) = head.split_once(' ').unwrap_or((head, ""));
            let name = name.trim_start_matches('#').to_owned();
            chapters.push(Chapter { name, usage: usage.to_owned(), examples: Vec::new() });
        } else if let Some((template, gives)) = line.strip_prefix("- ``").and_then(|line| line.split_once("`` → "))
            && let Some(chapter) = chapters.last_mut()
        {
            let gives = if gives == "nothing" { "" } else { gives.trim_matches('`') };
            chapter.examples.push((template.trim().to_owned(), gives.to_owned()));
        }
    }
    chapters
}

#[test]
fn the_guide_shows_each_helper_with_examples_that_give_what_it_says() {
    let mut engine = Engine::new(&TimeZone::UTC, &Arc::new(Words::built_in("en")));
    let data = |kind: Kind| Context::from(context::of_event(&sample(kind, now()), view(Privacy::Masked)));
    let (call, batch, digest) = (data(Kind::CallCompleted), data(Kind::BatchCompleted), data(Kind::Digest));
    let chapters = chapters();
    for (number, (chapter, (template, gives))) in
        chapters.iter().flat_map(|chapter| chapter.examples.iter().map(move |example| (chapter, example))).enumerate()
    {
        let name = format!("{} {number}", chapter.name);
        assert!(template.contains(&chapter.name), "{template} is no example of `{}`", chapter.name);
        assert_eq!(engine.add(Output::Text, &name, template), [], "{template}");
        let context = match template {
            _ if template.contains("digest.") || template.contains("digest)") => &digest,
            _ if template.contains("batch.") => &batch,
            _ => &call,
        };
        let text = engine.render(Output::Text, &name, context).map_err(|failure| failure.says);
        assert_eq!(text.as_deref(), Ok(gives.as_str()), "{template}");
    }
    for chapter in &chapters {
        assert_eq!(usage::line(&chapter.name), Some(chapter.usage.as_str()), "the usage of `{}`", chapter.name);
        assert!(chapter.examples.len() >= 2, "`{}` needs two examples", chapter.name);
    }
    let told: BTreeSet<&str> = chapters.iter().map(|chapter| chapter.name.as_str()).collect();
    let lacking: Vec<&str> = usage::documented().filter(|name| !told.contains(name)).collect();
    assert!(lacking.is_empty(), "templates/README.md lacks the helpers {}", lacking.join(", "));
    assert!(HELPERS.iter().all(|helper| told.contains(helper.name)));
}

#[test]
fn the_guide_names_every_file() {
    for kind in Kind::SAID {
        assert!(GUIDE.contains(&format!("`{kind}.hbs`")), "templates/README.md lacks `{kind}.hbs`");
    }
    for (name, _) in builtin::layouts().filter(|(name, _)| name.starts_with("layouts/")) {
        assert!(GUIDE.contains(&format!("`{name}`")), "templates/README.md lacks `{name}`");
    }
}

/// Blocks of the guide that are whole files: what is shown there can be copied as it is.
#[test]
fn the_guide_s_files_can_be_used_as_they_are() {
    let mut renderer = renderer().clone();
    let mut names = Vec::new();
    for block in GUIDE.split("```hbs ").skip(1) {
        let (name, text) = block.split_once('\n').unwrap();
        let (name, text) = (name.trim(), text.split("```").next().unwrap());
        assert_eq!(renderer.add_file(name, text), [], "{name}");
        if name == "crm.json.hbs" {
            renderer.natives.insert(name.to_owned());
        }
        names.push(name);
    }
    assert!(names.len() >= 3, "{names:?}");
    assert_eq!(renderer.check_own(), []);
}
