//! First starts, restarts and downtimes: what is told, and what was there before.

use ringback::{
    model::batch::BatchApi,
    simulate::{ending::Ending, plan::CallSpec},
    store::records::{Change, Follow, FollowKind},
};

use super::EVERYTHING;
use crate::world::story::World;

fn call(id: &str, ending: Ending, talk: f64) -> CallSpec {
    CallSpec {
        id: Some(id.to_owned()),
        ending: Some(ending),
        queue: Some(1.0),
        ring: Some(2.0),
        talk: Some(talk),
        ..CallSpec::default()
    }
}

#[tokio::test]
async fn calls_that_were_over_are_remembered_and_live_ones_are_told() {
    let mut world = World::new(EVERYTHING).await;
    world.bland.add_call(call("over", Ending::Human, 10.0));
    world.wait(600);
    world.bland.add_call(call("live", Ending::Human, 60.0));
    world.wait(10);
    world.live(200).await;
    assert_eq!(world.told(), ["call.completed live human"]);
}

#[tokio::test]
async fn a_call_placed_long_ago_for_later_is_followed_from_the_first_start() {
    let mut world = World::new(EVERYTHING).await;
    let start = world.now() + jiff::SignedDuration::from_hours(30);
    let request = serde_json::Map::from_iter([("start_time".to_owned(), start.to_string().into())]);
    let later = CallSpec { starts_after: Some(30.0 * 3600.0), request, ..call("planned", Ending::Human, 20.0) };
    world.bland.add_call(later);
    world.wait(29 * 3600);
    world.tick().await;
    for _ in 0..120 {
        world.wait(60);
        world.tick().await;
    }
    assert_eq!(world.told(), ["call.completed planned human"]);
}

#[tokio::test]
async fn since_reports_earlier_calls_too() {
    let mut world = World::new(&EVERYTHING.replace("all_calls = true", "all_calls = true\nsince = \"1h\"")).await;
    world.bland.add_call(call("old", Ending::Human, 10.0));
    world.wait(7200);
    world.bland.add_call(call("recent", Ending::Voicemail, 10.0));
    world.wait(600);
    world.live(200).await;
    assert_eq!(world.told(), ["call.completed recent voicemail"]);
}

#[tokio::test]
async fn a_downtime_neither_loses_nor_repeats() {
    let mut world = World::new(EVERYTHING).await;
    world.tick().await;
    world.bland.add_call(call("before", Ending::Human, 10.0));
    world.bland.add_call(call("across", Ending::Busy, 1000.0));
    world.live(200).await;
    // Nobody looks for five hours, in which calls begin and end.
    world.wait(3600);
    world.bland.add_call(call("meanwhile", Ending::FailedInQueue, 10.0));
    world.wait(4 * 3600);
    world.start().await;
    world.live(200).await;
    world.start().await;
    world.live(100).await;
    let mut told = world.told();
    told.sort();
    assert_eq!(told, ["call.completed across busy", "call.completed before human", "call.failed meanwhile failed"]);
}

#[tokio::test]
async fn pages_that_are_short_overlap_and_lack_a_total_hide_no_call() {
    for (total_count, overlap) in [(true, 0), (true, 3), (false, 0), (false, 3)] {
        let mut world = World::new(EVERYTHING).await;
        world.bland.change(|account| {
            account.total_count = total_count;
            account.overlap = overlap;
            account.page_cap = Some(7);
        });
        world.tick().await;
        for n in 0..30 {
            world.bland.add_call(call(&format!("c{n}"), Ending::Busy, 5.0));
        }
        world.live(120).await;
        assert_eq!(world.told().len(), 30, "total {total_count}, overlap {overlap}");
    }
}

#[tokio::test]
async fn a_batch_is_told_once_with_its_calls_and_totals() {
    let config = EVERYTHING.replace("all_calls = true", "batches = \"all\"");
    for api in [BatchApi::V2, BatchApi::V1] {
        let mut world = World::new(&config).await;
        world.tick().await;
        world.wait(10);
        let endings = [Ending::Human, Ending::Voicemail, Ending::FailedInCall, Ending::NoAnswer, Ending::Human];
        let specs = endings.into_iter().enumerate().map(|(n, ending)| call(&format!("b{n}"), ending, 20.0)).collect();
        let id = world.bland.add_batch(api, "Spring", specs);
        world.live(900).await;
        let mut told = world.told();
        assert_eq!(told.len(), 7, "{told:?}");
        assert_eq!(told[0], format!("batch.started {id}"));
        // What is sent at the same time may overtake the last of its calls, and never comes twice.
        told.retain(|what| what.starts_with("batch.completed"));
        assert_eq!(told, [format!("batch.completed {id}")]);
        let of_end = world.events().into_iter().find(|event| event["type"] == "batch.completed").unwrap();
        let batch = of_end["data"]["batch"].clone();
        assert_eq!((&batch["total"], &batch["finished"], &batch["percent"]), (&5.into(), &5.into(), &100.into()));
        assert_eq!((&batch["outcomes"]["human"], &batch["outcomes"]["failed"]), (&2.into(), &1.into()));
        assert_eq!(batch["failed_calls"][0]["id"], "b2");
        assert_eq!(batch["description"], "Spring");
    }
}

#[tokio::test]
async fn ids_can_be_added_and_removed_while_it_runs() {
    let config = EVERYTHING.replace("all_calls = true", "calls = [\"given\"]");
    let mut world = World::new(&config).await;
    for id in ["given", "added", "removed"] {
        world.bland.add_call(call(id, Ending::Human, 100.0));
    }
    let batch = world.bland.add_batch(BatchApi::V2, "Later", vec![call("in-batch", Ending::Busy, 5.0)]);
    world.tick().await;
    let follow = |id: &str, wanted| Follow {
        account: "bland".to_owned(),
        kind: FollowKind::Either,
        id: id.to_owned(),
        watch: "everything".to_owned(),
        wanted,
    };
    let follows = vec![follow("added", true), follow("removed", true), follow(&batch, true)];
    let now = world.now();
    world.app().store.commit(&Change { follows, ..Change::default() }, now).await.unwrap();
    world.live(20).await;
    let follows = vec![follow("removed", false)];
    let now = world.now();
    world.app().store.commit(&Change { follows, ..Change::default() }, now).await.unwrap();
    world.live(400).await;
    let mut told: Vec<String> = world.told().into_iter().filter(|what| !what.starts_with("batch.started")).collect();
    told.sort();
    assert_eq!(
        told,
        [
            format!("batch.completed {batch}"),
            "call.completed added human".to_owned(),
            "call.completed given human".to_owned(),
            "call.completed in-batch busy".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_batch_given_by_id_is_told_whole_although_the_list_showed_its_calls_before() {
    let mut world = World::new(EVERYTHING).await;
    let specs = vec![call("b1", Ending::Busy, 5.0), call("b2", Ending::FailedInCall, 5.0)];
    let batch = world.bland.add_batch(BatchApi::V2, "Over", specs);
    world.wait(600);
    world.edit("all_calls = true", &format!("all_calls = true\nbatches = [\"{batch}\"]"));
    world.start().await;
    world.live(300).await;
    let mut told = world.told();
    told.sort();
    assert_eq!(
        told,
        [format!("batch.completed {batch}"), "call.completed b1 busy".to_owned(), "call.failed b2 failed".to_owned()]
    );
}
