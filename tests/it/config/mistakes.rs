//! All mistakes of a file, and those that only the whole of it can tell.

use insta::assert_snapshot;

use super::{SMALL, read, sentences, told};

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
