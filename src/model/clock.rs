//! A time of day as people write it in config: `"22:00"`.

use std::{borrow::Cow, fmt, str::FromStr};

use jiff::civil::Time;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// Hours and minutes on the clock of some time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clock(Time);

impl Clock {
    pub const fn time(self) -> Time {
        self.0
    }
}

impl FromStr for Clock {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a time of day; write it like \"07:00\" or \"22:30\"");
        let (hour, minute) = text.trim().split_once(':').ok_or_else(wrong)?;
        let number = |digits: &str, lengths: &[usize]| {
            let plain = lengths.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse::<i8>().ok().filter(|_| plain).ok_or_else(wrong)
        };
        let (hour, minute) = (number(hour, &[1, 2])?, number(minute, &[2])?);
        if (hour, minute) == (24, 0) {
            return Err("`24:00` is not a time of day; midnight is \"00:00\"".to_owned());
        }
        Time::new(hour, minute, 0, 0).map(Self).map_err(|_| wrong())
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

impl<'de> Deserialize<'de> for Clock {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Clock {
    fn schema_name() -> Cow<'static, str> {
        "Clock".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A time of day: 07:00, 22:30",
            "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$",
            "examples": ["07:00", "22:30"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_hours_and_minutes_and_nothing_else() {
        for (text, back) in [("22:00", "22:00"), ("7:05", "07:05"), ("00:00", "00:00"), (" 23:59 ", "23:59")] {
            assert_eq!(text.parse::<Clock>().unwrap().to_string(), back);
        }
        for text in ["", "22", "24:01", "25:00", "22:60", "10pm", "22:0", "-1:00", "+1:00", "22:00:00", "022:00"] {
            let error = text.parse::<Clock>().unwrap_err();
            assert!(error.contains("is not a time of day; write it like"), "{text}: {error}");
        }
        assert!("24:00".parse::<Clock>().unwrap_err().contains("midnight is \"00:00\""));
    }
}
