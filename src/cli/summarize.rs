//! `summarize`: call records in, summaries out, with no account and no network.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use serde_json::json;

use crate::{
    bland,
    cli::say::{self, Failure},
    detect::words,
    model::call::Call,
    summary::{self, Summary, config::Config},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A call record, an array of them, or JSON lines, in Bland's shape [default: stdin].
    file: Option<PathBuf>,
    /// The most words of a summary [default: 45].
    #[arg(long)]
    max_words: Option<std::num::NonZeroUsize>,
}

pub(super) fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let text = read(arguments.file.as_deref())?;
    let mut settings = Config::default();
    if let Some(max_words) = arguments.max_words {
        settings.max_words = max_words;
    }
    if let Some(flaw) = settings.flaws().first() {
        return Err(Failure::usage(format!("--max-words: {}", flaw.says)));
    }
    let mut bad = 0;
    for (index, call) in bland::document::read_calls(&text).into_iter().enumerate() {
        match call {
            Ok(call) => say::print(&line(&call, &settings))?,
            Err(error) => {
                bad += 1;
                eprintln!("error: record {}: {error:#}", index + 1);
                ExitCode::SUCCESS
            }
        };
    }
    Ok(ExitCode::from(u8::from(bad > 0)))
}

fn line(call: &Call, settings: &Config) -> String {
    let summary = summary::summarize(call, settings);
    let details = summary.as_ref().map(|summary| summary.details.as_slice()).unwrap_or_default();
    let texts: Vec<&str> = details.iter().map(|detail| detail.text.as_str()).collect();
    let items: Vec<_> =
        details.iter().map(|detail| json!({ "kind": detail.kind.as_str(), "text": detail.text })).collect();
    let part = |part: fn(&Summary) -> &Option<String>| summary.as_ref().and_then(|summary| part(summary).as_deref());
    json!({
        "id": call.id,
        "summary": summary.as_ref().map(|summary| &summary.text),
        "summary_parts": {
            "purpose": part(|summary| &summary.purpose),
            "outcome": part(|summary| &summary.outcome),
            "next_step": part(|summary| &summary.next_step),
        },
        "details": texts,
        "detail_items": items,
        "outcome": words::outcome(call),
    })
    .to_string()
}

/// Reads a file, or stdin where none or `-` is given.
pub(super) fn read(file: Option<&Path>) -> anyhow::Result<Vec<u8>> {
    match file.filter(|file| file.as_os_str() != "-") {
        Some(file) => fs::read(file).with_context(|| format!("read {}", file.display())),
        None => {
            let mut text = Vec::new();
            io::stdin().lock().read_to_end(&mut text).context("read stdin")?;
            Ok(text)
        }
    }
}
