//! A plain webhook: the status is the answer, whatever the body.

use std::time::Duration;

use ringback::notify::{Notifier, Payload, Verdict, config::Kind};

use super::{Builder, LIMIT, SECRET, Stage, faults, verdicts};
use crate::{
    notify::{event, job},
    world::{
        acts::Act,
        receiver::{Answer, Receiver},
    },
};

fn build(builder: &Builder, base: &str, timeout: Duration) -> Notifier {
    let toml = format!(
        "url = \"{base}/hooks/{SECRET}?key={SECRET}\"\ntimeout = \"{}s\"\nheaders = {{ Authorization = \"Bearer {SECRET}\" }}",
        timeout.as_secs()
    );
    builder.build(Kind::Webhook(toml::from_str(&toml).unwrap()))
}

async fn post(notifier: &Notifier) -> Verdict {
    let event = event();
    let payload =
        Payload { content_type: "application/json".to_owned(), body: "{\"type\":\"x\"}".to_owned(), trouble: None };
    notifier.send(&payload, &job(&event)).await
}

async fn table(slow: bool, limit: Duration) -> String {
    let builder = Builder::new();
    let send = async |stage: &Stage| post(&build(&builder, &stage.base, limit)).await;
    verdicts(faults(slow), limit, Receiver::webhook, send).await
}

#[tokio::test]
async fn every_fault_has_its_verdict() {
    insta::assert_snapshot!(table(false, Duration::from_secs(20)).await, @"
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
    half of the body, 200                delivered                answered 200
    half of the body, 500                retry                    answered 500: no, tha
    a length that is too long            delivered                answered 200
    a length that is too short           delivered                answered 200
    a length that is no number           ambiguous                no proper answer came: invalid content-length parsed
    a broken chunk                       delivered                answered 200
    100 MB of headers                    ambiguous                no proper answer came: message head is too large
    100 MB of body, 200                  delivered                answered 200
    100 MB of body, 500                  retry                    answered 500
    100 before the answer                delivered                answered 200
    103 before the answer                delivered                answered 200
    forty 1xx before the answer          delivered                answered 200
    101 that nobody asked for            ambiguous                answered 101, which ends nothing
    301                                  counts                   answered 301: redirects are not followed, write the final address into `url`
    302 to a page to sign in             counts                   answered 302: redirects are not followed, write the final address into `url`
    307                                  counts                   answered 307: redirects are not followed, write the final address into `url`
    308 to itself                        counts                   answered 308: redirects are not followed, write the final address into `url`
    200 with an error inside             delivered                answered 200
    200 with a web page                  delivered                answered 200
    200 without a word                   delivered                answered 200
    200 that repeats secrets             delivered                answered 200
    204                                  delivered                answered 204
    429 that does not say for how long   retry pause 30s          answered 429
    429 for 120 s                        retry pause 120s         answered 429
    429 until a date                     retry pause 1800s        answered 429
    429 until a date in the old form     retry pause 1800s        answered 429
    429 until yesterday                  retry pause 0s           answered 429
    429 for 30 hours                     retry pause 108000s      answered 429
    429 for ever                         retry pause 2592000s     answered 429
    429 for less than nothing            retry pause 30s          answered 429
    429 for nonsense                     retry pause 30s          answered 429
    503 for 120 s                        retry pause 120s         answered 503
    503 that does not say for how long   retry                    answered 503
    400                                  permanent                answered 400: no [secret] for [number], no[secret] [secret] [2J
    401                                  counts                   answered 401: no [secret] for [number], no[secret] [secret] [2J
    403                                  counts                   answered 403
    404                                  counts                   answered 404
    408                                  retry                    answered 408
    410                                  gone                     answered 410; the receiver wants nothing more
    413                                  permanent                answered 413
    422                                  permanent                answered 422
    425                                  retry                    answered 425
    500                                  retry                    answered 500: no [secret] for [number], no[secret] [secret] [2J
    502 with a web page                  retry                    answered 502
    504                                  retry                    answered 504
    a status of no kind                  retry                    answered 799
    ");
}

#[tokio::test]
async fn no_fault_outlasts_the_time_limit() {
    insta::assert_snapshot!(table(true, LIMIT).await, @"
    stalled before the status            ambiguous                no answer in time
    stalled within the headers           ambiguous                no answer in time
    stalled after the headers, 200       delivered                answered 200
    stalled after the headers, 500       retry                    answered 500
    headers that drip                    ambiguous                no answer in time
    a body that drips                    delivered                answered 200
    1xx without end                      ambiguous                no answer in time
    ");
}

#[tokio::test]
async fn what_follows_a_short_answer_is_not_taken_for_the_next_one() {
    let receiver = Receiver::webhook().await;
    let notifier = build(&Builder::new(), &receiver.url(""), LIMIT);
    let smuggled = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n";
    receiver.script([Answer::played([Act::Send(smuggled.into()), Act::GoOn])]);
    for _ in 0..3 {
        assert_eq!(post(&notifier).await.word(), "delivered");
    }
}
