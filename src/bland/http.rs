//! One request to Bland's API and its answer as text.
//!
//! The key goes to the configured host and nowhere else: redirects are handed back to the caller.

use std::{borrow::Cow, fmt, time::Duration};

use anyhow::{Context, bail};
use reqwest::{
    Method, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER},
    redirect::Policy,
};
use url::Host;

use crate::{
    bland::{config::Config, error::Error, lenient},
    model::secret::Secret,
    notify::scrub::Scrub,
};

/// Records with long pathway logs are big, but not bigger than this.
const LARGEST_BODY: usize = 32 << 20;

/// A shorter key is one of a test, and to hide it would garble any sentence.
const SHORTEST_SECRET: usize = 4;

/// Sends requests with an account's credentials.
pub(super) struct Http {
    client: reqwest::Client,
    base: Url,
    headers: HeaderMap,
    secrets: Vec<Secret>,
    scrub: Scrub,
}

/// How long connecting, and a request from start to end, may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) connect: Duration,
    pub(super) whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), whole: Duration::from_secs(30) }
    }
}

/// A `GET`, or a `POST` where it has a body.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) url: Url,
    pub(super) json: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<String>,
    pub(super) location: Option<String>,
    pub(super) text: String,
}

impl Http {
    pub(super) fn new(config: &Config, patience: Patience) -> anyhow::Result<Self> {
        let Some(api_key) = &config.api_key else { bail!("no `api_key` for Bland") };
        let mut headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        headers.insert(AUTHORIZATION, sensitive(api_key.expose()).context("send `api_key` as a header")?);
        if let Some(key) = &config.encrypted_key {
            let name = HeaderName::from_static("encrypted_key");
            headers.insert(name, sensitive(key.expose()).context("send `encrypted_key` as a header")?);
        }
        if let Some(id) = &config.organization_id {
            let name = HeaderName::from_static("x-bland-org-id");
            headers.insert(name, sensitive(id).context("send `organization_id` as a header")?);
        }
        // Only fails when a provider was installed already, which is as good.
        rustls::crypto::ring::default_provider().install_default().ok();
        // A proxy set for the machine cannot reach what runs beside us, such as a simulated account.
        let local = match config.base_url.host() {
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let builder = reqwest::Client::builder();
        let client = if local { builder.no_proxy() } else { builder }
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(patience.connect)
            .timeout(patience.whole)
            .user_agent(concat!("ringback/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("set up HTTP for Bland")?;
        let secrets: Vec<Secret> =
            [Some(api_key), config.encrypted_key.as_ref()].into_iter().flatten().cloned().collect();
        let scrub = secrets.iter().fold(Scrub::new(), |scrub: Scrub, secret: &Secret| scrub.header(secret.expose()));
        Ok(Self { client, base: config.base_url.clone(), headers, secrets, scrub })
    }

    /// A `GET` of a path below the base URL.
    pub(super) fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Request {
        let mut url = self.base.clone();
        url.set_fragment(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Request { url, json: None }
    }

    pub(super) fn post(&self, path: &[&str], json: String) -> Request {
        Request { json: Some(json), ..self.get(path, &[]) }
    }

    pub(super) async fn send(&self, request: &Request) -> Result<Answer, Error> {
        let method = if request.json.is_some() { Method::POST } else { Method::GET };
        let mut sending = self.client.request(method, request.url.clone()).headers(self.headers.clone());
        if let Some(json) = &request.json {
            sending = sending.header(CONTENT_TYPE, "application/json").body(json.clone());
        }
        let response = sending.send().await.map_err(|error| Error::Network(self.hide(cause(error))))?;
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (retry_after, location) = (header(RETRY_AFTER), header(LOCATION));
        let text = match body(response).await {
            // A refusal counts, with the wait that it asks for, even if its words break off.
            Err(_) if !(200..300).contains(&status) => String::new(),
            text => text?,
        };
        Ok(Answer { status, retry_after, location, text })
    }

    /// Where a redirect leads, if the key may go there: the same scheme, host and port.
    pub(super) fn redirected(&self, request: &Request, answer: &Answer) -> Option<Result<Request, Error>> {
        if !(300..400).contains(&answer.status) {
            return None;
        }
        let mut url = request.url.join(answer.location.as_deref()?).ok()?;
        let refused = |why: String| Some(Err(Error::Refused { status: answer.status, message: why }));
        if url.origin() != request.url.origin() {
            let to = url.origin().ascii_serialization();
            return refused(format!("a redirect to {to}, where the key is not sent; if that is right, set `base_url`"));
        }
        if request.json.is_some() {
            return refused(self.hide(format!("a redirect of a POST to {}", url.path())));
        }
        // A user name in the URL would be sent instead of the key; an http URL can always do without.
        url.set_username("").and_then(|()| url.set_password(None)).ok()?;
        Some(Ok(Request { url, json: None }))
    }

    /// Takes the account's secrets out of what a server said, should it repeat them.
    fn hide(&self, mut text: String) -> String {
        for secret in &self.secrets {
            let whole = secret.expose().trim();
            let bare = whole.split_once(' ').map_or(whole, |(_, token)| token.trim());
            for part in [whole, bare].into_iter().filter(|part| part.len() >= SHORTEST_SECRET) {
                if text.contains(part) {
                    text = text.replace(part, "[hidden]");
                }
            }
        }
        text
    }

    /// An answer without the secrets that it repeats: before its words are cut short, which could
    /// leave half of one. Only for errors, as a call's words stay as they are.
    pub(super) fn hidden(&self, answer: &Answer) -> Answer {
        Answer { text: self.hide(answer.text.clone()), ..answer.clone() }
    }

    /// What a server said, fit to be shown: without parts of secrets and without phone numbers.
    pub(super) fn shown(&self, text: &str) -> String {
        self.scrub.note(text)
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("host", &self.base.host_str()).finish_non_exhaustive()
    }
}

fn sensitive(text: &str) -> anyhow::Result<HeaderValue> {
    // The parser's error would not repeat the value, but neither does it say more than this.
    let mut value = HeaderValue::from_str(text.trim()).ok().context("it has characters that no header can carry")?;
    value.set_sensitive(true);
    Ok(value)
}

/// The body, which is text even if it is not JSON; bytes that are no UTF-8 are replaced.
async fn body(mut response: reqwest::Response) -> Result<String, Error> {
    let too_large = || Error::Unreadable(format!("it is larger than {} MiB", LARGEST_BODY >> 20));
    let announced = response.content_length().unwrap_or(0);
    if announced > LARGEST_BODY as u64 {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > LARGEST_BODY => return Err(too_large()),
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) if error.is_timeout() => return Err(Error::Network(cause(error))),
            Err(_) => return Err(Error::Unreadable(format!("it breaks off after {} bytes", bytes.len()))),
        }
    }
    let text = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    match lenient::mended(text.trim_start_matches('\u{feff}')) {
        Cow::Borrowed(same) if same.len() == text.len() => Ok(text),
        mended => Ok(mended.into_owned()),
    }
}

/// What went wrong below HTTP. reqwest's own words hold the URL and repeat themselves; the last
/// cause ("Connection refused", "invalid peer certificate") is what helps.
fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return if error.is_connect() { "timed out while connecting" } else { "timed out waiting for the answer" }
            .to_owned();
    }
    let mut deepest: &dyn std::error::Error = &error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    if error.is_connect() { format!("connecting failed: {deepest}") } else { deepest.to_string() }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        time,
    };

    use super::*;

    /// What comes of a server that says this and then nothing more, or drips.
    async fn answer(says: &str, drips: bool) -> Result<Answer, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = Config {
            api_key: Some(Secret::new("sk-very-secret")),
            base_url: format!("http://{}", listener.local_addr().unwrap()).parse().unwrap(),
            ..Config::default()
        };
        let patience = Patience { whole: Duration::from_millis(300), ..Patience::default() };
        let http = Http::new(&config, patience).unwrap();
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_u8().await.unwrap();
            stream.write_all(says.as_bytes()).await.unwrap();
            while !drips || stream.write_all(b" ").await.is_ok() {
                time::sleep(Duration::from_millis(10)).await;
            }
        };
        let request = http.get(&["v1", "calls"], &[("limit", "1")]);
        tokio::select! {
            answer = http.send(&request) => answer,
            () = serve => panic!("the client left first"),
        }
    }

    #[tokio::test]
    async fn a_server_that_stalls_or_drips_is_given_up_on() {
        for drips in [false, true] {
            for says in [
                "HTTP/1.1 200 OK\r\n",
                "HTTP/1.1 200 OK\r\nx-slow: ",
                "HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n",
                "HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n{\"calls\":[",
            ] {
                // A drip that makes no header is not HTTP.
                let says = if drips && says.ends_with("OK\r\n") { "HTTP/1.1 200 OK\r\nx: " } else { says };
                let error = answer(says, drips).await.unwrap_err();
                assert_eq!(error.to_string(), "cannot reach Bland: timed out waiting for the answer", "{says}");
            }
        }
        let error = answer("", false).await.unwrap_err();
        assert_eq!(error.to_string(), "cannot reach Bland: timed out waiting for the answer");
    }

    #[tokio::test]
    async fn a_refusal_whose_words_never_come_still_says_when_to_come_back() {
        let head = "HTTP/1.1 429 Slow\r\nretry-after: 90\r\ncontent-length: 99999\r\n\r\n";
        for drips in [false, true] {
            let answer = answer(head, drips).await.unwrap();
            assert_eq!((answer.status, answer.retry_after.as_deref(), answer.text.as_str()), (429, Some("90"), ""));
        }
    }
}
