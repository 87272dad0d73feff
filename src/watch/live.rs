//! Which events change what a notifier has posted already, besides or instead of being told anew.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    event::{Event, kind::Kind},
    route::{Router, Target},
};

/// The notifiers that change what they have posted.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// Those that show each batch as one live card. Of these kinds they post a message all the same,
    /// as somebody is mentioned in it: a change of the card would disturb nobody.
    pub cards: BTreeMap<String, BTreeSet<Kind>>,
    /// Those that can change the message of a call that has been corrected.
    pub editors: BTreeSet<String>,
}

impl Live {
    /// The notifiers on whose card of the batch this event is shown.
    pub(super) fn cards<'a>(&'a self, event: &'a Event, router: &'a Router) -> impl Iterator<Item = &'a str> {
        let shown = is_on_card(event.kind);
        let names = self.cards.keys().filter(move |_| shown).map(String::as_str);
        names.filter(|name| router.leads(name, &event.watches))
    }

    /// The notifiers that change their message of the call.
    pub(super) fn edits(&self, event: &Event) -> impl Iterator<Item = &str> {
        let corrected = event.kind == Kind::CallCorrected;
        self.editors.iter().filter(move |_| corrected).map(String::as_str)
    }

    /// Whether any batch of these watches has a card somewhere.
    pub(super) fn shows(&self, router: &Router, watches: &[String]) -> bool {
        self.cards.keys().any(|name| router.leads(name, watches))
    }

    /// Whether the card tells it, so that no message is needed; a digest is a thing of its own, and
    /// a batch that stands still asks for somebody.
    pub(super) fn replaces(&self, target: &Target<'_>, kind: Kind) -> bool {
        let card = self.cards.get(target.notifier).filter(|loud| !loud.contains(&kind));
        card.is_some() && !target.digest && is_on_card(kind) && kind != Kind::BatchStuck
    }
}

fn is_on_card(kind: Kind) -> bool {
    matches!(kind, Kind::BatchStarted | Kind::BatchProgress | Kind::BatchCompleted | Kind::BatchStuck)
}
