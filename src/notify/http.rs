//! One HTTP exchange with a destination: what came back, or whether the request may have arrived.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use reqwest::{
    Client, ClientBuilder, RequestBuilder, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use url::{Host, Url};

use crate::{
    backoff,
    model::{flaw::Flaw, secret::Secret},
    notify::{Pause, Verdict, scrub},
};

/// The most time for name look-up, TCP and TLS together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Answers are read so far and no further.
const LONGEST_ANSWER: usize = 64 * 1024;

/// How long a destination that asks for fewer requests, and does not say for how long, is left alone.
const UNTOLD_PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// An answer, read as far as it is of use.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// Whether the body came to its end.
    pub(crate) complete: bool,
    pub(crate) at: Timestamp,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// Nothing was sent.
    NotSent(String),
    /// The request was written, or may have been.
    Lost(String),
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The moment before which the destination wants nothing, by its `Retry-After`.
    pub(crate) fn retry_after(&self) -> Option<Timestamp> {
        backoff::retry_after(self.header("retry-after")?, self.at)
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// For an answer that asks to be tried again: 429 silences the whole destination, as does any
    /// other answer that says until when.
    pub(super) fn retry(&self, note: String, asked: Option<Timestamp>) -> Verdict {
        let asked = asked.max(self.retry_after());
        if self.status == 429 || asked.is_some() {
            return self.later(note, asked);
        }
        Verdict::Retry { note, status: Some(self.status), pause: Pause::No, after: None }
    }

    /// For an answer that wants fewer requests, whatever its status.
    pub(super) fn later(&self, note: String, asked: Option<Timestamp>) -> Verdict {
        let untold = self.at.checked_add(UNTOLD_PAUSE).unwrap_or(self.at);
        let after = asked.max(self.retry_after()).or(Some(untold));
        Verdict::Retry { note, status: Some(self.status), pause: Pause::Destination, after }
    }

    /// Whether the refusal is about us or the address rather than about this message: every other
    /// message would be refused as well. A redirect is one, as none is followed.
    pub(super) fn blames_destination(&self) -> bool {
        matches!(self.status, 300..=399 | 401..=405 | 407 | 421 | 426)
    }

    /// A web page from something in between, such as a sign-in or a gateway.
    pub(crate) fn is_page(&self) -> bool {
        self.body.trim_start_matches('\u{feff}').trim_start().starts_with('<')
    }
}

impl Unanswered {
    pub(super) fn verdict(self) -> Verdict {
        match self {
            Self::NotSent(note) => Verdict::Retry { note, status: None, after: None, pause: Pause::No },
            Self::Lost(note) => Verdict::Ambiguous { note, status: None },
        }
    }
}

/// A client that follows no redirect, as a moved webhook would turn the POST into a GET and seem
/// to succeed, and that never connects to link-local addresses.
pub(super) fn client(timeout: Duration) -> Result<Client, Flaw> {
    built(builder(timeout))
}

/// The same, still to be built.
pub(crate) fn builder(timeout: Duration) -> ClientBuilder {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may be first; then its provider serves as well.
        rustls::crypto::ring::default_provider().install_default().ok();
    }
    Client::builder()
        .redirect(Policy::none())
        .timeout(timeout)
        // Less than the whole, so that running out of time while connecting is seen as that.
        .connect_timeout(timeout.mul_f32(0.8).min(CONNECT_TIMEOUT))
        .dns_resolver(Arc::new(Resolver))
}

pub(crate) fn built(builder: ClientBuilder) -> Result<Client, Flaw> {
    builder.build().map_err(|error| {
        Flaw::new("", format!("cannot set up HTTPS: {}", scrub::cause(&error)))
            .hint("install the system's certificates, such as the package `ca-certificates`")
    })
}

/// Sends once and reads the answer. `now` is when sending begins; the answer's time counts from it.
pub(crate) async fn exchange(request: RequestBuilder, now: Timestamp) -> Result<Answer, Unanswered> {
    let begun = Instant::now();
    let response = request.send().await.map_err(|error| unanswered(&error.without_url()))?;
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let (body, complete) = read(response).await;
    let took = SignedDuration::try_from(begun.elapsed()).unwrap_or(SignedDuration::ZERO);
    Ok(Answer { status, headers, body, complete, at: now.checked_add(took).unwrap_or(now) })
}

/// A URL that a notifier may send to.
pub(crate) fn target(key: &str, url: &Secret) -> Result<Url, Flaw> {
    let parsed = Url::parse(url.expose().trim())
        .map_err(|error| Flaw::new(key, format!("this is not a URL: {error}")).hint("write it as https://host/path"))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(
            Flaw::new(key, format!("the URL begins with `{}:`", parsed.scheme())).hint("write it as https://host/path")
        );
    }
    let address = match parsed.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        _ => None,
    };
    if address.is_some_and(is_refused) {
        return Err(Flaw::new(
            key,
            "the URL leads to a link-local address, where clouds keep their machines' credentials",
        )
        .hint("use the address of the receiver itself; private and loopback addresses are allowed"));
    }
    Ok(parsed)
}

/// Link-local and metadata addresses. Loopback and private ones are fine: receivers are often there.
fn is_refused(address: IpAddr) -> bool {
    /// Amazon's metadata service over IPv6, which is not link-local.
    const AMAZON: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local() || v6 == AMAZON,
    }
}

/// The system's resolver without the refused addresses: a name can point anywhere.
struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| !is_refused(address.ip())).collect();
            if allowed.is_empty() {
                return Err("the name leads to no address that may be connected to".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Everything up to the connection is known not to have sent anything. Anything later may have: a
/// reset, an answer cut short and a timeout look the same before and after the receiver acted.
fn unanswered(error: &reqwest::Error) -> Unanswered {
    let cause = scrub::cause(error);
    if error.is_builder() {
        Unanswered::NotSent(format!("the request cannot be made: {cause}"))
    } else if error.is_connect() {
        Unanswered::NotSent(format!("cannot connect: {cause}"))
    } else if error.is_timeout() {
        Unanswered::Lost("no answer in time".to_owned())
    } else {
        Unanswered::Lost(format!("no proper answer came: {cause}"))
    }
}

async fn read(mut response: Response) -> (String, bool) {
    let mut body = Vec::new();
    let complete = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break true,
            Err(_) => break false,
        }
        if body.len() > LONGEST_ANSWER {
            body.truncate(LONGEST_ANSWER);
            break false;
        }
    };
    (String::from_utf8_lossy(&body).into_owned(), complete)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_that_may_be_sent_to_are_taken() {
        for (url, says) in [
            ("https://hooks.example.com/x", None),
            ("http://127.0.0.1:8080/x", None),
            ("http://10.0.0.5/x", None),
            ("http://[::1]/x", None),
            ("http://169.254.169.254/latest", Some("link-local")),
            ("http://2852039166/latest", Some("link-local")),
            ("http://[fe80::1]/", Some("link-local")),
            ("http://[::ffff:169.254.169.254]/", Some("link-local")),
            ("http://[fd00:ec2::254]/", Some("link-local")),
            ("ftp://host/x", Some("`ftp:`")),
            ("hooks.example.com", Some("not a URL")),
            ("https://", Some("not a URL")),
        ] {
            let found = target("url", &Secret::new(url));
            match says {
                None => assert!(found.is_ok(), "{url}: {found:?}"),
                Some(says) => assert!(found.unwrap_err().says.contains(says), "{url}"),
            }
        }
    }
}
