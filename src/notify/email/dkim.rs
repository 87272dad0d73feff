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
    notify::email::fields,
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
        let fields = fields::of(head);
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
mod tests;
