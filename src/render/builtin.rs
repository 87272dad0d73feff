//! The built-in files of `templates/`, embedded.

use crate::event::kind::Kind;

/// What is said of a kind of event; a new kind does not compile without its file.
pub(super) fn content(kind: Kind) -> &'static str {
    match kind {
        Kind::CallStarted => include_str!("../../templates/call.started.hbs"),
        Kind::CallCompleted => include_str!("../../templates/call.completed.hbs"),
        Kind::CallFailed => include_str!("../../templates/call.failed.hbs"),
        Kind::CallCorrected => include_str!("../../templates/call.corrected.hbs"),
        Kind::CallStuck => include_str!("../../templates/call.stuck.hbs"),
        Kind::CallMissing => include_str!("../../templates/call.missing.hbs"),
        Kind::BatchStarted => include_str!("../../templates/batch.started.hbs"),
        Kind::BatchProgress => include_str!("../../templates/batch.progress.hbs"),
        Kind::BatchCompleted => include_str!("../../templates/batch.completed.hbs"),
        Kind::BatchStuck => include_str!("../../templates/batch.stuck.hbs"),
        Kind::WatchFailing => include_str!("../../templates/watch.failing.hbs"),
        Kind::WatchRecovered => include_str!("../../templates/watch.recovered.hbs"),
        Kind::NotifierFailing => include_str!("../../templates/notifier.failing.hbs"),
        Kind::NotifierRecovered => include_str!("../../templates/notifier.recovered.hbs"),
        Kind::DeliveryMissing => include_str!("../../templates/delivery.missing.hbs"),
        Kind::Digest => include_str!("../../templates/digest.hbs"),
    }
}

/// All files of `templates/` by their names in it, as `build.rs` found them.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// Layouts and presets' bodies, by the name that a file in `[templates] dir` must have to replace them.
pub(super) fn layouts() -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_layout =
        |name: &str| name.starts_with("layouts/") || (name.starts_with("presets/") && name.ends_with(".hbs"));
    FILES.iter().copied().filter(move |(name, _)| is_layout(name))
}

/// What is known of webhook destinations, by the preset's name.
pub(super) fn presets() -> impl Iterator<Item = (&'static str, &'static str)> {
    let name = |file: &'static str| file.strip_prefix("presets/")?.strip_suffix(".toml");
    FILES.iter().filter_map(move |(file, text)| Some((name(file)?, *text)))
}

/// One file by its name in `templates/`.
pub(super) fn file(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(file, _)| *file == name).map(|(_, text)| *text)
}
