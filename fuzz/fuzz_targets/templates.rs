//! Whatever stands in the facts of an event: no notifier's message acts on it, or shows a whole number where it masks.

#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use ringback::{
    event::{Data, Event, facts::CallFacts, kind::Kind, sample::sample},
    model::{
        call::{Speaker, Turn},
        outcome::{Likely, Outcome},
    },
    render::privacy::Privacy,
};
use ringback_fuzz::{now, payload, told};
use serde_json::{Map, Value, json};

/// A number that takes part in the call, without its country code.
#[derive(Debug)]
struct Number(String);

impl<'a> Arbitrary<'a> for Number {
    fn arbitrary(from: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let (area, rest) = (from.int_in_range(200..=999)?, from.int_in_range(2_000_000..=9_999_999)?);
        Ok(Self(format!("{area}{rest}")))
    }
}

/// What a text is made of.
#[derive(Debug, Arbitrary)]
enum Piece<'a> {
    Said(&'a str),
    /// The call's number, in full or without its country code, with something between its digits.
    Number {
        whole: bool,
        gap: &'a str,
    },
}

type Text<'a> = Vec<Piece<'a>>;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    kind: u8,
    outcome: u8,
    likely: Option<bool>,
    number: Number,
    watch: Text<'a>,
    error: Option<Text<'a>>,
    words: Option<Text<'a>>,
    summary: Option<Text<'a>>,
    details: Vec<Text<'a>>,
    variables: Vec<(Text<'a>, Text<'a>)>,
    transcript: Vec<(bool, Text<'a>)>,
    link: Option<Text<'a>>,
}

fuzz_target!(init: ringback_fuzz::trust_nobody(), |input: Input<'_>| {
    let mut event = sample(Kind::ALL[usize::from(input.kind) % Kind::ALL.len()], now());
    event.watch = input.write(&input.watch);
    if let Data::Call { call, .. } = &mut event.data {
        input.fill_call(call);
    } else {
        event = input.filled(&event);
    }
    check(&event, &input.number.0);
});

fn check(event: &Event, number: &str) {
    let stored = serde_json::to_string(event).expect("an event is JSON");
    let takes_part = stored.contains(&format!(r#""to":"+1{number}""#));
    for (notifier, payload) in told(event) {
        if takes_part && notifier.privacy() == Privacy::Masked {
            for text in payload::texts(notifier.name(), &payload) {
                assert!(!shows(&text, number), "{} shows {number}: {text:?}", notifier.name());
            }
        }
    }
}

impl Input<'_> {
    fn write(&self, text: &[Piece<'_>]) -> String {
        text.iter().map(|piece| piece.write(&self.number.0)).collect()
    }

    fn maybe(&self, text: &Option<Text<'_>>) -> Option<String> {
        text.as_ref().map(|text| self.write(text))
    }

    fn fill_call(&self, call: &mut CallFacts) {
        let whole = format!("+1{}", self.number.0);
        (call.to, call.from, call.transferred_to) = (Some(whole.clone()), Some(whole), Some(self.number.0.clone()));
        call.outcome = call.outcome.map(|_| Outcome::ALL[usize::from(self.outcome) % Outcome::ALL.len()]);
        call.likely = self.likely.map(|human| if human { Likely::Human } else { Likely::Voicemail });
        call.error = self.maybe(&self.error);
        let words = self.maybe(&self.words);
        (call.answered_by, call.status, call.queue_status) = (words.clone(), words.clone(), words.clone());
        (call.ended_by, call.disposition) = (words.clone(), words);
        call.summary = self.maybe(&self.summary);
        call.details = self.details.iter().map(|text| self.write(text)).collect();
        call.variables = self.variables();
        call.metadata = self.variables();
        call.transcript = self.transcript.iter().map(|(agent, text)| self.turn(*agent, text)).collect();
        call.url = self.maybe(&self.link).map(|link| link.replace(char::is_numeric, ""));
        call.recording_url = self.maybe(&self.link);
    }

    /// Any other event with the texts in it replaced, at whatever depth.
    fn filled(&self, event: &Event) -> Event {
        let mut json = serde_json::to_value(event).expect("an event is JSON");
        self.fill(&mut json["data"]);
        serde_json::from_value(json).expect("an event as it was stored")
    }

    fn fill(&self, json: &mut Value) {
        match json {
            Value::Array(items) => items.iter_mut().for_each(|item| self.fill(item)),
            Value::Object(object) => object.iter_mut().for_each(|(key, value)| match (key.as_str(), value) {
                // A bundle's `from` and `to` are times.
                ("to" | "from", Value::String(text)) if text.parse::<Timestamp>().is_err() => {
                    *text = format!("+1{}", self.number.0);
                }
                ("description" | "summary", value) => *value = json!(self.maybe(&self.summary)),
                ("error" | "disposition", value) => *value = json!(self.maybe(&self.error)),
                ("what" | "title" | "label", Value::String(text)) => {
                    *text = self.maybe(&self.words).unwrap_or_default()
                }
                ("details", value) => *value = self.details.iter().map(|text| self.write(text)).collect(),
                (_, value) => self.fill(value),
            }),
            _ => {}
        }
    }

    fn variables(&self) -> Map<String, Value> {
        let pair = |(key, value): &(Text<'_>, Text<'_>)| {
            (self.write(key), json!([self.write(value), { "x": self.write(key) }]))
        };
        self.variables.iter().map(pair).collect()
    }

    fn turn(&self, agent: bool, text: &Text<'_>) -> Turn {
        let text = self.write(text);
        let speaker = if agent { Speaker::Assistant } else { Speaker::Other(text.clone()) };
        Turn { speaker, text, at: Some(now()) }
    }
}

impl Piece<'_> {
    fn write(&self, number: &str) -> String {
        match self {
            Self::Said(text) => (*text).to_owned(),
            Self::Number { whole, gap } => {
                let gap: String = gap.chars().filter(|c| !c.is_alphanumeric() && *c != '…').take(3).collect();
                let digits: Vec<String> = number.chars().map(String::from).collect();
                format!("{}{}", if *whole { "+1" } else { "" }, digits.join(&gap))
            }
        }
    }
}

/// Whether people can read the number: its digits in order, with little between them.
fn shows(text: &str, number: &str) -> bool {
    let digits: Vec<(usize, char)> = text.chars().enumerate().filter(|(_, c)| c.is_ascii_digit()).collect();
    let chars: Vec<char> = text.chars().collect();
    let is_near = |pair: &[(usize, char)]| {
        let gap = &chars[pair[0].0 + 1..pair[1].0];
        gap.len() <= 8 && !gap.iter().any(|c| c.is_alphanumeric() || *c == '…')
    };
    digits
        .windows(number.len())
        .any(|run| run.iter().map(|(_, c)| *c).eq(number.chars()) && run.windows(2).all(is_near))
}
