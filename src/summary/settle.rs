//! Which of the values said in a call hold in the end, and which were declined or replaced.
//!
//! A value counts when it was confirmed, promised, accepted by the other side or given as an
//! answer; the last one of its sort wins. A stale value told as if it held is worse than none.

use super::{
    marks::{self, Mark},
    speech::Role,
    talk::{Line, Talk},
    values::{Key, Kind, Value},
};

/// A value that holds, and the line that says so.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    pub(super) value: Value,
    pub(super) line: usize,
    /// It belongs to what will happen next ("we'll call on Friday"), not to what was agreed.
    promised: bool,
    firm: bool,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) settled: Vec<Settled>,
    stale: Vec<Value>,
}

enum Verdict {
    /// Said of the past, or only asked.
    Passing,
    Declined,
    Stated,
    Agreed,
    Promised,
}

impl Ledger {
    pub(super) fn of(talk: &Talk<'_>) -> Self {
        let mut ledger = Self::default();
        let mut mentions: Vec<(&Value, usize)> = Vec::new();
        for (at, line) in talk.lines.iter().enumerate() {
            for value in &line.values {
                // Said again by the other side, as in a read-back that nobody answers.
                let other = |at: usize| talk.lines.get(at).is_some_and(|said| said.role != line.role);
                let repeated = mentions.iter().any(|(earlier, at)| other(*at) && earlier.agrees(value));
                match judge(talk, line, value) {
                    Verdict::Stated if repeated => ledger.hold(talk, at, value, false, true),
                    Verdict::Passing => {}
                    Verdict::Declined => {
                        ledger.settled.retain(|held| !held.value.agrees(value));
                        ledger.stale.push(value.clone());
                    }
                    Verdict::Stated => ledger.hold(talk, at, value, false, false),
                    Verdict::Agreed => ledger.hold(talk, at, value, false, true),
                    Verdict::Promised => ledger.hold(talk, at, value, true, true),
                }
                if !is_past(line, value) && !is_vague(line, value) && !is_bound(line, value) {
                    mentions.push((value, at));
                }
            }
        }
        ledger.retire(talk, &mentions);
        ledger
    }

    /// Everything that the agent says in a message on a machine holds.
    pub(super) fn of_message(talk: &Talk<'_>) -> Self {
        let lines = talk.lines.iter().enumerate().filter(|(_, line)| line.role == Role::Agent);
        let mut settled: Vec<Settled> = Vec::new();
        for (at, value) in lines.flat_map(|(at, line)| line.values.iter().map(move |value| (at, value))) {
            if !settled.iter().any(|held| held.value.agrees(value)) {
                settled.push(Settled { value: value.clone(), line: at, promised: false, firm: true });
            }
        }
        Self { settled, stale: Vec::new() }
    }

    /// Whether the value was said but does not hold.
    pub(super) fn is_stale(&self, value: &Value) -> bool {
        self.stale.iter().any(|stale| stale.agrees(value))
    }

    fn hold(&mut self, talk: &Talk<'_>, at: usize, value: &Value, promised: bool, firm: bool) {
        let Some(line) = talk.lines.get(at) else { return };
        if let Some(held) = self.settled.iter_mut().find(|held| held.value.agrees(value)) {
            held.firm |= firm;
            if firm || held.line == at {
                // "Thursday the 14th" says more than the "Thursday" that confirms it.
                let richer = value.kind != Kind::Date || value.shown.len() >= held.value.shown.len();
                if richer {
                    held.value = value.clone();
                    held.line = at;
                }
            }
            return;
        }
        let corrects = line.marks.has(Mark::Correction);
        let single = match value.kind {
            Kind::Date | Kind::Time | Kind::Count | Kind::Address | Kind::Email | Kind::Phone => true,
            Kind::Amount | Kind::Code | Kind::Name => corrects,
        };
        if single && (firm || corrects) {
            let turn = |held: &Settled| talk.lines.get(held.line).map_or(0, |line| line.turn);
            let replaced = |held: &Settled| {
                let earlier = turn(held) < line.turn || (corrects && held.line < at);
                let same = corrects || is_one_matter(talk, turn(held), line.turn);
                held.value.rivals(value) && earlier && same && (held.promised == promised || corrects)
            };
            let (gone, kept) = std::mem::take(&mut self.settled).into_iter().partition(replaced);
            self.settled = kept;
            self.stale.extend(Vec::into_iter(gone).map(|held: Settled| held.value));
        }
        self.settled.push(Settled { value: value.clone(), line: at, promised, firm });
    }

    /// Drops what was only stated where that is not enough, and marks earlier rivals of what holds as stale.
    fn retire(&mut self, talk: &Talk<'_>, mentions: &[(&Value, usize)]) {
        self.settled.retain(|held| held.firm || !matches!(held.value.kind, Kind::Date | Kind::Time | Kind::Count));
        for &(value, at) in mentions {
            let later =
                self.settled.iter().any(|held| {
                    matches!(value.kind, Kind::Date | Kind::Time | Kind::Count)
                        && held.value.rivals(value)
                        && !held.promised
                        && talk.lines.get(at).zip(talk.lines.get(held.line)).is_some_and(|(said, held)| {
                            said.turn < held.turn && is_one_matter(talk, said.turn, held.turn)
                        })
                });
            if later {
                self.stale.push(value.clone());
            }
        }
        let settled = &self.settled;
        self.stale.retain(|stale| !settled.iter().any(|held| held.value.agrees(stale)));
        let mut seen: Vec<Value> = Vec::new();
        self.stale.retain(|stale| {
            let new = !seen.iter().any(|known| known.kind == stale.kind && known.key == stale.key);
            if new {
                seen.push(stale.clone());
            }
            new
        });
    }
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

fn judge(talk: &Talk<'_>, line: &Line<'_>, value: &Value) -> Verdict {
    if is_past(line, value) || is_vague(line, value) || is_bound(line, value) || is_opening_hour(line, value) {
        return Verdict::Passing;
    }
    if is_refused(line, value) {
        return Verdict::Declined;
    }
    let reply = talk.reply(line.turn);
    if value.kind == Kind::Name && line.is_question() {
        return if answer(reply) == Some(true) { Verdict::Agreed } else { Verdict::Passing };
    }
    // An answer that names the value again decides for it alone.
    if let Some((said, again)) = find(reply, |other| other.agrees(value))
        && !said.marks.has(Mark::Purpose)
    {
        return if is_refused(said, again) { Verdict::Declined } else { Verdict::Agreed };
    }
    let settled = matches!(value.kind, Kind::Date | Kind::Time | Kind::Count | Kind::Amount | Kind::Address);
    let offered = line.marks.has(Mark::Offer) || line.is_question();
    let rival = find(reply, |other| settled && other.rivals(value) && !other.agrees(value)).is_some();
    let corrected = rival && reply.iter().take(3).any(|said| said.marks.any(&[Mark::Correction, Mark::Unavailable]));
    let firm = line.marks.any(&[Mark::Done, Mark::Confirm]) && (!offered || line.marks.has(Mark::Confirm));
    if corrected || (rival && offered && !firm) {
        return Verdict::Declined;
    }
    if firm {
        return Verdict::Agreed;
    }
    if line.marks.has(Mark::Promise) && !line.is_question() {
        return Verdict::Promised;
    }
    // "Booked." to a request that names no other value grants it.
    if reply.iter().take(3).any(|said| said.marks.has(Mark::Done) && !said.marks.has(Mark::Unavailable))
        && line.role != Role::Agent
        && !rival
    {
        return Verdict::Agreed;
    }
    // Not being able to pay a balance does not make it another balance.
    if value.kind == Kind::Amount && line.marks.has(Mark::Fact) && !offered {
        return if answer(reply) == Some(true) { Verdict::Agreed } else { Verdict::Stated };
    }
    let closing = talk.turn(line.turn).last().is_some_and(|last| last.marks.has(Mark::AnythingElse));
    let choice = offered
        && talk
            .turn(line.turn)
            .iter()
            .flat_map(|line| &line.values)
            .any(|other| other.rivals(value) && !other.agrees(value));
    match answer(reply) {
        Some(false) if settled && !closing => Verdict::Declined,
        Some(true) if !closing && !choice => Verdict::Agreed,
        _ if offered && settled => Verdict::Passing,
        _ if line.role != Role::Agent && answers(talk, line) => Verdict::Agreed,
        _ if value.kind == Kind::Amount && !line.marks.has(Mark::Fact) => Verdict::Passing,
        _ => Verdict::Stated,
    }
}

fn find<'t>(reply: &'t [Line<'_>], wanted: impl Fn(&Value) -> bool) -> Option<(&'t Line<'t>, &'t Value)> {
    reply.iter().take(4).find_map(|said| said.values.iter().find(|other| wanted(other)).map(|other| (said, other)))
}

/// Whether the line answers a question of the other side.
fn answers(talk: &Talk<'_>, line: &Line<'_>) -> bool {
    let before = line.turn.checked_sub(1).map(|turn| talk.turn(turn)).unwrap_or_default();
    before.last().is_some_and(|asked| asked.role != line.role && asked.is_question())
}

/// Whether a reply begins as a yes or a no, if it does either.
fn answer(reply: &[Line<'_>]) -> Option<bool> {
    let first = reply.first()?;
    let second = first.tokens.get(1).map_or("", |token| &*token.lower);
    if reply.iter().take(2).any(|said| said.marks.has(Mark::Unavailable)) {
        return Some(false);
    }
    let word = first.tokens.iter().find(|token| !token.is(&["um", "uh", "oh", "well", "hmm", "so", "and"]))?;
    match &*word.lower {
        "no" if matches!(second, "problem" | "worries" | "that's" | "it's") => Some(true),
        "no" | "nope" | "nah" | "unfortunately" | "sorry" => Some(false),
        "yes" | "yeah" | "yep" | "yup" | "sure" | "okay" | "ok" | "perfect" | "great" | "correct" | "right"
        | "absolutely" | "definitely" | "exactly" | "works" | "fine" | "alright" | "mhm" | "good" | "wonderful"
        | "excellent" | "deal" => Some(true),
        "sounds" | "that" | "that'll" | "that's" | "i'll" | "let's" | "got" | "thank" | "thanks" | "cool"
        | "awesome" => Some(true),
        _ => None,
    }
}

/// Where a phrase ends that speaks of one value and not of the next.
const BREAKS: &[&str] = &[
    " but ", "; ", ", so ", " so ", ", how ", ", what ", ", can ", ", could ", ", let's ", ", make ", ", i'd ",
    ", maybe ",
];

fn is_refused(line: &Line<'_>, value: &Value) -> bool {
    let lower = line.text.to_ascii_lowercase();
    let before = lower.get(..value.start).unwrap_or_default();
    let after = lower.get(value.end..).unwrap_or_default();
    let from = BREAKS.iter().filter_map(|stop| before.rfind(stop).map(|at| at + stop.len())).max().unwrap_or(0);
    let to = BREAKS.iter().filter_map(|stop| after.find(stop)).min().unwrap_or(after.len());
    let lead = before.get(from..).unwrap_or_default().trim_end();
    let bare = ["on", "at", "for", "the", "a", "until"]
        .iter()
        .fold(lead, |lead, word| lead.strip_suffix(word).filter(|rest| rest.ends_with(' ')).unwrap_or(lead).trim_end());
    let negated = ["not", "instead of", "rather than", "isn't", "wasn't", "there's no", "is no"]
        .iter()
        .any(|word| bare.ends_with(word));
    let moved = ["move", "moved", "reschedul", "chang", "switch", "push"].iter().any(|word| lower.contains(word));
    let from_there = moved && [" from", " was", "originally"].iter().any(|word| bare.ends_with(word));
    if negated || from_there {
        return true;
    }
    if !line.marks.has(Mark::Unavailable) {
        return false;
    }
    let phrase = line.text.get(from..value.end + to).unwrap_or_default();
    // "Nothing before Friday" rules out the days before, not Friday.
    let bound = ["until", "before", "till"].iter().any(|word| lead.ends_with(word));
    !bound && marks::is_unavailable(phrase)
}

/// "since Monday", "last Friday", "two weeks ago".
fn is_past(line: &Line<'_>, value: &Value) -> bool {
    let before = line.text.get(..value.start).unwrap_or_default().trim_end().to_ascii_lowercase();
    let after = line.text.get(value.end..).unwrap_or_default().trim_start();
    let led =
        ["since", "last", "past", "every", "usually", "back in", "ago on"].iter().any(|word| before.ends_with(word));
    led || after.starts_with("ago") || after.starts_with("ish ago")
}

/// "any time after five", "before Friday": a limit, which another value may keep to, unless it is promised.
fn is_bound(line: &Line<'_>, value: &Value) -> bool {
    let timed =
        matches!(value.kind, Kind::Time | Kind::Date) && !line.marks.any(&[Mark::Done, Mark::Promise, Mark::Confirm]);
    let before = line.text.get(..value.start).unwrap_or_default().trim_end();
    let last = before.rsplit(' ').next().unwrap_or_default().to_ascii_lowercase();
    timed && matches!(last.as_str(), "after" | "before" | "by" | "than" | "past" | "until")
}

/// "We close at 8": told, not agreed.
fn is_opening_hour(line: &Line<'_>, value: &Value) -> bool {
    value.kind == Kind::Time && line.tokens.iter().any(|token| token.is(&["close", "closes", "open", "opens", "hours"]))
}

/// "today" without an hour beside it.
fn is_vague(line: &Line<'_>, value: &Value) -> bool {
    let Key::Date(day) = &value.key else { return false };
    day.is_vague() && !line.values.iter().any(|other| other.kind == Kind::Time)
}
