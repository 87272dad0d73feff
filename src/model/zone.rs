//! A time zone by its name in the IANA list, as people write it in config.

use std::borrow::Cow;

use jiff::tz::{self, TimeZone, TimeZoneDatabase};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::model::near::closest;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    zone: TimeZone,
    name: String,
}

impl Zone {
    /// The zone of this name, or what to write instead.
    pub fn named(name: &str) -> Result<Self, String> {
        let name = name.trim();
        let zone = tz::db().get(name).map_err(|_| hint(name))?;
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Ok(Self { zone, name })
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// As the list spells it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn hint(word: &str) -> String {
    let zones: Vec<String> = TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
    // The signs of `Etc/GMT+2` are the other way round, so nobody is sent there by accident.
    let zones = || zones.iter().map(String::as_str).filter(|zone| !zone.starts_with("Etc/"));
    let city = |zone: &str| zone.rsplit('/').next().map(|city| city.replace('_', " ").to_lowercase());
    let wanted = word.replace('_', " ").to_lowercase();
    let offset = word.contains(|c: char| c.is_ascii_digit());
    let close = zones().find(|zone| city(zone).as_deref() == Some(&wanted)).or_else(|| closest(word, zones()));
    let close = close.filter(|_| !offset);
    match close {
        Some(close) => format!("did you mean `{close}`? (names are from the IANA list, such as \"Europe/Berlin\")"),
        None => "write a name from the IANA list, such as \"America/New_York\" or \"UTC\"".to_owned(),
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(from)?;
        Self::named(&name).map_err(|hint| de::Error::custom(format!("`{name}` is not a time zone's name; {hint}")))
    }
}

impl JsonSchema for Zone {
    fn schema_name() -> Cow<'static, str> {
        "Zone".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A time zone by its name in the IANA list",
            "examples": ["UTC", "Europe/Berlin", "America/New_York"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_slips_are_recognised() {
        assert_eq!(Zone::named(" europe/berlin ").unwrap().name(), "Europe/Berlin");
        for (word, meant) in
            [("Berlin", "`Europe/Berlin`"), ("Europe/Berln", "`Europe/Berlin`"), ("new york", "`America/New_York`")]
        {
            assert!(Zone::named(word).unwrap_err().contains(meant), "{word}");
        }
        assert!(Zone::named("+02:00").unwrap_err().starts_with("write a name"));
    }
}
