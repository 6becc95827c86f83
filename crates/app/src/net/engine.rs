//! Engine: decompressors that take and give a piece at a time.

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder as Zstd, InBuffer, Operation, OutBuffer};

/// Largest window a zstd frame may ask for (as a power of two): what RFC 9659 permits over HTTP.
const ZSTD_WINDOW: u32 = 23;

pub enum Engine {
    Brotli(Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>),
    Deflate(Decompress),
    Zstd(Box<Zstd<'static>>),
}

/// What one step did.
pub struct Step {
    pub eaten: usize,
    pub written: usize,
    /// The stream is complete at this point.
    pub ended: bool,
}

impl Engine {
    /// Windows of 16 MiB at most: the "large window" variant is not for HTTP.
    pub fn brotli() -> Self {
        let alloc = StandardAlloc::default;
        Self::Brotli(Box::new(BrotliState::new_strict(alloc(), alloc(), alloc())))
    }

    pub fn deflate(zlib: bool) -> Self {
        Self::Deflate(Decompress::new(zlib))
    }

    pub fn zstd() -> Option<Self> {
        let mut zstd = Zstd::new().ok()?;
        zstd.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW)).ok()?;
        Some(Self::Zstd(Box::new(zstd)))
    }

    /// Decompresses some of `bytes` into `out`. `None`: they make no sense.
    pub fn step(&mut self, bytes: &[u8], out: &mut [u8]) -> Option<Step> {
        match self {
            Self::Brotli(state) => brotli(state, bytes, out),
            Self::Deflate(deflate) => inflate(deflate, bytes, out),
            Self::Zstd(zstd) => unzstd(zstd, bytes, out),
        }
    }
}

fn brotli(
    state: &mut BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    bytes: &[u8],
    out: &mut [u8],
) -> Option<Step> {
    let (mut left, mut eaten) = (bytes.len(), 0);
    let (mut room, mut written, mut total) = (out.len(), 0, 0);
    let result = BrotliDecompressStream(&mut left, &mut eaten, bytes, &mut room, &mut written, out, &mut total, state);
    match result {
        BrotliResult::ResultFailure => None,
        result => Some(Step { eaten, written, ended: matches!(result, BrotliResult::ResultSuccess) }),
    }
}

fn inflate(deflate: &mut Decompress, bytes: &[u8], out: &mut [u8]) -> Option<Step> {
    let (in_before, out_before) = (deflate.total_in(), deflate.total_out());
    let status = deflate.decompress(bytes, out, FlushDecompress::None).ok()?;
    let eaten = usize::try_from(deflate.total_in() - in_before).ok()?;
    let written = usize::try_from(deflate.total_out() - out_before).ok()?;
    Some(Step { eaten, written, ended: status == Status::StreamEnd })
}

fn unzstd(zstd: &mut Zstd<'static>, bytes: &[u8], out: &mut [u8]) -> Option<Step> {
    let mut input = InBuffer::around(bytes);
    let mut output = OutBuffer::around(out);
    let hint = zstd.run(&mut input, &mut output).ok()?;
    Some(Step { eaten: input.pos(), written: output.pos(), ended: hint == 0 })
}
