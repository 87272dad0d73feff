//! The type check of conditions: every field that a condition names must exist in the envelope,
//! and literals must be compared with fields of their own type.

use std::collections::{BTreeMap, BTreeSet};

use cel::common::ast::{Expr, IdedExpr, LiteralValue};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    event::{kind::Kind, sample},
    route::when::Condition,
};

/// Objects whose keys are the user's own.
const FREE: [&str; 2] = ["variables", "metadata"];
const COMPARISONS: [&str; 6] = ["_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"];

/// What a part of the envelope is.
#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Object(BTreeMap<String, Shape>),
    List,
    Text,
    Number,
    Truth,
    /// Anything: the user's own data, or a value whose type is not known here.
    Free,
}

/// Everything that is wrong with a condition that compiles.
///
/// `heard` are the kinds of event that the condition is asked about.
pub(super) fn flaws(condition: &Condition, heard: &[Kind]) -> Vec<String> {
    let mut checker = Checker { roots: roots(), locals: vec![], used: BTreeSet::new(), flaws: vec![] };
    let result = checker.walk(condition.program().expression());
    let families: [(&str, &[&str]); 3] =
        [("call", &["call."]), ("batch", &["batch."]), ("problem", &["watch.", "notifier.", "delivery."])];
    for (root, prefixes) in families {
        let has = |kind: &Kind| prefixes.iter().any(|prefix| kind.as_str().starts_with(prefix));
        let never = !heard.is_empty() && !heard.iter().any(has);
        if never && checker.used.contains(root) {
            checker.flaws.push(format!("none of this route's events has a `{root}`"));
        }
    }
    if matches!(result, Shape::Text | Shape::Number | Shape::List | Shape::Object(_)) {
        checker.flaws.push(format!("the condition gives {} and not true or false", result.noun()));
    }
    checker.flaws
}

struct Checker {
    roots: BTreeMap<String, Shape>,
    /// Variables that macros such as `exists(x, …)` bring in.
    locals: Vec<String>,
    /// Which of the roots the condition names.
    used: BTreeSet<String>,
    flaws: Vec<String>,
}

impl Checker {
    fn walk(&mut self, expr: &IdedExpr) -> Shape {
        match &expr.expr {
            Expr::Ident(name) => self.ident(name),
            Expr::Select(select) => {
                let operand = self.walk(&select.operand);
                let field = self.field(operand, &select.field);
                if select.test { Shape::Truth } else { field }
            }
            Expr::Call(call) => {
                let target = call.target.as_ref().map(|target| self.walk(target));
                let args: Vec<Shape> = call.args.iter().map(|arg| self.walk(arg)).collect();
                self.call(&call.func_name, target, &args, &call.args)
            }
            Expr::Literal(literal) => shape_of_literal(literal),
            Expr::List(list) => {
                for element in &list.elements {
                    self.walk(element);
                }
                Shape::List
            }
            Expr::Comprehension(inner) => {
                self.walk(&inner.iter_range);
                let before = self.locals.len();
                self.locals.extend([inner.iter_var.clone(), inner.accu_var.clone()]);
                self.locals.extend(inner.iter_var2.clone());
                for part in [&inner.loop_cond, &inner.loop_step, &inner.result] {
                    self.walk(part);
                }
                self.locals.truncate(before);
                Shape::Free
            }
            _ => Shape::Free,
        }
    }

    fn ident(&mut self, name: &str) -> Shape {
        if self.locals.iter().any(|local| local == name) || name.starts_with('@') {
            return Shape::Free;
        }
        if let Some(shape) = self.roots.get(name) {
            self.used.insert(name.to_owned());
            return shape.clone();
        }
        self.flaws.push(format!("`{name}` is not known; a condition sees `event`, `call`, `batch` and `problem`"));
        Shape::Free
    }

    fn field(&mut self, operand: Shape, name: &str) -> Shape {
        let Shape::Object(fields) = operand else { return Shape::Free };
        if let Some(shape) = fields.get(name) {
            return shape.clone();
        }
        let closest = fields.keys().max_by(|a, b| {
            strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)).then_with(|| b.cmp(a))
        });
        let hint = closest.map(|key| format!("; did you mean `{key}`?")).unwrap_or_default();
        self.flaws.push(format!("there is no field `{name}`{hint}"));
        Shape::Free
    }

    fn call(&mut self, name: &str, target: Option<Shape>, args: &[Shape], exprs: &[IdedExpr]) -> Shape {
        if let ([left, right], true) = (args, COMPARISONS.contains(&name)) {
            if !left.compares_with(right) {
                self.flaws.push(format!("{} is compared with {}", left.noun(), right.noun()));
            }
            return Shape::Truth;
        }
        match (name, args) {
            ("_&&_" | "_||_" | "!_", _) => {
                for arg in args.iter().filter(|arg| !matches!(arg, Shape::Truth | Shape::Free)) {
                    self.flaws.push(format!("{} stands where true or false must", arg.noun()));
                }
                Shape::Truth
            }
            ("@in" | "startsWith" | "endsWith" | "contains" | "matches", _) => Shape::Truth,
            ("_[_]", [of, _]) => match exprs.get(1).map(|expr| &expr.expr) {
                Some(Expr::Literal(LiteralValue::String(key))) => self.field(of.clone(), key.inner()),
                _ => Shape::Free,
            },
            ("size", _) => Shape::Number,
            ("_+_" | "_-_" | "_*_" | "_/_" | "_%_", [Shape::Number, Shape::Number]) => Shape::Number,
            _ => {
                drop(target);
                Shape::Free
            }
        }
    }
}

impl Shape {
    fn of(key: &str, value: &Value) -> Self {
        if FREE.contains(&key) {
            return Self::Free;
        }
        match value {
            Value::Object(map) => {
                Self::Object(map.iter().map(|(key, value)| (key.clone(), Self::of(key, value))).collect())
            }
            Value::Array(_) => Self::List,
            Value::String(_) => Self::Text,
            Value::Number(_) => Self::Number,
            Value::Bool(_) => Self::Truth,
            Value::Null => Self::Free,
        }
    }

    fn compares_with(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Free, _) | (_, Self::Free))
            || std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    fn noun(&self) -> &'static str {
        match self {
            Self::Object(_) => "an object",
            Self::List => "a list",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Truth => "true or false",
            Self::Free => "a value",
        }
    }
}

fn shape_of_literal(literal: &LiteralValue) -> Shape {
    match literal {
        LiteralValue::Boolean(_) => Shape::Truth,
        LiteralValue::Int(_) | LiteralValue::UInt(_) | LiteralValue::Double(_) => Shape::Number,
        LiteralValue::String(_) => Shape::Text,
        LiteralValue::Bytes(_) | LiteralValue::Null => Shape::Free,
    }
}

/// The four names that conditions see, shaped by samples in which every field is filled.
fn roots() -> BTreeMap<String, Shape> {
    let of = |kind| serde_json::to_value(sample::sample(kind, Timestamp::UNIX_EPOCH)).unwrap_or_default();
    let (call, batch, problem) = (of(Kind::CallCorrected), of(Kind::BatchCompleted), of(Kind::WatchFailing));
    let mut event = call.clone();
    for (name, source) in [("batch", &batch), ("problem", &problem)] {
        event["data"][name] = source["data"][name].clone();
    }
    [("call", &call), ("batch", &batch), ("problem", &problem)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Shape::of(name, &value["data"][name])))
        .chain([("event".to_owned(), Shape::of("event", &event))])
        .collect()
}
