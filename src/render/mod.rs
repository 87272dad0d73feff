//! Templates: from an event to the words and layouts of a message.
//!
//! Content templates decide what is said ([`content`](mod@content)), layouts how a channel shows it, and [`words`] are
//! what the helpers say. Files in `[templates] dir` replace built-in ones of the same name, those in the folder of the
//! language before others; if one fails, the built-in one is used.

pub mod config;
pub mod helpers;
pub mod phone;
pub mod preset;
pub mod privacy;
pub mod why;
pub mod words;

mod builtin;
mod calls;
mod check;
mod content;
mod context;
mod engine;
mod explain;
mod files;
mod languages;
mod json_place;
mod lint;
mod output;
mod rehearse;
mod rounds;
mod source;
mod syntax;
mod usage;
mod wording;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use handlebars::Context;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use crate::{
    event::{Event, kind::Kind},
    message::{Message, clean},
    model::flaw::Flaw,
    render::{
        check::Scope,
        config::Config,
        content::Content,
        engine::{Engine, Failure},
        output::Output,
        preset::{Params, Preset},
        privacy::Privacy,
        words::Words,
    },
};

/// All templates, compiled once.
#[derive(Clone)]
pub struct Renderer {
    engine: Engine,
    builtin: BTreeMap<Kind, Content>,
    own: BTreeMap<Kind, Content>,
    presets: BTreeMap<String, Preset>,
    natives: BTreeSet<String>,
    language: String,
    words: Arc<Words>,
    /// What a team's translation lacks.
    gaps: Vec<Flaw>,
    beside: PathBuf,
    dir: Option<PathBuf>,
}

/// How an event is shown: to whom, and when.
#[derive(Debug, Clone, Copy)]
pub struct View {
    pub privacy: Privacy,
    pub now: Timestamp,
}

/// A message, and what went wrong with a team's template while it was written.
#[derive(Debug, Clone)]
pub struct Said {
    pub message: Message,
    pub trouble: Option<String>,
}

/// A rendered layout, and what went wrong with a team's file of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Laid {
    pub text: String,
    pub trouble: Option<String>,
}

/// Why a template could not be rendered; names template, line and column.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RenderError(pub String);

impl Renderer {
    /// Compiles the built-in templates and those in `[templates] dir`; `beside` is the folder of the config file.
    pub fn load(config: &Config, beside: &Path, timezone: TimeZone) -> Result<Self, Vec<Flaw>> {
        let (renderer, flaws) = Self::read(config, beside, timezone);
        if flaws.is_empty() { Ok(renderer) } else { Err(flaws) }
    }

    /// The same, with all that can be used although something else is wrong.
    pub fn read(config: &Config, beside: &Path, timezone: TimeZone) -> (Self, Vec<Flaw>) {
        let dir = config.dir.as_ref().map(|dir| beside.join(dir));
        let (own, missing) = match dir.as_deref().map_or(Ok(Vec::new()), files::under) {
            Ok(own) => (own, None),
            Err(error) => (Vec::new(), Some(Flaw::new("dir", error).hint("create the folder, or leave out `dir`"))),
        };
        let loaded = languages::load(&config.language, &own);
        let words = Arc::new(loaded.words);
        let mut renderer = Self {
            engine: Engine::new(&timezone, &words),
            builtin: BTreeMap::new(),
            own: BTreeMap::new(),
            presets: BTreeMap::new(),
            natives: BTreeSet::new(),
            language: config.language.clone(),
            words,
            gaps: loaded.gaps,
            beside: beside.to_owned(),
            dir,
        };
        let mut flaws: Vec<Flaw> = missing.into_iter().chain(loaded.refused).collect();
        flaws.extend(renderer.add_builtin());
        flaws.extend(renderer.add_all_own(&own));
        flaws.extend(renderer.engine.check_includes().into_iter().map(|flaw| flaw.under("dir")));
        flaws.extend(renderer.check_presets().into_iter().map(|flaw| flaw.under("dir")));
        (renderer, flaws)
    }

    /// Takes in a file as if it stood in `[templates] dir`. What is wrong with it spoils the renderer.
    pub fn add_file(&mut self, name: &str, text: &str) -> Vec<Flaw> {
        let mut flaws = self.add_own(name, text);
        flaws.extend(self.engine.check_includes().into_iter().map(|flaw| flaw.under("dir")));
        flaws
    }

    /// Says an event in words. Never fails: if a team's template does, the built-in wording is used.
    pub fn message(&self, event: &Event, view: View) -> Said {
        self.message_in(event, &Context::from(context::of_event(event, view)))
    }

    fn message_in(&self, event: &Event, context: &Context) -> Said {
        let own = self.own.get(&event.kind).into_iter();
        let mut trouble = None;
        for content in own.chain(self.builtin.get(&event.kind)) {
            match content.say(&self.engine, context, event.severity) {
                Ok(wording) => return Said { message: wording::message(event, context, wording), trouble },
                Err(failure) => trouble = trouble.or(Some(failure.says)),
            }
        }
        Said { message: wording::message(event, context, wording::bare(event, context)), trouble }
    }

    /// Renders a channel's layout, such as `discord.json.hbs` or `presets/slack.json.hbs`, with the message in it.
    ///
    /// A team's file that fails is replaced by the built-in one, and the log says so.
    pub fn layout(
        &self,
        name: &str,
        event: &Event,
        message: &Message,
        view: View,
        params: &Params,
    ) -> Result<String, RenderError> {
        let laid = self.layout_said(name, event, message, view, params)?;
        if let Some(trouble) = &laid.trouble {
            tracing::warn!(template = name, "Used the built-in layout instead: {trouble}");
        }
        Ok(laid.text)
    }

    /// As [`Self::layout`], with what went wrong for the caller to show.
    pub fn layout_said(
        &self,
        name: &str,
        event: &Event,
        message: &Message,
        view: View,
        params: &Params,
    ) -> Result<Laid, RenderError> {
        let mut data = context::of_event(event, view);
        context::add_message(&mut data, message, params);
        Ok(self.layout_in(name, &Context::from(data))?)
    }

    fn layout_in(&self, name: &str, context: &Context) -> Result<Laid, Failure> {
        let (laid, mut failures) = self.try_layout(name, context);
        let first = (!failures.is_empty()).then(|| failures.swap_remove(0));
        match laid {
            Some(text) => Ok(Laid { text, trouble: first.map(|failure| failure.says) }),
            None => Err(first.unwrap_or_else(|| Failure::plain(format!("there is no layout `{name}`")))),
        }
    }

    /// What keeps a layout, or a team's own in its place, from being rendered.
    fn layout_failures(&self, name: &str, context: &Context) -> Vec<Failure> {
        match self.try_layout(name, context) {
            (None, failures) if failures.is_empty() => vec![Failure::plain(format!("there is no layout `{name}`"))],
            (_, failures) => failures,
        }
    }

    /// A team's file, or else the built-in one, with what failed on the way.
    fn try_layout(&self, name: &str, context: &Context) -> (Option<String>, Vec<Failure>) {
        let full = if name.contains('/') { name.to_owned() } else { format!("layouts/{name}") };
        let output = Output::of(&full).unwrap_or(Output::Text);
        let candidates = [format!("{}/{full}", self.language), full.clone(), builtin_name(&full)];
        let mut failures = Vec::new();
        for candidate in candidates.iter().filter(|name| self.engine.has(output, name)) {
            match self.engine.render(output, candidate, context) {
                Ok(text) => return (Some(finish(&full, text)), failures),
                Err(failure) => failures.push(failure),
            }
        }
        (None, failures)
    }

    /// Compiles a notifier's native template, looked up beside the config file and then in `dir`.
    pub fn add_native(&mut self, name: &str) -> Result<(), Vec<Flaw>> {
        let Some(output) = Output::of(name) else {
            let says = format!("`{name}` does not end in .json.hbs, .html.hbs, .txt.hbs or .md.hbs");
            return Err(vec![Flaw::new("", says).hint("the end of the name says how values are escaped")]);
        };
        let folders = [Some(&self.beside), self.dir.as_ref()];
        let path = folders.into_iter().flatten().map(|folder| folder.join(name)).find(|path| path.is_file());
        let Some(path) = path else {
            let flaw = Flaw::new("", format!("there is no template `{name}`"));
            let all = files::natives(folders.into_iter().flatten());
            return Err(vec![match explain::near_file(name, &all) {
                Some(meant) => flaw.hint(explain::did_you_mean(meant)),
                None => flaw.hint("put it beside the config file, or into `[templates] dir`"),
            }]);
        };
        let text = files::read(&path).map_err(|says| vec![Flaw::new("", says)])?;
        self.engine.open(name, &text, &path.display().to_string());
        let mut flaws = self.engine.add(output, name, &text);
        if flaws.is_empty() {
            flaws = self.engine.check_includes();
        }
        if flaws.is_empty() {
            self.natives.insert(name.to_owned());
            return Ok(());
        }
        self.engine.remove(output, name);
        Err(flaws)
    }

    /// Renders a native template, which sees the envelope and `message` as the layouts do.
    pub fn native(&self, name: &str, event: &Event, view: View, params: &Params) -> Result<String, RenderError> {
        let data = self.full_context(event, view, params);
        Ok(self.native_in(name, &Context::from(data))?)
    }

    fn native_in(&self, name: &str, context: &Context) -> Result<String, Failure> {
        let output = Output::of(name).filter(|_| self.natives.contains(name));
        let output = output.ok_or_else(|| Failure::plain(format!("there is no template `{name}`")))?;
        Ok(finish(name, self.engine.render(output, name, context)?))
    }

    /// All that a layout or native template sees of an event.
    fn full_context(&self, event: &Event, view: View, params: &Params) -> Value {
        let context = Context::from(context::of_event(event, view));
        let said = self.message_in(event, &context);
        let mut data = context.data().clone();
        context::add_message(&mut data, &said.message, params);
        data
    }

    /// The words of the messages' language, for what is drawn or written without a template.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// What is known of a webhook destination.
    pub fn preset(&self, name: &str) -> Option<&Preset> {
        self.presets.get(name)
    }

    /// The presets' names, for errors and lists.
    pub fn preset_names(&self) -> impl Iterator<Item = &str> {
        self.presets.keys().map(String::as_str)
    }

    /// The kinds whose built-in wording is replaced by a team's file.
    pub fn replaced(&self) -> impl Iterator<Item = Kind> {
        self.own.keys().copied()
    }

    /// The layouts that [`Self::layout`] knows, presets' bodies included.
    pub fn layouts(&self) -> impl Iterator<Item = &str> {
        let own = self.presets.values().map(|preset| preset.template.as_str());
        let builtin = builtin::layouts().map(|(name, _)| name).filter(|name| name.starts_with("layouts/"));
        builtin.chain(own)
    }

    /// The native templates that were added.
    pub fn natives(&self) -> impl Iterator<Item = &str> {
        self.natives.iter().map(String::as_str)
    }

    /// Renders every template with sample events, full and sparse, and tells what fails; and what a translation lacks.
    pub fn check(&self) -> Vec<Flaw> {
        let failures = check::all(self, Scope::All, some_moment());
        self.gaps.iter().cloned().chain(failures).collect()
    }

    /// The same for a team's own templates alone.
    pub fn check_own(&self) -> Vec<Flaw> {
        check::all(self, Scope::Own, some_moment())
    }

    /// What fails with this event, for whoever writes the templates: what a log says of it, and where it is.
    pub fn failures(&self, event: &Event, view: View) -> Vec<(String, Flaw)> {
        let failures = check::of_event(self, Scope::All, event, view);
        failures.into_iter().map(|failure| (failure.says, *failure.flaw)).collect()
    }

    /// All names that templates may use of an event, with their values.
    pub fn names(&self, event: &Event, view: View, params: &Params) -> Value {
        self.full_context(event, view, params)
    }

    fn has_own(&self) -> bool {
        !self.own.is_empty() || !self.natives.is_empty() || self.engine.has_own()
    }
}

/// Each helper of templates: its name, what it takes, and what it does.
pub fn helpers_in_use() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let with_usage =
        |helper: &'static helpers::Helper| (helper.name, usage::line(helper.name).unwrap_or_default(), helper.does);
    helpers::HELPERS.iter().map(with_usage)
}

/// Any will do, and the clock is not for this module.
fn some_moment() -> Timestamp {
    Timestamp::from_second(1_700_000_000).expect("a moment in 2023")
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let presets: Vec<_> = self.presets.keys().collect();
        let own: Vec<_> = self.own.keys().collect();
        f.debug_struct("Renderer")
            .field("own", &own)
            .field("natives", &self.natives)
            .field("presets", &presets)
            .finish_non_exhaustive()
    }
}

/// The name under which the built-in file stays when a team's file takes its place.
fn builtin_name(name: &str) -> String {
    format!("built-in {name}")
}

/// A subject is one line, whatever its template looks like.
fn finish(name: &str, text: String) -> String {
    if name.ends_with(".subject.hbs") { clean::line(&text) } else { text }
}
