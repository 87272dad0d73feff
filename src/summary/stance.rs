//! What one mention of a value amounts to: offered, agreed, declined, promised, or said in passing.

use super::{
    foreign,
    marks::{self, Mark},
    speech::Role,
    talk::{Line, Talk},
    value::{Key, Kind, Value},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stance {
    /// Said of the past, of opening hours, or only in passing.
    Passing,
    Declined,
    /// Offered or asked about, and not taken up at once.
    Offered,
    Stated,
    Agreed,
    /// It belongs to what will happen next, or by when.
    Promised,
}

pub(super) fn judge(talk: &Talk<'_>, line: &Line<'_>, value: &Value) -> Stance {
    if is_past(line, value) || is_vague(line, value) || is_opening_hour(line, value) {
        return Stance::Passing;
    }
    if is_refused(talk, line, value) || is_hearsay(line, value) || is_taken_back(talk, line, value) {
        return Stance::Declined;
    }
    let reply = talk.reply(line.turn);
    // "The new price would be …" waits for an answer.
    let would = value.kind == Kind::Amount && line.tokens.iter().any(|token| token.is(&["could", "would", "might"]));
    let offered = line.marks.has(Mark::Offer) || line.is_question() || would;
    if is_bound(line, value) {
        return if is_deadline(line) && !offered { Stance::Promised } else { Stance::Passing };
    }
    if value.kind == Kind::Name && line.is_question() {
        return if answer(reply) == Some(true) { Stance::Agreed } else { Stance::Passing };
    }
    // "Do you have two minutes?"
    if value.kind == Kind::Count && line.is_question() && value.shown.to_ascii_lowercase().contains("minute") {
        return Stance::Passing;
    }
    // An answer that names the value again decides for it alone.
    if let Some((said, again)) = find(reply, |other| other.agrees(value))
        && !said.marks.has(Mark::Purpose)
    {
        if is_refused(talk, said, again) {
            return Stance::Declined;
        }
        if !said.is_question() || said.marks.has(Mark::Confirm) {
            let promise = !line.marks.any(&[Mark::Done, Mark::Confirm])
                && (line.marks.has(Mark::Promise) || (said.marks.has(Mark::Promise) && !said.marks.has(Mark::Confirm)));
            return if promise { Stance::Promised } else { Stance::Agreed };
        }
    }
    let settled = matches!(value.kind, Kind::Date | Kind::Time | Kind::Count | Kind::Amount | Kind::Address);
    let rival = find(reply, |other| settled && other.rivals(value) && !other.agrees(value)).is_some();
    let corrected = rival && reply.iter().take(3).any(|said| said.marks.any(&[Mark::Correction, Mark::Unavailable]));
    let firm = line.marks.any(&[Mark::Done, Mark::Confirm]) && (!offered || line.marks.has(Mark::Confirm));
    if corrected || (rival && offered && !firm) {
        return Stance::Declined;
    }
    if firm {
        return Stance::Agreed;
    }
    let spurned = matches!(value.kind, Kind::Date | Kind::Time) && answer(reply) == Some(false);
    if line.marks.has(Mark::Promise) && !line.is_question() && !spurned {
        return Stance::Promised;
    }
    // "Booked." to a request that names no other value grants it.
    if reply.iter().take(3).any(|said| said.marks.has(Mark::Done) && !said.marks.has(Mark::Unavailable))
        && line.role != Role::Agent
        && !rival
    {
        return Stance::Agreed;
    }
    let closing = talk.turn(line.turn).last().is_some_and(|last| last.marks.has(Mark::AnythingElse));
    // Not being able to pay a balance does not make it another balance.
    if value.kind == Kind::Amount && line.marks.has(Mark::Fact) && !offered {
        return if answer(reply) == Some(true) { Stance::Agreed } else { Stance::Stated };
    }
    let choice = offered
        && !line.tokens.iter().any(|token| token.is(&["both"]))
        && (line.tokens.iter().any(|token| token.is(&["or", "either"])) || !line.text.contains(" and "))
        && talk
            .turn(line.turn)
            .iter()
            .flat_map(|line| &line.values)
            .any(|other| other.rivals(value) && !other.agrees(value));
    match answer(reply) {
        Some(false) if settled && !closing => Stance::Declined,
        Some(true) if !closing && !choice => Stance::Agreed,
        _ if offered && settled => Stance::Offered,
        _ if line.role != Role::Agent && answers(talk, line) => Stance::Agreed,
        _ if value.kind == Kind::Amount && !line.marks.any(&[Mark::Fact, Mark::Purpose]) => Stance::Offered,
        _ => Stance::Stated,
    }
}

fn find<'t>(reply: &'t [Line<'_>], wanted: impl Fn(&Value) -> bool) -> Option<(&'t Line<'t>, &'t Value)> {
    reply.iter().take(4).find_map(|said| said.values.iter().find(|other| wanted(other)).map(|other| (said, other)))
}

/// Whether the line answers a question of the other side.
fn answers(talk: &Talk<'_>, line: &Line<'_>) -> bool {
    let before = line.turn.checked_sub(1).map(|turn| talk.turn(turn)).unwrap_or_default();
    // What comes after the first two sentences is no answer any more.
    let direct = talk.turn(line.turn).iter().take(2).any(|said| std::ptr::eq(said, line));
    direct && before.last().is_some_and(|asked| asked.role != line.role && asked.is_question())
}

/// Whether a reply begins as a yes or a no, if it does either.
pub(super) fn answer(reply: &[Line<'_>]) -> Option<bool> {
    let first = reply.first()?;
    let second = first.tokens.get(1).map_or("", |token| &*token.lower);
    if reply.iter().take(2).any(|said| said.marks.has(Mark::Unavailable)) {
        return Some(false);
    }
    let lower = first.text.to_ascii_lowercase();
    if ["i'm good", "i'm fine", "i'm okay", "i'm all set", "we're good", "we're fine"]
        .iter()
        .any(|phrase| lower.starts_with(phrase))
    {
        return Some(false);
    }
    let word = first.tokens.iter().find(|token| !token.is(&["um", "uh", "oh", "well", "hmm", "mm", "so", "and"]))?;
    match &*word.lower {
        "no" if matches!(second, "problem" | "worries" | "that's") => Some(true),
        "no" if second == "it's" => third(first).then_some(true),
        "no" | "nope" | "nah" | "unfortunately" | "sorry" | "ouch" | "oof" => Some(false),
        "yes" | "yeah" | "yep" | "yup" | "sure" | "okay" | "ok" | "perfect" | "great" | "correct" | "right"
        | "absolutely" | "definitely" | "exactly" | "works" | "fine" | "alright" | "mhm" | "good" | "wonderful"
        | "excellent" | "deal" | "lovely" | "super" => Some(true),
        "sounds" | "that" | "that'll" | "that's" | "i'll" | "let's" | "got" | "thank" | "thanks" | "cool"
        | "awesome" => Some(true),
        other => foreign::answer(other),
    }
}

/// "No, it's fine."
fn third(line: &Line<'_>) -> bool {
    line.tokens.get(2).is_some_and(|word| word.is(&["fine", "okay", "ok", "good", "perfect", "all", "great"]))
}

/// Where a phrase ends that speaks of one value and not of the next.
const BREAKS: &[&str] = &[
    " but ", "; ", ", so ", " so ", ", how ", ", what ", ", can ", ", could ", ", let's ", ", make ", ", i'd ",
    ", maybe ",
];

/// Words between a value and the reason why it will not do: "Wednesday I've got jury duty".
const BUSY: &[&str] = &[
    "i've",
    "i have",
    "i'm at",
    "i'm out",
    "i'm in",
    "i'm away",
    "i'm on",
    "i'm off",
    "i'm picking",
    "i'm travel",
    "i work",
    "i got",
    "we've got",
    "we have",
    "we're away",
    "we're out",
    "she's",
    "he's",
    "they're",
    "i can't",
    "is tight",
    "'s tight",
    "is hard",
    "is my",
    "'s my",
    "is out",
    "'s out",
    "is sold",
    "'s sold",
    "is taken",
    "'s taken",
    "is full",
    "'s full",
    "is steep",
    "is a bit",
    "is fully",
    "isn't",
];

pub(super) fn is_refused(talk: &Talk<'_>, line: &Line<'_>, value: &Value) -> bool {
    let lower = line.text.to_ascii_lowercase();
    let before = lower.get(..value.start).unwrap_or_default();
    let after = lower.get(value.end..).unwrap_or_default();
    let from = BREAKS.iter().filter_map(|stop| before.rfind(stop).map(|at| at + stop.len())).max().unwrap_or(0);
    let to = BREAKS.iter().filter_map(|stop| after.find(stop)).min().unwrap_or(after.len());
    let lead = before.get(from..).unwrap_or_default().trim_end();
    let bare = ["on", "at", "for", "the", "a", "until"]
        .iter()
        .fold(lead, |lead, word| lead.strip_suffix(word).filter(|rest| rest.ends_with(' ')).unwrap_or(lead).trim_end());
    let follows = after.trim_start_matches([',', ' ', '.']);
    let off = matches!(value.kind, Kind::Date | Kind::Time)
        && [
            "has to move",
            "needs to move",
            "has to be moved",
            "is cancelled",
            "is canceled",
            "was cancelled",
            "has been cancelled",
            "needs to be moved",
            "can't happen",
            "won't work",
            "has to be rescheduled",
            "was double booked",
        ]
        .iter()
        .any(|phrase| follows.starts_with(phrase));
    let negated = ["not", "instead of", "rather than", "isn't", "wasn't", "there's no", "is no"]
        .iter()
        .any(|word| bare.ends_with(word));
    let moved = ["move", "moved", "reschedul", "chang", "switch", "push"].iter().any(|word| lower.contains(word));
    let from_there = moved && [" from", " was", "originally"].iter().any(|word| bare.ends_with(word));
    let busy = matches!(value.kind, Kind::Date | Kind::Time)
        && line.role == Role::Person
        && lead.is_empty()
        && BUSY.iter().any(|excuse| follows.starts_with(excuse));
    if off || negated || from_there || busy || is_waived(line, value) {
        return true;
    }
    if !line.marks.has(Mark::Unavailable) {
        return false;
    }
    let phrase = line.text.get(from..value.end + to).unwrap_or_default();
    // "Nothing before Friday" rules out the days before, not Friday.
    let bound = ["until", "before", "till"].iter().any(|word| lead.ends_with(word));
    let foreign = || foreign::marks(phrase).any(|mark| mark == Mark::Unavailable);
    !bound && (marks::is_unavailable(phrase) || (!talk.english && foreign()))
}

/// "They told me ninety", "I thought it was Monday": what somebody else said, or once was.
fn is_hearsay(line: &Line<'_>, value: &Value) -> bool {
    let before = line.text.get(..value.start).unwrap_or_default().to_ascii_lowercase();
    let near: String = before.chars().rev().take(36).collect::<Vec<_>>().into_iter().rev().collect();
    let paid = value.kind == Kind::Amount
        && (before.contains("i paid") || line.text.to_ascii_lowercase().contains("previous"));
    line.role == Role::Person
        && (paid
            || [
                "told me",
                "thought it was",
                "i thought",
                "they said",
                "we said",
                "quoted me",
                "app said",
                "site said",
                "letter said",
            ]
            .iter()
            .any(|word| near.contains(word)))
        || (paid && line.text.to_ascii_lowercase().contains("previous"))
}

/// "The eighth. Actually no, the ninth.": whether the speaker at once says another value instead.
fn is_taken_back(talk: &Talk<'_>, line: &Line<'_>, value: &Value) -> bool {
    if value.kind == Kind::Name {
        return false;
    }
    const AGAIN: &[&str] = &[
        "no",
        "actually",
        "wait",
        "sorry",
        "scratch",
        "rather",
        "mean",
        "make",
        "better",
        "correction",
        "hmm",
        "mm",
        "uh",
    ];
    let later = talk.turn(line.turn).iter().filter(|other| other.text.as_ptr() >= line.text.as_ptr()).take(3);
    let mut corrects = false;
    for other in later {
        let same = std::ptr::eq(other.text, line.text);
        let mut values = other.values.iter().filter(|other| !same || other.start > value.end).peekable();
        for token in other.tokens.iter().filter(|token| !same || token.start >= value.end) {
            if let Some(rival) = values.next_if(|rival| rival.start <= token.start)
                && rival.rivals(value)
                && !rival.agrees(value)
                && corrects
            {
                return true;
            }
            corrects |= token.is(AGAIN);
        }
        // "… no wait, that's my old one."
        if !matches!(value.kind, Kind::Phone | Kind::Code | Kind::Email | Kind::Address) {
            continue;
        }
        let rest = if same { other.text.get(value.end..).unwrap_or_default() } else { other.text };
        if rest.to_ascii_lowercase().contains("my old one") || rest.to_ascii_lowercase().contains("the old one") {
            return true;
        }
    }
    false
}

/// "I'll waive it", "the first one is on us": an amount that nobody has to pay.
fn is_waived(line: &Line<'_>, value: &Value) -> bool {
    if value.kind != Kind::Amount {
        return false;
    }
    let lower = line.text.to_ascii_lowercase();
    let after: String = lower.get(value.end..).unwrap_or_default().chars().take(50).collect();
    let before = lower.get(..value.start).unwrap_or_default().trim_end();
    ["waive it", "waived", "on us", "on the house", "take it off"].iter().any(|word| after.contains(word))
        || ["normally", "instead of", "usually"].iter().any(|word| before.ends_with(word))
}

/// "since Monday", "last Friday", "two weeks ago".
pub(super) fn is_past(line: &Line<'_>, value: &Value) -> bool {
    let before = line.text.get(..value.start).unwrap_or_default().trim_end().to_ascii_lowercase();
    let after = line.text.get(value.end..).unwrap_or_default().trim_start();
    let led = ["since", "last", "past", "every", "usually", "back in", "ago on", "missed you at", "missed you on"]
        .iter()
        .any(|word| before.ends_with(word));
    let timed = matches!(value.kind, Kind::Time | Kind::Date);
    let lower = line.text.to_ascii_lowercase();
    let lasted = value.kind == Kind::Count
        && ["been", "i've had", "we've had", " old", "had this"].iter().any(|word| lower.contains(word))
        && !line.marks.any(&[Mark::Done, Mark::Confirm]);
    let gone = timed && (after.starts_with("was ") || after.chars().take(30).collect::<String>().contains("cancel"));
    lasted || gone || led || after.starts_with("ago") || after.starts_with("ish ago") || after.starts_with("last ")
}

/// "any time after five", "before Friday": a limit, which another value may keep to.
pub(super) fn is_bound(line: &Line<'_>, value: &Value) -> bool {
    let timed =
        matches!(value.kind, Kind::Time | Kind::Date) && !line.marks.any(&[Mark::Done, Mark::Promise, Mark::Confirm]);
    let before = line.text.get(..value.start).unwrap_or_default().trim_end();
    let last = before.rsplit(' ').next().unwrap_or_default().to_ascii_lowercase();
    timed && matches!(last.as_str(), "after" | "before" | "by" | "than" | "past" | "until" | "till")
}

/// "The form has to be back by Friday": a limit that somebody has to keep.
fn is_deadline(line: &Line<'_>) -> bool {
    line.tokens.iter().any(|token| {
        token.is(&[
            "need", "needs", "due", "must", "has", "have", "pay", "keep", "hold", "holding", "good", "valid", "sign",
            "return", "send", "back", "expires", "call", "confirm", "payment",
        ])
    })
}

/// "We close at 8": told, not agreed.
fn is_opening_hour(line: &Line<'_>, value: &Value) -> bool {
    matches!(value.kind, Kind::Time | Kind::Date)
        && line.tokens.iter().any(|token| token.is(&["close", "closes", "closed", "open", "opens", "hours"]))
        && !line.marks.any(&[Mark::Done, Mark::Confirm])
}

/// "today" without an hour beside it.
pub(super) fn is_vague(line: &Line<'_>, value: &Value) -> bool {
    let Key::Date(day) = &value.key else { return false };
    day.is_vague() && !line.values.iter().any(|other| other.kind == Kind::Time)
}
