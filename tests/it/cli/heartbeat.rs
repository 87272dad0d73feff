//! The dead-man's switch: fetched while all is well, and only then.

use std::fs;

use tempfile::TempDir;

use super::{Simulation, folder, following, service::Service};
use crate::world::receiver::{Answer, Receiver};

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_is_sent_while_all_is_well_and_its_url_is_never_shown() {
    let (switch, place) = (Receiver::webhook().await, TempDir::new().unwrap());
    let simulation = Simulation::start(&place);
    switch.script([Answer::status(204), Answer::status(500), Answer::closed(), Answer::status(204)]);
    let config = following(&simulation, "[notifiers.screen.console]");
    let folder = folder(&format!("{config}\n[server]\nheartbeat_url_file = \"ping\"\nheartbeat_every = \"1s\"\n"));
    fs::write(folder.path().join("ping"), switch.url("/ping/very-private?status=up")).unwrap();
    let service = Service::start(&folder, &[]);
    service.said("The heartbeat does not arrive at `heartbeat_url`: it answered 500", 1);
    service.said("The heartbeat arrives again", 1);
    switch.arrived(5).await;
    let request = &switch.requests()[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/ping/very-private"));
    assert_eq!(request.query, "status=up");
    let log = service.log();
    assert_eq!(log.matches("does not arrive").count(), 1, "{log}");
    assert!(!log.contains("very-private") && !log.contains("not well"), "{log}");
    service.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_heartbeat_is_sent_while_an_account_cannot_be_read() {
    let (switch, place) = (Receiver::webhook().await, TempDir::new().unwrap());
    let rule = "[[rules]]\npath = \"/v1/calls\"\nafter = 10\ntimes = 5\nanswer = { status = { code = 401 } }\n";
    fs::write(place.path().join("faults.toml"), rule).unwrap();
    let options = ["--calls", "3", "--batches", "1", "--speed", "200", "--faults", "faults.toml"];
    let simulation = Simulation::with(&place, &options);
    let config = following(&simulation, "[notifiers.screen.console]").replace("batches = [", "all_calls = true #");
    let folder =
        folder(&format!("{config}\n[server]\nheartbeat_url = \"{}\"\nheartbeat_every = \"1s\"\n", switch.url("/ping")));
    let service = Service::start(&folder, &[]);
    switch.arrived(1).await;
    service.said("The service is not well: account `bland` cannot be read", 1);
    let before = switch.requests().len();
    service.said("The service is well again", 1);
    assert!(switch.requests().len() <= before + 1, "nothing while it was not well");
    switch.arrived(before + 2).await;
    service.stop();
}
