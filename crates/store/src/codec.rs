//! How things are kept: JSON, compressed where it is large.

use std::cell::RefCell;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zstd::bulk::{Compressor, Decompressor};

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

thread_local! {
    // A context is some hundred kilobytes that must be cleared: made once a thread, not once a body.
    static PACKER: RefCell<Option<Compressor<'static>>> = RefCell::new(Compressor::new(LEVEL).ok());
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
}

pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    PACKER.with_borrow_mut(|packer| packer.as_mut().and_then(|packer| packer.compress(bytes).ok())).unwrap_or_default()
}

pub(crate) fn unpack(what: &'static str, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    let size = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten();
    let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= LARGEST).unwrap_or(LARGEST);
    UNPACKER.with_borrow_mut(|unpacker| match unpacker {
        Some(unpacker) => unpacker.decompress(bytes, size).map_err(|why| StoreError::damaged(what, why)),
        None => Err(StoreError::damaged(what, "there is no memory to unpack it")),
    })
}

/// Packed JSON.
pub(crate) fn pack_json<T: Serialize>(value: &T) -> Vec<u8> {
    pack(&serde_json::to_vec(value).unwrap_or_default())
}

pub(crate) fn unpack_json<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(&unpack(what, bytes)?).map_err(|why| StoreError::damaged(what, why))
}
