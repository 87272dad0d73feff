//! Mistakes within one section: their place, and their remedy.

use insta::assert_snapshot;

use super::{SMALL, read, told};

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
