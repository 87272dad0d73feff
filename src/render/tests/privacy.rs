//! However a number, card or address is written or said, and wherever: where people may not see it, it leaves by nothing.

use std::collections::BTreeMap;

use proptest::{prelude::*, sample::select};
use serde_json::Value;

use super::{
    now, renderer, shown,
    spoken::{ENGLISH, FILLERS, GERMAN, WAYS, Way, heard, luhn, pieces, written},
};
use crate::{
    event::{
        Data, Event,
        digest::{Heading, Reason, compose},
        facts::{DetailItem, SummaryParts},
        kind::Kind,
        sample::sample,
    },
    model::call::{Speaker, Turn},
    render::privacy::{Privacy, envelope},
};

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
            call.detail_items = vec![DetailItem { kind: "code".to_owned(), text: said.to_owned() }];
            call.summary_parts = SummaryParts { purpose: text(), outcome: text(), next_step: text() };
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
    let heading =
        Heading { id: "evt_1", route: "nights", reason: Reason::Digest, from: now(), to: now(), previous: None };
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
    fn no_number_that_is_known_to_be_a_phone_leaves_however_short_it_is(
        number in "[2-9][0-9]{6,7}", way in select(WAYS.to_vec()), fillers in fillers(), bundled: bool,
    ) {
        let mut event = sample(Kind::CallCompleted, now());
        let said = format!("Agent: call us back at {}.", written(&number, way, &fillers));
        say_everywhere(&mut event, &said);
        let Data::Call { call, .. } = &mut event.data else { unreachable!() };
        call.details = vec!["Friday".to_owned(), number.clone()];
        call.detail_items = vec![DetailItem { kind: "phone".to_owned(), text: number.clone() }];
        let event = if bundled { in_a_digest(vec![event]) } else { event };
        let mut all = String::new();
        texts(&envelope(&event, Privacy::Masked), &mut all);
        // Four of the digits stay, and three more may well stand in a time beside them: each text for itself.
        for text in all.lines() {
            prop_assert!(!heard(text).contains(&number), "{} as {}", said, text);
        }
    }

    #[test]
    fn a_phone_among_the_details_is_masked_by_its_kind(number in "[1-9][0-9]{2,5}", way in select(WAYS.to_vec())) {
        let way = if matches!(way, Way::Grouped(_) | Way::Mixed) { Way::Spaced } else { way };
        for text in [number.clone(), written(&number, way, &[])] {
            let mut event = sample(Kind::CallCompleted, now());
            let Data::Call { call, .. } = &mut event.data else { unreachable!() };
            call.details = vec![text.clone()];
            call.detail_items = vec![DetailItem { kind: "phone".to_owned(), text: text.clone() }];
            let masked = envelope(&event, Privacy::Masked);
            let call = &masked["data"]["call"];
            prop_assert_eq!(&call["details"][0], &call["detail_items"][0]["text"]);
            let hidden = call["details"][0].as_str().unwrap();
            prop_assert!(hidden.contains("•••") && !heard(hidden).contains(&number), "{} as {}", text, hidden);
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
