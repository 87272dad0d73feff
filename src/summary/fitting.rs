//! The lines of a call and their features, for fitting the weights that tell purpose, outcome and next step.

use super::{
    bearing, features::Scene, is_voicemail, score, settle::Ledger, speech::Speech, talk::Talk, threads, weights,
};
use crate::model::call::Call;

/// The feature of no line at all, which stands for a call that has no such part.
pub const NONE: &str = weights::NONE;

/// What can be told of a sentence or a value before it is known what it is.
#[derive(Debug, Clone)]
pub struct Features {
    /// The sentence, or the value as it is shown.
    pub of: String,
    pub names: Vec<(String, f32)>,
}

pub fn lines(call: &Call) -> Vec<Features> {
    let speech = Speech::of(&call.transcript);
    let talk = Talk::of(&speech);
    let ledger = if is_voicemail(call, &speech) { Ledger::of_message(&talk) } else { Ledger::of(&talk) };
    let rated = score::rate(&talk);
    let scene = Scene { talk: &talk, rated: &rated, ledger: &ledger, inbound: call.inbound };
    let line = |at: usize| {
        let mut names = Vec::new();
        scene.features(at, &mut |name, size| names.push((name.to_owned(), size)));
        let of = talk.lines.get(at).map_or("", |line| line.text).to_owned();
        Features { of, names }
    };
    (0..talk.lines.len()).map(line).collect()
}

/// The values that were said in a call, each with its features.
pub fn values(call: &Call) -> Vec<Features> {
    let speech = Speech::of(&call.transcript);
    let talk = Talk::of(&speech);
    let threads = threads::threads(&talk);
    let value = |(thread, rule): (&threads::Thread, threads::Rule)| {
        let mut names = Vec::new();
        bearing::features(&talk, &threads, thread, rule, &mut |name| names.push((name.to_owned(), 1.0)));
        Features { of: thread.value.shown.clone(), names }
    };
    threads.iter().zip(threads::rules(&talk, &threads)).map(value).collect()
}
