//! The mail itself: RFC 5322 headers, plain text first, then HTML, in seven-bit lines.

use lettre::{
    Message,
    message::{
        MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};

use crate::{
    event::{Event, id},
    notify::{
        Job,
        email::{Email, html::Html},
        fit::{self, Unit},
        plain,
    },
};

/// Longer subjects are cut by mail programs anyway.
const SUBJECT: usize = 200;

/// What was rendered.
pub(super) struct Parts {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: Option<Html>,
}

impl Email {
    /// The same job always gives the same bytes, boundary and date included.
    pub(super) fn compose(&self, parts: Parts, job: &Job<'_>) -> String {
        let domain = self.from.email.domain();
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(subject(&self.subject_prefix, &parts.subject))
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
        if let Some(thread) = thread(job.event) {
            builder = builder.references(format!("<{thread}@{domain}>"));
        }
        let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(lines(&parts.text));
        let message = match parts.html {
            None => builder.singlepart(text),
            Some(html) => {
                let both = MultiPart::alternative().boundary(format!("=_{}", job.delivery_id)).singlepart(text);
                builder.multipart(html.add_to(both, format!("=_html_{}", job.delivery_id)))
            }
        };
        let bytes = message.expect("sender and recipient are given").formatted();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// One line: lettre would encode a line break, but the words after it are no header of ours either.
fn subject(prefix: &str, text: &str) -> String {
    let line: Vec<&str> = prefix.split_whitespace().chain(text.split_whitespace()).collect();
    let line = fit::cut(&plain::without_controls(&line.join(" ")), SUBJECT, Unit::Chars);
    if line.is_empty() { "(no subject)".to_owned() } else { line }
}

fn lines(text: &str) -> String {
    plain::without_controls(text)
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// Mail programs put together what refers to the same mail, here one that was never sent.
fn thread(event: &Event) -> Option<String> {
    let batch = event.batch().map(|batch| batch.id.as_str());
    let batch = batch.or_else(|| event.call()?.batch_id.as_deref());
    // A bundle of several batches' calls belongs to none.
    let batch = batch.or_else(|| event.digest()?.batch_id.as_deref())?;
    Some(id::derived("batch", &[&event.account, batch]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_short_line() {
        assert_eq!(subject("[calls]", "Call\r\nBcc: all@example.com\tdone "), "[calls] Call Bcc: all@example.com done");
        assert!((190..=200).contains(&subject("", &"word ".repeat(100)).chars().count()));
        assert_eq!(subject(" ", "\u{1b}\n"), "(no subject)");
    }
}
