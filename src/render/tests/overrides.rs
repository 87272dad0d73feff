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
    let config = Config { dir: Some("own".into()) };
    let renderer = Renderer::load(&config, beside.path(), TimeZone::UTC);
    (beside, renderer)
}

fn says(flaws: &[Flaw]) -> String {
    let line = |flaw: &Flaw| match &flaw.hint {
        Some(hint) => format!("{}: {} ({hint})", flaw.path, flaw.says),
        None => format!("{}: {}", flaw.path, flaw.says),
    };
    flaws.iter().map(line).collect::<Vec<_>>().join("\n")
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
    `call.completed.hbs` line 1, column 8: unknown variable `call.dration`; did you mean `call.duration_seconds`? `call` has: answered_by, batch_id, created_at, detail_items, details, direction, disposition, duration_seconds, ended_at, ended_by, error, error_stage, from, id, likely, metadata, outcome, pathway_id, price_usd, queue_status, recording_url, started_at, status, summary, summary_parts, summary_source, to, transcript, transferred_to, url, variables
    `layouts/console.txt.hbs` line 1, column 1: unknown variable `message.titel`; did you mean `message.title`? `message` has: at, body, color, color_hex, facts, facts_rich, footer, link, severity, title, title_plain
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
    let (_dir, renderer) = load(&[
        ("own/call.failed.hbs", "{{!-- two\nlines --}}\ntitle: Failed\nfacts:\nTo: {{phone call.too}}\n"),
        ("own/call.stuck.hbs", "title: {{#if cal.status}}x{{/if}}stuck\n"),
        ("own/batch.stuck.hbs", "title: stuck\ncolor: pink\n"),
        ("own/watch.failing.hbs", "title: {{call.to}} failing\n"),
        ("own/call.started.hbs", "title: {{call.variables.nick}} {{duration 5}}\n"),
        ("own/call.missing.hbs", "title: {{shout call.id}}\n"),
    ]);
    assert_snapshot!(says(&renderer.unwrap().check()), @r#"
    : `batch.stuck.hbs`: the color is `pink`, not #RRGGBB, good, info, warning or error
    : `call.failed.hbs` line 5, column 5: unknown variable `call.too`; did you mean `call.to`? `call` has: answered_by, batch_id, created_at, detail_items, details, direction, disposition, duration_seconds, ended_at, ended_by, error, error_stage, from, id, likely, metadata, outcome, pathway_id, price_usd, queue_status, recording_url, started_at, status, summary, summary_parts, summary_source, to, transcript, transferred_to, url, variables
    : `call.missing.hbs` line 1, column 8: there is no helper `shout`; there are: phone, party, outcome, outcomes, counts, failures, who, why, excerpt, duration, time, ago, period, plural, minus, percent, bar, truncate, lines, line, sentence, lower, upper, join, take, default, in, json, url, discord, slack
    : `call.started.hbs` line 1, column 8: unknown variable `call.variables.nick`; not every call has it, so write {{default call.variables.nick ""}}
    : `call.stuck.hbs` line 1, column 8: unknown variable `cal.status`; did you mean `call`? There are: account, batch, call, data, digest, event, id, now, observed_at, problem, severity, timestamp, type, watch, watches
    : `watch.failing.hbs` line 1, column 8: unknown variable `call.to`: `call` is null in a watch.failing event, so put {{#if call}} … {{/if}} around it
    "#);
}

#[test]
fn what_cannot_be_rendered_safely_is_refused_when_it_is_loaded() {
    let (_dir, renderer) = load(&[
        ("own/call.completd.hbs", "title: x\n"),
        ("own/call.failed.hbs", "title: x\nbody:\n{{{call.summary}}}\n"),
        ("own/call.stuck.hbs", "title: {{#if x}}\n"),
        ("own/layouts/discord.json.hbs", "{\"title\": {{message.title}}}"),
        ("own/layouts/email.html.hbs", "<p>\n<b>{{{message.title}}}</b></p>"),
        ("own/partials/a.txt.hbs", "{{> partials/b.txt.hbs}}"),
        ("own/partials/b.txt.hbs", "{{> partials/a.txt.hbs}} {{> partials/none.txt.hbs}}"),
        ("own/presets/odd.toml", "about = \"x\"\ntemplat = \"y\"\n"),
    ]);
    assert_snapshot!(says(&renderer.unwrap_err()), @r#"
    dir: `call.completd.hbs` is named after no event kind; did you mean `call.completed`? (content templates are call.started.hbs, call.completed.hbs, call.failed.hbs, call.corrected.hbs, call.stuck.hbs, call.missing.hbs, batch.started.hbs, batch.progress.hbs, batch.completed.hbs, batch.stuck.hbs, watch.failing.hbs, watch.recovered.hbs, notifier.failing.hbs, notifier.recovered.hbs, delivery.missing.hbs, digest.hbs; others end in .json.hbs, .html.hbs, .txt.hbs or .md.hbs)
    dir: `call.failed.hbs` line 3, column 1: {{{call.summary}}} is not escaped (write {{call.summary}})
    dir: `call.stuck.hbs` line 1, column 17: a tag is misspelt, or a block that began before is not closed
    dir: `layouts/discord.json.hbs` line 1, column 11: {{message.title}} stands outside quotes, where a value could become JSON of its own (write {{json message.title}}, or put it in quotes)
    dir: `layouts/email.html.hbs` line 2, column 4: {{{message.title}}} is not escaped (write {{message.title}}; only {{{message.body.html}}} is HTML)
    dir: `presets/odd.toml`: TOML parse error at line 2, column 1
      |
    2 | templat = "y"
      | ^^^^^^^
    unknown field `templat`, expected one of `about`, `template`, `content_type`, `method`, `headers`, `success`, `max_per_minute`, `max_bytes`, `limits`, `url_prefixes`, `refused_prefixes`, `params`
    dir: `partials/a.txt.hbs` includes `partials/b.txt.hbs` includes `partials/a.txt.hbs`: templates must not include each other in a circle
    dir: `partials/b.txt.hbs` includes `partials/none.txt.hbs`, which is not there (put it into `[templates] dir` under exactly this name)
    "#);
}

#[test]
fn native_templates_are_found_beside_the_config_then_in_the_folder() {
    let (_dir, renderer) = load(&[
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
    let params = BTreeMap::from([("key".to_owned(), "a\"b".to_owned())]);
    let native = |name: &str| renderer.native(name, &event, view(Privacy::Masked), &params);
    let json: serde_json::Value = serde_json::from_str(&native("crm.json.hbs").unwrap()).unwrap();
    assert_eq!(json["who"], "+1 ••• ••• 4567");
    assert_eq!(json["key"], "a\"b");
    assert_eq!(json["all"]["data"]["call"]["duration_seconds"], 71);
    assert!(native("note.md.hbs").unwrap().starts_with("# ✅ Human answered · \\+1"));
    assert_snapshot!(native("broken.json.hbs").unwrap_err(), @r"`broken.json.hbs` does not yield JSON: key must be a string at line 1 column 37 of its output");
    assert_snapshot!(native("none.json.hbs").unwrap_err(), @r"there is no template `none.json.hbs`");
    // Only the broken one: that the other two say nothing of batches and have no parameters is no mistake.
    assert_snapshot!(says(&renderer.check()), @r"
    : `broken.json.hbs` does not yield JSON: key must be a string at line 1 column 10 of its output
    : `broken.json.hbs` does not yield JSON: key must be a string at line 1 column 37 of its output
    ");
    let refused = ["none.json.hbs", "crm.yaml", "loop.txt.hbs"].map(|name| renderer.add_native(name).unwrap_err());
    assert_snapshot!(says(&refused), @r"
    : there is no template `none.json.hbs` (put it beside the config file, or into `[templates] dir`)
    : `crm.yaml` does not end in .json.hbs, .html.hbs, .txt.hbs or .md.hbs (the end of the name says how values are escaped)
    : `loop.txt.hbs` includes `loop.txt.hbs`: templates must not include each other in a circle
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
    assert_eq!(error.to_string(), "`big.txt.hbs` yields more than 1048576 bytes");
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
    assert_eq!(renderer.preset_names().collect::<Vec<_>>(), ["pager", "slack"]);
    assert_eq!(renderer.check(), []);
    let slack = renderer.preset("slack").unwrap();
    assert!(slack.success.accepts(200, "ok") && !slack.success.accepts(200, "invalid_token"));
    assert_eq!(slack.max_per_minute.map(std::num::NonZeroU32::get), Some(60));
    assert!(slack.refused_prefixes.iter().any(|refused| refused.prefix.ends_with("/triggers/")));
    assert!(renderer.preset("teams").is_none());
}

#[test]
fn a_folder_of_something_else_is_not_read_to_its_end() {
    let (dir, _) = load(&[("own/call.completed.hbs", "title: mine\n")]);
    fs::create_dir(dir.path().join("own/logs")).unwrap();
    for number in 0..2_000 {
        fs::write(dir.path().join(format!("own/logs/{number}")), "").unwrap();
    }
    let config = Config { dir: Some("own".into()) };
    let flaws = Renderer::load(&config, dir.path(), TimeZone::UTC).unwrap_err();
    assert!(says(&flaws).starts_with("dir: more than 2000 files up to folder `"), "{}", says(&flaws));
}

#[test]
fn a_missing_folder_is_a_flaw_of_its_key() {
    let config = Config { dir: Some("nowhere".into()) };
    let flaws = Renderer::load(&config, Path::new("/nonexistent"), TimeZone::UTC).unwrap_err();
    assert_eq!(flaws[0].path, "dir");
    assert!(flaws[0].says.starts_with("cannot read folder"));
}
