//! The real binary, as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod heartbeat;
mod online;
mod render;
mod reload;
mod service;
mod forgetting;
mod language;

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::world::receiver::{Answer, Receiver};

/// The longest that any of these may take; most take a second or two.
const SOON: Duration = Duration::from_secs(60);

fn ringback(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
    command.current_dir(folder.path()).args(arguments).env_clear().env("PATH", "");
    command
}

fn run(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = ringback(folder, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn folder(config: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("config.toml"), config).unwrap();
    folder
}

/// `ringback simulate`, ended when it is dropped.
struct Simulation {
    child: Child,
    base_url: String,
    batch: String,
}

impl Simulation {
    fn start(folder: &TempDir) -> Self {
        Self::with(folder, &["--calls", "3", "--batches", "14", "--speed", "200"])
    }

    fn with(folder: &TempDir, options: &[&str]) -> Self {
        let arguments = [&["simulate", "--listen", "127.0.0.1:0", "--json"], options].concat();
        let mut child = ringback(folder, &arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self { child, base_url: text(&said["base_url"]), batch: text(&said["batches"][0]) }
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A config that follows the simulation's batch with short waits.
fn following(simulation: &Simulation, notifiers: &str) -> String {
    format!(
        "[bland]\napi_key = \"k\"\nbase_url = \"{}\"\npoll_interval = \"200ms\"\nsettle = \"1s\"\n\
         max_requests_per_minute = 6000\n[[watches]]\nname = \"w\"\nbatches = [\"{}\"]\n{notifiers}\n",
        simulation.base_url, simulation.batch
    )
}

#[test]
fn the_example_config_is_printed_and_the_schema_is_json() {
    let folder = TempDir::new().unwrap();
    let (code, example, _) = run(&folder, &["config", "example"]);
    assert_eq!((code, example.as_str()), (0, include_str!("../../config.toml.example")));
    let (code, schema, _) = run(&folder, &["config", "schema"]);
    assert_eq!(code, 0);
    assert!(serde_json::from_str::<Value>(&schema).unwrap()["properties"]["bland"].is_object());
}

#[test]
fn check_ends_with_0_or_2_and_says_how_to_begin() {
    let empty = TempDir::new().unwrap();
    let (code, _, said) = run(&empty, &["check"]);
    assert!(code == 2 && said.contains("ringback config example > config.toml"), "{said}");
    let good = folder("[bland]\napi_key = \"k\"\n[notifiers.screen.console]\n");
    let (code, _, said) = run(&good, &["check"]);
    assert_eq!(
        (code, said.trim()),
        (0, "config, templates and routes are fine: 1 watch, 1 notifier, the default routes")
    );
    // A config that is named by a relative path finds its folder of templates beside it.
    let inner = good.path().join("inner");
    fs::create_dir_all(inner.join("own")).unwrap();
    fs::write(
        inner.join("config.toml"),
        "[bland]\napi_key = \"k\"\n[notifiers.screen.console]\n[templates]\ndir = \"own\"\n",
    )
    .unwrap();
    let (code, _, said) = run(&good, &["--config", "inner/config.toml", "check"]);
    assert_eq!(code, 0, "{said}");
    let bad = folder("[bland]\napi_kee = \"k\"\n[notifiers.screen.console]\n");
    let (code, _, said) = run(&bad, &["check"]);
    assert!(code == 2 && said.contains("--> config.toml:2:1") && said.contains("did you mean `api_key`?"), "{said}");
}

#[test]
fn the_demo_shows_every_outcome_and_ends() {
    let folder = TempDir::new().unwrap();
    let (code, messages, progress) = run(&folder, &["demo", "--once"]);
    assert_eq!(code, 0, "{progress}");
    for words in [
        "Human answered",
        "Voicemail",
        "No answer",
        "Busy",
        "Canceled",
        "unclear by whom",
        "Call finished",
        "Call failed",
        "Batch started",
        " reached, 2 failed · Spring check-up reminders",
    ] {
        assert!(messages.contains(words), "{words} is not in:\n{messages}");
    }
    assert!(progress.contains("18/18") && progress.contains("config example"), "{progress}");
}

#[test]
fn a_settled_run_ends_with_0_or_with_1_where_a_letter_is_dead() {
    let place = TempDir::new().unwrap();
    let simulation = Simulation::start(&place);
    let good = folder(&following(&simulation, "[notifiers.screen.console]"));
    let (code, messages, log) = run(&good, &["run", "--until-settled"]);
    assert_eq!(code, 0, "{log}");
    assert_eq!(messages.matches("Batch finished").count(), 1);
    let (_, listed, _) = run(&good, &["deliveries", "list", "--json"]);
    let rows: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 15, "fourteen calls and the batch");
    assert!(rows.iter().all(|row| row["state"] == "delivered"));
    let (_, calls, _) = run(&good, &["calls", "--json"]);
    assert_eq!(calls.lines().count(), 14);
    let (code, shown, _) = run(&good, &["deliveries", "show", rows[0]["id"].as_str().unwrap()]);
    assert!(code == 0 && shown.contains("attempt") && shown.contains("delivered"), "{shown}");
    let (code, _, said) = run(&good, &["deliveries", "replay", "--about", &simulation.batch]);
    assert!(code == 0 && said.contains("1 delivered message to `screen` is due again"), "{said}");
    let (code, _, said) = run(&good, &["deliveries", "replay", "--about", &simulation.batch]);
    assert!(code == 1 && said.contains("nothing to send again"), "what is pending is sent anyway: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_makes_a_settled_run_fail() {
    let receiver = Receiver::webhook().await;
    receiver.script([Answer::status(400)]);
    let place = TempDir::new().unwrap();
    let simulation = Simulation::start(&place);
    let folder =
        folder(&following(&simulation, &format!("[notifiers.hook.webhook]\nurl = \"{}\"", receiver.url("/x"))));
    let (code, _, log) = run(&folder, &["run", "--until-settled"]);
    assert!(code == 1 && log.contains("deliveries list --dead"), "{log}");
    assert!(!log.contains(&receiver.url("/x")), "the log shows the URL: {log}");
    let (code, tried, said) = run(&folder, &["deliveries", "replay", "--dead", "--dry-run"]);
    assert!(code == 0 && tried.lines().count() == 2, "a head and one row: {tried}");
    assert_eq!(said.trim(), "would be due again: 1 dead letter to `hook`");
    let (code, _, said) = run(&folder, &["deliveries", "replay", "--dead", "--kind", "batch.stuck"]);
    assert!(code == 1 && said.contains("nothing to send again"), "{said}");
    let (code, _, said) = run(&folder, &["deliveries", "replay", "--dead", "--kind", "call.finished"]);
    assert!(code == 2 && said.contains("is not an event kind"), "{said}");
    let (code, done, _) = run(&folder, &["deliveries", "replay", "--dead", "--notifier", "hook", "--json"]);
    let done: Value = serde_json::from_str(&done).unwrap();
    let by = serde_json::json!([{"notifier": "hook", "state": "dead", "count": 1}]);
    assert_eq!((code, &done["count"], &done["by"], &done["dry_run"]), (0, &1.into(), &by, &false.into()));
}

#[test]
fn watch_ends_with_3_when_a_call_failed_and_with_4_at_its_timeout() {
    let place = TempDir::new().unwrap();
    let simulation = Simulation::start(&place);
    let folder = folder(&following(&simulation, "[notifiers.screen.console]"));
    let (code, messages, said) = run(&folder, &["watch", &simulation.batch]);
    // Twelve calls and more hold every outcome.
    assert!(code == 3 && messages.contains("Call failed") && said.contains("14/14"), "{code} {messages} {said}");
    let (code, _, said) = run(&folder, &["watch", "nobody-knows-this", "--timeout", "500ms"]);
    assert!(code == 4 && said.contains("not final after 500ms"), "{code} {said}");
    let (code, _, _) = run(&folder, &["watch", "not an id"]);
    assert_eq!(code, 2);
}

#[test]
fn sigterm_ends_the_service_in_order() {
    let place = TempDir::new().unwrap();
    let simulation = Simulation::start(&place);
    let folder = folder(
        &following(&simulation, "[notifiers.screen.console]").replace("batches = [", "all_calls = true\nbatches = ["),
    );
    let mut service = ringback(&folder, &["run"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(service.stderr.take().unwrap()).lines();
    assert!(log.next().unwrap().unwrap().contains("watches 1 account and tells 1 notifier"));
    let killed = Command::new("/bin/kill").args(["-TERM", &service.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let begun = Instant::now();
    assert_eq!(service.wait().unwrap().code(), Some(0));
    assert!(begun.elapsed() < SOON);
    assert!(!folder.path().join("ringback.db-wal").exists(), "all is in the one file");
}

#[test]
fn records_can_be_summarized_and_rendered_without_an_account() {
    let record = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/call-get-2023-12-seed.json");
    let folder = folder("[bland]\napi_key = \"k\"\n[notifiers.screen.console]\n");
    let (code, line, _) = run(&folder, &["summarize", record]);
    let summary: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (code, &summary["outcome"], &summary["details"]),
        (0, &"human".into(), &serde_json::json!(["tomorrow at 3pm"]))
    );
    let (code, message, _) = run(&folder, &["render", "call.completed", "--call", record]);
    assert!(code == 0 && message.contains("Human answered · ••• ••• 4567"), "{message}");
    let (code, _, said) = run(&folder, &["render", "batch.completed", "--call", record]);
    assert!(code == 2 && said.contains("a call record cannot become a batch.completed"), "{said}");
}

#[test]
fn the_bench_measures_calls_of_a_folder_and_keeps_its_results() {
    let folder = folder("");
    let calls = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/calls");
    let (code, out, _) = run(&folder, &["bench", "summaries", "--calls", calls, "--json", "--save", "before.json"]);
    let value: Value = serde_json::from_str(&out).unwrap();
    let sets: Vec<&str> = value["calls"].as_array().unwrap().iter().filter_map(|set| set["set"].as_str()).collect();
    assert!(code == 0 && sets.contains(&"report") && sets.contains(&"sim, long"), "{sets:?}");
    assert!(folder.path().join("before.json").metadata().unwrap().len() > 100_000, "the results are kept");
    let (code, _, said) = run(&folder, &["bench", "summaries", "--max-words", "3"]);
    assert!(code == 2 && said.contains("--max-words: 3 is not between 10 and 200"), "{said}");
}

#[test]
fn the_weights_of_summaries_can_be_fitted_again() {
    let folder = folder("");
    let said = ["I'd like to book.", "You're booked.", "See you."];
    let call = |day: &str| {
        let [wish, done, next] = said;
        format!(
            "# on_{day} inbound\nU: {wish}\nA: {done} {day} it is. {next}\nfinal: {day}\npurpose: {wish}\noutcome: {done}\n\n"
        )
    };
    fs::write(folder.path().join("calls.txt"), ["Monday", "Tuesday", "Friday"].map(call).concat()).unwrap();
    let (code, out, _) = run(&folder, &["bench", "fit", "--calls", "calls.txt", "--out", "."]);
    assert!(code == 0 && out.contains("weights: ./lines.tsv"), "{out}");
    let lines = fs::read_to_string(folder.path().join("lines.tsv")).unwrap();
    let outcome = |feature: &str| {
        let row = lines.lines().find_map(|line| line.strip_prefix(feature)?.strip_prefix('\t')).unwrap();
        row.split('\t').nth(1).unwrap().parse::<f32>().unwrap()
    };
    assert!(outcome("mark:Done") > 0.3 && outcome("mark:Done") > outcome("mark:Purpose"), "{lines}");
    assert!(fs::read_to_string(folder.path().join("values.tsv")).unwrap().contains("rule:held"));
    let (code, _, said) = run(&folder, &["bench", "fit", "--calls", "none.txt", "--out", "."]);
    assert!(code == 1 && said.contains("read none.txt"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn test_notify_says_what_came_back() {
    let receiver = Receiver::discord().await;
    let config = format!(
        "[bland]\napi_key = \"k\"\n[notifiers.ops.discord]\nwebhook_url = \"{}\"\n",
        receiver.url("/api/webhooks/1/secret-token")
    );
    let folder = folder(&config);
    let (code, _, said) = run(&folder, &["test-notify", "ops", "--event", "call.failed"]);
    assert!(code == 0 && said.starts_with("ops: delivered"), "{said}");
    assert_eq!(receiver.requests().len(), 1);
    receiver.script([Answer::status(404), Answer::status(404)]);
    let (code, _, said) = run(&folder, &["test-notify", "ops"]);
    assert!(code == 1 && said.contains("refused") && !said.contains("secret-token"), "{said}");
    let (code, _, said) = run(&folder, &["test-notify", "oops"]);
    assert!(code == 2 && said.contains("the notifiers are ops"), "{said}");
}
