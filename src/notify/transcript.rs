//! A call's transcript as a text file, for notifiers that attach one.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    message::Message,
    notify::{plain, writer::Writer},
};

/// The layout, which a file in `[templates] dir` can replace.
const LAYOUT: &str = "transcript.txt.hbs";

/// A longer id is cut; no real one is.
const LONGEST_ID: usize = 64;

/// What becomes of a call's transcript.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Transcript {
    /// Messages carry the summary.
    #[default]
    None,
    /// It goes with the message as a file.
    Attach,
}

/// A file to go with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Letters, digits, `-`, `_` and `.` only.
    pub name: String,
    pub content_type: &'static str,
    pub text: String,
}

/// The event's transcript as far as the notifier's privacy shows it; none where there is none. A
/// layout that fails is told with the message, which then goes alone.
pub(super) fn file(writer: &mut Writer<'_>, message: &Message) -> Option<File> {
    let call = writer.event().call()?;
    if call.transcript.iter().all(|turn| turn.text.trim().is_empty()) {
        return None;
    }
    let name = name(&call.id);
    let text = writer.extra(LAYOUT, message, "the message goes without the transcript")?;
    Some(File { name, content_type: "text/plain; charset=utf-8", text: plain::without_controls(&text) })
}

/// An id comes from outside, and a file's name must not lead anywhere.
fn name(id: &str) -> String {
    let safe = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let id: String = id.chars().filter(safe).take(LONGEST_ID).collect();
    if id.is_empty() { "transcript.txt".to_owned() } else { format!("transcript-{id}.txt") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::{Timestamp, tz::TimeZone};

    use super::*;
    use crate::{
        event::{Data, Event, kind::Kind, sample},
        notify::{
            Job,
            common::{Base, Common},
            writer::NO_PARAMS,
        },
        render::{Renderer, privacy::Privacy},
    };

    fn renderer() -> Renderer {
        let zone = TimeZone::get("America/New_York").unwrap();
        Renderer::load(&crate::render::config::Config::default(), Path::new("."), zone).unwrap()
    }

    /// The file of an event, and what went wrong with it.
    fn attached(renderer: &Renderer, event: &Event, privacy: Privacy) -> (Option<File>, Option<String>) {
        let common = Common { privacy: Some(privacy), ..Common::default() };
        let base = Base::new("team", &common, Privacy::Masked, &[]);
        let now = "2023-12-16T00:16:41Z".parse().unwrap();
        let job = Job { delivery_id: "dlv_1", recipient: "", event, attempt: 1, now };
        let mut writer = Writer::new(&base, renderer, &job, &NO_PARAMS);
        let message = writer.message();
        let file = file(&mut writer, &message);
        (file, writer.payload("", String::new()).trouble)
    }

    fn event(kind: Kind) -> Event {
        let now: Timestamp = "2023-12-16T00:16:41Z".parse().unwrap();
        sample::sample(kind, now)
    }

    #[test]
    fn a_conversation_can_be_read_and_is_masked_like_all_else() {
        let (file, trouble) = attached(&renderer(), &event(Kind::CallCompleted), Privacy::Masked);
        let file = file.unwrap();
        assert_eq!(trouble, None);
        assert_eq!(file.name, "transcript-c1234567-89ab-4def-8123-456789abcdef.txt");
        insta::assert_snapshot!(file.text, @"
        Call: c1234567-89ab-4def-8123-456789abcdef
        Number: +1 ••• ••• 4567
        Started: Fri 15 Dec, 19:14 EST
        Duration: 1 min 11 s
        Outcome: human

        [00:03] Agent: Hi, this is Acme Dental. Are you still coming tomorrow at 3pm?
        [00:16] Person: Yes. Please call me back at +1 ••• ••• 4567 about the two
                rooms.
        [01:01] Agent: Will do. Goodbye!
        [01:10] (Ended call)
        ");
        let full = attached(&renderer(), &event(Kind::CallCompleted), Privacy::Full).0.unwrap();
        assert!(full.text.contains("+1 555 123 4567") && full.text.contains("555-123-4567"), "{}", full.text);
    }

    #[test]
    fn only_calls_with_words_have_a_transcript() {
        for kind in Kind::SAID {
            let had = attached(&renderer(), &event(kind), Privacy::Masked).0.is_some();
            assert_eq!(had, matches!(kind, Kind::CallCompleted | Kind::CallCorrected), "{kind}");
        }
        let mut silent = event(Kind::CallCompleted);
        if let Data::Call { call, .. } = &mut silent.data {
            call.transcript.iter_mut().for_each(|turn| turn.text = " ".to_owned());
        }
        assert_eq!(attached(&renderer(), &silent, Privacy::Masked).0, None);
    }

    #[test]
    fn nothing_that_is_said_looks_like_a_line_of_its_own() {
        for (name, event) in sample::hostile("2023-12-16T00:16:41Z".parse().unwrap()) {
            let (Some(file), trouble) = attached(&renderer(), &event, Privacy::Masked) else { continue };
            assert_eq!(trouble, None, "{name}");
            let (_, said) = file.text.split_once("\n\n").unwrap();
            let begun = said.lines().filter(|line| !line.starts_with(' ') && !line.is_empty()).count();
            assert_eq!(begun, 3, "{name}: {said:.400}");
            assert!(file.text.lines().all(|line| line.chars().count() <= 998), "{name}");
        }
    }

    #[test]
    fn a_layout_that_fails_takes_the_file_and_not_the_message() {
        let mut renderer = renderer();
        assert_eq!(
            renderer.add_file("layouts/transcript.txt.hbs", "{{call.id}} {{#each (turns call)}}{{text}};{{/each}}"),
            []
        );
        let own = attached(&renderer, &event(Kind::CallCompleted), Privacy::Masked).0.unwrap();
        assert!(own.text.starts_with("c1234567-89ab-4def-8123-456789abcdef Hi, this is"), "{}", own.text);
    }

    #[test]
    fn a_files_name_is_safe_whatever_the_id() {
        for (id, expected) in [
            ("c-1_2", "transcript-c-1_2.txt"),
            ("../../etc/passwd", "transcript-etcpasswd.txt"),
            ("a\"\r\nX: y", "transcript-aXy.txt"),
            ("é/", "transcript.txt"),
        ] {
            assert_eq!(name(id), expected);
        }
        assert_eq!(name(&"x".repeat(500)).len(), "transcript-.txt".len() + LONGEST_ID);
    }
}
