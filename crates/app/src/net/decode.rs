//! Decode: bodies are decompressed chunk by chunk as they arrive, and stop at their limit: a bomb costs what it may, not
//! what it holds.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

use super::engine::Engine;

/// Bytes decompressed at once.
const STEP: usize = 16 * 1024;

/// Why a body was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecodable {
    TooLarge,
    /// Not what its `Content-Encoding` says, or cut off.
    Damaged,
    /// An encoding that we did not ask for.
    Unknown,
}

/// Bytes up to a limit.
struct Limited {
    bytes: Vec<u8>,
    limit: usize,
    full: bool,
}

impl Limited {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Undecodable> {
        if bytes.len() > self.limit - self.bytes.len() {
            self.full = true;
            return Err(Undecodable::TooLarge);
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take(bytes).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Coding {
    Plain(Limited),
    Gzip(Box<MultiGzDecoder<Limited>>),
    /// Not known before the first byte: servers mean zlib or raw deflate by `deflate`.
    Deflate(Limited),
    Engine {
        engine: Engine,
        out: Limited,
        ended: bool,
    },
}

/// A body in the making.
pub struct Body {
    coding: Coding,
    /// Bytes that came over the line.
    received: usize,
}

impl Body {
    /// A body of that `Content-Encoding`, `limit` bytes at most when decoded, of which `expected` are likely.
    pub fn new(encoding: &str, limit: usize, expected: usize) -> Result<Self, Undecodable> {
        let out = Limited { bytes: Vec::with_capacity(expected.min(limit)), limit, full: false };
        let by =
            |engine| Coding::Engine { engine, out: Limited { bytes: Vec::new(), limit, full: false }, ended: false };
        let coding = match encoding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Coding::Plain(out),
            "gzip" | "x-gzip" => Coding::Gzip(Box::new(MultiGzDecoder::new(out))),
            "br" => by(Engine::brotli()),
            "zstd" => by(Engine::zstd().ok_or(Undecodable::Damaged)?),
            "deflate" => Coding::Deflate(out),
            _ => return Err(Undecodable::Unknown),
        };
        Ok(Self { coding, received: 0 })
    }

    /// Bytes that came over the line.
    pub const fn received(&self) -> usize {
        self.received
    }

    /// Bytes held so far.
    pub fn held(&self) -> usize {
        match &self.coding {
            Coding::Plain(out) | Coding::Deflate(out) | Coding::Engine { out, .. } => out.bytes.len(),
            Coding::Gzip(gzip) => gzip.get_ref().bytes.len(),
        }
    }

    /// Takes the next bytes as they came over the line.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Undecodable> {
        let Some(first) = bytes.first() else { return Ok(()) };
        if self.received == 0 {
            self.begin(*first);
        }
        self.received += bytes.len();
        match &mut self.coding {
            Coding::Plain(out) | Coding::Deflate(out) => out.take(bytes),
            Coding::Gzip(gzip) => {
                let written = gzip.write_all(bytes);
                written.map_err(|_| if gzip.get_ref().full { Undecodable::TooLarge } else { Undecodable::Damaged })
            }
            Coding::Engine { engine, out, ended } => run(engine, bytes, out, ended),
        }
    }

    /// A zlib header names method 8 in its low half; a raw deflate block does not begin so.
    fn begin(&mut self, first: u8) {
        if let Coding::Deflate(out) = &mut self.coding {
            let out = Limited { bytes: std::mem::take(&mut out.bytes), limit: out.limit, full: false };
            self.coding = Coding::Engine { engine: Engine::deflate(first & 0x0f == 8), out, ended: false };
        }
    }

    /// The decoded bytes, once all have come. A body without any bytes is empty, whatever its encoding.
    pub fn end(self) -> Result<Vec<u8>, Undecodable> {
        if self.received == 0 {
            return Ok(Vec::new());
        }
        match self.coding {
            Coding::Plain(out) | Coding::Deflate(out) | Coding::Engine { out, ended: true, .. } => Ok(out.bytes),
            Coding::Engine { .. } => Err(Undecodable::Damaged),
            Coding::Gzip(gzip) => match gzip.finish() {
                Ok(out) => Ok(out.bytes),
                Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(Undecodable::TooLarge),
                Err(_) => Err(Undecodable::Damaged),
            },
        }
    }
}

/// Feeds `bytes` to the engine until it has eaten all of them and has nothing more to say.
fn run(engine: &mut Engine, mut bytes: &[u8], out: &mut Limited, ended: &mut bool) -> Result<(), Undecodable> {
    let mut buffer = [0; STEP];
    loop {
        let step = engine.step(bytes, &mut buffer).ok_or(Undecodable::Damaged)?;
        out.take(&buffer[..step.written])?;
        bytes = &bytes[step.eaten..];
        *ended = step.ended;
        let stuck = step.eaten == 0 && step.written == 0;
        if stuck && !bytes.is_empty() && !step.ended {
            return Err(Undecodable::Damaged);
        }
        if stuck || (bytes.is_empty() && step.written < STEP) {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::Compression;
    use flate2::read::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn all(mut reader: impl Read) -> Vec<u8> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn text() -> Vec<u8> {
        (0..4_000_u32).flat_map(|n| format!("{{\"n\":{}}}", n.wrapping_mul(2_654_435_761)).into_bytes()).collect()
    }

    /// The text in all encodings we ask for.
    fn encoded(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
        let best = Compression::best();
        vec![
            ("identity", text.to_vec()),
            ("gzip", all(GzEncoder::new(text, best))),
            ("deflate", all(ZlibEncoder::new(text, best))),
            ("deflate", all(DeflateEncoder::new(text, best))),
            ("zstd", zstd::encode_all(text, 9).unwrap()),
            ("br", all(brotli::CompressorReader::new(text, 4096, 5, 22))),
        ]
    }

    fn decode(encoding: &str, bytes: &[u8], limit: usize, step: usize) -> Result<Vec<u8>, Undecodable> {
        let mut body = Body::new(encoding, limit, 0)?;
        for chunk in bytes.chunks(step) {
            body.push(chunk)?;
        }
        body.end()
    }

    #[test]
    fn every_encoding_reads_back_in_any_chunks() {
        let text = text();
        for (encoding, bytes) in encoded(&text) {
            for step in [1, 7, 1000, usize::MAX] {
                assert!(decode(encoding, &bytes, text.len(), step).as_deref() == Ok(&text[..]), "{encoding} by {step}");
            }
        }
    }

    #[test]
    fn one_byte_beyond_the_limit_is_too_large() {
        let text = text();
        for (encoding, bytes) in encoded(&text) {
            assert_eq!(decode(encoding, &bytes, text.len() - 1, 4096), Err(Undecodable::TooLarge), "{encoding}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let zeros = vec![0; 8 << 20];
        for (encoding, bytes) in encoded(&zeros).into_iter().skip(1) {
            let mut body = Body::new(encoding, 1 << 20, 0).unwrap();
            let burst = bytes.chunks(1024).map(|chunk| body.push(chunk)).find_map(Result::err);
            assert_eq!(burst, Some(Undecodable::TooLarge), "{encoding}");
            assert!(body.held() <= 1 << 20, "{encoding}");
        }
    }

    #[test]
    fn what_was_cut_off_or_garbled_is_damaged() {
        let text = text();
        for (encoding, bytes) in encoded(&text).into_iter().skip(1) {
            for length in [1, bytes.len() / 2, bytes.len() - 1] {
                assert_eq!(
                    decode(encoding, &bytes[..length], usize::MAX, 512),
                    Err(Undecodable::Damaged),
                    "{encoding} {length}"
                );
            }
            let garbled = vec![0xff; 4096];
            assert!(decode(encoding, &garbled, 1 << 20, 512).is_err(), "{encoding}");
        }
    }

    #[test]
    fn an_empty_body_is_empty_in_every_encoding() {
        for encoding in ["", "gzip", "br", "zstd", "deflate"] {
            assert_eq!(decode(encoding, &[], 10, 1), Ok(Vec::new()));
        }
        assert_eq!(Body::new("compress", 10, 0).err(), Some(Undecodable::Unknown));
    }

    #[test]
    fn windows_beyond_what_http_permits_are_refused() {
        // Large-window brotli, as its first byte announces it.
        assert_eq!(decode("br", &[0x11, 0x1e, 0, 0, 0, 0, 0, 0], 1 << 20, 8), Err(Undecodable::Damaged));
        // A zstd frame with a window of 128 MiB: magic, descriptor, window (2^(10 + 17)), then an empty last block.
        let wide = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00];
        assert_eq!(decode("zstd", &wide, 1 << 20, 16), Err(Undecodable::Damaged));
    }
}
