//! How a team changes words and makes a language of its own, and that no helper speaks one by itself.

use std::{collections::BTreeMap, fs};

use insta::assert_snapshot;

use super::{
    languages::{load, says},
    now, shown, view,
};
use crate::{
    event::{kind::Kind, sample},
    render::{languages, privacy::Privacy},
};

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let beside = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = beside.path().join("own").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    beside
}

#[test]
fn a_language_that_is_not_there_is_refused_with_those_that_are() {
    let dir = folder(&[("fr/words.toml", "locale = 'fr'"), ("layouts/x.txt.hbs", "x")]);
    let refused = ["dee", "layouts", ""].map(|language| says(&load(language, dir.path()).unwrap_err()));
    assert_snapshot!(refused.join("\n"), @"
    language: there is no language `dee`; did you mean `de`? (there are en, de, fr; a folder `dee` with a words.toml in `dir` makes another)
    language: there is no language `layouts` (there are en, de, fr; a folder `layouts` with a words.toml in `dir` makes another)
    language: there is no language `` (there are en, de, fr; a folder `` with a words.toml in `dir` makes another)
    ");
    assert!(load("en", dir.path()).is_ok() && load("de", dir.path()).is_ok());
}

#[test]
fn files_and_words_of_the_language_come_before_a_team_s_others_and_those_before_the_built_in() {
    let dir = folder(&[
        (
            "words.toml",
            "open = 'Ansehen'\n[outcome.human]\ntitle = 'Mensch dran'\nword = 'Mensch'\ncounted = 'Menschen'",
        ),
        ("de/words.toml", "open = 'Zum Anruf'"),
        ("call.failed.hbs", "title: mine for all\n"),
        ("call.stuck.hbs", "title: mine for all\n"),
        ("de/call.stuck.hbs", "title: {{> partials/name.txt.hbs}} nur deutsch\n"),
        ("de/partials/name.txt.hbs", "Anruf"),
        ("partials/name.txt.hbs", "Call"),
        ("de/layouts/console.txt.hbs", "{{t \"open\"}}: {{message.title}}"),
        ("layouts/console.txt.hbs", "{{message.titel}}"),
        ("fr/words.toml", "locale = 'fr'"),
        ("fr/call.failed.hbs", "title: jamais\n"),
    ]);
    let renderer = load("de", dir.path()).unwrap();
    let title = |kind| shown(&renderer, "console.txt.hbs", &sample::sample(kind, now()), Privacy::Masked);
    assert_eq!(title(Kind::CallFailed), "Zum Anruf: mine for all");
    assert_eq!(title(Kind::CallStuck), "Zum Anruf: Anruf nur deutsch");
    assert_eq!(title(Kind::CallCompleted), "Zum Anruf: ⚠️ Mensch dran · +1 ••• ••• 4567".replace("⚠️", "✅"));
    assert_eq!(
        title(Kind::CallMissing),
        "Zum Anruf: 🔍 Anruf bei Bland unbekannt · c1234567-89ab-4def-8123-456789abcdef"
    );
}

#[test]
fn check_tells_what_a_translation_lacks_and_what_it_misspells() {
    let english = languages::words("en").unwrap();
    let fewer: String =
        english.lines().filter(|line| !line.starts_with("open = ")).map(|line| format!("{line}\n")).collect();
    let mut files: Vec<(String, String)> =
        Kind::SAID.iter().map(|kind| (format!("xx/{kind}.hbs"), "title: x\n".to_owned())).collect();
    files.retain(|(name, _)| !name.contains("digest"));
    files.push(("xx/words.toml".to_owned(), fewer.replace("[ago]\nnow", "[ago]\nnoww")));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert_snapshot!(says(&load("xx", folder(&files).path()).unwrap().check()), @"
    : `xx/words.toml`: nothing says `ago.noww`; did you mean `ago.now`? (words for your own templates go into the table [own])
    : `xx/words.toml` lacks words, which are said in English: ago.now, open (the built-in templates/words.toml has them all)
    : `xx` lacks digest.hbs: English is said there
    ");

    let broken = folder(&[("xx/words.toml", "locale = 'fr'\n[time]\nclock = '%J'\n"), ("words.toml", "a = \n")]);
    assert_snapshot!(says(&load("xx", broken.path()).unwrap_err()), @"
    dir: `words.toml`: TOML parse error at line 1, column 5
      |
    1 | a = 
      |     ^
    string values must be quoted, expected literal string
    dir: `xx/words.toml`: `time.clock`: cannot use the format `%J`: strftime formatting failed: found unrecognized specifier directive `J` (formats are strftime's, such as %H:%M)
    ");

    let typo = folder(&[("de/call.completd.hbs", "title: x\n")]);
    assert!(
        says(&load("de", typo.path()).unwrap_err())
            .starts_with("dir: `de/call.completd.hbs` is named after no kind of event")
    );
}

#[test]
fn a_language_of_a_team_s_own_needs_no_rust() {
    let dir = folder(&[
        (
            "pl/words.toml",
            "locale = 'pl'\n[noun.call]\none = 'rozmowa'\nfew = 'rozmowy'\nmany = 'rozmów'\nother = 'rozmowy'\n",
        ),
        (
            "pl/batch.completed.hbs",
            "title: {{plural batch.total \"call\"}}, {{plural 2 one=\"próba\" few=\"próby\" other=\"prób\"}}\n",
        ),
    ]);
    let renderer = load("pl", dir.path()).unwrap();
    let said = renderer.message(&sample::sample(Kind::BatchCompleted, now()), view(Privacy::Masked));
    assert_eq!((said.message.title.as_str(), said.trouble), ("48 rozmów, 2 próby", None));
    let data = BTreeMap::new();
    let event = sample::sample(Kind::CallFailed, now());
    let said = renderer.message(&event, view(Privacy::Masked));
    let text = renderer.layout("email.txt.hbs", &event, &said.message, view(Privacy::Masked), &data).unwrap();
    assert!(text.starts_with("❌ Call failed"), "what is not translated is English");
}

/// Words of three letters and more in the helpers' code are names of fields, helpers, arguments and keys of words.
#[test]
fn no_helper_speaks_a_language_by_itself() {
    const NAMES: &str = "advice action agent ago am assistant batch_id busy call call_failed calls canceled chars clock \
        color count counted data day day_and_year decimal direction duration email emoji ended_by end error events exact \
        failed failed_calls few first form format formed from from_to future group hour href human id in_progress \
        in_zone inbound indent key kind known likely line list_separator locale many minute moment months_long \
        more name no_answer none noun notifier now number offset one other ours outcome past patterns percent place \
        plain pm probably_human probably_voicemail reason said second share speaker start subject table text time title \
        to total two type unclassified unit units unknown unknown_number user voicemail weekdays_long who width word \
        words year zero zone kept decimals transcript started minutes seconds";
    // The beginning of Bland's errors, which is taken away.
    const TAKEN_AWAY: &str = "Call failed.";
    let names: Vec<&str> = NAMES.split_whitespace().flat_map(|name| name.split(['_', '.'])).collect();
    let literal = regex::Regex::new(r#""((?:[^"\\]|\\.)*)""#).unwrap();
    let word = regex::Regex::new(r"\p{L}{3,}").unwrap();
    // What is said to those who write templates is no message.
    let error = regex::Regex::new(r#"(?s)(Err\(|ok_or(_else)?\(|map_err\(|expect\()[^;]*?\)\)?[;,?\n]"#).unwrap();
    let mut found = Vec::new();
    for (file, source) in [
        ("calls.rs", include_str!("../helpers/calls.rs")),
        ("text.rs", include_str!("../helpers/text.rs")),
        ("values.rs", include_str!("../helpers/values.rs")),
        ("words.rs", include_str!("../helpers/words.rs")),
        ("../why.rs", include_str!("../why.rs")),
        ("../words/mod.rs", include_str!("../words/mod.rs")),
        ("../words/time.rs", include_str!("../words/time.rs")),
    ] {
        let code = source.split("#[cfg(test)]").next().unwrap();
        let code: String =
            code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
        for text in literal.captures_iter(&error.replace_all(&code.replace(TAKEN_AWAY, ""), "")) {
            let words = word.find_iter(&text[1]).map(|word| word.as_str().to_owned());
            found.extend(words.filter(|word| !names.contains(&word.as_str())).map(|word| format!("{file}: {word}")));
        }
    }
    assert_eq!(found, [""; 0]);
}
