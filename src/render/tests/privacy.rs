//! However a number, card or address is written or said, and wherever: where people may not see it, it leaves by nothing.

use std::collections::BTreeMap;

use proptest::{prelude::*, sample::select};
use serde_json::Value;

use super::{now, renderer, shown};
use crate::{
    event::{
        Data, Event,
        digest::{Heading, Reason, compose},
        kind::Kind,
        sample::sample,
    },
    model::call::{Speaker, Turn},
    render::privacy::{Privacy, envelope},
};

const ENGLISH: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const GERMAN: [&str; 10] = ["null", "eins", "zwo", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"];
const SPANISH: [&str; 10] = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const TEENS: [&str; 10] =
    ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];
const FILLERS: [&str; 10] = ["uh", "then", "dash", "um", "okay", "and", "so", "hm", "let me see", "that's"];

/// How the digits of one number are put into words or signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Figures,
    Grouped(&'static str),
    Spaced,
    Script(u32),
    Said([&'static str; 10]),
    Oh,
    Doubled,
    Pairs,
    Mixed,
}

const WAYS: [Way; 19] = [
    Way::Figures,
    Way::Grouped("-"),
    Way::Grouped("."),
    Way::Grouped(" "),
    Way::Grouped(" / "),
    Way::Grouped(" - "),
    Way::Grouped(", "),
    Way::Spaced,
    Way::Script(0xFF10),
    Way::Script(0x660),
    Way::Script(0x966),
    Way::Script(0xE50),
    Way::Said(ENGLISH),
    Way::Said(GERMAN),
    Way::Said(SPANISH),
    Way::Oh,
    Way::Doubled,
    Way::Pairs,
    Way::Mixed,
];

fn values(digits: &str) -> impl Iterator<Item = usize> {
    digits.chars().map(|digit| digit.to_digit(10).unwrap() as usize)
}

/// The number in pieces, each a word or some figures.
fn pieces(digits: &str, way: Way) -> Vec<String> {
    let groups = || -> Vec<String> {
        let (area, rest) = digits.split_at(digits.len().saturating_sub(7));
        let (mid, last) = rest.split_at(rest.len() - 4);
        [area, mid, last].into_iter().filter(|group| !group.is_empty()).map(str::to_owned).collect()
    };
    match way {
        Way::Figures => vec![digits.to_owned()],
        Way::Grouped(_) => groups(),
        Way::Spaced => digits.chars().map(String::from).collect(),
        Way::Script(zero) => {
            vec![values(digits).map(|value| char::from_u32(zero + value as u32).unwrap()).collect()]
        }
        Way::Said(words) => values(digits).map(|value| words[value].to_owned()).collect(),
        Way::Oh => values(digits).map(|value| if value == 0 { "oh" } else { ENGLISH[value] }.to_owned()).collect(),
        Way::Doubled => doubled(digits),
        Way::Pairs => pairs(digits),
        Way::Mixed => {
            let mut said = groups();
            let words: Vec<String> = values(&said.remove(1)).map(|value| ENGLISH[value].to_owned()).collect();
            said.splice(1..1, words);
            said
        }
    }
}

fn doubled(digits: &str) -> Vec<String> {
    let (mut said, mut left) = (Vec::new(), values(digits).collect::<Vec<_>>());
    while let Some(first) = left.first().copied() {
        let same = left.iter().take_while(|value| **value == first).count().min(3);
        let times = ["", "double ", "triple "][same - 1];
        said.push(format!("{times}{}", ENGLISH[first]));
        left.drain(..same);
    }
    said
}

/// "fifty-five twelve oh four" and so on; two digits at a time, the odd one first.
fn pairs(digits: &str) -> Vec<String> {
    let values: Vec<usize> = values(digits).collect();
    let (odd, even) = values.split_at(values.len() % 2);
    let said = even.chunks(2).flat_map(|pair| match (pair[0], pair[1]) {
        (0, ones) => vec![ENGLISH[0].to_owned(), ENGLISH[ones].to_owned()],
        (1, ones) => vec![TEENS[ones].to_owned()],
        (tens, 0) => vec![TENS[tens - 2].to_owned()],
        (tens, ones) => vec![format!("{}-{}", TENS[tens - 2], ENGLISH[ones])],
    });
    odd.iter().map(|value| ENGLISH[*value].to_owned()).chain(said).collect()
}

fn written(digits: &str, way: Way, fillers: &[&str]) -> String {
    let gap = match way {
        Way::Grouped(gap) => gap,
        _ => " ",
    };
    let mut out = String::new();
    for (place, piece) in pieces(digits, way).iter().enumerate() {
        if place > 0 {
            // A dozen of them anywhere.
            let filler = fillers.iter().enumerate().find(|(at, _)| at * 2 + 1 == place).map(|(_, filler)| *filler);
            out.push_str(&filler.map_or_else(|| gap.to_owned(), |filler| format!(" {filler}, ")));
        }
        out.push_str(piece);
    }
    out
}

/// A text as a bare listener hears it: nothing but digits. Written anew here, to be no mirror of the masking.
fn heard(text: &str) -> String {
    let mut digits = String::new();
    let mut times = 1;
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()) {
        let figures = |c: char| {
            let zeros = [0x30, 0xFF10, 0x660, 0x966, 0xE50];
            zeros.into_iter().map(|zero| u32::from(c).wrapping_sub(zero)).find(|value| *value < 10)
        };
        let place = |words: &[&str]| words.iter().position(|known| *known == word);
        let one = [ENGLISH, GERMAN, SPANISH].iter().find_map(|words| place(words)).or((word == "oh").then_some(0));
        match (one, place(&TEENS), place(&TENS)) {
            (Some(value), ..) => digits.push_str(&value.to_string().repeat(times)),
            (_, Some(teen), _) => digits.push_str(&(10 + teen).to_string()),
            // What follows a ten in a pair is heard as its own digit.
            (_, _, Some(ten)) => digits.push_str(&format!("{}_", ten + 2)),
            _ => digits.extend(word.chars().filter_map(figures).map(|value| value.to_string())),
        }
        times = match word {
            "double" => 2,
            "triple" => 3,
            "" => times,
            _ => 1,
        };
    }
    // "Fifty" alone has a zero, "fifty-five" has none.
    let mut out = String::new();
    let mut chars = digits.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '_' if chars.peek().is_none_or(|next| *next == '0' || next.is_alphabetic()) => out.push('0'),
            '_' => {}
            digit => out.push(digit),
        }
    }
    out
}

/// The texts of a JSON value in order, without its times and counts.
fn texts(value: &Value, out: &mut String) {
    match value {
        Value::String(text) if text.parse::<jiff::Timestamp>().is_err() => {
            out.push_str(text);
            out.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            out.push_str(key);
            out.push('\n');
            texts(value, out);
        }),
        _ => {}
    }
}

/// What leaves by each layout and preset, and as the body of a plain webhook.
fn leaves(event: &Event) -> Vec<(String, String)> {
    let all = envelope(event, Privacy::Masked);
    let mut plain = String::new();
    texts(&all, &mut plain);
    let said = all.pointer("/data/call/transcript").and_then(Value::as_array).into_iter().flatten();
    let said: Vec<&str> = said.filter_map(|turn| turn["text"].as_str()).collect();
    let mut out = vec![("envelope".to_owned(), plain), ("transcript".to_owned(), said.join("\n"))];
    let layouts: Vec<String> = renderer().layouts().map(|name| name.replace("layouts/", "")).collect();
    assert!(layouts.len() >= 6);
    for layout in layouts {
        let text = shown(renderer(), &layout, event, Privacy::Masked);
        out.push((layout, text));
    }
    out
}

/// Says it wherever the event can hold a text.
fn say_everywhere(event: &mut Event, said: &str) {
    let text = || Some(said.to_owned());
    match &mut event.data {
        Data::Call { call, .. } => {
            (call.error, call.summary, call.disposition) = (text(), text(), text());
            (call.status, call.ended_by, call.answered_by) = (text(), text(), text());
            call.details = vec![said.to_owned(), "2 rooms".to_owned()];
            call.variables.insert(said.to_owned(), Value::from(said));
            call.variables.insert("deep".to_owned(), serde_json::json!([{ "x": [said] }, said]));
            call.metadata.insert("note".to_owned(), Value::from(said));
            call.transcript = vec![Turn { speaker: Speaker::User, text: said.to_owned(), at: None }];
        }
        Data::Batch { batch } => {
            (batch.description, batch.error) = (text(), text());
            batch.failed_calls.iter_mut().for_each(|call| call.error = Some(said.to_owned()));
        }
        Data::Problem { problem } => said.clone_into(&mut problem.reason),
        Data::Digest { .. } => unreachable!("bundles are made of events that have their own"),
    }
}

fn belongs_to(event: &mut Event, number: &str) {
    let number = Some(format!("+1{number}"));
    match &mut event.data {
        Data::Call { call, .. } => call.to = number,
        Data::Batch { batch } => batch.failed_calls.iter_mut().for_each(|call| call.to.clone_from(&number)),
        _ => {}
    }
}

fn in_a_digest(events: Vec<Event>) -> Event {
    let heading = Heading { id: "evt_1", route: "nights", reason: Reason::Digest, from: now(), to: now() };
    compose(&heading, events)
}

fn kinds() -> impl Strategy<Value = Kind> {
    select(Kind::ALL.into_iter().filter(|kind| *kind != Kind::Digest).collect::<Vec<_>>())
}

fn number() -> impl Strategy<Value = String> {
    "[2-9][0-9]{2}[2-9][0-9]{6}"
}

fn fillers() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::collection::vec(select(FILLERS.to_vec()), 0..5)
}

/// With the check digit of cards.
fn luhn(mut digits: String) -> String {
    let sum: u32 = digits
        .chars()
        .rev()
        .enumerate()
        .map(|(place, c)| match (place % 2, c.to_digit(10).unwrap()) {
            (0, digit) => digit * 2 / 10 + digit * 2 % 10,
            (_, digit) => digit,
        })
        .sum();
    digits.push_str(&((10 - sum % 10) % 10).to_string());
    digits
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_own_number_leaves_however_it_is_written_or_said(
        number in number(), way in select(WAYS.to_vec()), country in select(vec!["", "1 ", "+1 ", "plus one ", "+1"]),
        fillers in fillers(), before in "[a-z]{0,6}", after in "[a-z]{0,6}", kind in kinds(), bundled: bool,
    ) {
        let mut event = sample(kind, now());
        belongs_to(&mut event, &number);
        let said = format!("{before}, {country}{} {after}.", written(&number, way, &fillers));
        say_everywhere(&mut event, &said);
        let known = event.call().is_some() || event.batch().is_some_and(|batch| !batch.failed_calls.is_empty());
        // Nobody knows whose it is, and said in pairs it could be anything.
        prop_assume!(known || (way != Way::Pairs && fillers.is_empty()));
        let event = if bundled { in_a_digest(vec![event]) } else { event };
        for (layout, text) in leaves(&event) {
            prop_assert!(!heard(&text).contains(&number), "{} by {}:\n{}", said, layout, text);
        }
    }

    #[test]
    fn no_own_number_leaves_in_pieces_over_many_turns(
        number in number(), way in select(vec![Way::Spaced, Way::Said(ENGLISH), Way::Said(GERMAN), Way::Oh, Way::Doubled, Way::Mixed]),
        cuts in proptest::collection::vec(0_usize..4, 12), echoed in 0_usize..3,
    ) {
        let mut event = sample(Kind::CallCompleted, now());
        belongs_to(&mut event, &number);
        let turn = |speaker, text: String| Turn { speaker, text, at: None };
        let mut turns = vec![turn(Speaker::Assistant, "What is the best number?".to_owned())];
        let mut cuts = cuts.into_iter().cycle();
        let mut left = pieces(&number, way);
        while !left.is_empty() {
            let count = (cuts.next().unwrap() + 1).min(left.len());
            let said = left.drain(..count).collect::<Vec<_>>().join(" ");
            turns.push(turn(Speaker::User, format!("{said}.")));
            let answer = if echoed == 1 { said } else { "Okay, go on.".to_owned() };
            turns.push(turn(Speaker::Assistant, answer));
        }
        if echoed == 2 {
            turns.push(turn(Speaker::Assistant, format!("So that is {}, right?", written(&number, way, &[]))));
        }
        let Data::Call { call, .. } = &mut event.data else { unreachable!() };
        call.transcript = turns;
        let said: Vec<String> = call.transcript.iter().map(|turn| turn.text.clone()).collect();
        for (layout, text) in leaves(&event) {
            prop_assert!(!heard(&text).contains(&number), "{:?} by {}:\n{}", said, layout, text);
        }
        // Nor by what one side says alone.
        let masked = envelope(&event, Privacy::Masked);
        let turns = masked["data"]["call"]["transcript"].as_array().unwrap();
        for speaker in ["user", "assistant"] {
            let one = turns.iter().filter(|turn| turn["speaker"] == speaker).filter_map(|turn| turn["text"].as_str());
            let one = one.collect::<Vec<_>>().join(" ");
            prop_assert!(!heard(&one).contains(&number), "{:?}: {}", said, one);
        }
    }

    #[test]
    fn no_card_or_social_security_number_leaves(
        card in "4[0-9]{14}", social in "[1-8][0-9]{8}", kind in kinds(), bundled: bool,
        way in select(vec![Way::Figures, Way::Spaced, Way::Script(0xFF10), Way::Said(ENGLISH), Way::Oh, Way::Doubled, Way::Pairs]),
        gap in select(vec!["", " ", "-"]),
    ) {
        let card = luhn(card);
        let fours: Vec<String> = card.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
        let (area, rest) = social.split_at(3);
        let (group, serial) = rest.split_at(2);
        let said = format!(
            "card {} or {}, then again {}; my social is {} and {area}-{group}-{serial}.",
            written(&card, way, &[]), fours.join(gap), pieces(&card, Way::Said(ENGLISH)).join(" "), written(&social, way, &[]),
        );
        let mut event = sample(kind, now());
        say_everywhere(&mut event, &said);
        let event = if bundled { in_a_digest(vec![event]) } else { event };
        for (layout, text) in leaves(&event) {
            let heard = heard(&text);
            prop_assert!(!heard.contains(&card) && !heard.contains(&social), "{} by {}:\n{}", said, layout, text);
        }
    }

    #[test]
    fn no_address_leaves(
        first in "[a-z]{3,8}", last in "[a-z]{3,8}", domain in "[a-z]{4,8}", end in select(vec!["com", "org", "de", "co.uk"]),
        joint in select(vec![(".", " dot "), ("_", " underscore "), ("-", " dash ")]), kind in kinds(), bundled: bool,
    ) {
        let spoken = format!("{first}{}{last} at {domain} dot {}", joint.1, end.replace('.', " dot "));
        let address = format!("{first}{}{last}@{domain}.{end}", joint.0);
        let mut event = sample(kind, now());
        say_everywhere(&mut event, &format!("my email is {spoken}, that is {address} or <{}>", address.to_uppercase()));
        let event = if bundled { in_a_digest(vec![event]) } else { event };
        for (layout, text) in leaves(&event) {
            let text = text.to_lowercase().replace(" dot ", ".").replace(" at ", "@").replace(joint.1, joint.0);
            prop_assert!(!text.contains(&format!("{last}@")), "{} by {}:\n{}", address, layout, text);
        }
    }

    #[test]
    fn with_full_privacy_everything_is_as_it_was(number in number(), way in select(WAYS.to_vec()), kind in kinds()) {
        let mut event = sample(kind, now());
        belongs_to(&mut event, &number);
        say_everywhere(&mut event, &format!("it's {}, or j.doe@example.com, 4111 1111 1111 1111", written(&number, way, &[])));
        prop_assert_eq!(envelope(&event, Privacy::Full), serde_json::to_value(&event).unwrap());
        prop_assert_ne!(envelope(&event, Privacy::Masked), serde_json::to_value(&event).unwrap());
    }
}

#[test]
fn a_template_of_ones_own_reaches_nothing_that_is_masked() {
    let mut event = sample(Kind::CallCompleted, now());
    let secrets = ["2125550188", "jane.doe@example.com", "4111111111111111"];
    say_everywhere(&mut event, &format!("call +1{} or {} with {}", secrets[0], secrets[1], secrets[2]));
    let dir = tempfile::tempdir().unwrap();
    let everything = "{{json event}} {{json call}} {{json data}} {{json message}} {{json params}}";
    std::fs::write(dir.path().join("all.txt.hbs"), everything).unwrap();
    let mut renderer = crate::render::Renderer::load(&Default::default(), dir.path(), jiff::tz::TimeZone::UTC).unwrap();
    renderer.add_native("all.txt.hbs").unwrap();
    let text = renderer.native("all.txt.hbs", &event, super::view(Privacy::Masked), &BTreeMap::new()).unwrap();
    for secret in secrets {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(text.contains("+1 ••• ••• 0188") && text.contains("j•••@example.com") && text.contains("[card removed]"));
}

#[test]
fn two_keys_that_look_alike_when_masked_keep_their_values() {
    let mut event = sample(Kind::CallCompleted, now());
    let Data::Call { call, .. } = &mut event.data else { unreachable!() };
    call.metadata =
        serde_json::json!({ "+15551234567": "a", "555-123-4567": "b", "order": 4829103847_u64, "phone": 5551234567.0 })
            .as_object()
            .unwrap()
            .clone();
    let masked = envelope(&event, Privacy::Masked);
    assert_eq!(
        masked["data"]["call"]["metadata"],
        serde_json::json!({ "+1 ••• ••• 4567": "a", "+1 ••• ••• 4567 (2)": "b", "order": 4829103847_u64, "phone": "+1 ••• ••• 4567.0" })
    );
}

#[test]
fn an_id_stays_unless_a_number_is_in_it_whole() {
    let mut event = sample(Kind::CallCompleted, now());
    let Data::Call { call, .. } = &mut event.data else { unreachable!() };
    call.batch_id = Some("nightly-15551234567".to_owned());
    call.url = Some("https://ringback.example.com/calls/12345678-5551-4234-8567-000015551234".to_owned());
    let masked = envelope(&event, Privacy::Masked);
    assert_eq!(masked["data"]["call"]["batch_id"], "nightly-+1 ••• ••• 4567");
    assert_eq!(masked["data"]["call"]["url"], serde_json::to_value(&event).unwrap()["data"]["call"]["url"]);
}
