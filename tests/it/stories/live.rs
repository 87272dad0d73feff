//! Discord messages that change: a batch's live card, corrected calls, and threads by batch.

use ringback::{
    model::batch::BatchApi,
    simulate::{
        ending::Ending,
        plan::{CallSpec, Late},
    },
};
use serde_json::{Value, json};

use crate::world::{
    receiver::{Answer, Receiver, Request},
    story::World,
};

/// All calls and batches of one account, told to a Discord webhook, or by a bot.
fn config(discord: &Receiver, bot: bool, keys: &str) -> String {
    let place = if bot {
        format!("bot_token = \"t\"\nchannel_id = \"77\"\napi_base = \"{}\"", discord.url("/api/v10"))
    } else {
        format!("webhook_url = \"{}\"", discord.url("/api/webhooks/1/t"))
    };
    format!(
        r#"
[bland]
api_key = "sk-very-secret"
base_url = "BLAND"
[[watches]]
name = "everything"
all_calls = true
batches = "all"
[notifiers.ops.discord]
{place}
{keys}
"#
    )
}

async fn world(discord: &Receiver, bot: bool, keys: &str) -> World {
    let mut world = World::new(&config(discord, bot, keys)).await;
    world.tick().await;
    world
}

/// A batch whose calls end one after the other, `apart` seconds each.
fn batch(world: &World, calls: u32, apart: f64) -> String {
    let spec = |n: u32| CallSpec {
        ending: Some(if n % 3 == 2 { Ending::NoAnswer } else { Ending::Busy }),
        queue: Some(f64::from(n) * apart + 1.0),
        ring: Some(1.0),
        talk: Some(1.0),
        ..CallSpec::default()
    };
    world.bland.add_batch(BatchApi::V2, "Spring reminders", (0..calls).map(spec).collect())
}

fn requests(discord: &Receiver, method: &str) -> Vec<Request> {
    discord.requests().into_iter().filter(|request| request.method == method).collect()
}

/// The title of the embed in a message or its change.
fn title(request: &Request) -> String {
    request.json()["embeds"][0]["title"].as_str().unwrap_or_default().to_owned()
}

/// The cards that are shown, oldest first.
fn cards(discord: &Receiver) -> Vec<(String, String, usize)> {
    let shown = discord.guild().shown();
    shown.into_iter().filter(|(_, title, _)| title.contains("Spring") || title.contains("Batch")).collect()
}

const LIVE: &str = "live_batches = true";

/// Only what is about batches.
const BATCHES: &str = "live_batches = true\n[[routes]]\nevents = [\"batch.*\"]\nnotify = [\"ops\"]";

#[tokio::test]
async fn a_batch_is_one_message_that_is_edited_until_it_has_ended() {
    for bot in [false, true] {
        let discord = Receiver::discord().await;
        let mut world = world(&discord, bot, BATCHES).await;
        batch(&world, 12, 15.0);
        world.live(90).await;
        let (posts, changes) = (requests(&discord, "POST"), requests(&discord, "PATCH"));
        assert_eq!(posts.len(), 1, "{:?}", discord.guild().shown());
        assert!(title(&posts[0]).contains("Spring reminders"), "{}", title(&posts[0]));
        assert_eq!(posts[0].json()["flags"], 4096, "it makes no sound");
        assert!((3..=9).contains(&changes.len()), "{}", changes.len());
        let last = changes.last().unwrap().json();
        let facts: Vec<&str> =
            last["embeds"][0]["fields"].as_array().unwrap().iter().filter_map(|field| field["name"].as_str()).collect();
        assert_eq!(facts, ["Pace", "Expected end", "Started"]);

        world.live(300).await;
        assert_eq!(requests(&discord, "POST").len(), 1);
        let shown = cards(&discord);
        assert_eq!(shown.len(), 1);
        assert!(shown[0].1.contains("Batch finished"), "{shown:?}");
        let card = discord.guild().messages[0].json.clone();
        assert!(card["embeds"][0]["description"].as_str().unwrap().contains("**12 calls**"), "{card}");
        assert_eq!(world.open().await, (0, 0));
    }
}

#[tokio::test]
async fn changes_are_merged_and_keep_their_distance() {
    let discord = Receiver::discord().await;
    let mut world = world(&discord, false, BATCHES).await;
    batch(&world, 40, 0.5);
    let mut before = 0;
    for _ in 0..60 {
        world.wait(1);
        world.tick().await;
        let changes = requests(&discord, "PATCH").len();
        assert!(changes <= before + 1, "one at a time");
        before = changes;
    }
    assert!((2..=12).contains(&before), "{before} changes in a minute");
    assert_eq!(requests(&discord, "POST").len(), 1);
    world.live(200).await;
    assert!(cards(&discord)[0].1.contains("Batch finished"));
}

#[tokio::test]
async fn a_card_outlives_restarts_and_is_posted_anew_when_somebody_deletes_it() {
    let discord = Receiver::discord().await;
    let mut world = world(&discord, false, BATCHES).await;
    batch(&world, 20, 15.0);
    world.live(60).await;
    world.start().await;
    world.live(60).await;
    assert_eq!(requests(&discord, "POST").len(), 1, "after a restart it is the same message");
    let id = discord.guild().messages[0].id.clone();
    discord.guild().delete(&id);
    world.live(60).await;
    assert_eq!(requests(&discord, "POST").len(), 2);
    world.live(400).await;
    assert_eq!(requests(&discord, "POST").len(), 2, "the new one is changed from then on");
    assert!(cards(&discord)[0].1.contains("Batch finished"));
    assert_eq!(world.open().await, (0, 0));
}

#[tokio::test]
async fn the_final_state_comes_through_whatever_discord_answers_meanwhile() {
    let discord = Receiver::discord().await;
    let mut world = world(&discord, false, BATCHES).await;
    batch(&world, 6, 10.0);
    world.live(20).await;
    let slow = json!({ "message": "You are being rate limited.", "retry_after": 40.0, "global": false });
    let old = json!({ "code": 30046, "message": "Maximum number of edits to messages older than 1 hour reached" });
    discord.script([Answer::status(500), Answer::status(429).json(&slow), Answer::reset()]);
    world.live(400).await;
    assert_eq!(cards(&discord).len(), 1, "{:?}", discord.guild().shown());
    assert!(cards(&discord)[0].1.contains("Batch finished"));

    // Too many changes of an old message: another takes its place.
    batch(&world, 3, 10.0);
    world.live(20).await;
    discord.script([Answer::status(429).json(&old)]);
    world.live(300).await;
    assert_eq!(requests(&discord, "DELETE").len(), 1);
    assert_eq!(cards(&discord).len(), 2);
    assert!(cards(&discord).iter().all(|(_, title, _)| title.contains("Batch finished")), "{:?}", cards(&discord));
    assert_eq!(world.open().await, (0, 0));
}

#[tokio::test]
async fn a_card_whose_answer_was_lost_is_not_posted_twice_by_a_bot() {
    let discord = Receiver::discord().await;
    let mut world = world(&discord, true, BATCHES).await;
    batch(&world, 6, 15.0);
    world.wait(10);
    world.poll().await;
    // The message is there, and we end before we know.
    discord.lose_next();
    world.deliver().await;
    assert_eq!(discord.guild().shown().len(), 1);
    world.start().await;
    world.live(300).await;
    assert_eq!(discord.guild().shown().len(), 1, "{:?}", discord.guild().shown());
    assert!(requests(&discord, "POST").len() > 1, "it was tried again, with the same nonce");
    assert!(cards(&discord)[0].1.contains("Batch finished"));
}

#[tokio::test]
async fn the_card_stands_for_the_messages_of_start_and_end_unless_somebody_is_mentioned() {
    let discord = Receiver::discord().await;
    let keys = "live_batches = true\nmentions = { \"batch.completed\" = \"<@7>\" }";
    let mut world = world(&discord, false, keys).await;
    batch(&world, 3, 1.0);
    world.live(200).await;
    let finished: Vec<Value> = requests(&discord, "POST")
        .iter()
        .filter(|request| title(request).contains("Batch finished"))
        .map(Request::json)
        .collect();
    assert_eq!(finished.len(), 1, "a change mentions nobody, so that a message does");
    assert_eq!(finished[0]["content"], "<@7>");
    assert_eq!(cards(&discord).len(), 2);
}

#[tokio::test]
async fn while_discord_fails_the_fallback_tells_the_end_and_not_each_step() {
    let discord = Receiver::discord().await;
    let keys = "live_batches = true\nfallback = \"hook\"\n[notifiers.hook.webhook]\nurl = \"HOOK\"\n[[routes]]\nevents = [\"batch.*\"]\nnotify = [\"ops\"]";
    let mut world = world(&discord, false, keys).await;
    batch(&world, 12, 15.0);
    discord.script((0..200).map(|_| Answer::status(503)));
    // A lone change is tried again after minutes; five failures open the breaker.
    world.live(1_500).await;
    let mut told: Vec<String> =
        world.told().into_iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    told.sort();
    assert_eq!(told, ["batch.completed", "notifier.failing"]);
    discord.forget_script();
    world.live(200).await;
    assert_eq!(cards(&discord).len(), 1);
    assert!(cards(&discord)[0].1.contains("Batch finished"));
    assert_eq!(world.open().await, (0, 0));
}

#[tokio::test]
async fn a_corrected_call_changes_its_message_and_posts_none() {
    for bot in [false, true] {
        let discord = Receiver::discord().await;
        let mut world = world(&discord, bot, "transcript = \"attach\"").await;
        let late = Late { answered_by: Some(150.0), ..Late::default() };
        let spec = CallSpec {
            ending: Some(Ending::Voicemail),
            queue: Some(1.0),
            ring: Some(2.0),
            talk: Some(20.0),
            late,
            ..CallSpec::default()
        };
        let id = world.bland.add_call(spec);
        world.live(110).await;
        assert_eq!(requests(&discord, "POST").len(), 1);
        world.live(200).await;
        assert_eq!((requests(&discord, "POST").len(), requests(&discord, "PATCH").len()), (1, 1));
        let message = discord.guild().messages[0].clone();
        let file = message.file.clone().expect("the transcript goes with it");
        assert!(file.contains(&id) && file.lines().count() > 3, "{file}");
        assert!(message.title().contains("Corrected") && message.title().contains("voicemail"), "{}", message.title());
        assert_eq!(world.open().await, (0, 0));

        // Nothing to change is nothing to do.
        discord.guild().delete(&message.id);
        let store = world.app().store.clone();
        let filter =
            ringback::store::outbox::DeliveryFilter { kind: Some("call.corrected".to_owned()), ..Default::default() };
        let now = world.now();
        assert_eq!(store.replay_all(&filter, now, false).await.unwrap().total(), 1);
        world.deliver().await;
        assert_eq!((requests(&discord, "POST").len(), requests(&discord, "PATCH").len()), (1, 2));
        assert_eq!(world.open().await, (0, 0));
    }
}

#[tokio::test]
async fn the_calls_of_a_batch_go_into_a_thread_of_its_own() {
    let keys = format!("{LIVE}\nthread = \"batch\"");
    for (bot, forum) in [(true, false), (false, true)] {
        let discord = Receiver::discord().await;
        discord.guild().forum = forum;
        let mut world = world(&discord, bot, &keys).await;
        batch(&world, 6, 5.0);
        world.live(300).await;
        let threads = discord.guild().threads.clone();
        assert_eq!(threads.len(), 1, "{threads:?}");
        assert_eq!(threads[0].name, "Spring reminders");
        let inside = discord.guild().shown().into_iter().filter(|(channel, ..)| *channel == threads[0].id).count();
        // A forum's thread begins with the card; a bot's hangs on it.
        assert_eq!(inside, if forum { 7 } else { 6 });
        assert_eq!(discord.guild().shown().len(), 7, "{:?}", discord.guild().shown());
        assert_eq!(world.open().await, (0, 0));

        // What is of no batch stays in the channel, or begins a thread of its own in a forum.
        let spec = CallSpec {
            ending: Some(Ending::Busy),
            queue: Some(0.1),
            ring: Some(0.2),
            talk: Some(0.3),
            ..CallSpec::default()
        };
        world.bland.add_call(spec);
        world.live(30).await;
        assert_eq!(discord.guild().threads.len(), if forum { 2 } else { 1 });
        assert_eq!(discord.guild().shown().len(), 8);
        assert_eq!(world.open().await, (0, 0));
    }
}

#[tokio::test]
async fn a_thread_that_is_locked_or_deleted_is_replaced_and_nothing_is_lost() {
    let discord = Receiver::discord().await;
    let mut world = world(&discord, true, "thread = \"batch\"").await;
    batch(&world, 10, 20.0);
    world.live(70).await;
    discord.guild().threads[0].locked = true;
    world.live(60).await;
    assert_eq!(discord.guild().threads.len(), 2);
    discord.guild().threads.remove(1);
    world.live(400).await;
    assert_eq!(world.open().await, (0, 0));
    let calls = discord.guild().shown().iter().filter(|(_, title, _)| !title.contains("Batch")).count();
    assert_eq!(calls, 10, "{:?}", discord.guild().shown());
}

#[tokio::test]
async fn where_there_can_be_no_thread_the_messages_go_into_the_channel() {
    let discord = Receiver::discord().await;
    let mut world = world(&discord, false, "thread = \"batch\"").await;
    batch(&world, 5, 5.0);
    world.live(300).await;
    assert_eq!(discord.guild().threads.len(), 0);
    assert_eq!(discord.guild().shown().len(), 6, "{:?}", discord.guild().shown());
    let refused =
        requests(&discord, "POST").iter().filter(|request| request.json().get("thread_name").is_some()).count();
    assert_eq!(refused, 1, "it is asked for once");
    assert_eq!(world.open().await, (0, 0));
}
