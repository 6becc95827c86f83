//! The telephone's end: payloads in and out, whoever carries them.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use tocsin_media::rtp::Packet;
use tocsin_rtc::{Kind, Payload};
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;

/// The media of a call by SIP. It ends when it is dropped.
pub trait Leg: Send {
    /// The next payload; `None` when the caller is gone, and nothing comes any more.
    fn poll_hear(&mut self, context: &mut Context<'_>) -> Poll<Option<Payload>>;

    /// Sends, or loses it as a network would.
    fn say(&mut self, payload: &Payload);
}

/// Plain RTP over UDP. RTCP on the same port is passed over.
///
/// Callers behind a router write from another address than the one that they gave: the first that writes is the caller,
/// and nobody else is listened to from then on.
#[derive(Debug)]
pub struct Plain {
    socket: UdpSocket,
    given: Option<SocketAddr>,
    latched: Option<SocketAddr>,
    /// Of telephone events, as it was agreed with the caller.
    keys: u8,
    buffer: Vec<u8>,
}

impl Plain {
    /// What the caller's session description gave: its address, and the payload type of its telephone events.
    #[must_use]
    pub fn new(socket: UdpSocket, given: Option<SocketAddr>, keys: u8) -> Plain {
        Plain { socket, given, latched: None, keys, buffer: vec![0; 2048] }
    }

    fn read(&mut self, length: usize, from: SocketAddr) -> Option<Payload> {
        if self.latched.is_some_and(|latched| latched != from) {
            return None;
        }
        let packet = Packet::read(self.buffer.get(..length)?).ok()?;
        let kind = match packet.payload_type {
            keys if keys == self.keys => Kind::Key,
            other => Kind::of_payload_type(other).filter(|kind| *kind == Kind::Sound)?,
        };
        self.latched = Some(from);
        Some(Payload {
            kind,
            marker: packet.marker,
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            source: packet.source,
            bytes: packet.payload.into(),
        })
    }
}

impl Leg for Plain {
    fn poll_hear(&mut self, context: &mut Context<'_>) -> Poll<Option<Payload>> {
        loop {
            let mut into = ReadBuf::new(&mut self.buffer);
            match std::task::ready!(self.socket.poll_recv_from(context, &mut into)) {
                Ok(from) => {
                    let length = into.filled().len();
                    if let Some(payload) = self.read(length, from) {
                        return Poll::Ready(Some(payload));
                    }
                }
                // Nobody listened to what we sent: nobody does yet, or any more. SIP knows which.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => {
                    tracing::warn!(%error, "the caller's socket broke");
                    return Poll::Ready(None);
                }
            }
        }
    }

    fn say(&mut self, payload: &Payload) {
        let Some(to) = self.latched.or(self.given) else { return };
        let packet = Packet {
            marker: payload.marker,
            payload_type: if payload.kind == Kind::Key { self.keys } else { payload.kind.payload_type() },
            sequence: payload.sequence,
            timestamp: payload.timestamp,
            source: payload.source,
            payload: &payload.bytes,
        };
        let _ = self.socket.try_send_to(&packet.write(), to);
    }
}
