//! Where templates come from: the embedded files, and the folder of a team's own.

use std::path::{Path, PathBuf};

use crate::{
    event::kind::Kind,
    model::flaw::Flaw,
    render::{
        Renderer, builtin, builtin_name,
        content::Content,
        explain::{self, Words},
        languages,
        output::Output,
        preset, syntax,
    },
};

/// More than any template has.
const MAX_FILE: u64 = 1024 * 1024;

/// A folder with more in it, such as `/`, was not meant.
const MAX_ENTRIES: usize = 2_000;

pub(super) fn read(path: &Path) -> Result<String, String> {
    let fail = |error: std::io::Error| format!("cannot read template `{}`: {error}", path.display());
    if std::fs::metadata(path).map_err(fail)?.len() > MAX_FILE {
        return Err(format!("template `{}` is larger than {MAX_FILE} bytes", path.display()));
    }
    std::fs::read_to_string(path).map_err(fail)
}

/// Templates and presets in a folder and the folders in it, by their names relative to it, in order.
pub(super) fn under(dir: &Path) -> Result<Vec<(String, String)>, String> {
    let mut files = Vec::new();
    collect(dir, "", &mut 0, &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(dir: &Path, prefix: &str, seen: &mut usize, files: &mut Vec<(String, String)>) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("cannot read folder `{}`: {error}", dir.display());
    for entry in std::fs::read_dir(dir).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        *seen += 1;
        if *seen > MAX_ENTRIES {
            return Err(format!(
                "more than {MAX_ENTRIES} files up to folder `{}`: this is no folder of templates",
                dir.display()
            ));
        }
        let Ok(file_name) = entry.file_name().into_string() else { continue };
        let name = format!("{prefix}{file_name}");
        // Kubernetes mounts keep older versions in hidden folders; a link is followed for files only.
        if file_name.starts_with('.') {
            continue;
        }
        if entry.file_type().map_err(fail)?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), seen, files)?;
        } else if name.ends_with(".hbs") || name.ends_with(".toml") {
            files.push((name, read(&entry.path())?));
        }
    }
    Ok(())
}

/// Files that a notifier could use as its own template.
pub(super) fn natives<'a>(folders: impl Iterator<Item = &'a PathBuf>) -> Vec<String> {
    let here = |folder: &PathBuf| if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.clone() };
    let entries = folders.filter_map(|folder| std::fs::read_dir(here(folder)).ok()).flatten().take(MAX_ENTRIES);
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|name| Output::of(name).is_some()).collect()
}

impl Renderer {
    pub(super) fn add_builtin(&mut self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for kind in Kind::SAID {
            let file = format!("{kind}.hbs");
            let name = builtin_name(&file);
            let text = languages::content(&self.language, kind);
            self.engine.open(&name, text, &builtin_file(&languages::file(&self.language, &file)));
            match Content::compile(&mut self.engine, &name, text) {
                Ok(content) => drop(self.builtin.insert(kind, content)),
                Err(found) => flaws.extend(found),
            }
        }
        for (name, text) in builtin::layouts() {
            let output = Output::of(name).expect("built-in names tell their kind");
            self.engine.open(&builtin_name(name), text, &builtin_file(name));
            flaws.extend(self.engine.add(output, &builtin_name(name), text));
        }
        for (name, text) in builtin::presets() {
            flaws.extend(self.add_preset(name, &format!("presets/{name}.toml"), text));
        }
        flaws
    }

    /// Takes in a team's folder: first what is for all languages, then the folder of the one that is wanted.
    pub(super) fn add_all_own(&mut self, own: &[(String, String)]) -> Vec<Flaw> {
        let (of_languages, for_all): (Vec<_>, Vec<_>) =
            own.iter().partition(|(name, _)| self.folder(name, own).is_some());
        let wanted = of_languages.into_iter().filter(|(name, _)| self.folder(name, own) == Some(&self.language));
        let all: Vec<_> = for_all.into_iter().chain(wanted).collect();
        all.into_iter().flat_map(|(name, text)| self.add_own(name, text)).collect()
    }

    fn folder<'n>(&self, name: &'n str, own: &[(String, String)]) -> Option<&'n str> {
        languages::folder(name, &self.language, own)
    }

    /// Takes in one file of a team's folder, as its name says.
    pub(super) fn add_own(&mut self, path: &str, text: &str) -> Vec<Flaw> {
        let name = path.strip_prefix(&format!("{}/", self.language)).unwrap_or(path);
        let shown = self.shown(path);
        for known in [path, name] {
            self.engine.open(known, text, &shown);
        }
        let flaws = if let Some(preset) = name.strip_prefix("presets/").and_then(|name| name.strip_suffix(".toml")) {
            self.add_preset(preset, path, text)
        } else if let Some(output) = Output::of(name) {
            let mut flaws = self.engine.add(output, path, text);
            // Those that include it do not know of languages.
            if flaws.is_empty() && name != path && !name.starts_with("layouts/") && !name.starts_with("presets/") {
                flaws.extend(self.engine.add(output, name, text));
            }
            flaws
        } else if name.starts_with("partials/") {
            // Content templates include these in titles and facts as well as in bodies.
            let mut flaws = self.engine.add(Output::Text, name, text);
            flaws.extend(self.engine.add(Output::Body, name, text));
            flaws
        } else if let Some(kind) = name.strip_suffix(".hbs") {
            self.add_content(kind, path, text)
        } else {
            Vec::new()
        };
        flaws.into_iter().map(|flaw| flaw.under("dir")).collect()
    }

    fn add_content(&mut self, kind: &str, name: &str, text: &str) -> Vec<Flaw> {
        let Ok(kind) = kind.parse::<Kind>() else {
            let all: Vec<String> = Kind::SAID.iter().map(|kind| format!("{kind}.hbs")).collect();
            let flaw = Flaw::new("", format!("`{name}` is named after no kind of event"));
            let others = "others end in .json.hbs, .html.hbs, .txt.hbs or .md.hbs, or are in partials/";
            return vec![match explain::near(name, &all) {
                Some(meant) => flaw.hint(format!("{}\n{others}", explain::did_you_mean(meant))),
                None => flaw.hint(format!("content templates are {};\n{others}", all.join(", "))),
            }];
        };
        match Content::compile(&mut self.engine, name, text) {
            Ok(content) => {
                self.own.insert(kind, content);
                Vec::new()
            }
            Err(flaws) => flaws,
        }
    }

    fn add_preset(&mut self, preset: &str, name: &str, text: &str) -> Vec<Flaw> {
        match preset::read::read(name, text) {
            Ok(read) => {
                self.presets.insert(preset.to_owned(), read);
                Vec::new()
            }
            Err(mistakes) => {
                self.engine.open(name, text, &self.shown(name));
                mistakes.into_iter().map(|mistake| self.preset_flaw(name, text, mistake)).collect()
            }
        }
    }

    fn preset_flaw(&self, name: &str, text: &str, mistake: preset::read::Mistake) -> Flaw {
        let words = mistake.hint.into_iter().fold(Words::new(mistake.says), Words::remedy);
        let words = mistake.token.iter().fold(words, |words, token| words.about(token));
        self.engine.flaw(name, syntax::spot(text, mistake.at), &words)
    }

    /// A file of the team's as people find it.
    fn shown(&self, name: &str) -> String {
        self.dir.as_ref().map_or_else(|| name.to_owned(), |dir| dir.join(name).display().to_string())
    }

    /// Presets whose body is nowhere.
    pub(super) fn check_presets(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for (preset, template) in self.presets.iter().map(|(name, preset)| (name, &preset.template)) {
            let says = match Output::of(template) {
                None => format!("`presets/{preset}.toml`: `{template}` does not end in .json.hbs, .txt.hbs or .md.hbs"),
                Some(output)
                    if [template, &builtin_name(template)].iter().any(|name| self.engine.has(output, name)) =>
                {
                    continue;
                }
                Some(_) => format!("`presets/{preset}.toml`: there is no template `{template}`"),
            };
            let hint = format!("write the body into presets/{preset}.json.hbs beside it, or name another `template`");
            flaws.push(Flaw::new("", says).hint(hint));
        }
        flaws
    }
}

fn builtin_file(name: &str) -> String {
    format!("templates/{name} (built in)")
}
