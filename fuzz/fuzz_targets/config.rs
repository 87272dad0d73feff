//! Whatever stands in a config file: every mistake has its place, and none shows a secret.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use ringback::config::{self, mistakes::Mistakes};
use toml::{Table, Value};

/// What variables hold; it must never be shown.
const FROM_ENV: &str = "hxqz4vn81k";

/// Stands in the corpus where keys, tokens and secret addresses do.
const IN_FILE: &str = "wjpf73mzt2";

/// Keys that hold nothing but secrets, in whatever section.
const SECRET: [&str; 7] = ["api_key", "encrypted_key", "bot_token", "webhook_url", "smtp", "secret", "token"];

fuzz_target!(init: ringback_fuzz::trust_nobody(), |text: &str| {
    let env = |name: &str| (!name.starts_with("UNSET")).then(|| format!("{FROM_ENV}/{name}"));
    // A folder that does not exist: nothing of this machine is read by relative paths.
    let Err(mistakes) = config::parse(text, "config.toml", Path::new("/nonexistent"), &env) else { return };
    let told = format!("{mistakes}\n{mistakes:?}");
    assert!(text.contains(FROM_ENV) || !told.contains(FROM_ENV), "{told}");
    if hides(text) {
        assert!(!told.contains(IN_FILE), "{told}");
    }
    check(text, &mistakes);
});

fn check(text: &str, mistakes: &Mistakes) {
    assert!(!mistakes.mistakes.is_empty());
    let lines = text.split('\n').count();
    let mut without_place = 0;
    for mistake in &mistakes.mistakes {
        assert!(!mistake.says.is_empty());
        let Some(place) = &mistake.place else {
            without_place += 1;
            continue;
        };
        assert!((1..=lines).contains(&place.line) && place.column >= 1, "{place:?}");
        let width = place.text.chars().count();
        assert!(width <= 130 && place.caret.start <= place.caret.end && place.caret.end <= width, "{place:?}");
    }
    // Only what is missing from the whole file has none: notifiers, and the account's key.
    assert!(without_place <= 2, "{mistakes}");
    assert!(!mistakes.to_string().contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')));
}

/// Whether the secret stands in the file only where every reader can see that it is one.
fn hides(text: &str) -> bool {
    match text.parse::<Table>() {
        Ok(table) => table.iter().all(|(key, value)| is_hidden(key, value)),
        Err(_) => text.lines().filter(|line| line.contains(IN_FILE)).all(|line| {
            let key = line.split('=').next().unwrap_or_default();
            SECRET.contains(&key.trim()) && !key.contains(IN_FILE)
        }),
    }
}

fn is_hidden(key: &str, value: &Value) -> bool {
    let holds = |text: &str| text.contains(IN_FILE);
    !holds(key)
        && match value {
            Value::Table(table) => table.iter().all(|(key, value)| is_hidden(key, value)),
            Value::Array(items) => items.iter().all(|item| is_hidden(key, item)),
            Value::String(text) => SECRET.contains(&key) || !holds(text),
            _ => true,
        }
}
