//! Bland's API in trouble: each fault becomes an error, which counts as being blind; what Bland
//! asks for is kept; and nothing is lost.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use ringback::{
    bland::{client::Client, config::Config, error::Error},
    model::secret::Secret,
};

use super::{Fault, SECRET, Scene, TAKEN, assert_clean, faults};
use crate::{
    stories::EVERYTHING,
    world::{
        receiver::{Answer, Receiver},
        story::World,
    },
};

fn now() -> Timestamp {
    crate::notify::now()
}

fn client(base: &str) -> Client {
    let config = Config { api_key: Some(Secret::new(SECRET)), base_url: base.parse().unwrap(), ..Config::default() };
    Client::new(&config).unwrap()
}

/// The error in words, without those of the system's resolver, and how long nothing more may be sent.
async fn outcome(fault: &Fault) -> String {
    let stage = fault.stage(Receiver::bland().await).await;
    let client = client(&stage.base);
    let begun = Instant::now();
    let answer = client.check(now()).await;
    assert!(begun.elapsed() < Duration::from_secs(20), "{}: took {:?}", fault.name, begun.elapsed());
    // The API's answers may be large: up to 32 MiB are read.
    assert!(stage.receiver.flooded() < TAKEN + (32 << 20), "{}: {} bytes", fault.name, stage.receiver.flooded());
    let Err(error) = answer else { return format!("{:36} fine", fault.name) };
    assert_clean(&error.to_string());
    let said = match &error {
        Error::RateLimited { .. } => "Bland asks for fewer requests".to_owned(),
        error => error.to_string(),
    };
    let said = said.split(" information: ").next().unwrap().replace(&stage.base, "BASE");
    format!("{:36} {said}{}", fault.name, pause(&stage.receiver, &client).await)
}

/// The wait that is kept, in tens of seconds: nothing arrives before its end, and something after.
async fn pause(receiver: &Receiver, client: &Client) -> String {
    let before = receiver.requests().len();
    let Err(Error::RateLimited { until: Some(until) }) = client.check(now()).await else { return String::new() };
    client.check(until - SignedDuration::from_secs(1)).await.unwrap_err();
    assert_eq!(receiver.requests().len(), before, "asked before {until}");
    client.check(until).await.unwrap();
    format!(", and is not asked for {} s", until.duration_since(now()).as_secs() / 10 * 10)
}

#[tokio::test]
async fn every_fault_is_an_error_and_waits_are_kept() {
    let table = faults(false);
    let lines = join_all(table.iter().map(outcome)).await;
    insta::assert_snapshot!(lines.join("\n"), @"
    nobody listens                       cannot reach Bland: connecting failed: Connection refused (os error 111)
    no such host                         cannot reach Bland: connecting failed: failed to lookup address
    no TLS where it is wanted            cannot reach Bland: connecting failed: tls handshake eof
    a strange certificate                cannot reach Bland: connecting failed: invalid peer certificate: UnknownIssuer
    reset before the request             cannot reach Bland: Connection reset by peer (os error 104)
    closed before the request            cannot reach Bland: connection closed before message completed
    reset after the request              cannot reach Bland: Connection reset by peer (os error 104)
    closed after the request             cannot reach Bland: connection closed before message completed
    half a status line                   cannot reach Bland: connection closed before message completed
    another protocol                     cannot reach Bland: invalid HTTP version parsed
    half of the body, 200                Bland's answer cannot be read: it breaks off after 8 bytes
    half of the body, 500                Bland answered 500: Internal Server Error
    a length that is too long            Bland's answer cannot be read: it breaks off after 2 bytes
    a length that is too short           Bland's answer cannot be read: it is a text that begins “ok”
    a length that is no number           cannot reach Bland: invalid content-length parsed
    a broken chunk                       Bland's answer cannot be read: it breaks off after 2 bytes
    100 MB of headers                    cannot reach Bland: message head is too large
    100 MB of body, 200                  Bland's answer cannot be read: it is larger than 32 MiB
    100 MB of body, 500                  Bland answered 500: Internal Server Error
    100 before the answer                Bland's answer cannot be read: it is a text that begins “ok”
    103 before the answer                Bland's answer cannot be read: it is a text that begins “ok”
    forty 1xx before the answer          Bland's answer cannot be read: it is a text that begins “ok”
    101 that nobody asked for            Bland answered 101: Switching Protocols
    301                                  fine
    302 to a page to sign in             Bland answered 302: a redirect to http://localhost:1, where the key is not sent; if that is right, set `base_url`
    307                                  fine
    308 to itself                        fine
    200 with an error inside             Bland answered 200 with an error: no
    200 with a web page                  Bland's answer cannot be read: it is a web page titled “Please sign in”
    200 without a word                   Bland's answer cannot be read: it is empty
    200 that repeats secrets             Bland's answer cannot be read: it is a text that begins “no [hidden] for [number], nor [secret] [secret]”
    204                                  Bland's answer cannot be read: it is empty
    429 that does not say for how long   Bland asks for fewer requests
    429 for 120 s                        Bland asks for fewer requests, and is not asked for 120 s
    429 until a date                     Bland asks for fewer requests, and is not asked for 1800 s
    429 until a date in the old form     Bland asks for fewer requests, and is not asked for 1800 s
    429 until yesterday                  Bland asks for fewer requests
    429 for 30 hours                     Bland asks for fewer requests, and is not asked for 108000 s
    429 for ever                         Bland asks for fewer requests, and is not asked for 2592000 s
    429 for less than nothing            Bland asks for fewer requests
    429 for nonsense                     Bland asks for fewer requests
    503 for 120 s                        Bland answered 503: Service Unavailable, and is not asked for 120 s
    503 that does not say for how long   Bland answered 503: Service Unavailable
    400                                  Bland answered 400: a text that begins “no [hidden] for [number], nor [secret] [secret]”
    401                                  Bland refused the API key: a text that begins “no [hidden] for [number], nor [secret] [secret]”
    403                                  Bland refused the API key: Forbidden
    404                                  Bland answered 404: there is no such list at BASE/; is `base_url` right?
    408                                  Bland answered 408: Request Timeout
    410                                  Bland answered 410: Gone
    413                                  Bland answered 413: Payload Too Large
    422                                  Bland answered 422: Unprocessable Entity
    425                                  Bland answered 425: Too Early
    500                                  Bland answered 500: a text that begins “no [hidden] for [number], nor [secret] [secret]”
    502 with a web page                  Bland answered 502: a web page titled “502 Bad Gateway”
    504                                  Bland answered 504: Gateway Timeout
    a status of no kind                  Bland answered 799: no reason given
    ");
}

/// All calls of the account behind `base`, told to the world's webhook.
fn config(base: &str) -> String {
    EVERYTHING.replace("BLAND", base).replace("sk-very-secret", SECRET)
}

/// An account that always answers like this, and then well.
async fn blindness(name: &str, answer: Answer) {
    let bland = Receiver::bland().await;
    bland.script((0..200).map(|_| answer.clone()));
    let mut world = World::new(&config(&bland.url(""))).await;
    world.live(100).await;
    assert_eq!(world.told(), ["watch.failing account bland"], "{name}");
    assert!(!String::from_utf8_lossy(&world.hook.only().body).contains(SECRET), "{name}");
    bland.forget_script();
    // Longer than any wait that was asked for.
    world.wait(31 * 86_400);
    world.tick().await;
    assert_eq!(world.told(), ["watch.failing account bland", "watch.recovered account bland"], "{name}");
}

#[tokio::test]
async fn being_blind_is_told_whatever_the_reason_and_so_is_its_end() {
    let names = [
        "reset after the request",
        "another protocol",
        "half of the body, 200",
        "302 to a page to sign in",
        "200 with an error inside",
        "200 with a web page",
        "200 without a word",
        "429 that does not say for how long",
        "429 for 120 s",
        "429 for ever",
        "503 for 120 s",
        "401",
        "404",
        "500",
    ];
    let told = faults(false).into_iter().filter(|fault| names.contains(&fault.name)).map(async |fault| {
        let Scene::Answers(answer) = fault.scene else { panic!("{} is no answer", fault.name) };
        blindness(fault.name, answer).await;
    });
    assert_eq!(join_all(told).await.len(), names.len());
}

#[tokio::test]
async fn a_pause_of_days_is_looked_at_without_a_request_and_told() {
    let bland = Receiver::bland().await;
    bland.script([Answer::status(429).header("retry-after", "172800")]);
    let mut world = World::new(&config(&bland.url(""))).await;
    let begin = world.now();
    while world.now() < begin + SignedDuration::from_hours(47) {
        let now = world.now();
        let next = world.app().watchers[0].poll_once(now).await.unwrap().next;
        let rest = next.duration_since(now).as_secs();
        assert!((1..=60).contains(&rest), "{rest}");
        world.wait(if bland.requests().len() > 1 { panic!("asked at {now}") } else { rest.max(600) });
    }
    world.deliver().await;
    assert_eq!((world.told(), bland.requests().len()), (vec!["watch.failing account bland".to_owned()], 1));
    world.wait(2 * 3_600);
    world.tick().await;
    assert_eq!(world.told().last().unwrap(), "watch.recovered account bland");
}
