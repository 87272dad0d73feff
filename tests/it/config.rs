//! Tests of `config` from outside: what a person sees who got a file wrong.

mod example;
mod secrets;

use std::{fs, path::Path};

use insta::assert_snapshot;
use ringback::config::{
    Config, find, load,
    mistakes::{Kind, Mistakes},
    parse,
};

const VARIABLES: [(&str, &str); 12] = [
    ("TELEGRAM_BOT_TOKEN", "123456789:AAF0123456789_abcdefghijklmnopqrst"),
    ("BLAND_API_KEY", "sk-from-the-environment"),
    ("BLAND_ENCRYPTED_KEY", "enc-from-the-environment"),
    ("DISCORD_WEBHOOK_URL", "https://discord.com/api/webhooks/1234567890/from-the-environment"),
    ("DISCORD_BOT_TOKEN", "bot-from-the-environment"),
    ("SMTP_PASSWORD", "password-from-the-environment"),
    ("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/from-the-environment"),
    ("CRM_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("CRM_TOKEN", "crm-from-the-environment"),
    ("HEARTBEAT_URL", "https://hc-ping.com/from-the-environment"),
    ("LLM_API_KEY", "llm-from-the-environment"),
    ("EMPTY", ""),
];

fn env(name: &str) -> Option<String> {
    VARIABLES.into_iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.to_owned())
}

fn read(text: &str) -> Result<Config, Mistakes> {
    parse(text, "config.toml", Path::new(""), &env)
}

fn told(text: &str) -> String {
    read(text).expect_err("this must not be accepted").to_string()
}

/// The sentences alone, with their lines.
fn sentences(text: &str) -> Vec<String> {
    let line = |at: Option<usize>| at.map_or("-".to_owned(), |line| line.to_string());
    let mistakes = read(text).expect_err("this must not be accepted").mistakes;
    mistakes.iter().map(|m| format!("{}: {}", line(m.place.as_ref().map(|place| place.line)), m.says)).collect()
}

const SMALL: &str = "[bland]\napi_key = \"k-123\"\n[notifiers.screen.console]\n";

#[test]
fn a_small_file_gets_the_defaults() {
    let config = read(SMALL).unwrap();
    assert_eq!(config.timezone_name, "UTC");
    assert_eq!(config.accounts["bland"].api_key.as_ref().unwrap().expose(), "k-123");
    assert_eq!(config.watches.len(), 1);
    assert_eq!((config.watches[0].name.as_str(), config.watches[0].all_calls), ("everything", true));
    assert_eq!(config.notifiers[0].name, "screen");
    assert!(config.routes.is_empty());
    assert_eq!(config.store.url.expose(), "sqlite:ringback.db");
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    assert_snapshot!(told(
        r#"timezone = "Europe/Berln"
retries = 3

[bland]
api_key = "sk-very-private"
pol_interval = "5s"
settle = 75
api = "v2"
base_url = "api.bland.ai"
webhook_secret = "hush-hush"

[[watches]]
name = "first"
calls = ["a", "b", "a"]
account = "agencie"

[[watches]]
name = "first"
all_calls = "yes"

[accounts.agency]
encrypted_key = "${NOT_SET}"

[notifiers.ops.discord]
chanel_id = "123"
webhook_url = "https://discord.com/api/webhooks/1/very-private"
max_per_minute = 0
thread = "batches"
mentions = { "call.failed" = 5 }

[notifiers.team.emial]
from = "a@example.com"

[notifiers.both.console]
stream = "stdin"
[notifiers.both.webhook]
url = "https://example.com"

[[routes]]
notify = ["opz", "team"]
watches = ["second"]
digest = { every = "1h" }

[store]
url = "mysql://root:very-private@localhost/ringback"

[server]
listen = "127.0.0.1:8787"
"#
    ), @r#"
    error: `Europe/Berln` is not a time zone's name
      --> config.toml:1:12
      |
    1 | timezone = "Europe/Berln"
      |            ^^^^^^^^^^^^^^
      hint: did you mean `Europe/Berlin`? (names are from the IANA list, such as "Europe/Berlin")

    error: unknown key `retries` in this file
      --> config.toml:2:1
      |
    2 | retries = …
      | ^^^^^^^
      hint: keys here: timezone, bland, accounts, watches, notifiers, routes, summary, templates, store, server

    error: unknown key `pol_interval` in [bland]
      --> config.toml:6:1
      |
    6 | pol_interval = "5s"
      | ^^^^^^^^^^^^
      hint: did you mean `poll_interval`? (keys here: api_key, base_url, api, poll_interval, settle, stuck_after, max_requests_per_minute, encrypted_key, organization_id)

    error: `settle` must be text in quotes, not `75`
      --> config.toml:7:10
      |
    7 | settle = 75
      |          ^^
      hint: write a length of time in quotes: "90s", "5m", "1h30m"

    error: `api` cannot be `v2`
      --> config.toml:8:7
      |
    8 | api = "v2"
      |       ^^^^
      hint: did you mean `v1`? (possible: `v1`, `logs`)

    error: `base_url` must be a URL
      --> config.toml:9:12
      |
    9 | base_url = "api.bland.ai"
      |            ^^^^^^^^^^^^^^
      hint: write the whole address: "https://…"

    error: `webhook_secret` in [bland] is not available yet
       --> config.toml:10:1
       |
    10 | webhook_secret = …
       | ^^^^^^^^^^^^^^
      hint: remove it; until then calls are found by asking Bland, every `poll_interval`

    error: `a` is twice in `calls`
       --> config.toml:14:20
       |
    14 | calls = ["a", "b", "a"]
       |                    ^^^
      hint: keep one of the two

    error: there is no account `agencie`
       --> config.toml:15:11
       |
    15 | account = "agencie"
       |           ^^^^^^^^^
      hint: did you mean `agency`?

    error: the name `first` is taken by another watch
       --> config.toml:18:8
       |
    18 | name = "first"
       |        ^^^^^^^
      hint: names are shown in messages and must differ

    error: `all_calls` must be true or false, not `yes`
       --> config.toml:19:13
       |
    19 | all_calls = "yes"
       |             ^^^^^

    error: `encrypted_key` needs the environment variable NOT_SET, which is not set
       --> config.toml:22:17
       |
    22 | encrypted_key = "${NOT_SET}"
       |                 ^^^^^^^^^^^^
      hint: set NOT_SET, or use `encrypted_key_file = "…"`

    error: unknown key `chanel_id` in [notifiers.ops.discord]
       --> config.toml:25:1
       |
    25 | chanel_id = "123"
       | ^^^^^^^^^
      hint: did you mean `channel_id`? (keys here: webhook_url, bot_token, channel_id, api_base, username, avatar_url, mentions, live_batches, thread, transcript, privacy, max_per_minute, give_up_after, fallback, ambiguous, template)

    error: `max_per_minute` must be a whole number from 1 on, not `0`
       --> config.toml:27:18
       |
    27 | max_per_minute = 0
       |                  ^

    error: `thread` cannot be `batches`
       --> config.toml:28:10
       |
    28 | thread = "batches"
       |          ^^^^^^^^^
      hint: did you mean `batch`? (possible: `none`, `batch`)

    error: `mentions.call.failed` must be text in quotes, not `5`
       --> config.toml:29:30
       |
    29 | mentions = { "call.failed" = 5 }
       |                              ^

    error: `emial` is not a kind of notifier
       --> config.toml:31:17
       |
    31 | [notifiers.team.emial]
       |                 ^^^^^
      hint: did you mean [notifiers.team.email]? (kinds: discord, email, webhook, console)

    error: `stream` cannot be `stdin`
       --> config.toml:35:10
       |
    35 | stream = "stdin"
       |          ^^^^^^^
      hint: possible: `stdout`, `stderr`

    error: the notifier `both` is console already and cannot be webhook too
       --> config.toml:36:17
       |
    36 | [notifiers.both.webhook]
       |                 ^^^^^^^
      hint: give it a name of its own: [notifiers.both-webhook.webhook]

    error: there is no notifier `opz`
       --> config.toml:40:11
       |
    40 | notify = ["opz", "team"]
       |           ^^^^^
      hint: did you mean `ops`? (there are: both, ops, team)

    error: `second` matches no watch
       --> config.toml:41:12
       |
    41 | watches = ["second"]
       |            ^^^^^^^^
      hint: there are: first

    error: the store's `url` must begin with sqlite: or postgres://
       --> config.toml:45:7
       |
    45 | url = …
       |       ^
      hint: write `url = "sqlite:ringback.db"` or `url = "postgres://user:${PGPASSWORD}@host/database"`

    error: `listen` in [server] is not available yet
       --> config.toml:48:1
       |
    48 | listen = "127.0.0.1:8787"
       | ^^^^^^
      hint: remove it; until then nothing is served (only `listen = ""` may be written)

    23 mistakes in config.toml; nothing was started
    "#);
}

#[test]
fn several_syntax_errors_are_told_and_so_is_what_can_be_read() {
    assert_snapshot!(told(
        "timezone = Europe/Berlin\n[bland]\napi_key = sk-very-private\napi_key = \"again-private\"\npol_interval = \"5s\"\n\
         [bland]\nsettle = \"1m\n[notifiers.ops.discord\nwebhook_url = \"https://private\"\n"
    ), @r#"
error: text must be in quotes
  --> config.toml:1:12
  |
1 | timezone = Europe/Berlin
  |            ^^^^^^^^^^^^^
  hint: write it as "…"

error: text must be in quotes
  --> config.toml:3:11
  |
3 | api_key = …
  |           ^
  hint: write it as "…"

error: `api_key` is given twice
  --> config.toml:4:1
  |
4 | api_key = …
  | ^^^^^^^
  hint: keep one of the two

error: unknown key `pol_interval` in [bland]
  --> config.toml:5:1
  |
5 | pol_interval = …
  | ^^^^^^^^^^^^
  hint: did you mean `poll_interval`? (keys here: api_key, base_url, api, poll_interval, settle, stuck_after, max_requests_per_minute, encrypted_key, organization_id)

error: `bland` is given twice
  --> config.toml:6:2
  |
6 | [bland]
  |  ^^^^^
  hint: keep one of the two

error: text is not closed
  --> config.toml:7:13
  |
7 | settle = "1m
  |             ^
  hint: end it with a quotation mark

error: unclosed table, expected `]`
  --> config.toml:8:23
  |
8 | [notifiers.ops.discord
  |                       ^
  hint: end a section's name with `]`, as it begins

error: unknown key `webhook_url` in this file
  --> config.toml:9:1
  |
9 | webhook_url = …
  | ^^^^^^^^^^^
  hint: keys here: timezone, bland, accounts, watches, notifiers, routes, summary, templates, store, server

8 mistakes in config.toml; nothing was started
"#);
}

#[test]
fn an_empty_file_is_told_what_it_needs() {
    assert_snapshot!(told(""), @r#"
error: the account `bland` is watched and has no `api_key`
  --> config.toml
  hint: set BLAND_API_KEY in the environment and add to the file:
        [bland]
        api_key = "${BLAND_API_KEY}"

error: nobody would be told: there is no notifier
  --> config.toml
  hint: add a notifier; this one shows messages in the terminal:
        [notifiers.screen.console]

2 mistakes in config.toml; nothing was started
"#);
}

#[test]
fn keys_for_later_are_refused_as_such_and_their_off_values_accepted() {
    let text = "[bland]\napi_key = \"k-1\"\nwebhook_secret_file = \"f\"\n\
                [notifiers.d.console]\n[[routes]]\nnotify = [\"d\"]\n\
                [server]\nlisten = \"127.0.0.1:8787\"\ntoken = \"t-private\"\npublic_url = \"https://r\"\n";
    let mistakes = read(text).unwrap_err().mistakes;
    assert!(mistakes.iter().all(|mistake| mistake.kind == Kind::NotYet), "{mistakes:?}");
    assert_eq!(mistakes.len(), 4);
    let off = "[bland]\napi_key = \"k-1\"\n[server]\nlisten = \"\"\nreload = false\n[notifiers.d.console]\n";
    read(off).unwrap();
}

#[test]
fn mistakes_about_the_language_model_are_told_without_its_key() {
    let summary = |text: &str| format!("{SMALL}[summary]\n{text}\n");
    assert_snapshot!(told(&summary("llm = { modle = \"m\", api_key = \"hush-hush-key\", timeout = \"5m\" }")), @r#"
    error: nothing says where the model is
      --> config.toml:5:7
      |
    5 | llm = { modle = "m", api_key = …, timeout = "5m" }
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      hint: such as `url = "http://localhost:11434/v1"` for Ollama

    error: unknown key `modle` in `llm`
      --> config.toml:5:9
      |
    5 | llm = { modle = "m", api_key = …, timeout = "5m" }
      |         ^^^^^
      hint: did you mean `model`? (keys here: api_key, max_per_hour, model, timeout, url)

    error: 5m is not between 1s and 2m
      --> config.toml:5:59
      |
    5 | llm = { modle = "m", api_key = …, timeout = "5m" }
      |                                             ^^^^
      hint: the default is 20s

    3 mistakes in config.toml; nothing was started
    "#);
    assert_snapshot!(told(&summary("order = [\"extract\"]\nllm = { url = \"localhost:11434\", model = \"m\", max_per_hour = 0 }")), @r#"
    error: `order` names no `llm`, so that the one in `llm` would never be asked
      --> config.toml:5:9
      |
    5 | order = ["extract"]
      |         ^^^^^^^^^^^
      hint: write it where it is to be asked, such as ["bland", "llm", "extract"]

    error: the URL begins with `localhost:`
      --> config.toml:6:15
      |
    6 | llm = { url = …, model = "m", max_per_hour = 0 }
      |               ^
      hint: write it as https://host/path

    error: `llm.max_per_hour` must be a whole number from 1 on
      --> config.toml:6:62
      |
    6 | llm = { url = …, model = "m", max_per_hour = 0 }
      |                                              ^

    3 mistakes in config.toml; nothing was started
    "#);
    read(&summary("llm = { url = \"http://localhost:11434/v1\", model = \"m\" }")).unwrap();
}

#[test]
fn a_mistake_in_a_table_within_a_section_has_its_place_and_shows_no_key() {
    let email = |more: &str| {
        let to = "smtp = \"smtps://h\"\nfrom = \"a@b.example\"\nto = [\"a@b.example\"]";
        format!("{SMALL}[notifiers.e.email]\n{to}\n{more}\n")
    };
    assert_snapshot!(told(&email(
        "dkim = { domain = \"b.example\", selektor = \"hush-hush\", key = \"hush-hush-key\" }\nunsubscribe = \"b.example\""
    )), @r#"
    error: unknown key `selektor` in `dkim`
      --> config.toml:8:32
      |
    8 | dkim = { domain = "b.example", selektor = "hush-hush", key = … }
      |                                ^^^^^^^^
      hint: did you mean `selector`? (keys here: domain, key, selector)

    error: there is no private key in it: it must be PEM, from BEGIN to END
      --> config.toml:8:62
      |
    8 | dkim = { domain = "b.example", selektor = "hush-hush", key = … }
      |                                                              ^
      hint: make one with `openssl genrsa -out dkim.pem 2048`, or `openssl genpkey -algorithm ed25519 -out dkim.pem`

    error: this is neither a web nor a mailto address
      --> config.toml:9:15
      |
    9 | unsubscribe = "b.example"
      |               ^^^^^^^^^^^
      hint: write "mailto:leave@example.com", or "https://example.com/leave?who={recipient}"

    3 mistakes in config.toml; nothing was started
    "#);
    assert_snapshot!(told(&email("dkim = { domain = 3, selector = \"s1\", key_file = \"nowhere.pem\" }\ntranscript = \"attached\"")), @r#"
    error: `dkim.domain` must be text in quotes
      --> config.toml:8:19
      |
    8 | dkim = { domain = 3, selector = "s1", key_file = "nowhere.pem" }
      |                   ^

    error: the file of `key_file` cannot be read: No such file or directory (os error 2)
      --> config.toml:8:50
      |
    8 | dkim = { domain = 3, selector = "s1", key_file = "nowhere.pem" }
      |                                                  ^^^^^^^^^^^^^
      hint: looked for nowhere.pem; a relative path starts at the config file's folder

    error: `transcript` cannot be `attached`
      --> config.toml:9:14
      |
    9 | transcript = "attached"
      |              ^^^^^^^^^^
      hint: did you mean `attach`? (possible: `none`, `attach`)

    3 mistakes in config.toml; nothing was started
    "#);
    assert_snapshot!(told(&email("[notifiers.e.email.dkim]\ndomain = \"b.example\"\nselector = \"s 1\"\nkey = \"${EMPTY}\"")), @r#"
    error: `s 1` is not a selector
       --> config.toml:10:12
       |
    10 | selector = "s 1"
       |            ^^^^^
      hint: write the word before `._domainkey` in DNS, such as "s1"

    error: `key` is empty
       --> config.toml:11:7
       |
    11 | key = "${EMPTY}"
       |       ^^^^^^^^^^
      hint: give it a value, remove the line, or use `key_file = "…"`

    2 mistakes in config.toml; nothing was started
    "#);
    assert_snapshot!(told(&email("dkim = \"hush-hush\"")), @"
    error: `dkim` must be a table
      --> config.toml:8:8
      |
    8 | dkim = …
      |        ^

    1 mistake in config.toml; nothing was started
    ");
}

#[test]
fn a_mistake_in_a_bundle_has_its_place_and_its_remedy() {
    let routes = r#"
[[routes]]
name = "one"
notify = ["screen"]
digest = { cron = "0 25 * * MON-FRI", timezone = "Berlin", evry = "1h" }
group = { by = "batches", wait = "2h", max = -1 }
quiet = { from = "24:00", to = 7, except = ["call.finished"] }
throttle = { max = 20 }
[[routes]]
name = "one"
notify = ["screen"]
digest = "1h"
group = 50
throttle = { max = 0, per = "1m" }
[[routes]]
notify = ["screen"]
digest = { every = "10s", cron = "0 9 31 2 *" }
[[routes]]
notify = ["screen"]
digest = { cron = "0 0 9 * * *" }
"#;
    assert_snapshot!(told(&format!("{SMALL}{routes}")), @r#"
    error: `25` is not an hour
      --> config.toml:8:19
      |
    8 | digest = { cron = "0 25 * * MON-FRI", timezone = "Berlin", evry = "1h" }
      |                   ^^^^^^^^^^^^^^^^^^
      hint: the 2nd of the 5 fields is the hour: 0-23; `*` is any; lists are written 1,3, ranges 1-3, steps */2

    error: `Berlin` is not a time zone's name
      --> config.toml:8:50
      |
    8 | digest = { cron = "0 25 * * MON-FRI", timezone = "Berlin", evry = "1h" }
      |                                                  ^^^^^^^^
      hint: did you mean `Europe/Berlin`? (names are from the IANA list, such as "Europe/Berlin")

    error: unknown key `evry` in `digest`
      --> config.toml:8:60
      |
    8 | digest = { cron = "0 25 * * MON-FRI", timezone = "Berlin", evry = "1h" }
      |                                                            ^^^^
      hint: did you mean `every`? (keys here: every, cron, timezone, always)

    error: `group.by` cannot be `batches`
      --> config.toml:9:16
      |
    9 | group = { by = "batches", wait = "2h", max = -1 }
      |                ^^^^^^^^^
      hint: did you mean `batch`? (possible: `batch`, `watch`, `outcome`, `none`)

    error: `wait` is 2h; it must be from 1s to 1h
      --> config.toml:9:34
      |
    9 | group = { by = "batches", wait = "2h", max = -1 }
      |                                  ^^^^

    error: `group.max` must be a whole number, not `-1`
      --> config.toml:9:46
      |
    9 | group = { by = "batches", wait = "2h", max = -1 }
      |                                              ^^
      hint: write `group = { by = "batch", wait = "30s", max = 50 }`

    error: `24:00` is not a time of day
       --> config.toml:10:18
       |
    10 | quiet = { from = "24:00", to = 7, except = ["call.finished"] }
       |                  ^^^^^^^
      hint: midnight is "00:00"

    error: `quiet.to` must be text in quotes, not `7`
       --> config.toml:10:32
       |
    10 | quiet = { from = "24:00", to = 7, except = ["call.finished"] }
       |                                ^
      hint: write `quiet = { from = "22:00", to = "07:00" }`

    error: `call.finished` matches none of the events
       --> config.toml:10:45
       |
    10 | quiet = { from = "24:00", to = 7, except = ["call.finished"] }
       |                                             ^^^^^^^^^^^^^^^
      hint: did you mean `call.failed`? (there are call.started, call.completed, call.failed, call.corrected, call.stuck, call.missing, batch.started, batch.progress, batch.completed, batch.stuck, watch.failing, watch.recovered, notifier.failing, notifier.recovered, delivery.missing)

    error: this throttle has no `per`
       --> config.toml:11:12
       |
    11 | throttle = { max = 20 }
       |            ^^^^^^^^^^^^
      hint: write `throttle = { max = 20, per = "1m" }`

    error: the name `one` is taken by another route with bundles
       --> config.toml:13:8
       |
    13 | name = "one"
       |        ^^^^^
      hint: what waits in a bundle is found again by this name

    error: `digest` must be a table, not `1h`
       --> config.toml:15:10
       |
    15 | digest = "1h"
       |          ^^^^
      hint: write `digest = { every = "1h" }` or `digest = { cron = "0 9 * * MON-FRI" }`

    error: `group` must be a table, not `50`
       --> config.toml:16:9
       |
    16 | group = 50
       |         ^^
      hint: write `group = { by = "batch", wait = "30s", max = 50 }`

    error: `max` is 0; it must be from 1 to 10000
       --> config.toml:17:20
       |
    17 | throttle = { max = 0, per = "1m" }
       |                    ^

    error: `every` is 10s; it must be from 1m to 31d
       --> config.toml:20:20
       |
    20 | digest = { every = "10s", cron = "0 9 31 2 *" }
       |                    ^^^^^

    error: `0 9 31 2 *` never comes
       --> config.toml:20:34
       |
    20 | digest = { every = "10s", cron = "0 9 31 2 *" }
       |                                  ^^^^^^^^^^^^
      hint: look at its day of the month and its month

    error: `0 0 9 * * *` has 6 fields
       --> config.toml:23:19
       |
    23 | digest = { cron = "0 0 9 * * *" }
       |                   ^^^^^^^^^^^^^
      hint: write 5: minute, hour, day of the month, month and weekday, such as "0 9 * * MON-FRI"; there are no seconds and no years

    17 mistakes in config.toml; nothing was started
    "#);
}

#[test]
fn what_is_kept_is_kept_for_a_day_at_least_or_forever() {
    for (retention, kept) in [
        ("\"1d\"", Ok(Some(86_400))),
        ("\"26h\"", Ok(Some(93_600))),
        ("\"forever\"", Ok(None)),
        ("\"23h59m\"", Err("must be at least 1d")),
        ("\"for ever\"", Err("not a length of time")),
        ("30", Err("text in quotes")),
    ] {
        let config = read(&format!("{SMALL}[store]\nretention = {retention}\n"));
        match kept {
            Ok(seconds) => {
                let period = config.unwrap().store.retention.period();
                assert_eq!(period.map(|period| period.std().as_secs()), seconds, "{retention}");
            }
            Err(says) => assert!(config.unwrap_err().to_string().contains(says), "{retention}"),
        }
    }
}

#[test]
fn variables_and_files_bring_secrets_and_their_absence_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("key"), "sk-from-a-file\r\n").unwrap();
    fs::write(folder.path().join("empty"), "\n").unwrap();
    fs::write(folder.path().join("binary"), [0xff, 0xfe]).unwrap();
    let read = |keys: &str| {
        let text = format!("[bland]\n{keys}\n[notifiers.screen.console]\n");
        parse(&text, "config.toml", folder.path(), &env)
    };
    for (keys, key) in [
        ("api_key = \"${BLAND_API_KEY}\"", "sk-from-the-environment"),
        ("api_key = \"a${NONE:-b}$$c${EMPTY}\"", "ab$c"),
        ("api_key_file = \"key\"", "sk-from-a-file"),
        ("api_key_file = \"${NONE:-key}\"", "sk-from-a-file"),
    ] {
        let config = read(keys).unwrap();
        assert_eq!(config.accounts["bland"].api_key.as_ref().unwrap().expose(), key, "{keys}");
        assert_eq!(config.store.url.expose(), format!("sqlite:{}/ringback.db", folder.path().display()));
    }
    for (keys, says) in [
        ("api_key = \"${NONE}\"", vec!["`api_key` needs the environment variable NONE, which is not set"]),
        ("api_key = \"${EMPTY}\"", vec!["`api_key` is empty"]),
        ("api_key = \" \"", vec!["`api_key` is empty"]),
        ("api_key = \"x${y z}\"", vec!["a `${` in `api_key` is not followed by a variable's name and `}`"]),
        ("api_key = \"k-1\"\napi_key_file = \"key\"", vec!["`api_key` and `api_key_file` are both given"]),
        (
            "api_key_file = \"none\"",
            vec!["the file of `api_key_file` cannot be read: No such file or directory (os error 2)"],
        ),
        ("api_key_file = \"empty\"", vec!["the file of `api_key_file` is empty"]),
        (
            "api_key_file = \"binary\"",
            vec!["the file of `api_key_file` cannot be read: stream did not contain valid UTF-8"],
        ),
        ("api_key_file = 5", vec!["`api_key_file` must be the path of a file, in quotes"]),
        ("api_key = 5", vec!["`api_key` must be text in quotes"]),
        (
            "base_url_file = \"key\"",
            vec!["the account `bland` is watched and has no `api_key`", "unknown key `base_url_file` in [bland]"],
        ),
        (
            "api_key = \"${A}${B}\"",
            vec![
                "`api_key` needs the environment variable A, which is not set",
                "`api_key` needs the environment variable B, which is not set",
            ],
        ),
    ] {
        let mistakes = read(keys).unwrap_err().mistakes;
        assert_eq!(mistakes.iter().map(|mistake| mistake.says.as_str()).collect::<Vec<_>>(), says, "{keys}");
    }
}

#[test]
fn a_parameter_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("token"), "123456789:AAF0123456789012345678901234567890\n").unwrap();
    let read = |params: &str| {
        let text = format!(
            "[bland]\napi_key = \"k-1\"\n[notifiers.t.webhook]\npreset = \"telegram\"\nparams = {{ chat_id = -5, {params} }}\n"
        );
        parse(&text, "config.toml", folder.path(), &env).map_err(|mistakes| mistakes.to_string())
    };
    let config = read("bot_token_file = \"token\"").unwrap();
    assert!(!format!("{config:?}").contains("AAF0123"));
    assert!(config.files.contains(&folder.path().join("token")));
    insta::assert_snapshot!(read("bot_token_file = \"none\"").unwrap_err().replace(folder.path().to_str().unwrap(), "…"), @r#"
    error: the file of `params.bot_token_file` cannot be read: No such file or directory (os error 2)
      --> config.toml:5:43
      |
    5 | params = { chat_id = …, bot_token_file = "none" }
      |                                          ^^^^^^
      hint: looked for …/none; a relative path starts at the config file's folder

    1 mistake in config.toml; nothing was started
    "#);
    insta::assert_snapshot!(read("bot_token_file = \"token\", bot_token = \"5\"").unwrap_err(), @"
    error: `params.bot_token` and `params.bot_token_file` are both given
      --> config.toml:5:26
      |
    5 | params = { chat_id = …, bot_token_file = …, bot_token = … }
      |                         ^^^^^^^^^^^^^^
      hint: keep one of the two

    1 mistake in config.toml; nothing was started
    ");
    insta::assert_snapshot!(read("bot_tokn = \"123456789:AAF0123456789\", silent = \"never\", thread_id = \"a\"").unwrap_err(), @"
    error: the preset `telegram` needs `bot_token`
      --> config.toml:5:10
      |
    5 | params = { chat_id = …, bot_tokn = …, silent = …, thread_id = … }
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      hint: the bot's token from @BotFather, such as 123456789:AAF0…

    error: the preset `telegram` has no `bot_tokn`
      --> config.toml:5:37
      |
    5 | params = { chat_id = …, bot_tokn = …, silent = …, thread_id = … }
      |                                    ^
      hint: did you mean `bot_token`? (it takes api_base, bot_token, chat_id, silent, thread_id)

    error: `silent` must be one of info, all, none
      --> config.toml:5:73
      |
    5 | params = { chat_id = …, bot_tokn = …, silent = …, thread_id = … }
      |                                                ^
      hint: which messages make no sound

    error: `thread_id` must be a whole number
      --> config.toml:5:94
      |
    5 | params = { chat_id = …, bot_tokn = …, silent = …, thread_id = … }
      |                                                               ^
      hint: the number of a topic in a forum group

    4 mistakes in config.toml; nothing was started
    ");
}

#[test]
fn a_name_has_exactly_one_kind() {
    let with = |section: &str| sentences(&format!("[bland]\napi_key = \"k-1\"\n{section}\n"));
    assert_eq!(with("[notifiers.ops]"), ["3: the notifier `ops` has no kind"]);
    assert_eq!(with("[notifiers]\nops = 3"), ["4: `ops` is not a notifier"]);
    assert_eq!(with("[notifiers.ops]\nwebhook_url = \"x\""), ["4: `webhook_url` is not a kind of notifier"]);
    assert_eq!(with("[notifiers.ops.slack]\nurl = \"x\""), ["3: `slack` is not a kind of notifier"]);
    assert_eq!(with("[[notifiers.ops.console]]"), ["3: [notifiers.ops.console] is one section, not a list"]);
    assert_eq!(
        with("[notifiers.ops.console]\n[notifiers.ops.email]\nform = \"a\""),
        [
            "4: the notifier `ops` is console already and cannot be email too",
            "5: unknown key `form` in [notifiers.ops.email]"
        ]
    );
}

#[test]
fn what_only_the_whole_file_can_tell_is_told() {
    let with = |section: &str| sentences(&format!("{SMALL}{section}\n"));
    assert_eq!(
        with("[[watches]]\nname = \"a\"\nall_calls = true\naccount = \"b\"\n[accounts.b]\n[accounts.c]"),
        ["8: the account `b` is watched and has no `api_key`"]
    );
    assert_eq!(
        with(
            "[accounts.old]\napi_key = \"k\"\napi = \"logs\"\n[[watches]]\nname = \"a\"\naccount = \"old\"\nbatches = \"all\"\nall_calls = true"
        ),
        [
            "10: `batches` needs lists, which an account with `api = \"logs\"` does not have",
            "11: `all_calls` needs lists, which an account with `api = \"logs\"` does not have"
        ]
    );
    assert_eq!(with("[accounts.bland]\napi_key = \"k\""), ["4: `bland` is the account of the section [bland]"]);
    assert_eq!(with("[accounts]\napi_key = \"k\""), ["5: `api_key` is not an account"]);
    assert_eq!(
        with("[watches]\nname = \"a\"\nall_call = true"),
        ["4: `watches` is a list", "6: unknown key `all_call` in [[watches]]"]
    );
    assert_eq!(with("[[watches]]\nall_calls = true"), ["4: a watch without a name"]);
    assert_eq!(with("[[routes]]\nnotify = [\"screen\", \"screen\"]"), ["5: `screen` is twice in `notify`"]);
    assert_eq!(
        with("[[routes]]\nnotify = [\"screen\", 5]\nwatches = [\"every*\", \"x*\"]"),
        ["5: an entry of `notify` must be text in quotes, not `5`", "6: `x*` matches no watch"]
    );
    for (zone, hint) in [
        ("New York", "did you mean `America/New_York`?"),
        ("america/new_yrok", "did you mean `America/New_York`?"),
        ("GMT+2", "write a name from the IANA list"),
        ("", "write a name from the IANA list"),
    ] {
        let mistakes = read(&format!("timezone = \"{zone}\"\n{SMALL}")).unwrap_err().mistakes;
        assert!(mistakes[0].hint.as_ref().unwrap().starts_with(hint), "{zone}: {mistakes:?}");
    }
    assert_eq!(read(&format!("timezone = \"europe/berlin\"\n{SMALL}")).unwrap().timezone_name, "Europe/Berlin");
}

#[test]
fn a_missing_file_says_how_to_begin() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let told = load(&path, &env).unwrap_err().to_string().replace(&folder.path().display().to_string(), "/etc");
    assert_snapshot!(told, @r#"
error: no config file at /etc/config.toml
  hint: `ringback config example > config.toml` writes one to start from, or try `ringback demo`

nothing was started
"#);
    assert!(load(folder.path(), &env).unwrap_err().to_string().contains("is a folder"));
    assert_eq!(find(None), Path::new("config.toml"));
    assert_eq!(find(Some(Path::new("/a/b.toml"))), Path::new("/a/b.toml"));
}

#[test]
fn columns_are_right_whatever_the_file_was_saved_with() {
    let place = |text: &str| {
        let mistakes = read(text).unwrap_err().mistakes;
        let place = mistakes.iter().find(|mistake| !mistake.says.contains("watched")).unwrap().place.clone().unwrap();
        let under: String = place.text.chars().skip(place.caret.start).take(place.caret.len()).collect();
        (place.line, place.column, under)
    };
    assert_eq!(place("\u{feff}retries = 3\n"), (1, 1, "retries".to_owned()));
    assert_eq!(place("timezone = \"UTC\"\r\nretries = 3\r\n"), (2, 1, "retries".to_owned()));
    assert_eq!(place("[bland]\n\tsettle\t= 75\n"), (2, 11, "75".to_owned()));
    assert_eq!(place("[bland]\nretries = \"…ü日\"\n"), (2, 1, "retries".to_owned()));
    assert_eq!(place("watches = [{ all_calls = true, name = \"ü日本\", inbound = 3 }]\n").1, 56);
    let tabbed = told("[bland]\n\tsettle\t= 75\n");
    assert!(tabbed.contains("2 | \tsettle\t= 75\n  | \t      \t  ^^\n"), "{tabbed}");
}

#[test]
fn files_that_are_not_utf8_are_told_where() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, b"[bland]\napi_key = \"sk-private\xff\"\n").unwrap();
    let told = load(&path, &env).unwrap_err();
    let place = told.mistakes[0].place.clone().unwrap();
    assert_eq!((place.line, place.column, place.text.as_str()), (2, 22, "api_key = …"));
    fs::write(&path, b"\xff\xfe[\0b\0").unwrap();
    assert!(load(&path, &env).unwrap_err().to_string().contains("UTF-16"));
    fs::write(&path, vec![b'#'; 5 << 20]).unwrap();
    assert!(load(&path, &env).unwrap_err().to_string().contains("too long"));
}
