//! Webhooks, through reqwest: the plain signed envelope, a preset, or a team's own template.

mod answer;
mod body;
pub mod config;
mod limits;
pub mod params;
mod place;
mod signature;

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use reqwest::{
    Client, Method, RequestBuilder,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;
use url::Url;
use wildmatch::WildMatch;

use crate::{
    model::flaw::Flaw,
    notify::{
        Job, Pause, Payload, Verdict,
        common::{Base, Common},
        http::{self, Answer, Unanswered},
        plain,
        scrub::Scrub,
        webhook::{
            config::Config,
            params::{Ids, Values},
            place::Place,
            signature::Key,
        },
        writer::Writer,
    },
    render::{
        Renderer,
        preset::{Preset, Rate, Refused},
        privacy::{self, Privacy},
    },
};

const USER_AGENT: &str = concat!("Ringback/", env!("CARGO_PKG_VERSION"));

const JSON: &str = "application/json";

/// A built notifier.
pub struct Webhook {
    pub(super) base: Base,
    place: Place,
    method: Method,
    /// The section's own.
    headers: HeaderMap,
    key: Option<Key>,
    preset: Option<(String, Preset)>,
    values: Values,
    client: Client,
    time_limit: Duration,
    scrub: Scrub,
    doubts: Vec<String>,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook")
            .field("base", &self.base)
            .field("preset", &self.preset.as_ref().map(|(name, _)| name))
            .finish_non_exhaustive()
    }
}

impl Webhook {
    pub(super) fn build(name: &str, common: &Common, config: &Config, renderer: &Renderer) -> Result<Self, Vec<Flaw>> {
        let one = |flaw: Flaw| vec![flaw];
        let preset = config.preset.as_ref().map(|name| found(name, renderer).map_err(one)).transpose()?;
        let known = preset.as_ref().map(|(name, preset)| (name.as_str(), preset));
        let values =
            known.map(|(name, preset)| Values::check(name, preset, &config.params)).transpose()?.unwrap_or_default();
        let (place, url) = Place::find(config, known, &values)?;
        if let Some((_, preset)) = known {
            refused_prefix(preset, &url).map_or(Ok(()), |flaw| Err(one(flaw)))?;
            of_preset(preset, &values, &Ids::ANY).map_err(one)?;
        }
        let privacy = match known {
            Some((_, preset)) => preset.privacy.unwrap_or(Privacy::Masked),
            None if common.template.is_some() => Privacy::Masked,
            None => Privacy::Full,
        };
        // The default gives way to what the preset knows.
        let method = known.map(|(_, preset)| preset.method.as_str()).filter(|_| config.method == "POST");
        // A stopped destination is a new one when any of these is changed.
        let marks: Vec<&str> = [url.as_str()].into_iter().chain(values.all()).collect();
        Ok(Self {
            base: Base::new(name, common, privacy, &marks),
            method: Method::from_bytes(method.unwrap_or(&config.method).as_bytes())
                .map_err(|_| vec![Flaw::new("method", "this is not a method")])?,
            headers: own_headers(config),
            key: config.secret.as_ref().map(Key::parse).transpose().map_err(one)?,
            client: http::client(config.timeout.std()).map_err(one)?,
            time_limit: config.timeout.std(),
            scrub: scrub(config, &values, &url),
            doubts: known.and_then(|(name, preset)| odd_prefix(name, preset, config)).into_iter().collect(),
            place,
            values,
            preset,
        })
    }

    /// The second try without the form included.
    pub(super) fn time_limit(&self) -> Duration {
        let tries = if self.preset().is_some_and(|preset| preset.plain.is_some()) { 2 } else { 1 };
        tries * self.time_limit
    }

    pub(super) fn rates(&self) -> &[Rate] {
        self.preset().map(|preset| preset.rates.as_slice()).unwrap_or_default()
    }

    pub(super) fn doubts(&self) -> Vec<String> {
        self.doubts.clone()
    }

    fn preset(&self) -> Option<&Preset> {
        self.preset.as_ref().map(|(_, preset)| preset)
    }

    pub(super) fn prepare(&self, renderer: &Renderer, job: &Job<'_>) -> Payload {
        let mut writer = Writer::new(&self.base, renderer, job, &self.values.shown);
        if let Some((content_type, body)) = writer.native("", |name, text| self.native(name, text)) {
            return writer.payload(&content_type, body);
        }
        let Some(preset) = self.preset() else {
            return writer.payload(JSON, privacy::envelope(job.event, self.base.privacy).to_string());
        };
        let message = writer.message();
        let body = writer.layout(&preset.template, &message, |text| body::fitted(&preset.template, text, preset));
        let body = body.unwrap_or_else(|| body::fallback(&plain::text(&message), preset));
        writer.payload(&preset.content_type, body)
    }

    pub(super) async fn send(&self, payload: &Payload, job: &Job<'_>) -> Verdict {
        let first = match self.try_once(payload, &payload.body, job, job.now).await {
            Ok(answer) => answer,
            Err(unanswered) => return self.unanswered(unanswered),
        };
        let verdict = answer::judge(&first, self.preset(), &self.scrub.sent(&payload.body));
        let Some(plain) = self.plain(&first, &payload.body) else { return self.settled(verdict) };
        let second = match self.try_once(payload, &plain, job, first.at).await {
            Ok(answer) => answer,
            Err(unanswered) => return self.unanswered(unanswered),
        };
        let again = answer::judge(&second, self.preset(), &self.scrub.sent(&payload.body));
        self.settled(answer::without_form(again, verdict.note()))
    }

    /// The body to send instead when the answer refuses the form of this one.
    fn plain(&self, answer: &Answer, body: &str) -> Option<String> {
        let preset = self.preset()?;
        let how = preset.plain.as_ref().filter(|_| answer::refuses_form(answer, preset))?;
        body::plain(body, how)
    }

    async fn try_once(
        &self,
        payload: &Payload,
        body: &str,
        job: &Job<'_>,
        now: Timestamp,
    ) -> Result<Answer, Unanswered> {
        let (content_type, body) = body::sent(&payload.content_type, body, self.preset(), &self.values);
        http::exchange(self.request(&content_type, body, job), now).await
    }

    fn unanswered(&self, unanswered: Unanswered) -> Verdict {
        let bare = match unanswered {
            Unanswered::NotSent(why) => Unanswered::NotSent(self.scrub.note(&why)),
            Unanswered::Lost(why) => Unanswered::Lost(self.scrub.note(&why)),
        };
        self.settled(bare.verdict())
    }

    /// Where the destination drops what it has had already, a lost answer leaves nothing open.
    fn settled(&self, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Ambiguous { note, status } if self.preset().is_some_and(|preset| preset.idempotent) => {
                Verdict::Retry { note, status, after: None, pause: Pause::No }
            }
            other => other,
        }
    }

    /// The id is the event's, so that a receiver can tell a repeat from news, signed or not.
    fn request(&self, content_type: &str, body: String, job: &Job<'_>) -> RequestBuilder {
        let ids = Ids::of(job);
        let second = job.now.as_second();
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        let mut set = |name: &'static str, text: &str| {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(name, value);
            }
        };
        set("content-type", content_type);
        set("webhook-id", &job.event.id);
        set("webhook-timestamp", &second.to_string());
        if let Some(key) = &self.key {
            set("webhook-signature", &key.sign(&job.event.id, second, body.as_bytes()));
        }
        let given = self.preset().and_then(|preset| of_preset(preset, &self.values, &ids).ok()).unwrap_or_default();
        for (name, value) in given.iter().chain(&self.headers) {
            headers.insert(name, value.clone());
        }
        self.client.request(self.method.clone(), self.place.url(&self.values, &ids)).headers(headers).body(body)
    }

    /// A native template's text: a preset's type and limits still hold, else its suffix decides.
    fn native(&self, template: &str, text: String) -> Result<(String, String), String> {
        if let Some(preset) = self.preset() {
            return Ok((preset.content_type.clone(), body::fitted(template, text, preset)?));
        }
        let name = template.strip_suffix(".hbs").unwrap_or(template);
        let content_type = match name.rsplit_once('.').map(|(_, suffix)| suffix) {
            Some("json") => {
                let json: Value = serde_json::from_str(&text).map_err(|error| format!("it is not JSON: {error}"))?;
                return Ok((JSON.to_owned(), json.to_string()));
            }
            Some("html") => "text/html; charset=utf-8",
            Some("xml") => "application/xml",
            _ => "text/plain; charset=utf-8",
        };
        Ok((content_type.to_owned(), text))
    }
}

fn found(name: &str, renderer: &Renderer) -> Result<(String, Preset), Flaw> {
    let preset = renderer.preset(name).cloned();
    preset.map(|preset| (name.to_owned(), preset)).ok_or_else(|| {
        let known: Vec<&str> = renderer.preset_names().collect();
        Flaw::new("preset", format!("there is no preset `{name}`")).hint(format!(
            "there are {}; without one the plain envelope is sent, or your own `template`",
            known.join(", ")
        ))
    })
}

fn refused_prefix(preset: &Preset, url: &Url) -> Option<Flaw> {
    let begins = |refused: &&Refused| WildMatch::new(&format!("{}*", refused.prefix)).matches(url.as_str());
    let refused = preset.refused_prefixes.iter().find(begins)?;
    Some(Flaw::new("url", format!("{} does not take these messages", refused.prefix)).hint(&refused.says))
}

fn odd_prefix(name: &str, preset: &Preset, config: &Config) -> Option<String> {
    let own = config.url.as_ref()?.expose().trim();
    let usual = preset.url_prefixes.is_empty() || preset.url_prefixes.iter().any(|prefix| own.starts_with(prefix));
    (!usual).then(|| {
        let prefixes = preset.url_prefixes.join(" or ");
        format!("the `url` does not begin with {prefixes}, as those of the preset `{name}` do")
    })
}

/// The preset's headers with their blanks filled in.
fn of_preset(preset: &Preset, values: &Values, ids: &Ids<'_>) -> Result<HeaderMap, Flaw> {
    let value = |name: &str| values.of(name, ids);
    let wanted = preset.headers.iter().filter(|(_, blanks)| !blanks.are_empty(value));
    let filled = wanted.map(|(name, blanks)| (name.as_str(), blanks.filled(value)));
    let basic = preset.basic.iter().map(|login| {
        let [user, password] = [&login.user, &login.password].map(|blanks| blanks.filled(value));
        ("authorization", format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
    });
    let mut headers = HeaderMap::new();
    for (name, text) in filled.chain(basic) {
        let wrong = |_| Flaw::new("params", format!("the header `{name}` cannot carry what is given here"));
        let mut value = HeaderValue::from_str(&text).map_err(|_| wrong(()))?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong(()))?, value);
    }
    Ok(headers)
}

fn own_headers(config: &Config) -> HeaderMap {
    let pairs = config.headers.iter().filter_map(|(name, value)| {
        let mut value = HeaderValue::from_str(value.expose()).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
    });
    pairs.collect()
}

/// What a preset builds from its parameters is a secret only where one of them is.
fn scrub(config: &Config, values: &Values, url: &Url) -> Scrub {
    let scrub = Scrub::new();
    let scrub = if config.url.is_some() { scrub.url(url) } else { scrub };
    let scrub = config.headers.values().fold(values.scrub(scrub), |scrub, value| scrub.header(value.expose()));
    config.secret.iter().fold(scrub, |scrub, secret| scrub.secret(secret.expose()))
}
