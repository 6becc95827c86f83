//! How things are kept: JSON, compressed where it is large.

use std::cell::RefCell;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zstd::bulk::{Compressor, Decompressor};

use crate::error::StoreError;

/// zstd's fast levels: bodies are many and small, and each is packed once and hardly ever read.
const LEVEL: i32 = -2;
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

/// Something as it is kept: compressed. Cheap to copy and small to hold; made where it arises, so that the one writer
/// has less to do.
#[derive(Clone, PartialEq, Eq)]
pub struct Packed(Arc<[u8]>);

impl Packed {
    /// Bytes as they are.
    #[must_use]
    pub fn bytes(bytes: &[u8]) -> Self {
        Self(pack(bytes).into())
    }

    /// A value as JSON.
    #[must_use]
    pub fn json<T: Serialize>(value: &T) -> Self {
        Self(pack(&serde_json::to_vec(value).unwrap_or_default()).into())
    }

    pub(crate) fn to_vec(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl std::fmt::Debug for Packed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Packed({} bytes)", self.0.len())
    }
}

pub(crate) fn unpack_json<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(&unpack(what, bytes)?).map_err(|why| StoreError::damaged(what, why))
}
