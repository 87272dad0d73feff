//! What there is to render, and with what.

use std::process::ExitCode;

use serde_json::json;

use crate::{
    app::Parts,
    cli::{
        render::form,
        say::{self, Failure, align},
    },
    event::kind::Kind,
    render::helpers_in_use,
};

pub(super) fn print(parts: &Parts, as_json: bool) -> Result<ExitCode, Failure> {
    let notifiers: Vec<(&str, &str)> = parts.notifiers.iter().map(|one| (one.name(), one.kind())).collect();
    let forms = form::all(&parts.renderer);
    let kinds = Kind::SAID.map(Kind::as_str);
    let replaced: Vec<&str> = parts.renderer.replaced().map(Kind::as_str).collect();
    if as_json {
        let notifiers: Vec<_> = notifiers.iter().map(|(name, kind)| json!({"name": name, "kind": kind})).collect();
        let helpers = helpers_in_use().map(|(name, usage, does)| json!({"name": name, "usage": usage, "does": does}));
        let all = json!({
            "kinds": kinds, "notifiers": notifiers, "forms": forms, "replaced": replaced,
            "layouts": parts.renderer.layouts().collect::<Vec<_>>(),
            "natives": parts.renderer.natives().collect::<Vec<_>>(),
            "helpers": helpers.collect::<Vec<_>>(),
        });
        return say::print(&say::pretty(&all));
    }
    let mut text = String::from("KINDS: ringback render KIND\n");
    let own = |kind: &str| if replaced.contains(&kind) { "your own wording" } else { "" };
    text.push_str(&table(kinds.into_iter().map(|kind| vec![kind.to_owned(), own(kind).to_owned()])));
    if !notifiers.is_empty() {
        text.push_str("\nNOTIFIERS of the config: --notifier NAME\n");
        text.push_str(&table(notifiers.into_iter().map(|(name, kind)| vec![name.to_owned(), kind.to_owned()])));
    }
    text.push_str("\nFORMS that need no config: --notifier FORM\n");
    text.push_str(&format!("  {}\n", forms.join(", ")));
    text.push_str("\nLAYOUTS that a file of the same name in `[templates] dir` replaces\n");
    text.push_str(&table(parts.renderer.layouts().map(|name| vec![name.to_owned()])));
    text.push_str("\nHELPERS of templates\n");
    for (name, usage, does) in helpers_in_use() {
        text.push_str(&format!("  {name} {usage}\n      {does}\n"));
    }
    say::print(&text)
}

fn table(rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<Vec<String>> = rows.collect();
    align(&rows).lines().map(|line| format!("  {line}\n")).collect()
}
