//! Tests of `config` from outside: what a person sees who got a file wrong.

mod example;
mod mistakes;
mod reading;
mod secrets;
mod sections;
mod variables;

use std::path::Path;

use ringback::config::{
    Config,
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
