//! Keys that the design has and this version does not obey yet: refused, so that nobody counts on them.

/// A key for later, and what happens without it.
pub(super) struct Later {
    pub(super) key: &'static str,
    /// The value that means off, which is true already.
    pub(super) off: Option<Off>,
    pub(super) meanwhile: &'static str,
}

pub(super) enum Off {
    Text(&'static str),
}

const fn later(key: &'static str, off: Option<Off>, meanwhile: &'static str) -> Later {
    Later { key, off, meanwhile }
}

const NO_RECEIVER: &str = "calls are found by asking Bland, every `poll_interval`";
const NO_SERVER: &str = "nothing is served (only `listen = \"\"` may be written)";

pub(super) const ACCOUNT: &[Later] =
    &[later("webhook_secret", None, NO_RECEIVER), later("webhook_secret_file", None, NO_RECEIVER)];

pub(super) const NOTIFIER: &[Later] = &[];

pub(super) const SERVER: &[Later] = &[
    later("listen", Some(Off::Text("")), NO_SERVER),
    later("token", None, NO_SERVER),
    later("token_file", None, NO_SERVER),
    later("public_url", None, NO_SERVER),
];
