//! Secrets stay hidden whatever is wrong with the file, and hostile text does no harm.

use std::fs;

use proptest::prelude::*;
use ringback::config::parse;

use super::{
    VARIABLES, env,
    example::{folder, full_example},
    told,
};

#[test]
fn hostile_text_is_refused_soon_and_shortly() {
    let many = |line: &str| line.repeat((1 << 20) / line.len());
    let numbered: String = (0..60_000).map(|number| format!("k{number} = {number}\n")).collect();
    for text in [
        many("["),
        many("a = {"),
        many("a."),
        many("[[watches]]\nname = 3\n"),
        many("é"),
        many("\u{1b}[31m"),
        format!("[bland]\n{numbered}"),
        format!("[bland]\norganization_id = [{}]", many("1,")),
        format!("[notifiers.e.email]\nto = [{}]", many("1,")),
        format!("[notifiers.e.email]\nto = [{}]", many("'a',")),
        format!("[bland]\nx = \"{}\"", many("a")),
        format!("[bland]\n\"{}\" = 1", many("\\n")),
        format!("[bland]\napi_key = \"{}\"", many("${A}")),
        "\"\\u001b[31m\\u202e\" = 1".to_owned(),
    ] {
        let told = told(&text);
        assert!(told.len() < 200_000, "{} bytes for {text:.40}", told.len());
        assert!(!told.contains('\u{1b}') && !told.contains('\u{202e}'), "{text:.40}");
    }
}

#[test]
fn debug_of_a_config_shows_no_secret() {
    let config = parse(&full_example(&[]), "config.toml", folder().path(), &env).unwrap();
    let shown = format!("{config:?}");
    for (name, value) in VARIABLES.into_iter().filter(|(_, value)| !value.is_empty()) {
        assert!(!shown.contains(value), "{name} in {shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_secret_is_never_part_of_what_is_told(secret in "[a-zA-Z0-9:/@?&.#%$+=-]{12,40}") {
        let secret = format!("q7{}", secret.replace('$', "_"));
        let from_env = |name: &str| (name == "SECRET").then(|| secret.clone());
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("f"), &secret).unwrap();
        for place in [
            "[bland]\napi_key = \"S\"\napi_key_file = \"x\"", "[bland]\napikey = \"S\"", "[bland]\nbase_url = \"${SECRET}\"",
            "[bland]\napi_key = S", "[bland]\napi_key = \"S", "[bland]\napi_key = [\"S\"]", "api_key = \"S\"", "S\n",
            "[bland]\napi_key = \"a\"\napi_key = \"S\"", "[bland]\napi_key = '''\nS", "[bland]\napi_key \"S\"",
            "[bland]\npoll_interval = \"${SECRET}\"", "[bland]\napi = \"${SECRET}\"", "[bland]\nsettle = [\"${SECRET}\"]",
            "[bland]\nbase_url = \"x\" # S", "[bland]\nmax_requests_per_minute = \"${SECRET}\"", "timezone = \"${SECRET}\"",
            "[notifiers.w.webhook]\nurl = \"S\"\nsecret = \"S\"\nheaders = { a = \"S\", b = 3 }\nparams = { t = \"S\", u = 3 }",
            "[notifiers.w.webhook]\nurl_file = \"f\"\nsecret_file = \"f\"\npreset = \"${SECRET}\"\nmethod = \"${SECRET}\"",
            "[notifiers.d]\ndiscord = { webhook_url = \"S\", bot_token = \"S\", chanel_id = 3, api_base = \"${SECRET}\" }",
            "[notifiers.e.email]\nsmtp = \"S\"\nfrom = \"${SECRET}\"\nto = [\"${SECRET}\", 3]\nca_file = [\"${SECRET}\"]",
            "[[watches]]\nname = \"${SECRET}\"\naccount = \"${SECRET}\"\n[[watches]]\nname = \"${SECRET}\"",
            "[[routes]]\nnotify = [\"${SECRET}\"]\nwatches = [\"${SECRET}\"]\nwhen = \"${SECRET}\"\nevents = [\"${SECRET}\"]",
            "[store]\nurl = \"S\"", "[summary]\nllm = { api_key = \"S\" }\norder = [\"${SECRET}\"]", "[server]\ntoken = \"S\"",
            "[server]\nheartbeat_url = \"S\"\nheartbeat_every = \"${SECRET}\"", "[server]\nheartbeat_url_file = \"f\"",
        ] {
            let text = format!("{}\nunknown_key = 1\n", place.replace('S', &secret).replace(&format!("${{{secret}ECRET}}"), "${SECRET}"));
            let mistakes = parse(&text, "config.toml", folder.path(), &from_env).unwrap_err();
            let told = format!("{mistakes}\n{mistakes:?}");
            prop_assert!(!told.contains(&secret), "{place}\n{told}");
        }
    }
}
