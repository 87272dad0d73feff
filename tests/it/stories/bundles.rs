//! Bundles: what is told together, when, and that nothing is lost or told twice on the way.

use ringback::simulate::{ending::Ending, plan::CallSpec};
use serde_json::Value;

use super::EVERYTHING;
use crate::world::story::World;

/// Calls and batches as [`EVERYTHING`] tells them, with this in the route.
fn route(keys: &str) -> String {
    format!("{EVERYTHING}{keys}\n")
}

/// A call that is over at the next tick.
fn call(world: &World, id: &str, ending: Ending) {
    world.bland.add_call(CallSpec {
        id: Some(id.to_owned()),
        ending: Some(ending),
        queue: Some(0.1),
        ring: Some(0.2),
        talk: Some(0.3),
        ..CallSpec::default()
    });
}

/// One call after another, each seen at a tick of its own.
async fn calls(world: &mut World, ids: impl IntoIterator<Item = String>) {
    for id in ids {
        call(world, &id, Ending::Busy);
        world.wait(10);
        world.tick().await;
    }
}

fn numbered(range: std::ops::Range<usize>) -> impl Iterator<Item = String> {
    range.map(|n| format!("c{n}"))
}

/// What arrived, in short: `group 3: c1 c2 c3`, or the event itself.
fn heard(world: &World) -> Vec<String> {
    world.events().iter().zip(world.told()).map(|(event, told)| digest(event).unwrap_or(told)).collect()
}

fn digest(event: &Value) -> Option<String> {
    let digest = event["data"].get("digest")?;
    assert_eq!(event["type"], "digest");
    let members = digest["events"].as_array().unwrap();
    assert_eq!(digest["total"], members.len());
    let about = |event: &Value| event["data"]["call"]["id"].as_str().unwrap_or("-").to_owned();
    let ids: Vec<String> = members.iter().map(about).collect();
    Some(format!("{} {}: {}", digest["reason"].as_str().unwrap(), members.len(), ids.join(" ")))
}

fn window(event: &Value) -> (String, String) {
    let digest = &event["data"]["digest"];
    (digest["from"].as_str().unwrap().to_owned(), digest["to"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_burst_is_one_message_and_a_single_call_is_itself() {
    let mut world = World::new(&route("group = { wait = \"2m\", max = 4 }")).await;
    world.tick().await;
    calls(&mut world, numbered(0..3)).await;
    assert_eq!(heard(&world), [""; 0], "it is waited for more");
    world.wait(120);
    world.deliver().await;
    assert_eq!(heard(&world), ["group 3: c0 c1 c2"]);
    calls(&mut world, numbered(3..4)).await;
    world.wait(120);
    world.deliver().await;
    assert_eq!(heard(&world)[1..], ["call.completed c3 busy"]);
    calls(&mut world, numbered(4..9)).await;
    assert_eq!(heard(&world)[2..], ["group 4: c4 c5 c6 c7"], "a full group need not wait");
    world.wait(120);
    world.deliver().await;
    assert_eq!(heard(&world)[3..], ["call.completed c8 busy"]);
}

#[tokio::test]
async fn groups_are_made_by_outcome_where_that_is_asked_for() {
    let mut world = World::new(&route("group = { by = \"outcome\", wait = \"1m\" }")).await;
    world.tick().await;
    for (id, ending) in [("a", Ending::Busy), ("b", Ending::NoAnswer), ("c", Ending::Busy), ("d", Ending::NoAnswer)] {
        call(&world, id, ending);
    }
    world.live(90).await;
    let mut heard = heard(&world);
    heard.iter_mut().for_each(|line| *line = line.split(": ").next().unwrap().to_owned());
    assert_eq!(heard, ["group 2", "group 2"]);
}

#[tokio::test]
async fn a_digest_outlives_restarts_and_each_event_is_in_one() {
    let mut world = World::new(&route("digest = { every = \"1h\" }")).await;
    world.tick().await;
    calls(&mut world, numbered(0..2)).await;
    world.start().await;
    calls(&mut world, numbered(2..3)).await;
    assert_eq!(heard(&world), [""; 0]);
    world.wait(3600);
    calls(&mut world, numbered(3..5)).await;
    assert_eq!(heard(&world), ["digest 3: c0 c1 c2"], "what comes after the hour belongs to the next");
    world.start().await;
    world.wait(3600);
    world.deliver().await;
    assert_eq!(heard(&world)[1..], ["digest 2: c3 c4"]);
    let events = world.events();
    assert_eq!(window(&events[0]), ("2026-03-02T15:00:00Z".to_owned(), "2026-03-02T16:00:00Z".to_owned()));
    assert_eq!(window(&events[1]), ("2026-03-02T16:00:00Z".to_owned(), "2026-03-02T17:00:00Z".to_owned()));
    world.wait(7200);
    world.tick().await;
    assert_eq!(world.events().len(), 2, "an empty digest is not sent");
}

#[tokio::test]
async fn a_digest_that_was_due_while_ringback_was_down_is_sent_once_at_start() {
    let mut world = World::new(&route("digest = { every = \"1h\", always = true }")).await;
    world.tick().await;
    calls(&mut world, numbered(0..2)).await;
    world.wait(3 * 3600 + 600);
    world.start().await;
    world.deliver().await;
    assert_eq!(heard(&world), ["digest 2: c0 c1"]);
    world.wait(3600);
    world.deliver().await;
    assert_eq!(heard(&world)[1..], ["digest 0: "], "`always` means even when nothing happened");
    assert_eq!(window(&world.events()[1]), ("2026-03-02T18:00:00Z".to_owned(), "2026-03-02T19:00:00Z".to_owned()));
}

/// In New York, the clocks went from 2:00 to 3:00 on the 8th of March 2026.
#[tokio::test]
async fn a_digest_across_a_night_of_daylight_saving_has_no_gap_and_no_overlap() {
    let keys = "digest = { cron = \"30 2 * * *\", timezone = \"America/New_York\", always = true }";
    let mut world = World::new(&route(keys)).await;
    world.tick().await;
    let mut placed = 0;
    for _ in 0..8 * 24 {
        world.wait(3590);
        calls(&mut world, [format!("c{placed}")]).await;
        placed += 1;
    }
    let windows: Vec<(String, String)> = world.events().iter().map(window).collect();
    let (from, to): (Vec<String>, Vec<String>) = windows.into_iter().unzip();
    assert_eq!(from[1..], to[..to.len() - 1], "each begins where the one before ends");
    assert_eq!(
        to[4..8],
        ["2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z", "2026-03-10T06:30:00Z"],
        "2:30 does not exist on the 8th, and 3:00 is the first moment after it"
    );
    let mut told = Vec::new();
    for event in world.events() {
        let digest = &event["data"]["digest"];
        for member in digest["events"].as_array().unwrap() {
            let seen = member["observed_at"].as_str().unwrap().to_owned();
            let (from, to) = window(&event);
            assert!(at(&from) <= at(&seen) && at(&seen) < at(&to), "{seen} is not in {from} to {to}");
            told.push(member["data"]["call"]["id"].as_str().unwrap().to_owned());
        }
    }
    let expected: Vec<String> = (0..told.len()).map(|n| format!("c{n}")).collect();
    assert_eq!(told, expected);
    assert!(placed - told.len() < 24, "only the last day's are still waiting");
}

fn at(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_quiet_night_is_held_and_released_as_one_and_exceptions_break_through() {
    // The world begins at 15:00 UTC.
    let quiet = "quiet = { from = \"15:00\", to = \"16:00\", except = [\"call.failed\"] }";
    let mut world = World::new(&route(quiet)).await;
    world.tick().await;
    calls(&mut world, numbered(0..3)).await;
    call(&world, "broken", Ending::FailedInQueue);
    world.wait(10);
    world.tick().await;
    assert_eq!(heard(&world), ["call.failed broken failed"]);
    world.start().await;
    world.wait(3600);
    calls(&mut world, numbered(3..4)).await;
    assert_eq!(heard(&world)[1..], ["quiet 3: c0 c1 c2", "call.completed c3 busy"]);
    assert_eq!(
        window(&world.events()[1]),
        ("2026-03-02T15:00:00Z".to_owned(), "2026-03-02T16:00:00Z".to_owned()),
        "the quiet time itself"
    );
}

#[tokio::test]
async fn what_comes_too_fast_is_bundled_and_never_dropped() {
    let mut world = World::new(&route("throttle = { max = 3, per = \"5m\" }")).await;
    world.tick().await;
    calls(&mut world, numbered(0..10)).await;
    assert_eq!(heard(&world), ["call.completed c0 busy", "call.completed c1 busy", "call.completed c2 busy"]);
    world.wait(300);
    world.deliver().await;
    assert_eq!(heard(&world)[3..], ["throttle 7: c3 c4 c5 c6 c7 c8 c9"]);
    calls(&mut world, numbered(10..12)).await;
    assert_eq!(heard(&world)[4..], ["call.completed c10 busy", "call.completed c11 busy"]);
}

#[tokio::test]
async fn a_failure_is_told_at_once_and_in_the_digest_too() {
    let digest = r#"
[[routes]]
name = "hourly"
events = ["call.*"]
notify = ["hook"]
digest = { every = "1h" }
"#;
    let mut world = World::new(&format!("{EVERYTHING}{digest}")).await;
    world.tick().await;
    call(&world, "broken", Ending::FailedInQueue);
    world.wait(10);
    world.tick().await;
    assert_eq!(heard(&world), ["call.failed broken failed"]);
    world.wait(3600);
    world.deliver().await;
    let digest = &world.events()[1]["data"]["digest"];
    assert_eq!(digest["route"], "hourly");
    assert_eq!(digest["outcomes"]["failed"], 1);
    assert_eq!(digest["failed_calls"][0]["id"], "broken");
}

#[tokio::test]
async fn all_four_together_lose_nothing_and_tell_nothing_twice() {
    let keys = r#"group = { by = "outcome", wait = "20s", max = 3 }
quiet = { from = "15:10", to = "15:20", except = ["call.failed"] }
throttle = { max = 2, per = "5m" }"#;
    let mut world = World::new(&route(keys)).await;
    world.tick().await;
    let endings = [Ending::Busy, Ending::NoAnswer, Ending::FailedInQueue, Ending::Busy];
    for n in 0..120 {
        call(&world, &format!("c{n}"), endings[n % endings.len()]);
        world.wait(11);
        world.tick().await;
        if n % 17 == 0 {
            world.start().await;
        }
    }
    world.live(900).await;
    let mut told = Vec::new();
    for event in world.events() {
        match event["data"].get("digest") {
            Some(digest) => told.extend(digest["events"].as_array().unwrap().clone()),
            None => told.push(event),
        }
    }
    let mut ids: Vec<String> =
        told.iter().map(|event| event["data"]["call"]["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    let mut expected: Vec<String> = (0..120).map(|n| format!("c{n}")).collect();
    expected.sort();
    assert_eq!(ids, expected);
    assert!(world.events().len() < 20, "{} messages in half an hour", world.events().len());
    assert_eq!(world.open().await, (0, 0));
}

#[tokio::test]
async fn a_clock_that_is_put_back_sends_no_digest_twice() {
    let mut world = World::new(&route("digest = { every = \"1h\" }")).await;
    world.tick().await;
    calls(&mut world, numbered(0..1)).await;
    world.wait(3600);
    calls(&mut world, numbered(1..2)).await;
    assert_eq!(heard(&world), ["digest 1: c0"]);
    world.wait(-1800);
    calls(&mut world, numbered(2..3)).await;
    world.wait(2400);
    world.tick().await;
    assert_eq!(world.events().len(), 1, "the hour has been told; what is seen in it again is for the next");
    world.wait(3600);
    world.deliver().await;
    // Members stand in the order in which our clock saw them, which was put back between the two.
    let heard = heard(&world).split_off(1);
    assert!(heard == ["digest 2: c1 c2"] || heard == ["digest 2: c2 c1"], "{heard:?}");
}
