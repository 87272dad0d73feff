//! The helpers of templates: one table with each one's use, a tested example, and its function.
//!
//! Helpers yield values, never markup: what they yield is escaped like any variable. A null in is an empty text out.

mod args;
mod bundle;
mod calls;
mod strict;
mod text;
mod values;
mod words;

use std::sync::Arc;

use handlebars::Handlebars;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::render::{
    helpers::{
        args::Args,
        strict::{Condition, Function, RawJson},
    },
    words::Words,
};

/// One helper as it is documented, tested and registered.
pub struct Helper {
    pub name: &'static str,
    pub does: &'static str,
    /// A template and what it gives with the sample `call.completed`.
    pub example: (&'static str, &'static str),
    run: fn(&Args<'_>) -> Result<Value, String>,
}

macro_rules! helpers {
    ($($name:literal, $does:literal, $template:literal => $gives:literal, $run:path;)*) => {
        &[$(Helper { name: $name, does: $does, example: ($template, $gives), run: $run }),*]
    };
}

/// All helpers of our own; `if`, `unless`, `each`, `with`, `eq`, `ne`, `gt`, `gte`, `lt`, `lte`, `and`, `or`, `not`,
/// `len` and `lookup` are there too.
#[rustfmt::skip]
pub const HELPERS: &[Helper] = helpers![
    "phone", "a phone number, masked or spaced as the notifier's privacy says",
        r#"{{phone call.to}}"# => "+1 555 123 4567", calls::phone;
    "party", "the number at the other end of a call",
        r#"{{party call}}"# => "+1 555 123 4567", calls::party;
    "outcome", "how a call ended: a word, or with a second argument `title`, `emoji` or `color`; a whole call also tells `likely`",
        r#"{{outcome call}}, {{outcome "no_answer" "title"}} {{outcome call "emoji"}} {{outcome "failed" "color"}}"# => "human, No answer ✅ #D64545", calls::outcome;
    "outcomes", "a batch's outcomes as a list of outcome, emoji, word, count, total and share in percent, without those that are 0",
        r#"{{#each (outcomes sample_counts)}}{{emoji}} {{count}} {{word}} {{share}}% {{/each}}"# => "✅ 3 human 75% ❌ 1 failed 25% ", calls::outcomes;
    "counts", "a batch's or a bundle's outcomes in a line",
        r#"{{counts sample_counts}}"# => "3 human, 1 failed", calls::counts;
    "failures", "the failed calls of a bundle or batch by reason, most first: a list of reason, advice, count, calls (5 at most) and more",
        r#"{{#each (failures sample_failures)}}{{count}}x {{reason}}: {{#each calls}}{{to}} {{/each}}{{more}}{{/each}}"#
        => "2x number not found: +15550100021 +15550100022 0", calls::failures;
    "timeline", "a bundle's calls over time: a list of at, unit (`ten_minutes`, `hour`, `day`), total and counts; empty for a single call and for bursts",
        r#"{{#each (timeline sample_digest)}}{{time this.at "%H:%M"}} {{total}} of this {{unit}}: {{counts this.counts}}. {{/each}}"#
        => "00:00 2 of this ten_minutes: 1 human, 1 failed. 00:10 0 of this ten_minutes: . 00:20 0 of this ten_minutes: . ", bundle::timeline;
    "rest", "the calls of a bundle, failed ones first, then the newest: an object of calls (50, or `most`) and more; without those of the first `failures` reasons and the first `notable` ones",
        r#"{{#with (rest sample_digest failures=1 most=10)}}{{#each calls}}{{time this.at "%H:%M"}} {{party this}} {{/each}}{{more}}{{/with}}"#
        => "00:01 +1 555 010 0021 0", bundle::rest;
    "who", "who ended a call, in words",
        r#"{{who call.ended_by}}"# => "the agent", calls::who;
    "why", "an error in plain words; with `advice`, what to do about it; of=\"notifier\" for a notifier's",
        r#"{{why "Call failed. The number you dialed is not found."}}: {{why "Insufficient balance." "advice"}}"#
        => "number not found: Top up the Bland account: until then every call fails.", calls::reason;
    "t", "a word of the words file by its key; with a value, what a list of words says of it",
        r#"{{t "open"}}, {{t "disposition" call.disposition}}, {{t "time.from_to" from="1" to="2"}}"#
        => "Open in Ringback, Call back scheduled, 1 – 2", words::word;
    "subject", "what a problem is about, in the language of the messages",
        r#"{{subject "account bland"}}"# => "account bland", words::subject;
    "excerpt", "the first words of a transcript, a line per turn; the last ones with from=\"end\"",
        r#"{{excerpt call.transcript 9}}"# => "Agent: Hi, this is Acme Dental. Are you still coming…", calls::excerpt;
    "turns", "what was said in a call: a list of clock (from its start), speaker, text, and action, which is true for what the agent did",
        r#"{{#each (turns call)}}[{{clock}}] {{#if action}}({{text}}){{else}}{{speaker}}{{/if}} {{/each}}"#
        => "[00:03] Agent [00:16] Person [01:01] Agent [01:10] (Ended call) ", calls::turns;
    "duration", "seconds as people say them",
        r#"{{duration 71}}, {{duration 3725}}"# => "1 min 11 s, 1 h 2 min", values::duration;
    "time", "a time in the configured zone; a second argument is a strftime format, or `clock`, `day` or `day_and_year` as the words file has them, zone=\"Europe/Berlin\" another zone",
        r#"{{time call.ended_at}}, {{time call.ended_at "%Y-%m-%d %H:%M" zone="Europe/Berlin"}}"# => "Sat 16 Dec, 00:15 UTC, 2023-12-16 01:15", values::time;
    "ago", "how long ago a time was",
        r#"{{ago call.ended_at}}"# => "1 min ago", values::ago;
    "period", "a time from and to in the configured zone; a third argument is a format for both ends, as for `time`",
        r#"{{period call.started_at call.ended_at}}, {{period call.started_at call.ended_at "%H:%M:%S"}}"#
        => "Sat 16 Dec, 00:14 – 00:15 UTC, 00:14:30 – 00:15:41", values::period;
    "plural", "a number with its noun: one of the words file's `[noun]`, or two forms, or the named forms of CLDR, such as few=…",
        r#"{{plural 1 "call"}}, {{plural 1200 "call"}}, {{plural 2 "batch" "batches"}}"# => "1 call, 1,200 calls, 2 batches", values::plural;
    "number", "a number as the language writes it",
        r#"{{number 1200}}, {{number 0.107}}"# => "1,200, 0.107", values::number;
    "minus", "a count less another, never below 0: how many are left out",
        r#"{{minus 5 3}}, {{minus 3 5}}"# => "2, 0", values::minus;
    "percent", "a share in whole percent, rounded down, so that 100% means all; of a number that is percent already with 100",
        r#"{{percent 2 3}}, {{percent 75 100}}"# => "66%, 75%", values::percent;
    "bar", "a share as a bar of `width` characters, 10 unless told",
        r#"{{bar 2 3}} {{bar 1 2 width=4}}"# => "███████░░░ ██░░", values::bar;
    "truncate", "a text cut at a word: words=40, chars=100 as people count them, or units=100 as destinations do (UTF-16)",
        r#"{{truncate "one two three" words=2}} {{truncate "one two three" chars=9}}"# => "one two… one two…", text::truncate;
    "lines", "the first lines of a text, 3 unless told, each after `indent` spaces",
        r#"{{lines "a b" 2 indent=2}}"# => "  a b", text::lines;
    "wrap", "texts put together and broken into lines of `width` columns, 78 unless told, all but the first after `indent` spaces",
        r#"{{wrap "Agent: " "Hi, this is Acme." width=15 indent=2}}"# => "Agent: Hi, this\n  is Acme.", text::wrap;
    "line", "a text on one line", r#"{{line " a  b "}}"# => "a b", text::line;
    "sentence", "a code word as people write it",
        r#"{{sentence "CALL_BACK_SCHEDULED"}}"# => "Call back scheduled", text::sentence;
    "lower", "in lower case", r#"{{lower "ABC"}}"# => "abc", text::lower;
    "upper", "in upper case", r#"{{upper "abc"}}"# => "ABC", text::upper;
    "join", "a list's items with a text between them, a comma unless told",
        r#"{{join call.details}}"# => "tomorrow at 3pm, 2 rooms", values::join;
    "take", "the first items of a list",
        r#"{{join (take call.details 1)}}"# => "tomorrow at 3pm", values::take;
    "default", "the first argument that is neither missing nor empty: how to use variables that only some calls have",
        r#"{{default call.variables.nickname "friend"}}"# => "friend", values::first_present;
    "in", "whether the first argument is one of the others",
        r#"{{#if (in call.outcome "busy" "human")}}yes{{/if}}"# => "yes", values::is_in;
    "json", "any value as JSON, quotes included; the only way to write a value outside quotes in a JSON template",
        r#"{{json call.details}}"# => r#"["tomorrow at 3pm","2 rooms"]"#, values::json;
    "url", "a web address, or nothing if it is not http or https",
        r#"{{url "https://example.com/a"}}{{url "javascript:alert(1)"}}"# => "https://example.com/a", text::url;
    "discord", "plain text for a place that Discord reads as Markdown",
        r#"{{discord "*hi*"}}"# => r"\*hi\*", text::discord;
    "slack", "plain text for a place that Slack reads as mrkdwn",
        r#"{{slack "<!here> & you"}}"# => "&lt;!here&gt; &amp; you", text::slack;
    "chat", "plain text for a place that a chat reads as Markdown: nothing in it acts, whatever the dialect",
        r#"{{chat "*hi* <!here>"}}"# => "∗hi∗ ‹!here›", text::chat;
    "google_chat", "plain text for a text in a card of Google Chat",
        r#"{{google_chat "<users/all>"}}"# => "&lt;users/all&gt;", text::google_chat;
    "adaptive", "plain text for a text run of an Adaptive Card",
        r#"{{adaptive "**hi**"}}"# => "**hi**", text::adaptive;
    "zulip", "plain text for a place that Zulip reads as Markdown, which has no escapes: a star looks like one",
        r#"{{zulip "*hi*"}}"# => "∗hi∗", text::zulip;
    "unlinked", "a text in which a chat finds nothing to make a link or a mention of; it looks the same",
        r#"{{unlinked "a #1 offer"}}"# => "a #\u{200B}1 offer", text::unlinked;
    "markdown", "plain text for a place that is read as Markdown",
        r#"{{markdown "*hi*"}}"# => r"\*hi\*", text::markdown;
    "html", "plain text for a place in a JSON or text template that is read as HTML; HTML templates escape by themselves",
        r#"{{html "<b>"}}"# => "&lt;b&gt;", text::html;
];

/// Gives a registry its helpers. `json_output`: the `json` helper writes as it is, as it escapes by itself.
pub(super) fn register(registry: &mut Handlebars<'static>, zone: &TimeZone, words: &Arc<Words>, json_output: bool) {
    // `log` would write call data into the log.
    registry.unregister_helper("log");
    registry.register_helper("if", Box::new(Condition { wanted: true }));
    registry.register_helper("unless", Box::new(Condition { wanted: false }));
    for helper in HELPERS {
        let function = Function { name: helper.name, run: helper.run, zone: zone.clone(), words: Arc::clone(words) };
        if json_output && helper.name == "json" {
            registry.register_helper(helper.name, Box::new(RawJson(function)));
        } else {
            registry.register_helper(helper.name, Box::new(function));
        }
    }
}

#[cfg(test)]
mod tests {
    use handlebars::Context;
    use serde_json::json;

    use super::*;
    use crate::{
        event::{kind::Kind, sample::sample},
        render::{View, context, engine::Engine, output::Output, privacy::Privacy},
    };

    #[test]
    fn every_helper_does_what_its_example_says() {
        let mut engine = Engine::new(&TimeZone::UTC, &Arc::new(Words::built_in("en")));
        let now = "2023-12-16T00:16:41Z".parse().unwrap();
        let event = sample(Kind::CallCompleted, now);
        let mut data = context::of_event(&event, View { privacy: Privacy::Full, now });
        data["sample_counts"] = json!({ "human": 3, "failed": 1 });
        let failed = |to: &str| json!({ "id": to, "to": to, "error": "The number you dialed is not found." });
        data["sample_failures"] = json!({ "failed_calls": [failed("+15550100021"), failed("+15550100022")] });
        let end = |kind: &str, outcome: &str, to: &str| {
            let call = json!({ "id": to, "direction": "outbound", "to": to, "outcome": outcome, "ended_at": "2023-12-16T00:01:41Z" });
            json!({ "type": kind, "account": "bland", "timestamp": "2023-12-16T00:01:41Z", "data": { "call": call } })
        };
        let events = [end("call.completed", "human", "+15550100021"), end("call.failed", "failed", "+15550100022")];
        data["sample_digest"] =
            json!({ "from": "2023-12-16T00:00:00Z", "to": "2023-12-16T00:30:00Z", "events": events });
        let context = Context::from(data);
        for helper in HELPERS {
            let (template, gives) = helper.example;
            assert_eq!(engine.add(Output::Text, helper.name, template), []);
            let text = engine.render(Output::Text, helper.name, &context).unwrap();
            assert_eq!(text, gives, "{}", helper.name);
            assert!(template.contains(helper.name) && !helper.does.is_empty());
        }
    }

    #[test]
    fn a_helper_without_its_value_says_so_wherever_it_stands() {
        let mut engine = Engine::new(&TimeZone::UTC, &Arc::new(Words::built_in("en")));
        let context = Context::from(json!({ "share": { "percent": 3 }, "list": [1] }));
        for (template, says) in [
            ("{{#if nothing}}x{{/if}}", "unknown variable `nothing`"),
            ("{{phone (default nothing)}}ok", ""),
            ("{{duration list}}", "needs a number, not a list"),
            ("{{time \"soon\"}}", "`soon` is not a time"),
            ("{{outcome \"great\"}}", "does not know `great`"),
        ] {
            assert_eq!(engine.add(Output::Text, "t", template), []);
            let error =
                engine.render(Output::Text, "t", &context).err().map_or_else(String::new, |failure| failure.says);
            assert!(error.contains(says) && says.is_empty() == error.is_empty(), "{template}: {error}");
        }
    }
}
