//! Relative paths in the config start at the file's folder, not where the program happens to run.

use std::path::{Path, PathBuf};

use crate::{
    notify::{self, config::Kind},
    render,
};

/// `sqlite:FILE` with its file put below `beside`; anything else is left as it is.
pub(super) fn store_url(url: &str, beside: &Path) -> Option<String> {
    let rest = url.strip_prefix("sqlite:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (file, parameters) = rest.split_once('?').map_or((rest, None), |(file, more)| (file, Some(more)));
    if file.is_empty() || file == ":memory:" || Path::new(file).is_absolute() || beside.as_os_str().is_empty() {
        return None;
    }
    let path = beside.join(file);
    let parameters = parameters.map(|more| format!("?{more}")).unwrap_or_default();
    Some(format!("sqlite:{}{parameters}", path.to_str()?))
}

fn rebase(path: &mut PathBuf, beside: &Path) {
    *path = beside.join(&*path);
}

/// The files that a notifier names; templates are looked up where it is built.
pub(super) fn rebase_notifier(notifier: &mut notify::config::Config, beside: &Path) {
    if let Kind::Email(email) = &mut notifier.kind
        && let Some(file) = &mut email.ca_file
    {
        rebase(file, beside);
    }
}

/// Everything but the config file that a config is made of: `secrets`, certificates, templates.
pub(super) fn read_besides(
    mut secrets: Vec<PathBuf>,
    notifiers: &[notify::config::Config],
    templates: &render::config::Config,
    beside: &Path,
) -> Vec<PathBuf> {
    for notifier in notifiers {
        if let Kind::Email(email) = &notifier.kind {
            secrets.extend(email.ca_file.clone());
        }
        secrets.extend(notifier.common.template.as_ref().map(|name| beside.join(name)));
    }
    secrets.extend(templates.dir.as_ref().map(|dir| beside.join(dir)));
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_file_is_looked_for_beside_the_config() {
        for (url, beside, expect) in [
            ("sqlite:ringback.db", "/etc/ringback", Some("sqlite:/etc/ringback/ringback.db")),
            ("sqlite://data/r.db?mode=rwc", "/a", Some("sqlite:/a/data/r.db?mode=rwc")),
            ("sqlite:r.db", "/50%#", Some("sqlite:/50%#/r.db")),
            ("sqlite:r.db", "", None),
            ("sqlite::memory:", "/a", None),
            ("sqlite:///var/r.db", "/a", None),
            ("postgres://host/db", "/a", None),
        ] {
            assert_eq!(store_url(url, Path::new(beside)).as_deref(), expect, "{url}");
        }
    }
}
