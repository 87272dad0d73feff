//! Handlebars, one registry for each kind of output: compiling, linting, rendering with a limit, errors for people.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::Arc,
};

use handlebars::{Context, Handlebars, RenderError as Error, RenderErrorReason, Template};
use jiff::tz::TimeZone;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::{
    model::flaw::Flaw,
    render::{
        RenderError, builtin_name,
        explain::{self, Words},
        helpers, json_place, lint,
        output::Output,
        rehearse::{self, Miss},
        rounds,
        source::{Source, Spot},
        syntax, words,
    },
};

/// More than any destination takes, and than a bundle of thousands of events for a program needs; a template that
/// yields more is a mistake.
const MAX_OUTPUT: usize = 16 * 1024 * 1024;

/// A template that failed, and whether only because the event has no call, batch or problem.
#[derive(Debug)]
pub(super) struct Failure {
    /// On one line, with the place and without anything of the event.
    pub(super) says: String,
    pub(super) absent: bool,
    /// The same for whoever writes the template.
    pub(super) flaw: Box<Flaw>,
}

impl Failure {
    pub(super) fn plain(says: impl Into<String>) -> Self {
        let says = says.into();
        Self { flaw: Box::new(Flaw::new("", &says)), says, absent: false }
    }
}

impl From<Failure> for RenderError {
    fn from(failure: Failure) -> Self {
        Self(failure.says)
    }
}

#[derive(Clone)]
pub(super) struct Engine {
    registries: BTreeMap<Output, Handlebars<'static>>,
    /// The same templates in the form that can be rehearsed.
    rehearsals: BTreeMap<Output, Handlebars<'static>>,
    /// What each template includes, and where.
    includes: BTreeMap<(Output, String), Vec<(String, Spot)>>,
    /// The files as they were read, and where each template begins in its file.
    sources: BTreeMap<String, Source>,
    begins: BTreeMap<String, Spot>,
}

impl Engine {
    pub(super) fn new(zone: &TimeZone, words: &Arc<words::Words>) -> Self {
        let registry = |output: Output| {
            let mut registry = Handlebars::new();
            registry.set_strict_mode(true);
            registry.register_escape_fn(output.escape());
            helpers::register(&mut registry, zone, words, output == Output::Json);
            rounds::register(&mut registry);
            (output, registry)
        };
        let registries: BTreeMap<_, _> = Output::ALL.into_iter().map(registry).collect();
        let mut rehearsals = registries.clone();
        rehearsals.values_mut().for_each(|registry| rehearse::register(registry));
        Self { registries, rehearsals, includes: BTreeMap::new(), sources: BTreeMap::new(), begins: BTreeMap::new() }
    }

    pub(super) fn has(&self, output: Output, name: &str) -> bool {
        self.registries.get(&output).is_some_and(|registry| registry.has_template(name))
    }

    /// Whether there are templates besides those that are built in.
    pub(super) fn has_own(&self) -> bool {
        self.includes.keys().any(|(_, name)| !name.starts_with(&builtin_name("")))
    }

    /// Remembers a file's text for errors; `shown` is what they call it.
    pub(super) fn open(&mut self, name: &str, text: &str, shown: &str) {
        self.sources.insert(name.to_owned(), Source::new(text, shown));
    }

    /// Compiles and lints a template; all that is wrong with it is told at once.
    pub(super) fn add(&mut self, output: Output, name: &str, source: &str) -> Vec<Flaw> {
        if !self.sources.contains_key(explain::file(name)) {
            self.open(explain::file(name), source, explain::file(name));
        }
        let first = source.find(|c: char| !c.is_whitespace()).unwrap_or(0);
        self.begins.insert(name.to_owned(), syntax::spot(source, first));
        let template = match Template::compile_with_name(source, name.to_owned()) {
            Ok(template) => template,
            Err(error) => {
                let (spot, words) = syntax::mistake(source, &error);
                return vec![self.flaw(name, spot, &words)];
            }
        };
        let findings = lint::read(&template, output);
        let flaws: Vec<Flaw> = findings.flaws.iter().map(|(spot, words)| self.flaw(name, *spot, words)).collect();
        if flaws.is_empty() {
            let (registry, rehearsal) = self.of(output);
            rehearsal.register_template(name, rounds::counted(rehearse::rehearsable(&template)));
            registry.register_template(name, rounds::counted(template));
            self.includes.insert((output, name.to_owned()), findings.includes);
        } else {
            self.remove(output, name);
        }
        flaws
    }

    pub(super) fn remove(&mut self, output: Output, name: &str) {
        let (registry, rehearsal) = self.of(output);
        registry.unregister_template(name);
        rehearsal.unregister_template(name);
        self.includes.remove(&(output, name.to_owned()));
    }

    fn of(&mut self, output: Output) -> (&mut Handlebars<'static>, &mut Handlebars<'static>) {
        let registry = self.registries.get_mut(&output).expect("every output has a registry");
        (registry, self.rehearsals.get_mut(&output).expect("every output has a rehearsal"))
    }

    /// A mistake at a spot of a template, as its author sees it.
    pub(super) fn flaw(&self, name: &str, spot: Spot, words: &Words) -> Flaw {
        let flaw = Flaw::new("", &words.says);
        let flaw = words.hint().into_iter().fold(flaw, Flaw::hint);
        match self.sources.get(explain::file(name)) {
            Some(source) => flaw.at(&source.shown, source.place(spot, words.token.as_deref())),
            None => flaw,
        }
    }

    /// A failure that is the doing of a whole template, such as a colour that is none.
    pub(super) fn failure(&self, name: &str, words: &Words) -> Failure {
        let spot = self.begins.get(name).copied().unwrap_or(Spot { line: 1, column: 1 });
        self.failure_at(name, spot, words)
    }

    fn failure_at(&self, name: &str, spot: Spot, words: &Words) -> Failure {
        let flaw = self.flaw(name, spot, words);
        let place = flaw.excerpt.as_ref().map_or((spot.line, spot.column), |at| (at.place.line, at.place.column));
        let says = format!("`{}` line {}, column {}: {}", explain::file(name), place.0, place.1, words.in_a_line());
        Failure { says, absent: false, flaw: Box::new(flaw) }
    }

    /// Partials that do not exist or include each other; the latter would overflow the stack when rendered,
    /// so they are taken out.
    pub(super) fn check_includes(&mut self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let mut circles = BTreeSet::new();
        for ((output, name), included) in &self.includes {
            for (missing, spot) in included.iter().filter(|(included, _)| !self.has(*output, included)) {
                flaws.push(self.flaw(name, *spot, &self.not_there(*output, missing)));
            }
            if let Some(circle) = self.circle(*output, name, &mut Vec::new()) {
                let mut members = circle.clone();
                members.sort();
                members.dedup();
                if circles.insert((*output, members)) {
                    let files: Vec<&str> = circle.iter().map(|name| explain::file(name)).collect();
                    let says =
                        format!("`{}`: templates must not include each other in a circle", files.join("` includes `"));
                    let words = Words::new(says).remedy("take one of the includes out");
                    let spot = included.iter().find(|(next, _)| circle.contains(next)).map(|(_, spot)| *spot);
                    let at = circle.first().map_or(name.as_str(), String::as_str);
                    flaws.push(self.flaw(at, spot.unwrap_or(Spot { line: 1, column: 1 }), &words));
                }
            }
        }
        for (output, name) in
            circles.into_iter().flat_map(|(output, all)| all.into_iter().map(move |name| (output, name)))
        {
            self.remove(output, &name);
        }
        flaws.dedup();
        flaws
    }

    fn not_there(&self, output: Output, name: &str) -> Words {
        let all: Vec<String> =
            self.includes.keys().filter(|(of, _)| *of == output).map(|(_, name)| name.clone()).collect();
        let all: Vec<String> = all.into_iter().filter(|name| !name.contains(['#', ' '])).collect();
        let words = Words::new(format!("there is no template `{name}` to include")).about(name);
        match explain::near_file(name, &all) {
            Some(meant) => words.remedy(explain::did_you_mean(meant)),
            None => words.remedy("put it into `[templates] dir` under exactly this name"),
        }
    }

    fn circle(&self, output: Output, name: &str, path: &mut Vec<String>) -> Option<Vec<String>> {
        if let Some(start) = path.iter().position(|before| before == name) {
            let around = path.iter().skip(start).map(String::as_str).chain([name]);
            return Some(around.map(str::to_owned).collect());
        }
        let included = self.includes.get(&(output, name.to_owned()))?;
        path.push(name.to_owned());
        let found = included.iter().find_map(|(included, _)| self.circle(output, included, path));
        path.pop();
        found
    }

    pub(super) fn render(&self, output: Output, name: &str, context: &Context) -> Result<String, Failure> {
        let registry = self.registries.get(&output).expect("every output has a registry");
        let mut bytes = Limited(Vec::new());
        rounds::start();
        if let Err(error) = registry.render_with_context_to_write(name, context, &mut bytes) {
            return Err(self.explain(output, name, &error, context));
        }
        let text = String::from_utf8(bytes.0).expect("handlebars writes whole strings");
        if output == Output::Json
            && let Err(error) = serde_json::from_str::<IgnoredAny>(&text)
        {
            return Err(self.no_json(name, &text, &error, context));
        }
        Ok(text)
    }

    /// All names in a template that are not known, in branches that this event does not take too.
    pub(super) fn rehearse(&self, output: Output, name: &str, context: &Context) -> Vec<Miss> {
        let registry = self.rehearsals.get(&output).expect("every output has a rehearsal");
        rehearse::misses(registry, name, context)
    }

    /// What is said of a name that a rehearsal missed.
    pub(super) fn missed(&self, miss: &Miss, context: &Context) -> Failure {
        let kind = context.data().get("type").and_then(Value::as_str).unwrap_or("such");
        let failure = self.failure_at(&miss.template, miss.spot, &explain::missing(miss, kind));
        Failure { absent: miss.is_absent(), ..failure }
    }

    fn explain(&self, output: Output, name: &str, error: &Error, context: &Context) -> Failure {
        let within = error.template_name.as_deref().unwrap_or(name);
        let spot = Spot { line: error.line_no.unwrap_or(1), column: error.column_no.unwrap_or(1) };
        match error.reason() {
            RenderErrorReason::IOError(_) => {
                let says = format!("`{}` yields more than {MAX_OUTPUT} bytes", explain::file(name));
                return Failure::plain(says);
            }
            RenderErrorReason::MissingVariable(_)
            | RenderErrorReason::ParamNotFoundForIndex(..)
            | RenderErrorReason::ParamNotFoundForName(..)
            | RenderErrorReason::InvalidJsonIndex(_) => {
                let misses = self.rehearse(output, name, context);
                let here = |miss: &&Miss| miss.template == within && miss.spot == spot && !miss.borne;
                if let Some(miss) = misses.iter().find(here) {
                    return self.missed(miss, context);
                }
            }
            _ => {}
        }
        self.failure_at(within, spot, &explain::other(error))
    }

    fn no_json(&self, name: &str, text: &str, error: &serde_json::Error, context: &Context) -> Failure {
        let what = error.to_string();
        let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
        let start = match error.line() {
            0 | 1 => 0,
            line => text.match_indices('\n').nth(line - 2).map_or(0, |(at, _)| at + 1),
        };
        let at = start + error.column().saturating_sub(1);
        let words = Words::new(format!("what this yields is no JSON: {}", json_place::in_words(what)));
        let registry = self.registries.get(&Output::Json).expect("every output has a registry");
        let found = json_place::find(registry, name, context, at);
        let (within, spot) =
            found.as_ref().map_or((name, Spot { line: 1, column: 1 }), |mark| (mark.template.as_str(), mark.spot));
        let mut failure = self.failure_at(within, spot, &words);
        if let (Some(json_place::Mark { raw: Some(raw), from, .. }), Some(source)) =
            (&found, self.sources.get(explain::file(within)))
        {
            let place = source.within(spot, raw, at - from);
            failure.says =
                format!("`{}` line {}, column {}: {}", explain::file(within), place.line, place.column, words.says);
            failure.flaw.excerpt = Flaw::new("", "").at(&source.shown, place).excerpt;
        }
        let yielded = Source::new(text, "").place(syntax::spot(text, at), None);
        let (line, column, caret) = (yielded.line, yielded.column, " ".repeat(yielded.caret.start));
        let hint = format!("line {line}, column {column} of what it yields:\n{}\n{caret}^", yielded.text);
        failure.flaw.hint = Some(hint);
        failure
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
