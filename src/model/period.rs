//! A length of time as people write it in config: `"90s"`, `"5m"`, `"1h30m"`, `"30d"`.

use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

use jiff::SignedDuration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A non-negative length of time with millisecond precision.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(Duration);

impl Period {
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    pub const fn std(self) -> Duration {
        self.0
    }

    pub fn signed(self) -> SignedDuration {
        SignedDuration::try_from(self.0).unwrap_or(SignedDuration::MAX)
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a length of time; write it like \"90s\", \"5m\", \"1h30m\" or \"30d\"");
        let text = text.trim();
        if text.is_empty() || text.starts_with(['-', 'P', 'p']) {
            return Err(wrong());
        }
        // jiff keeps days out of absolute durations, as days differ in length; here a day is 24 hours.
        let (days, rest) = match text.split_once(['d', 'D']) {
            Some((days, rest)) => (days.trim().parse::<u64>().map_err(|_| wrong())?, rest.trim()),
            None => (0, text),
        };
        let rest = if rest.is_empty() { SignedDuration::ZERO } else { rest.parse().map_err(|_| wrong())? };
        let rest = Duration::try_from(rest).map_err(|_| wrong())?;
        let days = Duration::from_secs(days.checked_mul(86_400).ok_or_else(wrong)?);
        let sum = days.checked_add(rest).filter(|sum| sum.as_secs() <= 3_660 * 86_400).ok_or_else(wrong)?;
        Ok(Self(sum))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_zero() {
            return f.write_str("0s");
        }
        let seconds = self.0.as_secs();
        for (size, unit) in [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")] {
            let over = match unit {
                "d" => seconds / size,
                "h" => seconds % 86_400 / size,
                "m" => seconds % 3_600 / size,
                _ => seconds % 60,
            };
            if over > 0 {
                write!(f, "{over}{unit}")?;
            }
        }
        match self.0.subsec_millis() {
            0 => Ok(()),
            millis => write!(f, "{millis}ms"),
        }
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl JsonSchema for Period {
    fn schema_name() -> Cow<'static, str> {
        "Period".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A length of time: 90s, 5m, 1h30m, 30d",
            "examples": ["90s", "5m", "1h30m", "30d"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write_and_writes_it_back() {
        for (text, seconds, back) in [
            ("90s", 90, "1m30s"),
            ("5m", 300, "5m"),
            ("1h30m", 5_400, "1h30m"),
            ("30d", 2_592_000, "30d"),
            ("1d 2h", 93_600, "1d2h"),
            ("0s", 0, "0s"),
        ] {
            let period: Period = text.parse().unwrap();
            assert_eq!((period.std().as_secs(), period.to_string().as_str()), (seconds, back), "{text}");
        }
        assert_eq!("250ms".parse::<Period>().unwrap().to_string(), "250ms");
    }

    #[test]
    fn refuses_what_is_not_a_length_of_time() {
        for text in ["", "soon", "10", "-5s", "P1D", "1y", "99999d"] {
            let error = text.parse::<Period>().unwrap_err();
            assert!(error.contains("not a length of time"), "{text}: {error}");
        }
    }
}
