//! What the fuzz targets share: notifiers of every kind, and what must hold of all that they send.

pub mod payload;

use std::{path::Path, sync::LazyLock};

use jiff::{Timestamp, tz::TimeZone};
use ringback::{
    config,
    event::Event,
    notify::{Job, Notifier, Payload},
    render::Renderer,
};

/// One notifier of each form that a message can take.
const NOTIFIERS: &str = r#"
    [bland]
    api_key = "key"
    [notifiers.console.console]
    [notifiers.crm.webhook]
    url = "https://crm.example.com/hook"
    [notifiers.masked.webhook]
    url = "https://crm.example.com/hook"
    privacy = "masked"
    [notifiers.slack.webhook]
    url = "https://hooks.slack.com/services/T0/B0/x"
    preset = "slack"
    [notifiers.discord.discord]
    webhook_url = "https://discord.com/api/webhooks/1/token"
    [notifiers.bot.discord]
    bot_token = "token"
    channel_id = "123456789012345678"
    [notifiers.mail.email]
    smtp = "smtp://127.0.0.1?tls=none"
    from = "Ringback <ringback@example.com>"
    to = ["ops@example.com"]
"#;

static WORLD: LazyLock<(Renderer, Vec<Notifier>)> = LazyLock::new(|| {
    let config = config::parse(NOTIFIERS, "config.toml", Path::new(""), &|_| None).expect("a good config");
    let mut renderer = Renderer::load(&config.templates, Path::new(""), TimeZone::UTC).expect("built-in templates");
    let build = |section| Notifier::build(section, &mut renderer).expect("a good section");
    let notifiers = config.notifiers.iter().map(build).collect();
    (renderer, notifiers)
});

/// Has TLS clients read one authority instead of all that the system trusts, which takes them most of a second.
pub fn trust_nobody() {
    // SAFETY: called before the first input, when there is but one thread.
    unsafe { std::env::set_var("SSL_CERT_FILE", concat!(env!("CARGO_MANIFEST_DIR"), "/authority.pem")) };
}

/// The moment at which everything happens.
pub fn now() -> Timestamp {
    Timestamp::from_second(1_767_225_600).expect("a moment in 2026")
}

/// What each notifier would send, checked for all that must hold whatever is in the event.
pub fn told(event: &Event) -> Vec<(&'static Notifier, Payload)> {
    let (renderer, notifiers) = &*WORLD;
    let told = notifiers.iter().map(|notifier| {
        let recipient = if notifier.kind() == "email" { "ops@example.com" } else { "" };
        let job = Job { delivery_id: "dlv_1", recipient, event, attempt: 1, now: now() };
        let payload = notifier.prepare(renderer, &job);
        assert_eq!(payload.trouble, None, "{}", notifier.name());
        payload::check(notifier.name(), &payload);
        (notifier, payload)
    });
    told.collect()
}
