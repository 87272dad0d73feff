//! What is old is pruned, and not told again, however far back a list is read.

use ringback::{
    model::batch::BatchApi,
    simulate::{ending::Ending, plan::CallSpec},
    store::{
        prune::Pruned,
        records::{CallFilter, Change, EventFilter, Follow, FollowKind},
    },
};

use super::EVERYTHING;
use crate::world::story::World;

const MONTH: i64 = 31 * 86_400;

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

async fn calls(world: &mut World) -> usize {
    world.app().store.list_calls(&CallFilter::default()).await.unwrap().len()
}

/// Restarts with a watch that reads the list from long before everything.
async fn look_back(world: &mut World) {
    let further =
        "[[watches]]\nname = \"further back\"\nall_calls = true\nbatches = \"all\"\nsince = \"90d\"\n[[watches]]";
    world.edit("[[watches]]", further);
    world.start().await;
}

#[tokio::test]
async fn what_was_pruned_is_not_told_again_by_a_list_that_reaches_back() {
    let mut world = World::new(&EVERYTHING.replace("all_calls = true", "all_calls = true\nbatches = \"all\"")).await;
    world.bland.add_call(call("before the first start", Ending::Human));
    world.wait(3600);
    world.tick().await;
    world.bland.add_call(call("c1", Ending::Human));
    world.bland.add_call(call("c2", Ending::FailedInCall));
    world.bland.add_batch(BatchApi::V2, "Spring", vec![call("b1", Ending::Busy), call("b2", Ending::Human)]);
    world.live(900).await;
    let told = world.told();
    assert_eq!(told.len(), 6, "{told:?}");
    assert_eq!(world.prune().await, Pruned::default(), "nothing is old yet");
    world.wait(MONTH);
    world.live(100).await;
    let pruned = world.prune().await;
    assert_eq!((pruned.deliveries, pruned.calls, pruned.batches), (6, 5, 1));
    assert_eq!(calls(&mut world).await, 0);
    assert!(world.app().store.list_events(&EventFilter::default()).await.unwrap().is_empty());

    world.start().await;
    world.live(100).await;
    look_back(&mut world).await;
    world.live(300).await;
    assert_eq!(world.told(), told);
    assert_eq!(calls(&mut world).await, 0, "nothing old is kept anew either");
    world.bland.add_call(call("new", Ending::Busy));
    world.live(60).await;
    assert_eq!(world.told().last().map(String::as_str), Some("call.completed new busy"));
    assert_eq!(world.told().len(), 7);
}

#[tokio::test]
async fn what_is_named_by_its_id_is_remembered_as_long_as_it_is_named() {
    let mut world = World::new(EVERYTHING).await;
    let batch = world.bland.add_batch(BatchApi::V2, "Spring", vec![call("b1", Ending::Busy)]);
    world.bland.add_call(call("given", Ending::Human));
    world.edit("all_calls = true", &format!("calls = [\"given\"]\nbatches = [\"{batch}\"]"));
    world.start().await;
    let follow = Follow {
        account: "bland".to_owned(),
        kind: FollowKind::Call,
        id: "added".to_owned(),
        watch: "everything".to_owned(),
        wanted: true,
    };
    world.bland.add_call(call("added", Ending::Busy));
    let now = world.now();
    world.app().store.commit(&Change { follows: vec![follow], ..Change::default() }, now).await.unwrap();
    world.live(900).await;
    let told = world.told();
    assert_eq!(told.len(), 5, "{told:?}");
    world.wait(MONTH);
    let pruned = world.prune().await;
    assert_eq!((pruned.calls, pruned.batches), (2, 0), "the added one, and the call of the batch");
    for _ in 0..2 {
        world.start().await;
        world.live(200).await;
    }
    assert_eq!(world.told(), told);
}

#[tokio::test]
async fn after_a_long_downtime_what_was_not_seen_is_told_although_older_calls_are_pruned() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    world.bland.add_call(call("seen", Ending::Busy));
    world.live(60).await;
    // Placed in the last moment before nobody looks for two months.
    world.bland.add_call(call("last moment", Ending::Busy));
    world.wait(2 * MONTH);
    world.start().await;
    world.prune().await;
    world.live(60).await;
    world.prune().await;
    world.live(60).await;
    assert_eq!(world.told(), ["call.completed seen busy", "call.completed last moment busy"]);
}

#[tokio::test]
async fn calls_that_go_on_for_longer_than_anything_is_kept_are_told_at_their_end() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    let start = world.now() + jiff::SignedDuration::from_secs(MONTH + 600);
    let request = serde_json::Map::from_iter([("start_time".to_owned(), start.to_string().into())]);
    let seconds = 600.0 + 31.0 * 86_400.0;
    world.bland.add_call(CallSpec { starts_after: Some(seconds), request, ..call("planned", Ending::Human) });
    world.bland.add_call(call("c1", Ending::Busy));
    world.live(100).await;
    world.wait(MONTH);
    world.tick().await;
    assert_eq!(world.prune().await.calls, 1);
    world.live(1200).await;
    world.prune().await;
    world.live(100).await;
    assert_eq!(world.told(), ["call.completed c1 busy", "call.completed planned human"]);
}
