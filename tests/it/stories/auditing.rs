//! The self-audit: holes made behind the program's back are mended once and told once.

use ringback::{
    model::batch::BatchApi,
    simulate::{ending::Ending, plan::CallSpec},
    store::{outbox::State, records::EventFilter},
};

use super::EVERYTHING;
use crate::world::story::World;

const AUDITED: &str = r#"
[bland]
api_key = "sk-very-secret"
base_url = "BLAND"
[[watches]]
name = "everything"
all_calls = true
batches = "all"
[notifiers.hook.webhook]
url = "HOOK"
[[routes]]
events = ["call.completed", "call.failed", "batch.completed", "delivery.missing"]
notify = ["hook"]
"#;

/// A world in which some calls have ended and been told, and an audit is due.
async fn after_calls(config: &str, calls: usize) -> World {
    let mut world = World::new(config).await;
    world.tick().await;
    for n in 0..calls {
        world.bland.add_call(call(&format!("c{n}")));
    }
    for _ in 0..10 {
        world.live(60).await;
        if world.told().len() == calls {
            break;
        }
    }
    assert_eq!(world.told().len(), calls);
    world.wait(120);
    world
}

fn call(id: &str) -> CallSpec {
    CallSpec {
        id: Some(id.to_owned()),
        ending: Some(Ending::Busy),
        queue: Some(1.0),
        ring: Some(2.0),
        talk: Some(2.0),
        ..CallSpec::default()
    }
}

/// One whole pass of the audit, and the deliveries that it causes. Says how many it made.
async fn audit(world: &mut World) -> u64 {
    let mut made = 0;
    loop {
        let now = world.now();
        let audited = world.app().auditor.audit_once(now).await.unwrap();
        made += audited.told.deliveries;
        if audited.complete {
            world.deliver().await;
            return made;
        }
        assert!(audited.next > now);
    }
}

/// What was told since the first `calls`, in short and sorted: different subjects need no order.
fn since(world: &World, calls: usize) -> Vec<String> {
    let mut told = world.told().split_off(calls);
    told.sort();
    told
}

const FORGET_DELIVERY: &str = "DELETE FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE about = 'c1'); \
     DELETE FROM delivery_events WHERE delivery_id IN (SELECT id FROM deliveries WHERE about = 'c1'); \
     DELETE FROM deliveries WHERE about = 'c1'";

#[tokio::test]
async fn where_nothing_is_missing_nothing_is_said() {
    let mut world = after_calls(AUDITED, 3).await;
    for _ in 0..3 {
        assert_eq!(audit(&mut world).await, 0);
        world.live(600).await;
    }
    assert_eq!(world.told().len(), 3);
}

#[tokio::test]
async fn a_lost_delivery_is_made_again_once_and_told_once() {
    let mut world = after_calls(AUDITED, 3).await;
    world.sql(FORGET_DELIVERY).await;
    assert_eq!(audit(&mut world).await, 2);
    let said = since(&world, 3);
    let about = EventFilter { about: Some("c1".to_owned()), ..EventFilter::default() };
    let id = world.app().store.list_events(&about).await.unwrap().remove(0).id;
    assert_eq!(said, ["call.completed c1 busy".to_owned(), format!("delivery.missing event {id}")]);
    let told = world.events().pop().unwrap();
    assert_eq!(told["data"]["problem"]["reason"], "call.completed of c1 had not been given to hook");
    assert_eq!(told["severity"], "error");
    for _ in 0..2 {
        world.live(600).await;
        assert_eq!(audit(&mut world).await, 0);
    }
    assert_eq!(world.told().len(), 5);
    assert_eq!(world.open().await, (0, 0));
}

#[tokio::test]
async fn a_great_loss_is_mended_wholly_and_told_in_few_words() {
    let mut world = after_calls(AUDITED, 130).await;
    world.sql("DELETE FROM attempts; DELETE FROM delivery_events; DELETE FROM deliveries").await;
    // A hundred events are one step.
    assert_eq!(audit(&mut world).await, 132);
    let said = since(&world, 130);
    assert_eq!(said.iter().filter(|line| line.starts_with("call.completed")).count(), 130);
    let problems: Vec<&String> = said.iter().filter(|line| line.starts_with("delivery.missing")).collect();
    assert_eq!(problems, ["delivery.missing 100 events", "delivery.missing 30 events"]);
}

#[tokio::test]
async fn a_lost_event_into_a_digest_joins_the_next_one() {
    let digest = AUDITED.replace("notify = [\"hook\"]", "notify = [\"hook\"]\ndigest = { every = \"1h\" }");
    let mut world = World::new(&digest).await;
    world.tick().await;
    world.bland.add_call(call("c1"));
    world.bland.add_call(call("c2"));
    world.live(60).await;
    world.wait(120);
    world.sql("DELETE FROM delivery_events WHERE event_id IN (SELECT id FROM events WHERE about = 'c1')").await;
    audit(&mut world).await;
    world.live(3600).await;
    let digest = world.events().remove(0);
    let mut about: Vec<String> = digest["data"]["digest"]["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect();
    about.sort();
    assert_eq!(about, ["call.completed", "call.completed", "delivery.missing"]);
}

#[tokio::test]
async fn an_end_that_was_never_written_is_told_from_what_is_known() {
    let mut world = after_calls(AUDITED, 2).await;
    world.sql(&format!("{FORGET_DELIVERY}; DELETE FROM events WHERE about = 'c1'")).await;
    audit(&mut world).await;
    assert_eq!(since(&world, 2), ["call.completed c1 busy", "delivery.missing call c1"]);
    let events = world.events();
    let mut ids: Vec<_> =
        events.iter().filter(|event| event["data"]["call"]["id"] == "c1").map(|event| &event["id"]).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "the same fact has the same id");
    world.live(600).await;
    assert_eq!(audit(&mut world).await, 0);
    assert_eq!(world.told().len(), 4);
}

#[tokio::test]
async fn a_complete_batch_that_nobody_heard_of_is_told() {
    let mut world = World::new(AUDITED).await;
    world.tick().await;
    let id = world.bland.add_batch(BatchApi::V2, "Spring", vec![call("c1"), call("c2")]);
    world.live(300).await;
    let told = world.told().len();
    assert_eq!(world.told().last(), Some(&format!("batch.completed {id}")));
    world.sql(&FORGET_DELIVERY.replace("c1", &id)).await;
    world.sql(&format!("DELETE FROM events WHERE about = '{id}'")).await;
    audit(&mut world).await;
    assert_eq!(since(&world, told), [format!("batch.completed {id}"), format!("delivery.missing batch {id}")]);
    world.live(600).await;
    assert_eq!(audit(&mut world).await, 0);
}

#[tokio::test]
async fn other_routes_than_at_the_time_are_no_hole() {
    let mut world = after_calls(AUDITED, 2).await;
    let more = "notify = [\"hook\", \"desk\"]\n[notifiers.desk.webhook]\nurl = \"HOOK\"";
    world.replace_config("notify = [\"hook\"]", more);
    world.start().await;
    assert_eq!(audit(&mut world).await, 0);
    world.sql(FORGET_DELIVERY).await;
    world.live(600).await;
    assert_eq!(audit(&mut world).await, 0, "who was to be told then is not known any more");
}

#[tokio::test]
async fn what_was_over_before_the_watch_began_is_no_hole() {
    let mut world = World::new(EVERYTHING).await;
    world.bland.add_call(call("early"));
    world.wait(600);
    world.live(60).await;
    world.wait(120);
    assert_eq!(audit(&mut world).await, 0);
    assert_eq!(world.told(), [""; 0]);
    let calls = world.app().store.calls("bland", &["early"]).await.unwrap();
    assert!(calls[0].outcome.is_some(), "it is remembered as over");
}

#[tokio::test]
async fn a_hole_in_what_tells_of_holes_is_mended_without_more_words() {
    let mut world = after_calls(AUDITED, 2).await;
    world.sql(FORGET_DELIVERY).await;
    audit(&mut world).await;
    world.wait(120);
    let all = "DELETE FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE kind = 'delivery.missing'); \
         DELETE FROM delivery_events WHERE delivery_id IN (SELECT id FROM deliveries WHERE kind = 'delivery.missing'); \
         DELETE FROM deliveries WHERE kind = 'delivery.missing'";
    world.sql(all).await;
    assert_eq!(audit(&mut world).await, 1);
    let events = world.app().store.list_events(&EventFilter::default()).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.kind.as_str() == "delivery.missing").count(), 1);
    let rows = world.app().store.deliveries(&Default::default()).await.unwrap();
    assert!(rows.iter().all(|row| row.state == State::Delivered));
}

#[tokio::test]
async fn an_audit_goes_on_where_the_last_process_stopped() {
    let mut world = after_calls(AUDITED, 2).await;
    audit(&mut world).await;
    world.wait(1800);
    audit(&mut world).await;
    // What had been audited long before is not looked at again.
    world.sql(FORGET_DELIVERY).await;
    world.start().await;
    world.poll().await;
    assert_eq!(audit(&mut world).await, 0);
}
