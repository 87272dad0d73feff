//! Cutting rendered JSON to a preset's limits, place by place.

use serde_json::Value;

use crate::{
    notify::{
        fit::{self, Unit},
        markup,
    },
    render::preset::Limit,
};

/// Cuts rendered JSON to a preset's limits, in their order.
pub(super) fn apply(json: &mut Value, limits: &[Limit]) {
    for limit in limits {
        let path: Vec<&str> = limit.at.split('/').skip(1).collect();
        visit(json, &path, &mut |found| fit_to(found, limit));
    }
}

fn visit(json: &mut Value, path: &[&str], apply: &mut dyn FnMut(&mut Value)) {
    let Some((step, rest)) = path.split_first() else { return apply(json) };
    let wanted = step.strip_prefix('[').and_then(|step| step.strip_suffix(']')).and_then(|step| step.split_once('='));
    match json {
        Value::Array(items) => {
            for (place, item) in items.iter_mut().enumerate() {
                let matches = match wanted {
                    Some((key, value)) => item.get(key).and_then(Value::as_str) == Some(value),
                    None => *step == "*" || *step == place.to_string(),
                };
                if matches {
                    visit(item, rest, apply);
                }
            }
        }
        Value::Object(members) if *step == "*" => members.values_mut().for_each(|member| visit(member, rest, apply)),
        Value::Object(members) => {
            if let Some(member) = members.get_mut(*step) {
                visit(member, rest, apply);
            }
        }
        _ => {}
    }
}

fn fit_to(found: &mut Value, limit: &Limit) {
    if let (Value::Array(items), Some(max)) = (&mut *found, limit.items) {
        items.truncate(max);
    }
    let sizes = [(limit.chars, Unit::Chars), (limit.units, Unit::Utf16), (limit.bytes, Unit::Bytes)];
    for (max, unit) in sizes {
        match (&mut *found, max) {
            (_, None) => {}
            (Value::String(text), Some(max)) if limit.html => *text = markup::cut(text, max, unit),
            (Value::String(text), Some(max)) => *text = fit::cut(text, max, unit),
            (container, Some(max)) => fit_container(container, max, unit),
        }
    }
}

/// Cuts the longest of the strings inside until the sum of characters, or the whole JSON, fits.
fn fit_container(container: &mut Value, max: usize, unit: Unit) {
    let unit = if unit == Unit::Bytes { Unit::Json } else { unit };
    let mut texts = Vec::new();
    strings(container, &mut texts);
    let lengths: Vec<usize> = texts.iter().map(|text| unit.count(text)).collect();
    let sum: usize = lengths.iter().sum();
    let frame = if unit == Unit::Json { container.to_string().len() - sum } else { 0 };
    let level = fit::level(&lengths, max.saturating_sub(frame));
    let mut texts = Vec::new();
    strings_mut(container, &mut texts);
    texts.into_iter().for_each(|text| *text = fit::cut(text, level, unit));
}

/// The texts that may be cut: a link would no longer be one.
fn strings<'a>(json: &'a Value, found: &mut Vec<&'a String>) {
    match json {
        Value::String(text) if !is_link(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(members) => members.values().for_each(|member| strings(member, found)),
        _ => {}
    }
}

fn strings_mut<'a>(json: &'a mut Value, found: &mut Vec<&'a mut String>) {
    match json {
        Value::String(text) if !is_link(text) => found.push(text),
        Value::Array(items) => items.iter_mut().for_each(|item| strings_mut(item, found)),
        Value::Object(members) => members.values_mut().for_each(|member| strings_mut(member, found)),
        _ => {}
    }
}

fn is_link(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn limits_find_their_place_in_the_json() {
        let mut json = json!({
            "text": "x".repeat(100),
            "blocks": [
                { "type": "header", "text": { "text": "h".repeat(100) } },
                { "type": "section", "text": { "text": "s".repeat(100) }, "fields": [1, 2, 3] },
                { "type": "image", "image_url": format!("https://x.example/{}", "i".repeat(100)) },
            ],
        });
        let limit = |at: &str| Limit { at: at.to_owned(), ..Limit::default() };
        apply(
            &mut json,
            &[
                Limit { chars: Some(50), ..limit("/text") },
                Limit { chars: Some(60), ..limit("/blocks/[type=header]/text/text") },
                Limit { items: Some(2), ..limit("/blocks/*/fields") },
                Limit { items: Some(1), ..limit("/nowhere/*/at/all") },
                Limit { chars: Some(100), ..limit("/blocks") },
            ],
        );
        let length = |pointer: &str| json.pointer(pointer).unwrap().as_str().unwrap().chars().count();
        assert_eq!((length("/text"), json["blocks"][1]["fields"].as_array().unwrap().len()), (50, 2));
        assert!(length("/blocks/0/text/text") <= 60 && length("/blocks/1/text/text") <= 60);
        assert_eq!(length("/blocks/2/image_url"), 118);
        assert_eq!(json["blocks"][1]["type"], "section");
    }

    #[test]
    fn a_whole_body_is_cut_to_bytes_whatever_its_escapes() {
        let mut json = json!({ "text": "\"\n\u{1}é".repeat(2_000), "more": "y".repeat(3_000) });
        apply(&mut json, &[Limit { bytes: Some(2_000), ..Limit::default() }]);
        assert!((1_900..=2_000).contains(&json.to_string().len()), "{}", json.to_string().len());
    }
}
