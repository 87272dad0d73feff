//! Lists the files of `templates/` for the compiler, so that a new one is embedded by being there.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo names the package's folder"));
    let mut files = Vec::new();
    collect(&root.join("templates"), "", &mut files);
    files.sort();
    let rows: String = files
        .iter()
        .map(|(name, path)| format!("    ({name:?}, include_str!({:?})),\n", path.display().to_string()))
        .collect();
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo names the folder for generated files"));
    fs::write(out.join("templates.rs"), format!("&[\n{rows}]\n")).expect("write the list of templates");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=templates");
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) {
    for entry in fs::read_dir(folder).expect("read a folder of templates") {
        let path = entry.expect("read a folder of templates").path();
        let Some(file) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = format!("{prefix}{file}");
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files);
        } else if name.ends_with(".hbs") || name.ends_with(".toml") {
            files.push((name, path));
        }
    }
}
