//! Random bytes for request ids; not for secrets.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// 16 bytes from the keys that the standard library draws for its hash maps.
pub(crate) fn bytes() -> [u8; 16] {
    let mut bytes = [0; 16];
    for half in bytes.chunks_mut(8) {
        half.copy_from_slice(&RandomState::new().build_hasher().finish().to_le_bytes());
    }
    bytes
}

/// 32 hexadecimal digits.
pub(crate) fn hex() -> String {
    format!("{:032x}", u128::from_le_bytes(bytes()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_are_the_same() {
        let drawn: std::collections::BTreeSet<String> = (0..1000).map(|_| super::hex()).collect();
        assert_eq!(drawn.len(), 1000);
        assert!(
            drawn
                .iter()
                .all(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
        );
    }
}
