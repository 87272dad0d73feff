//! Messages in German, and in a language that a team made itself, by the real binary.

use std::fs;

use tempfile::TempDir;

use super::{folder, run};

const SCREEN: &str = "timezone = \"Europe/Berlin\"\n[bland]\napi_key = \"k\"\n[notifiers.screen.console]\n";

fn with_templates(templates: &str) -> TempDir {
    folder(&format!("{SCREEN}[templates]\n{templates}\n"))
}

fn write(folder: &TempDir, name: &str, text: &str) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn german_is_a_line_of_config() {
    let folder = with_templates("language = \"de\"");
    let (code, said, error) = run(&folder, &["render", "call.failed"]);
    assert_eq!(code, 0, "{error}");
    assert!(said.contains("❌ Anruf fehlgeschlagen · Nummer nicht vergeben · +1 ••• ••• 4567"), "{said}");
    assert!(said.contains("Nummer prüfen oder aus der Liste nehmen"), "{said}");
    assert!(said.contains("MEZ") || said.contains("MESZ"), "{said}");
}

#[test]
fn a_team_s_own_language_is_a_folder() {
    let folder = with_templates("language = \"fr\"\ndir = \"ours\"");
    write(&folder, "ours/fr/call.failed.hbs", "title: Appel échoué · {{why call.error}} · {{party call}}\n");
    let words = "locale = \"fr\"\n[error.number_not_found]\nreason = \"numéro inconnu\"\nadvice = \"Vérifiez-le.\"\n";
    write(&folder, "ours/fr/words.toml", words);
    let (code, said, error) = run(&folder, &["render", "call.failed"]);
    assert_eq!(code, 0, "{error}");
    assert!(said.contains("Appel échoué · numéro inconnu · +1 ••• ••• 4567"), "{said}");

    // What is not translated yet is named, and said in English meanwhile.
    let (code, said, _) = run(&folder, &["render", "call.stuck"]);
    assert!(code == 0 && said.contains("⏳ Call stuck"), "{said}");
    let (code, _, said) = run(&folder, &["check"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("`fr/words.toml` lacks words") && said.contains("`fr` lacks call.started.hbs"), "{said}");
}

#[test]
fn a_misspelt_language_is_told_with_its_line() {
    let folder = with_templates("language = \"german\"");
    let (code, _, said) = run(&folder, &["check"]);
    assert_eq!(code, 2);
    assert!(said.contains("there is no language `german`") && said.contains("there are en, de"), "{said}");
    assert!(said.contains("config.toml:6:"), "{said}");
}
