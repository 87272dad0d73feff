//! `render` and `check`, as people use them who write templates.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use super::{Simulation, folder, following, ringback, run};

const KINDS: [&str; 16] = [
    "call.started",
    "call.completed",
    "call.failed",
    "call.corrected",
    "call.stuck",
    "call.missing",
    "batch.started",
    "batch.progress",
    "batch.completed",
    "batch.stuck",
    "watch.failing",
    "watch.recovered",
    "notifier.failing",
    "notifier.recovered",
    "delivery.missing",
    "digest",
];

fn put(folder: &TempDir, name: &str, text: &str) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// What is printed on success.
fn rendered(folder: &TempDir, arguments: &[&str]) -> String {
    let (code, out, said) = run(folder, &[&["render"], arguments].concat());
    assert_eq!((code, said.as_str()), (0, ""), "{arguments:?}");
    out
}

#[test]
fn without_a_config_every_kind_is_rendered_and_so_is_every_form() {
    let empty = TempDir::new().unwrap();
    for kind in KINDS {
        let text = rendered(&empty, &[kind]);
        assert!(text.lines().count() >= 2 && !text.contains("{{") && !text.contains('\u{1b}'), "{kind}: {text}");
        assert!(!rendered(&empty, &[kind, "--sparse"]).trim().is_empty());
    }
    let listed: Value = serde_json::from_str(&rendered(&empty, &["--list", "--json"])).unwrap();
    let forms: Vec<&str> = listed["forms"].as_array().unwrap().iter().map(|form| form.as_str().unwrap()).collect();
    assert!(forms.len() >= 5, "{forms:?}");
    for form in forms {
        let said: Value = serde_json::from_str(&rendered(&empty, &["digest", "--notifier", form, "--json"])).unwrap();
        assert_eq!(
            (&said["trouble"], &said["type"], &said["notifier"]),
            (&Value::Null, &"digest".into(), &form.into())
        );
        let is_json = said["content_type"].as_str().unwrap().contains("json");
        assert_eq!(said["body"].is_object() || said["body"].is_array(), is_json, "{form}");
    }
    assert!(fs::read_dir(empty.path()).unwrap().next().is_none(), "nothing is left behind");
}

#[test]
fn colours_are_for_terminals_unless_they_are_asked_for() {
    let empty = TempDir::new().unwrap();
    let plain = rendered(&empty, &["call.failed"]);
    assert_eq!(rendered(&empty, &["call.failed", "--color", "never"]).lines().count(), plain.lines().count());
    let coloured = rendered(&empty, &["call.failed", "--color", "always"]);
    assert!(coloured.starts_with("\u{1b}[1;31m") && coloured.contains("\u{1b}[0m\n"), "{coloured:?}");
    let json = rendered(&empty, &["call.failed", "--notifier", "webhook", "--color", "always"]);
    assert!(json.contains("\u{1b}[36m\"type\"\u{1b}[0m: \u{1b}[32m\"call.failed\"\u{1b}[0m"), "{json}");
    // Asked for by name, colours come in spite of the variable; see https://no-color.org.
    let said = ringback(&empty, &["render", "call.failed", "--color", "always"]).env("NO_COLOR", "1").output().unwrap();
    assert!(said.stdout.contains(&0x1b));
}

#[test]
fn an_event_as_a_webhook_got_it_and_the_first_of_many_records_are_told() {
    let empty = TempDir::new().unwrap();
    put(&empty, "event.json", &rendered(&empty, &["batch.completed", "--notifier", "webhook"]));
    let text = rendered(&empty, &["--call", "event.json"]);
    assert!(text.contains("Batch finished, 29 of 48 reached, 2 failed"), "{text}");
    let stuck = rendered(&empty, &["batch.stuck", "--call", "event.json"]);
    assert!(stuck.contains("Batch stuck at 48 of 48 calls"), "{stuck}");
    let record = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/call-get-2023-12-seed.json"));
    put(&empty, "records.json", &format!("[{}, {{}}]", record.unwrap()));
    let text = rendered(&empty, &["--call", "records.json"]);
    assert!(text.contains("Human answered"), "the kind is the record's: {text}");
    put(&empty, "odd.json", r#"{"type": "call.completed", "data": {"call": {}}}"#);
    put(&empty, "none.json", "");
    for (arguments, says) in [
        (
            &["call.failed", "--call", "event.json"][..],
            "this is a batch.completed, which cannot be told as call.failed",
        ),
        (&["batch.stuck", "--call", "records.json"], "a call record cannot become a batch.stuck"),
        (&["--call", "odd.json"], "this looks like an event of Ringback's, and is not complete"),
        (&["--call", "none.json"], "the file is empty"),
        (&["--call", "nowhere.json"], "read nowhere.json"),
        (&["call.failde"], "did you mean `call.failed`?"),
        (&["call.failed", "--notifier", "slak"], "did you mean `slack`?"),
        (&["call.failed", "--stored", "c1"], "no config file here, so no store to look into"),
        (&["call.failed", "--reason", "group"], "--reason is for a digest"),
        (&["call.failed", "--notifier", "email", "--recipient", "x@example.com"], "it sends to you@example.com"),
        (&[], "required"),
    ] {
        let (code, out, said) = run(&empty, &[&["render"], arguments].concat());
        assert!(code > 0 && out.is_empty() && said.contains(says), "{arguments:?}: {said}");
    }
}

#[test]
fn what_is_stored_is_told_again_and_a_delivery_as_it_was_sent() {
    let place = TempDir::new().unwrap();
    let simulation = Simulation::start(&place);
    let folder = folder(&following(&simulation, "[notifiers.screen.console]"));
    assert_eq!(run(&folder, &["run", "--until-settled"]).0, 0);
    let (_, listed, _) = run(&folder, &["deliveries", "list", "--json", "--kind", "call.completed"]);
    let delivery: Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    let text = |key: &str| delivery[key].as_str().unwrap();
    let (_, shown, _) = run(&folder, &["deliveries", "show", text("id"), "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let sent = shown["payload"]["body"].as_str().unwrap();
    assert_eq!(rendered(&folder, &["--stored", text("id")]), sent);
    // Anew, the message is about the same call, in any notifier's form.
    let about = text("about");
    assert!(rendered(&folder, &["--stored", text("id"), "--again"]).contains(about));
    assert!(rendered(&folder, &["--stored", text("id"), "--notifier", "discord"]).contains("\"embeds\""));
    for arguments in [
        &["--stored", text("event_id"), "--notifier", "webhook"][..],
        &["call.completed", "--stored", about, "--notifier", "webhook"],
    ] {
        let event: Value = serde_json::from_str(&rendered(&folder, arguments)).unwrap();
        assert_eq!((&event["type"], &event["data"]["call"]["id"]), (&"call.completed".into(), &about.into()));
    }
    // A kind that was not told of this call is made of what is known of it.
    assert!(rendered(&folder, &["call.stuck", "--stored", about]).contains("Call stuck"));
    let batch = simulation.batch.as_str();
    assert!(rendered(&folder, &["batch.completed", "--stored", batch]).contains("Batch finished"));
    assert!(rendered(&folder, &["batch.progress", "--stored", batch]).contains("100% done"));
    let digest = rendered(&folder, &["digest", "--stored", about, batch, "--reason", "group", "--notifier", "webhook"]);
    let digest: Value = serde_json::from_str(&digest).unwrap();
    let facts = &digest["data"]["digest"];
    assert_eq!((&facts["reason"], &facts["total"], &facts["calls"]), (&"group".into(), &2.into(), &1.into()));
    for (arguments, says) in [
        (&["--stored", "nobody"][..], "the store knows no call or batch `nobody`"),
        (&["--stored", "evt_none"], "the store knows no event `evt_none`"),
        (&["--stored", "dlv_none"], "the store knows no delivery `dlv_none`"),
        (&["call.failed", "--stored", text("id")], "tells a call.completed, not a call.failed"),
        (&["call.failed", "--stored", about, batch], "several ids make a digest"),
    ] {
        let (code, _, said) = run(&folder, &[&["render"], arguments].concat());
        assert!(code > 0 && said.contains(says), "{arguments:?}: {said}");
    }
}

#[test]
fn a_mail_is_decoded_kept_as_a_file_and_opened() {
    let empty = TempDir::new().unwrap();
    let shown = rendered(&empty, &["call.failed", "--notifier", "email"]);
    for part in
        ["From: Ringback <ringback@example.com>", "To: you@example.com", "Subject: ❌ Call failed · number not found"]
    {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    assert!(shown.contains("Bland says: Call failed.") && shown.contains("[HTML, "), "{shown}");
    let (code, out, said) = run(&empty, &["render", "call.failed", "--notifier", "email", "--output", "mail.eml"]);
    assert_eq!((code, out.as_str(), said.trim()), (0, "", "wrote mail.eml"));
    let kept = fs::read_to_string(empty.path().join("mail.eml")).unwrap();
    assert!(kept.contains("Content-Type: multipart/") && kept.contains("\r\n"));
    let raw = rendered(&empty, &["call.failed", "--notifier", "email", "--raw"]);
    let undated = |mail: &str| mail.lines().filter(|line| !line.starts_with("Date:")).count();
    assert_eq!(undated(&raw), undated(&kept));

    let opener = empty.path().join("xdg-open");
    fs::write(&opener, format!("#!/bin/sh\nprintf %s \"$1\" > {}/opened\n", empty.path().display())).unwrap();
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
    let open = |path: &Path, notifier: &str| {
        let arguments = ["render", "call.failed", "--open", "--notifier", notifier];
        let out = ringback(&empty, &arguments).env("PATH", path).env("TMPDIR", empty.path()).output().unwrap();
        (out.status.code().unwrap(), String::from_utf8(out.stderr).unwrap())
    };
    let (code, said) = open(empty.path(), "email");
    let opened = fs::read_to_string(empty.path().join("opened")).unwrap();
    assert_eq!((code, said.trim()), (0, format!("opened {opened}").as_str()));
    assert!(fs::read_to_string(&opened).unwrap().contains("<!DOCTYPE html>"));
    assert_eq!(fs::metadata(&opened).unwrap().permissions().mode() & 0o777, 0o600, "calls are private");
    let (code, said) = open(Path::new("/nonexistent"), "email");
    assert!(code == 0 && said.contains("nothing here to open it with; it is in "), "{said}");
    let (code, said) = open(empty.path(), "discord");
    assert!(code == 2 && said.contains("--open is for mail"), "{said}");
}

#[test]
fn render_shows_where_a_template_fails_and_what_is_sent_instead() {
    let folder = folder(
        "[bland]\napi_key = \"k\"\n[notifiers.crm.webhook]\nurl = \"http://127.0.0.1:9/\"\n\
         template = \"crm.json.hbs\"\n[templates]\ndir = \"own\"\n",
    );
    put(&folder, "own/call.failed.hbs", "title: {{call.eror}}\n");
    put(&folder, "crm.json.hbs", "{\n  \"a\": {{json call.id}},\n  \"b\": {{json call.summary}},\n}\n");
    let (code, out, said) = run(&folder, &["render", "call.failed"]);
    assert!(code == 1 && out.contains("❌ Call failed"), "{out}");
    assert_snapshot!(said, @"
    error: unknown variable `call.eror`
      --> own/call.failed.hbs:1:10
      |
    1 | title: {{call.eror}}
      |          ^^^^^^^^^
      hint: did you mean `call.error`?
            `call` has: error, error_stage, answered_by, batch_id, created_at, detail_items, details,
            direction, disposition, duration_seconds, ended_at, ended_by, from, id, likely, metadata, outcome,
            pathway_id, price_usd, queue_status, recording_url, started_at, status, summary, summary_parts,
            summary_source, to, transcript, transferred_to, url, variables

    This is what would be sent instead:
    ");
    let (code, out, said) = run(&folder, &["render", "call.completed", "--notifier", "crm"]);
    assert!(code == 1 && out.contains("\"type\": \"call.completed\""), "{out}");
    assert_snapshot!(said, @"
    error: what this yields is no JSON: a key in quotes is expected here, or the comma before it is one too many
      --> crm.json.hbs:4:1
      |
    4 | }
      | ^
      hint: line 4, column 1 of what it yields:
            }
            ^

    This is what would be sent instead:
    ");
}

#[test]
fn check_tells_every_mistake_of_every_template_in_one_go() {
    let folder = folder(
        "[bland]\napi_kee = \"k\"\n[notifiers.crm.webhook]\nurl = \"http://127.0.0.1:9/\"\n\
         template = \"crm.json.hbs\"\n[notifiers.ops.discord]\nwebhook_url = \"http://127.0.0.1:9/api/webhooks/1/x\"\n\
         template = \"card.json.hbs\"\n[templates]\ndir = \"own\"\n",
    );
    put(
        &folder,
        "own/call.failed.hbs",
        "title: {{call.eror}}\nfacts:\nBusy: {{#if (eq call.outcome \"busy\")}}{{phone call.too}}{{/if}}\n",
    );
    put(&folder, "own/call.stuck.hbs", "title: {{#if call.to}}\nbody:\nx\n");
    put(&folder, "own/layouts/email.html.hbs", "<p>{{message.titel}}</p>{{truncate message.title word=3}}\n");
    put(
        &folder,
        "own/presets/pager.toml",
        "about = \"Pager\"\ntemplate = \"presets/pager.json.hbs\"\ncontent_type = \"application/json\"\n",
    );
    put(&folder, "own/presets/pager.json.hbs", "{\"text\": \"{{message.title}}\" \"x\": 1}\n");
    put(
        &folder,
        "crm.json.hbs",
        "{\"id\": {{json (default call.id call.ident)}}, \"who\": {{> partials/who.json.hbs}}}\n",
    );
    put(&folder, "card.json.hbs", "{\"embeds\": [{{#each (takes message.facts 3)}}{{/each}}]}\n");
    let (code, _, said) = run(&folder, &["check"]);
    assert_eq!(code, 2);
    assert_snapshot!(said, @r#"
    error: unknown key `api_kee` in [bland]
      --> config.toml:2:1
      |
    2 | api_kee = …
      | ^^^^^^^
      hint: did you mean `api_key`? (keys here: api_key, base_url, api, poll_interval, settle, stuck_after, max_requests_per_minute, encrypted_key, organization_id)

    error: `{{#if}}` is not closed
      --> own/call.stuck.hbs:1:8
      |
    1 | title: {{#if call.to}}
      |        ^^^^^^^^^^^^^^^
      hint: end the block with `{{/if}}`

    error: `truncate` has no `word=`
      --> own/layouts/email.html.hbs:1:50
      |
    1 | <p>{{message.titel}}</p>{{truncate message.title word=3}}
      |                                                  ^^^^
      hint: did you mean `words=`?

    error: there is no template `partials/who.json.hbs` to include
      --> crm.json.hbs:1:58
      |
    1 | {"id": {{json (default call.id call.ident)}}, "who": {{> partials/who.json.hbs}}}
      |                                                          ^^^^^^^^^^^^^^^^^^^^^
      hint: put it into `[templates] dir` under exactly this name

    error: there is no helper `takes`
      --> card.json.hbs:1:22
      |
    1 | {"embeds": [{{#each (takes message.facts 3)}}{{/each}}]}
      |                      ^^^^^
      hint: did you mean `take`?
            there are: take, t, adaptive, ago, and, bar, chat, counts, default, discord, duration, each, eq,
            excerpt, failures, google_chat, gt, gte, html, if, in, join, json, len, line, lines, lookup, lower,
            lt, lte, markdown, minus, ne, not, number, or, outcome, outcomes, party, percent, period, phone,
            plural, raw, rest, sentence, slack, subject, time, timeline, truncate, turns, unless, unlinked,
            upper, url, who, why, with, wrap, zulip

    error: unknown variable `call.eror`
      --> own/call.failed.hbs:1:10
      |
    1 | title: {{call.eror}}
      |          ^^^^^^^^^
      hint: did you mean `call.error`?
            `call` has: error, error_stage, answered_by, batch_id, created_at, detail_items, details,
            direction, disposition, duration_seconds, ended_at, ended_by, from, id, likely, metadata, outcome,
            pathway_id, price_usd, queue_status, recording_url, started_at, status, summary, summary_parts,
            summary_source, to, transcript, transferred_to, url, variables

    error: unknown variable `call.too`
      --> own/call.failed.hbs:3:47
      |
    3 | Busy: {{#if (eq call.outcome "busy")}}{{phone call.too}}{{/if}}
      |                                               ^^^^^^^^
      hint: did you mean `call.to`?
            `call` has: to, answered_by, batch_id, created_at, detail_items, details, direction, disposition,
            duration_seconds, ended_at, ended_by, error, error_stage, from, id, likely, metadata, outcome,
            pathway_id, price_usd, queue_status, recording_url, started_at, status, summary, summary_parts,
            summary_source, transcript, transferred_to, url, variables

    error: what this yields is no JSON: expected `,` or `}`
      --> own/presets/pager.json.hbs:1:30
      |
    1 | {"text": "{{message.title}}" "x": 1}
      |                              ^
      hint: line 1, column 45 of what it yields:
            {"text": "📞 Call started · +1 ••• ••• 4567" "x": 1}
                                                        ^

    8 mistakes in config.toml and its templates; nothing was started
    "#);
}

#[test]
fn check_tells_what_a_notifier_cannot_read_of_a_template_that_renders() {
    let folder = folder(
        "[bland]\napi_key = \"k\"\n[notifiers.ops.discord]\n\
         webhook_url = \"http://127.0.0.1:9/api/webhooks/1/x\"\n[templates]\ndir = \"own\"\n",
    );
    put(
        &folder,
        "own/layouts/discord.json.hbs",
        "{\"title\": \"{{message.title}}\", \"color\": \"{{message.color_hex}}\"}\n",
    );
    let (code, _, said) = run(&folder, &["check"]);
    assert_eq!(code, 2);
    assert_snapshot!(said, @r##"error: notifiers.ops: call.started: `discord.json.hbs` failed (it is not an embed: invalid type: string "#3E8FB0", expected u32 at line 1 column 80), plain text was used"##);
}

#[test]
fn a_preset_of_ones_own_is_rendered_with_its_samples() {
    let folder = folder("[bland]\napi_key = \"k\"\n[notifiers.screen.console]\n[templates]\ndir = \"own\"\n");
    let about = "about = \"Pager\"\nurl = \"{base}/send\"\n[params.base]\nabout = \"where it is\"\n";
    put(&folder, "own/presets/pager.toml", about);
    put(&folder, "own/presets/pager.json.hbs", "{\"text\": \"{{message.title}} for {{params.base}}\"}\n");
    let render = ["render", "call.started", "--notifier", "pager"];
    let (code, _, said) = run(&folder, &render);
    assert_eq!(code, 2);
    assert_snapshot!(said, @"
    error: params.base: this is not a URL: relative URL without a base
      hint: write a `sample` that fits into the preset's [params.base]
    ");
    put(&folder, "own/presets/pager.toml", &format!("{about}sample = \"https://pager.example.com\"\n"));
    let (code, out, said) = run(&folder, &render);
    assert!(code == 0 && out.contains("for https://pager.example.com"), "{out}{said}");
}
