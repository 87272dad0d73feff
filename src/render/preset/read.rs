//! Reads a preset's file; what is wrong with it is told with line and column, all at once.

use crate::{
    model::near::closest,
    render::preset::{Limit, PER_DELIVERY, Param, Preset, answers::Meaning},
};

/// Something that is wrong with a preset's file, and the byte where it is.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) at: usize,
    /// What stands there.
    pub(crate) token: Option<String>,
    pub(crate) says: String,
    pub(crate) hint: Option<String>,
}

/// `file` is what the file is called; its template has its name where it names none.
pub(crate) fn read(file: &str, text: &str) -> Result<Preset, Vec<Mistake>> {
    let mut preset: Preset = toml::from_str(text).map_err(|error| vec![unreadable(text, &error)])?;
    if preset.template.is_empty() {
        preset.template = format!("{}.json.hbs", file.strip_suffix(".toml").unwrap_or(file));
    }
    let all = blanks(&preset).into_iter().chain(params(&preset)).chain(rest(&preset));
    let mistakes: Vec<Mistake> = all.map(|found| found.in_text(text)).collect();
    if mistakes.is_empty() { Ok(preset) } else { Err(mistakes) }
}

fn unreadable(text: &str, error: &toml::de::Error) -> Mistake {
    let span = error.span().unwrap_or_default();
    let token = text.get(span.clone()).filter(|token| !token.is_empty() && !token.contains('\n')).map(str::to_owned);
    let message = error.message().lines().next().unwrap_or_default();
    // serde writes `unknown field `x`, expected one of `a`, `b``.
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let meant = words.split_first().filter(|_| message.starts_with("unknown field"));
    let Some((wrong, known)) = meant else {
        return Mistake { at: span.start, token, says: message.to_owned(), hint: None };
    };
    let guess =
        closest(wrong, known.iter().copied()).map(|close| format!("did you mean `{close}`? ")).unwrap_or_default();
    let hint = format!("{guess}keys here: {}", known.join(", "));
    Mistake { at: span.start, token, says: format!("unknown key `{wrong}`"), hint: Some(hint) }
}

/// What is wrong in a file that could be read.
struct Found {
    /// The text at whose first appearance it is.
    at: String,
    says: String,
    hint: String,
}

impl Found {
    fn in_text(self, text: &str) -> Mistake {
        let at = text.find(&self.at);
        Mistake { at: at.unwrap_or(0), token: at.map(|_| self.at), says: self.says, hint: Some(self.hint) }
    }
}

fn mistake(at: impl Into<String>, says: impl Into<String>, hint: impl Into<String>) -> Found {
    Found { at: at.into(), says: says.into(), hint: hint.into() }
}

/// Blanks that nothing fills.
fn blanks(preset: &Preset) -> Vec<Found> {
    let is_known = |name: &str, per_delivery: bool| {
        preset.params.contains_key(name) || (per_delivery && PER_DELIVERY.contains(&name))
    };
    let unknown = preset.blanks().filter(|(name, per_delivery)| !is_known(name, *per_delivery));
    unknown
        .map(|(name, _)| {
            let at = format!("{{{name}}}");
            if PER_DELIVERY.contains(&name) {
                return mistake(at, format!("`{name}` cannot stand here"), "it stands in `url` and `headers` only");
            }
            let hint = format!("add a section [params.{name}] that says what it is");
            mistake(at, format!("there is no parameter `{name}`"), hint)
        })
        .collect()
}

fn params(preset: &Preset) -> Vec<Found> {
    let mut found = Vec::new();
    for (name, param) in &preset.params {
        let at = format!("[params.{name}]");
        if name.ends_with("_file") || PER_DELIVERY.contains(&name.as_str()) {
            let hint = "`NAME_file` is how a notifier gives NAME in a file; call it otherwise";
            found.push(mistake(&at, format!("a parameter cannot be called `{name}`"), hint));
        }
        let remedy = "write a default that a notifier could give, or `optional = true`";
        let values =
            [("default", &param.default, remedy), ("sample", &param.sample, "write what a notifier could give")];
        for (key, value, hint) in values {
            if let Some(Err(says)) = value.as_ref().map(|value| param.value(&Param::text(value))) {
                found.push(mistake(&at, format!("the {key} of `{name}` {says}"), hint));
            }
        }
    }
    found
}

fn rest(preset: &Preset) -> Vec<Found> {
    let wants_plain = preset.answers.iter().any(|rule| rule.means == Meaning::Plain);
    let no_plain = (wants_plain && preset.plain.is_none())
        .then(|| mistake("\"plain\"", "nothing says how the body is made plain", "add a section [plain]"));
    let is_idle = |limit: &&Limit| [limit.chars, limit.units, limit.bytes, limit.items] == [None; 4];
    let idle = preset.limits.iter().filter(is_idle).map(|limit| {
        let says = format!("the limit at `{}` limits nothing", limit.at);
        mistake(&limit.at, says, "give it `chars`, `units`, `bytes` or `items`")
    });
    no_plain.into_iter().chain(idle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str) -> String {
        let mistakes = read("presets/odd.toml", text).err().unwrap_or_default();
        let said = mistakes.iter().map(|mistake| {
            let before = text.get(..mistake.at).unwrap_or_default();
            let hint = mistake.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("line {}: {}{hint}", before.matches('\n').count() + 1, mistake.says)
        });
        said.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_mistake_is_told_with_its_place_and_remedy() {
        insta::assert_snapshot!(says("about = \"x\"\ntemplat = \"y\"\n[params.key]\nabout = 5\n"), @"line 4: invalid type: integer `5`, expected a string");
        insta::assert_snapshot!(says("about = \"x\"\n[params.key]\nabout = 5\n"), @"line 3: invalid type: integer `5`, expected a string");
        insta::assert_snapshot!(says("about = \"x\"\n[params.key]\nabout = \"x\"\npattern = \"(\"\n"), @"line 4: `(` is no regular expression: unclosed group");
        insta::assert_snapshot!(says("about = \"x\"\nurl = \"https://x/{tokn\"\n"), @"line 2: a `{` is not closed by a `}`");
        insta::assert_snapshot!(says(concat!(
            "about = \"x\"\nurl = \"{base}/x/{delivery_id}\"\nheaders = { A = \"{tokn}\" }\n",
            "[basic]\nuser = \"{event_id}\"\npassword = \"\"\n",
            "[[answers]]\nmeans = \"plain\"\n[[limits]]\nat = \"/a\"\n",
            "[params.base]\nabout = \"where\"\ndefault = \"a\"\nchoices = [\"b\"]\n",
            "[params.key_file]\nabout = \"what\"\n",
            "[params.room]\nabout = \"which\"\npattern = \"!.+\"\nsample = \"#x\"\n",
        )), @"
        line 5: `event_id` cannot stand here (it stands in `url` and `headers` only)
        line 3: there is no parameter `tokn` (add a section [params.tokn] that says what it is)
        line 11: the default of `base` must be one of b (write a default that a notifier could give, or `optional = true`)
        line 15: a parameter cannot be called `key_file` (`NAME_file` is how a notifier gives NAME in a file; call it otherwise)
        line 17: the sample of `room` does not look like one (write what a notifier could give)
        line 8: nothing says how the body is made plain (add a section [plain])
        line 10: the limit at `/a` limits nothing (give it `chars`, `units`, `bytes` or `items`)
        ");
    }
}
