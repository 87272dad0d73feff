//! What callers say is only ever read: it changes no structure, mentions nobody, and takes no number along.

use proptest::prelude::*;
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

use super::{everywhere, now, renderer, view};
use crate::{
    event::{
        Data, Event,
        digest::{Heading, Reason, compose},
        kind::Kind,
        sample::{self, sample},
    },
    message::{
        parse::{parse, shield},
        style::Style,
        write::write,
    },
    model::call::{Speaker, Turn},
    render::privacy::Privacy,
};

/// Objects, lists and scalars, without what is in the texts.
fn shape(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            // These have the keys that whoever placed the call gave them; only programs get them.
            let inside = |key: &str, value| {
                if matches!(key, "variables" | "metadata") { "own".to_owned() } else { shape(value) }
            };
            let inner: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", inside(key, value))).collect();
            format!("{{{}}}", inner.join(","))
        }
        Value::Array(items) => {
            // In a card each further line of a text is an element.
            let first_lines = items.iter().filter(|item| item["spacing"] != "None");
            format!("[{}]", first_lines.map(shape).collect::<Vec<_>>().join(","))
        }
        Value::String(_) => "s".to_owned(),
        Value::Bool(_) => "b".to_owned(),
        other => other.to_string(),
    }
}

/// The tags of a page in order, with the names of their attributes.
fn tags(html: &str) -> Vec<String> {
    let pattern = regex::Regex::new(r#"<(!?/?[a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z:-]+(?:="[^"]*")?)*)\s*/?>"#).unwrap();
    let names = regex::Regex::new(r#"([a-zA-Z:-]+)(?:="[^"]*")?"#).unwrap();
    let tag = |found: regex::Captures<'_>| {
        let attributes: Vec<String> = names.captures_iter(&found[2]).map(|name| name[1].to_owned()).collect();
        format!("{} {}", &found[1], attributes.join(" "))
    };
    pattern.captures_iter(html).map(tag).filter(|tag| tag != "br ").collect()
}

/// The hostile event with each text replaced by a harmless word, so that the same facts are there.
fn tamed(event: &Event, text: &str) -> Event {
    let json = serde_json::to_string(event).unwrap();
    let hostile = serde_json::to_string(text).unwrap();
    let tame: Event = serde_json::from_str(&json.replace(&hostile, "\"tame\"")).unwrap();
    assert!(!serde_json::to_string(&tame).unwrap().contains(&hostile));
    tame
}

/// Calls, batches, problems and bundles.
fn hostile() -> impl Iterator<Item = (&'static str, Event)> {
    sample::hostile(now()).into_iter().chain(sample::hostile_others(now()))
}

/// The text that is everywhere in the events of that name.
fn hostile_text(name: &str) -> Option<String> {
    let (_, event) = sample::hostile(now()).into_iter().find(|(known, _)| *known == name)?;
    event.call()?.summary.clone().filter(|text| !text.is_empty())
}

#[test]
fn no_text_changes_the_structure_of_json_or_html() {
    let renderer = renderer();
    for (name, event) in hostile() {
        let Some(text) = hostile_text(name) else { continue };
        let tame = tamed(&event, &text);
        let both = everywhere(&event, Privacy::Full).into_iter().zip(everywhere(&tame, Privacy::Full));
        for ((layout, hostile), (_, tame)) in both {
            if layout.ends_with(".json.hbs") {
                let read = |json: &str| shape(&serde_json::from_str(json).unwrap());
                // Whether a field is short enough to stand beside another may differ.
                assert_eq!(read(&hostile), read(&tame), "{name} in {layout}");
            } else if layout.ends_with(".html.hbs") {
                assert_eq!(tags(&hostile), tags(&tame), "{name} in {layout}");
                let hostile = hostile.replace("<img class=\"chart\" src=\"cid:chart\"", "");
                assert!(!hostile.contains("<script") && !hostile.contains("<img"), "{name}");
            }
        }
        let said = renderer.message(&event, view(Privacy::Full));
        assert_eq!(said.trouble, None);
        let body = write(&said.message.body, Style::Text).graphemes(true).count();
        assert!(body < if event.kind == Kind::Digest { 4_096 } else { 1_500 }, "{name}: {body}");
        assert!(!said.message.title.contains('\n') && said.message.title.graphemes(true).count() < 200, "{name}");
    }
}

#[test]
fn nobody_is_mentioned_and_nothing_hidden_is_shown() {
    for (name, event) in hostile() {
        for (layout, text) in everywhere(&event, Privacy::Masked) {
            let hidden =
                |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{E000}'..='\u{E07F}');
            assert!(!text.contains(|c: char| hidden(c) || (c.is_control() && c != '\n')), "{name} in {layout}");
            if layout == "discord.json.hbs" {
                let json: Value = serde_json::from_str(&text).unwrap();
                let read = [&json["title"], &json["description"], &json["fields"][0]["value"]];
                let read: String = read.into_iter().filter_map(Value::as_str).collect();
                for active in ["@everyone", "@here", "<@", "<#", "<t:", "](", "https://evil"] {
                    assert!(!read.contains(active), "{name}: {active} in {read}");
                }
            }
            if layout == "presets/slack.json.hbs" {
                let json: Value = serde_json::from_str(&text).unwrap();
                let body = json["blocks"][1]["text"]["text"].as_str().unwrap_or_default();
                assert!(!body.contains("<!") && !body.contains("<@"), "{name}: {body}");
            }
        }
    }
}

#[test]
fn a_value_cannot_begin_a_part_of_the_message() {
    let (_, event) = sample::hostile(now()).into_iter().find(|(name, _)| *name == "sections").unwrap();
    let message = renderer().message(&event, view(Privacy::Full)).message;
    assert!(message.title.starts_with("❌ Call failed"));
    assert_eq!(message.link, None);
    assert!(message.facts.iter().all(|fact| fact.label != "Outcome"));
}

#[test]
fn recordings_are_not_linked_where_numbers_are_masked() {
    let event = sample(Kind::CallCompleted, now());
    let masked = crate::render::privacy::envelope(&event, Privacy::Masked);
    assert!(masked["data"]["call"]["recording_url"].is_null());
    assert_eq!(
        masked["data"]["call"]["transcript"][1]["text"],
        "Yes. Please call me back at +1 ••• ••• 4567 about the two rooms."
    );
    assert_eq!(masked["data"]["call"]["variables"]["phone_number"], "+1 ••• ••• 4567");
    for kept in ["id", "ended_at", "price_usd", "url"] {
        assert_eq!(masked["data"]["call"][kept], serde_json::to_value(&event).unwrap()["data"]["call"][kept], "{kept}");
    }
}

fn only_digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Puts a number, in several ways of writing it, wherever the event can hold one.
fn spread_number(event: &mut Event, number: &str, gap: &str) {
    let spread: Vec<String> = number.chars().map(String::from).collect();
    let written = format!("reach me at {} or 1{number} or +1{number} please", spread.join(gap));
    match &mut event.data {
        Data::Call { call, .. } => {
            call.to = Some(format!("+1{number}"));
            call.from = Some(format!("+1{number}"));
            call.transferred_to = Some(number.to_owned());
            call.error = Some(written.clone());
            call.summary = Some(written.clone());
            call.disposition = Some(written.clone());
            call.details = vec![written.clone()];
            call.variables.insert(written.clone(), number.parse::<u64>().unwrap().into());
            call.transcript = vec![Turn { speaker: Speaker::User, text: written, at: None }];
        }
        Data::Batch { batch } => {
            batch.description = Some(written.clone());
            for call in &mut batch.failed_calls {
                call.to = Some(format!("+1{number}"));
                call.error = Some(written.clone());
            }
        }
        Data::Problem { problem } => problem.reason = written,
        Data::Digest { .. } => unreachable!("a bundle is made of events that have their own"),
    }
}

/// As people write it who live there.
fn without_area(number: &str) -> String {
    number.chars().skip(3).collect()
}

/// What leaves by any layout, and by a plain webhook.
fn masked_everywhere(event: &Event) -> Vec<String> {
    let layouts = everywhere(event, Privacy::Masked).into_iter().map(|(_, text)| text);
    layouts.chain([crate::render::privacy::envelope(event, Privacy::Masked).to_string()]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn masked_no_number_of_a_call_leaves_by_any_template(
        number in "[2-9][0-9]{2}[2-9][0-9]{6}", gap in "[ .()-]{0,2}", kind in proptest::sample::select(Kind::ALL.to_vec()),
    ) {
        let mut event = sample(kind, now());
        spread_number(&mut event, &number, &gap);
        for text in masked_everywhere(&event) {
            prop_assert!(!only_digits(&text).contains(&number), "{}", text);
        }
    }

    #[test]
    fn masked_no_number_of_any_member_leaves_by_a_bundle(
        numbers in proptest::collection::vec("[2-9][0-9]{2}[2-9][0-9]{6}", 2..6), gap in "[ .()-]{0,2}",
        kinds in proptest::collection::vec(proptest::sample::select(Kind::ALL.to_vec()), 6),
    ) {
        let members = numbers.iter().enumerate().map(|(place, number)| {
            let mut event = sample(kinds[place], now());
            event.id = format!("evt_{place}");
            if let Data::Call { call, .. } = &mut event.data {
                call.id = format!("call-{place}");
            }
            spread_number(&mut event, number, &gap);
            // What one says of another's number is as private.
            let other = &numbers[(place + 1) % numbers.len()];
            if let Data::Call { call, .. } = &mut event.data {
                call.summary = Some(format!("call {} instead", without_area(other)));
            }
            event
        });
        let called: Vec<&String> = numbers.iter().zip(&kinds).filter(|(_, kind)| kind.as_str().starts_with("call")).map(|(n, _)| n).collect();
        let heading = Heading { id: "evt_1", route: called.first().map_or("nights", |number| number.as_str()), reason: Reason::Digest, from: now(), to: now(), previous: None };
        let event = compose(&heading, members.collect());
        for text in masked_everywhere(&event) {
            // A bundle holds so many digits that those of different values must not be read as one.
            let shown: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '•' | '"' | '\n')).collect();
            for number in &numbers {
                prop_assert!(!shown.contains(number.as_str()), "{} in {}", number, text);
            }
            for number in &called {
                prop_assert!(!shown.contains(&without_area(number)), "{} in {}", number, text);
            }
        }
    }

    #[test]
    fn any_body_is_written_in_every_markup(text in "\\PC{0,80}") {
        let tree = parse(&format!("> {}\n\n- **{}**", shield(&text), shield(&text)));
        for style in [Style::Discord, Style::Slack, Style::Markdown, Style::Text] {
            let shielded = write(&tree, style).contains(|c: char| (0xE000..0xE080).contains(&u32::from(c)));
            prop_assert!(!shielded);
        }
        let text_only = write(&tree, Style::Html).replace("<br>", "");
        prop_assert!(tags(&text_only).iter().all(|tag| tag.trim().trim_start_matches('/').len() >= 2));
    }
}
