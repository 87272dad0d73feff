//! Webhooks, through reqwest: the plain signed envelope, a preset, or a team's own template.

mod answer;
mod signature;

use std::collections::BTreeMap;

use reqwest::{
    Client, Method, RequestBuilder,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::{
    model::{flaw::Flaw, period::Period, secret::Secret},
    notify::{
        Base, Job, Payload, Verdict, add_trouble, config::Config as Section, fit, http, plain, scrub::Scrub,
        webhook::signature::Key,
    },
    render::{Renderer, preset::Preset, privacy::Privacy},
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

    /// What can only be said with the presets at hand.
    fn preset_flaws(&self, preset: &Preset, url: &Url) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for name in preset.params.iter().filter(|name| !self.params.contains_key(*name)) {
            flaws.push(Flaw::new(format!("params.{name}"), format!("the preset `{}` needs it", preset.name)));
        }
        if let Some(prefix) = preset.refused_prefixes.iter().find(|prefix| url.as_str().starts_with(prefix.as_str())) {
            flaws.push(Flaw::new(
                "url",
                format!("a URL that begins with {prefix} does not take the preset `{}`'s messages", preset.name),
            ));
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
    preset: Option<Preset>,
    params: BTreeMap<String, String>,
    client: Client,
    scrub: Scrub,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook")
            .field("base", &self.base)
            .field("preset", &self.preset.as_ref().map(|p| &p.name))
            .finish_non_exhaustive()
    }
}

impl Webhook {
    pub(super) fn build(section: &Section, config: &Config, renderer: &Renderer) -> Result<Self, Vec<Flaw>> {
        let one = |flaw: Flaw| vec![flaw];
        let url = http::target("url", config.url.as_ref().unwrap_or(&Secret::new(""))).map_err(one)?;
        let preset = match &config.preset {
            None => None,
            Some(name) => Some(renderer.preset(name).cloned().ok_or_else(|| vec![unknown_preset(name)])?),
        };
        let flaws = preset.as_ref().map(|preset| config.preset_flaws(preset, &url)).unwrap_or_default();
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let plain = preset.is_none() && section.common.template.is_none();
        Ok(Self {
            base: Base::new(section, if plain { Privacy::Full } else { Privacy::Masked }, &[url.as_str()]),
            method: Method::from_bytes(config.method.as_bytes())
                .map_err(|_| vec![Flaw::new("method", "this is not a method")])?,
            headers: headers(config),
            key: config.secret.as_ref().map(Key::parse).transpose().map_err(one)?,
            client: http::client(config.timeout.std()).map_err(one)?,
            scrub: scrub(config, &url),
            params: config.params.clone(),
            preset,
            url,
        })
    }

    pub(super) fn preset_max_per_minute(&self) -> Option<u32> {
        self.preset.as_ref()?.max_per_minute
    }

    pub(super) fn prepare(&self, renderer: &Renderer, job: &Job<'_>) -> Payload {
        let view = self.base.view(job);
        let mut trouble = None;
        if let Some(template) = &self.base.common.template {
            let rendered = renderer.native(template, job.event, view, &self.params).map_err(|error| error.to_string());
            match rendered.and_then(|text| self.native(template, text)) {
                Ok((content_type, body)) => return Payload { content_type, body, trouble },
                Err(error) => {
                    add_trouble(&mut trouble, format!("`{template}` failed ({error}), the built-in form was sent"))
                }
            }
        }
        let Some(preset) = &self.preset else {
            let body = renderer.envelope(job.event, view).to_string();
            return Payload { content_type: JSON.to_owned(), body, trouble };
        };
        let said = renderer.message(job.event, view);
        if let Some(said) = said.trouble {
            add_trouble(&mut trouble, said);
        }
        let layout = format!("presets/{}.json.hbs", preset.name);
        let rendered =
            renderer.layout(&layout, job.event, &said.message, view, &self.params).map_err(|error| error.to_string());
        let body = rendered.and_then(|text| fitted(&text, preset)).unwrap_or_else(|error| {
            add_trouble(&mut trouble, format!("`{layout}` failed ({error}), plain text was sent"));
            fallback(&plain::text(&said.message), preset)
        });
        Payload { content_type: preset_type(preset), body, trouble }
    }

    pub(super) async fn send(&self, payload: &Payload, job: &Job<'_>) -> Verdict {
        let request = self.request(payload, job);
        match http::exchange(request, job.now).await {
            Ok(answer) => answer::judge(&answer, self.preset.as_ref(), &self.scrub),
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
        headers.extend(self.headers.clone());
        self.client.request(self.method.clone(), self.url.clone()).headers(headers).body(payload.body.clone())
    }

    /// A native template's text, by the suffix of its name.
    fn native(&self, template: &str, text: String) -> Result<(String, String), String> {
        let name = template.strip_suffix(".hbs").unwrap_or(template);
        let content_type = match name.rsplit_once('.').map(|(_, suffix)| suffix) {
            Some("json") => {
                let mut json: Value =
                    serde_json::from_str(&text).map_err(|error| format!("it is not JSON: {error}"))?;
                if let Some(preset) = &self.preset {
                    fit::apply(&mut json, &preset.limits);
                }
                let content_type = self.preset.as_ref().map_or_else(|| JSON.to_owned(), preset_type);
                return Ok((content_type, json.to_string()));
            }
            Some("html") => "text/html; charset=utf-8",
            Some("xml") => "application/xml",
            _ => "text/plain; charset=utf-8",
        };
        Ok((content_type.to_owned(), text))
    }
}

fn fitted(text: &str, preset: &Preset) -> Result<String, String> {
    let mut json: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    fit::apply(&mut json, &preset.limits);
    Ok(json.to_string())
}

/// Nearly every chat takes a `text`; entities keep it from being markup where angle brackets are.
fn fallback(text: &str, preset: &Preset) -> String {
    let mut json = json!({ "text": text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") });
    fit::apply(&mut json, &preset.limits);
    json.to_string()
}

fn preset_type(preset: &Preset) -> String {
    if preset.content_type.is_empty() { JSON.to_owned() } else { preset.content_type.clone() }
}

fn unknown_preset(name: &str) -> Flaw {
    Flaw::new("preset", format!("there is no preset `{name}`"))
        .hint("leave it out to send the plain envelope, or write a `template`")
}

fn headers(config: &Config) -> HeaderMap {
    let pairs = config.headers.iter().filter_map(|(name, value)| {
        let mut value = HeaderValue::from_str(value.expose()).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
    });
    pairs.collect()
}

fn scrub(config: &Config, url: &Url) -> Scrub {
    let scrub = config.headers.values().fold(Scrub::new().url(url), |scrub, value| scrub.secret(value.expose()));
    let scrub =
        config.params.values().filter(|value| value.len() >= 16).fold(scrub, |scrub, value| scrub.secret(value));
    config.secret.iter().fold(scrub, |scrub, secret| scrub.secret(secret.expose()))
}
