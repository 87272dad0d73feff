//! What a reader's mail program gets to see, parsed as it would: mails of every kind, harmless and hostile.
//!
//! With `RINGBACK_TEST_MAILS` set to a folder, the harmless ones are put there for `tests/mail.sh`.

use std::{collections::BTreeSet, env, fs, path::Path, sync::LazyLock};

use mail_parser::{Message, MessageParser, MimeHeaders};
use regex::Regex;
use ringback::{
    event::{
        Data, Event,
        digest::{Heading, Reason, compose},
        facts::CallFacts,
        kind::Kind as EventKind,
        sample::{self, bundle, sample},
    },
    model::{
        call::{Speaker, Turn},
        outcome::Outcome,
    },
    notify::{Notifier, config::Kind},
};

use super::{bundles::body, event, now, renderer, section};

const TOML: &str =
    "smtp = \"smtp://127.0.0.1:1?tls=none\"\nfrom = \"ringback@calls.example\"\nto = [\"ops@example.com\"]";

const EMOJI: &str = "👩‍👩‍👧‍👦🏳️‍🌈👍🏽🇩🇪";

static EMAIL: LazyLock<Notifier> =
    LazyLock::new(|| Notifier::build(&section(Kind::Email(toml::from_str(TOML).unwrap())), &mut renderer()).unwrap());

/// Every kind, full and sparse, and bundles of each reason and of many calls.
fn usual() -> Vec<(String, Event)> {
    let kinds = EventKind::SAID.into_iter().flat_map(|kind| {
        [(kind.to_string(), sample(kind, now())), (format!("{kind}.sparse"), sample::sparse(kind, now()))]
    });
    let reasons = Reason::ALL.map(|reason| (format!("digest.{reason}"), bundle(reason, now())));
    kinds.chain(reasons).chain([("digest.huge".to_owned(), sample::huge(2_000, now()))]).collect()
}

/// What a page is made of: its elements, and all that can load, lead somewhere or act.
struct Page {
    elements: BTreeSet<String>,
    links: BTreeSet<String>,
    loads: BTreeSet<String>,
    text: String,
}

/// A tag with its attributes, or the text up to the next tag.
static PIECE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?s)<!--.*?-->|<(?<close>/?)(?<name>[a-zA-Z!][a-zA-Z0-9]*)(?<attributes>(?:\s+[^\s=>]+(?:="[^"]*")?)*)\s*>|(?<text>[^<]+)|(?<stray><)"#).unwrap()
});
static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"([^\s=>]+)="([^"]*)""#).unwrap());

/// Reads what the inliner wrote, which closes and quotes everything.
fn page(html: &str) -> Page {
    let mut page =
        Page { elements: BTreeSet::new(), links: BTreeSet::new(), loads: BTreeSet::new(), text: String::new() };
    let mut in_style = false;
    for piece in PIECE.captures_iter(html) {
        assert!(piece.name("stray").is_none(), "a stray `<`: {html}");
        if let Some(text) = piece.name("text").filter(|_| !in_style) {
            page.text.push_str(text.as_str());
        }
        let Some(name) = piece.name("name").map(|name| name.as_str().to_lowercase()) else { continue };
        in_style = name == "style" && piece["close"].is_empty();
        for attribute in ATTRIBUTE.captures_iter(&piece["attributes"]) {
            let (key, value) = (attribute[1].to_lowercase(), attribute[2].to_owned());
            assert!(!key.starts_with("on"), "{key}={value}");
            match key.as_str() {
                "href" => drop(page.links.insert(value)),
                "src" | "background" | "srcset" | "action" => drop(page.loads.insert(value)),
                "style" => assert!(!value.contains("url(") && !value.contains("position"), "{value}"),
                _ => {}
            }
        }
        page.elements.insert(name);
    }
    page
}

fn parsed(raw: &str) -> Message<'_> {
    MessageParser::default().parse(raw.as_bytes()).unwrap()
}

/// The images of a mail by their ids.
fn images<'a>(mail: &'a Message<'_>) -> Vec<(&'a str, &'a [u8])> {
    let image = |part: &'a mail_parser::MessagePart<'_>| {
        let kind = part.content_type()?;
        (kind.ctype() == "image" && kind.subtype() == Some("png")).then_some((part.content_id()?, part.contents()))
    };
    mail.parts.iter().filter_map(image).collect()
}

#[test]
fn mails_of_every_kind_are_whole_and_small_and_say_the_same_in_plain_text() {
    for (name, event) in usual() {
        let raw = body(&EMAIL, &event);
        let mail = parsed(&raw);
        let html = mail.body_html(0).unwrap();
        assert!(html.len() < 102_000, "{name}: mail programs cut what is longer: {}", html.len());
        let page = page(&html);
        let title = mail.subject().unwrap();
        let text = mail.body_text(0).unwrap();
        assert!(page.text.contains("Ringback") && text.starts_with(title), "{name}: {text}");
        let images = images(&mail);
        let shown: BTreeSet<String> = images.iter().map(|(id, _)| format!("cid:{id}")).collect();
        assert_eq!(page.loads, shown, "{name}: nothing is loaded from elsewhere");
        assert!(images.iter().all(|(_, png)| png.starts_with(b"\x89PNG") && png.len() < 30_000), "{name}");
        assert_eq!(
            images.len(),
            usize::from(["digest", "digest.digest", "digest.quiet", "digest.huge"].contains(&&*name))
        );
        if let Some(folder) = env::var_os("RINGBACK_TEST_MAILS") {
            fs::write(Path::new(&folder).join(format!("{name}.eml")), &raw).unwrap();
        }
    }
}

#[test]
fn a_chart_says_in_words_what_it_shows_and_two_mails_never_share_an_image() {
    let digest = sample(EventKind::Digest, now());
    let raw = body(&EMAIL, &digest);
    assert_eq!(raw, body(&EMAIL, &digest), "a retry must send the same bytes");
    let mail = parsed(&raw);
    let html = mail.body_html(0).unwrap();
    let (_, alt) = html.split_once(" alt=\"").unwrap();
    let (alt, _) = alt.split_once('"').unwrap();
    insta::assert_snapshot!(alt, @"14:00: 1 human. 15:00: 1 human. 16:00: 1 human, 1 voicemail. 17:00: 1 voicemail. 18:00: 1 voicemail. 19:00: 1 voicemail. 20:00: 2 voicemail. 21:00: 1 human. 22:00: 1 busy, 1 failed. 23:00: 1 no answer. 00:00: 2 human. 01:00: 1 human. 02:00: 2 human. 03:00: 2 human. 04:00: 1 human. 05:00: 1 human, 1 voicemail. 06:00: 2 voicemail. 07:00: 3 voicemail. 08:00: 1 human, 1 failed. 09:00: 2 no answer. 10:00: 3 human. 11:00: 3 human.");
    assert_eq!(images(&mail)[0].0, "chart.dlv_1@calls.example");
    let kinds: Vec<_> =
        mail.parts.iter().filter_map(|part| part.content_type()?.subtype().map(str::to_owned)).collect();
    assert_eq!(kinds, ["alternative", "plain", "related", "html", "png"]);
}

/// Calls of every outcome in which each text is the given one, singly and in a digest of a day.
fn hostile(text: &str) -> Vec<Event> {
    let call = |number: i64, outcome: Outcome| {
        let mut event = event();
        event.id = format!("evt_{number}");
        event.kind = if outcome == Outcome::Failed { EventKind::CallFailed } else { EventKind::CallCompleted };
        let turn = Turn { speaker: Speaker::User, text: text.to_owned(), at: None };
        let short: String = text.chars().take(2_000).collect();
        let said = || Some(short.clone());
        let facts = CallFacts {
            id: format!("c{number}"),
            outcome: Some(outcome),
            summary: Some(text.to_owned()),
            error: said(),
            to: said(),
            from: said(),
            disposition: said(),
            ended_by: said(),
            answered_by: said(),
            transferred_to: said(),
            url: said(),
            details: vec![short.clone(); 3],
            transcript: vec![turn],
            ended_at: Some(now() - jiff::SignedDuration::from_mins(number * 20)),
            ..CallFacts::default()
        };
        event.data = Data::Call { call: Box::new(facts), previous_outcome: None };
        event
    };
    // Emoji and ampersands are the largest that can stand there; with them the table is full.
    let large = text.starts_with(EMOJI) || text.starts_with("&&");
    let many = if large { 45 } else { 9 };
    let calls: Vec<Event> =
        (0..many).zip(Outcome::ALL.into_iter().cycle()).map(|(number, outcome)| call(number, outcome)).collect();
    let from = now() - jiff::SignedDuration::from_hours(24);
    let heading = Heading { id: "evt_d", route: text, reason: Reason::Digest, from, to: now(), previous: None };
    let digest = compose(&heading, calls.clone());
    calls.into_iter().take(8).chain([digest]).collect()
}

fn texts() -> Vec<(&'static str, String)> {
    vec![
        ("markup", "</td></tr></table><script>alert(1)</script><img src=x onerror=alert(1)><a href=\"https://evil.example\">x</a>".to_owned()),
        ("style", "</style><style>*{display:none}</style>\" style=\"background:url(https://evil.example)\" @media{}".to_owned()),
        ("comment", "<!-- <![endif]--> --> ]]> <!DOCTYPE x> <?php ?>".to_owned()),
        ("entities", "&lt;script&gt; &#60;img&#62; &amp;amp; &nbsp;&zwnj;".to_owned()),
        ("links", "https://evil.example javascript:alert(1) [x](https://evil.example) <https://evil.example>".to_owned()),
        ("image", "\"cid:chart\" src=\"cid:chart\" =\"cid:chart\"".to_owned()),
        ("long", "so many words ".repeat(5_000)),
        ("one word", "x".repeat(2_000)),
        ("ampersands", "&".repeat(400)),
        ("emoji", EMOJI.repeat(40)),
        ("right to left", "שלום עולם \u{202e}gpj.exe\u{202c} مرحبا 123".to_owned()),
        ("controls", "a\u{0}b\u{1b}[31mred\u{7}\r\n\r\nSubject: x\u{85}\u{2028}--=_dlv_1\r\n--=_html_dlv_1--\r\n".to_owned()),
        ("templates", "{{call.to}} {{{call.to}}} {{#each}} {{! c }} ${HOME}".to_owned()),
        ("table", "| a | b |\n|-|-|\n| ██░ | x |\n\n# head\n> quote\n- item".to_owned()),
        ("empty", String::new()),
        ("blank", " \u{a0}\t\n ".to_owned()),
    ]
}

#[test]
fn no_word_of_a_caller_becomes_an_element_a_link_a_style_or_a_part_of_the_mail() {
    let tame: Vec<Page> =
        hostile("tame").iter().map(|event| page(&parsed(&body(&EMAIL, event)).body_html(0).unwrap())).collect();
    let known: BTreeSet<String> = tame.iter().flat_map(|page| page.elements.clone()).chain(["br".to_owned()]).collect();
    for (name, text) in texts() {
        for event in hostile(&text) {
            let raw = body(&EMAIL, &event);
            assert!(raw.is_ascii() && raw.lines().all(|line| line.len() <= 998), "{name}");
            let mail = parsed(&raw);
            let html = mail.body_html(0).unwrap();
            assert!(html.len() < 102_000, "{name} {}: {}", event.kind, html.len());
            let page = page(&html);
            let unexpected: Vec<_> = page.elements.difference(&known).collect();
            assert!(unexpected.is_empty(), "{name}: {unexpected:?}");
            assert!(page.links.is_empty(), "{name}: {:?}", page.links);
            let chart = BTreeSet::from(["cid:chart.dlv_1@calls.example".to_owned()]);
            let loads = if event.kind == EventKind::Digest { chart } else { BTreeSet::new() };
            assert_eq!((&page.loads, images(&mail).len()), (&loads, loads.len()), "{name}");
            assert_eq!(html.matches("<style").count(), 1, "{name}");
            let hidden = |c: char| (c.is_control() && c != '\n' && c != '\r') || matches!(c, '\u{202a}'..='\u{202e}');
            assert!(!html.contains(hidden), "{name}");
            assert_eq!(mail.parts.len(), if loads.is_empty() { 3 } else { 5 }, "{name}");
        }
    }
}
