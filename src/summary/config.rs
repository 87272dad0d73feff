//! `[summary]`: where a call's summary comes from.

use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::flaw::Flaw;

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The first source that yields text is used; `extract` is built in.
    pub order: Vec<Source>,
    /// The most words of a built-in summary. 10 to 200.
    pub max_words: NonZeroUsize,
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
        flaws
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            order: vec![Source::Bland, Source::Llm, Source::Extract],
            max_words: NonZeroUsize::new(45).expect("not zero"),
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
        let config = Config { order: Vec::new(), max_words: NonZeroUsize::new(5).expect("not zero") };
        let paths: Vec<String> = config.flaws().into_iter().map(|flaw| flaw.path).collect();
        assert_eq!(paths, ["max_words", "order"]);
        let config = Config { order: vec![Source::Extract, Source::Bland, Source::Extract], ..Config::default() };
        let flaws = config.flaws();
        assert_eq!(flaws.len(), 1);
        assert_eq!((flaws[0].path.as_str(), flaws[0].says.as_str()), ("order.2", "names `extract` twice"));
    }
}
