//! Servers that take their time: Discord has fifteen seconds, which only a test from inside can shorten.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time,
};

use super::*;
use crate::{
    event::{kind::Kind, sample},
    model::secret::Secret,
    notify::{Post, common::Common},
};

/// The verdict of a notifier with little patience on a server that says this and no more, or drips.
async fn verdict(says: &str, drips: bool) -> Verdict {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api/webhooks/1/t", listener.local_addr().unwrap());
    let config = Config { webhook_url: Some(Secret::new(url)), ..Config::default() };
    let mut discord = Discord::build("ops", &Common::default(), &config).unwrap();
    discord.client = http::client(Duration::from_millis(300)).unwrap();
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap();
        stream.write_all(says.as_bytes()).await.unwrap();
        while !drips || stream.write_all(b"a").await.is_ok() {
            time::sleep(Duration::from_millis(10)).await;
        }
    };
    let event = sample::sample(Kind::CallCompleted, Timestamp::UNIX_EPOCH);
    let job = Job { delivery_id: "d", recipient: "", event: &event, attempt: 1, now: Timestamp::UNIX_EPOCH };
    let payload = Payload { content_type: String::new(), body: "{}".to_owned(), trouble: None };
    let post = Post::default();
    tokio::select! {
        sent = discord.post(&payload, &job, &post) => sent.verdict,
        () = serve => panic!("the client left first"),
    }
}

#[tokio::test]
async fn a_server_that_stalls_or_drips_is_given_up_in_time() {
    let head = |status: &str| format!("HTTP/1.1 {status}\r\ncontent-length: 9999\r\n\r\n");
    for drips in [false, true] {
        for (says, word, note) in [
            (String::new(), "ambiguous", "no answer in time"),
            ("HTTP/1.1 200 OK\r\nx-slow: ".to_owned(), "ambiguous", "no answer in time"),
            (head("200 OK"), "delivered", "answered 200 and broke off"),
            (head("500 No"), "retry", "Discord answered 500"),
        ] {
            let verdict = verdict(&says, drips).await;
            let note =
                if says.is_empty() && drips { "no proper answer came: invalid HTTP version parsed" } else { note };
            assert_eq!((verdict.word(), verdict.note()), (word, note), "{says}");
        }
    }
}
