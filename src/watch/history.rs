//! What was seen of a call, and when, in words for operators: a short list that is kept with it.
//!
//! Only Bland's words for a call's state are repeated, never what people said or who they are.

use jiff::Timestamp;

use crate::{
    detect::{call::Memory, words},
    model::{call::Call, outcome::Outcome},
    store::records::Seen,
};

/// Entries that are kept at the beginning and at the end; what is between them goes first.
const FIRST: usize = 6;
const LAST: usize = 14;
/// The most characters of a word of Bland's.
const WORD: usize = 30;

/// What had been known of a call before it was looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Before {
    state: String,
    answered_by: Option<String>,
    summary: bool,
    memory: Memory,
}

/// What a look at a call was like.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    /// Nothing was known of the call before.
    pub new: bool,
    /// Its details were asked for and could not be read.
    pub unread: bool,
    /// Somebody asked not to follow it any more.
    pub let_go: bool,
}

impl Before {
    pub(super) fn of(call: &Call, memory: &Memory) -> Self {
        Self {
            state: state(call),
            answered_by: call.answered_by.clone(),
            summary: call.summary.is_some(),
            memory: memory.clone(),
        }
    }

    /// Adds one entry where something worth telling has changed, and none otherwise.
    pub(super) fn note(&self, history: &mut Vec<Seen>, call: &Call, memory: &Memory, look: Look, now: Timestamp) {
        let mut said = Vec::new();
        if look.new {
            said.push(if memory.by_id { "asked for by its id" } else { "first seen" }.to_owned());
        }
        said.extend(self.facts(history, call));
        said.extend(self.sight(history, memory, look));
        said.extend(self.followers(call, memory, look));
        said.extend(self.ends(memory));
        if !said.is_empty() {
            history.push(Seen { at: now, says: said.join("; ") });
        }
        if history.len() > FIRST + LAST {
            history.drain(FIRST..history.len() - LAST);
        }
    }

    /// What Bland says that it did not say before.
    fn facts(&self, history: &[Seen], call: &Call) -> Vec<String> {
        let mut said = Vec::new();
        let state = state(call);
        if state != self.state {
            let phase = match (words::is_terminal(call), words::is_active(call)) {
                (true, _) => "over",
                (_, true) => "live",
                _ => "waiting",
            };
            said.push(format!("{phase} ({state})"));
        }
        if call.answered_by != self.answered_by
            && let Some(word) = &call.answered_by
        {
            said.push(format!("answered_by {}", short(word)));
        }
        if call.summary.is_some() && !self.summary {
            said.push("summary came".to_owned());
        }
        // Transcripts are not kept, so that only the list itself knows whether one was seen before.
        if !call.transcript.is_empty() && !says(history, "transcript came") {
            said.push("transcript came".to_owned());
        }
        said
    }

    /// What came of asking for the call's details.
    fn sight(&self, history: &[Seen], memory: &Memory, look: Look) -> Vec<String> {
        let mut said = Vec::new();
        if look.unread && !history.last().is_some_and(|last| last.says.contains(UNREAD)) {
            said.push(UNREAD.to_owned());
        }
        match (self.memory.missing_since.is_some(), memory.missing_since.is_some()) {
            (false, true) => said.push("Bland does not know its id (404)".to_owned()),
            (true, false) => said.push("Bland knows its id again".to_owned()),
            _ => {}
        }
        if memory.missing && !self.memory.missing {
            said.push("counted as missing".to_owned());
        }
        said
    }

    fn followers(&self, call: &Call, memory: &Memory, look: Look) -> Vec<String> {
        let mut said = Vec::new();
        let before = &self.memory;
        for watch in memory.watches.iter().filter(|watch| !before.watches.contains(watch)) {
            said.push(format!("followed by watch `{watch}`"));
        }
        for watch in before.watches.iter().filter(|watch| !memory.watches.contains(watch)) {
            said.push(format!("not for watch `{watch}` after all"));
        }
        if memory.watches.is_empty() && (look.new || !before.watches.is_empty()) {
            said.push("no watch matches it".to_owned());
        }
        if memory.silent && !before.silent && !memory.watches.is_empty() {
            let why = match () {
                () if look.let_go => "no longer followed, as was asked for",
                () if call.transfer_leg => "a leg of a warm transfer: not a call of its own",
                () => "over before the watch began: not announced",
            };
            said.push(why.to_owned());
        }
        if before.silent && !memory.silent {
            said.push("its end is to be told after all".to_owned());
        }
        said
    }

    fn ends(&self, memory: &Memory) -> Vec<String> {
        let mut said = Vec::new();
        let before = &self.memory;
        if memory.stuck && !before.stuck {
            said.push("stuck: it should have ended by now".to_owned());
        }
        match (before.told, memory.told) {
            _ if memory.silent => {}
            (None, Some(outcome)) => {
                let never = if outcome == Outcome::Unclassified { ", answered_by never came" } else { "" };
                said.push(format!("settled: {outcome}{never}"));
            }
            (Some(told), Some(outcome)) if told != outcome => said.push(format!("corrected: {told} to {outcome}")),
            _ => {}
        }
        said
    }
}

const UNREAD: &str = "its details could not be read";

/// Bland's own words for how far the call is.
fn state(call: &Call) -> String {
    let word = |name: &str, value: &Option<String>| value.as_deref().map(|value| format!("{name} {}", short(value)));
    let completed = call.completed.map(|completed| format!("completed {completed}"));
    let all = [word("queue_status", &call.queue_status), word("status", &call.status), completed];
    all.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn short(word: &str) -> String {
    word.chars().filter(|letter| !letter.is_control()).take(WORD).collect()
}

fn says(history: &[Seen], what: &str) -> bool {
    history.iter().any(|seen| seen.says.contains(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    /// Looks at a call again and again, and writes down what is said of each look.
    fn check(looks: &[(Call, Memory, Look)], expected: &[&str]) {
        let mut history = Vec::new();
        let mut before = Before::default();
        for (second, (call, memory, look)) in (0..).zip(looks) {
            before.note(&mut history, call, memory, *look, at(second));
            before = Before::of(call, memory);
        }
        let said: Vec<&str> = history.iter().map(|seen| seen.says.as_str()).collect();
        assert_eq!(said, expected);
    }

    fn call(queue_status: &str) -> Call {
        Call { queue_status: Some(queue_status.to_owned()), ..Call::default() }
    }

    fn followed(by: &[&str]) -> Memory {
        Memory { watches: by.iter().map(|name| (*name).to_owned()).collect(), ..Memory::default() }
    }

    const NEW: Look = Look { new: true, unread: false, let_go: false };
    const AGAIN: Look = Look { new: false, unread: false, let_go: false };
    const UNANSWERED: Look = Look { new: false, unread: true, let_go: false };

    #[test]
    fn what_changes_is_said_once_and_what_does_not_is_not() {
        let told = Memory { told: Some(Outcome::Human), ..followed(&["w"]) };
        let done = Call { answered_by: Some("human".to_owned()), ..call("complete") };
        check(
            &[
                (call("queued"), followed(&["w"]), NEW),
                (call("queued"), followed(&["w"]), AGAIN),
                (call("started"), followed(&["w"]), UNANSWERED),
                (call("started"), followed(&["w"]), UNANSWERED),
                (done.clone(), told.clone(), AGAIN),
                (done, told, AGAIN),
            ],
            &[
                "first seen; waiting (queue_status queued); followed by watch `w`",
                "live (queue_status started); its details could not be read",
                "over (queue_status complete); answered_by human; settled: human",
            ],
        );
    }

    #[test]
    fn why_a_call_is_not_told_is_said() {
        let silent = |by| Memory { silent: true, ..followed(by) };
        let leg = Call { transfer_leg: true, ..call("complete") };
        let asked = Look { let_go: true, ..AGAIN };
        check(
            &[(call("complete"), silent(&["w"]), NEW), (call("complete"), followed(&["w"]), AGAIN)],
            &[
                "first seen; over (queue_status complete); followed by watch `w`; over before the watch began: not announced",
                "its end is to be told after all",
            ],
        );
        check(
            &[(call("new"), followed(&["w"]), NEW), (call("new"), silent(&[]), AGAIN)],
            &[
                "first seen; waiting (queue_status new); followed by watch `w`",
                "not for watch `w` after all; no watch matches it",
            ],
        );
        check(
            &[(leg.clone(), followed(&["w"]), AGAIN), (leg, silent(&["w"]), AGAIN)],
            &["over (queue_status complete); followed by watch `w`", "a leg of a warm transfer: not a call of its own"],
        );
        check(
            &[(call("new"), followed(&["w"]), AGAIN), (call("new"), silent(&["w"]), asked)],
            &["waiting (queue_status new); followed by watch `w`", "no longer followed, as was asked for"],
        );
    }

    #[test]
    fn a_long_history_keeps_its_beginning_and_its_end() {
        let mut history = Vec::new();
        let mut before = Before::default();
        for second in 0..100 {
            let now = call(&format!("word {second}"));
            before.note(&mut history, &now, &followed(&[]), AGAIN, at(second));
            before = Before::of(&now, &followed(&[]));
        }
        let kept: Vec<i64> = history.iter().map(|seen| seen.at.duration_since(at(0)).as_secs()).collect();
        assert_eq!(kept, [0, 1, 2, 3, 4, 5, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
    }
}
