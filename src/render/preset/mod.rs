//! Presets: what is to know of a webhook destination, as data. `presets/NAME.toml` says how to send and what an
//! answer means; `presets/NAME.json.hbs` is the body.

pub mod answers;
pub mod blanks;
pub(super) mod read;

use std::{collections::BTreeMap, num::NonZeroU32};

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    model::period::Period,
    render::{
        preset::{
            answers::{Places, Plain, Rule, Success, Wait},
            blanks::Blanks,
        },
        privacy::Privacy,
    },
};

/// What templates see as `params`: those of a notifier that are no secrets.
pub type Params = BTreeMap<String, Value>;

/// Blanks that each delivery fills: they stay the same when it is tried again.
pub const PER_DELIVERY: [&str; 2] = ["delivery_id", "event_id"];

/// A destination whose form is known.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// What it is, in a few words.
    pub about: String,
    /// The vendor's page.
    #[serde(default)]
    pub docs: String,
    /// A notifier's section that works when the variables in it are set.
    #[serde(default)]
    pub example: String,
    /// The file of the body, as [`Renderer::layout`](crate::render::Renderer::layout) knows it; by default
    /// `presets/NAME.json.hbs`.
    #[serde(default)]
    pub template: String,
    #[serde(default = "json")]
    pub content_type: String,
    /// What the notifier shows unless it says otherwise itself: people see numbers masked, programs need them whole.
    pub privacy: Option<Privacy>,
    /// The template yields an object of texts, which is sent as a form.
    #[serde(default)]
    pub form: bool,
    #[serde(default)]
    pub method: Method,
    /// Where to send when the notifier gives no `url`; `{name}` stands for the parameter of that name,
    /// `{delivery_id}` and `{event_id}` for what stays the same in each try.
    pub url: Option<Blanks>,
    /// Added to the address that a notifier gives, where it does not have them.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Headers added to each request, with blanks too; left out where no blank in it has a value.
    #[serde(default)]
    pub headers: BTreeMap<String, Blanks>,
    /// `Authorization: Basic` with blanks.
    pub basic: Option<Login>,
    /// Put into the JSON as it is sent, by place: secrets that must not be stored with the message.
    #[serde(default)]
    pub inserts: BTreeMap<String, Blanks>,
    #[serde(default)]
    pub success: Success,
    /// Where a refusal says why, in the answer's JSON.
    #[serde(default)]
    pub error: Places,
    pub retry_after: Option<Wait>,
    /// Pieces of a body with a good status that mean that the message was refused.
    #[serde(default)]
    pub refused_bodies: Vec<String>,
    /// Answers that mean something else than their status says; the first that fits counts.
    #[serde(default)]
    pub answers: Vec<Rule>,
    pub plain: Option<Plain>,
    /// The destination drops what it has had already, so that a send whose answer was lost can be repeated.
    #[serde(default)]
    pub idempotent: bool,
    /// No more than so many in any such time.
    #[serde(default)]
    pub rates: Vec<Rate>,
    /// The most bytes of a body.
    pub max_bytes: Option<usize>,
    /// What the destination takes at most, place by place in its JSON.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// Beginnings of usual addresses; any other is warned about, not refused.
    #[serde(default)]
    pub url_prefixes: Vec<String>,
    /// Beginnings of addresses that look right and cannot work; `*` stands for anything.
    #[serde(default)]
    pub refused_prefixes: Vec<Refused>,
    /// What `params` may say.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Post,
    Put,
    Patch,
}

/// One limit on the rendered JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limit {
    /// Where: keys after slashes; `*` is any member; `[type=header]` is any member with that value.
    pub at: String,
    /// The most Unicode characters of a string, or of all strings below a container together.
    pub chars: Option<usize>,
    /// The same in UTF-16 units, as JavaScript counts.
    pub units: Option<usize>,
    /// The most bytes of a string, or of a container's JSON.
    pub bytes: Option<usize>,
    /// The most items of an array; the last ones go.
    pub items: Option<usize>,
    /// The string is HTML: only what is read counts, and tags stay whole.
    pub html: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    pub max: NonZeroU32,
    pub per: Period,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    pub user: Blanks,
    pub password: Blanks,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    pub prefix: String,
    /// Why, and what to use instead.
    pub says: String,
}

/// One of the things that `params` may say.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    pub about: String,
    /// What it is when it is not given; with neither this nor `optional` it must be.
    pub default: Option<Value>,
    /// It may be left out, and is null then.
    #[serde(default)]
    pub optional: bool,
    /// Something that could be given, where not any word could: stands for it in examples and checks.
    pub sample: Option<Value>,
    /// Templates do not see it, and nothing shows it.
    #[serde(default)]
    pub secret: bool,
    #[serde(default, rename = "type")]
    pub kind: ParamKind,
    /// A regular expression for the whole of it.
    pub pattern: Option<Matcher>,
    /// All that it may be; any if there are none.
    #[serde(default)]
    pub choices: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamKind {
    #[default]
    Text,
    Integer,
    Boolean,
}

/// A regular expression that must match the whole of a text.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Matcher {
    source: String,
    regex: Regex,
}

impl Preset {
    /// Something for each parameter that templates see, to check them with.
    pub(super) fn samples(&self) -> Params {
        let shown = self.params.iter().filter(|(_, param)| !param.secret);
        shown.map(|(name, param)| (name.clone(), param.sample())).collect()
    }

    /// The names of the blanks in all places, with whether each place is filled for each delivery.
    fn blanks(&self) -> impl Iterator<Item = (&str, bool)> {
        let once = self.basic.iter().flat_map(|login| [&login.user, &login.password]).chain(self.inserts.values());
        let each = self.url.iter().chain(self.headers.values());
        let once = once.flat_map(Blanks::names).map(|name| (name, false));
        once.chain(each.flat_map(Blanks::names).map(|name| (name, true)))
    }
}

impl Param {
    /// What a text given for it is in JSON, or what is wrong with the text.
    pub fn value(&self, text: &str) -> Result<Value, String> {
        if !self.choices.is_empty() && !self.choices.iter().any(|choice| choice == text) {
            return Err(format!("must be one of {}", self.choices.join(", ")));
        }
        if self.pattern.as_ref().is_some_and(|pattern| !pattern.regex.is_match(text)) {
            return Err("does not look like one".to_owned());
        }
        match self.kind {
            ParamKind::Text => Ok(text.into()),
            ParamKind::Integer => text.parse::<i64>().map(Value::from).map_err(|_| "must be a whole number".to_owned()),
            ParamKind::Boolean => text.parse::<bool>().map(Value::from).map_err(|_| "must be true or false".to_owned()),
        }
    }

    /// A value as it stands in addresses and headers.
    pub fn text(value: &Value) -> String {
        match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// What it is when it is not given.
    pub fn otherwise(&self) -> Option<Value> {
        self.default.clone().or(self.optional.then_some(Value::Null))
    }

    /// Something to see with what becomes of it.
    pub fn sample(&self) -> Value {
        let given = self.sample.clone().or_else(|| self.default.clone());
        given.or_else(|| self.choices.first().cloned().map(Value::from)).unwrap_or(match self.kind {
            ParamKind::Text => "sample".into(),
            ParamKind::Integer => 1.into(),
            ParamKind::Boolean => true.into(),
        })
    }
}

impl TryFrom<String> for Matcher {
    type Error = String;

    fn try_from(source: String) -> Result<Self, String> {
        let regex = Regex::new(&format!("^(?:{source})$"));
        let regex = regex.map_err(|error| {
            let drawn = error.to_string();
            let why = drawn.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("`{source}` is no regular expression: {why}")
        })?;
        Ok(Self { source, regex })
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}

fn json() -> String {
    "application/json".to_owned()
}
