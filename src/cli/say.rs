//! How commands speak: data to stdout, errors with hints to stderr, tables, and the log.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use jiff::Timestamp;
use serde::Serialize;
use tracing_subscriber::EnvFilter;

use crate::model::flaw::Flaw;

/// Why a command ends without success.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    text: String,
}

impl Failure {
    /// A mistake in arguments or config.
    pub(super) fn usage(text: impl Into<String>) -> Self {
        Self { code: 2, text: text.into() }
    }

    /// Flaws that are not tied to a line of a config file.
    pub(super) fn flaws(flaws: &[Flaw]) -> Self {
        let said: Vec<String> = flaws.iter().map(|flaw| flaw.to_string().trim_end().to_owned()).collect();
        // An excerpt is easier to read with some room around it.
        let between = if flaws.iter().any(|flaw| flaw.excerpt.is_some()) { "\n\n" } else { "\n" };
        Self::usage(said.join(between))
    }

    pub(super) fn report(self) -> ExitCode {
        let text = if self.text.starts_with("error") { self.text } else { format!("error: {}", self.text) };
        eprintln!("{text}");
        ExitCode::from(self.code)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self { code: 1, text: format!("{error:#}") }
    }
}

impl From<crate::config::mistakes::Mistakes> for Failure {
    fn from(mistakes: crate::config::mistakes::Mistakes) -> Self {
        Self::usage(mistakes.to_string())
    }
}

/// Prints data. A reader that went away, as `head` does, is no error.
pub(super) fn print(text: &str) -> Result<ExitCode, Failure> {
    let mut out = io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    match write!(out, "{text}{end}").and_then(|()| out.flush()) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(anyhow::Error::from(error).context("write to stdout").into()),
    }
}

/// Whether to write to stdout in colour.
pub(super) fn in_colour(choice: clap::ColorChoice) -> bool {
    // https://no-color.org: any value that is not empty.
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    match choice {
        clap::ColorChoice::Always => true,
        clap::ColorChoice::Never => false,
        clap::ColorChoice::Auto => io::stdout().is_terminal() && !refused && !dumb,
    }
}

pub(super) fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("the value is plain data")
}

/// Prints rows as JSON lines, or as a table with aligned columns.
pub(super) fn rows<T: Serialize>(
    items: &[T],
    json: bool,
    header: &[&str],
    row: impl Fn(&T) -> Vec<String>,
) -> Result<ExitCode, Failure> {
    if json {
        let lines: Vec<String> = items.iter().filter_map(|item| serde_json::to_string(item).ok()).collect();
        return if lines.is_empty() { Ok(ExitCode::SUCCESS) } else { print(&lines.join("\n")) };
    }
    if items.is_empty() {
        eprintln!("nothing to show");
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = vec![header.iter().map(|title| (*title).to_owned()).collect()];
    table.extend(items.iter().map(row));
    print(&align(&table))
}

/// Rows of equally many cells, one under the other.
pub(super) fn align(table: &[Vec<String>]) -> String {
    let columns = table.first().map_or(0, Vec::len);
    let widths: Vec<usize> =
        (0..columns).map(|column| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in table {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A moment in a table.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// `1 route`, `3 routes`.
pub(super) fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The log goes to stderr, in colour only on a terminal.
pub(super) fn start_log(level: &str, json: bool) {
    // At debug, libraries log what passes through them: templates' values, SQL, mail dialogues. A
    // plain level is for our own lines; what shows people's data is never let through.
    let own = level.parse::<tracing::Level>().is_ok();
    let filter = if own { format!("warn,ringback={level}") } else { level.to_owned() };
    let filter = format!("{filter},handlebars=off,sqlx=error,lettre=off,cel=off,h2=warn,hyper=warn,rustls=warn");
    let filter = EnvFilter::try_new(&filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(progress_aware)
        .with_ansi(io::stderr().is_terminal());
    if json { log.json().init() } else { log.with_target(false).init() }
}

/// A log line goes above a progress bar that is being drawn, never into it.
fn progress_aware() -> impl Write {
    super::progress::Stderr
}

#[cfg(test)]
mod tests {
    use super::align;

    #[test]
    fn tables_are_aligned_without_trailing_blanks() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            align(&[row(&["ID", "OUTCOME"]), row(&["c1", "no_answer"]), row(&["call-2", ""])]),
            "ID      OUTCOME\nc1      no_answer\ncall-2\n"
        );
    }
}
