//! `forget`: erases what is known of a person's calls, and lists what has to be deleted elsewhere.

use std::{path::Path, process::ExitCode, time::Duration};

use clap::Args;
use tokio::time;

use crate::{
    app,
    cli::{
        open,
        say::{self, Failure, moment, plural},
    },
    model::number::Number,
    store::{
        Store,
        forget::{Bytes, Forgotten, Message, Whom},
    },
    watch::config::bad_id,
};

/// A running service may be about to write down what it has just read; after this it has.
const IN_HAND: Duration = Duration::from_secs(2);
/// How often, and with which pause, the log of the database is tried to be folded away.
const FOLDS: u32 = 20;
const FOLD_PAUSE: Duration = Duration::from_millis(250);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Phone numbers with their country code, however written, and ids of calls.
    #[arg(required = true, value_name = "NUMBER|CALL_ID")]
    whom: Vec<String>,
    /// Say what would be erased, and erase nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(path: Option<&Path>, arguments: Arguments) -> Result<ExitCode, Failure> {
    let whom = whom(&arguments.whom)?;
    let (config, parts) = open::parts(path)?;
    let store = Store::open(config.store.url.expose()).await?;
    let digests = parts.router.digests().into_iter().filter(|(bundling, _)| bundling.always);
    let standing: Vec<String> = digests.map(|(bundling, _)| bundling.route.clone()).collect();
    let mut forgotten = store.forget(&whom, &standing, arguments.dry_run, app::clock()).await?;
    let nothing = forgotten.is_nothing();
    if !arguments.dry_run && !nothing {
        time::sleep(IN_HAND).await;
        forgotten = forgotten.and(store.forget(&whom, &standing, false, app::clock()).await?);
        store.drop_payloads(&forgotten.in_hand).await?;
        warn_of_bytes(wipe(&store).await?);
    }
    store.close().await;
    let text = if arguments.json { say::pretty(&forgotten) } else { describe(&forgotten, arguments.dry_run) };
    say::print(&text)?;
    Ok(ExitCode::from(u8::from(nothing)))
}

/// Digits alone may be a call's id as well as a number.
fn whom(given: &[String]) -> Result<Whom, Failure> {
    let mut whom = Whom::default();
    let mut wrong = Vec::new();
    for text in given {
        let (number, id) = (text.parse::<Number>(), bad_id(text).is_none());
        match number {
            Ok(number) => whom.numbers.push(number),
            Err(_) if id => {}
            Err(says) => wrong.push(format!("{says}; or give a call's id")),
        }
        if id {
            whom.ids.push(text.clone());
        }
    }
    if wrong.is_empty() { Ok(whom) } else { Err(Failure::usage(wrong.join("\n"))) }
}

async fn wipe(store: &Store) -> anyhow::Result<Bytes> {
    for _ in 0..FOLDS {
        match store.wipe().await? {
            Bytes::InLog => time::sleep(FOLD_PAUSE).await,
            bytes => return Ok(bytes),
        }
    }
    Ok(Bytes::InLog)
}

fn warn_of_bytes(bytes: Bytes) {
    match bytes {
        Bytes::Gone => {}
        Bytes::InLog => eprintln!(
            "warning: the database's log (-wal) could not be folded away, as somebody is reading, and still holds \
             what was erased; run the command again, or stop the service once"
        ),
        Bytes::UntilVacuum => eprintln!(
            "warning: PostgreSQL keeps deleted rows on its disk until it needs the place\n  \
             hint: VACUUM FULL calls, events, deliveries, attempts; (nothing can be written meanwhile)"
        ),
    }
}

fn describe(forgotten: &Forgotten, dry_run: bool) -> String {
    if forgotten.is_nothing() {
        return format!("nothing is known of them{}", mentions(forgotten));
    }
    let followed = match forgotten.calls_followed {
        0 => String::new(),
        count => format!(" ({count} not over yet, and not followed any more)"),
    };
    let deliveries = match forgotten.deliveries {
        1 => "1 delivery with its attempts".to_owned(),
        count => format!("{count} deliveries with their attempts"),
    };
    let mut lines = vec![
        if dry_run { "Would be erased:" } else { "Erased:" }.to_owned(),
        format!("  {}{followed}", counted(forgotten.calls.len(), "call")),
        format!("  {} about them", counted(forgotten.events, "event")),
        format!("  {deliveries}"),
    ];
    if forgotten.batch_events > 0 {
        lines.push(format!("  their names in {} about a batch", counted(forgotten.batch_events, "event")));
    }
    if !forgotten.rewritten.is_empty() {
        let messages = match forgotten.rewritten.len() {
            1 => "1 message that tells".to_owned(),
            count => format!("{count} messages that tell"),
        };
        lines.push(format!("  their part in {messages} of others too, with the words stored for it"));
    }
    if !forgotten.cancelled.is_empty() {
        let count = counted(forgotten.cancelled.len(), "message");
        lines.push(format!("\nCANCELLED: {count} had not been sent yet, and will never be:"));
        lines.extend(forgotten.cancelled.iter().map(line));
    }
    if !forgotten.sent.is_empty() {
        lines.push("\nSent already, or on the way; only you can delete them where they are:".to_owned());
        let uncertain = |message: &Message| if message.uncertain { ", not known to have arrived" } else { "" };
        lines.extend(forgotten.sent.iter().map(|message| format!("{}{}", line(message), uncertain(message))));
    }
    format!("{}{}\n\nBland's own records, logs and backups are not touched.", lines.join("\n"), mentions(forgotten))
}

fn line(message: &Message) -> String {
    let to = if message.recipient.is_empty() { String::new() } else { format!(" to {}", message.recipient) };
    let at = message.at.map(|at| format!(", {}", moment(at))).unwrap_or_default();
    let id = message.remote_id.as_ref().map(|id| format!(", message {id}")).unwrap_or_default();
    format!("  {} by {}{to}{at}{id}", message.kind, message.notifier)
}

fn mentions(forgotten: &Forgotten) -> String {
    if forgotten.mentioned_in.is_empty() {
        return String::new();
    }
    let ids: Vec<&str> = forgotten.mentioned_in.iter().map(String::as_str).collect();
    format!("\n\nStill mentioned in what is known of others (forget those by id, if need be):\n  {}", ids.join("\n  "))
}

fn counted(count: impl TryInto<usize>, noun: &str) -> String {
    plural(count.try_into().unwrap_or(usize::MAX), noun)
}
