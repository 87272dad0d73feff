//! Email, against a scripted SMTP server.

use mail_parser::{MessageParser, MimeHeaders};
use ringback::{
    event::{Data, Event},
    notify::{Job, Notifier, Payload, Verdict, config::Kind},
};

use super::{event, hostile_event, now, renderer, section, word};
use crate::world::smtp::{Encryption, Smtp};

const OPS: &str = "ops@example.com";

fn build_with(smtp: &Smtp, url: &str, trusted: bool) -> Notifier {
    let ca = if trusted { format!("ca_file = {:?}", smtp.ca_file()) } else { String::new() };
    let toml = format!(
        "smtp = \"{url}\"\nfrom = \"Ringback <ringback@calls.example>\"\nto = [\"Ops <{OPS}>\", \"b@example.com\"]\nsubject_prefix = \"[calls]\"\n{ca}"
    );
    Notifier::build(&section(Kind::Email(toml::from_str(&toml).unwrap())), &mut renderer()).unwrap()
}

fn build(smtp: &Smtp) -> Notifier {
    build_with(smtp, &smtp.url(), true)
}

fn job(event: &Event) -> Job<'_> {
    Job { delivery_id: "dlv_1", recipient: OPS, event, attempt: 1, now: now() }
}

fn payload() -> Payload {
    let body = "From: a@calls.example\r\nTo: ops@example.com\r\nSubject: x\r\n\r\n.dot\r\nend\r\n";
    Payload { content_type: "message/rfc822".to_owned(), body: body.to_owned(), trouble: None }
}

#[tokio::test]
async fn mail_arrives_in_every_way_of_encrypting_with_the_login() {
    for encryption in [Encryption::None, Encryption::StartTls, Encryption::Implicit] {
        let smtp = Smtp::start(encryption).await;
        let email = build(&smtp);
        assert_eq!(email.recipients(), [OPS, "b@example.com"]);
        let event = event();
        let prepared = email.prepare(&renderer(), &job(&event));
        assert_eq!(prepared.trouble, None);
        let verdict = email.send(&prepared, &job(&event)).await;
        assert!(
            matches!(&verdict, Verdict::Delivered { remote_id: Some(id), .. } if id == "Q1"),
            "{encryption:?} {verdict:?}"
        );
        let mail = smtp.mails().pop().unwrap();
        assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("ringback@calls.example", [OPS.to_owned()].as_slice()));
        assert_eq!(mail.encrypted, encryption != Encryption::None);
        assert_eq!(mail.login, Some(("user".to_owned(), "swordfish".to_owned())));
        assert_eq!(mail.data.trim_end(), prepared.body.trim_end());
        assert!(email.check_online().await.unwrap().contains("signed in"));
        assert_eq!(smtp.mails().len(), 1);
    }
}

#[tokio::test]
async fn the_mail_is_well_formed_whatever_the_caller_said() {
    let smtp = Smtp::start(Encryption::None).await;
    let email = build(&smtp);
    let mut event = hostile_event();
    if let Data::Call { call, .. } = &mut event.data {
        call.batch_id = Some("b1".to_owned());
    }
    let prepared = email.prepare(&renderer(), &job(&event));
    assert_eq!(prepared.trouble, None);
    assert_eq!(prepared, email.prepare(&renderer(), &job(&event)), "a retry must send the same bytes");
    assert!(prepared.body.is_ascii() && prepared.body.lines().all(|line| line.len() <= 998));
    assert!(prepared.body.split("\r\n").all(|line| !line.contains(['\r', '\n'])), "bare line breaks");
    let mail = MessageParser::default().parse(prepared.body.as_bytes()).unwrap();
    assert_eq!(mail.message_id(), Some("dlv_1@calls.example"));
    assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-11-21T12:00:00Z");
    let subject = mail.subject().unwrap();
    assert!(subject.starts_with("[calls] ") && subject.chars().count() <= 200, "{subject}");
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some(OPS));
    assert!(mail.bcc().is_none() && mail.cc().is_none());
    for (name, value) in [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")] {
        assert_eq!(mail.header_raw(name).map(str::trim), Some(value));
    }
    assert!(mail.header_raw("References").unwrap().contains("@calls.example>"));
    let kinds: Vec<_> =
        mail.parts.iter().filter_map(|part| part.content_type()?.subtype().map(str::to_owned)).collect();
    assert_eq!(kinds, ["alternative", "plain", "html"]);
    let html = mail.body_html(0).unwrap();
    assert!(!html.contains("<b>&amp;") && !html.contains("href=\"https://evil.example"), "{html}");
}

#[tokio::test]
async fn each_refusal_has_its_verdict_by_the_step_where_it_came() {
    let smtp = Smtp::start(Encryption::None).await;
    let event = event();
    for (step, answer, expected) in [
        ("GREETING", "421 4.3.2 later", "retry"),
        ("GREETING", "554 5.0.0 not for you", "counts"),
        ("AUTH", "454 4.7.0 try again", "retry"),
        ("AUTH", "535 5.7.8 swordfish is no password of user", "counts"),
        ("MAIL", "450 4.1.8 greylisted", "retry"),
        ("MAIL", "550 5.7.1 sender refused", "counts"),
        ("RCPT", "451 4.7.1 greylisted", "retry"),
        ("RCPT", "550 5.1.1 <ops@example.com>: no such user", "permanent"),
        ("RCPT", "552 5.5.3 too many recipients", "retry"),
        ("DATA", "452 4.3.1 no space", "retry"),
        ("TEXT", "452 4.3.1 no space", "retry"),
        ("TEXT", "552 5.3.4 too big", "permanent"),
        ("TEXT", "554 5.6.0 rejected", "permanent"),
        ("GREETING", "drop", "retry"),
        ("EHLO", "drop", "retry"),
        ("AUTH", "drop", "retry"),
        ("MAIL", "drop", "retry"),
        ("RCPT", "drop", "retry"),
        ("DATA", "drop", "retry"),
        ("TEXT", "drop", "ambiguous"),
        ("TEXT", "what?", "ambiguous"),
    ] {
        // A fresh notifier each time: a kept connection would skip the first steps.
        let email = build(&smtp);
        smtp.answer(step, answer);
        let verdict = email.send(&payload(), &job(&event)).await;
        assert_eq!(word(&verdict), expected, "{step} {answer}: {verdict:?}");
        assert!(!verdict.note().contains("swordfish") && !verdict.note().contains(OPS), "{verdict:?}");
    }
    assert!(!format!("{:?}", build(&smtp)).contains("swordfish"));
}

#[tokio::test]
async fn without_the_wanted_encryption_nothing_is_given_away() {
    let event = event();
    let plain = Smtp::start(Encryption::None).await;
    let strict = build_with(&plain, &plain.url().replace("?tls=none", ""), true);
    let verdict = strict.send(&payload(), &job(&event)).await;
    assert_eq!((word(&verdict), verdict.note()), ("retry", "cannot connect: STARTTLS is not supported on this server"));
    for encryption in [Encryption::StartTls, Encryption::Implicit] {
        let smtp = Smtp::start(encryption).await;
        let stranger = build_with(&smtp, &smtp.url(), false);
        let verdict = stranger.send(&payload(), &job(&event)).await;
        assert_eq!(word(&verdict), "retry", "{verdict:?}");
        assert!(verdict.note().contains("certificate") && stranger.check_online().await.is_err(), "{verdict:?}");
        assert!(smtp.mails().is_empty());
    }
    let easy = build_with(&plain, &plain.url().replace("=none", "=opportunistic"), true);
    assert_eq!(word(&easy.send(&payload(), &job(&event)).await), "delivered");
}

#[tokio::test]
async fn a_connection_serves_several_mails_and_a_dead_one_is_replaced() {
    let smtp = Smtp::start(Encryption::StartTls).await;
    let email = build(&smtp);
    let event = event();
    for expected in [1, 1, 2] {
        if expected == 2 {
            smtp.answer("NOOP", "drop");
        }
        assert_eq!(word(&email.send(&payload(), &job(&event)).await), "delivered");
        assert_eq!(smtp.connections(), expected);
    }
    let texts: Vec<_> = smtp.mails().into_iter().map(|mail| mail.data).collect();
    assert!(texts.len() == 3 && texts.iter().all(|text| text.contains("\r\n.dot\r\nend\r\n")), "{texts:?}");
}

#[test]
fn mistakes_in_the_section_are_all_named() {
    let toml = "smtp = \"http://x\"\nfrom = \"nobody\"\nto = [\"a@example.com\", \"\", \"A@example.com\"]\nca_file = \"/nowhere/ca.pem\"";
    let build = |toml: &str| Notifier::build(&section(Kind::Email(toml::from_str(toml).unwrap())), &mut renderer());
    let flaws: Vec<String> =
        build(toml).unwrap_err().into_iter().map(|flaw| format!("{}: {}", flaw.path, flaw.says)).collect();
    insta::assert_snapshot!(flaws.join("
"), @r"
    smtp: the URL begins with `http:`
    from: `nobody` is not a mail address
    to.1: `` is not a mail address
    to.2: this address is there twice
    ");
    let flaw = build(
        "smtp = \"smtps://x.example\"\nfrom = \"a@b.example\"\nto = [\"c@d.example\"]\nca_file = \"/nowhere/ca.pem\"",
    )
    .unwrap_err()
    .remove(0);
    assert_eq!(flaw.path, "ca_file");
    insta::assert_snapshot!(flaw.says, @"cannot read /nowhere/ca.pem: No such file or directory (os error 2)");
}
