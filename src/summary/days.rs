//! Days as people say them: "next Thursday the 14th", "the fifth of March", "tomorrow".

use super::{foreign, numbers, words::Token};

/// What was said of a day; parts that were left open agree with anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Day {
    weekday: Option<usize>,
    month: Option<usize>,
    day: Option<u64>,
    /// "tomorrow", "next week".
    relative: Option<String>,
}

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Day {
    pub(super) fn agrees(&self, other: &Day) -> bool {
        fn clash<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
            matches!((a, b), (Some(a), Some(b)) if a != b)
        }
        fn both<T>(a: &Option<T>, b: &Option<T>) -> bool {
            a.is_some() && b.is_some()
        }
        let clash = clash(&self.weekday, &other.weekday)
            || clash(&self.month, &other.month)
            || clash(&self.day, &other.day)
            || clash(&self.relative, &other.relative);
        !clash
            && (both(&self.weekday, &other.weekday)
                || both(&self.day, &other.day)
                || both(&self.relative, &other.relative))
    }

    /// How much it says.
    pub(super) fn weight(&self) -> usize {
        [self.weekday.is_some(), self.month.is_some(), self.day.is_some(), self.relative.is_some()]
            .into_iter()
            .filter(|said| *said)
            .count()
    }

    /// "today" and the like, which mostly pass by in talk.
    pub(super) fn is_vague(&self) -> bool {
        self.weekday.is_none() && self.day.is_none() && self.relative.as_deref() != Some("tomorrow")
    }
}

fn lower<'a>(tokens: &'a [Token<'_>], at: usize) -> &'a str {
    tokens.get(at).map_or("", |token| &*token.lower)
}

/// The day named at the token `at`, and how many tokens it takes.
pub(super) fn day(source: &str, tokens: &[Token<'_>], at: usize) -> Option<(Day, usize)> {
    let word = lower(tokens, at);
    let led = at
        .checked_sub(1)
        .is_some_and(|last| matches!(lower(tokens, last), "on" | "by" | "until" | "from" | "for" | "due" | "before"));
    if let Some(figures) = figures(tokens.get(at)?.text, led) {
        return Some((figures, 1));
    }
    if matches!(word, "next" | "this" | "coming" | "following") {
        if let Some((day, len)) = weekday(source, tokens, at + 1) {
            return Some((day, len + 1));
        }
        let span = lower(tokens, at + 1);
        if matches!(span, "week" | "month" | "year" | "weekend" | "morning" | "afternoon" | "evening") {
            return Some((Day { relative: Some(format!("{word} {span}")), ..Day::default() }, 2));
        }
        return None;
    }
    if word == "day" && lower(tokens, at + 1) == "after" && lower(tokens, at + 2) == "tomorrow" {
        return Some((Day { relative: Some("overmorrow".to_owned()), ..Day::default() }, 3));
    }
    if matches!(word, "tomorrow" | "today" | "tonight") {
        let part = matches!(lower(tokens, at + 1), "morning" | "afternoon" | "evening" | "night");
        return Some((Day { relative: Some(word.to_owned()), ..Day::default() }, 1 + usize::from(part)));
    }
    weekday(source, tokens, at).or_else(|| dated(tokens, at))
}

/// A weekday and the date that follows it, if any.
fn weekday(source: &str, tokens: &[Token<'_>], at: usize) -> Option<(Day, usize)> {
    let word = lower(tokens, at);
    let plural = word.strip_suffix('s').unwrap_or(word);
    let weekday = WEEKDAYS.iter().position(|day| *day == word || *day == plural).or_else(|| foreign::weekday(word))?;
    let mut day = Day { weekday: Some(weekday), ..Day::default() };
    let gap = tokens.get(at).zip(tokens.get(at + 1)).and_then(|(last, next)| source.get(last.end..next.start));
    if let Some((date, len)) = dated(tokens, at + 1).filter(|_| gap.is_some_and(|gap| matches!(gap, " " | ", "))) {
        day.month = date.month;
        day.day = date.day;
        return Some((day, len + 1));
    }
    let part = matches!(lower(tokens, at + 1), "morning" | "afternoon" | "evening" | "night");
    Some((day, 1 + usize::from(part)))
}

/// "March 5th, 2026", "the fifth of March", "5 March", "the 14th".
fn dated(tokens: &[Token<'_>], at: usize) -> Option<(Day, usize)> {
    let of = |month, day| Day { month: Some(month), day: Some(day), ..Day::default() };
    if let Some(month) = month(tokens, at) {
        let the = usize::from(lower(tokens, at + 1) == "the");
        let (day, len) = day_of_month(tokens, at + 1 + the)?;
        let end = 1 + the + len;
        return Some((of(month, day), end + year(tokens, at + end)));
    }
    let the = usize::from(lower(tokens, at) == "the");
    let (day, len) = day_of_month(tokens, at + the)?;
    let plain = numbers::ordinal(tokens, at + the).is_none();
    let link = usize::from(lower(tokens, at + the + len) == "of");
    if let Some(month) = month(tokens, at + the + len + link) {
        let end = the + len + link + 1;
        return Some((of(month, day), end + year(tokens, at + end)));
    }
    let thing = tokens.get(at + the + len).is_some_and(|next| {
        next.is(&[
            "floor", "street", "avenue", "ave", "time", "one", "of", "option", "thing", "person", "class", "grade",
            "party", "half",
        ])
    });
    let figures = tokens.get(at + the).is_some_and(|token| token.text.starts_with(|c: char| c.is_ascii_digit()));
    // "the second" is rarely a date; "the 2nd" and "the twenty-second" are.
    (the == 1 && !plain && !thing && (figures || day > 3))
        .then(|| (Day { day: Some(day), ..Day::default() }, the + len))
}

fn month(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let token = tokens.get(at)?;
    let word = &*token.lower;
    let month = MONTHS
        .iter()
        .position(|month| *month == word || (word.len() == 3 && word != "mar" && month.starts_with(word)))?;
    // "may" and "march" are verbs unless they look like names or a day stands beside them.
    let verb = matches!(word, "may" | "march") && !token.is_capitalised() && numbers::ordinal(tokens, at + 1).is_none();
    let of = at > 0 && lower(tokens, at - 1) == "of";
    (!verb || of).then_some(month)
}

fn day_of_month(tokens: &[Token<'_>], at: usize) -> Option<(u64, usize)> {
    numbers::ordinal(tokens, at).or_else(|| {
        let number = numbers::cardinal(tokens, at).filter(|number| (1..=31).contains(&number.value))?;
        Some((number.value, number.len))
    })
}

fn year(tokens: &[Token<'_>], at: usize) -> usize {
    usize::from(tokens.get(at).is_some_and(|token| token.text.len() == 4 && token.text.starts_with("20")))
}

/// `2026-03-05`, `3/5/2026` and, after a preposition, `3/5`; in the last two the month comes first, as in the US.
fn figures(text: &str, led: bool) -> Option<Day> {
    let (parts, first_is_year): (Vec<&str>, bool) =
        if text.contains('/') { (text.split('/').collect(), false) } else { (text.split('-').collect(), true) };
    let number = |at: usize| parts.get(at).and_then(|part| part.parse::<usize>().ok());
    let (month, day) = match (parts.len(), first_is_year) {
        (3, true) if parts.first().is_some_and(|year| year.len() == 4) => (number(1)?, number(2)?),
        (3, false) => (number(0)?, number(1)?),
        (2, false) if led => (number(0)?, number(1)?),
        _ => return None,
    };
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day);
    valid.then(|| Day { month: Some(month - 1), day: u64::try_from(day).ok(), ..Day::default() })
}

/// "Friday" or "Fridays".
pub(super) fn is_weekday(word: &str) -> bool {
    WEEKDAYS.contains(&word) || word.strip_suffix('s').is_some_and(|day| WEEKDAYS.contains(&day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::words::tokens;

    #[test]
    fn days_agree_where_nothing_contradicts() {
        let on = |text: &str| {
            let tokens = tokens(text);
            (0..tokens.len()).find_map(|at| day(text, &tokens, at)).unwrap_or_else(|| panic!("{text}")).0
        };
        assert!(on("Thursday").agrees(&on("next Thursday the 14th")));
        assert!(on("the 14th").agrees(&on("March fourteenth")));
        assert!(on("3/14/2026").agrees(&on("the fourteenth of March")));
        assert!(!on("Thursday the 14th").agrees(&on("Thursday the 21st")));
        assert!(!on("Monday").agrees(&on("tomorrow")));
    }
}
