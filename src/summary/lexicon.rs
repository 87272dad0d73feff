//! How likely a word is to return in a summary that a person writes.

use std::{collections::HashMap, sync::LazyLock};

/// Words of phone business that the measured dialogues know little of, by judgement.
const CALLS: &[(&str, f32)] = &[
    ("appointment", 1.5),
    ("book", 0.8),
    ("bill", 1.0),
    ("broken", 1.0),
    ("cancel", 1.5),
    ("charg", 1.0),
    ("claim", 1.0),
    ("damag", 1.0),
    ("delivery", 1.2),
    ("deposit", 1.0),
    ("insurance", 1.0),
    ("invoice", 1.2),
    ("leak", 1.0),
    ("order", 1.2),
    ("pay", 1.0),
    ("payment", 1.2),
    ("policy", 0.8),
    ("prescription", 1.2),
    ("quote", 1.0),
    ("refund", 1.5),
    ("repair", 1.2),
    ("replacement", 1.0),
    ("reschedul", 1.5),
    ("reservation", 1.2),
    ("technician", 1.0),
    ("transfer", 1.0),
    ("warranty", 1.0),
    // Side talk.
    ("baby", -1.0),
    ("cat", -1.0),
    ("coffee", -1.0),
    ("dog", -1.0),
    ("funny", -1.5),
    ("game", -1.0),
    ("kid", -1.0),
    ("rain", -1.0),
    ("snow", -1.0),
    ("sunny", -1.5),
    ("traffic", -1.0),
    ("vacation", -0.8),
    ("weather", -1.5),
    ("weekend", -0.5),
];

static WEIGHTS: LazyLock<HashMap<&'static str, f32>> = LazyLock::new(|| {
    let measured = include_str!("lexicon.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut weights: HashMap<&str, f32> = measured
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(stem, weight)| Some((stem, weight.parse().ok()?)))
        .collect();
    weights.extend(CALLS.iter().copied());
    weights
});

/// The log-odds of a stem, 0 when nothing is known of it.
pub(super) fn weight(stem: &str) -> f32 {
    WEIGHTS.get(stem).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_read() {
        let lines = include_str!("lexicon.tsv").lines().filter(|line| !line.starts_with('#')).count();
        assert!(WEIGHTS.len() >= lines && lines > 300, "{lines}");
        assert!(weight("appointment") > 1.0 && weight("weather") < 0.0);
        assert_eq!(weight("xyzzy"), 0.0);
    }
}
