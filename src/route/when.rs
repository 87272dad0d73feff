//! Conditions in CEL over an event: compiled once, evaluated on the envelope.

use std::fmt;

use cel::{Context, Program, Value};

use crate::event::Event;

/// A compiled condition.
pub struct Condition {
    program: Program,
    source: String,
}

/// An event as conditions see it; built once for all routes.
pub struct Scope {
    context: Context<'static, 'static>,
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.source).finish()
    }
}

impl Condition {
    pub fn compile(source: &str) -> Result<Self, String> {
        let program = Program::compile(source)
            .map_err(|errors| errors.errors.iter().map(|error| error.msg.clone()).collect::<Vec<_>>().join("; "))?;
        Ok(Self { program, source: source.to_owned() })
    }

    /// Whether the condition holds; an error where it cannot be evaluated or is not a yes or no.
    pub fn holds(&self, scope: &Scope) -> Result<bool, String> {
        match self.program.execute(&scope.context) {
            Ok(Value::Bool(answer)) => Ok(answer),
            Ok(other) => Err(format!("the condition gives {} and not true or false", other.type_of())),
            Err(error) => Err(error.to_string()),
        }
    }

    pub(super) fn program(&self) -> &Program {
        &self.program
    }
}

impl Scope {
    /// `event` is the envelope; `call`, `batch` and `problem` are what is in its `data`, or null.
    pub fn of(event: &Event) -> Self {
        let envelope = serde_json::to_value(event).unwrap_or_default();
        let mut context = Context::default();
        for name in ["call", "batch", "problem"] {
            add(&mut context, name, &envelope["data"][name]);
        }
        add(&mut context, "event", &envelope);
        Self { context }
    }
}

fn add(context: &mut Context<'static, 'static>, name: &str, value: &serde_json::Value) {
    let value = cel::to_value(value).unwrap_or(Value::Null);
    context.add_variable_from_value(name.to_owned(), value);
}
