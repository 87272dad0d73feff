//! `forget`, as a user runs it.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use serde_json::Value;
use tempfile::TempDir;

use super::{Simulation, folder, following, ringback, run};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_person_is_forgotten_beside_a_running_service() {
    let place = TempDir::new().unwrap();
    let simulation = Simulation::start(&place);
    let config = following(&simulation, "[notifiers.screen.console]");
    let folder = folder(&config.replace("batches = [", "all_calls = true\nbatches = ["));
    let mut service = ringback(&folder, &["run"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut messages = BufReader::new(service.stdout.take().unwrap()).lines();
    assert!(messages.by_ref().any(|line| line.unwrap().contains("Batch finished")));
    // What is printed is settled at once, but after it is printed.
    let calls = loop {
        let (_, calls, _) = run(&folder, &["calls", "--json"]);
        let (_, pending, _) = run(&folder, &["deliveries", "list", "--pending", "--json"]);
        if pending.is_empty() {
            break calls;
        }
    };
    let rows: Vec<Value> = calls.lines().map(json).collect();
    let call =
        rows.iter().find(|row| row["outcome"] == "failed" && row["batch_id"] == simulation.batch.as_str()).unwrap();
    let (id, number) = (call["id"].as_str().unwrap(), call["to"].as_str().unwrap());

    let (code, would, _) = run(&folder, &["forget", number, "--dry-run"]);
    assert!(code == 0 && would.starts_with("Would be erased:\n  1 call\n"), "{would}");
    let (code, did, warnings) = run(&folder, &["forget", number]);
    assert_eq!((code, did.replace("Erased:", "Would be erased:"), warnings.as_str()), (0, would, ""));
    for expected in [
        " about a batch\n  their part in 1 message that tells of others too",
        "\nSent already, or on the way; only you can delete them where they are:\n",
        "  batch.completed by screen, ",
        "  call.failed by screen, ",
        "\nBland's own records, logs and backups are not touched.\n",
    ] {
        assert!(did.contains(expected), "{expected} is not in:\n{did}");
    }
    let (_, left, _) = run(&folder, &["calls", id, "--json"]);
    let left = json(&left);
    assert_eq!((&left["state"], &left["to"], &left["from"]), (&"final".into(), &Value::Null, &Value::Null));
    let (_, events, _) = run(&folder, &["events", id]);
    assert_eq!(events, "");
    assert!(service.try_wait().unwrap().is_none(), "the service goes on");
    service.kill().unwrap();
    service.wait().unwrap();

    let (code, said, _) = run(&folder, &["forget", number, id]);
    assert_eq!((code, said.as_str()), (1, "nothing is known of them\n"));
    let other = rows.iter().find(|row| row["id"] != id).unwrap()["id"].as_str().unwrap();
    let (code, said, _) = run(&folder, &["forget", other, "--json"]);
    assert_eq!((code, &json(&said)["calls"]), (0, &serde_json::json!([other])));
    let (code, _, said) = run(&folder, &["forget", "(303) 555-0137"]);
    assert!(code == 2 && said.contains("has no country code; write it like +1 555 123 4567"), "{said}");
}
