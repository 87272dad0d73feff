//! JSON that is laid out already, in a few colours: keys, texts, and everything else.

const KEY: &str = "\u{1b}[36m";
const TEXT: &str = "\u{1b}[32m";
const OTHER: &str = "\u{1b}[33m";
const END: &str = "\u{1b}[0m";

/// Without its colours it is the same text.
pub(super) fn json(pretty: &str, colour: bool) -> String {
    if !colour {
        return pretty.to_owned();
    }
    let lines: Vec<String> = pretty.lines().map(line).collect();
    lines.join("\n")
}

/// One line of laid out JSON has a key, a value, or both.
fn line(line: &str) -> String {
    let rest = line.trim_start();
    let indent = line.strip_suffix(rest).unwrap_or_default();
    match rest.strip_prefix('"').and_then(|_| text_end(rest)) {
        Some(end) => {
            let (text, after) = rest.split_at(end);
            match after.strip_prefix(": ") {
                Some(after) => format!("{indent}{KEY}{text}{END}: {}", value(after)),
                None => format!("{indent}{TEXT}{text}{END}{after}"),
            }
        }
        None => format!("{indent}{}", value(rest)),
    }
}

fn value(text: &str) -> String {
    let bare = text.strip_suffix(',').unwrap_or(text);
    let comma = if bare.len() < text.len() { "," } else { "" };
    match bare.chars().next() {
        None | Some('{' | '}' | '[' | ']') => text.to_owned(),
        Some('"') => format!("{TEXT}{bare}{END}{comma}"),
        Some(_) => format!("{OTHER}{bare}{END}{comma}"),
    }
}

/// Where a text ends that begins with a quote.
fn text_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::say::pretty;

    #[test]
    fn colours_change_nothing_of_the_text() {
        let value = json!({"a\": \"b": "x\": y", "list": [1, "t,", null, {}, []], "nested": {"k": true, "e": ""}});
        let plain = pretty(&value);
        let painted = json(&plain, true);
        let bare = [KEY, TEXT, OTHER, END].iter().fold(painted.clone(), |text, code| text.replace(code, ""));
        assert_eq!(bare, plain);
        assert!(painted.contains(&format!("{KEY}\"k\"{END}: {OTHER}true{END}")), "{painted}");
        assert!(painted.contains(&format!("{TEXT}\"t,\"{END},")), "{painted}");
        assert_eq!(json(&plain, false), plain);
    }
}
