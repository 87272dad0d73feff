//! The live progress line of `watch` and `demo`: drawn on stderr, stepped aside for whatever else
//! is written.

use std::{
    io::{self, Write},
    sync::{Arc, LazyLock},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::notify::console::Sink;

/// All bars of the process; hidden where stderr is not a terminal.
static BARS: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(8)));

/// Stderr for the log.
pub(super) struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        BARS.suspend(|| io::stderr().write_all(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Where console notifiers print while bars are drawn.
pub(super) fn console() -> Sink {
    Arc::new(|text: &str| {
        BARS.suspend(|| {
            let mut out = io::stdout().lock();
            // A reader that went away ends the output, not the program.
            drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
        });
    })
}

/// One line about one batch or a handful of calls.
#[derive(Debug)]
pub(super) struct Line {
    bar: ProgressBar,
    last: String,
}

impl Line {
    pub(super) fn new(name: &str) -> Self {
        let style = ProgressStyle::with_template("{spinner} {prefix} {wide_bar:.cyan/dim} {pos}/{len}  {msg}")
            .expect("the template is valid")
            .progress_chars("━╸─");
        let bar = BARS.add(ProgressBar::new(0).with_style(style).with_prefix(name.to_owned()));
        bar.enable_steady_tick(Duration::from_millis(250));
        Self { bar, last: String::new() }
    }

    /// Shows how far it is. Without a terminal, each change is a line of its own.
    pub(super) fn show(&mut self, done: u64, total: u64, words: &str) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(words.to_owned());
        let line = format!("{} {done}/{total} {words}", self.bar.prefix());
        if BARS.is_hidden() && line != self.last {
            eprintln!("{}", line.trim_end());
        }
        self.last = line;
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
