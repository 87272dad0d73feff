//! A simulated account, receivers of each kind, and the real program between them, whose processes are killed.

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use tokio::{net::TcpListener, task::JoinHandle, time};
use url::Url;

use super::{
    load::{Load, Truth},
    reconcile::{End, Kill},
    service::{self, Bundling, Home, Ports, Service},
    tap::{Behind, Tap, Wire},
    trap::{Place, Point, Step},
};
use crate::{
    store::engines::{self, Engine},
    world::{
        receiver::Receiver,
        smtp::{Encryption, Smtp},
    },
};

/// How long a kill point is waited for, in case nothing comes to it.
const PATIENCE: Duration = Duration::from_secs(6);
/// Random moments lie in the first second, where the start and the recovery are.
const MOMENTS_MS: u64 = 1_000;
/// So long after an answer a kill still falls into what follows from it.
const LINGER_MS: u64 = 25;

/// When a process is killed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    end: End,
    /// So many exchanges get past the point before.
    passes: u32,
    wait: Duration,
}

impl Moment {
    pub(crate) fn random(rng: &mut Rng) -> Self {
        Self { end: End::KilledAtRandom, passes: 0, wait: Duration::from_millis(rng.u64(0..MOMENTS_MS)) }
    }

    pub(crate) fn at(point: Point, rng: &mut Rng) -> Self {
        let linger = if point.step == Step::Answered { rng.u64(0..=LINGER_MS) } else { 0 };
        Self { end: End::KilledAt(point), passes: passes(point, rng), wait: Duration::from_millis(linger) }
    }

    /// At the first write to the database after the point; only files can be watched.
    pub(crate) fn at_write(point: Point, rng: &mut Rng) -> Self {
        Self { end: End::KilledAtWrite(point), passes: passes(point, rng), wait: Duration::ZERO }
    }
}

/// Lists are read once in each poll, of which a life has few.
fn passes(point: Point, rng: &mut Rng) -> u32 {
    rng.u32(0..if point.place == Place::List { 2 } else { 4 })
}

pub(crate) struct World {
    pub(crate) wire: Arc<Wire>,
    pub(crate) home: Home,
    pub(crate) kills: Vec<Kill>,
    /// Kill points that nothing came to in time.
    pub(crate) unreached: Vec<Point>,
    load: Option<Load>,
    /// One row for each replica.
    taps: Vec<Vec<Tap>>,
    services: Vec<Option<Service>>,
    bland: JoinHandle<()>,
    _receivers: Vec<Receiver>,
    _smtp: Smtp,
    _engine: Option<Engine>,
}

impl World {
    pub(crate) async fn new(seed: u64, replicas: usize, on_postgres: bool, bundling: Bundling) -> Self {
        let wire = Arc::<Wire>::default();
        let load = Load::start(seed, wire.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let account = listener.local_addr().unwrap().port();
        let served = load.bland.clone();
        #[expect(clippy::disallowed_methods, reason = "a fake server runs beside the test")]
        let bland = tokio::spawn(async move { served.serve(listener, std::future::pending()).await.unwrap() });
        let receivers =
            [Receiver::webhook().await, Receiver::webhook().await, Receiver::slack().await, Receiver::discord().await];
        let smtp = Smtp::start(Encryption::None).await;
        let [crm, bundle, chat, ops] = [0, 1, 2, 3].map(|nth: usize| port(&receivers[nth].url("")));
        let ports = Ports { bland: account, crm, bundle, chat, ops, team: port(&smtp.url()) };
        let engine = if on_postgres { engines::postgres().await } else { None };
        let home = Home::new();
        let store = engine.as_ref().map_or_else(|| home.sqlite(), |engine| engine.url().to_owned());
        let mut taps = Vec::new();
        for replica in 0..replicas {
            let (row, ports) = tapped(ports, replica, &wire).await;
            home.write(replica, &service::config(ports, &store, bundling));
            taps.push(row);
        }
        Self {
            wire,
            home,
            kills: Vec::new(),
            unreached: Vec::new(),
            load: Some(load),
            taps,
            services: (0..replicas).map(|_| None).collect(),
            bland,
            _receivers: receivers.into(),
            _smtp: smtp,
            _engine: engine,
        }
    }

    /// Sees to it that all replicas run, and kills one of them at the moment.
    pub(crate) async fn kill(&mut self, replica: usize, moment: Moment) {
        let springs = match moment.end {
            End::KilledAt(point) | End::KilledAtWrite(point) => {
                Some((point, self.wire.trap.set(point, replica, moment.passes)))
            }
            End::KilledAtRandom | End::InOrder => None,
        };
        for (nth, service) in self.services.iter_mut().enumerate() {
            service.get_or_insert_with(|| self.home.run(nth, &[]));
        }
        if let Some((point, springs)) = springs
            && time::timeout(PATIENCE, springs).await.is_err()
        {
            self.unreached.push(point);
        }
        match moment.end {
            End::KilledAtWrite(_) => self.home.written(PATIENCE),
            _ => time::sleep(moment.wait).await,
        }
        let mut service = self.services[replica].take().unwrap();
        if let Some(status) = service.ended() {
            panic!("the service ended by itself, {status}:\n{}", self.home.last_words(replica));
        }
        let (begun, over) = service.kill();
        self.kills.push(Kill { end: moment.end, life: self.wire.ledger.life(replica), begun, over });
        self.bury(replica).await;
    }

    /// Ends the load, lets the program come to rest, and runs it once more, which must tell nothing new.
    pub(crate) async fn settle(&mut self, limit: Duration) -> Truth {
        let truth = self.load.take().unwrap().end().await;
        for replica in 0..self.services.len() {
            if let Some(mut service) = self.services[replica].take() {
                service.terminate();
                assert_eq!(service.code(limit).await, Some(0), "{}", self.home.last_words(replica));
                self.bury(replica).await;
            }
        }
        for _ in 0..2 {
            let mut service = self.home.run(0, &["--until-settled"]);
            assert_eq!(service.code(limit).await, Some(0), "it does not settle:\n{}", self.home.last_words(0));
            self.bury(0).await;
        }
        truth
    }

    /// Waits until everything has arrived that a process sent which is no more.
    async fn bury(&self, replica: usize) {
        self.wire.trap.release();
        for tap in &self.taps[replica] {
            tap.drained().await;
        }
        self.wire.ledger.ended(replica);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.bland.abort();
    }
}

/// A tap in front of each server, and the ports under which a replica reaches them.
async fn tapped(ports: Ports, replica: usize, wire: &Arc<Wire>) -> (Vec<Tap>, Ports) {
    let start = async |behind, port| Tap::start(behind, port, replica, wire.clone()).await;
    let bland = start(Behind::Bland, ports.bland).await;
    let crm = start(Behind::Http(Place::Webhook, "crm"), ports.crm).await;
    let bundle = start(Behind::Http(Place::Bundle, "bundle"), ports.bundle).await;
    let chat = start(Behind::Http(Place::Slack, "chat"), ports.chat).await;
    let ops = start(Behind::Http(Place::Discord, "ops"), ports.ops).await;
    let team = start(Behind::Mail("team"), ports.team).await;
    let own = Ports {
        bland: bland.port,
        crm: crm.port,
        bundle: bundle.port,
        chat: chat.port,
        ops: ops.port,
        team: team.port,
    };
    (vec![bland, crm, bundle, chat, ops, team], own)
}

fn port(url: &str) -> u16 {
    Url::parse(url).unwrap().port().unwrap()
}
