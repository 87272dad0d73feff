//! What a reader's mail program gets to see: parsed as it would, of every kind, harmless and hostile.
//!
//! With `RINGBACK_TEST_MAILS` set to a folder, the mails are put there for `tests/mail.sh`.

use std::{env, fs, path::Path};

use ringback::{
    event::{
        Event,
        digest::Reason,
        kind::Kind as EventKind,
        sample::{self, bundle, sample},
    },
    notify::{Notifier, config::Kind},
};

use super::{bundles::body, now, renderer, section};

fn email() -> Notifier {
    let toml = "smtp = \"smtp://127.0.0.1:1?tls=none\"\nfrom = \"ringback@calls.example\"\nto = [\"ops@example.com\"]";
    Notifier::build(&section(Kind::Email(toml::from_str(toml).unwrap())), &mut renderer()).unwrap()
}

/// Every kind, full and sparse, and bundles of each reason and of many calls.
fn usual() -> Vec<(String, Event)> {
    let kinds = EventKind::SAID.into_iter().flat_map(|kind| {
        [(kind.to_string(), sample(kind, now())), (format!("{kind}.sparse"), sample::sparse(kind, now()))]
    });
    let reasons = Reason::ALL.map(|reason| (format!("digest.{reason}"), bundle(reason, now())));
    kinds.chain(reasons).chain([("digest.huge".to_owned(), sample::huge(2_000, now()))]).collect()
}

#[test]
fn mails_of_every_kind_are_written_for_the_checkers() {
    let email = email();
    for (name, event) in usual() {
        let mail = body(&email, &event);
        if let Some(folder) = env::var_os("RINGBACK_TEST_MAILS") {
            fs::write(Path::new(&folder).join(format!("{name}.eml")), mail).unwrap();
        }
    }
}
