//! Escapes plain text for each channel's markup, so that what a caller says is only ever read.

/// Discord Markdown.
pub fn discord(_text: &str) -> String {
    unimplemented!()
}

/// Slack mrkdwn.
pub fn slack(_text: &str) -> String {
    unimplemented!()
}
