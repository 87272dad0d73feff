//! Ids derived from facts: the same fact always yields the same id, on any replica, at any time.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// `prefix_` and 22 URL-safe characters, decided by the parts alone.
///
/// Parts are separated by a byte that no id contains, so that ("a", "bc") and ("ab", "c") differ.
pub fn derived(prefix: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    // `-` and `_` would survive everywhere too, but a letter reads better when people copy ids.
    let text = URL_SAFE_NO_PAD.encode(&hash.finalize()[..16]).replace(['-', '_'], "x");
    format!("{prefix}_{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_alone_decide_and_their_borders_count() {
        assert_eq!(derived("evt", &["a", "b"]), derived("evt", &["a", "b"]));
        assert_ne!(derived("evt", &["a", "bc"]), derived("evt", &["ab", "c"]));
        assert_eq!(derived("evt", &["a"]).len(), 26);
    }
}
