//! House rules that no compiler checks: the order of modules and files, what each file begins with, and
//! which module may use which library.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use regex::{Captures, Regex};
use ringback::config;

/// A module uses only modules to its left. `web` is to come.
const ORDER: [&str; 19] = [
    "model", "event", "detect", "route", "message", "summary", "render", "backoff", "notify", "bland", "llm", "store",
    "watch", "deliver", "simulate", "config", "app", "cli", "main",
];

/// Libraries that only these modules may use.
const HOMES: [(&str, &[&str]); 13] = [
    ("serenity", &["notify/discord"]),
    ("lettre", &["notify/email"]),
    ("sqlx", &["store"]),
    ("axum", &["simulate"]),
    ("clap", &["cli"]),
    ("handlebars", &["render"]),
    ("indicatif", &["cli"]),
    ("cel", &["route"]),
    ("croner", &["route"]),
    ("css_inline", &["notify/email"]),
    ("plotters", &["notify/email"]),
    ("ab_glyph", &["notify/email"]),
    ("png", &["notify/email"]),
];

/// Of one file; what is longer is split by subject.
const MOST_LINES: usize = 400;

/// Files that are longer all the same.
const LONG: [&str; 1] = ["src/summary/tests.rs"];

/// Files whose head is a manual: the map, a format, a public fake.
const LONG_HEADS: [&str; 3] = ["lib.rs", "render/content.rs", "simulate/mod.rs"];

/// Parts that see neither clock nor network nor disk.
const PURE: [&str; 8] = ["model", "event", "detect", "route", "message", "summary", "render", "backoff"];

struct Source {
    /// Below `src` or `tests`, such as `notify/discord/embed.rs`.
    path: String,
    text: String,
}

impl Source {
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// As Rust knows it, such as `notify::discord::embed`.
    fn name(&self) -> String {
        let path = self.path.strip_suffix(".rs").unwrap();
        path.strip_suffix("/mod").unwrap_or(path).replace('/', "::")
    }

    /// The code without comments, and without what stands in a `mod tests`.
    fn code(&self) -> String {
        let code = self.text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        code.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
    }

    fn is_test(&self) -> bool {
        self.path.ends_with("tests.rs") || self.path.contains("/tests/")
    }
}

fn sources() -> Vec<Source> {
    files("src")
}

fn files(below: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(below);
    let (mut folders, mut found): (Vec<PathBuf>, Vec<Source>) = (vec![root.clone()], vec![]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                found.push(Source { path: name, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The paths that a piece of code names after `crate::`, those in braces one by one.
fn paths(code: &str) -> Vec<String> {
    static LIST: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"([\w:]+::)\{([^{}]*)\}").unwrap());
    static PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bcrate::([\w:]*\w)").unwrap());
    let spread = |found: &Captures<'_>| {
        let items = found[2].split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(|item| format!("{}{item}", &found[1])).collect::<Vec<_>>().join(", ")
    };
    let mut flat = code.to_owned();
    while LIST.is_match(&flat) {
        flat = LIST.replace_all(&flat, spread).into_owned();
    }
    PATH.captures_iter(&flat).map(|found| found[1].to_owned()).collect()
}

/// Which files each file uses, tests left out.
fn uses() -> BTreeMap<String, BTreeSet<String>> {
    let files: BTreeMap<String, String> =
        sources().iter().filter(|source| !source.is_test()).map(|source| (source.name(), source.code())).collect();
    // The longest beginning of a path that is a file; what is left is something in it.
    let file_of = |path: &str| {
        let ends = path.match_indices("::").map(|(at, _)| at).chain([path.len()]);
        ends.map(|end| path.split_at(end).0).filter(|name| files.contains_key(*name)).last().map(str::to_owned)
    };
    let used = |name: &str, code: &str| {
        let above = name.rsplit_once("::").map_or_else(String::new, |(above, _)| format!("{above}::"));
        let code = code.replace("pub(super)", "").replace("super::", &format!("crate::{above}"));
        paths(&code).iter().filter_map(|path| file_of(path)).collect()
    };
    files.iter().map(|(name, code)| (name.clone(), used(name, code))).collect()
}

#[test]
fn modules_use_only_modules_to_their_left() {
    let place = |module: &str| ORDER.iter().position(|known| *known == module);
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.path != "lib.rs") {
        let Some(own) = place(source.module()) else {
            wrong.push(format!("{} is in a module that the order does not name", source.path));
            continue;
        };
        for path in paths(&source.code()) {
            let module = path.split("::").next().unwrap();
            match place(module) {
                Some(other) if other <= own => {}
                Some(_) => wrong.push(format!("src/{} uses `crate::{module}`, which is to its right", source.path)),
                None => {
                    wrong.push(format!("src/{} uses `crate::{module}`, which the order does not name", source.path))
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_two_files_use_each_other_unless_one_is_in_the_other() {
    let uses = uses();
    let mut circles = Vec::new();
    for (one, theirs) in &uses {
        // In the order of names the outer file comes first.
        for other in theirs.iter().filter(|other| one < *other && !other.starts_with(&format!("{one}::"))) {
            if uses[other].contains(one) {
                circles.push(format!("{one} and {other} use each other"));
            }
        }
    }
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn libraries_stay_in_their_modules() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (library, homes) in HOMES {
            let uses = source.code().lines().any(|line| {
                let line = line.trim_start();
                line.starts_with(&format!("use {library}::")) || line.contains(&format!(" {library}::"))
            });
            if uses && !homes.iter().any(|home| source.path.starts_with(home)) {
                wrong.push(format!("src/{} uses {library}, which belongs to {}", source.path, homes.join(" and ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_modules_have_no_clock_no_network_and_no_async() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| PURE.contains(&source.module()) && !source.is_test()) {
        let code = source.code();
        for banned in [
            "async fn",
            ".await;",
            ".await?",
            "tokio::",
            "reqwest::",
            "Timestamp::now",
            "Zoned::now",
            "SystemTime",
            "Instant::now",
            "std::net",
        ] {
            if code.contains(banned) {
                wrong.push(format!("src/{} holds `{banned}`", source.path));
            }
        }
        if source.module() != "render" && code.contains("std::fs") {
            wrong.push(format!("src/{} reads files", source.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_first_what_it_is_for() {
    let silent: Vec<String> = sources()
        .into_iter()
        .filter(|source| {
            let head: Vec<&str> = source.text.lines().take_while(|line| line.starts_with("//!")).collect();
            head.is_empty() || (head.len() > 12 && !LONG_HEADS.contains(&source.path.as_str()))
        })
        .map(|source| source.path)
        .collect();
    assert!(silent.is_empty(), "these files do not begin with one to a dozen lines of `//!`: {silent:?}");
}

#[test]
fn files_stay_readable() {
    let mut long = Vec::new();
    for below in ["src", "tests"] {
        for file in files(below) {
            let (path, lines) = (format!("{below}/{}", file.path), file.text.lines().count());
            if lines > MOST_LINES && !LONG.contains(&path.as_str()) {
                long.push(format!("{path}: {lines} lines"));
            }
        }
    }
    assert!(long.is_empty(), "these files have more than {MOST_LINES} lines: {long:#?}");
}

#[test]
fn the_example_config_is_the_one_that_the_program_prints() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.toml.example");
    assert_eq!(fs::read_to_string(file).unwrap(), config::example());
}

#[test]
fn the_reader_of_imports_sees_braces_and_paths() {
    let code = "use crate::{a, b::{c, d}, e::f};\nuse crate::g::h;\nlet x = crate::i::j();";
    assert_eq!(paths(code), ["a", "b::c", "b::d", "e::f", "g::h", "i::j"]);
}
