//! A limit on how often the blocks of `each` are gone through: a few inside of each other would never end.

use std::{cell::Cell, sync::LazyLock};

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderErrorReason, Template,
    template::TemplateElement,
};

/// Bundles of a few thousand events with their details stay far below.
const MOST: u32 = 100_000;

const NAME: &str = "each_round";

/// What stands at the beginning of each block and counts.
static COUNTER: LazyLock<TemplateElement> = LazyLock::new(|| {
    let mut template = Template::compile(&format!("{{{{{NAME}}}}}")).expect("a valid template");
    template.elements.remove(0)
});

thread_local! {
    /// Of the template that this thread renders.
    static ROUNDS: Cell<u32> = const { Cell::new(0) };
}

/// Begins to count anew.
pub(super) fn start() {
    ROUNDS.set(0);
}

/// Whether this thread's template went round too often.
pub(super) fn are_over() -> bool {
    ROUNDS.get() > MOST
}

pub(super) fn register(registry: &mut Handlebars<'_>) {
    registry.register_helper(NAME, Box::new(Round));
}

/// The template with a counter in each of its loops.
pub(super) fn counted(mut template: Template) -> Template {
    for element in &mut template.elements {
        match element {
            TemplateElement::HelperBlock(block) => {
                let is_loop = block.name.as_name() == Some("each");
                block.inverse = block.inverse.take().map(counted);
                block.template =
                    block.template.take().map(counted).map(|inner| if is_loop { count(inner) } else { inner });
            }
            TemplateElement::PartialBlock(partial) => partial.template = partial.template.take().map(counted),
            _ => {}
        }
    }
    template
}

fn count(mut template: Template) -> Template {
    // Places in the file are kept beside the elements, one for each.
    if let Some(first) = template.mapping.first().cloned() {
        template.mapping.insert(0, first);
    }
    template.elements.insert(0, COUNTER.clone());
    template
}

struct Round;

impl HelperDef for Round {
    fn call<'reg: 'rc, 'rc>(
        &self,
        _: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        _: &mut dyn Output,
    ) -> HelperResult {
        let rounds = ROUNDS.get() + 1;
        ROUNDS.set(rounds);
        if rounds > MOST {
            return Err(RenderErrorReason::Other(format!("its loops go round more than {MOST} times")).into());
        }
        Ok(())
    }
}
