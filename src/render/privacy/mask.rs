//! Takes out of texts what people may not see: addresses, the call's own numbers, then all other numbers.

use crate::render::{
    phone::{digit, is_number, masked},
    privacy::{
        card,
        edit::{Edit, HIDDEN, apply},
        keep::Kept,
        mail,
        own::{ENDING, Numbers, Reach},
        read::Reading,
        runs,
        tokens::TURN,
    },
};

/// What is hidden can bring others together, so a text is gone through until nothing changes.
const MAX_ROUNDS: usize = 8;
/// Shorter texts hold nothing to hide.
const MIN_BYTES: usize = 5;
/// Longer conversations are read in parts; this is what four hours of talk have.
const MAX_BYTES: usize = 200_000;

/// Masks the texts of an event.
#[derive(Clone, Copy)]
pub(super) struct Masker<'a> {
    /// Those of the call itself.
    pub(super) own: &'a Numbers,
    /// Those of all events of a bundle.
    pub(super) others: &'a Numbers,
}

/// Why texts are read as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Together {
    /// They were said one after the other.
    Talk,
    /// They are items of a list.
    List,
}

/// One of several texts that are read as one.
pub(super) struct Turn<'a> {
    pub(super) text: &'a str,
    /// Whoever has the same number speaks.
    pub(super) speaker: usize,
}

impl Masker<'_> {
    /// A text without what is private in it; `about` says what it is, such as the key of a variable.
    pub(super) fn text(&self, text: &str, about: &str) -> String {
        self.until_still(text, about, &[0], Together::Talk)
    }

    /// What is known to be a phone number, however short it is, and written or said.
    pub(super) fn phone(&self, text: &str) -> String {
        if is_number(text) {
            return masked(text);
        }
        let hidden = self.text(text, "phone number");
        if hidden == text { HIDDEN.to_owned() } else { hidden }
    }

    /// An id or a link, which stays unless a number stands in it whole.
    pub(super) fn id(&self, text: &str) -> String {
        let mut run = 0;
        let longest = text.chars().map(|c| {
            run = if digit(c).is_some() { run + 1 } else { 0 };
            run
        });
        if longest.max().unwrap_or(0) < ENDING {
            return text.to_owned();
        }
        let reading = Reading::of(text, "");
        let mut edits = self.own.edits(&reading, &[], Reach::Id);
        edits.extend(self.others.edits(&reading, &[], Reach::Id));
        apply(text, edits)
    }

    /// What was said one after the other, as numbers are said in pieces.
    pub(super) fn turns(&self, turns: &[Turn<'_>], about: &str, kind: Together) -> Vec<String> {
        let mut masked = Vec::with_capacity(turns.len());
        let mut rest = turns;
        while !rest.is_empty() {
            let mut size = 0;
            let fits = |turn: &&Turn<'_>| {
                size += turn.text.len();
                size <= MAX_BYTES
            };
            let count = rest.iter().take_while(fits).count().max(1);
            let (part, left) = rest.split_at(count);
            masked.extend(self.together(part, about, kind));
            rest = left;
        }
        masked
    }

    fn together(&self, turns: &[Turn<'_>], about: &str, kind: Together) -> Vec<String> {
        let texts: Vec<&str> = turns.iter().map(|turn| turn.text).collect();
        let speakers: Vec<usize> = turns.iter().map(|turn| turn.speaker).collect();
        let all = self.until_still(&texts.join(&TURN.to_string()), about, &speakers, kind);
        let masked: Vec<String> = all.split(TURN).map(str::to_owned).collect();
        // A text with the separator in it is none that was cleaned.
        if masked.len() == turns.len() {
            return masked;
        }
        texts.iter().map(|text| self.text(&text.replace(TURN, " "), about)).collect()
    }

    fn until_still(&self, text: &str, about: &str, speakers: &[usize], kind: Together) -> String {
        let mut text = text.to_owned();
        if text.len() < MIN_BYTES || text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return text;
        }
        for _ in 0..MAX_ROUNDS {
            match self.round(&text, about, speakers, kind) {
                Some(changed) => text = changed,
                None => break,
            }
        }
        text
    }

    /// The text with one kind of thing hidden; nothing if there is none to hide.
    fn round(&self, text: &str, about: &str, speakers: &[usize], kind: Together) -> Option<String> {
        let reading = Reading::of(text, about);
        // Most texts have no digits, and patterns take longest.
        let few = |count: usize| reading.digits.len() < count;
        let addresses = || {
            let mut edits = mail::edits(&reading);
            edits.extend(if few(10) { Vec::new() } else { card::account_edits(text) });
            edits
        };
        let numbers = || {
            let mut edits = self.own.edits(&reading, speakers, Reach::Own);
            edits.extend(self.others.edits(&reading, speakers, Reach::Others));
            edits
        };
        let rest = || match few(3) {
            true => Vec::new(),
            false => runs::edits(&reading, &Kept::of(text), kind == Together::Talk),
        };
        let steps: [&dyn Fn() -> Vec<Edit>; 3] = [&addresses, &numbers, &rest];
        steps
            .into_iter()
            .map(|step| step())
            .filter(|edits| !edits.is_empty())
            .map(|edits| apply(text, edits))
            .find(|new| new != text)
    }
}
