//! The token in a mail's one-click address: it names a channel and a recipient, and only we can make one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Bytes of the signature that the token carries.
const SIGNATURE_BYTES: usize = 16;

/// A token that [`read_unsubscribe_token`] understands under the same key.
#[must_use]
pub fn unsubscribe_token(key: &[u8], channel: &str, recipient: &str) -> String {
    let named = serde_json::json!([channel, recipient]).to_string();
    let signature = signer(key, named.as_bytes()).map(|mac| mac.finalize().into_bytes());
    let signature = signature.as_deref().and_then(|bytes| bytes.get(..SIGNATURE_BYTES)).unwrap_or_default();
    format!("{}.{}", URL_SAFE_NO_PAD.encode(named), URL_SAFE_NO_PAD.encode(signature))
}

/// Channel and recipient of a token that was made with this key; `None` for anything else. Compares in constant time.
#[must_use]
pub fn read_unsubscribe_token(key: &[u8], token: &str) -> Option<(String, String)> {
    let (named, signature) = token.split_once('.')?;
    let named = URL_SAFE_NO_PAD.decode(named).ok()?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    if signature.len() != SIGNATURE_BYTES {
        return None;
    }
    signer(key, &named)?.verify_truncated_left(&signature).ok()?;
    serde_json::from_slice(&named).ok()
}

/// `None` for an empty key: anybody could sign with it.
fn signer(key: &[u8], named: &[u8]) -> Option<Hmac<Sha256>> {
    if key.is_empty() {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(b"unsubscribe\0");
    mac.update(named);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_our_own_tokens_are_read() {
        let key = b"0123456789abcdef0123456789abcdef";
        let token = unsubscribe_token(key, "mail", "oncall@example.com");
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{token}");
        assert_eq!(read_unsubscribe_token(key, &token), Some(("mail".into(), "oncall@example.com".into())));
        assert_eq!(read_unsubscribe_token(b"another key", &token), None);
        let (named, signature) = token.split_once('.').unwrap();
        let other = URL_SAFE_NO_PAD.encode(r#"["mail","boss@example.com"]"#);
        for forged in [format!("{other}.{signature}"), format!("{named}."), named.to_owned(), String::new(), ".".into()]
        {
            assert_eq!(read_unsubscribe_token(key, &forged), None, "{forged}");
        }
    }

    #[test]
    fn an_empty_key_signs_nothing() {
        assert_eq!(read_unsubscribe_token(b"", &unsubscribe_token(b"", "mail", "a@example.com")), None);
    }

    proptest! {
        #[test]
        fn every_name_comes_back(channel in ".{0,40}", recipient in ".{0,40}") {
            let token = unsubscribe_token(b"key", &channel, &recipient);
            prop_assert_eq!(read_unsubscribe_token(b"key", &token), Some((channel, recipient)));
        }

        #[test]
        fn noise_is_refused(token in ".{0,80}") {
            prop_assert_eq!(read_unsubscribe_token(b"key", &token), None);
        }
    }
}
