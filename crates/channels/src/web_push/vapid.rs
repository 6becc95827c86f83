//! VAPID (RFC 8292): who sends, said to the push service in a token that it can check.

use base64::Engine as _;
use p256::SecretKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::json;
use tocsin_domain::Timestamp;
use url::Url;

use super::BASE64;

/// Seconds for which a token holds; push services take a day at most.
const HOLDS_S: i64 = 12 * 3_600;

/// The public half of an instance's key (32 bytes of a P-256 scalar), as a browser wants it for a subscription:
/// 65 bytes in base64url. `None`: the bytes are no such key.
#[must_use]
pub fn public_key(private: &[u8]) -> Option<String> {
    Some(BASE64.encode(SecretKey::from_slice(private).ok()?.public_key().to_sec1_bytes()))
}

/// The header's value; `None` without a key or an address. The same second gives the same token.
pub(super) fn authorization(private: &[u8], endpoint: &str, contact: &str, now: Timestamp) -> Option<String> {
    let public = public_key(private)?;
    let audience = Url::parse(endpoint).ok()?.origin().ascii_serialization();
    let expires = now.as_second().saturating_add(HOLDS_S);
    let header = json!({ "typ": "JWT", "alg": "ES256" }).to_string();
    let claims = json!({ "aud": audience, "exp": expires, "sub": contact }).to_string();
    let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let signature: Signature = SigningKey::from(SecretKey::from_slice(private).ok()?).sign(signed.as_bytes());
    Some(format!("vapid t={signed}.{},k={public}", BASE64.encode(signature.to_bytes())))
}
