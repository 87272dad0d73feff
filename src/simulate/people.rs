//! The invented people and values that fill a scenario's slots. Every number is from the ranges kept for fiction.

use std::collections::BTreeMap;

use fastrand::Rng;

use crate::simulate::{seeded::pick, words};

/// A place with its area code; `NPA-555-01xx` is never given to anybody.
pub(super) struct Place {
    pub(super) area: &'static str,
    pub(super) city: &'static str,
    pub(super) state: &'static str,
    pub(super) zip: &'static str,
    pub(super) zone: &'static str,
}

const PLACES: [Place; 12] = [
    place("212", "New York", "NY", "10011", "America/New_York"),
    place("303", "Denver", "CO", "80206", "America/Denver"),
    place("305", "Miami", "FL", "33130", "America/New_York"),
    place("312", "Chicago", "IL", "60614", "America/Chicago"),
    place("404", "Atlanta", "GA", "30309", "America/New_York"),
    place("415", "San Francisco", "CA", "94103", "America/Los_Angeles"),
    place("503", "Portland", "OR", "97209", "America/Los_Angeles"),
    place("512", "Austin", "TX", "78704", "America/Chicago"),
    place("602", "Phoenix", "AZ", "85016", "America/Phoenix"),
    place("612", "Minneapolis", "MN", "55408", "America/Chicago"),
    place("617", "Boston", "MA", "02116", "America/New_York"),
    place("702", "Las Vegas", "NV", "89109", "America/Los_Angeles"),
];

const fn place(
    area: &'static str,
    city: &'static str,
    state: &'static str,
    zip: &'static str,
    zone: &'static str,
) -> Place {
    Place { area, city, state, zip, zone }
}

/// The place a number of ours belongs to; the first for numbers from elsewhere.
pub(super) fn place_of(number: &str) -> &'static Place {
    let area = number.strip_prefix("+1").unwrap_or(number);
    PLACES.iter().find(|place| area.starts_with(place.area)).unwrap_or(&PLACES[0])
}

/// A number in E.164 that rings nowhere.
pub(super) fn number(rng: &mut Rng) -> String {
    format!("+1{}55501{:02}", pick(rng, &PLACES).area, rng.u32(..100))
}

/// First and last name.
pub(super) fn person(rng: &mut Rng) -> [String; 2] {
    [word(rng, FIRST), word(rng, LAST)]
}

const FIRST: &str = "Amara Ben Carla Daniel Elena Farid Grace Hassan Ines Jonah Keiko Liam Marisol Nadia Owen Priya \
    Quentin Rosa Samuel Tessa Umar Vera Walter Ximena Yusuf Zoe";
const LAST: &str = "Abbott Brandt Castillo Dawson Ellery Fontaine Grover Hale Ibarra Jennings Kowalski Lindqvist \
    Moreau Nakamura Okafor Pruitt Quist Ramsey Sandoval Tran Underhill Vance Whitlock Yates Zielinski";
const AGENTS: &str = "Maya Jordan Riley Avery Sasha Casey Robin Taylor";
const DAYS: &str = "Monday Tuesday Wednesday Thursday Friday Saturday";
const MONTHS: &str = "January February March April May June July August September October November December";
const STREETS: &str = "Maple Alder Harbor Juniper Prospect Willow Chestnut Granite";

/// The values of one telling; a slot keeps its value, and numbered slots (`day`, `day2`) differ from each other.
pub(super) struct Slots<'a> {
    rng: Rng,
    lists: &'a BTreeMap<String, Vec<String>>,
    values: BTreeMap<String, String>,
}

impl<'a> Slots<'a> {
    /// `lists` are a scenario's own slots, and come before the built-in ones; `given` are values already decided.
    pub(super) fn new(rng: Rng, lists: &'a BTreeMap<String, Vec<String>>, given: BTreeMap<String, String>) -> Self {
        Self { rng, lists, values: given }
    }

    /// Replaces each `{slot}` and `{slot:form}`, where the form is `words`, `spelled` or `lower`.
    ///
    /// A name that nobody knows stays as it is, braces and all; a test looks for those.
    pub(super) fn fill(&mut self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len() + 32);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((slot, after)) = after.split_once('}') else {
                rest = after;
                continue;
            };
            let (name, form) = slot.split_once(':').unwrap_or((slot, ""));
            match self.value(name) {
                Some(value) => filled.push_str(&words::form(&value, form)),
                None => filled.extend(["{", slot, "}"]),
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    fn value(&mut self, name: &str) -> Option<String> {
        if let Some(value) = self.values.get(name) {
            return Some(value.clone());
        }
        let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let mut value = self.draw(base)?;
        for _ in 0..20 {
            let siblings = self.values.iter().filter(|(other, _)| other.starts_with(base));
            if !siblings.map(|(_, taken)| taken).any(|taken| *taken == value) {
                break;
            }
            value = self.draw(base)?;
        }
        self.values.insert(name.to_owned(), value.clone());
        Some(value)
    }

    fn draw(&mut self, base: &str) -> Option<String> {
        let rng = &mut self.rng;
        if let Some(list) = self.lists.get(base) {
            return Some(pick(rng, list).clone());
        }
        Some(match base {
            "first" => word(rng, FIRST),
            "last" => word(rng, LAST),
            "agent" => word(rng, AGENTS),
            "day" => word(rng, DAYS),
            "date" => format!("{} {}", word(rng, MONTHS), words::ordinal(rng.u32(2..29))),
            "time" => {
                let hour = rng.u32(8..18);
                let half = if hour < 12 { "AM" } else { "PM" };
                format!("{}:{} {half}", (hour + 11) % 12 + 1, pick(rng, &["00", "15", "30", "45"]))
            }
            "amount" => format!("${}.{}", rng.u32(18..480), pick(rng, &["00", "25", "50", "75", "40", "95"])),
            "code" => {
                let letter = |rng: &mut Rng| *pick(rng, &['A', 'B', 'C', 'D', 'F', 'H', 'K', 'M', 'R', 'T', 'W']);
                format!("{}{}{}{}", letter(rng), rng.u32(2..10), rng.u32(1..10), letter(rng))
            }
            "order" => rng.u32(20_000..99_999).to_string(),
            "phone" => {
                let number = number(rng);
                let digits = number.trim_start_matches("+1");
                let (area, rest) = digits.split_at_checked(3)?;
                format!("{area}-555-{}", rest.trim_start_matches("555"))
            }
            "street" => format!("{} {} Street", rng.u32(12..980), word(rng, STREETS)),
            "city" => pick(rng, &PLACES).city.to_owned(),
            "count" => rng.u32(2..9).to_string(),
            "minutes" => pick(rng, &["10", "15", "20", "30", "45"]).to_string(),
            _ => return None,
        })
    }
}

fn word(rng: &mut Rng, list: &str) -> String {
    (*pick(rng, &list.split_whitespace().collect::<Vec<_>>())).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_keep_their_value_and_numbered_ones_differ() {
        let lists = BTreeMap::from([("pet".to_owned(), vec!["cat".to_owned(), "dog".to_owned()])]);
        for seed in 0..50 {
            let mut slots = Slots::new(Rng::with_seed(seed), &lists, BTreeMap::new());
            let filled = slots.fill("{day}|{day2}|{day}|{pet}|{pet2}|{pet}|{nobody}");
            let parts: Vec<_> = filled.split('|').collect();
            assert_eq!((parts[0], parts[3]), (parts[2], parts[5]), "{filled}");
            assert!(parts[0] != parts[1] && parts[3] != parts[4], "{filled}");
            assert_eq!(parts[6], "{nobody}");
        }
    }

    #[test]
    fn numbers_are_of_the_range_for_fiction_and_know_their_city() {
        let mut rng = Rng::with_seed(1);
        for _ in 0..200 {
            let number = number(&mut rng);
            assert_eq!(number.len(), 12);
            assert!(number.contains("55501"), "{number}");
            assert!(number.starts_with(&format!("+1{}", place_of(&number).area)));
        }
    }
}
