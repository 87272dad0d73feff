//! `ringback run` as a process: its log as it comes, signals, and its end.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Instant,
};

use tempfile::TempDir;

use super::{SOON, ringback};

/// A running service, killed when it is dropped.
pub(super) struct Service {
    child: Child,
    log: Arc<Log>,
}

#[derive(Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    grown: Condvar,
}

impl Service {
    /// Starts it, and waits until it runs.
    pub(super) fn start(folder: &TempDir, arguments: &[&str]) -> Self {
        let arguments = [&["run"], arguments].concat();
        let mut child = ringback(folder, &arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Log::default());
        let (from, into) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&log));
        thread::spawn(move || {
            for line in from.lines().map_while(Result::ok) {
                into.lines.lock().unwrap().push(line);
                into.grown.notify_all();
            }
        });
        let service = Self { child, log };
        service.said("watches 1 account", 1);
        service
    }

    /// Waits until so many lines of the log hold `words`.
    pub(super) fn said(&self, words: &str, times: usize) {
        let count = |lines: &[String]| lines.iter().filter(|line| line.contains(words)).count();
        let lines = self.log.lines.lock().unwrap();
        let (lines, late) = self.log.grown.wait_timeout_while(lines, SOON, |lines| count(lines) < times).unwrap();
        assert!(!late.timed_out(), "`{words}` was not said {times} times:\n{}", lines.join("\n"));
    }

    pub(super) fn log(&self) -> String {
        self.log.lines.lock().unwrap().join("\n")
    }

    pub(super) fn signal(&self, name: &str) {
        let killed = Command::new("/bin/kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(killed.unwrap().success());
    }

    /// Its exit code, if it has ended.
    pub(super) fn ended(&mut self) -> Option<i32> {
        self.child.try_wait().unwrap().map(|status| status.code().unwrap())
    }

    /// Ends it in order.
    pub(super) fn stop(mut self) {
        let begun = Instant::now();
        self.signal("TERM");
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{}", self.log());
        assert!(begun.elapsed() < SOON);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
