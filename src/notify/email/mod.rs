//! Email, through lettre: one mail per recipient, text and HTML.

mod chart;
mod compose;
mod dkim;
mod fields;
mod list;
mod html;
mod letters;
mod session;
mod stream;
mod thread;

use std::{path::PathBuf, time::Duration};

use lettre::{Address, message::Mailbox};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::timeout;

use crate::{
    model::{flaw::Flaw, secret::Secret},
    notify::{
        Job, Pause, Payload, Stop, Verdict,
        common::{Base, Common},
        email::{
            compose::Parts,
            dkim::{Dkim, DkimConfig},
            html::Html,
            list::List,
            session::{Failed, Server, Step},
        },
        plain,
        scrub::Scrub,
        transcript::{self, Transcript},
        writer::{NO_PARAMS, Writer},
    },
    render::{Renderer, privacy::Privacy},
};

const SUBJECT: &str = "email.subject.hbs";
const HTML: &str = "email.html.hbs";
const TEXT: &str = "email.txt.hbs";
const CHART: &str = "email.chart.json.hbs";

/// The whole dialogue up to the text, and again the text with its answer.
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `smtps://user:password@host[:465]`, or `smtp://…?tls=required|opportunistic|none`.
    pub smtp: Option<Secret>,
    /// The sender: `Ringback <ringback@example.com>`.
    pub from: String,
    /// Recipients; each is a delivery of its own.
    pub to: Vec<String>,
    pub reply_to: Option<String>,
    /// Put before each subject.
    pub subject_prefix: Option<String>,
    /// How recipients leave: a `mailto:` or `https:` address, with `{recipient}` for theirs. It also
    /// gives the mails a `List-Id`.
    pub unsubscribe: Option<String>,
    /// Whether the transcript of a call is attached to its mail.
    pub transcript: Transcript,
    /// Signs each mail with DKIM, where the mail server does not.
    pub dkim: Option<DkimConfig>,
    /// A PEM file with the certificate authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

impl Config {
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        match &self.smtp {
            None => flaws.push(
                Flaw::new("smtp", "nothing says which server sends the mail")
                    .hint("write it as smtps://user:password@host"),
            ),
            Some(url) => flaws.extend(Server::parse(url, None).err()),
        }
        if self.from.trim().is_empty() {
            flaws.push(
                Flaw::new("from", "nobody is given as the sender")
                    .hint("write it like `Ringback <ringback@example.com>`"),
            );
        } else {
            flaws.extend(mailbox("from", &self.from).err());
        }
        if self.to.is_empty() {
            flaws.push(Flaw::new("to", "there is no recipient").hint("write it like [\"ops@example.com\"]"));
        }
        for (place, address) in self.to.iter().enumerate() {
            flaws.extend(mailbox(&format!("to.{place}"), address).err());
            if self.to.iter().take(place).any(|earlier| earlier.trim().eq_ignore_ascii_case(address.trim())) {
                flaws.push(Flaw::new(format!("to.{place}"), "this address is there twice"));
            }
        }
        flaws.extend(self.reply_to.as_deref().and_then(|address| mailbox("reply_to", address).err()));
        flaws.extend(self.unsubscribe.as_deref().and_then(|leave| List::build("", "example.com", leave).err()));
        flaws.extend(self.signer().err().into_iter().flatten());
        flaws
    }

    fn signer(&self) -> Result<Option<Dkim>, Vec<Flaw>> {
        let signer = self.dkim.as_ref().map(Dkim::build).transpose();
        signer.map_err(|flaws| flaws.into_iter().map(|flaw| flaw.under("dkim")).collect())
    }
}

fn mailbox(key: &str, text: &str) -> Result<Mailbox, Flaw> {
    text.trim().parse().map_err(|_| {
        Flaw::new(key, format!("`{text}` is not a mail address"))
            .hint("write it like `ops@example.com` or `Ops <ops@example.com>`")
    })
}

/// A built notifier.
#[derive(Debug)]
pub struct Email {
    pub(super) base: Base,
    server: Server,
    from: Mailbox,
    to: Vec<Mailbox>,
    reply_to: Option<Mailbox>,
    subject_prefix: String,
    list: Option<List>,
    transcript: Transcript,
    dkim: Option<Dkim>,
    scrub: Scrub,
    /// [`TIMEOUT`], twice.
    patience: Duration,
}

impl Email {
    pub(super) fn build(name: &str, common: &Common, config: &Config) -> Result<Self, Vec<Flaw>> {
        let one = |flaw: Flaw| vec![flaw];
        let authorities = match &config.ca_file {
            None => None,
            Some(path) => Some(
                std::fs::read(path)
                    .map_err(|error| vec![Flaw::new("ca_file", format!("cannot read {}: {error}", path.display()))])?,
            ),
        };
        let url =
            config.smtp.as_ref().ok_or_else(|| vec![Flaw::new("smtp", "nothing says which server sends the mail")])?;
        let server = Server::parse(url, authorities.as_deref()).map_err(one)?;
        let to = config.to.iter().enumerate().map(|(place, address)| mailbox(&format!("to.{place}"), address));
        let from = mailbox("from", &config.from).map_err(one)?;
        let list = config.unsubscribe.as_deref().map(|leave| List::build(name, from.email.domain(), leave));
        let scrub = server.secrets().fold(Scrub::new(), Scrub::secret);
        Ok(Self {
            base: Base::new(name, common, Privacy::Masked, &[url.expose()]),
            from,
            to: to.collect::<Result<_, _>>().map_err(one)?,
            reply_to: config
                .reply_to
                .as_deref()
                .map(|address| mailbox("reply_to", address))
                .transpose()
                .map_err(one)?,
            subject_prefix: config.subject_prefix.clone().unwrap_or_default(),
            list: list.transpose().map_err(one)?,
            transcript: config.transcript,
            dkim: config.signer()?,
            server,
            scrub,
            patience: TIMEOUT,
        })
    }

    pub(super) fn recipients(&self) -> Vec<String> {
        self.to.iter().map(|mailbox| mailbox.email.to_string()).collect()
    }

    pub(super) fn prepare(&self, renderer: &Renderer, job: &Job<'_>) -> Payload {
        let mut writer = Writer::new(&self.base, renderer, job, &NO_PARAMS);
        let message = writer.message();
        let mut render = |suffix: &str, layout: &str| {
            writer.native(suffix, |_, text| Ok(text)).or_else(|| writer.layout(layout, &message, Ok))
        };
        let html = render(".html.hbs", HTML);
        let text = render(".txt.hbs", TEXT).unwrap_or_else(|| plain::text(&message));
        let subject = writer.layout(SUBJECT, &message, Ok).unwrap_or_else(|| message.title.clone());
        let file = match self.transcript {
            Transcript::Attach => transcript::file(&mut writer, &message),
            Transcript::None => None,
        };
        let html = html.map(|rendered| {
            let chart = Html::shows_chart(&rendered).then(|| writer.layout(CHART, &message, Ok)).flatten();
            let id = format!("{}@{}", job.delivery_id, self.from.email.domain());
            let (html, troubles) = Html::new(rendered, chart.as_deref(), &id);
            writer.add_troubles(troubles);
            html
        });
        let body = self.compose(Parts { subject, text, html, file }, job);
        writer.payload("message/rfc822", body)
    }

    /// Of one send; a mail whose file is refused is sent a second time.
    pub(super) fn time_limit(&self) -> Duration {
        match self.transcript {
            Transcript::Attach => 4 * TIMEOUT,
            Transcript::None => 2 * TIMEOUT,
        }
    }

    /// Sends once; a mail that is refused for its file is sent a second time without it, as the
    /// fact matters more.
    pub(super) async fn send(&self, payload: &Payload, job: &Job<'_>) -> Verdict {
        let Ok(to) = job.recipient.parse::<Address>() else {
            let note = "the recipient is not a mail address".to_owned();
            return Verdict::Permanent { note, status: None, stop: Stop::No };
        };
        let scrub = self.scrub.sent(&payload.body).secret(job.recipient);
        let Some(bare) = self.without_files(&payload.body, job) else {
            return self.hand_over(&to, &payload.body, false, &scrub).await.unwrap_or_else(|refused| refused);
        };
        let refused = match self.hand_over(&to, &payload.body, true, &scrub).await {
            Ok(verdict) => return verdict,
            Err(refused) => refused,
        };
        match self.hand_over(&to, &bare, false, &scrub).await.unwrap_or_else(|refused| refused) {
            Verdict::Delivered { status, remote_id, pause, .. } => {
                let note = scrub.note(&format!("sent without the transcript, as {}", refused.note()));
                Verdict::Delivered { note, status, remote_id, pause }
            }
            verdict => verdict,
        }
    }

    /// One dialogue. An error is a refusal that may be owed to a file.
    async fn hand_over(&self, to: &Address, mail: &str, has_file: bool, scrub: &Scrub) -> Result<Verdict, Verdict> {
        let bytes = has_file.then_some(mail.len());
        let judge = |failed: &Failed| {
            let verdict = session::refused(failed, scrub);
            if has_file && failed.may_be_for_size() { Err(verdict) } else { Ok(verdict) }
        };
        let mut opening = match timeout(self.patience, self.server.open(&self.from.email, to, bytes)).await {
            Ok(Ok(opening)) => opening,
            Ok(Err(failed)) => return judge(&failed),
            Err(_) => {
                let note = "the server took too long".to_owned();
                return Ok(Verdict::Retry { note, status: None, after: None, pause: Pause::No });
            }
        };
        // From here on the mail may have been taken, whatever becomes of the connection.
        match timeout(self.patience, opening.message(mail.as_bytes())).await {
            Ok(Ok(response)) => {
                let words: Vec<&str> = response.message().collect();
                self.server.keep(opening).await;
                Ok(session::delivered(response.code().into(), &words.join(" "), scrub))
            }
            Ok(Err(error)) => judge(&Failed::at(Step::Text)(error)),
            Err(_) => {
                let note = "no answer in time after the mail was sent".to_owned();
                Ok(Verdict::Ambiguous { note, status: None })
            }
        }
    }

    /// Connects, encrypts and signs in, and goes.
    pub(super) async fn check_online(&self) -> Result<String, String> {
        match timeout(self.patience, self.server.connect()).await {
            Ok(Ok(connection)) => {
                let encrypted = if self.server.is_encrypted(&connection) { "encrypted" } else { "not encrypted" };
                let login = if self.server.has_login() { "signed in" } else { "without a login" };
                session::farewell(connection).await;
                let signs = self.dkim.as_ref().map(|dkim| format!(", mails are signed for {}", dkim.name()));
                Ok(format!("connected, {encrypted}, {login}{}", signs.unwrap_or_default()))
            }
            Ok(Err(failed)) => Err(session::refused(&failed, &self.scrub).note().to_owned()),
            Err(_) => Err("the server took too long".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use jiff::Timestamp;
    use tokio::{
        io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
        net::{TcpListener, TcpStream},
        time,
    };

    use super::*;
    use crate::event::{kind::Kind, sample};

    /// Answers each line with the next text, and then says nothing more, or drips.
    async fn serve(listener: &TcpListener, texts: &[&str], drips: bool) {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream: BufReader<TcpStream> = BufReader::new(stream);
        for text in texts {
            stream.write_all(text.as_bytes()).await.unwrap();
            let mut line = String::new();
            while stream.read_line(&mut line).await.unwrap() > 0
                && text.starts_with("354")
                && !line.ends_with("\r\n.\r\n")
            {}
        }
        loop {
            time::sleep(Duration::from_millis(10)).await;
            if drips && stream.write_all(b"2").await.is_err() {
                return;
            }
        }
    }

    /// The verdict of a notifier with little patience on such a server.
    async fn verdict(texts: &[&str], drips: bool) -> Verdict {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = Config {
            smtp: Some(Secret::new(format!("smtp://{}?tls=none", listener.local_addr().unwrap()))),
            from: "a@example.com".to_owned(),
            to: vec!["b@example.com".to_owned()],
            ..Config::default()
        };
        let mut email = Email::build("team", &Common::default(), &config).unwrap();
        email.patience = Duration::from_millis(300);
        let payload =
            Payload { content_type: String::new(), body: "Subject: x\r\n\r\nx\r\n".to_owned(), trouble: None };
        let event = sample::sample(Kind::CallCompleted, Timestamp::UNIX_EPOCH);
        let job = Job {
            delivery_id: "dlv_1",
            recipient: "b@example.com",
            event: &event,
            attempt: 1,
            now: Timestamp::UNIX_EPOCH,
        };
        let begun = Instant::now();
        let verdict = tokio::select! {
            verdict = email.send(&payload, &job) => verdict,
            () = serve(&listener, texts, drips) => panic!("the client left first"),
        };
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        verdict
    }

    #[tokio::test]
    async fn a_server_that_stalls_or_drips_is_given_up_in_time_and_what_it_may_have_is_left_open() {
        let ok = "250 ok\r\n";
        let all = ["220 hello\r\n", ok, ok, ok, "354 go on\r\n"];
        for drips in [false, true] {
            for steps in 0..all.len() {
                let verdict = verdict(&all[..steps], drips).await;
                assert_eq!((verdict.word(), verdict.note()), ("retry", "the server took too long"), "{steps}");
            }
            let verdict = verdict(&all, drips).await;
            assert_eq!((verdict.word(), verdict.note()), ("ambiguous", "no answer in time after the mail was sent"));
        }
    }
}
