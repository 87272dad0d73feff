//! `[server]`: how the service itself is run and looked after.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::model::{flaw::Flaw, period::Period, secret::Secret};

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Load this file again when it is saved, and not only on SIGHUP.
    pub reload: bool,
    /// Fetched while polling, store and delivery are well: a dead-man's switch that tells when it is not.
    pub heartbeat_url: Option<Secret>,
    /// How often `heartbeat_url` is fetched. 1s to 1d.
    pub heartbeat_every: Period,
}

impl Default for Config {
    fn default() -> Self {
        Self { reload: false, heartbeat_url: None, heartbeat_every: Period::from_secs(60) }
    }
}

impl Config {
    /// Every mistake; the URL is never shown, as whoever knows it can keep the switch quiet.
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let (least, most) = (Period::from_secs(1), Period::from_secs(86_400));
        if self.heartbeat_every < least || self.heartbeat_every > most {
            let says = format!("{} is out of range", self.heartbeat_every);
            flaws.push(Flaw::new("heartbeat_every", says).hint(format!("write {least} to {most}")));
        }
        if self.heartbeat_url.is_some() && self.heartbeat().is_none() {
            let says = "is not the address of a web page";
            flaws.push(Flaw::new("heartbeat_url", says).hint("write it as https://host/path"));
        }
        flaws
    }

    /// The URL that is fetched.
    pub fn heartbeat(&self) -> Option<Url> {
        let url = Url::parse(self.heartbeat_url.as_ref()?.expose().trim()).ok()?;
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaws(url: Option<&str>, every: u64) -> Vec<String> {
        let heartbeat_url = url.map(Secret::new);
        let config = Config { heartbeat_url, heartbeat_every: Period::from_secs(every), ..Config::default() };
        config.flaws().into_iter().map(|flaw| format!("{} {}", flaw.path, flaw.says)).collect()
    }

    #[test]
    fn an_address_and_an_interval_are_needed() {
        assert_eq!(flaws(None, 60), [""; 0]);
        assert_eq!(flaws(Some("https://hc-ping.com/uuid\n"), 1), [""; 0]);
        assert_eq!(flaws(Some("http://127.0.0.1:3001/api/push/x?status=up"), 86_400), [""; 0]);
        for url in ["hc-ping.com/uuid", "ftp://hc-ping.com/uuid", "mailto:me@example.com", "https://"] {
            assert_eq!(flaws(Some(url), 60), ["heartbeat_url is not the address of a web page"], "{url}");
        }
        assert_eq!(flaws(None, 0), ["heartbeat_every 0s is out of range"]);
        assert_eq!(flaws(None, 86_401), ["heartbeat_every 1d1s is out of range"]);
    }
}
