//! Bland in trouble: faults lose nothing, and blindness is told once.

use ringback::simulate::{
    ending::Ending,
    faults::{Fault, NotFound, Rule},
    plan::CallSpec,
};

use super::EVERYTHING;
use crate::world::{receiver::Answer, story::World};

fn call(id: &str, ending: Ending) -> CallSpec {
    CallSpec {
        id: Some(id.to_owned()),
        ending: Some(ending),
        queue: Some(1.0),
        ring: Some(2.0),
        talk: Some(10.0),
        ..CallSpec::default()
    }
}

fn status(code: u16) -> Fault {
    Fault::Status { code, retry_after: None, body: None }
}

#[tokio::test]
async fn faults_in_the_middle_lose_nothing() {
    for fault in [
        status(502),
        status(429),
        Fault::ErrorIn200 { message: "Internal server error.".to_owned() },
        Fault::Truncated,
        Fault::Reset,
        Fault::BadRow { row: "{\"odd\": true}".to_owned() },
        Fault::DuplicateRows,
    ] {
        let mut world = World::new(EVERYTHING).await;
        world.tick().await;
        for n in 0..5 {
            world.bland.add_call(call(&format!("c{n}"), Ending::Human));
        }
        world.bland.script(Rule { times: Some(6), every: 2, ..Rule::always("/v1/calls*", fault.clone()) });
        world.live(400).await;
        let mut told = world.told();
        told.sort();
        let expected: Vec<String> = (0..5).map(|n| format!("call.completed c{n} human")).collect();
        assert_eq!(told, expected, "{fault:?}");
    }
}

#[tokio::test]
async fn being_blind_is_told_once_and_so_is_its_end() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    world.bland.script(Rule { times: Some(12), ..Rule::always("/v1/calls*", status(500)) });
    world.live(60).await;
    assert_eq!(world.told(), [""; 0], "three polls and a minute are waited for");
    world.live(300).await;
    assert_eq!(world.told(), ["watch.failing account bland", "watch.recovered account bland"]);
    let problem = &world.events()[0]["data"]["problem"];
    assert!(problem["reason"].as_str().unwrap().contains("500"), "{problem}");
}

#[tokio::test]
async fn a_list_that_is_none_is_being_blind_whatever_its_status_and_its_calls_are_told_afterwards() {
    let instead = |body: &str| Fault::Status { code: 200, retry_after: None, body: Some(body.to_owned()) };
    for (fault, reason) in [
        (instead("<html>Down for maintenance</html>"), "cannot be read"),
        (instead(r#"{"status":"success","calls":"none"}"#), "holds no list"),
        (instead(r#"{"status":"success"}"#), "holds no list"),
        (instead(r#"{"total_count":2,"calls":[{"phone":"+1"},{"phone":"+2"}]}"#), "are not calls"),
        (Fault::ErrorIn200 { message: "Insufficient balance".to_owned() }, "Insufficient balance"),
        (status(429), "fewer requests"),
    ] {
        let mut world = World::new(EVERYTHING).await;
        world.tick().await;
        world.bland.script(Rule { times: Some(200), ..Rule::always("/v1/calls", fault) });
        world.bland.add_call(call("meanwhile", Ending::Human));
        world.live(1800).await;
        assert_eq!(world.told(), ["watch.failing account bland"], "{reason}");
        let said = world.events()[0]["data"]["problem"]["reason"].to_string();
        assert!(said.contains(reason), "{said}");
        world.live(600).await;
        let mut told = world.told();
        told.sort();
        let expected =
            ["call.completed meanwhile human", "watch.failing account bland", "watch.recovered account bland"];
        assert_eq!(told, expected, "{reason}");
    }
}

#[tokio::test]
async fn a_long_pause_is_told_when_bland_asks_for_it() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    let pause = Fault::Status { code: 429, retry_after: Some(3600), body: None };
    world.bland.script(Rule::once("/v1/calls", pause));
    world.live(10).await;
    assert_eq!(world.told(), ["watch.failing account bland"]);
    world.live(3500).await;
    assert_eq!(world.told().len(), 1, "the pause is kept");
    world.live(200).await;
    assert_eq!(world.told(), ["watch.failing account bland", "watch.recovered account bland"]);
}

#[tokio::test]
async fn an_account_that_our_own_limit_lets_be_read_too_slowly_is_told_and_so_is_its_end() {
    let mut world = World::new(&EVERYTHING.replace("base_url", "max_requests_per_minute = 5\nbase_url")).await;
    world.bland.change(|account| account.page_cap = Some(10));
    for n in 0..600 {
        world.bland.add_call(call(&format!("c{n}"), Ending::Human));
    }
    world.wait(600);
    // Sixty pages, four a minute.
    world.live(590).await;
    assert_eq!(world.told(), [""; 0], "a slow start is borne for ten minutes");
    world.live(120).await;
    assert_eq!(world.told(), ["watch.failing account bland"]);
    let said = world.events()[0]["data"]["problem"]["reason"].to_string();
    assert!(said.contains("limit of 5 requests a minute"), "{said}");
    world.live(600).await;
    assert_eq!(world.told(), ["watch.failing account bland", "watch.recovered account bland"]);
}

#[tokio::test]
async fn calls_whose_details_never_come_are_told_of_as_being_blind() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    world.bland.script(Rule { times: Some(300), ..Rule::always("/v1/calls/*", status(429)) });
    world.bland.add_call(call("late", Ending::Human));
    world.live(1200).await;
    assert_eq!(world.told(), [""; 0]);
    world.live(600).await;
    assert_eq!(world.told(), ["watch.failing account bland"]);
    world.live(6000).await;
    let mut told = world.told();
    told.sort();
    assert_eq!(told, ["call.completed late human", "watch.failing account bland", "watch.recovered account bland"]);
}

#[tokio::test]
async fn a_refused_key_is_told_at_once() {
    let mut world = World::new(EVERYTHING).await;
    world.bland.script(Rule::always("*", status(401)));
    world.tick().await;
    world.live(600).await;
    assert_eq!(world.told(), ["watch.failing account bland"]);
    assert_eq!(world.events()[0]["severity"], "error");
    assert!(!String::from_utf8_lossy(&world.hook.only().body).contains("sk-very-secret"));
}

#[tokio::test]
async fn a_call_that_bland_does_not_know_is_missing_once_whatever_the_answer_looks_like() {
    let config = EVERYTHING.replace("all_calls = true", "calls = [\"nobody\"]");
    for form in [NotFound::Empty, NotFound::Envelope, NotFound::Soft] {
        let mut world = World::new(&config).await;
        world.bland.change(|account| account.not_found = form);
        world.tick().await;
        world.live(900).await;
        assert_eq!(world.told(), ["call.missing nobody"]);
        let open = world.app().store.open_work().await.unwrap();
        assert_eq!(open.calls, 0, "it no longer counts as open");
    }
}

#[tokio::test]
async fn a_batch_that_bland_does_not_know_is_told_as_such() {
    let mut world = World::new(&EVERYTHING.replace("all_calls = true", "batches = [\"nothing\"]")).await;
    world.tick().await;
    world.live(900).await;
    assert_eq!(world.told(), ["batch.stuck nothing"]);
    assert_eq!(world.events()[0]["data"]["batch"]["error"], "Bland knows no such batch");
}

#[tokio::test]
async fn a_call_that_never_ends_is_stuck_once_and_still_followed() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    let spec = CallSpec { max_duration: Some(5), ..call("lost", Ending::Stuck) };
    world.bland.add_call(spec);
    for _ in 0..60 {
        world.wait(60);
        world.tick().await;
    }
    assert_eq!(world.told(), ["call.stuck lost"]);
    let mut record = world.bland.record("lost").unwrap();
    record["status"] = "failed".into();
    world.bland.put(record).unwrap();
    for _ in 0..20 {
        world.wait(60);
        world.tick().await;
    }
    assert_eq!(world.told(), ["call.stuck lost", "call.failed lost failed"]);
}

#[tokio::test]
async fn our_own_limit_of_requests_is_kept_in_every_minute_and_nothing_is_lost() {
    let limited = EVERYTHING.replace("base_url", "max_requests_per_minute = 20\nbase_url");
    let mut world = World::new(&limited).await;
    world.tick().await;
    for n in 0..40 {
        world.bland.add_call(call(&format!("c{n}"), Ending::Human));
    }
    world.live(900).await;
    assert_eq!(world.told().len(), 40);
    at_most_in_any_minute(&world, 20);
}

#[tokio::test]
async fn requests_that_were_made_before_a_reload_count_for_the_limit_after_it() {
    let limited = EVERYTHING.replace("base_url", "max_requests_per_minute = 20\nbase_url");
    let mut world = World::new(&limited).await;
    world.tick().await;
    for n in 0..40 {
        world.bland.add_call(call(&format!("c{n}"), Ending::Human));
    }
    for _ in 0..12 {
        world.live(50).await;
        world.reload();
    }
    assert_eq!(world.told().len(), 40);
    at_most_in_any_minute(&world, 20);
}

fn at_most_in_any_minute(world: &World, limit: usize) {
    let times: Vec<i64> = world.bland.requests().iter().map(|seen| seen.at).collect();
    for (index, first) in times.iter().enumerate() {
        let within = times[index..].iter().take_while(|at| *at - first < 60_000).count();
        assert!(within <= limit, "{within} requests within a minute");
    }
}

#[tokio::test]
async fn a_clock_that_steps_back_and_forth_loses_nothing_and_repeats_nothing() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    let mut expected = Vec::new();
    for (round, off) in [0, -3_600, 7_200, -86_400, 0, 86_400, 40, -40, 0].into_iter().enumerate() {
        // Calls are on the line while the clock steps, and others begin after it.
        for step in ["before", "after"] {
            let id = format!("{round}-{step}");
            world.bland.add_call(CallSpec { talk: Some(60.0), ..call(&id, Ending::Human) });
            expected.push(format!("call.completed {id} human"));
            world.live(30).await;
            world.set_clock_off(off);
        }
        world.live(200).await;
    }
    world.set_clock_off(0);
    world.live(600).await;
    let mut told = world.told();
    // By a clock that is hours ahead, a call seems to go on for hours.
    told.retain(|event| !event.starts_with("call.stuck"));
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_pause_that_bland_asked_for_outlives_a_restart() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    world.bland.script(Rule::once("/v1/calls*", Fault::Status { code: 429, retry_after: Some(300), body: None }));
    world.live(20).await;
    let asked = world.bland.requests().len();
    world.start().await;
    world.live(240).await;
    assert_eq!(world.bland.requests().len(), asked);
    world.live(60).await;
    assert!(world.bland.requests().len() > asked);
}

#[tokio::test]
async fn what_begins_after_a_clock_was_put_back_is_seen_at_once() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    world.bland.add_call(call("first", Ending::Human));
    world.live(200).await;
    world.set_clock_off(86_400);
    world.live(60).await;
    world.set_clock_off(0);
    world.live(60).await;
    world.bland.add_call(call("second", Ending::Human));
    world.live(120).await;
    assert_eq!(world.told(), ["call.completed first human", "call.completed second human"]);
}

#[tokio::test]
async fn a_clock_that_steps_back_shortens_no_wait_that_was_asked_for() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    world.bland.add_call(call("c1", Ending::Busy));
    world.hook.script([Answer::status(429).header("retry-after", "300")]);
    world.live(60).await;
    assert_eq!(world.hook.requests().len(), 1);
    let asked = world.bland.requests().len();
    world.bland.script(Rule::once("/v1/calls*", Fault::Status { code: 429, retry_after: Some(200), body: None }));
    for off in [0, -3_600, 0, -86_400, -10, 0] {
        world.set_clock_off(off);
        world.live(30).await;
        assert_eq!(world.hook.requests().len(), 1, "told when the clock was off by {off} s");
        assert_eq!(world.bland.requests().len(), asked + 1, "asked when the clock was off by {off} s");
    }
    world.live(300).await;
    let mut told = world.told();
    // The two at the end are due at the same moment.
    told[2..].sort();
    assert_eq!(
        told,
        [
            "call.completed c1 busy",
            "watch.failing account bland",
            "call.completed c1 busy",
            "watch.recovered account bland"
        ]
    );
    assert!(world.bland.requests().len() > asked + 1);
}
