//! What was said in a call: `transcripts`, or `concatenated_transcript` where that tells more.

use serde_json::value::RawValue;

use crate::{
    bland::lenient::Fields,
    model::call::{Speaker, Turn},
};

/// The turns of a record in its own order, which is the order of speaking; times may disagree.
///
/// Some records (Bland's own example of 2023 among them) hold only the first turns in
/// `transcripts`, so the concatenated text is taken where more was said in it.
pub(super) fn read(fields: &Fields<'_>) -> Vec<Turn> {
    let turns: Vec<_> = fields.list("transcripts").unwrap_or_default().into_iter().filter_map(turn).collect();
    let mut whole = fields.text("concatenated_transcript").map(|text| spoken(&text)).unwrap_or_default();
    if said(&whole) <= said(&turns) && !turns.is_empty() {
        return turns;
    }
    for turn in &mut whole {
        turn.at = turns.iter().find(|timed| timed.text == turn.text).and_then(|timed| timed.at);
    }
    whole
}

/// How many turns are speech.
fn said(turns: &[Turn]) -> usize {
    turns.iter().filter(|turn| matches!(turn.speaker, Speaker::User | Speaker::Assistant)).count()
}

fn turn(raw: &RawValue) -> Option<Turn> {
    let fields = Fields::of(raw)?;
    let word = fields.text("user").or_else(|| fields.text("role")).unwrap_or_else(|| "unknown".to_owned());
    Some(Turn { speaker: Speaker::from(word), text: fields.text("text")?, at: fields.time("created_at") })
}

/// The turns of `user: Hello? \n assistant: Hi! \n agent-action: Ended call \n `.
///
/// Only the known words open a turn; a line such as "Address: 5 Main St" belongs to the turn before.
fn spoken(text: &str) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let opened = line.split_once(':').and_then(|(word, said)| match Speaker::from(word.trim().to_owned()) {
            Speaker::Other(_) => None,
            speaker => Some((speaker, said.trim())),
        });
        match (opened, turns.last_mut()) {
            (Some((speaker, said)), _) => turns.push(Turn { speaker, text: said.to_owned(), at: None }),
            (None, Some(turn)) if turn.text.is_empty() => turn.text.push_str(line),
            (None, Some(turn)) => turn.text.extend(["\n", line]),
            (None, None) => {
                turns.push(Turn { speaker: Speaker::Other("unknown".to_owned()), text: line.to_owned(), at: None });
            }
        }
    }
    turns.retain(|turn| !turn.text.is_empty());
    turns
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read_record(record: Value) -> Vec<Turn> {
        let raw = serde_json::value::to_raw_value(&record).unwrap();
        read(&Fields::of(&raw).unwrap())
    }

    #[test]
    fn transcripts_keep_their_order_and_lose_empty_turns() {
        let turns = read_record(json!({
            "concatenated_transcript": "user: not needed",
            "transcripts": [
                {"id": 100_000_001, "user": "user", "text": "Hello? ", "created_at": "2025-09-12T20:39:13.173+00:00"},
                {"user": "robot", "text": " Hi", "status": null},
                {"user": "assistant", "text": " "},
                {"user": "assistant", "text": null},
                "noise",
                {"user": "agent-action", "text": "Ended call", "created_at": "yesterday"},
                {"role": "user", "text": "Bye", "created_at": "2025-09-12T20:39:00Z"},
                {"text": "Who?"},
            ],
        }));
        let turns: Vec<_> =
            turns.into_iter().map(|turn| (String::from(turn.speaker), turn.text, turn.at.is_some())).collect();
        let expected = [
            ("user", "Hello?", true),
            ("assistant", "Hi", false),
            ("agent-action", "Ended call", false),
            ("user", "Bye", true),
            ("unknown", "Who?", false),
        ];
        assert_eq!(turns, expected.map(|(speaker, text, at)| (speaker.to_owned(), text.to_owned(), at)));
    }

    #[test]
    fn the_fuller_of_both_is_taken_with_the_times_of_the_other() {
        let turns = read_record(json!({
            "concatenated_transcript": "user: Hello? \n assistant: Hi! \n user: Tomorrow at 3pm? \n assistant: Perfect!",
            "transcripts": [
                {"user": "user", "text": "Hello?", "created_at": "2025-09-12T20:39:13Z"},
                {"user": "assistant", "text": "Hi!"},
                {"user": "agent-action", "text": "Ended call: Perfect!"},
            ],
        }));
        let turns: Vec<_> = turns.iter().map(|turn| (turn.text.as_str(), turn.at.is_some())).collect();
        assert_eq!(turns, [("Hello?", true), ("Hi!", false), ("Tomorrow at 3pm?", false), ("Perfect!", false)]);
    }

    #[test]
    fn a_concatenated_transcript_stands_in_for_missing_turns() {
        let text = "user : Hey, it's Alex: here. \n assistant: Hi!\nAddress: 5 Main St \n User:  \n agent-action: Ended call \n ";
        for transcripts in [json!(null), json!([]), json!([{"text": ""}])] {
            let turns = read_record(json!({"transcripts": transcripts, "concatenated_transcript": text}));
            let turns: Vec<_> = turns.into_iter().map(|turn| (turn.speaker, turn.text)).collect();
            let expected = [
                (Speaker::User, "Hey, it's Alex: here."),
                (Speaker::Assistant, "Hi!\nAddress: 5 Main St"),
                (Speaker::Action, "Ended call"),
            ];
            assert_eq!(turns, expected.map(|(speaker, text)| (speaker, text.to_owned())));
        }
        assert_eq!(read_record(json!({"concatenated_transcript": "Hello"})).len(), 1);
        assert_eq!(read_record(json!({"concatenated_transcript": null})), []);
    }
}
