//! Receivers in trouble: what is tried again, when, and with which bytes.

use ringback::{
    simulate::{ending::Ending, plan::CallSpec},
    store::outbox::{DeliveryFilter, State},
};

use super::EVERYTHING;
use crate::world::{receiver::Answer, story::World};

/// A world in which one call has just ended and nothing has been delivered yet.
async fn one_call(config: &str) -> World {
    let mut world = World::new(config).await;
    world.tick().await;
    add(&world, "c1");
    for _ in 0..6 {
        world.wait(10);
        world.poll().await;
    }
    world
}

fn add(world: &World, id: &str) {
    let spec = CallSpec {
        id: Some(id.to_owned()),
        ending: Some(Ending::Busy),
        queue: Some(1.0),
        ring: Some(2.0),
        talk: Some(2.0),
        ..CallSpec::default()
    };
    world.bland.add_call(spec);
}

fn ids(world: &World) -> Vec<String> {
    let id = |headers: &[(String, String)]| headers.iter().find(|(name, _)| name == "webhook-id").unwrap().1.clone();
    world.hook.requests().iter().map(|request| id(&request.headers)).collect()
}

#[tokio::test]
async fn a_failing_receiver_is_tried_again_on_schedule_with_the_same_bytes() {
    let mut world = one_call(EVERYTHING).await;
    world.hook.script([Answer::status(500), Answer::status(503), Answer::reset()]);
    world.deliver().await;
    assert_eq!(world.hook.requests().len(), 1);
    world.wait(4);
    world.deliver().await;
    assert_eq!(world.hook.requests().len(), 1, "the second try comes after five seconds");
    world.wait(3);
    world.deliver().await;
    assert_eq!(world.hook.requests().len(), 2);
    world.wait(40);
    world.deliver().await;
    world.wait(200);
    world.deliver().await;
    let requests = world.hook.requests();
    assert_eq!(requests.len(), 4);
    assert!(requests.iter().all(|request| request.body == requests[0].body));
    assert!(ids(&world).iter().all(|id| *id == ids(&world)[0]));
    let rows = world.app().store.deliveries(&DeliveryFilter::default()).await.unwrap();
    assert_eq!(
        (rows[0].state, rows[0].attempts, rows[0].ambiguous),
        (State::Delivered, 4, true),
        "a reset may have arrived"
    );
}

#[tokio::test]
async fn too_many_requests_pause_the_whole_destination() {
    let mut world = one_call(EVERYTHING).await;
    world.hook.script([Answer::status(429).header("retry-after", "120")]);
    world.deliver().await;
    add(&world, "c2");
    world.live(100).await;
    assert_eq!(world.hook.requests().len(), 1, "nothing is sent before the time that was asked for");
    world.live(60).await;
    // The fresh one comes before the one that is tried again.
    assert_eq!(world.told(), ["call.completed c1 busy", "call.completed c2 busy", "call.completed c1 busy"]);
}

#[tokio::test]
async fn a_receiver_in_trouble_is_asked_by_one_request_and_not_by_many() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    for n in 0..12 {
        add(&world, &format!("c{n}"));
    }
    for _ in 0..3 {
        world.wait(10);
        world.poll().await;
    }
    world.hook.script([Answer::status(429).header("retry-after", "60")]);
    world.deliver().await;
    assert_eq!(world.hook.requests().len(), 1);
    world.wait(70);
    world.deliver().await;
    assert_eq!(world.hook.requests().len(), 13);
}

#[tokio::test]
async fn a_refusal_is_dead_at_once_and_can_be_replayed() {
    let mut world = one_call(EVERYTHING).await;
    world.hook.script([Answer::status(400)]);
    world.deliver().await;
    assert_eq!(world.open().await, (0, 1));
    let row = world.app().store.deliveries(&DeliveryFilter::default()).await.unwrap().remove(0);
    assert!(row.reason.as_deref().unwrap().contains("400"), "{:?}", row.reason);
    let now = world.now();
    world.app().store.replay(&[&row.id], now, false).await.unwrap();
    world.deliver().await;
    let requests = world.hook.requests();
    assert_eq!((requests.len(), requests[0].body == requests[1].body), (2, true));
    assert_eq!(world.open().await, (0, 0));
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone() {
    let mut world = one_call(EVERYTHING).await;
    world.hook.script([Answer::status(410)]);
    world.deliver().await;
    add(&world, "c2");
    world.live(100).await;
    assert_eq!(world.hook.requests().len(), 1);
    assert_eq!(world.open().await, (0, 2));
}

#[tokio::test]
async fn a_send_without_an_answer_is_held_back_where_that_is_asked_for() {
    let config = EVERYTHING.replace("url = \"HOOK\"", "url = \"HOOK\"\nambiguous = \"hold\"");
    let mut world = one_call(&config).await;
    world.hook.script([Answer::closed()]);
    world.deliver().await;
    world.live(600).await;
    assert_eq!(world.hook.requests().len(), 1);
    let row = world.app().store.deliveries(&DeliveryFilter::default()).await.unwrap().remove(0);
    assert!(row.state == State::Dead && row.reason.as_deref().unwrap().starts_with("held, as it may have arrived"));
}

#[tokio::test]
async fn a_process_that_dies_between_the_answer_and_the_commit_repeats_with_the_same_id() {
    let mut world = one_call(EVERYTHING).await;
    let (deliverer, now) = (world.app().deliverer.clone(), world.now());
    {
        let round = deliverer.deliver_once(now);
        tokio::pin!(round);
        tokio::select! {
            _ = &mut round => panic!("the receiver must be asked first"),
            () = world.hook.arrived(1) => {}
        }
    }
    // With the last handle on the store gone, its lock is too.
    drop(deliverer);
    world.start().await;
    // On a database that others may share, the dead one's lease has to end first.
    world.wait(120);
    world.deliver().await;
    let ids = ids(&world);
    assert_eq!((ids.len(), ids[0] == ids[1]), (2, true));
    assert_eq!(world.open().await, (0, 0));
}

#[tokio::test]
async fn without_transcripts_the_store_holds_none_and_messages_still_have_a_summary() {
    let config = format!("{EVERYTHING}\n[store]\ntranscripts = false\n");
    let mut world = World::new(&config).await;
    world.tick().await;
    let spec = CallSpec {
        ending: Some(Ending::Human),
        queue: Some(1.0),
        ring: Some(2.0),
        talk: Some(30.0),
        ..CallSpec::default()
    };
    let id = world.bland.add_call(spec);
    world.live(300).await;
    let call = world.events().remove(0)["data"]["call"].clone();
    assert_eq!(call["transcript"], serde_json::json!([]));
    assert!(call["summary"].is_string());
    let first = world.bland.record(&id).unwrap()["transcripts"][0]["text"].as_str().unwrap().to_owned();
    assert!(!world.database().contains(&first), "the store holds `{first}`");
}
