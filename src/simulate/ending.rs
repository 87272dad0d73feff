//! The ways a simulated call can end, their shares, and a pack of cards that deals them.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Human,
    /// A person who was handed over to a colleague through a second leg.
    WarmTransfer,
    /// A person who was handed over at once.
    ColdTransfer,
    /// A person, and `answered_by` never comes.
    Undetected,
    /// A person, and something after the call failed: `complete_error`.
    PostCallError,
    Voicemail,
    /// Bland's detection ran and could not tell.
    Unknown,
    NoAnswer,
    Busy,
    Canceled,
    FailedBeforeQueue,
    FailedInQueue,
    FailedInCall,
    /// Never ends.
    Stuck,
}

impl Ending {
    /// In per cent; stuck calls only come when asked for, as whatever waits for them waits for ever.
    pub const MIX: [(Self, u32); 13] = [
        (Self::Human, 49),
        (Self::WarmTransfer, 2),
        (Self::ColdTransfer, 2),
        (Self::Undetected, 2),
        (Self::PostCallError, 2),
        (Self::Voicemail, 18),
        (Self::Unknown, 2),
        (Self::NoAnswer, 12),
        (Self::Busy, 4),
        (Self::Canceled, 2),
        (Self::FailedBeforeQueue, 1),
        (Self::FailedInQueue, 2),
        (Self::FailedInCall, 2),
    ];

    /// One ending for each outcome a call can have.
    const EACH_OUTCOME: [Self; 8] = [
        Self::Human,
        Self::Voicemail,
        Self::NoAnswer,
        Self::Busy,
        Self::Canceled,
        Self::Unknown,
        Self::Undetected,
        Self::FailedInQueue,
    ];

    pub fn is_failure(self) -> bool {
        matches!(self, Self::FailedBeforeQueue | Self::FailedInQueue | Self::FailedInCall)
    }

    /// Somebody or something picked up and was talked to.
    pub fn has_talk(self) -> bool {
        !self.is_failure() && !matches!(self, Self::NoAnswer | Self::Busy | Self::Canceled)
    }
}

/// The endings of `count` calls: the mix's shares as exactly as whole calls allow, shuffled.
///
/// Twelve calls and more hold every outcome that the mix allows at all.
pub(super) fn deal(count: usize, mix: &BTreeMap<Ending, u32>, rng: &mut Rng) -> Vec<Ending> {
    let total: u64 = mix.values().map(|share| u64::from(*share)).sum();
    if total == 0 {
        return vec![Ending::Human; count];
    }
    let exact = |share: u32| u64::from(share) * count as u64;
    let mut hands: Vec<(Ending, u64, u64)> =
        mix.iter().map(|(ending, share)| (*ending, exact(*share) / total, exact(*share) % total)).collect();
    // What rounding down left over goes to the largest remainders.
    let dealt: u64 = hands.iter().map(|(_, cards, _)| cards).sum();
    hands.sort_by_key(|(ending, _, remainder)| (std::cmp::Reverse(*remainder), *ending));
    for hand in hands.iter_mut().take(usize::try_from(count as u64 - dealt).unwrap_or_default()) {
        hand.1 += 1;
    }
    if count >= 12 {
        show_each_outcome(&mut hands, mix);
    }
    hands.sort_by_key(|(ending, ..)| *ending);
    let mut cards: Vec<_> = hands.into_iter().flat_map(|(ending, cards, _)| (0..cards).map(move |_| ending)).collect();
    rng.shuffle(&mut cards);
    cards
}

/// The commonest ending gives a card to each outcome that has none.
fn show_each_outcome(hands: &mut [(Ending, u64, u64)], mix: &BTreeMap<Ending, u32>) {
    for ending in Ending::EACH_OUTCOME.into_iter().filter(|ending| mix.get(ending).is_some_and(|share| *share > 0)) {
        let Some(place) = hands.iter().position(|(other, cards, _)| *other == ending && *cards == 0) else { continue };
        if let Some(richest) = hands.iter_mut().max_by_key(|(ending, cards, _)| (*cards, *ending)) {
            richest.1 -= 1;
            hands[place].1 += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(count: usize, mix: &BTreeMap<Ending, u32>) -> BTreeMap<Ending, usize> {
        let mut counts = BTreeMap::new();
        for ending in deal(count, mix, &mut Rng::with_seed(3)) {
            *counts.entry(ending).or_default() += 1;
        }
        counts
    }

    #[test]
    fn a_hundred_calls_have_exactly_the_shares_of_the_mix() {
        let counts = counts(100, &Ending::MIX.into());
        for (ending, share) in Ending::MIX {
            assert_eq!(counts.get(&ending).copied().unwrap_or_default(), share as usize, "{ending:?}");
        }
    }

    #[test]
    fn twelve_calls_and_more_show_every_outcome() {
        for count in [12, 13, 25, 40] {
            let counts = counts(count, &Ending::MIX.into());
            assert_eq!(counts.values().sum::<usize>(), count);
            for ending in Ending::EACH_OUTCOME {
                assert!(counts.contains_key(&ending), "no {ending:?} in {count}: {counts:?}");
            }
        }
    }

    #[test]
    fn what_the_mix_leaves_out_never_comes() {
        let mix = [(Ending::Human, 3), (Ending::Stuck, 1)].into();
        assert_eq!(counts(20, &mix), [(Ending::Human, 15), (Ending::Stuck, 5)].into());
        assert_eq!(counts(3, &BTreeMap::new()), [(Ending::Human, 3)].into());
    }
}
