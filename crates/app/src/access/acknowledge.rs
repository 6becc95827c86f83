//! The token in an "Acknowledge" link: it names a team, an incident or a warning, and the channel it was sent to, and only
//! we can make one. Whoever holds it may say that they take care of that, and nothing else.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tocsin_domain::Timestamp;
use uuid::Uuid;

/// A link works for this long (seconds): 30 days.
pub const LASTS_S: i64 = 30 * 24 * 3600;
/// Bytes of three ids and a time, and of the signature behind them.
const NAMED: usize = 56;
const SIGNATURE: usize = 16;

/// What a link is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub team: Uuid,
    /// The incident or the warning.
    pub subject: Uuid,
    /// Where the message with the link went.
    pub channel: Uuid,
    /// When that was.
    pub at: Timestamp,
}

impl Asked {
    /// True where the link does not work any more.
    #[must_use]
    pub fn is_old(&self, now: Timestamp) -> bool {
        now.since(self.at) > LASTS_S
    }
}

/// A token that [`read`] understands under the same key; `None` where nobody can sign.
#[must_use]
pub fn token(key: &[u8], asked: &Asked) -> Option<String> {
    let mut bytes = Vec::with_capacity(NAMED + SIGNATURE);
    for id in [asked.team, asked.subject, asked.channel] {
        bytes.extend(id.as_bytes());
    }
    bytes.extend(asked.at.as_second().to_be_bytes());
    let signature = sign(key, &bytes)?;
    bytes.extend(signature);
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// What a token that was made with this key is about; `None` for anything else.
#[must_use]
pub fn read(key: &[u8], token: &str) -> Option<Asked> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (named, signature) = bytes.split_at_checked(NAMED)?;
    verify_slices_are_equal(&sign(key, named)?, signature).ok()?;
    let id = |place: usize| Uuid::from_slice(named.get(place..place + 16)?).ok();
    let at = named.get(48..)?.try_into().ok().map(i64::from_be_bytes)?;
    Some(Asked { team: id(0)?, subject: id(16)?, channel: id(32)?, at: Timestamp::from_second(at) })
}

/// `None` for an empty key: anybody could sign with it.
fn sign(key: &[u8], named: &[u8]) -> Option<[u8; SIGNATURE]> {
    if key.is_empty() {
        return None;
    }
    let mut signer = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    signer.update(b"acknowledge\0");
    signer.update(named);
    signer.sign().as_ref().get(..SIGNATURE)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn asked() -> Asked {
        let id = |byte| Uuid::from_bytes([byte; 16]);
        Asked { team: id(1), subject: id(2), channel: id(3), at: Timestamp::from_second(1_800_000_000) }
    }

    #[test]
    fn only_our_own_tokens_are_read() {
        let token = token(KEY, &asked()).unwrap();
        assert_eq!(token.len(), 96, "it must fit into a short message");
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{token}");
        assert_eq!(read(KEY, &token), Some(asked()));
        assert_eq!(read(b"another key", &token), None);
        assert_eq!(super::token(b"", &asked()), None, "an empty key signs nothing");
        for place in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(read(KEY, &String::from_utf8(forged).unwrap()), None, "{place}");
        }
        for forged in ["", "AAAA", &token[..95], &token[..88], &format!("{token}A"), &format!("{token}AAAA"), "ä"] {
            assert_eq!(read(KEY, forged), None, "{forged}");
        }
    }

    #[test]
    fn a_link_grows_old() {
        let asked = asked();
        assert!(!asked.is_old(asked.at.plus(LASTS_S)) && asked.is_old(asked.at.plus(LASTS_S + 1)));
    }
}
