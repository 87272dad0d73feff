//! Signatures against the known one of the standard, and keys that cannot sign.

use ring::signature::{ED25519, KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::*;

const ED25519_PEM: &str = include_str!("../../../../tests/fixtures/dkim/ed25519.pem");
const RSA_PEM: &str = include_str!("../../../../tests/fixtures/dkim/rsa.pem");

/// From RFC 8463, appendix A.
const KNOWN: &str = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; \
    i=@football.example.com;\r\n q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : \
    message-id : from : subject : date;\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";
const KNOWN_MAIL: &str = "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n\
    Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
    Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n\
    Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n\r\n";

fn config(key: &str) -> DkimConfig {
    DkimConfig { domain: "example.com".to_owned(), selector: "s1".to_owned(), key: Some(Secret::new(key)) }
}

fn flaws(config: &DkimConfig) -> Vec<String> {
    let flaws = Dkim::build(config).unwrap_err();
    flaws.into_iter().map(|flaw| format!("{}: {}", flaw.path, flaw.says)).collect()
}

#[test]
fn the_signature_of_the_standard_fits_what_is_taken_for_the_signed_text() {
    let (head, body) = KNOWN_MAIL.split_once("\r\n\r\n").unwrap();
    assert_eq!(body_hash(body), "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
    let signed = ["from", "to", "subject", "date", "message-id", "from", "subject", "date"];
    let text = canonical_head(&fields::of(head), &signed, KNOWN);
    let decode = |text: &str| STANDARD.decode(text).unwrap();
    let key = UnparsedPublicKey::new(&ED25519, decode("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="));
    let signature = "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==";
    key.verify(&Sha256::digest(text), &decode(signature)).unwrap();
}

#[test]
fn bodies_end_with_one_line_end_or_are_empty() {
    let empty = STANDARD.encode(Sha256::digest(""));
    assert_eq!((body_hash(""), body_hash("\r\n\r\n"), body_hash(" \r\n")), (empty.clone(), empty.clone(), empty));
    assert_eq!(body_hash("a \t b \r\n\r\n"), body_hash("a b"));
    assert_ne!(body_hash(" a"), body_hash("a"));
}

/// The signed text again, from the mail with its signature, and the signature.
fn taken_apart(mail: &str) -> (String, Vec<u8>) {
    let (head, _) = mail.split_once("\r\n\r\n").unwrap();
    let fields = fields::of(head);
    let (own, signature) = fields[0].split_once("\r\n b=").unwrap();
    let names = own.split("\r\n h=").nth(1).unwrap().split(';').next().unwrap();
    let names: Vec<&str> = names.split(':').map(str::trim).collect();
    let signature: String = signature.split_whitespace().collect();
    (canonical_head(&fields[1..], &names, &format!("{own}\r\n b=")), STANDARD.decode(signature).unwrap())
}

#[test]
fn either_kind_of_key_signs_the_same_bytes_at_the_same_moment() {
    for pem in [
        ED25519_PEM,
        RSA_PEM,
        include_str!("../../../../tests/fixtures/dkim/rsa-pkcs1.pem"),
        &RSA_PEM.replace('\n', "\\n"),
    ] {
        let dkim = Dkim::build(&config(pem)).unwrap();
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        let mail = dkim.sign(KNOWN_MAIL, at);
        assert_eq!(mail, dkim.sign(KNOWN_MAIL, at));
        assert_eq!(signed_at(&fields::of(&mail)[0]), Some(at));
        assert!(mail.ends_with(KNOWN_MAIL) && mail.contains(" t=1700000000;"), "{mail}");
        assert!(mail.split("\r\n").all(|line| line.len() <= 78), "{mail}");
        let (text, signature) = taken_apart(&mail);
        match &dkim.key {
            Key::Ed25519(pair) => {
                UnparsedPublicKey::new(&ED25519, pair.public_key()).verify(&Sha256::digest(text), &signature)
            }
            Key::Rsa(pair) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key())
                .verify(text.as_bytes(), &signature),
        }
        .unwrap();
        assert_eq!(format!("{dkim:?}"), "Dkim(s1._domainkey.example.com)");
    }
}

#[test]
fn keys_that_cannot_sign_are_refused_with_what_to_do() {
    let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----";
    let public = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
    let damaged = RSA_PEM.replace("PRIVATE KEY-----\nMII", "PRIVATE KEY-----\nMIA");
    for (pem, says) in [
        ("swordfish", "no private key"),
        (locked, "locked with a passphrase"),
        (public, "not the private key"),
        (include_str!("../../../../tests/fixtures/dkim/rsa-1024.pem"), "too short: 2048 bits"),
        (include_str!("../../../../tests/fixtures/dkim/p256.pem"), "neither RSA nor Ed25519"),
        (&damaged, "damaged"),
    ] {
        let flaw = Dkim::build(&config(pem)).unwrap_err().remove(0);
        assert!(flaw.says.contains(says) && flaw.hint.is_some(), "{flaw:?}");
        assert!(!format!("{flaw:?}").contains("swordfish"));
    }
    let empty = DkimConfig { domain: "exa mple".to_owned(), selector: "s1;".to_owned(), key: None };
    assert_eq!(
        flaws(&empty),
        [
            "domain: `exa mple` is not a domain",
            "selector: `s1;` is not a selector",
            "key: there is no key to sign with"
        ]
    );
}
