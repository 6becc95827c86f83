//! How things are kept: JSON, compressed where it is large.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;

/// zstd's fastest ordinary level: bodies are many and small.
const LEVEL: i32 = 1;
/// Nothing we store is larger than this once unpacked.
const LARGEST: usize = 64 << 20;

pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

pub(crate) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|why| StoreError::damaged(what, why))
}

pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, LEVEL).unwrap_or_default()
}

pub(crate) fn unpack(what: &'static str, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    zstd::bulk::decompress(bytes, LARGEST).map_err(|why| StoreError::damaged(what, why))
}

/// Packed JSON.
pub(crate) fn pack_json<T: Serialize>(value: &T) -> Vec<u8> {
    pack(&serde_json::to_vec(value).unwrap_or_default())
}

pub(crate) fn unpack_json<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(&unpack(what, bytes)?).map_err(|why| StoreError::damaged(what, why))
}
