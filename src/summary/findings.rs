//! What Bland found out in a call, as facts of a kind: told by its key and its own form.
//!
//! What is no date, amount, number, name or address is no fact here, and neither is what must not travel.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
};

use super::{
    detail::{Detail, Kind},
    value::{self, Asked, Value},
    values,
    words::{self, Token},
};
use crate::model::call::{Call, Finding};

/// A fact that was found out.
#[derive(Debug)]
pub(super) struct Fact {
    pub(super) detail: Detail,
    /// The same as it may have been said, each of which may stand for it.
    pub(super) values: Vec<Value>,
    pub(super) analysed: bool,
}

/// Beyond these a text is no single value. Counted in characters and words.
const LONGEST: usize = 60;
const MOST_WORDS: usize = 10;

/// What must not travel with a message, and what is no matter of the call.
const SECRET: &[&str] = &[
    "ssn",
    "social",
    "card",
    "cvv",
    "cvc",
    "pin",
    "password",
    "passcode",
    "secret",
    "token",
    "iban",
    "routing",
    "bank",
    "account",
    "birth",
    "birthday",
    "birthdate",
    "dob",
    "agent",
    "assistant",
    "id",
];
const TIME: &[&str] = &["time", "hour", "slot", "at", "when"];
const AMOUNT: &[&str] = &[
    "amount", "price", "cost", "total", "balance", "fee", "bill", "budget", "premium", "deposit", "refund", "payment",
    "quote", "rent", "salary", "rate",
];
const CODE: &[&str] = &[
    "code",
    "confirmation",
    "reference",
    "ref",
    "ticket",
    "order",
    "booking",
    "reservation",
    "policy",
    "claim",
    "case",
    "invoice",
    "tracking",
    "membership",
    "flight",
];
const NAME: &[&str] = &["name", "person", "patient", "customer", "contact", "caller", "guest", "doctor", "provider"];
const PHONE: &[&str] = &["phone", "mobile", "cell", "number", "callback", "telephone", "tel"];
const ADDRESS: &[&str] = &["address", "street", "location", "place"];
const QUANTITY: &[&str] =
    &["guests", "people", "rooms", "nights", "seats", "tickets", "quantity", "count", "size", "units", "items", "days"];

/// The facts among what was found out, without the numbers that took part in the call.
pub(super) fn facts(call: &Call) -> Vec<Fact> {
    let own = |text: &str| {
        let digits = figures(text);
        [&call.to, &call.from].into_iter().flatten().any(|number| {
            let number = figures(number);
            !digits.is_empty() && (number.ends_with(&digits) || digits.ends_with(&number) && !number.is_empty())
        })
    };
    let mut facts: Vec<Fact> = Vec::new();
    for finding in &call.findings {
        let Some(fact) = fact(finding, call.started_at.or(call.created_at)) else { continue };
        let known = facts.iter().any(|known| known.detail.text.eq_ignore_ascii_case(&fact.detail.text));
        if !(known || fact.detail.kind == Kind::Phone && own(&fact.detail.text)) {
            facts.push(fact);
        }
    }
    facts
}

fn fact(finding: &Finding, called: Option<Timestamp>) -> Option<Fact> {
    let text = finding.text.as_str();
    let key = Key::of(&finding.key);
    let tokens = words::tokens(text);
    if text.chars().nth(LONGEST).is_some() || tokens.is_empty() || tokens.len() > MOST_WORDS || key.is(SECRET) {
        return None;
    }
    let fact =
        |kind, text: String, values| Some(Fact { detail: Detail { kind, text }, values, analysed: finding.analysed });
    if let Some((kind, shown, values)) = on_the_calendar(text, called) {
        return fact(kind, shown, values);
    }
    let asked =
        Asked { agent: true, code: key.is(CODE), time: key.is(TIME), price: key.is(AMOUNT), ..Asked::default() };
    let found = values::find(text, &tokens, asked, &[]);
    if let Some(kind) = whole(&found, &tokens) {
        let shown = if let [amount] = found.as_slice() { amount.shown.clone() } else { text.to_owned() };
        return fact(kind, shown, found);
    }
    let plain = |kind| Some(Detail { kind, text: text.to_owned() });
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    let detail = match () {
        () if is_phone(text) && (key.is(PHONE) || text.starts_with('+')) => plain(Kind::Phone),
        () if number.is_some() && key.is(AMOUNT) => {
            Some(Detail { kind: Kind::Amount, text: format!("{}: {text}", key.0.join(" ")) })
        }
        () if number.is_some() && key.is(QUANTITY) => Some(Detail { kind: Kind::Quantity, text: counted(text, &key) }),
        () if key.is(CODE) && is_code(text) => plain(Kind::Code),
        () if key.is(NAME) && is_name(&tokens, text) => plain(Kind::Name),
        () if key.is(ADDRESS) && text.contains(|c: char| c.is_ascii_digit()) && text.contains(char::is_alphabetic) => {
            plain(Kind::Address)
        }
        () => None,
    }?;
    // "fee: 24.50" was said as "$24.50", "3 rooms" as "three rooms".
    let said = if detail.kind == Kind::Amount { format!("${text}") } else { detail.text.clone() };
    let mut values = values::find(&said, &words::tokens(&said), asked, &[]);
    values.retain(|value| Kind::from(value.kind) == detail.kind);
    fact(detail.kind, detail.text, values)
}

/// `2026-03-05` and `2026-03-05T16:30`, with the day as it is said: "Thursday, March 5", or "tomorrow".
fn on_the_calendar(text: &str, called: Option<Timestamp>) -> Option<(Kind, String, Vec<Value>)> {
    let dated = text.contains('-') && text.starts_with(|c: char| c.is_ascii_digit());
    let moment = text.parse::<DateTime>().ok().filter(|_| dated && text.chars().count() >= 10)?;
    let day: Date = moment.date();
    let timed = text.contains(':');
    let mut said = day.strftime("%A, %B %-d").to_string();
    let mut shown = day.to_string();
    if timed {
        said.push_str(&moment.strftime(" at %-I:%M %p").to_string());
        shown.push_str(&moment.strftime(" %H:%M").to_string());
    }
    if let Some(called) = called {
        let today = called.to_zoned(jiff::tz::TimeZone::UTC).date();
        let near = [(today, ", today"), (today.tomorrow().unwrap_or(today), ", tomorrow")];
        said.extend(near.into_iter().filter(|(date, _)| *date == day).map(|(_, word)| word));
    }
    let values = values::find(&said, &words::tokens(&said), Asked { agent: true, time: true, ..Asked::default() }, &[]);
    Some((Kind::Date, shown, values))
}

/// The kind of a text that is nothing but values whose form shows what they are; a day with an hour is a date.
fn whole(found: &[Value], tokens: &[Token<'_>]) -> Option<Kind> {
    const LINKS: &[&str] =
        &["at", "on", "the", "around", "by", "between", "and", "to", "from", "about", "after", "before"];
    let plain = |value: &Value| match value.kind {
        value::Kind::Amount => value.shown.contains(['$', '£', '€', '%']),
        value::Kind::Date | value::Kind::Time | value::Kind::Email | value::Kind::Count => true,
        _ => false,
    };
    let inside = |token: &Token<'_>| found.iter().any(|value| value.start <= token.start && token.end <= value.end);
    let covered = tokens.iter().all(|token| inside(token) || token.is(LINKS));
    let day = found.iter().find(|value| value.kind == value::Kind::Date);
    let kind = day.or(found.first())?.kind;
    let alone =
        found.iter().all(|value| value.kind == kind || (kind, value.kind) == (value::Kind::Date, value::Kind::Time));
    (covered && alone && found.iter().all(plain)).then(|| kind.into())
}

/// `orderNumber`, `order_number` and `Order number` in words.
struct Key(Vec<String>);

impl Key {
    fn of(key: &str) -> Self {
        let mut words = String::new();
        let mut small = false;
        for c in key.chars() {
            if c.is_uppercase() && small {
                words.push(' ');
            }
            small = c.is_lowercase();
            words.extend(c.to_lowercase());
        }
        let parts = words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        Self(parts.take(4).map(str::to_owned).collect())
    }

    fn is(&self, words: &[&str]) -> bool {
        self.0.iter().any(|word| words.contains(&word.as_str()))
    }
}

/// "3 rooms", "party size: 4".
fn counted(number: &str, key: &Key) -> String {
    match key.0.as_slice() {
        [word] if word.ends_with('s') || word == "people" => format!("{number} {word}"),
        words => format!("{}: {number}", words.join(" ")),
    }
}

fn figures(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn is_phone(text: &str) -> bool {
    let written = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | '(' | ')' | ' ');
    (7..=15).contains(&figures(text).len()) && text.chars().all(written)
}

fn is_code(text: &str) -> bool {
    let signs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '#' | '/' | ' ');
    let figures = figures(text).len();
    // A card's number is none.
    (1..13).contains(&figures) && text.chars().all(signs) && text.split(' ').count() < 4 && text.chars().count() <= 24
}

fn is_name(tokens: &[Token<'_>], text: &str) -> bool {
    let lettered = |c: char| c.is_alphabetic() || matches!(c, ' ' | '.' | '\'' | '-' | '’');
    (1..=4).contains(&tokens.len()) && tokens.iter().all(Token::is_capitalised) && text.chars().all(lettered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact_of(key: &str, text: &str) -> Option<(&'static str, String)> {
        let finding = Finding { key: key.to_owned(), text: text.to_owned(), analysed: true };
        let call = Call { findings: vec![finding], to: Some("+15550100001".to_owned()), ..Call::default() };
        facts(&call).into_iter().next().map(|fact| (fact.detail.kind.as_str(), fact.detail.text))
    }

    #[test]
    fn findings_are_facts_by_their_key_and_form() {
        for (key, text, expected) in [
            ("appointment_time", "tomorrow at 3pm", Some(("date", "tomorrow at 3pm"))),
            ("appointmentDay", "Tuesday, March 5th", Some(("date", "Tuesday, March 5th"))),
            ("date", "2026-03-05", Some(("date", "2026-03-05"))),
            ("visit", "2026-03-05T16:30:00", Some(("date", "2026-03-05 16:30"))),
            ("arrival time", "3:30 PM", Some(("time", "3:30 PM"))),
            ("slot", "16:30", Some(("time", "16:30"))),
            ("window", "between 8 and 10", Some(("time", "between 8 and 10"))),
            ("refund", "$24.50", Some(("amount", "$24.50"))),
            ("anything", "$1,240", Some(("amount", "$1,240"))),
            ("monthly_bill", "140", Some(("amount", "monthly bill: 140"))),
            ("customer_email", "bo@example.org", Some(("email", "bo@example.org"))),
            ("patient_name", "Maria Lopez", Some(("name", "Maria Lopez"))),
            ("doctor", "Dr. O'Neill", Some(("name", "Dr. O'Neill"))),
            ("rooms", "3", Some(("quantity", "3 rooms"))),
            ("party_size", "4", Some(("quantity", "party size: 4"))),
            ("stay", "three nights", Some(("quantity", "three nights"))),
            ("ticket", "HX-2281", Some(("code", "HX-2281"))),
            ("orderNumber", "48213", Some(("code", "48213"))),
            ("callback_number", "555-0142", Some(("phone", "555-0142"))),
            ("callback_number", "+44 20 7946 0958", Some(("phone", "+44 20 7946 0958"))),
            ("delivery_address", "12 Oak Street", Some(("address", "12 Oak Street"))),
        ] {
            let found = fact_of(key, text);
            assert_eq!(found.as_ref().map(|(kind, text)| (*kind, text.as_str())), expected, "{key}={text}");
        }
    }

    #[test]
    fn what_is_no_fact_or_must_not_travel_is_left_out() {
        for (key, text) in [
            ("callback_number", "+1 555 010 0001"),
            ("callback_number", "5550100001"),
            ("date_of_birth", "March 5, 1980"),
            ("dob", "1980-03-05"),
            ("card_number", "4111111111111111"),
            ("code", "4111111111111111"),
            ("ssn", "123-45-6789"),
            ("pin", "4711"),
            ("account_number", "1234567"),
            ("agent_name", "Nora"),
            ("interested", "yes"),
            ("reason", "price"),
            ("score", "9"),
            ("sentiment", "Positive"),
            ("name", "the one with the dog"),
            ("name", "<b>Bob</b>"),
            ("note", "They agreed on Friday at noon but may call again"),
            ("date", "soon"),
            ("rooms", "NaN"),
            ("amount", "-5"),
            ("when", ""),
            ("time", "…"),
        ] {
            assert_eq!(fact_of(key, text), None, "{key}={text}");
        }
    }
}
