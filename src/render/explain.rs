//! Errors of templates as people need them: which file, where, what is wrong, and what was probably meant.

use handlebars::{RenderError, RenderErrorReason, TemplateError, TemplateErrorReason};
use serde_json::Value;
use strsim::jaro_winkler;

use crate::render::helpers::HELPERS;

/// Names in registries may carry a part after `#`; people know the file.
pub(super) fn file(name: &str) -> &str {
    name.split_once('#').map_or(name, |(file, _)| file)
}

pub(super) fn at(name: &str, line: usize, column: usize, says: &str) -> String {
    format!("`{}` line {line}, column {column}: {says}", file(name))
}

pub(super) fn syntax(name: &str, error: &TemplateError) -> String {
    let reason = match error.reason() {
        // The parser lists all the rules of its grammar that would fit.
        TemplateErrorReason::InvalidSyntax(_) => {
            "a tag is misspelt, or a block that began before is not closed".to_owned()
        }
        other => other.to_string(),
    };
    match error.pos() {
        Some((line, column)) => at(name, line, column, &reason),
        None => format!("`{}`: {reason}", file(name)),
    }
}

pub(super) fn failure(name: &str, error: &RenderError, data: &Value) -> String {
    let says = match error.reason() {
        RenderErrorReason::MissingVariable(Some(path)) => unknown_variable(path, data),
        RenderErrorReason::MissingVariable(None) => "there is no such key".to_owned(),
        RenderErrorReason::HelperNotFound(helper) => unknown_helper(helper),
        RenderErrorReason::ParamNotFoundForName(helper, param) => {
            format!("helper `{helper}` has no value for `{param}`: it is missing, or names an unknown variable")
        }
        other => other.to_string(),
    };
    let name = error.template_name.as_deref().unwrap_or(name);
    match (error.line_no, error.column_no) {
        (Some(line), Some(column)) => at(name, line, column, &says),
        _ => format!("`{}`: {says}", file(name)),
    }
}

/// Whether what is missing is a field of a subject that this event does not have, or a notifier's parameter.
pub(super) fn is_absent(error: &RenderError, data: &Value) -> bool {
    let RenderErrorReason::MissingVariable(Some(path)) = error.reason() else { return false };
    match segments(path).first() {
        Some(&"params") => true,
        Some(root) => {
            ["call", "batch", "problem", "digest"].contains(root) && data.get(root).is_some_and(Value::is_null)
        }
        None => false,
    }
}

fn segments(path: &str) -> Vec<&str> {
    path.split(['.', '/']).filter(|part| !matches!(*part, "" | "this" | "@root")).collect()
}

fn unknown_variable(path: &str, data: &Value) -> String {
    let says = format!("unknown variable `{path}`");
    let mut node = data;
    let mut before = Vec::new();
    for part in segments(path) {
        let Some(next) = node.get(part) else { return format!("{says}{}", advice(&before, part, node, data)) };
        before.push(part);
        node = next;
    }
    says
}

fn advice(before: &[&str], part: &str, node: &Value, data: &Value) -> String {
    let parent = before.join(".");
    match node {
        _ if before.iter().any(|part| matches!(*part, "variables" | "metadata" | "params")) => {
            format!("; not every call has it, so write {{{{default {parent}.{part} \"\"}}}}")
        }
        Value::Null => {
            let kind = data.get("type").and_then(Value::as_str).unwrap_or("such");
            format!(": `{parent}` is null in a {kind} event, so put {{{{#if {parent}}}}} … {{{{/if}}}} around it")
        }
        // Inside {{#each}} and {{#with}} names belong to the item, which is not known here.
        Value::Object(keys) if before.is_empty() => {
            let nested = keys.iter().filter_map(|(key, value)| Some((key, value.as_object()?)));
            let nested = nested.flat_map(|(key, map)| map.keys().map(move |inner| format!("{key}.{inner}")));
            let all: Vec<String> = keys.keys().cloned().chain(nested).collect();
            with_list(&did_you_mean(part, &all), &format!("there are: {}", list(keys.keys())))
        }
        Value::Object(keys) => {
            let all: Vec<String> = keys.keys().map(|key| format!("{parent}.{key}")).collect();
            with_list(&did_you_mean(part, &all), &format!("`{parent}` has: {}", list(keys.keys())))
        }
        _ => format!(": `{parent}` has no parts"),
    }
}

fn unknown_helper(name: &str) -> String {
    let all: Vec<String> = HELPERS.iter().map(|helper| helper.name.to_owned()).collect();
    let there_are = format!("there are: {}", list(&all));
    format!("there is no helper `{name}`{}", with_list(&did_you_mean(name, &all), &there_are))
}

fn list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// A list after a guess, or after a semicolon.
fn with_list(guess: &str, list: &str) -> String {
    if guess.is_empty() { format!("; {list}") } else { format!("{guess} {}", list.replacen("there", "There", 1)) }
}

/// The candidate that is nearest, or whose last part is, if one is near.
pub(super) fn did_you_mean(wanted: &str, candidates: &[String]) -> String {
    let wanted = wanted.to_lowercase();
    let score = |candidate: &str| {
        let last = candidate.rsplit('.').next().unwrap_or(candidate);
        jaro_winkler(&wanted, last).max(jaro_winkler(&wanted, candidate))
    };
    let scored = candidates.iter().map(|candidate| (score(candidate), candidate));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.len().cmp(&a.1.len())));
    match best {
        Some((score, name)) if score > 0.8 => format!("; did you mean `{name}`?"),
        _ => String::new(),
    }
}
