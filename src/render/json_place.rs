//! Where in a template the text comes from that is no JSON.

use std::{cell::RefCell, io};

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, Template,
    template::{Parameter, TemplateElement},
};

use crate::render::source::Spot;

const NAME: &str = "marked";

/// A piece of the output: what wrote it, and from which byte on.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub(super) from: usize,
    pub(super) template: String,
    pub(super) spot: Spot,
    /// The template's own text; none where a value was written.
    pub(super) raw: Option<String>,
}

/// What the parser says, where it can be said better.
pub(super) fn in_words(what: &str) -> &str {
    match what {
        "key must be a string" => "a key in quotes is expected here, or the comma before it is one too many",
        "trailing comma" => "the comma before this is one too many",
        "expected value" => "a value is expected here",
        "trailing characters" => "it has ended before this",
        other if other.starts_with("EOF while parsing") => "it ends here, and a bracket is not closed",
        other => other,
    }
}

thread_local! {
    static WRITTEN: RefCell<(usize, Vec<Mark>)> = const { RefCell::new((0, Vec::new())) };
}

/// Renders a template again, with a mark before each piece, and gives the mark of the byte at `at`.
pub(super) fn find(registry: &Handlebars<'static>, name: &str, context: &Context, at: usize) -> Option<Mark> {
    let mut marked = registry.clone();
    marked.register_helper(NAME, Box::new(Marked));
    for (name, template) in registry.get_templates() {
        marked.register_template(name, with_marks(template));
    }
    WRITTEN.set((0, Vec::new()));
    drop(marked.render_with_context_to_write(name, context, Counting));
    let (_, marks) = WRITTEN.take();
    marks.into_iter().rev().find(|mark| mark.from <= at)
}

fn with_marks(template: &Template) -> Template {
    marked(template, template.name.as_deref(), Spot { line: 1, column: 1 })
}

/// `around` is where the block begins that this is in.
fn marked(template: &Template, name: Option<&str>, around: Spot) -> Template {
    let mut marked_one = Template::default();
    marked_one.name = name.map(str::to_owned);
    for (index, element) in template.elements.iter().enumerate() {
        let spot = template.mapping.get(index).map_or(around, |at| Spot { line: at.0, column: at.1 });
        let raw = match element {
            TemplateElement::RawString(text) => Some(text),
            _ => None,
        };
        let mark = serde_json::to_string(&(name, spot.line, spot.column, raw)).unwrap_or_default();
        marked_one.elements.extend(mark_of(mark));
        marked_one.elements.push(match element {
            TemplateElement::HelperBlock(block) => {
                let mut block = block.clone();
                block.template = block.template.as_ref().map(|part| marked(part, name, spot));
                block.inverse = block.inverse.as_ref().map(|part| marked(part, name, spot));
                TemplateElement::HelperBlock(block)
            }
            other => other.clone(),
        });
    }
    marked_one
}

fn mark_of(what: String) -> Option<TemplateElement> {
    let mut template = Template::compile(&format!("{{{{{NAME} \"\"}}}}")).ok()?;
    let mut element = template.elements.pop()?;
    if let TemplateElement::Expression(call) = &mut element {
        call.params = vec![Parameter::Literal(what.into())];
    }
    Some(element)
}

struct Marked;

impl HelperDef for Marked {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        _: &mut dyn Output,
    ) -> HelperResult {
        let what = helper.param(0).and_then(|what| what.value().as_str()).unwrap_or_default();
        if let Ok((name, line, column, raw)) =
            serde_json::from_str::<(Option<String>, usize, usize, Option<String>)>(what)
        {
            WRITTEN.with_borrow_mut(|(from, marks)| {
                let spot = Spot { line, column };
                marks.push(Mark { from: *from, template: name.unwrap_or_default(), spot, raw });
            });
        }
        Ok(())
    }
}

struct Counting;

impl io::Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.with_borrow_mut(|(written, _)| *written += bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
