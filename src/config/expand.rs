//! `${NAME}` and `${NAME:-default}` in a string; `$$` is a dollar.

/// A string with its variables filled in.
#[derive(Debug, PartialEq)]
pub(super) struct Expanded {
    pub(super) text: String,
    /// What came from the environment; it must not be shown.
    pub(super) private: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Trouble {
    Unset(String),
    /// `${` without `}`, or with something else than a name in between.
    NotAName,
}

/// Fills in the variables, or says all that is wrong with them. Values are not expanded again.
pub(super) fn expand(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Expanded, Vec<Trouble>> {
    let mut done = Expanded { text: String::with_capacity(text.len()), private: Vec::new() };
    let mut troubles = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        done.text.push_str(before);
        rest = if let Some(after) = after.strip_prefix('$') {
            done.text.push('$');
            after
        } else if let Some(after) = after.strip_prefix('{') {
            let Some((inner, after)) = after.split_once('}') else {
                troubles.push(Trouble::NotAName);
                rest = "";
                break;
            };
            troubles.extend(fill(inner, env, &mut done).err());
            after
        } else {
            done.text.push('$');
            after
        };
    }
    done.text.push_str(rest);
    if troubles.is_empty() { Ok(done) } else { Err(troubles) }
}

fn fill(inner: &str, env: &dyn Fn(&str) -> Option<String>, done: &mut Expanded) -> Result<(), Trouble> {
    let (name, default) = match inner.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !is_name {
        return Err(Trouble::NotAName);
    }
    // As in a shell, `:-` also stands in for a variable that is set to nothing.
    match (env(name), default) {
        (Some(value), None) => {
            done.text.push_str(&value);
            done.private.push(value);
        }
        (Some(value), Some(_)) if !value.is_empty() => {
            done.text.push_str(&value);
            done.private.push(value);
        }
        (_, Some(default)) => done.text.push_str(default),
        (None, None) => return Err(Trouble::Unset(name.to_owned())),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, &[Trouble]>) {
        let env = |name: &str| match name {
            "KEY" => Some("k${KEY}".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let got = expand(text, &env);
        let got = got.as_ref().map(|done| done.text.as_str()).map_err(Vec::as_slice);
        assert_eq!(got, expect, "{text}");
    }

    #[test]
    fn variables_defaults_and_dollars_are_filled_in_once() {
        check("plain", Ok("plain"));
        check("Bearer ${KEY}!", Ok("Bearer k${KEY}!"));
        check("$${KEY} $5 a$", Ok("${KEY} $5 a$"));
        check("${NONE:-a:b-c}${EMPTY:-x}${EMPTY}", Ok("a:b-cx"));
        check("${NONE:-}", Ok(""));
    }

    #[test]
    fn every_missing_variable_is_named() {
        check("${A} and ${B_2}", Err(&[Trouble::Unset("A".into()), Trouble::Unset("B_2".into())]));
        check("pa${ss", Err(&[Trouble::NotAName]));
        check("${} ${a b} ${2}", Err(&[Trouble::NotAName, Trouble::NotAName, Trouble::NotAName]));
    }
}
