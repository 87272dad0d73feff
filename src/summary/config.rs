//! `[summary]`: where a call's summary comes from.

use std::num::{NonZeroU32, NonZeroUsize};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{flaw::Flaw, period::Period, secret::Secret};

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The first source that yields text is used; `extract` is built in.
    pub order: Vec<Source>,
    /// The most words of a built-in summary. 10 to 200.
    pub max_words: NonZeroUsize,
    /// The language model behind the source `llm`. Default none.
    pub llm: Option<Llm>,
}

/// `[summary.llm]`: a language model that is asked over an OpenAI-compatible API. It is sent transcripts as
/// they are, unmasked.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Llm {
    /// Where the API is; `/chat/completions` is added: `http://localhost:11434/v1`.
    pub url: Option<Secret>,
    /// As the API calls it.
    pub model: String,
    /// Sent as `Authorization: Bearer …`. Models at home mostly need none.
    pub api_key: Option<Secret>,
    /// How long it may take to answer, also for all calls together that end at the same moment. 1s to 2m.
    pub timeout: Period,
    /// The most requests in any hour; beyond that the next source of `order` is used.
    pub max_per_hour: NonZeroU32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Bland,
    Llm,
    Extract,
}

impl Source {
    fn as_str(self) -> &'static str {
        match self {
            Self::Bland => "bland",
            Self::Llm => "llm",
            Self::Extract => "extract",
        }
    }
}

impl Config {
    /// Every mistake in the section.
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        if !(10..=200).contains(&self.max_words.get()) {
            flaws.push(Flaw::new("max_words", format!("{} is not between 10 and 200", self.max_words)).hint("45"));
        }
        if self.order.is_empty() {
            flaws.push(Flaw::new("order", "names no source").hint(r#"["bland", "llm", "extract"]"#));
        }
        for (at, source) in self.order.iter().enumerate() {
            if self.order.iter().take(at).any(|earlier| earlier == source) {
                let says = format!("names `{}` twice", source.as_str());
                flaws.push(Flaw::new(format!("order.{at}"), says).hint("remove one of them"));
            }
        }
        if let Some(llm) = &self.llm {
            flaws.extend(llm.flaws().into_iter().map(|flaw| flaw.under("llm")));
            if !self.order.is_empty() && !self.order.contains(&Source::Llm) {
                flaws.push(
                    Flaw::new("order", "names no `llm`, so that the one in `llm` would never be asked")
                        .hint(r#"write it where it is to be asked, such as ["bland", "llm", "extract"]"#),
                );
            }
        }
        flaws
    }
}

impl Llm {
    /// Every mistake but those of the URL, which show when it is used.
    fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        if self.model.trim().is_empty() {
            flaws.push(Flaw::new("model", "nothing says which model is asked").hint(r#"such as `model = "llama3.2"`"#));
        }
        if !(Period::from_secs(1)..=Period::from_secs(120)).contains(&self.timeout) {
            flaws.push(
                Flaw::new("timeout", format!("{} is not between 1s and 2m", self.timeout)).hint("the default is 20s"),
            );
        }
        flaws
    }
}

impl Default for Llm {
    fn default() -> Self {
        Self {
            url: None,
            model: String::new(),
            api_key: None,
            timeout: Period::from_secs(20),
            max_per_hour: NonZeroU32::new(120).expect("not zero"),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            order: vec![Source::Bland, Source::Llm, Source::Extract],
            max_words: NonZeroUsize::new(45).expect("not zero"),
            llm: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound() {
        assert!(Config::default().flaws().is_empty());
    }

    #[test]
    fn each_mistake_is_named_at_its_key() {
        let max_words = NonZeroUsize::new(5).expect("not zero");
        let config = Config { order: Vec::new(), max_words, ..Config::default() };
        let paths: Vec<String> = config.flaws().into_iter().map(|flaw| flaw.path).collect();
        assert_eq!(paths, ["max_words", "order"]);
        let config = Config { order: vec![Source::Extract, Source::Bland, Source::Extract], ..Config::default() };
        let flaws = config.flaws();
        assert_eq!(flaws.len(), 1);
        assert_eq!((flaws[0].path.as_str(), flaws[0].says.as_str()), ("order.2", "names `extract` twice"));
        let llm = Llm { timeout: Period::from_millis(10), ..Llm::default() };
        let config = Config { order: vec![Source::Extract], llm: Some(llm), ..Config::default() };
        let paths: Vec<String> = config.flaws().into_iter().map(|flaw| flaw.path).collect();
        assert_eq!(paths, ["llm.model", "llm.timeout", "order"]);
    }
}
