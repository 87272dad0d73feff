//! Mails for reading: headers and text in the terminal, the HTML in the browser.

use std::{
    env,
    fs::OpenOptions,
    io::{ErrorKind, Write},
    path::PathBuf,
    time::Duration,
};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders};

use crate::{app, cli::say::Failure, event::kind::Kind, notify::Payload};

/// How long an opener may take to say that it cannot.
const PATIENCE: Duration = Duration::from_secs(2);

/// What people see of a mail before they open it, and its text.
pub(super) fn readable(bytes: &str, colour: bool) -> String {
    let Some(mail) = MessageParser::default().parse(bytes) else { return bytes.to_owned() };
    let (bold, end) = if colour { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    let mut text = String::new();
    for (name, value) in mail.headers_raw() {
        // Of what is within the parts, and of what is coded, people see the meaning.
        let value = match name {
            "Subject" => mail.subject().unwrap_or_default().to_owned(),
            "Content-Type" | "Content-Transfer-Encoding" | "MIME-Version" => continue,
            _ => decoded(&mail, name, value),
        };
        text.push_str(&format!("{bold}{name}:{end} {value}\n"));
    }
    text.push('\n');
    text.push_str(mail.body_text(0).unwrap_or_default().replace("\r\n", "\n").trim_end());
    text.push('\n');
    let others = others(&mail);
    if !others.is_empty() {
        text.push_str(&format!("\n[{}]\n", others.join(", ")));
    }
    text
}

/// A header on one line; names and addresses as they are meant.
fn decoded(mail: &Message<'_>, name: &str, raw: &str) -> String {
    let addresses = match name {
        "From" => mail.from(),
        "To" => mail.to(),
        "Reply-To" => mail.reply_to(),
        _ => None,
    };
    let Some(addresses) = addresses else { return raw.split_whitespace().collect::<Vec<_>>().join(" ") };
    let said = addresses.iter().map(|one| match (one.name(), one.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => address.or(name).unwrap_or_default().to_owned(),
    });
    said.collect::<Vec<_>>().join(", ")
}

/// What there is besides the text.
fn others(mail: &Message<'_>) -> Vec<String> {
    let size = |part: &MessagePart<'_>| format!("{:.1} KB", part.len() as f64 / 1000.0);
    let html = html(mail).map(|part| format!("HTML, {}: --open shows it", size(part)));
    let attached = mail.attachments().map(|part| {
        let name = part.attachment_name().or(part.content_id()).unwrap_or("without a name");
        format!("{name}, {}", size(part))
    });
    html.into_iter().chain(attached).collect()
}

fn html<'m>(mail: &'m Message<'m>) -> Option<&'m MessagePart<'m>> {
    mail.html_part(0).filter(|part| part.is_text_html())
}

/// Writes what a browser can show into a file of its own and opens it.
pub(super) fn open(payload: &Payload, kind: Kind, notifier: &str) -> Result<(), Failure> {
    let page = if payload.content_type.starts_with("text/html") {
        payload.body.clone()
    } else if payload.content_type.starts_with("message/rfc822") {
        page(&payload.body).ok_or_else(|| Failure::usage(format!("the mails of `{notifier}` have no HTML to open")))?
    } else {
        let what = payload.content_type.split(';').next().unwrap_or_default();
        let hint = "try `--notifier email --open`";
        return Err(Failure::usage(format!(
            "`{notifier}` sends {what}, which a browser does not show as people see it\n  hint: --open is for mail; {hint}"
        )));
    };
    let path = keep(&page, kind)?;
    match open::that_detached_with_timeout(&path, PATIENCE) {
        Ok(()) => eprintln!("opened {}", path.display()),
        Err(_) => eprintln!("there is nothing here to open it with; it is in {}", path.display()),
    }
    Ok(())
}

/// The HTML of a mail with the images that come with it.
fn page(bytes: &str) -> Option<String> {
    let mail = MessageParser::default().parse(bytes)?;
    let mut page = html(&mail)?.text_contents()?.to_owned();
    for part in &mail.parts {
        let (Some(id), Some(kind)) = (part.content_id(), part.content_type()) else { continue };
        let kind = format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("octet-stream"));
        page = page.replace(&format!("cid:{id}"), &format!("data:{kind};base64,{}", STANDARD.encode(part.contents())));
    }
    Some(page)
}

/// Calls are private, also in a folder that all users share.
fn keep(page: &str, kind: Kind) -> anyhow::Result<PathBuf> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let now = app::clock().as_millisecond();
    for nth in 0..100 {
        let path = env::temp_dir().join(format!("ringback-{kind}-{}.html", now + nth));
        match options.open(&path) {
            Ok(mut file) => {
                file.write_all(page.as_bytes()).with_context(|| format!("write {}", path.display()))?;
                return Ok(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("write {}", path.display())),
        }
    }
    anyhow::bail!("find a free name in {}", env::temp_dir().display())
}
