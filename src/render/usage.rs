//! How each helper is called: what must be given, what may be, and by which names.
//!
//! `templates/README.md` shows these lines, and a test holds it to them.

use crate::render::helpers::HELPERS;

/// `NAME` must be given, `[NAME]` may be, `name=` goes by its name (`NAME=` by any), `…` is for any number of what comes before it.
const USAGES: [(&str, &str); 71] = [
    ("phone", "NUMBER"),
    ("party", "CALL"),
    ("outcome", "CALL [FORM]"),
    ("outcomes", "COUNTS"),
    ("counts", "COUNTS"),
    ("failures", "DIGEST"),
    ("who", "ENDED_BY"),
    ("timeline", "DIGEST"),
    ("rest", "DIGEST [most=COUNT] [failures=COUNT] [notable=COUNT]"),
    ("why", "ERROR [\"advice\"] [of=\"notifier\"]"),
    ("t", "KEY [VALUE] [NAME=TEXT…]"),
    ("subject", "TEXT"),
    ("excerpt", "TRANSCRIPT [WORDS] [from=\"end\"]"),
    ("turns", "CALL"),
    ("duration", "SECONDS"),
    ("time", "TIME [FORMAT] [zone=NAME]"),
    ("ago", "TIME"),
    ("period", "FROM TO [FORMAT]"),
    ("plural", "COUNT [NOUN] [NOUNS] [zero=TEXT] [one=TEXT] [two=TEXT] [few=TEXT] [many=TEXT] [other=TEXT]"),
    ("number", "NUMBER"),
    ("minus", "COUNT COUNT"),
    ("percent", "PART WHOLE"),
    ("bar", "PART WHOLE [width=COUNT]"),
    ("truncate", "TEXT [CHARS] [words=COUNT] [chars=COUNT] [units=COUNT]"),
    ("lines", "TEXT [COUNT] [indent=COUNT]"),
    ("wrap", "TEXT… [width=COUNT] [indent=COUNT]"),
    ("line", "TEXT"),
    ("sentence", "WORD"),
    ("lower", "TEXT"),
    ("upper", "TEXT"),
    ("join", "LIST [BETWEEN]"),
    ("take", "LIST COUNT"),
    ("default", "VALUE…"),
    ("in", "VALUE VALUE…"),
    ("json", "VALUE"),
    ("url", "ADDRESS"),
    ("discord", "TEXT"),
    ("slack", "TEXT"),
    ("chat", "TEXT"),
    ("google_chat", "TEXT"),
    ("adaptive", "TEXT"),
    ("zulip", "TEXT"),
    ("unlinked", "TEXT"),
    ("markdown", "TEXT"),
    ("html", "TEXT"),
    ("if", "VALUE [includeZero=true]"),
    ("unless", "VALUE [includeZero=true]"),
    ("each", "LIST"),
    ("with", "VALUE"),
    ("lookup", "VALUE KEY"),
    ("raw", ""),
    ("eq", "VALUE VALUE"),
    ("ne", "VALUE VALUE"),
    ("gt", "VALUE VALUE"),
    ("gte", "VALUE VALUE"),
    ("lt", "VALUE VALUE"),
    ("lte", "VALUE VALUE"),
    ("and", "VALUE…"),
    ("or", "VALUE…"),
    ("not", "VALUE"),
    ("len", "LIST"),
    ("lowerCamelCase", "TEXT"),
    ("upperCamelCase", "TEXT"),
    ("snakeCase", "TEXT"),
    ("kebabCase", "TEXT"),
    ("shoutySnakeCase", "TEXT"),
    ("shoutyKebabCase", "TEXT"),
    ("titleCase", "TEXT"),
    ("trainCase", "TEXT"),
    ("rehearsed", ""),
    ("each_round", ""),
];

/// Those that only stand around something: `{{#if …}} … {{/if}}`.
pub(super) const BLOCKS_ONLY: [&str; 4] = ["if", "unless", "each", "with"];

/// What a helper takes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) least: usize,
    /// None: any number.
    pub(super) most: Option<usize>,
    pub(super) named: Vec<&'static str>,
    /// By any name at all.
    pub(super) any_named: bool,
}

impl Usage {
    pub(super) fn of(name: &str) -> Option<Self> {
        let words = line(name)?.split_whitespace();
        let (named, plain): (Vec<_>, Vec<_>) = words.partition(|word| word.contains('='));
        let any = plain.iter().any(|word| word.ends_with('…'));
        let name_of = |word: &'static str| word.trim_start_matches('[').split('=').next();
        Some(Self {
            least: plain.iter().filter(|word| !word.starts_with('[')).count(),
            most: (!any).then_some(plain.len()),
            any_named: named.iter().any(|word| word.starts_with("[NAME=")),
            named: named.into_iter().filter_map(name_of).collect(),
        })
    }
}

/// A helper's arguments as they are documented.
pub(super) fn line(name: &str) -> Option<&'static str> {
    USAGES.into_iter().find(|(helper, _)| *helper == name).map(|(_, line)| line)
}

/// A call of a helper as people write it.
pub(super) fn written(name: &str) -> String {
    let mark = if BLOCKS_ONLY.contains(&name) { "#" } else { "" };
    format!("{{{{{mark}{name} {}}}}}", line(name).unwrap_or_default())
}

pub(super) fn is_helper(name: &str) -> bool {
    line(name).is_some() || HELPERS.iter().any(|helper| helper.name == name)
}

/// The helpers that templates may use; those that only change the case of a text come from handlebars, and crowd no list.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let own = HELPERS.iter().map(|helper| helper.name);
    let is_listed = |name: &&str| !name.ends_with("Case") && !matches!(*name, "rehearsed" | "each_round");
    let others = USAGES.into_iter().map(|(name, _)| name).filter(is_listed);
    own.chain(others.filter(|name| !HELPERS.iter().any(|helper| helper.name == *name)))
}

/// Every helper that there is.
#[cfg(test)]
pub(super) fn documented() -> impl Iterator<Item = &'static str> {
    let inner = |name: &&str| !matches!(*name, "rehearsed" | "each_round");
    USAGES.into_iter().map(|(name, _)| name).filter(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_helper_says_how_it_is_called() {
        for helper in HELPERS {
            assert!(line(helper.name).is_some(), "add `{}` to the usages, and to templates/README.md", helper.name);
        }
        assert_eq!(
            Usage::of("truncate"),
            Some(Usage { least: 1, most: Some(2), named: vec!["words", "chars", "units"], any_named: false })
        );
        assert_eq!(Usage::of("in"), Some(Usage { least: 2, most: None, named: vec![], any_named: false }));
        assert_eq!(Usage::of("shout"), None);
    }
}
