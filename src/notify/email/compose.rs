//! The mail itself: RFC 5322 headers, plain text first, then HTML, then files, in seven-bit lines.

use jiff::Timestamp;
use lettre::{
    Message,
    message::{
        Attachment, MessageBuilder, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};

use crate::{
    event::{Event, Severity, kind::Kind},
    notify::{
        Job,
        email::{Email, dkim, fields, html::Html, thread::Thread},
        fit::{self, Unit},
        plain,
        transcript::File,
    },
};

/// Longer subjects are cut by mail programs anyway.
const SUBJECT: usize = 200;

/// What was rendered.
pub(super) struct Parts {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: Option<Html>,
    pub(super) file: Option<File>,
}

/// A mail's content, whole or in the making: `mixed(alternative(text, html), file)`.
enum Content {
    Single(SinglePart),
    Multi(MultiPart),
}

impl Email {
    /// The same job always gives the same bytes, boundaries, date and signature included.
    pub(super) fn compose(&self, parts: Parts, job: &Job<'_>) -> String {
        let head = self.head(&parts.subject, job);
        let message = match content(parts, job.delivery_id) {
            Content::Single(part) => head.singlepart(part),
            Content::Multi(parts) => head.multipart(parts),
        };
        let bytes = message.expect("sender and recipient are given").formatted();
        self.signed(String::from_utf8_lossy(&bytes).into_owned(), job.now)
    }

    /// The same mail without its files, for a server that does not take them; none if it has none.
    pub(super) fn without_files(&self, mail: &str, job: &Job<'_>) -> Option<String> {
        let (head, body) = mail.split_once("\r\n\r\n")?;
        let mark = mixed(job.delivery_id);
        if !head.contains(&format!("boundary=\"{mark}\"")) {
            return None;
        }
        let content = body.split(&format!("--{mark}")).nth(1)?.strip_prefix("\r\n")?.strip_suffix("\r\n")?;
        let fields = fields::of(head);
        let is_kept = |field: &&String| !field.starts_with("Content-") && dkim::signed_at(field).is_none();
        let kept: String = fields.iter().filter(is_kept).map(|field| format!("{field}\r\n")).collect();
        let at = fields.iter().find_map(|field| dkim::signed_at(field)).unwrap_or(job.now);
        Some(self.signed(format!("{kept}{content}"), at))
    }

    fn signed(&self, mail: String, at: Timestamp) -> String {
        self.dkim.as_ref().map(|dkim| dkim.sign(&mail, at)).unwrap_or(mail)
    }

    fn head(&self, title: &str, job: &Job<'_>) -> MessageBuilder {
        let domain = self.from.email.domain();
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(subject(&self.subject_prefix, title))
            .date(job.now.into())
            .message_id(Some(format!("<{}@{domain}>", job.delivery_id)))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"));
        if let Some(to) = self.to.iter().find(|mailbox| mailbox.email.to_string() == job.recipient) {
            builder = builder.to(to.clone());
        } else if let Ok(to) = job.recipient.parse() {
            builder = builder.to(to);
        }
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        if is_urgent(job.event) {
            builder = builder.raw_header(header("Importance", "high"));
        }
        if let Some(thread) = Thread::of(job.event) {
            let roots: Vec<String> = thread.roots.iter().map(|root| format!("<{root}@{domain}>")).collect();
            builder = builder.raw_header(header("Thread-Topic", &thread.topic)).references(roots.join(" "));
            builder = roots.into_iter().next_back().into_iter().fold(builder, MessageBuilder::in_reply_to);
        }
        let leave = self.list.iter().flat_map(|list| list.headers(job.recipient));
        leave.fold(builder, |builder, (name, value)| builder.raw_header(header(name, &value)))
    }
}

/// A digest comes when it comes, whatever is in it.
fn is_urgent(event: &Event) -> bool {
    event.severity == Severity::Error && event.kind != Kind::Digest
}

fn content(parts: Parts, id: &str) -> Content {
    let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(lines(&parts.text));
    let words = match parts.html {
        None => Content::Single(text),
        Some(html) => {
            let both = MultiPart::alternative().boundary(format!("=_{id}")).singlepart(text);
            Content::Multi(html.add_to(both, format!("=_html_{id}")))
        }
    };
    match parts.file {
        None => words,
        Some(file) => {
            let all = MultiPart::mixed().boundary(mixed(id)).build();
            Content::Multi(words.put_into(all).singlepart(attachment(file)))
        }
    }
}

fn attachment(file: File) -> SinglePart {
    let content_type = ContentType::parse(file.content_type).unwrap_or(ContentType::TEXT_PLAIN);
    Attachment::new(file.name).body(file.text, content_type)
}

/// The boundary around files: no beginning of another one, and known again.
fn mixed(id: &str) -> String {
    format!("=_mixed_{id}")
}

impl Content {
    fn put_into(self, parts: MultiPart) -> MultiPart {
        match self {
            Self::Single(part) => parts.singlepart(part),
            Self::Multi(inner) => parts.multipart(inner),
        }
    }
}

/// One line: lettre would encode a line break, but the words after it are no header of ours either.
fn subject(prefix: &str, text: &str) -> String {
    let line: Vec<&str> = prefix.split_whitespace().chain(text.split_whitespace()).collect();
    let line = fit::cut(&plain::without_controls(&line.join(" ")), SUBJECT, Unit::Chars);
    if line.is_empty() { "Ringback".to_owned() } else { line }
}

fn lines(text: &str) -> String {
    plain::without_controls(text)
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_short_line() {
        assert_eq!(subject("[calls]", "Call\r\nBcc: all@example.com\tdone "), "[calls] Call Bcc: all@example.com done");
        assert!((190..=200).contains(&subject("", &"word ".repeat(100)).chars().count()));
        assert_eq!(subject(" ", "\u{1b}\n"), "Ringback");
    }
}
