//! What a person reads of many events at once.

use insta::assert_snapshot;
use jiff::Timestamp;

use super::{now, renderer, shown, view};
use crate::{
    event::{
        Data, Event,
        digest::{Heading, Previous, Reason, Totals, compose},
        facts::OutcomeCounts,
        kind::Kind,
        sample::{self, sample},
    },
    render::privacy::Privacy,
};

fn text(event: &Event) -> String {
    shown(renderer(), "email.txt.hbs", event, Privacy::Masked)
}

fn title(event: &Event) -> String {
    renderer().message(event, view(Privacy::Masked)).message.title
}

fn of(reason: Reason, from: &str, to: &str, members: Vec<Event>) -> Event {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    compose(&Heading { id: "evt_1", route: "nights", reason, from: at(from), to: at(to), previous: None }, members)
}

#[test]
fn a_digest_tells_what_asks_for_somebody_and_then_the_counts() {
    assert_snapshot!(text(&sample(Kind::Digest, now())), @"
    📋 38 calls: 20 human, 12 voicemail, 3 no answer, 1 busy, 2 failed · 7 other events · 1 open problem · Digest · every morning

    Thu 14 Dec, 19:16 – Fri 15 Dec, 19:16 EST

    12 calls more than the time before (26), 2 fewer failed (4).

    Problems

    • 👌 account bland: Bland cannot be reached, over since Fri 15 Dec, 19:16 EST
    • 🚨 notifier ops: destination no longer exists, since Fri 15 Dec, 19:12 EST and not over

    Failed

    • number not found (2): +1 ••• ••• 0130, +1 ••• ••• 0377. Check the number, or take it off the list: calling again will not help.

    Worth a look

    • 🔍 d0000003-89ab-4def-8123-456789abcdef: not known to Bland
    • ⏳ +1 ••• ••• 4567: not over yet, started 3 hours ago
    • ⚠️ +1 ••• ••• 0364: transfer failed – Ada confirmed the appointment and asked to be called back about two rooms.
    • 🔁 +1 ••• ••• 4567: human, not voicemail – Ada confirmed the appointment and asked to be called back about two rooms.
    • ↪️ +1 ••• ••• 0117: put through to +1 ••• ••• 0007 – Ada confirmed the appointment and asked to be called back about two rooms.
    • 🤝 +1 ••• ••• 0026: tomorrow at 3pm, 2 rooms – Ada confirmed the appointment and asked to be called back about two rooms.

    And 2 more.

    Batches

    • Spring reminders: finished, 48 calls, 2 failed; 38 of its calls told here

    ✅ █████░░░░░ 20 human (53%)
    📭 ███░░░░░░░ 12 voicemail (32%)
    🔕 █░░░░░░░░░ 3 no answer (8%)
    📵 ░░░░░░░░░░ 1 busy (3%)
    ❌ █░░░░░░░░░ 2 failed (5%)

    Other calls

    15 Dec, 18:59 · +1 ••• ••• 0481 · human · 59 s
    15 Dec, 18:40 · +1 ••• ••• 0468 · human · 52 s
    15 Dec, 18:21 · +1 ••• ••• 0455 · human · 45 s
    15 Dec, 18:01 · +1 ••• ••• 0442 · human · 1 min 38 s
    15 Dec, 17:40 · +1 ••• ••• 0429 · human · 1 min 31 s
    15 Dec, 17:18 · +1 ••• ••• 0416 · human · 23 min
    15 Dec, 16:55 · +1 ••• ••• 0403 · no answer
    15 Dec, 16:31 · +1 ••• ••• 0390 · no answer
    15 Dec, 15:14 · +1 ••• ••• 0351 · voicemail
    15 Dec, 14:47 · +1 ••• ••• 0338 · voicemail
    15 Dec, 14:19 · +1 ••• ••• 0325 · voicemail
    15 Dec, 13:49 · +1 ••• ••• 0312 · voicemail
    15 Dec, 13:19 · +1 ••• ••• 0299 · voicemail
    15 Dec, 12:48 · +1 ••• ••• 0286 · voicemail
    15 Dec, 12:17 · +1 ••• ••• 0273 · human · 1 min 7 s
    15 Dec, 11:44 · +1 ••• ••• 0260 · human · 1 min
    15 Dec, 11:10 · +1 ••• ••• 0247 · human · 53 s
    15 Dec, 10:36 · +1 ••• ••• 0234 · human · 46 s
    15 Dec, 10:00 · +1 ••• ••• 0221 · human · 1 min 39 s
    15 Dec, 09:24 · +1 ••• ••• 0208 · human · 1 min 32 s

    And 13 more calls.

    https://ringback.example.com/batches/652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    -- 
    Ringback · everything · every morning · Fri 15 Dec, 19:16 EST
    ");
}

#[test]
fn each_reason_to_bundle_has_its_own_wording() {
    let texts = Reason::ALL.map(|reason| {
        let text = text(&sample::bundle(reason, now()));
        text.lines().take(5).collect::<Vec<_>>().join("\n")
    });
    assert_snapshot!(texts.join("\n\n"), @"
    📋 38 calls: 20 human, 12 voicemail, 3 no answer, 1 busy, 2 failed · 7 other events · 1 open problem · Digest · every morning

    Thu 14 Dec, 19:16 – Fri 15 Dec, 19:16 EST

    12 calls more than the time before (26), 2 fewer failed (4).

    📦 38 calls of one batch within 30 s: 20 human, 12 voicemail, 3 no answer, 1 busy, 2 failed

    Failed

    • number not found (2): +1 ••• ••• 0130, +1 ••• ••• 0377. Check the number, or take it off the list: calling again will not help.

    🌙 38 calls while it was quiet, 10:16 – 19:16: 20 human, 12 voicemail, 3 no answer, 1 busy, 2 failed

    Held back Fri 15 Dec, 10:16 – 19:16 EST.

    Failed

    ⏩ 38 more calls at once: 20 human, 12 voicemail, 3 no answer, 1 busy, 2 failed

    Sent together, as they came too fast to be told one by one.

    Failed
    ");
}

#[test]
fn a_title_says_no_more_than_it_must() {
    let day = |members| of(Reason::Digest, "2023-12-15T14:00:00Z", "2023-12-16T14:00:00Z", members);
    let of_batch = vec![sample(Kind::CallCompleted, now()), sample(Kind::BatchCompleted, now())];
    let titles = [
        day(vec![]),
        day(vec![sample(Kind::CallCompleted, now())]),
        day(vec![sample(Kind::BatchCompleted, now())]),
        day(vec![sample(Kind::CallCompleted, now()), sample(Kind::NotifierFailing, now())]),
        of(Reason::Group, "2023-12-16T00:16:00Z", "2023-12-16T00:16:30Z", of_batch),
        of(Reason::Throttle, "2023-12-16T00:16:00Z", "2023-12-16T00:16:30Z", vec![sample(Kind::CallStarted, now())]),
    ];
    assert_snapshot!(titles.map(|event| title(&event)).join("\n"), @"
    💤 Nothing to report · nights
    📋 1 call: 1 human · Digest · nights
    📋 1 event · Digest · nights
    📋 1 call: 1 human · 1 other event · 1 open problem · Digest · nights
    📦 1 call of Spring reminders within 30 s: 1 human · 1 other event
    ⏩ 1 more event at once
    ");
}

#[test]
fn a_digest_of_a_night_in_which_the_clocks_change_says_so() {
    let event =
        of(Reason::Quiet, "2023-11-05T02:00:00Z", "2023-11-05T12:00:00Z", vec![sample(Kind::CallFailed, now())]);
    assert_snapshot!(text(&event), @"
    🌙 1 call while it was quiet, 22:00 – 07:00: 1 failed

    Held back Sat 4 Nov, 22:00 EDT – Sun 5 Nov, 07:00 EST.

    Failed

    • number not found: +1 ••• ••• 4567. Check the number, or take it off the list: calling again will not help.

    Batches

    • 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10: 1 call

    ❌ ██████████ 1 failed (100%)

    -- 
    Ringback · everything · nights · Sun 5 Nov, 07:00 EST
    ");
}

#[test]
fn a_digest_of_problems_only() {
    let kinds = [Kind::WatchFailing, Kind::WatchRecovered, Kind::NotifierFailing, Kind::DeliveryMissing];
    let mut members: Vec<Event> = kinds.into_iter().map(|kind| sample(kind, now())).collect();
    for (place, event) in members.iter_mut().enumerate() {
        event.observed_at = now() + jiff::SignedDuration::from_secs(i64::try_from(place).unwrap());
    }
    assert_snapshot!(text(&of(Reason::Digest, "2023-12-15T14:00:00Z", "2023-12-16T14:00:00Z", members)), @"
    📋 4 events · 1 open problem · Digest · nights

    Fri 15 Dec, 09:00 – Sat 16 Dec, 09:00 EST

    Problems

    • 👌 account bland: API key refused, over since Fri 15 Dec, 19:15 EST
    • 🚨 notifier ops: destination no longer exists, since Fri 15 Dec, 19:12 EST and not over
    • 🩹 notifier ops: call.completed of c1234567-89ab-4def-8123-456789abcdef had not been given to it, made up for

    -- 
    Ringback · everything · nights · Sat 16 Dec, 09:00 EST
    ");
}

#[test]
fn two_thousand_calls_are_told_as_shortly_as_forty() {
    let event = sample::huge(2_000, now());
    assert_snapshot!(text(&event), @"
    📋 2,000 calls: 1,053 human, 632 voicemail, 209 no answer, 1 busy, 105 failed · Digest · every morning

    Thu 14 Dec, 19:16 – Fri 15 Dec, 19:16 EST

    Failed

    • number not found (105): +1 ••• ••• 0130, +1 ••• ••• 0377, +1 ••• ••• 0624, +1 ••• ••• 0871, +1 ••• ••• 1118 and 100 more. Check the number, or take it off the list: calling again will not help.

    Worth a look

    • ⚠️ +1 ••• ••• 0364: transfer failed – Ada confirmed the appointment and asked to be called back about two rooms.
    • ⚠️ +1 ••• ••• 0611: transfer failed – Ada confirmed the appointment and asked to be called back about two rooms.
    • ⚠️ +1 ••• ••• 0858: transfer failed – Ada confirmed the appointment and asked to be called back about two rooms.
    • ⚠️ +1 ••• ••• 1105: transfer failed – Ada confirmed the appointment and asked to be called back about two rooms.
    • ⚠️ +1 ••• ••• 1352: transfer failed – Ada confirmed the appointment and asked to be called back about two rooms.
    • ⚠️ +1 ••• ••• 1599: transfer failed – Ada confirmed the appointment and asked to be called back about two rooms.

    And 309 more.

    ✅ █████░░░░░ 1,053 human (53%)
    📭 ███░░░░░░░ 632 voicemail (32%)
    🔕 █░░░░░░░░░ 209 no answer (10%)
    📵 ░░░░░░░░░░ 1 busy (0%)
    ❌ █░░░░░░░░░ 105 failed (5%)

    Other calls

    15 Dec, 19:12 · +1 ••• ••• 5818 · failed (number not found)
    15 Dec, 19:05 · +1 ••• ••• 5571 · failed (number not found)
    15 Dec, 18:59 · +1 ••• ••• 5324 · failed (number not found)
    15 Dec, 18:52 · +1 ••• ••• 5077 · failed (number not found)
    15 Dec, 18:46 · +1 ••• ••• 4830 · failed (number not found)
    15 Dec, 18:39 · +1 ••• ••• 4583 · failed (number not found)
    15 Dec, 18:32 · +1 ••• ••• 4336 · failed (number not found)
    15 Dec, 18:25 · +1 ••• ••• 4089 · failed (number not found)
    15 Dec, 18:18 · +1 ••• ••• 3842 · failed (number not found)
    15 Dec, 18:11 · +1 ••• ••• 3595 · failed (number not found)
    15 Dec, 18:03 · +1 ••• ••• 3348 · failed (number not found)
    15 Dec, 17:56 · +1 ••• ••• 3101 · failed (number not found)
    15 Dec, 17:48 · +1 ••• ••• 2854 · failed (number not found)
    15 Dec, 17:41 · +1 ••• ••• 2607 · failed (number not found)
    15 Dec, 17:33 · +1 ••• ••• 2360 · failed (number not found)
    15 Dec, 17:25 · +1 ••• ••• 2113 · failed (number not found)
    15 Dec, 17:17 · +1 ••• ••• 1866 · failed (number not found)
    15 Dec, 17:09 · +1 ••• ••• 1619 · failed (number not found)
    15 Dec, 17:00 · +1 ••• ••• 1372 · failed (number not found)
    15 Dec, 16:52 · +1 ••• ••• 1125 · failed (number not found)

    And 1,969 more calls.

    -- 
    Ringback · everything · every morning · Fri 15 Dec, 19:16 EST
    ");
    assert!(text(&event).chars().count() < 3_500);
    assert_snapshot!(shown(renderer(), "console.txt.hbs", &event, Privacy::Masked), @"
    19:16:41 📋 2,000 calls: 1,053 human, 632 voicemail, 209 no answer, 1 busy, 105 failed · Digest · every morning
             Thu 14 Dec, 19:16 – Fri 15 Dec, 19:16 EST
             Failed
             • number not found (105): +1 ••• ••• 0130, +1 ••• ••• 0377, +1 ••• ••• 0624, +1 ••• ••• 0871, +1 ••• ••• 1118 and 100 more. Check the number, or take it off the list: calling again will not help.
             Worth a look
             • ⚠️ +1 ••• ••• 0364: transfer failed – Ada confirmed the appointment and asked to be called back about two rooms.
             • ⚠️ +1 ••• ••• 0611: transfer failed – Ada confirmed the appointment and asked to be called back about two rooms.
             • ⚠️ +1 ••• ••• 0858: transfer failed – Ada confirmed the appointment and asked to be called back about two rooms.
             • ⚠️ +1 ••• ••• 1105: transfer failed – Ada confirmed the appointment and asked to be called back about two rooms.
             • ⚠️ +1 ••• ••• 1352: transfer failed – Ada confirmed the appointment and asked to be called back about two rooms.
             • ⚠️ +1 ••• ••• 1599: transfer failed – Ada confirmed the appointment and asked to be called back about two rooms.
             And 309 more.
             ✅ █████░░░░░ 1,053 human (53%)
             📭 ███░░░░░░░ 632 voicemail (32%)
             🔕 █░░░░░░░░░ 209 no answer (10%)
             📵 ░░░░░░░░░░ 1 busy (0%)
             ❌ █░░░░░░░░░ 105 failed (5%)
             everything · every morning
    ");
}

#[test]
fn a_digest_says_how_it_changed_in_one_line() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let (from, to) = (at("2023-12-15T14:00:00Z"), at("2023-12-16T14:00:00Z"));
    let line = |before: &str, (human, failed): (u64, u64), calls: u32, failures: u32| {
        let outcomes = OutcomeCounts { human, failed, ..OutcomeCounts::default() };
        let totals = Totals { total: human + failed, calls: human + failed, outcomes };
        let previous = Some(Previous { from: at("2023-12-13T14:00:00Z"), to: at(before), totals });
        let members = (0..calls + failures).map(|number| {
            let mut event = sample(if number < calls { Kind::CallCompleted } else { Kind::CallFailed }, now());
            event.id = format!("evt_{number}");
            if let Data::Call { call, .. } = &mut event.data {
                call.id = format!("c{number}");
            }
            event
        });
        let heading = Heading { id: "evt_1", route: "days", reason: Reason::Digest, from, to, previous };
        let text = text(&compose(&heading, members.collect()));
        let line = text.lines().find(|line| line.contains("time before") || line.contains("last digest"));
        line.unwrap_or("-").to_owned()
    };
    let day = "2023-12-15T14:00:00Z";
    let lines = [
        line(day, (22, 4), 36, 2),
        line(day, (0, 0), 1, 0),
        line(day, (0, 0), 0, 2),
        line(day, (1, 0), 0, 0),
        line(day, (30, 1), 2, 3),
        line(day, (2, 1), 2, 1),
        line(day, (0, 0), 0, 0),
        line("2023-12-14T14:00:00Z", (1, 1), 4, 0),
        line("2023-12-14T14:00:00Z", (4, 0), 4, 0),
    ];
    assert_snapshot!(lines.join("\n"), @"
    12 calls more than the time before (26), 2 fewer failed (4).
    1 call more than the time before (0).
    2 calls more than the time before (0), 2 more failed (0).
    1 call fewer than the time before (1).
    26 calls fewer than the time before (31), 2 more failed (1).
    As many calls as the time before (3), as many failed (1).
    -
    2 calls more than in the last digest, until Thu 14 Dec, 09:00 EST (2), 1 fewer failed (1).
    As many calls as in the last digest, until Thu 14 Dec, 09:00 EST (4).
    ");
}
