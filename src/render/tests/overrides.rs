//! A team's own templates: what replaces what, what is refused, and what happens when one fails.

use std::{collections::BTreeMap, fs, path::Path};

use insta::assert_snapshot;
use jiff::tz::TimeZone;

use super::{now, view};
use crate::{
    event::{kind::Kind, sample::sample},
    model::flaw::Flaw,
    render::{Renderer, config::Config, privacy::Privacy},
};

fn load(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<Renderer, Vec<Flaw>>) {
    let beside = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = beside.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::create_dir_all(beside.path().join("own")).unwrap();
    let config = Config { dir: Some("own".into()), ..Config::default() };
    let renderer = Renderer::load(&config, beside.path(), TimeZone::UTC);
    (beside, renderer)
}

/// As people see them, without the folder of the test.
fn says(dir: &tempfile::TempDir, flaws: &[Flaw]) -> String {
    let all: Vec<String> = flaws.iter().map(|flaw| flaw.to_string().trim_end().to_owned()).collect();
    all.join("\n\n").replace(&format!("{}/", dir.path().display()), "")
}

#[test]
fn the_built_in_templates_pass_their_own_check() {
    assert_eq!(super::renderer().check(), []);
}

#[test]
fn a_file_of_the_same_name_replaces_wording_and_layout() {
    let (_dir, renderer) = load(&[
        ("own/call.completed.hbs", "title: {{> partials/greeting.hbs}} {{phone call.to}}\nbody:\n*{{call.summary}}*\n"),
        ("own/partials/greeting.hbs", "Hello"),
        ("own/layouts/console.txt.hbs", "mine: {{message.title}}"),
    ]);
    let renderer = renderer.unwrap();
    let event = sample(Kind::CallCompleted, now());
    let said = renderer.message(&event, view(Privacy::Masked));
    assert_eq!((said.message.title.as_str(), said.trouble), ("Hello +1 ••• ••• 4567", None));
    let text = renderer.layout("console.txt.hbs", &event, &said.message, view(Privacy::Masked), &BTreeMap::new());
    assert_eq!(text.unwrap(), "mine: Hello +1 ••• ••• 4567");
    assert_eq!(renderer.replaced().collect::<Vec<_>>(), [Kind::CallCompleted]);
    assert_eq!(renderer.check(), []);
}

#[test]
fn a_failing_template_never_holds_back_a_fact() {
    let (_dir, renderer) = load(&[
        ("own/call.completed.hbs", "title: {{call.dration}}\n"),
        ("own/layouts/console.txt.hbs", "{{message.titel}}"),
    ]);
    let renderer = renderer.unwrap();
    let event = sample(Kind::CallCompleted, now());
    let said = renderer.message(&event, view(Privacy::Masked));
    assert_eq!(said.message.title, "✅ Human answered · +1 ••• ••• 4567");
    let laid = renderer.layout_said("console.txt.hbs", &event, &said.message, view(Privacy::Masked), &BTreeMap::new());
    let laid = laid.unwrap();
    assert!(laid.text.contains("✅ Human answered"));
    assert_snapshot!(format!("{}\n{}", said.trouble.unwrap(), laid.trouble.unwrap()), @"
    `call.completed.hbs` line 1, column 10: unknown variable `call.dration`; did you mean `call.duration_seconds`?
    `layouts/console.txt.hbs` line 1, column 3: unknown variable `message.titel`; did you mean `message.title`?
    ");
}

#[test]
fn loops_within_loops_come_to_an_end() {
    let turns =
        |times: usize| format!("{}{}", "{{#each @root/call.transcript}}".repeat(times), "{{/each}}".repeat(times));
    let endless = format!("title: {}\n", turns(30));
    let (_dir, renderer) = load(&[
        ("own/call.completed.hbs", &endless),
        ("own/call.stuck.hbs", "title: a{{#each call.variables}}b{{@index}}{{/each}}\n"),
    ]);
    let renderer = renderer.unwrap();
    let said = renderer.message(&sample(Kind::CallCompleted, now()), view(Privacy::Masked));
    assert_eq!(said.message.title, "✅ Human answered · +1 ••• ••• 4567");
    assert!(said.trouble.unwrap().ends_with("its loops go round more than 100000 times"));
    let said = renderer.message(&sample(Kind::CallStuck, now()), view(Privacy::Masked));
    assert_eq!((said.message.title.as_str(), said.trouble), ("ab0b1b2", None));
}

#[test]
fn check_names_what_fails_and_what_was_meant() {
    let (dir, renderer) = load(&[
        ("own/call.failed.hbs", "{{!-- two\nlines --}}\ntitle: Failed\nfacts:\nTo: {{phone call.too}}\n"),
        ("own/call.stuck.hbs", "title: {{#if cal.status}}x{{/if}}stuck\n"),
        ("own/batch.stuck.hbs", "title: stuck\ncolor: pink\n"),
        ("own/watch.failing.hbs", "title: {{call.to}} failing\n"),
        ("own/call.started.hbs", "title: {{call.variables.nick}} {{duration 5}}\n"),
        ("own/call.missing.hbs", "title: {{id}} {{call.sumary}}\n"),
        (
            "own/batch.completed.hbs",
            "title: {{#if (eq batch.outcomes.busy 99)}}{{batch.totl}}{{/if}}x{{#each batch.failed_calls}}{{batch.id}}{{nr}}{{/each}}\n",
        ),
    ]);
    assert_snapshot!(says(&dir, &renderer.unwrap().check()), @r#"
    error: unknown variable `batch.totl`
      --> own/batch.completed.hbs:1:45
      |
    1 | title: {{#if (eq batch.outcomes.busy 99)}}{{batch.totl}}{{/if}}x{{#each batch.failed_calls}}{{batch.id}}{{nr}}{{/each}}
      |                                             ^^^^^^^^^^
      hint: did you mean `batch.total`?
            `batch` has: total, description, duration_seconds, expected_at, failed_calls, finished,
            finished_at, id, outcomes, pace_per_minute, percent, price_usd, started_at, url

    error: unknown variable `batch.id`
      --> own/batch.completed.hbs:1:95
      |
    1 | title: {{#if (eq batch.outcomes.busy 99)}}{{batch.totl}}{{/if}}x{{#each batch.failed_calls}}{{batch.id}}{{nr}}{{/each}}
      |                                                                                               ^^^^^^^^
      hint: names within {{#each}} and {{#with}} are those of the item: write `@root.batch.id`
            the item has: error, id, to

    error: unknown variable `nr`
      --> own/batch.completed.hbs:1:107
      |
    1 | title: {{#if (eq batch.outcomes.busy 99)}}{{batch.totl}}{{/if}}x{{#each batch.failed_calls}}{{batch.id}}{{nr}}{{/each}}
      |                                                                                                           ^^
      hint: the item has: error, id, to

    error: `pink` is no color
      --> own/batch.stuck.hbs:2:8
      |
    2 | color: pink
      |        ^^^^
      hint: write #RRGGBB, good, info, warning or error

    error: unknown variable `call.too`
      --> own/call.failed.hbs:5:13
      |
    5 | To: {{phone call.too}}
      |             ^^^^^^^^
      hint: did you mean `call.to`?
            `call` has: to, answered_by, batch_id, created_at, detail_items, details, direction, disposition,
            duration_seconds, ended_at, ended_by, error, error_stage, from, id, likely, metadata, outcome,
            pathway_id, price_usd, queue_status, recording_url, started_at, status, summary, summary_parts,
            summary_source, transcript, transferred_to, url, variables

    error: unknown variable `call.sumary`
      --> own/call.missing.hbs:1:17
      |
    1 | title: {{id}} {{call.sumary}}
      |                 ^^^^^^^^^^^
      hint: did you mean `call.summary`?
            `call` has: summary, summary_parts, summary_source, answered_by, batch_id, created_at,
            detail_items, details, direction, disposition, duration_seconds, ended_at, ended_by, error,
            error_stage, from, id, likely, metadata, outcome, pathway_id, price_usd, queue_status,
            recording_url, started_at, status, to, transcript, transferred_to, url, variables

    error: unknown variable `call.variables.nick`
      --> own/call.started.hbs:1:10
      |
    1 | title: {{call.variables.nick}} {{duration 5}}
      |          ^^^^^^^^^^^^^^^^^^^
      hint: not every call has it: write {{default call.variables.nick ""}} or {{#if call.variables.nick}} … {{/if}}

    error: unknown variable `cal.status`
      --> own/call.stuck.hbs:1:14
      |
    1 | title: {{#if cal.status}}x{{/if}}stuck
      |              ^^^^^^^^^^
      hint: did you mean `call.status`?
            there are: call, account, batch, data, digest, event, id, now, observed_at, problem, severity,
            timestamp, type, watch, watches
    "#);
}

#[test]
fn what_cannot_be_rendered_safely_is_refused_when_it_is_loaded() {
    let (dir, renderer) = load(&[
        ("own/call.completd.hbs", "title: x\n"),
        ("own/call.failed.hbs", "title: x\nbody:\n{{{call.summary}}}\n"),
        ("own/call.stuck.hbs", "title: {{#if x}}\n"),
        ("own/call.missing.hbs", "title: {{shout call.id}} {{truncate call.id word=3}}\n"),
        ("own/layouts/discord.json.hbs", "{\"title\": {{message.title}}}"),
        ("own/layouts/email.html.hbs", "<p>\n<b>{{{message.title}}}</b></p>"),
        ("own/partials/a.txt.hbs", "{{> partials/b.txt.hbs}}"),
        ("own/partials/b.txt.hbs", "{{> partials/a.txt.hbs}} {{> partials/none.txt.hbs}}"),
        ("own/presets/odd.toml", "about = \"x\"\ntemplat = \"y\"\n"),
    ]);
    assert_snapshot!(says(&dir, &renderer.unwrap_err()), @r#"
    error: dir: `call.completd.hbs` is named after no kind of event
      hint: did you mean `call.completed.hbs`?
            others end in .json.hbs, .html.hbs, .txt.hbs or .md.hbs, or are in partials/

    error: {{{call.summary}}} is not escaped
      --> own/call.failed.hbs:3:1
      |
    3 | {{{call.summary}}}
      | ^^^^^^^^^^^^^^^^^^
      hint: write {{call.summary}}

    error: there is no helper `shout`
      --> own/call.missing.hbs:1:10
      |
    1 | title: {{shout call.id}} {{truncate call.id word=3}}
      |          ^^^^^
      hint: there are: counts, adaptive, ago, and, bar, chat, default, discord, duration, each, eq, excerpt,
            failures, google_chat, gt, gte, html, if, in, join, json, len, line, lines, lookup, lower, lt, lte,
            markdown, minus, ne, not, number, or, outcome, outcomes, party, percent, period, phone, plural,
            raw, rest, sentence, slack, subject, t, take, time, timeline, truncate, turns, unless, unlinked,
            upper, url, who, why, with, wrap, zulip

    error: `truncate` has no `word=`
      --> own/call.missing.hbs:1:45
      |
    1 | title: {{shout call.id}} {{truncate call.id word=3}}
      |                                             ^^^^
      hint: did you mean `words=`?

    error: `{{#if}}` is not closed
      --> own/call.stuck.hbs:1:8
      |
    1 | title: {{#if x}}
      |        ^^^^^^^^^
      hint: end the block with `{{/if}}`

    error: {{message.title}} stands outside quotes, where a value could become JSON of its own
      --> own/layouts/discord.json.hbs:1:11
      |
    1 | {"title": {{message.title}}}
      |           ^^^^^^^^^^^^^^^^^
      hint: write {{json message.title}}, or put it in quotes

    error: {{{message.title}}} is not escaped
      --> own/layouts/email.html.hbs:2:4
      |
    2 | <b>{{{message.title}}}</b></p>
      |    ^^^^^^^^^^^^^^^^^^^
      hint: write {{message.title}}; only {{{message.body.html}}} is HTML

    error: unknown key `templat`
      --> own/presets/odd.toml:2:1
      |
    2 | templat = "y"
      | ^^^^^^^
      hint: did you mean `template`? keys here: about, docs, example, template, content_type, privacy, form,
            method, url, query, headers, basic, inserts, success, error, retry_after, refused_bodies, answers,
            plain, idempotent, rates, max_bytes, limits, url_prefixes, refused_prefixes, params

    error: `partials/a.txt.hbs` includes `partials/b.txt.hbs` includes `partials/a.txt.hbs`: templates must not include each other in a circle
      --> own/partials/a.txt.hbs:1:1
      |
    1 | {{> partials/b.txt.hbs}}
      | ^^^^^^^^^^^^^^^^^^^^^^^^
      hint: take one of the includes out

    error: there is no template `partials/none.txt.hbs` to include
      --> own/partials/b.txt.hbs:1:30
      |
    1 | {{> partials/a.txt.hbs}} {{> partials/none.txt.hbs}}
      |                              ^^^^^^^^^^^^^^^^^^^^^
      hint: put it into `[templates] dir` under exactly this name
    "#);
}

#[test]
fn native_templates_are_found_beside_the_config_then_in_the_folder() {
    let (dir, renderer) = load(&[
        (
            "crm.json.hbs",
            r#"{"who": "{{call.to}}", "title": {{json message.title}}, "key": "{{params.key}}", "all": {{json event}}}"#,
        ),
        ("own/crm.json.hbs", "{}"),
        ("own/note.md.hbs", "# {{message.title}}\n\n{{call.summary}}"),
        ("own/broken.json.hbs", r#"{"a": "{{call.to}}",}"#),
        ("loop.txt.hbs", "{{> loop.txt.hbs}}"),
    ]);
    let mut renderer = renderer.unwrap();
    for name in ["crm.json.hbs", "note.md.hbs", "broken.json.hbs"] {
        renderer.add_native(name).unwrap();
    }
    let event = sample(Kind::CallCompleted, now());
    let params = BTreeMap::from([("key".to_owned(), "a\"b".into())]);
    let native = |name: &str| renderer.native(name, &event, view(Privacy::Masked), &params);
    let json: serde_json::Value = serde_json::from_str(&native("crm.json.hbs").unwrap()).unwrap();
    assert_eq!(json["who"], "+1 ••• ••• 4567");
    assert_eq!(json["key"], "a\"b");
    assert_eq!(json["all"]["data"]["call"]["duration_seconds"], 71);
    assert!(native("note.md.hbs").unwrap().starts_with("# ✅ Human answered · \\+1"));
    assert_snapshot!(native("broken.json.hbs").unwrap_err(), @"`broken.json.hbs` line 1, column 21: what this yields is no JSON: a key in quotes is expected here, or the comma before it is one too many");
    assert_snapshot!(native("none.json.hbs").unwrap_err(), @r"there is no template `none.json.hbs`");
    // Only the broken one: that the other two say nothing of batches and have no parameters is no mistake.
    assert_snapshot!(says(&dir, &renderer.check()), @r#"
    error: what this yields is no JSON: a key in quotes is expected here, or the comma before it is one too many
      --> own/broken.json.hbs:1:21
      |
    1 | {"a": "{{call.to}}",}
      |                     ^
      hint: line 1, column 25 of what it yields:
            {"a": "+1 ••• ••• 4567",}
                                    ^
    "#);
    let refused = ["none.json.hbs", "crm.yaml", "loop.txt.hbs", "cmr.json.hbs"];
    let refused = refused.into_iter().flat_map(|name| renderer.add_native(name).unwrap_err()).collect::<Vec<_>>();
    assert_snapshot!(says(&dir, &refused), @"
    error: there is no template `none.json.hbs`
      hint: did you mean `note.md.hbs`?

    error: `crm.yaml` does not end in .json.hbs, .html.hbs, .txt.hbs or .md.hbs
      hint: the end of the name says how values are escaped

    error: `loop.txt.hbs` includes `loop.txt.hbs`: templates must not include each other in a circle
      --> loop.txt.hbs:1:1
      |
    1 | {{> loop.txt.hbs}}
      | ^^^^^^^^^^^^^^^^^^
      hint: take one of the includes out

    error: there is no template `cmr.json.hbs`
      hint: did you mean `crm.json.hbs`?
    ");
}

#[test]
fn a_template_that_never_ends_its_output_is_stopped() {
    let many = "{{#each call.transcript}}{{#each ../call.transcript}}{{#each ../../call.transcript}}{{json @root.event}}{{/each}}{{/each}}{{/each}}";
    let (_dir, renderer) = load(&[("big.txt.hbs", many)]);
    let mut renderer = renderer.unwrap();
    renderer.add_native("big.txt.hbs").unwrap();
    let mut event = sample(Kind::CallCompleted, now());
    if let crate::event::Data::Call { call, .. } = &mut event.data {
        call.transcript = vec![call.transcript[0].clone(); 40];
    }
    let error = renderer.native("big.txt.hbs", &event, view(Privacy::Masked), &BTreeMap::new()).unwrap_err();
    assert_eq!(error.to_string(), "`big.txt.hbs` yields more than 16777216 bytes");
}

#[test]
fn presets_are_data_and_a_team_can_add_its_own() {
    let (_dir, renderer) = load(&[
        (
            "own/presets/pager.toml",
            "about = \"Pager\"\ntemplate = \"presets/pager.json.hbs\"\ncontent_type = \"application/json\"\n[params.key]\nabout = \"the routing key\"\n",
        ),
        ("own/presets/pager.json.hbs", r#"{"key": "{{params.key}}", "summary": "{{message.title}}"}"#),
    ]);
    let renderer = renderer.unwrap();
    let names: Vec<&str> = renderer.preset_names().collect();
    assert!(["pager", "pagerduty", "slack", "telegram"].iter().all(|name| names.contains(name)), "{names:?}");
    assert_eq!(renderer.check(), []);
    let slack = renderer.preset("slack").unwrap();
    assert!(slack.success.accepts(200, "ok") && !slack.success.accepts(200, "invalid_token"));
    assert_eq!(slack.rates[0].max.get(), 1);
    assert!(slack.refused_prefixes.iter().any(|refused| refused.prefix.ends_with("/triggers/")));
    assert!(renderer.preset("carrier-pigeon").is_none());
}

#[test]
fn a_folder_of_something_else_is_not_read_to_its_end() {
    let (dir, _) = load(&[("own/call.completed.hbs", "title: mine\n")]);
    fs::create_dir(dir.path().join("own/logs")).unwrap();
    for number in 0..2_000 {
        fs::write(dir.path().join(format!("own/logs/{number}")), "").unwrap();
    }
    let config = Config { dir: Some("own".into()), ..Config::default() };
    let flaws = Renderer::load(&config, dir.path(), TimeZone::UTC).unwrap_err();
    assert!(
        says(&dir, &flaws).starts_with("error: dir: more than 2000 files up to folder `"),
        "{}",
        says(&dir, &flaws)
    );
}

#[test]
fn a_missing_folder_is_a_flaw_of_its_key() {
    let config = Config { dir: Some("nowhere".into()), ..Config::default() };
    let flaws = Renderer::load(&config, Path::new("/nonexistent"), TimeZone::UTC).unwrap_err();
    assert_eq!(flaws[0].path, "dir");
    assert!(flaws[0].says.starts_with("cannot read folder"));
}
