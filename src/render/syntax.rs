//! What is wrong with a template that cannot be read: the parser only knows where it stopped.

use handlebars::{TemplateError, TemplateErrorReason};

use crate::render::{explain::Words, source::Spot};

/// Where the mistake is and what it is.
pub(super) fn mistake(text: &str, error: &TemplateError) -> (Spot, Words) {
    if let Some((at, words)) = look(text) {
        return (spot(text, at), words);
    }
    let says = match error.reason() {
        // The parser lists all the rules of its grammar that would fit.
        TemplateErrorReason::InvalidSyntax(_) => "this tag cannot be read".to_owned(),
        other => other.to_string(),
    };
    let hint = "a tag is `{{name}}`, `{{helper name \"text\" option=1}}` or a block such as `{{#if name}} … {{/if}}`";
    let (line, column) = error.pos().unwrap_or((1, 1));
    let place = Spot { line, column };
    // The parser stops within a tag, or behind it.
    let begin = offset(text, place).and_then(|at| text.get(..at)?.rfind("{{"));
    let is_within =
        begin.and_then(|begin| text.get(begin..offset(text, place)?)).is_some_and(|tag| !tag.contains("}}"));
    let place = begin.filter(|_| is_within).map_or(place, |begin| spot(text, begin));
    (place, Words::new(says).remedy(hint))
}

struct Open<'t> {
    name: &'t str,
    at: usize,
}

/// Goes over the tags as the parser would, and stops at the first that cannot be right.
fn look(text: &str) -> Option<(usize, Words)> {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find("{{").map(|found| from + found) {
        if text.get(..at)?.ends_with('\\') {
            from = at + 2;
            continue;
        }
        let rest = text.get(at..)?;
        if rest.starts_with("{{{{") {
            return None;
        }
        if rest.starts_with("{{!") {
            let (mark, name) = if rest.starts_with("{{!--") { ("--}}", "{{!--") } else { ("}}", "{{!") };
            let Some(end) = rest.find(mark) else {
                return Some((at, Words::new("this comment never ends").remedy(format!("end `{name}` with `{mark}`"))));
            };
            from = at + end + mark.len();
            continue;
        }
        let end = match rest.find("}}") {
            Some(end) if !rest.get(2..end)?.contains("{{") => end,
            _ => {
                let words = Words::new("this tag never ends").remedy("end it with `}}`");
                return Some((at, words));
            }
        };
        let inside = rest.get(2..end)?;
        if let Some(words) = odd(inside) {
            return Some((at, words));
        }
        let inside = inside.trim_matches(['~', ' ', '\t', '\n', '\r']);
        if let Some(block) = inside.strip_prefix('#') {
            let name = word(block.trim_start_matches(['>', '*', ' ']));
            open.push(Open { name, at });
        } else if let Some(name) = inside.strip_prefix('/').map(str::trim) {
            match open.pop() {
                None => {
                    let says = format!("`{{{{/{name}}}}}` closes a block that was not opened");
                    return Some((
                        at,
                        Words::new(says).remedy(format!("open it with `{{{{#{name} …}}}}`, or take this out")),
                    ));
                }
                Some(opened) if opened.name != name && !name.is_empty() => {
                    let line = spot(text, opened.at).line;
                    let says = format!("`{{{{/{name}}}}}` closes `{{{{#{}}}}}` of line {line}", opened.name);
                    return Some((at, Words::new(says).remedy(format!("write `{{{{/{}}}}}` before it", opened.name))));
                }
                Some(_) => {}
            }
        } else if word(inside) == "else" && open.is_empty() {
            let words = Words::new("`{{else}}` stands outside of a block");
            return Some((at, words.remedy("put it between `{{#if …}}` and `{{/if}}`")));
        }
        from = at + end + 2;
    }
    let unclosed = open.pop()?;
    let says = format!("`{{{{#{}}}}}` is not closed", unclosed.name);
    Some((unclosed.at, Words::new(says).remedy(format!("end the block with `{{{{/{}}}}}`", unclosed.name))))
}

/// What no tag has in it.
fn odd(inside: &str) -> Option<Words> {
    if inside.trim_matches(['~', ' ']).is_empty() {
        return Some(Words::new("this tag is empty").remedy("name a variable or a helper, or take it out"));
    }
    if let Some(quote) = inside.chars().find(|c| matches!(c, '“' | '”' | '„' | '‘' | '’' | '«' | '»')) {
        let says = format!("`{quote}` is no quote that a template understands");
        return Some(Words::new(says).remedy("write straight quotes: \"…\""));
    }
    let quotes = inside.matches('"').count() - inside.matches("\\\"").count();
    if quotes % 2 == 1 && !inside.contains('\'') {
        return Some(Words::new("a quoted text in this tag is not closed").remedy("count the quotes"));
    }
    let (opened, closed) = (inside.matches('(').count(), inside.matches(')').count());
    if opened != closed && quotes == 0 {
        let says = format!("this tag has {opened} `(` and {closed} `)`");
        return Some(Words::new(says).remedy("a helper within a helper stands in parentheses: {{#if (eq a b)}}"));
    }
    None
}

fn word(text: &str) -> &str {
    text.split([' ', '\t', '\n', '\r', '~']).next().unwrap_or_default()
}

pub(super) fn spot(text: &str, at: usize) -> Spot {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    Spot { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
}

fn offset(text: &str, spot: Spot) -> Option<usize> {
    let start = match spot.line {
        0 | 1 => 0,
        line => text.match_indices('\n').nth(line - 2)?.0 + 1,
    };
    let line = text.get(start..)?;
    Some(start + line.char_indices().nth(spot.column.saturating_sub(1)).map_or(line.len(), |(at, _)| at))
}

#[cfg(test)]
mod tests {
    use handlebars::Template;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_said_where_it_is() {
        let told = |text: &str| {
            let (spot, words) = mistake(text, &Template::compile(text).unwrap_err());
            format!("{}:{} {}", spot.line, spot.column, words.says)
        };
        for (text, says) in [
            ("a\n {{call.to} b {{x}}", "2:2 this tag never ends"),
            ("{{#if x}}\n{{#each y}}\n{{/if}}", "3:1 `{{/if}}` closes `{{#each}}` of line 2"),
            ("{{#if x}}\n{{#if y}}{{/if}}", "1:1 `{{#if}}` is not closed"),
            ("a {{/if}}", "1:3 `{{/if}}` closes a block that was not opened"),
            ("{{else}}", "1:1 `{{else}}` stands outside of a block"),
            ("{{truncate a “b c”|}}", "1:1 `“` is no quote that a template understands"),
            ("{{plural 3 \"call}}", "1:1 a quoted text in this tag is not closed"),
            ("{{#if (eq a b}}x{{/if}}", "1:1 this tag has 1 `(` and 0 `)`"),
            ("ab {{ }}", "1:4 this tag is empty"),
            ("{{!-- a", "1:1 this comment never ends"),
            ("x {{call.to | upper}}", "1:3 this tag cannot be read"),
            ("x\n{{a b=}}", "2:1 this tag cannot be read"),
        ] {
            assert_eq!(told(text), says, "{text}");
        }
    }
}
