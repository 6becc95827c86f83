//! Native ids in each platform's own form. They hang on what they name, so that a page keeps its ids over restarts.

use tocsin_domain::{Timestamp, ids::hash64};

const BASE32: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

fn digits(alphabet: &[u8], count: usize, parts: &[&str]) -> String {
    let base = alphabet.len() as u64;
    let mut text = String::with_capacity(count);
    let mut turn: u64 = 0;
    while text.len() < count {
        let mut bytes: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        let number = turn.to_be_bytes();
        bytes.push(&number);
        let mut rest = hash64(&bytes);
        for _ in 0..8.min(count - text.len()) {
            text.extend(alphabet.get((rest % base) as usize).map(|digit| char::from(*digit)));
            rest /= base;
        }
        turn += 1;
    }
    text
}

/// Statuspage's: twelve small letters and digits.
#[must_use]
pub fn short(parts: &[&str]) -> String {
    digits(BASE36, 12, parts)
}

/// incident.io's: a ULID, which begins with the moment it was made.
#[must_use]
pub fn ulid(at: Timestamp, parts: &[&str]) -> String {
    let mut milliseconds = u64::try_from(at.as_second()).unwrap_or(0) * 1000;
    let mut head = [b'0'; 10];
    for digit in head.iter_mut().rev() {
        *digit = BASE32.get((milliseconds % 32) as usize).copied().unwrap_or(b'0');
        milliseconds /= 32;
    }
    head.iter().map(|digit| char::from(*digit)).collect::<String>() + &digits(BASE32, 16, parts)
}

/// Instatus's: a `c` and twenty-four small letters and digits.
#[must_use]
pub fn cuid(parts: &[&str]) -> String {
    format!("c{}", digits(BASE36, 24, parts))
}

/// A number from 1 to a million, as Statuspage's feeds and Cachet's tables have them.
#[must_use]
pub fn number(parts: &[&str]) -> u64 {
    let bytes: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    hash64(&bytes) % 1_000_000 + 1
}
