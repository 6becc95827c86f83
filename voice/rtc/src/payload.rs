//! What is carried: 20 ms of sound, or a key of a telephone.

use std::sync::Arc;

/// What a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// PCMU, a byte a sample, 160 of them as a rule.
    Sound,
    /// A telephone event (RFC 4733): see [`crate::key`].
    Key,
}

impl Kind {
    /// The payload type that we offer. PCMU's is fixed, the other is what most telephones use.
    #[must_use]
    pub fn payload_type(self) -> u8 {
        match self {
            Kind::Sound => 0,
            Kind::Key => 101,
        }
    }

    #[must_use]
    pub fn of_payload_type(payload_type: u8) -> Option<Kind> {
        [Kind::Sound, Kind::Key].into_iter().find(|kind| kind.payload_type() == payload_type)
    }
}

/// The content of one RTP packet, apart from how it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    pub kind: Kind,
    /// The first after a silence that was not sent, or of a key.
    pub marker: bool,
    pub sequence: u16,
    /// Of the first sample, in samples of 1/8000 s.
    pub timestamp: u32,
    /// Who sends it (SSRC). What we send has the source of its stream, whatever stands here.
    pub source: u32,
    pub bytes: Arc<[u8]>,
}
