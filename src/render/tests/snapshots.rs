//! What a person reads.

use insta::assert_snapshot;

use super::{masked, now, renderer, shown, view};
use crate::{
    event::{kind::Kind, sample},
    model::outcome::Likely,
    render::privacy::Privacy,
};

#[test]
fn a_completed_call_as_text_mail() {
    assert_snapshot!(masked("email.txt.hbs", Kind::CallCompleted), @"
    ✅ Human answered · +1 ••• ••• 4567

    > Ada confirmed the appointment and asked to be called back about two rooms.

    Taken from the transcript.

    Duration: 1 min 11 s
    Ended by: the agent
    Details: tomorrow at 3pm, 2 rooms
    Disposition: Call back scheduled
    Transferred to: +1 ••• ••• 0007
    Problem: transfer failed
    To do: Call the person back: they were not put through.
    Ended: Fri 15 Dec, 19:15 EST

    https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    -- 
    Ringback · everything · c1234567-89ab-4def-8123-456789abcdef · Fri 15 Dec, 19:15 EST
    ");
}

#[test]
fn a_failed_call_as_text_mail() {
    assert_snapshot!(masked("email.txt.hbs", Kind::CallFailed), @"
    ❌ Call failed · number not found · +1 ••• ••• 4567

    Check the number, or take it off the list: calling again will not help.

    Bland says: Call failed. The number you dialed is not found.
    Failed: while calling
    At: Fri 15 Dec, 19:15 EST

    https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef

    -- 
    Ringback · everything · c1234567-89ab-4def-8123-456789abcdef · Fri 15 Dec, 19:15 EST
    ");
}

#[test]
fn a_finished_batch_as_text_mail() {
    assert_snapshot!(masked("email.txt.hbs", Kind::BatchCompleted), @"
    ⚠️ Batch finished, 29 of 48 reached, 2 failed · Spring reminders

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

    Took: 40 min
    Finished: Fri 15 Dec, 19:15 EST

    https://ringback.example.com/batches/652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10

    -- 
    Ringback · everything · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10 · Fri 15 Dec, 19:15 EST
    ");
}

#[test]
fn a_failing_watch_as_text_mail() {
    assert_snapshot!(masked("email.txt.hbs", Kind::WatchFailing), @"
    🚨 Calls go unseen · API key refused · account bland

    Check the account's api_key in Ringback's config.

    Calls that end meanwhile are told when this is over.

    Since: Fri 15 Dec, 19:12 EST (4 min ago)
    Tries: 4
    Error: unauthorized (401)

    -- 
    Ringback · everything · Fri 15 Dec, 19:15 EST
    ");
}

#[test]
fn a_completed_call_as_html_mail() {
    let html = masked("email.html.hbs", Kind::CallCompleted);
    let (_, body) = html.split_once("<body").unwrap();
    assert_snapshot!(body, @r##"
    >
    <div class="preheader" style="mso-hide:all">Ada confirmed the appointment and asked to be called back about two rooms.&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;</div>
    <table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#f2f4f7">
    <tr><td class="outer" align="center">
    <!--[if mso]><table role="presentation" width="600" align="center" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
    <table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#ffffff">
    <tr><td class="stripe" height="5" bgcolor="#2E9E5B">&nbsp;</td></tr>
    <tr><td class="title"><h1 dir="auto">✅ Human answered · +1 ••• ••• 4567</h1></td></tr>
    <tr><td class="pad">
    <blockquote dir="auto">Ada confirmed the appointment and asked to be called back about two rooms.</blockquote>
    <p dir="auto"><em>Taken from the transcript.</em></p>
    </td></tr>
    <tr><td class="pad">
    <table class="list" width="100%" cellpadding="0" cellspacing="0" border="0">
    <tr>
    <th scope="row" class="label">Duration</th>
    <td class="value" dir="auto">1 min 11 s</td>
    </tr>
    <tr>
    <th scope="row" class="label">Ended by</th>
    <td class="value" dir="auto">the agent</td>
    </tr>
    <tr>
    <th scope="row" class="label">Details</th>
    <td class="value" dir="auto">tomorrow at 3pm, 2 rooms</td>
    </tr>
    <tr>
    <th scope="row" class="label">Disposition</th>
    <td class="value" dir="auto">Call back scheduled</td>
    </tr>
    <tr>
    <th scope="row" class="label">Transferred to</th>
    <td class="value" dir="auto">+1 ••• ••• 0007</td>
    </tr>
    <tr>
    <th scope="row" class="label">Problem</th>
    <td class="value" dir="auto">transfer failed</td>
    </tr>
    <tr>
    <th scope="row" class="label">To do</th>
    <td class="value" dir="auto">Call the person back: they were not put through.</td>
    </tr>
    <tr>
    <th scope="row" class="label">Ended</th>
    <td class="value" dir="auto">Fri 15 Dec, 19:15 EST</td>
    </tr>
    </table>
    </td></tr>
    <tr><td class="pad">
    <table role="presentation" class="button" cellpadding="0" cellspacing="0" border="0"><tr><td class="face" bgcolor="#1a5fb4"><a href="https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef">Open in Ringback</a></td></tr></table>
    </td></tr>
    <tr><td class="foot">Ringback · everything · c1234567-89ab-4def-8123-456789abcdef · Fri 15 Dec, 19:15 EST</td></tr>
    </table>
    <!--[if mso]></td></tr></table><![endif]-->
    </td></tr>
    </table>
    </body>
    </html>
    "##);
}

#[test]
fn a_failed_call_in_discord() {
    assert_snapshot!(masked("discord.json.hbs", Kind::CallFailed), @r#"
    {
      "title": "❌ Call failed · number not found · +1 ••• ••• 4567",
      "description": "Check the number, or take it off the list: calling again will not help.",
      "url": "https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef",
      "timestamp": "2023-12-16T00:15:41Z",
      "color": 14042437,
      "footer": {"text": "everything · c1234567-89ab-4def-8123-456789abcdef"},
      "fields": [
        {"name": "Bland says", "value": "Call failed. The number you dialed is not found.", "inline": false},
        {"name": "Failed", "value": "while calling", "inline": true},
        {"name": "At", "value": "Fri 15 Dec, 19:15 EST", "inline": true}
      ]
    }
    "#);
}

#[test]
fn a_finished_batch_in_discord() {
    assert_snapshot!(masked("discord.json.hbs", Kind::BatchCompleted), @r#"
    {
      "title": "⚠️ Batch finished, 29 of 48 reached, 2 failed · Spring reminders",
      "description": "**48 calls**\n\n✅ ██████░░░░ **29** human \\(60%\\)\n📭 ██░░░░░░░░ **10** voicemail \\(21%\\)\n🔕 █░░░░░░░░░ **4** no answer \\(8%\\)\n📵 ░░░░░░░░░░ **1** busy \\(2%\\)\n🚫 ░░░░░░░░░░ **1** canceled \\(2%\\)\n❔ ░░░░░░░░░░ **1** unclear \\(2%\\)\n❌ ░░░░░░░░░░ **2** failed \\(4%\\)\n\n**Failed calls**\n\n- **number not found**: +1 ••• ••• 0021. Check the number, or take it off the list: calling again will not help.\n- **temporarily unavailable**: +1 ••• ••• 0022. The phone is off or out of reach. Call again later.",
      "url": "https://ringback.example.com/batches/652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10",
      "timestamp": "2023-12-16T00:15:41Z",
      "color": 13208091,
      "footer": {"text": "everything · 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10"},
      "fields": [
        {"name": "Took", "value": "40 min", "inline": true},
        {"name": "Finished", "value": "Fri 15 Dec, 19:15 EST", "inline": true}
      ]
    }
    "#);
}

#[test]
fn a_completed_call_in_slack() {
    assert_snapshot!(masked("presets/slack.json.hbs", Kind::CallCompleted), @r#"
    {
      "text": "✅ Human answered · +1 ••• ••• 4567\nAda confirmed the appointment and asked to be called back about two rooms.",
      "unfurl_links": false,
      "unfurl_media": false,
      "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "✅ Human answered · +1 ••• ••• 4567", "emoji": true}},
        {"type": "rich_text", "elements": [{"elements":[{"text":"Ada confirmed the appointment and asked to be called back about two rooms.","type":"text"}],"type":"rich_text_quote"},{"elements":[{"style":{"italic":true},"text":"Taken from the transcript.","type":"text"}],"type":"rich_text_section"}]},
        {"type": "rich_text", "elements": [{"elements":[{"style":{"bold":true},"text":"Duration: ","type":"text"},{"text":"1 min 11 s\n","type":"text"},{"style":{"bold":true},"text":"Ended by: ","type":"text"},{"text":"the agent\n","type":"text"},{"style":{"bold":true},"text":"Details: ","type":"text"},{"text":"tomorrow at 3pm, 2 rooms\n","type":"text"},{"style":{"bold":true},"text":"Disposition: ","type":"text"},{"text":"Call back scheduled\n","type":"text"},{"style":{"bold":true},"text":"Transferred to: ","type":"text"},{"text":"+1 ••• ••• 0007\n","type":"text"},{"style":{"bold":true},"text":"Problem: ","type":"text"},{"text":"transfer failed\n","type":"text"},{"style":{"bold":true},"text":"To do: ","type":"text"},{"text":"Call the person back: they were not put through.\n","type":"text"},{"style":{"bold":true},"text":"Ended: ","type":"text"},{"text":"Fri 15 Dec, 19:15 EST","type":"text"}],"type":"rich_text_section"}]},
        {"type": "context", "elements": [
          {"type": "mrkdwn", "text": "<https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef|Open in Ringback> · everything · c1234567-89ab-4def-8123-456789abcdef", "verbatim": true}
        ]}
      ]
    }
    "#);
}

#[test]
fn a_completed_call_in_mattermost() {
    assert_snapshot!(masked("presets/mattermost.json.hbs", Kind::CallCompleted), @r##"
    {
      "text": "**[✅ Human answered · +1 ••• ••• 4567](https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef)**",
      "attachments": [
        {
          "fallback": "Ada confirmed the appointment and asked to be called back about two rooms.",
          "color": "#2E9E5B",
          "text": "> Ada confirmed the appointment and asked to be called back about two rooms.\n\n_Taken from the transcript._",
          "fields": [
            {"title": "Duration", "value": "1 min 11 s", "short": true},
            {"title": "Ended by", "value": "the agent", "short": true},
            {"title": "Details", "value": "tomorrow at 3pm, 2 rooms", "short": true},
            {"title": "Disposition", "value": "Call back scheduled", "short": true},
            {"title": "Transferred to", "value": "+1 ••• ••• 0007", "short": true},
            {"title": "Problem", "value": "transfer failed", "short": true},
            {"title": "To do", "value": "Call the person back: they were not put through.", "short": false},
            {"title": "Ended", "value": "Fri 15 Dec, 19:15 EST", "short": true}
          ],
          "footer": "everything · c1234567-89ab-4def-8123-456789abcdef"
        }
      ]
    }
    "##);
}

#[test]
fn a_failed_call_in_gotify() {
    assert_snapshot!(masked("presets/gotify.json.hbs", Kind::CallFailed), @r#"
    {
      "title": "❌ Call failed · number not found · +1 ••• ••• 4567",
      "message": "Check the number, or take it off the list: calling again will not help.\n\n**Bland says:** Call failed. The number you dialed is not found.  \n**Failed:** while calling  \n**At:** Fri 15 Dec, 19:15 EST",
      "priority": 8,
      "extras": {
        "client::notification": {"click": {"url": "https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef"}},
        "client::display": {"contentType": "text/markdown"}
      }
    }
    "#);
}

#[test]
fn an_unclassified_call_says_who_it_probably_was() {
    let titles = [None, Some(Likely::Human), Some(Likely::Voicemail)].map(|likely| {
        let event = sample::unclassified(likely, now());
        renderer().message(&event, view(Privacy::Masked)).message.title
    });
    assert_snapshot!(titles.join("\n"), @r"
    🏁 Call finished · +1 ••• ••• 4567
    ☑️ Call finished, probably a human · +1 ••• ••• 4567
    📪 Call finished, probably voicemail · +1 ••• ••• 4567
    ");
}

#[test]
fn with_full_privacy_numbers_are_whole() {
    let event = sample::sample(Kind::CallCompleted, now());
    assert_snapshot!(shown(renderer(), "console.txt.hbs", &event, Privacy::Full), @"
    19:15:41 ✅ Human answered · +1 555 123 4567
             > Ada confirmed the appointment and asked to be called back about two rooms.
             Taken from the transcript.
             Duration: 1 min 11 s · Ended by: the agent · Details: tomorrow at 3pm, 2 rooms · Disposition: Call back scheduled · Transferred to: +1 555 010 0007
             https://ringback.example.com/calls/c1234567-89ab-4def-8123-456789abcdef
    ");
}
