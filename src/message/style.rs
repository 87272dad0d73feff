//! The markups that a body can be written in, and how they differ.

/// The markups that a body can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Discord,
    Slack,
    /// Markdown as Mattermost, Rocket.Chat, Gotify and most other chats read it.
    Chat,
    /// The HTML of Google Chat's cards.
    GoogleChat,
    /// CommonMark.
    Markdown,
    Zulip,
    Html,
    /// Paragraphs, quotes, lists and links without any attribute but `href`, as Matrix takes them.
    HtmlBasic,
    /// Words, quotes and links only, with line breaks as such, as Telegram takes them.
    HtmlLines,
    Text,
    /// Plain text for a notification on a phone, where a quote needs no mark.
    Push,
}

impl Style {
    pub(super) fn line_break(self) -> &'static str {
        match self {
            // CommonMark needs a mark, or the two lines become one.
            Self::Markdown => "\\\n",
            // Two spaces are a mark as well, and not seen where none is needed.
            Self::Chat => "  \n",
            Self::GoogleChat => "<br>",
            Self::Html | Self::HtmlBasic => "<br>\n",
            Self::Discord | Self::Slack | Self::Zulip | Self::HtmlLines | Self::Text | Self::Push => "\n",
        }
    }

    /// Whether it has block elements.
    pub(super) fn has_blocks(self) -> bool {
        matches!(self, Self::Html | Self::HtmlBasic)
    }

    pub(super) fn is_html(self) -> bool {
        self.has_blocks() || self == Self::HtmlLines
    }
}
