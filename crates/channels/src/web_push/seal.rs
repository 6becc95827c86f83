//! A message that only one browser can open: RFC 8291 over RFC 8188. Primitives are RustCrypto's; nothing is drawn: the key
//! of one message follows from secrets of ours and from what happens only once.

use aes_gcm::aead::{Aead, KeyInit as _};
use aes_gcm::{Aes128Gcm, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use p256::{PublicKey, SecretKey};
use sha2::Sha256;

/// Bytes of one record; a push message has one record only.
const RECORD: u32 = 4_096;
/// What follows the last byte of the last record.
const LAST: u8 = 2;

/// `message` for the browser that holds the private half of `receiver`. `secret` is known to nobody who must not read it,
/// `once` is another for every message and attempt.
pub(super) fn sealed(message: &[u8], receiver: &PublicKey, auth: &[u8], secret: &[u8], once: &[u8]) -> Option<Vec<u8>> {
    let salt = derived(secret, &[b"salt", once, message])?;
    let salt: [u8; 16] = salt.get(..16)?.try_into().ok()?;
    let own = (0_u8..=255)
        .find_map(|turn| SecretKey::from_slice(&derived(secret, &[b"key", &[turn], once, message])?).ok())?;
    with_keys(message, receiver, auth, &salt, &own)
}

/// Parts are told apart by their lengths.
fn derived(secret: &[u8], parts: &[&[u8]]) -> Option<Vec<u8>> {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret).ok()?;
    mac.update(b"web push\0");
    for part in parts {
        mac.update(&u64::try_from(part.len()).ok()?.to_be_bytes());
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().to_vec())
}

fn with_keys(message: &[u8], receiver: &PublicKey, auth: &[u8], salt: &[u8; 16], own: &SecretKey) -> Option<Vec<u8>> {
    let (theirs, ours) = (receiver.to_sec1_bytes(), own.public_key().to_sec1_bytes());
    let shared = p256::ecdh::diffie_hellman(own.to_nonzero_scalar(), receiver.as_affine());
    let info = [b"WebPush: info\0".as_slice(), &theirs, &ours].concat();
    let mut input = [0; 32];
    Hkdf::<Sha256>::new(Some(auth), shared.raw_secret_bytes()).expand(&info, &mut input).ok()?;
    let (mut key, mut nonce) = ([0; 16], [0; 12]);
    let keys = Hkdf::<Sha256>::new(Some(salt), &input);
    keys.expand(b"Content-Encoding: aes128gcm\0", &mut key).ok()?;
    keys.expand(b"Content-Encoding: nonce\0", &mut nonce).ok()?;
    let plain = [message, &[LAST]].concat();
    let cipher = Aes128Gcm::new_from_slice(&key).ok()?;
    let text = cipher.encrypt(&Nonce::from(nonce), plain.as_slice()).ok()?;
    let length = u8::try_from(ours.len()).ok()?;
    let header = [salt.as_slice(), &RECORD.to_be_bytes(), &[length], &ours].concat();
    (plain.len() + 16 <= usize::try_from(RECORD).ok()?).then(|| [header, text].concat())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::super::BASE64;
    use super::*;

    /// The example of RFC 8291, appendix A.
    #[test]
    fn the_published_example() {
        let bytes = |text: &str| BASE64.decode(text).unwrap();
        let own = SecretKey::from_slice(&bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap();
        let receiver = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        let receiver = PublicKey::from_sec1_bytes(&bytes(receiver)).unwrap();
        let salt: [u8; 16] = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let message = b"When I grow up, I want to be a watermelon";
        let sealed = with_keys(message, &receiver, &bytes("BTBZMqHH6r4Tts7J_aSIgg"), &salt, &own).unwrap();
        assert_eq!(
            BASE64.encode(sealed),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl\
             7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn no_two_messages_share_a_key() {
        let receiver = SecretKey::from_slice(&[7; 32]).unwrap().public_key();
        let of = |once: &[u8], message: &[u8]| sealed(message, &receiver, &[1; 16], b"secret", once).unwrap();
        let (first, again) = (of(b"1", b"a"), of(b"1", b"a"));
        assert_eq!(first, again);
        for other in [of(b"2", b"a"), of(b"1", b"b"), of(b"1a", b"")] {
            assert_ne!(first.get(..86), other.get(..86), "salt and key differ");
        }
        assert_eq!(sealed(&[0; 4_096], &receiver, &[1; 16], b"secret", b"1"), None);
    }
}
