//! Why a call, a batch or an event did or did not notify whom: all that the store and the config
//! say of it, in one place. Bland is not asked.

mod deliveries;
mod subjects;
mod unknown;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    bland,
    event::Event,
    model::outcome::Outcome,
    route::Answer,
    store::{
        Store,
        outbox::{DeliveryFilter, Given},
        records::Routed,
    },
    watch::{
        config::Config,
        explain::{deliveries::DeliveryStory, subjects::Subject},
        tell::Teller,
    },
};

/// Events that are explained one by one.
const EVENTS: u32 = 30;

/// What an explanation is drawn from.
#[derive(Debug)]
pub struct Sources<'a> {
    pub store: &'a Store,
    pub teller: &'a Teller,
    pub watches: &'a [Config],
    pub accounts: &'a BTreeMap<String, bland::config::Config>,
    /// `discord`, `email` and so on, by the names of notifiers.
    pub kinds: BTreeMap<&'a str, &'static str>,
    pub now: Timestamp,
}

/// The story of one id.
#[derive(Debug, Serialize)]
pub struct Explanation {
    pub id: String,
    /// Whether anything is known of it.
    pub known: bool,
    /// The call or batch; two only where two accounts know the id.
    pub subjects: Vec<Subject>,
    pub events: Vec<EventStory>,
    /// With those that are not explained one by one.
    pub events_total: u64,
    pub deliveries: Vec<DeliveryStory>,
    /// Where nothing is known: why that may be, and what can be done.
    pub reasons: Vec<Phrase>,
    pub conclusion: Vec<Phrase>,
}

/// Words, and the moment that belongs after them where there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Phrase {
    pub says: String,
    pub at: Option<Timestamp>,
}

/// An event and what the routes, as they are now, say of it.
#[derive(Debug, Serialize)]
pub struct EventStory {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub about: String,
    pub outcome: Option<Outcome>,
    pub timestamp: Timestamp,
    pub observed_at: Timestamp,
    /// Whether the routes were the same when it happened; null where that is not known.
    pub same_routes: Option<bool>,
    pub routes: Vec<RouteStory>,
    /// The ids of the deliveries that hold it.
    pub deliveries: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct RouteStory {
    pub route: String,
    pub matches: bool,
    pub says: String,
}

impl Phrase {
    fn of(says: impl Into<String>) -> Self {
        Self { says: says.into(), at: None }
    }

    fn at(says: impl Into<String>, at: Timestamp) -> Self {
        Self { says: says.into(), at: Some(at) }
    }
}

/// Explains a call or batch, an event (`evt_…`) or a delivery (`dlv_…`).
pub async fn explain(sources: &Sources<'_>, id: &str) -> anyhow::Result<Explanation> {
    let store = sources.store;
    let (events, total, about, only) = if id.starts_with("dlv_") {
        let members = store.members(id, EVENTS).await?;
        let mut events = Vec::new();
        for member in &members {
            events.extend(store.event(&member.event_id).await?);
        }
        let filter = DeliveryFilter { ids: vec![id.to_owned()], ..DeliveryFilter::default() };
        let row = store.deliveries(&filter).await?.pop();
        let about = row.as_ref().filter(|row| row.events == 1).and(members.first()).map(|member| member.about.clone());
        (events, row.as_ref().map_or(0, |row| row.events), about, row)
    } else if id.starts_with("evt_") {
        let event: Vec<Routed> = store.event(id).await?.into_iter().collect();
        let about = event.first().map(|routed| routed.event.about().to_owned());
        (event, 1, about, None)
    } else {
        (store.events_about(id, EVENTS).await?, store.count_events(id).await?, Some(id.to_owned()), None)
    };
    let ids: Vec<&str> = events.iter().map(|routed| routed.event.id.as_str()).collect();
    let mut given = store.given(&ids).await?;
    if id.starts_with("dlv_") {
        given.retain(|given| given.delivery.id == id);
    }
    // A digest that is sent even when it holds nothing has no events to be found by.
    let alone = only.filter(|_| given.is_empty());
    let given_none = alone.map(|delivery| Given { event_id: String::new(), purpose: String::new(), delivery });
    let subjects = match &about {
        Some(about) => subjects::find(sources, about).await?,
        None => vec![],
    };
    let deliveries = deliveries::tell(sources, given.iter().chain(&given_none)).await?;
    let events: Vec<EventStory> = events.iter().map(|routed| event_story(sources, routed, &given)).collect();
    let known = !(subjects.is_empty() && events.is_empty() && deliveries.is_empty());
    let reasons = if known { vec![] } else { unknown::reasons(sources, id).await? };
    let conclusion = match known {
        true => deliveries::conclude(&subjects, &events, &deliveries),
        false => vec![Phrase::of(format!("nothing is known of `{id}`"))],
    };
    Ok(Explanation {
        id: id.to_owned(),
        known,
        subjects,
        events_total: total.max(events.len() as u64),
        events,
        deliveries,
        reasons,
        conclusion,
    })
}

fn event_story(sources: &Sources<'_>, routed: &Routed, given: &[Given]) -> EventStory {
    let event = &routed.event;
    let (verdicts, _) = sources.teller.whom(event);
    let story = |verdict: crate::route::Verdict| RouteStory {
        route: verdict.route,
        matches: matches!(verdict.answer, Answer::Matches { .. }),
        says: answer(&verdict.answer, event),
    };
    let deliveries = given.iter().filter(|given| given.event_id == event.id).map(|given| given.delivery.id.clone());
    EventStory {
        id: event.id.clone(),
        kind: event.kind.to_string(),
        about: event.about().to_owned(),
        outcome: event.call().and_then(|call| call.outcome),
        timestamp: event.timestamp,
        observed_at: event.observed_at,
        same_routes: routed.routed_by.as_ref().map(|word| *word == sources.teller.routed_by),
        routes: verdicts.into_iter().map(story).collect(),
        deliveries: deliveries.collect(),
    }
}

/// What a route said, to be read after "yes, it" or "no, it".
fn answer(answer: &Answer, event: &Event) -> String {
    match answer {
        Answer::Matches { notify } => format!("tells {}", notify.join(", ")),
        Answer::OtherEvent => format!("is not for {}", event.kind),
        Answer::OtherOutcome => match event.call().and_then(|call| call.outcome) {
            Some(outcome) => format!("is not for the outcome {outcome}"),
            None => "is for events with an outcome".to_owned(),
        },
        Answer::OtherWatch => match event.watches.as_slice() {
            [] => "is for events of certain watches".to_owned(),
            watches => format!("is not for the watch {}", watches.join(", ")),
        },
        Answer::ConditionFalse => "has a `when` that is false here".to_owned(),
        Answer::ConditionFailed(why) => format!("has a `when` that cannot be evaluated here: {why}"),
        Answer::Stopped => "was not asked: an earlier route has `stop`".to_owned(),
    }
}
