//! Destinations that fail: breakers, fallbacks, and that nobody else waits for them.

use ringback::simulate::{ending::Ending, plan::CallSpec};
use serde_json::Value;

use super::EVERYTHING;
use crate::world::{
    receiver::{Answer, Receiver},
    story::World,
};

/// Everything to `hook`; trouble and all calls also to `other`, which speaks for `hook` where that is wanted.
async fn world(keys: &str, route_other: &str) -> (World, Receiver) {
    let other = Receiver::webhook().await;
    let config = EVERYTHING.replace(
        "url = \"HOOK\"",
        &format!("url = \"HOOK\"\n{keys}\n[notifiers.other.webhook]\nurl = \"{}\"", other.url("/")),
    );
    let mut world = World::new(&format!("{config}{route_other}")).await;
    world.tick().await;
    (world, other)
}

fn call(world: &World, id: &str) {
    world.bland.add_call(CallSpec {
        id: Some(id.to_owned()),
        ending: Some(Ending::Busy),
        queue: Some(0.1),
        ring: Some(0.2),
        talk: Some(0.3),
        ..CallSpec::default()
    });
}

fn told(receiver: &Receiver) -> Vec<String> {
    let short = |event: Value| {
        let data = &event["data"];
        let what = data["call"]["id"].as_str().or(data["problem"]["what"].as_str()).unwrap_or("-");
        format!("{} {what}", event["type"].as_str().unwrap())
    };
    receiver.requests().iter().map(|request| short(serde_json::from_slice(&request.body).unwrap())).collect()
}

const TROUBLE: &str = "[[routes]]\nevents = [\"notifier.*\"]\nnotify = [\"hook\", \"other\"]\n";

#[tokio::test]
async fn five_failures_in_a_row_open_the_breaker_and_then_only_probes_go_out() {
    let (mut world, other) = world("", TROUBLE).await;
    world.hook.script((0..30).map(|_| Answer::status(500)));
    for n in 0..12 {
        call(&world, &format!("c{n}"));
    }
    world.wait(10);
    world.tick().await;
    assert_eq!(world.hook.requests().len(), 5, "after five failures nothing more is tried");
    world.wait(1);
    world.deliver().await;
    assert_eq!(told(&other), ["notifier.failing notifier hook"]);
    let problem: Value = serde_json::from_slice::<Value>(&other.requests()[0].body).unwrap()["data"]["problem"].clone();
    assert!(problem["reason"].as_str().unwrap().contains("500") && problem["attempts"] == 5, "{problem}");
    world.wait(3);
    world.deliver().await;
    assert_eq!(world.hook.requests().len(), 5);
    for probes in 1..8 {
        world.wait(61);
        world.deliver().await;
        assert_eq!(world.hook.requests().len(), 5 + probes, "one probe goes out at a time");
    }
    assert_eq!(told(&other).len(), 1, "an outage is told once");
}

#[tokio::test]
async fn when_it_works_again_all_that_waits_goes_out_at_once() {
    let (mut world, other) = world("", TROUBLE).await;
    world.hook.script((0..6).map(|_| Answer::status(503)));
    for n in 0..12 {
        call(&world, &format!("c{n}"));
    }
    world.wait(10);
    world.tick().await;
    world.live(60).await;
    assert_eq!(told(&other), ["notifier.failing notifier hook", "notifier.recovered notifier hook"]);
    let mut arrived: Vec<String> = world.told().split_off(6);
    arrived.sort();
    arrived.dedup();
    assert_eq!(arrived.len(), 12, "{arrived:?}");
    assert_eq!(world.open().await, (0, 0));
}

#[tokio::test]
async fn an_outage_is_known_after_a_restart_and_its_end_is_told() {
    let (mut world, other) = world("", TROUBLE).await;
    world.hook.script((0..5).map(|_| Answer::reset()));
    for n in 0..6 {
        call(&world, &format!("c{n}"));
    }
    world.wait(10);
    world.tick().await;
    world.start().await;
    world.deliver().await;
    assert_eq!(world.hook.requests().len(), 5, "the breaker is still open");
    world.live(30).await;
    assert_eq!(told(&other), ["notifier.failing notifier hook", "notifier.recovered notifier hook"]);
}

#[tokio::test]
async fn while_a_notifier_fails_its_fallback_speaks_once_for_each_event() {
    let both = "[[routes]]\nevents = [\"call.*\"]\noutcomes = [\"no_answer\"]\nnotify = [\"other\"]\n";
    let (mut world, other) = world("fallback = \"other\"", both).await;
    world.hook.script((0..7).map(|_| Answer::status(502)));
    world.bland.add_call(CallSpec {
        id: Some("both".to_owned()),
        ending: Some(Ending::NoAnswer),
        queue: Some(0.1),
        ring: Some(0.1),
        ..CallSpec::default()
    });
    for n in 0..5 {
        call(&world, &format!("c{n}"));
    }
    world.wait(10);
    world.tick().await;
    world.wait(1);
    world.tick().await;
    let mut heard = told(&other);
    heard.sort();
    let calls = ["both", "c0", "c1", "c2", "c3", "c4"].map(|id| format!("call.completed {id}"));
    assert_eq!(heard[..6], calls, "what it was told already is not said again");
    assert_eq!(heard[6..], ["notifier.failing notifier hook"]);
    call(&world, "late");
    world.wait(10);
    world.tick().await;
    world.wait(1);
    world.tick().await;
    assert!(told(&other).contains(&"call.completed late".to_owned()));
    world.live(120).await;
    let mut arrived = world.told().split_off(7);
    arrived.sort();
    arrived.dedup();
    assert_eq!(arrived.len(), 7, "it still gets everything: {arrived:?}");
    assert_eq!(world.open().await, (0, 0));
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_told_of_and_spoken_for() {
    let (mut world, other) = world("fallback = \"other\"", TROUBLE).await;
    world.hook.script([Answer::status(410)]);
    for n in 0..3 {
        call(&world, &format!("c{n}"));
    }
    world.wait(10);
    world.tick().await;
    world.wait(1);
    world.tick().await;
    let mut heard = told(&other);
    heard.sort();
    assert_eq!(heard, ["call.completed c1", "call.completed c2", "notifier.failing notifier hook"]);
    assert_eq!(world.open().await, (0, 3), "they can be replayed");
}

#[tokio::test]
async fn what_waits_behind_an_open_breaker_is_given_up_in_time() {
    let (mut world, _other) = world("give_up_after = \"1h\"", "").await;
    world.hook.script((0..200).map(|_| Answer::status(500)));
    for n in 0..40 {
        call(&world, &format!("c{n}"));
    }
    world.wait(10);
    world.tick().await;
    for _ in 0..70 {
        world.wait(61);
        world.deliver().await;
    }
    let (pending, dead) = world.open().await;
    assert_eq!((pending, dead >= 40), (0, true));
}

#[tokio::test]
async fn a_credential_that_is_refused_for_an_hour_does_not_kill_an_hour_of_messages() {
    let (mut world, other) = world("", TROUBLE).await;
    world.hook.script((0..30).map(|_| Answer::status(401)));
    for n in 0..40 {
        call(&world, &format!("c{n}"));
    }
    world.wait(10);
    world.tick().await;
    for _ in 0..20 {
        world.wait(61);
        world.deliver().await;
    }
    assert_eq!(told(&other), ["notifier.failing notifier hook"]);
    assert_eq!(world.open().await.1, 5, "what was refused before the breaker opened is dead, and can be replayed");
    for _ in 0..20 {
        world.wait(61);
        world.deliver().await;
    }
    assert_eq!(world.open().await, (0, 5));
    assert_eq!(told(&other).len(), 2);
}

#[tokio::test]
async fn a_bundle_is_handed_on_whole() {
    let keys = "fallback = \"other\"\ngive_up_after = \"48h\"";
    let (mut world, other) = world(keys, "").await;
    world.edit("[\"hook\"]\n", "[\"hook\"]\ngroup = { wait = \"1m\", max = 3 }\n");
    world.start().await;
    world.hook.script((0..200).map(|_| Answer::status(500)));
    for n in 0..18 {
        call(&world, &format!("c{n}"));
    }
    world.wait(10);
    world.tick().await;
    world.wait(61);
    world.tick().await;
    let mut handed = Vec::new();
    for request in other.requests() {
        let event: Value = serde_json::from_slice(&request.body).unwrap();
        let members = event["data"]["digest"]["events"].as_array().into_iter().flatten();
        handed.extend(members.map(|event| event["data"]["call"]["id"].as_str().unwrap().to_owned()));
    }
    handed.sort();
    let mut expected: Vec<String> = (0..18).map(|n| format!("c{n}")).collect();
    expected.sort();
    assert_eq!(handed, expected);
}

#[tokio::test]
async fn a_receiver_that_refuses_message_after_message_is_told_of_and_nothing_waits_for_it() {
    let (mut world, other) = world("fallback = \"other\"", TROUBLE).await;
    world.hook.script((0..8).map(|_| Answer::status(422)));
    for n in 0..9 {
        call(&world, &format!("c{n}"));
    }
    world.wait(10);
    world.tick().await;
    world.wait(1);
    world.tick().await;
    assert_eq!(world.hook.requests().len(), 9);
    assert_eq!(world.open().await, (0, 8), "each refusal is dead at once");
    let heard = told(&other);
    assert!(heard.contains(&"notifier.failing notifier hook".to_owned()), "{heard:?}");
    assert!(heard.contains(&"notifier.recovered notifier hook".to_owned()), "{heard:?}");
    let spoken_for = heard.iter().filter(|line| line.starts_with("call.completed")).count();
    assert_eq!(spoken_for, 4, "what is refused once the breaker is open is said elsewhere");
}

#[tokio::test]
async fn two_that_speak_for_each_other_and_both_fail_are_never_told_of_themselves() {
    let other = Receiver::webhook().await;
    let both = format!(
        "url = \"HOOK\"\nfallback = \"other\"\n[notifiers.other.webhook]\nurl = \"{}\"\nfallback = \"hook\"",
        other.url("/")
    );
    let mut world = World::new(&format!("{}{TROUBLE}", EVERYTHING.replace("url = \"HOOK\"", &both))).await;
    world.tick().await;
    world.hook.script((0..7).map(|_| Answer::status(500)));
    other.script((0..7).map(|_| Answer::status(500)));
    for n in 0..12 {
        call(&world, &format!("c{n}"));
    }
    world.live(600).await;
    let trouble = |receiver: &Receiver| {
        let mut heard = told(receiver);
        heard.retain(|line| line.starts_with("notifier."));
        heard.sort();
        heard.dedup();
        heard
    };
    for (receiver, of) in [(&world.hook, "other"), (&other, "hook")] {
        let expected = [format!("notifier.failing notifier {of}"), format!("notifier.recovered notifier {of}")];
        assert_eq!(trouble(receiver), expected);
    }
    assert_eq!(world.open().await, (0, 0));
}
