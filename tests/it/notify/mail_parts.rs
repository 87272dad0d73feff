//! What a mail carries besides its words: a signature, a thread, a way out, a file.

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};
use ringback::{
    event::{Data, Event, kind::Kind as EventKind, sample::sample},
    notify::{Job, Notifier, Payload, Verdict, config::Kind},
};

use super::{hostile_event, now, renderer, section, word};
use crate::world::smtp::{Encryption, Smtp};

const OPS: &str = "ops@example.com";
const KEY: &str = include_str!("../../fixtures/dkim/ed25519.pem");

fn build(url: &str, more: &str) -> Notifier {
    let toml =
        format!("smtp = \"{url}\"\nfrom = \"Ringback <ringback@calls.example>\"\nto = [\"Ops <{OPS}>\"]\n{more}");
    Notifier::build(&section(Kind::Email(toml::from_str(&toml).unwrap())), &mut renderer()).unwrap()
}

fn signer() -> String {
    format!("dkim = {{ domain = \"calls.example\", selector = \"s1\", key = '''{KEY}''' }}\n")
}

fn job(event: &Event) -> Job<'_> {
    Job { delivery_id: "dlv_1", recipient: OPS, event, attempt: 1, now: now() }
}

fn prepare(more: &str, event: &Event) -> Payload {
    let payload = build("smtp://127.0.0.1?tls=none", more).prepare(&renderer(), &job(event));
    assert_eq!(payload.trouble, None);
    payload
}

fn parse(payload: &Payload) -> Message<'_> {
    MessageParser::default().parse(payload.body.as_bytes()).unwrap()
}

fn field(payload: &Payload, name: &str) -> Option<String> {
    let words = parse(payload).header_raw(name)?.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(words)
}

/// The types of all parts, in the order in which they stand.
fn kinds(body: &str) -> Vec<String> {
    let mail = MessageParser::default().parse(body.as_bytes()).unwrap();
    let kind = |part: &mail_parser::MessagePart<'_>| part.content_type()?.subtype().map(str::to_owned);
    mail.parts.iter().filter_map(kind).collect()
}

fn completed() -> Event {
    sample(EventKind::CallCompleted, now())
}

#[test]
fn without_further_keys_a_mail_says_nothing_of_lists_signatures_or_urgency() {
    let payload = prepare("", &completed());
    for name in ["List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "DKIM-Signature", "Importance"] {
        assert_eq!(field(&payload, name), None, "{name}");
    }
    assert_eq!(kinds(&payload.body), ["alternative", "plain", "html"]);
}

#[test]
fn mails_of_one_batch_one_call_and_one_outage_refer_to_the_same() {
    let threads = |kind: EventKind| {
        let payload = prepare("", &sample(kind, now()));
        let fields = ["References", "In-Reply-To", "Thread-Topic"].map(|name| field(&payload, name));
        fields.map(Option::unwrap_or_default)
    };
    let [batch, reply, topic] = threads(EventKind::BatchCompleted);
    assert!(batch.starts_with("<batch_") && batch.ends_with("@calls.example>") && reply == batch, "{batch} {reply}");
    assert_eq!(topic, "Batch 652ad643-1f7e-4c1b-9a3e-5d2f8b7c6a10");
    let [call, reply, topic_of_call] = threads(EventKind::CallFailed);
    assert_eq!((call.split(' ').next(), topic_of_call), (Some(batch.as_str()), topic));
    assert_eq!(call.split(' ').nth(1), Some(reply.as_str()));
    assert_eq!(threads(EventKind::CallFailed), threads(EventKind::CallCorrected));
    assert_eq!(threads(EventKind::WatchFailing), threads(EventKind::WatchRecovered));
    assert_eq!(threads(EventKind::Digest)[0], batch, "all its calls are of one batch");
}

#[test]
fn what_failed_is_urgent_and_a_digest_is_not() {
    for (kind, urgent) in [
        (EventKind::CallFailed, true),
        (EventKind::WatchFailing, true),
        (EventKind::CallCompleted, false),
        (EventKind::CallStuck, false),
        (EventKind::Digest, false),
    ] {
        let payload = prepare("", &sample(kind, now()));
        assert_eq!(field(&payload, "Importance").as_deref(), urgent.then_some("high"), "{kind}");
    }
}

#[test]
fn a_list_can_be_left_with_one_click() {
    let payload = prepare("unsubscribe = \"https://calls.example/leave?who={recipient}\"", &completed());
    assert_eq!(field(&payload, "List-Id").unwrap(), "<ops.ringback.calls.example>");
    assert_eq!(field(&payload, "List-Unsubscribe").unwrap(), "<https://calls.example/leave?who=ops%40example.com>");
    assert_eq!(field(&payload, "List-Unsubscribe-Post").unwrap(), "List-Unsubscribe=One-Click");
    let by_mail = prepare("unsubscribe = \"mailto:leave@calls.example\"", &completed());
    assert_eq!(field(&by_mail, "List-Unsubscribe").unwrap(), "<mailto:leave@calls.example>");
    assert_eq!(field(&by_mail, "List-Unsubscribe-Post"), None);
}

#[test]
fn a_signed_mail_has_the_same_bytes_again_and_all_that_matters_under_its_signature() {
    let more = format!("{}unsubscribe = \"https://calls.example/leave\"\ntranscript = \"attach\"", signer());
    let payload = prepare(&more, &completed());
    assert_eq!(payload, prepare(&more, &completed()));
    assert!(payload.body.starts_with("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"));
    let signature = field(&payload, "DKIM-Signature").unwrap();
    assert!(signature.contains(&format!(" t={};", now().as_second())), "{signature}");
    let names = signature.split(" h=").nth(1).unwrap().split(';').next().unwrap().replace(' ', "");
    insta::assert_snapshot!(names, @"From:To:Subject:Date:Message-ID:In-Reply-To:References:MIME-Version:Content-Type:Auto-Submitted:Thread-Topic:List-Id:List-Unsubscribe:List-Unsubscribe-Post:From:To:Subject:Date:Reply-To:Content-Type");
}

#[test]
fn a_transcript_stands_beside_the_words_as_a_file() {
    let payload = prepare("transcript = \"attach\"", &completed());
    assert_eq!(kinds(&payload.body), ["mixed", "alternative", "plain", "html", "plain"]);
    let mail = parse(&payload);
    let file = mail.attachment(0).unwrap();
    assert_eq!(file.attachment_name(), Some("transcript-c1234567-89ab-4def-8123-456789abcdef.txt"));
    let PartType::Text(text) = &file.body else { panic!("{file:?}") };
    assert!(text.contains("Person: Yes. Please call me back at +1 ••• ••• 4567") && text.contains("(Ended call)"));
    for kind in [EventKind::CallFailed, EventKind::BatchCompleted, EventKind::Digest] {
        let payload = prepare("transcript = \"attach\"", &sample(kind, now()));
        // A digest's chart stands beside its HTML, and no file beside either.
        let words = ["alternative", "plain", "html"];
        let with_chart = ["alternative", "plain", "related", "html", "png"];
        let expected = if kind == EventKind::Digest { &with_chart[..] } else { &words[..] };
        assert_eq!(kinds(&payload.body), expected, "{kind}");
    }
}

#[test]
fn a_hostile_transcript_is_a_file_and_nothing_more() {
    let mut event = hostile_event();
    if let (Data::Call { call, .. }, Data::Call { call: full, .. }) = (&mut event.data, completed().data) {
        let hostile = call.summary.clone().unwrap();
        call.transcript = full.transcript;
        call.transcript[0].text = hostile.repeat(20);
        call.id = "../c\"1\r\nX-Mine: yes".to_owned();
    }
    let payload = prepare(&format!("transcript = \"attach\"\n{}", signer()), &event);
    assert!(payload.body.is_ascii() && payload.body.lines().all(|line| line.len() <= 998));
    assert!(payload.body.split("\r\n").all(|line| !line.contains(['\r', '\n'])), "bare line breaks");
    assert_eq!(kinds(&payload.body), ["mixed", "alternative", "plain", "html", "plain"]);
    let mail = parse(&payload);
    assert_eq!(mail.attachment(0).unwrap().attachment_name(), Some("transcript-c1X-Mineyes.txt"));
    assert!(mail.header_raw("X-Mine").is_none() && mail.header_raw("Bcc").is_none());
}

/// What becomes of a mail with a transcript on a server that answers like this.
async fn sent(step: &str, answer: &str) -> (Verdict, Vec<Vec<String>>) {
    let smtp = Smtp::start(Encryption::None).await;
    let email = build(&smtp.url(), &format!("transcript = \"attach\"\n{}", signer()));
    let event = completed();
    let prepared = email.prepare(&renderer(), &job(&event));
    // The first EHLO is the greeting's.
    if step == "SIZE" {
        smtp.answer("EHLO", "250-localhost\r\n250 AUTH PLAIN LOGIN");
        smtp.answer("EHLO", answer);
    } else if !step.is_empty() {
        smtp.answer(step, answer);
    }
    let verdict = email.send(&prepared, &job(&event)).await;
    let mails = smtp.mails();
    for mail in mails.iter().filter(|mail| !mail.data.contains("multipart/mixed")) {
        assert!(mail.data.contains("multipart/alternative") && mail.data.contains("Ada confirmed"), "{}", mail.data);
        assert_eq!(mail.data.matches("DKIM-Signature:").count(), 1);
        assert_eq!(mail.data.matches("\r\nContent-Type:").count(), 3);
        let parsed = MessageParser::default().parse(mail.data.as_bytes()).unwrap();
        assert_eq!((parsed.message_id(), parsed.attachment_count()), (Some("dlv_1@calls.example"), 0));
        assert!(mail.data.contains(&format!(" t={};", now().as_second())));
    }
    (verdict, mails.iter().map(|mail| kinds(&mail.data)).collect())
}

#[tokio::test]
async fn a_mail_that_is_refused_for_its_file_goes_without_it() {
    let mut lines = Vec::new();
    for (step, answer) in [
        ("", ""),
        ("SIZE", "250-localhost\r\n250 SIZE 900"),
        ("SIZE", "250-localhost\r\n250 SIZE 0"),
        ("MAIL", "552 5.3.4 too big"),
        ("DATA", "552 5.3.4 too big"),
        ("TEXT", "552 5.3.4 too big"),
        ("TEXT", "554 5.7.1 no attachments here"),
        ("TEXT", "452 4.3.1 no space"),
        ("TEXT", "drop"),
        ("RCPT", "550 5.1.1 nobody"),
    ] {
        let (verdict, mails) = sent(step, answer).await;
        let with = mails.iter().filter(|kinds| kinds[0] == "mixed").count();
        let shown = answer.rsplit("\r\n").next().unwrap();
        lines.push(format!(
            "{step:4} {shown:30} {:9} {with} with, {} without: {}",
            word(&verdict),
            mails.len() - with,
            verdict.note()
        ));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
                                        delivered 1 with, 0 without: 2.0.0 ok: queued as Q1
    SIZE 250 SIZE 900                   delivered 0 with, 1 without: sent without the transcript, as the server takes at most 900 bytes, and the mail has 10563
    SIZE 250 SIZE 0                     delivered 1 with, 0 without: 2.0.0 ok: queued as Q1
    MAIL 552 5.3.4 too big              delivered 0 with, 1 without: sent without the transcript, as the server refused the sender: 552 5.3.4 too big
    DATA 552 5.3.4 too big              delivered 0 with, 1 without: sent without the transcript, as the server answered 552 5.3.4 too big
    TEXT 552 5.3.4 too big              delivered 1 with, 1 without: sent without the transcript, as the server answered 552 5.3.4 too big
    TEXT 554 5.7.1 no attachments here  delivered 1 with, 1 without: sent without the transcript, as the server answered 554 5.7.1 no attachments here
    TEXT 452 4.3.1 no space             retry     1 with, 0 without: the server answered 452 4.3.1 no space
    TEXT drop                           ambiguous 1 with, 0 without: the connection broke after the mail was sent: incomplete response
    RCPT 550 5.1.1 nobody               permanent 0 with, 0 without: the server refused the recipient: 550 5.1.1 nobody
    ");
}

#[tokio::test]
async fn a_mail_that_is_refused_without_its_file_too_is_refused() {
    let smtp = Smtp::start(Encryption::None).await;
    let email = build(&smtp.url(), "transcript = \"attach\"");
    smtp.answer("TEXT", "552 5.3.4 too big");
    smtp.answer("TEXT", "554 5.7.1 not from you");
    let event = completed();
    let prepared = email.prepare(&renderer(), &job(&event));
    let verdict = email.send(&prepared, &job(&event)).await;
    assert_eq!((word(&verdict), verdict.note()), ("permanent", "the server answered 554 5.7.1 not from you"));
    assert_eq!(smtp.mails().len(), 2);
}

#[tokio::test]
async fn a_check_says_for_whom_mails_are_signed() {
    let smtp = Smtp::start(Encryption::None).await;
    let said = build(&smtp.url(), &signer()).check_online().await.unwrap();
    assert_eq!(said, "connected, not encrypted, signed in, mails are signed for s1._domainkey.calls.example");
}
