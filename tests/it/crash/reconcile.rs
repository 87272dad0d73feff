//! The reckoning: what truly happened on one side, what arrived on the other, and every kill between.
//!
//! Pure, so that its own tests can show it a loss and a repeat that no kill explains.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    time::{Duration, Instant},
};

use super::{
    ledger::{Copy, Life},
    load::Truth,
    read::{self, Events, Told},
    service::{TOLD_OF_BATCHES, told_of},
    trap::Point,
};

/// A yes that was given so long before a kill must have been written down by then, on the slowest machine.
const TIME_TO_SETTLE: Duration = Duration::from_secs(2);
/// The most sends of one notifier that are under way at once.
const IN_FLIGHT: usize = 16;

/// How a life ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    KilledAtRandom,
    KilledAt(Point),
    /// When the database was written to the next time after that.
    KilledAtWrite(Point),
    InOrder,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KilledAtRandom => f.write_str("a random moment"),
            Self::KilledAt(point) => point.fmt(f),
            Self::KilledAtWrite(point) => write!(f, "{point}, at the next write"),
            Self::InOrder => f.write_str("(an end in order)"),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Kill {
    pub(crate) end: End,
    pub(crate) life: Life,
    pub(crate) begun: Instant,
    pub(crate) over: Instant,
}

/// What is counted for one kill point.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) kills: usize,
    pub(crate) lost: usize,
    pub(crate) repeated: usize,
    pub(crate) unexplained: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) lines: BTreeMap<End, Line>,
    /// Everything that should not be, in words.
    pub(crate) wrong: Vec<String>,
    /// Ends of calls and batches that were to be told, counted once for each receiver.
    pub(crate) expected: usize,
    /// Messages that arrived, each counted once.
    pub(crate) messages: usize,
    /// The longest that a yes was given before the kill after which it was asked for again.
    pub(crate) oldest_yes: Duration,
    /// Which of them were repeated: to whom, and about what.
    pub(crate) repeated: BTreeSet<(String, String)>,
}

impl Verdict {
    pub(crate) fn total(&self) -> Line {
        self.lines.values().fold(Line::default(), |sum, line| Line {
            kills: sum.kills + line.kills,
            lost: sum.lost + line.lost,
            repeated: sum.repeated + line.repeated,
            unexplained: sum.unexplained + line.unexplained,
        })
    }

    fn line(&mut self, end: End) -> &mut Line {
        self.lines.entry(end).or_default()
    }
}

/// One thing that a receiver is to be told, and what it was told of it.
#[derive(Debug, Default)]
struct Account {
    /// Ids of the messages that told it.
    ids: BTreeSet<String>,
    outcomes: BTreeSet<String>,
    answered: bool,
    /// The last life that sent it.
    sent: Option<Life>,
}

pub(crate) fn reconcile(truth: &Truth, copies: &[Copy], kills: &[Kill]) -> Verdict {
    let mut verdict = Verdict::default();
    for kill in kills {
        verdict.line(kill.end).kills += 1;
    }
    let kills: HashMap<Life, &Kill> = kills.iter().map(|kill| (kill.life, kill)).collect();
    let events = Events::of(copies);
    let mut told: BTreeMap<(String, String), Account> = BTreeMap::new();
    for ((to, id), copies) in by_message(copies) {
        judge_repeats(&mut verdict, to, id, &copies, &kills, &events);
        let contents = read::contents(copies[0], &events);
        if contents.is_empty() {
            verdict.wrong.push(format!("{to}: message {id} tells nothing that can be read"));
        }
        let answered = copies.iter().any(|copy| yes(copy, &kills).is_some());
        for Told { about, outcome } in contents {
            let account = told.entry((to.to_owned(), about)).or_default();
            account.ids.insert(id.to_owned());
            account.outcomes.extend(outcome);
            account.answered |= answered;
            account.sent = account.sent.max(copies.last().map(|copy| copy.life));
        }
    }
    verdict.messages = by_message(copies).len();
    check_in_flight(&mut verdict, copies, &kills);
    for call in &truth.calls {
        for to in told_of(call.outcome) {
            let account = told.remove(&((*to).to_owned(), call.id.clone()));
            judge(&mut verdict, to, (&call.id, Some(call.outcome)), account, call.life, &kills);
        }
    }
    for (batch, life) in &truth.batches {
        for to in TOLD_OF_BATCHES {
            let account = told.remove(&(to.to_owned(), batch.clone()));
            judge(&mut verdict, to, (batch, None), account, *life, &kills);
        }
    }
    for ((to, about), account) in told {
        verdict.wrong.push(format!("{to}: told of {about}, which is none of its business: {:?}", account.ids));
    }
    verdict
}

fn by_message(copies: &[Copy]) -> BTreeMap<(&str, &str), Vec<&Copy>> {
    let mut messages: BTreeMap<(&str, &str), Vec<&Copy>> = BTreeMap::new();
    for copy in copies {
        messages.entry((&copy.to, &copy.id)).or_default().push(copy);
    }
    messages
}

/// Each repeat must be the same bytes, and follow a copy whose yes a kill may have swallowed.
fn judge_repeats(
    verdict: &mut Verdict,
    to: &str,
    id: &str,
    copies: &[&Copy],
    kills: &HashMap<Life, &Kill>,
    events: &Events,
) {
    for pair in copies.windows(2) {
        let (earlier, later) = (pair[0], pair[1]);
        if earlier.body != later.body {
            verdict.wrong.push(format!("{to}: message {id} was sent again with other bytes"));
        }
        let kill = kills.get(&earlier.life).filter(|kill| later.at >= kill.begun);
        let age = kill.and_then(|kill| swallowed(earlier, kill));
        let line = verdict.line(kill.map_or(End::InOrder, |kill| kill.end));
        line.repeated += 1;
        line.unexplained += usize::from(age.is_none());
        verdict.oldest_yes = verdict.oldest_yes.max(age.unwrap_or_default());
        let abouts = read::contents(earlier, events).into_iter().map(|told| (to.to_owned(), told.about));
        verdict.repeated.extend(abouts);
        if age.is_none() {
            let life = earlier.life.nth;
            let when = kill.map_or("a life that was not killed".to_owned(), |kill| {
                let before = earlier.answered.map(|at| kill.begun.saturating_duration_since(at));
                format!("{before:?} before the kill at `{}`", kill.end)
            });
            verdict.wrong.push(format!("{to}: message {id} was answered in life {life}, {when}, and sent again"));
        }
    }
}

/// When the receiver's yes was given, if it was before the program was no more.
fn yes(copy: &Copy, kills: &HashMap<Life, &Kill>) -> Option<Instant> {
    copy.answered.filter(|at| kills.get(&copy.life).is_none_or(|kill| *at < kill.over))
}

/// How long before the kill the answer was given, if so lately that it may not have been written
/// down; zero if it was not given at all.
fn swallowed(copy: &Copy, kill: &Kill) -> Option<Duration> {
    let Some(at) = copy.answered.filter(|at| *at < kill.over) else { return Some(Duration::ZERO) };
    Some(kill.begun.saturating_duration_since(at)).filter(|age| *age <= TIME_TO_SETTLE)
}

/// However fast lives follow each other, no kill can swallow more than was under way.
fn check_in_flight(verdict: &mut Verdict, copies: &[Copy], kills: &HashMap<Life, &Kill>) {
    let mut swallowed: BTreeMap<(Life, &str), usize> = BTreeMap::new();
    for copies in by_message(copies).into_values() {
        for earlier in &copies[..copies.len() - 1] {
            let notifier = earlier.to.split(' ').next().unwrap_or_default();
            *swallowed.entry((earlier.life, notifier)).or_default() += 1;
        }
    }
    for ((life, notifier), count) in swallowed.into_iter().filter(|(_, count)| *count > IN_FLIGHT) {
        let end = kills.get(&life).map_or(End::InOrder, |kill| kill.end);
        verdict.wrong.push(format!("{notifier}: {count} messages were sent again after one kill at `{end}`"));
    }
}

fn judge(
    verdict: &mut Verdict,
    to: &str,
    (about, outcome): (&str, Option<&str>),
    account: Option<Account>,
    placed: Life,
    kills: &HashMap<Life, &Kill>,
) {
    verdict.expected += 1;
    let account = account.unwrap_or_default();
    let end = kills.get(&account.sent.unwrap_or(placed)).map_or(End::InOrder, |kill| kill.end);
    if !account.answered {
        let outcome = outcome.unwrap_or("a batch");
        let last = if account.sent.is_some() { "last sent" } else { "never sent, and placed" };
        verdict.line(end).lost += 1;
        verdict.wrong.push(format!("{to}: lost {about} ({outcome}), {last} before the kill at `{end}`"));
        return;
    }
    if account.ids.len() > 1 {
        verdict.line(end).repeated += 1;
        verdict.line(end).unexplained += 1;
        verdict.wrong.push(format!("{to}: told of {about} by several messages: {:?}", account.ids));
    }
    if let Some(outcome) = outcome.filter(|outcome| account.outcomes.iter().any(|told| told != outcome)) {
        verdict.wrong.push(format!("{to}: told that {about} was {:?}, and it was {outcome}", account.outcomes));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::crash::load::Placed;

    const SECOND: Duration = Duration::from_secs(1);
    /// From the answers to the kill.
    const LIFE: Duration = Duration::from_secs(10);

    fn copy(to: &str, call: &str, nth: usize, at: Instant, answered: bool) -> Copy {
        let event = json!({ "id": format!("evt_{call}"), "type": "call.completed",
            "data": { "call": { "id": call, "outcome": "human" } } });
        let text = if to == "chat" { json!({ "text": format!("Human answered {call}") }) } else { event };
        let life = Life { replica: 0, nth };
        let body = text.to_string().into_bytes();
        Copy { to: to.to_owned(), id: format!("evt_{call}"), body, life, at, answered: answered.then_some(at) }
    }

    /// One call to a person, told to all three receivers at `now`, but for what `change` does;
    /// its life is killed ten seconds later.
    fn check(change: impl FnOnce(&mut Vec<Copy>, Instant), wrong: &[&str], line: Line) {
        let now = Instant::now();
        let placed = Placed { id: "crash-000001".to_owned(), outcome: "human", life: Life { replica: 0, nth: 0 } };
        let truth = Truth { calls: vec![placed], batches: vec![] };
        let mut copies: Vec<Copy> =
            ["crm", "chat", "bundle"].iter().map(|to| copy(to, "crash-000001", 0, now, true)).collect();
        change(&mut copies, now);
        let (begun, over) = (now + LIFE, now + LIFE);
        let kill = Kill { end: End::KilledAtRandom, life: Life { replica: 0, nth: 0 }, begun, over };
        let verdict = reconcile(&truth, &copies, &[kill]);
        assert_eq!(verdict.wrong.len(), wrong.len(), "{:?}", verdict.wrong);
        for (found, wanted) in verdict.wrong.iter().zip(wrong) {
            assert!(found.contains(wanted), "{found}");
        }
        assert_eq!(verdict.total(), line);
    }

    fn line(lost: usize, repeated: usize, unexplained: usize) -> Line {
        Line { kills: 1, lost, repeated, unexplained }
    }

    #[test]
    fn what_arrived_once_is_fine_and_what_did_not_is_lost() {
        check(|_, _| {}, &[], line(0, 0, 0));
        check(|copies, _| drop(copies.remove(1)), &["chat: lost crash-000001 (human), never sent"], line(1, 0, 0));
        // Without a yes, the receiver may have thrown it away.
        check(|copies, _| copies[2].answered = None, &["bundle: lost crash-000001 (human), last sent"], line(1, 0, 0));
        check(|copies, now| copies[0].answered = Some(now + 2 * LIFE), &["crm: lost"], line(1, 0, 0));
    }

    #[test]
    fn a_repeat_needs_a_kill_right_after_the_answer() {
        let again = |copies: &mut Vec<Copy>, now: Instant, answered: Option<Instant>| {
            copies[0].answered = answered;
            copies.push(copy("crm", "crash-000001", 1, now + 2 * LIFE, true));
        };
        check(|copies, now| again(copies, now, None), &[], line(0, 1, 0));
        check(|copies, now| again(copies, now, Some(now + LIFE - SECOND)), &[], line(0, 1, 0));
        check(|copies, now| again(copies, now, Some(now)), &["and sent again"], line(0, 1, 1));
        // In the same life, nothing explains it.
        let same = |copies: &mut Vec<Copy>, now| copies.push(copy("crm", "crash-000001", 0, now, true));
        check(same, &["and sent again"], line(0, 1, 1));
    }

    #[test]
    fn a_repeat_keeps_its_bytes_and_its_id() {
        let other_bytes = |copies: &mut Vec<Copy>, now: Instant| {
            copies[0].answered = None;
            let mut again = copy("crm", "crash-000001", 1, now + 2 * LIFE, true);
            again.body.push(b' ');
            copies.push(again);
        };
        check(other_bytes, &["with other bytes"], line(0, 1, 0));
        let other_id = |copies: &mut Vec<Copy>, now: Instant| {
            let again = copy("crm", "crash-000001", 1, now + 2 * LIFE, true);
            copies.push(Copy { id: "evt_other".to_owned(), ..again });
        };
        check(other_id, &["by several messages"], line(0, 1, 1));
    }

    #[test]
    fn wrong_outcomes_and_strangers_are_seen() {
        let wrong = |copies: &mut Vec<Copy>, _| {
            let body = String::from_utf8(copies[0].body.clone()).unwrap().replace("human", "busy");
            copies[0].body = body.into_bytes();
        };
        check(wrong, &["told that crash-000001 was"], line(0, 0, 0));
        let stranger = |copies: &mut Vec<Copy>, now| copies.push(copy("ops", "crash-000001", 0, now, true));
        check(stranger, &["none of its business"], line(0, 0, 0));
    }

    #[test]
    fn each_event_of_a_digest_counts_as_told() {
        let digest = |copies: &mut Vec<Copy>, _| {
            let body = json!({ "type": "digest", "data": { "digest": { "events": [{ "id": "evt_crash-000001" }] } } });
            copies[2].body = body.to_string().into_bytes();
            copies[2].id = "dlv_1".to_owned();
        };
        check(digest, &[], line(0, 0, 0));
        let both = |copies: &mut Vec<Copy>, now: Instant| {
            digest(copies, now);
            copies.push(copy("bundle", "crash-000001", 0, now, true));
        };
        check(both, &["by several messages"], line(0, 1, 1));
    }
}
