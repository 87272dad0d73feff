//! Tables and properties of a call's life.

use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, proptest};

use super::{Change, Memory, Rules, next_look, step, step_not_found};
use crate::model::{
    call::{Call, Speaker, Turn},
    outcome::Outcome,
    period::Period,
};

const RULES: Rules = Rules { settle: Period::from_secs(75), stuck_after: Period::from_secs(900), await_answer: true };

fn at(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_700_000_000 + second).unwrap()
}

/// A snapshot in words: `queued`, `started`, `done`, `done+human`, `done+human+text`, `failed`, …
fn snapshot(words: &str) -> Call {
    let mut call = Call { id: "c1".to_owned(), created_at: Some(at(0)), completed: Some(false), ..Call::default() };
    for word in words.split('+') {
        match word {
            "queued" | "started" => call.queue_status = Some(word.to_owned()),
            "done" => {
                call.completed = Some(true);
                call.queue_status = Some("complete".to_owned());
            }
            "writing" => call.status = Some("completed".to_owned()),
            "failed" | "busy" | "no-answer" => call.status = Some(word.to_owned()),
            "human" | "voicemail" | "unknown" => call.answered_by = Some(word.to_owned()),
            "text" => call.transcript = vec![Turn { speaker: Speaker::User, text: "Hello?".to_owned(), at: None }],
            "summary" => call.summary = Some("They spoke.".to_owned()),
            "scheduled" => call.scheduled_at = Some(at(3600)),
            other => panic!("no such word: {other}"),
        }
    }
    call
}

/// Shows the looks in turn, merged as the program merges them, and compares what is told when.
fn check(rules: &Rules, looks: &[(i64, &str)], expected: &[(i64, Change)]) {
    let mut memory = Memory::default();
    let mut known = Call::default();
    let mut told = Vec::new();
    for (second, words) in looks {
        known.absorb(snapshot(words));
        let changes = step(&mut memory, &known, rules, at(*second));
        told.extend(changes.into_iter().map(|change| (*second, change)));
    }
    assert_eq!(told, expected, "{looks:?}");
}

#[test]
fn a_call_is_told_when_answer_and_text_are_there() {
    check(
        &RULES,
        &[
            (0, "queued"),
            (5, "started"),
            (60, "done"),
            (70, "done+human"),
            (80, "done+human+text"),
            (90, "done+human+text"),
        ],
        &[(5, Change::Started), (80, Change::Ended(Outcome::Human))],
    );
    check(&RULES, &[(0, "done+human+summary")], &[(0, Change::Ended(Outcome::Human))]);
}

#[test]
fn what_never_comes_is_waited_for_no_longer_than_the_settle_time() {
    check(&RULES, &[(0, "done"), (74, "done"), (75, "done")], &[(75, Change::Ended(Outcome::Unclassified))]);
    check(&RULES, &[(0, "done+text"), (75, "done+text")], &[(75, Change::Ended(Outcome::Unclassified))]);
    check(&RULES, &[(0, "done+voicemail"), (75, "done")], &[(75, Change::Ended(Outcome::Voicemail))]);
    check(&RULES, &[(0, "writing+human+text"), (9, "done+human")], &[(9, Change::Ended(Outcome::Human))]);
}

#[test]
fn with_detection_switched_off_only_the_text_is_waited_for() {
    let rules = Rules { await_answer: false, ..RULES };
    check(&rules, &[(0, "done"), (10, "done+text")], &[(10, Change::Ended(Outcome::Unclassified))]);
    check(&rules, &[(0, "done"), (75, "done")], &[(75, Change::Ended(Outcome::Unclassified))]);
}

#[test]
fn outcomes_without_a_conversation_are_told_at_once() {
    for (words, outcome) in
        [("failed", Outcome::Failed), ("done+busy", Outcome::Busy), ("done+no-answer", Outcome::NoAnswer)]
    {
        check(&RULES, &[(0, words), (10, words)], &[(0, Change::Ended(outcome))]);
    }
}

#[test]
fn an_outcome_that_changes_after_it_was_told_is_corrected() {
    check(
        &RULES,
        &[(0, "done"), (75, "done"), (100, "done+human"), (110, "done+human"), (120, "done+voicemail")],
        &[
            (75, Change::Ended(Outcome::Unclassified)),
            (100, Change::Corrected { from: Outcome::Unclassified, to: Outcome::Human, nth: 1 }),
            (120, Change::Corrected { from: Outcome::Human, to: Outcome::Voicemail, nth: 2 }),
        ],
    );
}

#[test]
fn an_old_page_after_the_end_changes_nothing() {
    check(&RULES, &[(0, "done+human+text"), (10, "started"), (20, "queued")], &[(0, Change::Ended(Outcome::Human))]);
}

#[test]
fn a_call_is_stuck_once_past_its_longest_time() {
    let limit = 30 * 60 + 900;
    check(
        &RULES,
        &[(0, "started"), (limit - 1, "started"), (limit, "started"), (limit + 99, "started"), (limit + 100, "failed")],
        &[(0, Change::Started), (limit, Change::Stuck), (limit + 100, Change::Ended(Outcome::Failed))],
    );
    check(&RULES, &[(0, "scheduled+queued"), (4499, "queued"), (4500, "queued")], &[(4500, Change::Stuck)]);
}

#[test]
fn a_call_that_is_never_found_is_missing_once_and_may_still_turn_up() {
    let mut memory = Memory::default();
    let told: Vec<_> = [0, 10, 74, 75, 80].map(|second| step_not_found(&mut memory, &RULES, at(second))).concat();
    assert_eq!(told, [Change::Missing]);
    assert_eq!(step(&mut memory, &snapshot("done+human+text"), &RULES, at(90)), [Change::Ended(Outcome::Human)]);
    assert_eq!(step_not_found(&mut memory, &RULES, at(500)), []);
}

#[test]
fn a_remembered_call_is_never_told() {
    let mut memory = Memory { silent: true, ..Memory::default() };
    for words in ["started", "done", "done+human", "done+voicemail"] {
        assert_eq!(step(&mut memory, &snapshot(words), &RULES, at(99_999)), [], "{words}");
    }
}

#[test]
fn looks_become_rarer_and_end_with_the_telling() {
    let every = Period::from_secs(10);
    let mut memory = Memory::default();
    step(&mut memory, &snapshot("done"), &RULES, at(0));
    let looks = [0, 10, 20, 40].map(|second| next_look(&memory, &RULES, every, at(second)).unwrap());
    assert_eq!(looks, [at(10), at(20), at(40), at(75)]);
    step(&mut memory, &snapshot("done+human+text"), &RULES, at(40));
    assert_eq!(next_look(&memory, &RULES, every, at(40)), None);
}

/// The looks that one consistent call can give, in the order of its life.
fn life() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::select(vec![
        vec!["queued", "started", "done", "done+human", "done+human+text"],
        vec!["queued", "started", "done+text", "done+voicemail+text"],
        vec!["queued", "failed"],
        vec!["queued", "started", "done", "done+busy"],
        vec!["writing", "done", "done+unknown+summary"],
    ])
}

proptest! {
    /// Whatever the order and however often, the same snapshots within the settle time end in the
    /// same one event; a call that has ended is not told as started afterwards.
    #[test]
    fn order_and_repetition_change_nothing(
        (life, shown) in life().prop_flat_map(|life| {
            let last = life.len() - 1;
            let extra = proptest::collection::vec(0..life.len(), 0..12);
            let order = Just((0..=last).collect::<Vec<_>>()).prop_shuffle();
            (Just(life), (order, extra).prop_map(|(mut order, extra)| { order.extend(extra); order }))
        })
    ) {
        let tell = |order: &[usize]| {
            let mut memory = Memory::default();
            let mut known = Call::default();
            let mut told = Vec::new();
            for index in order {
                known.absorb(snapshot(life[*index]));
                told.extend(step(&mut memory, &known, &RULES, at(1)));
            }
            told.extend(step(&mut memory, &known, &RULES, at(200)));
            told
        };
        let ends = |told: &[Change]| -> Vec<Change> { told.iter().copied().filter(|change| matches!(change, Change::Ended(_))).collect() };
        let straight = tell(&(0..life.len()).collect::<Vec<_>>());
        let shuffled = tell(&shown);
        prop_assert_eq!(ends(&straight), ends(&shuffled));
        prop_assert_eq!(ends(&straight).len(), 1);
        let end = shuffled.iter().position(|change| matches!(change, Change::Ended(_)));
        let start = shuffled.iter().position(|change| matches!(change, Change::Started));
        prop_assert!(start.is_none() || start < end);
    }

    /// Any sequence at all, consistent or not, gives at most one end and never a correction before it.
    #[test]
    fn a_call_ends_at_most_once(
        looks in proptest::collection::vec(
            (proptest::sample::select(vec!["queued", "started", "done", "done+human+text", "done+voicemail", "failed", "busy", "writing"]), 0i64..200),
            0..20,
        ),
        settle in 0u64..120,
        await_answer in proptest::bool::ANY,
    ) {
        let rules = Rules { settle: Period::from_secs(settle), await_answer, ..RULES };
        let (mut memory, mut known, mut now, mut told) = (Memory::default(), Call::default(), 0, Vec::new());
        for (words, pause) in looks {
            now += pause;
            known.absorb(snapshot(words));
            told.extend(step(&mut memory, &known, &rules, at(now)));
        }
        let ends = told.iter().filter(|change| matches!(change, Change::Ended(_))).count();
        prop_assert!(ends <= 1);
        let first_correction = told.iter().position(|change| matches!(change, Change::Corrected { .. }));
        let end = told.iter().position(|change| matches!(change, Change::Ended(_)));
        prop_assert!(first_correction.is_none() || (end.is_some() && end < first_correction));
    }
}
