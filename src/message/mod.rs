//! What is said, before any channel's layout: title, body, facts, colour, link.
//!
//! The body is a small Markdown subset as a tree; each channel writes it in its own markup.

pub mod adaptive;
pub mod brief;
pub mod clean;
pub mod escape;
pub mod markup;
pub mod parse;
pub mod rich;
pub mod style;
pub mod write;

use jiff::Timestamp;
use serde::Serialize;

use crate::{event::Severity, message::markup::Markup};

/// One message, ready for any channel. Title, labels and values are plain text.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub title: String,
    pub body: Markup,
    pub facts: Vec<Fact>,
    /// 0xRRGGBB.
    pub color: u32,
    pub severity: Severity,
    pub link: Option<String>,
    /// Where it comes from: the watch's name and the id of the call or batch.
    pub footer: String,
    pub at: Timestamp,
}

impl Message {
    /// What the colour says, for destinations that have names for a few: `good`, `info`, `warning`, `error`, `neutral`.
    pub fn tone(&self) -> &'static str {
        let [_, red, green, blue] = self.color.to_be_bytes().map(i32::from);
        let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
        let spread = most - least;
        if spread * 5 <= most {
            return "neutral";
        }
        // The angle in the circle of colours: red is 0, green 120, blue 240.
        let hue = match most {
            _ if most == red => (60 * (green - blue) / spread).rem_euclid(360),
            _ if most == green => 120 + 60 * (blue - red) / spread,
            _ => 240 + 60 * (red - green) / spread,
        };
        match hue {
            20..65 => "warning",
            65..170 => "good",
            170..330 => "info",
            _ => "error",
        }
    }
}

/// A labelled value under the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_names() {
        for (color, tone) in [
            (0x2E_9E_5B, "good"),
            (0x3E_8F_B0, "info"),
            (0x7C_6F_D6, "info"),
            (0xC9_8A_1B, "warning"),
            (0xD9_77_2B, "warning"),
            (0xD6_45_45, "error"),
            (0xD6_45_80, "error"),
            (0x8A_8F_98, "neutral"),
            (0x00_00_00, "neutral"),
        ] {
            let message = Message {
                title: String::new(),
                body: Markup::default(),
                facts: Vec::new(),
                color,
                severity: Severity::Info,
                link: None,
                footer: String::new(),
                at: Timestamp::UNIX_EPOCH,
            };
            assert_eq!(message.tone(), tone, "{color:06X}");
        }
    }
}
