//! Chance that always falls the same way: generators and ids derived from a seed and names.

use fastrand::Rng;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A generator of its own for `what`, so that one draw more here changes nothing elsewhere.
pub(super) fn rng(seed: u64, what: &str) -> Rng {
    Rng::with_seed(derive(seed, what))
}

pub(super) fn derive(seed: u64, what: &str) -> u64 {
    xxh3_64_with_seed(what.as_bytes(), seed)
}

/// The id that belongs to `what`, shaped like a random UUID.
pub(super) fn uuid(seed: u64, what: &str) -> String {
    let mut rng = rng(seed, what);
    let (a, b) = (rng.u64(..), rng.u64(..));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xfff,
        b >> 48 & 0x3fff | 0x8000,
        b & 0xffff_ffff_ffff
    )
}

/// `length` letters and digits, as in v1 batch ids and recording tokens.
pub(super) fn token(seed: u64, what: &str, length: usize) -> String {
    let mut rng = rng(seed, what);
    (0..length).map(|_| rng.alphanumeric()).collect()
}

/// One of several; the list must not be empty.
pub(super) fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.usize(..from.len())]
}

/// True once in `n` times on average.
pub(super) fn one_in(rng: &mut Rng, n: u32) -> bool {
    rng.u32(..n) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_id_and_another_gives_another() {
        let id = uuid(7, "call 1");
        assert_eq!(id, uuid(7, "call 1"));
        assert_ne!(id, uuid(8, "call 1"));
        assert_ne!(id, uuid(7, "call 2"));
        let parts: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
    }
}
