use aws_lc_rs::rand;

/// So many bytes nobody can guess: sources, sequence numbers, nonces.
///
/// # Panics
/// When the system has no randomness, without which no call may be made.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}
