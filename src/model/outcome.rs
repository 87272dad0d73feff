//! How a call ended, in one word.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The outcome of a finished call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Human,
    Voicemail,
    NoAnswer,
    Busy,
    Canceled,
    /// Bland's detection ran and could not tell.
    Unknown,
    /// The call finished and no detection result ever came.
    Unclassified,
    Failed,
}

impl Outcome {
    pub const ALL: [Outcome; 8] = [
        Self::Human,
        Self::Voicemail,
        Self::NoAnswer,
        Self::Busy,
        Self::Canceled,
        Self::Unknown,
        Self::Unclassified,
        Self::Failed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Voicemail => "voicemail",
            Self::NoAnswer => "no_answer",
            Self::Busy => "busy",
            Self::Canceled => "canceled",
            Self::Unknown => "unknown",
            Self::Unclassified => "unclassified",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who an unclassified call plainly sounds like; shown as "probably", never an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likely {
    Human,
    Voicemail,
}

/// Where in Bland's pipeline an error arose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorStage {
    PreQueue,
    Queue,
    Call,
    /// The call itself was fine; something after it failed.
    PostCall,
}
