//! The crash suite: the real binary under load, killed again and again, and then the reckoning.
//!
//! Every finished call must have been told exactly once to everyone whom its routes name; what was
//! told again must be the same bytes under the same id, and follow a kill that may have swallowed
//! the receiver's yes. `RINGBACK_TEST_KILLS` says how often, `RINGBACK_TEST_SEED` when.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod ledger;
mod load;
mod read;
mod reconcile;
mod report;
mod service;
mod tap;
mod trap;
mod world;

use std::{
    env,
    fmt::Debug,
    str::FromStr,
    time::{Duration, Instant},
};

use fastrand::Rng;
use serde_json::Value;

use self::{
    ledger::REPLICAS,
    reconcile::{Verdict, reconcile},
    report::Run,
    service::{Bundling, Home, Ports},
    trap::Point,
    world::{Moment, World},
};

/// Enough for a quick look; `.ci/run` asks for 200.
const KILLS: usize = 12;
const SEED: u64 = 1;
/// The most deliveries whose attempts are looked at.
const LOOKS: usize = 50;
/// What the second webhook's route has besides.
const BUNDLING: Bundling = Bundling(Some("group = { wait = \"1s\" }"));
/// How long the program may take to come to rest at the end.
const REST: Duration = Duration::from_secs(60);
/// On PostgreSQL a dead process' claims end with their leases, a mail's after 90 s.
const REST_WITH_LEASES: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread")]
async fn every_call_is_told_once_however_often_the_service_is_killed() {
    run_suite(1, env::var("RINGBACK_TEST_STORIES_ON_POSTGRES").is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_is_told_once_while_one_of_two_replicas_is_killed() {
    if env::var("RINGBACK_TEST_STORIES_ON_POSTGRES").is_ok() {
        run_suite(REPLICAS, true).await;
    }
}

#[test]
fn a_first_start_that_is_killed_leaves_a_store_that_opens() {
    let mut rng = Rng::with_seed(setting("RINGBACK_TEST_SEED", SEED));
    for _ in 0..setting("RINGBACK_TEST_KILLS", KILLS).div_ceil(4) {
        let home = Home::new();
        let nobody = Ports { bland: 9, crm: 9, bundle: 9, chat: 9, ops: 9, team: 9 };
        home.write(0, &service::config(nobody, &home.sqlite(), BUNDLING));
        for _ in 0..2 {
            let mut service = home.run(0, &[]);
            std::thread::sleep(Duration::from_millis(rng.u64(0..400)));
            assert!(service.ended().is_none(), "{}", home.last_words(0));
            service.kill();
        }
        assert_eq!(home.json_lines(&["deliveries", "list", "--json"]), Vec::<Value>::new());
    }
}

async fn run_suite(replicas: usize, on_postgres: bool) {
    let (kills, seed) = (setting("RINGBACK_TEST_KILLS", KILLS), setting("RINGBACK_TEST_SEED", SEED));
    let begun = Instant::now();
    let mut rng = Rng::with_seed(seed);
    let mut world = World::new(seed, replicas, on_postgres, BUNDLING).await;
    for moment in plan(kills, on_postgres, &mut rng) {
        let victim = rng.usize(0..replicas);
        world.kill(victim, moment).await;
    }
    let truth = world.settle(if on_postgres { REST_WITH_LEASES } else { REST }).await;
    let mut verdict = reconcile(&truth, &world.wire.ledger.copies(), &world.kills);
    check_deliveries(&world.home, &mut verdict);
    verdict.wrong.extend(world.home.errors());
    let run = Run { seed, replicas, on_postgres, truth, unreached: world.unreached.clone(), took: begun.elapsed() };
    eprintln!("{}", report::table(&run, &verdict));
    assert!(verdict.wrong.is_empty(), "{}", report::wrongs(&run, &verdict));
}

/// A quarter of the kills comes at random moments, a quarter when SQLite writes, and half of them at
/// each point in turn, in an order of the seed's.
fn plan(kills: usize, on_postgres: bool, rng: &mut Rng) -> Vec<Moment> {
    let (mut points, mut writes) = (Vec::new(), Vec::new());
    let mut moments = Vec::new();
    for nth in 0..kills {
        moments.push(match nth % 4 {
            0 => Moment::random(rng),
            2 if !on_postgres => Moment::at_write(drawn(&mut writes, &Point::BEFORE_WRITES, rng), rng),
            _ => Moment::at(drawn(&mut points, &Point::ALL, rng), rng),
        });
    }
    moments
}

/// Deals all of them before any comes again.
fn drawn(left: &mut Vec<Point>, all: &[Point], rng: &mut Rng) -> Point {
    if left.is_empty() {
        left.extend(all);
        rng.shuffle(left);
    }
    left.pop().unwrap()
}

/// At the end, the program's own list knows nothing pending or dead, and which messages may have been repeated.
fn check_deliveries(home: &Home, verdict: &mut Verdict) {
    let rows = home.json_lines(&["deliveries", "list", "--json", "--limit", "1000000"]);
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let mut looks = 0..LOOKS;
    for row in &rows {
        let who = format!("{} {}", text(row, "notifier"), text(row, "recipient"));
        let (to, about) = (who.trim_end().to_owned(), text(row, "about"));
        if text(row, "state") != "delivered" {
            verdict.wrong.push(format!("{to}: the delivery about {about} is {}: {}", row["state"], row["reason"]));
        }
        // What is down as delivered is so for good. Looking costs a process, so not all are looked at.
        if row["attempts"].as_u64() > Some(1) && looks.next().is_some() {
            let shown = home.json(&["deliveries", "show", &text(row, "id"), "--json"]);
            let tries = shown["tries"].as_array().unwrap();
            let delivered = tries.iter().filter(|one| one["verdict"] == "delivered").count();
            if delivered > 1 {
                verdict.wrong.push(format!("{to}: told of {about} again, though it was down as delivered"));
            }
        }
        if verdict.repeated.contains(&(to.clone(), about.clone())) && row["possibly_repeated"] != true {
            verdict.wrong.push(format!("{to}: told twice of {about}, which is not shown as possibly repeated"));
        }
    }
    if BUNDLING.0.is_none() && rows.len() != verdict.expected {
        verdict.wrong.push(format!("{} deliveries are listed, and {} were to be made", rows.len(), verdict.expected));
    }
}

fn setting<T: FromStr<Err: Debug>>(name: &str, otherwise: T) -> T {
    env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}
