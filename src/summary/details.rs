//! The settled facts of a call as a short list for people and programs.

use super::{
    detail::{Detail, Kind},
    findings::Fact,
    marks::Mark,
    names,
    settle::{Ledger, Settled},
    talk::Talk,
    value::{self, Value},
};

const MAX_DETAILS: usize = 10;
/// What was likelier than this taken back is not told, though Bland has it for a variable.
const DOUBTFUL: f32 = 0.7;

/// A settled fact of the talk, and the values of which it is made.
struct Item {
    detail: Detail,
    values: Vec<Value>,
    /// It was only asked or offered.
    open: bool,
}

/// What Bland found out, then the dates, times, amounts, codes and names that hold at the end, in the order
/// they were said.
///
/// What Bland read out of the finished call is sure: what was merely offered beside it is left out, and what
/// was said of it in other words stands for it. A variable may be older than the call, so it counts only where
/// it was said and nothing else of its kind was settled.
pub(super) fn details(talk: &Talk<'_>, ledger: &Ledger, facts: Vec<Fact>) -> Vec<Detail> {
    let mut items = items(talk, ledger);
    let mut first: Vec<Item> = Vec::new();
    for fact in facts {
        if first.iter().any(|item| stands_for(item, &fact)) {
            continue;
        }
        if fact.analysed {
            items.retain(|item| !(item.open && clashes(&fact, item)));
        }
        let said = items.iter().position(|item| stands_for(item, &fact));
        match said {
            Some(at) if fact.analysed => first.push(items.remove(at)),
            None if fact.analysed || is_news(talk, ledger, &fact) => {
                first.push(Item { detail: fact.detail, values: fact.values, open: false });
            }
            _ => {}
        }
    }
    let mut details: Vec<Detail> = Vec::new();
    for Item { detail, .. } in first.into_iter().chain(items) {
        if !details.iter().any(|known| known.text.eq_ignore_ascii_case(&detail.text)) {
            details.push(detail);
        }
    }
    // "Holm", spelled, or "Ms. Holm", and then "Patricia Holm".
    let whole = details.clone();
    details.retain(|detail| {
        let name = names::untitled(&detail.text);
        let inside = |other: &Detail| {
            let full = names::untitled(&other.text);
            full.len() > name.len() && full.split(' ').any(|word| word == name)
        };
        !whole.iter().any(inside)
    });
    details.truncate(MAX_DETAILS);
    details
}

fn items(talk: &Talk<'_>, ledger: &Ledger) -> Vec<Item> {
    let mut settled: Vec<&Settled> = ledger.settled.iter().collect();
    settled.sort_by_key(|held| (held.line, held.value.start));
    let mut items = Vec::new();
    let mut rest = settled.as_slice();
    while let [first, after @ ..] = rest {
        let joined = after.first().and_then(|second| Some((join(talk, first, second)?, second)));
        rest = if joined.is_some() { after.get(1..).unwrap_or_default() } else { after };
        let open = talk.lines.get(first.line).is_some_and(|line| line.is_question() || line.marks.has(Mark::Offer));
        items.push(match joined {
            Some((text, second)) => Item {
                detail: Detail { kind: Kind::Date, text },
                values: vec![first.value.clone(), second.value.clone()],
                open,
            },
            None => {
                let (kind, text) = (first.value.kind.into(), first.value.shown.clone());
                Item { detail: Detail { kind, text }, values: vec![first.value.clone()], open }
            }
        });
    }
    items
}

/// Whether the item tells the fact, in these or other words.
fn stands_for(item: &Item, fact: &Fact) -> bool {
    let same = |value: &Value| fact.values.iter().any(|known| known.agrees(value));
    item.detail.text.eq_ignore_ascii_case(&fact.detail.text) || item.values.iter().any(same) && !clashes(fact, item)
}

/// Whether another value of a kind is said than any that the fact may stand for.
fn clashes(fact: &Fact, item: &Item) -> bool {
    item.values.iter().any(|value| {
        let mut rivals = fact.values.iter().filter(|known| known.rivals(value)).peekable();
        rivals.peek().is_some() && !rivals.any(|known| known.agrees(value))
    })
}

/// Whether a variable tells what was said, was not taken back, and has nothing settled against it.
fn is_news(talk: &Talk<'_>, ledger: &Ledger, fact: &Fact) -> bool {
    let said = |value: &Value| talk.lines.iter().any(|line| line.values.iter().any(|said| said.agrees(value)));
    let free =
        |value: &Value| ledger.doubt(value) < DOUBTFUL && !ledger.settled.iter().any(|held| held.value.rivals(value));
    !fact.values.is_empty()
        && fact.detail.kind != Kind::Name
        && fact.values.iter().all(|value| said(value) && free(value))
}

/// "tomorrow at 3pm": a day and an hour that were said side by side are one detail.
fn join(talk: &Talk<'_>, first: &Settled, second: &Settled) -> Option<String> {
    let kinds = (first.value.kind, second.value.kind);
    if first.line != second.line
        || !matches!(kinds, (value::Kind::Date, value::Kind::Time) | (value::Kind::Time, value::Kind::Date))
    {
        return None;
    }
    let text = talk.lines.get(first.line)?.text;
    let between = text.get(first.value.end..second.value.start)?;
    let near = between.split(|c: char| !c.is_alphanumeric()).all(|word| {
        matches!(word, "" | "at" | "on" | "from" | "by" | "around" | "after" | "before" | "until" | "between" | "m")
    });
    let whole = text.get(first.value.start..second.value.end).filter(|_| near)?;
    Some(whole.to_owned())
}
