//! A disk that is full and a database that may not be written: the real binary says so, keeps
//! trying or refuses to start, and tells everything once it can.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::{MetadataExt, PermissionsExt},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use ringback::simulate::{Simulator, clock::Clock, ending::Ending, options::Options, plan::CallSpec};
use tempfile::TempDir;
use tokio::{net::TcpListener, time};

use crate::world::receiver::Receiver;

/// The longest that anything here may take; most of it takes a second or two.
const SOON: Duration = Duration::from_secs(40);

/// An account, a receiver, and a folder with a config for the service that runs between them.
struct Place {
    bland: Simulator,
    hook: Receiver,
    folder: TempDir,
}

/// `ringback run`, ended when it is dropped.
struct Service {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Place {
    async fn new() -> Self {
        let bland = Simulator::new(Options { speed: 100.0, ..Options::default() }, Clock::Wall);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        #[expect(clippy::disallowed_methods, reason = "a fake server runs beside the test")]
        tokio::spawn(bland.clone().serve(listener, std::future::pending()));
        let hook = Receiver::webhook().await;
        let config = format!(
            "[bland]\napi_key = \"k\"\nbase_url = \"{base}\"\npoll_interval = \"200ms\"\nsettle = \"1s\"\n\
             max_requests_per_minute = 6000\n[notifiers.hook.webhook]\nurl = \"{}\"\n",
            hook.url("/")
        );
        let folder = TempDir::new().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        fs::write(folder.path().join("config.toml"), config).unwrap();
        // By another process: a file that ours has open for writing, a child of another test may hold
        // open a moment longer, and then it cannot be run.
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_ringback")).arg(folder.path()).status().unwrap();
        assert!(copied.success());
        Self { bland, hook, folder }
    }

    fn start(&self) -> Service {
        // A file that grows beyond the limit fails like a full disk, once the signal is ignored.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec ./ringback run"]);
        self.run(command)
    }

    /// As a user whom permissions bind, even where the tests run as root.
    fn start_as_nobody(&self) -> Service {
        let is_root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        let mut command = Command::new(if is_root { "setpriv" } else { "./ringback" });
        if is_root {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "./ringback"]);
        }
        command.arg("run");
        self.run(command)
    }

    fn run(&self, mut command: Command) -> Service {
        command.current_dir(self.folder.path()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (lines, keep) = (BufReader::new(child.stderr.take().unwrap()).lines(), said.clone());
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                keep.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        Service { child, said }
    }

    fn add(&self, ids: &[&str]) {
        for id in ids {
            let spec = CallSpec { id: Some((*id).to_owned()), ending: Some(Ending::Busy), ..CallSpec::default() };
            self.bland.add_call(spec);
        }
    }

    /// Waits until all of these were told.
    async fn told(&self, ids: &[&str], service: &Service) {
        let all = || ids.iter().all(|id| self.deliveries().iter().any(|(call, _)| call == id));
        eventually(service, all).await;
    }

    /// Calls that the hook was told of, each with its message's id.
    fn deliveries(&self) -> Vec<(String, String)> {
        let requests = self.hook.requests().into_iter();
        let pair = requests.filter_map(|request| {
            let call = request.json().pointer("/data/call/id")?.as_str()?.to_owned();
            Some((call, request.header("webhook-id")?.to_owned()))
        });
        pair.collect()
    }

    /// Only what cannot be written down may be repeated, and then under the same id.
    fn nobody_was_told_anything_new_twice(&self) {
        let mut told = self.deliveries();
        told.sort();
        told.dedup();
        let calls = told.len();
        told.dedup_by(|a, b| a.0 == b.0);
        assert_eq!(told.len(), calls, "{told:?}");
    }

    fn permit(&self, folder: u32, files: u32) {
        for entry in fs::read_dir(self.folder.path()).unwrap().map(Result::unwrap) {
            if entry.file_name().to_string_lossy().starts_with("ringback.db") {
                fs::set_permissions(entry.path(), fs::Permissions::from_mode(files)).unwrap();
            }
        }
        fs::set_permissions(self.folder.path(), fs::Permissions::from_mode(folder)).unwrap();
    }
}

impl Service {
    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// How large the service's files may grow from now on.
    fn limit_files(&self, bytes: &str) {
        let limit = format!("--fsize={bytes}:unlimited");
        let set = Command::new("prlimit").args(["--pid", &self.child.id().to_string(), &limit]).status().unwrap();
        assert!(set.success());
    }

    async fn ended(&mut self) -> ExitStatus {
        let wait = async {
            loop {
                if let Some(status) = self.child.try_wait().unwrap() {
                    return status;
                }
                time::sleep(Duration::from_millis(20)).await;
            }
        };
        time::timeout(SOON, wait).await.expect("the service ends")
    }

    async fn stop(mut self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        assert_eq!(self.ended().await.code(), Some(0), "{}", self.said());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

async fn eventually(service: &Service, condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            time::sleep(Duration::from_millis(20)).await;
        }
    };
    time::timeout(SOON, wait).await.unwrap_or_else(|_| panic!("it does not come to that: {}", service.said()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_reported_and_survived_and_everything_is_told_once_there_is_room() {
    let place = Place::new().await;
    let mut service = place.start();
    // A call that was over before the first look is no news.
    eventually(&service, || !place.bland.requests().is_empty()).await;
    place.add(&["c1"]);
    place.told(&["c1"], &service).await;

    service.limit_files("1");
    place.add(&["c2", "c3", "c4"]);
    eventually(&service, || service.said().contains("Could not keep what was seen")).await;
    assert_eq!(service.child.try_wait().unwrap(), None, "it goes on trying");
    assert_eq!(place.deliveries().len(), 1, "nothing is told that was not written down");

    service.limit_files("unlimited");
    place.told(&["c2", "c3", "c4"], &service).await;
    place.nobody_was_told_anything_new_twice();
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_may_not_be_written_stops_the_start_and_is_not_harmed() {
    let place = Place::new().await;
    let service = place.start_as_nobody();
    // A call that was over before the first look is no news.
    eventually(&service, || !place.bland.requests().is_empty()).await;
    place.add(&["c1"]);
    place.told(&["c1"], &service).await;
    service.stop().await;

    place.add(&["c2"]);
    place.permit(0o555, 0o444);
    let mut refused = place.start_as_nobody();
    assert_eq!(refused.ended().await.code(), Some(1), "{}", refused.said());
    let said = refused.said();
    assert!(said.contains("ringback.db"), "{said}");
    assert!(said.contains("ermission") || said.contains("readonly"), "{said}");

    place.permit(0o777, 0o644);
    let service = place.start_as_nobody();
    place.told(&["c2"], &service).await;
    place.nobody_was_told_anything_new_twice();
    assert_eq!(place.deliveries().len(), 2);
    service.stop().await;
}
