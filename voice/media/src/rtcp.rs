//! RTCP packets (RFC 3550 §6): reports, descriptions and goodbyes, read from and written into compound packets.

use std::fmt;
use std::time::Duration;

/// One packet of a compound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// SR: what its sender sent, and what it heard of others.
    SenderReport { source: u32, sent: Sent, heard: Vec<Block> },
    /// RR: of somebody who sends nothing.
    ReceiverReport { source: u32, heard: Vec<Block> },
    /// SDES, of which we keep the canonical name.
    Description { source: u32, name: String },
    /// BYE.
    Goodbye { sources: Vec<u32>, reason: Option<String> },
    /// Any other kind, by its number; skipped when written.
    Other(u8),
}

/// What a sender says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The time of the report, as [`ntp`] writes it.
    pub ntp: u64,
    /// The same moment in samples.
    pub timestamp: u32,
    pub packets: u32,
    /// Of payload.
    pub octets: u32,
}

/// What a receiver says of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub source: u32,
    /// Since the report before, in 256ths.
    pub fraction_lost: u8,
    /// Since the beginning; 24 bits, negative where more came than were sent.
    pub lost: i32,
    /// The highest sequence number, with how often it has wrapped in the upper half.
    pub highest: u32,
    /// In samples.
    pub jitter: u32,
    /// The middle 32 bits of the last sender report's time; 0: none has come.
    pub last_report: u32,
    /// Since it came, in 65536ths of a second.
    pub since_report: u32,
}

impl Block {
    /// From a report of ours to this answer, less the time that it lay there (RFC 3550 §6.4.1). `None`: no report of
    /// ours had come, or the clocks went back.
    #[must_use]
    pub fn round_trip(&self, now: u64) -> Option<Duration> {
        if self.last_report == 0 {
            return None;
        }
        let middle = (now >> 16) as u32;
        let ticks = middle.wrapping_sub(self.last_report).wrapping_sub(self.since_report);
        let sane = ticks < u32::MAX / 2;
        sane.then(|| Duration::from_nanos(u64::from(ticks) * 1_000_000_000 / 65_536))
    }
}

/// A time as RTCP writes it, from the time since 1970: seconds since 1900 in the upper half, parts of one in the lower.
#[must_use]
pub fn ntp(since_1970: Duration) -> u64 {
    const FROM_1900_TO_1970: u64 = 2_208_988_800;
    let seconds = since_1970.as_secs().wrapping_add(FROM_1900_TO_1970);
    let parts = (u64::from(since_1970.subsec_nanos()) << 32) / 1_000_000_000;
    (seconds << 32) | parts
}

/// Why bytes are no compound packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A packet is longer than what came, or than what it must hold.
    Short,
    /// Not version 2.
    Version,
    /// Padding in another packet than the last, or more than there is.
    Padding,
    /// The first packet is no report (RFC 3550 A.2).
    First,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Fault::Short => "the control packet ends before its length says",
            Fault::Version => "the control packet is not RTCP version 2",
            Fault::Padding => "the control packet's padding is not at its end",
            Fault::First => "the control packet does not begin with a report",
        })
    }
}

impl std::error::Error for Fault {}

const SENDER: u8 = 200;
const RECEIVER: u8 = 201;
const DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const CANONICAL_NAME: u8 = 1;
const COUNT: usize = 31;

/// Reads a compound packet.
///
/// # Errors
/// When one of its packets is not what its header says.
pub fn read(bytes: &[u8]) -> Result<Vec<Packet>, Fault> {
    let mut packets = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() || packets.is_empty() {
        let (&[first, kind, high, low], after) = rest.split_first_chunk::<4>().ok_or(Fault::Short)?;
        if first >> 6 != 2 {
            return Err(Fault::Version);
        }
        if packets.is_empty() && kind != SENDER && kind != RECEIVER {
            return Err(Fault::First);
        }
        let length = usize::from(u16::from_be_bytes([high, low])) * 4;
        let (mut body, after) = after.split_at_checked(length).ok_or(Fault::Short)?;
        if first & 0x20 != 0 {
            let padding = usize::from(*body.last().ok_or(Fault::Padding)?);
            if !after.is_empty() || padding == 0 || padding % 4 != 0 || padding > body.len() {
                return Err(Fault::Padding);
            }
            body = &body[..body.len() - padding];
        }
        read_one(kind, usize::from(first & 0x1F), body, &mut packets)?;
        rest = after;
    }
    Ok(packets)
}

fn read_one(kind: u8, count: usize, mut body: &[u8], packets: &mut Vec<Packet>) -> Result<(), Fault> {
    match kind {
        SENDER => {
            let source = word(&mut body)?;
            let ntp = (u64::from(word(&mut body)?) << 32) | u64::from(word(&mut body)?);
            let sent = Sent { ntp, timestamp: word(&mut body)?, packets: word(&mut body)?, octets: word(&mut body)? };
            packets.push(Packet::SenderReport { source, sent, heard: blocks(count, body)? });
        }
        RECEIVER => {
            let source = word(&mut body)?;
            packets.push(Packet::ReceiverReport { source, heard: blocks(count, body)? });
        }
        DESCRIPTION => descriptions(count, body, packets)?,
        GOODBYE => {
            let sources = (0..count).map(|_| word(&mut body)).collect::<Result<Vec<_>, _>>()?;
            let reason = match body.split_first() {
                None => None,
                Some((length, text)) => {
                    let text = text.get(..usize::from(*length)).ok_or(Fault::Short)?;
                    Some(String::from_utf8_lossy(text).into_owned())
                }
            };
            packets.push(Packet::Goodbye { sources, reason });
        }
        other => packets.push(Packet::Other(other)),
    }
    Ok(())
}

fn word(bytes: &mut &[u8]) -> Result<u32, Fault> {
    let (word, rest) = bytes.split_first_chunk::<4>().ok_or(Fault::Short)?;
    *bytes = rest;
    Ok(u32::from_be_bytes(*word))
}

/// What stands behind the blocks is a profile's own and skipped.
fn blocks(count: usize, mut body: &[u8]) -> Result<Vec<Block>, Fault> {
    (0..count)
        .map(|_| {
            let source = word(&mut body)?;
            let losses = word(&mut body)?;
            Ok(Block {
                source,
                fraction_lost: (losses >> 24) as u8,
                // Moves the 24 bits up and back, which carries their sign down.
                lost: ((losses << 8) as i32) >> 8,
                highest: word(&mut body)?,
                jitter: word(&mut body)?,
                last_report: word(&mut body)?,
                since_report: word(&mut body)?,
            })
        })
        .collect()
}

fn descriptions(count: usize, mut body: &[u8], packets: &mut Vec<Packet>) -> Result<(), Fault> {
    for _ in 0..count {
        let source = word(&mut body)?;
        let mut taken = 0;
        loop {
            let (&kind, rest) = body.split_first().ok_or(Fault::Short)?;
            taken += 1;
            if kind == 0 {
                // An item of kind 0 ends the list, and zeros fill its last word.
                let fill = (4 - taken % 4) % 4;
                body = rest.get(fill..).ok_or(Fault::Short)?;
                break;
            }
            let (&length, rest) = rest.split_first().ok_or(Fault::Short)?;
            let (text, rest) = rest.split_at_checked(usize::from(length)).ok_or(Fault::Short)?;
            taken += 1 + usize::from(length);
            if kind == CANONICAL_NAME {
                packets.push(Packet::Description { source, name: String::from_utf8_lossy(text).into_owned() });
            }
            body = rest;
        }
    }
    Ok(())
}

/// Writes a compound packet. What does not fit is left out: blocks and sources beyond 31, text beyond 255 bytes.
#[must_use]
pub fn write(packets: &[Packet]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for packet in packets {
        write_one(packet, &mut bytes);
    }
    bytes
}

fn write_one(packet: &Packet, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    match packet {
        Packet::SenderReport { source, sent, heard } => {
            head(bytes, heard.len(), SENDER);
            bytes.extend(source.to_be_bytes());
            bytes.extend(sent.ntp.to_be_bytes());
            for word in [sent.timestamp, sent.packets, sent.octets] {
                bytes.extend(word.to_be_bytes());
            }
            write_blocks(heard, bytes);
        }
        Packet::ReceiverReport { source, heard } => {
            head(bytes, heard.len(), RECEIVER);
            bytes.extend(source.to_be_bytes());
            write_blocks(heard, bytes);
        }
        Packet::Description { source, name } => {
            head(bytes, 1, DESCRIPTION);
            bytes.extend(source.to_be_bytes());
            bytes.push(CANONICAL_NAME);
            write_text(name, bytes);
            bytes.push(0);
        }
        Packet::Goodbye { sources, reason } => {
            head(bytes, sources.len(), GOODBYE);
            for source in sources.iter().take(COUNT) {
                bytes.extend(source.to_be_bytes());
            }
            if let Some(reason) = reason {
                write_text(reason, bytes);
            }
        }
        Packet::Other(_) => return,
    }
    while !(bytes.len() - start).is_multiple_of(4) {
        bytes.push(0);
    }
    let words = ((bytes.len() - start) / 4 - 1) as u16;
    bytes[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
}

/// The length is filled in when all is written.
fn head(bytes: &mut Vec<u8>, count: usize, kind: u8) {
    bytes.extend([0x80 | count.min(COUNT) as u8, kind, 0, 0]);
}

fn write_blocks(blocks: &[Block], bytes: &mut Vec<u8>) {
    for block in blocks.iter().take(COUNT) {
        let lost = block.lost.clamp(-0x80_0000, 0x7F_FFFF) as u32 & 0xFF_FFFF;
        let losses = (u32::from(block.fraction_lost) << 24) | lost;
        for word in [block.source, losses, block.highest, block.jitter, block.last_report, block.since_report] {
            bytes.extend(word.to_be_bytes());
        }
    }
}

fn write_text(text: &str, bytes: &mut Vec<u8>) {
    let mut end = text.len().min(255);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    bytes.push(end as u8);
    bytes.extend(&text.as_bytes()[..end]);
}
