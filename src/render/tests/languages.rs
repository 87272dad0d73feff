//! The built-in languages: what each says.

use std::{path::Path, sync::LazyLock};

use insta::assert_snapshot;
use jiff::tz::TimeZone;

use super::{now, shown, view};
use crate::{
    event::{digest::Reason, kind::Kind, sample},
    model::{flaw::Flaw, outcome::Likely},
    render::{Renderer, config::Config, languages, privacy::Privacy},
};

fn german() -> &'static Renderer {
    static GERMAN: LazyLock<Renderer> = LazyLock::new(|| load("de", Path::new(".")).unwrap());
    &GERMAN
}

pub(super) fn load(language: &str, beside: &Path) -> Result<Renderer, Vec<Flaw>> {
    let own = beside.join("own");
    let config = Config { language: language.to_owned(), dir: own.is_dir().then_some(own) };
    Renderer::load(&config, beside, TimeZone::get("Europe/Berlin").unwrap())
}

pub(super) fn says(flaws: &[Flaw]) -> String {
    let hint = |flaw: &Flaw| flaw.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    flaws.iter().map(|flaw| format!("{}: {}{}", flaw.path, flaw.says, hint(flaw))).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_kind_is_said_in_every_language_by_every_layout() {
    for language in languages::BUILT_IN {
        let renderer = load(language, Path::new(".")).unwrap();
        assert_eq!(says(&renderer.check()), "", "{language}");
        for kind in Kind::SAID {
            for event in [sample::sample(kind, now()), sample::sparse(kind, now())] {
                for layout in renderer.layouts() {
                    let text = shown(&renderer, layout, &event, Privacy::Masked);
                    // Only a call's message comes with a transcript.
                    let empty = layout == "layouts/transcript.txt.hbs" && event.call().is_none();
                    assert_eq!(text.trim().is_empty(), empty, "{language} {kind} {layout}");
                }
            }
        }
    }
}

#[test]
fn a_built_in_language_says_every_kind_with_the_same_facts() {
    let facts = |language: &str, kind: Kind| {
        let renderer = load(language, Path::new(".")).unwrap();
        let message = renderer.message(&sample::sample(kind, now()), view(Privacy::Masked)).message;
        (message.facts.len(), message.color, message.link)
    };
    for kind in Kind::SAID.into_iter().filter(|kind| *kind != Kind::DeliveryMissing) {
        assert_eq!(facts("de", kind), facts("en", kind), "{kind}");
    }
}

#[test]
fn no_english_is_left_in_a_german_message() {
    for kind in Kind::SAID {
        for event in [sample::sample(kind, now()), sample::sparse(kind, now())] {
            let text = shown(german(), "email.html.hbs", &event, Privacy::Masked);
            // What the sample's own texts say, such as the summary and the route's name, stays as it is.
            for word in
                [" the ", " of ", " and ", " call ", " is ", "Open in", ">Duration<", " since ", " ago", "lang=\"en\""]
            {
                let own = ["Ada confirmed the appointment and asked to be called back about two rooms."];
                let rest = own.iter().fold(text.clone(), |text, own| text.replace(own, ""));
                let rest =
                    rest.replace("The number you dialed is not found", "").replace("call.completed of c1234567", "");
                assert!(!rest.contains(word), "{kind}: {word} in {rest}");
            }
        }
    }
}

#[test]
fn the_console_says_each_kind_in_german() {
    let all = Kind::SAID.map(|kind| shown(german(), "console.txt.hbs", &sample::sample(kind, now()), Privacy::Masked));
    assert_snapshot!(all.join("\n"), @"
    01:15:41 📞 Anruf gestartet · +1 ••• ••• 4567
             Richtung: Ausgehend · Beginn: Sa., 16. Dez., 01:14 MEZ
             https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    01:15:41 ✅ Person erreicht · +1 ••• ••• 4567
             > Ada confirmed the appointment and asked to be called back about two rooms.
             Aus dem Transkript entnommen.
             Dauer: 1 Min. 11 Sek. · Beendet von: Agent · Einzelheiten: tomorrow at 3pm, 2 rooms · Ergebnis: Rückruf vereinbart · Weitergeleitet an: +1 ••• ••• 0007
             https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    01:15:41 ❌ Anruf fehlgeschlagen · Nummer nicht vergeben · +1 ••• ••• 4567
             Nummer prüfen oder aus der Liste nehmen: Ein weiterer Anruf hilft nicht.
             Meldung von Bland: Call failed. The number you dialed is not found. · Gescheitert: beim Anrufen · Zeitpunkt: Sa., 16. Dez., 01:15 MEZ
             https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    01:15:41 🔁 Korrigiert: Person statt Mailbox · +1 ••• ••• 4567
             > Ada confirmed the appointment and asked to be called back about two rooms.
             Dauer: 1 Min. 11 Sek. · Problem: Weiterleitung gescheitert · Zu tun: Die Person zurückrufen: Sie wurde nicht verbunden. · Ende: Sa., 16. Dez., 01:15 MEZ
             https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    01:15:41 ⏳ Anruf hängt · +1 ••• ••• 4567
             Bland meldet ihn als nicht beendet, obwohl er längst vorbei sein muss. Im Dashboard von Bland nachsehen und ihn dort beenden, falls die Leitung noch steht.
             Status: Läuft · Beginn: Fr., 15. Dez., 22:16 MEZ (vor 3 Stunden)
             https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    01:15:41 🔍 Anruf bei Bland unbekannt · c1234567-89ab-4def-8123-456789abcdef
             Bland antwortet immer wieder, dass es diesen Anruf nicht gibt. Die ID in der Konfiguration prüfen, und ob sie zum Konto bland gehört.
             https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    01:15:41 🚀 Batch gestartet · Spring reminders
             Anrufe: mindestens 48 · Beginn: Sa., 16. Dez., 00:35 MEZ
             https://ringback.example.com/batches/652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    01:15:41 📊 62 % fertig, 2 fehlgeschlagen · Spring reminders
             █████████████░░░░░░░ 30 von 48 Anrufen
             • ✅ 27 erreicht
             • 📭 1 Mailbox
             • ❌ 2 fehlgeschlagen
             Bisher fehlgeschlagen
             • +1 ••• ••• 0021: Nummer nicht vergeben
             • +1 ••• ••• 0022: vorübergehend nicht erreichbar
             Tempo: 4,2 Anrufe je Minute · Voraussichtliches Ende: Sa., 16. Dez., 01:21 MEZ · Beginn: Sa., 16. Dez., 00:35 MEZ
             https://ringback.example.com/batches/652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    01:15:41 ⚠️ Batch beendet, 29 von 48 erreicht, 2 fehlgeschlagen · Spring reminders
             48 Anrufe
             ✅ ██████░░░░ 29 erreicht (60 %)
             📭 ██░░░░░░░░ 10 Mailbox (21 %)
             🔕 █░░░░░░░░░ 4 keine Antwort (8 %)
             📵 ░░░░░░░░░░ 1 besetzt (2 %)
             🚫 ░░░░░░░░░░ 1 abgebrochen (2 %)
             ❔ ░░░░░░░░░░ 1 unklar (2 %)
             ❌ ░░░░░░░░░░ 2 fehlgeschlagen (4 %)
             Fehlgeschlagen
             • Nummer nicht vergeben: +1 ••• ••• 0021. Nummer prüfen oder aus der Liste nehmen: Ein weiterer Anruf hilft nicht.
             • vorübergehend nicht erreichbar: +1 ••• ••• 0022. Das Telefon ist aus oder ohne Empfang. Später erneut anrufen.
             Dauer: 40 Min. · Ende: Sa., 16. Dez., 01:15 MEZ
             https://ringback.example.com/batches/652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    01:15:41 ⏳ Batch hängt bei 30 von 48 Anrufen · Spring reminders
             █████████████░░░░░░░ 62 %
             Seit einiger Zeit ändert sich nichts. Den Batch im Dashboard von Bland ansehen: Vielleicht warten Anrufe auf ihre Startzeit oder auf freie Leitungen.
             Beginn: Sa., 16. Dez., 00:35 MEZ (vor 41 Min.)
             https://ringback.example.com/batches/652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    01:15:41 🚨 Anrufe werden nicht erfasst · API-Schlüssel abgelehnt · Konto bland
             api_key des Kontos in der Konfiguration von Ringback prüfen.
             Anrufe, die inzwischen enden, werden gemeldet, sobald das vorbei ist.
             Seit: Sa., 16. Dez., 01:12 MEZ (vor 4 Min.) · Versuche: 4 · Fehler: unauthorized (401)
             everything

    01:15:41 👌 Anrufe werden wieder erfasst · Konto bland
             Was inzwischen zu Ende ging, wird jetzt gemeldet.
             Nicht erfasst seit: Sa., 16. Dez., 01:12 MEZ (vor 4 Min.) · Grund: API-Schlüssel abgelehnt
             everything

    01:15:41 🔇 Nachrichten kommen nicht an · Ziel gibt es nicht mehr · Notifier ops
             Neu anlegen und die neue Adresse in die Konfiguration eintragen.
             Nachrichten dorthin warten, bis sie wieder angenommen werden; was endgültig abgelehnt wird, bleibt als unzustellbar erhalten.
             Fehler: Discord answered 404 code 10015: Unknown Webhook · Seit: Sa., 16. Dez., 01:12 MEZ (vor 4 Min.) · Fehlversuche: 4
             everything

    01:15:41 👌 Nachrichten kommen wieder an · Notifier ops
             Was inzwischen liegen blieb, wird jetzt gesendet.
             Gestört seit: Sa., 16. Dez., 01:12 MEZ (vor 4 Min.) · Grund: Ziel gibt es nicht mehr
             everything

    01:15:41 🩹 Eine Nachricht fehlte · Notifier ops
             Ringback hat das bemerkt, als es verglich, was geschehen ist und was es gesendet hat, und holt es jetzt nach. Das sollte nie vorkommen: bitte melden, mit den Zeilen des Protokolls aus dieser Zeit.
             Befund: call.completed of c1234567-89ab-4def-8123-456789abcdef had… · Seit: Sa., 16. Dez., 01:12 MEZ (vor 4 Min.)
             everything

    01:16:41 📋 38 Anrufe: 20 erreicht, 12 Mailbox, 3 keine Antwort, 1 besetzt, 2 fehlgeschlagen · 7 weitere Ereignisse · 1 offenes Problem · Übersicht · every morning
             Fr., 15. Dez., 01:16 – Sa., 16. Dez., 01:16 MEZ
             12 Anrufe mehr als im Zeitraum davor (26), 2 weniger fehlgeschlagen (4).
             Probleme
             • 👌 Konto bland: Bland nicht erreichbar, vorbei seit Sa., 16. Dez., 01:16 MEZ
             • 🚨 Notifier ops: Ziel gibt es nicht mehr, seit Sa., 16. Dez., 01:12 MEZ und nicht vorbei
             Fehlgeschlagen
             • Nummer nicht vergeben (2): +1 ••• ••• 0130, +1 ••• ••• 0377. Nummer prüfen oder aus der Liste nehmen: Ein weiterer Anruf hilft nicht.
             Auffällig
             • 🔍 d0000003-89ab-4def-8123-456789abcdef: bei Bland unbekannt
             • ⏳ +1 ••• ••• 4567: noch nicht beendet, begonnen vor 3 Stunden
             • ⚠️ +1 ••• ••• 0364: Weiterleitung gescheitert – Ada confirmed the appointment and asked to be called back about two rooms.
             • 🔁 +1 ••• ••• 4567: Person statt Mailbox – Ada confirmed the appointment and asked to be called back about two rooms.
             • ↪️ +1 ••• ••• 0117: weitergeleitet an +1 ••• ••• 0007 – Ada confirmed the appointment and asked to be called back about two rooms.
             • 🤝 +1 ••• ••• 0026: tomorrow at 3pm, 2 rooms – Ada confirmed the appointment and asked to be called back about two rooms.
             Und 2 weitere.
             Batches
             • Spring reminders: beendet, 48 Anrufe, 2 fehlgeschlagen; 38 davon hier gemeldet
             ✅ █████░░░░░ 20 erreicht (53 %)
             📭 ███░░░░░░░ 12 Mailbox (32 %)
             🔕 █░░░░░░░░░ 3 keine Antwort (8 %) …
             https://ringback.example.com/batches/652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10
    ");
}

#[test]
fn german_is_said_with_next_to_nothing_too() {
    let all = Kind::SAID.map(|kind| shown(german(), "console.txt.hbs", &sample::sparse(kind, now()), Privacy::Masked));
    assert_snapshot!(all.join("\n"), @"
    01:15:41 📞 Anruf gestartet · unbekannte Nummer
             Beginn: Sa., 16. Dez., 01:15 MEZ
             everything · c1234567-89ab-4def-8123-456789abcdef

    01:15:41 ✅ Person erreicht · unbekannte Nummer
             everything · c1234567-89ab-4def-8123-456789abcdef

    01:15:41 ❌ Anruf fehlgeschlagen · kein Grund genannt · unbekannte Nummer
             Näheres zeigt der Anruf im Dashboard von Bland.
             Zeitpunkt: Sa., 16. Dez., 01:15 MEZ
             everything · c1234567-89ab-4def-8123-456789abcdef

    01:15:41 🔁 Korrigiert: Person statt Mailbox · unbekannte Nummer
             everything · c1234567-89ab-4def-8123-456789abcdef

    01:15:41 ⏳ Anruf hängt · unbekannte Nummer
             Bland meldet ihn als nicht beendet, obwohl er längst vorbei sein muss. Im Dashboard von Bland nachsehen und ihn dort beenden, falls die Leitung noch steht.
             Status: Unbekannt
             everything · c1234567-89ab-4def-8123-456789abcdef

    01:15:41 🔍 Anruf bei Bland unbekannt · c1234567-89ab-4def-8123-456789abcdef
             Bland antwortet immer wieder, dass es diesen Anruf nicht gibt. Die ID in der Konfiguration prüfen, und ob sie zum Konto bland gehört.
             everything · c1234567-89ab-4def-8123-456789abcdef

    01:15:41 🚀 Batch gestartet · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10
             everything · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    01:15:41 🚀 Batch gestartet · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10
             ░░░░░░░░░░░░░░░░░░░░ 0 von 0 Anrufen
             everything · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    01:15:41 ✅ Batch beendet · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10
             0 Anrufe
             everything · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    01:15:41 ⏳ Batch hängt bei 0 von 0 Anrufen · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10
             ░░░░░░░░░░░░░░░░░░░░ 0 %
             Seit einiger Zeit ändert sich nichts. Den Batch im Dashboard von Bland ansehen: Vielleicht warten Anrufe auf ihre Startzeit oder auf freie Leitungen.
             everything · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    01:15:41 🚨 Anrufe werden nicht erfasst · Bland antwortet nicht · Konto bland
             Ringback versucht es weiter.
             Anrufe, die inzwischen enden, werden gemeldet, sobald das vorbei ist.
             Seit: Sa., 16. Dez., 01:12 MEZ (vor 4 Min.)
             everything

    01:15:41 👌 Anrufe werden wieder erfasst · Konto bland
             Was inzwischen zu Ende ging, wird jetzt gemeldet.
             Nicht erfasst seit: Sa., 16. Dez., 01:12 MEZ (vor 4 Min.)
             everything

    01:15:41 🔇 Nachrichten kommen nicht an · Notifier ops
             Nachrichten dorthin warten, bis sie wieder angenommen werden; was endgültig abgelehnt wird, bleibt als unzustellbar erhalten.
             Seit: Sa., 16. Dez., 01:12 MEZ (vor 4 Min.)
             everything

    01:15:41 👌 Nachrichten kommen wieder an · Notifier ops
             Was inzwischen liegen blieb, wird jetzt gesendet.
             Gestört seit: Sa., 16. Dez., 01:12 MEZ (vor 4 Min.)
             everything

    01:15:41 🩹 Eine Nachricht fehlte · Notifier ops
             Ringback hat das bemerkt, als es verglich, was geschehen ist und was es gesendet hat, und holt es jetzt nach. Das sollte nie vorkommen: bitte melden, mit den Zeilen des Protokolls aus dieser Zeit.
             Seit: Sa., 16. Dez., 01:12 MEZ (vor 4 Min.)
             everything

    01:16:41 💤 Nichts zu melden · every morning
             Fr., 15. Dez., 01:16 – Sa., 16. Dez., 01:16 MEZ
             Ringback war wach; für diese Nachricht gab es nichts.
             every morning
    ");
}

#[test]
fn german_titles_say_who_what_and_how() {
    let title = |event| german().message(&event, view(Privacy::Masked)).message.title;
    let mut titles: Vec<String> = Reason::ALL.into_iter().map(|reason| title(sample::bundle(reason, now()))).collect();
    titles.push(title(sample::huge(2_000, now())));
    let likely = [None, Some(Likely::Human), Some(Likely::Voicemail)];
    titles.extend(likely.map(|likely| title(sample::unclassified(likely, now()))));
    assert_snapshot!(titles.join("\n"), @"
    📋 38 Anrufe: 20 erreicht, 12 Mailbox, 3 keine Antwort, 1 besetzt, 2 fehlgeschlagen · 7 weitere Ereignisse · 1 offenes Problem · Übersicht · every morning
    📦 38 Anrufe aus einem Batch in 30 Sek.: 20 erreicht, 12 Mailbox, 3 keine Antwort, 1 besetzt, 2 fehlgeschlagen
    🌙 38 Anrufe in der Ruhezeit, 16:16 – 01:16 Uhr: 20 erreicht, 12 Mailbox, 3 keine Antwort, 1 besetzt, 2 fehlgeschlagen
    ⏩ 38 weitere Anrufe auf einmal: 20 erreicht, 12 Mailbox, 3 keine Antwort, 1 besetzt, 2 fehlgeschlagen
    📋 2.000 Anrufe: 1.053 erreicht, 632 Mailbox, 209 keine Antwort, 1 besetzt, 105 fehlgeschlagen · Übersicht · every morning
    🏁 Anruf beendet · +1 ••• ••• 4567
    ☑️ Anruf beendet, vermutlich Person erreicht · +1 ••• ••• 4567
    📪 Anruf beendet, vermutlich Mailbox · +1 ••• ••• 4567
    ");
}

#[test]
fn a_failed_call_as_german_mail() {
    let event = sample::sample(Kind::CallFailed, now());
    assert_snapshot!(shown(german(), "email.txt.hbs", &event, Privacy::Masked), @"
    ❌ Anruf fehlgeschlagen · Nummer nicht vergeben · +1 ••• ••• 4567

    Nummer prüfen oder aus der Liste nehmen: Ein weiterer Anruf hilft nicht.

    Meldung von Bland: Call failed. The number you dialed is not found.
    Gescheitert: beim Anrufen
    Zeitpunkt: Sa., 16. Dez., 01:15 MEZ

    https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    -- 
    Ringback · everything · c1234567-89ab-4def-8123-456789abcdef · Sa., 16. Dez., 01:15 MEZ
    ");
}
