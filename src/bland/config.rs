//! `[bland]` and `[accounts.<name>]`: one Bland API key and how its account is read.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::model::{flaw::Flaw, period::Period, secret::Secret};

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Bland's API key; sent as it is in `Authorization`.
    pub api_key: Option<Secret>,
    /// Where the API is; any scheme, host, port and path prefix.
    pub base_url: Url,
    /// `v1`, or `logs` for the legacy `POST /logs`, which knows only calls given by id.
    pub api: Api,
    /// How often the account is read while calls are live. 100ms to 1h.
    pub poll_interval: Period,
    /// How long to wait for a late `answered_by` or summary.
    pub settle: Period,
    /// How long past `max_duration` (or past the planned start) before `call.stuck`.
    pub stuck_after: Period,
    /// The most requests in any 60 seconds.
    pub max_requests_per_minute: NonZeroU32,
    /// Sent as `encrypted_key`, for accounts that bring their own Twilio.
    pub encrypted_key: Option<Secret>,
    /// Sent as `x-bland-org-id`.
    pub organization_id: Option<String>,
}

/// Which of Bland's APIs answers for single calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    V1,
    Logs,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            api_key: None,
            base_url: Url::parse("https://api.bland.ai").expect("a valid URL"),
            api: Api::V1,
            poll_interval: Period::from_secs(10),
            settle: Period::from_secs(75),
            stuck_after: Period::from_secs(15 * 60),
            max_requests_per_minute: NonZeroU32::new(60).expect("not zero"),
            encrypted_key: None,
            organization_id: None,
        }
    }
}

impl Config {
    /// What this section gets wrong by itself. A missing `api_key` is for the caller to see, who
    /// knows whether any watch reads the account.
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let periods = [
            ("poll_interval", self.poll_interval, Period::from_millis(100), Period::from_secs(3_600)),
            ("settle", self.settle, Period::from_secs(0), Period::from_secs(86_400)),
            ("stuck_after", self.stuck_after, Period::from_secs(0), Period::from_secs(30 * 86_400)),
        ];
        for (key, value, least, most) in periods {
            if value < least || value > most {
                flaws.push(Flaw::new(key, format!("{value} is out of range")).hint(format!("write {least} to {most}")));
            }
        }
        flaws.extend(bad_base_url(&self.base_url));
        let api_key = self.api_key.as_ref().map(Secret::expose);
        let encrypted_key = self.encrypted_key.as_ref().map(Secret::expose);
        let headers = [
            ("api_key", api_key),
            ("encrypted_key", encrypted_key),
            ("organization_id", self.organization_id.as_deref()),
        ];
        flaws.extend(headers.into_iter().filter_map(|(key, value)| bad_header(key, value?)));
        flaws
    }
}

fn bad_base_url(url: &Url) -> Option<Flaw> {
    let flaw = |says: &str, hint: &str| Some(Flaw::new("base_url", says).hint(hint));
    if !["http", "https"].contains(&url.scheme()) || !url.has_host() {
        return flaw("this is not the address of an HTTP API", "write it like `https://api.bland.ai`");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return flaw("a user name or password in the URL would be sent in place of the key", "remove it");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return flaw("a query or fragment has no place in a base URL", "remove what follows `?` or `#`");
    }
    None
}

/// Secrets are checked without being shown.
fn bad_header(key: &str, value: &str) -> Option<Flaw> {
    let bare = value.trim();
    if bare.is_empty() || bare.eq_ignore_ascii_case("bearer") {
        return Some(Flaw::new(key, "is empty").hint("is the environment variable or file that it comes from empty?"));
    }
    let plain = bare.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    (!plain).then(|| Flaw::new(key, "holds characters that no header can carry").hint("is it copied whole and alone?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaws(change: impl FnOnce(&mut Config)) -> Vec<String> {
        let mut config = Config { api_key: Some(Secret::new("sk-1")), ..Config::default() };
        change(&mut config);
        let flaws = config.flaws().into_iter();
        flaws.map(|flaw| format!("{}: {}; {}", flaw.path, flaw.says, flaw.hint.unwrap_or_default())).collect()
    }

    #[test]
    fn the_defaults_and_the_ends_of_each_range_are_fine() {
        assert_eq!(flaws(|_| {}), Vec::<String>::new());
        assert_eq!(flaws(|config| config.poll_interval = Period::from_millis(100)), Vec::<String>::new());
        assert_eq!(flaws(|config| config.poll_interval = Period::from_secs(3_600)), Vec::<String>::new());
        assert_eq!(flaws(|config| config.api_key = Some(Secret::new("Bearer org_1\n"))), Vec::<String>::new());
        let base = |url: &str| flaws(|config| config.base_url = Url::parse(url).unwrap());
        assert_eq!(base("http://127.0.0.1:8080/bland/"), Vec::<String>::new());
    }

    #[test]
    fn each_mistake_is_named_with_what_to_write_instead() {
        let interval = |millis| flaws(|config| config.poll_interval = Period::from_millis(millis));
        assert_eq!(interval(99), ["poll_interval: 99ms is out of range; write 100ms to 1h"]);
        assert_eq!(interval(3_600_001), ["poll_interval: 1h1ms is out of range; write 100ms to 1h"]);
        let settle = flaws(|config| config.settle = Period::from_secs(86_401));
        assert_eq!(settle, ["settle: 1d1s is out of range; write 0s to 1d"]);
        for (url, says) in [
            ("ftp://api.bland.ai", "not the address"),
            ("mailto:a@b.c", "not the address"),
            ("https://me:pw@api.bland.ai", "in place of the key"),
            ("https://api.bland.ai?x=1", "query"),
        ] {
            let found = flaws(|config| config.base_url = Url::parse(url).unwrap());
            assert!(found.len() == 1 && found[0].contains(says), "{url}: {found:?}");
        }
        for key in ["", " ", "Bearer ", "clé", "a\nb"] {
            let found = flaws(|config| config.api_key = Some(Secret::new(key)));
            assert!(found.len() == 1 && found[0].starts_with("api_key"), "{key:?}: {found:?}");
        }
    }
}
