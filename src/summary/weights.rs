//! What each feature of a line and of a value is worth: the numbers that `ringback bench fit` finds on labelled calls.

use std::{collections::HashMap, sync::LazyLock};

/// Purpose, outcome and next step.
pub(super) const SOUGHT: usize = 3;

/// Those three, and whether the line is worth telling at all.
pub(super) type OfLine = [f32; SOUGHT + 1];
/// For holding, for being stale, and for neither.
pub(super) type OfValue = [f32; 3];

/// The feature of no line at all, which wins where a call has no such part.
pub(super) const NONE: &str = "none";

static LINES: LazyLock<HashMap<&'static str, OfLine>> =
    LazyLock::new(|| include_str!("weights/lines.tsv").lines().filter_map(read).collect());

static VALUES: LazyLock<HashMap<&'static str, OfValue>> =
    LazyLock::new(|| include_str!("weights/values.tsv").lines().filter_map(read).collect());

/// "feature", a tab, and a number per column.
fn read<const N: usize>(line: &'static str) -> Option<(&'static str, [f32; N])> {
    let (feature, numbers) = line.split_once('\t').filter(|_| !line.starts_with('#'))?;
    let numbers: Option<Vec<f32>> = numbers.split('\t').map(|number| number.parse().ok()).collect();
    Some((feature, numbers?.try_into().ok()?))
}

pub(super) fn of_line(feature: &str) -> Option<&OfLine> {
    LINES.get(feature)
}

pub(super) fn of_value(feature: &str) -> Option<&OfValue> {
    VALUES.get(feature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_lists_is_read() {
        let count = |list: &str| list.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(LINES.len(), count(include_str!("weights/lines.tsv")));
        assert_eq!(VALUES.len(), count(include_str!("weights/values.tsv")));
        assert!(LINES.len() > 500 && VALUES.len() > 100 && of_line(NONE).is_some());
    }
}
