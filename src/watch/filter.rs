//! Whether a call is one that an `all_calls` watch asks for.

use wildmatch::WildMatch;

use crate::{model::call::Call, watch::config::Config};

/// A list row may lack the fields that decide; a record has them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Yes,
    No,
    /// Not known before the call's details are read.
    Unknown,
}

/// Compares the call with every filter of the watch; `complete` says that nothing more is to come,
/// so that a missing value is a no.
pub(super) fn fits(watch: &Config, call: &Call, complete: bool) -> Fit {
    let text = |wanted: &Option<String>, value: &Option<String>| match wanted {
        None => Fit::Yes,
        Some(glob) => judge(value.as_deref().map(|value| WildMatch::new(glob).matches(value)), complete),
    };
    let mut fits = vec![
        text(&watch.to, &call.to),
        text(&watch.from, &call.from),
        text(&watch.pathway_id, &call.pathway_id),
        watch.inbound.map_or(Fit::Yes, |wanted| judge(call.inbound.map(|inbound| inbound == wanted), complete)),
    ];
    fits.extend(watch.metadata.iter().map(|(key, glob)| {
        let known = (!call.metadata.is_empty()).then_some(());
        let value = known.map(|()| call.metadata.get(key).map(plain));
        judge(value.map(|value| value.is_some_and(|value| WildMatch::new(glob).matches(&value))), complete)
    }));
    if fits.contains(&Fit::No) {
        Fit::No
    } else if fits.contains(&Fit::Unknown) {
        Fit::Unknown
    } else {
        Fit::Yes
    }
}

fn judge(answer: Option<bool>, complete: bool) -> Fit {
    match answer {
        Some(true) => Fit::Yes,
        Some(false) => Fit::No,
        None if complete => Fit::No,
        None => Fit::Unknown,
    }
}

/// A metadata value as a person would write it in a filter.
fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filter: &str, complete: bool, expected: Fit) {
        let watch: Config = toml::from_str(filter).unwrap();
        let call = Call {
            id: "c1".to_owned(),
            to: Some("+15551234567".to_owned()),
            inbound: Some(false),
            metadata: serde_json::from_str(r#"{"team": "alpha", "tier": 3}"#).unwrap(),
            ..Call::default()
        };
        assert_eq!(fits(&watch, &call, complete), expected, "{filter}");
    }

    #[test]
    fn every_filter_must_fit() {
        for (filter, expected) in [
            ("", Fit::Yes),
            ("to = '+1555*'", Fit::Yes),
            ("to = '+49*'", Fit::No),
            ("inbound = false", Fit::Yes),
            ("inbound = true", Fit::No),
            ("metadata = { team = 'al*', tier = '3' }", Fit::Yes),
            ("metadata = { team = 'beta' }", Fit::No),
            ("metadata = { region = '*' }", Fit::No),
            ("to = '+1*'\nmetadata = { team = 'beta' }", Fit::No),
        ] {
            check(filter, true, expected);
        }
    }

    #[test]
    fn what_a_row_does_not_say_is_decided_by_the_details() {
        check("from = '+1*'", false, Fit::Unknown);
        check("from = '+1*'", true, Fit::No);
        check("from = '+1*'\ninbound = true", false, Fit::No);
        check("pathway_id = 'p1'", false, Fit::Unknown);
    }
}
