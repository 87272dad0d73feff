//! Handlebars, one registry for each kind of output: compiling, linting, rendering with a limit, errors for people.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::Arc,
};

use handlebars::{Context, Handlebars, RenderErrorReason, Template};
use jiff::tz::TimeZone;
use serde::de::IgnoredAny;

use crate::{
    model::flaw::Flaw,
    render::{RenderError, explain, helpers, lint, output::Output, rounds, words::Words},
};

/// More than any destination takes, and than a bundle of thousands of events for a program needs; a template that
/// yields more is a mistake.
const MAX_OUTPUT: usize = 16 * 1024 * 1024;

/// A template that failed, and whether only because the event has no call, batch or problem.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) says: String,
    pub(super) absent: bool,
}

impl From<Failure> for RenderError {
    fn from(failure: Failure) -> Self {
        Self(failure.says)
    }
}

#[derive(Clone)]
pub(super) struct Engine {
    registries: BTreeMap<Output, Handlebars<'static>>,
    /// What each template includes.
    includes: BTreeMap<(Output, String), Vec<String>>,
}

impl Engine {
    pub(super) fn new(zone: &TimeZone, words: &Arc<Words>) -> Self {
        let registry = |output: Output| {
            let mut registry = Handlebars::new();
            registry.set_strict_mode(true);
            registry.register_escape_fn(output.escape());
            helpers::register(&mut registry, zone, words, output == Output::Json);
            rounds::register(&mut registry);
            (output, registry)
        };
        Self { registries: Output::ALL.into_iter().map(registry).collect(), includes: BTreeMap::new() }
    }

    pub(super) fn has(&self, output: Output, name: &str) -> bool {
        self.registries.get(&output).is_some_and(|registry| registry.has_template(name))
    }

    /// Compiles and lints a template; all that is wrong with it is told at once.
    pub(super) fn add(&mut self, output: Output, name: &str, source: &str) -> Vec<Flaw> {
        let registry = self.registries.get_mut(&output).expect("every output has a registry");
        let template = match Template::compile_with_name(source, name.to_owned()) {
            Ok(template) => template,
            Err(error) => return vec![Flaw::new("", explain::syntax(name, &error))],
        };
        let findings = lint::read(&template, output);
        registry.register_template(name, rounds::counted(template));
        self.includes.insert((output, name.to_owned()), findings.includes);
        let flaws: Vec<Flaw> = findings
            .flaws
            .into_iter()
            .map(|found| Flaw::new("", explain::at(name, found.line, found.column, &found.says)).hint(found.hint))
            .collect();
        if !flaws.is_empty() {
            self.remove(output, name);
        }
        flaws
    }

    pub(super) fn remove(&mut self, output: Output, name: &str) {
        if let Some(registry) = self.registries.get_mut(&output) {
            registry.unregister_template(name);
        }
        self.includes.remove(&(output, name.to_owned()));
    }

    /// Partials that do not exist or include each other; the latter would overflow the stack when rendered.
    pub(super) fn check_includes(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let mut told = BTreeSet::new();
        for ((output, name), included) in &self.includes {
            for missing in included.iter().filter(|included| !self.has(*output, included)) {
                let says = format!("`{}` includes `{missing}`, which is not there", explain::file(name));
                flaws.push(Flaw::new("", says).hint("put it into `[templates] dir` under exactly this name"));
            }
            if let Some(mut circle) = self.circle(*output, name, &mut Vec::new()) {
                let path = circle.join("` includes `");
                circle.sort();
                circle.dedup();
                if told.insert((*output, circle)) {
                    flaws.push(Flaw::new("", format!("`{path}`: templates must not include each other in a circle")));
                }
            }
        }
        flaws
    }

    fn circle(&self, output: Output, name: &str, path: &mut Vec<String>) -> Option<Vec<String>> {
        if let Some(start) = path.iter().position(|before| before == name) {
            let around = path.iter().skip(start).map(String::as_str).chain([name]);
            return Some(around.map(|name| explain::file(name).to_owned()).collect());
        }
        let included = self.includes.get(&(output, name.to_owned()))?;
        path.push(name.to_owned());
        let found = included.iter().find_map(|included| self.circle(output, included, path));
        path.pop();
        found
    }

    pub(super) fn render(&self, output: Output, name: &str, context: &Context) -> Result<String, Failure> {
        let registry = self.registries.get(&output).expect("every output has a registry");
        let mut bytes = Limited(Vec::new());
        rounds::start();
        if let Err(error) = registry.render_with_context_to_write(name, context, &mut bytes) {
            let says = match error.reason() {
                RenderErrorReason::IOError(_) => {
                    format!("`{}` yields more than {MAX_OUTPUT} bytes", explain::file(name))
                }
                _ => explain::failure(name, &error, context.data()),
            };
            return Err(Failure { says, absent: explain::is_absent(&error, context.data()) });
        }
        let text = String::from_utf8(bytes.0).expect("handlebars writes whole strings");
        if output == Output::Json
            && let Err(error) = serde_json::from_str::<IgnoredAny>(&text)
        {
            let says = format!("`{}` does not yield JSON: {error} of its output", explain::file(name));
            return Err(Failure { says, absent: false });
        }
        Ok(text)
    }
}

struct Limited(Vec<u8>);

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::Error::other("too much output"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
