//! ROUGE-1, -2 and -L as F1: how many words, pairs and sequences a summary shares with one that a person wrote.

use std::collections::HashMap;

use super::porter;

/// F1 of 0 to 1 for single words, pairs, and the longest common sequence.
pub(super) type Rouge = [f64; 3];

/// The mean over all references; a text is prepared once and scored against each.
pub(super) fn score(summary: &str, references: &[String]) -> Rouge {
    let said = tokens(summary);
    let mut sum = [0.0; 3];
    for reference in references {
        let wanted = tokens(reference);
        let each = [grams(&said, &wanted, 1), grams(&said, &wanted, 2), longest(&said, &wanted)];
        for (sum, each) in sum.iter_mut().zip(each) {
            *sum += each / float(references.len());
        }
    }
    sum
}

/// Runs of ASCII letters and figures, those of more than three as their stem.
fn tokens(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| if word.len() > 3 { porter::stem(word) } else { word.to_owned() }).collect()
}

fn grams(said: &[String], wanted: &[String], size: usize) -> f64 {
    let mut open: HashMap<&[String], usize> = HashMap::new();
    for gram in wanted.windows(size) {
        *open.entry(gram).or_default() += 1;
    }
    let mut shared = 0;
    for gram in said.windows(size) {
        if let Some(count) = open.get_mut(gram).filter(|count| **count > 0) {
            *count -= 1;
            shared += 1;
        }
    }
    f1(shared, (said.len() + 1).saturating_sub(size), (wanted.len() + 1).saturating_sub(size))
}

fn longest(said: &[String], wanted: &[String]) -> f64 {
    let mut row = vec![0_usize; wanted.len() + 1];
    for word in said {
        let mut corner = 0;
        for (at, other) in wanted.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == other { corner + 1 } else { above.max(row[at]) };
            corner = above;
        }
    }
    f1(row.last().copied().unwrap_or_default(), said.len(), wanted.len())
}

fn f1(shared: usize, said: usize, wanted: usize) -> f64 {
    if shared == 0 { 0.0 } else { 2.0 * float(shared) / float(said + wanted) }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words are small")]
fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_the_usual_scorer() {
        let close = |summary: &str, references: &[&str], expected: Rouge| {
            let references: Vec<String> = references.iter().map(|text| (*text).to_owned()).collect();
            let found = score(summary, &references);
            let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4);
            assert!(near, "{summary}: {found:?} is not {expected:?}");
        };
        close("The cat sat on the mat.", &["A cat was sitting on the mat"], [0.6154, 0.3636, 0.6154]);
        let called = "The customer called about a refrigerator that was broken, and agreed";
        close("I am calling about the refrigerators", &[called], [0.4706, 0.1333, 0.3529]);
        close("", &["something"], [0.0; 3]);
        close("moved to Thursday", &["moved to Thursday"], [1.0; 3]);
    }
}
