//! Hours as people say them: "half past two", "3:30 p.m.", "between 8 and 10".

use super::{days::is_weekday, numbers, words::Token};

/// A time of day on the 12-hour clock, in minutes; which half is often left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hour {
    minutes: u64,
    evening: Option<bool>,
}

impl Hour {
    pub(super) fn agrees(&self, other: &Hour) -> bool {
        self.minutes == other.minutes
            && (self.evening.is_none() || other.evening.is_none() || self.evening == other.evening)
    }
}

fn lower<'a>(tokens: &'a [Token<'_>], at: usize) -> &'a str {
    tokens.get(at).map_or("", |token| &*token.lower)
}

/// The time of day at the token `at`, and how many tokens it takes.
///
/// `expected` says that a time was asked for or offered, so that a bare hour is one.
pub(super) fn hour(source: &str, tokens: &[Token<'_>], at: usize, expected: bool) -> Option<(Hour, usize)> {
    match lower(tokens, at) {
        "noon" => return Some((Hour { minutes: 0, evening: Some(true) }, 1)),
        "midnight" => return Some((Hour { minutes: 0, evening: Some(false) }, 1)),
        "half" if lower(tokens, at + 1) == "past" => return relative(tokens, at + 2, 30, 2),
        "quarter" if matches!(lower(tokens, at + 1), "past" | "after") => return relative(tokens, at + 2, 15, 2),
        "quarter" if matches!(lower(tokens, at + 1), "to" | "of" | "till") => return relative(tokens, at + 2, 705, 2),
        _ => {}
    }
    if let Some(range) = range(source, tokens, at) {
        return Some(range);
    }
    let (minutes, len, sure) = face(tokens, at)?;
    let (evening, more) = half(tokens, at + len);
    let before = at.checked_sub(1).map_or("", |last| lower(tokens, last));
    let led = matches!(before, "at" | "around" | "by" | "until" | "till" | "from" | "between");
    let bare = len == 1 && !sure;
    let taken = tokens.get(at + len).is_some_and(|next| next.is(&["works", "please", "sounds"]));
    let fits = sure
        || (taken && !bare)
        || more > 0
        || (led && (!bare || ends(source, tokens, at)))
        || (!bare && before != "for" && day_beside(tokens, at, len))
        || (expected
            && (!tokens.get(at).is_some_and(|token| token.is(&["one"])) || is_choice(tokens, at))
            && stands_alone(source, tokens, at, len))
        || (!bare
            && len > 1
            && is_quarter(minutes)
            && !near_money(tokens, at, len)
            && stands_alone(source, tokens, at, len))
        || (bare && day_in(tokens) && stands_alone(source, tokens, at, len) && is_choice(tokens, at));
    fits.then_some((Hour { minutes, evening }, len + more))
}

fn is_quarter(minutes: u64) -> bool {
    (minutes % 60).is_multiple_of(5)
}

/// Whether nothing is counted by the number: "Five.", "two on Saturday", but not "two seats".
fn stands_alone(source: &str, tokens: &[Token<'_>], at: usize, len: usize) -> bool {
    let before = at.checked_sub(1).and_then(|last| tokens.get(last));
    let odd = before.is_some_and(|last| {
        numbers::cardinal(tokens, at - 1).is_some()
            || last.is(&[
                "number",
                "row",
                "unit",
                "apartment",
                "dock",
                "gate",
                "room",
                "route",
                "line",
                "the",
                "week",
                "weeks",
                "every",
                "grade",
                "floor",
                "seat",
            ])
            || last.text.chars().any(|c| c.is_ascii_digit())
    });
    !odd && ends(source, tokens, at + len - 1)
}

fn near_money(tokens: &[Token<'_>], at: usize, len: usize) -> bool {
    let near = tokens.get(at.saturating_sub(5)..(at + len + 3).min(tokens.len())).unwrap_or_default();
    super::money::is_about_money(near)
}

fn day_in(tokens: &[Token<'_>]) -> bool {
    tokens.iter().any(|token| is_weekday(&token.lower) || token.is(&["tomorrow", "today"]))
}

/// Whether the number stands where an hour is offered or chosen: "I have eleven or two", "Five on Fridays".
fn is_choice(tokens: &[Token<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).map_or("", |last| lower(tokens, last));
    at == 0
        || is_weekday(before)
        || matches!(
            before,
            "have"
                | "or"
                | "take"
                | "say"
                | "it"
                | "go"
                | "like"
                | "then"
                | "tomorrow"
                | "today"
                | "make"
                | "do"
                | "offer"
                | "okay"
        )
}

/// "between 8 and 10", "from 2 to 4 pm", "2 to 4 pm": known by when it begins.
fn range(source: &str, tokens: &[Token<'_>], at: usize) -> Option<(Hour, usize)> {
    let led = usize::from(matches!(lower(tokens, at), "between" | "from"));
    let (minutes, first, sure) = face(tokens, at + led)?;
    let (begins, more) = half(tokens, at + led + first);
    let link = at + led + first + more;
    let linked = matches!((led, lower(tokens, link)), (1, "and") | (_, "to" | "until" | "till"));
    let (_, second, sure_end) = face(tokens, link + 1).filter(|_| linked)?;
    let (ends_in, after) = half(tokens, link + 1 + second);
    let plain =
        sure || sure_end || more + after > 0 || begins.is_some() || (led == 1 && ends(source, tokens, link + second));
    plain.then_some((Hour { minutes, evening: begins.or(ends_in) }, led + first + more + 1 + second + after))
}

fn relative(tokens: &[Token<'_>], at: usize, add: u64, before: usize) -> Option<(Hour, usize)> {
    let number = numbers::cardinal(tokens, at).filter(|number| (1..=12).contains(&number.value))?;
    let (evening, more) = half(tokens, at + number.len);
    Some((Hour { minutes: (number.value * 60 + add) % 720, evening }, before + number.len + more))
}

/// Minutes on the clock's face, the tokens taken, and whether it can only be a time.
fn face(tokens: &[Token<'_>], at: usize) -> Option<(u64, usize, bool)> {
    let text = &*tokens.get(at)?.lower;
    if matches!(text, "noon" | "midnight") {
        return Some((0, 1, true));
    }
    let bare = text.trim_end_matches("am").trim_end_matches("pm");
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let (hours, minutes) = bare.split_once(':').unwrap_or((bare, "0"));
        let (hours, minutes): (u64, u64) = (hours.parse().ok()?, minutes.parse().ok()?);
        if hours > 23 || minutes > 59 || (hours == 0 && !bare.contains(':')) {
            return None;
        }
        let sure = bare.contains(':') || bare != text;
        // The half that is glued to the figures is read by `half`, which looks back for it.
        return (sure || hours <= 12).then_some(((hours % 12) * 60 + minutes, 1, sure));
    }
    let hours = numbers::small(text).filter(|hours| (1..=12).contains(hours))?;
    let minutes = match lower(tokens, at + 1) {
        "oh" | "o" => numbers::small(lower(tokens, at + 2)).filter(|minutes| *minutes < 10).map(|minutes| (minutes, 2)),
        _ => numbers::cardinal(tokens, at + 1)
            .filter(|number| (10..60).contains(&number.value))
            .map(|number| (number.value, number.len)),
    };
    let (minutes, more) = minutes.unwrap_or((0, 0));
    Some(((hours % 12) * 60 + minutes, 1 + more, false))
}

/// Which half of the day follows at the token `at` (or is glued to the one before), and its length.
fn half(tokens: &[Token<'_>], at: usize) -> (Option<bool>, usize) {
    let clock = usize::from(lower(tokens, at) == "o'clock");
    let word = |step: usize| lower(tokens, at + clock + step);
    let glued = at.checked_sub(1).map_or("", |last| lower(tokens, last));
    let glued =
        glued.starts_with(|c: char| c.is_ascii_digit()).then(|| glued.get(glued.len().saturating_sub(2)..)).flatten();
    let in_the = word(0) == "in" && word(1) == "the";
    match (word(0), word(1), word(2)) {
        _ if glued == Some("am") => (Some(false), clock),
        _ if glued == Some("pm") => (Some(true), clock),
        ("am" | "a.m", ..) => (Some(false), clock + 1),
        ("pm" | "p.m", ..) => (Some(true), clock + 1),
        ("a", "m", _) => (Some(false), clock + 2),
        ("p", "m", _) => (Some(true), clock + 2),
        (_, _, "morning") if in_the => (Some(false), clock + 3),
        (_, _, "afternoon" | "evening") if in_the => (Some(true), clock + 3),
        _ => (None, clock),
    }
}

/// Whether a bare hour such as "at three" stands alone, not before what is counted ("at 3 shops").
fn ends(source: &str, tokens: &[Token<'_>], at: usize) -> bool {
    let Some((token, next)) = tokens.get(at).zip(tokens.get(at + 1)) else { return true };
    let gap = source.get(token.end..next.start).unwrap_or_default();
    let spelled = numbers::small(&next.lower).is_some();
    let opens = next.is(&[
        "on", "tomorrow", "today", "tonight", "for", "and", "or", "then", "works", "would", "is", "if", "instead",
        "sharp", "please", "with", "but", "to", "okay", "this", "next", "works", "should", "in", "that", "it", "i",
        "i'm", "is", "was", "as", "sounds", "what", "my", "because", "by",
    ]);
    !spelled && (gap.trim() != "" || opens || is_weekday(&next.lower))
}

/// Whether a day is named right before or after, which makes "two thirty" a time.
fn day_beside(tokens: &[Token<'_>], at: usize, len: usize) -> bool {
    let near = tokens.get(at.saturating_sub(3)..(at + len + 3).min(tokens.len())).unwrap_or_default();
    near.iter().any(|token| is_weekday(&token.lower) || token.is(&["tomorrow", "today", "tonight"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::words::tokens;

    #[test]
    fn the_same_hour_agrees_in_all_spellings() {
        let at = |text: &str| {
            let tokens = tokens(text);
            (0..tokens.len()).find_map(|at| hour(text, &tokens, at, false)).unwrap_or_else(|| panic!("{text}")).0
        };
        let three = at("3:00 pm");
        for text in
            ["at three", "3pm", "3 p.m.", "three o'clock", "at 3 in the afternoon", "three pm", "at 3 on Monday"]
        {
            assert!(at(text).agrees(&three), "{text}");
        }
        for text in ["3 am", "half past three", "quarter to three", "3:30", "three thirty pm", "noon"] {
            assert!(!at(text).agrees(&three), "{text}");
        }
        assert!(at("half past two").agrees(&at("2:30 p.m.")));
        assert!(at("quarter to one").agrees(&at("12:45")));
    }
}
