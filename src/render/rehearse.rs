//! Goes through a template with every branch taken, whatever its condition says, and notes each name that is not known
//! at its place, with those that are.
//!
//! Nothing is written and no helper but those of `each` and `with` is called.

use std::{
    cell::{Cell, RefCell},
    sync::LazyLock,
};

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, Path, RenderContext, RenderErrorReason, Renderable,
    Template,
    template::{HelperTemplate, Parameter, TemplateElement, TemplateMapping},
};
use serde_json::Value;

use crate::render::{rounds, source::Spot, usage};

const NAME: &str = "rehearsed";

/// One of these is under `data`.
const SUBJECTS: [&str; 4] = ["call", "batch", "problem", "digest"];

/// A name that is not known where it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Miss {
    pub(super) template: String,
    pub(super) spot: Spot,
    pub(super) path: String,
    /// It is an argument of `default`, which bears that.
    pub(super) borne: bool,
    /// What the name is looked for in, as it is written; empty for the item or the event itself.
    pub(super) parent: String,
    pub(super) parent_is: Parent,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Parent {
    Null,
    /// Its keys are the user's: variables, metadata, parameters.
    Open,
    /// One of these is under `data`, depending on the event.
    Data,
    /// The event itself; with the names that are one step below.
    Root {
        names: Vec<String>,
        nested: Vec<String>,
    },
    Object {
        names: Vec<String>,
        known_at_root: bool,
    },
    List,
    Text,
}

/// More looks than any template needs; loops over thousands of items see nothing new.
const MOST: u32 = 100_000;

/// Nobody reads more.
const MOST_MISSES: usize = 100;

thread_local! {
    static LOOKS: Cell<u32> = const { Cell::new(0) };
    static MISSES: RefCell<Vec<Miss>> = const { RefCell::new(Vec::new()) };
}

/// What stands around each element, and the beginning of a file.
static FRAME: LazyLock<(HelperTemplate, TemplateMapping)> = LazyLock::new(|| {
    let mut template = Template::compile(&format!("{{{{#{NAME}}}}}{{{{/{NAME}}}}}")).expect("a valid template");
    match (template.elements.remove(0), template.mapping.remove(0)) {
        (TemplateElement::HelperBlock(block), begin) => (*block, begin),
        _ => unreachable!("it is a block"),
    }
});

pub(super) fn register(registry: &mut Handlebars<'_>) {
    registry.register_helper(NAME, Box::new(Rehearsed));
}

/// Goes through the rehearsable form of a template.
pub(super) fn misses(registry: &Handlebars<'_>, name: &str, context: &Context) -> Vec<Miss> {
    MISSES.take();
    LOOKS.set(0);
    rounds::start();
    // What would take too long ends early; what was found until then counts.
    drop(registry.render_with_context_to_write(name, context, std::io::sink()));
    let mut misses = MISSES.take();
    misses.sort();
    misses
}

/// The form of a template that can be rehearsed: conditions are laid open, each element is framed.
pub(super) fn rehearsable(template: &Template) -> Template {
    open(template, template.name.as_deref(), &FRAME.1)
}

/// `around` is where the block begins that this is in: branches behind `{{else if}}` do not know their places.
fn open(template: &Template, name: Option<&str>, around: &TemplateMapping) -> Template {
    let mut open_one = Template::default();
    open_one.name = name.map(str::to_owned);
    for (index, element) in template.elements.iter().enumerate() {
        let place = template.mapping.get(index).unwrap_or(around);
        let inside = |part: &Template| open(part, name, place);
        let mut inline = Vec::new();
        let framed = match element {
            TemplateElement::Expression(_) | TemplateElement::HtmlExpression(_) => element.clone(),
            TemplateElement::PartialExpression(_) | TemplateElement::PartialBlock(_) => element.clone(),
            TemplateElement::HelperBlock(block) => {
                let mut head = (**block).clone();
                let (body, other) = (head.template.take(), head.inverse.take());
                if is_scope(block) {
                    head.template = body.as_ref().map(inside);
                } else {
                    inline.extend(body.as_ref().map(inside));
                }
                inline.extend(other.as_ref().map(inside));
                TemplateElement::HelperBlock(Box::new(head))
            }
            _ => continue,
        };
        push(&mut open_one, frame(framed, name, place), place);
        for part in inline {
            open_one.elements.extend(part.elements);
            open_one.mapping.extend(part.mapping);
        }
    }
    open_one
}

fn frame(element: TemplateElement, name: Option<&str>, place: &TemplateMapping) -> TemplateElement {
    let mut inner = Template::default();
    inner.name = name.map(str::to_owned);
    push(&mut inner, element, place);
    let mut frame = FRAME.0.clone();
    frame.template = Some(inner);
    TemplateElement::HelperBlock(Box::new(frame))
}

fn push(template: &mut Template, element: TemplateElement, place: &TemplateMapping) {
    template.elements.push(element);
    template.mapping.push(place.clone());
}

fn is_scope(block: &HelperTemplate) -> bool {
    matches!(block.name.as_name(), Some("each" | "with"))
}

struct Rehearsed;

impl HelperDef for Rehearsed {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let Some((inner, element)) = helper.template().and_then(|inner| Some((inner, inner.elements.first()?))) else {
            return Ok(());
        };
        LOOKS.set(LOOKS.get() + 1);
        if is_over() {
            return Err(RenderErrorReason::Other("it takes too long".to_owned()).into());
        }
        match element {
            TemplateElement::Expression(call) | TemplateElement::HtmlExpression(call) => {
                note_all(call, inner, context, rc);
                return Ok(());
            }
            TemplateElement::HelperBlock(block) => {
                note_all(block, inner, context, rc);
                if !is_scope(block) {
                    return Ok(());
                }
            }
            TemplateElement::PartialExpression(partial) | TemplateElement::PartialBlock(partial) => {
                let mut paths = Vec::new();
                arguments(partial.params.iter().chain(partial.hash.values()), false, &mut paths);
                note(&paths, inner, context, rc);
            }
            _ => return Ok(()),
        }
        // What is wrong in there is noted there.
        match inner.render(registry, context, rc, out) {
            Err(error) if is_over() => Err(error),
            _ => Ok(()),
        }
    }
}

fn is_over() -> bool {
    rounds::are_over() || LOOKS.get() > MOST
}

fn note_all(call: &HelperTemplate, at: &Template, context: &Context, rc: &RenderContext<'_, '_>) {
    let mut paths = Vec::new();
    collect(call, &mut paths);
    note(&paths, at, context, rc);
}

fn note(paths: &[(&str, bool)], at: &Template, context: &Context, rc: &RenderContext<'_, '_>) {
    for (path, borne) in paths.iter().copied() {
        let missing = rc.evaluate(context, path).map_or(true, |value| value.is_missing());
        let Some(mapping) = at.mapping.first().filter(|_| missing) else { continue };
        let spot = Spot { line: mapping.0, column: mapping.1 };
        let (parent, parent_is) = parent_of(path, context, rc);
        let miss = Miss {
            template: at.name.clone().unwrap_or_default(),
            spot,
            path: path.to_owned(),
            borne,
            parent,
            parent_is,
        };
        MISSES.with_borrow_mut(|misses| {
            if misses.len() < MOST_MISSES && !misses.contains(&miss) {
                misses.push(miss);
            }
        });
    }
}

/// The variables that a call of a helper names, and whether each may be missing.
fn collect<'t>(call: &'t HelperTemplate, paths: &mut Vec<(&'t str, bool)>) {
    let name = call.name.as_name().unwrap_or_default();
    if call.params.is_empty() && call.hash.is_empty() && !usage::is_helper(name) {
        paths.extend(path(&call.name).map(|path| (path, false)));
    }
    arguments(call.params.iter().chain(call.hash.values()), name == "default", paths);
}

fn arguments<'t>(all: impl Iterator<Item = &'t Parameter>, borne: bool, paths: &mut Vec<(&'t str, bool)>) {
    for parameter in all {
        match parameter {
            Parameter::Subexpression(inner) => {
                if let TemplateElement::Expression(inner) = inner.as_element() {
                    collect(inner, paths);
                }
            }
            other => paths.extend(path(other).map(|path| (path, borne))),
        }
    }
}

fn path(parameter: &Parameter) -> Option<&str> {
    match parameter {
        Parameter::Path(Path::Relative((_, raw)) | Path::Local((_, _, raw))) => Some(raw),
        _ => None,
    }
}

/// The longest beginning of a path that leads somewhere, and what is there.
fn parent_of(path: &str, context: &Context, rc: &RenderContext<'_, '_>) -> (String, Parent) {
    let cuts = path.rmatch_indices(['.', '/']).map(|(at, _)| at);
    let beginnings = cuts.filter_map(|at| path.get(..at)).filter(|begin| !begin.is_empty() && *begin != ".");
    for begin in beginnings {
        let asked = if begin.ends_with("..") { format!("{begin}/this") } else { begin.to_owned() };
        let asked = if asked == "@root" { "@root/this".to_owned() } else { asked };
        if let Ok(found) = rc.evaluate(context, &asked)
            && !found.is_missing()
        {
            let is_root = found.context_path().is_some_and(Vec::is_empty);
            let parent = if begin == "this" { "" } else { begin };
            return (parent.to_owned(), kind_of(found.as_json(), begin, path, is_root, context));
        }
    }
    match rc.evaluate(context, "this") {
        Ok(found) => {
            let is_root = found.context_path().is_some_and(Vec::is_empty);
            (String::new(), kind_of(found.as_json(), "", path, is_root, context))
        }
        Err(_) => (String::new(), Parent::Null),
    }
}

fn kind_of(value: &Value, begin: &str, path: &str, is_root: bool, context: &Context) -> Parent {
    let is_open = |part: &str| matches!(part, "variables" | "metadata" | "params");
    match value {
        _ if begin.split(['.', '/']).any(is_open) => Parent::Open,
        Value::Null => Parent::Null,
        Value::Object(map) if is_root => {
            // Layouts alone see parameters, and none of them without a notifier.
            let first = path.split(['.', '/']).find(|part| !matches!(*part, "" | "this" | "@root" | ".."));
            if first == Some("params") { Parent::Open } else { root(map) }
        }
        Value::Object(map) if begin.ends_with("data") && SUBJECTS.iter().any(|subject| map.contains_key(*subject)) => {
            Parent::Data
        }
        Value::Object(map) => {
            let known_at_root = begin.is_empty() && context.data().pointer(&pointer(path)).is_some();
            Parent::Object { names: map.keys().cloned().collect(), known_at_root }
        }
        Value::Array(_) => Parent::List,
        _ => Parent::Text,
    }
}

fn root(map: &serde_json::Map<String, Value>) -> Parent {
    let again = |key: &str| matches!(key, "event" | "data");
    let inner = map.iter().filter(|(key, _)| !again(key)).filter_map(|(key, value)| Some((key, value.as_object()?)));
    let nested = inner.flat_map(|(key, inner)| inner.keys().map(move |name| format!("{key}.{name}")));
    Parent::Root { names: map.keys().cloned().collect(), nested: nested.collect() }
}

fn pointer(path: &str) -> String {
    path.split(['.', '/']).filter(|part| !part.is_empty() && *part != "this").map(|part| format!("/{part}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(source: &str) -> Vec<String> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        register(&mut registry);
        rounds::register(&mut registry);
        let template = Template::compile_with_name(source, "t".to_owned()).unwrap();
        registry.register_template("t", rounds::counted(rehearsable(&template)));
        let data = json!({
            "call": { "to": "+1", "error": null, "turns": [{ "text": "a", "words": [] }], "variables": {} },
            "batch": null,
        });
        let told = |miss: &Miss| {
            let place = format!("{}:{} {}", miss.spot.line, miss.spot.column, miss.path);
            match &miss.parent_is {
                Parent::Object { names, known_at_root } if *known_at_root => {
                    format!("{place} in {names:?}, and at the top")
                }
                Parent::Object { names, .. } | Parent::Root { names, .. } => format!("{place} in {names:?}"),
                other => format!("{place} in {other:?}"),
            }
        };
        misses(&registry, "t", &Context::from(data)).iter().map(told).collect()
    }

    #[test]
    fn every_branch_is_gone_through_and_names_are_looked_up_where_they_stand() {
        let seen = told(
            "{{#if call.error}}{{call.a}}{{else if batch}}{{batch.b}}{{else}}{{cal}}{{/if}}\n\
             {{#each call.turns}}{{txt}}{{#if words}}{{../call.c}}{{/if}}{{call.to}}{{@root.call.d}}{{/each}}\n\
             {{#each call.turns as |turn|}}{{turn.e}}{{/each}}{{#with call}}{{f}}{{to.g}}{{/with}}\n\
             {{#unless (eq call.h 1)}}{{call.variables.i}}{{default call.j}}{{call.turns.k}}{{@fist}}{{/unless}}",
        );
        assert_eq!(
            seen,
            [
                r#"1:19 call.a in ["error", "to", "turns", "variables"]"#,
                "1:46 batch.b in Null",
                r#"1:65 cal in ["batch", "call"]"#,
                r#"2:21 txt in ["text", "words"]"#,
                r#"2:41 ../call.c in ["error", "to", "turns", "variables"]"#,
                r#"2:61 call.to in ["text", "words"], and at the top"#,
                r#"2:72 @root.call.d in ["error", "to", "turns", "variables"]"#,
                r#"3:31 turn.e in ["text", "words"]"#,
                r#"3:64 f in ["error", "to", "turns", "variables"]"#,
                "3:69 to.g in Text",
                r#"4:1 call.h in ["error", "to", "turns", "variables"]"#,
                "4:26 call.variables.i in Open",
                r#"4:46 call.j in ["error", "to", "turns", "variables"]"#,
                "4:64 call.turns.k in List",
                r#"4:80 @fist in ["batch", "call"]"#,
            ]
        );
    }
}
