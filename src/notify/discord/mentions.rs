//! Who is mentioned on which events. Nobody else can be: a caller's words never ping anyone.

use std::collections::{BTreeMap, BTreeSet};

use serenity::{
    builder::CreateAllowedMentions,
    model::id::{RoleId, UserId},
};
use wildmatch::WildMatch;

use crate::{
    event::{Event, Severity, kind::Kind},
    model::flaw::Flaw,
};

/// The configured mentions, by globs of event kinds.
#[derive(Debug, Clone, Default)]
pub(super) struct Mentions(Vec<(WildMatch, Vec<Mention>)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mention {
    User(u64),
    Role(u64),
    Here,
    Everyone,
}

impl Mentions {
    pub(super) fn parse(config: &BTreeMap<String, String>) -> Result<Self, Vec<Flaw>> {
        let (mut rules, mut flaws) = (Vec::new(), Vec::new());
        for (glob, text) in config {
            let pattern = WildMatch::new(glob);
            let path = format!("mentions.{glob}");
            if !Kind::SAID.iter().any(|kind| pattern.matches(kind.as_str())) {
                flaws.push(
                    Flaw::new(&path, "no kind of event has this name").hint("write it like `call.failed` or `watch.*`"),
                );
            }
            match text.split_whitespace().map(Mention::parse).collect::<Option<Vec<_>>>() {
                Some(who) if !who.is_empty() => rules.push((pattern, who)),
                _ => flaws.push(
                    Flaw::new(&path, format!("`{text}` mentions nobody"))
                        .hint("write `<@USER_ID>`, `<@&ROLE_ID>`, `@here` or `@everyone`"),
                ),
            }
        }
        if flaws.is_empty() { Ok(Self(rules)) } else { Err(flaws) }
    }

    /// Everyone to be mentioned on an event, each once.
    ///
    /// On a bundle those are mentioned who would be on a member that is a warning or an error, and
    /// who are configured for `digest`: a bundle of ends that went well disturbs nobody.
    pub(super) fn on(&self, event: &Event) -> Vec<Mention> {
        let pressing = |member: &&Event| member.severity > Severity::Info;
        let members = event.digest().into_iter().flat_map(|digest| digest.events.iter().filter(pressing));
        let kinds: BTreeSet<Kind> = members.map(|member| member.kind).chain([event.kind]).collect();
        let hears = |glob: &WildMatch| kinds.iter().any(|kind| glob.matches(kind.as_str()));
        let mut found: Vec<Mention> = Vec::new();
        for mention in self.0.iter().filter(|(glob, _)| hears(glob)).flat_map(|(_, who)| who) {
            if !found.contains(mention) {
                found.push(*mention);
            }
        }
        found
    }
}

impl Mentions {
    /// Whether anybody is mentioned on events of this kind.
    pub(super) fn hear(&self, kind: Kind) -> bool {
        self.0.iter().any(|(glob, _)| glob.matches(kind.as_str()))
    }
}

impl Mention {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "@here" => return Some(Self::Here),
            "@everyone" => return Some(Self::Everyone),
            _ => {}
        }
        let inner = text.strip_prefix("<@")?.strip_suffix('>')?;
        let id = |digits: &str| digits.parse::<u64>().ok().filter(|id| *id > 0);
        match inner.strip_prefix('&') {
            Some(role) => id(role).map(Self::Role),
            None => id(inner.strip_prefix('!').unwrap_or(inner)).map(Self::User),
        }
    }
}

/// What stands in the message's content so that Discord notifies them.
pub(super) fn content(mentions: &[Mention]) -> String {
    let words: Vec<String> = mentions
        .iter()
        .map(|mention| match mention {
            Mention::User(id) => format!("<@{id}>"),
            Mention::Role(id) => format!("<@&{id}>"),
            Mention::Here => "@here".to_owned(),
            Mention::Everyone => "@everyone".to_owned(),
        })
        .collect();
    words.join(" ")
}

/// Permission for exactly these mentions. Without it, Discord's defaults would let any text ping.
pub(super) fn allowed(mentions: &[Mention]) -> CreateAllowedMentions {
    let users = mentions.iter().filter_map(|mention| match mention {
        Mention::User(id) => Some(UserId::new(*id)),
        _ => None,
    });
    let roles = mentions.iter().filter_map(|mention| match mention {
        Mention::Role(id) => Some(RoleId::new(*id)),
        _ => None,
    });
    let all = mentions.iter().any(|mention| matches!(mention, Mention::Here | Mention::Everyone));
    CreateAllowedMentions::new().users(users).roles(roles).everyone(all)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::event::{
        digest::{Heading, Reason, compose},
        sample::sample,
    };

    fn config(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(glob, who)| ((*glob).to_owned(), (*who).to_owned())).collect()
    }

    #[test]
    fn exactly_the_configured_are_mentioned_and_allowed() {
        let mentions =
            Mentions::parse(&config(&[("call.failed", "<@&12> <@!34>"), ("call.*", "<@34>"), ("watch.*", "@here")]))
                .unwrap();
        let on = |kind| mentions.on(&sample(kind, Timestamp::UNIX_EPOCH));
        let failed = on(Kind::CallFailed);
        assert_eq!(content(&failed), "<@34> <@&12>");
        assert_eq!(
            serde_json::to_value(allowed(&failed)).unwrap(),
            json!({ "parse": [], "users": ["34"], "roles": ["12"] })
        );
        let watch = serde_json::to_value(allowed(&on(Kind::WatchFailing))).unwrap();
        assert_eq!(watch, json!({ "parse": ["everyone"], "users": [], "roles": [] }));
        assert!(on(Kind::BatchCompleted).is_empty());
    }

    #[test]
    fn a_bundle_mentions_whom_its_warnings_and_errors_would_and_each_once() {
        let bundle = |kinds: &[Kind]| {
            let now = Timestamp::UNIX_EPOCH;
            let heading =
                Heading { id: "evt_1", route: "nights", reason: Reason::Quiet, from: now, to: now, previous: None };
            compose(&heading, kinds.iter().map(|kind| sample(*kind, now)).collect())
        };
        let pairs =
            [("call.failed", "<@&12>"), ("call.*", "<@34>"), ("watch.*", "<@34>"), ("batch.completed", "@here")];
        let mentions = Mentions::parse(&config(&pairs)).unwrap();
        for (kinds, who) in [
            (vec![Kind::CallFailed, Kind::CallFailed, Kind::WatchFailing], "<@34> <@&12>"),
            (vec![Kind::CallStuck, Kind::BatchCompleted], "<@34>"),
            (vec![Kind::CallCompleted, Kind::BatchCompleted, Kind::WatchRecovered], ""),
            (vec![], ""),
        ] {
            assert_eq!(content(&mentions.on(&bundle(&kinds))), who, "{kinds:?}");
        }
        let mentions = Mentions::parse(&config(&[("digest", "@here")])).unwrap();
        assert_eq!(content(&mentions.on(&bundle(&[]))), "@here");
    }

    #[test]
    fn what_mentions_nobody_is_a_flaw() {
        for (glob, who) in
            [("call.failed", "ops"), ("call.failed", "<@0>"), ("call.failed", ""), ("call.finished", "@here")]
        {
            assert_eq!(
                Mentions::parse(&config(&[(glob, who)])).unwrap_err()[0].path,
                format!("mentions.{glob}"),
                "{who}"
            );
        }
    }
}
