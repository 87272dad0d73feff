//! The dialogue with the mail server, step by step: which step failed decides what it means.
//!
//! lettre's transport does not say whether a connection was lost before or after the mail was
//! handed over, so its connection is driven here.

use std::time::{Duration, Instant};

use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters},
        commands::{Data, Ehlo, Mail, Rcpt},
        extension::{ClientId, Extension, MailParameter},
    },
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use tokio::{sync::Mutex, time::timeout};
use tokio_rustls::TlsConnector;
use url::{Host, Url, form_urlencoded};

use crate::{
    model::{flaw::Flaw, secret::Secret},
    notify::{
        Pause, Stop, Verdict,
        email::stream,
        scrub::{self, Scrub},
    },
};

/// For the answer to a farewell.
const PATIENCE: Duration = Duration::from_secs(2);

/// A connection is kept so long for the next mail; servers close idle ones sooner or later.
const IDLE: Duration = Duration::from_secs(20);

/// A longer word is no id under which a mail was queued.
const LONGEST_ID: usize = 64;

/// One SMTP server and the way to reach it, with at most one idle connection.
pub(super) struct Server {
    host: String,
    port: u16,
    encryption: Encryption,
    /// For a connection that is encrypted later on.
    starttls: Option<TlsParameters>,
    /// For one that is encrypted from the start.
    tls: Option<TlsConnector>,
    login: Option<(String, Secret)>,
    idle: Mutex<Option<(AsyncSmtpConnection, Instant)>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    /// From the first byte, as RFC 8314 prefers.
    Implicit,
    /// STARTTLS, or nothing is sent.
    Required,
    /// STARTTLS where the server offers it.
    Opportunistic,
    None,
}

/// A step that did not come to its end: the server's refusal, or what became of the connection.
#[derive(Debug)]
pub(super) struct Failed {
    step: Step,
    status: Option<u16>,
    cause: String,
}

/// How far the dialogue came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Greeting and encryption.
    Connect,
    Login,
    /// What the server says of the size it takes.
    Size,
    Sender,
    Recipient,
    /// The server's leave to send the text.
    Data,
    /// The text, and the server's word that it has it.
    Text,
}

impl Failed {
    /// Whether a smaller or simpler mail may be taken.
    pub(super) fn may_be_for_size(&self) -> bool {
        match (self.step, self.status) {
            (Step::Size, _) | (Step::Sender | Step::Data, Some(552)) => true,
            (step, Some(status)) => step == Step::Text && status >= 500,
            _ => false,
        }
    }

    pub(super) fn at(step: Step) -> impl Fn(Error) -> Self {
        move |error| {
            let status = error.status().map(u16::from);
            let cause = scrub::cause(&error);
            // rustls adds where its manual speaks of this.
            let cause = cause.split(": https://docs.rs").next().unwrap_or_default();
            let cause = match cause.strip_prefix("error Tag at: ") {
                Some(said) => format!("what the server said is not SMTP: {said}"),
                None => cause.to_owned(),
            };
            Self { step, status, cause }
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("encryption", &self.encryption)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// `authorities` are trusted besides the system's.
    pub(super) fn parse(url: &Secret, authorities: Option<&[u8]>) -> Result<Self, Flaw> {
        let flaw = |says: String| {
            Flaw::new("smtp", says).hint("write it as smtps://user:password@host or smtp://user:password@host:587")
        };
        let url = Url::parse(url.expose().trim()).map_err(|error| flaw(format!("this is not a URL: {error}")))?;
        let tls = url.query_pairs().find(|(key, _)| key == "tls").map(|(_, value)| value.into_owned());
        let encryption = match (url.scheme(), tls.as_deref()) {
            ("smtps", None) => Encryption::Implicit,
            ("smtp", None | Some("required")) => Encryption::Required,
            ("smtp", Some("opportunistic")) => Encryption::Opportunistic,
            ("smtp", Some("none")) => Encryption::None,
            ("smtps", Some(_)) => {
                return Err(flaw("`smtps` is encrypted from the start, `tls` says nothing there".to_owned()));
            }
            ("smtp", Some(other)) => {
                return Err(
                    flaw(format!("`tls={other}` is not known")).hint("choose `required`, `opportunistic` or `none`")
                );
            }
            (scheme, _) => return Err(flaw(format!("the URL begins with `{scheme}:`"))),
        };
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err(flaw("the URL names no host".to_owned())),
        };
        let default_port = match encryption {
            Encryption::Implicit => 465,
            Encryption::None => 25,
            Encryption::Required | Encryption::Opportunistic => 587,
        };
        let password = url.password().map(decoded).unwrap_or_default();
        let login = (!url.username().is_empty()).then(|| (decoded(url.username()), Secret::new(password)));
        if authorities.is_some_and(|pem| CertificateDer::from_pem_slice(pem).is_err()) {
            return Err(Flaw::new("ca_file", "there is no certificate in it")
                .hint("it must be a PEM file with CERTIFICATE blocks"));
        }
        // The system's certificates take a while to read, so only what is needed is made.
        let impossible = |error| Flaw::new("smtp", format!("cannot set up encryption: {error}"));
        let (starttls, tls) = match encryption {
            Encryption::Implicit => (None, Some(stream::tls(authorities).map_err(impossible)?)),
            Encryption::Required | Encryption::Opportunistic => (Some(tls_parameters(&host, authorities)?), None),
            Encryption::None => (None, None),
        };
        let port = url.port().unwrap_or(default_port);
        Ok(Self { port, host, encryption, starttls, tls, login, idle: Mutex::new(None) })
    }

    pub(super) fn has_login(&self) -> bool {
        self.login.is_some()
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.login.iter().flat_map(|(user, password)| [user.as_str(), password.expose()])
    }

    /// A connection that is ready for the text of a mail; one of which the size is given must not
    /// be larger than the server takes.
    pub(super) async fn open(
        &self,
        from: &Address,
        to: &Address,
        bytes: Option<usize>,
    ) -> Result<AsyncSmtpConnection, Failed> {
        let mut connection = match self.take_idle().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let fits = match bytes {
            Some(bytes) => fits(&mut connection, bytes).await,
            None => Ok(()),
        };
        let done = match fits {
            Ok(()) => begin(&mut connection, from, to).await,
            too_large => too_large,
        };
        match done {
            Ok(()) => Ok(connection),
            Err(failed) => {
                farewell(connection).await;
                Err(failed)
            }
        }
    }

    /// Keeps a connection that has just done its work for the next mail.
    pub(super) async fn keep(&self, connection: AsyncSmtpConnection) {
        if !connection.has_broken() {
            *self.idle.lock().await = Some((connection, Instant::now()));
        }
    }

    /// Whether what is said on the connection can be read on its way.
    pub(super) fn is_encrypted(&self, connection: &AsyncSmtpConnection) -> bool {
        self.encryption == Encryption::Implicit || connection.is_encrypted()
    }

    /// A fresh connection: greeted, encrypted as configured, and signed in.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Failed> {
        let me = ClientId::default();
        let stream = stream::connect(&self.host, self.port, self.tls.as_ref()).await;
        let stream =
            stream.map_err(|error| Failed { step: Step::Connect, status: None, cause: scrub::cause(&error) })?;
        let greeted = AsyncSmtpConnection::connect_with_transport(stream, &me).await;
        let mut connection = greeted.map_err(Failed::at(Step::Connect))?;
        if let Some(tls) = &self.starttls
            && (self.encryption == Encryption::Required || connection.can_starttls())
        {
            connection.starttls(tls.clone(), &me).await.map_err(Failed::at(Step::Connect))?;
        }
        if let Some((user, password)) = &self.login {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            let signed_in = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await;
            if let Err(error) = signed_in {
                farewell(connection).await;
                return Err(Failed::at(Step::Login)(error));
            }
        }
        Ok(connection)
    }

    /// The idle connection, if the server still listens on it.
    async fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        let (mut connection, since) = self.idle.lock().await.take()?;
        let is_fresh = since.elapsed() < IDLE && connection.test_connected().await;
        is_fresh.then_some(connection)
    }
}

/// A word to the server, so that it need not wait for more. What it says to that, if anything,
/// changes nothing.
pub(super) async fn farewell(mut connection: AsyncSmtpConnection) {
    timeout(PATIENCE, connection.abort()).await.ok();
}

/// What a failed step means.
///
/// | answer | meaning |
/// |---|---|
/// | 4xx at any step, also after the final dot | tried again: greylisting, a full disk, 421 |
/// | 552 after RCPT | the same: too many recipients for now (RFC 5321 4.5.3.1.10) |
/// | 5xx to the connection, the login or the sender | it refuses us, not the message: dead, and a failure of the destination |
/// | 5xx to the recipient, DATA or the text | it refuses this message: dead |
/// | none, or none that is SMTP, before the text | nothing was handed over: tried again |
/// | none, or none that is SMTP, after the final dot | it may have been taken |
pub(super) fn refused(failed: &Failed, scrub: &Scrub) -> Verdict {
    let Failed { step, status, cause } = failed;
    let (step, status) = (*step, *status);
    let note = scrub.note(&match (status, step) {
        (Some(code), Step::Login) => format!("the server refused the login: {code} {cause}"),
        (Some(code), Step::Sender) => format!("the server refused the sender: {code} {cause}"),
        (Some(code), Step::Recipient) => format!("the server refused the recipient: {code} {cause}"),
        (Some(code), _) => format!("the server answered {code} {cause}"),
        (None, Step::Connect) => format!("cannot connect: {cause}"),
        (None, Step::Size) => cause.clone(),
        (None, Step::Text) => format!("the connection broke after the mail was sent: {cause}"),
        (None, _) => format!("the dialogue broke off: {cause}"),
    });
    match (step, status) {
        (Step::Text, None) => Verdict::Ambiguous { note, status },
        (Step::Recipient, Some(552)) => Verdict::Retry { note, status, after: None, pause: Pause::No },
        (_, Some(500..)) => {
            let ours = matches!(step, Step::Connect | Step::Login | Step::Sender);
            Verdict::Permanent { note, status, stop: if ours { Stop::Counts } else { Stop::No } }
        }
        _ => Verdict::Retry { note, status, after: None, pause: Pause::No },
    }
}

/// Most servers name the id under which they queued the mail.
pub(super) fn delivered(code: u16, answer: &str, scrub: &Scrub) -> Verdict {
    let queued = answer.split_once("queued as ").and_then(|(_, rest)| rest.split_whitespace().next());
    let remote_id = queued.map(|id| id.trim_matches(|c: char| !c.is_alphanumeric()).to_owned());
    Verdict::Delivered {
        note: scrub.note(answer),
        status: Some(code),
        remote_id: remote_id.filter(|id| (1..=LONGEST_ID).contains(&id.len())),
        pause: None,
    }
}

async fn begin(connection: &mut AsyncSmtpConnection, from: &Address, to: &Address) -> Result<(), Failed> {
    let foreign = !(from.to_string().is_ascii() && to.to_string().is_ascii());
    // A server without SMTPUTF8 refuses such an address by itself, in its own words.
    let international = foreign && connection.server_info().supports_feature(Extension::SmtpUtfEight);
    let options = if international { vec![MailParameter::SmtpUtfEight] } else { Vec::new() };
    connection.command(Mail::new(Some(from.clone()), options)).await.map_err(Failed::at(Step::Sender))?;
    connection.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(Failed::at(Step::Recipient))?;
    connection.command(Data).await.map_err(Failed::at(Step::Data))?;
    Ok(())
}

/// lettre does not tell what it heard of the size, so the server is asked again.
async fn fits(connection: &mut AsyncSmtpConnection, bytes: usize) -> Result<(), Failed> {
    let hello = connection.command(Ehlo::new(ClientId::default())).await.map_err(Failed::at(Step::Connect))?;
    let size = hello.message().find_map(|line| line.strip_prefix("SIZE ")?.trim().parse::<usize>().ok());
    // 0 means that there is no fixed limit (RFC 1870).
    match size.filter(|most| (1..bytes).contains(most)) {
        None => Ok(()),
        Some(most) => {
            let cause = format!("the server takes at most {most} bytes, and the mail has {bytes}");
            Err(Failed { step: Step::Size, status: None, cause })
        }
    }
}

fn tls_parameters(host: &str, authorities: Option<&[u8]>) -> Result<TlsParameters, Flaw> {
    let mut builder = TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::Default);
    if let Some(pem) = authorities {
        let certificate = Certificate::from_pem(pem);
        builder = builder.add_root_certificate(
            certificate.map_err(|error| Flaw::new("ca_file", format!("this is no certificate: {error}")))?,
        );
    }
    builder.build().map_err(|error| Flaw::new("smtp", format!("cannot set up encryption: {}", scrub::cause(&error))))
}

/// URLs keep user and password percent-encoded.
fn decoded(part: &str) -> String {
    // Form decoding is the same but for these three.
    let plain = part.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(plain.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
