//! Stories: a simulated account on one side, receivers on the other, and the program's steps between.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod auditing;
mod beginnings;
mod breakers;
mod bundles;
mod delivering;
mod explaining;
mod forgetting;
mod live;
mod origin;
mod outcomes;
mod pruning;
mod silence;
mod summaries;
mod trouble;

/// All calls of one account, told to a plain webhook.
pub(crate) const EVERYTHING: &str = r#"
[bland]
api_key = "sk-very-secret"
base_url = "BLAND"
[[watches]]
name = "everything"
all_calls = true
[notifiers.hook.webhook]
url = "HOOK"
[[routes]]
events = ["call.completed", "call.failed", "call.corrected", "call.stuck", "call.missing", "batch.started", "batch.completed", "batch.stuck", "watch.*"]
notify = ["hook"]
"#;
