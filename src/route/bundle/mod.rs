//! Bundling: when a route's events are told together and not one by one.
//!
//! Only the rules are here. What is waiting, and since when, is in the store, so that a restart
//! changes nothing: each answer follows from the config and the instant that is asked about.

pub mod config;
pub mod cron;
pub mod quiet;
pub mod timetable;

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    event::Event,
    model::period::Period,
    route::{
        self,
        bundle::{quiet::Quiet, timetable::Timetable},
    },
};

/// How one route bundles; at least one of the four is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundling {
    /// The route's name, which no other route that bundles has.
    pub route: String,
    pub digest: Option<Timetable>,
    /// Whether a digest is sent even when it holds nothing.
    pub always: bool,
    pub group: Option<Group>,
    pub quiet: Option<Quiet>,
    pub throttle: Option<Throttle>,
}

/// Events that belong together and come within `wait` of the first are told as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    pub by: By,
    pub wait: Period,
    /// With so many events a group is told at once.
    pub max: u32,
}

/// What events must share to be told together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Batch,
    Watch,
    Outcome,
    /// Nothing: all events of the route.
    #[default]
    None,
}

/// No more than `max` messages in any `per`; what is over is told together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    pub max: u32,
    pub per: Period,
}

impl Bundling {
    /// What the checked config of a route asks for; `None` when it bundles nothing.
    ///
    /// `zone` is for schedules that name none of their own.
    pub fn of(config: &route::config::Config, name: &str, zone: &TimeZone) -> Option<Self> {
        let bundling = Self {
            route: name.to_owned(),
            digest: config.digest.as_ref().and_then(|digest| digest.timetable(zone)),
            always: config.digest.as_ref().is_some_and(|digest| digest.always),
            group: config.group.as_ref().map(|group| Group { by: group.by, wait: group.wait, max: group.max }),
            quiet: config.quiet.as_ref().and_then(|quiet| Quiet::of(quiet, zone)),
            throttle: config.throttle.as_ref().and_then(config::Throttle::throttle),
        };
        bundling.is_any().then_some(bundling)
    }

    fn is_any(&self) -> bool {
        self.digest.is_some() || self.group.is_some() || self.quiet.is_some() || self.throttle.is_some()
    }
}

impl Group {
    /// What events of one group share. Events without such a thing share the empty text.
    pub fn value(&self, event: &Event) -> String {
        let value = match self.by {
            By::Batch => match (event.call(), event.batch()) {
                (Some(call), _) => call.batch_id.as_deref(),
                (None, batch) => batch.map(|batch| batch.id.as_str()),
            },
            By::Watch => Some(event.watch.as_str()),
            By::Outcome => event.call().and_then(|call| call.outcome).map(|outcome| outcome.as_str()),
            By::None => None,
        };
        value.unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests;
