//! Helpers that know calls: numbers, outcomes, errors, transcripts.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    message::clean,
    model::outcome::Outcome,
    render::{
        helpers::{
            args::{Args, kind, plain},
            text::{cut_chars, cut_words},
            values::share,
        },
        phone::spaced,
        why::own_words,
    },
};

/// Bland also has names and SIP addresses where numbers are.
const MAX_NUMBER: usize = 60;

/// Numbers come masked where people may not see them whole; then they pass as they are.
pub(super) fn phone(args: &Args<'_>) -> Result<Value, String> {
    Ok(cut_chars(&spaced(&plain(args.first()?)), MAX_NUMBER).into())
}

pub(super) fn party(args: &Args<'_>) -> Result<Value, String> {
    let call = args.first()?;
    if !call.is_object() {
        return Err("needs a call, as in `{{party call}}`".to_owned());
    }
    let field = |name: &str| call.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (theirs, ours) = if field("direction") == Some("inbound") { ("from", "to") } else { ("to", "from") };
    // Our own number still tells more than nothing.
    let said = match (field(theirs), field(ours)) {
        (Some(number), _) => spaced(number),
        (None, Some(number)) => args.words.fill(&format!("unknown_number_{ours}"), &[("number", &spaced(number))]),
        (None, None) => args.words.text("unknown_number").to_owned(),
    };
    Ok(cut_chars(&said, MAX_NUMBER).into())
}

/// How an outcome looks: the key of its words, an emoji, a colour.
struct Look(&'static str, &'static str, &'static str);

fn look(outcome: Option<Outcome>, likely: Option<&str>) -> Look {
    match (outcome, likely) {
        (Some(Outcome::Human), _) => Look("human", "✅", "#2E9E5B"),
        (Some(Outcome::Voicemail), _) => Look("voicemail", "📭", "#C98A1B"),
        (Some(Outcome::NoAnswer), _) => Look("no_answer", "🔕", "#8A8F98"),
        (Some(Outcome::Busy), _) => Look("busy", "📵", "#D9772B"),
        (Some(Outcome::Canceled), _) => Look("canceled", "🚫", "#6B7280"),
        (Some(Outcome::Unknown), _) => Look("unknown", "❔", "#7C6FD6"),
        (Some(Outcome::Unclassified), Some("human")) => Look("probably_human", "☑️", "#3E8FB0"),
        (Some(Outcome::Unclassified), Some("voicemail")) => Look("probably_voicemail", "📪", "#3E8FB0"),
        (Some(Outcome::Unclassified), _) => Look("unclassified", "🏁", "#3E8FB0"),
        (Some(Outcome::Failed), _) => Look("failed", "❌", "#D64545"),
        (None, _) => Look("in_progress", "📞", "#3E8FB0"),
    }
}

pub(super) fn outcome(args: &Args<'_>) -> Result<Value, String> {
    let given = args.first()?;
    let (word, likely) = match given {
        Value::Object(call) => {
            (call.get("outcome").unwrap_or(&Value::Null), call.get("likely").and_then(Value::as_str))
        }
        other => (other, None),
    };
    let known = match word {
        Value::Null => None,
        Value::String(word) => Some(
            Outcome::ALL.into_iter().find(|o| o.as_str() == word).ok_or_else(|| format!("does not know `{word}`"))?,
        ),
        other => return Err(format!("needs an outcome or a call, not {}", kind(other))),
    };
    let Look(key, emoji, color) = look(known, likely);
    match args.text(1).unwrap_or("word") {
        form @ ("word" | "title") => Ok(args.words.text(&format!("outcome.{key}.{form}")).into()),
        "emoji" => Ok(emoji.into()),
        "color" => Ok(color.into()),
        other => Err(format!("has `word`, `title`, `emoji` and `color`, not `{other}`")),
    }
}

pub(super) fn outcomes(args: &Args<'_>) -> Result<Value, String> {
    let Value::Object(counts) = args.first()? else {
        return Err("needs a batch's outcomes, as in `{{#each (outcomes batch.outcomes)}}`".to_owned());
    };
    let count = |outcome: &Outcome| counts.get(outcome.as_str()).and_then(Value::as_u64).unwrap_or(0);
    let total: u64 = Outcome::ALL.iter().map(count).sum();
    let there = Outcome::ALL.into_iter().map(|outcome| (outcome, count(&outcome))).filter(|(_, count)| *count > 0);
    Ok(there
        .map(|(outcome, count)| {
            let Look(_, emoji, _) = look(Some(outcome), None);
            let word = args.words.outcome_counted(outcome, count);
            // Rounded: shares are read together, and should make about a hundred.
            let percent = share(count, total, 200).div_ceil(2);
            json!({ "outcome": outcome.as_str(), "word": word, "emoji": emoji, "count": count, "share": percent, "total": total })
        })
        .collect())
}

pub(super) fn counts(args: &Args<'_>) -> Result<Value, String> {
    let Value::Array(counts) = outcomes(args)? else { return Ok("".into()) };
    let number = |count: &Value| args.words.number(count["count"].as_u64().unwrap_or_default());
    let said = counts.iter().map(|count| format!("{} {}", number(count), plain(&count["word"])));
    Ok(said.collect::<Vec<_>>().join(args.words.text("list_separator")).into())
}

/// How many calls of one reason are named.
const NAMED: usize = 5;

/// Grouped, because one piece of advice is for all calls that failed in the same way.
pub(super) fn failures(args: &Args<'_>) -> Result<Value, String> {
    let mut groups: Vec<(String, &str, Vec<Value>)> = Vec::new();
    for call in failed_calls(args.first()?)? {
        let error = call.get("error").map(plain).unwrap_or_default();
        let known = args.words.why(&error).or(error.trim().is_empty().then(|| args.words.no_reason()));
        let (reason, advice) =
            known.map_or_else(|| (clean::line(own_words(&error)), ""), |why| (why.reason.to_owned(), why.advice));
        let named = json!({ "id": call.get("id"), "to": call.get("to"), "error": error });
        match groups.iter_mut().find(|(known, ..)| *known == reason) {
            Some((_, _, calls)) => calls.push(named),
            None => groups.push((reason, advice, vec![named])),
        }
    }
    groups.sort_by_key(|(_, _, calls)| std::cmp::Reverse(calls.len()));
    let group = |(reason, advice, mut calls): (String, &str, Vec<Value>)| {
        let count = calls.len();
        calls.truncate(NAMED);
        json!({ "reason": reason, "advice": advice, "count": count, "more": count - calls.len(), "calls": calls })
    };
    Ok(groups.into_iter().map(group).collect())
}

/// All that a bundle's events tell; a batch names only the first.
fn failed_calls(of: &Value) -> Result<Vec<&Value>, String> {
    let list = |key: &str| of.get(key).and_then(Value::as_array);
    if let Some(events) = list("events") {
        let failed = events.iter().filter(|event| event.get("type").is_some_and(|kind| kind == "call.failed"));
        return Ok(failed.filter_map(|event| event.get("data")?.get("call")).collect());
    }
    let calls = list("failed_calls").ok_or("needs a bundle or a batch, as in `{{#each (failures digest)}}`")?;
    Ok(calls.iter().collect())
}

pub(super) fn who(args: &Args<'_>) -> Result<Value, String> {
    let who = plain(args.first()?);
    Ok(args.words.of_value("ended_by", &who).map_or_else(|| who.clone(), str::to_owned).into())
}

pub(super) fn reason(args: &Args<'_>) -> Result<Value, String> {
    let error = plain(args.first()?);
    let known = match args.named_text("of") {
        None | Some("call") => args.words.why(&error),
        Some("notifier") => args.words.why_refused(&error),
        Some(other) => return Err(format!("has of=\"call\" and of=\"notifier\", not `{other}`")),
    };
    match args.text(1) {
        None => Ok(known.map_or_else(|| clean::line(own_words(&error)).into(), |why| why.reason.into())),
        Some("advice") => Ok(known.map_or("", |why| why.advice).into()),
        Some(other) => Err(format!("has `advice`, not `{other}`")),
    }
}

pub(super) fn excerpt(args: &Args<'_>) -> Result<Value, String> {
    let words = args.count(1).unwrap_or(40);
    let turns = match args.first()? {
        Value::Null => return Ok("".into()),
        Value::Array(turns) => turns,
        other => return Err(format!("needs a transcript, not {}", kind(other))),
    };
    let field = |turn: &Value, name: &str| turn.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let said: Vec<(String, String)> = turns
        .iter()
        .filter(|turn| turn.get("speaker").and_then(Value::as_str) != Some("agent-action"))
        .map(|turn| (speaker(args, field(turn, "speaker")), field(turn, "text")))
        .filter(|(_, text)| !text.trim().is_empty())
        .collect();
    let lines = match args.named_text("from") {
        Some("end") => from_end(&said, words),
        None | Some("start") => from_start(&said, words),
        Some(other) => return Err(format!("has from=\"start\" and from=\"end\", not `{other}`")),
    };
    Ok(lines.join("\n").into())
}

pub(super) fn turns(args: &Args<'_>) -> Result<Value, String> {
    let call = args.first()?;
    let turns = match call.get("transcript") {
        Some(Value::Array(turns)) => turns.as_slice(),
        Some(Value::Null) => &[],
        _ => return Err("needs a call, as in `{{#each (turns call)}}`".to_owned()),
    };
    let field = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let at = |turn: &Value| field(turn, "at").parse::<Timestamp>().ok();
    let started = field(call, "started_at").parse::<Timestamp>().ok();
    // Clocks differ: nothing is said before a call begins.
    let start = turns.iter().filter_map(at).chain(started).min();
    let turns = turns.iter().filter(|turn| !field(turn, "text").trim().is_empty()).map(|turn| {
        let word = field(turn, "speaker");
        let clock = at(turn).zip(start).map(|(at, start)| clock(at.duration_since(start).as_secs()));
        json!({
            "clock": clock.unwrap_or_default(),
            "action": word == "agent-action",
            "speaker": clean::line(&speaker(args, word.clone())),
            "text": clean::line(&field(turn, "text")),
        })
    });
    Ok(turns.collect())
}

/// As a player shows it: 71 is `01:11`.
fn clock(seconds: i64) -> String {
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    match minutes {
        0..60 => format!("{minutes:02}:{seconds:02}"),
        _ => format!("{}:{:02}:{seconds:02}", minutes / 60, minutes % 60),
    }
}

fn from_start(said: &[(String, String)], words: usize) -> Vec<String> {
    let mut left = words;
    let mut lines = Vec::new();
    for (who, text) in said {
        if left == 0 {
            break;
        }
        lines.push(format!("{who}: {}", cut_words(text.trim(), left)));
        left = left.saturating_sub(text.split_whitespace().count());
    }
    lines
}

/// Whole turns, as many as fit; a last one that is too long is cut at its front.
fn from_end(said: &[(String, String)], words: usize) -> Vec<String> {
    let mut left = words;
    let mut lines = Vec::new();
    for (who, text) in said.iter().rev() {
        if left == 0 {
            break;
        }
        let all: Vec<&str> = text.split_whitespace().collect();
        let kept = all.iter().skip(all.len().saturating_sub(left)).copied().collect::<Vec<_>>().join(" ");
        lines.push(format!("{who}: {}{kept}", if all.len() > left { "…" } else { "" }));
        left = left.saturating_sub(all.len());
    }
    lines.reverse();
    lines
}

fn speaker(args: &Args<'_>, word: String) -> String {
    args.words.of_value("speaker", &word).map_or(word, str::to_owned)
}
