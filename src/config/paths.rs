//! Relative paths in the config start at the file's folder, not where the program happens to run.

use std::path::{Path, PathBuf};

/// `sqlite:FILE` with its file put below `beside`; anything else is left as it is.
pub(super) fn store_url(url: &str, beside: &Path) -> Option<String> {
    let rest = url.strip_prefix("sqlite:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (file, parameters) = rest.split_once('?').map_or((rest, None), |(file, more)| (file, Some(more)));
    if file.is_empty() || file == ":memory:" || Path::new(file).is_absolute() || beside.as_os_str().is_empty() {
        return None;
    }
    // The file's part of the URL is percent-decoded when it is opened, so the folder has to be encoded.
    let folder = beside.to_str()?.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    let path = Path::new(&folder).join(file);
    let parameters = parameters.map(|more| format!("?{more}")).unwrap_or_default();
    Some(format!("sqlite:{}{parameters}", path.to_str()?))
}

pub(super) fn rebase(path: &mut PathBuf, beside: &Path) {
    *path = beside.join(&*path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_file_is_looked_for_beside_the_config() {
        for (url, beside, expect) in [
            ("sqlite:ringback.db", "/etc/ringback", Some("sqlite:/etc/ringback/ringback.db")),
            ("sqlite://data/r.db?mode=rwc", "/a", Some("sqlite:/a/data/r.db?mode=rwc")),
            ("sqlite:r.db", "/50%?", Some("sqlite:/50%25%3F/r.db")),
            ("sqlite:r.db", "", None),
            ("sqlite::memory:", "/a", None),
            ("sqlite:///var/r.db", "/a", None),
            ("postgres://host/db", "/a", None),
        ] {
            assert_eq!(store_url(url, Path::new(beside)).as_deref(), expect, "{url}");
        }
    }
}
