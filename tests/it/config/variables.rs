//! What stands in variables and in files of its own.

use std::fs;

use insta::assert_snapshot;
use ringback::config::parse;

use super::env;

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
    assert_snapshot!(read("bot_token_file = \"none\"").unwrap_err().replace(folder.path().to_str().unwrap(), "…"), @r#"
    error: the file of `params.bot_token_file` cannot be read: No such file or directory (os error 2)
      --> config.toml:5:43
      |
    5 | params = { chat_id = …, bot_token_file = "none" }
      |                                          ^^^^^^
      hint: looked for …/none; a relative path starts at the config file's folder

    1 mistake in config.toml; nothing was started
    "#);
    assert_snapshot!(read("bot_token_file = \"token\", bot_token = \"5\"").unwrap_err(), @"
    error: `params.bot_token` and `params.bot_token_file` are both given
      --> config.toml:5:26
      |
    5 | params = { chat_id = …, bot_token_file = …, bot_token = … }
      |                         ^^^^^^^^^^^^^^
      hint: keep one of the two

    1 mistake in config.toml; nothing was started
    ");
    assert_snapshot!(read("bot_tokn = \"123456789:AAF0123456789\", silent = \"never\", thread_id = \"a\"").unwrap_err(), @"
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
