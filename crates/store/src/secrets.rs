//! Secrets at rest: AES-256-GCM with a key file that belongs to the instance.

use std::io::Write;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::{hmac, rand};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Store;
use crate::error::StoreError;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

pub(crate) struct Key {
    bytes: [u8; KEY_BYTES],
}

/// What an instance signs with.
#[derive(Clone, Default)]
pub struct Keys {
    /// Unsubscribe addresses and the like.
    pub links: Vec<u8>,
    /// What browsers' push services are shown; empty where the instance has made none yet.
    pub vapid: Vec<u8>,
}

impl Key {
    pub(crate) fn load_or_make(path: &Path) -> Result<Self, StoreError> {
        if let Some(key) = Self::load(path)? {
            return Ok(key);
        }
        let fail = |why: String| StoreError::Key { path: path.display().to_string(), why };
        let mut bytes = [0; KEY_BYTES];
        rand::fill(&mut bytes).map_err(|_| fail("the system gave no random bytes".into()))?;
        write_private(path, &to_hex(&bytes)).map_err(|error| fail(error.to_string()))?;
        Ok(Self { bytes })
    }

    /// `None`: there is no such file.
    fn load(path: &Path) -> Result<Option<Self>, StoreError> {
        let fail = |why: String| StoreError::Key { path: path.display().to_string(), why };
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let bytes = from_hex(text.trim()).ok_or_else(|| {
                    fail("it must hold 64 hexadecimal digits; restore it from a backup, or secrets in the store are lost".into())
                })?;
                Ok(Some(Self { bytes }))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(fail(error.to_string())),
        }
    }

    /// For a store that is only read: opens nothing.
    pub(crate) fn none() -> Self {
        Self { bytes: [0; KEY_BYTES] }
    }

    pub(crate) fn seal(&self, plain: &[u8]) -> Vec<u8> {
        let mut sealed = plain.to_vec();
        let nonce = RandomizedNonceKey::new(&AES_256_GCM, &self.bytes)
            .and_then(|key| key.seal_in_place_append_tag(Aad::empty(), &mut sealed));
        let Ok(nonce) = nonce else { return Vec::new() };
        [nonce.as_ref().as_slice(), &sealed].concat()
    }

    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let damaged = || StoreError::damaged("secret", "it was written with another key file");
        let (nonce, rest) = sealed.split_at_checked(NONCE_BYTES).ok_or_else(damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| damaged())?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &self.bytes).map_err(|_| damaged())?;
        let mut bytes = rest.to_vec();
        let plain = key.open_in_place(nonce, Aad::empty(), &mut bytes).map_err(|_| damaged())?;
        Ok(plain.to_vec())
    }

    /// A key for one purpose, so that the file's own key signs nothing.
    pub(crate) fn derived(&self, purpose: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.bytes), purpose).as_ref().to_vec()
    }
}

impl Store {
    /// What an instance signs with, without opening its store for itself: nothing is made, migrated or locked. `None`: there
    /// is no key file, so no instance was ever started here.
    ///
    /// # Errors
    /// If the key file or the store cannot be read, or do not belong together.
    pub async fn keys(url: &str, key_file: &Path) -> Result<Option<Keys>, StoreError> {
        let Some(key) = Key::load(key_file)? else { return Ok(None) };
        let store = Self::open_to_read(url).await?;
        let sealed = store.fact("secret.vapid").await;
        store.close().await;
        let sealed = sealed?.map(|text| STANDARD.decode(text)).transpose();
        let sealed = sealed.map_err(|_| StoreError::damaged("secret", "it is not base64"))?;
        let vapid = sealed.map(|sealed| key.open(&sealed)).transpose()?.unwrap_or_default();
        Ok(Some(Keys { links: key.derived(b"links"), vapid }))
    }

    /// Thirty-two secret bytes that are made once, kept sealed, and stay the same as long as the store and its key file do.
    /// Bytes that `is_sound` refuses are drawn again.
    ///
    /// # Errors
    /// If the store cannot be read or written, or was written with another key file.
    pub async fn kept_secret(&self, name: &str, is_sound: impl Fn(&[u8]) -> bool) -> Result<Vec<u8>, StoreError> {
        let name = format!("secret.{name}");
        if let Some(sealed) = self.fact(&name).await? {
            let sealed = STANDARD.decode(sealed);
            return self.key.open(&sealed.map_err(|_| StoreError::damaged("secret", "it is not base64"))?);
        }
        loop {
            let bytes = drawn()?;
            if is_sound(&bytes) {
                self.remember(&name, &STANDARD.encode(self.key.seal(&bytes))).await?;
                return Ok(bytes);
            }
        }
    }
}

/// Bytes that nobody can guess.
fn drawn() -> Result<Vec<u8>, StoreError> {
    let mut bytes = vec![0; KEY_BYTES];
    rand::fill(&mut bytes).map_err(|_| StoreError::damaged("random bytes", "the system gave none"))?;
    Ok(bytes)
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<[u8; KEY_BYTES]> {
    if text.len() != KEY_BYTES * 2 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; KEY_BYTES];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}
