//! What is being talked of where digits come: an order, a card, somebody's phone.

use crate::render::privacy::words::{Role, Word, meaning};

const ROLES: [Role; 7] = [Role::Call, Role::Phone, Role::Code, Role::Social, Role::Card, Role::Check, Role::Expiry];

/// For each of the roles the token after the last word that has it, zero for none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct About([usize; ROLES.len()]);

impl About {
    /// What a key says of its value: `orderNumber`, `order_number`, `Order number`.
    pub(super) fn of_key(key: &str) -> Self {
        let mut about = Self::default();
        let mut words = String::with_capacity(key.len());
        for c in key.chars().take(80) {
            if c.is_uppercase() {
                words.push(' ');
            }
            words.extend(c.to_lowercase());
        }
        let parts = |text: &str| -> Vec<String> {
            text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        for word in parts(&words).into_iter().chain(parts(&key.to_lowercase())) {
            for (place, role) in about.0.iter_mut().zip(ROLES) {
                if meaning(&word).is_some_and(|word| word.plays(role)) {
                    *place = 1;
                }
            }
        }
        about
    }

    /// Takes in a word, the token that it is, how it stands there, and what stands before it.
    pub(super) fn note(&mut self, word: &Word, at: usize, said: &str, before: &str) {
        for (place, role) in self.0.iter_mut().zip(ROLES) {
            if word.plays(role) {
                *place = at + 1;
            }
        }
        if said.eq_ignore_ascii_case("code") {
            let instead = match before.to_ascii_lowercase().as_str() {
                "security" | "verification" => Role::Check,
                "area" | "country" => Role::Phone,
                _ => return,
            };
            self.set(instead, at + 1);
            self.set(Role::Code, 0);
        }
    }

    /// How many words before the token the last word of that role was.
    pub(super) fn distance(&self, role: Role, token: usize) -> Option<usize> {
        let place = ROLES.iter().position(|known| *known == role)?;
        let after = self.0.get(place).copied().filter(|after| *after > 0)?;
        Some((token + 1).saturating_sub(after))
    }

    fn set(&mut self, role: Role, after: usize) {
        if let Some(place) = ROLES.iter().position(|known| *known == role).and_then(|place| self.0.get_mut(place)) {
            *place = after;
        }
    }
}
