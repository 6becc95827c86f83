//! The sound of a call: a pair of ports for RTP and RTCP.
//!
//! [`Sound`] gives and takes packets, for whoever carries them elsewhere; [`crate::Voice`] on top of it gives and takes
//! samples, 20 ms at a time.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tocsin_media::g711::Law;
use tocsin_media::playout::FRAME;
use tocsin_media::reception::Reception;
use tocsin_media::{rtcp, rtp};
use tokio::net::UdpSocket;

use crate::flow::Flow;
use crate::{Fault, clock, random};

/// The first report, and those that follow: as often as RFC 3550 §6.2 lets two parties begin with.
const FIRST_REPORT: Duration = Duration::from_secs(1);
const REPORT: Duration = Duration::from_millis(2500);
/// From somebody else no packet is taken until nothing has come for so long from whom it came before.
const SILENCE: Duration = Duration::from_secs(2);
/// Pairs of ports that are tried.
const TRIES: usize = 64;
const LARGEST: usize = 2048;

/// A packet of sound that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    pub payload_type: u8,
    pub marker: bool,
    pub sequence: u16,
    /// In samples.
    pub timestamp: u32,
    pub source: u32,
    pub payload: Vec<u8>,
    /// By [`clock::steady`].
    pub at: Duration,
}

/// What the other end says of what it heard of us.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FarReport {
    /// Of what should have come to it, between 0 and 1.
    pub lost: f64,
    pub jitter: Duration,
    /// There and back, where it can be told.
    pub round_trip: Option<Duration>,
}

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures {
    pub sent: u64,
    pub received: u64,
    pub expected: u64,
    pub jitter_mean: Duration,
    pub jitter_worst: Duration,
    /// Reports that came.
    pub reports: u32,
    /// What the newest said of us; `None`: none said anything of us.
    pub far: Option<FarReport>,
    /// We send elsewhere than the description said.
    pub latched: bool,
    /// How much sound a packet of theirs holds.
    pub packets_last: Duration,
}

impl Measures {
    /// Of what should have come, between 0 and 1.
    #[must_use]
    pub fn lost(&self) -> f64 {
        let lost = self.expected.saturating_sub(self.received);
        if self.expected == 0 { 0.0 } else { lost as f64 / self.expected as f64 }
    }
}

/// A pair of ports.
pub struct Sound {
    packets: UdpSocket,
    control: UdpSocket,
    state: Mutex<State>,
}

struct State {
    flow: Option<Flow>,
    source: u32,
    first: u16,
    sequence: u16,
    timestamp: u32,
    marker: bool,
    sent: u32,
    octets: u32,
    heard_from: Option<(SocketAddr, Duration)>,
    reception: Option<(u32, Reception)>,
    /// Of sources that are gone: expected, received.
    before: (u64, u64),
    latched: bool,
    lasts: Duration,
    next_report: Duration,
    reports: u32,
    far: Option<FarReport>,
    /// The forwarded packet before: its timestamp and sequence number.
    carried: Option<(u32, u32, u16)>,
}

impl Sound {
    /// Opens a pair at an address of this machine: an even port for RTP, the next for RTCP.
    ///
    /// # Errors
    /// When none is free there.
    pub async fn open(ip: IpAddr) -> Result<Sound, Fault> {
        let mut last = None;
        for _ in 0..TRIES {
            match pair(ip).await {
                Ok((packets, control)) => {
                    return Ok(Sound { packets, control, state: Mutex::new(State::new(clock::steady())) });
                }
                Err(why) => last = Some(why),
            }
        }
        let why = last.unwrap_or_else(|| std::io::Error::other("no pair of ports is free"));
        Err(Fault::Sound { address: SocketAddr::new(ip, 0), why })
    }

    /// Where packets are to be sent to us.
    ///
    /// # Errors
    /// When the system has forgotten.
    pub fn address(&self) -> Result<SocketAddr, Fault> {
        self.packets.local_addr().map_err(Fault::stack)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes where, once it was said.
    #[must_use]
    pub fn flowing(&self) -> Option<Flow> {
        self.state().flow.clone()
    }

    /// Says what goes where from now on.
    pub fn flow(&self, flow: Flow) {
        let mut state = self.state();
        state.latched = false;
        state.marker = true;
        state.flow = Some(flow);
    }

    /// The next packet of sound that comes. Those that are none are passed over, and reports are taken note of. May be
    /// dropped and asked again without loss.
    pub async fn next(&self) -> Packet {
        let (mut sound, mut report) = ([0; LARGEST], [0; LARGEST]);
        loop {
            tokio::select! {
                came = self.packets.recv_from(&mut sound) => {
                    // Somebody refuses what we sent before: that is for others to judge.
                    let Ok((length, from)) = came else { continue };
                    let now = clock::steady();
                    let bytes = &sound[..length];
                    if rtp::is_rtcp(bytes) {
                        self.state().reported(bytes, from, now);
                    } else if let Some(packet) = self.state().came(bytes, from, now) {
                        return packet;
                    }
                }
                came = self.control.recv_from(&mut report) => {
                    let Ok((length, from)) = came else { continue };
                    self.state().reported(&report[..length], from, clock::steady());
                }
            }
        }
    }

    /// Sends the next 20 ms, or whatever a payload of the agreed law holds; nothing while they do not want to hear us.
    pub async fn send(&self, payload: &[u8]) {
        let packet = self.state().next_packet(payload);
        if let Some((bytes, to)) = packet {
            // One that cannot be sent is one that is lost.
            drop(self.packets.send_to(&bytes, to).await);
        }
        self.report().await;
    }

    /// The same, of samples.
    pub async fn say(&self, samples: &[i16]) {
        let law = self.state().flow.as_ref().map(|flow| flow.law);
        if let Some(law) = law {
            let payload: Vec<u8> = samples.iter().map(|sample| law.encode(*sample)).collect();
            self.send(&payload).await;
        }
    }

    /// Sends on a packet that came elsewhere, at its place in time: its payload untouched, under our own name. Both
    /// calls must be in the same law.
    pub async fn carry(&self, packet: &Packet) {
        let carried = self.state().carry(packet);
        if let Some((bytes, to)) = carried {
            drop(self.packets.send_to(&bytes, to).await);
        }
        self.report().await;
    }

    /// Lets time pass in which nothing is sent.
    pub fn pass(&self, samples: u32) {
        let mut state = self.state();
        state.timestamp = state.timestamp.wrapping_add(samples);
        state.marker = true;
    }

    /// Numbers a packet and does not send it: what a network does that loses one.
    pub fn lose(&self, samples: u32) {
        let mut state = self.state();
        state.sequence = state.sequence.wrapping_add(1);
        state.timestamp = state.timestamp.wrapping_add(samples);
    }

    /// Sends 20 ms in the law that was not agreed, for tests of what others make of it.
    pub async fn say_in_other_law(&self, samples: &[i16]) {
        let packet = {
            let mut state = self.state();
            let Some(law) = state.flow.as_ref().map(|flow| flow.law) else { return };
            let other = if law == Law::Mu { Law::A } else { Law::Mu };
            let payload: Vec<u8> = samples.iter().map(|sample| other.encode(*sample)).collect();
            let packet = state.packet(other.payload_type(), false, &payload);
            state.timestamp = state.timestamp.wrapping_add(samples.len() as u32);
            packet
        };
        if let Some((bytes, to)) = packet {
            drop(self.packets.send_to(&bytes, to).await);
        }
    }

    /// Sends a report if one is due. [`Sound::send`] does so by itself.
    pub async fn report(&self) {
        self.send_report(false).await;
    }

    /// Sends the last report.
    pub async fn goodbye(&self) {
        self.send_report(true).await;
    }

    async fn send_report(&self, last: bool) {
        let report = self.state().report(last, clock::steady());
        if let Some((bytes, to)) = report {
            drop(self.control.send_to(&bytes, to).await);
        }
    }

    #[must_use]
    pub fn measures(&self) -> Measures {
        self.state().measures()
    }
}

async fn pair(ip: IpAddr) -> std::io::Result<(UdpSocket, UdpSocket)> {
    let packets = UdpSocket::bind((ip, 0)).await?;
    let port = packets.local_addr()?.port();
    if port % 2 == 1 || port == u16::MAX {
        return Err(std::io::Error::other("no even port is free"));
    }
    Ok((packets, UdpSocket::bind((ip, port + 1)).await?))
}

impl State {
    fn new(now: Duration) -> State {
        let [a, b, c, d, e, f, g, h, i, j] = random();
        let first = u16::from_be_bytes([e, f]);
        State {
            flow: None,
            source: u32::from_be_bytes([a, b, c, d]),
            first,
            sequence: first,
            timestamp: u32::from_be_bytes([g, h, i, j]),
            marker: true,
            sent: 0,
            octets: 0,
            heard_from: None,
            reception: None,
            before: (0, 0),
            latched: false,
            lasts: Duration::ZERO,
            next_report: now + FIRST_REPORT,
            reports: 0,
            far: None,
            carried: None,
        }
    }

    fn came(&mut self, bytes: &[u8], from: SocketAddr, now: Duration) -> Option<Packet> {
        let packet = rtp::Packet::read(bytes).ok()?;
        let stranger = |(known, last): (SocketAddr, Duration)| known != from && now.saturating_sub(last) < SILENCE;
        if self.heard_from.is_some_and(stranger) {
            return None;
        }
        self.heard_from = Some((from, now));
        self.latch(from);
        if self.reception.as_ref().is_none_or(|(source, _)| *source != packet.source) {
            if let Some((_, gone)) = self.reception.take() {
                self.before.0 += gone.expected().max(0) as u64;
                self.before.1 += u64::from(gone.received());
            }
            self.reception = Some((packet.source, Reception::new(packet.source, packet.sequence)));
        }
        if let Some((_, reception)) = &mut self.reception {
            reception.arrived(packet.sequence, packet.timestamp, now);
        }
        if Law::of_payload_type(packet.payload_type).is_some() {
            self.lasts = tocsin_media::lasting(packet.payload.len());
        }
        Some(Packet {
            payload_type: packet.payload_type,
            marker: packet.marker,
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            source: packet.source,
            payload: packet.payload.to_vec(),
            at: now,
        })
    }

    fn latch(&mut self, from: SocketAddr) {
        let Some(flow) = &mut self.flow else { return };
        if flow.to.is_some_and(|to| flow.latch.moves(to, from)) {
            flow.to = Some(from);
            // As good a guess as any, until their first report comes.
            flow.control = from.port().checked_add(1).map(|port| SocketAddr::new(from.ip(), port));
            self.latched = true;
        }
    }

    fn reported(&mut self, bytes: &[u8], from: SocketAddr, now: Duration) {
        let Ok(packets) = rtcp::read(bytes) else { return };
        if self.latched
            && let Some(flow) = &mut self.flow
            && flow.to.is_some_and(|to| to.ip() == from.ip())
        {
            flow.control = Some(from);
        }
        let wall = rtcp::ntp(clock::since_1970());
        for packet in packets {
            let heard = match packet {
                rtcp::Packet::SenderReport { source, sent, heard } => {
                    if let Some((_, reception)) = self.reception.as_mut().filter(|(known, _)| *known == source) {
                        reception.report_came(&sent, now);
                    }
                    heard
                }
                rtcp::Packet::ReceiverReport { heard, .. } => heard,
                _ => continue,
            };
            self.reports += 1;
            if let Some(block) = heard.iter().find(|block| block.source == self.source) {
                let expected = block.highest.wrapping_sub(u32::from(self.first)).saturating_add(1);
                let lost = block.lost.max(0) as f64 / f64::from(expected.max(1));
                let jitter = Duration::from_secs_f64(f64::from(block.jitter) / f64::from(tocsin_media::RATE));
                self.far = Some(FarReport { lost: lost.min(1.0), jitter, round_trip: block.round_trip(wall) });
            }
        }
    }

    fn packet(&mut self, payload_type: u8, marker: bool, payload: &[u8]) -> Option<(Vec<u8>, SocketAddr)> {
        let to = self.flow.as_ref().filter(|flow| flow.sends)?.to?;
        let packet = rtp::Packet {
            marker,
            payload_type,
            sequence: self.sequence,
            timestamp: self.timestamp,
            source: self.source,
            payload,
        };
        let bytes = packet.write();
        self.sequence = self.sequence.wrapping_add(1);
        self.sent = self.sent.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload.len() as u32);
        Some((bytes, to))
    }

    fn next_packet(&mut self, payload: &[u8]) -> Option<(Vec<u8>, SocketAddr)> {
        let law = self.flow.as_ref()?.law;
        let packet = self.packet(law.payload_type(), self.marker, payload);
        self.marker = packet.is_none();
        self.timestamp = self.timestamp.wrapping_add(payload.len() as u32);
        packet
    }

    fn carry(&mut self, came: &Packet) -> Option<(Vec<u8>, SocketAddr)> {
        let (step, jump) = match self.carried {
            Some((source, timestamp, sequence)) if source == came.source => {
                let behind = came.sequence.wrapping_sub(sequence) as i16;
                // What comes late goes out late: under a number of its own, at its own time.
                (came.timestamp.wrapping_sub(timestamp), behind)
            }
            _ => (FRAME as u32, 1),
        };
        self.carried = Some((came.source, came.timestamp, came.sequence));
        self.timestamp = self.timestamp.wrapping_add(step);
        // A gap stays a gap, so that whoever listens knows of it.
        self.sequence = self.sequence.wrapping_add((jump - 1) as u16);
        self.packet(came.payload_type, came.marker || self.marker, &came.payload).inspect(|_| self.marker = false)
    }

    fn report(&mut self, last: bool, now: Duration) -> Option<(Vec<u8>, SocketAddr)> {
        if now < self.next_report && !last {
            return None;
        }
        self.next_report = now + REPORT;
        let to = self.flow.as_ref()?.control?;
        let heard: Vec<rtcp::Block> = self.reception.iter_mut().map(|(_, reception)| reception.report(now)).collect();
        let source = self.source;
        let report = if self.sent == 0 {
            rtcp::Packet::ReceiverReport { source, heard }
        } else {
            let ntp = rtcp::ntp(clock::since_1970());
            let sent = rtcp::Sent { ntp, timestamp: self.timestamp, packets: self.sent, octets: self.octets };
            rtcp::Packet::SenderReport { source, sent, heard }
        };
        let mut packets = vec![report, rtcp::Packet::Description { source, name: format!("{source:08x}@tocsin") }];
        if last {
            packets.push(rtcp::Packet::Goodbye { sources: vec![source], reason: None });
        }
        Some((rtcp::write(&packets), to))
    }

    fn measures(&self) -> Measures {
        let reception = self.reception.as_ref().map(|(_, reception)| reception);
        let (expected, received) = self.before;
        Measures {
            sent: u64::from(self.sent),
            received: received + reception.map_or(0, |one| u64::from(one.received())),
            expected: expected + reception.map_or(0, |one| one.expected().max(0) as u64),
            jitter_mean: reception.map_or(Duration::ZERO, Reception::mean_jitter),
            jitter_worst: reception.map_or(Duration::ZERO, Reception::worst_jitter),
            reports: self.reports,
            far: self.far,
            latched: self.latched,
            packets_last: self.lasts,
        }
    }
}
