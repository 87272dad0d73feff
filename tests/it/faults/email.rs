//! Mail servers in trouble: which step failed, and how, decides what it means.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use ringback::{
    event::Event,
    notify::{Job, Notifier, Payload, Verdict, config::Kind},
};

use super::{Builder, assert_clean, line};
use crate::{
    notify::{closed_port, event, now},
    world::{
        smtp::{Encryption, Smtp},
        tls::Certificate,
    },
};

const OPS: &str = "ops@example.com";

fn build(builder: &Builder, url: &str, smtp: Option<&Smtp>) -> Notifier {
    let url = url.replace("swordfish", super::SECRET);
    let ca = smtp.map(|smtp| format!("\nca_file = {:?}", smtp.ca_file())).unwrap_or_default();
    let toml = format!("smtp = \"{url}\"\nfrom = \"a@calls.example\"\nto = [\"{OPS}\"]{ca}");
    builder.build(Kind::Email(toml::from_str(&toml).unwrap()))
}

fn job(event: &Event) -> Job<'_> {
    Job { delivery_id: "dlv_1", recipient: OPS, event, attempt: 1, now: now() }
}

async fn send(email: &Notifier) -> Verdict {
    let body = "From: a@calls.example\r\nTo: ops@example.com\r\nSubject: x\r\n\r\nMaria\r\n".to_owned();
    let payload = Payload { content_type: "message/rfc822".to_owned(), body, trouble: None };
    let (event, begun) = (event(), Instant::now());
    let verdict = email.send(&payload, &job(&event)).await;
    assert!(begun.elapsed() < Duration::from_secs(12), "took {:?}: {verdict:?}", begun.elapsed());
    assert_clean(verdict.note());
    assert!(!verdict.note().contains(OPS), "{verdict:?}");
    verdict
}

/// The verdict on a server that answers `with` at `step`.
async fn at(builder: &Builder, encryption: Encryption, step: &str, with: &str) -> String {
    let smtp = Smtp::start(encryption).await;
    smtp.answer(step, with);
    let shown = if with.len() > 40 { "(long)" } else { with };
    line(&format!("{step} {shown}"), &send(&build(builder, &smtp.url(), Some(&smtp))).await)
}

fn encryption(step: &str) -> Encryption {
    if ["STARTTLS", "TEXT"].contains(&step) { Encryption::StartTls } else { Encryption::None }
}

#[tokio::test]
async fn each_step_has_its_verdicts() {
    let builder = Builder::new();
    let steps = ["GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "TEXT"];
    let mut cases: Vec<(&str, String)> = Vec::new();
    for step in steps {
        for answer in ["421 4.3.2 shutting down", "451 4.7.1 greylisted", "554 5.7.1 no", "drop", "what?"] {
            cases.push((step, answer.to_owned()));
        }
    }
    cases.push(("AUTH", format!("535 5.7.8 {} of user is wrong, tell +1 555 123 4567", super::SECRET)));
    cases.push(("RCPT", format!("550 5.1.1 <{OPS}>: nobody")));
    cases.push(("RCPT", "552 5.5.3 too many".to_owned()));
    cases.push(("TEXT", "552 5.3.4 too big".to_owned()));
    let lines = join_all(cases.iter().map(|(step, answer)| at(&builder, encryption(step), step, answer)));
    insta::assert_snapshot!(lines.await.join("\n"), @"
    GREETING 421 4.3.2 shutting down     retry                    the server answered 421 4.3.2 shutting down
    GREETING 451 4.7.1 greylisted        retry                    the server answered 451 4.7.1 greylisted
    GREETING 554 5.7.1 no                counts                   the server answered 554 5.7.1 no
    GREETING drop                        retry                    cannot connect: incomplete response
    GREETING what?                       retry                    cannot connect: what the server said is not SMTP: what?
    EHLO 421 4.3.2 shutting down         retry                    the server answered 421 4.3.2 shutting down
    EHLO 451 4.7.1 greylisted            retry                    the server answered 451 4.7.1 greylisted
    EHLO 554 5.7.1 no                    counts                   the server answered 554 5.7.1 no
    EHLO drop                            retry                    cannot connect: incomplete response
    EHLO what?                           retry                    cannot connect: what the server said is not SMTP: what?
    STARTTLS 421 4.3.2 shutting down     retry                    the server answered 421 4.3.2 shutting down
    STARTTLS 451 4.7.1 greylisted        retry                    the server answered 451 4.7.1 greylisted
    STARTTLS 554 5.7.1 no                counts                   the server answered 554 5.7.1 no
    STARTTLS drop                        retry                    cannot connect: incomplete response
    STARTTLS what?                       retry                    cannot connect: what the server said is not SMTP: what?
    AUTH 421 4.3.2 shutting down         retry                    the server refused the login: 421 4.3.2 shutting down
    AUTH 451 4.7.1 greylisted            retry                    the server refused the login: 451 4.7.1 greylisted
    AUTH 554 5.7.1 no                    counts                   the server refused the login: 554 5.7.1 no
    AUTH drop                            retry                    the dialogue broke off: incomplete response
    AUTH what?                           retry                    the dialogue broke off: what the server said is not SMTP: what?
    MAIL 421 4.3.2 shutting down         retry                    the server refused the sender: 421 4.3.2 shutting down
    MAIL 451 4.7.1 greylisted            retry                    the server refused the sender: 451 4.7.1 greylisted
    MAIL 554 5.7.1 no                    counts                   the server refused the sender: 554 5.7.1 no
    MAIL drop                            retry                    the dialogue broke off: incomplete response
    MAIL what?                           retry                    the dialogue broke off: what the server said is not SMTP: what?
    RCPT 421 4.3.2 shutting down         retry                    the server refused the recipient: 421 4.3.2 shutting down
    RCPT 451 4.7.1 greylisted            retry                    the server refused the recipient: 451 4.7.1 greylisted
    RCPT 554 5.7.1 no                    permanent                the server refused the recipient: 554 5.7.1 no
    RCPT drop                            retry                    the dialogue broke off: incomplete response
    RCPT what?                           retry                    the dialogue broke off: what the server said is not SMTP: what?
    DATA 421 4.3.2 shutting down         retry                    the server answered 421 4.3.2 shutting down
    DATA 451 4.7.1 greylisted            retry                    the server answered 451 4.7.1 greylisted
    DATA 554 5.7.1 no                    permanent                the server answered 554 5.7.1 no
    DATA drop                            retry                    the dialogue broke off: incomplete response
    DATA what?                           retry                    the dialogue broke off: what the server said is not SMTP: what?
    TEXT 421 4.3.2 shutting down         retry                    the server answered 421 4.3.2 shutting down
    TEXT 451 4.7.1 greylisted            retry                    the server answered 451 4.7.1 greylisted
    TEXT 554 5.7.1 no                    permanent                the server answered 554 5.7.1 no
    TEXT drop                            ambiguous                the connection broke after the mail was sent: peer closed connection without sending TLS …
    TEXT what?                           ambiguous                the connection broke after the mail was sent: what the server said is not SMTP: what?
    AUTH (long)                          counts                   the server refused the login: 535 5.7.8 [secret] of user is wrong, tell [number]
    RCPT 550 5.1.1 <ops@example.com>: nobody permanent                the server refused the recipient: 550 5.1.1 <[secret]>: nobody
    RCPT 552 5.5.3 too many              retry                    the server refused the recipient: 552 5.5.3 too many
    TEXT 552 5.3.4 too big               permanent                the server answered 552 5.3.4 too big
    ");
}

#[tokio::test]
async fn a_server_without_end_is_not_read_to_its_end() {
    let builder = Builder::new();
    let long_line = format!("250 {}", "x".repeat(4 << 20));
    let many_lines = format!("{}250 end", "250-line\r\n".repeat(400_000));
    for (step, answer, expected) in [
        ("GREETING", &long_line, "retry"),
        ("EHLO", &many_lines, "retry"),
        ("RCPT", &many_lines, "retry"),
        ("TEXT", &long_line, "ambiguous"),
        ("TEXT", &many_lines, "ambiguous"),
    ] {
        let line = at(&builder, Encryption::None, step, answer).await;
        assert!(line.contains(expected) && line.contains("does not stop talking"), "{line}");
    }
}

#[tokio::test]
async fn a_greylisted_mail_goes_through_at_the_next_try() {
    let smtp = Smtp::start(Encryption::None).await;
    let email = build(&Builder::new(), &smtp.url(), None);
    smtp.answer("RCPT", "451 4.7.1 greylisted, come back later");
    assert_eq!(send(&email).await.word(), "retry");
    assert!(smtp.mails().is_empty());
    assert_eq!(send(&email).await.word(), "delivered");
    assert_eq!(smtp.mails().len(), 1);
}

#[tokio::test]
async fn a_refusal_counts_even_if_the_server_does_not_say_farewell() {
    let smtp = Smtp::start(Encryption::None).await;
    let email = build(&Builder::new(), &smtp.url(), None);
    smtp.answer("RCPT", "550 5.1.1 nobody");
    smtp.answer("QUIT", "stall");
    assert_eq!(send(&email).await.word(), "permanent");
    smtp.answer("QUIT", "stall");
    assert!(email.check_online().await.is_ok());
}

#[tokio::test]
async fn nothing_is_sent_where_the_encryption_is_not_as_wanted() {
    let builder = Builder::new();
    let mut lines = Vec::new();
    let mut tell = |name: &str, verdict: Verdict| lines.push(line(name, &verdict));
    for (name, certificate) in [
        ("wrong name", Certificate::WrongName),
        ("expired", Certificate::Expired),
        ("self-signed", Certificate::SelfSigned),
    ] {
        for encryption in [Encryption::StartTls, Encryption::Implicit] {
            let smtp = Smtp::start_with(encryption, certificate).await;
            let verdict = send(&build(&builder, &smtp.url(), Some(&smtp))).await;
            assert!(smtp.mails().is_empty() && smtp.logins() == 0, "{name}");
            tell(&format!("{name}, {encryption:?}"), verdict);
        }
    }
    let plain = Smtp::start(Encryption::None).await;
    let required = plain.url().replace("none", "required");
    tell("STARTTLS is not offered", send(&build(&builder, &required, None)).await);
    let implicit = plain.url().replace("smtp:", "smtps:").replace("?tls=none", "");
    tell("no TLS where it is wanted", send(&build(&builder, &implicit, None)).await);
    assert_eq!((plain.mails().len(), plain.logins()), (0, 0));
    tell("nobody listens", send(&build(&builder, &format!("smtp://127.0.0.1:{}", closed_port()), None)).await);
    tell("no such host", send(&build(&builder, "smtp://nobody.invalid", None)).await);
    insta::assert_snapshot!(lines.join("\n"), @r#"
    wrong name, StartTls                 retry                    cannot connect: invalid peer certificate: certificate not valid for name "localhost"; cer…
    wrong name, Implicit                 retry                    cannot connect: invalid peer certificate: certificate not valid for name "localhost"; cer…
    expired, StartTls                    retry                    cannot connect: invalid peer certificate: certificate expired: verification time [number]…
    expired, Implicit                    retry                    cannot connect: invalid peer certificate: certificate expired: verification time [number]…
    self-signed, StartTls                retry                    cannot connect: invalid peer certificate: BadSignature
    self-signed, Implicit                retry                    cannot connect: invalid peer certificate: BadSignature
    STARTTLS is not offered              retry                    cannot connect: STARTTLS is not supported on this server
    no TLS where it is wanted            retry                    cannot connect: received corrupt message of type InvalidContentType
    nobody listens                       retry                    cannot connect: Connection refused (os error 111)
    no such host                         retry                    cannot connect: failed to lookup address
    "#);
}
