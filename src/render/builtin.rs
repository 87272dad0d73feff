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

/// Layouts and presets' bodies, by the name that a file in `[templates] dir` must have to replace them.
pub(super) const LAYOUTS: &[(&str, &str)] = &[
    ("layouts/console.txt.hbs", include_str!("../../templates/layouts/console.txt.hbs")),
    ("layouts/discord.json.hbs", include_str!("../../templates/layouts/discord.json.hbs")),
    ("layouts/email.chart.json.hbs", include_str!("../../templates/layouts/email.chart.json.hbs")),
    ("layouts/email.html.hbs", include_str!("../../templates/layouts/email.html.hbs")),
    ("layouts/email.subject.hbs", include_str!("../../templates/layouts/email.subject.hbs")),
    ("layouts/email.txt.hbs", include_str!("../../templates/layouts/email.txt.hbs")),
    ("presets/slack.json.hbs", include_str!("../../templates/presets/slack.json.hbs")),
];

pub(super) const PRESETS: &[(&str, &str)] = &[("slack", include_str!("../../templates/presets/slack.toml"))];
