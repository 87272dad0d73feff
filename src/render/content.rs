//! Content templates: what is said of one kind of event, for all channels at once.
//!
//! ```text
//! {{!-- Comments may stand anywhere. --}}
//! title: a template, one line
//! color: #2E9E5B, or info, good, warning, error, or a template that yields one of these
//! link: a template that yields a web address, or nothing
//! body:
//! Markdown: paragraphs, **bold**, _italic_, `code`, [links](https://…), - lists, > quotes, | tables |.
//! facts:
//! Label: a template, one line; where it yields nothing the fact is left out
//! ```
//!
//! A part begins at the start of a line. An indented line continues the line before it (not in the
//! body). The file is split into parts before anything is rendered, so no value can begin a part.

use handlebars::Context;

use crate::{
    event::Severity,
    message::{
        Fact, clean,
        markup::Markup,
        parse::{parse, web_link},
    },
    model::flaw::Flaw,
    render::{
        engine::{Engine, Failure},
        explain::{self, Words},
        output::Output,
        source::Spot,
    },
};

const PARTS: [&str; 5] = ["title", "color", "link", "body", "facts"];

/// The compiled parts' names in the engine.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    title: String,
    color: Option<String>,
    link: Option<String>,
    body: Option<String>,
    facts: Vec<(String, String)>,
}

/// What a content template decides of a message.
pub(super) struct Wording {
    pub(super) title: String,
    pub(super) color: u32,
    pub(super) link: Option<String>,
    pub(super) body: Markup,
    pub(super) facts: Vec<Fact>,
}

pub(super) fn severity_color(severity: Severity) -> u32 {
    match severity {
        Severity::Info => 0x3E_8F_B0,
        Severity::Warning => 0xC9_8A_1B,
        Severity::Error => 0xD6_45_45,
    }
}

impl Content {
    /// Splits, compiles and lints a content template.
    pub(super) fn compile(engine: &mut Engine, name: &str, source: &str) -> Result<Self, Vec<Flaw>> {
        let pieces = split(source)
            .map_err(|found| found.iter().map(|(spot, words)| engine.flaw(name, *spot, words)).collect::<Vec<_>>())?;
        let mut content = Self::default();
        let mut flaws = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            let output = if piece.part == "body" { Output::Body } else { Output::Text };
            let part = format!("{name}#{index}");
            flaws.extend(engine.add(output, &part, &piece.padded()));
            match (piece.part, &piece.label) {
                ("title", _) => content.title = part,
                ("color", _) => content.color = Some(part),
                ("link", _) => content.link = Some(part),
                ("body", _) => content.body = Some(part),
                (_, label) => content.facts.push((label.clone(), part)),
            }
        }
        if content.title.is_empty() {
            let words =
                Words::new("there is no `title:`").remedy("add a line such as `title: {{outcome call \"title\"}}`");
            flaws.push(engine.flaw(name, Spot { line: 1, column: 1 }, &words));
        }
        if flaws.is_empty() { Ok(content) } else { Err(flaws) }
    }

    /// The parts' names in the engine, and how each is rendered.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Output, &str)> {
        let lines = [Some(&self.title), self.color.as_ref(), self.link.as_ref()].into_iter().flatten();
        let lines = lines.chain(self.facts.iter().map(|(_, part)| part)).map(|part| (Output::Text, part.as_str()));
        lines.chain(self.body.as_deref().map(|part| (Output::Body, part)))
    }

    pub(super) fn say(&self, engine: &Engine, context: &Context, severity: Severity) -> Result<Wording, Failure> {
        let line = |part: &str| Ok(clean::line(&engine.render(Output::Text, part, context)?));
        let title = line(&self.title)?;
        if title.is_empty() {
            return Err(engine.failure(&self.title, &Words::new("the title is empty")));
        }
        let color = match &self.color {
            Some(part) => parse_color(&line(part)?, severity).map_err(|words| engine.failure(part, &words))?,
            None => severity_color(severity),
        };
        let link = self.link.as_deref().map(line).transpose()?.and_then(|target| web_link(&target));
        let body = match &self.body {
            Some(part) => parse(&engine.render(Output::Body, part, context)?),
            None => Markup::default(),
        };
        let mut facts = Vec::new();
        for (label, part) in &self.facts {
            let value = line(part)?;
            if !value.is_empty() {
                facts.push(Fact { label: label.clone(), value });
            }
        }
        Ok(Wording { title, color, link, body, facts })
    }
}

fn parse_color(text: &str, severity: Severity) -> Result<u32, Words> {
    match text {
        "" => Ok(severity_color(severity)),
        "good" => Ok(0x2E_9E_5B),
        "info" => Ok(severity_color(Severity::Info)),
        "warning" => Ok(severity_color(Severity::Warning)),
        "error" => Ok(severity_color(Severity::Error)),
        hex => {
            let digits = hex.strip_prefix('#').filter(|digits| digits.len() == 6);
            let value = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
            value.ok_or_else(|| {
                Words::new(format!("`{hex}` is no color")).remedy("write #RRGGBB, good, info, warning or error")
            })
        }
    }
}

/// One part of the file, and where its template begins.
#[derive(Debug)]
struct Piece {
    part: &'static str,
    label: String,
    source: String,
    line: usize,
    column: usize,
}

impl Piece {
    /// Moved to where it stands in the file, so that errors name the line and column that people see.
    fn padded(&self) -> String {
        format!("{}{}{}", "\n".repeat(self.line - 1), " ".repeat(self.column - 1), self.source)
    }
}

fn split(source: &str) -> Result<Vec<Piece>, Vec<(Spot, Words)>> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut flaws: Vec<(Spot, Words)> = Vec::new();
    let mut in_comment = false;
    let mut current = "";
    for (index, line) in source.lines().enumerate() {
        let number = index + 1;
        let spot = Spot { line: number, column: 1 };
        if current != "body" && (in_comment || line.starts_with("{{!")) {
            in_comment = match line.starts_with("{{!--") || in_comment {
                true => !line.contains("--}}"),
                false => !line.contains("}}"),
            };
            continue;
        }
        let key = line.split_once(':').map(|(key, rest)| (key.trim_end(), rest));
        let begins = key.and_then(|(key, rest)| PARTS.into_iter().find(|part| *part == key).map(|part| (part, rest)));
        match (begins, current) {
            (Some((part, _)), _) if pieces.iter().any(|piece| piece.part == part) => {
                flaws.push((spot, Words::new(format!("`{part}:` is there twice")).about(part)));
            }
            (Some((part, rest)), _) => {
                current = part;
                if part != "facts" && !(part == "body" && rest.trim().is_empty()) {
                    pieces.push(piece(part, "", line, rest, number));
                } else if part == "body" {
                    pieces.push(Piece {
                        part,
                        label: String::new(),
                        source: String::new(),
                        line: number + 1,
                        column: 1,
                    });
                }
            }
            (None, "body") => {
                if let Some(body) = pieces.iter_mut().rfind(|piece| piece.part == "body") {
                    body.source.push_str(line);
                    body.source.push('\n');
                }
            }
            _ if line.trim().is_empty() => {}
            (None, _) if line.starts_with([' ', '\t']) && !pieces.is_empty() => {
                if let Some(last) = pieces.last_mut() {
                    last.source.push('\n');
                    last.source.push_str(line);
                }
            }
            (None, "facts") => match key {
                Some((label, rest)) if !label.is_empty() && !label.contains("{{") => {
                    pieces.push(piece("facts", label, line, rest, number));
                }
                _ => flaws
                    .push((spot, Words::new("this is no fact").remedy("a fact is a line such as `Label: {{value}}`"))),
            },
            (None, _) => {
                let word = key.map_or(line, |(word, _)| word);
                let known: Vec<String> = PARTS.iter().map(ToString::to_string).collect();
                let words = Words::new(format!("`{word}` is no part of a content template")).about(word);
                let meant = explain::near(word, &known).map(explain::did_you_mean);
                let words = meant.into_iter().fold(words, Words::remedy);
                flaws.push((spot, words.known(format!("the parts are {}", PARTS.join(", ")))));
            }
        }
    }
    if flaws.is_empty() { Ok(pieces) } else { Err(flaws) }
}

fn piece(part: &'static str, label: &str, line: &str, rest: &str, number: usize) -> Piece {
    let source = rest.trim_start();
    let column = line.chars().count() - source.chars().count() + 1;
    Piece { part, label: label.to_owned(), source: source.to_owned(), line: number, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_split_into_parts_that_know_their_place() {
        let source = "{{!--\n title: not this\n--}}\ntitle: {{a}}\n  {{b}}\nbody:\n> {{c}}\n\nnote: text\nfacts:\nOne: {{d}}\n{{! left out }}\nTwo: {{e}}\n";
        let pieces = split(source).unwrap();
        let seen: Vec<_> =
            pieces.iter().map(|p| (p.part, p.label.as_str(), p.source.as_str(), p.line, p.column)).collect();
        assert_eq!(
            seen,
            [
                ("title", "", "{{a}}\n  {{b}}", 4, 8),
                ("body", "", "> {{c}}\n\nnote: text\n", 7, 1),
                ("facts", "One", "{{d}}", 11, 6),
                ("facts", "Two", "{{e}}", 13, 6),
            ]
        );
    }

    #[test]
    fn a_misspelt_part_is_named_with_the_one_that_was_meant() {
        let flaws = split("titel: a\ntitle: b\ntitle: c\nfacts:\nno label\n").unwrap_err();
        let says: Vec<_> = flaws.iter().map(|(spot, words)| format!("{}: {}", spot.line, words.in_a_line())).collect();
        assert_eq!(
            says,
            [
                "1: `titel` is no part of a content template; did you mean `title`?",
                "3: `title:` is there twice",
                "5: this is no fact; a fact is a line such as `Label: {{value}}`",
            ]
        );
    }
}
