//! Renders every template with sample events, as strictly as real ones are.

use std::collections::{BTreeMap, BTreeSet};

use handlebars::Context;
use jiff::Timestamp;

use crate::{
    event::{Event, kind::Kind, sample},
    model::flaw::Flaw,
    render::{Renderer, View, builtin, context, privacy::Privacy},
};

/// What fails, each failure once however many events show it.
pub(super) fn all(renderer: &Renderer, now: Timestamp) -> Vec<Flaw> {
    let mut told = BTreeSet::new();
    for event in events(now) {
        let view = View { privacy: Privacy::Masked, now };
        told.extend(wording(renderer, &event, view));
        told.extend(layouts(renderer, &event, view));
        let context = Context::from(renderer.full_context(&event, view, &BTreeMap::new()));
        // A template for calls need not know batches, and parameters belong to the notifier.
        let failures = renderer.natives().filter_map(|name| renderer.native_in(name, &context).err());
        told.extend(failures.filter(|failure| !failure.absent).map(|failure| failure.says));
    }
    told.into_iter().map(|says| Flaw::new("", says)).collect()
}

fn events(now: Timestamp) -> impl Iterator<Item = Event> {
    Kind::SAID.into_iter().flat_map(move |kind| [sample::sample(kind, now), sample::sparse(kind, now)])
}

fn wording(renderer: &Renderer, event: &Event, view: View) -> Vec<String> {
    let context = Context::from(context::of_event(event, view));
    let contents = [renderer.own.get(&event.kind), renderer.builtin.get(&event.kind)];
    let said = contents.into_iter().flatten().map(|content| content.say(&renderer.engine, &context, event.severity));
    said.filter_map(Result::err).map(|failure| failure.says).collect()
}

fn layouts(renderer: &Renderer, event: &Event, view: View) -> Vec<String> {
    let presets = renderer.presets.values().map(|preset| (preset.template.as_str(), preset.samples()));
    let plain = builtin::layouts().map(|(name, _)| name).filter(|name| name.starts_with("layouts/"));
    let all = plain.map(|name| (name, BTreeMap::new())).chain(presets);
    all.flat_map(|(name, params)| {
        let context = Context::from(renderer.full_context(event, view, &params));
        match renderer.layout_in(name, &context) {
            Ok(laid) => laid.trouble,
            Err(failure) => Some(failure.says),
        }
    })
    .collect()
}
