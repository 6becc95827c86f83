//! The token in a link that confirms a mail address: who wants to hear of what, and until when the link works. Nothing is
//! kept of it before somebody confirms, and only we can make one.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tocsin_domain::Timestamp;
use tocsin_store::Target;
use uuid::Uuid;

/// A link works for this long (seconds): 48 hours.
pub const LASTS_S: i64 = 48 * 3600;
/// Bytes of the signature.
const SIGNATURE: usize = 16;

/// What a link confirms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub target: Target,
    /// A mail address.
    pub address: String,
    /// Whoever asked is known here.
    pub trusted: bool,
    /// What opens the board for whoever asked; empty: nothing had to.
    pub key: String,
    pub until: Timestamp,
}

/// A token that [`read`] understands under the same key; `None` where nobody can sign.
#[must_use]
pub fn token(key: &[u8], wanted: &Wanted) -> Option<String> {
    let Wanted { target, address, trusted, key: opens, until } = wanted;
    let named =
        serde_json::json!([target.kind(), target.name(), address, trusted, opens, until.as_second()]).to_string();
    let signature = sign(key, named.as_bytes())?;
    Some(format!("{}.{}", URL_SAFE_NO_PAD.encode(named), URL_SAFE_NO_PAD.encode(signature)))
}

/// What a token that was made with this key confirms, whether or not it is too old; `None` for anything else.
#[must_use]
pub fn read(key: &[u8], token: &str) -> Option<Wanted> {
    let (named, signature) = token.split_once('.')?;
    let named = URL_SAFE_NO_PAD.decode(named).ok()?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    verify_slices_are_equal(&sign(key, &named)?, &signature).ok()?;
    let (kind, name, address, trusted, opens, until): (String, String, String, bool, String, i64) =
        serde_json::from_slice(&named).ok()?;
    let target = match kind.as_str() {
        "provider" => Target::Provider(name),
        "board" => Target::Board(Uuid::parse_str(&name).ok()?),
        _ => return None,
    };
    Some(Wanted { target, address, trusted, key: opens, until: Timestamp::from_second(until) })
}

/// `None` for an empty key: anybody could sign with it.
fn sign(key: &[u8], named: &[u8]) -> Option<[u8; SIGNATURE]> {
    if key.is_empty() {
        return None;
    }
    let mut signer = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    signer.update(b"subscribe\0");
    signer.update(named);
    signer.sign().as_ref().get(..SIGNATURE)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

    #[test]
    fn only_our_own_tokens_are_read() {
        let wanted = Wanted {
            target: Target::Provider("harbour".into()),
            address: "ada@example.com".into(),
            trusted: false,
            key: String::new(),
            until: Timestamp::from_second(1_800_000_000),
        };
        let token = token(KEY, &wanted).unwrap();
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{token}");
        assert_eq!(read(KEY, &token).as_ref(), Some(&wanted));
        let board = Wanted { target: Target::Board(Uuid::from_u128(5)), key: "k3y".into(), ..wanted.clone() };
        assert_eq!(read(KEY, &super::token(KEY, &board).unwrap()), Some(board));
        assert_eq!(read(b"another key", &token), None);
        assert_eq!(super::token(b"", &wanted), None, "an empty key signs nothing");
        let leaving = tocsin_channels::unsubscribe_token(KEY, "mail", "ada@example.com");
        assert_eq!(read(KEY, &leaving), None, "a link for leaving lets nobody in");
        let (named, signature) = token.split_once('.').unwrap();
        let other = URL_SAFE_NO_PAD.encode(r#"["provider","harbour","eve@example.com",true,"",1800000000]"#);
        for forged in [format!("{other}.{signature}"), format!("{named}."), named.to_owned(), String::new(), ".".into()]
        {
            assert_eq!(read(KEY, &forged), None, "{forged}");
        }
    }
}
