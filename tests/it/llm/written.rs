//! Summaries as people write them pass what holds a model's back.

use ringback::{
    bland::document,
    model::call::Call,
    simulate::{Simulator, clock::Clock, ending::Ending, options::Options, plan::CallSpec, scenario},
    summary::{
        config::Config,
        summarize,
        vet::{Task, vet},
    },
};

/// A call of this scenario, with the summary that somebody wrote of it.
fn told(name: &str, seed: u64) -> Call {
    let (clock, hand) = Clock::hand("2026-03-02T15:00:00Z".parse().unwrap());
    let account = Simulator::new(Options { seed, ..Options::default() }, clock);
    let spec = CallSpec { scenario: Some(name.to_owned()), ending: Some(Ending::Human), ..CallSpec::default() };
    let id = account.add_call(spec);
    hand.fetch_add(3_600_000, std::sync::atomic::Ordering::SeqCst);
    document::read_call(account.record(&id).unwrap().to_string().as_bytes()).unwrap()
}

#[test]
fn nearly_all_of_what_people_write_of_a_call_passes() {
    let (mut all, mut refused) = (0, Vec::new());
    for name in scenario::names() {
        for seed in 0..6 {
            let call = told(name, seed);
            let Some(written) = call.summary.filter(|_| !call.transcript.is_empty()) else { continue };
            // The people who wrote these knew names that nobody says in them.
            if matches!(name, "cold_transfer_billing" | "refuses") {
                continue;
            }
            all += 1;
            let task = Task { instructions: "", fence: "", max_words: 200 };
            if let Err(unfit) = vet(&written, true, &call.transcript, &task) {
                refused.push(format!("{name}/{seed}: {unfit}: {written}"));
            }
        }
    }
    assert!(all > 60, "{all}");
    assert!(refused.len() * 50 < all, "{} of {all}:\n{}", refused.len(), refused.join("\n"));
}

#[test]
fn the_variables_that_a_call_began_with_add_nothing_that_was_not_said() {
    let mut all = 0;
    for name in scenario::names() {
        for seed in 0..6 {
            let call = told(name, seed);
            let bare = Call { findings: Vec::new(), ..call.clone() };
            let details =
                |call: &Call| summarize(call, &Config::default()).map(|told| told.details).unwrap_or_default();
            let without = details(&bare);
            for detail in details(&call).into_iter().filter(|detail| !without.contains(detail)) {
                let task = Task { instructions: "", fence: "", max_words: 200 };
                assert_eq!(vet(&detail.text, true, &call.transcript, &task).err(), None, "{name}/{seed}: {detail:?}");
            }
            all += call.findings.len();
        }
    }
    assert!(all > 60, "{all}");
}

#[test]
fn nearly_no_changed_figure_or_name_passes() {
    let (mut all, mut passed) = (0, Vec::new());
    for name in scenario::names() {
        for seed in 0..6 {
            let call = told(name, seed);
            let Some(written) = call.summary.clone().filter(|_| !call.transcript.is_empty()) else { continue };
            let figures = written.replace(|c: char| c.is_ascii_digit(), "7");
            for wrong in [figures, capitalised(&written)] {
                if wrong == written {
                    continue;
                }
                all += 1;
                let task = Task { instructions: "", fence: "", max_words: 200 };
                if vet(&wrong, true, &call.transcript, &task).is_ok() {
                    passed.push(format!("{name}/{seed}: {wrong}"));
                }
            }
        }
    }
    assert!(all > 60, "{all}");
    assert!(passed.len() * 50 < all, "{} of {all}:\n{}", passed.len(), passed.join("\n"));
}

/// With another name in place of the last word that has a capital.
fn capitalised(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let last =
        (1..words.len()).rev().find(|at| words[*at].starts_with(char::is_uppercase) && !words[at - 1].ends_with('.'));
    let changed = words.iter().enumerate().map(|(at, word)| if Some(at) == last { "Zorblax" } else { word });
    changed.collect::<Vec<_>>().join(" ")
}
