//! A place in a file that people write, shown with its line and a caret below it.

use std::{fmt, ops::Range};

/// Lines are cut to so many characters around the place that matters.
const WIDEST: usize = 120;

/// A place in a file, and its line as far as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Counted from 1, in characters.
    pub line: usize,
    pub column: usize,
    pub text: String,
    /// What to underline in `text`, in characters.
    pub caret: Range<usize>,
}

impl Place {
    /// A line that is shown whole or, if it is long, around the caret; nothing in it can act on a terminal.
    pub fn new(line: usize, column: usize, text: &[char], caret: Range<usize>) -> Self {
        let shown: Vec<char> = text.iter().map(|c| visible(*c)).collect();
        let (text, caret) = window(&shown, caret);
        Self { line, column, text, caret }
    }

    pub fn write(&self, file: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        // Tabs before the caret are kept, so that it stands under its text however wide they are.
        let before = self.text.chars().take(self.caret.start);
        let indent: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let carets = "^".repeat(self.caret.len().max(1));
        writeln!(f, "{gutter} --> {file}:{}:{}", self.line, self.column)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {}", self.text)?;
        writeln!(f, "{gutter} | {indent}{carets}")
    }
}

/// A character that cannot move the cursor, recolour the terminal or turn the reading direction.
pub fn visible(c: char) -> char {
    match c {
        '\t' => c,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

/// Cuts a long line to what is around the caret.
fn window(line: &[char], caret: Range<usize>) -> (String, Range<usize>) {
    if line.len() <= WIDEST {
        return (line.iter().collect(), caret);
    }
    let from = caret.start.saturating_sub(WIDEST / 3).min(line.len() - WIDEST);
    let to = from + WIDEST;
    let start = if from > 0 { "…" } else { "" };
    let end = if to < line.len() { "…" } else { "" };
    let text = format!("{start}{}{end}", line.iter().skip(from).take(WIDEST).collect::<String>());
    let shift = |at: usize| at.clamp(from, to) - from + start.chars().count();
    (text, shift(caret.start)..shift(caret.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_around_what_is_underlined() {
        let line: Vec<char> = format!("{}wrong{}", "a".repeat(300), "b".repeat(300)).chars().collect();
        let place = Place::new(7, 301, &line, 300..305);
        let underlined: String = place.text.chars().skip(place.caret.start).take(place.caret.len()).collect();
        assert_eq!((underlined.as_str(), place.text.chars().count()), ("wrong", WIDEST + 2));
    }
}
