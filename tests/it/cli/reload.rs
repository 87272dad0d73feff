//! Loading the config again while the service runs.

use std::{collections::HashSet, fs, thread, time::Duration};

use tempfile::TempDir;

use super::{Simulation, folder, following, service::Service};
use crate::world::receiver::{Answer, Gate, Receiver};

const LOADED: &str = "Loaded config.toml again";
const STAYS: &str = "The running config stays";

fn write(folder: &TempDir, config: &str) {
    fs::write(folder.path().join("config.toml"), config).unwrap();
}

fn hook(receiver: &Receiver) -> String {
    format!("[notifiers.hook.webhook]\nurl = \"{}\"\n", receiver.url("/hook"))
}

/// Follows all calls of an account in which a call ends every few moments.
fn busy(place: &TempDir) -> (Simulation, String) {
    let simulation = Simulation::with(place, &["--calls", "2000", "--batches", "1", "--speed", "60"]);
    let config = following(&simulation, "[notifiers.screen.console]").replace("batches = [", "all_calls = true #");
    (simulation, config)
}

/// The ids of the events that arrived, each of which must be there once.
fn ids(receiver: &Receiver) -> HashSet<String> {
    let ids: Vec<String> =
        receiver.requests().iter().map(|request| request.header("webhook-id").unwrap().to_owned()).collect();
    let once: HashSet<String> = ids.iter().cloned().collect();
    assert_eq!(once.len(), ids.len(), "something was told twice");
    once
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notifier_that_is_added_by_a_reload_is_told() {
    let (receiver, place) = (Receiver::webhook().await, TempDir::new().unwrap());
    let (_simulation, config) = busy(&place);
    let folder = folder(&config);
    let service = Service::start(&folder, &[]);
    service.said("Delivered call.completed to `screen`", 1);
    write(&folder, &format!("{config}\n{}", hook(&receiver)));
    service.signal("HUP");
    service.said("1 watch, 2 notifiers (new: hook), the default routes", 1);
    receiver.arrived(2).await;
    ids(&receiver);
    write(&folder, &config.replace("screen", "terminal"));
    service.signal("HUP");
    service.said("1 notifier (new: terminal; gone: hook, screen)", 1);
    service.said("to `terminal`", 1);
    service.stop();
    assert!(!folder.path().join("ringback.db-wal").exists(), "all is in the one file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_is_reported_whole_and_the_running_config_stays() {
    let (receiver, place) = (Receiver::webhook().await, TempDir::new().unwrap());
    let (_simulation, config) = busy(&place);
    let config = config.replace("[notifiers.screen.console]", &hook(&receiver));
    let folder = folder(&config);
    let service = Service::start(&folder, &[]);
    write(&folder, "[bland]\napi_kee = \"very-private\"\nsettle = 5\n");
    service.signal("HUP");
    service.said(STAYS, 1);
    for words in ["did you mean `api_key`?", "`settle` must be text in quotes", "nothing was changed"] {
        service.said(words, 1);
    }
    write(&folder, &format!("{config}\n[store]\nurl = \"sqlite:other.db\"\n"));
    service.signal("HUP");
    service.said("`url` in [store] has changed, which takes a restart", 1);
    fs::write(folder.path().join("call.failed.hbs"), "{{#if}}").unwrap();
    write(&folder, &format!("{config}\n[templates]\ndir = \".\"\n"));
    service.signal("HUP");
    service.said(STAYS, 3);
    fs::remove_file(folder.path().join("config.toml")).unwrap();
    service.signal("HUP");
    service.said("no config file at config.toml", 1);
    let before = receiver.requests().len();
    receiver.arrived(before + 2).await;
    ids(&receiver);
    assert!(!service.log().contains(LOADED) && !service.log().contains("very-private"), "{}", service.log());
    service.stop();
    assert!(!folder.path().join("other.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn reloads_under_load_lose_nothing_and_repeat_nothing() {
    let (receiver, place) = (Receiver::webhook().await, TempDir::new().unwrap());
    let simulation = Simulation::with(&place, &["--calls", "0", "--batches", "120", "--speed", "4"]);
    let config = following(&simulation, &hook(&receiver));
    let folder = folder(&config);
    let mut service = Service::start(&folder, &["--until-settled"]);
    let mut reloads = 0;
    let code = loop {
        if let Some(code) = service.ended() {
            break code;
        }
        write(&folder, &format!("{config}\n[summary]\nmax_words = {}\n", 20 + reloads % 30));
        service.signal("HUP");
        reloads += 1;
        thread::sleep(Duration::from_millis(150));
    };
    assert_eq!(code, 0, "{}", service.log());
    assert!(service.log().matches(LOADED).count() > 1, "{}", service.log());
    assert_eq!(ids(&receiver).len(), 121, "120 calls and their batch");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_that_is_under_way_ends_in_its_own_time_and_is_not_repeated() {
    let (receiver, place) = (Receiver::webhook().await, TempDir::new().unwrap());
    let gate = Gate::closed();
    receiver.script([Answer::status(204).behind(&gate)]);
    let (_simulation, config) = busy(&place);
    let folder = folder(&config.replace("[notifiers.screen.console]", &hook(&receiver)));
    let service = Service::start(&folder, &[]);
    receiver.arrived(1).await;
    service.signal("HUP");
    service.said(LOADED, 1);
    receiver.arrived(5).await;
    gate.open();
    let id = receiver.requests()[0].header("webhook-id").unwrap().to_owned();
    service.signal("HUP");
    service.said(LOADED, 2);
    let before = receiver.requests().len();
    receiver.arrived(before + 3).await;
    assert!(ids(&receiver).contains(&id));
    service.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_file_is_taken_up_and_so_is_a_secret_that_was_exchanged() {
    let (first, second, place) = (Receiver::webhook().await, Receiver::webhook().await, TempDir::new().unwrap());
    let (_simulation, config) = busy(&place);
    let config = config.replace("[notifiers.screen.console]", "[notifiers.hook.webhook]\nurl_file = \"url\"\n");
    let config = format!("{config}\n[server]\nreload = true\n");
    let folder = folder(&config);
    fs::write(folder.path().join("url"), first.url("/hook")).unwrap();
    let service = Service::start(&folder, &[]);
    first.arrived(1).await;
    // As editors do: a new file, moved to the name.
    fs::write(folder.path().join("new"), second.url("/hook")).unwrap();
    fs::rename(folder.path().join("new"), folder.path().join("url")).unwrap();
    service.said(LOADED, 1);
    second.arrived(1).await;
    // A config that names a secret which comes a moment later is refused, once, and then taken up.
    write(&folder, &config.replace("\"url\"", "\"other\""));
    service.said(STAYS, 1);
    service.said("the file of `url_file` cannot be read", 1);
    let before = first.requests().len();
    fs::write(folder.path().join("other"), first.url("/hook")).unwrap();
    service.said(LOADED, 2);
    first.arrived(before + 1).await;
    assert_eq!(service.log().matches(STAYS).count(), 1, "{}", service.log());
    let all: Vec<_> = [ids(&first), ids(&second)].into_iter().flatten().collect();
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len(), "something was told at both");
    service.stop();
}

#[test]
fn a_signal_during_the_start_or_a_reload_is_neither_lost_nor_fatal() {
    let place = TempDir::new().unwrap();
    let (_simulation, config) = busy(&place);
    let folder = folder(&config);
    let service = Service::start(&folder, &[]);
    for _ in 0..20 {
        service.signal("HUP");
    }
    service.said(LOADED, 1);
    // After the last signal the file is loaded once more, whatever came before.
    write(&folder, &config.replace("screen", "terminal"));
    service.signal("HUP");
    service.said("new: terminal", 1);
    service.signal("HUP");
    service.stop();
}
