//! Reads compiled templates for what must not be in them: ways for a value out of the place it was put in,
//! and includes that cannot be followed before rendering.

use std::sync::LazyLock;

use handlebars::{
    Template,
    template::{DecoratorTemplate, HelperTemplate, TemplateElement},
};
use regex::Regex;

use crate::render::{calls, explain::Words, output::Output, source::Spot};

#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) flaws: Vec<(Spot, Words)>,
    /// Names of the partials, which are known before rendering.
    pub(super) includes: Vec<(String, Spot)>,
}

pub(super) fn read(template: &Template, output: Output) -> Findings {
    let mut linter = Linter { output, findings: Findings::default(), spot: Spot { line: 1, column: 1 } };
    let end = linter.walk(template, Place::default());
    if output == Output::Json && end.in_string {
        linter.flaw("a quoted text is not closed", "count the quotes");
    }
    linter.findings
}

/// Where in the output the next piece goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place {
    in_string: bool,
    escaped: bool,
    /// HTML since the last `<` of a tag that is not closed.
    tag: String,
    /// The quote that the attribute's value is in.
    quote: Option<char>,
    /// In a script or style element.
    in_code: bool,
}

impl Place {
    fn json(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                _ if self.escaped => self.escaped = false,
                '\\' if self.in_string => self.escaped = true,
                '"' => self.in_string = !self.in_string,
                _ => {}
            }
        }
    }

    fn html(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                _ if self.quote.is_some() => {
                    self.quote = self.quote.filter(|quote| *quote != c);
                    self.tag.push(c);
                }
                '"' | '\'' if self.tag.trim_end().ends_with('=') => {
                    self.quote = Some(c);
                    self.tag.push(c);
                }
                '<' => self.tag = "<".to_owned(),
                '>' => {
                    let tag = self.tag.to_ascii_lowercase();
                    let opens = |name: &str| tag.starts_with(&format!("<{name}"));
                    let closes = |name: &str| tag.starts_with(&format!("</{name}"));
                    self.in_code =
                        (self.in_code || opens("script") || opens("style")) && !closes("script") && !closes("style");
                    self.tag.clear();
                }
                _ if !self.tag.is_empty() => self.tag.push(c),
                _ => {}
            }
        }
    }

    /// The attribute whose quoted value is being written.
    fn attribute(&self) -> Option<String> {
        self.quote?;
        static OPEN: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r#"([a-zA-Z:-]+)\s*=\s*(?:"[^"]*|'[^']*)$"#).expect("a valid pattern"));
        OPEN.captures(&self.tag).map(|found| found[1].to_ascii_lowercase())
    }
}

struct Linter {
    output: Output,
    findings: Findings,
    spot: Spot,
}

impl Linter {
    fn flaw(&mut self, says: impl Into<String>, hint: impl Into<String>) {
        self.findings.flaws.push((self.spot, Words::new(says).remedy(hint)));
    }

    fn walk(&mut self, template: &Template, mut place: Place) -> Place {
        for (index, element) in template.elements.iter().enumerate() {
            if let Some(mapping) = template.mapping.get(index) {
                self.spot = Spot { line: mapping.0, column: mapping.1 };
            }
            match element {
                TemplateElement::RawString(text) => match self.output {
                    Output::Json => place.json(text),
                    Output::Html => place.html(text),
                    _ => {}
                },
                TemplateElement::Expression(value) => self.value(value, &mut place, false),
                TemplateElement::HtmlExpression(value) => self.value(value, &mut place, true),
                TemplateElement::HelperBlock(block) => place = self.block(block, place),
                TemplateElement::PartialExpression(partial) | TemplateElement::PartialBlock(partial) => {
                    self.include(partial, &place);
                }
                TemplateElement::DecoratorExpression(_) | TemplateElement::DecoratorBlock(_) => {
                    self.flaw(
                        "templates within a template are not supported",
                        "put it into a file of its own and include it with {{> name}}",
                    );
                }
                // Comments; handlebars may add more kinds.
                _ => {}
            }
        }
        place
    }

    fn value(&mut self, value: &HelperTemplate, place: &mut Place, unescaped: bool) {
        let name = value.name.as_name().unwrap_or_default().to_owned();
        let plain = value.params.is_empty() && value.hash.is_empty();
        let wrong = calls::check(value);
        self.findings.flaws.extend(wrong.into_iter().map(|words| (self.spot, words)));
        match self.output {
            Output::Json => self.json_value(&name, place.in_string, unescaped),
            Output::Html => {
                self.html_value(&name, place, unescaped && !(plain && name == "message.body.html"));
                // Any letter: the attribute has a value now.
                if !place.tag.is_empty() {
                    place.tag.push('x');
                }
            }
            Output::Markdown | Output::Body if unescaped => {
                self.flaw(format!("{{{{{{{name}}}}}}} is not escaped"), format!("write {{{{{name}}}}}"));
            }
            _ => {}
        }
    }

    fn json_value(&mut self, name: &str, in_string: bool, unescaped: bool) {
        match (name == "json", in_string) {
            (true, false) => {}
            (true, true) => self.flaw("{{json …}} brings its own quotes", "take it out of the quotes, or drop `json`"),
            (false, true) if unescaped => {
                self.flaw(format!("{{{{{{{name}}}}}}} is not escaped"), format!("write {{{{{name}}}}}"));
            }
            (false, true) => {}
            (false, false) => self.flaw(
                format!("{{{{{name}}}}} stands outside quotes, where a value could become JSON of its own"),
                format!("write {{{{json {name}}}}}, or put it in quotes"),
            ),
        }
    }

    fn html_value(&mut self, name: &str, place: &Place, unescaped: bool) {
        if unescaped {
            self.flaw(
                format!("{{{{{{{name}}}}}}} is not escaped"),
                format!("write {{{{{name}}}}}; only {{{{{{message.body.html}}}}}} is HTML"),
            );
        }
        if place.in_code && place.tag.is_empty() {
            self.flaw("a value in a script or style element cannot be escaped", "take it out");
        }
        match place.attribute().as_deref() {
            Some("href" | "src" | "action" | "background" | "xlink:href") if name != "url" => {
                self.flaw("a value in a link must be a web address", format!("write {{{{url {name}}}}}"));
            }
            Some("style") if name != "message.color_hex" => {
                self.flaw("a value in a style cannot be escaped", "only {{message.color_hex}} may be there");
            }
            None if !place.tag.is_empty() => {
                self.flaw("a value in a tag must stand in a quoted attribute", "put it in quotes")
            }
            Some(attribute) if attribute.starts_with("on") => {
                self.flaw("a value in a script cannot be escaped", "take it out")
            }
            _ => {}
        }
    }

    /// Whatever branch is taken, the output must be at the same place after it.
    fn block(&mut self, block: &HelperTemplate, before: Place) -> Place {
        const BLOCKS: [&str; 14] =
            ["if", "unless", "each", "with", "raw", "eq", "ne", "gt", "gte", "lt", "lte", "and", "or", "not"];
        let at = self.spot;
        let name = block.name.as_name().unwrap_or_default();
        if !BLOCKS.contains(&name) {
            // A helper that yields a value would write it past the rules for values.
            self.flaw(format!("{{{{#{name}}}}} is no block"), format!("the blocks are {}", BLOCKS.join(", ")));
        } else {
            let wrong = calls::check(block);
            self.findings.flaws.extend(wrong.into_iter().map(|words| (self.spot, words)));
        }
        let mut ends = Vec::new();
        for branch in [&block.template, &block.inverse] {
            ends.push(branch.as_ref().map_or_else(|| before.clone(), |branch| self.walk(branch, before.clone())));
        }
        let after = ends.swap_remove(0);
        let other = ends.swap_remove(0);
        let differs = match self.output {
            Output::Json => after.in_string != other.in_string,
            Output::Html => after.tag.is_empty() != other.tag.is_empty() || after.in_code != other.in_code,
            _ => false,
        };
        if differs {
            self.spot = at;
            self.flaw(
                "quotes or tags opened in a block must be closed in it",
                "close them before {{else}} and the block's end",
            );
        }
        after
    }

    fn include(&mut self, partial: &DecoratorTemplate, place: &Place) {
        match partial.name.as_name() {
            Some("@partial-block") => {}
            Some(name) => self.findings.includes.push((name.trim_matches('\'').to_owned(), self.spot)),
            None => self
                .flaw("the name of an included template must be written out", "circles could not be found otherwise"),
        }
        if place.in_string || !place.tag.is_empty() {
            self.flaw("a template is included inside quotes or a tag", "close them first");
        }
        if let Some(block) = &partial.template {
            self.walk(block, Place::default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaws(source: &str, output: Output) -> Vec<String> {
        let template = Template::compile(source).unwrap();
        read(&template, output).flaws.into_iter().map(|(_, words)| words.says).collect()
    }

    #[test]
    fn values_in_json_stay_in_quotes_or_go_through_json() {
        for fine in [
            r#"{"a": "{{x}}", "b": {{json y}}, "c": "\"{{x}}"}"#,
            r#"[{{#each xs}}"{{this}}"{{#unless @last}},{{/unless}}{{/each}}]"#,
            r#"{"a": {{#if x}}"{{x}}"{{else}}null{{/if}}, "b": {{{json y}}}}"#,
        ] {
            assert_eq!(flaws(fine, Output::Json), [""; 0], "{fine}");
        }
        for (bad, says) in [
            (r#"{"a": {{x}}}"#, "stands outside quotes"),
            (r#"{"a": "{{{x}}}"}"#, "is not escaped"),
            (r#"{"a": "{{& x}}"}"#, "is not escaped"),
            (r#"{"a": {{{x}}}}"#, "stands outside quotes"),
            (r#"{"a": "{{json x}}"}"#, "brings its own quotes"),
            (r#"{"a": {{#if x}}"{{/if}} "}"#, "opened in a block"),
            (r#"{"a": "{{> row}}"}"#, "inside quotes"),
            (r#"{{#*inline "x"}}{{/inline}}"#, "templates within"),
            (r#"{{> (lookup this "x")}}"#, "written out"),
            (r#"{"a": "b}"#, "not closed"),
            (r#"{"a": "{{#json x}}{{/json}}"}"#, "is no block"),
            (r#"{"a": {{#phone x}}{{/phone}}}"#, "is no block"),
        ] {
            let found = flaws(bad, Output::Json);
            assert!(found.iter().any(|found| found.contains(says)), "{bad}: {found:?}");
        }
    }

    #[test]
    fn values_in_html_stay_text() {
        for fine in [
            r#"<a href="{{url message.link}}" title="{{x}}">{{x}}</a>{{{message.body.html}}}"#,
            r#"<style>a{}</style><td style="color:{{message.color_hex}}" bgcolor="{{message.color_hex}}">{{x}}</td>"#,
            r#"{{#if x}}<p>{{x}}</p>{{/if}}"#,
        ] {
            assert_eq!(flaws(fine, Output::Html), [""; 0], "{fine}");
        }
        for (bad, says) in [
            ("<p>{{{call.summary}}}</p>", "is not escaped"),
            ("<p>{{& message.title}}</p>", "is not escaped"),
            ("<a href='{{call.url}}'>", "web address"),
            ("<a href=\"https://x/{{call.id}}\">", "web address"),
            ("<a onclick=\"f('{{x}}')\">", "in a script"),
            ("<script>var x = '{{x}}'</script>", "script or style"),
            ("<p style='color: {{x}}'>", "in a style"),
            ("<{{x}}>", "quoted attribute"),
            ("<td width={{x}}>", "quoted attribute"),
            ("<a title='>' onclick='{{x}}'>", "in a script"),
            ("{{#if a}}<b title='{{/if}}x'>", "opened in a block"),
        ] {
            let found = flaws(bad, Output::Html);
            assert!(found.iter().any(|found| found.contains(says)), "{bad}: {found:?}");
        }
        assert_eq!(flaws("{{{x}}}", Output::Body).len(), 1);
        assert_eq!(flaws("{{{x}}}", Output::Text).len(), 0);
    }
}
