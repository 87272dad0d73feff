//! How likely a value is to hold in the end, by the weights of what can be told of it.

use super::{
    marks::Mark,
    slots::ratio,
    speech::Role,
    stance::{self, Stance},
    talk::Talk,
    threads::{Rule, Thread},
    weights::{self, OfValue},
};

/// How likely a value is to hold in the end, and to have been declined or replaced.
pub(super) fn likely(talk: &Talk<'_>, all: &[Thread], thread: &Thread, rule: Rule) -> [f32; 2] {
    let mut sum = OfValue::default();
    features(talk, all, thread, rule, &mut |name| {
        let Some(weights) = weights::of_value(name) else { return };
        sum.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
    });
    let [holds, stale, other] = sum.map(f32::exp);
    [holds, stale].map(|odds| odds / (holds + stale + other))
}

/// Names every feature of a value to `sink`; `rule` is what the rules make of it.
pub(super) fn features(talk: &Talk<'_>, all: &[Thread], thread: &Thread, rule: Rule, sink: &mut impl FnMut(&str)) {
    let kind = thread.value.kind.name();
    sink("bias");
    sink(&format!("kind:{kind}"));
    let rule = match rule {
        Rule::Held => "held",
        Rule::Stale => "stale",
        Rule::Open => "open",
    };
    sink(&format!("rule:{rule}"));
    sink(&format!("rule:{rule}:{kind}"));
    for (_, stance) in &thread.mentions {
        sink(&format!("any:{stance:?}"));
        sink(&format!("any:{stance:?}:{kind}"));
    }
    sink(&format!("mentions:{}", thread.mentions.len().min(4)));
    if thread.both_sides {
        sink("both");
    }
    rivals(talk, all, thread, kind, sink);
    for (which, place) in [("first", thread.mentions.first()), ("last", thread.mentions.last())] {
        if let Some((at, stance)) = place {
            mention(talk, thread, which, *at, *stance, sink);
        }
    }
}

/// Which others of its sort were said before it, after it, and soon after.
fn rivals(talk: &Talk<'_>, all: &[Thread], thread: &Thread, kind: &str, sink: &mut impl FnMut(&str)) {
    let end = |thread: &Thread| thread.mentions.last().map_or(0, |(line, _)| *line);
    let begin = |thread: &Thread| thread.mentions.first().map_or(0, |(line, _)| *line);
    let turn = |line: usize| talk.lines.get(line).map_or(0, |line| line.turn);
    let (mut later, mut earlier, mut soon) = (0_usize, 0_usize, false);
    for other in all.iter().filter(|other| other.value.rivals(&thread.value) && !std::ptr::eq(*other, thread)) {
        later += usize::from(end(other) > end(thread));
        earlier += usize::from(end(other) < end(thread));
        soon |= begin(other) >= end(thread) && turn(begin(other)) <= turn(end(thread)) + 2;
    }
    sink(&format!("later:{}", later.min(3)));
    sink(&format!("later:{}:{kind}", later.min(2)));
    sink(&format!("earlier:{}", earlier.min(3)));
    if soon {
        sink("soon");
        sink(&format!("soon:{kind}"));
    }
}

/// Where and how it was said the first or the last time.
fn mention(talk: &Talk<'_>, thread: &Thread, which: &str, at: usize, stance: Stance, sink: &mut impl FnMut(&str)) {
    let Some(line) = talk.lines.get(at) else { return };
    let kind = thread.value.kind.name();
    let side = if line.role == Role::Agent { "a" } else { "p" };
    let last = talk.turn_count().saturating_sub(1).max(1);
    sink(&format!("{which}:{stance:?}"));
    sink(&format!("{which}:{stance:?}:{kind}"));
    sink(&format!("{which}:{side}"));
    sink(&format!("{which}:tenth:{}", (ratio(line.turn, last) * 9.99).floor()));
    sink(&format!("{which}:turn:{}", line.turn.min(6)));
    sink(&format!("{which}:left:{}", (last - line.turn.min(last)).min(6)));
    for mark in Mark::ALL.into_iter().filter(|mark| line.marks.has(*mark)) {
        sink(&format!("{which}:mark:{mark:?}"));
        sink(&format!("{which}:mark:{mark:?}:{side}"));
    }
    if line.is_question() {
        sink(&format!("{which}:question:{side}"));
    }
    match stance::answer(talk.reply(line.turn)) {
        Some(true) => sink(&format!("{which}:yes:{side}")),
        Some(false) => sink(&format!("{which}:no:{side}")),
        None => {}
    }
    let others = line.values.iter().filter(|other| !other.agrees(&thread.value)).count();
    sink(&format!("{which}:others:{}", others.min(3)));
}
