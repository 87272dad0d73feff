//! A person is forgotten while the service runs, and nothing of them comes back.

use ringback::{
    model::batch::BatchApi,
    simulate::{
        ending::Ending,
        faults::{Fault, Rule},
        plan::CallSpec,
    },
    store::forget::{Bytes, Forgotten, Whom},
};
use serde_json::Value;

use super::EVERYTHING;
use crate::world::{receiver::Receiver, story::World};

const PERSON: &str = "+13035550137";
const OTHER: &str = "+16125550142";

fn call(id: &str, ending: Ending, to: &str, talk: f64) -> CallSpec {
    CallSpec {
        id: Some(id.to_owned()),
        ending: Some(ending),
        to: Some(to.to_owned()),
        scenario: Some("interview_schedule".to_owned()),
        queue: Some(1.0),
        ring: Some(2.0),
        talk: Some(talk),
        ..CallSpec::default()
    }
}

/// What `ringback forget` does, in a process of its own.
async fn forget(world: &World, text: &str) -> Forgotten {
    let whom = Whom { numbers: vec![text.parse().unwrap()], ids: vec![] };
    let store = world.other_process().await;
    let forgotten = store.forget(&whom, &[], false, world.now()).await.unwrap();
    let again = store.forget(&whom, &[], false, world.now()).await.unwrap();
    assert!(again.is_nothing(), "{again:?}");
    assert!(matches!(store.wipe().await.unwrap(), Bytes::Gone | Bytes::UntilVacuum));
    store.close().await;
    forgotten
}

/// What was said in the first call and not in the second, and whatever else is known of its person.
fn private(world: &World, of: &str, not_of: &str) -> Vec<String> {
    let (theirs, others) = (world.bland.record(of).unwrap(), world.bland.record(not_of).unwrap().to_string());
    let turns = theirs["transcripts"].as_array().unwrap().iter().map(|turn| &turn["text"]);
    let known = theirs["variables"].as_object().unwrap().values().chain([&theirs["summary"]]);
    let texts = turns.chain(known).filter_map(Value::as_str).filter(|text| text.chars().count() > 6);
    let mut words: Vec<String> = texts.filter(|text| !others.contains(*text)).map(str::to_owned).collect();
    words.push(PERSON.trim_start_matches('+').to_owned());
    words
}

fn held<'w>(world: &World, words: &'w [String]) -> Vec<&'w String> {
    let database = world.database();
    words.iter().filter(|word| database.contains(word.as_str())).collect()
}

#[tokio::test]
async fn a_person_is_gone_from_every_byte_and_the_others_are_still_there() {
    let chat = Receiver::discord().await;
    let url = chat.url("/api/webhooks/1/t");
    let config = EVERYTHING
        .replace("all_calls = true", "all_calls = true\nbatches = \"all\"")
        .replace("[[routes]]", &format!("[notifiers.chat.discord]\nwebhook_url = \"{url}\"\n[[routes]]"))
        .replace("notify = [\"hook\"]", "notify = [\"hook\", \"chat\"]");
    let mut world = World::new(&config).await;
    world.tick().await;
    world.bland.add_call(call("theirs", Ending::Human, PERSON, 30.0));
    world.bland.add_call(call("another's", Ending::Human, OTHER, 30.0));
    let specs = vec![call("b1", Ending::FailedInCall, PERSON, 5.0), call("b2", Ending::FailedInCall, OTHER, 5.0)];
    world.bland.add_batch(BatchApi::V2, "Spring", specs);
    world.live(900).await;
    world.bland.add_call(call("live", Ending::Human, PERSON, 400.0));
    world.live(60).await;
    let told = world.told();
    let theirs = private(&world, "theirs", "another's");
    let others = private(&world, "another's", "theirs");
    if world.other_process().await.wipe().await.unwrap() == Bytes::Gone {
        assert!(theirs.len() > 5 && held(&world, &theirs).len() == theirs.len(), "{theirs:?}");
    }

    let forgotten = forget(&world, "+1 (303) 555-0137").await;
    assert_eq!(forgotten.calls.iter().collect::<Vec<_>>(), ["b1", "live", "theirs"]);
    assert_eq!((forgotten.calls_followed, forgotten.events, forgotten.batch_events), (1, 5, 1));
    assert_eq!((forgotten.cancelled.len(), forgotten.sent.len()), (0, 6), "{:?}", forgotten.sent);
    let with_id = forgotten.sent.iter().filter(|message| message.notifier == "chat" && message.remote_id.is_some());
    assert_eq!(with_id.count(), 3, "two calls and the batch");
    assert_eq!(held(&world, &theirs), Vec::<&String>::new());

    world.live(600).await;
    world.start().await;
    world.live(60).await;
    let further = "[[watches]]\nname = \"further back\"\nall_calls = true\nsince = \"30d\"\n[[watches]]";
    world.edit("[[watches]]", further);
    world.start().await;
    world.live(120).await;
    assert_eq!(world.told(), told);
    assert_eq!(held(&world, &theirs), Vec::<&String>::new());
    let left = world.database();
    if !left.is_empty() {
        assert!(
            others.iter().filter(|text| !text.contains(PERSON.trim_start_matches('+'))).all(|text| left.contains(text))
        );
        assert!(left.contains(OTHER));
    }
    world.bland.add_call(call("later", Ending::Busy, PERSON, 5.0));
    world.live(60).await;
    assert_eq!(world.told().last().map(String::as_str), Some("call.completed later busy"), "a new call is news");
}

#[tokio::test]
async fn what_a_poll_has_in_hand_is_not_written_back() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    world.bland.add_call(call("theirs", Ending::Human, PERSON, 20.0));
    world.live(20).await;
    world.wait(20);
    world.bland.forget_requests();
    world.bland.script(Rule::always("/v1/calls/theirs", Fault::Slow { millis: 400 }));
    let mut watcher = world.app().watchers.remove(0);
    let now = world.now();
    let forgetting = async {
        while !world.bland.requests().iter().any(|request| request.path.ends_with("/theirs")) {
            tokio::task::yield_now().await;
        }
        forget(&world, PERSON).await
    };
    let (polled, forgotten) = tokio::join!(watcher.poll_once(now), forgetting);
    assert_eq!((polled.unwrap().told.deliveries, forgotten.calls_followed), (0, 1));
    assert!(!world.database().contains(PERSON.trim_start_matches('+')));
    world.app().watchers.push(watcher);
    world.live(200).await;
    assert_eq!(world.told(), Vec::<String>::new());
    assert!(!world.database().contains(PERSON.trim_start_matches('+')));
}

#[tokio::test]
async fn messages_that_wait_are_cancelled() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    world.bland.add_call(call("theirs", Ending::Busy, PERSON, 5.0));
    world.bland.add_call(call("another's", Ending::Busy, OTHER, 5.0));
    for _ in 0..6 {
        world.wait(10);
        world.poll().await;
    }
    assert_eq!(world.open().await.0, 2);
    let forgotten = forget(&world, PERSON).await;
    assert_eq!((forgotten.cancelled.len(), forgotten.sent.len(), forgotten.deliveries), (1, 0, 1));
    world.live(60).await;
    assert_eq!(world.told(), ["call.completed another's busy"]);
    assert_eq!(world.open().await, (0, 0));
}

#[tokio::test]
async fn a_digest_is_told_without_the_person() {
    let config = EVERYTHING.replace("notify = [\"hook\"]", "notify = [\"hook\"]\ndigest = { every = \"1h\" }");
    let mut world = World::new(&config).await;
    world.tick().await;
    for (id, to) in [("theirs", PERSON), ("another's", OTHER), ("a third's", OTHER)] {
        world.bland.add_call(call(id, Ending::Busy, to, 5.0));
    }
    world.live(60).await;
    let forgotten = forget(&world, PERSON).await;
    assert_eq!((forgotten.rewritten.len(), forgotten.cancelled.len(), forgotten.deliveries), (1, 0, 0));
    world.live(3600).await;
    let digest = world.events().remove(0)["data"]["digest"].clone();
    assert_eq!((&digest["total"], &digest["outcomes"]["busy"]), (&2.into(), &2.into()));
    assert!(!digest.to_string().contains(PERSON) && !world.database().contains(PERSON.trim_start_matches('+')));
    let forgotten = forget(&world, OTHER).await;
    assert_eq!((forgotten.calls.len(), forgotten.sent.len()), (2, 1));
    assert!(!world.database().contains(OTHER.trim_start_matches('+')), "the words of what was sent are gone too");
}
