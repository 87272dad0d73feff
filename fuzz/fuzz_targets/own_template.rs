//! Whatever a team writes into a template: it is refused, or it renders every event in time, or the built-in one does.
//!
//! The first line of the input is the file's name, such as `call.failed.hbs`; the rest is what stands in it.

#![no_main]

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use ringback::{
    event::{Event, kind::Kind, sample},
    render::{Renderer, View, config::Config, privacy::Privacy},
};
use ringback_fuzz::now;

/// Compiling the built-in templates takes longer than all the rest.
static BUILT_IN: LazyLock<Renderer> =
    LazyLock::new(|| Renderer::load(&Config::default(), Path::new(""), TimeZone::UTC).expect("built-in templates"));

fuzz_target!(|input: &str| {
    let (name, text) = input.split_once('\n').unwrap_or(("call.completed.hbs", input));
    let mut renderer = BUILT_IN.clone();
    if !renderer.add_file(name, text).is_empty() {
        return;
    }
    let kind = name.trim_end_matches(".hbs").parse().unwrap_or(Kind::CallCompleted);
    for event in [sample::sample(kind, now()), sample::sparse(kind, now())] {
        check(&renderer, &event, name);
    }
});

/// The message, and the layout that the file replaces.
fn check(renderer: &Renderer, event: &Event, name: &str) {
    let view = View { privacy: Privacy::Masked, now: now() };
    let message = renderer.message(event, view).message;
    assert!(!message.title.contains(['\n', '\r']), "{:?}", message.title);
    let name = name.trim_start_matches("layouts/");
    let layout = renderer.layouts().map(|known| known.trim_start_matches("layouts/")).find(|known| *known == name);
    let layout = layout.unwrap_or("email.subject.hbs");
    let laid = renderer.layout_said(layout, event, &message, view, &BTreeMap::new());
    let text = laid.unwrap_or_else(|error| panic!("{layout}: {error}")).text;
    if layout.ends_with(".json.hbs") {
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
    }
    assert!(!layout.ends_with(".subject.hbs") || !text.contains(['\n', '\r']));
}
