//! Secrets that are handed out once: 32 random bytes as text. Only their hash is kept.

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A fresh secret.
pub struct Secret(String);

impl Secret {
    /// With a word in front by which people (and scanners for leaked secrets) tell what it is.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn draw(prefix: &str) -> Result<Self, &'static str> {
        let mut bytes = [0_u8; 32];
        rand::fill(&mut bytes).map_err(|_| "the system gave no random bytes")?;
        Ok(Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn hash(&self) -> String {
        Self::hash_of(&self.0)
    }

    /// The hash of a secret that somebody shows us. It has 256 random bits, so no slow hash is needed.
    #[must_use]
    pub fn hash_of(text: &str) -> String {
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
