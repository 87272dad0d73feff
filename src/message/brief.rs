//! A body in one line.

use crate::message::{
    clean,
    markup::{Block, Markup, Span},
    style::Style,
    write::write,
};

/// The gist, for a locked screen: without asides in italics, and without bars.
pub fn brief(markup: &Markup) -> String {
    let aside = |block: &Block| match block {
        Block::Paragraph(spans) => spans.iter().all(|span| matches!(span, Span::Italic(_) | Span::Break)),
        _ => false,
    };
    let blocks = markup.blocks.iter().filter(|block| !aside(block)).cloned().collect();
    let text = write(&Markup { blocks }, Style::Push).replace(['█', '░'], " ");
    let lines: Vec<String> = text.lines().map(|line| clean::line(line.trim_start_matches("• "))).collect();
    lines.iter().filter(|line| !line.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::parse::parse;

    #[test]
    fn the_gist_is_one_line_without_marks() {
        let body = "> Ada agreed.\n\n_Taken from the transcript._\n\n**48 calls**\n\n- ✅ ███░░ **29** human\n- 📭 █░░░░ **10** voicemail\n";
        assert_eq!(brief(&parse(body)), "Ada agreed. · 48 calls · ✅ 29 human · 📭 10 voicemail");
        assert_eq!(brief(&Markup::default()), "");
    }
}
