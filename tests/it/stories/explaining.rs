//! `explain`: the whole story of a call, and what is said where there is none.

use std::process::Command;

use insta::assert_snapshot;
use regex::Regex;
use ringback::{
    app,
    simulate::{ending::Ending, plan::CallSpec},
    watch::explain::{Explanation, Phrase, Sources, explain},
};

use super::EVERYTHING;
use crate::world::{receiver::Answer, story::World};

const ROUTED: &str = r#"
timezone = "Europe/Berlin"
[bland]
api_key = "sk-very-secret"
base_url = "BLAND"
[[watches]]
name = "everything"
all_calls = true
[[watches]]
name = "abroad"
all_calls = true
to = "+49*"
[notifiers.hook.webhook]
url = "HOOK"
[notifiers.desk.webhook]
url = "HOOK"
[[routes]]
name = "starts"
events = ["call.started"]
notify = ["hook"]
[[routes]]
name = "unreached"
events = ["call.completed"]
outcomes = ["busy", "no_answer"]
notify = ["hook"]
[[routes]]
name = "long"
events = ["call.completed"]
when = "call.duration_seconds > 600"
notify = ["desk"]
[[routes]]
name = "hourly"
events = ["call.completed"]
notify = ["desk"]
digest = { every = "1h" }
stop = true
[[routes]]
name = "rest"
events = ["call.*"]
watches = ["abroad"]
notify = ["desk"]
"#;

fn busy(id: &str) -> CallSpec {
    CallSpec {
        id: Some(id.to_owned()),
        ending: Some(Ending::Busy),
        queue: Some(15.0),
        ring: Some(12.0),
        talk: Some(2.0),
        ..CallSpec::default()
    }
}

/// What is said of an id now, by the config that the world runs with.
async fn explained(world: &mut World, id: &str) -> Explanation {
    let (config, now) = (world.config(), world.now());
    let parts = app::assemble(&config).unwrap();
    let teller = app::teller(&config, parts.router, &parts.notifiers);
    let kinds = parts.notifiers.iter().map(|notifier| (notifier.name(), notifier.kind())).collect();
    let (watches, accounts) = (&config.watches, &config.accounts);
    let store = &world.app().store;
    explain(&Sources { store, teller: &teller, watches, accounts, kinds, now }, id).await.unwrap()
}

fn words(phrases: &[Phrase]) -> Vec<String> {
    let word = |phrase: &Phrase| match phrase.at {
        Some(at) => format!("{} {}", phrase.says, at.strftime("%H:%M:%S")),
        None => phrase.says.clone(),
    };
    phrases.iter().map(word).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_story_of_a_call_is_told_on_one_page() {
    let mut world = World::new(ROUTED).await;
    world.tick().await;
    world.bland.add_call(busy("c1"));
    world.hook.script([Answer::status(503), Answer::status(400)]);
    world.live(120).await;
    world.live(3600).await;
    let file = world.write_config();
    let ringback = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
        let output = command.args(["--config", file.to_str().unwrap()]).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, page) = ringback(&["explain", "c1"]);
    assert_eq!(code, Some(0));
    let page = Regex::new(r" +\d+ ms +").unwrap().replace_all(&page, " 7 ms  ");
    assert_snapshot!(page, @r#"
    Times are in Europe/Berlin.

    Call c1 of account bland: final, busy

    What was seen
      2026-03-02 16:00:10  first seen; waiting (queue_status queued, completed false); followed by watch `everything`
      2026-03-02 16:00:20  live (queue_status started, completed false)
      2026-03-02 16:00:30  over (queue_status complete, status busy, completed false); settled: busy
      2026-03-02 16:00:40  over (queue_status complete, status busy, completed true)

    Watches
      everything  follows it: it follows all calls
      abroad      does not: it is only for calls with to = "+49*"

    Event call.started, evt_K4xiQQE3Uq6f80EspNxLqQ, seen 2026-03-02 16:00:20
      starts     yes, it tells hook
      unreached  no, it is not for call.started
      long       no, it is not for call.started
      hourly     no, it is not for call.started
      rest       no, it is not for the watch everything

    Event call.completed (busy), evt_ACwJUqxccuyvdm3bBFkNoA, seen 2026-03-02 16:00:30
      starts     no, it is not for call.completed
      unreached  yes, it tells hook
      long       no, it has a `when` that is false here
      hourly     yes, it tells desk
      rest       no, it was not asked: an earlier route has `stop`

    Delivery of call.started to hook (webhook), dlv_LVZWHJfUdzHy9T0dJ5gd0A
      given up: answered 400; at 2026-03-02 16:00:30
      `ringback deliveries replay dlv_LVZWHJfUdzHy9T0dJ5gd0A` sends it again
        2026-03-02 16:00:20  retry      503 7 ms  answered 503
        2026-03-02 16:00:30  permanent  400 7 ms  answered 400

    Delivery of call.completed to hook (webhook), dlv_eV4SpvW8f7AxnZnPD5N0nw
      delivered at 2026-03-02 16:00:30
        2026-03-02 16:00:30  delivered  204 7 ms  answered 204

    Delivery of digest to desk (webhook), dlv_L9BYCYAlay09xmOq2hQVfw
      delivered in the digest of route `hourly` (1 event) at 2026-03-02 17:00:00
        2026-03-02 17:00:00  delivered  204 7 ms  answered 204

    Told to hook (webhook) at 2026-03-02 16:00:30; told to desk (webhook) in the digest of route `hourly` (1 event) at 2026-03-02 17:00:00.
    "#);
    let (code, json) = ringback(&["explain", "c1", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &json["known"], &json["subjects"][0]["outcome"]), (Some(0), &true.into(), &"busy".into()));
    let delivery = json["deliveries"][0]["id"].as_str().unwrap();
    let event = json["events"][0]["id"].as_str().unwrap();
    for id in [delivery, event] {
        let (code, page) = ringback(&["explain", id]);
        assert!(code == Some(0) && page.contains("Call c1 of account bland") && page.contains(delivery), "{page}");
        assert!(!page.contains("call.completed"), "only what was asked about: {page}");
    }
}

#[tokio::test]
async fn what_is_still_to_come_is_said_with_its_time() {
    let mut world = World::new(ROUTED).await;
    world.tick().await;
    world.bland.add_call(busy("c1"));
    world.live(20).await;
    let waiting = explained(&mut world, "c1").await;
    assert_eq!(waiting.subjects[0].state, "live");
    assert_eq!(
        words(&waiting.subjects[0].waits)[0].split(" from").next(),
        Some("counted as stuck, if it is not over,")
    );
    world.hook.script([Answer::status(503)]);
    world.live(10).await;
    let told = words(&explained(&mut world, "c1").await.conclusion);
    assert!(told[0].starts_with("hook (webhook) is tried again at 15:00:3"), "{told:?}");
    assert_eq!(told[1], "desk (webhook) is told in the digest of route `hourly` (1 event) at 16:00:00");
    world.wait(7200);
    let late = words(&explained(&mut world, "c1").await.conclusion);
    assert!(late[0].starts_with("hook (webhook) is overdue (is `ringback run` running?) since 15:00:3"), "{late:?}");
}

#[tokio::test]
async fn a_failing_and_a_stopped_destination_are_named_with_their_reason() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    world.bland.add_call(busy("c1"));
    world.hook.script(std::iter::repeat_n(Answer::status(503), 5));
    world.live(900).await;
    world.bland.add_call(busy("c2"));
    world.hook.script([Answer::status(410)]);
    world.live(60).await;
    let gone = explained(&mut world, "c2").await;
    let said = words(&gone.deliveries[0].notes).join("\n");
    assert!(
        said.contains("its destination is stopped (answered 410") && said.contains("deliveries replay dlv_"),
        "{said}"
    );
    assert!(words(&gone.conclusion)[0].starts_with("hook (webhook) could not be told (answered 410"), "{said}");
}

#[tokio::test]
async fn nobody_was_told_has_a_reason_each_time() {
    let mut world = World::new(EVERYTHING).await;
    world.bland.add_call(busy("early"));
    world.wait(600);
    world.live(60).await;
    let early = explained(&mut world, "early").await;
    assert_eq!(words(&early.conclusion), ["nobody was told: it was over before the watch began"]);
    assert_eq!(early.subjects[0].seen.len(), 1, "{:?}", early.subjects[0].seen);

    let unknown = explained(&mut world, "nobody").await;
    assert!(!unknown.known);
    let said = words(&unknown.reasons).join("\n");
    assert_snapshot!(said, @"
    watch `everything` tells calls created from 15:10:10
    the list of account `bland` was last read at 15:11:00
    the id may be mistyped, or belong to another account than `bland`
    `ringback add nobody` has it followed and told, whenever it ended
    ");

    world.replace_config(
        "notify = [\"hook\"]",
        "notify = [\"hook\"]\nwatches = [\"nothing\"]\n[[watches]]\nname = \"nothing\"\ncalls = [\"x\"]",
    );
    world.start().await;
    world.bland.add_call(busy("c2"));
    world.live(90).await;
    let unrouted = explained(&mut world, "c2").await;
    assert_eq!(words(&unrouted.conclusion), ["nobody was told: no route matches what happened"]);
    let end = unrouted.events.last().unwrap();
    let said: Vec<&str> = end.routes.iter().map(|route| route.says.as_str()).collect();
    assert_eq!((end.same_routes, said), (Some(true), vec!["is not for the watch everything"]));

    world.replace_config("watches = [\"nothing\"]", "");
    let changed = explained(&mut world, "c2").await;
    assert_eq!(words(&changed.conclusion), ["nobody was told: the routes were others when it happened"]);
}

#[tokio::test]
async fn the_history_of_a_call_says_what_changed_and_never_what_was_said() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    let spec = CallSpec {
        id: Some("c1".to_owned()),
        ending: Some(Ending::Human),
        queue: Some(15.0),
        ring: Some(12.0),
        talk: Some(30.0),
        ..CallSpec::default()
    };
    world.bland.add_call(spec);
    world.live(600).await;
    let story = explained(&mut world, "c1").await;
    let seen: Vec<String> =
        story.subjects[0].seen.iter().map(|seen| format!("{} {}", seen.at.strftime("%M:%S"), seen.says)).collect();
    assert_snapshot!(seen.join("\n"), @"
    00:10 first seen; waiting (queue_status queued, completed false); followed by watch `everything`
    00:20 live (queue_status started, completed false)
    01:10 over (queue_status complete, status completed, completed true); summary came; transcript came
    01:20 answered_by human; settled: human
    ");
    let records = world.app().store.calls("bland", &["c1"]).await.unwrap();
    let before = records[0].history.clone();
    world.live(600).await;
    assert_eq!(world.app().store.calls("bland", &["c1"]).await.unwrap()[0].history, before, "nothing new, no entry");
}
