//! Signatures after the Standard Webhooks specification: <https://www.standardwebhooks.com>

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::model::{flaw::Flaw, secret::Secret};

/// A `whsec_` key, decoded.
#[derive(Clone)]
pub(super) struct Key(Vec<u8>);

impl Key {
    pub(super) fn parse(secret: &Secret) -> Result<Self, Flaw> {
        let hint = "make one with: echo \"whsec_$(openssl rand -base64 32)\"";
        let Some(encoded) = secret.expose().trim().strip_prefix("whsec_") else {
            return Err(Flaw::new("secret", "a signing secret begins with `whsec_`").hint(hint));
        };
        let bytes =
            STANDARD.decode(encoded).map_err(|_| Flaw::new("secret", "after `whsec_` comes base64").hint(hint))?;
        if !(24..=64).contains(&bytes.len()) {
            return Err(Flaw::new(
                "secret",
                format!("a signing secret has 24 to 64 bytes, this one has {}", bytes.len()),
            )
            .hint(hint));
        }
        Ok(Self(bytes))
    }

    /// Signs the very bytes that are sent, with the time of this attempt in Unix seconds.
    pub(super) fn sign(&self, id: &str, second: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{second}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_answer_of_the_specification() {
        let key = Key::parse(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).ok().unwrap();
        let signed = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn weak_and_mistyped_secrets_are_refused() {
        for (secret, says) in [
            ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "begins with"),
            ("whsec_not base64", "base64"),
            ("whsec_c2hvcnQ=", "has 5"),
        ] {
            assert!(Key::parse(&Secret::new(secret)).err().unwrap().says.contains(says), "{secret}");
        }
    }
}
