//! `explain`: why a call did or did not notify whom.

use std::{path::Path, process::ExitCode};

use clap::Args;
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    app,
    cli::{
        open,
        say::{self, Failure, align, plural},
    },
    store::Store,
    watch::explain::{Explanation, Phrase, Sources, explain},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A call or batch id, an event (`evt_…`) or a delivery (`dlv_…`).
    id: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Events of a bundle that are explained in full.
const FULL: usize = 3;

/// Ends with 1 where nothing is known of the id.
pub(super) async fn run(config: Option<&Path>, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (config, parts) = open::parts(config)?;
    let store = Store::open(config.store.url.expose()).await?;
    let teller = app::teller(&config, parts.router, &parts.notifiers);
    let sources = Sources {
        store: &store,
        teller: &teller,
        watches: &config.watches,
        accounts: &config.accounts,
        kinds: parts.notifiers.iter().map(|notifier| (notifier.name(), notifier.kind())).collect(),
        now: app::clock(),
    };
    let story = explain(&sources, &arguments.id).await?;
    if arguments.json {
        say::print(&say::pretty(&story))?;
    } else {
        let times = Times { zone: &config.timezone, name: &config.timezone_name, now: sources.now };
        say::print(&page(&story, &times))?;
    }
    Ok(ExitCode::from(u8::from(!story.known)))
}

/// Moments as they are shown: without the date where that is today's.
struct Times<'a> {
    zone: &'a TimeZone,
    name: &'a str,
    now: Timestamp,
}

impl Times<'_> {
    fn show(&self, at: Timestamp) -> String {
        let (there, now) = (at.to_zoned(self.zone.clone()), self.now.to_zoned(self.zone.clone()));
        let form = if there.date() == now.date() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
        there.strftime(form).to_string()
    }

    fn phrase(&self, phrase: &Phrase) -> String {
        match phrase.at {
            Some(at) => format!("{} {}", phrase.says, self.show(at)),
            None => phrase.says.clone(),
        }
    }
}

fn page(story: &Explanation, times: &Times<'_>) -> String {
    let mut page = format!("Times are in {}.\n", times.name);
    for subject in &story.subjects {
        let outcome = subject.outcome.map(|outcome| format!(", {outcome}")).unwrap_or_default();
        let batch = subject.batch_id.as_ref().map(|batch| format!(", of batch {batch}")).unwrap_or_default();
        let (kind, id, account, state) = (capital(subject.kind), &subject.id, &subject.account, subject.state);
        page.push_str(&format!("\n{kind} {id} of account {account}{batch}: {state}{outcome}\n"));
        if let Some(why) = &subject.silent {
            page.push_str(&format!("Not told: {why}.\n"));
        }
        let seen = subject.seen.iter().map(|seen| vec![times.show(seen.at), seen.says.clone()]);
        section(&mut page, "What was seen", seen);
        let watches = subject.watches.iter().map(|watch| {
            let follows = if watch.follows { "follows it" } else { "does not" };
            vec![watch.watch.clone(), format!("{follows}: {}", watch.why)]
        });
        section(&mut page, "Watches", watches);
        section(&mut page, "Now", subject.waits.iter().map(|wait| vec![times.phrase(wait)]));
    }
    events(&mut page, story, times);
    deliveries(&mut page, story, times);
    section(&mut page, "Why that may be", story.reasons.iter().map(|reason| vec![times.phrase(reason)]));
    let conclusion: Vec<String> = story.conclusion.iter().map(|phrase| times.phrase(phrase)).collect();
    let line = format!("{}.\n", capital(&conclusion.join("; ")));
    // Where nothing is known, that comes first and the reasons after it.
    match story.known {
        true => format!("{page}\n{line}"),
        false => format!("{line}\n{page}"),
    }
}

fn events(page: &mut String, story: &Explanation, times: &Times<'_>) {
    for (index, event) in story.events.iter().enumerate() {
        let outcome = event.outcome.map(|outcome| format!(" ({outcome})")).unwrap_or_default();
        let about = if story.subjects.is_empty() { format!(" of {}", event.about) } else { String::new() };
        let (kind, id, at) = (&event.kind, &event.id, times.show(event.observed_at));
        let with = match event.same_routes {
            Some(true) => "",
            Some(false) => "; the routes were others then, now they say:",
            None => "; by the routes as they are now:",
        };
        let title = format!("Event {kind}{outcome}{about}, {id}, seen {at}{with}");
        let routes = event.routes.iter().map(|route| {
            let answer = if route.matches { "yes" } else { "no" };
            vec![route.route.clone(), format!("{answer}, it {}", route.says)]
        });
        // The events of a bundle are many, and what routes say of them is much the same.
        if story.events.len() > FULL && story.id.starts_with("dlv_") {
            page.push_str(&format!("{}{title}\n", if index == 0 { "\n" } else { "" }));
            continue;
        }
        section(page, &title, routes);
        if event.deliveries.is_empty() {
            page.push_str("  given to nobody\n");
        }
    }
    let more = story.events_total.saturating_sub(story.events.len() as u64);
    if more > 0 {
        let more = plural(usize::try_from(more).unwrap_or(usize::MAX), "more event");
        let list = if story.id.starts_with("dlv_") { "deliveries show" } else { "events" };
        page.push_str(&format!("\n{more}: `ringback {list} {}`\n", story.id));
    }
}

fn deliveries(page: &mut String, story: &Explanation, times: &Times<'_>) {
    for delivery in &story.deliveries {
        let kind = delivery.notifier_kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
        let recipient =
            if delivery.recipient.is_empty() { String::new() } else { format!(" for {}", delivery.recipient) };
        let (notifier, event, id) = (&delivery.notifier, &delivery.event_type, &delivery.id);
        let title = format!("Delivery of {event} to {notifier}{kind}{recipient}, {id}");
        let tries = delivery.tries.iter().map(|one| {
            let status = one.status.map(|status| status.to_string()).unwrap_or_default();
            vec![times.show(one.at), one.verdict.clone(), status, format!("{} ms", one.took_ms), one.note.clone()]
        });
        let stands = std::iter::once(&delivery.stands).chain(&delivery.notes).map(|phrase| vec![times.phrase(phrase)]);
        section(page, &title, stands);
        indented(page, "    ", tries);
    }
}

/// A title and aligned rows under it; nothing where there are no rows.
fn section(page: &mut String, title: &str, rows: impl Iterator<Item = Vec<String>>) {
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() {
        return;
    }
    page.push_str(&format!("\n{title}\n"));
    indented(page, "  ", rows.into_iter());
}

fn indented(page: &mut String, indent: &str, rows: impl Iterator<Item = Vec<String>>) {
    for line in align(&rows.collect::<Vec<_>>()).lines() {
        page.push_str(&format!("{indent}{line}\n"));
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
