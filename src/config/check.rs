//! What only the whole document can tell: names that lead nowhere, accounts without keys, rules that match nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use wildmatch::WildMatch;

use crate::{
    bland,
    bland::config::Api,
    config::{
        draft::Draft,
        part::Part,
        paths,
        report::{Report, quote},
    },
    llm,
    model::{flaw::Flaw, near::closest},
    notify::Notifier,
    render::Renderer,
    watch,
};

/// The account of a watch that names none.
pub(super) const BLAND: &str = "bland";
/// The watch that is there when the file has none.
pub(super) const EVERYTHING: &str = "everything";

pub(super) fn check(draft: &Draft<'_>, beside: &Path, report: &mut Report<'_>) {
    accounts(draft, report);
    watches(draft, report);
    notifiers(draft, report);
    let renderer = assembly(draft, beside, report);
    routes(draft, report);
    summary(draft, report);
    tell_all(report, &draft.store, draft.store.value.flaws());
    tell_all(report, &draft.store, store_url(draft.store.value.url.expose()));
    tell_all(report, &draft.server, draft.server.value.flaws());
    // Alone, a template that fails keeps nothing from starting; among other mistakes it is told with them.
    if report.count() > 0 {
        tell_all(report, &draft.templates, renderer.check_own());
    }
}

fn tell_all<T>(report: &mut Report<'_>, part: &Part<'_, T>, flaws: impl IntoIterator<Item = Flaw>) {
    for flaw in flaws {
        part.tell(report, flaw);
    }
}

fn accounts(draft: &Draft<'_>, report: &mut Report<'_>) {
    let watched = draft.watches.iter().map(|part| part.value.account.as_deref().unwrap_or(BLAND));
    let mut used: BTreeSet<&str> = watched.collect();
    if draft.watches.is_empty() {
        used.insert(BLAND);
    }
    for (name, part) in &draft.accounts {
        tell_all(report, part, part.value.flaws());
        if used.contains(name.as_str()) && part.value.api_key.is_none() {
            part.tell(report, without_key(name, part));
        }
    }
}

fn without_key(name: &str, part: &Part<'_, bland::config::Config>) -> Flaw {
    let variable: String =
        name.to_uppercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let line = format!("api_key = \"${{{variable}_API_KEY}}\"");
    let lines = if part.is_absent() { format!("{}\n{line}", part.title) } else { line };
    let section = if part.is_absent() { "the file".to_owned() } else { part.title.clone() };
    Flaw::new("api_key", format!("the account `{name}` is watched and has no `api_key`"))
        .hint(format!("set {variable}_API_KEY in the environment and add to {section}:\n{lines}"))
}

fn watches(draft: &Draft<'_>, report: &mut Report<'_>) {
    let mut names = BTreeSet::new();
    for part in &draft.watches {
        let watch = &part.value;
        tell_all(report, part, watch.flaws());
        if !watch.name.is_empty() && !names.insert(&watch.name) {
            let says = format!("the name {} is taken by another watch", quote(&watch.name));
            part.tell(report, Flaw::new("name", says).hint("names are shown in messages and must differ"));
        }
        let name = watch.account.as_deref().unwrap_or(BLAND);
        match draft.accounts.get(name) {
            Some(account) if account.value.api == Api::Logs => tell_all(report, part, by_id_only(watch)),
            Some(_) => {}
            None => part.tell(report, no_account(name, &draft.accounts)),
        }
    }
}

/// The legacy `POST /logs` answers for one call at a time; it has no lists.
fn by_id_only(watch: &watch::config::Config) -> Vec<Flaw> {
    let keys = [("all_calls", watch.all_calls), ("batches", watch.batches.any())];
    let keys = keys.into_iter().filter(|(_, given)| *given).map(|(key, _)| {
        Flaw::new(key, format!("`{key}` needs lists, which an account with `api = \"logs\"` does not have"))
            .hint("give the calls by id: `calls = [\"…\"]`, or use `api = \"v1\"`")
    });
    keys.collect()
}

fn no_account(name: &str, accounts: &BTreeMap<String, Part<'_, bland::config::Config>>) -> Flaw {
    let hint = match closest(name, accounts.keys().map(String::as_str)) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("add a section [accounts.{name}] with its `api_key`, or leave `account` out for [bland]"),
    };
    Flaw::new("account", format!("there is no account {}", quote(name))).hint(hint)
}

fn notifiers(draft: &Draft<'_>, report: &mut Report<'_>) {
    let names: Vec<&str> = draft.notifier_names.iter().map(String::as_str).collect();
    for part in draft.notifiers.values() {
        tell_all(report, part, part.value.flaws());
        if let Some(fallback) = part.value.common.fallback.as_deref() {
            if fallback == part.value.name {
                let flaw = Flaw::new("fallback", "a notifier cannot speak for itself");
                part.tell(report, flaw.hint("name another notifier, or remove `fallback`"));
            } else if !names.contains(&fallback) {
                let flaw = Flaw::new("fallback", format!("there is no notifier {}", quote(fallback)));
                part.tell(report, flaw.hint(known(fallback, &names)));
            }
        }
    }
    if draft.notifier_names.is_empty() {
        let hint = "add a notifier; this one shows messages in the terminal:\n[notifiers.screen.console]";
        report.wrong(None, "nobody would be told: there is no notifier", hint);
    }
}

/// Templates, presets and what else shows only when the notifiers are built.
fn assembly(draft: &Draft<'_>, beside: &Path, report: &mut Report<'_>) -> Renderer {
    let (mut renderer, flaws) = Renderer::read(&draft.templates.value, beside, draft.timezone.0.clone());
    tell_all(report, &draft.templates, flaws);
    for part in draft.notifiers.values().filter(|part| part.value.flaws().is_empty()) {
        let mut section = part.value.clone();
        paths::rebase_notifier(&mut section, beside);
        if let Err(flaws) = Notifier::build(&section, &mut renderer) {
            tell_all(report, part, flaws);
        }
    }
    renderer
}

/// Whether the language model can be asked shows when its client is built.
fn summary(draft: &Draft<'_>, report: &mut Report<'_>) {
    let section = &draft.summary.value;
    tell_all(report, &draft.summary, section.flaws());
    tell_all(report, &draft.summary, llm::Client::build(section).err().into_iter().flatten());
}

fn routes(draft: &Draft<'_>, report: &mut Report<'_>) {
    let notifiers: Vec<&str> = draft.notifier_names.iter().map(String::as_str).collect();
    let watches = watch_names(draft);
    let mut bundles = BTreeSet::new();
    for (index, part) in draft.routes.iter().enumerate() {
        let route = &part.value;
        tell_all(report, part, route.flaws());
        if route.bundles() && !bundles.insert(route.called(index)) {
            let says = format!("the name {} is taken by another route with bundles", quote(&route.called(index)));
            part.tell(report, Flaw::new("name", says).hint("what waits in a bundle is found again by this name"));
        }
        for (index, name) in route.notify.iter().enumerate().filter(|(_, name)| !notifiers.contains(&name.as_str())) {
            let flaw = Flaw::new(format!("notify.{index}"), format!("there is no notifier {}", quote(name)));
            part.tell(report, flaw.hint(known(name, &notifiers)));
        }
        for (path, glob) in watches.iter().flat_map(|watches| unmatched("watches", &route.watches, watches)) {
            let hint = known(glob, watches.as_deref().unwrap_or_default());
            part.tell(report, Flaw::new(path, format!("{} matches no watch", quote(glob))).hint(hint));
        }
    }
}

/// The names that routes can mean; `None` when one was lost, which could have been meant.
fn watch_names<'d>(draft: &'d Draft<'_>) -> Option<Vec<&'d str>> {
    if draft.watches.iter().any(|part| part.lost("name")) {
        return None;
    }
    let names: BTreeSet<&str> = draft.watches.iter().map(|part| part.value.name.as_str()).collect();
    let names = Vec::from_iter(names);
    Some(if names.is_empty() { vec![EVERYTHING] } else { names })
}

fn unmatched<'g>(key: &str, globs: &'g [String], all: &[&str]) -> Vec<(String, &'g String)> {
    let matches_none = |glob: &str| {
        let glob = WildMatch::new(glob);
        !all.iter().any(|name| glob.matches(name))
    };
    let bad = globs.iter().enumerate().filter(|(_, glob)| matches_none(glob));
    bad.map(|(index, glob)| (format!("{key}.{index}"), glob)).collect()
}

fn known(word: &str, all: &[&str]) -> String {
    let list = all.join(", ");
    match closest(word, all.iter().copied()) {
        Some(close) => format!("did you mean `{close}`? (there are: {list})"),
        None => format!("there are: {list}"),
    }
}

fn store_url(url: &str) -> Option<Flaw> {
    let fine = ["sqlite:", "postgres://", "postgresql://"].iter().any(|start| url.starts_with(start));
    (!fine).then(|| {
        Flaw::new("url", "the store's `url` must begin with sqlite: or postgres://")
            .hint("write `url = \"sqlite:ringback.db\"` or `url = \"postgres://user:${PGPASSWORD}@host/database\"`")
    })
}
