//! The console: messages as people read them in a terminal.

use std::{
    fmt,
    io::{self, IsTerminal, Write},
    sync::Arc,
};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    event::Severity,
    notify::{
        Job, Pause, Payload, Verdict,
        common::{Base, Common},
        plain,
        writer::{NO_PARAMS, Writer},
    },
    render::{Renderer, privacy::Privacy},
};

const LAYOUT: &str = "console.txt.hbs";

/// Takes a whole message, with its line breaks, and shows it.
pub type Sink = Arc<dyn Fn(&str) + Send + Sync>;

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub stream: Stream,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    #[default]
    Stdout,
    Stderr,
}

/// A built notifier.
pub struct Console {
    pub(super) base: Base,
    stream: Stream,
    colour: bool,
    sink: Option<Sink>,
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("base", &self.base).field("stream", &self.stream).finish_non_exhaustive()
    }
}

impl Console {
    pub(super) fn build(name: &str, common: &Common, config: &Config) -> Self {
        let is_terminal = match config.stream {
            Stream::Stdout => io::stdout().is_terminal(),
            Stream::Stderr => io::stderr().is_terminal(),
        };
        // https://no-color.org: any value that is not empty.
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            base: Base::new(
                name,
                common,
                Privacy::Masked,
                &[match config.stream {
                    Stream::Stdout => "stdout",
                    Stream::Stderr => "stderr",
                }],
            ),
            stream: config.stream,
            colour: is_terminal && !refused,
            sink: None,
        }
    }

    pub(super) fn with_sink(mut self, sink: Sink) -> Self {
        self.sink = Some(sink);
        self
    }

    pub(super) fn prepare(&self, renderer: &Renderer, job: &Job<'_>) -> Payload {
        let mut writer = Writer::new(&self.base, renderer, job, &NO_PARAMS);
        let text = writer.native("", |_, text| Ok(text)).unwrap_or_else(|| {
            let message = writer.message();
            writer.layout(LAYOUT, &message, Ok).unwrap_or_else(|| plain::text(&message))
        });
        writer.payload("text/plain; charset=utf-8", tame(&text))
    }

    pub(super) fn send(&self, payload: &Payload, job: &Job<'_>) -> Verdict {
        let text = if self.colour { coloured(&payload.body, job.event.severity) } else { payload.body.clone() };
        match self.write(&text) {
            Ok(()) => Verdict::Delivered { note: "shown".to_owned(), status: None, remote_id: None, pause: None },
            Err(error) => {
                let note = format!("cannot write: {error}");
                Verdict::Retry { note, status: None, after: None, pause: Pause::No }
            }
        }
    }

    fn write(&self, text: &str) -> io::Result<()> {
        if let Some(sink) = &self.sink {
            sink(text);
            return Ok(());
        }
        // One write under one lock, so that messages never mix with each other.
        let mut out: Box<dyn Write> = match self.stream {
            Stream::Stdout => Box::new(io::stdout().lock()),
            Stream::Stderr => Box::new(io::stderr().lock()),
        };
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}

/// The text without anything that a terminal obeys, ending in one line break.
fn tame(text: &str) -> String {
    format!("{}\n", plain::without_controls(text).trim_end())
}

/// The first line in bold and in the severity's colour.
pub fn coloured(text: &str, severity: Severity) -> String {
    let colour = match severity {
        Severity::Info => 32,
        Severity::Warning => 33,
        Severity::Error => 31,
    };
    let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
    format!("\u{1b}[1;{colour}m{title}\u{1b}[0m\n{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_words_cannot_move_the_cursor() {
        let shown = tame("Call \u{1b}]0;owned\u{7}completed\n\u{1b}[2Jbody\r\n\n");
        assert_eq!(shown, "Call ]0;ownedcompleted\n[2Jbody\n");
        assert_eq!(coloured(&shown, Severity::Error), "\u{1b}[1;31mCall ]0;ownedcompleted\u{1b}[0m\n[2Jbody\n");
    }
}
