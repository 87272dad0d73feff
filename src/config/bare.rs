//! A config without a file, for commands that make up their own.

use std::{collections::BTreeMap, path::PathBuf};

use jiff::tz::TimeZone;

use super::Config;

impl Default for Config {
    /// Every default, one account `bland`, and neither watches nor notifiers.
    fn default() -> Self {
        Self {
            timezone: TimeZone::UTC,
            timezone_name: "UTC".to_owned(),
            accounts: BTreeMap::from([("bland".to_owned(), crate::bland::config::Config::default())]),
            watches: vec![],
            notifiers: vec![],
            routes: vec![],
            summary: crate::summary::config::Config::default(),
            templates: crate::render::config::Config::default(),
            store: crate::store::config::Config::default(),
            server: super::server::Config::default(),
            files: vec![],
            beside: PathBuf::from("."),
        }
    }
}
