//! `check` and `test-notify`: trying the config out before it matters.

use std::{path::Path, process::ExitCode};

use clap::Args;

use crate::{
    app::{self, Parts},
    bland::client::Client,
    cli::{
        open,
        say::{self, Failure},
    },
    config::Config,
    event::{
        kind::Kind,
        sample::{sample, sparse},
    },
    llm,
    model::flaw::Flaw,
    notify::{Job, Notifier, Verdict},
    render::View,
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Also ask Bland, each notifier and the language model whether the credentials work.
    #[arg(long)]
    online: bool,
}

#[derive(Debug, Args)]
pub(super) struct TestNotify {
    /// The notifier's name.
    name: String,
    /// The kind of event to send a sample of.
    #[arg(long, default_value = "call.completed")]
    event: Kind,
}

pub(super) async fn run(config: Option<&Path>, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (config, parts) = open::parts(config)?;
    let flaws = flaws(&parts);
    if !flaws.is_empty() {
        return Err(Failure::flaws(&flaws));
    }
    let words = [
        if config.watches.len() == 1 { "1 watch".to_owned() } else { format!("{} watches", config.watches.len()) },
        say::plural(parts.notifiers.len(), "notifier"),
        if config.routes.is_empty() {
            "the default routes".to_owned()
        } else {
            say::plural(config.routes.len(), "route")
        },
    ];
    eprintln!("config, templates and routes are fine: {}", words.join(", "));
    if arguments.online { online(&config, &parts).await } else { Ok(ExitCode::SUCCESS) }
}

/// What is wrong with templates: what does not render, or else what a notifier cannot read.
fn flaws(parts: &Parts) -> Vec<Flaw> {
    let flaws = parts.renderer.check();
    if !flaws.is_empty() {
        return flaws;
    }
    let now = app::clock();
    let mut flaws = Vec::new();
    for notifier in &parts.notifiers {
        let recipient = notifier.recipients().into_iter().next().unwrap_or_default();
        for event in Kind::SAID.into_iter().flat_map(|kind| [sample(kind, now), sparse(kind, now)]) {
            let job = Job { delivery_id: "dlv_sample", recipient: &recipient, event: &event, attempt: 1, now };
            let Some(trouble) = notifier.prepare(&parts.renderer, &job).trouble else { continue };
            // A template for calls need not know batches.
            let view = View { privacy: notifier.privacy(), now };
            let known = parts.renderer.failures(&event, view);
            if !known.iter().any(|(says, _)| trouble.contains(says)) {
                flaws.push(Flaw::new(format!("notifiers.{}", notifier.name()), format!("{}: {trouble}", event.kind)));
                break;
            }
        }
    }
    flaws
}

/// Asks everyone, and says what each answered.
async fn online(config: &Config, parts: &Parts) -> Result<ExitCode, Failure> {
    let mut failed = false;
    for (name, settings) in &config.accounts {
        if !config.watches.iter().any(|watch| watch.account() == name) {
            continue;
        }
        let answer = match Client::new(settings) {
            Ok(client) => client.check(app::clock()).await.map_err(|error| error.to_string()),
            Err(error) => Err(format!("{error:#}")),
        };
        failed |= report(&format!("account {name}"), answer.map(|()| "the key works".to_owned()));
    }
    for notifier in &parts.notifiers {
        failed |= report(&format!("notifier {}", notifier.name()), notifier.check_online().await);
    }
    // Its mistakes were told when the config was read.
    if let Some(model) = llm::Client::build(&config.summary).ok().flatten() {
        failed |= report("language model", model.check(app::clock()).await);
    }
    Ok(ExitCode::from(u8::from(failed)))
}

fn report(who: &str, answer: Result<String, String>) -> bool {
    match &answer {
        Ok(fine) => eprintln!("{who}: {fine}"),
        Err(wrong) => eprintln!("error: {who}: {wrong}"),
    }
    answer.is_err()
}

pub(super) async fn test_notify(config: Option<&Path>, arguments: TestNotify) -> Result<ExitCode, Failure> {
    let (_, parts) = open::parts(config)?;
    let notifier = find(&parts.notifiers, &arguments.name)?;
    let now = app::clock();
    let mut event = sample(arguments.event, now);
    // A sample's id must not collide with that of an earlier test, or receivers would drop it.
    event.id = crate::event::id::derived("evt", &["test", notifier.name(), &now.to_string()]);
    let mut failed = false;
    for recipient in notifier.recipients() {
        let delivery = crate::event::id::derived("dlv", &[&event.id, notifier.name(), &recipient]);
        let job = Job { delivery_id: &delivery, recipient: &recipient, event: &event, attempt: 1, now };
        let payload = notifier.prepare(&parts.renderer, &job);
        if let Some(trouble) = &payload.trouble {
            eprintln!("warning: {trouble}");
        }
        let verdict = notifier.send(&payload, &job).await;
        let whom = if recipient.is_empty() { notifier.name() } else { &recipient };
        let delivered = matches!(verdict, Verdict::Delivered { .. });
        let said = match verdict {
            Verdict::Delivered { .. } => "delivered",
            Verdict::Retry { .. } => "not delivered, and would be tried again",
            Verdict::Permanent { .. } => "refused",
            Verdict::Ambiguous { .. } => "sent, but no answer came",
        };
        eprintln!("{}{whom}: {said}: {}", if delivered { "" } else { "error: " }, verdict.note());
        failed |= !delivered;
    }
    Ok(ExitCode::from(u8::from(failed)))
}

fn find<'a>(notifiers: &'a [Notifier], name: &str) -> Result<&'a Notifier, Failure> {
    let found = notifiers.iter().find(|notifier| notifier.name() == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = notifiers.iter().map(Notifier::name).collect();
        Failure::usage(format!("there is no notifier `{name}`\n  hint: the notifiers are {}", names.join(", ")))
    })
}
