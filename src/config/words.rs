//! What serde and the parser say about a value, in words for someone who writes a config file.

use crate::{
    config::{report::quote, shape::Key},
    model::near::closest,
};

/// What is wrong with `key` and what to write, from serde's message. A private value is not repeated.
pub(super) fn of_value(name: &str, key: Option<Key>, message: &str, private: bool) -> (String, String) {
    let remedy = key.map_or("", |key| key.remedy);
    let subject = match name.strip_suffix("[]") {
        Some(list) => format!("an entry of {}", quote(list)),
        None => quote(name),
    };
    if remedy.contains("address") {
        return (format!("{subject} must be a URL"), remedy.to_owned());
    }
    let wrong = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    if let Some((got, wanted)) = wrong.and_then(|rest| rest.rsplit_once(", expected ")) {
        let wanted = wanted_words(wanted);
        let not = if private { String::new() } else { format!(", not {}", got_words(got)) };
        return (format!("{subject} must be {wanted}{not}"), remedy.to_owned());
    }
    if let Some((got, wanted)) =
        message.strip_prefix("unknown variant `").and_then(|rest| rest.rsplit_once("`, expected "))
    {
        let all: Vec<&str> = wanted.split('`').skip(1).step_by(2).collect();
        let says = if private {
            format!("{subject} has an unknown value")
        } else {
            format!("{subject} cannot be {}", quote(got))
        };
        return (says, one_of(got, &all));
    }
    if private {
        return (format!("the value of {subject} cannot be used"), remedy.to_owned());
    }
    match message.split_once("; ") {
        Some((says, hint)) => (says.to_owned(), hint.to_owned()),
        None => (message.to_owned(), remedy.to_owned()),
    }
}

/// "did you mean …" and all there is.
pub(super) fn one_of(word: &str, all: &[&str]) -> String {
    let list = all.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match closest(word, all.iter().copied()) {
        Some(close) => format!("did you mean `{close}`? (possible: {list})"),
        None => format!("possible: {list}"),
    }
}

fn wanted_words(wanted: &str) -> &str {
    match wanted {
        "a string" => "text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        "a nonzero u32" | "a nonzero u64" | "a nonzero usize" => "a whole number from 1 on",
        "u16" | "u32" | "u64" | "usize" => "a whole number",
        wanted if wanted.starts_with("struct ") => "a table",
        wanted => wanted,
    }
}

fn got_words(got: &str) -> String {
    match got {
        "sequence" => "a list".to_owned(),
        "map" => "a table or a date".to_owned(),
        _ => match got.split_once(' ') {
            Some(("integer" | "boolean", value)) => value.to_owned(),
            Some(("floating", value)) => value.trim_start_matches("point ").to_owned(),
            Some(("string", value)) => quote(value.trim_matches('"')),
            _ => got.to_owned(),
        },
    }
}

/// What the parser says, and a remedy for what goes wrong most often.
pub(super) fn of_syntax(message: &str, text: &str) -> (String, String) {
    let hint = match message {
        m if m.starts_with("duplicate key") => {
            return (format!("{} is given twice", quote(text)), "keep one of the two".to_owned());
        }
        m if m.starts_with("string values must be quoted") => {
            return ("text must be in quotes".to_owned(), "write it as \"…\"".to_owned());
        }
        m if m.starts_with("invalid basic string, expected `\"`") => {
            return ("text is not closed".to_owned(), "end it with a quotation mark".to_owned());
        }
        m if m.starts_with("unclosed table") => "end a section's name with `]`, as it begins",
        m if m.starts_with("key with no value") => "write `key = value`, or `[section]`",
        m if m.contains("escape") => "a backslash in text is written `\\\\`, or put the text in single quotes",
        m if m.starts_with("missing comma") => "put a comma between the values",
        _ => "",
    };
    (message.to_owned(), hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_value_is_never_repeated() {
        let messages = [
            "invalid type: string \"hunter2\", expected a sequence",
            "invalid value: string \"hunter2\", expected relative URL without a base",
            "unknown variant `hunter2`, expected `a` or `b`",
            "`hunter2` is not a length of time; write it otherwise",
        ];
        for message in messages {
            let (says, hint) = of_value("key", None, message, true);
            assert!(!says.contains("hunter2") && !hint.contains("hunter2"), "{says} / {hint}");
            let (says, _) = of_value("key", None, message, false);
            assert!(says.contains("hunter2"), "{says}");
        }
    }
}
