//! RTP packets (RFC 3550 §5.1). What we have no use for is skipped when read and never written: contributing sources,
//! a header extension, padding.

use std::fmt;

/// One packet. Bytes that were padding are not part of the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The first packet after a silence that was not sent.
    pub marker: bool,
    /// Seven bits: the eighth is not written.
    pub payload_type: u8,
    pub sequence: u16,
    /// Of the first sample, in samples.
    pub timestamp: u32,
    /// Who sends (SSRC).
    pub source: u32,
    pub payload: &'a [u8],
}

/// Why bytes are no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Shorter than what its header promises.
    Short,
    /// Not version 2.
    Version,
    /// Padding of no bytes, or of more than there are.
    Padding,
    /// What RTCP calls its own (RFC 5761): no RTP payload type is written like that beside RTCP.
    Control,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Fault::Short => "the packet ends before its header does",
            Fault::Version => "the packet is not RTP version 2",
            Fault::Padding => "the packet's padding is longer than the packet",
            Fault::Control => "the packet is RTCP",
        })
    }
}

impl std::error::Error for Fault {}

const HEADER: usize = 12;
const MARKER: u8 = 0x80;

/// Whether a packet that shares a port with RTP is RTCP (RFC 5761 §4).
#[must_use]
pub fn is_rtcp(bytes: &[u8]) -> bool {
    matches!(bytes, [first, kind, ..] if first >> 6 == 2 && (192..=223).contains(kind))
}

impl<'a> Packet<'a> {
    /// # Errors
    /// When the bytes are no RTP packet of version 2.
    pub fn read(bytes: &'a [u8]) -> Result<Packet<'a>, Fault> {
        let (&[first, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3], rest) =
            bytes.split_first_chunk::<HEADER>().ok_or(Fault::Short)?;
        if first >> 6 != 2 {
            return Err(Fault::Version);
        }
        if is_rtcp(bytes) {
            return Err(Fault::Control);
        }
        let mut rest = rest.get(usize::from(first & 0x0F) * 4..).ok_or(Fault::Short)?;
        if first & 0x10 != 0 {
            let (&[_, _, high, low], after) = rest.split_first_chunk::<4>().ok_or(Fault::Short)?;
            let words = usize::from(u16::from_be_bytes([high, low]));
            rest = after.get(words * 4..).ok_or(Fault::Short)?;
        }
        if first & 0x20 != 0 {
            let padding = usize::from(*rest.last().ok_or(Fault::Padding)?);
            let left = rest.len().checked_sub(padding).ok_or(Fault::Padding)?;
            if padding == 0 {
                return Err(Fault::Padding);
            }
            rest = &rest[..left];
        }
        Ok(Packet {
            marker: second & MARKER != 0,
            payload_type: second & !MARKER,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            source: u32::from_be_bytes([c0, c1, c2, c3]),
            payload: rest,
        })
    }

    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.payload.len());
        let marker = if self.marker { MARKER } else { 0 };
        bytes.extend([0x80, marker | (self.payload_type & !MARKER)]);
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(self.timestamp.to_be_bytes());
        bytes.extend(self.source.to_be_bytes());
        bytes.extend(self.payload);
        bytes
    }
}
