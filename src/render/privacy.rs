//! What people may see of numbers: the policy, and the masking that carries it out.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::event::Event;

/// How much of a call's private data a message shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Privacy {
    /// Phone numbers keep their last four digits; card and social-security numbers are removed.
    Masked,
    Full,
}

/// The event as JSON for people: cleaned, and as much of it as the policy lets them see.
pub fn envelope(_event: &Event, _privacy: Privacy) -> Value {
    unimplemented!()
}
