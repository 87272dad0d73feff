//! Errors of templates as people need them: what is wrong, what was probably meant, and what there is.

use std::cmp::Reverse;

use handlebars::{RenderError, RenderErrorReason};
use strsim::jaro_winkler;

use crate::{
    model::near::closest,
    render::{
        rehearse::{Miss, Parent},
        usage,
    },
};

/// A hint's lines are not much wider.
const WIDEST: usize = 100;

/// What is said of one mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// What is wrong, without its place.
    pub(super) says: String,
    /// What to write instead.
    pub(super) remedy: Option<String>,
    /// What there is; too long for a line of the log.
    pub(super) known: Option<String>,
    /// The word that is wrong, as the template has it.
    pub(super) token: Option<String>,
}

impl Words {
    pub(super) fn new(says: impl Into<String>) -> Self {
        Self { says: says.into(), remedy: None, known: None, token: None }
    }

    #[must_use]
    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    #[must_use]
    pub(super) fn known(mut self, known: impl Into<String>) -> Self {
        self.known = Some(known.into());
        self
    }

    #[must_use]
    pub(super) fn about(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub(super) fn hint(&self) -> Option<String> {
        let parts: Vec<String> = self.remedy.iter().chain(&self.known).map(|text| wrapped(text)).collect();
        (!parts.is_empty()).then(|| parts.join("\n"))
    }

    /// For the log, where a place stands before it.
    pub(super) fn in_a_line(&self) -> String {
        match &self.remedy {
            Some(remedy) => format!("{}; {}", self.says, remedy.replace('\n', " ")),
            None => self.says.clone(),
        }
    }
}

/// Long lists in lines that fit a terminal.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_inclusive(", ") {
        let last = lines.last_mut().expect("there is one");
        if last.is_empty() || last.chars().count() + word.chars().count() <= WIDEST {
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

/// Names in registries may carry a part after `#`; people know the file.
pub(super) fn file(name: &str) -> &str {
    name.split_once('#').map_or(name, |(file, _)| file)
}

/// What is said of a name that is not known. `kind` is that of the event.
pub(super) fn missing(miss: &Miss, kind: &str) -> Words {
    let (path, parent) = (&miss.path, &miss.parent);
    let words = Words::new(format!("unknown variable `{path}`")).about(path);
    let place = if parent.is_empty() { "this" } else { parent };
    match &miss.parent_is {
        Parent::Open => {
            words.remedy(format!("not every call has it: write {{{{default {path} \"\"}}}} or {{{{#if {path}}}}} … {{{{/if}}}}"))
        }
        Parent::Null => Words::new(format!("`{place}` is null in a {kind} event, so `{path}` is not there"))
            .about(path)
            .remedy(format!("put {{{{#if {place}}}}} … {{{{/if}}}} around it")),
        Parent::Data => words.remedy("what is under `data` depends on the event; `call`, `batch`, `problem` and `digest` are always there, or null"),
        Parent::List => words.remedy(format!("`{place}` is a list: go through it with {{{{#each {place}}}}} … {{{{/each}}}}")),
        Parent::Text => words.remedy(format!("`{place}` has no parts")),
        Parent::Root { names, .. } if path.starts_with('@') => {
            let known = ["@index", "@first", "@last", "@key", "@root"];
            let names = names.iter().map(|name| format!("@root.{name}"));
            let all: Vec<String> = known.into_iter().map(str::to_owned).chain(names).collect();
            guess(words, path, &all).known("within {{#each}} there are: @index, @first, @last; @root is the event")
        }
        Parent::Root { names, nested } => {
            let part = first_unknown(path, parent);
            // People forget that a call's facts are under `call`.
            let is_it = |name: &&String| name.rsplit('.').next() == Some(part);
            let nested: Vec<&str> = nested.iter().filter(is_it).map(String::as_str).collect();
            let words = match near(part, names) {
                None if !nested.is_empty() => words.remedy(did_you_mean(&nested.join("` or `"))),
                meant => meant.iter().fold(words, |words, name| words.remedy(did_you_mean(&path.replacen(part, name, 1)))),
            };
            words.known(format!("there are: {}", sorted(part, names)))
        }
        Parent::Object { names, known_at_root } => {
            let part = first_unknown(path, parent);
            let prefix = if parent.is_empty() { String::new() } else { format!("{parent}.") };
            let words = match near(part, names) {
                _ if *known_at_root => words.remedy(format!(
                    "names within {{{{#each}}}} and {{{{#with}}}} are those of the item: write `@root.{path}`"
                )),
                Some(name) => {
                    let rest = path.strip_prefix(&prefix).and_then(|rest| rest.strip_prefix(part)).unwrap_or_default();
                    words.remedy(did_you_mean(&format!("{prefix}{name}{rest}")))
                }
                None => words,
            };
            let has = if parent.is_empty() { "the item".to_owned() } else { format!("`{parent}`") };
            words.known(format!("{has} has: {}", sorted(part, names)))
        }
    }
}

/// What else can go wrong while a template is rendered.
pub(super) fn other(error: &RenderError) -> Words {
    match error.reason() {
        RenderErrorReason::MissingVariable(Some(path)) => Words::new(format!("`{path}` is null or empty here"))
            .about(path)
            .remedy(format!("put {{{{#if {path}}}}} … {{{{/if}}}} around it, or add an {{{{else}}}}")),
        RenderErrorReason::MissingVariable(None) => Words::new("there is no such key"),
        RenderErrorReason::HelperNotFound(helper) => unknown_helper(helper),
        RenderErrorReason::PartialNotFound(name) => {
            Words::new(format!("there is no template `{name}` to include")).about(name)
        }
        RenderErrorReason::ParamNotFoundForIndex(helper, _) | RenderErrorReason::ParamNotFoundForName(helper, _) => {
            Words::new(format!("`{helper}` lacks a value"))
                .about(helper)
                .remedy(format!("write {}", usage::written(helper)))
        }
        other => Words::new(other.to_string()),
    }
}

pub(super) fn unknown_helper(name: &str) -> Words {
    let all: Vec<String> = usage::names().map(str::to_owned).collect();
    guess(Words::new(format!("there is no helper `{name}`")).about(name), name, &all)
        .known(format!("there are: {}", sorted(name, &all)))
}

fn guess(words: Words, wanted: &str, all: &[String]) -> Words {
    near(wanted, all).into_iter().fold(words, |words, name| words.remedy(did_you_mean(name)))
}

pub(super) fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

/// For the end of an error: the name that was probably meant, if one is near.
pub(super) fn perhaps(wanted: &str, all: &[String]) -> String {
    near(wanted, all).map(|name| format!("; {}", did_you_mean(name))).unwrap_or_default()
}

/// The name that was probably meant, if one is near.
pub(super) fn near<'a>(wanted: &str, all: &'a [String]) -> Option<&'a str> {
    let slip = closest(wanted, all.iter().map(String::as_str));
    let wanted = wanted.to_lowercase();
    let alike = || {
        let scored = all.iter().map(|name| (jaro_winkler(&wanted, &name.to_lowercase()), name));
        let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.len().cmp(&a.1.len())));
        best.filter(|(score, _)| *score > 0.8).map(|(_, name)| name.as_str())
    };
    slip.or_else(alike)
}

/// The same for files, whose folders and endings are alike anyway.
pub(super) fn near_file<'a>(wanted: &str, all: &'a [String]) -> Option<&'a str> {
    let stem =
        |name: &str| name.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or_default().to_owned();
    let stems: Vec<String> = all.iter().map(|name| stem(name)).collect();
    let meant = closest(&stem(wanted), stems.iter().map(String::as_str))?;
    all.iter().zip(&stems).find(|(_, stem)| *stem == meant).map(|(name, _)| name.as_str())
}

/// The nearest first, then the others by the alphabet.
fn sorted(wanted: &str, all: &[String]) -> String {
    let mut names: Vec<&String> = all.iter().collect();
    let score = |name: &str| match jaro_winkler(wanted, name) {
        // A whole number can be put in order.
        score if score > 0.7 => (score * 1000.0).round() as u32,
        _ => 0,
    };
    names.sort_by_cached_key(|name| (Reverse(score(name)), (*name).clone()));
    names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The part of a path behind what is known of it.
fn first_unknown<'p>(path: &'p str, parent: &str) -> &'p str {
    let rest = path.strip_prefix(parent).unwrap_or(path);
    rest.split(['.', '/']).find(|part| !matches!(*part, "" | "this" | "@root" | "..")).unwrap_or(rest)
}

impl Miss {
    /// Another event may have it.
    pub(super) fn may_be_there(&self) -> bool {
        matches!(self.parent_is, Parent::Null | Parent::Open | Parent::Data)
    }

    /// What is missing belongs to a subject that this event does not have, or to a notifier.
    pub(super) fn is_absent(&self) -> bool {
        let first = self.path.split(['.', '/']).find(|part| !matches!(*part, "" | "this" | "@root" | ".."));
        match self.parent_is {
            Parent::Data => true,
            Parent::Open => first == Some("params"),
            Parent::Null => matches!(first, Some("call" | "batch" | "problem" | "digest" | "data" | "event")),
            _ => false,
        }
    }
}
