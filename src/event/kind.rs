//! The closed list of event kinds.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::model::near::closest;

/// What kind of change an event tells. Written dotted and in the past tense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    #[serde(rename = "call.started")]
    CallStarted,
    #[serde(rename = "call.completed")]
    CallCompleted,
    #[serde(rename = "call.failed")]
    CallFailed,
    #[serde(rename = "call.corrected")]
    CallCorrected,
    #[serde(rename = "call.stuck")]
    CallStuck,
    #[serde(rename = "call.missing")]
    CallMissing,
    #[serde(rename = "batch.started")]
    BatchStarted,
    #[serde(rename = "batch.progress")]
    BatchProgress,
    #[serde(rename = "batch.completed")]
    BatchCompleted,
    #[serde(rename = "batch.stuck")]
    BatchStuck,
    #[serde(rename = "watch.failing")]
    WatchFailing,
    #[serde(rename = "watch.recovered")]
    WatchRecovered,
    #[serde(rename = "notifier.failing")]
    NotifierFailing,
    #[serde(rename = "notifier.recovered")]
    NotifierRecovered,
    /// An event had not been given to someone whom the routes name; it has been since.
    #[serde(rename = "delivery.missing")]
    DeliveryMissing,
    /// Many events in one delivery. It is made of what was routed, and is never routed itself.
    #[serde(rename = "digest")]
    Digest,
}

impl Kind {
    /// The kinds that routes can name.
    pub const ALL: [Kind; 15] = [
        Self::CallStarted,
        Self::CallCompleted,
        Self::CallFailed,
        Self::CallCorrected,
        Self::CallStuck,
        Self::CallMissing,
        Self::BatchStarted,
        Self::BatchProgress,
        Self::BatchCompleted,
        Self::BatchStuck,
        Self::WatchFailing,
        Self::WatchRecovered,
        Self::NotifierFailing,
        Self::NotifierRecovered,
        Self::DeliveryMissing,
    ];

    /// The kinds that are put into words: those, and bundles.
    pub const SAID: [Kind; 16] = [
        Self::CallStarted,
        Self::CallCompleted,
        Self::CallFailed,
        Self::CallCorrected,
        Self::CallStuck,
        Self::CallMissing,
        Self::BatchStarted,
        Self::BatchProgress,
        Self::BatchCompleted,
        Self::BatchStuck,
        Self::WatchFailing,
        Self::WatchRecovered,
        Self::NotifierFailing,
        Self::NotifierRecovered,
        Self::DeliveryMissing,
        Self::Digest,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::CallStarted => "call.started",
            Self::CallCompleted => "call.completed",
            Self::CallFailed => "call.failed",
            Self::CallCorrected => "call.corrected",
            Self::CallStuck => "call.stuck",
            Self::CallMissing => "call.missing",
            Self::BatchStarted => "batch.started",
            Self::BatchProgress => "batch.progress",
            Self::BatchCompleted => "batch.completed",
            Self::BatchStuck => "batch.stuck",
            Self::WatchFailing => "watch.failing",
            Self::WatchRecovered => "watch.recovered",
            Self::NotifierFailing => "notifier.failing",
            Self::NotifierRecovered => "notifier.recovered",
            Self::DeliveryMissing => "delivery.missing",
            Self::Digest => "digest",
        }
    }

    /// Whether this is one of the two ways in which a call's end is told.
    pub fn is_call_end(self) -> bool {
        matches!(self, Self::CallCompleted | Self::CallFailed)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::SAID.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            let all: Vec<_> = Self::SAID.iter().map(|kind| kind.as_str()).collect();
            let meant = closest(text, all.iter().copied()).map(|kind| format!("; did you mean `{kind}`?"));
            let meant = meant.unwrap_or_default();
            format!("`{text}` is not an event kind{meant}; the kinds are {}", all.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_written_as_it_is_read() {
        for kind in Kind::SAID {
            assert_eq!(kind.as_str().parse::<Kind>().unwrap(), kind);
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert!("call.finished".parse::<Kind>().unwrap_err().contains("call.completed"));
    }

    #[test]
    fn everything_that_is_said_but_a_bundle_can_be_routed() {
        let routed: Vec<Kind> = Kind::SAID.into_iter().filter(|kind| *kind != Kind::Digest).collect();
        assert_eq!(routed, Kind::ALL);
    }
}
