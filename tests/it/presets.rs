//! What presets say of themselves: their examples work, and the folder's README tells of all of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::{fs, path::Path};

use jiff::tz::TimeZone;
use regex::Regex;
use ringback::{
    config::{example, parse},
    render::{
        Renderer,
        preset::{Limit, Param, Preset},
    },
};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/presets/README.md");

/// What stands above it is written by hand.
const MARK: &str = "<!-- Below this line: written from the presets' data by tests/it/presets.rs. -->\n";

fn presets() -> Vec<(String, Preset)> {
    let renderer = Renderer::load(&Default::default(), Path::new("."), TimeZone::UTC).unwrap();
    renderer.preset_names().map(|name| (name.to_owned(), renderer.preset(name).unwrap().clone())).collect()
}

/// What stands for a variable in an example: the sample of the parameter that it is given to, or an address.
fn variable(preset: &Preset, name: &str) -> Option<String> {
    let given = Regex::new(&format!(r#"(\w+) = "\$\{{{name}\}}""#)).unwrap();
    let key = given.captures(&preset.example)?[1].to_owned();
    match preset.params.get(&key) {
        Some(param) => Some(Param::text(&param.sample())),
        None => Some("https://example.com/hooks/0123456789".to_owned()),
    }
}

#[test]
fn each_example_is_a_notifier_that_works() {
    let off = Regex::new(r"(?m)^# ([a-z_]+ = )").unwrap();
    for (name, preset) in presets() {
        assert!(preset.docs.starts_with("https://"), "{name} names no page of its vendor");
        for (param, what) in &preset.params {
            let sample = Param::text(&what.sample());
            assert_eq!(what.value(&sample).err(), None, "{name}: `{param}` needs a sample that fits");
        }
        // As it stands, and with all that is switched off in it.
        for section in [preset.example.clone(), off.replace_all(&preset.example, "$1").into_owned()] {
            let text = format!("[bland]\napi_key = \"k-1\"\n{section}");
            let config = parse(&text, "config.toml", Path::new(""), &|asked| variable(&preset, asked));
            let config = config.unwrap_or_else(|mistakes| panic!("{name}: {mistakes}"));
            assert!(text.contains(&format!("preset = \"{name}\"")) && !config.notifiers.is_empty(), "{name}");
        }
    }
}

#[test]
fn the_example_config_names_every_preset() {
    let missing: Vec<String> =
        presets().into_iter().map(|(name, _)| name).filter(|name| !example().contains(name)).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn the_readme_tells_of_every_preset() {
    let given = fs::read_to_string(README).unwrap();
    let (by_hand, below) = given.split_once(MARK).expect("the README has the mark");
    let written = catalogue(&presets());
    if below == written {
        return;
    }
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(README, format!("{by_hand}{MARK}{written}")).unwrap();
    }
    panic!("templates/presets/README.md is stale: run this test once with INSTA_UPDATE=always");
}

fn catalogue(presets: &[(String, Preset)]) -> String {
    let mut text = "\nA parameter with a question mark may be left out.\n\n| preset | needs | takes at most | how often | a yes is |\n|---|---|---|---|---|\n".to_owned();
    for (name, preset) in presets {
        let cells = [format!("[{name}](#{name})"), needs(preset), limits(preset), rates(preset), success(preset)];
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    for (name, preset) in presets {
        text.push_str(&format!("\n## {name}\n\n{}. [Its documentation]({}).\n\n", preset.about, preset.docs));
        text.push_str(&format!("```toml\n{}\n```\n", preset.example.trim()));
    }
    text
}

fn needs(preset: &Preset) -> String {
    let url = preset.url.is_none().then(|| "`url`".to_owned());
    let params = preset.params.iter().map(|(name, param)| match param.otherwise() {
        None => format!("`{name}`"),
        Some(_) => format!("`{name}`?"),
    });
    url.into_iter().chain(params).collect::<Vec<_>>().join(", ")
}

fn limits(preset: &Preset) -> String {
    let whole = preset.max_bytes.map(|max| format!("{max} bytes"));
    let limit = |limit: &Limit| {
        let sizes = [
            (limit.chars, "characters"),
            (limit.units, "UTF-16 units"),
            (limit.bytes, "bytes"),
            (limit.items, "items"),
        ];
        let read = if limit.html { " as read" } else { "" };
        let sizes = sizes.into_iter().filter_map(|(max, unit)| Some(format!("{} {unit}{read}", max?)));
        format!("`{}`: {}", limit.at, sizes.collect::<Vec<_>>().join(", "))
    };
    whole.into_iter().chain(preset.limits.iter().map(limit)).collect::<Vec<_>>().join("<br>")
}

fn rates(preset: &Preset) -> String {
    preset.rates.iter().map(|rate| format!("{} in {}", rate.max, rate.per)).collect::<Vec<_>>().join(", ")
}

fn success(preset: &Preset) -> String {
    let success = &preset.success;
    let status: Vec<String> = success.status.iter().map(u16::to_string).collect();
    let status = if status.is_empty() { "2xx".to_owned() } else { status.join(" or ") };
    let body = success.body.iter().map(|body| format!("the text `{body}`"));
    let json = success.json.iter().map(|(place, wanted)| match wanted.as_str() {
        Some(word) if ["exists", "string", "number", "boolean", "object", "array"].contains(&word) => {
            format!("`{place}` ({word})")
        }
        _ => format!("`{place}` = `{wanted}`"),
    });
    [status].into_iter().chain(body).chain(json).collect::<Vec<_>>().join(", ")
}
