//! Calls whose facts are known: the simulator's, told with many seeds and in other ways, and those of text files.

use std::{fs, path::Path};

use anyhow::Context;

use crate::{
    model::call::{Call, Speaker, Turn},
    simulate::scenario::{self, KnownFacts},
};

/// A call and the truth about it.
#[derive(Debug, Clone)]
pub(super) struct Labelled {
    /// Which row of the table it counts in.
    pub(super) set: String,
    pub(super) name: String,
    pub(super) call: Call,
    pub(super) facts: KnownFacts,
}

/// How often each scenario is told with other people, values and choices.
const SEEDS: u64 = 12;

/// The simulator's conversations: as they are, without punctuation, and stretched with side talk. The weights are
/// fitted on one telling of each, too.
pub(super) fn simulated() -> Vec<Labelled> {
    let mut all = Vec::new();
    for name in scenario::names() {
        for seed in 0..SEEDS {
            let Some(told) = scenario::tell(name, seed) else { continue };
            let turns = told.turns;
            let ways =
                [("plain", turns.clone()), ("unpunctuated", unpunctuated(&turns)), ("long", stretched(&turns, seed))];
            for (way, transcript) in ways {
                let id = format!("{name}/{seed}/{way}");
                let call = Call { id: id.clone(), inbound: Some(told.inbound), transcript, ..Call::default() };
                all.push(Labelled { set: format!("sim, {way}"), name: id, call, facts: told.facts.clone() });
            }
        }
    }
    all
}

/// Each of the simulator's conversations, told once.
pub(super) fn scenarios() -> Vec<Labelled> {
    let told = |name: &str| scenario::tell(name, 0).map(|told| (name.to_owned(), told));
    let labelled = |(name, told): (String, scenario::Told)| {
        let call = Call { id: name.clone(), inbound: Some(told.inbound), transcript: told.turns, ..Call::default() };
        Labelled { set: "sim".to_owned(), name, call, facts: told.facts }
    };
    scenario::names().filter_map(told).map(labelled).collect()
}

/// The same call as a transcriber without punctuation writes it.
pub(super) fn without_punctuation(labelled: &Labelled) -> Labelled {
    let call = Call { transcript: unpunctuated(&labelled.call.transcript), ..labelled.call.clone() };
    Labelled { call, ..labelled.clone() }
}

fn unpunctuated(turns: &[Turn]) -> Vec<Turn> {
    let plain = |turn: &Turn| {
        if turn.speaker == Speaker::Action {
            return turn.clone();
        }
        let mut text = String::new();
        let mut chars = turn.text.chars().peekable();
        while let Some(c) = chars.next() {
            let inside =
                text.ends_with(char::is_alphanumeric) && chars.peek().is_some_and(|next| next.is_alphanumeric());
            match c {
                '.' | ':' | ',' | '\'' | '@' if inside => text.push(c),
                '.' | ',' | '!' | '?' | ';' | ':' | '"' | '(' | ')' | '…' => {}
                '—' | '–' => text.push(' '),
                c => text.extend(c.to_lowercase()),
            }
        }
        Turn { text: text.split_whitespace().collect::<Vec<_>>().join(" "), ..turn.clone() }
    };
    turns.iter().map(plain).collect()
}

/// What people chat about while the business goes on; nothing of it matters.
const CHAT: [(&str, &str); 12] = [
    ("Sorry, that's my neighbor with the leaf blower again.", "No worries, I can still hear you."),
    ("Is it as hot where you are? We've had ninety degrees all week.", "It has been warm here too, yes."),
    ("My sister called the other day and said she had the same thing.", "Oh, really? Small world."),
    ("Hang on, someone's at the door. Okay, I'm back.", "Take your time."),
    (
        "We just got a puppy in June, she's eleven weeks old and chews everything.",
        "Puppies are a handful, aren't they?",
    ),
    ("Are you a real person, by the way? You sound very clear.", "I'm a virtual assistant, but I'm glad to help."),
    ("I used to work in a call center myself, for four years, back in Tulsa.", "Then you know how it goes."),
    ("My grandson is visiting, he's nine and wants pizza every night.", "That sounds like fun."),
    ("Did you see the game on Sunday? Thirty-one to seven, unbelievable.", "I heard it was quite a game."),
    ("I'm just pulling into a parking lot, it's five dollars an hour here now.", "Please drive safely."),
    ("You know, last time I waited forty minutes on hold.", "I'm sorry about that wait."),
    ("I've been a customer since nineteen ninety-eight, can you believe it?", "That's a long time, thank you."),
];

/// With 50 to 150 turns of side talk between the turns of business, none before the second or after the last.
fn stretched(turns: &[Turn], seed: u64) -> Vec<Turn> {
    let talks = turns.iter().filter(|turn| turn.speaker != Speaker::Action).count();
    if talks < 8 {
        return turns.to_vec();
    }
    let mut long = Vec::new();
    let mut next = usize::try_from(seed).unwrap_or_default();
    for (at, turn) in turns.iter().enumerate() {
        long.push(turn.clone());
        // Nobody changes the subject before an answer.
        let answered = turns.get(at + 1).is_some_and(|after| after.speaker == Speaker::Assistant);
        let brief = turn.speaker == Speaker::User && !turn.text.ends_with('?') && turn.text.split(' ').count() < 9;
        if at < 2 || !(answered && brief) {
            continue;
        }
        for _ in 0..8 {
            let (user, agent) = CHAT[next % CHAT.len()];
            next += 5;
            let chat = |speaker, text: &str| Turn { speaker, text: text.to_owned(), at: None };
            long.extend([chat(Speaker::User, user), chat(Speaker::Assistant, agent)]);
        }
    }
    long
}

/// The calls of a folder's `*.txt`, in the order of the files' names.
pub(super) fn read_folder(folder: &Path) -> anyhow::Result<Vec<Labelled>> {
    let entries = fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "txt"));
    files.sort();
    let mut calls = Vec::new();
    for file in files {
        calls.extend(read_file(&file)?);
    }
    Ok(calls)
}

/// The calls of one file; their set is the file's name.
pub(super) fn read_file(file: &Path) -> anyhow::Result<Vec<Labelled>> {
    let text = fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    let set = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    read(&set, &text).with_context(|| format!("read {}", file.display()))
}

/// Calls such as `# name inbound`, then turns (`U: …`, `A: …`, `X: …`), then labels (`final: a; b`), then an empty line.
pub(super) fn read(set: &str, text: &str) -> anyhow::Result<Vec<Labelled>> {
    let mut calls: Vec<Labelled> = Vec::new();
    for (number, line) in text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()) {
        if let Some(head) = line.strip_prefix("# ") {
            calls.push(begin(set, head));
            continue;
        }
        let known =
            calls.last_mut().zip(line.split_once(':')).and_then(|(call, (key, rest))| take(call, key, rest.trim()));
        known.with_context(|| format!("line {}: `{line}` is neither a turn nor a label", number + 1))?;
    }
    Ok(calls)
}

fn begin(set: &str, head: &str) -> Labelled {
    let mut words = head.split_whitespace();
    let name = words.next().unwrap_or_default().to_owned();
    let mut call = Call { id: name.clone(), inbound: Some(false), ..Call::default() };
    for word in words {
        match word {
            "inbound" => call.inbound = Some(true),
            "voicemail" => call.answered_by = Some("voicemail".to_owned()),
            "transferred" => call.transferred_to = Some("+15555550100".to_owned()),
            _ => {}
        }
    }
    Labelled { set: set.to_owned(), name, call, facts: KnownFacts::default() }
}

fn take(call: &mut Labelled, key: &str, rest: &str) -> Option<()> {
    let facts = || rest.split(';').map(str::trim).filter(|fact| !fact.is_empty()).map(str::to_owned);
    let known = &mut call.facts;
    let speaker = match key {
        "U" => Some(Speaker::User),
        "A" => Some(Speaker::Assistant),
        "X" => Some(Speaker::Action),
        _ => None,
    };
    match key {
        "U" | "A" | "X" => {
            let turn = speaker.map(|speaker| Turn { speaker, text: rest.to_owned(), at: None });
            call.call.transcript.extend(turn);
        }
        "final" => known.last.extend(facts()),
        "stale" => known.stale.extend(facts()),
        "passing" => known.passing.extend(facts()),
        "purpose" => known.purpose = Some(rest.to_owned()),
        "outcome" => known.outcome = Some(rest.to_owned()),
        "next" => known.next_step = Some(rest.to_owned()),
        _ => return None,
    }
    Some(())
}
