//! The config file: composes the parts' own settings, and reports everything that is wrong with it in one go.
//!
//! Reading goes in three steps, each of which finds all of its mistakes: syntax (`source`), sections (`draft`,
//! `section`: unknown keys, variables, files, types), and what only the whole can tell (`check`).

mod bare;
mod check;
mod draft;
mod expand;
mod fill;
mod later;
pub mod mistakes;
mod part;
mod paths;
mod report;
pub mod schema;
mod section;
pub mod server;
mod shape;
mod source;
mod words;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

use jiff::tz::TimeZone;
use toml::de::DeTable;

use crate::{
    bland,
    config::{draft::Draft, mistakes::Mistakes, report::Report, section::Reader, source::Source},
    model::secret::Secret,
    notify, render, route, store, summary, watch,
};

/// A config file is a few kilobytes; more is another kind of file.
const LONGEST_FILE: u64 = 4 * 1024 * 1024;

/// Everything a config file says, checked; what it leaves out has its default.
#[derive(Debug, Clone)]
pub struct Config {
    /// For times shown to people.
    pub timezone: TimeZone,
    pub timezone_name: String,
    /// By name; `bland` is the section `[bland]` and always there.
    pub accounts: BTreeMap<String, bland::config::Config>,
    /// Never empty: without any, all calls of `[bland]` are watched.
    pub watches: Vec<watch::config::Config>,
    /// Never empty, in the order of their names.
    pub notifiers: Vec<notify::config::Config>,
    /// Empty: the default routes.
    pub routes: Vec<route::config::Config>,
    pub summary: summary::config::Config,
    pub templates: render::config::Config,
    pub store: store::config::Config,
    pub server: server::Config,
    /// Files and folders that were read besides, or that are read when it takes effect: secrets,
    /// certificates, templates.
    pub files: Vec<PathBuf>,
    /// The folder of the config file. Paths above start there already, but those of templates, which are
    /// looked up from it.
    pub beside: PathBuf,
}

/// The file to read when the command line names one, or none.
pub fn find(explicit: Option<&Path>) -> PathBuf {
    explicit.map_or_else(|| PathBuf::from("config.toml"), Path::to_owned)
}

/// The annotated example; as it stands it needs `BLAND_API_KEY` and shows messages in the terminal.
pub fn example() -> &'static str {
    include_str!("../../config.toml.example")
}

/// Reads and checks a file. Variables come from `env`.
pub fn load(path: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<Config, Mistakes> {
    let name = path.display().to_string();
    let bytes = read(path).map_err(|(says, hint)| Mistakes::unreadable(&name, says, hint))?;
    let beside = path.parent().unwrap_or(Path::new(""));
    match std::str::from_utf8(&bytes) {
        Ok(text) => parse(text, &name, beside, env),
        Err(error) => Err(not_text(&bytes, error.valid_up_to(), &name)),
    }
}

/// Reads and checks the text of a config file; `name` is what mistakes call it, `beside` the folder it is in.
pub fn parse(text: &str, name: &str, beside: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<Config, Mistakes> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (tree, errors) = DeTable::parse_recoverable(text);
    let tree = tree.into_inner();
    let mut report = Report::new(name, Source::new(text, &tree));
    tell_syntax(&mut report, &errors);
    let told = report.count();
    let mut reader = Reader { report: &mut report, env, beside, files: Vec::new() };
    let draft = Draft::read(&mut reader, &tree);
    let secrets = reader.files;
    if report.source.is_broken() {
        report.drop_from_broken_lines(told);
    } else {
        check::check(&draft, beside, &mut report);
    }
    report.finish()?;
    Ok(compose(draft, secrets, beside))
}

/// One mistake a line: what follows on the same line is mostly an echo.
fn tell_syntax(report: &mut Report<'_>, errors: &[toml::de::Error]) {
    for error in errors {
        let span = error.span().unwrap_or_default();
        if report.source.breaks_at(span.start) {
            let (says, hint) = words::of_syntax(error.message(), report.source.text(&span));
            report.wrong(span, says, hint);
        }
    }
}

fn compose(draft: Draft<'_>, secrets: Vec<PathBuf>, beside: &Path) -> Config {
    let mut notifiers: Vec<_> = draft.notifiers.into_values().map(|part| part.value).collect();
    for notifier in &mut notifiers {
        paths::rebase_notifier(notifier, beside);
    }
    let mut watches: Vec<_> = draft.watches.into_iter().map(|part| part.value).collect();
    if watches.is_empty() {
        let name = check::EVERYTHING.to_owned();
        watches.push(watch::config::Config { name, all_calls: true, ..Default::default() });
    }
    let templates = draft.templates.value;
    let mut store = draft.store.value;
    if let Some(url) = paths::store_url(store.url.expose(), beside) {
        store.url = Secret::new(url);
    }
    let files = paths::read_besides(secrets, &notifiers, &templates, beside);
    let (timezone, timezone_name) = draft.timezone;
    Config {
        timezone,
        timezone_name,
        accounts: draft.accounts.into_iter().map(|(name, part)| (name, part.value)).collect(),
        watches,
        notifiers,
        routes: draft.routes.into_iter().map(|part| part.value).collect(),
        summary: draft.summary.value,
        templates,
        store,
        server: draft.server.value,
        files,
        beside: beside.to_owned(),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, (String, &'static str)> {
    let cannot = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => (
            format!("no config file at {}", path.display()),
            "`ringback config example > config.toml` writes one to start from, or try `ringback demo`",
        ),
        ErrorKind::IsADirectory => (format!("{} is a folder", path.display()), "name the config file in it"),
        _ => (format!("cannot read {}: {error}", path.display()), "the file must be readable for this user"),
    };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LONGEST_FILE + 1).read_to_end(&mut bytes)).map_err(cannot)?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err((format!("{} is too long for a config file", path.display()), "it may have 4 MiB"));
    }
    Ok(bytes)
}

fn not_text(bytes: &[u8], valid: usize, name: &str) -> Mistakes {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let says = format!("{name} is UTF-16 text");
        return Mistakes::unreadable(name, says, "save it as UTF-8 (Windows PowerShell's `>` writes UTF-16)");
    }
    let text = String::from_utf8_lossy(bytes);
    let mut report = Report::new(name, Source::new(&text, &DeTable::new()));
    report.source.breaks_at(valid);
    report.wrong(valid..valid + 1, "this is not UTF-8 text", "save the file as UTF-8");
    match report.finish() {
        Err(mistakes) => mistakes,
        Ok(()) => Mistakes::unreadable(name, format!("{name} is not UTF-8 text"), "save the file as UTF-8"),
    }
}
