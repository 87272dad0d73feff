//! Reload: on SIGHUP, and on save where the config asks for it, the config file is loaded again. A
//! good one takes the place of what runs; a bad one is reported, and everything stays as it is.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{signal::unix::Signal, sync::mpsc, task, time};
use xxhash_rust::xxh3::xxh3_64;

use crate::{
    app::{self, App, Parts},
    config::{self, Config},
    model::flaw::Flaw,
    store::Store,
};

/// How often files are looked at. A change is taken up when two looks agree, so that an editor or
/// a copy that is still writing is left to finish.
const LOOK: Duration = Duration::from_secs(1);
/// No file that a config is made of is longer.
const LONGEST: u64 = 4 << 20;

/// What is to take the place of what runs.
#[derive(Debug)]
pub struct Renewal {
    pub app: App,
    /// What has changed, for the log.
    pub says: String,
}

/// Waits for reasons to load the config again.
#[derive(Debug)]
pub struct Reloader {
    file: PathBuf,
    env: fn(&str) -> Option<String>,
    /// As it runs.
    config: Config,
    /// What its files held when it was loaded.
    seen: Look,
    /// What was wrong with the file when it was last loaded.
    refused: Option<String>,
}

/// What files hold, told apart by hashes; none for what cannot be read.
type Look = Vec<Option<u64>>;

impl Reloader {
    /// `file` is what `config` was loaded from just now, with variables from `env`.
    pub fn new(file: PathBuf, env: fn(&str) -> Option<String>, config: Config) -> Self {
        let seen = look(&paths(&file, &config));
        Self { file, env, config, seen, refused: None }
    }

    /// Hands over a renewal on `store` for each good reload, for ever.
    pub async fn run(mut self, store: Store, mut hangups: Signal, renewing: mpsc::Sender<Renewal>) -> Infallible {
        let mut last = self.seen.clone();
        loop {
            let asked = tokio::select! {
                Some(()) = hangups.recv() => true,
                () = time::sleep(LOOK), if self.config.server.reload => false,
                else => return std::future::pending().await,
            };
            let now = self.look().await;
            let settled = now == last;
            last = now;
            // A file that was refused may have lacked a secret that is there by now.
            let worth = settled && (last != self.seen || self.refused.is_some());
            if !asked && !worth {
                continue;
            }
            self.seen.clone_from(&last);
            if let Some(renewal) = self.load(&store, asked).await {
                // Nobody receives any more when the program ends.
                renewing.send(renewal).await.ok();
                // Other files may matter now; the file itself may have been saved again meanwhile.
                let mut now = self.look().await;
                if let (Some(now), Some(loaded)) = (now.first_mut(), last.first()) {
                    *now = *loaded;
                }
                self.seen.clone_from(&now);
                last = now;
            }
        }
    }

    /// Loads the file, and reports what is wrong with it: always when it was `asked` for, else once.
    async fn load(&mut self, store: &Store, asked: bool) -> Option<Renewal> {
        let (file, env) = (self.file.clone(), self.env);
        let read = task::spawn_blocking(move || read(&file, &env)).await;
        let read = read.map_err(|panic| panic.to_string()).and_then(|read| read);
        match read.and_then(|(config, parts)| self.renewal(store, config, parts)) {
            Ok(renewal) => {
                self.refused = None;
                Some(renewal)
            }
            Err(wrong) => {
                if asked || self.refused.as_ref() != Some(&wrong) {
                    let file = self.file.display();
                    tracing::error!("The running config stays, as {file} cannot be loaded again:\n{wrong}");
                }
                self.refused = Some(wrong);
                None
            }
        }
    }

    fn renewal(&mut self, store: &Store, config: Config, parts: Parts) -> Result<Renewal, String> {
        if config.store.url.expose() != self.config.store.url.expose() {
            return Err("error: `url` in [store] has changed, which takes a restart".to_owned());
        }
        let app = App::build_on(store.clone(), &config, parts, None);
        let app = app.map_err(|error| format!("error: {error:#}"))?;
        let says = format!("Loaded {} again: {}", self.file.display(), changes(&self.config, &config));
        self.config = config;
        Ok(Renewal { app, says })
    }

    /// Looks at the config file and at all that it is made of besides.
    async fn look(&self) -> Look {
        let paths = paths(&self.file, &self.config);
        task::spawn_blocking(move || look(&paths)).await.unwrap_or_default()
    }
}

fn paths(file: &Path, config: &Config) -> Vec<PathBuf> {
    [file.to_owned()].into_iter().chain(config.files.iter().cloned()).collect()
}

/// Reads and checks everything, as `check` does; the error has every mistake.
fn read(file: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<(Config, Parts), String> {
    // Reading a pipe again would wait for ever.
    if fs::metadata(file).is_ok_and(|file| !file.is_file() && !file.is_dir()) {
        return Err("error: it is a pipe or device, which can be read only once".to_owned());
    }
    let said = |flaws: &[Flaw]| flaws.iter().map(Flaw::to_string).collect::<Vec<_>>().join("\n");
    let config = config::load(file, env).map_err(|mistakes| mistakes.with_end("nothing was changed").to_string())?;
    let parts = app::assemble(&config).map_err(|flaws| said(&flaws))?;
    let flaws = parts.renderer.check();
    if flaws.is_empty() { Ok((config, parts)) } else { Err(said(&flaws)) }
}

/// What a new config has more or less than the old one, in a few words.
fn changes(old: &Config, new: &Config) -> String {
    let routes = match (old.routes.len(), new.routes.len()) {
        (_, 0) => "the default routes".to_owned(),
        (0, new) => format!("{} (in place of the default ones)", count(new, "route", "routes")),
        (old, new) if old == new => count(new, "route", "routes"),
        (old, new) => format!("{} (were {old})", count(new, "route", "routes")),
    };
    [
        named(("watch", "watches"), &watches(old), &watches(new)),
        named(("notifier", "notifiers"), &notifiers(old), &notifiers(new)),
        routes,
    ]
    .join(", ")
}

/// `3 notifiers (new: ops; gone: team)`.
fn named((one, many): (&str, &str), old: &BTreeSet<&str>, new: &BTreeSet<&str>) -> String {
    let list = |word: &str, names: Vec<&str>| (!names.is_empty()).then(|| format!("{word}: {}", names.join(", ")));
    let added = list("new", new.difference(old).copied().collect());
    let gone = list("gone", old.difference(new).copied().collect());
    let notes: Vec<String> = added.into_iter().chain(gone).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
    count(new.len(), one, many) + &notes
}

fn count(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

fn watches(config: &Config) -> BTreeSet<&str> {
    config.watches.iter().map(|watch| watch.name.as_str()).collect()
}

fn notifiers(config: &Config) -> BTreeSet<&str> {
    config.notifiers.iter().map(|notifier| notifier.name.as_str()).collect()
}

fn look(paths: &[PathBuf]) -> Look {
    let mut found = Vec::new();
    paths.iter().for_each(|path| look_into(path, &mut found));
    found
}

/// Hashes a file, or every file in a folder. Links are followed, as Kubernetes mounts config by
/// them; folders that are hidden hold its earlier versions.
fn look_into(path: &Path, found: &mut Look) {
    let Ok(kind) = fs::metadata(path) else { return found.push(None) };
    if kind.is_dir() {
        let mut inside: Vec<PathBuf> =
            fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        inside.sort();
        let hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        for path in inside.iter().filter(|path| !hidden(path)) {
            found.push(Some(xxh3_64(path.as_os_str().as_encoded_bytes())));
            if !path.is_symlink() || path.is_file() {
                look_into(path, found);
            }
        }
    } else {
        // Of pipes and devices only that they are there.
        let text = if kind.is_file() { whole(path) } else { Some(Vec::new()) };
        found.push(text.map(|text| xxh3_64(&text)));
    }
}

fn whole(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_change_of_any_file_is_seen_however_it_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| fs::write(at(name), text).unwrap();
        fs::create_dir_all(at("v1/layouts")).unwrap();
        fs::create_dir_all(at("v2/layouts")).unwrap();
        write("v1/config.toml", "a");
        write("v2/config.toml", "b");
        write("v1/layouts/x.hbs", "x");
        // As in a mounted config map: a link to a file behind a link to a folder that is exchanged.
        symlink("v1", at("..data")).unwrap();
        symlink("..data/config.toml", at("config.toml")).unwrap();
        write("secret", "1");
        let paths = [at("config.toml"), at("secret"), at("v1")];
        let mut before = look(&paths);
        let mut changed = |what: &str, expected: bool| {
            let now = look(&paths);
            assert_eq!(now != before, expected, "{what}");
            before = now;
        };
        changed("nothing", false);
        write("secret", "1");
        changed("written again", false);
        write("secret", "2");
        changed("other text", true);
        write("new", "3");
        fs::rename(at("new"), at("secret")).unwrap();
        changed("renamed into place", true);
        fs::remove_file(at("..data")).unwrap();
        symlink("v2", at("..data")).unwrap();
        changed("another version of a config map", true);
        write("v1/layouts/y.hbs", "x");
        changed("a template more", true);
        fs::rename(at("v1/layouts/y.hbs"), at("v1/layouts/z.hbs")).unwrap();
        changed("a template by another name", true);
        fs::remove_file(at("secret")).unwrap();
        changed("a file that is gone", true);
    }

    #[test]
    fn what_changed_is_said_in_a_few_words() {
        let config = |text: &str| {
            let text = format!("[bland]\napi_key = \"k\"\n{text}");
            config::parse(&text, "config.toml", Path::new(""), &|_| None).unwrap()
        };
        let old = config("[notifiers.a.console]\n[notifiers.b.console]\n");
        let new = config(
            "[notifiers.b.console]\n[notifiers.c.console]\n[notifiers.d.console]\n[[watches]]\nname = \"w\"\nall_calls = true\n\
             [[routes]]\nnotify = [\"b\"]\n",
        );
        assert_eq!(changes(&old, &old), "1 watch, 2 notifiers, the default routes");
        assert_eq!(
            changes(&old, &new),
            "1 watch (new: w; gone: everything), 3 notifiers (new: c, d; gone: a), 1 route (in place of the default ones)"
        );
    }
}
