//! Whether helpers are called as they must be: known, with as many values as they take, and by the right names.

use handlebars::{
    Path,
    template::{HelperTemplate, Parameter, TemplateElement},
};

use crate::render::{
    explain::{self, Words},
    usage::{self, BLOCKS_ONLY, Usage},
};

/// What is wrong with a call of a helper and with those within it.
pub(super) fn check(call: &HelperTemplate) -> Vec<Words> {
    let mut wrong: Vec<Words> = one(call).into_iter().collect();
    for parameter in call.params.iter().chain(call.hash.values()) {
        // They are letters to the parser, and would be a variable's name.
        if let Parameter::Path(Path::Relative((_, raw))) = parameter
            && let Some(quote) = raw.chars().find(|c| matches!(c, '“' | '”' | '„' | '‘' | '’' | '«' | '»'))
        {
            let words = Words::new(format!("`{quote}` is no quote that a template understands")).about(raw);
            wrong.push(words.remedy("write straight quotes: \"…\""));
        }
        if let Parameter::Subexpression(inner) = parameter
            && let TemplateElement::Expression(inner) = inner.as_element()
        {
            wrong.extend(check(inner));
        }
    }
    wrong
}

fn one(call: &HelperTemplate) -> Option<Words> {
    let name = call.name.as_name()?;
    let bare = call.params.is_empty() && call.hash.is_empty();
    if bare && !call.block && !usage::is_helper(name) {
        return None;
    }
    if !usage::is_helper(name) {
        return Some(explain::unknown_helper(name));
    }
    if !call.block && BLOCKS_ONLY.contains(&name) {
        let words = Words::new(format!("`{name}` stands around something")).about(name);
        return Some(words.remedy(format!("write {{{{#{name} …}}}} … {{{{/{name}}}}}")));
    }
    let usage = Usage::of(name)?;
    let written = |words: Words| words.remedy(format!("write {}", usage::written(name)));
    let given = call.params.len();
    if bare && usage.least > 0 && !call.block {
        let words = Words::new(format!("`{name}` is a helper and lacks a value")).about(name);
        return Some(
            words.remedy(format!("write {}; a field of that name is {{{{this.{name}}}}}", usage::written(name))),
        );
    }
    if given < usage.least {
        return Some(written(Words::new(format!("`{name}` needs {}, not {given}", values(usage.least))).about(name)));
    }
    if let Some(most) = usage.most.filter(|most| given > *most) {
        let takes = if most == usage.least { values(most) } else { format!("{} at most", values(most)) };
        return Some(written(Words::new(format!("`{name}` takes {takes}, not {given}")).about(name)));
    }
    let strange = call.hash.keys().find(|key| !usage.any_named && !usage.named.contains(&key.as_str()))?;
    let known: Vec<String> = usage.named.iter().map(|&name| name.to_owned()).collect();
    let words = Words::new(format!("`{name}` has no `{strange}=`")).about(strange);
    Some(match explain::near(strange, &known) {
        Some(meant) => words.remedy(explain::did_you_mean(&format!("{meant}="))),
        None => written(words),
    })
}

fn values(count: usize) -> String {
    if count == 1 { "1 value".to_owned() } else { format!("{count} values") }
}

#[cfg(test)]
mod tests {
    use handlebars::Template;

    use super::*;

    #[test]
    fn helpers_are_called_with_what_they_take() {
        let told = |source: &str| {
            let template = Template::compile(source).unwrap();
            let wrong = template.elements.iter().flat_map(|element| match element {
                TemplateElement::Expression(call) | TemplateElement::HelperBlock(call) => check(call),
                _ => vec![],
            });
            wrong.map(|words| words.in_a_line()).collect::<Vec<_>>().join(" / ")
        };
        for (source, says) in [
            (
                "{{call.to}}{{truncate a 4}}{{truncate a words=4 chars=9}}{{#if (in a 1 2 3)}}{{/if}}{{#eq a b}}{{/eq}}",
                "",
            ),
            ("{{log call}}", "there is no helper `log`"),
            ("{{shout call.to}}", "there is no helper `shout`"),
            ("{{phoen call.to}}", "there is no helper `phoen`; did you mean `phone`?"),
            ("{{join (takes call.details 3)}}", "there is no helper `takes`; did you mean `take`?"),
            (
                "{{percent}}",
                "`percent` is a helper and lacks a value; write {{percent PART WHOLE}}; a field of that name is {{this.percent}}",
            ),
            ("{{percent 3}}", "`percent` needs 2 values, not 1; write {{percent PART WHOLE}}"),
            ("{{minus 1 2 3}}", "`minus` takes 2 values, not 3; write {{minus COUNT COUNT}}"),
            ("{{time a b c}}", "`time` takes 2 values at most, not 3; write {{time TIME [FORMAT] [zone=NAME]}}"),
            ("{{truncate a words=“4”}}", "`“` is no quote that a template understands; write straight quotes: \"…\""),
            ("{{bar 1 2 widht=4}}", "`bar` has no `widht=`; did you mean `width=`?"),
            ("{{phone a mask=1}}", "`phone` has no `mask=`; write {{phone NUMBER}}"),
            ("{{if a}}", "`if` stands around something; write {{#if …}} … {{/if}}"),
            ("{{#if}}x{{/if}}", "`if` needs 1 value, not 0; write {{#if VALUE [includeZero=true]}}"),
        ] {
            assert_eq!(told(source), says, "{source}");
        }
    }
}
