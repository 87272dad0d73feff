//! What people read on each channel, and what no event and no template may do.

mod bundles;
mod hostile;
mod kinds;
mod overrides;
mod privacy;
mod snapshots;
mod spoken;

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    event::{Event, kind::Kind, sample::sample},
    render::{Renderer, View, config::Config, privacy::Privacy},
};

const LAYOUTS: [&str; 6] = [
    "discord.json.hbs",
    "presets/slack.json.hbs",
    "email.html.hbs",
    "email.txt.hbs",
    "email.subject.hbs",
    "console.txt.hbs",
];

fn now() -> Timestamp {
    "2023-12-16T00:16:41Z".parse().unwrap()
}

fn view(privacy: Privacy) -> View {
    View { privacy, now: now() }
}

fn renderer() -> &'static Renderer {
    static BUILT_IN: LazyLock<Renderer> = LazyLock::new(|| {
        let zone = TimeZone::get("America/New_York").unwrap();
        Renderer::load(&Config::default(), Path::new("."), zone).unwrap()
    });
    &BUILT_IN
}

fn shown(renderer: &Renderer, layout: &str, event: &Event, privacy: Privacy) -> String {
    let said = renderer.message(event, view(privacy));
    assert_eq!(said.trouble, None);
    let laid = renderer.layout_said(layout, event, &said.message, view(privacy), &BTreeMap::new());
    let laid = laid.unwrap_or_else(|error| panic!("{layout} with {}: {error}", event.kind));
    assert_eq!(laid.trouble, None);
    laid.text
}

fn masked(layout: &str, kind: Kind) -> String {
    shown(renderer(), layout, &sample(kind, now()), Privacy::Masked)
}
