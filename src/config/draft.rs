//! Walks the whole document, section by section, so that one bad section hides none of the others.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

use crate::{
    bland,
    config::{
        later::{self, Later},
        part::Part,
        report::quote,
        section::Reader,
        server,
        shape::Shape,
        source::Node,
    },
    model::{near::closest, zone::Zone},
    notify::{self, common::Common, config::Kind, console, discord, email, webhook},
    render, route, store, summary, watch,
};

const SECTIONS: [&str; 10] =
    ["timezone", "bland", "accounts", "watches", "notifiers", "routes", "summary", "templates", "store", "server"];
const KINDS: [&str; 4] = ["discord", "email", "webhook", "console"];

/// The document as read. What could not be read is told already, and has its default here.
pub(super) struct Draft<'i> {
    pub(super) timezone: (TimeZone, String),
    pub(super) accounts: BTreeMap<String, Part<'i, bland::config::Config>>,
    pub(super) watches: Vec<Part<'i, watch::config::Config>>,
    pub(super) notifiers: BTreeMap<String, Part<'i, notify::config::Config>>,
    /// All that were meant to be notifiers, with those that could not be read.
    pub(super) notifier_names: BTreeSet<String>,
    pub(super) routes: Vec<Part<'i, route::config::Config>>,
    pub(super) summary: Part<'i, summary::config::Config>,
    pub(super) templates: Part<'i, render::config::Config>,
    pub(super) store: Part<'i, store::config::Config>,
    pub(super) server: Part<'i, server::Config>,
}

impl<'i> Draft<'i> {
    pub(super) fn read(reader: &mut Reader<'_, 'i>, tree: &DeTable<'i>) -> Self {
        for (key, _) in tree {
            if !SECTIONS.contains(&key.get_ref().as_ref()) {
                reader.unknown("this file", key.get_ref(), key.span(), SECTIONS.into_iter());
            }
        }
        let (notifiers, notifier_names) = notifiers(reader, tree.get("notifiers"));
        Self {
            timezone: timezone(reader, tree.get("timezone")).unwrap_or((TimeZone::UTC, "UTC".to_owned())),
            accounts: accounts(reader, tree),
            watches: list(reader, "watches", tree.get("watches"), &[]),
            notifiers,
            notifier_names,
            routes: list(reader, "routes", tree.get("routes"), &[]),
            summary: reader.section("[summary]", tree.get("summary").cloned(), &[]),
            templates: reader.section("[templates]", tree.get("templates").cloned(), &[]),
            store: reader.section("[store]", tree.get("store").cloned(), &[]),
            server: reader.section("[server]", tree.get("server").cloned(), later::SERVER),
        }
    }
}

fn timezone(reader: &mut Reader<'_, '_>, node: Option<&Node<'_>>) -> Option<(TimeZone, String)> {
    let node = node?;
    reader.report.source.show(node);
    let name = reader.text("timezone", node)?;
    match Zone::named(&name) {
        Ok(zone) => Some((zone.zone().clone(), zone.name().to_owned())),
        Err(hint) => {
            reader.report.wrong(node.span(), format!("{} is not a time zone's name", quote(&name)), hint);
            None
        }
    }
}

fn accounts<'i>(reader: &mut Reader<'_, 'i>, tree: &DeTable<'i>) -> BTreeMap<String, Part<'i, bland::config::Config>> {
    let bland = reader.section("[bland]", tree.get("bland").cloned(), later::ACCOUNT);
    let mut accounts = BTreeMap::from([("bland".to_owned(), bland)]);
    let Some(table) = tree.get("accounts").and_then(|node| reader.table("[accounts]", node).cloned()) else {
        return accounts;
    };
    for (key, node) in table {
        let name = key.get_ref().to_string();
        let title = format!("[accounts.{name}]");
        if name == "bland" {
            reader.report.wrong(
                key.span(),
                "`bland` is the account of the section [bland]",
                "give this one another name",
            );
        } else if node.get_ref().is_table() {
            accounts.insert(name, reader.section(&title, Some(node), later::ACCOUNT));
        } else {
            let says = format!("{} is not an account", quote(&name));
            reader.report.wrong(key.span(), says, "an account is a section of its own: [accounts.<name>]");
        }
    }
    accounts
}

fn list<'i, T>(reader: &mut Reader<'_, 'i>, name: &str, node: Option<&Node<'i>>, later: &[Later]) -> Vec<Part<'i, T>>
where
    T: DeserializeOwned + JsonSchema + Default,
{
    let title = format!("[[{name}]]");
    match node.map(|node| (node.span(), node.get_ref())) {
        None => Vec::new(),
        Some((_, DeValue::Array(items))) => {
            let shape = Shape::of::<T>();
            items.iter().map(|item| reader.shaped(&shape, &title, item.clone(), later)).collect()
        }
        Some((span, DeValue::Table(_))) => {
            reader.report.wrong(span, format!("`{name}` is a list"), format!("write {title}, with two brackets"));
            // Read as if it were one, so that the mistakes in it are told as well.
            vec![reader.section(&title, node.cloned(), later)]
        }
        Some((span, _)) => {
            reader.report.wrong(span, format!("`{name}` is a list of sections"), format!("begin each with {title}"));
            Vec::new()
        }
    }
}

type Notifiers<'i> = BTreeMap<String, Part<'i, notify::config::Config>>;

fn notifiers<'i>(reader: &mut Reader<'_, 'i>, node: Option<&Node<'i>>) -> (Notifiers<'i>, BTreeSet<String>) {
    let mut notifiers = BTreeMap::new();
    let mut names = BTreeSet::new();
    let Some(table) = node.and_then(|node| reader.table("[notifiers]", node).cloned()) else {
        return (notifiers, names);
    };
    for (key, node) in table {
        let name = key.get_ref().to_string();
        names.insert(name.clone());
        if let DeValue::Table(kinds) = node.get_ref() {
            notifiers.extend(notifier(reader, &name, &node, kinds).map(|part| (name, part)));
        } else {
            let hint = format!("write [notifiers.<name>.<kind>]; kinds: {}", KINDS.join(", "));
            reader.report.wrong(key.span(), format!("{} is not a notifier", quote(&name)), hint);
        }
    }
    (notifiers, names)
}

/// `[notifiers.<name>]` holds exactly one table, named after its kind.
fn notifier<'i>(
    reader: &mut Reader<'_, 'i>,
    name: &str,
    node: &Node<'i>,
    kinds: &DeTable<'i>,
) -> Option<Part<'i, notify::config::Config>> {
    let all = KINDS.join(", ");
    let mut known = Vec::new();
    for (key, value) in kinds {
        let kind = key.get_ref().as_ref();
        if KINDS.contains(&kind) {
            known.push((key, value));
            continue;
        }
        let says = format!("{} is not a kind of notifier", quote(kind));
        let hint = match closest(kind, KINDS) {
            _ if !value.get_ref().is_table() => {
                format!("settings go below the kind: [notifiers.{name}.<kind>]; kinds: {all}")
            }
            Some(close) => format!("did you mean [notifiers.{name}.{close}]? (kinds: {all})"),
            None => format!("kinds: {all}; other services are reached by `webhook`, many with a `preset`"),
        };
        reader.report.wrong(key.span(), says, hint);
    }
    known.sort_by_key(|(key, _)| key.span().start);
    let mut known = known.into_iter();
    let Some((kind, section)) = known.next() else {
        if kinds.is_empty() {
            let hint = format!("write [notifiers.{name}.<kind>]; kinds: {all}");
            reader.report.wrong(node.span(), format!("the notifier `{name}` has no kind"), hint);
        }
        return None;
    };
    for (other, other_section) in known {
        let other_kind = other.get_ref();
        let says =
            format!("the notifier `{name}` is {kind} already and cannot be {other_kind} too", kind = kind.get_ref());
        let hint = format!("give it a name of its own: [notifiers.{name}-{other_kind}.{other_kind}]");
        reader.report.wrong(other.span(), says, hint);
        read_kind(reader, name, other_kind, other_section);
    }
    Some(read_kind(reader, name, kind.get_ref(), section))
}

fn read_kind<'i>(
    reader: &mut Reader<'_, 'i>,
    name: &str,
    kind: &str,
    node: &Node<'i>,
) -> Part<'i, notify::config::Config> {
    match kind {
        "discord" => {
            split(reader, name, kind, node, later::NOTIFIER, Kind::Discord as fn(discord::config::Config) -> Kind)
        }
        "email" => split(reader, name, kind, node, later::NOTIFIER, Kind::Email as fn(email::Config) -> Kind),
        "webhook" => {
            split(reader, name, kind, node, later::NOTIFIER, Kind::Webhook as fn(webhook::config::Config) -> Kind)
        }
        _ => split(reader, name, kind, node, later::NOTIFIER, Kind::Console as fn(console::Config) -> Kind),
    }
}

/// Reads the keys of all notifiers and those of one kind, which stand side by side.
fn split<'i, T>(
    reader: &mut Reader<'_, 'i>,
    name: &str,
    kind: &str,
    node: &Node<'i>,
    later: &[Later],
    wrap: fn(T) -> Kind,
) -> Part<'i, notify::config::Config>
where
    T: DeserializeOwned + JsonSchema + Default,
{
    let title = format!("[notifiers.{name}.{kind}]");
    let (own, common) = (Shape::of::<T>(), Shape::of::<Common>());
    let shape = own.and(common);
    let Some(mut cleaned) = reader.clean(&title, node, &shape, later) else {
        let config =
            notify::config::Config { name: name.to_owned(), common: Common::default(), kind: wrap(T::default()) };
        return Part::new(config, &title, node.clone(), BTreeSet::new());
    };
    let for_all = cleaned.split(&Shape::of::<Common>());
    let for_kind = std::mem::take(&mut cleaned.table);
    let common = reader.build(for_all, &shape, &mut cleaned);
    let kind = reader.build(for_kind, &shape, &mut cleaned);
    let config = notify::config::Config { name: name.to_owned(), common, kind: wrap(kind) };
    Part::new(config, &title, node.clone(), cleaned.lost)
}
