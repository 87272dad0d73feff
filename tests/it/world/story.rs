//! A world for stories: a simulated account with a clock turned by hand, receivers on loopback, and
//! the program's own steps, taken one by one.

use std::{
    env, fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use jiff::Timestamp;
use ringback::{
    app::{self, App},
    config::{self, Config},
    simulate::{Simulator, clock::Clock, options::Options},
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

use super::receiver::Receiver;
use crate::store::engines;

/// Everything that Ringback meets. On drop, nothing may be left to deliver unless the story said so.
pub(crate) struct World {
    pub(crate) bland: Simulator,
    pub(crate) hook: Receiver,
    app: Option<App>,
    config: String,
    hand: Arc<AtomicI64>,
    /// By how many milliseconds our own clock is wrong.
    off: i64,
    folder: TempDir,
    server: JoinHandle<()>,
}

impl World {
    /// A world in which `config` is followed. `BLAND` and `HOOK` in it stand for the addresses of the
    /// simulated API and of the plain webhook's receiver.
    pub(crate) async fn new(config: &str) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let (clock, hand) = Clock::hand("2026-03-02T15:00:00Z".parse().unwrap());
        let bland = Simulator::new(Options::default(), clock);
        bland.change(|account| account.spelling_varies = false);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let served = bland.clone();
        #[expect(clippy::disallowed_methods, reason = "a fake server runs beside the test")]
        let server = tokio::spawn(async move {
            served.serve(listener, std::future::pending()).await.unwrap();
        });
        let hook = Receiver::webhook().await;
        let mut config = config.replace("BLAND", &base).replace("HOOK", &hook.url("/hook"));
        // The same stories are told on PostgreSQL where that is asked for, and no story names a store.
        if env::var("RINGBACK_TEST_STORIES_ON_POSTGRES").is_ok() && !config.contains("[store]") {
            let engine = engines::postgres().await.expect("RINGBACK_TEST_POSTGRES names a server");
            config.push_str(&format!("\n[store]\nurl = \"{}\"\n", engine.url()));
        }
        let mut world = Self { bland, hook, app: None, config, hand, off: 0, folder: TempDir::new().unwrap(), server };
        world.start().await;
        world
    }

    /// The config as it is read at the next start.
    pub(crate) fn config(&self) -> Config {
        let config = config::parse(&self.config, "config.toml", self.folder.path(), &|_| None);
        config.unwrap_or_else(|mistakes| panic!("{mistakes}"))
    }

    /// Writes something else into the config, for the next start.
    pub(crate) fn replace_config(&mut self, from: &str, to: &str) {
        assert!(self.config.contains(from));
        self.config = self.config.replace(from, to).replace("HOOK", &self.hook.url("/hook"));
    }

    /// The config as a file, for commands beside the service.
    pub(crate) fn write_config(&self) -> PathBuf {
        let file = self.folder.path().join("config.toml");
        fs::write(&file, &self.config).unwrap();
        file
    }

    /// Changes the database behind the program's back; several statements are parted by `;`.
    pub(crate) async fn sql(&self, text: &str) {
        let url = self.config().store.url.expose().to_owned();
        let mut connection = <sqlx::AnyConnection as sqlx::Connection>::connect(&url).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned())).execute(&mut connection).await.unwrap();
        sqlx::Connection::close(connection).await.unwrap();
    }

    /// Builds the program on the store that is there, as a start or restart does.
    pub(crate) async fn start(&mut self) {
        self.app = None;
        let config = self.config();
        let parts = app::assemble(&config).unwrap();
        let app = App::build(&config, parts, None).await.unwrap();
        app.store.take_over(self.now()).await.unwrap();
        self.app = Some(app);
    }

    /// Builds the program anew on the store that stays open, as a reload does.
    pub(crate) fn reload(&mut self) {
        let earlier = self.app.take().expect("the program runs");
        let config = self.config();
        let parts = app::assemble(&config).unwrap();
        let mut app = App::build_on(earlier.store.clone(), &config, parts, None).unwrap();
        for (watcher, earlier) in app.watchers.iter_mut().zip(&earlier.watchers) {
            watcher.inherit(earlier);
        }
        Arc::get_mut(&mut app.deliverer).unwrap().inherit(&earlier.deliverer);
        self.app = Some(app);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.hand.load(Ordering::SeqCst) + self.off).unwrap()
    }

    /// Sets our own clock, and not the world's, off by so much.
    pub(crate) fn set_clock_off(&mut self, seconds: i64) {
        self.off = seconds * 1000;
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.hand.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub(crate) fn app(&mut self) -> &mut App {
        self.app.as_mut().expect("the program runs")
    }

    /// One poll of every account, without delivering.
    pub(crate) async fn poll(&mut self) {
        let now = self.now();
        for watcher in &mut self.app().watchers {
            watcher.poll_once(now).await.unwrap();
        }
    }

    /// Delivers what is due, until nothing more is.
    pub(crate) async fn deliver(&mut self) {
        let now = self.now();
        while !self.app().deliverer.deliver_once(now).await.unwrap().is_idle() {}
    }

    /// One poll, and the deliveries that it causes.
    pub(crate) async fn tick(&mut self) {
        self.poll().await;
        self.deliver().await;
    }

    /// Ticks every ten seconds for so long.
    pub(crate) async fn live(&mut self, seconds: i64) {
        for _ in 0..seconds / 10 {
            self.wait(10);
            self.tick().await;
        }
    }

    /// The envelopes that the plain webhook has been sent, in order of arrival.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.hook.requests().iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
    }

    /// What arrived, in short: `call.completed c1 human`.
    pub(crate) fn told(&self) -> Vec<String> {
        self.events().iter().map(short).collect()
    }

    /// All bytes of the database, as text.
    pub(crate) fn database(&self) -> String {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.map(|file| String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()).into_owned()).collect()
    }

    /// How many deliveries are still to be made, and how many are dead.
    pub(crate) async fn open(&mut self) -> (u64, u64) {
        let open = self.app().store.open_work().await.unwrap();
        (open.pending, open.dead)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn short(event: &Value) -> String {
    let data = &event["data"];
    let word = |value: &Value| value.as_str().map(str::to_owned);
    let subject = word(&data["call"]["id"]).or(word(&data["batch"]["id"])).or(word(&data["problem"]["what"]));
    let outcome = word(&data["call"]["outcome"]);
    [word(&event["type"]), subject, outcome].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
