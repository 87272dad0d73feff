//! Which URLs name a server, and what its answers say.

use super::*;

fn server(url: &str) -> Result<Server, Flaw> {
    Server::parse(&Secret::new(url), None)
}

#[test]
fn the_url_decides_port_encryption_and_login() {
    for (url, port, encryption) in [
        ("smtps://mail.example.com", 465, Encryption::Implicit),
        ("smtp://mail.example.com", 587, Encryption::Required),
        ("smtp://mail.example.com:2525?tls=required", 2525, Encryption::Required),
        ("smtp://mail.example.com?tls=opportunistic", 587, Encryption::Opportunistic),
        ("smtp://127.0.0.1?tls=none", 25, Encryption::None),
    ] {
        let server = server(url).unwrap();
        assert_eq!((server.port, server.encryption, server.has_login()), (port, encryption, false), "{url}");
    }
    let server = server("smtps://me%40example.com:p%40ss+w%26rd%3D%2F@mail.example.com").unwrap();
    assert_eq!(server.secrets().collect::<Vec<_>>(), ["me@example.com", "p@ss+w&rd=/"]);
    assert!(!format!("{server:?}").contains("p@ss"));
}

#[test]
fn urls_that_cannot_work_are_refused_with_a_hint() {
    for (url, says) in [
        ("mail.example.com", "not a URL"),
        ("http://mail.example.com", "`http:`"),
        ("smtp://mail.example.com?tls=maybe", "`tls=maybe`"),
        ("smtps://mail.example.com?tls=none", "from the start"),
        ("smtp:///x", "no host"),
    ] {
        let flaw = server(url).err().unwrap();
        assert!(flaw.says.contains(says) && flaw.hint.is_some(), "{url}: {flaw:?}");
    }
}

#[test]
fn the_servers_queue_id_is_kept() {
    let verdict = delivered(250, "2.0.0 Ok: queued as 4FxQ2m1b", &Scrub::new());
    assert_eq!(
        verdict,
        Verdict::Delivered {
            note: "2.0.0 Ok: queued as 4FxQ2m1b".to_owned(),
            status: Some(250),
            remote_id: Some("4FxQ2m1b".to_owned()),
            pause: None
        }
    );
    for nameless in ["ok", "queued as ", &format!("queued as {}", "x".repeat(5_000))] {
        let verdict = delivered(250, nameless, &Scrub::new());
        assert!(matches!(verdict, Verdict::Delivered { remote_id: None, .. }), "{verdict:?}");
    }
}
