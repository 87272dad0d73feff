//! Whose form a message is shown in: a notifier of the config, or one made up for the look of it.

use crate::{
    app::Parts,
    cli::say::Failure,
    model::{flaw::Flaw, near::closest, secret::Secret},
    notify::{
        Notifier,
        common::Common,
        config::{Config, Kind},
        console, discord, email, webhook,
    },
    render::Renderer,
};

/// The forms that need no config, besides presets.
pub(super) const PLAIN: [&str; 4] = ["console", "discord", "email", "webhook"];

/// A notifier of the config by its name, or a form; without a name, the console.
pub(super) fn notifier(name: Option<&str>, parts: &mut Parts) -> Result<Notifier, Failure> {
    let name = name.unwrap_or("console");
    if let Some(index) = parts.notifiers.iter().position(|notifier| notifier.name() == name) {
        return Ok(parts.notifiers.swap_remove(index));
    }
    let Some(kind) = made_up(name, &parts.renderer) else { return Err(unknown(name, parts)) };
    let config = Config { name: name.to_owned(), common: Common::default(), kind };
    let built = Notifier::build(&config, &mut parts.renderer);
    built.map_err(|flaws| Failure::flaws(&flaws.into_iter().map(with_remedy).collect::<Vec<_>>()))
}

/// What does not fit was made up here, and not by whoever reads it.
fn with_remedy(flaw: Flaw) -> Flaw {
    match flaw.path.strip_prefix("params.").map(str::to_owned) {
        Some(name) => flaw.hint(format!("write a `sample` that fits into the preset's [params.{name}]")),
        None => flaw,
    }
}

/// Settings with which a form can be built; nothing is ever sent there.
fn made_up(name: &str, renderer: &Renderer) -> Option<Kind> {
    Some(match name {
        "console" => Kind::Console(console::Config::default()),
        "discord" => Kind::Discord(discord::config::Config {
            webhook_url: Some(Secret::new("https://discord.com/api/webhooks/1/sample")),
            ..Default::default()
        }),
        "email" => Kind::Email(email::Config {
            smtp: Some(Secret::new("smtps://localhost")),
            from: "Ringback <ringback@example.com>".to_owned(),
            to: vec!["you@example.com".to_owned()],
            ..Default::default()
        }),
        "webhook" => Kind::Webhook(webhook::config::Config {
            url: Some(Secret::new("https://example.com/hook")),
            ..Default::default()
        }),
        preset => {
            let known = renderer.preset(preset)?;
            let begin = known.url_prefixes.first().map_or("https://example.com/", String::as_str);
            Kind::Webhook(webhook::config::Config {
                url: known.url.is_none().then(|| Secret::new(format!("{begin}sample"))),
                preset: Some(preset.to_owned()),
                params: webhook::params::made_up(known),
                ..Default::default()
            })
        }
    })
}

/// Every form that needs no config.
pub(super) fn all(renderer: &Renderer) -> Vec<String> {
    PLAIN.into_iter().chain(renderer.preset_names()).map(str::to_owned).collect()
}

fn unknown(name: &str, parts: &Parts) -> Failure {
    let configured: Vec<&str> = parts.notifiers.iter().map(Notifier::name).collect();
    let forms = all(&parts.renderer);
    let meant = closest(name, configured.iter().copied().chain(forms.iter().map(String::as_str)));
    let mut lines = vec![format!("there is no notifier `{name}`")];
    lines.extend(meant.map(|meant| format!("  hint: did you mean `{meant}`?")));
    if !configured.is_empty() {
        lines.push(format!("  hint: the notifiers of the config are {}", configured.join(", ")));
    }
    lines.push(format!("  hint: forms that need no config are {}", forms.join(", ")));
    Failure::usage(lines.join("\n"))
}
