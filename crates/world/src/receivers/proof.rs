//! What proves who sent something, and what only its receiver can open. Written against the standards, not against the
//! sender: a mistake there is seen here.

use aes_gcm::aead::{Aead, KeyInit as _};
use aes_gcm::{Aes128Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::{PublicKey, SecretKey};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tocsin_domain::Timestamp;

use super::desk::Asked;

/// Who signs and who verifies share these 32 bytes.
const SECRET: &[u8] = b"a simulated secret of 32 bytes..";
/// How far a sender's clock may be away (seconds).
const AWAY_S: i64 = 300;
pub const AWS_KEY: &str = "AKIASIMULATED0000000";
pub const AWS_SECRET: &str = "simulated-secret-of-an-access-key";
/// The browser's private key, and what it shares with who writes to it.
const BROWSER: [u8; 32] = [7; 32];
const BROWSER_SECRET: [u8; 16] = *b"sixteen bytes ..";
/// A token of VAPID holds for a day at most (seconds).
const DAY_S: i64 = 86_400;

/// The secret of `/~webhook/signed`, as a channel is given it.
pub fn webhook_secret() -> String {
    format!("whsec_{}", STANDARD.encode(SECRET))
}

/// The browser's public key and secret, as its subscription names them.
pub fn browser() -> (String, String) {
    let key = SecretKey::from_slice(&BROWSER).map(|key| URL_SAFE_NO_PAD.encode(key.public_key().to_sec1_bytes()));
    (key.unwrap_or_default(), URL_SAFE_NO_PAD.encode(BROWSER_SECRET))
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    // A key of any length will do.
    let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key) else { return Vec::new() };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Standard Webhooks: one of the signatures is ours, and the message is not old.
pub fn signed(asked: &Asked<'_>) -> Result<(), &'static str> {
    let (id, at) = (asked.header("webhook-id"), asked.header("webhook-timestamp"));
    let seconds: i64 = at.parse().map_err(|_| "there is no webhook-timestamp")?;
    if (seconds - asked.now.as_second()).abs() > AWAY_S {
        return Err("the message is too old or too new");
    }
    let text = [id.as_bytes(), b".", at.as_bytes(), b".", asked.body].concat();
    let wanted = format!("v1,{}", STANDARD.encode(mac(SECRET, &text)));
    let signatures = asked.header("webhook-signature");
    signatures.split(' ').any(|one| one == wanted).then_some(()).ok_or("no matching signature found")
}

/// AWS Signature Version 4.
pub fn aws(asked: &Asked<'_>) -> Result<(), &'static str> {
    let header = asked.header("authorization").strip_prefix("AWS4-HMAC-SHA256 ").ok_or("it is not signed")?;
    let part = |name: &str| header.split(',').find_map(|one| one.trim().strip_prefix(name)).unwrap_or_default();
    let (scope, names, signature) = (part("Credential="), part("SignedHeaders="), part("Signature="));
    let parts: Vec<&str> = scope.split('/').collect();
    let [key, day, region, service, end] = parts.as_slice() else { return Err("the credential has no scope") };
    let at = asked.header("x-amz-date");
    if (*key, *region, *service, *end) != (AWS_KEY, "eu-central-1", "sns", "aws4_request") || !at.starts_with(day) {
        return Err("the credential is scoped to something else");
    }
    let names_signed: Vec<&str> = names.split(';').collect();
    if !["host", "x-amz-date"].iter().all(|name| names_signed.contains(name)) {
        return Err("host and x-amz-date must be signed");
    }
    let headers: String = names_signed.iter().map(|name| format!("{name}:{}\n", asked.header(name).trim())).collect();
    let path = if asked.whole_path.is_empty() { "/" } else { asked.whole_path };
    let request =
        [asked.method.as_str(), path, asked.query, &headers, names, &hex(&Sha256::digest(asked.body))].join("\n");
    let scope = [*day, *region, *service, *end].join("/");
    let text = ["AWS4-HMAC-SHA256", at, &scope, &hex(&Sha256::digest(request.as_bytes()))].join("\n");
    let first = mac(format!("AWS4{AWS_SECRET}").as_bytes(), day.as_bytes());
    let derived = [*region, *service, *end].iter().fold(first, |key, word| mac(&key, word.as_bytes()));
    let wanted = hex(&mac(&derived, text.as_bytes()));
    (wanted == signature).then_some(()).ok_or("the signature does not match the one that was calculated")
}

/// VAPID (RFC 8292): a token for this push service, signed by the key that stands beside it.
pub fn vapid(authorization: &str, host: &str, now: Timestamp) -> Result<(), &'static str> {
    let given = authorization.strip_prefix("vapid ").ok_or("there is none")?;
    let part = |name: &str| given.split(',').find_map(|one| one.trim().strip_prefix(name)).unwrap_or_default();
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| "it is not base64url");
    let token = part("t=");
    let (text, signature) = token.rsplit_once('.').ok_or("it has no token")?;
    let (head, claims) = text.split_once('.').ok_or("the token has no claims")?;
    let read = |part: &str| serde_json::from_slice::<Value>(&bytes(part)?).map_err(|_| "the token is no JSON");
    let (head, claims) = (read(head)?, read(claims)?);
    let key = VerifyingKey::from_sec1_bytes(&bytes(part("k="))?).map_err(|_| "the key is none")?;
    let signature = Signature::from_slice(&bytes(signature)?).map_err(|_| "the signature is none")?;
    if head["alg"] != "ES256" || key.verify(text.as_bytes(), &signature).is_err() {
        return Err("the signature does not match");
    }
    let expires = claims["exp"].as_i64().unwrap_or_default() - now.as_second();
    if !(1..=DAY_S).contains(&expires) {
        return Err("the token has expired, or holds for too long");
    }
    if claims["aud"] != format!("http://{host}") {
        return Err("the token is for another service");
    }
    let contact = claims["sub"].as_str().unwrap_or_default();
    let named = contact.starts_with("mailto:") || contact.starts_with("https://");
    named.then_some(()).ok_or("the token names nobody to write to")
}

/// What was sealed for the browser (RFC 8291 over RFC 8188).
pub fn opened(sealed: &[u8]) -> Option<Vec<u8>> {
    let (salt, rest) = sealed.split_at_checked(16)?;
    let (_record, rest) = rest.split_at_checked(4)?;
    let (length, rest) = rest.split_first()?;
    let (sender, text) = rest.split_at_checked(usize::from(*length))?;
    let own = SecretKey::from_slice(&BROWSER).ok()?;
    let theirs = PublicKey::from_sec1_bytes(sender).ok()?;
    let shared = p256::ecdh::diffie_hellman(own.to_nonzero_scalar(), theirs.as_affine());
    let info = [b"WebPush: info\0".as_slice(), &own.public_key().to_sec1_bytes(), sender].concat();
    let mut input = [0; 32];
    Hkdf::<Sha256>::new(Some(&BROWSER_SECRET), shared.raw_secret_bytes()).expand(&info, &mut input).ok()?;
    let (mut key, mut nonce) = ([0; 16], [0; 12]);
    let keys = Hkdf::<Sha256>::new(Some(salt), &input);
    keys.expand(b"Content-Encoding: aes128gcm\0", &mut key).ok()?;
    keys.expand(b"Content-Encoding: nonce\0", &mut nonce).ok()?;
    let mut plain = Aes128Gcm::new_from_slice(&key).ok()?.decrypt(&Nonce::from(nonce), text).ok()?;
    // The last record ends with a two and zeros.
    while plain.last() == Some(&0) {
        plain.pop();
    }
    (plain.pop() == Some(2)).then_some(plain)
}
