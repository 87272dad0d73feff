//! What people read on each channel, and what no event and no template may do.

mod bundles;
mod guide;
mod hostile;
mod kinds;
mod languages;
mod mails;
mod overrides;
mod privacy;
mod snapshots;
mod spoken;
mod translating;

use std::{path::Path, sync::LazyLock};

use handlebars::Context;
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    event::{Event, kind::Kind, sample::sample},
    render::{
        Renderer, View,
        config::Config,
        context,
        preset::{Params, Preset},
        privacy::Privacy,
    },
};

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
    let params = params(renderer, layout);
    let laid = renderer.layout_said(layout, event, &said.message, view(privacy), &params);
    let laid = laid.unwrap_or_else(|error| panic!("{layout} with {}: {error}", event.kind));
    assert_eq!(laid.trouble, None);
    laid.text
}

/// The event in every layout, and presets' bodies.
fn everywhere(event: &Event, privacy: Privacy) -> Vec<(&'static str, String)> {
    let renderer = renderer();
    let said = renderer.message(event, view(privacy));
    assert_eq!(said.trouble, None);
    // Masking and writing the markups cost most, and are the same for all.
    let mut data = context::of_event(event, view(privacy));
    context::add_message(&mut data, &said.message, &Params::new());
    let text = |layout: &'static str| {
        let mut data = data.clone();
        data["params"] = serde_json::json!(params(renderer, layout));
        let laid = renderer.layout_in(layout, &Context::from(data));
        let laid = laid.unwrap_or_else(|failure| panic!("{layout} with {}: {}", event.kind, failure.says));
        assert_eq!(laid.trouble, None);
        (layout, laid.text)
    };
    renderer.layouts().map(text).collect()
}

/// Something for each parameter of the preset that has this body.
fn params(renderer: &Renderer, layout: &str) -> Params {
    let preset = renderer.presets.values().find(|preset| preset.template == layout);
    preset.map(Preset::samples).unwrap_or_default()
}

fn masked(layout: &str, kind: Kind) -> String {
    shown(renderer(), layout, &sample(kind, now()), Privacy::Masked)
}
