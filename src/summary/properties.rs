//! Whatever is said in a call, a summary holds nothing that was not said, and never runs over.

use std::num::NonZeroUsize;

use proptest::prelude::*;

use crate::{
    model::call::{Call, Speaker, Turn},
    summary::{config::Config, numbers, speech::Speech, summarize, talk::Talk, tests::call, vet::Heard, words},
};

/// Lines that meet all the rules, to be shuffled into calls that nobody would think of.
const LINES: &[&str] = &[
    "U: Hello?",
    "A: Hi, this is Nora from Bright Smile Dental, I'm calling about your visit on Monday at nine.",
    "U: Can we make it Tuesday the 5th at half past two instead?",
    "A: Tuesday doesn't work, but I have Wednesday at 2 or Thursday between 8 and 10.",
    "U: Okay, sounds good.",
    "U: No, that's too expensive, forty-five dollars and ten cents is all I can do.",
    "A: So that's a table for six on Saturday at 7 PM under Ferrara, correct?",
    "U: My number is five five five, oh one double two, and it's kim dot lee at example dot com.",
    "A: Your confirmation code is A as in apple, three, nine. It comes to twenty-four fifty.",
    "U: Actually, wait, scratch that, make it four people.",
    "A: You're all set. We'll text you by Friday. Is there anything else?",
    "A: I could do four thirty or five, and the fee is one twenty-nine, plus ninety-five for row F.",
    "U: Four thirty's tight. Let's go five. No wait, make it six.",
    "A: Six it is, I've put you down for the fifth, the twelfth and the nineteenth with Paulette.",
    "U: it's K, L, nine, P, zero, Q. P like Peter, Q like queen, at 27 Partridge Run",
    "A: Gut, ich habe Sie für Donnerstag um neun Uhr eingetragen.",
    "X: Ended call: Goodbye, see you tomorrow!",
    "X: Transferring to: +15550100",
    "U: ich weiß nicht genau. 您好。",
    "Nurse: Dr. Patel is in at 12 Oak Street",
];

/// One character as it is on both sides of a comparison.
fn fold(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
}

/// All letters and figures that were said, with spoken numbers also in figures.
fn sounds(call: &Call) -> String {
    let mut said = String::new();
    for turn in &call.transcript {
        let text = turn.text.replace(['’', '‘', 'ʼ'], "'");
        let tokens = words::tokens(&text);
        for (at, token) in tokens.iter().enumerate() {
            said.push_str(&token.lower);
            match numbers::cardinal(&tokens, at) {
                Some(number) => said.push_str(&number.value.to_string().repeat(3)),
                None if token.is(&["oh", "o"]) => said.push_str("00"),
                None => {}
            }
        }
    }
    said.chars().flat_map(fold).filter(|c| c.is_alphanumeric()).collect()
}

fn holds(call: &Call, max_words: usize, talk: bool) -> Result<(), TestCaseError> {
    let config = Config { max_words: NonZeroUsize::new(max_words).expect("not zero"), ..Config::default() };
    let Some(summary) = summarize(call, &config) else { return Ok(()) };
    let again = summarize(call, &config);
    prop_assert_eq!(Some(&summary), again.as_ref(), "it must be deterministic");
    prop_assert!(summary.text.split_whitespace().count() <= max_words, "{:?}", summary.text);
    let notes = "Caller: Agent: Person: Nurse: Voicemail message: greeting only, no message left. No conversation. Transfer attempted. Call transferred. Message left.";
    let said: String = call.transcript.iter().map(|turn| format!("{} ", turn.text)).collect::<String>();
    let said: String = said.replace(['’', '‘', 'ʼ'], "'").chars().chain(notes.chars()).flat_map(fold).collect();
    for word in summary.text.split_whitespace() {
        let word: String = word.trim_end_matches(|c: char| !c.is_alphanumeric()).chars().flat_map(fold).collect();
        prop_assert!(said.contains(&word), "{word:?} was not said: {:?}", summary.text);
    }
    for part in [&summary.purpose, &summary.outcome, &summary.next_step].into_iter().flatten() {
        for word in part.split_whitespace() {
            let word: String = word.trim_end_matches(|c: char| !c.is_alphanumeric()).chars().flat_map(fold).collect();
            prop_assert!(said.contains(&word), "{word:?} was not said: {part:?}");
        }
    }
    let heard = Heard::of(&call.transcript);
    let parts = [Some(&summary.text), summary.purpose.as_ref(), summary.outcome.as_ref(), summary.next_step.as_ref()];
    for text in parts.into_iter().flatten().chain(summary.details.iter().map(|detail| &detail.text)) {
        let holds = heard.hold_all_of(text);
        // In letters at random nothing is a number or a name.
        prop_assert!(holds.is_ok() || !talk, "{:?}: {:?}", holds, text);
    }
    let sounds = sounds(call);
    for detail in &summary.details {
        let mut rest = sounds.chars();
        let said =
            detail.text.chars().flat_map(fold).filter(|c| c.is_alphanumeric()).all(|c| rest.any(|other| other == c));
        prop_assert!(said, "{detail:?} was not said");
    }
    Ok(())
}

proptest! {
    #[test]
    fn nothing_is_told_that_was_not_said_in_shuffled_calls(
        lines in proptest::collection::vec(proptest::sample::select(LINES), 0..14), inbound: bool, max_words in 10_usize..=200,
    ) {
        holds(&call(inbound, &lines.join("\n")), max_words, true)?;
    }

    #[test]
    fn nothing_is_told_that_was_not_said_in_any_text(
        turns in proptest::collection::vec((0..4_u8, "\\PC{0,80}|[a-zA-Z0-9 .,?!$:'-]{0,200}"), 0..6), max_words in 10_usize..=200,
    ) {
        let speaker = |who| ["user", "assistant", "agent-action", "Nurse"][usize::from(who)].to_owned();
        let turn = |(who, text)| Turn { speaker: Speaker::from(speaker(who)), text, at: None };
        holds(&Call { transcript: turns.into_iter().map(turn).collect(), ..Call::default() }, max_words, false)?;
    }
}

#[test]
fn an_endless_call_costs_no_more_than_its_ends() {
    let script = |turns: usize| LINES.iter().cycle().take(turns).copied().collect::<Vec<_>>().join("\n");
    for turns in [1_000, 20_000] {
        let call = call(true, &script(turns));
        assert!(Talk::of(&Speech::of(&call.transcript)).lines.len() <= 1_200, "{turns}");
        holds(&call, 45, true).unwrap();
    }
}

#[test]
fn five_megabytes_in_one_turn_cost_no_more_than_their_ends() {
    for piece in [
        "x",
        "?!. ",
        "Привет 您好 hello ١٢٣ नमस्ते 7 שלום. ",
        "five oh 12 ",
        "A B C 1 2 ",
        "a dot b at c dot ",
        "Friday at 3. ",
    ] {
        let call = call(true, &format!("U: {}\nA: Okay.", piece.repeat(5_000_000 / piece.len())));
        let talk_lines = Talk::of(&Speech::of(&call.transcript)).lines.len();
        assert!(talk_lines <= 1_200, "{piece}: {talk_lines}");
        if let Some(summary) = summarize(&call, &Config::default()) {
            let parts =
                [Some(&summary.text), summary.purpose.as_ref(), summary.outcome.as_ref(), summary.next_step.as_ref()];
            assert!(parts.into_iter().flatten().all(|text| text.chars().count() < 1_000), "{piece}: {summary:?}");
            assert!(summary.details.iter().all(|detail| detail.text.chars().count() < 1_000), "{piece}: {summary:?}");
        }
    }
}
