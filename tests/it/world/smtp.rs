//! A scripted SMTP server: takes mails, or refuses at the step that the test names.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use super::tls::{self, Certificate};

/// How the server encrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    None,
    StartTls,
    Implicit,
}

/// The server. It ends when it is dropped.
pub(crate) struct Smtp {
    port: u16,
    folder: TempDir,
    state: Arc<State>,
    server: JoinHandle<()>,
}

/// A mail that was taken.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// As it stood on the wire, with dots unstuffed.
    pub(crate) data: String,
    pub(crate) encrypted: bool,
    /// User and password, where a login came before.
    pub(crate) login: Option<(String, String)>,
}

struct State {
    encryption: Encryption,
    acceptor: TlsAcceptor,
    /// Step (`GREETING`, `EHLO`, `STARTTLS`, `AUTH`, `MAIL`, `RCPT`, `DATA`, `TEXT`) to the answers still to be used there.
    script: Mutex<HashMap<String, Vec<String>>>,
    mails: Mutex<Vec<Mail>>,
    connections: Mutex<usize>,
    logins: Mutex<usize>,
}

impl Smtp {
    pub(crate) async fn start(encryption: Encryption) -> Self {
        Self::start_with(encryption, Certificate::Good).await
    }

    pub(crate) async fn start_with(encryption: Encryption, certificate: Certificate) -> Self {
        let (acceptor, ca) = tls::server(certificate);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), ca).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            encryption,
            acceptor,
            script: Mutex::default(),
            mails: Mutex::default(),
            connections: Mutex::default(),
            logins: Mutex::default(),
        });
        #[expect(clippy::disallowed_methods, reason = "a fake server runs beside the test")]
        let server = tokio::spawn(serve(listener, Arc::clone(&state)));
        Self { port, folder, state, server }
    }

    /// `smtp://user:password@localhost:PORT?tls=…`, fit for the way in which the server encrypts.
    pub(crate) fn url(&self) -> String {
        let at = format!("user:swordfish@localhost:{}", self.port);
        match self.state.encryption {
            Encryption::None => format!("smtp://{at}?tls=none"),
            Encryption::StartTls => format!("smtp://{at}"),
            Encryption::Implicit => format!("smtps://{at}"),
        }
    }

    /// The certificate authority that signed the server's certificate.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The next time that the dialogue comes to `step`, this is answered; `drop` closes the
    /// connection instead, and `stall` says nothing more. Steps: `GREETING`, `EHLO`, `STARTTLS`, `AUTH`, `MAIL`, `RCPT`, `DATA`,
    /// `TEXT` (after the final dot).
    pub(crate) fn answer(&self, step: &str, with: &str) {
        self.state.script.lock().unwrap().entry(step.to_owned()).or_default().push(with.to_owned());
    }

    /// The mails that were taken, and those that came whole before a scripted answer to `TEXT`.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.state.mails.lock().unwrap().clone()
    }

    /// How many passwords were given away, right or wrong.
    pub(crate) fn logins(&self) -> usize {
        *self.state.logins.lock().unwrap()
    }

    /// How many connections were opened.
    pub(crate) fn connections(&self) -> usize {
        *self.state.connections.lock().unwrap()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl State {
    fn scripted(&self, step: &str) -> Option<String> {
        let mut script = self.script.lock().unwrap();
        let answers = script.get_mut(step)?;
        if answers.is_empty() { None } else { Some(answers.remove(0)) }
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        *state.connections.lock().unwrap() += 1;
        connections.spawn(connection(stream, Arc::clone(&state)));
    }
}

async fn connection(stream: TcpStream, state: Arc<State>) -> Option<()> {
    if state.encryption == Encryption::Implicit {
        let stream = state.acceptor.accept(stream).await.ok()?;
        let mut dialogue = Dialogue::new(BufReader::new(stream), &state, true);
        dialogue.greet().await?;
        dialogue.run().await;
        return Some(());
    }
    let mut plain = Dialogue::new(BufReader::new(stream), &state, false);
    plain.greet().await?;
    if plain.run().await == Ended::WantsTls {
        let stream = state.acceptor.accept(plain.stream.into_inner()).await.ok()?;
        Dialogue::new(BufReader::new(stream), &state, true).run().await;
    }
    Some(())
}

#[derive(PartialEq, Eq)]
enum Ended {
    Over,
    WantsTls,
}

/// One connection's dialogue and what it has gathered.
struct Dialogue<'a, S> {
    stream: BufReader<S>,
    state: &'a State,
    encrypted: bool,
    login: Option<(String, String)>,
    from: String,
    to: Vec<String>,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Dialogue<'a, S> {
    fn new(stream: BufReader<S>, state: &'a State, encrypted: bool) -> Self {
        Self { stream, state, encrypted, login: None, from: String::new(), to: Vec::new() }
    }

    async fn greet(&mut self) -> Option<bool> {
        self.say("GREETING", "220 localhost ESMTP").await
    }

    /// Speaks until the client leaves, a scripted `drop`, or STARTTLS.
    async fn run(&mut self) -> Ended {
        while let Some(line) = self.line().await {
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let went_on = match verb.as_str() {
                "EHLO" => self.ehlo().await,
                "STARTTLS" => match self.say("STARTTLS", "220 go ahead").await {
                    Some(true) => return Ended::WantsTls,
                    other => other,
                },
                "AUTH" => self.auth(&line).await,
                "MAIL" => {
                    (self.from, self.to) = (address(&line), Vec::new());
                    self.say("MAIL", "250 2.1.0 ok").await
                }
                "RCPT" => {
                    self.to.push(address(&line));
                    self.say("RCPT", "250 2.1.5 ok").await
                }
                "DATA" => self.data().await,
                "NOOP" | "RSET" => self.say("NOOP", "250 ok").await,
                "QUIT" => {
                    self.say("QUIT", "221 bye").await;
                    None
                }
                _ => self.say("OTHER", "502 not known").await,
            };
            if went_on.is_none() {
                return Ended::Over;
            }
        }
        Ended::Over
    }

    /// Says what is scripted for the step, or else the usual; nothing when the connection is to be
    /// dropped or stalled. Says whether the client may go on from this step.
    async fn say(&mut self, step: &str, usual: &str) -> Option<bool> {
        let text = self.state.scripted(step).unwrap_or_else(|| usual.to_owned());
        match text.as_str() {
            "drop" => return None,
            "stall" => {
                // Until the client has had enough.
                while self.line().await.is_some() {}
                return None;
            }
            _ => {}
        }
        self.stream.write_all(format!("{text}\r\n").as_bytes()).await.ok()?;
        self.stream.flush().await.ok()?;
        Some(text.starts_with(['2', '3']))
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        Some(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    async fn ehlo(&mut self) -> Option<bool> {
        let tls =
            if self.state.encryption == Encryption::StartTls && !self.encrypted { "250-STARTTLS\r\n" } else { "" };
        self.say("EHLO", &format!("250-localhost\r\n{tls}250-SIZE 1000000\r\n250 AUTH PLAIN LOGIN")).await
    }

    async fn auth(&mut self, line: &str) -> Option<bool> {
        let mut words = line.split_whitespace().skip(1);
        let (mechanism, initial) = (words.next()?.to_ascii_uppercase(), words.next().map(str::to_owned));
        let text = |encoded: &str| String::from_utf8(STANDARD.decode(encoded).unwrap_or_default()).unwrap_or_default();
        let login = if mechanism == "PLAIN" {
            let encoded = match initial {
                Some(encoded) => encoded,
                None => self.ask("334 ").await?,
            };
            let all = text(&encoded);
            let mut parts = all.split('\0').skip(1).map(str::to_owned);
            (parts.next()?, parts.next()?)
        } else {
            (text(&self.ask("334 VXNlcm5hbWU6").await?), text(&self.ask("334 UGFzc3dvcmQ6").await?))
        };
        self.login = Some(login);
        *self.state.logins.lock().unwrap() += 1;
        self.say("AUTH", "235 2.7.0 welcome").await
    }

    async fn ask(&mut self, prompt: &str) -> Option<String> {
        self.say("PROMPT", prompt).await?;
        self.line().await
    }

    async fn data(&mut self) -> Option<bool> {
        if !self.say("DATA", "354 go ahead").await? {
            return Some(false);
        }
        let mut data = String::new();
        loop {
            let line = self.line().await?;
            if line == "." {
                break;
            }
            data.push_str(line.strip_prefix('.').unwrap_or(&line));
            data.push_str("\r\n");
        }
        let mail = Mail {
            from: self.from.clone(),
            to: self.to.clone(),
            data,
            encrypted: self.encrypted,
            login: self.login.clone(),
        };
        self.state.mails.lock().unwrap().push(mail);
        self.say("TEXT", "250 2.0.0 ok: queued as Q1").await
    }
}

fn address(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}
