//! The command line: parses arguments, calls the parts, prints, and sets the exit code.
//!
//! Data goes to stdout, everything else to stderr. Exit codes: 0 fine, 1 something failed, 2 usage
//! or config; `watch` adds 3 (a call failed) and 4 (timeout).

mod bench;
mod check;
mod deliveries;
mod demo;
mod explain;
mod follow;
mod forget;
mod lists;
mod open;
mod progress;
mod render;
mod run;
mod say;
mod simulate;
mod summarize;
mod watch;

use std::{path::PathBuf, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::{cli::say::Failure, config};

/// Tells people how their AI phone calls ended.
#[derive(Debug, Parser)]
#[command(name = "ringback", version, max_term_width = 100)]
struct Arguments {
    /// The config file [default: ./config.toml].
    #[arg(long, short, global = true, env = "RINGBACK_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// How much to log on stderr: error, warn, info, debug, or a tracing filter.
    #[arg(long, global = true, env = "RINGBACK_LOG", value_name = "LEVEL")]
    log: Option<String>,
    /// Write the log as JSON lines.
    #[arg(long, global = true)]
    log_json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service: watch, detect, deliver.
    Run(run::Arguments),
    /// Follow calls or batches until they are final, with live progress.
    Watch(watch::Arguments),
    /// See it work with nothing to set up: a simulated account, messages in this terminal.
    Demo(demo::Arguments),
    /// Check the config, templates and routes without sending anything.
    Check(check::Arguments),
    /// Send a sample through one notifier and say what came back.
    TestNotify(check::TestNotify),
    /// Print what a notifier would send, for a sample, a file or something stored; nothing is sent.
    ///
    /// Works without a config file too, with the built-in templates. --names prints everything that a template
    /// may name, --list the kinds, forms and helpers.
    Render(render::Arguments),
    /// Say why a call did or did not notify whom.
    Explain(explain::Arguments),
    /// List calls that were seen.
    Calls(lists::Calls),
    /// List batches that were seen.
    Batches(lists::Batches),
    /// List events.
    Events(lists::Events),
    /// List, show and replay deliveries.
    #[command(subcommand)]
    Deliveries(deliveries::Deliveries),
    /// Start following calls or batches, in a running or stopped service.
    Add(follow::Add),
    /// Stop following calls or batches.
    Remove(follow::Remove),
    /// Erase what is known of a person's calls, by phone number or call id.
    ///
    /// Their snapshots, events and messages are erased from the store; what is left is the calls' ids, so
    /// that they are not read and told again. Messages that are not sent yet are cancelled; those that were
    /// sent are listed, as they can only be deleted where they are. A later call of the same number is a new
    /// one. Nothing is asked, so try --dry-run first. A service may run meanwhile. Ends with 1 if nothing is
    /// known of them.
    Forget(forget::Arguments),
    /// Summarize call records: a record, an array or JSON lines in, JSON lines out.
    Summarize(summarize::Arguments),
    /// Measure how good the built-in parts are, for those who change them.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Serve a faithful fake of Bland's API, to try templates and routes against.
    Simulate(simulate::Arguments),
    /// Print the annotated example config, or its JSON schema.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print completions for a shell.
    Completions { shell: Shell },
    /// Print the manual page.
    Man,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// The annotated example, identical to config.toml.example.
    Example,
    /// The JSON schema of config.toml, for editors.
    Schema,
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    say::start_log(arguments.log.as_deref().unwrap_or(default_level(&arguments.command)), arguments.log_json);
    // One TLS provider for all clients; an error means that it is installed already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(dispatch(arguments)),
        Err(error) => Err(Failure::from(anyhow::Error::from(error).context("start the runtime"))),
    };
    match result {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

async fn dispatch(arguments: Arguments) -> Result<ExitCode, Failure> {
    let config = arguments.config.as_deref();
    match arguments.command {
        Command::Run(command) => run::run(config, command).await,
        Command::Watch(command) => watch::run(config, command).await,
        Command::Demo(command) => demo::run(command).await,
        Command::Check(command) => check::run(config, command).await,
        Command::TestNotify(command) => check::test_notify(config, command).await,
        Command::Render(command) => render::run(config, command).await,
        Command::Explain(command) => explain::run(config, command).await,
        Command::Calls(command) => lists::calls(config, command).await,
        Command::Batches(command) => lists::batches(config, command).await,
        Command::Events(command) => lists::events(config, command).await,
        Command::Deliveries(command) => deliveries::run(config, command).await,
        Command::Add(command) => follow::add(config, command).await,
        Command::Remove(command) => follow::remove(config, command).await,
        Command::Forget(command) => forget::run(config, command).await,
        Command::Summarize(command) => summarize::run(command),
        Command::Bench(command) => bench::run(command),
        Command::Simulate(command) => simulate::run(command).await,
        Command::Config(ConfigCommand::Example) => say::print(config::example()),
        Command::Config(ConfigCommand::Schema) => say::print(&say::pretty(&config::schema::schema())),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "ringback", &mut text);
            say::print(&String::from_utf8_lossy(&text))
        }
        Command::Man => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Arguments::command())
                .render(&mut text)
                .map_err(|error| anyhow::Error::from(error).context("write the manual page"))?;
            say::print(&String::from_utf8_lossy(&text))
        }
    }
}

/// A service tells what it does; a command only what goes wrong.
fn default_level(command: &Command) -> &'static str {
    match command {
        Command::Run(_) | Command::Simulate(_) => "info",
        _ => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
