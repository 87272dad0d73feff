//! What Bland found out in a call, beside what was said in it.

use crate::{
    model::call::{Call, Finding},
    summary::{config::Config, summarize, tests::call},
};

const MOVED: &str = "A: Hi, it's Kim from Hillside. Your visit is on Monday at ten. I could offer you Wednesday at 2 or Thursday at 4:30.
     U: Thursday at four thirty is good.
     A: Done, I've moved you to Thursday at 4:30. The fee is $24.50.";
const OPEN: &str =
    "A: Hi, it's Kim from Hillside, calling about your visit. We have Wednesday at 2 or Thursday at 4:30.
     U: I don't know. I'd have to look.
     A: Of course, we'll text you.";

fn told(script: &str, findings: &[(&str, &str, bool)]) -> Vec<String> {
    let mut call = call(false, script);
    call.findings = findings.iter().map(|(key, text, analysed)| finding(key, text, *analysed)).collect();
    call.started_at = Some("2026-03-02T15:00:00Z".parse().unwrap());
    details(&call)
}

fn finding(key: &str, text: &str, analysed: bool) -> Finding {
    Finding { key: key.to_owned(), text: text.to_owned(), analysed }
}

fn details(call: &Call) -> Vec<String> {
    let summary = summarize(call, &Config::default()).expect("the call says something");
    summary.details.iter().map(|detail| format!("{} {}", detail.kind.as_str(), detail.text)).collect()
}

#[test]
fn what_bland_read_out_of_the_call_comes_first() {
    for (script, findings, expected) in [
        (MOVED, &[][..], &["date Thursday at 4:30", "amount $24.50"][..]),
        // It was said in other words, which stay.
        (MOVED, &[("fee", "24.50", true)], &["amount $24.50", "date Thursday at 4:30"]),
        (MOVED, &[("fee", "$24.50", true)], &["amount $24.50", "date Thursday at 4:30"]),
        (MOVED, &[("appointment_date", "2026-03-05", true)], &["date Thursday at 4:30", "amount $24.50"]),
        (MOVED, &[("appointment", "2026-03-05T16:30:00", true)], &["date Thursday at 4:30", "amount $24.50"]),
        (
            MOVED,
            &[("day", "2026-03-05", true), ("time", "4:30 PM", true), ("start", "16:30", false)],
            &["date Thursday at 4:30", "amount $24.50"],
        ),
        (
            MOVED,
            &[("name", "Maria Lopez", true), ("interested", "true", true)],
            &["name Maria Lopez", "date Thursday at 4:30", "amount $24.50"],
        ),
        (OPEN, &[("appointment_date", "2026-03-05", true)], &["date 2026-03-05"]),
        (OPEN, &[("time", "Wednesday at 2 PM", true)], &["date Wednesday at 2 PM"]),
        (
            "A: Can we come tomorrow at noon?\\nU: Yes, tomorrow at noon.",
            &[("visit", "2026-03-03", true)],
            &["date tomorrow at noon"],
        ),
    ] {
        assert_eq!(told(&script.replace("\\n", "\n"), findings), expected, "{findings:?}");
    }
}

#[test]
fn a_variable_counts_only_where_it_was_said_and_holds() {
    for (script, findings, expected) in [
        // How things stood when the call began.
        (
            MOVED,
            &[("appointment_day", "Monday", false), ("appointment_time", "10 AM", false)][..],
            &["date Thursday at 4:30", "amount $24.50"][..],
        ),
        (MOVED, &[("appointment_day", "Friday", false)], &["date Thursday at 4:30", "amount $24.50"]),
        (MOVED, &[("appointment_day", "Thursday", false)], &["date Thursday at 4:30", "amount $24.50"]),
        (OPEN, &[("day", "Thursday", false)], &["date Thursday"]),
        (OPEN, &[("day", "Friday", false)], &[]),
        (OPEN, &[("patient", "Kim", false), ("rooms", "3", false)], &[]),
        (
            "A: How many rooms?\nU: Maybe three rooms, I'd ask my boss.\nA: Fine, do that please.",
            &[("rooms", "3", false)],
            &["quantity three rooms"],
        ),
    ] {
        assert_eq!(told(script, findings), expected, "{findings:?}");
    }
}

#[test]
fn blands_summary_without_a_transcript_comes_with_what_it_found_out() {
    let findings = vec![finding("visit", "2026-03-05", true), finding("plan", "$89", false)];
    let call = Call { summary: Some("A visit was booked.".to_owned()), findings, ..Call::default() };
    assert_eq!(details(&call), ["date 2026-03-05"]);
}
