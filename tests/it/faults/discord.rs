//! Discord: its own words count for more than the status, and its limits reach further.

use std::time::Duration;

use futures_util::future::join_all;
use ringback::notify::{self, Notifier, Payload, Verdict, config::Kind};
use serde_json::json;

use super::{Builder, SECRET, Stage, faults, line, verdicts};
use crate::{
    notify::{event, job, word},
    world::receiver::{Answer, Receiver},
};

fn build(builder: &Builder, toml: &str) -> Notifier {
    builder.build(Kind::Discord(toml::from_str(toml).unwrap()))
}

fn webhook(builder: &Builder, base: &str) -> Notifier {
    build(builder, &format!("webhook_url = \"{base}/api/webhooks/42/{SECRET}\""))
}

async fn post(discord: &Notifier) -> Verdict {
    let event = event();
    let body = json!({ "embeds": [{ "title": "Call completed" }], "allowed_mentions": { "parse": [] } });
    let payload = Payload { content_type: "application/json".to_owned(), body: body.to_string(), trouble: None };
    discord.send(&payload, &job(&event)).await
}

#[tokio::test]
async fn every_fault_has_its_verdict() {
    let builder = Builder::new();
    let send = async |stage: &Stage| post(&webhook(&builder, &stage.base)).await;
    let table = verdicts(faults(false), Duration::from_secs(30), Receiver::discord, send).await;
    insta::assert_snapshot!(table, @"
    nobody listens                       retry                    cannot connect: Connection refused (os error 111)
    no such host                         retry                    cannot connect: failed to lookup address
    no TLS where it is wanted            retry                    cannot connect: tls handshake eof
    a strange certificate                retry                    cannot connect: invalid peer certificate: UnknownIssuer
    reset before the request             ambiguous                no proper answer came: Connection reset by peer (os error 104)
    closed before the request            ambiguous                no proper answer came: connection closed before message completed
    reset after the request              ambiguous                no proper answer came: Connection reset by peer (os error 104)
    closed after the request             ambiguous                no proper answer came: connection closed before message completed
    half a status line                   ambiguous                no proper answer came: connection closed before message completed
    another protocol                     ambiguous                no proper answer came: invalid HTTP version parsed
    half of the body, 200                delivered                answered 200 and broke off
    half of the body, 500                retry                    Discord answered 500
    a length that is too long            delivered                answered 200 and broke off
    a length that is too short           delivered                answered 200
    a length that is no number           ambiguous                no proper answer came: invalid content-length parsed
    a broken chunk                       delivered                answered 200 and broke off
    100 MB of headers                    ambiguous                no proper answer came: message head is too large
    100 MB of body, 200                  delivered                answered 200 and broke off
    100 MB of body, 500                  retry                    Discord answered 500
    100 before the answer                delivered                answered 200
    103 before the answer                delivered                answered 200
    forty 1xx before the answer          delivered                answered 200
    101 that nobody asked for            ambiguous                Discord answered 101
    301                                  counts                   Discord answered 301: redirects are not followed, write the final address into the config
    302 to a page to sign in             counts                   Discord answered 302: redirects are not followed, write the final address into the config
    307                                  counts                   Discord answered 307: redirects are not followed, write the final address into the config
    308 to itself                        counts                   Discord answered 308: redirects are not followed, write the final address into the config
    200 with an error inside             ambiguous                answered 200 with an error inside, which means neither yes nor no
    200 with a web page                  ambiguous                answered 200 with a web page, which means neither yes nor no
    200 without a word                   delivered                answered 200
    200 that repeats secrets             delivered                answered 200
    204                                  delivered                answered 204
    429 that does not say for how long   retry pause 30s          Discord answered 429, not in Discord's words: perhaps its gateway blocks this address
    429 for 120 s                        retry pause 120s         Discord answered 429, not in Discord's words: perhaps its gateway blocks this address
    429 until a date                     retry pause 1800s        Discord answered 429, not in Discord's words: perhaps its gateway blocks this address
    429 until a date in the old form     retry pause 1800s        Discord answered 429, not in Discord's words: perhaps its gateway blocks this address
    429 until yesterday                  retry pause 0s           Discord answered 429, not in Discord's words: perhaps its gateway blocks this address
    429 for 30 hours                     retry pause 108000s      Discord answered 429, not in Discord's words: perhaps its gateway blocks this address
    429 for ever                         retry pause 2592000s     Discord answered 429, not in Discord's words: perhaps its gateway blocks this address
    429 for less than nothing            retry pause 30s          Discord answered 429, not in Discord's words: perhaps its gateway blocks this address
    429 for nonsense                     retry pause 30s          Discord answered 429, not in Discord's words: perhaps its gateway blocks this address
    503 for 120 s                        retry pause 120s         Discord answered 503
    503 that does not say for how long   retry                    Discord answered 503
    400                                  delivered                sent as plain text, as Discord answered 400
    401                                  counts                   Discord answered 401
    403                                  counts                   Discord answered 403, not in Discord's words: perhaps its gateway blocks this address
    404                                  counts                   Discord answered 404
    408                                  retry                    Discord answered 408
    410                                  gone                     Discord answered 410
    413                                  delivered                sent as plain text, as Discord answered 413
    422                                  delivered                sent as plain text, as Discord answered 422
    425                                  retry                    Discord answered 425
    500                                  retry                    Discord answered 500
    502 with a web page                  retry                    Discord answered 502
    504                                  retry                    Discord answered 504
    a status of no kind                  retry                    Discord answered 799
    ");
}

#[tokio::test]
async fn what_discord_says_has_its_verdict() {
    let says = |status: u16, code: u64, message: &str| {
        Answer::status(status).json(&json!({ "code": code, "message": message }))
    };
    let limited = |body: serde_json::Value| Answer::status(429).header("retry-after", "1").json(&body);
    let cases = [
        ("unknown webhook", says(404, 10015, "Unknown Webhook")),
        ("unknown channel", says(404, 10003, "Unknown Channel")),
        ("invalid webhook token", says(401, 50027, "Invalid Webhook Token")),
        ("bad token", says(401, 0, "401: Unauthorized")),
        ("unknown webhook, in 200", says(200, 10015, "Unknown Webhook")),
        ("no access", says(403, 50001, "Missing Access")),
        ("no permission", says(403, 50013, "Missing Permissions")),
        ("another kind of channel", says(400, 50008, "Cannot send messages in a non-text channel")),
        ("a filter", says(400, 200_000, "Message blocked by AutoMod")),
        ("overload", says(503, 130_000, "API resource is currently overloaded")),
        ("write limit in 400", says(400, 20028, "The write action has hit the rate limit")),
        ("429: body longer than header", limited(json!({ "retry_after": 64.57, "global": false }))),
        ("429: a shared resource", limited(json!({ "retry_after": 30.2 })).header("x-ratelimit-scope", "shared")),
        ("429: global by body", limited(json!({ "retry_after": 30.2, "global": true }))),
        ("429: global by header", limited(json!({ "retry_after": 30.2 })).header("x-ratelimit-global", "true")),
        ("429: global by scope", limited(json!({ "retry_after": 30.2 })).header("x-ratelimit-scope", "global")),
        (
            "429: the gateway's page",
            Answer::status(429).header("retry-after", "600").text("<html>error code: 1015</html>"),
        ),
        ("429: huge", limited(json!({ "retry_after": 1e12 }))),
        ("429: bad", limited(json!({ "retry_after": "soon" }))),
        ("429: past", limited(json!({ "retry_after": -7.5 }))),
    ];
    let builder = Builder::new();
    let lines = join_all(cases.iter().map(async |(name, answer)| {
        let receiver = Receiver::discord().await;
        receiver.script([answer.clone()]);
        line(name, &post(&webhook(&builder, &receiver.url(""))).await)
    }));
    insta::assert_snapshot!(lines.await.join("\n"), @"
    unknown webhook                      gone                     Discord answered 404 code 10015: Unknown Webhook
    unknown channel                      gone                     Discord answered 404 code 10003: Unknown Channel
    invalid webhook token                gone                     Discord answered 401 code 50027: Invalid Webhook Token
    bad token                            gone                     Discord answered 401: 401: Unauthorized
    unknown webhook, in 200              gone                     Discord answered 200 code 10015: Unknown Webhook
    no access                            counts                   Discord answered 403 code 50001: Missing Access
    no permission                        counts                   Discord answered 403 code 50013: Missing Permissions
    another kind of channel              counts                   Discord answered 400 code 50008: Cannot send messages in a non-text channel
    a filter                             permanent                Discord answered 400 code 200000: Message blocked by AutoMod
    overload                             retry                    Discord answered 503 code 130000: API resource is currently overloaded
    write limit in 400                   retry                    Discord answered 400 code 20028: The write action has hit the rate limit
    429: body longer than header         retry pause 60s          Discord answered 429: no reason given
    429: a shared resource               retry pause 30s          Discord answered 429: no reason given
    429: global by body                  retry pause all 30s      Discord answered 429: no reason given
    429: global by header                retry pause all 30s      Discord answered 429: no reason given
    429: global by scope                 retry pause all 30s      Discord answered 429: no reason given
    429: the gateway's page              retry pause all 600s     Discord answered 429, not in Discord's words: perhaps its gateway blocks this address
    429: huge                            retry pause 2592000s     Discord answered 429: no reason given
    429: bad                             retry pause 0s           Discord answered 429: no reason given
    429: past                            retry pause 0s           Discord answered 429: no reason given
    ");
}

#[tokio::test]
async fn nothing_is_sent_any_more_long_before_discord_would_ban_the_address() {
    let receiver = Receiver::discord().await;
    let other = Receiver::discord().await;
    let bot = format!("bot_token = \"{SECRET}\"\nchannel_id = \"7\"\napi_base = \"{}\"", receiver.url("/api/v10"));
    let builder = Builder::new();
    let mut all = vec![webhook(&builder, &receiver.url("")), build(&builder, &bot), webhook(&builder, &other.url(""))];
    notify::share_limits(&mut all);
    assert_eq!(all[0].shared_limit(), all[1].shared_limit());
    assert_ne!(all[0].shared_limit(), all[2].shared_limit());
    let refusal = |n: u16| match n % 3 {
        0 => Answer::status(401),
        1 => Answer::status(403),
        _ => Answer::status(429),
    };
    receiver.script((0..500).map(refusal));
    receiver.script([Answer::status(403)]);
    let shared = || Answer::status(429).header("x-ratelimit-scope", "shared").json(&json!({ "retry_after": 1 }));
    other.script((0..20).map(|_| shared()));
    let mut sent = 0;
    let held_back = loop {
        let verdict = post(&all[sent % 2]).await;
        if verdict.status().is_none() {
            break verdict;
        }
        sent += 1;
    };
    assert_eq!((sent, receiver.requests().len()), (500, 500));
    insta::assert_snapshot!(held_back.note(), @"not sent: Discord refused so many requests of late that more might get this address banned");
    let Verdict::Retry { after: Some(after), pause: notify::Pause::Kind, .. } = held_back else {
        panic!("{held_back:?}")
    };
    let wait = after.duration_since(crate::notify::now()).as_secs();
    assert!((500..=600).contains(&wait), "{wait}");
    assert_eq!(word(&post(&all[1]).await), "retry");
    assert_eq!(receiver.requests().len(), 500);
    // Another API has a count of its own.
    assert_eq!(post(&all[2]).await.status(), Some(429));
}
