//! The program under test: its config, its processes, and what its commands say.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::time;

/// How a route bundles; none while every event is a message of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bundling(pub(crate) Option<&'static str>);

/// Where the servers are that one replica talks to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) bland: u16,
    pub(crate) crm: u16,
    pub(crate) bundle: u16,
    pub(crate) chat: u16,
    pub(crate) ops: u16,
    pub(crate) team: u16,
}

/// The routes of [`config`] in other words: who is told of the end of a call with this outcome.
pub(crate) fn told_of(outcome: &str) -> &'static [&'static str] {
    match outcome {
        "failed" => &["crm", "chat", "ops", "team ops@example.com", "team desk@example.com"],
        "human" => &["crm", "chat", "bundle"],
        "voicemail" | "no_answer" => &["crm", "ops", "bundle"],
        "busy" | "canceled" | "unknown" | "unclassified" => {
            &["crm", "chat", "team ops@example.com", "team desk@example.com"]
        }
        other => panic!("no outcome is called {other}"),
    }
}

/// Who is told of the end of a batch.
pub(crate) const TOLD_OF_BATCHES: [&str; 1] = ["crm"];

/// A config with a notifier of each kind, and short waits. `store` is the URL of the database.
pub(crate) fn config(ports: Ports, store: &str, bundling: Bundling) -> String {
    let Ports { bland, crm, bundle, chat, ops, team } = ports;
    let bundled = bundling.0.unwrap_or_default();
    format!(
        r#"
[bland]
api_key = "sk-crash"
base_url = "http://127.0.0.1:{bland}"
poll_interval = "200ms"
settle = "2s"
max_requests_per_minute = 100000
[store]
url = "{store}"
[[watches]]
name = "everything"
all_calls = true
batches = "all"
# The first start may be killed before it has written down where it began.
since = "1h"

[notifiers.crm.webhook]
url = "http://127.0.0.1:{crm}/hooks/calls"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
timeout = "2s"
[notifiers.bundle.webhook]
url = "http://127.0.0.1:{bundle}/hooks/bundles"
timeout = "2s"
[notifiers.chat.webhook]
url = "http://127.0.0.1:{chat}/services/T/B/x"
preset = "slack"
max_per_minute = 100000
timeout = "2s"
[notifiers.ops.discord]
bot_token = "crash.test.token"
channel_id = "77"
api_base = "http://127.0.0.1:{ops}/api/v10"
[notifiers.team.email]
smtp = "smtp://user:swordfish@127.0.0.1:{team}?tls=none"
from = "Ringback <ringback@example.com>"
to = ["ops@example.com", "desk@example.com"]

[[routes]]
events = ["call.completed", "call.failed", "batch.completed"]
notify = ["crm"]
[[routes]]
events = ["call.failed"]
notify = ["chat", "ops", "team"]
[[routes]]
events = ["call.completed"]
outcomes = ["human"]
notify = ["chat"]
[[routes]]
events = ["call.completed"]
outcomes = ["voicemail", "no_answer"]
notify = ["ops"]
[[routes]]
events = ["call.completed"]
outcomes = ["busy", "canceled", "unknown", "unclassified"]
notify = ["chat", "team"]
[[routes]]
name = "bundled"
events = ["call.completed"]
outcomes = ["human", "voicemail", "no_answer"]
notify = ["bundle"]
{bundled}
"#
    )
}

/// A folder with a config for each replica, their logs, and the database where it is a file.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn sqlite(&self) -> String {
        format!("sqlite:{}", self.0.path().join("ringback.db").display())
    }

    pub(crate) fn write(&self, replica: usize, config: &str) {
        fs::write(self.file(replica, "toml"), config).unwrap();
    }

    /// `ringback run`, with its log added to the replica's.
    pub(crate) fn run(&self, replica: usize, arguments: &[&str]) -> Service {
        let log = File::options().create(true).append(true).open(self.file(replica, "log")).unwrap();
        let mut command = self.command(replica);
        command.arg("run").args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Service { child: command.spawn().unwrap() }
    }

    /// What a command prints as JSON lines; it must end well.
    pub(crate) fn json_lines(&self, arguments: &[&str]) -> Vec<Value> {
        self.printed(arguments).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.printed(arguments)).unwrap()
    }

    fn printed(&self, arguments: &[&str]) -> String {
        let done = self.command(0).args(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    /// Returns as soon as SQLite has written to its log. Nothing may come between that and the kill,
    /// so this thread does nothing else.
    pub(crate) fn written(&self, limit: Duration) {
        let log = self.0.path().join("ringback.db-wal");
        let last_write = || fs::metadata(&log).and_then(|log| log.modified()).ok();
        let (before, end) = (last_write(), Instant::now() + limit);
        while last_write() == before && Instant::now() < end {
            std::thread::sleep(Duration::from_micros(50));
        }
    }

    /// The lines of the logs that tell of trouble of the program's own.
    pub(crate) fn errors(&self) -> Vec<String> {
        let logs =
            (0..super::ledger::REPLICAS).filter_map(|replica| fs::read_to_string(self.file(replica, "log")).ok());
        let trouble = |line: &&str| line.contains(" ERROR ") || line.contains("error:") || line.contains("panicked");
        logs.flat_map(|log| log.lines().filter(trouble).map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    /// The end of the log, for whoever has to find out what went wrong.
    pub(crate) fn last_words(&self, replica: usize) -> String {
        let log = fs::read_to_string(self.file(replica, "log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    fn command(&self, replica: usize) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
        command.current_dir(self.0.path()).env_clear().arg("--config").arg(self.file(replica, "toml"));
        command
    }

    fn file(&self, replica: usize, ending: &str) -> PathBuf {
        self.0.path().join(format!("replica-{replica}.{ending}"))
    }
}

/// A running process. It is killed when it is dropped.
pub(crate) struct Service {
    child: Child,
}

impl Service {
    /// None while it runs.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// SIGKILL; says when it was sent, and when the process was no more.
    pub(crate) fn kill(&mut self) -> (Instant, Instant) {
        let begun = Instant::now();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        (begun, Instant::now())
    }

    pub(crate) fn terminate(&self) {
        let sent = Command::new("/bin/kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// The exit code of a process that ends by itself; none if it has not after `limit`.
    pub(crate) async fn code(&mut self, limit: Duration) -> Option<i32> {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            if let Some(status) = self.ended() {
                return Some(status.code().unwrap_or(-1));
            }
            time::sleep(Duration::from_millis(20)).await;
        }
        None
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
