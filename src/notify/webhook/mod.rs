//! Webhooks, through reqwest: the plain signed envelope, a preset, or a team's own template.

mod answer;
mod signature;

use std::{collections::BTreeMap, time::Duration};

use reqwest::{
    Client, Method, RequestBuilder,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::{
    message::escape,
    model::{flaw::Flaw, period::Period, secret::Secret},
    notify::{
        Base, Job, Payload, Verdict,
        config::Config as Section,
        fit::{self, Unit},
        http, plain,
        scrub::Scrub,
        webhook::signature::Key,
        writer::Writer,
    },
    render::{
        Renderer,
        preset::{Limit, Preset},
        privacy::{self, Privacy},
    },
};

const USER_AGENT: &str = concat!("Ringback/", env!("CARGO_PKG_VERSION"));

const JSON: &str = "application/json";

/// Headers that are ours to write: the first three identify and sign, the others frame the body.
const OWN_HEADERS: [&str; 7] = [
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "content-length",
    "transfer-encoding",
    "connection",
    "host",
];

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where to send. Loopback and private addresses are allowed, as receivers are often there;
    /// link-local ones, where clouds keep their machines' credentials, are refused.
    pub url: Option<Secret>,
    /// `whsec_…`: signs each request after the Standard Webhooks specification.
    pub secret: Option<Secret>,
    /// A destination whose form is known: `slack`.
    pub preset: Option<String>,
    /// What the preset asks for.
    pub params: BTreeMap<String, String>,
    /// Headers added to each request.
    pub headers: BTreeMap<String, Secret>,
    /// `POST`, `PUT` or `PATCH`.
    pub method: String,
    /// How long to wait for the answer. 1s to 2m.
    pub timeout: Period,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: None,
            secret: None,
            preset: None,
            params: BTreeMap::new(),
            headers: BTreeMap::new(),
            method: "POST".to_owned(),
            timeout: Period::from_secs(10),
        }
    }
}

impl Config {
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        match &self.url {
            None => flaws.push(Flaw::new("url", "nothing says where to send").hint("give the receiver's `url`")),
            Some(url) => flaws.extend(http::target("url", url).err()),
        }
        flaws.extend(self.secret.as_ref().and_then(|secret| Key::parse(secret).err()));
        flaws.extend(self.headers.iter().filter_map(|(name, value)| header_flaw(name, value)));
        if !matches!(self.method.as_str(), "POST" | "PUT" | "PATCH") {
            flaws.push(
                Flaw::new("method", format!("`{}` is not a way to send a message", self.method))
                    .hint("use `POST`, `PUT` or `PATCH`"),
            );
        }
        if !(Period::from_secs(1)..=Period::from_secs(120)).contains(&self.timeout) {
            flaws.push(Flaw::new("timeout", format!("{} is out of range", self.timeout)).hint("choose from 1s to 2m"));
        }
        if self.preset.is_none() && !self.params.is_empty() {
            flaws.push(Flaw::new("params", "parameters belong to a preset, and there is none"));
        }
        flaws
    }

    /// What can only be said with the preset at hand.
    fn preset_flaws(&self, name: &str, preset: &Preset, url: &Url) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for (param, what) in
            preset.params.iter().filter(|(param, what)| what.default.is_none() && !self.params.contains_key(*param))
        {
            flaws.push(Flaw::new(format!("params.{param}"), format!("the preset `{name}` needs it: {}", what.about)));
        }
        for param in self.params.keys().filter(|param| !preset.params.contains_key(*param)) {
            let known: Vec<&str> = preset.params.keys().map(String::as_str).collect();
            let hint =
                if known.is_empty() { "it takes none".to_owned() } else { format!("it takes {}", known.join(", ")) };
            flaws
                .push(Flaw::new(format!("params.{param}"), format!("the preset `{name}` does not know it")).hint(hint));
        }
        if let Some(refused) = preset.refused_prefixes.iter().find(|refused| url.as_str().starts_with(&refused.prefix))
        {
            flaws
                .push(Flaw::new("url", format!("{} does not take these messages", refused.prefix)).hint(&refused.says));
        }
        flaws
    }
}

fn header_flaw(name: &str, value: &Secret) -> Option<Flaw> {
    let path = format!("headers.{name}");
    if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
        return Some(Flaw::new(path, "Ringback writes this header itself"));
    }
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Some(Flaw::new(path, "this is not a header's name"));
    }
    HeaderValue::from_str(value.expose())
        .err()
        .map(|_| Flaw::new(path, "the value has characters that a header cannot carry"))
}

/// A built notifier.
pub struct Webhook {
    pub(super) base: Base,
    url: Url,
    method: Method,
    headers: HeaderMap,
    key: Option<Key>,
    preset: Option<(String, Preset)>,
    params: BTreeMap<String, String>,
    client: Client,
    time_limit: Duration,
    scrub: Scrub,
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
    pub(super) fn build(section: &Section, config: &Config, renderer: &Renderer) -> Result<Self, Vec<Flaw>> {
        let one = |flaw: Flaw| vec![flaw];
        let url = http::target("url", config.url.as_ref().unwrap_or(&Secret::new(""))).map_err(one)?;
        let preset = match &config.preset {
            None => None,
            Some(name) => Some((
                name.clone(),
                renderer.preset(name).cloned().ok_or_else(|| vec![unknown_preset(name, renderer)])?,
            )),
        };
        let flaws = preset.as_ref().map(|(name, preset)| config.preset_flaws(name, preset, &url)).unwrap_or_default();
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let plain = preset.is_none() && section.common.template.is_none();
        let params = params(config, preset.as_ref().map(|(_, preset)| preset));
        // The default gives way to what the preset knows.
        let method = preset
            .as_ref()
            .map(|(_, preset)| &preset.method)
            .filter(|_| config.method == "POST")
            .unwrap_or(&config.method);
        Ok(Self {
            base: Base::new(section, if plain { Privacy::Full } else { Privacy::Masked }, &[url.as_str()]),
            method: Method::from_bytes(method.as_bytes())
                .map_err(|_| vec![Flaw::new("method", "this is not a method")])?,
            headers: headers(config, preset.as_ref().map(|(_, preset)| preset), &params),
            key: config.secret.as_ref().map(Key::parse).transpose().map_err(one)?,
            client: http::client(config.timeout.std()).map_err(one)?,
            time_limit: config.timeout.std(),
            scrub: scrub(config, &url),
            params,
            preset,
            url,
        })
    }

    pub(super) fn time_limit(&self) -> Duration {
        self.time_limit
    }

    pub(super) fn preset_max_per_minute(&self) -> Option<u32> {
        self.preset.as_ref()?.1.max_per_minute.map(u32::from)
    }

    pub(super) fn prepare(&self, renderer: &Renderer, job: &Job<'_>) -> Payload {
        let mut writer = Writer::new(&self.base, renderer, job, &self.params);
        if let Some((content_type, body)) = writer.native("", |name, text| self.native(name, text)) {
            return writer.payload(&content_type, body);
        }
        let Some((_, preset)) = &self.preset else {
            return writer.payload(JSON, privacy::envelope(job.event, self.base.privacy).to_string());
        };
        let message = writer.message();
        let body = writer.layout(&preset.template, &message, |text| fitted(&preset.template, text, preset));
        let body = body.unwrap_or_else(|| fallback(&plain::text(&message), preset));
        writer.payload(&preset.content_type, body)
    }

    pub(super) async fn send(&self, payload: &Payload, job: &Job<'_>) -> Verdict {
        let request = self.request(payload, job);
        match http::exchange(request, job.now).await {
            Ok(answer) => {
                let wanted = self.preset.as_ref().map(|(_, preset)| &preset.success);
                answer::judge(&answer, wanted, &self.scrub.sent(&payload.body))
            }
            Err(http::Unanswered::NotSent(why)) => http::Unanswered::NotSent(self.scrub.note(&why)).verdict(),
            Err(http::Unanswered::Lost(why)) => http::Unanswered::Lost(self.scrub.note(&why)).verdict(),
        }
    }

    /// The id is the event's, so that a receiver can tell a repeat from news, signed or not.
    fn request(&self, payload: &Payload, job: &Job<'_>) -> RequestBuilder {
        let second = job.now.as_second();
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        let mut set = |name: &'static str, text: &str| {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(name, value);
            }
        };
        set("content-type", &payload.content_type);
        set("webhook-id", &job.event.id);
        set("webhook-timestamp", &second.to_string());
        if let Some(key) = &self.key {
            set("webhook-signature", &key.sign(&job.event.id, second, payload.body.as_bytes()));
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        self.client.request(self.method.clone(), self.url.clone()).headers(headers).body(payload.body.clone())
    }

    /// A native template's text: a preset's type and limits still hold, else its suffix decides.
    fn native(&self, template: &str, text: String) -> Result<(String, String), String> {
        if let Some((_, preset)) = &self.preset {
            return Ok((preset.content_type.clone(), fitted(template, text, preset)?));
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

/// The rendered body within the preset's limits; JSON must be JSON.
fn fitted(template: &str, text: String, preset: &Preset) -> Result<String, String> {
    if !template.ends_with(".json.hbs") {
        return Ok(preset.max_bytes.map_or(text.clone(), |max| fit::cut(&text, max, Unit::Bytes)));
    }
    let json = serde_json::from_str(&text).map_err(|error| format!("it is not JSON: {error}"))?;
    Ok(within(json, preset))
}

fn within(mut json: Value, preset: &Preset) -> String {
    fit::apply(&mut json, &preset.limits);
    fit::apply(&mut json, &[Limit { bytes: preset.max_bytes, ..Limit::default() }]);
    json.to_string()
}

/// Nearly every chat takes a `text`; entities keep it from being markup where angle brackets are.
fn fallback(text: &str, preset: &Preset) -> String {
    within(json!({ "text": escape::slack(text) }), preset)
}

fn params(config: &Config, preset: Option<&Preset>) -> BTreeMap<String, String> {
    let defaults = preset
        .into_iter()
        .flat_map(|preset| &preset.params)
        .filter_map(|(name, param)| Some((name.clone(), param.default.clone()?)));
    defaults.chain(config.params.clone()).collect()
}

fn unknown_preset(name: &str, renderer: &Renderer) -> Flaw {
    let known: Vec<&str> = renderer.preset_names().collect();
    Flaw::new("preset", format!("there is no preset `{name}`"))
        .hint(format!("there are {}; without one the plain envelope is sent, or your own `template`", known.join(", ")))
}

/// The preset's headers with its parameters filled in, then the section's own.
fn headers(config: &Config, preset: Option<&Preset>, params: &BTreeMap<String, String>) -> HeaderMap {
    let filled = |text: &str| {
        params.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    };
    let given = preset.into_iter().flat_map(|preset| &preset.headers).map(|(name, value)| (name, filled(value)));
    let own = config.headers.iter().map(|(name, value)| (name, value.expose().to_owned()));
    let pairs = given.chain(own).filter_map(|(name, value)| {
        let mut value = HeaderValue::from_str(&value).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
    });
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.insert(name, value);
    }
    headers
}

fn scrub(config: &Config, url: &Url) -> Scrub {
    let scrub = config.headers.values().fold(Scrub::new().url(url), |scrub, value| scrub.header(value.expose()));
    let scrub =
        config.params.values().filter(|value| value.len() >= 16).fold(scrub, |scrub, value| scrub.secret(value));
    config.secret.iter().fold(scrub, |scrub, secret| scrub.secret(secret.expose()))
}
