//! What a person reads of each kind of event.

use insta::assert_snapshot;

use super::{masked, now, renderer, shown};
use crate::{
    event::{Data, kind::Kind, sample},
    render::privacy::Privacy,
};

#[test]
fn the_console_says_each_kind_in_a_few_lines() {
    let all: Vec<String> = Kind::SAID.iter().map(|kind| masked("console.txt.hbs", *kind)).collect();
    assert!(all.iter().all(|text| text.lines().count() <= 24));
    assert_snapshot!(all.join("\n"), @"
    19:15:41 📞 Call started · +1 ••• ••• 4567
             Direction: Outbound · Started: Fri 15 Dec, 19:14 EST
             https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    19:15:41 ✅ Human answered · +1 ••• ••• 4567
             > Ada confirmed the appointment and asked to be called back about two rooms.
             Taken from the transcript.
             Duration: 1 min 11 s · Ended by: the agent · Details: tomorrow at 3pm, 2 rooms · Disposition: Call back scheduled · Transferred to: +1 ••• ••• 0007
             https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    19:15:41 ❌ Call failed · number not found · +1 ••• ••• 4567
             Check the number, or take it off the list: calling again will not help.
             Bland says: Call failed. The number you dialed is not found. · Failed: while calling · At: Fri 15 Dec, 19:15 EST
             https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    19:15:41 🔁 Corrected: human, not voicemail · +1 ••• ••• 4567
             > Ada confirmed the appointment and asked to be called back about two rooms.
             Duration: 1 min 11 s · Problem: transfer failed · To do: Call the person back: they were not put through. · Ended: Fri 15 Dec, 19:15 EST
             https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    19:15:41 ⏳ Call stuck · +1 ••• ••• 4567
             Bland still reports it as unfinished, long after it must have ended. Look at it in Bland's dashboard, and stop it there if it is still on the line.
             Status: In progress · Started: Fri 15 Dec, 16:16 EST (3 hours ago)
             https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    19:15:41 🔍 Call not found at Bland · c1234567-89ab-4def-8123-456789abcdef
             Bland keeps answering that there is no such call. Check the id in the config, and whether it belongs to the account bland.
             https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    19:15:41 🚀 Batch started · Spring reminders
             Calls: at least 48 · Started: Fri 15 Dec, 18:35 EST
             https://ringback.example.com/batches/652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    19:15:41 📊 62% done, 2 failed · Spring reminders
             █████████████░░░░░░░ 30 of 48 calls
             • ✅ 27 human
             • 📭 1 voicemail
             • ❌ 2 failed
             Failed so far
             • +1 ••• ••• 0021: number not found
             • +1 ••• ••• 0022: temporarily unavailable
             Pace: 4.2 calls a minute · Expected end: Fri 15 Dec, 19:21 EST · Started: Fri 15 Dec, 18:35 EST
             https://ringback.example.com/batches/652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    19:15:41 ⚠️ Batch finished, 29 of 48 reached, 2 failed · Spring reminders
             48 calls
             ✅ ██████░░░░ 29 human (60%)
             📭 ██░░░░░░░░ 10 voicemail (21%)
             🔕 █░░░░░░░░░ 4 no answer (8%)
             📵 ░░░░░░░░░░ 1 busy (2%)
             🚫 ░░░░░░░░░░ 1 canceled (2%)
             ❔ ░░░░░░░░░░ 1 unclear (2%)
             ❌ ░░░░░░░░░░ 2 failed (4%)
             Failed calls
             • number not found: +1 ••• ••• 0021. Check the number, or take it off the list: calling again will not help.
             • temporarily unavailable: +1 ••• ••• 0022. The phone is off or out of reach. Call again later.
             Took: 40 min · Finished: Fri 15 Dec, 19:15 EST
             https://ringback.example.com/batches/652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    19:15:41 ⏳ Batch stuck at 30 of 48 calls · Spring reminders
             █████████████░░░░░░░ 62%
             Nothing has changed for some time. Look at the batch in Bland's dashboard: calls may wait for their start time, or for free lines.
             Started: Fri 15 Dec, 18:35 EST (41 min ago)
             https://ringback.example.com/batches/652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    19:15:41 🚨 Calls go unseen · API key refused · account bland
             Check the account's api_key in Ringback's config.
             Calls that end meanwhile are told when this is over.
             Since: Fri 15 Dec, 19:12 EST (4 min ago) · Tries: 4 · Error: unauthorized (401)
             everything

    19:15:41 👌 Calls are seen again · account bland
             What ended meanwhile is being told now.
             Went unseen since: Fri 15 Dec, 19:12 EST (4 min ago) · Because: API key refused
             everything

    19:15:41 🔇 Not getting through · destination no longer exists · notifier ops
             Create it anew, and put the new address into the config.
             Messages for it wait until it takes them again; what it refuses for good is kept as a dead letter.
             Error: Discord answered 404 code 10015: Unknown Webhook · Since: Fri 15 Dec, 19:12 EST (4 min ago) · Failed tries: 4
             everything

    19:15:41 👌 Getting through again · notifier ops
             What was kept meanwhile is being sent now.
             Was failing since: Fri 15 Dec, 19:12 EST (4 min ago) · Because: destination no longer exists
             everything

    19:15:41 🩹 A message was missing · notifier ops
             call.completed of c1234567-89ab-4def-8123-456789abcdef had not been given to it.
             Ringback found this when it compared what happened with what it had sent, and is sending it now. It should never happen: please report it, with the lines of the log around that time.
             Since: Fri 15 Dec, 19:12 EST (4 min ago)
             everything

    19:16:41 📋 38 calls: 20 human, 12 voicemail, 3 no answer, 1 busy, 2 failed · 7 other events · 1 open problem · Digest · every morning
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
             🔕 █░░░░░░░░░ 3 no answer (8%) …
             https://ringback.example.com/batches/652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10
    ");
}

#[test]
fn subjects_are_the_titles() {
    let all: Vec<String> = Kind::SAID.iter().map(|kind| masked("email.subject.hbs", *kind)).collect();
    assert_snapshot!(all.join("\n"), @"
    📞 Call started · +1 ••• ••• 4567
    ✅ Human answered · +1 ••• ••• 4567
    ❌ Call failed · number not found · +1 ••• ••• 4567
    🔁 Corrected: human, not voicemail · +1 ••• ••• 4567
    ⏳ Call stuck · +1 ••• ••• 4567
    🔍 Call not found at Bland · c1234567-89ab-4def-8123-456789abcdef
    🚀 Batch started · Spring reminders
    📊 62% done, 2 failed · Spring reminders
    ⚠️ Batch finished, 29 of 48 reached, 2 failed · Spring reminders
    ⏳ Batch stuck at 30 of 48 calls · Spring reminders
    🚨 Calls go unseen · API key refused · account bland
    👌 Calls are seen again · account bland
    🔇 Not getting through · destination no longer exists · notifier ops
    👌 Getting through again · notifier ops
    🩹 A message was missing · notifier ops
    📋 38 calls: 20 human, 12 voicemail, 3 no answer, 1 busy, 2 failed · 7 other events · 1 open problem · Digest · every morning
    ");
}

#[test]
fn each_kind_can_be_said_with_next_to_nothing() {
    let renderer = renderer();
    let say = |kind| shown(renderer, "console.txt.hbs", &sample::sparse(kind, now()), Privacy::Masked);
    assert_snapshot!(Kind::SAID.map(say).join("\n"), @"
    19:15:41 📞 Call started · unknown number
             Started: Fri 15 Dec, 19:15 EST
             everything · c1234567-89ab-4def-8123-456789abcdef

    19:15:41 ✅ Human answered · unknown number
             everything · c1234567-89ab-4def-8123-456789abcdef

    19:15:41 ❌ Call failed · no reason given · unknown number
             Look at the call in Bland's dashboard.
             At: Fri 15 Dec, 19:15 EST
             everything · c1234567-89ab-4def-8123-456789abcdef

    19:15:41 🔁 Corrected: human, not voicemail · unknown number
             everything · c1234567-89ab-4def-8123-456789abcdef

    19:15:41 ⏳ Call stuck · unknown number
             Bland still reports it as unfinished, long after it must have ended. Look at it in Bland's dashboard, and stop it there if it is still on the line.
             Status: Unknown
             everything · c1234567-89ab-4def-8123-456789abcdef

    19:15:41 🔍 Call not found at Bland · c1234567-89ab-4def-8123-456789abcdef
             Bland keeps answering that there is no such call. Check the id in the config, and whether it belongs to the account bland.
             everything · c1234567-89ab-4def-8123-456789abcdef

    19:15:41 🚀 Batch started · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10
             everything · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    19:15:41 🚀 Batch started · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10
             ░░░░░░░░░░░░░░░░░░░░ 0 of 0 calls
             everything · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    19:15:41 ✅ Batch finished · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10
             0 calls
             everything · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    19:15:41 ⏳ Batch stuck at 0 of 0 calls · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10
             ░░░░░░░░░░░░░░░░░░░░ 0%
             Nothing has changed for some time. Look at the batch in Bland's dashboard: calls may wait for their start time, or for free lines.
             everything · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    19:15:41 🚨 Calls go unseen · Bland does not answer · account bland
             Ringback keeps trying.
             Calls that end meanwhile are told when this is over.
             Since: Fri 15 Dec, 19:12 EST (4 min ago)
             everything

    19:15:41 👌 Calls are seen again · account bland
             What ended meanwhile is being told now.
             Went unseen since: Fri 15 Dec, 19:12 EST (4 min ago)
             everything

    19:15:41 🔇 Not getting through · notifier ops
             Messages for it wait until it takes them again; what it refuses for good is kept as a dead letter.
             Since: Fri 15 Dec, 19:12 EST (4 min ago)
             everything

    19:15:41 👌 Getting through again · notifier ops
             What was kept meanwhile is being sent now.
             Was failing since: Fri 15 Dec, 19:12 EST (4 min ago)
             everything

    19:15:41 🩹 A message was missing · notifier ops
             Ringback found this when it compared what happened with what it had sent, and is sending it now. It should never happen: please report it, with the lines of the log around that time.
             Since: Fri 15 Dec, 19:12 EST (4 min ago)
             everything

    19:16:41 💤 Nothing to report · every morning
             Thu 14 Dec, 19:16 – Fri 15 Dec, 19:16 EST
             Ringback was watching, and nothing came that belongs into this message.
             every morning
    ");
}

#[test]
fn whatever_makes_an_account_blind_is_said_with_what_to_do() {
    let reasons = [
        "",
        "request timed out",
        "unauthorized (401)",
        "the request limit of 60 a minute does not suffice to read all calls",
        "the store cannot be written: disk I/O error",
    ];
    let texts = reasons.map(|reason| {
        let mut event = sample::sample(Kind::WatchFailing, now());
        if let Data::Problem { problem } = &mut event.data {
            problem.reason = reason.to_owned();
        }
        shown(renderer(), "console.txt.hbs", &event, Privacy::Masked)
    });
    assert_snapshot!(texts.join("\n"), @"
    19:15:41 🚨 Calls go unseen · Bland does not answer · account bland
             Ringback keeps trying.
             Calls that end meanwhile are told when this is over.
             Since: Fri 15 Dec, 19:12 EST (4 min ago) · Tries: 4
             everything

    19:15:41 🚨 Calls go unseen · Bland cannot be reached · account bland
             Ringback keeps trying. If this lasts, check this machine's network.
             Calls that end meanwhile are told when this is over.
             Since: Fri 15 Dec, 19:12 EST (4 min ago) · Tries: 4 · Error: request timed out
             everything

    19:15:41 🚨 Calls go unseen · API key refused · account bland
             Check the account's api_key in Ringback's config.
             Calls that end meanwhile are told when this is over.
             Since: Fri 15 Dec, 19:12 EST (4 min ago) · Tries: 4 · Error: unauthorized (401)
             everything

    19:15:41 🚨 Calls go unseen · the request limit is too low to read all calls · account bland
             Raise max_requests_per_minute, or watch less.
             Calls that end meanwhile are told when this is over.
             Since: Fri 15 Dec, 19:12 EST (4 min ago) · Tries: 4 · Error: the request limit of 60 a minute does not suffice to read…
             everything

    19:15:41 🚨 Calls go unseen · the store cannot be written · account bland
             See whether its disk is full or read-only, or its database is down.
             Calls that end meanwhile are told when this is over.
             Since: Fri 15 Dec, 19:12 EST (4 min ago) · Tries: 4 · Error: the store cannot be written: disk I/O error
             everything
    ");
}
