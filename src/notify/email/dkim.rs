//! DKIM signatures (RFC 6376, and RFC 8463 for Ed25519): relaxed/relaxed, with RSA or Ed25519.
//!
//! lettre signs too, but dates each signature by the clock, so that the same mail would never have
//! the same bytes twice; and it takes its keys in other forms than people have them.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use ring::{
    rand::SystemRandom,
    signature::{self, Ed25519KeyPair, RsaKeyPair},
};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Host;

use crate::{
    model::{flaw::Flaw, secret::Secret},
    notify::email::compose::fields,
};

/// The fields under the signature, those of them that a mail has.
const SIGNED: [&str; 17] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Auto-Submitted",
    "Importance",
    "Thread-Topic",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// Named once more than they are there, so that nobody can add another on the way.
const SEALED: [&str; 6] = ["From", "To", "Subject", "Date", "Reply-To", "Content-Type"];

/// No line of the signature's field is longer.
const LINE: usize = 76;

/// How to make a key of either kind.
const REMEDY: &str =
    "make one with `openssl genrsa -out dkim.pem 2048`, or `openssl genpkey -algorithm ed25519 -out dkim.pem`";

/// `dkim = { domain = "…", selector = "…", key_file = "…" }`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DkimConfig {
    /// The domain that signs: that of `from`, or one above it.
    pub domain: String,
    /// The public key is in DNS under `<selector>._domainkey.<domain>`.
    pub selector: String,
    /// A private key as PEM: RSA with 2048 bits or more, or Ed25519.
    pub key: Option<Secret>,
}

/// Signs mails for one domain.
pub(super) struct Dkim {
    domain: String,
    selector: String,
    key: Key,
}

enum Key {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl fmt::Debug for Dkim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dkim({})", self.name())
    }
}

impl Dkim {
    pub(super) fn build(config: &DkimConfig) -> Result<Self, Vec<Flaw>> {
        let domain = domain(&config.domain);
        let selector = selector(&config.selector);
        let key = match &config.key {
            Some(pem) => Key::read(pem.expose()),
            None => Err(Flaw::new("key", "there is no key to sign with").hint("give `key_file`, a PEM file")),
        };
        match (domain, selector, key) {
            (Ok(domain), Ok(selector), Ok(key)) => Ok(Self { domain, selector, key }),
            (domain, selector, key) => Err([domain.err(), selector.err(), key.err()].into_iter().flatten().collect()),
        }
    }

    /// Where the public key is in DNS.
    pub(super) fn name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// The mail with its signature at the top.
    pub(super) fn sign(&self, mail: &str, at: Timestamp) -> String {
        let (head, body) = mail.split_once("\r\n\r\n").unwrap_or((mail, ""));
        let fields = fields(head);
        let present = |name: &&&str| fields.iter().any(|field| is_named(field, name));
        let signed: Vec<&str> = SIGNED.iter().filter(present).chain(&SEALED).copied().collect();
        let unsigned = self.field(&signed, &body_hash(body), at);
        let signature = STANDARD.encode(self.key.sign(canonical_head(&fields, &signed, &unsigned).as_bytes()));
        format!("{unsigned}{}\r\n{mail}", folded(&signature))
    }

    /// The field up to the signature itself.
    fn field(&self, signed: &[&str], body_hash: &str, at: Timestamp) -> String {
        let mut names = String::from("h=");
        let mut line = names.len();
        for (place, name) in signed.iter().enumerate() {
            let colon = if place == 0 { "" } else { ":" };
            if line + colon.len() + name.len() >= LINE {
                names.push_str(&format!("{colon}\r\n  {name}"));
                line = 2 + name.len();
            } else {
                names.push_str(&format!("{colon}{name}"));
                line += colon.len() + name.len();
            }
        }
        format!(
            "DKIM-Signature: v=1; a={}; c=relaxed/relaxed;\r\n d={}; s={};\r\n t={}; bh={body_hash};\r\n {names};\r\n b=",
            self.key.algorithm(),
            self.domain,
            self.selector,
            at.as_second(),
        )
    }
}

impl Key {
    fn read(pem: &str) -> Result<Self, Flaw> {
        // In a variable, line ends are often written out.
        let pem = pem.replace("\\n", "\n");
        let flaw = |says: &str| Flaw::new("key", says);
        let headed = |kind: &str| pem.contains(&format!("-----BEGIN {kind}-----"));
        if headed("ENCRYPTED PRIVATE KEY") || pem.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(flaw("the key is locked with a passphrase, which nobody can be asked for")
                .hint("unlock it: `openssl pkey -in locked.pem -out dkim.pem`"));
        }
        if headed("PUBLIC KEY") || headed("RSA PUBLIC KEY") || headed("CERTIFICATE") {
            return Err(flaw("this is not the private key but what others may know of it").hint(REMEDY));
        }
        let Ok(der) = PrivateKeyDer::from_pem_slice(pem.as_bytes()) else {
            return Err(flaw("there is no private key in it: it must be PEM, from BEGIN to END").hint(REMEDY));
        };
        let rsa = match &der {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(der) => {
                if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()) {
                    return Ok(Self::Ed25519(pair));
                }
                RsaKeyPair::from_pkcs8(der.secret_pkcs8_der())
            }
            _ => return Err(flaw("the key is neither RSA nor Ed25519").hint(REMEDY)),
        };
        rsa.map(Self::Rsa).map_err(|rejected| {
            let says = match rejected.to_string().as_str() {
                "TooSmall" => "the RSA key is too short: 2048 bits are the least that receivers should accept",
                "TooLarge" => "the RSA key is too long: no receiver need take more than 4096 bits",
                "WrongAlgorithm" => "the key is neither RSA nor Ed25519",
                _ => "the key is damaged, or of a form that is not known",
            };
            flaw(says).hint(REMEDY)
        })
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa-sha256",
            Self::Ed25519(_) => "ed25519-sha256",
        }
    }

    /// The same bytes for the same text: the random numbers for RSA only blind the arithmetic.
    fn sign(&self, text: &[u8]) -> Vec<u8> {
        match self {
            // RFC 8463 signs the hash, and Ed25519 hashes that once more.
            Self::Ed25519(pair) => pair.sign(&Sha256::digest(text)).as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let signed = pair.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature);
                signed.expect("the key was checked when it was read, and the buffer fits it");
                signature
            }
        }
    }
}

/// When a signature was made, if the field is one.
pub(super) fn signed_at(field: &str) -> Option<Timestamp> {
    let tags = field.strip_prefix("DKIM-Signature:")?;
    let second = tags.split(';').find_map(|tag| tag.trim().strip_prefix("t=")?.parse().ok())?;
    Timestamp::from_second(second).ok()
}

fn domain(text: &str) -> Result<String, Flaw> {
    match Host::parse(text.trim()) {
        Ok(Host::Domain(domain)) if domain.contains('.') => Ok(domain),
        _ => Err(Flaw::new("domain", format!("`{text}` is not a domain"))
            .hint("write the domain of `from`, such as \"example.com\"")),
    }
}

fn selector(text: &str) -> Result<String, Flaw> {
    let selector = text.trim();
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if selector.split('.').all(is_label) {
        return Ok(selector.to_owned());
    }
    Err(Flaw::new("selector", format!("`{text}` is not a selector"))
        .hint("write the word before `._domainkey` in DNS, such as \"s1\""))
}

fn is_named(field: &str, name: &str) -> bool {
    field.split_once(':').is_some_and(|(own, _)| own.trim_end().eq_ignore_ascii_case(name))
}

/// What is signed: each field that is named, the last of its name first, and the signature's own.
fn canonical_head(fields: &[String], signed: &[&str], own: &str) -> String {
    let mut used = vec![false; fields.len()];
    let mut text = String::new();
    for name in signed {
        let next = (0..fields.len()).rev().find(|at| !used[*at] && is_named(&fields[*at], name));
        if let Some(at) = next {
            used[at] = true;
            text.push_str(&relaxed(&fields[at]));
            text.push_str("\r\n");
        }
    }
    text + &relaxed(own)
}

/// A field with its name in lower case, on one line, and with single spaces only.
fn relaxed(field: &str) -> String {
    let (name, value) = field.split_once(':').unwrap_or((field, ""));
    let words: Vec<&str> = value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect();
    format!("{}:{}", name.trim_end().to_ascii_lowercase(), words.join(" "))
}

/// Of the body with single spaces only, none at the ends of lines, and no empty lines at its end.
fn body_hash(body: &str) -> String {
    let mut text = String::with_capacity(body.len());
    for line in body.split("\r\n") {
        let mut gap = false;
        for c in line.trim_end_matches([' ', '\t']).chars() {
            let is_gap = matches!(c, ' ' | '\t');
            if !is_gap {
                text.push(c);
            } else if !gap {
                text.push(' ');
            }
            gap = is_gap;
        }
        text.push_str("\r\n");
    }
    let full = text.trim_end_matches("\r\n");
    let whole = if full.is_empty() { String::new() } else { format!("{full}\r\n") };
    STANDARD.encode(Sha256::digest(whole))
}

/// Base64 over several lines, the first after `b=`.
fn folded(text: &str) -> String {
    let mut lines = String::with_capacity(text.len() + text.len() / 30);
    for (place, c) in text.chars().enumerate() {
        if place > 0 && place % (LINE - 4) == 0 {
            lines.push_str("\r\n  ");
        }
        lines.push(c);
    }
    lines
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    const ED25519_PEM: &str = include_str!("../../../tests/fixtures/dkim/ed25519.pem");
    const RSA_PEM: &str = include_str!("../../../tests/fixtures/dkim/rsa.pem");

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
        let text = canonical_head(&fields(head), &signed, KNOWN);
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
        let fields = fields(head);
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
            include_str!("../../../tests/fixtures/dkim/rsa-pkcs1.pem"),
            &RSA_PEM.replace('\n', "\\n"),
        ] {
            let dkim = Dkim::build(&config(pem)).unwrap();
            let at = Timestamp::from_second(1_700_000_000).unwrap();
            let mail = dkim.sign(KNOWN_MAIL, at);
            assert_eq!(mail, dkim.sign(KNOWN_MAIL, at));
            assert_eq!(signed_at(&fields(&mail)[0]), Some(at));
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
            (include_str!("../../../tests/fixtures/dkim/rsa-1024.pem"), "too short: 2048 bits"),
            (include_str!("../../../tests/fixtures/dkim/p256.pem"), "neither RSA nor Ed25519"),
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
}
