//! Learns from right choices: the weights under which the options that were right are the likeliest.
//!
//! An option's score is the sum of the weights of its features; its likelihood is the softmax over all options of its
//! choice. Weights are held small by a penalty on their squares (a conditional logit with L2 regularization).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::summary::fitting::{Features, NONE};

/// What was there to choose from, and what was right.
pub(super) struct Choice<'c> {
    pub(super) options: &'c [Features],
    /// Whether "none of these" is one more option, the last.
    pub(super) else_none: bool,
    /// A choice without a right option teaches nothing.
    pub(super) right: BTreeSet<usize>,
    pub(super) weight: f32,
}

/// What the square of a weight costs; a word must earn its weight more than a place or a mark.
const PENALTY: f32 = 5.0;
const PENALTY_OF_WORDS: f32 = 15.0;
const ROUNDS: u16 = 400;
const FIRST_STEP: f32 = 0.05;

struct Example {
    /// The features of each option, by number.
    options: Vec<Vec<(usize, f32)>>,
    right: BTreeSet<usize>,
    weight: f32,
}

pub(super) struct Model {
    numbers: HashMap<String, usize>,
    examples: Vec<Example>,
}

impl Model {
    pub(super) fn new(features: &[String]) -> Self {
        let names = features.iter().cloned().chain([NONE.to_owned()]);
        Self { numbers: names.enumerate().map(|(at, name)| (name, at)).collect(), examples: Vec::new() }
    }

    pub(super) fn learn(&mut self, choice: Choice<'_>) {
        if choice.right.is_empty() {
            return;
        }
        let known = |(name, size): &(String, f32)| Some((*self.numbers.get(name)?, *size));
        let mut options: Vec<Vec<_>> =
            choice.options.iter().map(|option| option.names.iter().filter_map(known).collect()).collect();
        if choice.else_none {
            options.push(self.numbers.get(NONE).map(|at| (*at, 1.0)).into_iter().collect());
        }
        self.examples.push(Example { options, right: choice.right, weight: choice.weight });
    }

    /// The likeliest weights, by Adam's method: long steps while the slope is steady.
    pub(super) fn weights(&self) -> BTreeMap<String, f32> {
        let mut penalties = vec![PENALTY; self.numbers.len()];
        for (name, at) in &self.numbers {
            if name == NONE {
                penalties[*at] = 0.0;
            } else if name.starts_with("w:") || name.starts_with("b:") {
                penalties[*at] = PENALTY_OF_WORDS;
            }
        }
        let mut weights = vec![0.0_f32; self.numbers.len()];
        let (mut mean, mut square) = (weights.clone(), weights.clone());
        for round in 0..ROUNDS {
            let mut slope: Vec<f32> =
                weights.iter().zip(&penalties).map(|(weight, penalty)| weight * penalty).collect();
            self.examples.iter().for_each(|example| example.add_slope(&weights, &mut slope));
            let step = FIRST_STEP * (1.0 - f32::from(round) / f32::from(ROUNDS));
            for (((weight, slope), mean), square) in weights.iter_mut().zip(&slope).zip(&mut mean).zip(&mut square) {
                *mean = 0.9 * *mean + 0.1 * slope;
                *square = 0.99 * *square + 0.01 * slope * slope;
                *weight -= step * *mean / (square.sqrt() + 1e-6);
            }
        }
        self.numbers.iter().map(|(name, at)| (name.clone(), weights[*at])).collect()
    }
}

impl Example {
    /// Adds by how much the right options grow less likely with each weight.
    fn add_slope(&self, weights: &[f32], slope: &mut [f32]) {
        let score = |option: &Vec<(usize, f32)>| option.iter().map(|(at, size)| weights[*at] * size).sum::<f32>();
        let scores: Vec<f32> = self.options.iter().map(score).collect();
        let most = scores.iter().copied().fold(f32::MIN, f32::max);
        let odds: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
        let all: f32 = odds.iter().sum();
        let hit: f32 = self.right.iter().filter_map(|at| odds.get(*at)).sum::<f32>().max(1e-9);
        for (at, (option, odds)) in self.options.iter().zip(&odds).enumerate() {
            let pull = odds / all - if self.right.contains(&at) { odds / hit } else { 0.0 };
            // Each call is there twice.
            option.iter().for_each(|(feature, size)| slope[*feature] += 0.5 * self.weight * pull * size);
        }
    }
}
