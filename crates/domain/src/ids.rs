//! Ids that are derived, not drawn: UUID v7 whose random part is a hash of what it names.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::time::Timestamp;

/// First eight bytes of SHA-256 over the parts, each preceded by its length. Stable over versions and machines.
#[must_use]
pub fn hash64(parts: &[&[u8]]) -> u64 {
    let digest = digest(parts);
    u64::from_be_bytes(digest[..8].try_into().unwrap_or_default())
}

/// Lower-case hex of SHA-256 over the parts, each preceded by its length.
#[must_use]
pub fn hash_hex(parts: &[&[u8]]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let nibbles = digest(parts).into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.map(|nibble| char::from(DIGITS[usize::from(nibble)])).collect()
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// A UUID v7 of the moment `at` for the thing named by `parts`; the same input gives the same id.
#[must_use]
pub fn v7(at: Timestamp, parts: &[&[u8]]) -> Uuid {
    let digest = digest(parts);
    let random: [u8; 10] = digest[..10].try_into().unwrap_or_default();
    let millis = u64::try_from(at.as_second()).unwrap_or(0).saturating_mul(1000);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
