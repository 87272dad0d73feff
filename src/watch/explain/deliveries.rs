//! Deliveries of an explanation: how each stands, what holds it up, and what it all comes to.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    event::digest::Reason,
    route::form::Form,
    store::outbox::{Attempt, DeliveryRow, Destination, Given, State},
    watch::{
        after,
        explain::{EventStory, Phrase, Sources, subjects::Subject},
    },
};

/// Receivers that the conclusion names.
const NAMED: usize = 6;

/// One delivery with its attempts.
#[derive(Debug, Serialize)]
pub struct DeliveryStory {
    pub id: String,
    pub notifier: String,
    /// `discord`, `email` and so on; none where it is not configured any more.
    pub notifier_kind: Option<&'static str>,
    pub recipient: String,
    /// The event's, or `digest`.
    pub event_type: String,
    pub about: String,
    /// How many it holds.
    pub events: u64,
    pub state: &'static str,
    pub stands: Phrase,
    /// What holds it up, or is peculiar about it.
    pub notes: Vec<Phrase>,
    pub possibly_repeated: bool,
    pub tries: Vec<Try>,
    #[serde(skip)]
    concludes: Phrase,
    #[serde(skip)]
    purpose: String,
}

#[derive(Debug, Serialize)]
pub struct Try {
    pub at: Timestamp,
    pub took_ms: u64,
    pub status: Option<u16>,
    pub verdict: String,
    pub note: String,
}

/// Each delivery once, in the order in which they were made.
pub(super) async fn tell<'a>(
    sources: &Sources<'_>,
    given: impl Iterator<Item = &'a Given>,
) -> anyhow::Result<Vec<DeliveryStory>> {
    let mut stories: Vec<DeliveryStory> = Vec::new();
    let mut destinations: HashMap<&str, Destination> = HashMap::new();
    let mut waiting: Vec<(&str, &str, &str)> = Vec::new();
    for given in given {
        let row = &given.delivery;
        if stories.iter().any(|story| story.id == row.id) {
            continue;
        }
        if !destinations.contains_key(row.destination.as_str()) {
            destinations.insert(&row.destination, sources.store.destination(&row.destination).await?);
        }
        let tries = sources.store.attempts(&row.id).await?;
        let mut story = story(sources, given, &destinations[row.destination.as_str()], tries);
        let place = (row.notifier.as_str(), row.recipient.as_str(), row.about.as_str());
        if row.state == State::Pending && row.bundled.is_none() {
            if waiting.contains(&place) {
                story.notes.push(Phrase::of("it waits for the message before it, so that they come in order"));
            }
            waiting.push(place);
        }
        stories.push(story);
    }
    Ok(stories)
}

fn story(sources: &Sources<'_>, given: &Given, at: &Destination, tries: Vec<Attempt>) -> DeliveryStory {
    let row = &given.delivery;
    let notifier_kind = sources.kinds.get(row.notifier.as_str()).copied();
    let receiver = receiver(row, notifier_kind);
    let (stands, concludes) = match row.state {
        State::Delivered => delivered(row, &receiver),
        State::Dead => dead(row, &receiver),
        State::Pending => pending(row, &receiver, at, sources.now),
    };
    let as_try = |attempt: Attempt| Try {
        at: attempt.at,
        took_ms: attempt.took_ms,
        status: attempt.status,
        verdict: attempt.verdict,
        note: attempt.note,
    };
    DeliveryStory {
        id: row.id.clone(),
        notifier: row.notifier.clone(),
        notifier_kind,
        recipient: row.recipient.clone(),
        event_type: row.kind.clone(),
        about: row.about.clone(),
        events: row.events,
        state: match row.state {
            State::Pending => "pending",
            State::Delivered => "delivered",
            State::Dead => "dead",
        },
        stands,
        notes: notes(sources, row, at, notifier_kind.is_some()),
        possibly_repeated: row.ambiguous,
        tries: tries.into_iter().map(as_try).collect(),
        concludes,
        purpose: given.purpose.clone(),
    }
}

/// `ops (discord)`, `team (email) for a@example.com`.
fn receiver(row: &DeliveryRow, kind: Option<&str>) -> String {
    let kind = kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
    let recipient = if row.recipient.is_empty() { String::new() } else { format!(" for {}", row.recipient) };
    format!("{}{kind}{recipient}", row.notifier)
}

/// How the events of a bundle came together; nothing for a message of its own.
fn bundle(row: &DeliveryRow) -> Option<String> {
    let (route, number) = (&row.about, row.events);
    let events = if number == 1 { "1 event".to_owned() } else { format!("{number} events") };
    let why = match row.bundled? {
        // A bundle of one is told as that event, and its route is not known here.
        _ if row.event_id.is_some() => return None,
        Reason::Digest => "the digest",
        Reason::Group => "a group",
        Reason::Quiet => "what was held in the quiet time",
        Reason::Throttle => "the overflow",
    };
    Some(format!("in {why} of route `{route}` ({events})"))
}

fn delivered(row: &DeliveryRow, receiver: &str) -> (Phrase, Phrase) {
    let at = row.settled_at.unwrap_or(row.due);
    match bundle(row) {
        Some(bundle) => (
            Phrase::at(format!("delivered {bundle} at"), at),
            Phrase::at(format!("told to {receiver} {bundle} at"), at),
        ),
        None => (Phrase::at("delivered at", at), Phrase::at(format!("told to {receiver} at"), at)),
    }
}

fn dead(row: &DeliveryRow, receiver: &str) -> (Phrase, Phrase) {
    let at = row.settled_at.unwrap_or(row.due);
    let why = row.reason.as_deref().unwrap_or("no reason was kept");
    (
        Phrase::at(format!("given up: {why}; at"), at),
        Phrase::at(format!("{receiver} could not be told ({why}), given up at"), at),
    )
}

fn pending(row: &DeliveryRow, receiver: &str, at: &Destination, now: Timestamp) -> (Phrase, Phrase) {
    let due = at.paused_until.map_or(row.due, |paused| paused.max(row.due));
    if at.stopped.is_some() {
        let concludes = Phrase::of(format!("{receiver} is not told, as its destination is stopped"));
        return (Phrase::of("not sent"), concludes);
    }
    let (says, concludes) = match (row.attempts, bundle(row)) {
        (0, Some(bundle)) => (format!("waits {bundle}, due"), format!("{receiver} is told {bundle} at")),
        (0, None) => ("due".to_owned(), format!("{receiver} is to be told at")),
        (tries, _) => (format!("tried {}, again at", times(tries)), format!("{receiver} is tried again at")),
    };
    if due <= after(now, -jiff::SignedDuration::from_mins(2)) {
        let asks = "overdue (is `ringback run` running?) since";
        return (Phrase::at(asks, due), Phrase::at(format!("{receiver} is {asks}"), due));
    }
    (Phrase::at(says, due), Phrase::at(concludes, due))
}

fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

fn notes(sources: &Sources<'_>, row: &DeliveryRow, at: &Destination, configured: bool) -> Vec<Phrase> {
    let mut notes = Vec::new();
    if let Some(reason) = &at.stopped {
        let says = format!("its destination is stopped ({reason}) since");
        notes.push(Phrase { says, at: at.failing_since.or(at.opened) });
    } else if row.state == State::Pending {
        if let Some(since) = at.opened {
            let failure = at.last_failure.as_deref().unwrap_or("no answer");
            let says = format!("its notifier fails ({failure}), so that one message at a time is tried, since");
            notes.push(Phrase::at(says, at.failing_since.unwrap_or(since)));
        }
        if let Some(paused) = at.paused_until.filter(|paused| *paused > sources.now) {
            notes.push(Phrase::at("nothing is sent there before", paused));
        }
    }
    match row.form {
        Form::Message => {}
        Form::Card => notes.push(Phrase::of("shown on the batch's live card")),
        Form::Edit => notes.push(Phrase::of("it changes the message that told the call's end")),
    }
    if row.handed_on {
        let fallback = sources.teller.fallbacks.get(&row.notifier).map_or("the fallback", String::as_str);
        notes.push(Phrase::of(format!("{fallback} has it too, as its notifier failed")));
    }
    if row.begun_at > row.created_at {
        notes.push(Phrase::at("replayed at", row.begun_at));
    }
    if row.ambiguous {
        notes.push(Phrase::of("possibly repeated: an attempt without an answer may have arrived"));
    }
    if !configured {
        notes.push(Phrase::of("no notifier of this name is configured any more"));
    } else if row.state == State::Dead {
        notes.push(Phrase::of(format!("`ringback deliveries replay {}` sends it again", row.id)));
    }
    notes
}

/// What it all comes to, in one line.
pub(super) fn conclude(subjects: &[Subject], events: &[EventStory], deliveries: &[DeliveryStory]) -> Vec<Phrase> {
    if deliveries.is_empty() {
        return vec![nobody(subjects, events)];
    }
    // The last message to each is what counts.
    let place = |story: &DeliveryStory| (story.notifier.clone(), story.recipient.clone(), story.purpose.clone());
    let last = |(index, story): &(usize, &DeliveryStory)| {
        !deliveries.iter().skip(index + 1).any(|later| place(later) == place(story))
    };
    let mut last: Vec<&DeliveryStory> = deliveries.iter().enumerate().filter(last).map(|(_, story)| story).collect();
    last.sort_by_key(|story| !story.purpose.is_empty());
    let mut told: Vec<Phrase> = last.into_iter().map(|story| story.concludes.clone()).collect();
    let more = told.len().saturating_sub(NAMED);
    told.truncate(NAMED);
    if more > 0 {
        told.push(Phrase::of(format!("and {more} more")));
    }
    told
}

fn nobody(subjects: &[Subject], events: &[EventStory]) -> Phrase {
    let silent = subjects.iter().find_map(|subject| subject.silent.as_ref());
    let missed = events.iter().find(|event| event.routes.iter().any(|route| route.matches));
    match (missed, silent, subjects.first()) {
        (Some(event), ..) if event.same_routes == Some(true) => Phrase::of(
            "nobody was told although a route matches: the self-audit of `ringback run` makes up for it within minutes",
        ),
        (Some(_), ..) => Phrase::of("nobody was told: the routes were others when it happened"),
        (_, Some(why), _) => Phrase::of(format!("nobody was told: {why}")),
        _ if !events.is_empty() => Phrase::of("nobody was told: no route matches what happened"),
        (.., Some(subject)) if subject.state != "final" => {
            Phrase::of(format!("nobody has been told yet: it is {}", subject.state))
        }
        _ => Phrase::of("nobody was told: nothing happened that is worth an event"),
    }
}
