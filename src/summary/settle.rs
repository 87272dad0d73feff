//! Which of the values said in a call hold in the end, and which were declined or replaced.
//!
//! A value counts when it was confirmed, promised, accepted by the other side or given as an
//! answer; the last one of its sort wins. A stale value told as if it held is worse than none.

use super::{
    marks::Mark,
    speech::Role,
    stance::{self, Stance},
    talk::Talk,
    value::{Key, Kind, Value},
    weights,
};

/// How likely a value must be to hold or to be stale, to count as that.
const HOLDS: f32 = 0.6;
const STALE: f32 = 0.4;
/// What the rules' verdict is worth beside that.
const LEANING: f32 = 0.1;

/// A value that holds, and the line that says so.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    pub(super) value: Value,
    pub(super) line: usize,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) settled: Vec<Settled>,
    stale: Vec<Value>,
    /// How likely it is of each value that it is stale.
    doubts: Vec<(Value, f32)>,
}

/// All that was said of one value.
#[derive(Debug)]
pub(super) struct Thread {
    /// Its fullest form among those that count most, and where that was said.
    pub(super) value: Value,
    line: usize,
    pub(super) mentions: Vec<(usize, Stance)>,
    pub(super) both_sides: bool,
    role: Role,
}

impl Thread {
    fn last(&self, wanted: impl Fn(Stance) -> bool) -> Option<usize> {
        self.mentions.iter().rev().find(|(_, stance)| wanted(*stance)).map(|(line, _)| *line)
    }

    /// The last line that speaks for it.
    fn held(&self) -> Option<usize> {
        self.last(|stance| matches!(stance, Stance::Agreed | Stance::Promised | Stance::Stated))
    }

    fn is_declined(&self) -> bool {
        self.last(|stance| stance == Stance::Declined) > self.held()
    }

    fn is_firm(&self) -> bool {
        let firm = |stance| matches!(stance, Stance::Agreed | Stance::Promised);
        !self.is_declined() && (self.last(firm).is_some() || (self.both_sides && self.held().is_some()))
    }

    /// It was only ever promised or named as a limit, and is no part of what was agreed.
    fn is_promise(&self) -> bool {
        !self.mentions.iter().any(|(_, stance)| *stance == Stance::Agreed)
            && self.mentions.iter().any(|(_, stance)| *stance == Stance::Promised)
    }

    fn only(&self, wanted: Stance) -> bool {
        self.mentions.iter().all(|(_, stance)| *stance == wanted)
    }
}

impl Ledger {
    pub(super) fn of(talk: &Talk<'_>) -> Self {
        let threads = threads(talk);
        let mut ledger = Self::default();
        for (thread, rule) in threads.iter().zip(rules(talk, &threads)) {
            let [holds, stale] = if talk.english {
                weights::bearing(talk, &threads, thread, rule)
            } else {
                [f32::from(u8::from(rule == "held")), f32::from(u8::from(rule == "stale"))]
            };
            ledger.doubts.push((thread.value.clone(), stale));
            let agreed = holds > HOLDS || (rule == "held" && holds > HOLDS - LEANING);
            if agreed && !is_vague(talk, thread) {
                ledger.settled.push(Settled { value: thread.value.clone(), line: thread.line });
            } else if stale > STALE || (rule == "stale" && stale > STALE - LEANING) {
                ledger.stale.push(thread.value.clone());
            }
        }
        let settled = &ledger.settled;
        ledger.stale.retain(|stale| !settled.iter().any(|held| held.value.agrees(stale)));
        ledger
    }

    /// Everything that the agent says in a message on a machine holds.
    pub(super) fn of_message(talk: &Talk<'_>) -> Self {
        let mut ledger = Self::default();
        let lines = talk.lines.iter().enumerate().filter(|(_, line)| line.role == Role::Agent);
        for (at, line) in lines {
            for value in line.values.iter().filter(|_| !line.is_question()) {
                let conditional = line.tokens.first().is_some_and(|word| word.is(&["if"]));
                if stance::is_refused(talk, line, value) && !conditional {
                    ledger.stale.push(value.clone());
                } else if !ledger.settled.iter().any(|held| held.value.agrees(value)) {
                    ledger.settled.push(Settled { value: value.clone(), line: at });
                }
            }
        }
        ledger
    }

    /// Whether the value was said but does not hold.
    pub(super) fn is_stale(&self, value: &Value) -> bool {
        self.stale.iter().any(|stale| stale.agrees(value))
    }

    /// How likely it is that a value was declined or replaced.
    pub(super) fn doubt(&self, value: &Value) -> f32 {
        self.doubts.iter().find(|(known, _)| known.agrees(value)).map_or(0.0, |(_, doubt)| *doubt)
    }

    pub(super) fn holds(&self, value: &Value) -> bool {
        self.settled.iter().any(|held| held.value.agrees(value))
    }
}

/// "today" without an hour says nothing to somebody who reads it tomorrow.
fn is_vague(talk: &Talk<'_>, thread: &Thread) -> bool {
    talk.lines.get(thread.line).is_some_and(|line| stance::is_vague(line, &thread.value))
}

/// What the rules make of each value: that it holds, is stale, or neither.
pub(super) fn rules(talk: &Talk<'_>, threads: &[Thread]) -> Vec<&'static str> {
    let firm: Vec<&Thread> = threads.iter().filter(|thread| thread.is_firm()).collect();
    let replaced = |thread: &Thread| firm.iter().any(|later| replaces(talk, later, thread));
    let rule = |thread: &Thread| {
        let single = matches!(thread.value.kind, Kind::Date | Kind::Time | Kind::Count);
        if thread.only(Stance::Passing) {
            "open"
        } else if thread.is_declined() || replaced(thread) {
            "stale"
        } else if thread.is_firm() || (thread.held().is_some() && !single && !is_aside(talk, thread)) {
            "held"
        } else {
            "open"
        }
    };
    let mut rules: Vec<&'static str> = threads.iter().map(rule).collect();
    let held: Vec<&Value> =
        threads.iter().zip(&rules).filter(|(_, rule)| **rule == "held").map(|(thread, _)| &thread.value).collect();
    for (thread, rule) in threads.iter().zip(&mut rules) {
        if *rule == "stale" && held.iter().any(|held| held.agrees(&thread.value)) {
            *rule = "open";
        }
    }
    rules
}

/// An amount without a sign of currency, or one that the person on the line just mentions, settles nothing.
fn is_aside(talk: &Talk<'_>, thread: &Thread) -> bool {
    let bare = !thread.value.shown.contains(['$', '£', '€', '%']);
    let purpose = talk.lines.get(thread.line).is_some_and(|line| line.marks.has(Mark::Purpose));
    thread.value.kind == Kind::Amount && (bare || (thread.role != Role::Agent && !purpose))
}

pub(super) fn threads(talk: &Talk<'_>) -> Vec<Thread> {
    let mut threads: Vec<Thread> = Vec::new();
    for (at, line) in talk.lines.iter().enumerate() {
        for value in &line.values {
            let stance = stance::judge(talk, line, value);
            let Some(thread) = threads.iter_mut().find(|thread| thread.value.agrees(value)) else {
                threads.push(Thread {
                    value: value.clone(),
                    line: at,
                    mentions: vec![(at, stance)],
                    both_sides: false,
                    role: line.role,
                });
                continue;
            };
            let positive = matches!(stance, Stance::Agreed | Stance::Promised | Stance::Stated);
            thread.both_sides |= positive && thread.role != line.role && !thread.only(Stance::Passing);
            thread.mentions.push((at, stance));
            // "Thursday the 14th" says more than the "Thursday" that confirms it.
            let richer = match (&value.key, &thread.value.key) {
                (Key::Date(new), Key::Date(old)) => new.weight() >= old.weight(),
                _ => true,
            };
            if positive && richer {
                thread.value = value.clone();
                thread.line = at;
            }
        }
    }
    threads
}

/// Whether a firm value takes the place of another that was said before it.
fn replaces(talk: &Talk<'_>, later: &Thread, earlier: &Thread) -> bool {
    if !later.value.rivals(&earlier.value) || later.value.agrees(&earlier.value) {
        return false;
    }
    let (Some(new), Some((old, _))) = (later.held(), earlier.mentions.last()) else { return false };
    let (Some(said), Some(before)) = (talk.lines.get(new), talk.lines.get(*old)) else { return false };
    let corrects = said.marks.has(Mark::Correction);
    let follows = before.turn < said.turn || (corrects && *old < new);
    let single =
        matches!(later.value.kind, Kind::Date | Kind::Time | Kind::Count | Kind::Address | Kind::Email | Kind::Phone);
    // Something offered is gone when another of its kind is taken, before or after.
    let open = earlier.held().is_none();
    if open {
        return matches!(later.value.kind, Kind::Date | Kind::Time | Kind::Count | Kind::Amount)
            && is_one_matter(talk, before.turn.min(said.turn), before.turn.max(said.turn));
    }
    let same_sort = later.is_promise() == earlier.is_promise() || corrects;
    follows && same_sort && (single || corrects) && (corrects || is_one_matter(talk, before.turn, said.turn))
}

/// Whether two turns speak of the same thing: nothing was concluded in between, or it was taken up again.
fn is_one_matter(talk: &Talk<'_>, from: usize, to: usize) -> bool {
    let between = || (from..to).flat_map(|turn| talk.turn(turn));
    let concluded = between().any(|line| line.marks.has(Mark::Done) && !line.is_question());
    let another = (from + 1..=to)
        .flat_map(|turn| talk.turn(turn))
        .any(|line| line.tokens.iter().any(|token| token.is(&["also", "another", "separate"])));
    !(concluded || another) || between().chain(talk.turn(to)).any(|line| line.marks.has(Mark::Correction))
}
