//! `render`: what a notifier would send, for a sample, a file or something stored; nothing is sent.

mod form;
mod list;
mod mail;
mod paint;
mod subject;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, ColorChoice};
use serde_json::{Value, json};

use crate::{
    app::{self, Parts},
    cli::{
        open,
        render::subject::Subject,
        say::{self, Failure},
    },
    event::{Severity, digest::Reason, kind::Kind},
    notify::{Job, Notifier, Payload, console},
    render::View,
};

const EXAMPLES: &str = "\
Examples:
  ringback render call.failed                                 how it reads in the terminal
  ringback render call.failed --notifier ops                  what `ops` of the config would send
  ringback render call.completed --notifier slack             a preset that no notifier uses yet
  ringback render batch.completed --notifier team --open      the mail, in the browser
  ringback render --call record.json --notifier crm           with a call record of Bland's
  ringback render --stored dlv_3v5…                           the bytes that were sent
  ringback render call.completed --names                      all that a template may name, with its values
  ringback render --list                                      kinds, notifiers, forms, helpers";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The kind of event, such as call.failed, or digest [default: that of --call or --stored].
    #[arg(required_unless_present_any = ["call", "stored", "list"])]
    kind: Option<Kind>,
    /// A notifier of the config, or a form: console, discord, email, webhook, or a preset such as slack
    /// [default: console].
    #[arg(long, value_name = "NAME")]
    notifier: Option<String>,
    /// Tell a file instead of the sample: a call record of Bland's (the first, of many), or an event as a webhook gets
    /// it; `-` is stdin.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["stored", "sparse", "reason"])]
    call: Option<PathBuf>,
    /// Tell something of the store: the id of a call, batch, event (evt_…) or delivery (dlv_…). Several make a digest.
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with = "sparse")]
    stored: Vec<String>,
    /// Tell a sample that has nothing but what no event can lack.
    #[arg(long)]
    sparse: bool,
    /// Of a digest: why its events are told together: digest, group, quiet or throttle.
    #[arg(long, value_name = "WHY")]
    reason: Option<Reason>,
    /// Of a mail: to whom [default: the first of `to`].
    #[arg(long, value_name = "ADDRESS")]
    recipient: Option<String>,
    /// Of a stored delivery: write it anew instead of showing the bytes that were kept.
    #[arg(long)]
    again: bool,
    /// Print the bytes as they would be sent, not laid out for reading.
    #[arg(long, conflicts_with = "json")]
    raw: bool,
    /// Write the bytes that would be sent into a file, such as mail.eml.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show a mail's HTML in the browser.
    #[arg(long)]
    open: bool,
    /// Print everything that a template may name, with its values, as JSON.
    #[arg(long)]
    names: bool,
    /// List kinds, notifiers, forms and helpers.
    #[arg(long, conflicts_with_all = ["kind", "call", "stored"])]
    list: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// When to use colour; `auto` is on a terminal, unless NO_COLOR is set.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

/// What would be sent, and as whom.
struct Rendered {
    subject: Subject,
    /// As the config names it, or the form.
    notifier: String,
    recipient: String,
    payload: Payload,
    failed: bool,
}

pub(super) async fn run(config: Option<&Path>, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (settings, mut parts) = open::parts_or_builtin(config)?;
    if arguments.list {
        return list::print(&parts, arguments.json);
    }
    let now = app::clock();
    let from = subject::From { config: &settings, has_config: open::has_config(config), now };
    let subject = from.find(&arguments).await?;
    if arguments.names {
        return names(&arguments, subject, &mut parts);
    }
    let rendered = match kept(&arguments, &subject) {
        Some((notifier, recipient, payload)) => Rendered { subject, notifier, recipient, payload, failed: false },
        None => write(&arguments, subject, &mut parts)?,
    };
    show(&arguments, &rendered)?;
    Ok(ExitCode::from(u8::from(rendered.failed)))
}

/// The stored bytes of a delivery, if they are wanted and there.
fn kept(arguments: &Arguments, subject: &Subject) -> Option<(String, String, Payload)> {
    let delivery = subject.delivery.as_ref()?;
    let elsewhere = arguments.notifier.as_ref().is_some_and(|name| *name != delivery.notifier);
    let elsewhere = elsewhere || arguments.recipient.as_ref().is_some_and(|to| *to != delivery.recipient);
    if arguments.again || elsewhere {
        return None;
    }
    if delivery.payload.is_none() {
        eprintln!("it has not been written yet; this is how it would be now");
    }
    let payload = delivery.payload.clone()?;
    Some((delivery.notifier.clone(), delivery.recipient.clone(), payload))
}

fn write(arguments: &Arguments, subject: Subject, parts: &mut Parts) -> Result<Rendered, Failure> {
    let delivery = subject.delivery.as_ref();
    let name = arguments.notifier.as_deref().or(delivery.map(|delivery| delivery.notifier.as_str()));
    let notifier = form::notifier(name, parts)?;
    let known = notifier.recipients();
    let wanted = arguments.recipient.clone().or(delivery.map(|delivery| delivery.recipient.clone()));
    let recipient = match wanted.filter(|wanted| arguments.recipient.is_some() || known.contains(wanted)) {
        Some(wanted) if !known.contains(&wanted) => {
            let says = match known.as_slice() {
                [only] if only.is_empty() => format!("`{}` sends to no one in particular", notifier.name()),
                all => {
                    format!("`{}` does not send to `{wanted}`\n  hint: it sends to {}", notifier.name(), all.join(", "))
                }
            };
            return Err(Failure::usage(says));
        }
        Some(wanted) => wanted,
        None => known.into_iter().next().unwrap_or_default(),
    };
    let now = app::clock();
    let id = delivery.map_or("dlv_sample", |delivery| delivery.id.as_str());
    let job = Job { delivery_id: id, recipient: &recipient, event: &subject.event, attempt: 1, now };
    let payload = notifier.prepare(&parts.renderer, &job);
    let failed = payload.trouble.as_deref().is_some_and(|trouble| {
        explain(trouble, &notifier, &subject, parts);
        true
    });
    Ok(Rendered { notifier: notifier.name().to_owned(), recipient, payload, failed, subject })
}

/// Says where a template failed; what is shown is what would be sent in its place.
fn explain(trouble: &str, notifier: &Notifier, subject: &Subject, parts: &Parts) {
    let view = View { privacy: notifier.privacy(), now: app::clock() };
    let mut rest = trouble.to_owned();
    let mut told = Vec::new();
    for (says, flaw) in parts.renderer.failures(&subject.event, view) {
        if trouble.contains(&says) && !told.contains(&flaw) {
            eprintln!("{}\n", flaw.to_string().trim_end());
            rest = rest.replace(&says, "");
            told.push(flaw);
        }
    }
    if told.is_empty() {
        eprintln!("error: {trouble}\n");
    }
    eprintln!("This is what would be sent instead:");
}

fn show(arguments: &Arguments, rendered: &Rendered) -> Result<(), Failure> {
    let payload = &rendered.payload;
    if let Some(file) = &arguments.output {
        fs::write(file, &payload.body).with_context(|| format!("write {}", file.display()))?;
        eprintln!("wrote {}", file.display());
    }
    if arguments.open {
        mail::open(payload, rendered.subject.event.kind, &rendered.notifier)?;
    }
    if arguments.json {
        let body = serde_json::from_str::<Value>(&payload.body).ok().filter(|_| payload.content_type.contains("json"));
        let shown = json!({
            "notifier": rendered.notifier, "recipient": rendered.recipient, "type": rendered.subject.event.kind,
            "content_type": payload.content_type, "body": body.unwrap_or_else(|| payload.body.clone().into()),
            "trouble": payload.trouble,
        });
        say::print(&say::pretty(&shown))?;
    } else if arguments.raw {
        say::print(&payload.body)?;
    } else if arguments.output.is_none() && !arguments.open {
        let severity = rendered.subject.event.severity;
        say::print(&readable(payload, severity, say::in_colour(arguments.color)))?;
    }
    Ok(())
}

/// For reading: JSON laid out, mails decoded, in colour if wanted.
fn readable(payload: &Payload, severity: Severity, colour: bool) -> String {
    let is = |kind: &str| payload.content_type.starts_with(kind);
    match serde_json::from_str::<Value>(&payload.body) {
        Ok(value) if payload.content_type.contains("json") => paint::json(&say::pretty(&value), colour),
        _ if is("message/rfc822") => mail::readable(&payload.body, colour),
        _ if is("text/plain") && colour => console::coloured(&payload.body, severity),
        _ => payload.body.clone(),
    }
}

/// All that a template of this notifier sees.
fn names(arguments: &Arguments, subject: Subject, parts: &mut Parts) -> Result<ExitCode, Failure> {
    let notifier = form::notifier(arguments.notifier.as_deref(), parts)?;
    let view = View { privacy: notifier.privacy(), now: app::clock() };
    let names = parts.renderer.names(&subject.event, view, &Default::default());
    say::print(&paint::json(&say::pretty(&names), say::in_colour(arguments.color)))
}
