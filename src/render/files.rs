//! Where templates come from: the embedded files, and the folder of a team's own.

use std::path::Path;

use crate::{
    event::kind::Kind,
    model::flaw::Flaw,
    render::{
        Renderer, builtin, builtin_name, content::Content, explain::did_you_mean, languages, output::Output, preset,
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

impl Renderer {
    pub(super) fn add_builtin(&mut self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for kind in Kind::SAID {
            let name = builtin_name(&format!("{kind}.hbs"));
            match Content::compile(&mut self.engine, &name, languages::content(&self.language, kind)) {
                Ok(content) => drop(self.builtin.insert(kind, content)),
                Err(found) => flaws.extend(found),
            }
        }
        for (name, text) in builtin::layouts() {
            let output = Output::of(name).expect("built-in names tell their kind");
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
            let guess = did_you_mean(kind, &Kind::SAID.map(|kind| kind.to_string()));
            let says = format!("`{name}` is named after no event kind{guess}");
            let hint = format!(
                "content templates are {}; others end in .json.hbs, .html.hbs, .txt.hbs or .md.hbs",
                all.join(", ")
            );
            return vec![Flaw::new("", says).hint(hint)];
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
        match preset::read(name, text) {
            Ok(read) => {
                self.presets.insert(preset.to_owned(), read);
                Vec::new()
            }
            Err(flaws) => flaws,
        }
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
