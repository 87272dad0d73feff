//! Files that are missing, empty, broken, or written in another way than most.

use std::{fs, path::Path};

use insta::assert_snapshot;
use ringback::config::{find, load};

use super::{env, read, told};

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
