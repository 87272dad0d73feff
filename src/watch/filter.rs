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
    let fits: Vec<Fit> = judged(watch, call, complete).into_iter().map(|(_, fit)| fit).collect();
    if fits.contains(&Fit::No) {
        Fit::No
    } else if fits.contains(&Fit::Unknown) {
        Fit::Unknown
    } else {
        Fit::Yes
    }
}

/// Each filter of the watch as it is written in the config, and whether the call fits it.
pub(super) fn judged(watch: &Config, call: &Call, complete: bool) -> Vec<(String, Fit)> {
    let mut judged = Vec::new();
    let texts = [
        ("to", &watch.to, &call.to),
        ("from", &watch.from, &call.from),
        ("pathway_id", &watch.pathway_id, &call.pathway_id),
    ];
    for (key, wanted, value) in texts {
        if let Some(glob) = wanted {
            let fit = judge(value.as_deref().map(|value| WildMatch::new(glob).matches(value)), complete);
            judged.push((format!("{key} = {glob:?}"), fit));
        }
    }
    if let Some(wanted) = watch.inbound {
        let fit = judge(call.inbound.map(|inbound| inbound == wanted), complete);
        judged.push((format!("inbound = {wanted}"), fit));
    }
    for (key, glob) in &watch.metadata {
        let known = (!call.metadata.is_empty()).then_some(());
        let value = known.map(|()| call.metadata.get(key).map(plain));
        let fits = value.map(|value| value.is_some_and(|value| WildMatch::new(glob).matches(&value)));
        judged.push((format!("metadata.{key} = {glob:?}"), judge(fits, complete)));
    }
    judged
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
