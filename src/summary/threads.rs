//! All that was said of each value of a call, and what the rules of give and take make of it.

use super::{
    marks::Mark,
    speech::Role,
    stance::{self, Stance},
    talk::Talk,
    value::{Key, Kind, Value},
};

/// What the rules make of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    Held,
    Stale,
    /// Neither, as far as they can tell.
    Open,
}

/// All that was said of one value.
#[derive(Debug)]
pub(super) struct Thread {
    /// Its fullest form among those that count most, and where that was said.
    pub(super) value: Value,
    pub(super) line: usize,
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

/// What the rules make of each value.
pub(super) fn rules(talk: &Talk<'_>, threads: &[Thread]) -> Vec<Rule> {
    let firm: Vec<&Thread> = threads.iter().filter(|thread| thread.is_firm()).collect();
    let replaced = |thread: &Thread| firm.iter().any(|later| replaces(talk, later, thread));
    let rule = |thread: &Thread| {
        let single = matches!(thread.value.kind, Kind::Date | Kind::Time | Kind::Count);
        if thread.only(Stance::Passing) {
            Rule::Open
        } else if thread.is_declined() || replaced(thread) {
            Rule::Stale
        } else if thread.is_firm() || (thread.held().is_some() && !single && !is_aside(talk, thread)) {
            Rule::Held
        } else {
            Rule::Open
        }
    };
    let mut rules: Vec<Rule> = threads.iter().map(rule).collect();
    let held: Vec<&Value> =
        threads.iter().zip(&rules).filter(|(_, rule)| **rule == Rule::Held).map(|(thread, _)| &thread.value).collect();
    for (thread, rule) in threads.iter().zip(&mut rules) {
        if *rule == Rule::Stale && held.iter().any(|held| held.agrees(&thread.value)) {
            *rule = Rule::Open;
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
