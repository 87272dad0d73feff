//! A phone call as Ringback knows it, whatever document the facts came from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is known of one call; every field but the id may still be missing.
///
/// The words `status`, `queue_status`, `answered_by` and `disposition` are kept as Bland wrote
/// them, known or not; `detect` decides what they mean.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Call {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbound: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When a call placed for later is to start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// `corrected_duration` if Bland sent one, else `call_length` in minutes times 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_duration_seconds: Option<u64>,
    /// `user` or `assistant`, in lower case; other words are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// Set only when a transfer is proven: Bland said to whom, or a warm transfer merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transferred_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_usd: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pathway_id: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// What came out of the call besides its words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Bland's own summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transcript: Vec<Turn>,
    /// A child leg of a warm transfer, not a call that somebody placed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub transfer_leg: bool,
}

/// A value that was found out in the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub key: String,
    pub text: String,
    /// Bland read it out of the finished call. Else it is a variable, which may as well be how things stood
    /// when the call began.
    pub analysed: bool,
}

/// One utterance or agent action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    pub speaker: Speaker,
    pub text: String,
    pub at: Option<Timestamp>,
}

/// Who spoke. Written as Bland writes it: `user`, `assistant`, `agent-action`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Speaker {
    /// The person (or machine) on the line who is not our agent.
    User,
    /// The AI agent; Bland also writes `robot`.
    Assistant,
    /// Not speech: what the agent did, such as "Ended call".
    Action,
    Other(String),
}

impl From<String> for Speaker {
    fn from(word: String) -> Self {
        match word.trim().to_ascii_lowercase().replace('_', "-").as_str() {
            "user" => Self::User,
            "assistant" | "robot" => Self::Assistant,
            "agent-action" => Self::Action,
            _ => Self::Other(word),
        }
    }
}

impl From<Speaker> for String {
    fn from(speaker: Speaker) -> Self {
        match speaker {
            Speaker::User => "user".to_owned(),
            Speaker::Assistant => "assistant".to_owned(),
            Speaker::Action => "agent-action".to_owned(),
            Speaker::Other(word) => word,
        }
    }
}

impl Call {
    /// Takes over everything that `newer` knows; what it leaves open stays as it was.
    ///
    /// A list row knows less than a record, and a record read late may have lost nothing, so a
    /// missing value never erases a known one.
    pub fn absorb(&mut self, newer: Call) {
        macro_rules! take {
            ($($field:ident),*) => { $( if newer.$field.is_some() { self.$field = newer.$field; } )* };
        }
        take!(
            batch_id,
            inbound,
            to,
            from,
            status,
            queue_status,
            answered_by,
            error,
            created_at,
            scheduled_at,
            started_at,
            ended_at,
            duration_seconds,
            max_duration_seconds,
            ended_by,
            disposition,
            transferred_to,
            price_usd,
            recording_url,
            pathway_id,
            summary
        );
        // Bland may still say `false` on a page that was cut before the call ended.
        self.completed = match (self.completed, newer.completed) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (known, None) => known,
            (_, said) => said,
        };
        if !newer.variables.is_empty() {
            self.variables = newer.variables;
        }
        if !newer.metadata.is_empty() {
            self.metadata = newer.metadata;
        }
        if !newer.findings.is_empty() {
            self.findings = newer.findings;
        }
        if !newer.transcript.is_empty() {
            self.transcript = newer.transcript;
        }
        self.transfer_leg |= newer.transfer_leg;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_snapshot_never_erases_what_is_known() {
        let mut known = Call {
            id: "c1".to_owned(),
            answered_by: Some("human".to_owned()),
            completed: Some(true),
            ..Call::default()
        };
        known.absorb(Call { id: "c1".to_owned(), completed: Some(false), price_usd: Some(0.1), ..Call::default() });
        assert_eq!(known.answered_by.as_deref(), Some("human"));
        assert_eq!(known.completed, Some(true));
        assert_eq!(known.price_usd, Some(0.1));
    }

    #[test]
    fn speakers_keep_their_words() {
        for (word, back) in
            [("user", "user"), ("ROBOT", "assistant"), ("agent_action", "agent-action"), ("nurse", "nurse")]
        {
            assert_eq!(String::from(Speaker::from(word.to_owned())), back);
        }
    }
}
