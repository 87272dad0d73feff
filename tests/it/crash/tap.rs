//! A proxy in front of each fake server: it writes down what goes through, and holds an exchange at a kill point.
//!
//! The fakes behind it stay as they are, and so does the product: to both it is a plain connection.

use std::sync::Arc;

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use super::{
    ledger::{Ledger, Life},
    trap::{Place, Step, Trap},
};

/// What all taps share.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    pub(crate) trap: Trap,
    pub(crate) ledger: Ledger,
}

/// Who is behind the tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behind {
    Bland,
    /// A notifier's receiver, by the notifier's name.
    Http(Place, &'static str),
    Mail(&'static str),
}

/// The proxy. It ends when it is dropped.
pub(crate) struct Tap {
    pub(crate) port: u16,
    open: watch::Receiver<usize>,
    server: JoinHandle<()>,
}

impl Tap {
    pub(crate) async fn start(behind: Behind, port: u16, replica: usize, wire: Arc<Wire>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let (counter, open) = watch::channel(0);
        #[expect(clippy::disallowed_methods, reason = "a fake server runs beside the test")]
        let server = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                counter.send_modify(|open| *open += 1);
                let (counter, wire) = (counter.clone(), wire.clone());
                connections.spawn(async move {
                    let life = wire.ledger.life(replica);
                    if let Some(mut line) = Line::open(client, port, behind, life, wire).await {
                        line.run().await;
                    }
                    counter.send_modify(|open| *open -= 1);
                });
            }
        });
        Self { port: own, open, server }
    }

    /// Resolves when everything is through that a killed process had sent.
    pub(crate) async fn drained(&self) {
        // Connections are accepted in order, so whatever was waiting is counted before this one ends.
        let mut last = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        last.shutdown().await.unwrap();
        drop(last.read_to_end(&mut Vec::new()).await);
        self.open.clone().wait_for(|open| *open == 0).await.unwrap();
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// One connection of the program, and the one to the server that belongs to it.
struct Line {
    client: BufReader<TcpStream>,
    server: BufReader<TcpStream>,
    behind: Behind,
    life: Life,
    wire: Arc<Wire>,
}

impl Line {
    async fn open(client: TcpStream, port: u16, behind: Behind, life: Life, wire: Arc<Wire>) -> Option<Self> {
        let server = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        client.set_nodelay(true).ok()?;
        server.set_nodelay(true).ok()?;
        Some(Self { client: BufReader::new(client), server: BufReader::new(server), behind, life, wire })
    }

    /// None at the end of the connection, whoever ended it.
    async fn run(&mut self) -> Option<()> {
        match self.behind {
            Behind::Mail(notifier) => self.mails(notifier).await,
            Behind::Bland | Behind::Http(..) => loop {
                self.exchange().await?;
            },
        }
    }

    /// One request and its answer.
    async fn exchange(&mut self) -> Option<()> {
        let request = read_message(&mut self.client).await?;
        let (place, copy) = match self.behind {
            Behind::Http(place, notifier) => {
                let id = id_of(place, &request);
                let body = request.body.clone();
                (place, Some(self.wire.ledger.arrived(notifier.to_owned(), id, body, self.life)))
            }
            _ => (asked_of_bland(&request.head), None),
        };
        self.server.write_all(&request.bytes()).await.ok()?;
        let answer = read_message(&mut self.server).await?;
        self.answer(place, &answer.bytes(), copy).await
    }

    /// Hands the answer on, in two halves, unless it is held on the way.
    async fn answer(&mut self, place: Place, answer: &[u8], copy: Option<usize>) -> Option<()> {
        let (trap, replica) = (&self.wire.trap, self.life.replica);
        trap.pass(place, Step::Asked, replica).await?;
        let (first, second) = answer.split_at(answer.len() / 2);
        self.client.write_all(first).await.ok()?;
        trap.pass(place, Step::Half, replica).await?;
        self.client.write_all(second).await.ok()?;
        if let Some(copy) = copy {
            self.wire.ledger.answered(copy);
        }
        trap.pass(place, Step::Answered, replica).await
    }

    /// A dialogue with the mail server, in which each line has its reply.
    async fn mails(&mut self, notifier: &str) -> Option<()> {
        let greeting = read_reply(&mut self.server).await?;
        self.client.write_all(&greeting).await.ok()?;
        let mut recipient = String::new();
        loop {
            let line = read_line(&mut self.client).await?;
            self.server.write_all(&line).await.ok()?;
            let reply = read_reply(&mut self.server).await?;
            let line = String::from_utf8_lossy(&line).to_ascii_lowercase();
            let place = match line.split([' ', ':', '\r']).next().unwrap_or_default() {
                "mail" => Place::MailFrom,
                "rcpt" => {
                    recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    Place::MailTo
                }
                "data" => Place::MailData,
                _ => {
                    self.client.write_all(&reply).await.ok()?;
                    continue;
                }
            };
            self.answer(place, &reply, None).await?;
            if place == Place::MailData {
                self.text(&format!("{notifier} {recipient}")).await?;
            }
        }
    }

    async fn text(&mut self, to: &str) -> Option<()> {
        let mut text = Vec::new();
        while !text.ends_with(b"\r\n.\r\n") {
            text.extend(read_line(&mut self.client).await?);
        }
        self.server.write_all(&text).await.ok()?;
        let id = String::from_utf8_lossy(&text)
            .lines()
            .find_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("message-id")))
            .map_or_else(|| panic!("a mail without a Message-ID"), |(_, id)| id.to_owned());
        let copy = self.wire.ledger.arrived(to.to_owned(), id, text, self.life);
        let reply = read_reply(&mut self.server).await?;
        self.answer(Place::MailText, &reply, Some(copy)).await
    }
}

/// A request or an answer, as it stood on the wire.
struct Message {
    head: String,
    body: Vec<u8>,
}

impl Message {
    fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.body].concat()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(':'));
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

async fn read_message(stream: &mut BufReader<TcpStream>) -> Option<Message> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(read_line(stream).await?);
    }
    let mut message = Message { head: String::from_utf8(head).ok()?, body: Vec::new() };
    assert!(message.header("transfer-encoding").is_none(), "the tap reads only bodies of a given length");
    let length = message.header("content-length").map_or(0, |length| length.parse().unwrap());
    message.body.resize(length, 0);
    stream.read_exact(&mut message.body).await.ok()?;
    Some(message)
}

/// A line with its end; none at the end of the connection.
async fn read_line(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).await.ok()?;
    line.ends_with(b"\n").then_some(line)
}

/// All lines of a reply: the last has no dash after its code.
async fn read_reply(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut reply = Vec::new();
    loop {
        let line = read_line(stream).await?;
        let goes_on = line.get(3) == Some(&b'-');
        reply.extend(line);
        if !goes_on {
            return Some(reply);
        }
    }
}

fn asked_of_bland(head: &str) -> Place {
    let target = head.split_whitespace().nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    match path {
        "/v1/calls" if !query.contains("batch_id=") => Place::List,
        "/v1/calls/active" => Place::List,
        _ if path.starts_with("/v1/calls/") => Place::Details,
        _ => Place::Batch,
    }
}

fn id_of(place: Place, request: &Message) -> String {
    let id = match place {
        Place::Discord => {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            body["nonce"].as_str().map(str::to_owned)
        }
        _ => request.header("webhook-id").map(str::to_owned),
    };
    id.unwrap_or_else(|| panic!("a message without an id: {}", request.head))
}
