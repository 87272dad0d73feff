//! A template's text as its author sees it, and the places in it that errors point at.

use crate::model::place::Place;

#[derive(Debug, Clone)]
pub(super) struct Source {
    text: String,
    /// The file as people find it.
    pub(super) shown: String,
}

/// Counted from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Source {
    pub(super) fn new(text: &str, shown: &str) -> Self {
        Self { text: text.to_owned(), shown: shown.to_owned() }
    }

    /// The place of `token` in the tag that begins at a spot; the whole tag where there is no such token in it.
    pub(super) fn place(&self, spot: Spot, token: Option<&str>) -> Place {
        let begin = self.offset(spot);
        let rest = self.text.get(begin..).unwrap_or_default();
        let is_tag = rest.starts_with("{{");
        let tag = match rest.find("}}") {
            Some(end) if is_tag => rest.get(..end + 2).unwrap_or(rest),
            _ => rest.lines().next().unwrap_or_default(),
        };
        let tag = if tag.starts_with("{{{") && rest.get(tag.len()..).is_some_and(|next| next.starts_with('}')) {
            rest.get(..tag.len() + 1).unwrap_or(tag)
        } else {
            tag
        };
        let found = token.and_then(|token| Some((find_word(tag, token)?, token.len())));
        let (from, length) = found.unwrap_or((0, tag.lines().next().unwrap_or_default().len()));
        self.span(begin + from, length)
    }

    /// Where a raw piece of the template stands that begins at a spot or soon after, and then so many bytes further.
    pub(super) fn within(&self, spot: Spot, raw: &str, further: usize) -> Place {
        let begin = self.offset(spot);
        let found = self.text.get(begin..).and_then(|rest| rest.find(raw)).unwrap_or(0);
        self.span((begin + found + further).min(self.text.len()), 1)
    }

    fn span(&self, from: usize, length: usize) -> Place {
        let from = self.text.floor_char_boundary(from);
        let before = self.text.get(..from).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = self.text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
        let column = self.text.get(start..from).unwrap_or_default().chars().count();
        let wide = self.text.get(from..from + length).map_or(1, |text| text.chars().count());
        let text: Vec<char> = line.chars().collect();
        let end = (column + wide).min(text.len().max(column + 1));
        Place::new(before.matches('\n').count() + 1, column + 1, &text, column..end)
    }

    fn offset(&self, spot: Spot) -> usize {
        let start = match spot.line {
            0 | 1 => 0,
            line => self.text.match_indices('\n').nth(line - 2).map_or(self.text.len(), |(at, _)| at + 1),
        };
        let line = self.text.get(start..).unwrap_or_default();
        start + line.char_indices().nth(spot.column.saturating_sub(1)).map_or(line.len(), |(at, _)| at)
    }
}

/// Where a name stands by itself, and is no part of a longer one.
fn find_word(tag: &str, word: &str) -> Option<usize> {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | '@');
    tag.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = tag.get(..*at).and_then(|text| text.chars().next_back());
        let after = tag.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(joins) && !after.is_some_and(joins)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_name_that_is_meant() {
        let source = Source::new("title: a\nTo: ä {{phone call.to}} {{#if\n  (eq call.too 1)}}x{{/if}}\n", "x.hbs");
        let underlined = |line, column, token| {
            let place = source.place(Spot { line, column }, token);
            let text: String = place.text.chars().skip(place.caret.start).take(place.caret.len()).collect();
            (place.line, place.column, text)
        };
        assert_eq!(underlined(2, 7, Some("call.to")), (2, 15, "call.to".to_owned()));
        assert_eq!(underlined(2, 7, None), (2, 7, "{{phone call.to}}".to_owned()));
        assert_eq!(underlined(2, 25, Some("call.too")), (3, 7, "call.too".to_owned()));
        assert_eq!(underlined(2, 25, Some("call.t")), (2, 25, "{{#if".to_owned()));
        assert_eq!(underlined(9, 9, None), (4, 1, String::new()));
    }
}
