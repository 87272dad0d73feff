//! Addresses of electronic mail, written or said: "john dot smith at example dot com".

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::render::privacy::{
    edit::{Edit, HIDDEN},
    read::Reading,
    tokens::Token,
    words::Role,
};

static WRITTEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?P<name>[\p{L}\p{N}._%+'-]+)(?:@| @ |＠)(?P<domain>[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,})")
        .expect("a valid pattern")
});

/// The most words before an address that may say that one comes.
const NEAR: usize = 16;
/// How many words a name, or a part of a domain, may have.
const MAX_NAMES: usize = 3;
const MAX_PARTS: usize = 6;
/// How many signs of a name may be spelled.
const MAX_SPELLED: usize = 40;

/// Ends of domains that people say; any other word after "dot" is just a word.
const ENDS: &str = " com org net edu gov mil info biz io co ai app dev me us uk ca au nz ie in eu de at ch fr es it nl be pt pl \
                    se no dk fi cz mx ar br cl jp cn example test invalid local health dental law ";
/// Who is at one of these has an address.
const PROVIDERS: &str = " gmail googlemail yahoo hotmail outlook live icloud aol msn gmx proton protonmail web freenet t-online \
                         yandex mail zoho fastmail comcast verizon att ";

/// How the text must be changed so that no address is in it whole.
pub(super) fn edits(reading: &Reading<'_>) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    if reading.text.contains(['@', '＠']) {
        let written = |found: Captures<'_>| {
            let all = found.get(0)?;
            Some(Edit { from: all.start(), to: all.end(), with: hidden(&found["name"], &found["domain"]) })
        };
        edits.extend(WRITTEN.captures_iter(reading.text).filter_map(written));
    }
    edits.extend(reading.ats.iter().filter_map(|at| said(reading, *at)));
    edits
}

/// Only the first letter of a name stays, and of a short one none.
fn hidden(name: &str, domain: &str) -> String {
    let first = name.chars().next().filter(|_| name.chars().nth(1).is_some()).map(String::from).unwrap_or_default();
    format!("{first}{HIDDEN}@{domain}")
}

/// The address around a word that could be its "at".
fn said(reading: &Reading<'_>, at: usize) -> Option<Edit> {
    let sign = reading.plays(at + 1, Role::Sign);
    let (end, domain) = domain(reading, at + 1 + usize::from(sign))?;
    // "arroba" is nothing but the sign, and so is "[at]".
    let plain = reading.tokens.get(at).is_some_and(|token| reading.slice(token).eq_ignore_ascii_case("at"));
    let sure = sign || !plain || before(reading, at).ends_with(['[', '(', '{']);
    let name = name(reading, at, &domain, sure)?;
    let first = reading.tokens.get(name)?;
    let last = reading.tokens.get(end)?;
    let letter: String = reading.slice(first).to_lowercase().chars().take(1).collect();
    Some(Edit { from: first.start, to: last.end, with: format!("{letter}{HIDDEN}@{domain}") })
}

/// The domain that begins at the token: its last token, and how it is written.
fn domain(reading: &Reading<'_>, from: usize) -> Option<(usize, String)> {
    let mut best = None;
    let mut domain = String::new();
    let mut part = String::new();
    let mut parts = 0;
    for at in from..from + 4 * MAX_PARTS {
        let Some(token) = reading.tokens.get(at) else { break };
        let gap = before(reading, at);
        if !(gap == "." || is_gap(gap)) {
            break;
        }
        // "gmail.com" is written, "gmail dot com" is said.
        let dot = reading.plays(at, Role::Dot);
        if dot || gap == "." {
            if part.is_empty() || domain.len() > 200 {
                break;
            }
            domain.push_str(&part);
            domain.push('.');
            part.clear();
            parts = 0;
            if dot {
                continue;
            }
        }
        parts += 1;
        if parts > MAX_PARTS {
            break;
        }
        if reading.plays(at, Role::Dash) && !part.is_empty() {
            part.push('-');
        } else {
            let value =
                token.word.filter(|word| word.number.is_some_and(|number| !number.weak)).and_then(|word| word.value());
            part.push_str(&value.map_or_else(|| reading.slice(token).to_lowercase(), |value| value.to_string()));
        }
        if !domain.is_empty() && ENDS.contains(&format!(" {part} ")) {
            best = Some((at, format!("{domain}{part}")));
        }
    }
    best
}

/// The first token of the name before the "at", if it is one.
fn name(reading: &Reading<'_>, at: usize, domain: &str, sure: bool) -> Option<usize> {
    let first_part = domain.split('.').next().unwrap_or_default();
    let provider = PROVIDERS.contains(&format!(" {first_part} "));
    let (mut from, mut names, mut spelled, mut joined) = (at, 0, 0, 0);
    let mut joining = false;
    while let Some(before_it) = from.checked_sub(1).filter(|_| from + MAX_SPELLED > at) {
        let gap = before(reading, from);
        let token = reading.tokens.get(before_it)?;
        let small = is_small(reading, token);
        if !(is_gap(gap) || matches!(gap, "." | "_" | "'") || (small && gap == ", ")) {
            break;
        }
        let joins = is_joint(reading, before_it);
        let stop = reading.plays(before_it, Role::Stop);
        joined += usize::from(matches!(gap, "." | "_"));
        if joins && from < at {
            joined += 1;
            joining = true;
        } else if small {
            spelled += 1;
            joining = matches!(gap, "." | "_");
        } else if names == 0 || joining {
            if stop && !joining && (names + spelled > 0 || (from == at && !is_joined(reading, before_it))) {
                break;
            }
            names += 1;
            joining = matches!(gap, "." | "_");
        } else if stop || names >= MAX_NAMES || !(sure || provider) {
            break;
        } else {
            names += 1;
        }
        from = before_it;
    }
    // A joint at the very front joins nothing.
    while from < at && is_joint(reading, from) {
        from += 1;
    }
    let told = || {
        let words = reading.tokens.get(from.saturating_sub(NEAR)..from).unwrap_or_default();
        words.iter().any(|token| token.word.is_some_and(|word| word.plays(Role::Mail)))
    };
    (from < at && (sure || provider || joined > 0 || spelled > 1 || told())).then_some(from)
}

/// "dot" and the like.
fn is_joint(reading: &Reading<'_>, at: usize) -> bool {
    [Role::Dot, Role::Score, Role::Dash].into_iter().any(|role| reading.plays(at, role))
}

/// Whether a "dot" stands right before the token.
fn is_joined(reading: &Reading<'_>, at: usize) -> bool {
    at.checked_sub(1).is_some_and(|joint| is_joint(reading, joint) && is_gap(before(reading, at)))
}

/// One letter, or digits.
fn is_small(reading: &Reading<'_>, token: &Token) -> bool {
    let said = token.word.and_then(|word| word.number).is_some_and(|number| !number.weak);
    token.figures || said || reading.slice(token).chars().nth(1).is_none()
}

/// What stands before the token.
fn before<'a>(reading: &Reading<'a>, at: usize) -> &'a str {
    let pair = at.checked_sub(1).and_then(|before| reading.tokens.get(before..=at));
    let Some([left, right]) = pair else { return "" };
    reading.text.get(left.end..right.start).unwrap_or_default()
}

/// Brackets are for "[at]" and "(dot)".
fn is_gap(gap: &str) -> bool {
    gap.len() <= 4
        && !gap.is_empty()
        && gap.chars().all(|c| matches!(c, ' ' | '[' | ']' | '(' | ')' | '{' | '}' | '-' | '\n'))
}
