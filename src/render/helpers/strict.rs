//! Our helpers as handlebars sees them: an unknown variable is an error, also in an argument or a condition.

use std::sync::Arc;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, JsonTruthy, Output, PathAndJson, RenderContext, RenderError,
    RenderErrorReason, Renderable, ScopedJson,
};
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::render::{helpers::args::Args, words::Words};

/// A helper that computes a value from its arguments.
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) run: fn(&Args<'_>) -> Result<Value, String>,
    pub(super) zone: TimeZone,
    pub(super) words: Arc<Words>,
}

impl HelperDef for Function {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let given = helper.params().iter().chain(helper.hash().values());
        if self.name != "default" {
            given.into_iter().try_for_each(known)?;
        }
        if helper.params().is_empty() {
            let says = format!(
                "helper `{0}` has no value to work on; a field of that name is written `{{{{this.{0}}}}}`",
                self.name
            );
            return Err(RenderErrorReason::Other(says).into());
        }
        let now = context.data().get("now").and_then(Value::as_str).and_then(|now| now.parse().ok());
        let args = Args {
            values: helper.params().iter().map(PathAndJson::value).collect(),
            named: helper.hash().iter().map(|(name, value)| (*name, value.value())).collect(),
            zone: &self.zone,
            words: &self.words,
            now,
        };
        (self.run)(&args)
            .map(ScopedJson::Derived)
            .map_err(|says| RenderErrorReason::Other(format!("helper `{}` {says}", self.name)).into())
    }
}

/// `json` in a JSON template: the text is JSON already and must not be escaped again.
pub(super) struct RawJson(pub(super) Function);

impl HelperDef for RawJson {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        self.0.call_inner(helper, registry, context, rc)
    }

    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let json = self.0.call_inner(helper, registry, context, rc)?;
        Ok(out.write(&json.render())?)
    }
}

/// `if` and `unless`, which in handlebars itself take an unknown variable for false.
pub(super) struct Condition {
    pub(super) wanted: bool,
}

impl HelperDef for Condition {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let value = helper.param(0).ok_or(RenderErrorReason::ParamNotFoundForIndex("if", 0))?;
        if !value.relative_path().is_some_and(|path| is_open(path)) {
            known(value)?;
        }
        let zero = helper.hash_get("includeZero").and_then(|value| value.value().as_bool()).unwrap_or(false);
        let branch = if value.value().is_truthy(zero) == self.wanted { helper.template() } else { helper.inverse() };
        branch.map_or(Ok(()), |branch| branch.render(registry, context, rc, out))
    }
}

/// Variables, metadata and params have the keys that the user gave them.
fn is_open(path: &str) -> bool {
    path.split(['.', '/']).any(|part| matches!(part, "variables" | "metadata" | "params"))
}

fn known(value: &PathAndJson<'_>) -> Result<(), RenderError> {
    match value.is_value_missing() {
        true => Err(RenderError::strict_error(value.relative_path())),
        false => Ok(()),
    }
}
