//! Renders every template with sample events, as strictly as real ones are, and looks into the branches that no sample
//! takes.

use std::collections::BTreeMap;

use handlebars::Context;
use jiff::Timestamp;

use crate::{
    event::{
        Event,
        digest::Reason,
        kind::Kind,
        sample::{self, bundle},
    },
    model::flaw::Flaw,
    render::{Renderer, View, builtin, builtin_name, context, engine::Failure, output::Output, privacy::Privacy},
};

/// What is looked at: all templates, or those that are the team's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    All,
    Own,
}

/// What fails, each failure once however many events show it, in the order of files and lines.
pub(super) fn all(renderer: &Renderer, scope: Scope, now: Timestamp) -> Vec<Flaw> {
    if scope == Scope::Own && !renderer.has_own() {
        return Vec::new();
    }
    let view = View { privacy: Privacy::Masked, now };
    let found = events(now).flat_map(|event| of_event(renderer, scope, &event, view));
    let mut flaws: Vec<Flaw> = found.filter(|failure| !failure.absent).map(|failure| *failure.flaw).collect();
    let place = |flaw: &Flaw| flaw.excerpt.as_ref().map(|at| (at.file.clone(), at.place.line, at.place.column));
    flaws.sort_by_cached_key(|flaw| (place(flaw), flaw.says.clone()));
    // The first of those that say the same of one place, whatever event showed it.
    flaws.dedup_by(|later, first| place(later) == place(first) && (place(first).is_some() || later.says == first.says));
    flaws
}

/// Everything that fails with one event, whoever would be sent it.
pub(super) fn of_event(renderer: &Renderer, scope: Scope, event: &Event, view: View) -> Vec<Failure> {
    let mut found = wording(renderer, scope, event, view);
    found.extend(layouts(renderer, scope, event, view));
    let context = Context::from(renderer.full_context(event, view, &BTreeMap::new()));
    for name in renderer.natives() {
        // A template for calls need not know batches, and parameters belong to the notifier.
        found.extend(renderer.native_in(name, &context).err());
        if let Some(output) = Output::of(name) {
            found.extend(misses(renderer, output, name, &context));
        }
    }
    found
}

fn events(now: Timestamp) -> impl Iterator<Item = Event> {
    let bundles = [Reason::Group, Reason::Quiet, Reason::Throttle].map(|reason| bundle(reason, now));
    let all = Kind::SAID.into_iter().flat_map(move |kind| [sample::sample(kind, now), sample::sparse(kind, now)]);
    all.chain(bundles)
}

fn wording(renderer: &Renderer, scope: Scope, event: &Event, view: View) -> Vec<Failure> {
    let context = Context::from(context::of_event(event, view));
    let mut found = Vec::new();
    let builtin = renderer.builtin.get(&event.kind).filter(|_| scope == Scope::All);
    for content in [renderer.own.get(&event.kind), builtin].into_iter().flatten() {
        found.extend(content.say(&renderer.engine, &context, event.severity).err());
        found.extend(content.parts().flat_map(|(output, name)| misses(renderer, output, name, &context)));
    }
    found
}

fn layouts(renderer: &Renderer, scope: Scope, event: &Event, view: View) -> Vec<Failure> {
    let plain = builtin::layouts().map(|(name, _)| name).filter(|name| name.starts_with("layouts/"));
    let presets = renderer.presets.values().map(|preset| (preset.template.as_str(), preset.samples()));
    let all = plain.map(|name| (name, BTreeMap::new())).chain(presets);
    let mut found = Vec::new();
    let is_own = |name: &str| Output::of(name).is_some_and(|output| renderer.engine.has(output, name));
    for (name, params) in all.filter(|(name, _)| scope == Scope::All || is_own(name)) {
        let context = Context::from(renderer.full_context(event, view, &params));
        found.extend(renderer.layout_failures(name, &context));
        let Some(output) = Output::of(name) else { continue };
        for name in [name.to_owned(), builtin_name(name)].iter().filter(|name| renderer.engine.has(output, name)) {
            found.extend(misses(renderer, output, name, &context));
        }
    }
    found
}

/// Names that no event has, wherever they stand. Whether those are there that only some have is seen
/// when the template is rendered.
fn misses(renderer: &Renderer, output: Output, name: &str, context: &Context) -> Vec<Failure> {
    let misses = renderer.engine.rehearse(output, name, context).into_iter();
    // A batch that cannot be followed says why; others have no `error`.
    let sometimes = |path: &str| path.ends_with(".error");
    let wrong = misses.filter(|miss| !(miss.may_be_there() || miss.borne && sometimes(&miss.path)));
    wrong.map(|miss| renderer.engine.missed(&miss, context)).collect()
}
