//! `[notifiers.<name>.webhook]`.

use std::collections::BTreeMap;

use reqwest::header::{HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    model::{flaw::Flaw, period::Period, secret::Secret},
    notify::{
        http,
        webhook::{params::Given, signature::Key},
    },
};

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
    /// A destination whose form is known, such as `slack` or `telegram`.
    pub preset: Option<String>,
    /// What the preset asks for. `NAME_file` is a file that holds NAME.
    pub params: BTreeMap<String, Given>,
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
            // A preset may know where.
            None if self.preset.is_some() => {}
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
