//! `check`, `test-notify` and `render`: trying the config out before it matters.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use jiff::Timestamp;

use crate::{
    app::{self, Parts},
    bland::{self, client::Client},
    cli::{
        open,
        say::{self, Failure},
        summarize,
    },
    config::Config,
    event::{Event, kind::Kind, sample::sample},
    notify::{Job, Notifier, Payload, Verdict},
    store::{Store, records::EventFilter},
    watch::tell,
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Also ask Bland and each notifier whether the credentials work.
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

#[derive(Debug, Args)]
pub(super) struct Render {
    /// The kind of event, such as call.completed.
    kind: Kind,
    /// The notifier whose form is wanted [default: the first].
    #[arg(long)]
    notifier: Option<String>,
    /// A Bland call record to say, instead of the sample; `-` is stdin.
    #[arg(long, value_name = "FILE", conflicts_with = "stored")]
    call: Option<PathBuf>,
    /// The id of a call or batch in the store, whose latest event of this kind is said again.
    #[arg(long, value_name = "ID")]
    stored: Option<String>,
}

pub(super) async fn run(config: Option<&Path>, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (config, parts) = open::parts(config)?;
    let flaws = parts.renderer.check();
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
    let notifier = find(&parts.notifiers, Some(&arguments.name))?;
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

pub(super) async fn render(config: Option<&Path>, arguments: Render) -> Result<ExitCode, Failure> {
    let (config, parts) = open::parts(config)?;
    let notifier = find(&parts.notifiers, arguments.notifier.as_deref())?;
    let now = app::clock();
    let event = match (&arguments.call, &arguments.stored) {
        (Some(file), _) => from_record(&config, file, arguments.kind, now)?,
        (None, Some(id)) => from_store(&config, id, arguments.kind).await?,
        (None, None) => sample(arguments.kind, now),
    };
    let recipient = notifier.recipients().into_iter().next().unwrap_or_default();
    let job = Job { delivery_id: "dlv_sample", recipient: &recipient, event: &event, attempt: 1, now };
    let payload = notifier.prepare(&parts.renderer, &job);
    if let Some(trouble) = &payload.trouble {
        eprintln!("warning: {trouble}");
    }
    say::print(&shown(&payload))
}

/// JSON bodies are laid out for reading; others are shown as they are.
fn shown(payload: &Payload) -> String {
    match serde_json::from_str::<serde_json::Value>(&payload.body) {
        Ok(value) if payload.content_type.contains("json") => say::pretty(&value),
        _ => payload.body.clone(),
    }
}

/// The event that a call record of Bland's would cause.
fn from_record(config: &Config, file: &Path, kind: Kind, now: Timestamp) -> Result<Event, Failure> {
    let call = bland::document::read_call(&summarize::read(Some(file))?)?;
    tell::from_record(&call, kind, &config.summary, now)
        .ok_or_else(|| Failure::usage(format!("a call record cannot become a {kind}; render it without --call")))
}

async fn from_store(config: &Config, id: &str, kind: Kind) -> Result<Event, Failure> {
    let store = Store::open(config.store.url.expose()).await?;
    let filter = EventFilter { kind: Some(kind.to_string()), about: Some(id.to_owned()), since: None, limit: Some(1) };
    let found = store.list_events(&filter).await?.pop();
    found.ok_or_else(|| anyhow::anyhow!("the store holds no {kind} about `{id}`; see `ringback events {id}`").into())
}

fn find<'a>(notifiers: &'a [Notifier], name: Option<&str>) -> Result<&'a Notifier, Failure> {
    let found = notifiers.iter().find(|notifier| name.is_none_or(|name| notifier.name() == name));
    found.ok_or_else(|| {
        let names: Vec<&str> = notifiers.iter().map(Notifier::name).collect();
        Failure::usage(format!(
            "there is no notifier `{}`\n  hint: the notifiers are {}",
            name.unwrap_or("?"),
            names.join(", ")
        ))
    })
}
